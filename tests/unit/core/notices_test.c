/* What professionals tell neighbours: who gets it, and what counts. CASES.md §11. */
#include <stdio.h>
#include <string.h>

#include "clients/core/inboxes/notices.h"
#include "test.h"
#include "tests/unit/core/notices_scene.h"
#include "tests/unit/core/street.h"

static void publish(
	struct scene *s, struct world_client *who, const char *title, uint64_t until_ms)
{
	assert_string_equal(
		world_outcome(world_do(who,
			"{\"do\":\"inbox_notice\",\"kind\":\"notice\",\"title\":\"%s\","
			"\"text\":\"Tekst.\",\"until\":%llu}",
			title, (unsigned long long)until_ms)),
		"ok");
	world_pass(s->world, A_WHILE_MS);
}

/* The titles that a client shows, newest first; "!" before one that has expired. */
static const char *titles(struct scene *s, struct world_client *client)
{
	static char text[1024];
	cJSON *answer = world_ask(
		client, "{\"ask\":\"notices\",\"community\":\"%s\"}", s->community);
	const cJSON *notice;

	text[0] = '\0';
	cJSON_ArrayForEach(notice, cJSON_GetObjectItem(answer, "notices"))
	{
		size_t len = strlen(text);

		(void)snprintf(text + len, sizeof(text) - len, "%s%s%s",
			len > 0 ? "," : "",
			cJSON_IsTrue(cJSON_GetObjectItem(notice, "expired")) ? "!" : "",
			world_text(notice, "title"));
	}
	cJSON_Delete(answer);
	return text;
}

/* How often it was told that the answer to this question is another. */
static size_t told_changed(struct world_client *client, const char *question)
{
	const cJSON *tell;
	size_t num = 0;

	cJSON_ArrayForEach(tell, client->told)
	{
		const char *what =
			cJSON_GetStringValue(cJSON_GetObjectItem(tell, "what"));

		num += strcmp(world_text(tell, "tell"), "changed") == 0 && what != NULL &&
			strcmp(what, question) == 0;
	}
	return num;
}

static uint64_t num_posts(struct scene *s, struct world_client *client)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_GROUP, scene_group(client)->id);
	uint64_t num = 0;

	for (uint64_t i = 1; i <= relay_double_num(s->world->relay, &topic); i++) {
		num += relay_double_event(s->world->relay, &topic, i)->type ==
			KR_EVENT_POST;
	}
	return num;
}

/* ---- Honest ones ---------------------------------------------------------------- */

static void a_notice_reaches_those_who_trust_the_inbox(void **state)
{
	struct scene s = scene_of(state);
	const char *elsewhere;
	char here[64];
	size_t before;

	(void)snprintf(here, sizeof(here), "%s", s.community);
	elsewhere = world_found(s.office->tom);
	assert_string_equal(scene_trust(&s, s.anna, WIJK, "Onze wijkagent"), "ok");
	before = told_changed(s.bram, "notices");
	publish(&s, s.office->wim, "Inloopuur", 0);
	publish(&s, s.office->sanne, "Van een collega", 0);
	assert_string_equal(titles(&s, s.bram), "Van een collega,Inloopuur");
	(void)snprintf(s.community, sizeof(s.community), "%s", elsewhere);
	assert_string_equal(titles(&s, s.office->tom), "");
	/* One that comes to trust it later gets what was published before. */
	assert_string_equal(scene_trust(&s, s.office->tom, WIJK, "De agent"), "ok");
	world_pass(s.world, A_WHILE_MS);
	assert_string_equal(titles(&s, s.office->tom), "Van een collega,Inloopuur");
	(void)snprintf(s.community, sizeof(s.community), "%s", here);
	assert_int_equal(office_alarms(s.bram), 0);
	assert_int_equal(office_alarms(s.anna), 0);
	assert_int_equal(told_changed(s.bram, "notices"), before + 2);
	assert_true(told_changed(s.office->wim, "own_notices") > 0);
	assert_int_equal(office_told(s.bram, "message"), 0);
}

static void what_has_expired_is_marked_and_not_brought(void **state)
{
	struct scene s = scene_of(state);

	assert_string_equal(scene_trust(&s, s.anna, WIJK, "Wijkagent"), "ok");
	publish(&s, s.office->wim, "Morgen", s.world->now_ms + HOUR_MS);
	assert_string_equal(titles(&s, s.bram), "Morgen");
	world_disconnect(s.anna);
	s.anna->wants_connection = false;
	world_pass(s.world, 2 * HOUR_MS);
	assert_string_equal(titles(&s, s.bram), "!Morgen");
	/* Who trusts the inbox from now on is not told. */
	(void)snprintf(
		s.community, sizeof(s.community), "%s", world_found(s.office->tom));
	assert_string_equal(scene_trust(&s, s.office->tom, WIJK, "Wijkagent"), "ok");
	world_pass(s.world, A_WHILE_MS);
	assert_string_equal(titles(&s, s.office->tom), "");
}

/* Two that bring the same at once do no harm, and neither does an end in between. */
static void a_notice_counts_once(void **state)
{
	struct scene s = scene_of(state);
	struct street street = {.anna = s.anna};
	uint64_t before;

	memcpy(&street.community, s.community, sizeof(street.community));
	assert_string_equal(scene_trust(&s, s.anna, WIJK, "Wijkagent"), "ok");
	(void)world_do(s.bram, "{\"do\":\"offer_coordinator\",\"community\":\"%s\"}",
		s.community);
	(void)world_do(s.anna,
		"{\"do\":\"grant\",\"community\":\"%s\",\"account\":\"%s\"}", s.community,
		street_account(s.bram));
	world_pass(s.world, A_WHILE_MS);
	world_disconnect(s.anna);
	world_disconnect(s.bram);
	before = num_posts(&s, s.anna);
	(void)world_say(s.office->wim,
		"{\"do\":\"inbox_notice\",\"kind\":\"guidance\",\"title\":\"Eens\","
		"\"text\":\"Tekst.\"}");
	world_pass(s.world, A_WHILE_MS);
	assert_string_equal(titles(&s, s.anna), "Eens");
	assert_string_equal(titles(&s, s.bram), "Eens");
	assert_in_range(num_posts(&s, s.anna) - before, 1, 2);
	before = num_posts(&s, s.anna);
	world_restart(s.anna);
	world_restart(s.bram);
	world_pass(s.world, A_WHILE_MS);
	assert_string_equal(titles(&s, s.bram), "Eens");
	assert_int_equal(num_posts(&s, s.anna), before);
	assert_int_equal(office_alarms(s.bram), 0);
}

/* A coordinator may take one down; who brought it cannot take it back. */
static void a_notice_is_taken_down_not_back(void **state)
{
	struct scene s = scene_of(state);
	const struct kr_content_ref *id;
	const struct feed *feed;
	char author[64] = "";
	char event[32] = "";

	assert_string_equal(scene_trust(&s, s.anna, WIJK, "Wijkagent"), "ok");
	publish(&s, s.office->wim, "Inloopuur", 0);
	feed = scene_group(s.anna)->feed;
	assert_int_equal(feed->num_notices, 1);
	id = &feed->entries[feed_place(feed, feed->notices[0].seq)].id;
	kr_base64url_encode(author, kr_view(id->author, KR_ID_BYTES));
	kr_base64url_encode(event, kr_view(id->event, KR_EVENT_ID_BYTES));
	(void)world_do(s.anna,
		"{\"do\":\"post\",\"community\":\"%s\",\"kind\":\"retraction\",\"ref\":{"
		"\"author\":\"%s\",\"event\":\"%s\"}}",
		s.community, author, event);
	assert_string_equal(titles(&s, s.bram), "Inloopuur");
	assert_string_equal(
		world_outcome(world_do(s.anna,
			"{\"do\":\"take_down\",\"community\":\"%s\",\"author\":\"%s\","
			"\"event\":\"%s\",\"reason\":\"Verkeerde dag.\"}",
			s.community, author, event)),
		"ok");
	world_pass(s.world, A_WHILE_MS);
	assert_string_equal(titles(&s, s.bram), "");
}

static void bad_notices_are_refused(void **state)
{
	static const struct {
		const char *fields;
		const char *error;
	} cases[] = {
		{"\"kind\":\"notice\",\"title\":\"A\",\"text\":\"b\"", "ok"},
		{"\"kind\":\"guidance\",\"title\":\"A\",\"text\":\"b\"", "ok"},
		{"\"kind\":\"warning\",\"title\":\"A\",\"text\":\"b\"", "field"},
		{"\"title\":\"A\",\"text\":\"b\"", "field"},
		{"\"kind\":\"notice\",\"text\":\"b\"", "field"},
		{"\"kind\":\"notice\",\"title\":\"A\"", "field"},
		{"\"kind\":\"notice\",\"title\":\"A\",\"text\":\"\"", "text"},
		{"\"kind\":\"notice\",\"title\":\"\",\"text\":\"b\"", "text"},
		{"\"kind\":\"notice\",\"title\":\"A\\nB\",\"text\":\"b\"", "text"},
		{"\"kind\":\"notice\",\"title\":\"A\",\"text\":\"b\",\"until\":1",
			"field"},
		{"\"kind\":\"notice\",\"title\":\"A\",\"text\":\"b\",\"until\":-1",
			"field"},
		{"\"kind\":\"notice\",\"title\":\"A\",\"text\":\"b\",\"by\":\"W\"",
			"field"},
		{"\"kind\":\"notice\",\"title\":\"A\",\"text\":\"b\",\"inbox\":\"x\"",
			"field"},
	};
	struct scene s = scene_of(state);
	cJSON *own;

	for (size_t i = 0; i < NUM(cases); i++) {
		assert_string_equal(
			world_outcome(world_do(s.office->wim,
				"{\"do\":\"inbox_notice\",%s}", cases[i].fields)),
			cases[i].error);
	}
	assert_string_equal(world_outcome(world_do(s.bram, "{\"do\":\"inbox_notice\",%s}",
				    cases[0].fields)),
		"not_found");
	own = world_ask(s.office->sanne, "{\"ask\":\"own_notices\"}");
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(own, "notices")), 2);
	cJSON_Delete(own);
}

/* Nothing that a coordinator's client asks the relay hangs on a signal: with one every
 * few seconds it asks at the times that were fixed before, and at no other. */
static void p8_coordinators_read_by_the_clock_alone(void **state)
{
	struct scene s = scene_of(state);
	const struct kr_core *core = s.anna->core;
	unsigned num_reads = 0;

	assert_string_equal(scene_trust(&s, s.anna, WIJK, "Wijkagent"), "ok");
	world_pass(s.world, A_WHILE_MS);
	for (uint8_t second = 1; second < 250; second++) {
		uint64_t due_ms = core->notices.read_ms;
		uint64_t asked = core->link.last_request;

		if (second % 8 == 0) {
			office_signal(s.office, second);
			assert_string_equal(
				office_act(s.office, s.office->wim, "acknowledge",
					"\"text\":\"Gelezen.\""),
				"ok");
		}
		world_pass(s.world, 4000);
		assert_true(
			core->link.last_request == asked || due_ms <= s.world->now_ms);
		num_reads += core->link.last_request != asked;
	}
	assert_in_range(num_reads, 4, 8);
}

/* ---- False ones ----------------------------------------------------------------- */

static void p5_a_false_notice_is_not_shown(void **state)
{
	static struct forged f;
	struct scene s = scene_of(state);
	struct world_client *signer;
	size_t alarms = 0;

	assert_string_equal(scene_trust(&s, s.anna, WIJK, "Wijkagent"), "ok");
	for (uint8_t i = 0; i < 6; i++) {
		signer = i == 0 ? s.bram : i == 1 ? s.office->tom : s.office->wim;
		scene_forge(&s, &f, i == 1 ? TEAM : WIJK, signer, i);
		switch (i) {
		case 2: /* changed after it was signed */
			f.notice[f.bytes.len - 100] ^= 1;
			break;
		case 3: /* so was the record */
			f.record.data[f.record.len - 1] ^= 1;
			break;
		case 4: /* a record by itself, of an inbox that has not moved */
			f.bytes = kr_view(NULL, 0);
			break;
		default:
			break;
		}
		scene_bring(&s, s.anna, &f);
		alarms += i < 5;
		assert_int_equal(world_alarms(s.bram, "unsigned"), alarms);
		assert_string_equal(titles(&s, s.bram), i < 5 ? "" : "Vals");
	}
	assert_int_equal(world_alarms(s.bram, "overstep"), 0);
}

/* Who leaves the team has a key, and a record, that were good before. */
static void p5_who_left_the_team_has_nothing_to_say(void **state)
{
	static struct forged before;
	static struct forged late;
	struct scene s = scene_of(state);
	struct world_client *sanne = s.office->sanne;

	assert_string_equal(scene_trust(&s, s.anna, WIJK, "Wijkagent"), "ok");
	scene_forge(&s, &before, WIJK, sanne, 1);
	scene_forge(&s, &late, WIJK, sanne, 2);
	scene_bring(&s, s.anna, &before);
	assert_string_equal(titles(&s, s.bram), "Vals");
	(void)world_do(s.office->wim,
		"{\"do\":\"inbox_drop\",\"inbox\":\"%s\",\"account\":\"%s\"}",
		s.office->desks[WIJK].inbox, street_account(sanne));
	publish(&s, s.office->wim, "Zonder Sanne", 0);
	scene_bring(&s, s.anna, &late);
	assert_string_equal(titles(&s, s.bram), "Zonder Sanne,Vals");
	assert_int_equal(world_alarms(s.bram, "unsigned"), 1);
	/* Also after a start anew. */
	world_restart(s.bram);
	world_run(s.world);
	assert_string_equal(titles(&s, s.bram), "Zonder Sanne,Vals");
}

/* A member carries what a former administrator has signed: it is found out, shows
 * nothing, blocks nothing, and moves no name. */
static void p5_a_member_brings_no_notice(void **state)
{
	static struct forged f;
	struct scene s = scene_of(state);
	const struct inbox *team =
		inbox_look(s.office->tom->core, s.office->desks[TEAM].id);

	assert_string_equal(scene_trust(&s, s.anna, WIJK, "Wijkagent"), "ok");
	for (uint8_t i = 0; i < 3; i++) {
		if (i == 0) { /* one that would be true if a coordinator had brought it */
			scene_forge(&s, &f, WIJK, s.office->wim, 1);
		} else {
			scene_forge_as_administrator(&s, &f, 1 + i,
				i == 1 ? NULL : team->records->read.identity_key);
		}
		scene_bring(&s, s.bram, &f);
		assert_int_equal(world_alarms(s.anna, "overstep"), 1 + i);
		assert_string_equal(titles(&s, s.anna), "");
		assert_string_equal(titles(&s, s.bram), "");
	}
	assert_int_equal(office_told(s.anna, "message"), 0);
	assert_null(
		notices_successor(scene_group(s.anna)->feed, s.office->desks[WIJK].id));
	publish(&s, s.office->sanne, "Waar", 0);
	assert_string_equal(titles(&s, s.bram), "Waar");
	/* Also for who reads it all again. */
	world_restart(s.bram);
	world_run(s.world);
	assert_string_equal(titles(&s, s.bram), "Waar");
	assert_int_equal(world_alarms(s.bram, "unsigned"), 0);
}

/* What counts is who coordinates when it is said: by the policy of the message's
 * epoch. */
static void who_was_a_coordinator_then_has_brought_it(void **state)
{
	static struct forged f[3];
	struct scene s = scene_of(state);

	assert_string_equal(scene_trust(&s, s.anna, WIJK, "Wijkagent"), "ok");
	for (uint8_t i = 0; i < NUM(f); i++) {
		scene_forge(&s, &f[i], WIJK, s.office->wim, 1 + i);
	}
	scene_bring(&s, s.bram, &f[0]);
	assert_string_equal(titles(&s, s.anna), "");
	(void)world_do(s.bram, "{\"do\":\"offer_coordinator\",\"community\":\"%s\"}",
		s.community);
	(void)world_do(s.anna,
		"{\"do\":\"grant\",\"community\":\"%s\",\"account\":\"%s\"}", s.community,
		street_account(s.bram));
	world_pass(s.world, A_WHILE_MS);
	/* What was brought before stays out. */
	scene_bring(&s, s.bram, &f[1]);
	assert_string_equal(titles(&s, s.anna), "Vals");
	(void)world_do(s.anna,
		"{\"do\":\"withdraw\",\"community\":\"%s\",\"account\":\"%s\"}",
		s.community, street_account(s.bram));
	world_pass(s.world, A_WHILE_MS);
	/* An honest client does not say any more what it still had to bring. */
	scene_post(&s, s.bram, "notice", f[2].bytes, kr_view_bytes(&f[2].record));
	scene_bring(&s, s.bram, &f[2]);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(titles(&s, s.anna), "Vals");
		assert_int_equal(scene_group(s.anna)->feed->num_notices, 1);
		assert_int_equal(world_alarms(s.anna, "overstep"), 2);
		world_restart(s.anna);
		world_run(s.world);
	}
}

/* A link with one's own inbox's identity, and a key that is not its. */
static void a_false_link_does_not_change_what_notices_are_sealed_with(void **state)
{
	struct scene s = scene_of(state);
	struct kr_inbox_link link;
	uint8_t text[KR_LINK_MAX];
	struct kr_writer w;

	assert_string_equal(scene_trust(&s, s.anna, WIJK, "Wijkagent"), "ok");
	assert_int_equal(
		kr_inbox_link_read(&link, kr_view_str(s.office->desks[WIJK].link)),
		KR_OK);
	link.reading_key[0] ^= 1;
	kr_writer_init_fixed(&w, text, sizeof(text));
	kr_inbox_link_write(&w, &link);
	assert_int_equal(w.err, KR_OK);
	assert_true(cJSON_HasObjectItem(
		world_do(s.office->wim,
			"{\"do\":\"inbox_set\",\"settings\":{\"fallback\":\"%.*s\"}}",
			(int)w.len, (const char *)text),
		"error"));
	publish(&s, s.office->wim, "Te lezen", 0);
	assert_string_equal(titles(&s, s.anna), "Te lezen");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_setup, office_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_notice_reaches_those_who_trust_the_inbox),
		TEST(what_has_expired_is_marked_and_not_brought),
		TEST(a_notice_counts_once),
		TEST(a_notice_is_taken_down_not_back),
		TEST(bad_notices_are_refused),
		TEST(p8_coordinators_read_by_the_clock_alone),
		TEST(p5_a_false_notice_is_not_shown),
		TEST(p5_who_left_the_team_has_nothing_to_say),
		TEST(p5_a_member_brings_no_notice),
		TEST(who_was_a_coordinator_then_has_brought_it),
		TEST(a_false_link_does_not_change_what_notices_are_sealed_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
