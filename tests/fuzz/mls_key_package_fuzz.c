/* Key packages: what decodes can be looked at in every part, what verifies says whose it
 * is. */
#include "fuzz.h"

#include "proto/mls/key_package.h"

static void walk_extensions(struct kr_view extensions)
{
	struct kr_reader r = kr_reader(extensions);

	while (r.rest.len > 0) {
		struct kr_mls_extension extension;
		struct kr_view found;

		FUZZ_ASSERT(kr_read_extension(&r, &extension) == KR_OK);
		FUZZ_ASSERT(kr_mls_extension_find(extensions, extension.type, &found) ==
			KR_OK);
		FUZZ_ASSERT(kr_view_equal(found, extension.data));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kr_view input = kr_view(data, size);
	struct kr_mls_key_package_info info;
	struct kr_key_package kp;
	uint8_t ref[KR_MLS_HASH_BYTES];

	if (kr_crypto_init() != KR_OK) {
		return 0;
	}
	if (kr_key_package_unwrap(input, &kp) == KR_OK) {
		walk_extensions(kp.extensions);
		walk_extensions(kp.leaf.extensions);
		FUZZ_ASSERT(kr_key_package_ref(ref, &kp) == KR_OK);
	}
	if (kr_mls_key_package_verify(input, 0, &info) == KR_OK) {
		FUZZ_ASSERT(kr_view_equal(info.identity, kp.leaf.identity));
		FUZZ_ASSERT(kr_view_equal(info.leaf_node, kp.leaf.encoded));
	}
	return 0;
}
