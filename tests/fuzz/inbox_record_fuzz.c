/* The record of an inbox. The first byte says what the rest is: 'r' a record as it comes;
 * 's' what stands between the identity's key and its signature, signed here, so that the
 * fuzzer gets past the signature. What is accepted is encoded to the same bytes again,
 * and its office hours give deadlines. */
#include "fuzz.h"

#include <string.h>

#include <kring/inbox.h>

#include "proto/wire/signed_record.h"

static struct kr_inbox_record record;
static uint8_t bytes[KR_INBOX_RECORD_MAX];
static uint8_t again[KR_INBOX_RECORD_MAX];

/* A deadline is after its start, not later than the longest, and later for more time. */
static void assert_deadlines(const struct kr_office_hours *hours)
{
	static const uint64_t starts[] = {0, 1763784000000, 1774745999000};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		uint64_t before = starts[i];

		for (uint32_t s = 1; s <= KR_INBOX_DEADLINE_MAX_S; s *= 60) {
			uint64_t at = kr_office_deadline(hours, starts[i], s);

			FUZZ_ASSERT(at >= before && at > starts[i]);
			FUZZ_ASSERT(at - starts[i] <=
				KR_INBOX_DEADLINE_MAX_S * UINT64_C(1000));
			before = at;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kr_secret seed = {{1}};
	struct kr_ed25519_keypair identity;
	struct kr_writer w;
	struct kr_writer copy;
	uint8_t accounts[KR_INBOX_TEAM_MAX][KR_ID_BYTES];

	if (size == 0 || size > KR_INBOX_RECORD_MAX / 2 || kr_crypto_init() != KR_OK) {
		return -1;
	}
	if (data[0] == 'r') {
		kr_inbox_record_read(&record, kr_view(data + 1, size - 1));
		return 0;
	}
	kr_ed25519_from_seed(&identity, &seed);
	kr_writer_init_fixed(&w, bytes, sizeof(bytes));
	kr_write_u8(&w, KR_INBOX_VERSION);
	kr_write_fixed(&w, kr_view(identity.public_key, sizeof(identity.public_key)));
	kr_write_fixed(&w, kr_view(data + 1, size - 1));
	kr_signed_record_end(&w, 0, KR_LABEL_INBOX_RECORD, &identity);
	if (kr_inbox_record_read(&record, kr_writer_view(&w)) != KR_OK) {
		return 0;
	}
	kr_writer_init_fixed(&copy, again, sizeof(again));
	kr_inbox_record_write(&copy, &record, &identity);
	FUZZ_ASSERT(copy.err == KR_OK);
	FUZZ_ASSERT(kr_view_equal(kr_writer_view(&copy), kr_writer_view(&w)));
	FUZZ_ASSERT(kr_inbox_accounts(&record, false, accounts) >= 1);
	FUZZ_ASSERT(kr_inbox_accounts(&record, true, accounts) >= 1);
	assert_deadlines(&record.hours);
	return 0;
}
