#include <test.h>

#include <codec_props.h>
#include <hex.h>

#include <string.h>

#include <kring/content.h>

#define SPACE (2 * KR_CONTENT_MAX)

/* ---- Contents of every kind ----------------------------------------------------- */

static struct kr_content content_of(unsigned kind)
{
	struct kr_content c = {.kind = (uint16_t)kind, .written_ms = 1763784000123};

	memset(c.event, 0xe1, sizeof(c.event));
	return c;
}

static struct kr_content with_ref(struct kr_content c)
{
	c.has_ref = true;
	memset(c.ref.author, 0xa1, sizeof(c.ref.author));
	memset(c.ref.event, 0xe2, sizeof(c.ref.event));
	return c;
}

static struct kr_content with_text(struct kr_content c, const char *text)
{
	c.text = kr_view_str(text);
	return c;
}

static struct kr_content concern(void)
{
	struct kr_content c = with_text(content_of(KR_CONTENT_CONCERN), "hulp");

	c.category = KR_CONCERN_VIOLENCE;
	c.since_precision = KR_SINCE_DAY;
	c.since_ms = 1763683200000;
	c.how_often = KR_OFTEN_SEVERAL;
	c.where = kr_view_str("nr 7");
	return c;
}

static struct kr_content edit_of(uint16_t kind, struct kr_view body)
{
	struct kr_content c = with_ref(content_of(KR_CONTENT_EDIT));

	c.edited_kind = kind;
	c.edited_body = body;
	return c;
}

static struct kr_content salted(unsigned kind)
{
	struct kr_content c = with_text(content_of(kind), "tekst");

	memset(c.salt, 0x5a, sizeof(c.salt));
	memset(c.hash, kind == KR_CONTENT_REASON ? 0x4a : 0, sizeof(c.hash));
	return c;
}

/* At least one of each kind; fills at most max, returns how many. */
static size_t samples(struct kr_content *out, size_t max)
{
	struct kr_content sealing_key = content_of(KR_CONTENT_SEALING_KEY);
	struct kr_content name = content_of(KR_CONTENT_DISPLAY_NAME);
	struct kr_content device = content_of(KR_CONTENT_DEVICE);
	struct kr_content notice = content_of(KR_CONTENT_NOTICE);
	struct kr_content moved = content_of(KR_CONTENT_NOTICE);
	struct kr_content unknown = content_of(4711);
	struct kr_content newer = with_text(content_of(KR_CONTENT_CHAT), "hoi");
	struct kr_content silent = with_text(content_of(KR_CONTENT_CONCERN), "stil");

	silent.category = 200;
	silent.how_often = 99;
	memset(sealing_key.hash, 0x77, sizeof(sealing_key.hash));
	name.name = kr_view_str("Zo\xc3\xab van nr 5");
	device.record = LITERAL("\1record");
	notice.notice = LITERAL("\1notice");
	notice.inbox_record = LITERAL("\1inbox record");
	moved.inbox_record = LITERAL("\1the last record");
	unknown.minor = 3;
	unknown.rest = LITERAL("\0what comes later");
	newer.minor = 1;
	newer.rest = LITERAL("more");
	const struct kr_content all[] = {
		concern(),
		silent,
		with_ref(content_of(KR_CONTENT_CORROBORATION)),
		with_text(with_ref(content_of(KR_CONTENT_CORROBORATION)), "ik ook"),
		with_text(with_ref(content_of(KR_CONTENT_COMMENT)), "gisteren\nweer"),
		content_of(KR_CONTENT_CALLED_112),
		with_text(with_ref(content_of(KR_CONTENT_CALLED_112)), "ze komen"),
		with_text(content_of(KR_CONTENT_ANNOUNCEMENT), "buurtfeest"),
		salted(KR_CONTENT_GUIDANCE),
		with_text(content_of(KR_CONTENT_CHAT), "hoi"),
		with_text(with_ref(content_of(KR_CONTENT_CHAT)), "hoi"),
		edit_of(KR_CONTENT_CHAT, LITERAL("\0\3hoi")),
		edit_of(4712, LITERAL("whatever")),
		with_ref(content_of(KR_CONTENT_RETRACTION)),
		with_ref(salted(KR_CONTENT_TAKE_DOWN)),
		name,
		salted(KR_CONTENT_RULES),
		salted(KR_CONTENT_REASON),
		device,
		sealing_key,
		notice,
		moved,
		unknown,
		newer,
	};

	assert_true(NUM(all) <= max);
	memcpy(out, all, sizeof(all));
	return NUM(all);
}

/* ---- Properties ----------------------------------------------------------------- */

static enum kr_err read_only(struct kr_view bytes)
{
	struct kr_content c;

	return kr_content_read(&c, bytes);
}

static void decoding_undoes_encoding(void **state)
{
	static uint8_t space[SPACE];
	static uint8_t again[SPACE];
	struct kr_content list[64];
	size_t num = samples(list, NUM(list));
	unsigned kinds = 0;

	(void)state;
	for (size_t i = 0; i < num; i++) {
		struct kr_content back;
		struct kr_writer w;
		struct kr_writer v;

		kr_writer_init_fixed(&w, space, sizeof(space));
		kr_content_write(&w, &list[i]);
		assert_int_equal(w.err, KR_OK);
		assert_int_equal(kr_content_read(&back, kr_writer_view(&w)), KR_OK);
		assert_int_equal(back.kind, list[i].kind);
		assert_true(kr_view_equal(back.text, list[i].text));
		assert_true(kr_view_equal(back.rest, list[i].rest));
		assert_memory_equal(&back.ref, &list[i].ref, sizeof(back.ref));
		kr_writer_init_fixed(&v, again, sizeof(again));
		kr_content_write(&v, &back);
		assert_true(kr_view_equal(kr_writer_view(&v), kr_writer_view(&w)));
		codec_props_whole("content", read_only, kr_writer_view(&w));
		if (kr_content_is_known(&back)) {
			kinds |= 1U << back.kind;
		}
	}
	/* Every kind of the table was among them. */
#define KIND_IS_THERE(symbol, number, name, minor, fields, text_max)                     \
	assert_true(kinds >> number & 1);
	KR_CONTENT_LIST(KIND_IS_THERE)
#undef KIND_IS_THERE
}

/* The bytes that CONTENT.md gives as its example. */
static void a_concern_byte_by_byte(void **state)
{
	static const char *const hex = "01" /* major */
				       "00" /* minor */
				       "0001"
				       "e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1"
				       "0000019aa9b8027b" /* written_ms */
				       "15"               /* 21 bytes of fields */
				       "03"               /* violence */
				       "02"               /* to the day */
				       "0000019aa3b5ec00" /* since_ms */
				       "02"               /* several times */
				       "046e722037"       /* where */
				       "0468756c70";      /* text */
	struct kr_content c = concern();
	uint8_t expected[50];
	uint8_t space[64];
	struct kr_writer w;

	(void)state;
	hex_decode(expected, sizeof(expected), hex);
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_content_write(&w, &c);
	assert_int_equal(w.len, sizeof(expected));
	assert_memory_equal(w.data, expected, sizeof(expected));
}

/* ---- Rejects -------------------------------------------------------------------- */

/* A content of this kind whose header is good. */
static struct kr_view framed(
	uint8_t *space, uint8_t major, uint8_t minor, uint16_t kind, struct kr_view body)
{
	static const uint8_t event[KR_EVENT_ID_BYTES];
	struct kr_writer w;

	kr_writer_init_fixed(&w, space, SPACE);
	kr_write_u8(&w, major);
	kr_write_u8(&w, minor);
	kr_write_u16(&w, kind);
	kr_write_fixed(&w, kr_view(event, sizeof(event)));
	kr_write_u64(&w, 0);
	kr_write_vec(&w, body);
	assert_int_equal(w.err, KR_OK);
	return kr_writer_view(&w);
}

static const struct {
	const char *name;
	uint8_t major, minor;
	uint16_t kind;
	struct kr_view body;
	enum kr_err err;
} rejects[] = {
	{"as it should be", 1, 0, KR_CONTENT_CHAT, LITERAL_INIT("\0\3hoi"), KR_OK},
	{"major 0", 0, 0, KR_CONTENT_CHAT, LITERAL_INIT("\0\3hoi"),
		KR_ERR_CONTENT_VERSION},
	{"major 2", 2, 0, KR_CONTENT_CHAT, LITERAL_INIT("\0\3hoi"),
		KR_ERR_CONTENT_VERSION},
	{"kind 0", 1, 0, 0, LITERAL_INIT(""), KR_ERR_ENCODING},
	{"fields of no version", 1, 0, KR_CONTENT_CHAT, LITERAL_INIT("\0\3hoi!"),
		KR_ERR_TRAILING},
	{"too few fields", 1, 0, KR_CONTENT_CHAT, LITERAL_INIT("\0"), KR_ERR_TRUNCATED},
	{"too few, of a newer version", 1, 9, KR_CONTENT_CHAT, LITERAL_INIT("\0"),
		KR_ERR_TRUNCATED},
	{"presence is 2", 1, 0, KR_CONTENT_CHAT, LITERAL_INIT("\2\3hoi"),
		KR_ERR_ENCODING},
	{"ref is cut", 1, 0, KR_CONTENT_CHAT, LITERAL_INIT("\1\3hoi"), KR_ERR_TRUNCATED},
	{"no text", 1, 0, KR_CONTENT_CHAT, LITERAL_INIT("\0\0"), KR_ERR_TEXT},
	{"text is no UTF-8", 1, 0, KR_CONTENT_CHAT, LITERAL_INIT("\0\1\xff"),
		KR_ERR_TEXT},
	{"text with an escape", 1, 0, KR_CONTENT_CHAT, LITERAL_INIT("\0\1\x1b"),
		KR_ERR_TEXT},
	{"length is not minimal", 1, 0, KR_CONTENT_CHAT, LITERAL_INIT("\0\x40\3hoi"),
		KR_ERR_VARINT},
	{"category 0", 1, 0, KR_CONTENT_CONCERN,
		LITERAL_INIT("\0\0\0\0\0\0\0\0\0\0\0\0\1a"), KR_ERR_ENCODING},
	{"a time, but not said", 1, 0, KR_CONTENT_CONCERN,
		LITERAL_INIT("\1\0\0\0\0\0\0\0\0\1\0\0\1a"), KR_ERR_ENCODING},
	{"where in two lines", 1, 0, KR_CONTENT_CONCERN,
		LITERAL_INIT("\1\0\0\0\0\0\0\0\0\0\0\3a\nb\1a"), KR_ERR_TEXT},
	{"concern without text", 1, 0, KR_CONTENT_CONCERN,
		LITERAL_INIT("\1\0\0\0\0\0\0\0\0\0\0\0\0"), KR_ERR_TEXT},
	{"no name", 1, 0, KR_CONTENT_DISPLAY_NAME, LITERAL_INIT("\0"), KR_ERR_TEXT},
	{"name with an override", 1, 0, KR_CONTENT_DISPLAY_NAME,
		LITERAL_INIT("\4\xe2\x80\xae"
			     "a"),
		KR_ERR_TEXT},
	{"no record", 1, 0, KR_CONTENT_DEVICE, LITERAL_INIT("\0"), KR_ERR_ENCODING},
	{"key is cut", 1, 0, KR_CONTENT_SEALING_KEY, LITERAL_INIT("0123456789"),
		KR_ERR_TRUNCATED},
	{"neither notice nor record", 1, 0, KR_CONTENT_NOTICE, LITERAL_INIT("\0\0"),
		KR_ERR_ENCODING},
	{"no inbox's record", 1, 0, KR_CONTENT_NOTICE, LITERAL_INIT("\1a\0"),
		KR_ERR_ENCODING},
	{"a notice that is cut", 1, 0, KR_CONTENT_NOTICE, LITERAL_INIT("\2a"),
		KR_ERR_TRUNCATED},
};

static void malformed_contents_are_refused(void **state)
{
	static uint8_t space[SPACE];

	(void)state;
	for (size_t i = 0; i < NUM(rejects); i++) {
		static const struct kr_content zero;
		struct kr_content c;
		enum kr_err err = kr_content_read(&c,
			framed(space, rejects[i].major, rejects[i].minor, rejects[i].kind,
				rejects[i].body));

		if (err != rejects[i].err) {
			fail_msg("%s: %s", rejects[i].name, kr_err_name(err));
		}
		if (err != KR_OK) {
			assert_memory_equal(&c, &zero, sizeof(c));
		}
	}
}

/* An edit puts in place only what has a text and no commitment to it. */
static void edits_are_held_to_the_rules_of_their_kind(void **state)
{
	static const struct {
		const char *name;
		uint16_t kind;
		struct kr_view body;
		enum kr_err err;
	} cases[] = {
		{"chat", KR_CONTENT_CHAT, LITERAL_INIT("\0\3hoi"), KR_OK},
		{"unknown", 4711, LITERAL_INIT("?"), KR_OK},
		{"chat without text", KR_CONTENT_CHAT, LITERAL_INIT("\0\0"), KR_ERR_TEXT},
		{"chat and more", KR_CONTENT_CHAT, LITERAL_INIT("\0\3hoi!"),
			KR_ERR_TRAILING},
		{"edit", KR_CONTENT_EDIT, LITERAL_INIT(""), KR_ERR_ENCODING},
		{"retraction", KR_CONTENT_RETRACTION, LITERAL_INIT(""), KR_ERR_ENCODING},
		{"take-down", KR_CONTENT_TAKE_DOWN, LITERAL_INIT(""), KR_ERR_ENCODING},
		{"rules", KR_CONTENT_RULES, LITERAL_INIT(""), KR_ERR_ENCODING},
		{"name", KR_CONTENT_DISPLAY_NAME, LITERAL_INIT("\1a"), KR_ERR_ENCODING},
		{"device", KR_CONTENT_DEVICE, LITERAL_INIT("\1a"), KR_ERR_ENCODING},
		{"notice", KR_CONTENT_NOTICE, LITERAL_INIT("\1a\1b"), KR_ERR_ENCODING},
		{"nothing", 0, LITERAL_INIT(""), KR_ERR_ENCODING},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_content c = edit_of(cases[i].kind, cases[i].body);
		uint8_t space[256];
		struct kr_writer w;

		kr_writer_init_fixed(&w, space, sizeof(space));
		kr_content_write(&w, &c);
		if (w.err != cases[i].err) {
			fail_msg("%s: %s", cases[i].name, kr_err_name(w.err));
		}
	}
}

static void an_edit_gives_the_replacement(void **state)
{
	struct kr_content edit = edit_of(KR_CONTENT_CHAT, LITERAL("\0\3dag"));
	struct kr_content chat = with_text(content_of(KR_CONTENT_CHAT), "hoi");
	struct kr_content c;

	(void)state;
	assert_int_equal(kr_content_edited(&c, &edit), KR_OK);
	assert_int_equal(c.kind, KR_CONTENT_CHAT);
	assert_true(kr_view_equal(c.text, kr_view_str("dag")));
	assert_memory_equal(c.event, edit.event, sizeof(c.event));
	assert_int_equal(c.written_ms, edit.written_ms);
	assert_int_equal(kr_content_edited(&c, &chat), KR_ERR_ARGUMENT);
	assert_int_equal(c.kind, 0);
}

/* Each kind takes a text of its longest, and refuses one byte more. */
static void texts_have_bounds(void **state)
{
	static uint8_t space[SPACE];
	static uint8_t text[KR_CONTENT_MAX + 1];
	unsigned num = 0;

	(void)state;
	memset(text, 'a', sizeof(text));
	for (unsigned kind = 1; kind < 100; kind++) {
		const struct kr_content_info *info = kr_content_info(kind);
		struct kr_content c = with_ref(content_of(kind));

		if (info == NULL || info->text_max == 0) {
			continue;
		}
		c.category = 1;
		for (size_t more = 0; more < 2; more++) {
			struct kr_writer w;

			c.text = kr_view(text, info->text_max + more);
			kr_writer_init_fixed(&w, space, sizeof(space));
			kr_content_write(&w, &c);
			assert_int_equal(w.err, more ? KR_ERR_TOO_LARGE : KR_OK);
		}
		num++;
	}
	assert_int_equal(num, 11);
}

static void a_plaintext_has_a_bound(void **state)
{
	static uint8_t space[SPACE];
	static uint8_t body[KR_CONTENT_MAX];
	struct kr_content c;
	const size_t header = 1 + 1 + 2 + 16 + 8 + 4;

	(void)state;
	assert_int_equal(
		kr_content_read(&c,
			framed(space, 1, 0, 4711, kr_view(body, sizeof(body) - header))),
		KR_OK);
	assert_int_equal(kr_content_read(&c,
				 framed(space, 1, 0, 4711,
					 kr_view(body, sizeof(body) - header + 1))),
		KR_ERR_TOO_LARGE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(decoding_undoes_encoding),
		cmocka_unit_test(a_concern_byte_by_byte),
		cmocka_unit_test(malformed_contents_are_refused),
		cmocka_unit_test(edits_are_held_to_the_rules_of_their_kind),
		cmocka_unit_test(an_edit_gives_the_replacement),
		cmocka_unit_test(texts_have_bounds),
		cmocka_unit_test(a_plaintext_has_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
