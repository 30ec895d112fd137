/* A case that was erased or has expired is gone from the keystore too; one that went to
 * somebody else is not in the way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/core/state.h"
#include "test.h"
#include "tests/unit/core/office.h"

/* How many records of a client hold this. */
static size_t records_with(const struct world_client *client, struct kr_view what)
{
	size_t found = 0;

	for (size_t i = 0; i < client->store.num; i++) {
		const struct world_record *r = &client->store.list[i];

		found += memmem(r->key.data, r->key.len, what.data, what.len) != NULL ||
			memmem(r->value.data, r->value.len, what.data, what.len) != NULL;
	}
	return found;
}

static size_t num_shown(struct world_client *client, const char *show)
{
	cJSON *answer = world_ask(client, "{\"ask\":\"cases\",\"show\":\"%s\"}", show);
	int num = cJSON_GetArraySize(cJSON_GetObjectItem(answer, "cases"));

	cJSON_Delete(answer);
	return (size_t)num;
}

static void close_and_erase(struct office *o)
{
	assert_string_equal(
		office_act(o, o->wim, "acknowledge", "\"text\":\"Gelezen.\""), "ok");
	assert_string_equal(
		office_act(o, o->wim, "note", "\"text\":\"Voor ons.\""), "ok");
	assert_string_equal(office_act(o, o->wim, "close",
				    "\"outcome\":\"advice_given\",\"text\":\"Klaar.\""),
		"ok");
	assert_string_equal(
		neighbour_act(&o->neighbour, KR_EVENT_CLOSE_READ, NULL, 0, ""), "ok");
	world_run(&o->world);
	assert_string_equal(office_act(o, o->wim, "erase", "%s", ""), "ok");
	world_run(&o->world);
}

/* Nothing but when it began and ended. */
static void check_gone(struct office *o, struct world_client *client)
{
	cJSON *shown = office_case(o, client);

	assert_string_equal(world_text(shown, "state"), "erased");
	assert_string_equal(world_text(shown, "last"), "erased");
	assert_true(world_number(shown, "since") > 0);
	assert_true(world_number(shown, "last_time") >= world_number(shown, "since"));
	assert_null(cJSON_GetObjectItem(shown, "signal"));
	assert_null(cJSON_GetObjectItem(shown, "place"));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(shown, "timeline")), 0);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(shown, "notes")), 0);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(shown, "acts")), 0);
	cJSON_Delete(shown);
	assert_int_equal(num_shown(client, "open"), 0);
	assert_int_equal(num_shown(client, "all"), 1);
	assert_int_equal(office_alarms(client), 0);
}

static void an_erased_case_leaves_the_keystore(void **state)
{
	struct office *o = *state;
	struct world_client *team[] = {o->wim, o->sanne};
	uint8_t id[KR_ID_BYTES];
	size_t before;

	assert_int_equal(
		kr_base64url_decode(id, sizeof(id), kr_view_str(o->neighbour.case_id)),
		KR_OK);
	before = records_with(o->wim, kr_view(id, sizeof(id)));
	assert_true(before > 3); /* event, keys, cursor, what no event says */
	close_and_erase(o);
	for (size_t i = 0; i < 2; i++) {
		check_gone(o, team[i]);
		/* Its cursor, and that it was there. */
		assert_int_equal(records_with(team[i], kr_view(id, sizeof(id))), 2);
		world_restart(team[i]);
		world_pass(&o->world, 5000);
		check_gone(o, team[i]);
	}
	assert_string_equal(
		office_act(o, o->wim, "acknowledge", "\"text\":\"Toch.\""), "not_found");
}

/* Somebody of the team was away meanwhile, and finds what the relay has left. */
static void who_was_away_drops_it_too(void **state)
{
	struct office *o = *state;
	struct kr_topic topic = kr_topic(KR_TOPIC_CASE, (const uint8_t[KR_ID_BYTES]){0});
	uint8_t id[KR_ID_BYTES];

	assert_int_equal(kr_base64url_decode(topic.id, sizeof(topic.id),
				 kr_view_str(o->neighbour.case_id)),
		KR_OK);
	memcpy(id, topic.id, sizeof(id));
	o->sanne->wants_connection = false;
	relay_double_disconnect(o->world.relay, o->sanne->conn);
	o->sanne->conn = -1;
	close_and_erase(o);
	relay_double_trim(
		o->world.relay, &topic, relay_double_num(o->world.relay, &topic) - 1);
	world_restart(o->sanne);
	world_pass(&o->world, 5000);
	check_gone(o, o->sanne);
	assert_int_equal(records_with(o->sanne, kr_view(id, sizeof(id))), 2);
}

/* The relay says, with the reporter's help, that the case was erased after so many events
 * that nobody could count to them. */
static void p9_an_end_far_away_keeps_nobody_busy(void **state)
{
	static const uint8_t hash[KR_SHA256_BYTES];
	const uint64_t far = KR_JSON_INT_MAX;
	struct office *o = *state;
	struct kr_core *core = o->sanne->core;
	struct kr_topic name = kr_topic(KR_TOPIC_CASE, o->neighbour.keys.locator);
	struct topic *topic = topic_find(core, &name);
	struct kr_case_event e = {.type = KR_EVENT_ERASED, .seen_seq = far - 1};
	struct kr_event event = {.type = KR_EVENT_ERASED, .topic = name, .seq = far};
	KR_AUTO_WRITER struct kr_writer w = {0};

	world_disconnect(o->sanne);
	memcpy(e.case_id, o->neighbour.keys.locator, sizeof(e.case_id));
	event.time_ms = o->world.now_ms;
	kr_writer_init(&w);
	kr_case_event_write(&w, &e, &o->neighbour.keys.signing);
	assert_int_equal(w.err, KR_OK);
	assert_int_equal(event_keep(core, &event, hash, kr_writer_view(&w)), KR_OK);
	topic->seq = far;
	topic->head_seq = far;
	(void)world_do(o->sanne, "{\"do\":\"case_read\",\"case\":\"%s\",\"seq\":1}",
		o->neighbour.case_id);
	check_gone(o, o->sanne);
}

/* Another case of the same inbox stays as it is. */
static void others_stay(void **state)
{
	struct office *o = *state;
	struct neighbour first = o->neighbour;

	office_signal(o, 7);
	assert_string_equal(
		office_act(o, o->wim, "acknowledge", "\"text\":\"Dank.\""), "ok");
	o->neighbour = first;
	close_and_erase(o);
	assert_int_equal(num_shown(o->wim, "open"), 1);
	assert_int_equal(num_shown(o->wim, "all"), 2);
}

static void a_former_party_has_no_open_case(void **state)
{
	struct office *o = *state;
	cJSON *inboxes;

	assert_string_equal(
		office_act(o, o->wim, "acknowledge", "\"text\":\"Gelezen.\""), "ok");
	assert_string_equal(
		office_act(o, o->wim, "hand_over",
			"\"to\":\"%s\",\"text\":\"Voor jullie.\"", o->desks[TEAM].link),
		"ok");
	assert_int_equal(num_shown(o->wim, "open"), 1); /* still the owner */
	assert_string_equal(office_act(o, o->tom, "accept", "\"text\":\"Ja.\""), "ok");
	world_run(&o->world);
	assert_string_equal(office_shows(o, o->wim, "role"), "former");
	assert_int_equal(num_shown(o->wim, "open"), 0);
	assert_int_equal(num_shown(o->wim, "mine"), 0);
	assert_int_equal(num_shown(o->wim, "closed"), 1);
	assert_int_equal(num_shown(o->wim, "all"), 1);
	assert_int_equal(num_shown(o->tom, "open"), 1);
	inboxes = world_ask(o->wim, "{\"ask\":\"own_inboxes\"}");
	assert_int_equal(world_number(cJSON_GetArrayItem(
					      cJSON_GetObjectItem(inboxes, "inboxes"), 0),
				 "open"),
		0);
	cJSON_Delete(inboxes);
}

int main(void)
{
#define CASE(name)                                                                       \
	cmocka_unit_test_setup_teardown(name, office_setup_signal, office_teardown)
	const struct CMUnitTest tests[] = {
		CASE(an_erased_case_leaves_the_keystore),
		CASE(who_was_away_drops_it_too),
		CASE(p9_an_end_far_away_keeps_nobody_busy),
		CASE(others_stay),
		CASE(a_former_party_has_no_open_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
