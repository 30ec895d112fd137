#include <test.h>

#include <codec_props.h>

#include <string.h>

#include "fixture.h"

static uint8_t bytes[KR_NOTICE_MAX];
static struct world *w;

static struct kr_notice notice_of(void)
{
	struct kr_notice notice = {
		.kind = KR_NOTICE_GUIDANCE,
		.number = 1,
		.event = {7},
		.made_ms = BEGIN_MS,
		.title = LITERAL("Wat kunt u doen?"),
		.text = LITERAL("Bel bij gevaar 112."),
	};

	memcpy(notice.identity_key, w->inboxes[OWNER].record.identity_key,
		sizeof(notice.identity_key));
	return notice;
}

static struct kr_view write_notice(const struct kr_notice *notice,
	const struct kr_ed25519_keypair *signer, enum kr_err expected)
{
	struct kr_writer writer;

	kr_writer_init_fixed(&writer, bytes, sizeof(bytes));
	kr_notice_write(&writer, notice, signer);
	assert_int_equal(writer.err, expected);
	return kr_writer_view(&writer);
}

static enum kr_err read(struct kr_view v)
{
	struct kr_notice back;

	return kr_notice_read(&back, v, &w->inboxes[OWNER].record);
}

static void notices_come_back_and_bear_no_damage(void **state)
{
	struct kr_notice notice;
	struct kr_notice back;
	struct kr_view v;
	uint64_t number;

	(void)state;
	w = world_new();
	notice = notice_of();
	v = write_notice(&notice, &w->inboxes[OWNER].team[1].device, KR_OK);
	assert_int_equal(kr_notice_number(&number, v), KR_OK);
	assert_int_equal(number, notice.number);
	for (size_t len = 0; len < 2 + 32 + 8; len++) {
		assert_int_equal(kr_notice_number(&number, kr_view(v.data, len)),
			KR_ERR_TRUNCATED);
		assert_int_equal(number, 0);
	}
	assert_int_equal(kr_notice_read(&back, v, &w->inboxes[OWNER].record), KR_OK);
	assert_int_equal(back.kind, KR_NOTICE_GUIDANCE);
	assert_int_equal(back.made_ms, BEGIN_MS);
	assert_true(kr_view_equal(back.title, notice.title));
	assert_true(kr_view_equal(back.text, notice.text));
	assert_memory_equal(back.signer, w->inboxes[OWNER].team[1].device.public_key, 32);
	codec_props_whole("notice", read, v);
	codec_props_signed("notice", read, v);
}

static void only_the_team_gives_notice(void **state)
{
	struct kr_notice notice;
	struct kr_notice back;
	struct kr_view v;

	(void)state;
	w = world_new();
	notice = notice_of();
	v = write_notice(&notice, &w->inboxes[OTHER].team[0].device, KR_OK);
	assert_int_equal(read(v), KR_ERR_SIGNATURE);
	v = write_notice(&notice, &w->inboxes[OWNER].team[0].device, KR_OK);
	assert_int_equal(
		kr_notice_read(&back, v, &w->inboxes[OTHER].record), KR_ERR_SIGNATURE);
	notice.number = 2;
	v = write_notice(&notice, &w->inboxes[OWNER].team[0].device, KR_OK);
	assert_int_equal(read(v), KR_ERR_SIGNATURE);
	bytes[0] = 2;
	assert_int_equal(read(v), KR_ERR_RECORD_VERSION);
}

static void wrong_notices_are_not_written(void **state)
{
	static uint8_t text[KR_NOTICE_TEXT_MAX + 1];
	static const struct {
		const char *name;
		enum kr_err err;
	} cases[] = {
		{"the longest", KR_OK},
		{"an unknown kind", KR_ERR_ENCODING},
		{"no title", KR_ERR_TEXT},
		{"a title too long", KR_ERR_TOO_LARGE},
		{"a title of two lines", KR_ERR_TEXT},
		{"no text", KR_ERR_TEXT},
		{"a text too long", KR_ERR_TOO_LARGE},
		{"a text with a bell", KR_ERR_TEXT},
	};

	(void)state;
	w = world_new();
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_notice notice = notice_of();

		notice.title = kr_view(text, KR_NAME_MAX);
		notice.text = kr_view(text, KR_NOTICE_TEXT_MAX);
		notice.kind = i == 1 ? (enum kr_notice_kind)3 : KR_NOTICE;
		notice.title = i == 2 ? kr_view(NULL, 0) : notice.title;
		notice.title.len = i == 3 ? KR_NAME_MAX + 1 : notice.title.len;
		notice.title = i == 4 ? LITERAL("a\nb") : notice.title;
		notice.text = i == 5 ? kr_view(NULL, 0) : notice.text;
		notice.text.len = i == 6 ? KR_NOTICE_TEXT_MAX + 1 : notice.text.len;
		notice.text = i == 7 ? LITERAL("\x07") : notice.text;
		write_notice(&notice, &w->inboxes[OWNER].team[0].device, cases[i].err);
	}
}

static void p4_only_the_link_opens_a_notice(void **state)
{
	static uint8_t sealed[KR_NOTICE_MAX + 64];
	static uint8_t storage[KR_NOTICE_MAX + 64];
	static const uint8_t event[KR_EVENT_ID_BYTES] = {7};
	static const uint8_t other_event[KR_EVENT_ID_BYTES] = {8};
	static const uint8_t other_key[KR_READING_KEY_BYTES] = {1};
	const struct kr_random none = failing_random();
	const uint8_t *key;
	struct kr_notice notice;
	struct kr_writer writer;
	struct kr_view plain;
	struct kr_view v;

	(void)state;
	w = world_new();
	key = w->inboxes[OWNER].secrets.reading_key;
	notice = notice_of();
	plain = write_notice(&notice, &w->inboxes[OWNER].team[0].device, KR_OK);
	kr_writer_init_fixed(&writer, sealed, sizeof(sealed));
	kr_notice_seal(&writer, plain, event, key, &w->rng);
	assert_int_equal(writer.err, KR_OK);
	v = kr_writer_view(&writer);
	assert_int_equal(kr_notice_open(&plain, storage, v, event, key), KR_OK);
	assert_int_equal(read(plain), KR_OK);
	assert_int_equal(
		kr_notice_open(&plain, storage, v, other_event, key), KR_ERR_DECRYPT);
	assert_int_equal(
		kr_notice_open(&plain, storage, v, event, other_key), KR_ERR_DECRYPT);
	for (size_t len = 0; len < v.len; len++) {
		assert_int_equal(
			kr_notice_open(&plain, storage, kr_view(sealed, len), event, key),
			KR_ERR_DECRYPT);
		sealed[len] ^= 0x10;
		assert_int_equal(
			kr_notice_open(&plain, storage, v, event, key), KR_ERR_DECRYPT);
		sealed[len] ^= 0x10;
	}
	kr_writer_init_fixed(&writer, sealed, sizeof(sealed));
	kr_notice_seal(&writer, kr_view(storage, KR_NOTICE_MAX + 1), event, key, &w->rng);
	assert_int_equal(writer.err, KR_ERR_TOO_LARGE);
	kr_writer_init_fixed(&writer, sealed, sizeof(sealed));
	kr_notice_seal(&writer, kr_view(storage, 1), event, key, &none);
	assert_int_equal(writer.err, KR_ERR_RANDOM);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(notices_come_back_and_bear_no_damage),
		cmocka_unit_test(only_the_team_gives_notice),
		cmocka_unit_test(wrong_notices_are_not_written),
		cmocka_unit_test(p4_only_the_link_opens_a_notice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
