/* Stored states: a length of two bytes, the group's record, the ratchets' record. What
 * loads is saved to the same bytes and can be used. The hash that ties the records
 * together is filled in, or no changed record would be looked at. */
#include "fuzz.h"

#include <string.h>

#include <kring/codec.h>
#include <kring/mls.h>

#define HASH_OFFSET 4 /* behind the magic of the ratchets' record */

static void use(struct kr_mls_group *group)
{
	struct kr_mls_outgoing *outgoing = NULL;
	struct kr_bytes info = {0};

	(void)kr_mls_encrypt(group, (struct kr_view){0}, kr_view_str("text"),
		&kr_random_system, &outgoing);
	kr_mls_outgoing_free(outgoing);
	outgoing = NULL;
	(void)kr_mls_group_info(group, true, true, &info);
	kr_bytes_free(&info);
	(void)kr_mls_commit(group, &(struct kr_mls_commit_options){.force_path = true},
		&kr_random_system, &outgoing);
	kr_mls_outgoing_free(outgoing);
	(void)kr_mls_commit_accepted(group);
}

static void load(struct kr_view group_record, struct kr_view ratchets_record)
{
	struct kr_mls_config config = kr_mls_config_default();
	struct kr_mls_group *group = NULL;
	struct kr_mls_state state;

	if (kr_mls_load(&group, &config, group_record, ratchets_record) != KR_OK) {
		FUZZ_ASSERT(group == NULL);
		return;
	}
	FUZZ_ASSERT(kr_mls_save(group, true, &state) == KR_OK);
	FUZZ_ASSERT(kr_view_equal(kr_view_bytes(&state.group), group_record));
	FUZZ_ASSERT(kr_view_equal(kr_view_bytes(&state.ratchets), ratchets_record));
	kr_mls_state_free(&state);
	use(group);
	kr_mls_group_free(group);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kr_reader r = kr_reader(kr_view(data, size));
	KR_AUTO_FREE struct kr_bytes ratchets = {0};
	struct kr_view group_record;
	uint16_t len;

	if (kr_crypto_init() != KR_OK || kr_read_u16(&r, &len) != KR_OK ||
		kr_read_fixed(&r, len, &group_record) != KR_OK ||
		kr_bytes_copy(&ratchets, r.rest) != KR_OK) {
		return -1;
	}
	if (ratchets.len >= HASH_OFFSET + KR_SHA256_BYTES) {
		kr_sha256(ratchets.data + HASH_OFFSET, group_record);
	}
	load(group_record, kr_view_bytes(&ratchets));
	return 0;
}
