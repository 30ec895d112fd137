/* Welcome, GroupInfo and GroupSecrets; the first byte says which. */
#include "fuzz.h"

#include "proto/mls/welcome.h"

static void read_welcome(struct kr_view input)
{
	struct kr_encrypted_secrets entry;
	struct kr_welcome welcome;
	struct kr_reader r;

	if (kr_welcome_read(input, &welcome) != KR_OK) {
		return;
	}
	r = kr_reader(welcome.secrets);
	while (r.rest.len > 0 && kr_encrypted_secrets_read(&r, &entry) == KR_OK) {
		FUZZ_ASSERT(entry.new_member.len <= input.len);
	}
}

static void read_group_info(struct kr_view input)
{
	const struct kr_mls_config config = kr_mls_config_default();
	struct kr_group_info info;
	struct kr_tree tree;

	if (kr_group_info_read(input, &info) != KR_OK) {
		return;
	}
	FUZZ_ASSERT(info.tbs.len + info.signature.len < input.len);
	if (kr_group_info_tree(&info, (struct kr_view){0}, &config, &tree) == KR_OK) {
		FUZZ_ASSERT(kr_tree_leaf(&tree, info.signer) != NULL);
		kr_tree_free(&tree);
	}
}

static void read_group_secrets(struct kr_view input)
{
	struct kr_group_secrets secrets;

	if (kr_group_secrets_read(input, &secrets) == KR_OK) {
		struct kr_reader r = kr_reader(secrets.psks);
		struct kr_psk_id psk;

		while (r.rest.len > 0 && kr_psk_id_read(&r, &psk) == KR_OK) {
			FUZZ_ASSERT(psk.encoded.len > 0);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kr_view input;

	if (size == 0 || kr_crypto_init() != KR_OK) {
		return 0;
	}
	input = kr_view(data + 1, size - 1);
	switch (data[0] % 3) {
	case 0:
		read_welcome(input);
		break;
	case 1:
		read_group_info(input);
		break;
	default:
		read_group_secrets(input);
		break;
	}
	return 0;
}
