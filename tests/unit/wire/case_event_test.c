/* What is signed of cases, by their parties and by the relay: both ways, and refusals. */
#include <kring/case.h>

#include <string.h>

#include "test.h"

static uint8_t ciphertext[KR_CASE_SIZE_MEDIUM + KR_AEAD_TAG_BYTES];
static uint8_t wraps[3 * KR_WRAP_BYTES];

static void make_key(struct kr_ed25519_keypair *out)
{
	struct kr_secret seed = {{5}};

	kr_ed25519_from_seed(out, &seed);
}

static struct kr_case_event good_event(unsigned type)
{
	struct kr_case_event e = {.type = (uint16_t)type, .seen_seq = 4, .by_number = 2};

	memset(e.case_id, 1, sizeof(e.case_id));
	memset(e.event, 2, sizeof(e.event));
	memset(e.seen_hash, 3, sizeof(e.seen_hash));
	memset(e.by, 4, sizeof(e.by));
	e.num_envelopes = 1;
	e.envelopes[0].kind = KR_ENVELOPE_WORDS;
	e.envelopes[0].ciphertext = kr_view(ciphertext, sizeof(ciphertext));
	e.num_recipients = 2;
	e.recipients[0].purpose = KR_WRAP_PARTY;
	e.recipients[0].sealing_number = 1;
	memset(e.recipients[0].party, 4, KR_ID_BYTES);
	e.recipients[1].purpose = KR_WRAP_REPORTER;
	for (size_t i = 0; i < 2; i++) {
		kr_sha256(e.recipients[i].wrap_hash,
			kr_view(wraps + i * KR_WRAP_BYTES, KR_WRAP_BYTES));
	}
	return e;
}

static enum kr_err there_and_back(struct kr_case_event *back, struct kr_case_event *e)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_ed25519_keypair key;
	enum kr_err err;

	make_key(&key);
	kr_writer_init(&w);
	kr_case_event_write(&w, e, &key);
	err = w.err != KR_OK ? w.err : kr_case_event_read(back, kr_writer_view(&w));
	return err;
}

static void events_both_ways(void **state)
{
	struct kr_case_event e = good_event(KR_EVENT_ACKNOWLEDGED);
	static struct kr_case_event back;
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_ed25519_keypair key;

	(void)state;
	make_key(&key);
	kr_writer_init(&w);
	kr_case_event_write(&w, &e, &key);
	assert_int_equal(kr_case_event_read(&back, kr_writer_view(&w)), KR_OK);
	assert_memory_equal(back.signer, key.public_key, sizeof(back.signer));
	assert_int_equal(back.num_recipients, 2);
	assert_memory_equal(&back.recipients, &e.recipients, sizeof(e.recipients));
	assert_true(
		kr_view_equal(back.envelopes[0].ciphertext, e.envelopes[0].ciphertext));
	assert_int_equal(
		kr_case_wraps_check(&back, kr_view(wraps, 2 * KR_WRAP_BYTES)), KR_OK);
	assert_int_equal(kr_case_wraps_check(&back, kr_view(wraps, sizeof(wraps))),
		KR_ERR_ENCODING);
	wraps[100]++;
	assert_int_equal(kr_case_wraps_check(&back, kr_view(wraps, 2 * KR_WRAP_BYTES)),
		KR_ERR_HASH);
	wraps[100]--;
	for (size_t len = 0; len < w.len; len += 7) {
		assert_int_not_equal(
			kr_case_event_read(&back, kr_view(w.data, len)), KR_OK);
	}
	for (size_t at = 0; at < w.len; at += at < 300 ? 1 : 97) {
		w.data[at] ^= 1;
		assert_int_not_equal(
			kr_case_event_read(&back, kr_writer_view(&w)), KR_OK);
		w.data[at] ^= 1;
	}
}

static void other_type(struct kr_case_event *e)
{
	e->type = KR_EVENT_POST;
}
static void relays_type(struct kr_case_event *e)
{
	e->type = KR_EVENT_OVERDUE;
}
static void inbox_without_field(struct kr_case_event *e)
{
	e->inbox[0] = 1;
}
static void urgency_without_field(struct kr_case_event *e)
{
	e->urgency = 1;
}
static void date_without_promise(struct kr_case_event *e)
{
	e->date_ms = 1;
}
static void promise_without_date(struct kr_case_event *e)
{
	e->type = KR_EVENT_PROMISE;
}
static void number_without_inbox(struct kr_case_event *e)
{
	memset(e->by, 0, sizeof(e->by));
}
static void no_size_class(struct kr_case_event *e)
{
	e->envelopes[0].ciphertext.len--;
}
static void identity_of_another_type(struct kr_case_event *e)
{
	e->envelopes[0].kind = KR_ENVELOPE_IDENTITY;
}
static void words_where_none_belong(struct kr_case_event *e)
{
	e->type = KR_EVENT_ERASED;
}
static void twice_a_recipient(struct kr_case_event *e)
{
	e->recipients[1] = e->recipients[0];
}
static void a_reporter_with_a_name(struct kr_case_event *e)
{
	e->recipients[1].party[0] = 1;
}
static void an_envelope_that_is_none(struct kr_case_event *e)
{
	e->recipients[1].envelope = 1;
}

static void events_that_are_none(void **state)
{
	static const struct {
		const char *name;
		void (*bend)(struct kr_case_event *e);
	} cases[] = {
		{"another topic's", other_type},
		{"the relay's", relays_type},
		{"inbox", inbox_without_field},
		{"urgency", urgency_without_field},
		{"date", date_without_promise},
		{"promise", promise_without_date},
		{"number", number_without_inbox},
		{"size", no_size_class},
		{"identity", identity_of_another_type},
		{"words", words_where_none_belong},
		{"recipient", twice_a_recipient},
		{"reporter", a_reporter_with_a_name},
		{"envelope", an_envelope_that_is_none},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_case_event e = good_event(KR_EVENT_ACKNOWLEDGED);
		static struct kr_case_event back;

		assert_int_equal(there_and_back(&back, &e), KR_OK);
		cases[i].bend(&e);
		assert_int_equal(there_and_back(&back, &e), KR_ERR_ENCODING);
	}
}

static void relay_words_both_ways(void **state)
{
	struct kr_relay_word word = {.kind = KR_RELAY_OVERDUE,
		.relay = kr_view_str("relay.example"),
		.seq = 3,
		.time_ms = 4,
		.until_ms = 5};
	struct kr_relay_word back;
	uint8_t bytes[KR_RELAY_WORD_MAX];
	struct kr_ed25519_keypair key;
	struct kr_writer w;

	(void)state;
	make_key(&key);
	kr_writer_init_fixed(&w, bytes, sizeof(bytes));
	kr_relay_word_write(&w, &word, &key);
	assert_int_equal(
		kr_relay_word_read(&back, kr_writer_view(&w), key.public_key), KR_OK);
	assert_int_equal(back.kind, KR_RELAY_OVERDUE);
	assert_int_equal(back.until_ms, 5);
	for (size_t i = 0; i < w.len; i++) {
		assert_int_not_equal(
			kr_relay_word_read(&back, kr_view(bytes, i), key.public_key),
			KR_OK);
		bytes[i] ^= 1;
		assert_int_not_equal(
			kr_relay_word_read(&back, kr_writer_view(&w), key.public_key),
			KR_OK);
		bytes[i] ^= 1;
	}
	word.kind = (enum kr_relay_word_kind)4;
	kr_writer_reset(&w);
	kr_relay_word_write(&w, &word, &key);
	assert_int_equal(kr_relay_word_read(&back, kr_writer_view(&w), key.public_key),
		KR_ERR_ENCODING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_both_ways),
		cmocka_unit_test(events_that_are_none),
		cmocka_unit_test(relay_words_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
