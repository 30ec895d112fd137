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

/* No bit can be changed without one of the recipients noticing; the shape alone is checked
 * by kr_sealed_read. */
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
		cmocka_unit_test(recipients_have_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
