#include <test.h>

#include <alloc_fail.h>

#include <string.h>

#include "fixture.h"

static uint8_t storage[KR_SEALED_STORAGE];

static void assert_view(struct kr_view got, struct kr_view expected)
{
	assert_true(kr_view_equal(got, expected));
}

/* Administrators hold everything, the others what they read with. */
static void the_team_opens_what_is_its(void **state)
{
	struct world *w = world_new();
	struct inbox *inbox = &w->inboxes[OWNER];

	(void)state;
	for (size_t i = 0; i < TEAM; i++) {
		struct kr_inbox_secrets s;

		assert_int_equal(
			kr_inbox_open(&s, &inbox->record, &inbox->team[i].sealing),
			KR_OK);
		assert_int_equal(s.has_identity, i == 0);
		assert_int_equal(s.sealing_number, 1);
		assert_memory_equal(
			&s.sealing, &inbox->secrets.sealing, sizeof(s.sealing));
		assert_memory_equal(
			s.reading_key, inbox->secrets.reading_key, sizeof(s.reading_key));
		if (i == 0) {
			assert_true(kr_secret_equal(
				&s.identity_seed, &inbox->secrets.identity_seed));
		}
		for (size_t k = 0; k < TEAM; k++) {
			struct kr_view name;

			assert_int_equal(
				kr_inbox_open_name(&name, storage, &inbox->record, k,
					&inbox->team[i].sealing),
				KR_OK);
			assert_view(name, the_names[k]);
		}
	}
}

static void nobody_else_does(void **state)
{
	static const struct kr_inbox_secrets zero;
	struct world *w = world_new();
	const struct kr_x25519_keypair *stranger = &w->inboxes[OTHER].team[0].sealing;
	struct kr_inbox_secrets s;
	struct kr_view name;

	(void)state;
	assert_int_equal(kr_inbox_open(&s, &w->inboxes[OWNER].record, stranger),
		KR_ERR_NOT_RECIPIENT);
	assert_memory_equal(&s, &zero, sizeof(s));
	assert_int_equal(kr_inbox_open_name(
				 &name, storage, &w->inboxes[OWNER].record, 0, stranger),
		KR_ERR_NOT_RECIPIENT);
	assert_int_equal(kr_inbox_open_name(&name, storage, &w->inboxes[OTHER].record,
				 TEAM, stranger),
		KR_ERR_NOT_FOUND);
}

/* What was sealed for another record, or under another identity, does not open. */
static void parts_do_not_travel(void **state)
{
	struct world *w = world_new();
	static struct kr_inbox_record record;
	struct inbox *inbox = &w->inboxes[OWNER];
	const struct kr_x25519_keypair *sanne = &inbox->team[0].sealing;
	struct kr_inbox_secrets s;

	(void)state;
	record = inbox->record;
	record.number++;
	assert_int_equal(kr_inbox_open(&s, &record, sanne), KR_ERR_DECRYPT);
	record = inbox->record;
	record.identity_key[0] ^= 1;
	assert_int_equal(kr_inbox_open(&s, &record, sanne), KR_ERR_DECRYPT);
	record = inbox->record;
	record.sealing_key[0] ^= 1;
	assert_int_equal(kr_inbox_open(&s, &record, sanne), KR_ERR_KEY);
	record = inbox->record;
	record.identity_secret = record.sealing_secret;
	assert_int_equal(kr_inbox_open(&s, &record, sanne), KR_ERR_DECRYPT);
	record = inbox->record;
	record.sealing_secret = record.roster;
	assert_int_equal(kr_inbox_open(&s, &record, sanne), KR_ERR_DECRYPT);
	record.sealing_secret.len--;
	assert_int_not_equal(kr_inbox_open(&s, &record, sanne), KR_OK);
}

/* An administrator who is not honest: the secret does not fit the key. */
static void a_secret_fits_its_key(void **state)
{
	struct world *w = world_new();
	static struct kr_inbox_record record;
	static struct kr_inbox_record back;
	static uint8_t bytes[KR_INBOX_RECORD_MAX];
	struct inbox *inbox = &w->inboxes[OWNER];
	struct kr_inbox_secrets s = inbox->secrets;
	struct kr_writer writer;

	(void)state;
	inbox_plain(&record, w, OWNER, TEAM);
	s.sealing.secret.bytes[5] ^= 1;
	kr_writer_init_fixed(&writer, bytes, sizeof(bytes));
	kr_inbox_seal(&writer, &record, &s, &the_card, the_names, false, &w->rng);
	assert_int_equal(writer.err, KR_OK);
	assert_int_equal(kr_inbox_record_read(&back, kr_writer_view(&writer)), KR_OK);
	assert_int_equal(kr_inbox_open(&s, &back, &inbox->team[1].sealing), KR_ERR_KEY);
}

static void cards_are_for_who_has_the_link(void **state)
{
	struct world *w = world_new();
	static uint8_t space[KR_INBOX_CARD_MAX];
	static uint8_t changed[KR_INBOX_CARD_MAX];
	static struct kr_inbox_record record;
	const uint8_t *key = w->inboxes[OWNER].secrets.reading_key;
	uint8_t other[KR_READING_KEY_BYTES] = {1};
	struct kr_inbox_card card;

	(void)state;
	record = w->inboxes[OWNER].record;
	assert_int_equal(kr_inbox_card_open(&card, space, &record, key), KR_OK);
	assert_view(card.name, the_card.name);
	assert_view(card.about, the_card.about);
	assert_view(card.call, the_card.call);
	assert_int_equal(
		kr_inbox_card_open(&card, space, &record, other), KR_ERR_DECRYPT);
	memcpy(changed, record.card.data, record.card.len);
	record.card.data = changed;
	for (size_t i = 0; i < record.card.len; i++) {
		changed[i] ^= 1;
		assert_int_equal(
			kr_inbox_card_open(&card, space, &record, key), KR_ERR_DECRYPT);
		changed[i] ^= 1;
	}
	for (record.card.len--; record.card.len > 0; record.card.len--) {
		assert_int_equal(
			kr_inbox_card_open(&card, space, &record, key), KR_ERR_DECRYPT);
	}
}

/* Whoever left has the old secret, and not the new one; whoever stays walks back. */
static void p5_a_rotation_leaves_out_who_left(void **state)
{
	struct world *w = world_new();
	static struct kr_inbox_record first;
	static uint8_t first_bytes[KR_INBOX_RECORD_MAX];
	static struct kr_inbox_record second;
	static uint8_t second_bytes[KR_INBOX_RECORD_MAX];
	struct inbox *inbox = &w->inboxes[OWNER];
	struct kr_inbox_secrets old = inbox->secrets;
	struct kr_inbox_secrets s;
	struct kr_x25519_keypair pair;
	struct kr_view name;
	uint64_t number;

	(void)state;
	memcpy(first_bytes, inbox->bytes, inbox->len);
	assert_int_equal(
		kr_inbox_record_read(&first, kr_view(first_bytes, inbox->len)), KR_OK);
	assert_int_equal(kr_inbox_open_previous(&pair, &number, &first, &old.sealing),
		KR_ERR_NOT_FOUND);
	inbox_next(w, OWNER, TEAM - 1, true);
	memcpy(second_bytes, inbox->bytes, inbox->len);
	assert_int_equal(
		kr_inbox_record_read(&second, kr_view(second_bytes, inbox->len)), KR_OK);
	assert_int_equal(kr_inbox_record_follows(&second, &first,
				 kr_view(first_bytes, sizeof(first_bytes))),
		KR_ERR_HASH);
	assert_int_equal(kr_inbox_open(&s, &second, &inbox->team[TEAM - 1].sealing),
		KR_ERR_NOT_RECIPIENT);
	assert_int_equal(kr_inbox_open_name(&name, storage, &second, 0,
				 &inbox->team[TEAM - 1].sealing),
		KR_ERR_NOT_RECIPIENT);
	assert_int_equal(kr_inbox_open(&s, &second, &inbox->team[1].sealing), KR_OK);
	assert_int_equal(s.sealing_number, 2);
	assert_memory_not_equal(
		&s.sealing.secret, &old.sealing.secret, sizeof(s.sealing.secret));
	assert_memory_equal(s.reading_key, old.reading_key, sizeof(old.reading_key));
	assert_int_equal(
		kr_inbox_open_previous(&pair, &number, &second, &s.sealing), KR_OK);
	assert_int_equal(number, 1);
	assert_memory_equal(&pair, &old.sealing, sizeof(pair));
	assert_int_equal(kr_inbox_open_previous(&pair, &number, &second, &old.sealing),
		KR_ERR_DECRYPT);
	second.sealing_number++;
	assert_int_equal(kr_inbox_open_previous(&pair, &number, &second, &s.sealing),
		KR_ERR_DECRYPT);
	second.previous_secret.len--;
	assert_int_equal(kr_inbox_open_previous(&pair, &number, &second, &s.sealing),
		KR_ERR_ENCODING);
}

/* Without a rotation the key stays, and so does the way back. */
static void a_record_without_rotation_follows(void **state)
{
	struct world *w = world_new();
	static struct kr_inbox_record before;
	static uint8_t bytes[KR_INBOX_RECORD_MAX];
	struct inbox *inbox = &w->inboxes[OWNER];
	struct kr_x25519_keypair pair;
	struct kr_view whole;
	uint64_t number;

	(void)state;
	for (int i = 0; i < 4; i++) {
		bool rotate = i % 2 == 0;

		memcpy(bytes, inbox->bytes, inbox->len);
		whole = kr_view(bytes, inbox->len);
		assert_int_equal(kr_inbox_record_read(&before, whole), KR_OK);
		inbox_next(w, OWNER, TEAM, rotate);
		assert_int_equal(
			kr_inbox_record_follows(&inbox->record, &before, whole), KR_OK);
		assert_int_equal(
			inbox->record.sealing_number == before.sealing_number, !rotate);
		assert_int_equal(kr_inbox_open_previous(&pair, &number, &inbox->record,
					 &inbox->secrets.sealing),
			KR_OK);
		assert_int_equal(number, i < 2 ? 1 : 2);
	}
}

/* The printed key brings everything back. */
static void recovery_opens_both_secrets(void **state)
{
	struct world *w = world_new();
	static struct kr_inbox_record record;
	static struct kr_inbox_record back;
	static uint8_t bytes[KR_INBOX_RECORD_MAX];
	struct kr_x25519_keypair paper;
	struct kr_inbox_secrets s = w->inboxes[OWNER].secrets;
	struct kr_writer writer;
	struct kr_view name;

	(void)state;
	assert_int_equal(kr_x25519_generate(&paper, &w->rng), KR_OK);
	inbox_plain(&record, w, OWNER, TEAM);
	record.has_recovery = true;
	memcpy(record.recovery_key, paper.public_key, sizeof(record.recovery_key));
	kr_writer_init_fixed(&writer, bytes, sizeof(bytes));
	kr_inbox_seal(&writer, &record, &s, &the_card, the_names, true, &w->rng);
	assert_int_equal(writer.err, KR_OK);
	assert_int_equal(kr_inbox_record_read(&back, kr_writer_view(&writer)), KR_OK);
	assert_int_equal(kr_inbox_open(&s, &back, &paper), KR_OK);
	assert_true(s.has_identity);
	assert_int_equal(kr_inbox_open_name(&name, storage, &back, 0, &paper),
		KR_ERR_NOT_RECIPIENT);
}

static void what_cannot_be_sealed_is_refused(void **state)
{
	static uint8_t text[2001];
	static const struct {
		const char *name;
		enum kr_err err;
	} cases[] = {
		{"fine", KR_OK},
		{"no identity", KR_ERR_STATE},
		{"no sealing key yet", KR_ERR_STATE},
		{"a team too large", KR_ERR_TOO_LARGE},
		{"a member's key of small order", KR_ERR_KEY},
		{"a card without a name", KR_ERR_TEXT},
		{"a card too long", KR_ERR_TOO_LARGE},
		{"nobody to call", KR_ERR_TEXT},
		{"a name of two lines", KR_ERR_TEXT},
		{"a record that could not be read", KR_ERR_ENCODING},
	};

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < NUM(cases); i++) {
		struct world *w = world_new();
		static struct kr_inbox_record record;
		static uint8_t bytes[KR_INBOX_RECORD_MAX];
		struct kr_inbox_secrets s = w->inboxes[OWNER].secrets;
		struct kr_inbox_secrets before;
		struct kr_inbox_card card = the_card;
		struct kr_view names[TEAM] = {the_names[0], the_names[1], the_names[2]};
		struct kr_writer writer;

		inbox_plain(&record, w, OWNER, TEAM);
		s.has_identity = i != 1;
		s.sealing_number = i == 2 ? 0 : s.sealing_number;
		record.num_team = i == 3 ? KR_INBOX_TEAM_MAX + 1 : TEAM;
		memset(record.team[1].sealing_key, 0, i == 4 ? 32 : 0);
		card.name = i == 5 ? kr_view(NULL, 0) : card.name;
		card.about = i == 6 ? kr_view(text, sizeof(text)) : card.about;
		card.call = i == 7 ? kr_view(NULL, 0) : card.call;
		names[2] = i == 8 ? LITERAL("a\nb") : names[2];
		record.promises = i == 9 ? 0 : record.promises;
		before = s;
		kr_writer_init_fixed(&writer, bytes, sizeof(bytes));
		kr_inbox_seal(&writer, &record, &s, &card, names, false, &w->rng);
		if (writer.err != cases[i].err) {
			fail_msg("%s: %s", cases[i].name, kr_err_name(writer.err));
		}
		assert_memory_equal(&s, &before, sizeof(s));
	}
}

/* ---- Memory -------------------------------------------------------------------- */

static struct kr_inbox_record next_record;
static uint8_t next_bytes[KR_INBOX_RECORD_MAX];

static enum kr_err seal(void *ctx)
{
	struct world *w = ctx;
	struct kr_inbox_secrets s = w->inboxes[OWNER].secrets;
	struct kr_writer writer;

	kr_writer_init_fixed(&writer, next_bytes, sizeof(next_bytes));
	kr_inbox_seal(&writer, &next_record, &s, &the_card, the_names, true, &w->rng);
	return writer.err;
}

static void no_memory_is_said(void **state)
{
	struct world *w = world_new();

	(void)state;
	inbox_plain(&next_record, w, OWNER, TEAM);
	assert_true(alloc_fail_each(seal, NULL, w) > 0);
}

static void no_randomness_is_said(void **state)
{
	struct world *w = world_new();
	struct kr_inbox_secrets s;

	(void)state;
	w->rng = failing_random();
	inbox_plain(&next_record, w, OWNER, TEAM);
	assert_int_equal(seal(w), KR_ERR_RANDOM);
	assert_int_equal(kr_inbox_secrets_generate(&s, &w->rng), KR_ERR_RANDOM);
	assert_false(s.has_identity);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_team_opens_what_is_its),
		cmocka_unit_test(nobody_else_does),
		cmocka_unit_test(parts_do_not_travel),
		cmocka_unit_test(a_secret_fits_its_key),
		cmocka_unit_test(cards_are_for_who_has_the_link),
		cmocka_unit_test(p5_a_rotation_leaves_out_who_left),
		cmocka_unit_test(a_record_without_rotation_follows),
		cmocka_unit_test(recovery_opens_both_secrets),
		cmocka_unit_test(what_cannot_be_sealed_is_refused),
		cmocka_unit_test(no_memory_is_said),
		cmocka_unit_test(no_randomness_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
