/* The settings of an inbox as commands give them and questions show them: COMMANDS.md
 * §9. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/core/inboxes/inboxes.h"
#include "test.h"
#include "tests/unit/core/office.h"

static const char *set(struct office *o, const char *settings)
{
	const cJSON *answer =
		world_do(o->wim, "{\"do\":\"inbox_set\",\"settings\":%s}", settings);

	return world_outcome(answer);
}

static char *shown(struct office *o)
{
	cJSON *inbox = world_ask(o->wim, "{\"ask\":\"inbox\"}");
	char *text = cJSON_PrintUnformatted(cJSON_GetObjectItem(inbox, "settings"));

	cJSON_Delete(inbox);
	assert_non_null(text);
	return text;
}

/* ---- What is taken ----------------------------------------------------------------- */

static const char all[] =
	"{\"name\":\"Wijkagent Zuid\",\"about\":\"Elke werkdag.\\nOok op straat.\","
	"\"call\":\"0900-8844\",\"zone\":\"Europe/Amsterdam\",\"offsets\":"
	"[[0,60],[1782867600000,120]],\"days\":[[[540,720],[780,1020]],[[540,1020]],"
	"[[540,1020]],[[540,1020]],[[0,1440]],[],[]],\"closed\":[\"2026-12-25\","
	"\"2027-01-01\"],\"deadlines\":{\"danger_now\":{\"acknowledge\":60,\"follow_up\":"
	"3600,\"continuous\":true},\"today\":{\"acknowledge\":3600,\"follow_up\":7200,"
	"\"continuous\":false},\"this_week\":{\"acknowledge\":7200,\"follow_up\":7201,"
	"\"continuous\":false},\"no_hurry\":{\"acknowledge\":7948800,\"follow_up\":1,"
	"\"continuous\":true}},\"promise_s\":86400,\"promises\":16,\"retention_s\":1,"
	"\"retention_unread_s\":316224000}";

static void test_all(void **state)
{
	struct office *o = *state;
	char *text;

	assert_string_equal(set(o, all), "ok");
	text = shown(o);
	assert_string_equal(text, all);
	free(text);
	/* A colleague, who may change nothing, sees the same. */
	world_restart(o->wim);
	world_run(&o->world);
	text = shown(o);
	assert_string_equal(text, all);
	free(text);
}

/* What is left out stays as it was. */
static void test_some(void **state)
{
	static const char *const changes[] = {"{}", "{\"call\":\"0900-8844\"}",
		"{\"deadlines\":{}}",
		"{\"deadlines\":{\"today\":{\"acknowledge\":3600}}}"};
	struct office *o = *state;
	char *text;

	assert_string_equal(set(o, all), "ok");
	for (size_t i = 0; i < NUM(changes); i++) {
		assert_string_equal(set(o, changes[i]), "ok");
		text = shown(o);
		assert_string_equal(text, all);
		free(text);
	}
	assert_string_equal(set(o, "{\"closed\":[],\"name\":\"Wijkagent\"}"), "ok");
	text = shown(o);
	assert_non_null(strstr(text, "\"closed\":[]"));
	assert_non_null(strstr(text, "\"name\":\"Wijkagent\""));
	assert_non_null(strstr(text, "\"call\":\"0900-8844\""));
	free(text);
}

/* Days may be named in any order. */
static void test_closed_days_are_put_in_order(void **state)
{
	struct office *o = *state;
	char *text;

	assert_string_equal(
		set(o, "{\"closed\":[\"2028-02-29\",\"1970-01-01\",\"2026-05-05\"]}"),
		"ok");
	text = shown(o);
	assert_non_null(strstr(
		text, "\"closed\":[\"1970-01-01\",\"2026-05-05\",\"2028-02-29\"]"));
	free(text);
}

/* What a colleague is shown of the fallback. */
static void shows_fallback(
	struct world_client *client, const char *fingerprint, const char *name)
{
	cJSON *shown = world_ask(client, "{\"ask\":\"inbox\"}");
	const cJSON *fallback = cJSON_GetObjectItem(shown, "fallback");

	if (fingerprint == NULL) {
		assert_null(fallback);
	} else {
		assert_string_equal(world_text(fallback, "fingerprint"), fingerprint);
		assert_int_equal(cJSON_HasObjectItem(fallback, "name"), name != NULL);
		assert_true(
			name == NULL || strcmp(world_text(fallback, "name"), name) == 0);
	}
	cJSON_Delete(shown);
}

static void test_fallback(void **state)
{
	struct office *o = *state;
	char text[1024];
	cJSON *inboxes;

	assert_string_equal(set(o, "{\"fallback\":\"\"}"), "ok");
	inboxes = world_ask(o->wim, "{\"ask\":\"own_inboxes\"}");
	assert_null(cJSON_GetObjectItem(
		cJSON_GetArrayItem(cJSON_GetObjectItem(inboxes, "inboxes"), 0),
		"fallback"));
	cJSON_Delete(inboxes);
	shows_fallback(o->wim, NULL, NULL);
	(void)snprintf(text, sizeof(text), "{\"fallback\":\"%s\"}", o->desks[TEAM].link);
	assert_string_equal(set(o, text), "ok");
	inboxes = world_ask(o->wim, "{\"ask\":\"own_inboxes\"}");
	assert_non_null(cJSON_GetObjectItem(
		cJSON_GetArrayItem(cJSON_GetObjectItem(inboxes, "inboxes"), 0),
		"fallback"));
	cJSON_Delete(inboxes);
	inboxes = world_ask(o->tom, "{\"ask\":\"inbox\"}");
	shows_fallback(o->wim, world_text(inboxes, "fingerprint"), "Wijkteam");
	/* A colleague who was never given its link. */
	shows_fallback(o->sanne, world_text(inboxes, "fingerprint"), NULL);
	cJSON_Delete(inboxes);
	(void)snprintf(text, sizeof(text), "{\"fallback\":\"%s\"}", o->desks[WIJK].link);
	assert_string_not_equal(set(o, text), "ok");
}

/* ---- What is not --------------------------------------------------------------- */

#define HUNDRED                                                                          \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"   \
	"aaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *name;
	const char *settings;
	const char *code;
} rejects[] = {
	{"no object", "1", "field"},
	{"a list", "[]", "field"},
	{"an unknown field", "{\"colour\":\"red\"}", "field"},
	{"a name that is a number", "{\"name\":1}", "field"},
	{"an empty name", "{\"name\":\"\"}", "text"},
	{"a name of two lines", "{\"name\":\"a\\nb\"}", "text"},
	{"a long name", "{\"name\":\"" HUNDRED "a\"}", "too_large"},
	{"a control character", "{\"about\":\"a\\u0007\"}", "text"},
	{"a long number to call", "{\"call\":\"" HUNDRED "a\"}", "too_large"},
	{"no zone", "{\"zone\":\"\"}", "encoding"},
	{"a long zone", "{\"zone\":\"" HUNDRED "\"}", "encoding"},
	{"offsets of another kind", "{\"offsets\":60}", "field"},
	{"no offsets", "{\"offsets\":[]}", "encoding"},
	{"an offset without a time", "{\"offsets\":[60]}", "field"},
	{"an offset beyond a day", "{\"offsets\":[[0,1441]]}", "field"},
	{"an offset with a fraction", "{\"offsets\":[[0,0.5]]}", "field"},
	{"an offset before 1970", "{\"offsets\":[[-1,0]]}", "field"},
	{"offsets out of order", "{\"offsets\":[[5,60],[4,120]]}", "encoding"},
	{"nine offsets",
		"{\"offsets\":[[0,0],[1,0],[2,0],[3,0],[4,0],[5,0],[6,0],[7,0],[8,0]]}",
		"field"},
	{"six days", "{\"days\":[[],[],[],[],[],[]]}", "field"},
	{"a day of another kind", "{\"days\":[1,[],[],[],[],[],[]]}", "field"},
	{"a span of one", "{\"days\":[[[9]],[],[],[],[],[],[]]}", "field"},
	{"a span that ends before it begins", "{\"days\":[[[9,9]],[],[],[],[],[],[]]}",
		"encoding"},
	{"a span beyond the day", "{\"days\":[[[0,1441]],[],[],[],[],[],[]]}", "field"},
	{"spans over each other", "{\"days\":[[[0,60],[30,90]],[],[],[],[],[],[]]}",
		"encoding"},
	{"five spans", "{\"days\":[[[0,1],[2,3],[4,5],[6,7],[8,9]],[],[],[],[],[],[]]}",
		"field"},
	{"no hours, and a deadline in them", "{\"days\":[[],[],[],[],[],[],[]]}",
		"encoding"},
	{"closed for ever", "{\"closed\":true}", "field"},
	{"a day that is none", "{\"closed\":[\"2026-02-29\"]}", "field"},
	{"a month that is none", "{\"closed\":[\"2026-13-01\"]}", "field"},
	{"month zero", "{\"closed\":[\"2026-00-01\"]}", "field"},
	{"a day with one digit", "{\"closed\":[\"2026-1-01\"]}", "field"},
	{"a day with a time", "{\"closed\":[\"2026-01-01T\"]}", "field"},
	{"a day before 1970", "{\"closed\":[\"1969-12-31\"]}", "field"},
	{"a day twice", "{\"closed\":[\"2026-01-01\",\"2026-01-01\"]}", "encoding"},
	{"a day that is a number", "{\"closed\":[20454]}", "field"},
	{"deadlines in a list", "{\"deadlines\":[]}", "field"},
	{"an unknown urgency", "{\"deadlines\":{\"now\":{}}}", "field"},
	{"a deadline that is a number", "{\"deadlines\":{\"today\":1}}", "field"},
	{"an unknown part of it", "{\"deadlines\":{\"today\":{\"answer\":1}}}", "field"},
	{"at once", "{\"deadlines\":{\"today\":{\"acknowledge\":0}}}", "field"},
	{"too late", "{\"deadlines\":{\"today\":{\"acknowledge\":7948801}}}", "field"},
	{"a follow-up at once", "{\"deadlines\":{\"today\":{\"follow_up\":0}}}", "field"},
	{"continuous by number", "{\"deadlines\":{\"today\":{\"continuous\":1}}}",
		"field"},
	{"no span of a promise", "{\"promise_s\":0}", "field"},
	{"a long one", "{\"promise_s\":7948801}", "field"},
	{"no promises", "{\"promises\":0}", "field"},
	{"too many", "{\"promises\":17}", "field"},
	{"nothing kept", "{\"retention_s\":0}", "field"},
	{"kept for ever", "{\"retention_unread_s\":316224001}", "field"},
	{"gone before it is read", "{\"retention_unread_s\":2419199}", "field"},
	{"an unread word kept less long",
		"{\"retention_s\":2419201,\"retention_unread_s\":2419200}", "encoding"},
	{"a fallback that is no link", "{\"fallback\":\"x\"}", "link"},
	{"a fallback that is a number", "{\"fallback\":1}", "field"},
};

static void test_rejects(void **state)
{
	struct office *o = *state;
	char *before = shown(o);
	char *after;

	for (size_t i = 0; i < NUM(rejects); i++) {
		const char *code = set(o, rejects[i].settings);

		if (strcmp(code, rejects[i].code) != 0) {
			fail_msg(
				"%s: %s, not %s", rejects[i].name, code, rejects[i].code);
		}
	}
	after = shown(o);
	assert_string_equal(after, before);
	free(after);
	free(before);
}

/* ---- The keys of others ------------------------------------------------------------ */

/* What a link to TEAM's inbox, with another key if false, leaves its name to be. */
static const char *name_after(struct office *o, bool is_false)
{
	static char text[KR_INBOX_CARD_MAX];
	static uint8_t storage[KR_INBOX_CARD_MAX];
	struct kr_inbox_link link;
	uint8_t space[KR_LINK_MAX];
	struct kr_writer w;
	struct kr_view name;

	assert_int_equal(
		kr_inbox_link_read(&link, kr_view_str(o->desks[TEAM].link)), KR_OK);
	link.reading_key[0] ^= is_false;
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_inbox_link_write(&w, &link);
	assert_int_equal(w.err, KR_OK);
	(void)world_do(o->wim,
		"{\"do\":\"inbox_set\",\"settings\":{\"fallback\":\"%.*s\"}}", (int)w.len,
		(const char *)space);
	/* Its record is here from then on. */
	(void)inbox_want(o->wim->core, inbox_find(o->wim->core, o->desks[TEAM].id));
	(void)world_do(o->wim, "{\"do\":\"connect\"}");
	world_run(&o->world);
	name = inbox_name(inbox_look(o->wim->core, o->desks[TEAM].id), storage);
	(void)snprintf(
		text, sizeof(text), "%.*s", (int)name.len, (const char *)name.data);
	return text;
}

static void test_a_false_key_does_not_replace_a_true_one(void **state)
{
	static const struct {
		const char *name;
		bool is_false[3];
		bool is_shown[3];
	} rows[] = {
		{"a false one later", {false, true, false}, {true, true, true}},
		{"a false one first", {true, false, true}, {false, true, true}},
		{"false ones alone", {true, true, false}, {false, false, true}},
	};

	for (size_t i = 0; i < NUM(rows); i++) {
		for (size_t k = 0; k < NUM(rows[i].is_false); k++) {
			const char *name = name_after(*state, rows[i].is_false[k]);

			if ((name[0] != '\0') != rows[i].is_shown[k]) {
				fail_msg("%s, %zu: %s", rows[i].name, k, name);
			}
		}
		office_teardown(state);
		office_setup(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(test_some, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_closed_days_are_put_in_order, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_fallback, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_rejects, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_a_false_key_does_not_replace_a_true_one, office_setup,
			office_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
