/* What cases.h promises: nothing allocates but what says so. inbox_test.c fails each
 * allocation of kr_inbox_seal; those of kr_receipt_keys are libsodium's. */
#include <test.h>

#include <alloc_fail.h>

#include <string.h>

#include "fixture.h"

static struct stored s;
static uint8_t storage[KR_ENVELOPE_STORAGE];

/* A case with everything in it that is sealed, opened, signed and followed. */
static void live_a_case(struct world *w)
{
	const struct kr_inbox_record *record = &w->inboxes[OWNER].record;
	const struct kr_x25519_keypair *member = &w->inboxes[OWNER].team[0].sealing;
	struct kr_envelope_secret secret;
	struct kr_inbox_secrets secrets;
	struct kr_inbox_card card;
	struct kr_receipt receipt;
	struct kr_view text;

	assert_int_equal(kr_receipt_generate(&receipt, &w->rng), KR_OK);
	assert_int_equal(kr_inbox_open(&secrets, record, member), KR_OK);
	assert_int_equal(
		kr_inbox_card_open(&card, storage, record, secrets.reading_key), KR_OK);
	assert_int_equal(kr_inbox_open_name(&text, storage, record, 0, member), KR_OK);
	happen(&s, w, KR_EVENT_SUBMITTED, REPORTER, OWNER);
	assert_int_equal(kr_envelope_unwrap(&secret, &s.e, 0, s.wraps[0], &w->chain.state,
				 &secrets.sealing),
		KR_OK);
	assert_int_equal(kr_envelope_open(&text, storage, &s.e, 0, &secret), KR_OK);
	happen(&s, w, KR_EVENT_ACKNOWLEDGED, OWNER, NOBODY);
	w->now_ms = w->chain.state.until_ms;
	happen(&s, w, KR_EVENT_OVERDUE, THE_RELAY, FALLBACK);
	happen(&s, w, KR_EVENT_HANDOVER_OFFERED, OWNER, OTHER);
}

static void nothing_allocates(void **state)
{
	struct world *w = world_new();

	(void)state;
	alloc_fail_arm(0);
	live_a_case(w);
	assert_int_equal(alloc_fail_disarm(), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_allocates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
