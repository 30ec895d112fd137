/* Communities: founding, asking, answering, moderating, going; by clients at a relay in
 * memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "tests/unit/core/world.h"

struct street {
	struct world world;
	struct world_client *anna; /* founded it */
	struct world_client *bram;
	char community[64];
};

static int open_street(void **state)
{
	struct street *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	world_init(&s->world);
	s->anna = world_join(&s->world, "Anna");
	(void)snprintf(s->community, sizeof(s->community), "%s", world_found(s->anna));
	s->bram = world_admit(s->anna, s->community, "Bram");
	*state = s;
	return 0;
}

static int close_street(void **state)
{
	struct street *s = *state;

	world_finish(&s->world);
	free(s);
	return 0;
}

/* ---- Looking ---------------------------------------------------------------------- */

static const char *account_of(struct world_client *client)
{
	static char ids[4][64];
	static size_t next;
	char *out = ids[next++ % NUM(ids)];
	cJSON *status = world_ask(client, "{\"ask\":\"status\"}");

	(void)snprintf(out, sizeof(ids[0]), "%s", world_text(status, "account"));
	cJSON_Delete(status);
	return out;
}

/* The first of a list in an answer that has this member; NULL. */
static const cJSON *find(
	const cJSON *answer, const char *list, const char *name, const char *value)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(answer, list))
	{
		const cJSON *member = cJSON_GetObjectItem(item, name);

		if (cJSON_IsString(member) && strcmp(member->valuestring, value) == 0) {
			return item;
		}
	}
	return NULL;
}

static void assert_role(
	struct world_client *client, const struct street *s, const char *role)
{
	cJSON *answer = world_ask(client, "{\"ask\":\"communities\"}");
	const cJSON *community = find(answer, "communities", "community", s->community);

	assert_non_null(community);
	assert_string_equal(world_text(community, "role"), role);
	cJSON_Delete(answer);
}

static void assert_error(const cJSON *answer, const char *error)
{
	assert_string_equal(world_text(answer, "error"), error);
}

static void assert_ok(const cJSON *answer)
{
	if (!cJSON_IsTrue(cJSON_GetObjectItem(answer, "ok"))) {
		char *shown = cJSON_Print(answer);

		fail_msg("%s", shown);
	}
}

static size_t count(struct world_client *client, const struct street *s, const char *ask,
	const char *list)
{
	cJSON *answer = world_ask(
		client, "{\"ask\":\"%s\",\"community\":\"%s\"}", ask, s->community);
	const cJSON *items = cJSON_GetObjectItem(answer, list);
	size_t num = (size_t)cJSON_GetArraySize(items);

	assert_non_null(items);
	cJSON_Delete(answer);
	return num;
}

static size_t count_told(struct world_client *client, const char *what)
{
	const cJSON *tell;
	size_t num = 0;

	cJSON_ArrayForEach(tell, client->told)
	{
		num += strcmp(world_text(tell, "tell"), what) == 0;
	}
	return num;
}

static size_t count_alarms(struct world_client *client)
{
	cJSON *answer = world_ask(client, "{\"ask\":\"alarms\"}");
	const cJSON *alarms = cJSON_GetObjectItem(answer, "alarms");
	size_t num = (size_t)cJSON_GetArraySize(alarms);

	if (num > 0) {
		char *shown = cJSON_Print(alarms);

		print_message("%s\n", shown);
		free(shown);
	}
	cJSON_Delete(answer);
	return num;
}

/* ---- Coming in -------------------------------------------------------------------- */

static void who_founds_and_who_asks_are_in(void **state)
{
	struct street *s = *state;

	assert_role(s->anna, s, "coordinator");
	assert_role(s->bram, s, "resident");
	assert_int_equal(count(s->anna, s, "members", "members"), 2);
	assert_int_equal(count(s->bram, s, "members", "members"), 2);
	assert_int_equal(count_told(s->bram, "admitted"), 1);
	assert_int_equal(count_alarms(s->anna), 0);
	assert_int_equal(count_alarms(s->bram), 0);
}

static struct world_client *ask_in(struct street *s, const char *link, const char *name)
{
	struct world_client *client = world_join(&s->world, name);

	assert_ok(world_do(client,
		"{\"do\":\"join\",\"link\":\"%s\",\"name\":\"%s\",\"check\":\"nr 9\"}",
		link, name));
	return client;
}

static const char *invite(struct street *s, unsigned uses)
{
	return world_text(
		world_do(s->anna, "{\"do\":\"invite\",\"community\":\"%s\",\"uses\":%u}",
			s->community, uses),
		"link");
}

static void a_request_can_be_read_and_refused(void **state)
{
	struct street *s = *state;
	struct world_client *cor = ask_in(s, invite(s, 1), "Cor");
	cJSON *requests;
	const cJSON *request;
	const cJSON *told;
	bool is_told = false;

	assert_role(cor, s, "asked");
	requests = world_ask(
		s->anna, "{\"ask\":\"requests\",\"community\":\"%s\"}", s->community);
	request = find(requests, "requests", "account", account_of(cor));
	assert_non_null(request);
	assert_string_equal(world_text(request, "name"), "Cor");
	assert_string_equal(world_text(request, "check"), "nr 9");
	cJSON_Delete(requests);
	/* A resident sees nothing of it. */
	requests = world_ask(
		s->bram, "{\"ask\":\"requests\",\"community\":\"%s\"}", s->community);
	assert_error(requests, "forbidden");
	cJSON_Delete(requests);
	assert_ok(world_do(s->anna,
		"{\"do\":\"refuse\",\"community\":\"%s\",\"account\":\"%s\","
		"\"reason\":\"Wie ben je?\"}",
		s->community, account_of(cor)));
	assert_role(cor, s, "refused");
	cJSON_ArrayForEach(told, cor->told)
	{
		if (strcmp(world_text(told, "tell"), "refused") == 0) {
			is_told = true;
			assert_string_equal(world_text(told, "reason"), "Wie ben je?");
		}
	}
	assert_true(is_told);
	assert_int_equal(count(s->anna, s, "requests", "requests"), 0);
	assert_int_equal(count_alarms(s->anna) + count_alarms(cor), 0);
	/* Who was refused may ask again. */
	assert_ok(world_do(cor,
		"{\"do\":\"join\",\"link\":\"%s\",\"name\":\"Cor\",\"check\":\"nr 9\"}",
		invite(s, 1)));
	assert_ok(world_do(s->anna,
		"{\"do\":\"admit\",\"community\":\"%s\",\"account\":\"%s\"}",
		s->community, account_of(cor)));
	assert_role(cor, s, "resident");
}

static void commands_that_one_may_not_give(void **state)
{
	static const struct {
		const char *name;
		const char *command; /* community, account of the other */
		const char *error;
		bool by_coordinator;
	} cases[] = {
		{"a resident invites",
			"{\"do\":\"invite\",\"community\":\"%s\",\"uses\":1}",
			"forbidden", false},
		{"a resident removes",
			"{\"do\":\"remove\",\"community\":\"%s\",\"account\":\"%s\","
			"\"reason\":\"\"}",
			"forbidden", false},
		{"a resident mutes",
			"{\"do\":\"mute\",\"community\":\"%s\",\"account\":\"%s\","
			"\"minutes\":5,\"reason\":\"\"}",
			"forbidden", false},
		{"a resident makes rules",
			"{\"do\":\"set_rules\",\"community\":\"%s\",\"text\":\"mine\"}",
			"forbidden", false},
		{"a resident withdraws",
			"{\"do\":\"withdraw\",\"community\":\"%s\",\"account\":\"%s\"}",
			"forbidden", false},
		{"a member is admitted",
			"{\"do\":\"admit\",\"community\":\"%s\",\"account\":\"%s\"}",
			"exists", true},
		{"a member is refused",
			"{\"do\":\"refuse\",\"community\":\"%s\",\"account\":\"%s\","
			"\"reason\":\"\"}",
			"exists", true},
		{"a grant without keys",
			"{\"do\":\"grant\",\"community\":\"%s\",\"account\":\"%s\"}",
			"not_found", true},
		{"who is no coordinator is withdrawn",
			"{\"do\":\"withdraw\",\"community\":\"%s\",\"account\":\"%s\"}",
			"chain_subject", true},
		{"an unknown field",
			"{\"do\":\"mute\",\"community\":\"%s\",\"account\":\"%s\","
			"\"minutes\":5,\"hours\":1}",
			"field", true},
		{"for too long",
			"{\"do\":\"mute\",\"community\":\"%s\",\"account\":\"%s\","
			"\"minutes\":600000,\"reason\":\"\"}",
			"field", true},
		{"a control character",
			"{\"do\":\"remove\",\"community\":\"%s\",\"account\":\"%s\","
			"\"reason\":\"\\u0007\"}",
			"text", true},
	};
	struct street *s = *state;

	for (size_t i = 0; i < NUM(cases); i++) {
		struct world_client *who = cases[i].by_coordinator ? s->anna : s->bram;
		struct world_client *other = cases[i].by_coordinator ? s->bram : s->anna;
		const cJSON *answer;
		char command[512];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(command, sizeof(command), cases[i].command, s->community,
			account_of(other));
#pragma GCC diagnostic pop
		answer = world_do(who, "%s", command);
		if (strcmp(world_text(answer, "error"), cases[i].error) != 0) {
			fail_msg("%s: %s", cases[i].name, world_text(answer, "error"));
		}
	}
	assert_int_equal(count(s->anna, s, "members", "members"), 2);
}

static void a_link_that_is_none(void **state)
{
	struct street *s = *state;
	struct world_client *cor = world_join(&s->world, "Cor");
	char elsewhere[600];

	assert_error(world_do(cor,
			     "{\"do\":\"join\",\"link\":\"https://app.test/join#1.x\","
			     "\"name\":\"Cor\",\"check\":\"\"}"),
		"link");
	/* Of another relay than this keystore's. */
	(void)snprintf(elsewhere, sizeof(elsewhere), "%s", invite(s, 1));
	*strstr(elsewhere, RELAY_DOUBLE_NAME) = 'x';
	assert_error(world_do(cor,
			     "{\"do\":\"join\",\"link\":\"%s\",\"name\":\"Cor\","
			     "\"check\":\"\"}",
			     elsewhere),
		"link");
	assert_error(world_do(s->bram,
			     "{\"do\":\"join\",\"link\":\"%s\",\"name\":\"Bram\","
			     "\"check\":\"\"}",
			     invite(s, 1)),
		"exists");
}

/* ---- Coordinators ----------------------------------------------------------------- */

static void make_coordinator(struct street *s, struct world_client *client)
{
	const char *card =
		world_text(world_do(client, "{\"do\":\"founder_card\"}"), "card");

	assert_ok(world_do(s->anna,
		"{\"do\":\"grant\",\"community\":\"%s\",\"account\":\"%s\","
		"\"card\":\"%s\"}",
		s->community, account_of(client), card));
}

static void coordinators_are_granted_and_withdrawn(void **state)
{
	struct street *s = *state;

	assert_error(world_do(s->anna,
			     "{\"do\":\"withdraw\",\"community\":\"%s\","
			     "\"account\":\"%s\"}",
			     s->community, account_of(s->anna)),
		"last_coordinator");
	make_coordinator(s, s->bram);
	assert_role(s->bram, s, "coordinator");
	assert_ok(world_do(s->bram,
		"{\"do\":\"withdraw\",\"community\":\"%s\",\"account\":\"%s\"}",
		s->community, account_of(s->anna)));
	assert_role(s->anna, s, "resident");
	assert_error(world_do(s->anna, "{\"do\":\"invite\",\"community\":\"%s\"}",
			     s->community),
		"forbidden");
	assert_int_equal(count_alarms(s->anna) + count_alarms(s->bram), 0);
}

/* Both write the next record of the chain at once: both come about, one after the
 * other. */
static void two_coordinators_grant_at_once(void **state)
{
	struct street *s = *state;
	struct world_client *cor = world_admit(s->anna, s->community, "Cor");
	struct world_client *dirk = world_admit(s->anna, s->community, "Dirk");
	struct world_client *by[2];
	struct world_client *of[2] = {cor, dirk};

	make_coordinator(s, s->bram);
	by[0] = s->anna;
	by[1] = s->bram;
	for (size_t i = 0; i < 2; i++) {
		const char *card =
			world_text(world_do(of[i], "{\"do\":\"founder_card\"}"), "card");

		world_say(by[i],
			"{\"do\":\"grant\",\"community\":\"%s\",\"account\":\"%s\","
			"\"card\":\"%s\"}",
			s->community, account_of(of[i]), card);
	}
	world_run(&s->world);
	assert_role(cor, s, "coordinator");
	assert_role(dirk, s, "coordinator");
	for (size_t i = 0; i < s->world.num; i++) {
		assert_int_equal(count_alarms(&s->world.clients[i]), 0);
	}
}

/* ---- Going ------------------------------------------------------------------------ */

static void who_is_removed_is_out(void **state)
{
	struct street *s = *state;

	assert_ok(world_do(s->anna,
		"{\"do\":\"remove\",\"community\":\"%s\",\"account\":\"%s\","
		"\"reason\":\"Verhuisd\"}",
		s->community, account_of(s->bram)));
	assert_role(s->bram, s, "removed");
	assert_int_equal(count_told(s->bram, "removed") > 0, true);
	assert_int_equal(count(s->anna, s, "members", "members"), 1);
	assert_int_equal(count_alarms(s->anna) + count_alarms(s->bram), 0);
}

static void who_was_removed_comes_back_with_a_new_certificate(void **state)
{
	struct street *s = *state;

	assert_ok(world_do(s->anna,
		"{\"do\":\"remove\",\"community\":\"%s\",\"account\":\"%s\","
		"\"reason\":\"\"}",
		s->community, account_of(s->bram)));
	assert_ok(world_do(s->bram,
		"{\"do\":\"join\",\"link\":\"%s\",\"name\":\"Bram\",\"check\":\"\"}",
		invite(s, 1)));
	assert_ok(world_do(s->anna,
		"{\"do\":\"admit\",\"community\":\"%s\",\"account\":\"%s\"}",
		s->community, account_of(s->bram)));
	assert_role(s->bram, s, "resident");
	assert_int_equal(count(s->anna, s, "members", "members"), 2);
	assert_int_equal(count_alarms(s->anna) + count_alarms(s->bram), 0);
}

static void one_leaves(void **state)
{
	struct street *s = *state;

	assert_error(world_do(s->anna, "{\"do\":\"leave\",\"community\":\"%s\"}",
			     s->community),
		"last_coordinator");
	assert_ok(world_do(
		s->bram, "{\"do\":\"leave\",\"community\":\"%s\"}", s->community));
	assert_role(s->bram, s, "left");
	assert_int_equal(count(s->anna, s, "members", "members"), 1);
	assert_int_equal(count_alarms(s->anna) + count_alarms(s->bram), 0);
}

static void an_account_ends(void **state)
{
	struct street *s = *state;
	cJSON *status;

	assert_error(
		world_do(s->anna, "{\"do\":\"delete_account\"}"), "last_coordinator");
	assert_ok(world_do(s->bram, "{\"do\":\"delete_account\"}"));
	assert_int_equal(s->bram->store.num, 0);
	status = world_ask(s->bram, "{\"ask\":\"status\"}");
	assert_null(cJSON_GetObjectItem(status, "account"));
	cJSON_Delete(status);
	assert_int_equal(count(s->anna, s, "members", "members"), 1);
	/* And the keystore may begin again. */
	world_restart(s->bram);
	assert_ok(world_do(s->bram,
		"{\"do\":\"init\",\"url\":\"ws://127.0.0.1/kring\",\"relay\":\"%s\","
		"\"name\":\"Bram\"}",
		RELAY_DOUBLE_NAME));
}

/* ---- The same after a restart ----------------------------------------------------- */

static void a_restart_changes_nothing(void **state)
{
	static const char *const questions[] = {"communities", "members", "invitations",
		"log", "requests", "devices", "export"};
	struct street *s = *state;
	char *before[NUM(questions)];

	(void)ask_in(s, invite(s, 3), "Cor");
	make_coordinator(s, s->bram);
	assert_ok(world_do(s->anna,
		"{\"do\":\"mute\",\"community\":\"%s\",\"account\":\"%s\",\"minutes\":60,"
		"\"reason\":\"Te veel\"}",
		s->community, account_of(s->bram)));
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < NUM(questions); i++) {
			bool is_plain = i == 0 || i > 4;
			cJSON *answer = is_plain
				? world_ask(s->anna, "{\"ask\":\"%s\"}", questions[i])
				: world_ask(s->anna,
					  "{\"ask\":\"%s\",\"community\":\"%s\"}",
					  questions[i], s->community);
			char *text = cJSON_PrintUnformatted(answer);

			assert_null(cJSON_GetObjectItem(answer, "error"));
			cJSON_Delete(answer);
			if (round == 0) {
				before[i] = text;
				continue;
			}
			assert_string_equal(text, before[i]);
			free(text);
			free(before[i]);
		}
		if (round == 0) {
			world_restart(s->anna);
		}
	}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_street, close_street)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_founds_and_who_asks_are_in),
		CASE(a_request_can_be_read_and_refused),
		CASE(commands_that_one_may_not_give),
		CASE(a_link_that_is_none),
		CASE(coordinators_are_granted_and_withdrawn),
		CASE(two_coordinators_grant_at_once),
		CASE(who_is_removed_is_out),
		CASE(who_was_removed_comes_back_with_a_new_certificate),
		CASE(one_leaves),
		CASE(an_account_ends),
		CASE(a_restart_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
