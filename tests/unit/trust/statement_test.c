#include <test.h>

#include <codec_props.h>

#include <string.h>

#include "fixture.h"

#define NUM_KINDS 10

static const uint8_t serials[] = {
	0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 255, 0, 0, 0, 0, 0, 0, 0};

static enum kr_err read_only(struct kr_view bytes)
{
	struct kr_statement s;

	return kr_statement_read(&s, bytes);
}

/* Every field of the kind is set, the others are zero. */
static struct kr_statement statement_of(
	const struct world *w, const struct kr_statement_info *info)
{
	struct kr_statement s = {.kind = info->kind, .seen_seq = 41};

	memcpy(s.community, w->chain.community, sizeof(s.community));
	memcpy(s.signer, w->anna.device.public_key, sizeof(s.signer));
	memset(s.seen_hash, 0x5e, sizeof(s.seen_hash));
	memset(s.group, info->fields & KR_S_GROUP ? 0x61 : 0, sizeof(s.group));
	memset(s.subject, info->fields & KR_S_SUBJECT ? 0x62 : 0, sizeof(s.subject));
	memset(s.target, info->fields & KR_S_TARGET ? 0x63 : 0, sizeof(s.target));
	memset(s.event, info->fields & KR_S_EVENT ? 0x64 : 0, sizeof(s.event));
	memset(s.text, info->fields & KR_S_TEXT ? 0x65 : 0, sizeof(s.text));
	s.until_ms = info->fields & KR_S_UNTIL ? 1763784000123 : 0;
	if (info->fields & KR_S_SERIALS) {
		s.serials = kr_view(serials, sizeof(serials));
	}
	return s;
}

static void statements_come_back_and_bear_no_damage(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	static struct record record;
	unsigned num = 0;

	(void)state;
	for (unsigned kind = 0; kind < 256; kind++) {
		const struct kr_statement_info *info = kr_statement_info(kind);
		struct kr_writer writer = record_writer(&record);
		struct kr_statement s;
		struct kr_statement back;

		if (info == NULL) {
			continue;
		}
		assert_int_equal(info->kind, kind);
		s = statement_of(w, info);
		kr_statement_write(&writer, &s, &w->anna.device);
		record_take(&record, &writer);
		assert_true(record.len <= KR_STATEMENT_MAX);
		assert_int_equal(kr_statement_read(&back, view_of(&record)), KR_OK);
		assert_true(kr_view_equal(back.serials, s.serials));
		back.serials = s.serials;
		assert_memory_equal(&back, &s, sizeof(back));
		codec_props_whole(info->name, read_only, view_of(&record));
		codec_props_signed(info->name, read_only, view_of(&record));
		num++;
	}
	assert_int_equal(num, NUM_KINDS);
}

/* Each kind is the body of an event that there is, and of the kind of topic that fits. */
static void kinds_fit_their_events(void **state)
{
	(void)state;
	for (unsigned kind = 1; kind <= NUM_KINDS; kind++) {
		const struct kr_statement_info *info = kr_statement_info(kind);
		const struct kr_event_info *event = kr_event_info(info->event);

		assert_non_null(event);
		if (event->kind == KR_TOPIC_GROUP) {
			assert_true(info->fields & KR_S_GROUP);
		} else {
			assert_int_equal(event->kind, KR_TOPIC_COMMUNITY);
		}
		if (info->authority == KR_AUTHORITY_SUBJECT) {
			assert_true(info->fields & KR_S_SUBJECT);
		}
	}
}

static void bad_serials_and_kinds_are_refused(void **state)
{
	static const uint8_t twice[] = {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1};
	static const uint8_t falling[] = {0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1};
	static uint8_t many[(KR_STATEMENT_SERIALS_MAX + 1) * 8];
	const struct {
		const char *name;
		enum kr_statement_kind kind;
		struct kr_view serials;
		enum kr_err err;
	} cases[] = {
		{"none", KR_STATEMENT_REMOVE, LITERAL(""), KR_OK},
		{"as many as there may be", KR_STATEMENT_REMOVE,
			kr_view(many, sizeof(many) - 8), KR_OK},
		{"one too many", KR_STATEMENT_REMOVE, kr_view(many, sizeof(many)),
			KR_ERR_TOO_LARGE},
		{"twice", KR_STATEMENT_REMOVE, kr_view(twice, sizeof(twice)),
			KR_ERR_ENCODING},
		{"falling", KR_STATEMENT_REMOVE, kr_view(falling, sizeof(falling)),
			KR_ERR_ENCODING},
		{"not whole", KR_STATEMENT_REMOVE, kr_view(serials, 9), KR_ERR_ENCODING},
		{"kind 0", (enum kr_statement_kind)0, LITERAL(""), KR_ERR_ARGUMENT},
		{"kind 11", (enum kr_statement_kind)11, LITERAL(""), KR_ERR_ARGUMENT},
	};
	struct world *w = world_new(FOUNDED_BY_TWO);
	static struct record record;

	(void)state;
	for (size_t i = 0; i < NUM(many); i++) {
		many[i] = i % 8 == 7 ? (uint8_t)(i / 8) : 0;
	}
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_statement s = {
			.kind = cases[i].kind, .serials = cases[i].serials};
		struct kr_writer writer = record_writer(&record);

		kr_statement_write(&writer, &s, &w->anna.device);
		assert_err(cases[i].name, writer.err, cases[i].err);
		record.len = writer.len;
	}
	record.bytes[0] = 1;
	record.bytes[1] = 11;
	assert_int_equal(read_only(kr_view(record.bytes, 200)), KR_ERR_ENCODING);
	record.bytes[0] = 2;
	assert_int_equal(read_only(kr_view(record.bytes, 200)), KR_ERR_RECORD_VERSION);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_come_back_and_bear_no_damage),
		cmocka_unit_test(kinds_fit_their_events),
		cmocka_unit_test(bad_serials_and_kinds_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
