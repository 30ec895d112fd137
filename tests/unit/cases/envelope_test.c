#include <test.h>

#include <hex.h>

#include <string.h>

#include "fixture.h"

static struct stored submitted;
static struct stored next;
static uint8_t storage[KR_ENVELOPE_STORAGE];
static uint8_t text[KR_CASE_SIZE_LARGE];

/* ---- Sizes --------------------------------------------------------------------- */

static void texts_come_in_size_classes(void **state)
{
	static const struct {
		enum kr_event_type type;
		enum kr_envelope_kind kind;
		size_t len, size; /* 0: too long */
	} cases[] = {
		{KR_EVENT_ANSWER, KR_ENVELOPE_WORDS, 0, 1024},
		{KR_EVENT_ANSWER, KR_ENVELOPE_WORDS, 1020, 1024},
		{KR_EVENT_ANSWER, KR_ENVELOPE_WORDS, 1021, 4096},
		{KR_EVENT_ANSWER, KR_ENVELOPE_WORDS, 4092, 4096},
		{KR_EVENT_ANSWER, KR_ENVELOPE_WORDS, 4093, 12288},
		{KR_EVENT_ANSWER, KR_ENVELOPE_WORDS, 12284, 12288},
		{KR_EVENT_ANSWER, KR_ENVELOPE_WORDS, 12285, 0},
		{KR_EVENT_ANSWER, KR_ENVELOPE_WORDS, SIZE_MAX, 0},
		/* P8: a signal's length says no more than one bit. */
		{KR_EVENT_SUBMITTED, KR_ENVELOPE_WORDS, 0, 4096},
		{KR_EVENT_SUBMITTED, KR_ENVELOPE_WORDS, 4092, 4096},
		{KR_EVENT_SUBMITTED, KR_ENVELOPE_WORDS, 4093, 12288},
		{KR_EVENT_SUBMITTED, KR_ENVELOPE_IDENTITY, 0, 1024},
		{KR_EVENT_SUBMITTED, KR_ENVELOPE_IDENTITY, 1020, 1024},
		{KR_EVENT_SUBMITTED, KR_ENVELOPE_IDENTITY, 1021, 0},
		{KR_EVENT_CONSULTED, KR_ENVELOPE_KEYS, 1020, 1024},
		{KR_EVENT_CONSULTED, KR_ENVELOPE_KEYS, 10501, 12288},
	};
	struct world *w = world_new();

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_case_event e = {.type = (uint16_t)cases[i].type};
		struct kr_envelope_secret secret;
		static uint8_t ciphertext[KR_ENVELOPE_STORAGE];
		struct kr_view back;
		enum kr_err err;

		assert_int_equal(
			kr_envelope_size(cases[i].type, cases[i].kind, cases[i].len),
			cases[i].size);
		err = kr_envelope_seal(&e, &secret, ciphertext, cases[i].kind,
			kr_view(text, cases[i].len), &w->rng);
		assert_int_equal(err, cases[i].size > 0 ? KR_OK : KR_ERR_TOO_LARGE);
		if (err != KR_OK) {
			assert_int_equal(e.num_envelopes, 0);
			continue;
		}
		assert_int_equal(e.envelopes[0].ciphertext.len, cases[i].size + 16);
		assert_int_equal(kr_envelope_open(&back, storage, &e, 0, &secret), KR_OK);
		assert_int_equal(back.len, cases[i].len);
	}
}

static void sealing_has_bounds(void **state)
{
	struct world *w = world_new();
	const struct kr_random none = failing_random();
	struct kr_case_event e = {.type = KR_EVENT_ANSWER};
	struct kr_envelope_secret secret;
	struct kr_recipient to = {.envelope = 2, .purpose = KR_WRAP_REPORTER};
	const uint8_t *key = w->receipt.sealing.public_key;
	static const uint8_t small_order[KR_X25519_BYTES];
	struct kr_writer writer;

	(void)state;
	assert_int_equal(kr_envelope_seal(&e, &secret, storage, KR_ENVELOPE_WORDS,
				 LITERAL("a"), &none),
		KR_ERR_RANDOM);
	for (size_t i = 0; i <= KR_ENVELOPES_MAX; i++) {
		assert_int_equal(kr_envelope_seal(&e, &secret, storage, KR_ENVELOPE_WORDS,
					 LITERAL("a"), &w->rng),
			i < KR_ENVELOPES_MAX ? KR_OK : KR_ERR_LIMIT);
	}
	kr_writer_init_fixed(&writer, text, sizeof(text));
	kr_envelope_wrap(&writer, &e, &to, key, secret.bytes, &w->rng);
	assert_int_equal(writer.err, KR_ERR_ARGUMENT);
	to.envelope = 0;
	kr_writer_reset(&writer);
	kr_envelope_wrap(&writer, &e, &to, small_order, secret.bytes, &w->rng);
	assert_int_equal(writer.err, KR_ERR_KEY);
	kr_writer_reset(&writer);
	kr_envelope_wrap(&writer, &e, &to, key, secret.bytes, &none);
	assert_int_equal(writer.err, KR_ERR_RANDOM);
	assert_int_equal(e.num_recipients, 0);
	kr_writer_reset(&writer);
	for (size_t i = 0; i < KR_RECIPIENTS_MAX; i++) {
		kr_envelope_wrap(&writer, &e, &to, key, secret.bytes, &w->rng);
	}
	assert_int_equal(writer.err, KR_OK);
	assert_int_equal(writer.len, (size_t)KR_RECIPIENTS_MAX * KR_WRAP_BYTES);
	kr_envelope_wrap(&writer, &e, &to, key, secret.bytes, &w->rng);
	assert_int_equal(writer.err, KR_ERR_LIMIT);
	memset(text, 0, sizeof(text));
}

/* ---- Opening ------------------------------------------------------------------- */

/* The words of what the owner said, as the owner opens them with recipient 0. */
static enum kr_err open_words(const struct world *w, const struct kr_case_event *e)
{
	const struct kr_x25519_keypair *key = &w->inboxes[OWNER].secrets.sealing;
	struct kr_envelope_secret secret;
	struct kr_view words;
	enum kr_err err;

	err = kr_envelope_unwrap(&secret, e, 0, next.wraps[0], &w->chain.state, key);
	return err != KR_OK ? err : kr_envelope_open(&words, storage, e, 0, &secret);
}

static void a_wrap_is_good_for_its_place_only(void **state)
{
	struct world *w = world_new();
	struct kr_case_event *e = &next.e;
	static const struct {
		const char *name;
		size_t offset;
		enum kr_err err;
	} cases[] = {
		{"case", offsetof(struct kr_case_event, case_id), KR_ERR_DECRYPT},
		{"type", offsetof(struct kr_case_event, type), KR_ERR_DECRYPT},
		{"event", offsetof(struct kr_case_event, event), KR_ERR_DECRYPT},
		{"kind", offsetof(struct kr_case_event, envelopes[0].kind),
			KR_ERR_DECRYPT},
		{"commitment", offsetof(struct kr_case_event, envelopes[0].commitment),
			KR_ERR_DECRYPT},
		{"purpose", offsetof(struct kr_case_event, recipients[0].purpose),
			KR_ERR_DECRYPT},
		{"party", offsetof(struct kr_case_event, recipients[0].party),
			KR_ERR_DECRYPT},
		{"sealing number",
			offsetof(struct kr_case_event, recipients[0].sealing_number),
			KR_ERR_DECRYPT},
		{"wrap hash", offsetof(struct kr_case_event, recipients[0].wrap_hash),
			KR_ERR_HASH},
	};

	(void)state;
	happen(&submitted, w, KR_EVENT_SUBMITTED, REPORTER, OWNER);
	make(&next, w, KR_EVENT_ACKNOWLEDGED, OWNER, NOBODY);
	assert_int_equal(open_words(w, e), KR_OK);
	for (size_t i = 0; i < NUM(cases); i++) {
		/* Purposes change to one that no state withholds. */
		uint8_t change = cases[i].offset ==
				offsetof(struct kr_case_event, recipients[0].purpose)
			? KR_WRAP_PARTY ^ KR_WRAP_OFFER
			: 2;
		enum kr_err err;

		((uint8_t *)e)[cases[i].offset] ^= change;
		err = open_words(w, e);
		if (err != cases[i].err) {
			fail_msg("%s: %s", cases[i].name, kr_err_name(err));
		}
		((uint8_t *)e)[cases[i].offset] ^= change;
	}
	for (size_t i = 0; i < KR_CASE_SIZE_SMALL + KR_AEAD_TAG_BYTES; i += 13) {
		next.ciphertexts[0][i] ^= 4;
		assert_int_equal(open_words(w, e), KR_ERR_DECRYPT);
		next.ciphertexts[0][i] ^= 4;
	}
	for (size_t i = 0; i < KR_WRAP_BYTES; i++) {
		next.wraps[0][i] ^= 4;
		assert_int_equal(open_words(w, e), KR_ERR_HASH);
		next.wraps[0][i] ^= 4;
	}
	assert_int_equal(open_words(w, e), KR_OK);
}

static void who_is_no_recipient_opens_nothing(void **state)
{
	struct world *w = world_new();
	const struct kr_x25519_keypair *other = &w->inboxes[OTHER].secrets.sealing;
	struct kr_envelope_secret secret;
	struct kr_view words;

	(void)state;
	happen(&submitted, w, KR_EVENT_SUBMITTED, REPORTER, OWNER);
	make(&next, w, KR_EVENT_ACKNOWLEDGED, OWNER, NOBODY);
	assert_int_equal(kr_envelope_unwrap(&secret, &next.e, 0, next.wraps[0],
				 &w->chain.state, other),
		KR_ERR_DECRYPT);
	assert_int_equal(kr_envelope_unwrap(&secret, &next.e, next.e.num_recipients,
				 next.wraps[0], &w->chain.state, other),
		KR_ERR_NOT_RECIPIENT);
	assert_int_equal(kr_envelope_unwrap(&secret, &next.e, SIZE_MAX, next.wraps[0],
				 &w->chain.state, other),
		KR_ERR_NOT_RECIPIENT);
	assert_int_equal(kr_envelope_open(&words, storage, &next.e, 1, &next.secrets[0]),
		KR_ERR_ARGUMENT);
	assert_int_equal(
		kr_envelope_open(&words, storage, &submitted.e, 0, &next.secrets[0]),
		KR_ERR_COMMITMENT);
}

/* The receipt opens what professionals say, and nothing that the reporter wrote. */
static void p8_the_receipt_does_not_open_the_signal(void **state)
{
	struct world *w = world_new();
	struct kr_envelope_secret secret;
	struct kr_view words;
	size_t last;

	(void)state;
	happen(&submitted, w, KR_EVENT_SUBMITTED, REPORTER, OWNER);
	for (size_t i = 0; i < submitted.e.num_recipients; i++) {
		assert_int_not_equal(submitted.e.recipients[i].purpose, KR_WRAP_REPORTER);
		assert_int_not_equal(
			kr_envelope_unwrap(&secret, &submitted.e, i, submitted.wraps[i],
				&w->chain.state, &w->receipt.sealing),
			KR_OK);
	}
	happen(&next, w, KR_EVENT_ACKNOWLEDGED, OWNER, NOBODY);
	last = next.e.num_recipients - 1;
	assert_int_equal(next.e.recipients[last].purpose, KR_WRAP_REPORTER);
	assert_int_equal(kr_envelope_unwrap(&secret, &next.e, last, next.wraps[last],
				 &w->chain.state, &w->receipt.sealing),
		KR_OK);
	assert_int_equal(kr_envelope_open(&words, storage, &next.e, 0, &secret), KR_OK);
	assert_true(kr_view_equal(words, LITERAL("words")));
}

/* What waits for the fallback is refused until a clock ran out, and opens then. */
static void p7_wraps_that_wait(void **state)
{
	struct world *w = world_new();
	const struct kr_x25519_keypair *key = &w->inboxes[FALLBACK].secrets.sealing;
	struct kr_envelope_secret secret;
	struct kr_view words;

	(void)state;
	happen(&submitted, w, KR_EVENT_SUBMITTED, REPORTER, OWNER);
	assert_int_equal(submitted.e.recipients[1].purpose, KR_WRAP_WAITING);
	assert_int_equal(kr_envelope_unwrap(&secret, &submitted.e, 1, submitted.wraps[1],
				 &w->chain.state, key),
		KR_ERR_STATE);
	assert_int_equal(kr_envelope_unwrap(
				 &secret, &submitted.e, 1, submitted.wraps[1], NULL, key),
		KR_ERR_STATE);
	w->now_ms = w->chain.state.until_ms;
	happen(&next, w, KR_EVENT_OVERDUE, THE_RELAY, FALLBACK);
	assert_int_equal(kr_envelope_unwrap(&secret, &submitted.e, 1, submitted.wraps[1],
				 &w->chain.state, key),
		KR_OK);
	assert_int_equal(
		kr_envelope_open(&words, storage, &submitted.e, 0, &secret), KR_OK);
	assert_true(kr_view_equal(words, LITERAL("words")));
}

/* Zeroes in place of a secret: only who waits can tell, when it is let in. */
static void an_identity_need_not_be_shared(void **state)
{
	struct world *w = world_new();
	const struct kr_inbox_record *record = &w->inboxes[FALLBACK].record;
	const struct kr_x25519_keypair *key = &w->inboxes[FALLBACK].secrets.sealing;
	static const struct kr_envelope_secret zero;
	struct kr_recipient *to = &submitted.e.recipients[3];
	struct kr_envelope_secret secret;
	struct kr_writer writer;

	(void)state;
	make(&submitted, w, KR_EVENT_SUBMITTED, REPORTER, OWNER);
	assert_int_equal(to->purpose, KR_WRAP_WAITING);
	submitted.e.num_recipients = 3;
	kr_writer_init_fixed(&writer, submitted.wraps[3], KR_WRAP_BYTES);
	kr_envelope_wrap(
		&writer, &submitted.e, to, record->sealing_key, zero.bytes, &w->rng);
	assert_int_equal(writer.err, KR_OK);
	assert_int_equal(writer.len, KR_WRAP_BYTES);
	w->chain.state.num_parties = 1;
	w->chain.state.parties[0].role = KR_PARTY_JOINED;
	w->chain.state.parties[0].admitted = true;
	memcpy(w->chain.state.parties[0].inbox, w->inboxes[FALLBACK].id, KR_ID_BYTES);
	assert_int_equal(kr_envelope_unwrap(&secret, &submitted.e, 3, submitted.wraps[3],
				 &w->chain.state, key),
		KR_ERR_POLICY);
	assert_memory_equal(&secret, &zero, sizeof(zero));
}

/* One ciphertext that opens under the keys of two secrets, 01 01 … and 02 02 …: found by
 * solving Poly1305 for two blocks of it. Only the commitment tells. */
static void a_ciphertext_with_two_keys_is_refused(void **state)
{
	struct kr_case_event e = {.type = KR_EVENT_FOLLOW_UP, .num_envelopes = 1};
	struct kr_envelope *envelope = &e.envelopes[0];
	static uint8_t ct[KR_CASE_SIZE_SMALL + KR_AEAD_TAG_BYTES];
	static const uint8_t nonce[KR_AEAD_NONCE_BYTES];
	uint8_t aad[1 + 17 + 32 + 16 + 2 + 1] = "\x11kring envelope v1";
	struct kr_envelope_secret secrets[2];
	struct kr_view words;

	(void)state;
	hex_decode(ct, 32,
		"237f37e7c35c973520b474ecf50be260dce0916756784b161fa030126b275779");
	hex_decode(ct + KR_CASE_SIZE_SMALL, KR_AEAD_TAG_BYTES,
		"cc1df2d355e626de66e0b0de685549f9");
	aad[sizeof(aad) - 2] = KR_EVENT_FOLLOW_UP;
	aad[sizeof(aad) - 1] = KR_ENVELOPE_WORDS;
	envelope->kind = KR_ENVELOPE_WORDS;
	envelope->ciphertext = kr_view(ct, sizeof(ct));
	for (int i = 0; i < 2; i++) {
		struct kr_secret s;
		struct kr_secret key;

		memset(s.bytes, i + 1, sizeof(s.bytes));
		memcpy(secrets[i].bytes, s.bytes, sizeof(s.bytes));
		kr_hkdf_expand(
			key.bytes, sizeof(key.bytes), &s, LITERAL("kring case key v1"));
		assert_int_equal(kr_aead_open(storage, &key, nonce,
					 kr_view(aad, sizeof(aad)), envelope->ciphertext),
			KR_OK);
	}
	for (int i = 0; i < 2; i++) {
		struct kr_secret s;

		memcpy(s.bytes, secrets[i].bytes, sizeof(s.bytes));
		kr_hkdf_expand(envelope->commitment, KR_SHA256_BYTES, &s,
			LITERAL("kring case commitment v1"));
		assert_int_equal(
			kr_envelope_open(&words, storage, &e, 0, &secrets[1 - i]),
			KR_ERR_COMMITMENT);
		/* By the other one it is opened, and then is not padded as it should. */
		assert_int_equal(kr_envelope_open(&words, storage, &e, 0, &secrets[i]),
			KR_ERR_PADDING);
	}
}

/* ---- Dishonest padding --------------------------------------------------------- */

static void padding_is_zeroes_in_the_least_class(void **state)
{
	static const struct {
		const char *name;
		enum kr_event_type type;
		size_t size;
		uint32_t length;
		uint8_t last;
		enum kr_err err;
	} cases[] = {
		{"honest", KR_EVENT_ANSWER, 1024, 5, 0, KR_OK},
		{"fills it", KR_EVENT_ANSWER, 1024, 1020, 7, KR_OK},
		{"not zero at the end", KR_EVENT_ANSWER, 1024, 5, 1, KR_ERR_PADDING},
		{"longer than it is", KR_EVENT_ANSWER, 1024, 1021, 0, KR_ERR_PADDING},
		{"far longer", KR_EVENT_ANSWER, 1024, UINT32_MAX, 0, KR_ERR_PADDING},
		{"a larger class", KR_EVENT_ANSWER, 4096, 1020, 0, KR_ERR_PADDING},
		{"the larger class", KR_EVENT_ANSWER, 4096, 1021, 0, KR_OK},
		{"a small signal", KR_EVENT_SUBMITTED, 1024, 5, 0, KR_ERR_PADDING},
		{"no class", KR_EVENT_ANSWER, 1000, 5, 0, KR_ERR_PADDING},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_case_event e = {
			.type = (uint16_t)cases[i].type, .num_envelopes = 1};
		struct kr_envelope *envelope = &e.envelopes[0];
		static uint8_t plain[4096];
		static uint8_t ct[4096 + KR_AEAD_TAG_BYTES];
		static const uint8_t nonce[KR_AEAD_NONCE_BYTES];
		uint8_t aad[1 + 17 + 32 + 16 + 2 + 1] = "\x11kring envelope v1";
		struct kr_envelope_secret secret = {.bytes = {9}};
		struct kr_secret s = {{9}};
		struct kr_secret key;
		struct kr_view words;
		enum kr_err err;

		memset(plain, 0, sizeof(plain));
		for (size_t k = 0; k < 4; k++) {
			plain[k] = (uint8_t)(cases[i].length >> (24 - 8 * k));
		}
		plain[cases[i].size - 1] = cases[i].last;
		aad[sizeof(aad) - 2] = (uint8_t)cases[i].type;
		aad[sizeof(aad) - 1] = KR_ENVELOPE_WORDS;
		kr_hkdf_expand(key.bytes, 32, &s, LITERAL("kring case key v1"));
		kr_hkdf_expand(envelope->commitment, 32, &s,
			LITERAL("kring case commitment v1"));
		kr_aead_seal(ct, &key, nonce, kr_view(aad, sizeof(aad)),
			kr_view(plain, cases[i].size));
		envelope->kind = KR_ENVELOPE_WORDS;
		envelope->ciphertext = kr_view(ct, cases[i].size + KR_AEAD_TAG_BYTES);
		err = kr_envelope_open(&words, storage, &e, 0, &secret);
		if (err != cases[i].err) {
			fail_msg("%s: %s", cases[i].name, kr_err_name(err));
		}
		assert_int_equal(words.len, err == KR_OK ? cases[i].length : 0);
	}
}

/* ---- Keys that are handed on --------------------------------------------------- */

static void keys_are_handed_on(void **state)
{
	static struct kr_envelope_secret keys[KR_ENVELOPE_KEYS_MAX + 1];
	static struct kr_envelope_secret back[KR_ENVELOPE_KEYS_MAX];
	struct kr_writer writer;
	struct kr_view v;
	size_t num;

	(void)state;
	for (size_t i = 0; i < NUM(keys); i++) {
		keys[i].seq = i + 1;
		keys[i].kind = i % 2 == 0 ? KR_ENVELOPE_WORDS : KR_ENVELOPE_KEYS;
		memset(keys[i].bytes, (int)i, sizeof(keys[i].bytes));
	}
	kr_writer_init_fixed(&writer, text, sizeof(text));
	kr_envelope_keys_write(&writer, keys, KR_ENVELOPE_KEYS_MAX);
	assert_int_equal(writer.err, KR_OK);
	v = kr_writer_view(&writer);
	assert_int_equal(
		kr_envelope_size(KR_EVENT_HANDOVER_OFFERED, KR_ENVELOPE_KEYS, v.len),
		KR_CASE_SIZE_LARGE);
	assert_int_equal(kr_envelope_keys_read(back, KR_ENVELOPE_KEYS_MAX, &num,
				 KR_EVENT_HANDOVER_OFFERED, v),
		KR_OK);
	assert_int_equal(num, KR_ENVELOPE_KEYS_MAX);
	for (size_t i = 0; i < num; i++) {
		assert_int_equal(back[i].seq, keys[i].seq);
		assert_int_equal(back[i].kind, keys[i].kind);
		assert_memory_equal(back[i].bytes, keys[i].bytes, KR_SECRET_BYTES);
	}
	for (size_t len = 0; len < v.len; len++) {
		assert_int_not_equal(
			kr_envelope_keys_read(back, KR_ENVELOPE_KEYS_MAX, &num,
				KR_EVENT_HANDOVER_OFFERED, kr_view(text, len)),
			KR_OK);
		assert_int_equal(num, 0);
	}
	assert_int_equal(kr_envelope_keys_read(back, KR_ENVELOPE_KEYS_MAX - 1, &num,
				 KR_EVENT_HANDOVER_OFFERED, v),
		KR_ERR_LIMIT);
	kr_writer_reset(&writer);
	kr_envelope_keys_write(&writer, keys, NUM(keys));
	assert_int_equal(writer.err, KR_ERR_LIMIT);
	kr_writer_reset(&writer);
	kr_envelope_keys_write(&writer, keys, 0);
	assert_int_equal(kr_envelope_keys_read(back, 1, &num, KR_EVENT_CONSULTED,
				 kr_writer_view(&writer)),
		KR_OK);
	assert_int_equal(num, 0);
	memset(text, 0, sizeof(text));
}

static void an_identity_goes_with_consent_only(void **state)
{
	struct kr_envelope_secret key = {.seq = 1, .kind = KR_ENVELOPE_IDENTITY};
	struct kr_envelope_secret back;
	struct kr_writer writer;
	size_t num;

	(void)state;
	kr_writer_init_fixed(&writer, text, sizeof(text));
	kr_envelope_keys_write(&writer, &key, 1);
	assert_int_equal(kr_envelope_keys_read(&back, 1, &num, KR_EVENT_HANDOVER_OFFERED,
				 kr_writer_view(&writer)),
		KR_ERR_ENCODING);
	assert_int_equal(kr_envelope_keys_read(&back, 1, &num, KR_EVENT_IDENTITY_SHARED,
				 kr_writer_view(&writer)),
		KR_OK);
	text[1 + 8] = 4;
	assert_int_equal(kr_envelope_keys_read(&back, 1, &num, KR_EVENT_IDENTITY_SHARED,
				 kr_writer_view(&writer)),
		KR_ERR_ENCODING);
	memset(text, 0, sizeof(text));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_come_in_size_classes),
		cmocka_unit_test(sealing_has_bounds),
		cmocka_unit_test(a_wrap_is_good_for_its_place_only),
		cmocka_unit_test(who_is_no_recipient_opens_nothing),
		cmocka_unit_test(p8_the_receipt_does_not_open_the_signal),
		cmocka_unit_test(p7_wraps_that_wait),
		cmocka_unit_test(an_identity_need_not_be_shared),
		cmocka_unit_test(a_ciphertext_with_two_keys_is_refused),
		cmocka_unit_test(padding_is_zeroes_in_the_least_class),
		cmocka_unit_test(keys_are_handed_on),
		cmocka_unit_test(an_identity_goes_with_consent_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
