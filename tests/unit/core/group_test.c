/* Groups, by clients at a relay in memory: coming in, saying, changing, going. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "tests/unit/core/street.h"

/* Nobody has found anything wrong. */
static void assert_calm(const struct street *s)
{
	struct world_client *all[] = {s->anna, s->bram, s->cor};

	for (size_t i = 0; i < NUM(all); i++) {
		cJSON *answer = world_ask(all[i], "{\"ask\":\"alarms\"}");
		char *shown = cJSON_PrintUnformatted(answer);

		assert_string_equal(shown, "{\"alarms\":[]}");
		free(shown);
		cJSON_Delete(answer);
	}
}

static void test_all_in(void **state)
{
	struct street *s = *state;
	struct world_client *all[] = {s->anna, s->bram, s->cor};

	world_pass(&s->world, 30000);
	for (size_t i = 0; i < NUM(all); i++) {
		cJSON *members = world_ask(
			all[i], "{\"ask\":\"group_members\",\"group\":\"%s\"}", s->group);
		const cJSON *list = cJSON_GetObjectItem(members, "members");
		const cJSON *member;

		assert_true(street_is(all[i], s->group, "in"));
		assert_int_equal(street_number(all[i], s->group, "members"), 3);
		assert_int_equal(cJSON_GetArraySize(list), 3);
		/* Also those that were said before somebody came: they are said again. */
		cJSON_ArrayForEach(member, list)
		{
			assert_true(strlen(world_text(member, "name")) > 0);
		}
		cJSON_Delete(members);
	}
	assert_calm(s);
}

/* How many of those whom this client shows have a name that looks like another's. */
static size_t num_alike(
	struct world_client *client, const char *ask, const char *about, const char *id)
{
	cJSON *answer =
		world_ask(client, "{\"ask\":\"%s\",\"%s\":\"%s\"}", ask, about, id);
	const cJSON *member;
	size_t num = 0;

	cJSON_ArrayForEach(member, cJSON_GetObjectItem(answer, "members"))
	{
		num += cJSON_IsTrue(cJSON_GetObjectItem(member, "same_name")) ? 1 : 0;
	}
	cJSON_Delete(answer);
	return num;
}

/* With a character that nobody sees, a member would pass for the coordinator. */
static void p5_who_takes_anothers_name_is_marked(void **state)
{
	static const char *const names[] = {
		"Anna", "Anna\u200b", "\u2060Anna", "An\u00adna"};
	struct street *s = *state;

	world_pass(&s->world, 30000);
	assert_int_equal(num_alike(s->cor, "members", "community", s->community), 0);
	assert_int_equal(num_alike(s->cor, "group_members", "group", s->group), 0);
	for (size_t i = 0; i < NUM(names); i++) {
		(void)world_do(s->bram, "{\"do\":\"rename\",\"name\":\"%s\"}", names[i]);
		world_pass(&s->world, 60000);
		assert_int_equal(
			num_alike(s->cor, "members", "community", s->community), 2);
		assert_int_equal(
			num_alike(s->cor, "group_members", "group", s->group), 2);
	}
	assert_calm(s);
}

static void test_say(void **state)
{
	struct street *s = *state;

	(void)street_say(s->bram, s->group, "hallo");
	(void)street_say(s->cor, s->group, "dag");
	(void)street_say(s->anna, s->group, "morgen");
	for (int restarts = 0; restarts < 2; restarts++) {
		struct world_client *all[] = {s->anna, s->bram, s->cor};

		for (size_t i = 0; i < NUM(all); i++) {
			assert_int_equal(street_sees(all[i], s->group, "hallo"), 1);
			assert_int_equal(street_sees(all[i], s->group, "dag"), 1);
			assert_int_equal(street_sees(all[i], s->group, "morgen"), 1);
			world_restart(all[i]);
		}
		world_pass(&s->world, 5000);
	}
	assert_calm(s);
}

/* Posts wait while there is no relay, and are said once. */
static void test_outbox(void **state)
{
	struct street *s = *state;
	uint64_t command;

	world_disconnect(s->bram);
	command = world_say(s->bram,
		"{\"do\":\"post\",\"group\":\"%s\",\"kind\":\"chat\",\"text\":"
		"\"straks\"}",
		s->group);
	assert_null(world_answer(s->bram, command));
	world_restart(s->bram); /* before it could be sent */
	world_pass(&s->world, 10000);
	assert_int_equal(street_sees(s->bram, s->group, "straks"), 1);
	assert_int_equal(street_sees(s->anna, s->group, "straks"), 1);
	assert_calm(s);
}

/* The process ends after any number of steps of the host: what was said is there once,
 * and no ratchet position is used twice. */
static void test_kill_at_any_step(void **state)
{
	struct street *s = *state;

	for (unsigned steps = 0; steps < 12; steps++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "keer %u", steps);
		(void)world_say(s->bram,
			"{\"do\":\"post\",\"group\":\"%s\",\"kind\":\"chat\","
			"\"text\":\"%s\"}",
			s->group, text);
		world_steps(&s->world, steps);
		world_restart(s->bram);
		world_pass(&s->world, 10000);
		assert_true(street_sees(s->anna, s->group, text) <= 1);
		assert_int_equal(street_sees(s->anna, s->group, text),
			street_sees(s->bram, s->group, text));
		if (steps > 0) { /* the first store is on disk */
			assert_int_equal(street_sees(s->cor, s->group, text), 1);
		}
	}
	assert_calm(s);
}

/* P5: who is removed can neither decrypt what follows nor fetch it, nor come back. */
static void p5_removed(void **state)
{
	struct street *s = *state;

	(void)world_do(s->anna,
		"{\"do\":\"remove\",\"community\":\"%s\",\"account\":\"%s\","
		"\"reason\":\"weg\"}",
		s->community, street_account(s->bram));
	world_pass(&s->world, 60000);
	assert_int_equal(street_number(s->anna, s->group, "members"), 2);
	assert_int_equal(street_number(s->cor, s->group, "members"), 2);
	(void)street_say(s->cor, s->group, "zonder Bram");
	assert_int_equal(street_sees(s->anna, s->group, "zonder Bram"), 1);
	assert_int_equal(street_sees(s->bram, s->group, "zonder Bram"), 0);
	assert_true(street_is(s->bram, s->group, "removed"));
	assert_string_equal(world_text(world_do(s->bram,
					       "{\"do\":\"post\",\"group\":\"%s\","
					       "\"kind\":\"chat\",\"text\":\"nog hier\"}",
					       s->group),
				    "error"),
		"removed");
	assert_calm(s);
}

/* P3: two coordinators at the same time; one commit is accepted, the other made anew. */
static void p3_two_commits(void **state)
{
	struct street *s = *state;

	street_grant(s, s->bram);
	(void)world_say(s->anna,
		"{\"do\":\"slow_mode\",\"community\":\"%s\",\"seconds\":5}",
		s->community);
	(void)world_say(s->bram,
		"{\"do\":\"circle_rename\",\"group\":\"%s\",\"name\":\"Laan\"}",
		s->group);
	world_pass(&s->world, 120000);
	assert_int_equal(street_number(s->cor, s->group, "slow_mode"), 5);
	assert_int_equal(street_number(s->bram, s->group, "slow_mode"), 5);
	assert_int_equal(street_number(s->anna, s->group, "epoch"),
		street_number(s->cor, s->group, "epoch"));
	(void)street_say(s->anna, s->group, "samen");
	assert_int_equal(street_sees(s->bram, s->group, "samen"), 1);
	assert_int_equal(street_sees(s->cor, s->group, "samen"), 1);
	assert_calm(s);
}

static void test_slow_mode(void **state)
{
	struct street *s = *state;
	const cJSON *refused;

	(void)world_do(s->anna,
		"{\"do\":\"slow_mode\",\"community\":\"%s\",\"seconds\":60}",
		s->community);
	(void)street_say(s->bram, s->group, "een");
	refused = world_do(s->bram,
		"{\"do\":\"post\",\"group\":\"%s\",\"kind\":\"chat\",\"text\":\"twee\"}",
		s->group);
	assert_string_equal(world_text(refused, "error"), "slow_mode");
	assert_true(world_number(refused, "wait") <= 60000);
	/* Danger does not wait, nor do those who administer. */
	(void)world_text(world_do(s->bram,
				 "{\"do\":\"post\",\"group\":\"%s\","
				 "\"kind\":\"called_112\"}",
				 s->group),
		"event");
	(void)street_say(s->anna, s->group, "drie");
	(void)street_say(s->anna, s->group, "vier");
	world_pass(&s->world, 61000);
	(void)street_say(s->bram, s->group, "vijf");
	assert_calm(s);
}

static void test_circle(void **state)
{
	struct street *s = *state;
	char circle[64];
	char cor[64];

	(void)snprintf(cor, sizeof(cor), "%s", street_account(s->cor));
	(void)snprintf(circle, sizeof(circle), "%s",
		world_text(world_do(s->bram,
				   "{\"do\":\"circle\",\"community\":\"%s\","
				   "\"name\":\"Nummer 7\",\"accounts\":[\"%s\"]}",
				   s->community, cor),
			"group"));
	world_pass(&s->world, 30000);
	assert_true(street_is(s->bram, circle, "in"));
	assert_true(street_is(s->cor, circle, "in"));
	assert_false(street_is(s->anna, circle, "in"));
	assert_int_equal(street_number(s->cor, circle, "members"), 2);
	(void)street_say(s->cor, circle, "onder ons");
	assert_int_equal(street_sees(s->bram, circle, "onder ons"), 1);
	/* Two administrators; the founder leaves. */
	assert_null(cJSON_GetObjectItem(
		world_do(s->bram,
			"{\"do\":\"circle_admin\",\"group\":\"%s\",\"account\":\"%s\","
			"\"admin\":true}",
			circle, cor),
		"error"));
	assert_null(cJSON_GetObjectItem(
		world_do(s->bram, "{\"do\":\"circle_leave\",\"group\":\"%s\"}", circle),
		"error"));
	world_pass(&s->world, 120000);
	assert_true(street_is(s->bram, circle, "left"));
	assert_int_equal(street_number(s->cor, circle, "members"), 1);
	assert_calm(s);
}

static void say_three(struct street *s)
{
	(void)street_say(s->bram, s->group, "eerste");
	(void)street_say(s->bram, s->group, "tweede");
	(void)street_say(s->bram, s->group, "derde");
}

/* After a month away what was deleted is gone, and what is left is read. */
static void test_away_while_posts_were_deleted(void **state)
{
	struct street *s = *state;
	struct kr_topic topic = kr_topic(KR_TOPIC_GROUP, s->group_id);

	world_disconnect(s->cor);
	say_three(s);
	relay_double_trim(
		s->world.relay, &topic, relay_double_num(s->world.relay, &topic) - 1);
	(void)world_say(s->cor, "{\"do\":\"connect\"}");
	world_run(&s->world);
	assert_int_equal(street_sees(s->cor, s->group, "tweede"), 0);
	assert_int_equal(street_sees(s->cor, s->group, "derde"), 1);
	(void)street_say(s->cor, s->group, "weer thuis");
	assert_int_equal(street_sees(s->anna, s->group, "weer thuis"), 1);
	assert_int_equal(world_alarms(s->cor, NULL), 0);
}

/* What was deleted had a commit in it: whoever missed it is let in anew. */
static void test_away_while_a_commit_was_deleted(void **state)
{
	struct street *s = *state;
	struct kr_topic topic = kr_topic(KR_TOPIC_GROUP, s->group_id);

	world_disconnect(s->cor);
	(void)world_do(s->bram, "{\"do\":\"refresh\",\"group\":\"%s\"}", s->group);
	say_three(s);
	relay_double_trim(
		s->world.relay, &topic, relay_double_num(s->world.relay, &topic) - 1);
	(void)world_say(s->cor, "{\"do\":\"connect\"}");
	world_pass(&s->world, 300000);
	assert_true(street_is(s->cor, s->group, "in"));
	(void)street_say(s->anna, s->group, "welkom terug");
	assert_int_equal(street_sees(s->cor, s->group, "welkom terug"), 1);
	(void)street_say(s->cor, s->group, "weer thuis");
	assert_int_equal(street_sees(s->bram, s->group, "weer thuis"), 1);
}

static void test_refresh(void **state)
{
	struct street *s = *state;
	int epoch = street_number(s->anna, s->group, "epoch");

	assert_null(cJSON_GetObjectItem(
		world_do(s->cor, "{\"do\":\"refresh\",\"group\":\"%s\"}", s->group),
		"error"));
	assert_int_equal(street_number(s->anna, s->group, "epoch"), epoch + 1);
	assert_string_equal(
		world_text(world_do(s->cor, "{\"do\":\"refresh\",\"group\":\"%s\"}",
				   s->group),
			"error"),
		"quota");
	/* Of one's own accord: within hours of coming in, then every week. */
	world_pass(&s->world, (uint64_t)8 * 3600 * 1000);
	assert_int_equal(street_number(s->anna, s->group, "epoch"), epoch + 2);
	assert_calm(s);
}

/* A keystore from before it sent: found out by what it never said, and no position of the
 * ratchet is used again before there is a new epoch. */
static void test_rolled_back(void **state)
{
	struct street *s = *state;
	struct world_store old = world_store_copy(&s->bram->store);
	int epoch = street_number(s->anna, s->group, "epoch");

	(void)street_say(s->bram, s->group, "vergeten");
	world_store_free(&s->bram->store);
	s->bram->store = old;
	world_restart(s->bram);
	world_pass(&s->world, 10000);
	/* Once for each thing it never said: with the post went the own name. */
	assert_int_equal(world_alarms(s->bram, "rolled_back"), 2);
	assert_int_equal(street_number(s->anna, s->group, "epoch"), epoch + 1);
	(void)street_say(s->bram, s->group, "weer hier");
	assert_int_equal(street_sees(s->anna, s->group, "weer hier"), 1);
	assert_int_equal(street_sees(s->anna, s->group, "vergeten"), 1);
}

int main(void)
{
#define IN_STREET(test)                                                                  \
	cmocka_unit_test_setup_teardown(test, street_setup, street_teardown)
	const struct CMUnitTest tests[] = {
		IN_STREET(test_all_in),
		IN_STREET(p5_who_takes_anothers_name_is_marked),
		IN_STREET(test_say),
		IN_STREET(test_outbox),
		IN_STREET(test_kill_at_any_step),
		IN_STREET(p5_removed),
		IN_STREET(p3_two_commits),
		IN_STREET(test_slow_mode),
		IN_STREET(test_circle),
		IN_STREET(test_away_while_posts_were_deleted),
		IN_STREET(test_away_while_a_commit_was_deleted),
		IN_STREET(test_refresh),
		IN_STREET(test_rolled_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
