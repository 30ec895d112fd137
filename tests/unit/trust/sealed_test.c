#include <test.h>

#include <codec_props.h>

#include <string.h>

#include "fixture.h"

#define CONTEXT LITERAL("context")

static struct kr_reader reader_of(const struct record *record)
{
	return kr_reader(view_of(record));
}

static enum kr_err read_only(struct kr_view bytes)
{
	struct kr_reader r = kr_reader(bytes);
	struct kr_view sealed;
	enum kr_err err = kr_sealed_read(&r, &sealed);

	return err != KR_OK ? err : kr_read_end(&r);
}

/* For Anna and Bram. */
static enum kr_err seal(struct record *out, const struct world *w, struct kr_view text)
{
	struct kr_writer writer = record_writer(out);
	uint8_t to[2][KR_X25519_BYTES];

	memcpy(to[0], w->anna.sealing.public_key, sizeof(to[0]));
	memcpy(to[1], w->bram.sealing.public_key, sizeof(to[1]));
	kr_sealed_write(
		&writer, KR_SEALED_NOTE, CONTEXT, text, kr_view(to, sizeof(to)), &w->rng);
	out->len = writer.len;
	return writer.err;
}

static enum kr_err open(
	const struct record *record, const struct person *reader, struct kr_view expected)
{
	static uint8_t storage[KR_SEALED_STORAGE];
	struct kr_view text;
	enum kr_err err = kr_sealed_open(&text, storage, view_of(record), KR_SEALED_NOTE,
		CONTEXT, &reader->sealing);

	if (err == KR_OK) {
		assert_true(kr_view_equal(text, expected));
	} else {
		static const uint8_t zero[KR_SEALED_STORAGE];

		assert_memory_equal(storage, zero, sizeof(storage));
		assert_int_equal(text.len, 0);
	}
	return err;
}

/* Lengths around the size classes; what is sealed shows its class only. */
static void texts_come_back_in_size_classes(void **state)
{
	static const struct {
		size_t len, class;
	} cases[] = {{0, 1024}, {1, 1024}, {63, 1024}, {64, 1024}, {1022, 1024},
		{1023, 4096}, {4000, 4096}, {KR_SEALED_TEXT_MAX, 4096}};
	static uint8_t text[KR_SEALED_TEXT_MAX + 1];
	struct world *w = world_new(FOUNDED_BY_TWO);
	static struct record record;

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_view v = kr_view(text, cases[i].len);

		assert_int_equal(seal(&record, w, v), KR_OK);
		assert_int_equal(
			record.len, 32 + 2 + cases[i].class + 16 + 2 + 2 * (size_t)112);
		assert_int_equal(open(&record, &w->anna, v), KR_OK);
		assert_int_equal(open(&record, &w->bram, v), KR_OK);
		assert_int_equal(open(&record, &w->chris, v), KR_ERR_NOT_RECIPIENT);
	}
	assert_int_equal(seal(&record, w, kr_view(text, sizeof(text))), KR_ERR_TOO_LARGE);
}

/* No bit can be changed without one of the recipients noticing; kr_sealed_read looks at
 * the shape alone. */
static void damage_is_refused(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	static struct record record;

	(void)state;
	assert_int_equal(seal(&record, w, LITERAL("hoi")), KR_OK);
	codec_props_whole("sealed", read_only, view_of(&record));
	for (size_t bit = 0; bit < record.len * 8; bit += 5) {
		record.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (open(&record, &w->anna, LITERAL("hoi")) == KR_OK &&
			open(&record, &w->bram, LITERAL("hoi")) == KR_OK) {
			fail_msg("bit %zu of byte %zu", bit % 8, bit / 8);
		}
		record.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void purpose_and_context_are_bound(void **state)
{
	static const struct {
		const char *name;
		enum kr_sealed_purpose purpose;
		struct kr_view context;
		enum kr_err err;
	} cases[] = {
		{"the same", KR_SEALED_NOTE, LITERAL_INIT("context"), KR_OK},
		{"another purpose", KR_SEALED_REFUSAL, LITERAL_INIT("context"),
			KR_ERR_DECRYPT},
		{"another context", KR_SEALED_NOTE, LITERAL_INIT("contexu"),
			KR_ERR_DECRYPT},
		{"no context", KR_SEALED_NOTE, LITERAL_INIT(""), KR_ERR_DECRYPT},
	};
	struct world *w = world_new(FOUNDED_BY_TWO);
	static uint8_t storage[KR_SEALED_STORAGE];
	static struct record record;

	(void)state;
	assert_int_equal(seal(&record, w, LITERAL("hoi")), KR_OK);
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_view text;

		assert_err(cases[i].name,
			kr_sealed_open(&text, storage, view_of(&record), cases[i].purpose,
				cases[i].context, &w->anna.sealing),
			cases[i].err);
	}
}

/* A wrap is taken from one sealed text to another: it is bound to its own. */
static void wraps_do_not_travel(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	static struct record a;
	static struct record b;

	(void)state;
	assert_int_equal(seal(&a, w, LITERAL("een")), KR_OK);
	assert_int_equal(seal(&b, w, LITERAL("twee")), KR_OK);
	memcpy(a.bytes + a.len - 224, b.bytes + b.len - 224, 224);
	assert_int_equal(open(&a, &w->anna, LITERAL("een")), KR_ERR_DECRYPT);
}

/* ---- What only a dishonest sender makes ----------------------------------------- */

/* label, purpose, context, as TRUST.md §7 has them. */
static void write_aad(struct kr_writer *w)
{
	kr_write_vec(w, LITERAL("kring sealed v1"));
	kr_write_u8(w, KR_SEALED_NOTE);
	kr_write_vec(w, CONTEXT);
}

/* A Sealed for Anna, made by hand: any plaintext, and a commitment that may be wrong. */
static void forge(struct record *out, const struct world *w, struct kr_view padded,
	bool wrong_commitment)
{
	static uint8_t ct[KR_SEALED_STORAGE + 16];
	static const uint8_t nonce[KR_AEAD_NONCE_BYTES];
	const struct kr_secret secret = {{'s'}};
	struct kr_secret key;
	uint8_t commitment[32];
	uint8_t hash[32];
	uint8_t enc[KR_HPKE_ENC_BYTES];
	uint8_t wrapped[48];
	uint8_t space[512];
	struct kr_writer info;
	struct kr_writer writer = record_writer(out);
	size_t begin;

	kr_hkdf_expand(key.bytes, 32, &secret, LITERAL("kring sealed key v1"));
	kr_hkdf_expand(commitment, 32, &secret, LITERAL("kring sealed commitment v1"));
	commitment[0] ^= wrong_commitment ? 1 : 0;
	kr_writer_init_fixed(&info, space, sizeof(space));
	write_aad(&info);
	kr_aead_seal(ct, &key, nonce, kr_writer_view(&info), padded);
	kr_sha256(hash, kr_view(ct, padded.len + 16));
	kr_write_fixed(&info, kr_view(w->anna.sealing.public_key, 32));
	kr_write_fixed(&info, kr_view(commitment, 32));
	kr_write_fixed(&info, kr_view(hash, 32));
	assert_int_equal(kr_hpke_seal(enc, wrapped, w->anna.sealing.public_key,
				 kr_writer_view(&info), LITERAL(""),
				 kr_view_secret(&secret), &w->rng),
		KR_OK);
	kr_write_fixed(&writer, kr_view(commitment, 32));
	kr_write_vec(&writer, kr_view(ct, padded.len + 16));
	begin = kr_write_vec_begin(&writer);
	kr_write_fixed(&writer, kr_view(w->anna.sealing.public_key, 32));
	kr_write_fixed(&writer, kr_view(enc, sizeof(enc)));
	kr_write_fixed(&writer, kr_view(wrapped, sizeof(wrapped)));
	kr_write_vec_end(&writer, begin);
	record_take(out, &writer);
}

static void dishonest_senders_are_found_out(void **state)
{
	static uint8_t padded[KR_SEALED_STORAGE];
	static const struct {
		const char *name;
		size_t len;    /* of the padded text */
		uint8_t first; /* length of the text, one byte */
		uint8_t last;
		bool wrong_commitment;
		enum kr_err err;
	} cases[] = {
		{"honest", 1024, 3, 0, false, KR_OK},
		{"not what was committed to", 1024, 3, 0, true, KR_ERR_COMMITMENT},
		{"padding is not zero", 1024, 3, 1, false, KR_ERR_PADDING},
		{"length is eight bytes", 1024, 0xc0, 0, false, KR_ERR_PADDING},
		{"longer than all", 1024, 0xff, 0, false, KR_ERR_PADDING},
		{"a larger class than needed", 4096, 3, 0, false, KR_ERR_PADDING},
		{"no class", 1025, 3, 0, false, KR_ERR_ENCODING},
		{"nothing at all", 0, 0, 0, false, KR_ERR_ENCODING},
	};
	struct world *w = world_new(FOUNDED_BY_TWO);
	static struct record record;

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		memset(padded, 0, sizeof(padded));
		memcpy(padded + 1, "hoi", 3);
		padded[0] = cases[i].first;
		if (cases[i].len > 0) {
			padded[cases[i].len - 1] |= cases[i].last;
		}
		forge(&record, w, kr_view(padded, cases[i].len),
			cases[i].wrong_commitment);
		assert_err(cases[i].name, open(&record, &w->anna, LITERAL("hoi")),
			cases[i].err);
	}
}

static void recipients_have_bounds(void **state)
{
	static uint8_t to[KR_SEALED_RECIPIENTS_MAX + 1][KR_X25519_BYTES];
	static const struct {
		size_t len;
		enum kr_err err;
	} cases[] = {
		{KR_X25519_BYTES, KR_OK},
		{sizeof(to) - KR_X25519_BYTES, KR_OK},
		{0, KR_ERR_ARGUMENT},
		{31, KR_ERR_ARGUMENT},
		{33, KR_ERR_ARGUMENT},
		{sizeof(to), KR_ERR_ARGUMENT},
	};
	struct world *w = world_new(FOUNDED_BY_TWO);
	static struct record record;

	(void)state;
	for (size_t i = 0; i < NUM(to); i++) {
		memcpy(to[i], w->anna.sealing.public_key, sizeof(to[i]));
	}
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_writer writer = record_writer(&record);
		struct kr_view sealed;
		struct kr_reader r;

		kr_sealed_write(&writer, KR_SEALED_NOTE, CONTEXT, LITERAL("hoi"),
			kr_view(to, cases[i].len), &w->rng);
		assert_int_equal(writer.err, cases[i].err);
		record.len = writer.len;
		r = reader_of(&record);
		if (cases[i].err == KR_OK) {
			assert_int_equal(kr_sealed_read(&r, &sealed), KR_OK);
			assert_int_equal(sealed.len, record.len);
			assert_true(sealed.len <= KR_SEALED_MAX);
		}
	}
	memset(to, 0, sizeof(to));
	struct kr_writer writer = record_writer(&record);
	kr_sealed_write(&writer, KR_SEALED_NOTE, CONTEXT, LITERAL("hoi"),
		kr_view(to, sizeof(to[0])), &w->rng);
	assert_int_equal(writer.err, KR_ERR_KEY);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_come_back_in_size_classes),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(purpose_and_context_are_bound),
		cmocka_unit_test(wraps_do_not_travel),
		cmocka_unit_test(dishonest_senders_are_found_out),
		cmocka_unit_test(recipients_have_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
