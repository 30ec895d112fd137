#include <kring/signal.h>

#include <string.h>

#include <codec_props.h>

#include "test.h"

static uint8_t bytes[8192];
static const uint8_t account[KR_ID_BYTES] = {9};

static struct kr_writer start(void)
{
	struct kr_writer w;

	kr_writer_init_fixed(&w, bytes, sizeof(bytes));
	return w;
}

/* ---- Words ------------------------------------------------------------------------- */

static bool asks(unsigned type)
{
	return type == KR_EVENT_HANDOVER_OFFERED || type == KR_EVENT_JOIN_INVITED ||
		type == KR_EVENT_CONSULTED;
}

static struct kr_words said(unsigned type, const char *text)
{
	return (struct kr_words){
		.type = (uint16_t)type,
		.inbox = LITERAL("Wijkteam Noord"),
		.author = LITERAL("Sanne"),
		.outcome = type == KR_EVENT_CLOSED ? KR_OUTCOME_HELP_STARTED
						   : KR_OUTCOME_NONE,
		.reporter_key = kr_view(account, asks(type) ? KR_X25519_BYTES : 0),
		.text = kr_view_str(text),
	};
}

static enum kr_err read_words(struct kr_view v)
{
	struct kr_words words;

	return kr_words_read(&words, v);
}

static enum kr_err write_words(const struct kr_words *words)
{
	struct kr_writer w = start();

	kr_words_write(&w, words);
	return w.err;
}

/* Every type of a case, and a note. */
static void each_type_has_its_words(void **state)
{
	static const struct {
		enum kr_event_type type;
		bool words, needs_text;
	} cases[] = {
		{KR_EVENT_SUBMITTED, false, false},
		{KR_EVENT_ACKNOWLEDGED, true, true},
		{KR_EVENT_FOLLOW_UP, true, true},
		{KR_EVENT_QUESTION, true, true},
		{KR_EVENT_ANSWER, true, true},
		{KR_EVENT_PROMISE, true, true},
		{KR_EVENT_URGENCY_CHANGED, true, false},
		{KR_EVENT_HANDOVER_OFFERED, true, true},
		{KR_EVENT_HANDOVER_ACCEPTED, true, true},
		{KR_EVENT_HANDOVER_DECLINED, true, true},
		{KR_EVENT_CONSULTED, true, true},
		{KR_EVENT_ADVISED, true, true},
		{KR_EVENT_JOIN_INVITED, true, true},
		{KR_EVENT_JOINED, true, false},
		{KR_EVENT_PARTED, true, false},
		{KR_EVENT_OVERDUE, false, false},
		{KR_EVENT_CLOSED, true, true},
		{KR_EVENT_CLOSE_READ, false, false},
		{KR_EVENT_REOPENED, true, false},
		{KR_EVENT_WITHDRAWN, true, false},
		{KR_EVENT_CONSENTED, false, false},
		{KR_EVENT_IDENTITY_SHARED, false, false},
		{KR_EVENT_ERASED, false, false},
		{KR_EVENT_EXPIRED, false, false},
		{KR_EVENT_NOTE, true, true},
		{KR_EVENT_POST, false, false},
		{(enum kr_event_type)9999, false, false},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_words words = said(cases[i].type, "Wij gaan langs.");
		enum kr_err none = cases[i].needs_text ? KR_ERR_TEXT : KR_OK;

		assert_int_equal(
			write_words(&words), cases[i].words ? KR_OK : KR_ERR_ENCODING);
		words.text = kr_view(NULL, 0);
		assert_int_equal(
			write_words(&words), cases[i].words ? none : KR_ERR_ENCODING);
		assert_int_equal(kr_words_need_text(cases[i].type), cases[i].needs_text);
	}
}

static void words_come_back(void **state)
{
	struct kr_words words = said(KR_EVENT_CLOSED, "Er is hulp.\nDank u.");
	struct kr_words back;
	struct kr_writer w = start();

	(void)state;
	words.minor = 0;
	kr_words_write(&w, &words);
	assert_int_equal(w.err, KR_OK);
	assert_int_equal(kr_words_read(&back, kr_writer_view(&w)), KR_OK);
	assert_int_equal(back.type, words.type);
	assert_int_equal(back.outcome, KR_OUTCOME_HELP_STARTED);
	assert_true(kr_view_equal(back.inbox, words.inbox));
	assert_true(kr_view_equal(back.author, words.author));
	assert_true(kr_view_equal(back.text, words.text));
	codec_props_whole("words", read_words, kr_writer_view(&w));
	words.minor = 1;
	words.outcome = 99;
	words.later = LITERAL("later");
	w = start();
	kr_words_write(&w, &words);
	assert_int_equal(kr_words_read(&back, kr_writer_view(&w)), KR_OK);
	assert_int_equal(back.outcome, 99);
	assert_true(kr_view_equal(back.later, words.later));
	bytes[0] = 2;
	assert_int_equal(read_words(kr_writer_view(&w)), KR_ERR_CONTENT_VERSION);
}

static void p7_no_case_closes_without_outcome_and_sentence(void **state)
{
	struct kr_words words = said(KR_EVENT_CLOSED, "Er is hulp.");

	(void)state;
	assert_int_equal(write_words(&words), KR_OK);
	words.outcome = KR_OUTCOME_NONE;
	assert_int_equal(write_words(&words), KR_ERR_ENCODING);
	words = said(KR_EVENT_CLOSED, "");
	assert_int_equal(write_words(&words), KR_ERR_TEXT);
	words = said(KR_EVENT_FOLLOW_UP, "Er is hulp.");
	words.outcome = KR_OUTCOME_OTHER;
	assert_int_equal(write_words(&words), KR_ERR_ENCODING);
}

static void notes_may_assign(void **state)
{
	struct kr_words note = said(KR_EVENT_NOTE, "");
	struct kr_words words = said(KR_EVENT_FOLLOW_UP, "Wij komen.");

	(void)state;
	note.assigned = kr_view(account, sizeof(account));
	assert_int_equal(write_words(&note), KR_OK);
	note.assigned = kr_view(account, sizeof(account) - 1);
	assert_int_equal(write_words(&note), KR_ERR_ENCODING);
	words.assigned = kr_view(account, sizeof(account));
	assert_int_equal(write_words(&words), KR_ERR_ENCODING);
}

/* Who is asked answers the reporter too, and has nothing else to do it with. */
static void who_asks_brings_the_reporters_key(void **state)
{
	static const unsigned asking[] = {
		KR_EVENT_HANDOVER_OFFERED, KR_EVENT_JOIN_INVITED, KR_EVENT_CONSULTED};
	struct kr_words words;

	(void)state;
	for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++) {
		words = said(asking[i], "Nemen jullie dit over?");
		assert_int_equal(write_words(&words), KR_OK);
		words.reporter_key = kr_view(NULL, 0);
		assert_int_equal(write_words(&words), KR_ERR_ENCODING);
		words.reporter_key = kr_view(account, KR_X25519_BYTES - 1);
		assert_int_equal(write_words(&words), KR_ERR_ENCODING);
	}
	words = said(KR_EVENT_HANDOVER_ACCEPTED, "Wij nemen het over.");
	words.reporter_key = kr_view(account, KR_X25519_BYTES);
	assert_int_equal(write_words(&words), KR_ERR_ENCODING);
}

static void words_have_bounds(void **state)
{
	static uint8_t text[KR_SIGNAL_TEXT_MAX + 1];
	struct kr_words words = said(KR_EVENT_ANSWER, "");

	(void)state;
	memset(text, 'a', sizeof(text));
	words.text = kr_view(text, KR_SIGNAL_TEXT_MAX);
	assert_int_equal(write_words(&words), KR_OK);
	words.text = kr_view(text, KR_SIGNAL_TEXT_MAX + 1);
	assert_int_equal(write_words(&words), KR_ERR_TOO_LARGE);
	words.text = LITERAL("\x07");
	assert_int_equal(write_words(&words), KR_ERR_TEXT);
	words.text = LITERAL("ja");
	words.inbox = kr_view(text, KR_NAME_MAX + 1);
	assert_int_equal(write_words(&words), KR_ERR_TOO_LARGE);
	words.inbox = LITERAL("a\nb");
	assert_int_equal(write_words(&words), KR_ERR_TEXT);
	words.inbox = kr_view(NULL, 0);
	words.author = LITERAL(" a");
	assert_int_equal(write_words(&words), KR_ERR_TEXT);
	words.author = kr_view(NULL, 0);
	words.later = LITERAL("x");
	assert_int_equal(write_words(&words), KR_ERR_TRAILING);
	words.later = kr_view(NULL, 0);
	assert_int_equal(write_words(&words), KR_OK);
}

/* ---- Identity ---------------------------------------------------------------------- */

static enum kr_err read_identity(struct kr_view v)
{
	struct kr_identity identity;

	return kr_identity_read(&identity, v);
}

static void identities_come_back(void **state)
{
	static const uint8_t certificate[KR_IDENTITY_CERTIFICATE_BYTES] = {1};
	static const uint8_t proof[KR_ED25519_SIG_BYTES] = {2};
	const struct kr_identity identities[] = {
		{.name = {0}},
		{.name = LITERAL("Anna"), .contact = LITERAL("06 12345678")},
		{.certificate = kr_view(certificate, sizeof(certificate)),
			.proof = kr_view(proof, sizeof(proof))},
		{.minor = 1, .name = LITERAL("Anna"), .later = LITERAL("x")},
	};

	(void)state;
	for (size_t i = 0; i < NUM(identities); i++) {
		struct kr_identity back;
		struct kr_writer w = start();

		kr_identity_write(&w, &identities[i]);
		assert_int_equal(w.err, KR_OK);
		assert_true(w.len <= 1020); /* of its envelope */
		assert_int_equal(kr_identity_read(&back, kr_writer_view(&w)), KR_OK);
		assert_true(kr_view_equal(back.name, identities[i].name));
		assert_true(kr_view_equal(back.contact, identities[i].contact));
		assert_true(kr_view_equal(back.certificate, identities[i].certificate));
		assert_true(kr_view_equal(back.proof, identities[i].proof));
		assert_true(kr_view_equal(back.later, identities[i].later));
		if (identities[i].minor == 0) {
			codec_props_whole("identity", read_identity, kr_writer_view(&w));
		}
	}
}

static void wrong_identities_are_refused(void **state)
{
	static uint8_t text[KR_CONTACT_MAX + 1];
	const struct {
		const char *name;
		struct kr_identity identity;
		enum kr_err err;
	} cases[] = {
		{"name of lines", {.name = LITERAL("a\nb")}, KR_ERR_TEXT},
		{"name of 101", {.name = kr_view(text, 101)}, KR_ERR_TOO_LARGE},
		{"contact of 301", {.contact = kr_view(text, 301)}, KR_ERR_TOO_LARGE},
		{"contact with a bell", {.contact = LITERAL("\x07")}, KR_ERR_TEXT},
		{"certificate without proof", {.certificate = kr_view(text, 217)},
			KR_ERR_ENCODING},
		{"proof without certificate", {.proof = kr_view(text, 64)},
			KR_ERR_ENCODING},
		{"short certificate",
			{.certificate = kr_view(text, 216), .proof = kr_view(text, 64)},
			KR_ERR_ENCODING},
		{"short proof",
			{.certificate = kr_view(text, 217), .proof = kr_view(text, 63)},
			KR_ERR_ENCODING},
		{"more", {.later = LITERAL("x")}, KR_ERR_TRAILING},
	};

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_writer w = start();

		kr_identity_write(&w, &cases[i].identity);
		if (w.err != cases[i].err) {
			fail_msg("%s: %s", cases[i].name, kr_err_name(w.err));
		}
		assert_int_equal(read_identity(kr_view(bytes, w.len)), cases[i].err);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_has_its_words),
		cmocka_unit_test(words_come_back),
		cmocka_unit_test(p7_no_case_closes_without_outcome_and_sentence),
		cmocka_unit_test(notes_may_assign),
		cmocka_unit_test(who_asks_brings_the_reporters_key),
		cmocka_unit_test(words_have_bounds),
		cmocka_unit_test(identities_come_back),
		cmocka_unit_test(wrong_identities_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
