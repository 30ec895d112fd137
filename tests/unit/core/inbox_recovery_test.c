/* The digits of an inbox on paper: made before anything is sent, used once, replaced by
 * an administrator, and stronger for a fortnight than who replaced them. CASES.md §2. */
#include <stdio.h>
#include <string.h>

#include "test.h"
#include "tests/unit/core/office.h"

#define DAY_MS (UINT64_C(24) * 3600 * 1000)

struct digits {
	char text[128];
};

static struct digits make(struct world_client *client)
{
	struct digits digits;
	const cJSON *answer = world_do(client, "{\"do\":\"recovery_digits\"}");

	(void)snprintf(
		digits.text, sizeof(digits.text), "%s", world_text(answer, "recovery"));
	return digits;
}

static const char *replace(
	struct office *o, struct world_client *who, const struct digits *digits)
{
	return world_outcome(world_do(who,
		"{\"do\":\"inbox_recovery_key\",\"inbox\":\"%s\",\"recovery\":\"%s\"}",
		o->desks[WIJK].inbox, digits->text));
}

static const char *recover(struct office *o, struct world_client *who,
	const struct digits *digits, const struct digits *next)
{
	return world_outcome(world_do(who,
		"{\"do\":\"inbox_recover\",\"link\":\"%s\",\"recovery\":\"%s\","
		"\"next\":\"%s\",\"name\":\"Nieuw\"}",
		o->desks[WIJK].link, digits->text, next->text));
}

static double shown(struct office *o, struct world_client *who, const char *field)
{
	cJSON *inbox = world_ask(
		who, "{\"ask\":\"inbox\",\"inbox\":\"%s\"}", o->desks[WIJK].inbox);
	const cJSON *value = cJSON_GetObjectItem(inbox, field);
	double number = cJSON_IsNumber(value) ? value->valuedouble : -1;

	cJSON_Delete(inbox);
	return number;
}

static uint64_t num_records(struct office *o)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_INBOX, o->desks[WIJK].id);

	return relay_double_num(o->world.relay, &topic);
}

/* ---- New ones --------------------------------------------------------------------- */

static void digits_are_made_before_anything_is_sent(void **state)
{
	struct office *o = *state;
	uint64_t before = num_records(o);
	struct digits a = make(o->wim);
	struct digits b = make(o->wim);

	assert_string_not_equal(a.text, b.text);
	assert_int_equal(strlen(a.text), 9 * 6 + 8);
	world_run(&o->world);
	assert_int_equal(num_records(o), before);
}

static void an_administrator_replaces_them(void **state)
{
	struct office *o = *state;
	struct digits a = make(o->wim);
	struct digits slip = a;
	uint64_t before = num_records(o);

	slip.text[7] = slip.text[7] == '9' ? '0' : (char)(slip.text[7] + 1);
	assert_string_equal(replace(o, o->wim, &slip), "check_digit");
	assert_string_equal(replace(o, o->sanne, &a), "forbidden");
	assert_string_equal(replace(o, o->tom, &a), "not_found");
	assert_int_equal(num_records(o), before);
	assert_true(shown(o, o->wim, "former_until") < 0);
	assert_string_equal(replace(o, o->wim, &a), "ok");
	assert_int_equal(num_records(o), before + 1);
	/* The whole team sees that it was done, and how long the old ones are good. */
	assert_true(shown(o, o->sanne, "former_until") >=
		(double)(o->world.now_ms + 14 * DAY_MS));
	assert_string_equal(replace(o, o->wim, &slip), "check_digit");
	slip = make(o->wim);
	assert_string_equal(replace(o, o->wim, &slip), "state");
	assert_int_equal(num_records(o), before + 1);
}

static void rename_it(struct office *o)
{
	assert_string_equal(
		world_outcome(world_do(o->wim,
			"{\"do\":\"inbox_set\",\"settings\":{\"about\":\"Anders.\"}}")),
		"ok");
}

/* What is sealed after the fortnight is closed to the digits of before. */
static void the_former_ones_run_out(void **state)
{
	struct office *o = *state;
	struct digits a = make(o->wim);
	struct digits b = make(o->wim);
	struct digits c = make(o->wim);
	double sealing;

	assert_string_equal(replace(o, o->wim, &a), "ok");
	sealing = shown(o, o->wim, "sealing_number");
	rename_it(o);
	assert_true(shown(o, o->wim, "former_until") > 0);
	/* Not before, and then: as is shown. */
	world_pass(&o->world,
		(uint64_t)shown(o, o->wim, "recovery_from") - o->world.now_ms - DAY_MS);
	assert_string_equal(replace(o, o->wim, &b), "state");
	world_pass(&o->world, DAY_MS);
	rename_it(o);
	assert_true(shown(o, o->wim, "former_until") < 0);
	assert_true(shown(o, o->wim, "sealing_number") > sealing);
	assert_string_equal(replace(o, o->wim, &b), "ok");
	world_pass(&o->world, 17 * DAY_MS);
	assert_string_equal(recover(o, o->tom, &a, &c), "recovery");
	assert_string_equal(recover(o, o->tom, &b, &c), "ok");
	assert_int_equal(office_alarms(o->tom), 0);
}

/* ---- Used ------------------------------------------------------------------------- */

static void digits_are_used_once(void **state)
{
	struct office *o = *state;
	struct digits a = make(o->wim);
	struct digits b = make(o->tom);
	struct digits c = make(o->sanne);
	struct digits slip = b;

	slip.text[7] = slip.text[7] == '9' ? '0' : (char)(slip.text[7] + 1);
	assert_string_equal(replace(o, o->wim, &a), "ok");
	assert_string_equal(recover(o, o->tom, &a, &slip), "check_digit");
	assert_string_equal(recover(o, o->tom, &b, &c), "recovery");
	assert_string_equal(recover(o, o->tom, &a, &a), "record"); /* the relay's word */
	assert_string_equal(recover(o, o->tom, &a, &b), "ok");
	world_run(&o->world);
	assert_true(shown(o, o->tom, "former_until") < 0);
	/* Not again, by whoever has that paper. */
	assert_string_equal(recover(o, o->sanne, &a, &c), "recovery");
	assert_string_equal(replace(o, o->wim, &c), "not_found");
	assert_string_equal(recover(o, o->sanne, &b, &c), "ok");
	world_run(&o->world);
	assert_string_equal(
		office_act(o, o->sanne, "acknowledge", "\"text\":\"Hier.\""), "ok");
	assert_int_equal(office_alarms(o->sanne) + office_alarms(o->tom), 0);
}

/* With a stolen device of the administrator: other digits, and everybody else out. */
static void p5_the_paper_outlasts_a_stolen_device(void **state)
{
	struct office *o = *state;
	struct digits paper = make(o->wim);
	struct digits thiefs = make(o->wim);
	struct digits next = make(o->sanne);
	cJSON *inbox;
	char account[64];

	assert_string_equal(replace(o, o->wim, &paper), "ok");
	world_pass(&o->world, 17 * DAY_MS);
	assert_string_equal(replace(o, o->wim, &thiefs), "ok");
	inbox = world_ask(o->sanne, "{\"ask\":\"inbox\"}");
	(void)snprintf(account, sizeof(account), "%s",
		world_text(cJSON_GetArrayItem(cJSON_GetObjectItem(inbox, "team"), 1),
			"account"));
	cJSON_Delete(inbox);
	assert_string_equal(
		world_outcome(world_do(o->wim,
			"{\"do\":\"inbox_drop\",\"inbox\":\"%s\",\"account\":\"%s\"}",
			o->desks[WIJK].inbox, account)),
		"ok");
	world_pass(&o->world, 13 * DAY_MS);
	assert_string_equal(recover(o, o->sanne, &paper, &next), "ok");
	world_run(&o->world);
	assert_string_equal(recover(o, o->wim, &thiefs, &paper), "recovery");
	assert_string_equal(replace(o, o->wim, &thiefs), "not_found");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, office_setup, office_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(digits_are_made_before_anything_is_sent),
		CASE(an_administrator_replaces_them),
		CASE(the_former_ones_run_out),
		cmocka_unit_test_setup_teardown(
			digits_are_used_once, office_setup_signal, office_teardown),
		CASE(p5_the_paper_outlasts_a_stolen_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
