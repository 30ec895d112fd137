/* What is said in a group, as users see it: proto/CONTENT.md §2, COMMANDS.md §7. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "tests/unit/core/street.h"

static cJSON *message(struct street *s, struct world_client *client,
	struct world_client *author, const char *event)
{
	return world_ask(client,
		"{\"ask\":\"message\",\"group\":\"%s\",\"author\":\"%s\",\"event\":\"%"
		"s\"}",
		s->group, street_account(author), event);
}

static const char *post(struct street *s, struct world_client *client, const char *fields)
{
	return world_text(world_do(client, "{\"do\":\"post\",\"group\":\"%s\",%s}",
				  s->group, fields),
		"event");
}

static const char *post_about(struct street *s, struct world_client *client,
	const char *kind, struct world_client *author, const char *event,
	const char *fields)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		"\"kind\":\"%s\",\"ref\":{\"author\":\"%s\",\"event\":\"%s\"}%s", kind,
		street_account(author), event, fields);
	return post(s, client, text);
}

static void test_concern(void **state)
{
	struct street *s = *state;
	const char *event = post(s, s->bram,
		"\"kind\":\"concern\",\"category\":\"violence\",\"text\":\"hulp\","
		"\"since\":{\"precision\":\"day\",\"time\":1763683200000},"
		"\"how_often\":\"several\",\"where\":\"nr 7\"");
	struct world_client *all[] = {s->anna, s->bram, s->cor};

	(void)post_about(s, s->cor, "corroboration", s->bram, event, "");
	(void)post_about(
		s, s->cor, "corroboration", s->bram, event, ",\"text\":\"alweer\"");
	(void)post_about(s, s->bram, "corroboration", s->bram, event, "");
	(void)post_about(s, s->anna, "comment", s->bram, event, ",\"text\":\"ik bel\"");
	(void)post_about(s, s->anna, "called_112", s->bram, event, "");
	for (size_t i = 0; i < 2 * NUM(all); i++) {
		struct world_client *c = all[i % NUM(all)];
		cJSON *m = message(s, c, s->bram, event);

		assert_string_equal(world_text(m, "kind"), "concern");
		assert_string_equal(world_text(m, "category"), "violence");
		assert_string_equal(world_text(m, "text"), "hulp");
		assert_string_equal(world_text(m, "where"), "nr 7");
		assert_string_equal(world_text(m, "how_often"), "several");
		assert_string_equal(
			world_text(cJSON_GetObjectItem(m, "since"), "precision"), "day");
		/* One for each account, and none for the author. */
		assert_int_equal(world_number(m, "corroborations"), 1);
		assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItem(m, "corroborated")),
			c == s->cor);
		assert_int_equal(world_number(m, "comments"), 1);
		assert_int_equal(world_number(m, "called_112"), 1);
		assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(m, "thread")), 5);
		cJSON_Delete(m);
		world_restart(c);
		world_pass(&s->world, 5000);
	}
}

/* Only the author edits and takes back. */
static void test_edit(void **state)
{
	struct street *s = *state;
	const char *event = post(s, s->bram, "\"kind\":\"chat\",\"text\":\"een\"");
	cJSON *m;

	(void)post_about(s, s->cor, "edit", s->bram, event,
		",\"kind_fields\":{\"kind\":\"chat\",\"text\":\"van Cor\"}");
	(void)post_about(s, s->cor, "retraction", s->bram, event, "");
	m = message(s, s->anna, s->bram, event);
	assert_string_equal(world_text(m, "text"), "een");
	assert_false(cJSON_IsTrue(cJSON_GetObjectItem(m, "retracted")));
	cJSON_Delete(m);
	(void)post_about(s, s->bram, "edit", s->bram, event,
		",\"kind_fields\":{\"kind\":\"chat\",\"text\":\"twee\"}");
	(void)post_about(s, s->bram, "edit", s->bram, event,
		",\"kind_fields\":{\"kind\":\"chat\",\"text\":\"drie\"}");
	m = message(s, s->anna, s->bram, event);
	assert_string_equal(world_text(m, "text"), "drie");
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(m, "edited")));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(m, "earlier")), 2);
	cJSON_Delete(m);
	(void)post_about(s, s->bram, "retraction", s->bram, event, "");
	m = message(s, s->cor, s->bram, event);
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(m, "retracted")));
	assert_null(cJSON_GetObjectItem(m, "text"));
	cJSON_Delete(m);
}

static void test_pages(void **state)
{
	struct street *s = *state;
	cJSON *page;
	cJSON *list;

	for (int i = 0; i < 7; i++) {
		char text[80];

		(void)snprintf(text, sizeof(text), "\"kind\":\"%s\",\"text\":\"%d\"",
			i % 2 == 0 ? "chat" : "announcement", i);
		(void)post(s, s->bram, text);
	}
	page = world_ask(s->anna,
		"{\"ask\":\"feed\",\"group\":\"%s\",\"show\":\"chat\",\"max\":3}",
		s->group);
	list = cJSON_GetObjectItem(page, "messages");
	assert_int_equal(cJSON_GetArraySize(list), 3);
	assert_string_equal(world_text(cJSON_GetArrayItem(list, 0), "text"), "2");
	assert_string_equal(world_text(cJSON_GetArrayItem(list, 2), "text"), "6");
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(page, "more")));
	cJSON_Delete(page);
	page = world_ask(s->anna,
		"{\"ask\":\"feed\",\"group\":\"%s\",\"show\":\"concerns\"}", s->group);
	list = cJSON_GetObjectItem(page, "messages");
	assert_int_equal(cJSON_GetArraySize(list), 3);
	assert_false(cJSON_IsTrue(cJSON_GetObjectItem(page, "more")));
	cJSON_Delete(page);
	assert_int_equal(street_number(s->anna, s->group, "unread"), 7);
	(void)world_do(s->anna, "{\"do\":\"read\",\"group\":\"%s\",\"seq\":%d}", s->group,
		street_number(s->anna, s->group, "last"));
	assert_int_equal(street_number(s->anna, s->group, "unread"), 0);
}

static const struct {
	const char *fields;
	const char *error;
} refused[] = {
	{"\"kind\":\"chat\"", "field"},
	{"\"kind\":\"chat\",\"text\":\"\"", "text"},
	{"\"kind\":\"chat\",\"text\":\"a\",\"where\":\"b\"", "field"},
	{"\"kind\":\"chat\",\"text\":1", "field"},
	{"\"kind\":\"praat\",\"text\":\"a\"", "field"},
	{"\"kind\":\"guidance\",\"text\":\"a\"", "field"},
	{"\"kind\":\"concern\",\"text\":\"a\"", "field"},
	{"\"kind\":\"concern\",\"text\":\"a\",\"category\":\"oorlog\"", "field"},
	{"\"kind\":\"comment\",\"text\":\"a\"", "field"},
	{"\"kind\":\"comment\",\"text\":\"a\",\"ref\":{}", "field"},
	{"\"kind\":\"display_name\",\"name\":\"a\\nb\"", "text"},
};

static void test_refused(void **state)
{
	struct street *s = *state;

	for (size_t i = 0; i < NUM(refused); i++) {
		const cJSON *answer =
			world_do(s->bram, "{\"do\":\"post\",\"group\":\"%s\",%s}",
				s->group, refused[i].fields);

		assert_string_equal(world_text(answer, "error"), refused[i].error);
	}
	(void)post(s, s->bram, "\"kind\":\"chat\",\"text\":\"a\"");
}

static void test_safety(void **state)
{
	struct street *s = *state;
	cJSON *a = world_ask(s->anna,
		"{\"ask\":\"safety\",\"community\":\"%s\",\"account\":\"%s\"}",
		s->community, street_account(s->bram));
	cJSON *b = world_ask(s->bram,
		"{\"ask\":\"safety\",\"community\":\"%s\",\"account\":\"%s\"}",
		s->community, street_account(s->anna));

	assert_string_equal(world_text(a, "number"), world_text(b, "number"));
	assert_string_equal(world_text(a, "mine"), world_text(b, "theirs"));
	assert_string_equal(world_text(a, "theirs"), world_text(b, "mine"));
	assert_non_null(strstr(world_text(a, "number"), world_text(a, "mine")));
	cJSON_Delete(a);
	cJSON_Delete(b);
}

int main(void)
{
#define IN_STREET(test)                                                                  \
	cmocka_unit_test_setup_teardown(test, street_setup, street_teardown)
	const struct CMUnitTest tests[] = {
		IN_STREET(test_concern),
		IN_STREET(test_edit),
		IN_STREET(test_pages),
		IN_STREET(test_refused),
		IN_STREET(test_safety),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
