/* An inbox's record is renewed before it runs out: by one administrator, with the host's
 * offsets or without, and never in a loop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "tests/unit/core/office.h"

#define HOUR_MS UINT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

/* Everybody is away for so long, and comes back. */
static void days_later(struct office *o, uint64_t days)
{
	for (size_t i = 0; i < o->world.num; i++) {
		world_disconnect(&o->world.clients[i]);
	}
	o->world.now_ms += days * DAY_MS;
	relay_double_set_time(o->world.relay, o->world.now_ms);
	world_pass(&o->world, 10000);
}

static struct kr_inbox_record record_of(struct office *o, int desk)
{
	struct kr_inbox_record record;

	relay_double_inbox(o->world.relay, o->desks[desk].id, &record);
	return record;
}

static uint64_t days_left(struct office *o, int desk)
{
	return (record_of(o, desk).expires_ms - o->world.now_ms) / DAY_MS;
}

static struct world_client *second_head(struct office *o)
{
	struct world_client *nel = world_join(&o->world, "Nel");
	const cJSON *card = world_do(nel, "{\"do\":\"professional_card\"}");

	(void)world_text(world_do(o->wim,
				 "{\"do\":\"inbox_add\",\"inbox\":\"%s\",\"card\":\"%s\","
				 "\"administrator\":true}",
				 o->desks[WIJK].inbox, world_text(card, "card")),
		"event");
	world_disconnect(nel);
	world_pass(&o->world, 5000);
	return nel;
}

static const cJSON *told_of_renewal(struct world_client *client)
{
	const cJSON *tell;

	cJSON_ArrayForEach(tell, client->told)
	{
		if (strcmp(world_text(tell, "tell"), "renew") == 0) {
			return tell;
		}
	}
	return NULL;
}

/* ---- Told -------------------------------------------------------------------------- */

static void nobody_is_told_too_early(void **state)
{
	struct office *o = *state;

	days_later(o, 334);
	assert_int_equal(office_told(o->wim, "renew"), 0);
	assert_int_equal(record_of(o, WIJK).number, 2);
	days_later(o, 1);
	assert_int_equal(office_told(o->wim, "renew"), 1);
	assert_int_equal(office_told(o->sanne, "renew"), 0); /* no administrator */
	assert_int_equal(office_told(o->fatma, "renew"), 1);
	assert_string_equal(
		world_text(told_of_renewal(o->wim), "inbox"), o->desks[WIJK].inbox);
	assert_string_equal(
		world_text(told_of_renewal(o->wim), "zone"), "Europe/Amsterdam");
	assert_true(world_number(told_of_renewal(o->wim), "expires") ==
		(double)record_of(o, WIJK).expires_ms);
	/* Once, however often the connection breaks. */
	world_disconnect(o->wim);
	world_pass(&o->world, 5000);
	assert_int_equal(office_told(o->wim, "renew"), 1);
	assert_int_equal(record_of(o, WIJK).number, 2);
}

static void the_host_gives_offsets(void **state)
{
	struct office *o = *state;
	struct kr_inbox_record before = record_of(o, WIJK);
	struct kr_inbox_record after;

	days_later(o, 336);
	(void)world_text(world_do(o->wim,
				 "{\"do\":\"inbox_set\",\"inbox\":\"%s\",\"settings\":"
				 "{\"offsets\":[[5,120],[6,60]]}}",
				 o->desks[WIJK].inbox),
		"event");
	after = record_of(o, WIJK);
	assert_int_equal(after.number, before.number + 1);
	assert_int_equal(after.hours.num_offsets, 2);
	assert_int_equal(after.hours.offsets[0].minutes, 120);
	assert_int_equal(after.sealing_number, after.number); /* a new key */
	assert_int_equal(days_left(o, WIJK), 365);
	days_later(o, 20);
	assert_int_equal(record_of(o, WIJK).number, after.number);
	assert_int_equal(office_told(o->wim, "renew"), 1);
	assert_int_equal(office_alarms(o->wim) + office_alarms(o->sanne), 0);
}

/* A change in the middle of the year keeps the key. */
static void only_a_renewal_changes_the_key(void **state)
{
	struct office *o = *state;

	(void)world_text(
		world_do(o->wim, "{\"do\":\"inbox_set\",\"settings\":{\"promises\":4}}"),
		"event");
	assert_int_equal(record_of(o, WIJK).number, 3);
	assert_int_equal(record_of(o, WIJK).sealing_number, 1);
}

/* ---- By itself --------------------------------------------------------------------- */

static void a_silent_host_is_not_waited_for(void **state)
{
	struct office *o = *state;
	struct kr_inbox_record before = record_of(o, WIJK);
	struct kr_inbox_record after;

	days_later(o, 336);
	assert_int_equal(record_of(o, WIJK).number, before.number);
	days_later(o, 7);
	after = record_of(o, WIJK);
	assert_int_equal(after.number, before.number + 1);
	assert_memory_equal(&after.hours, &before.hours, sizeof(after.hours));
	assert_int_equal(after.sealing_number, after.number);
	assert_int_equal(days_left(o, WIJK), 364);
	office_signal(o, 3);
	assert_string_equal(
		office_shows(o, o->sanne, "place"), "Lange Laan 12, 1234AB Ons Dorp");
}

static void one_that_has_run_out_is_renewed_at_once(void **state)
{
	struct office *o = *state;

	days_later(o, 500);
	assert_int_equal(record_of(o, WIJK).number, 3);
	assert_int_equal(days_left(o, WIJK), 364);
}

/* ---- Several ----------------------------------------------------------------------- */

static void administrators_take_turns(void **state)
{
	struct office *o = *state;
	struct world_client *nel = second_head(o);

	days_later(o, 335);
	assert_int_equal(office_told(o->wim, "renew"), 1);
	assert_int_equal(office_told(nel, "renew"), 0);
	days_later(o, 1);
	assert_int_equal(office_told(nel, "renew"), 1); /* he did not do it */
	days_later(o, 6);
	assert_int_equal(record_of(o, WIJK).number, 4); /* his turn was first */
	days_later(o, 10);
	assert_int_equal(record_of(o, WIJK).number, 4);
}

static void of_two_at_once_one_renews(void **state)
{
	struct office *o = *state;
	struct world_client *nel = second_head(o);

	days_later(o, 400);
	assert_int_equal(record_of(o, WIJK).number, 4);
	assert_int_equal(days_left(o, WIJK), 364);
	assert_int_equal(office_alarms(o->wim) + office_alarms(nel), 0);
}

struct refusals {
	unsigned num;
};

static const char *refuse_records(void *ctx, int conn, const struct kr_request *request)
{
	struct refusals *refusals = ctx;

	(void)conn;
	if (request->verb != KR_VERB_INBOX_UPDATE) {
		return NULL;
	}
	refusals->num++;
	return "record";
}

/* Somebody of the team has removed a device, say: the relay says no each time. */
static void what_is_refused_is_not_sent_in_a_loop(void **state)
{
	struct office *o = *state;
	struct refusals refusals = {0};

	days_later(o, 340);
	relay_double_lie(o->world.relay,
		&(struct relay_lie){.ctx = &refusals, .refuse = refuse_records});
	days_later(o, 8);
	assert_int_equal(refusals.num, NUM_DESKS);
	world_pass(&o->world, 10 * 60000);
	assert_int_equal(refusals.num, NUM_DESKS);
	assert_int_equal(office_told(o->wim, "failed"), 1);
	days_later(o, 1);
	assert_int_equal(refusals.num, 2 * NUM_DESKS);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, office_setup, office_teardown)
	const struct CMUnitTest tests[] = {
		CASE(nobody_is_told_too_early),
		CASE(the_host_gives_offsets),
		CASE(only_a_renewal_changes_the_key),
		CASE(a_silent_host_is_not_waited_for),
		CASE(one_that_has_run_out_is_renewed_at_once),
		CASE(administrators_take_turns),
		CASE(of_two_at_once_one_renews),
		CASE(what_is_refused_is_not_sent_in_a_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
