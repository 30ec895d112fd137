#include <test.h>

#include <codec_props.h>

#include <string.h>

#include "fixture.h"

static enum kr_err read_request(struct kr_view bytes)
{
	struct kr_join_request request;

	return kr_join_request_read(&request, bytes);
}

static enum kr_err read_refusal(struct kr_view bytes)
{
	struct kr_refusal refusal;

	return kr_refusal_read(&refusal, bytes);
}

static struct kr_ed25519_keypair invitation_key(uint8_t seed_byte)
{
	struct kr_ed25519_keypair pair;
	struct kr_secret seed;

	memset(seed.bytes, seed_byte, sizeof(seed.bytes));
	kr_ed25519_from_seed(&pair, &seed);
	return pair;
}

/* Chris asks to join. */
static enum kr_err ask(struct record *out, const struct world *w,
	const struct kr_join_note *note, struct kr_view key_package)
{
	struct kr_ed25519_keypair invite = invitation_key(7);
	struct kr_join_request request = {.key_package = key_package};
	struct kr_writer writer = record_writer(out);

	memcpy(request.community, w->chain.community, sizeof(request.community));
	memcpy(request.account, w->chris.account, sizeof(request.account));
	memcpy(request.reply_key, w->chris.sealing.public_key, sizeof(request.reply_key));
	kr_join_request_write(
		&writer, &request, note, &w->chain, &w->chris.device, &invite, &w->rng);
	out->len = writer.len;
	return writer.err;
}

static struct kr_join_note good_note(void)
{
	return (struct kr_join_note){.name = LITERAL("Chris van nr 9"),
		.check = LITERAL("Anna kent mij\nvan de speeltuin")};
}

static void coordinators_read_who_asks(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	struct kr_ed25519_keypair invite = invitation_key(7);
	const struct kr_join_note note = good_note();
	const struct {
		const struct person *reader;
		enum kr_err err;
	} readers[] = {
		{&w->anna, KR_OK},
		{&w->bram, KR_OK},
		{&w->chris, KR_ERR_NOT_RECIPIENT},
		{&w->dana, KR_ERR_NOT_RECIPIENT},
	};
	static uint8_t storage[KR_SEALED_STORAGE];
	static struct record record;
	struct kr_join_request q;

	(void)state;
	assert_int_equal(ask(&record, w, &note, LITERAL("a key package")), KR_OK);
	assert_int_equal(kr_join_request_read(&q, view_of(&record)), KR_OK);
	assert_memory_equal(q.account, w->chris.account, sizeof(q.account));
	assert_memory_equal(q.device_key, w->chris.device.public_key, 32);
	assert_memory_equal(q.invite_key, invite.public_key, 32);
	assert_true(kr_view_equal(q.key_package, LITERAL("a key package")));
	for (size_t i = 0; i < NUM(readers); i++) {
		struct kr_join_note back;

		assert_int_equal(kr_join_note_open(
					 &back, storage, &q, &readers[i].reader->sealing),
			readers[i].err);
		if (readers[i].err == KR_OK) {
			assert_true(kr_view_equal(back.name, note.name));
			assert_true(kr_view_equal(back.check, note.check));
		} else {
			assert_int_equal(back.name.len, 0);
		}
	}
}

/* p4: nothing of the note stands in what the relay carries. */
static void p4_the_note_is_not_in_the_clear(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	const struct kr_join_note note = good_note();
	static struct record record;

	(void)state;
	assert_int_equal(ask(&record, w, &note, LITERAL("")), KR_OK);
	assert_null(memmem(record.bytes, record.len, "Chris", 5));
	assert_null(memmem(record.bytes, record.len, "speeltuin", 9));
}

static void a_request_bears_no_damage(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	const struct kr_join_note note = good_note();
	static struct record record;

	(void)state;
	assert_int_equal(ask(&record, w, &note, LITERAL("kp")), KR_OK);
	codec_props_whole("request", read_request, view_of(&record));
	codec_props_signed("request", read_request, view_of(&record));
}

/* The relay has the request, but neither the seed nor the device: it can put neither
 * another device nor another invitation into it. */
static void the_relay_cannot_take_the_place(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	struct kr_ed25519_keypair invite = invitation_key(7);
	struct kr_join_request request = {0};
	const struct kr_join_note note = good_note();
	static struct record record;
	struct kr_writer writer = record_writer(&record);

	(void)state;
	/* Chris' account with Dana's device. */
	memcpy(request.account, w->chris.account, sizeof(request.account));
	kr_join_request_write(
		&writer, &request, &note, &w->chain, &w->dana.device, &invite, &w->rng);
	record_take(&record, &writer);
	assert_int_equal(
		kr_join_request_read(&request, view_of(&record)), KR_ERR_DEVICE_ACCOUNT);
	/* Signed by another seed than the one that is named. */
	assert_int_equal(ask(&record, w, &note, LITERAL("")), KR_OK);
	invite = invitation_key(8);
	memcpy(record.bytes + 1 + 4 * 32, invite.public_key, 32);
	assert_int_equal(
		kr_join_request_read(&request, view_of(&record)), KR_ERR_SIGNATURE);
}

static void notes_have_rules(void **state)
{
	static uint8_t long_text[KR_JOIN_CHECK_MAX + 1];
	static uint8_t long_package[KR_JOIN_KEY_PACKAGE_MAX + 1];
	const struct {
		const char *name;
		struct kr_join_note note;
		size_t package_len;
		enum kr_err err;
	} cases[] = {
		{"longest", {LITERAL("C"), kr_view(long_text, KR_JOIN_CHECK_MAX)},
			KR_JOIN_KEY_PACKAGE_MAX, KR_OK},
		{"no name", {LITERAL(""), LITERAL("x")}, 0, KR_ERR_TEXT},
		{"two lines of name", {LITERAL("a\nb"), LITERAL("x")}, 0, KR_ERR_TEXT},
		{"no UTF-8", {LITERAL("a"), LITERAL("\xff")}, 0, KR_ERR_TEXT},
		{"too long", {LITERAL("a"), kr_view(long_text, sizeof(long_text))}, 0,
			KR_ERR_TOO_LARGE},
		{"key package too long", {LITERAL("a"), LITERAL("x")},
			sizeof(long_package), KR_ERR_TOO_LARGE},
	};
	struct world *w = world_new(FOUNDED_BY_TWO);
	static struct record record;

	(void)state;
	memset(long_text, 'a', sizeof(long_text));
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_err(cases[i].name,
			ask(&record, w, &cases[i].note,
				kr_view(long_package, cases[i].package_len)),
			cases[i].err);
	}
}

/* ---- Refusals ------------------------------------------------------------------- */

static void who_is_refused_reads_why(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	const struct kr_join_note note = good_note();
	static uint8_t storage[KR_SEALED_STORAGE];
	static struct record request;
	static struct record record;
	struct kr_writer writer = record_writer(&record);
	const struct {
		const struct person *reader;
		enum kr_err err;
	} readers[] = {
		{&w->chris, KR_OK},
		{&w->bram, KR_OK},
		{&w->dana, KR_ERR_NOT_RECIPIENT},
	};
	uint8_t hash[KR_SHA256_BYTES];
	struct kr_refusal f;

	(void)state;
	assert_int_equal(ask(&request, w, &note, LITERAL("")), KR_OK);
	kr_refusal_write(&writer, view_of(&request), LITERAL("Wij kennen u niet."),
		&w->chain, &w->anna.device, &w->rng);
	record_take(&record, &writer);
	assert_int_equal(kr_refusal_read(&f, view_of(&record)), KR_OK);
	kr_sha256(hash, view_of(&request));
	assert_memory_equal(f.request_hash, hash, sizeof(hash));
	assert_memory_equal(f.account, w->chris.account, sizeof(f.account));
	assert_memory_equal(f.signer, w->anna.device.public_key, sizeof(f.signer));
	for (size_t i = 0; i < NUM(readers); i++) {
		struct kr_view reason;

		assert_int_equal(kr_refusal_open(&reason, storage, &f,
					 &readers[i].reader->sealing),
			readers[i].err);
		if (readers[i].err == KR_OK) {
			assert_true(kr_view_equal(reason, LITERAL("Wij kennen u niet.")));
		}
	}
	codec_props_whole("refusal", read_refusal, view_of(&record));
	codec_props_signed("refusal", read_refusal, view_of(&record));
}

static void a_refusal_needs_a_request_and_a_text(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	const struct kr_join_note note = good_note();
	static struct record request;
	static struct record record;
	struct kr_writer writer = record_writer(&record);

	(void)state;
	assert_int_equal(ask(&request, w, &note, LITERAL("")), KR_OK);
	kr_refusal_write(&writer, view_of(&request), LITERAL("\x1b"), &w->chain,
		&w->anna.device, &w->rng);
	assert_int_equal(writer.err, KR_ERR_TEXT);
	request.bytes[request.len - 1] ^= 1;
	writer = record_writer(&record);
	kr_refusal_write(&writer, view_of(&request), LITERAL("nee"), &w->chain,
		&w->anna.device, &w->rng);
	assert_int_equal(writer.err, KR_ERR_SIGNATURE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(coordinators_read_who_asks),
		cmocka_unit_test(p4_the_note_is_not_in_the_clear),
		cmocka_unit_test(a_request_bears_no_damage),
		cmocka_unit_test(the_relay_cannot_take_the_place),
		cmocka_unit_test(notes_have_rules),
		cmocka_unit_test(who_is_refused_reads_why),
		cmocka_unit_test(a_refusal_needs_a_request_and_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
