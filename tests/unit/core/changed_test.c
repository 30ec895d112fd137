/* COMMANDS.md §6: whoever shows the answer to a question asks again when it is told that
 * the answer is another now. So after each thing that happens to a client the answers to
 * all questions are held against those before it, and what differs has to have been
 * told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "tests/unit/core/street.h"

/* What a question is about. */
enum about { ABOUT_ALL, ABOUT_COMMUNITY, ABOUT_GROUP };

static const struct {
	const char *name;
	enum about about;
} questions[] = {
	{"status", ABOUT_ALL},
	{"communities", ABOUT_ALL},
	{"outbox", ABOUT_ALL},
	{"devices", ABOUT_ALL},
	{"alarms", ABOUT_ALL},
	{"groups", ABOUT_ALL},
	{"kept", ABOUT_ALL},
	{"members", ABOUT_COMMUNITY},
	{"requests", ABOUT_COMMUNITY},
	{"invitations", ABOUT_COMMUNITY},
	{"log", ABOUT_COMMUNITY},
	{"rules", ABOUT_COMMUNITY},
	{"inboxes", ABOUT_COMMUNITY},
	{"notices", ABOUT_COMMUNITY},
	{"group_members", ABOUT_GROUP},
	{"feed", ABOUT_GROUP},
	{"guidance", ABOUT_GROUP},
};

#define ANSWERS_MAX 64

struct asked {
	size_t question;
	char id[64]; /* of the community or group */
	cJSON *answer;
};

/* A client's answers when it was last at rest: what is told waits for the disk. */
static struct rest {
	struct asked list[ANSWERS_MAX];
	size_t num;
	int num_told;
} rests[WORLD_MAX];

/* These alone are not told: who shows how far it is asks now and then. */
static void drop_progress(cJSON *answer)
{
	cJSON *op;

	cJSON_DeleteItemFromObject(answer, "caught_up");
	cJSON_ArrayForEach(op, cJSON_GetObjectItem(answer, "ops"))
	{
		cJSON_DeleteItemFromObject(op, "state");
	}
}

static cJSON *ask(struct world_client *client, size_t question, const char *id)
{
	static const char *const names[] = {
		[ABOUT_ALL] = "any",
		[ABOUT_COMMUNITY] = "community",
		[ABOUT_GROUP] = "group",
	};
	enum about about = questions[question].about;
	cJSON *answer = about == ABOUT_ALL
		? world_ask(client, "{\"ask\":\"%s\"}", questions[question].name)
		: world_ask(client, "{\"ask\":\"%s\",\"%s\":\"%s\"}",
			  questions[question].name, names[about], id);

	drop_progress(answer);
	return answer;
}

static void note(
	struct rest *rest, struct world_client *client, size_t question, const char *id)
{
	struct asked *asked = &rest->list[rest->num];

	assert_true(rest->num++ < ANSWERS_MAX);
	asked->question = question;
	asked->answer = ask(client, question, id);
	(void)snprintf(asked->id, sizeof(asked->id), "%s", id);
}

static void note_each(struct rest *rest, struct world_client *client, enum about about,
	const char *list, const char *name)
{
	cJSON *answer = world_ask(client, "{\"ask\":\"%s\"}", list);
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(answer, list))
	{
		for (size_t i = 0; i < NUM(questions); i++) {
			if (questions[i].about == about) {
				note(rest, client, i, world_text(item, name));
			}
		}
	}
	cJSON_Delete(answer);
}

static void note_all(struct rest *rest, struct world_client *client)
{
	rest->num_told = cJSON_GetArraySize(client->told);
	for (size_t i = 0; i < NUM(questions); i++) {
		if (questions[i].about == ABOUT_ALL) {
			note(rest, client, i, "");
		}
	}
	note_each(rest, client, ABOUT_COMMUNITY, "communities", "community");
	note_each(rest, client, ABOUT_GROUP, "groups", "group");
}

static void forget(struct rest *rest)
{
	for (size_t i = 0; i < rest->num; i++) {
		cJSON_Delete(rest->list[i].answer);
	}
	rest->num = 0;
}

static bool is_text(const cJSON *object, const char *name, const char *text)
{
	const cJSON *item = cJSON_GetObjectItem(object, name);

	return cJSON_IsString(item) && strcmp(item->valuestring, text) == 0;
}

/* What a tell says besides, COMMANDS.md §6: status sums up, groups counts what is in the
 * feed, and names and roles of members stand in both lists. */
static const struct {
	const char *tell;
	const char *what; /* NULL: any */
	const char *question;
} implied[] = {
	{"alarm", NULL, "alarms"},
	{"alarm", NULL, "status"},
	{"connection", NULL, "status"},
	{"changed", "alarms", "status"},
	{"changed", "communities", "status"},
	{"changed", "outbox", "status"},
	{"changed", "outbox", "feed"},
	{"changed", "feed", "groups"},
	{"changed", "members", "group_members"},
	{"changed", "group_members", "members"},
};

static bool is_named(const cJSON *tell, const char *question)
{
	for (size_t i = 0; i < NUM(implied); i++) {
		if (strcmp(implied[i].question, question) == 0 &&
			is_text(tell, "tell", implied[i].tell) &&
			(implied[i].what == NULL ||
				is_text(tell, "what", implied[i].what))) {
			return true;
		}
	}
	return is_text(tell, "tell", "changed") && is_text(tell, "what", question);
}

static bool covers(const cJSON *tell, const struct asked *asked)
{
	enum about about = questions[asked->question].about;
	const char *id = about == ABOUT_GROUP ? "group" : "community";

	return is_named(tell, questions[asked->question].name) &&
		(about == ABOUT_ALL || cJSON_GetObjectItem(tell, id) == NULL ||
			is_text(tell, id, asked->id));
}

static bool was_told(
	const struct world_client *client, const struct rest *rest, size_t answer)
{
	for (int i = rest->num_told; i < cJSON_GetArraySize(client->told); i++) {
		if (covers(cJSON_GetArrayItem(client->told, i), &rest->list[answer])) {
			return true;
		}
	}
	return false;
}

static void compare(const struct rest *rest, struct world_client *client, size_t answer)
{
	const struct asked *was = &rest->list[answer];
	cJSON *now = ask(client, was->question, was->id);

	/* Who becomes coordinator, or is one no more, comes to other screens. */
	if (!is_text(was->answer, "error", "forbidden") &&
		!is_text(now, "error", "forbidden") &&
		!cJSON_Compare(was->answer, now, true) &&
		!was_told(client, rest, answer)) {
		fail_msg("%s is another now, and nobody was told:\n%s\n%s",
			questions[was->question].name,
			cJSON_PrintUnformatted(was->answer), cJSON_PrintUnformatted(now));
	}
	cJSON_Delete(now);
}

static void look(struct world_client *client)
{
	struct rest *rest = &rests[client - client->world->clients];

	if (client->num_stored > 0) {
		return;
	}
	for (size_t i = 0; i < rest->num; i++) {
		compare(rest, client, i);
	}
	forget(rest);
	note_all(rest, client);
}

static int setup(void **state)
{
	struct street *s;
	int failed = street_setup(state);

	s = *state;
	s->world.after_input = look;
	return failed;
}

static int teardown(void **state)
{
	for (size_t i = 0; i < NUM(rests); i++) {
		forget(&rests[i]);
	}
	return street_teardown(state);
}

#define IN_COMMUNITY "\"community\":\"%s\""
#define IN_GROUP     "\"group\":\"%s\""

static void ok(const cJSON *answer)
{
	if (cJSON_GetObjectItem(answer, "error") != NULL) {
		fail_msg("%s", cJSON_PrintUnformatted(answer));
	}
}

/* ---- What people do ------------------------------------------------------------ */

static void test_coming_in(void **state)
{
	struct street *s = *state;
	struct world_client *dirk;
	const cJSON *made = world_do(
		s->anna, "{\"do\":\"invite\"," IN_COMMUNITY ",\"uses\":2}", s->community);
	char link[512];
	char key[64];

	(void)snprintf(link, sizeof(link), "%s", world_text(made, "link"));
	(void)snprintf(key, sizeof(key), "%s", world_text(made, "key"));
	dirk = world_join(&s->world, "Dirk");
	ok(world_do(dirk,
		"{\"do\":\"join\",\"link\":\"%s\",\"name\":\"Dirk\",\"check\":\"nr 9\"}",
		link));
	ok(world_do(s->anna,
		"{\"do\":\"refuse\"," IN_COMMUNITY
		",\"account\":\"%s\",\"reason\":\"wie?\"}",
		s->community, street_account(dirk)));
	ok(world_do(s->anna, "{\"do\":\"revoke_invite\"," IN_COMMUNITY ",\"key\":\"%s\"}",
		s->community, key));
	(void)world_admit(s->anna, s->community, "Eva");
	world_pass(&s->world, 60000);
}

static void test_talking(void **state)
{
	struct street *s = *state;
	char event[64];
	char author[64];

	(void)snprintf(event, sizeof(event), "%s", street_say(s->bram, s->group, "dag"));
	(void)snprintf(author, sizeof(author), "%s", street_account(s->bram));
	ok(world_do(s->bram,
		"{\"do\":\"post\"," IN_GROUP
		",\"kind\":\"edit\",\"ref\":{\"author\":\"%s\",\"event\":\"%s\"},"
		"\"kind_fields\":{\"kind\":\"chat\",\"text\":\"dag allemaal\"}}",
		s->group, author, event));
	ok(world_do(s->cor, "{\"do\":\"read\"," IN_GROUP ",\"seq\":%d}", s->group,
		street_number(s->cor, s->group, "last")));
	ok(world_do(s->anna,
		"{\"do\":\"take_down\"," IN_COMMUNITY
		",\"author\":\"%s\",\"event\":\"%s\",\"reason\":\"nee\"}",
		s->community, author, event));
	ok(world_do(s->bram,
		"{\"do\":\"post\"," IN_GROUP
		",\"kind\":\"retraction\",\"ref\":{\"author\":\"%s\",\"event\":\"%s\"}}",
		s->group, author, event));
	ok(world_do(s->bram, "{\"do\":\"rename\",\"name\":\"Bram de Vries\"}"));
	world_pass(&s->world, 60000);
}

static void test_coordinating(void **state)
{
	struct street *s = *state;
	char bram[64];

	(void)snprintf(bram, sizeof(bram), "%s", street_account(s->bram));
	ok(world_do(s->anna,
		"{\"do\":\"mute\"," IN_COMMUNITY
		",\"account\":\"%s\",\"minutes\":5,\"reason\":\"rust\"}",
		s->community, bram));
	ok(world_do(s->anna, "{\"do\":\"slow_mode\"," IN_COMMUNITY ",\"seconds\":30}",
		s->community));
	ok(world_do(s->anna,
		"{\"do\":\"set_rules\"," IN_COMMUNITY ",\"text\":\"Aardig.\"}",
		s->community));
	ok(world_do(s->anna,
		"{\"do\":\"guide\"," IN_COMMUNITY
		",\"text\":\"Bel 112.\",\"pinned\":true}",
		s->community));
	ok(world_do(s->anna,
		"{\"do\":\"trust_inbox\"," IN_COMMUNITY
		",\"identity_key\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\","
		"\"name\":\"Veilig Thuis\"}",
		s->community));
	street_grant(s, s->bram);
	ok(world_do(s->anna, "{\"do\":\"withdraw\"," IN_COMMUNITY ",\"account\":\"%s\"}",
		s->community, bram));
	ok(world_do(s->anna,
		"{\"do\":\"remove\"," IN_COMMUNITY
		",\"account\":\"%s\",\"reason\":\"weg\"}",
		s->community, bram));
	world_pass(&s->world, 60000);
	ok(world_do(s->cor, "{\"do\":\"leave\"," IN_COMMUNITY "}", s->community));
	world_pass(&s->world, 60000);
}

static void test_circle(void **state)
{
	struct street *s = *state;
	char circle[64];
	char cor[64];

	(void)snprintf(cor, sizeof(cor), "%s", street_account(s->cor));
	(void)snprintf(circle, sizeof(circle), "%s",
		world_text(world_do(s->bram,
				   "{\"do\":\"circle\"," IN_COMMUNITY
				   ",\"name\":\"Om nummer 3\",\"accounts\":[\"%s\"]}",
				   s->community, cor),
			"group"));
	ok(world_do(s->bram, "{\"do\":\"circle_add\"," IN_GROUP ",\"account\":\"%s\"}",
		circle, street_account(s->anna)));
	world_pass(&s->world, 5000);
	ok(world_do(s->bram,
		"{\"do\":\"circle_admin\"," IN_GROUP
		",\"account\":\"%s\",\"admin\":true}",
		circle, cor));
	ok(world_do(s->cor, "{\"do\":\"circle_rename\"," IN_GROUP ",\"name\":\"Wij\"}",
		circle));
	ok(world_do(s->bram, "{\"do\":\"circle_remove\"," IN_GROUP ",\"account\":\"%s\"}",
		circle, cor));
	world_pass(&s->world, 60000);
	ok(world_do(s->anna, "{\"do\":\"circle_leave\"," IN_GROUP "}", circle));
	world_pass(&s->world, 60000);
}

static enum relay_delivery shorten(void *ctx, int conn, struct kr_event *event)
{
	if (*(int *)ctx == conn && event->type == KR_EVENT_POST && event->body.len > 0) {
		event->body.len--;
	}
	return RELAY_TRUE;
}

static void test_alarm(void **state)
{
	struct street *s = *state;
	const struct relay_lie lie = {.ctx = &s->bram->conn, .deliver = shorten};
	const struct relay_lie none = {0};

	relay_double_lie(s->world.relay, &lie);
	(void)street_say(s->cor, s->group, "hoor je mij?");
	relay_double_lie(s->world.relay, &none);
	assert_int_equal(world_alarms(s->bram, "hash_mismatch"), 1);
	ok(world_do(s->bram, "{\"do\":\"dismiss\",\"alarm\":1}"));
	world_disconnect(s->bram);
	world_pass(&s->world, 60000);
}

/* An alarm that is about no event is raised again if it was dismissed, and only then. */
static void test_alarm_again(void **state)
{
	struct street *s = *state;
	const struct relay_lie lie = {.name = "other.example"};

	relay_double_lie(s->world.relay, &lie);
	for (int i = 0; i < 2; i++) {
		world_disconnect(s->bram);
		world_pass(&s->world, 600000);
	}
	assert_int_equal(world_alarms(s->bram, "relay_changed"), 1);
	ok(world_do(s->bram, "{\"do\":\"dismiss\",\"alarm\":1}"));
	world_disconnect(s->bram);
	world_pass(&s->world, 600000);
	assert_int_equal(world_alarms(s->bram, "relay_changed"), 2);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_coming_in),
		CASE(test_talking),
		CASE(test_coordinating),
		CASE(test_circle),
		CASE(test_alarm),
		CASE(test_alarm_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
