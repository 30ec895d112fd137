/* What a user interface keeps: COMMANDS.md §4b. Words that go into the outbox are never
 * offered again while they lie there, and never lost when the relay refuses them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/core/state.h"
#include "test.h"
#include "tests/unit/core/office.h"
#include "tests/unit/core/street.h"

#define TWENTY  "twintig tekens lang!"
#define HUNDRED TWENTY TWENTY TWENTY TWENTY TWENTY

/* How many there are, by a question's fields as printf would write them. */
static int num_kept(struct world_client *client, const char *fields)
{
	cJSON *answer = world_ask(client, "{\"ask\":\"kept\"%s}", fields);
	int num = cJSON_GetArraySize(cJSON_GetObjectItem(answer, "kept"));

	cJSON_Delete(answer);
	return num;
}

/* A member of the one of this name; "" if it has none, or there is none. Valid until the
 * next call. */
static const char *kept(struct world_client *client, const char *name, const char *member)
{
	static char text[256];
	cJSON *answer = world_ask(client, "{\"ask\":\"kept\",\"name\":\"%s\"}", name);
	const cJSON *list = cJSON_GetObjectItem(answer, "kept");
	const char *value;

	assert_true(cJSON_GetArraySize(list) <= 1);
	value = cJSON_GetStringValue(
		cJSON_GetObjectItem(cJSON_GetArrayItem(list, 0), member));
	(void)snprintf(text, sizeof(text), "%s", value == NULL ? "" : value);
	cJSON_Delete(answer);
	return text;
}

static void keep(struct world_client *client, const char *name, const char *text,
	const char *fields)
{
	assert_string_equal(world_outcome(world_do(client,
				    "{\"do\":\"keep\",\"name\":\"%s\",\"text\":\"%s\"%s}",
				    name, text, fields)),
		"ok");
}

/* How many records of a client hold this. */
static size_t records_with(const struct world_client *client, const char *text)
{
	size_t found = 0;

	for (size_t i = 0; i < client->store.num; i++) {
		const struct kr_bytes *value = &client->store.list[i].value;

		found += memmem(value->data, value->len, text, strlen(text)) != NULL;
	}
	return found;
}

/* ---- Fields -------------------------------------------------------------------- */

#define NOBODY "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\""

static void what_may_be_kept(void **state)
{
	static const struct {
		const char *fields;
		const char *expected;
	} cases[] = {
		{"\"name\":\"place\",\"text\":\"hier\"", "ok"},
		{"\"name\":\"place\",\"text\":\"een\\ntwee\"", "ok"},
		{"\"name\":\"place\",\"text\":\"\"", "ok"},
		{"\"name\":\"was er nooit\",\"text\":\"\"", "ok"},
		{"\"name\":\"zoë, 😀\",\"text\":\"{\\\"a\\\":1}\"", "ok"},
		{"\"name\":\"" HUNDRED "\",\"text\":\"x\"", "ok"},
		{"\"text\":\"hier\"", "field"},
		{"\"name\":\"place\"", "field"},
		{"\"name\":1,\"text\":\"hier\"", "field"},
		{"\"name\":\"place\",\"text\":null", "field"},
		{"\"name\":\"place\",\"text\":\"x\",\"group\":" NOBODY, "field"},
		{"\"name\":\"place\",\"text\":\"x\",\"case\":\"kort\"", "field"},
		{"\"name\":\"place\",\"text\":\"x\",\"op\":\"kort\"", "field"},
		{"\"name\":\"place\",\"text\":\"x\",\"case\":" NOBODY
		 ",\"community\":" NOBODY,
			"field"},
		{"\"name\":\"\",\"text\":\"x\"", "text"},
		{"\"name\":\"een\\ntwee\",\"text\":\"x\"", "text"},
		{"\"name\":\"place\",\"text\":\"\\u0007\"", "text"},
		{"\"name\":\"" HUNDRED "!\",\"text\":\"x\"", "too_large"},
		{"\"name\":\"place\",\"text\":\"x\",\"case\":" NOBODY, "not_found"},
		{"\"name\":\"place\",\"text\":\"x\",\"community\":" NOBODY, "not_found"},
		{"\"name\":\"place\",\"text\":\"x\",\"op\":\"AAECAwQFBgcICQoLDA0ODw\"",
			"not_found"},
	};
	struct street *s = *state;

	for (size_t i = 0; i < NUM(cases); i++) {
		const cJSON *answer =
			world_do(s->bram, "{\"do\":\"keep\",%s}", cases[i].fields);

		if (strcmp(world_outcome(answer), cases[i].expected) != 0) {
			fail_msg("%s: %s", cases[i].fields, world_outcome(answer));
		}
	}
	assert_int_equal(num_kept(s->bram, ""), 2);
}

static void what_may_be_asked(void **state)
{
	static const struct {
		const char *fields;
		const char *error; /* NULL: none */
		int num;
	} cases[] = {
		{"", NULL, 3},
		{",\"name\":\"chat\"", NULL, 1},
		{",\"name\":\"iets\"", NULL, 0},
		{",\"community\":" NOBODY, NULL, 0},
		{",\"case\":" NOBODY, NULL, 0},
		{",\"refused\":false", NULL, 3},
		{",\"refused\":true", NULL, 0},
		{",\"refused\":1", "field", 0},
		{",\"name\":[]", "field", 0},
		{",\"community\":\"kort\"", "field", 0},
		{",\"case\":" NOBODY ",\"community\":" NOBODY, "field", 0},
		{",\"text\":\"x\"", "field", 0},
	};
	struct street *s = *state;
	char community[128];

	(void)snprintf(
		community, sizeof(community), ",\"community\":\"%s\"", s->community);
	keep(s->bram, "chat", "dag", community);
	keep(s->bram, "place", "daar", community);
	keep(s->bram, "place", "hier", "");
	for (size_t i = 0; i < NUM(cases); i++) {
		cJSON *answer =
			world_ask(s->bram, "{\"ask\":\"kept\"%s}", cases[i].fields);
		const cJSON *list = cJSON_GetObjectItem(answer, "kept");

		if (cases[i].error != NULL) {
			assert_string_equal(world_text(answer, "error"), cases[i].error);
		} else {
			assert_int_equal(cJSON_GetArraySize(list), cases[i].num);
		}
		cJSON_Delete(answer);
	}
	assert_int_equal(num_kept(s->bram, community), 2);
	assert_string_equal(kept(s->bram, "chat", "text"), "dag");
	assert_string_equal(kept(s->bram, "chat", "community"), s->community);
	assert_string_equal(kept(s->bram, "chat", "case"), "");
	assert_string_equal(kept(s->bram, "chat", "op"), "");
}

/* So much, and no more; what is there may still be changed. */
static void as_much_as_may_be(void **state)
{
	struct street *s = *state;
	char name[16];
	char text[8002] = {0};

	memset(text, 'x', 8001);
	assert_string_equal(
		world_outcome(world_do(s->bram,
			"{\"do\":\"keep\",\"name\":\"lang\",\"text\":\"%s\"}", text)),
		"too_large");
	text[8000] = '\0';
	keep(s->bram, "lang", text, "");
	for (int i = 1; i < 200; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		keep(s->bram, name, "x", "");
	}
	assert_string_equal(
		world_outcome(world_do(s->bram,
			"{\"do\":\"keep\",\"name\":\"te veel\",\"text\":\"x\"}")),
		"limit");
	keep(s->bram, "199", "anders", "");
	keep(s->bram, "1", "", "");
	keep(s->bram, "te veel", "x", "");
	assert_int_equal(num_kept(s->bram, ""), 200);
}

/* It is there after a restart, in nobody else's client, at no relay, and gone with the
 * account. */
static void it_stays_here(void **state)
{
	struct street *s = *state;
	cJSON *export;
	char *text;

	world_disconnect(s->bram);
	keep(s->bram, "place", "geheim woord", "");
	assert_null(s->bram->core->outbox.first);
	world_restart(s->bram);
	world_pass(&s->world, 60000);
	assert_string_equal(kept(s->bram, "place", "text"), "geheim woord");
	assert_int_equal(num_kept(s->anna, ""), 0);
	export = world_ask(s->bram, "{\"ask\":\"export\"}");
	text = cJSON_PrintUnformatted(export);
	assert_non_null(strstr(text, "geheim woord"));
	cJSON_free(text);
	cJSON_Delete(export);
	assert_string_equal(
		world_outcome(world_do(s->bram, "{\"do\":\"delete_account\"}")), "ok");
	assert_int_equal(num_kept(s->bram, ""), 0);
	assert_int_equal(records_with(s->bram, "geheim woord"), 0);
}

static void nobody_keeps_without_an_account(void **state)
{
	struct street *s = *state;
	struct world_client *dirk = world_join(&s->world, "Dirk");

	keep(dirk, "place", "hier", "");
	dirk->core->identity.exists = false;
	assert_string_equal(world_outcome(world_do(dirk,
				    "{\"do\":\"keep\",\"name\":\"x\",\"text\":\"y\"}")),
		"state");
	dirk->core->identity.exists = true;
}

/* ---- A community --------------------------------------------------------------- */

static void what_is_kept_goes_with_the_community(void **state)
{
	struct street *s = *state;
	struct world_client *gone[] = {s->bram, s->cor};
	char community[128];

	(void)snprintf(
		community, sizeof(community), ",\"community\":\"%s\"", s->community);
	for (size_t i = 0; i < NUM(gone); i++) {
		keep(gone[i], "chat", "over de buren", community);
		keep(gone[i], "place", "hier", "");
	}
	assert_string_equal(
		world_outcome(world_do(s->bram, "{\"do\":\"leave\"%s}", community)),
		"ok");
	assert_string_equal(
		world_outcome(world_do(s->anna,
			"{\"do\":\"remove\"%s,\"account\":\"%s\",\"reason\":\"x\"}",
			community, street_account(s->cor))),
		"ok");
	world_run(&s->world);
	for (size_t i = 0; i < NUM(gone); i++) {
		assert_int_equal(num_kept(gone[i], ""), 1);
		assert_int_equal(records_with(gone[i], "over de buren"), 0);
		assert_string_equal(
			world_outcome(world_do(gone[i],
				"{\"do\":\"keep\",\"name\":\"chat\",\"text\":\"x\"%s}",
				community)),
			"not_found");
	}
}

static const char *refuse_posts(void *ctx, int conn, const struct kr_request *request)
{
	(void)ctx;
	(void)conn;
	return request->verb == KR_VERB_GROUP_POST ? "forbidden" : NULL;
}

static uint64_t post(struct street *s, const char *text)
{
	return world_say(s->bram,
		"{\"do\":\"post\",\"group\":\"%s\",\"kind\":\"chat\",\"text\":\"%s\","
		"\"kept\":\"chat\"}",
		s->group, text);
}

/* Stored: it is gone. The name is free while it is on its way. */
static void a_post_takes_its_words_along(void **state)
{
	struct street *s = *state;
	char community[128];
	char op[64];
	uint64_t command;

	(void)snprintf(
		community, sizeof(community), ",\"community\":\"%s\"", s->community);
	relay_double_lie(s->world.relay, &(struct relay_lie){.is_mute = true});
	keep(s->bram, "chat", "dag", community);
	command = post(s, "dag");
	world_restart(s->bram);
	(void)snprintf(op, sizeof(op), "%s", kept(s->bram, "chat", "op"));
	assert_string_not_equal(op, "");
	assert_string_equal(kept(s->bram, "chat", "error"), "");
	assert_string_equal(world_outcome(world_do(s->bram,
				    "{\"do\":\"keep\",\"name\":\"chat\",\"text\":\"\","
				    "\"op\":\"%s\"%s}",
				    op, community)),
		"state");
	keep(s->bram, "chat", "nog iets", community);
	assert_int_equal(num_kept(s->bram, ""), 2);
	relay_double_lie(s->world.relay, &(struct relay_lie){0});
	world_pass(&s->world, 600000);
	assert_int_equal(num_kept(s->bram, ""), 1);
	assert_string_equal(kept(s->bram, "chat", "text"), "nog iets");
	assert_string_equal(kept(s->bram, "chat", "op"), "");
	assert_int_equal(street_sees(s->anna, s->group, "dag"), 1);
	assert_null(world_answer(s->bram, command)); /* it died with the host */
}

/* Refused: the words are there, with the reason, until they are written anew. */
static void a_refused_post_comes_back(void **state)
{
	struct street *s = *state;
	char community[128];
	char fields[256];

	(void)snprintf(
		community, sizeof(community), ",\"community\":\"%s\"", s->community);
	relay_double_lie(s->world.relay, &(struct relay_lie){.refuse = refuse_posts});
	keep(s->bram, "chat", "eerste", community);
	(void)post(s, "eerste");
	world_run(&s->world);
	assert_int_equal(num_kept(s->bram, ",\"refused\":true"), 1);
	assert_string_equal(kept(s->bram, "chat", "error"), "forbidden");
	world_restart(s->bram);
	assert_string_equal(kept(s->bram, "chat", "text"), "eerste");
	(void)snprintf(fields, sizeof(fields), "%s,\"op\":\"%s\"", community,
		kept(s->bram, "chat", "op"));
	keep(s->bram, "chat", "tweede", community);
	assert_int_equal(num_kept(s->bram, ""), 2);
	assert_string_equal(
		world_outcome(world_do(s->bram,
			"{\"do\":\"keep\",\"name\":\"iets\",\"text\":\"x\"%s}", fields)),
		"not_found");
	keep(s->bram, "chat", "eerste en tweede", fields);
	assert_int_equal(num_kept(s->bram, ""), 1);
	assert_string_equal(kept(s->bram, "chat", "text"), "eerste en tweede");
	assert_string_equal(kept(s->bram, "chat", "error"), "");
	/* Or thrown away, and what was typed since then stays. */
	(void)post(s, "eerste en tweede");
	world_run(&s->world);
	(void)snprintf(fields, sizeof(fields), "%s,\"op\":\"%s\"", community,
		kept(s->bram, "chat", "op"));
	keep(s->bram, "chat", "nieuw", community);
	keep(s->bram, "chat", "", fields);
	assert_int_equal(num_kept(s->bram, ""), 1);
	assert_string_equal(kept(s->bram, "chat", "text"), "nieuw");
}

/* Something that was never kept, or under another name, is sent just as well. */
static void nothing_needs_to_be_kept(void **state)
{
	struct street *s = *state;

	keep(s->bram, "iets", "anders", "");
	(void)post(s, "dag");
	world_run(&s->world);
	assert_int_equal(street_sees(s->anna, s->group, "dag"), 1);
	assert_string_equal(kept(s->bram, "iets", "text"), "anders");
	assert_string_equal(kept(s->bram, "iets", "op"), "");
	assert_string_equal(world_outcome(world_do(s->bram,
				    "{\"do\":\"post\",\"group\":\"%s\",\"kind\":\"chat\","
				    "\"text\":\"x\",\"kept\":1}",
				    s->group)),
		"field");
	world_run(&s->world);
	assert_int_equal(street_sees(s->bram, s->group, "x"), 0);
	assert_null(s->bram->core->outbox.first);
}

/* ---- A case -------------------------------------------------------------------- */

#define ACT "\"text\":\"Gelezen.\",\"kept\":\"act\""

static void in_case(char out[128], const struct office *o)
{
	(void)snprintf(out, 128, ",\"case\":\"%s\"", o->neighbour.case_id);
}

/* The outbox as the client shows it: how many of this act of the case are in a list. */
static int num_acts(struct world_client *client, const struct office *o, const char *list,
	const char *act)
{
	cJSON *answer = world_ask(client, "{\"ask\":\"outbox\"}");
	const cJSON *item;
	int num = 0;

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(answer, list))
	{
		num += strcmp(world_text(item, "what"), act) == 0 &&
			strcmp(world_text(item, "case"), o->neighbour.case_id) == 0;
	}
	cJSON_Delete(answer);
	return num;
}

static void an_act_takes_its_words_along(void **state)
{
	struct office *o = *state;
	char fields[128];

	in_case(fields, o);
	keep(o->wim, "act", "Gelezen.", fields);
	assert_string_equal(office_act(o, o->wim, "acknowledge", ACT), "ok");
	keep(o->wim, "act", "Voor ons.", fields);
	assert_string_equal(
		office_act(o, o->wim, "note", "\"text\":\"Voor ons.\",\"kept\":\"act\""),
		"ok");
	assert_int_equal(num_kept(o->wim, ""), 0);
	assert_int_equal(records_with(o->wim, "act"), 0);
}

/* Without a connection it is held as long as that takes, is seen to be, and goes once. */
static void an_act_waits_for_the_connection(void **state)
{
	struct office *o = *state;
	struct relay_lie mute = {.is_mute = true};
	char fields[128];
	uint64_t command;

	in_case(fields, o);
	keep(o->wim, "act", "Gelezen.", fields);
	relay_double_lie(o->world.relay, &mute);
	world_disconnect(o->wim);
	command = world_say(o->wim, "{\"do\":\"acknowledge\"%s," ACT "}", fields);
	world_pass(&o->world, 300000);
	assert_null(world_answer(o->wim, command));
	assert_int_equal(num_acts(o->wim, o, "held", "acknowledge"), 1);
	assert_int_equal(num_acts(o->wim, o, "ops", "acknowledge"), 0);
	assert_string_equal(kept(o->wim, "act", "text"), "Gelezen.");
	relay_double_lie(o->world.relay, &(struct relay_lie){0});
	world_pass(&o->world, 600000);
	assert_string_equal(world_outcome(world_answer(o->wim, command)), "ok");
	assert_int_equal(num_acts(o->wim, o, "held", "acknowledge"), 0);
	assert_int_equal(num_kept(o->wim, ""), 0);
}

static const char *refuse_acts(void *ctx, int conn, const struct kr_request *request)
{
	(void)ctx;
	(void)conn;
	return request->verb == KR_VERB_CASE_APPEND ? "forbidden" : NULL;
}

static void a_refused_act_comes_back(void **state)
{
	struct office *o = *state;
	char fields[128];

	in_case(fields, o);
	keep(o->wim, "act", "Gelezen.", fields);
	relay_double_lie(o->world.relay, &(struct relay_lie){.refuse = refuse_acts});
	assert_string_equal(office_act(o, o->wim, "acknowledge", ACT), "forbidden");
	assert_string_equal(kept(o->wim, "act", "text"), "Gelezen.");
	assert_string_equal(kept(o->wim, "act", "error"), "forbidden");
	assert_string_equal(kept(o->wim, "act", "case"), o->neighbour.case_id);
}

/* Held, and no more possible when the connection is there: a colleague was sooner. */
static void a_held_act_that_came_too_late_comes_back(void **state)
{
	struct office *o = *state;
	char fields[128];
	uint64_t command;

	in_case(fields, o);
	keep(o->wim, "act", "Gelezen.", fields);
	world_disconnect(o->wim);
	o->wim->wants_connection = false;
	command = world_say(o->wim, "{\"do\":\"acknowledge\"%s," ACT "}", fields);
	assert_string_equal(
		office_act(o, o->sanne, "acknowledge", "\"text\":\"Ik was eerder.\""),
		"ok");
	world_pass(&o->world, 600000);
	assert_string_not_equal(world_outcome(world_answer(o->wim, command)), "ok");
	assert_string_equal(kept(o->wim, "act", "text"), "Gelezen.");
	assert_string_not_equal(kept(o->wim, "act", "error"), "");
	assert_int_equal(num_kept(o->wim, ",\"refused\":true"), 1);
	keep(o->wim, "act", "Gelezen, ook door mij.", fields);
	assert_string_equal(kept(o->wim, "act", "error"), "");
}

static void what_is_kept_goes_with_the_case(void **state)
{
	struct office *o = *state;
	char fields[128];

	in_case(fields, o);
	assert_string_equal(
		office_act(o, o->wim, "acknowledge", "\"text\":\"Gelezen.\""), "ok");
	keep(o->sanne, "act", "over dit gezin", fields);
	keep(o->sanne, "place", "hier", "");
	assert_string_equal(neighbour_act(&o->neighbour, KR_EVENT_WITHDRAWN, NULL, 0,
				    "Het is voorbij."),
		"ok");
	world_run(&o->world);
	assert_string_equal(office_act(o, o->wim, "erase", "%s", ""), "ok");
	world_run(&o->world);
	assert_int_equal(num_kept(o->sanne, ""), 1);
	assert_int_equal(records_with(o->sanne, "over dit gezin"), 0);
	assert_string_equal(
		world_outcome(world_do(o->sanne,
			"{\"do\":\"keep\",\"name\":\"act\",\"text\":\"x\"%s}", fields)),
		"not_found");
}

int main(void)
{
#define STREET(name) cmocka_unit_test_setup_teardown(name, street_setup, street_teardown)
#define OFFICE(name)                                                                     \
	cmocka_unit_test_setup_teardown(name, office_setup_signal, office_teardown)
	const struct CMUnitTest tests[] = {
		STREET(what_may_be_kept),
		STREET(what_may_be_asked),
		STREET(as_much_as_may_be),
		STREET(it_stays_here),
		STREET(nobody_keeps_without_an_account),
		STREET(what_is_kept_goes_with_the_community),
		STREET(a_post_takes_its_words_along),
		STREET(a_refused_post_comes_back),
		STREET(nothing_needs_to_be_kept),
		OFFICE(an_act_takes_its_words_along),
		OFFICE(an_act_waits_for_the_connection),
		OFFICE(a_refused_act_comes_back),
		OFFICE(a_held_act_that_came_too_late_comes_back),
		OFFICE(what_is_kept_goes_with_the_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
