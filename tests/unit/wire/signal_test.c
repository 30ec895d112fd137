#include <kring/signal.h>

#include <string.h>

#include <codec_props.h>
#include <hex.h>

#include "test.h"

#define SPACE 16384

static uint8_t bytes[SPACE];
static const uint8_t ages[] = {4, 9, KR_AGE_UNKNOWN};
static const uint8_t excluded[2][KR_ID_BYTES] = {{1}, {2}};

/* Every field is there. */
static struct kr_signal full(void)
{
	return (struct kr_signal){
		.kind = KR_SIGNAL_NAMED,
		.urgency = KR_URGENCY_TODAY,
		.category = KR_CONCERN_CHILD,
		.at_risk = KR_RISK_CHILD | KR_RISK_ADULT,
		.ages = kr_view(ages, sizeof(ages)),
		.since_precision = KR_SINCE_MONTH,
		.since_ms = 1763683200000,
		.how_often = KR_OFTEN_WEEKLY,
		.danger_now = KR_ANSWER_NO,
		.weapons = KR_ANSWER_UNKNOWN,
		.family_knows = KR_ANSWER_YES,
		.address = {.street = LITERAL_INIT("Lange Laan"),
			.number = 12,
			.addition = LITERAL_INIT("bis"),
			.postcode = {'1', '2', '3', '4', 'A', 'B'},
			.town = LITERAL_INIT("Ons Dorp")},
		.seen = LITERAL("Ik hoor slaan en huilen."),
		.who = LITERAL("Een gezin met twee kinderen."),
		.tried = LITERAL("Aangebeld."),
		.reach = KR_REACH_IDENTITY,
		.reach_when = LITERAL("Na zes uur"),
		.origin = KR_ORIGIN_COMMUNITY,
		.excluded = kr_view(excluded, sizeof(excluded)),
		.language = LITERAL("nl"),
	};
}

/* No more than has to be there. */
static struct kr_signal least(void)
{
	return (struct kr_signal){
		.kind = KR_SIGNAL_ADVICE,
		.urgency = KR_URGENCY_NO_HURRY,
		.category = KR_CONCERN_OTHER,
		.seen = LITERAL("?"),
	};
}

static struct kr_writer start(void)
{
	struct kr_writer w;

	kr_writer_init_fixed(&w, bytes, sizeof(bytes));
	return w;
}

static enum kr_err read(struct kr_view v)
{
	struct kr_signal s;

	return kr_signal_read(&s, v);
}

static void assert_same(const struct kr_signal *a, const struct kr_signal *b)
{
	static uint8_t other[SPACE];
	struct kr_writer one = start();
	struct kr_writer two;

	kr_writer_init_fixed(&two, other, sizeof(other));
	kr_signal_write(&one, a);
	kr_signal_write(&two, b);
	assert_int_equal(one.err, KR_OK);
	assert_true(kr_view_equal(kr_writer_view(&one), kr_writer_view(&two)));
}

static void signals_come_back(void **state)
{
	struct kr_signal signals[] = {full(), least()};

	(void)state;
	for (size_t i = 0; i < NUM(signals); i++) {
		static uint8_t copy[SPACE];
		struct kr_signal back;
		struct kr_writer w;

		kr_writer_init_fixed(&w, copy, sizeof(copy));
		kr_signal_write(&w, &signals[i]);
		assert_int_equal(w.err, KR_OK);
		assert_int_equal(kr_signal_read(&back, kr_writer_view(&w)), KR_OK);
		assert_int_equal(back.kind, signals[i].kind);
		assert_int_equal(back.since_ms, signals[i].since_ms);
		assert_int_equal(back.address.number, signals[i].address.number);
		assert_true(kr_view_equal(back.seen, signals[i].seen));
		assert_true(kr_view_equal(back.excluded, signals[i].excluded));
		assert_same(&back, &signals[i]);
		codec_props_whole("signal", read, kr_writer_view(&w));
	}
}

/* CASES.md §4. */
static void known_bytes(void **state)
{
	static const char hex[] =
		"0100"
		"02030301" /* anonymous, this week, violence, child */
		"0204ff"
		"02"
		"0000019aa3b5ec00"
		"03"
		"010002" /* danger no, weapons not known, family knows */
		"0a4c616e6765204c61616e"
		"0000000c"
		"03626973"
		"313233344142"
		"084f6e7320446f7270"
		"0468756c70"
		"0000"
		"0100" /* by the receipt */
		"0100026e6c";
	uint8_t expected[(sizeof(hex) - 1) / 2];
	struct kr_signal s = full();
	struct kr_writer w = start();

	(void)state;
	hex_decode(expected, sizeof(expected), hex);
	s.kind = KR_SIGNAL_ANONYMOUS;
	s.urgency = KR_URGENCY_THIS_WEEK;
	s.category = KR_CONCERN_VIOLENCE;
	s.at_risk = KR_RISK_CHILD;
	s.ages = LITERAL("\x04\xff");
	s.since_precision = KR_SINCE_DAY;
	s.seen = LITERAL("hulp");
	s.who = kr_view(NULL, 0);
	s.tried = kr_view(NULL, 0);
	s.reach = KR_REACH_RECEIPT;
	s.reach_when = kr_view(NULL, 0);
	s.excluded = kr_view(NULL, 0);
	kr_signal_write(&w, &s);
	assert_int_equal(w.err, KR_OK);
	assert_true(
		kr_view_equal(kr_writer_view(&w), kr_view(expected, sizeof(expected))));
}

/* A field at a time that is wrong: what the writer says is what the reader says. */
static void wrong_fields_are_refused(void **state)
{
	static const char letters[] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	static uint8_t text[KR_SIGNAL_TEXT_MAX + 1];
	static const uint8_t many[(KR_SIGNAL_EXCLUDED_MAX + 1) * KR_ID_BYTES];
	struct kr_view tab = LITERAL("\x01");
	struct {
		const char *name;
		struct kr_signal s;
		enum kr_err err;
	} cases[40];
	size_t n = 0;

	(void)state;
	memset(text, 'a', sizeof(text));
#define CASE(what, field, value, expected)                                               \
	cases[n].name = what;                                                            \
	cases[n].s = full();                                                             \
	cases[n].s.field = value;                                                        \
	cases[n++].err = expected
	CASE("kind 0", kind, 0, KR_ERR_ENCODING);
	CASE("kind 4", kind, 4, KR_ERR_ENCODING);
	CASE("urgency 0", urgency, 0, KR_ERR_ENCODING);
	CASE("urgency 5", urgency, 5, KR_ERR_ENCODING);
	CASE("category 0", category, 0, KR_ERR_ENCODING);
	CASE("time without precision", since_precision, 0, KR_ERR_ENCODING);
	CASE("danger now, but today", danger_now, KR_ANSWER_YES, KR_ERR_ENCODING);
	CASE("danger 3", danger_now, 3, KR_ERR_ENCODING);
	CASE("weapons 3", weapons, 3, KR_ERR_ENCODING);
	CASE("family 3", family_knows, 3, KR_ERR_ENCODING);
	CASE("17 ages", ages, kr_view(text, 17), KR_ERR_TOO_LARGE);
	CASE("street with two spaces", address.street, LITERAL("a  b"), KR_ERR_ENCODING);
	CASE("street of 101", address.street, kr_view(text, 101), KR_ERR_TOO_LARGE);
	CASE("town at an end", address.town, LITERAL("a "), KR_ERR_TEXT);
	CASE("number 100000", address.number, 100000, KR_ERR_ENCODING);
	CASE("addition in capitals", address.addition, LITERAL("A"), KR_ERR_ENCODING);
	CASE("addition with a hyphen", address.addition, LITERAL("a-b"), KR_ERR_ENCODING);
	CASE("addition of 11", address.addition, kr_view(text, 11), KR_ERR_TOO_LARGE);
	CASE("postcode of a letter", address.postcode[0], 'A', KR_ERR_ENCODING);
	CASE("nothing seen", seen, kr_view(NULL, 0), KR_ERR_TEXT);
	CASE("seen with a control", seen, tab, KR_ERR_TEXT);
	CASE("seen of 4001", seen, kr_view(text, 4001), KR_ERR_TOO_LARGE);
	CASE("who of 1001", who, kr_view(text, 1001), KR_ERR_TOO_LARGE);
	CASE("who with a control", who, tab, KR_ERR_TEXT);
	CASE("tried of 1001", tried, kr_view(text, 1001), KR_ERR_TOO_LARGE);
	CASE("tried with a control", tried, tab, KR_ERR_TEXT);
	CASE("when of 301", reach_when, kr_view(text, 301), KR_ERR_TOO_LARGE);
	CASE("half an inbox", excluded, kr_view(many, 33), KR_ERR_ENCODING);
	CASE("nine inboxes", excluded, kr_view(many, sizeof(many)), KR_ERR_TOO_LARGE);
	CASE("language of 17", language, kr_view(letters, 17), KR_ERR_TOO_LARGE);
	CASE("language of lines", language, LITERAL("n\nl"), KR_ERR_TEXT);
	CASE("more fields", later, LITERAL("x"), KR_ERR_TRAILING);
#undef CASE
	for (size_t i = 0; i < n; i++) {
		struct kr_writer w = start();

		kr_signal_write(&w, &cases[i].s);
		if (w.err != cases[i].err) {
			fail_msg("%s: %s", cases[i].name, kr_err_name(w.err));
		}
		assert_int_equal(read(kr_view(bytes, w.len)), cases[i].err);
	}
}

/* At their bounds they are fine, and what this version does not know is kept. */
static void bounds_and_new_values_are_kept(void **state)
{
	static uint8_t text[KR_SIGNAL_TEXT_MAX];
	static const uint8_t eight[KR_SIGNAL_EXCLUDED_MAX * KR_ID_BYTES];
	struct kr_signal s = full();
	struct kr_signal back;
	struct kr_writer w = start();

	(void)state;
	memset(text, 'a', sizeof(text));
	s.urgency = KR_URGENCY_DANGER_NOW;
	s.danger_now = KR_ANSWER_YES;
	s.ages = kr_view(text, KR_SIGNAL_AGES_MAX);
	s.address.street = kr_view(text, KR_STREET_MAX);
	s.address.town = kr_view(text, KR_STREET_MAX);
	s.address.addition = kr_view(text, KR_ADDITION_MAX);
	s.seen = kr_view(text, KR_SIGNAL_TEXT_MAX);
	s.who = kr_view(text, KR_SIGNAL_SHORT_MAX);
	s.tried = kr_view(text, KR_SIGNAL_SHORT_MAX);
	s.reach_when = kr_view(text, KR_CONTACT_MAX);
	s.excluded = kr_view(eight, sizeof(eight));
	s.language = kr_view(text, KR_SIGNAL_LANGUAGE_MAX);
	s.category = 200;
	s.at_risk = 0xff;
	s.since_precision = 200;
	s.how_often = 200;
	s.reach = 200;
	s.origin = 200;
	s.minor = 7;
	s.later = LITERAL("new fields");
	kr_signal_write(&w, &s);
	assert_int_equal(w.err, KR_OK);
	assert_true(w.len < 12288); /* fits the larger envelope */
	assert_int_equal(kr_signal_read(&back, kr_writer_view(&w)), KR_OK);
	assert_int_equal(back.minor, 7);
	assert_int_equal(back.category, 200);
	assert_int_equal(back.origin, 200);
	assert_true(kr_view_equal(back.later, s.later));
	bytes[0] = 2;
	assert_int_equal(
		kr_signal_read(&back, kr_writer_view(&w)), KR_ERR_CONTENT_VERSION);
	assert_int_equal(back.seen.len, 0);
}

static enum kr_err read_submission(struct kr_view v)
{
	struct kr_submission s;

	return kr_submission_read(&s, v, KR_URGENCY_TODAY);
}

static void a_case_begins_with_a_signal_and_a_key(void **state)
{
	struct kr_submission s = {.signal = full(), .reporter_key = {1, 2, 3}};
	struct kr_submission back;
	struct kr_writer w = start();

	(void)state;
	kr_submission_write(&w, &s);
	assert_int_equal(w.err, KR_OK);
	assert_int_equal(
		kr_submission_read(&back, kr_writer_view(&w), KR_URGENCY_TODAY), KR_OK);
	assert_memory_equal(back.reporter_key, s.reporter_key, sizeof(s.reporter_key));
	assert_true(kr_view_equal(back.signal.seen, s.signal.seen));
	codec_props_whole("submission", read_submission, kr_writer_view(&w));
	assert_int_equal(
		kr_submission_read(&back, kr_writer_view(&w), KR_URGENCY_NO_HURRY),
		KR_ERR_ENCODING);
	s.signal.category = 0;
	w = start();
	kr_submission_write(&w, &s);
	assert_int_equal(w.err, KR_ERR_ENCODING);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_come_back),
		cmocka_unit_test(known_bytes),
		cmocka_unit_test(wrong_fields_are_refused),
		cmocka_unit_test(bounds_and_new_values_are_kept),
		cmocka_unit_test(a_case_begins_with_a_signal_and_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
