/* What trust.h promises: nothing allocates. */
#include <test.h>

#include <alloc_fail.h>

#include <string.h>

#include "fixture.h"

/* One of everything that is written and read. */
static void live_a_life(void)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	const struct kr_ed25519_keypair *anna = &w->anna.device;
	struct kr_join_request q = {0};
	const struct kr_join_note note = {.name = LITERAL("Chris")};
	struct kr_statement statement = {.kind = KR_STATEMENT_REMOVE};
	struct kr_certificate c = {.not_after = 1};
	struct kr_certificate_rules rules = {.chain = &w->chain};
	struct kr_invitation invitation = {.uses = 1};
	struct kr_devices devices;
	struct kr_writer writer;
	struct kr_refusal refusal;
	struct kr_view reason;
	static uint8_t storage[KR_SEALED_STORAGE];
	static struct record request;
	static struct record record;

	assert_int_equal(grant(w, &w->dana, anna), KR_OK);
	memcpy(q.account, w->chris.account, sizeof(q.account));
	memcpy(q.reply_key, w->chris.sealing.public_key, sizeof(q.reply_key));
	writer = record_writer(&request);
	kr_join_request_write(&writer, &q, &note, &w->chain, &w->chris.device,
		&w->bram.device, &w->rng);
	record_take(&request, &writer);
	writer = record_writer(&record);
	kr_refusal_write(
		&writer, view_of(&request), LITERAL("nee"), &w->chain, anna, &w->rng);
	record_take(&record, &writer);
	assert_int_equal(kr_refusal_read(&refusal, view_of(&record)), KR_OK);
	assert_int_equal(
		kr_refusal_open(&reason, storage, &refusal, &w->chris.sealing), KR_OK);
	memcpy(c.community, w->chain.community, sizeof(c.community));
	writer = record_writer(&record);
	kr_certificate_write(&writer, &c, anna);
	record_take(&record, &writer);
	assert_int_equal(
		kr_certificate_check(&c, view_of(&record), c.device_key, &rules), KR_OK);
	writer = record_writer(&record);
	kr_statement_write(&writer, &statement, anna);
	record_take(&record, &writer);
	assert_int_equal(kr_statement_read(&statement, view_of(&record)), KR_OK);
	writer = record_writer(&record);
	kr_invitation_write(&writer, &invitation, anna);
	record_take(&record, &writer);
	assert_int_equal(kr_invitation_read(&invitation, view_of(&record)), KR_OK);
	assert_int_equal(
		kr_devices_begin(&devices, w->anna.account, anna->public_key), KR_OK);
}

static void nothing_allocates(void **state)
{
	(void)state;
	alloc_fail_arm(0);
	live_a_life();
	assert_int_equal(alloc_fail_disarm(), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_allocates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
