/* Which identity stands behind the name of an inbox: it does not become another in
 * silence. CASES.md §2, "Another identity". */
#include <stdio.h>
#include <string.h>

#include "test.h"
#include "tests/unit/core/notices_scene.h"
#include "tests/unit/core/street.h"

static void announce(struct scene *s, struct world_client *who, int desk)
{
	char fingerprint[KR_FINGERPRINT_TEXT_BYTES];
	const struct inbox *inbox =
		inbox_look(s->office->desks[desk].head->core, s->office->desks[desk].id);

	kr_fingerprint(fingerprint, inbox->records->read.identity_key);
	assert_string_equal(
		world_outcome(world_do(who,
			"{\"do\":\"post\",\"community\":\"%s\",\"kind\":\"announcement\","
			"\"text\":\"De wijkagent krijgt een nieuwe postbus: %s.\"}",
			s->community, fingerprint)),
		"ok");
}

/* A coordinator's client that asks nobody. */
static void replace(struct scene *s, struct world_client *who, int desk, const char *name)
{
	const struct inbox *inbox =
		inbox_look(s->office->desks[desk].head->core, s->office->desks[desk].id);
	struct kr_policy_inbox entry = {.name = kr_view_str(name)};
	const struct group_change change = {.inbox_add = &entry};

	memcpy(entry.identity_key, inbox->records->read.identity_key,
		sizeof(entry.identity_key));
	who->core->rng = &s->world->rng;
	who->core->now_ms = s->world->now_ms;
	assert_int_equal(
		group_change(who->core, scene_group(who), &change, "hostile", 0, NULL),
		KR_OK);
	(void)world_do(who, "{\"do\":\"connect\"}");
	world_run(s->world);
}

static void distrust_name(struct scene *s, int desk)
{
	const struct inbox *inbox =
		inbox_look(s->office->desks[desk].head->core, s->office->desks[desk].id);
	char key[64] = "";

	kr_base64url_encode(
		key, kr_view(inbox->records->read.identity_key, KR_ED25519_PUBLIC_BYTES));
	assert_string_equal(world_outcome(world_do(s->anna,
				    "{\"do\":\"distrust_inbox\",\"community\":\"%s\","
				    "\"identity_key\":\"%s\"}",
				    s->community, key)),
		"ok");
}

static size_t num_inboxes(struct scene *s, struct world_client *client)
{
	cJSON *answer = world_ask(
		client, "{\"ask\":\"inboxes\",\"community\":\"%s\"}", s->community);
	size_t num = (size_t)cJSON_GetArraySize(cJSON_GetObjectItem(answer, "inboxes"));

	cJSON_Delete(answer);
	return num;
}

static void p5_an_inbox_is_not_replaced_in_silence(void **state)
{
	struct scene s = scene_of(state);

	assert_string_equal(scene_trust(&s, s.anna, WIJK, "Wijkagent"), "ok");
	assert_string_equal(scene_trust(&s, s.anna, TEAM, "Wijkagent"), "inbox_replaced");
	assert_string_equal(scene_trust(&s, s.anna, TEAM, "Wijkteam"), "ok");
	assert_int_equal(world_alarms(s.bram, "inbox_replaced"), 0);
	/* Also in two steps: the name is remembered, over a restart. */
	distrust_name(&s, WIJK);
	distrust_name(&s, TEAM);
	assert_int_equal(num_inboxes(&s, s.bram), 0);
	assert_string_equal(scene_trust(&s, s.anna, TEAM, "Wijkagent"), "inbox_replaced");
	world_restart(s.bram);
	world_run(s.world);
	assert_int_equal(world_alarms(s.bram, "inbox_replaced"), 0);
	replace(&s, s.anna, TEAM, "Wijkagent");
	assert_int_equal(num_inboxes(&s, s.bram), 1);
	assert_int_equal(world_alarms(s.bram, "inbox_replaced"), 1);
	assert_int_equal(world_alarms(s.anna, "inbox_replaced"), 1);
	/* And back again. */
	replace(&s, s.anna, WIJK, "Wijkagent");
	assert_int_equal(world_alarms(s.bram, "inbox_replaced"), 2);
}

/* Nor are names washed out of the memory of clients by many others. */
static void p5_no_name_is_forgotten_in_silence(void **state)
{
	struct scene s = scene_of(state);
	struct kr_core *core = s.anna->core;
	uint8_t last[KR_ED25519_PUBLIC_BYTES] = {0};

	assert_string_equal(scene_trust(&s, s.anna, WIJK, "Wijkagent"), "ok");
	distrust_name(&s, WIJK);
	for (unsigned i = 1; i <= 2 * KR_POLICY_INBOXES_MAX; i++) {
		char name[16];
		struct kr_policy_inbox entry = {.identity_key = {(uint8_t)i}};
		const struct group_change change = {
			.inbox_add = &entry, .inbox_remove = i > 1 ? last : NULL};

		assert_int_equal(world_alarms(s.bram, "inbox_replaced"), 0);
		(void)snprintf(name, sizeof(name), "Postbus %u", i);
		entry.name = kr_view_str(name);
		core->rng = &s.world->rng;
		core->now_ms = s.world->now_ms;
		assert_int_equal(group_change(core, scene_group(s.anna), &change,
					 "hostile", 0, NULL),
			KR_OK);
		(void)world_do(s.anna, "{\"do\":\"connect\"}");
		memcpy(last, entry.identity_key, sizeof(last));
	}
	assert_int_equal(world_alarms(s.bram, "inbox_replaced"), 1);
}

static void two_coordinators_and_72_hours_are_enough(void **state)
{
	struct scene s = scene_of(state);

	assert_string_equal(scene_trust(&s, s.anna, WIJK, "Wijkagent"), "ok");
	(void)world_do(s.bram, "{\"do\":\"offer_coordinator\",\"community\":\"%s\"}",
		s.community);
	(void)world_do(s.anna,
		"{\"do\":\"grant\",\"community\":\"%s\",\"account\":\"%s\"}", s.community,
		street_account(s.bram));
	world_pass(s.world, A_WHILE_MS);
	announce(&s, s.anna, TEAM);
	announce(&s, s.anna, TEAM);
	world_pass(s.world, 73 * HOUR_MS);
	/* One alone, however often, does not do; nor do two, at once. */
	assert_string_equal(scene_trust(&s, s.anna, TEAM, "Wijkagent"), "inbox_replaced");
	announce(&s, s.bram, TEAM);
	world_pass(s.world, 71 * HOUR_MS);
	assert_string_equal(scene_trust(&s, s.anna, TEAM, "Wijkagent"), "inbox_replaced");
	world_pass(s.world, 2 * HOUR_MS);
	/* Nor for another one than was announced. */
	assert_string_equal(
		scene_trust(&s, s.anna, VEILIG, "Wijkagent"), "inbox_replaced");
	assert_string_equal(scene_trust(&s, s.anna, TEAM, "Wijkagent"), "ok");
	assert_int_equal(num_inboxes(&s, s.bram), 1);
	assert_int_equal(world_alarms(s.bram, "inbox_replaced"), 0);
	assert_int_equal(world_alarms(s.anna, "inbox_replaced"), 0);
}

static const char *move(struct scene *s, struct world_client *who, int desk, int to)
{
	const cJSON *answer =
		world_do(who, "{\"do\":\"inbox_move\",\"inbox\":\"%s\",\"link\":\"%s\"}",
			s->office->desks[desk].inbox, s->office->desks[to].link);

	world_pass(s->world, A_WHILE_MS);
	return world_outcome(answer);
}

static bool has_moved(struct world_client *who)
{
	cJSON *answer = world_ask(who, "{\"ask\":\"own_inboxes\"}");
	const cJSON *inbox =
		cJSON_GetArrayItem(cJSON_GetObjectItem(answer, "inboxes"), 0);
	bool moved = cJSON_IsTrue(cJSON_GetObjectItem(inbox, "moved"));

	cJSON_Delete(answer);
	return moved;
}

static void an_inbox_names_its_own_successor(void **state)
{
	struct scene s = scene_of(state);
	const cJSON *inbox;
	cJSON *inboxes;

	assert_string_equal(scene_trust(&s, s.anna, WIJK, "Wijkagent"), "ok");
	office_signal(s.office, 1);
	assert_string_equal(move(&s, s.office->sanne, WIJK, TEAM), "forbidden");
	assert_string_equal(move(&s, s.office->wim, WIJK, WIJK), "field");
	assert_false(has_moved(s.office->wim));
	assert_string_equal(move(&s, s.office->wim, WIJK, TEAM), "ok");
	assert_true(has_moved(s.office->wim));
	/* What it has it answers for. */
	assert_string_equal(office_act(s.office, s.office->wim, "acknowledge",
				    "\"text\":\"Gelezen.\""),
		"ok");
	/* It was the last record. */
	assert_string_equal(move(&s, s.office->wim, WIJK, VEILIG), "record");
	assert_string_equal(move(&s, s.office->tom, TEAM, WIJK), "inbox_expired");
	inboxes = world_ask(
		s.bram, "{\"ask\":\"inboxes\",\"community\":\"%s\"}", s.community);
	inbox = cJSON_GetArrayItem(cJSON_GetObjectItem(inboxes, "inboxes"), 0);
	(void)world_text(cJSON_GetObjectItem(inbox, "successor"), "fingerprint");
	cJSON_Delete(inboxes);
	/* Another one than was named is not meant. */
	assert_string_equal(
		scene_trust(&s, s.anna, VEILIG, "Wijkagent"), "inbox_replaced");
	assert_string_equal(scene_trust(&s, s.anna, TEAM, "Wijkagent"), "ok");
	assert_int_equal(num_inboxes(&s, s.bram), 1);
	assert_int_equal(office_alarms(s.bram), 0);
	assert_int_equal(office_alarms(s.anna), 0);
}

/* Who has administered an inbox keeps the identity's secret: a last record by it that the
 * relay never took moves no name. */
static void p5_no_successor_but_by_the_relays_record(void **state)
{
	static struct forged f;
	struct scene s = scene_of(state);
	struct kr_inbox_link link;

	assert_string_equal(scene_trust(&s, s.anna, WIJK, "Wijkagent"), "ok");
	assert_int_equal(
		kr_inbox_link_read(&link, kr_view_str(s.office->desks[TEAM].link)),
		KR_OK);
	scene_forge_as_administrator(&s, &f, 1, link.identity_key);
	scene_bring(&s, s.anna, &f);
	assert_string_equal(scene_trust(&s, s.anna, TEAM, "Wijkagent"), "inbox_replaced");
	assert_int_equal(num_inboxes(&s, s.bram), 1);
	world_pass(s.world, A_WHILE_MS);
	assert_string_equal(scene_trust(&s, s.anna, TEAM, "Wijkagent"), "inbox_replaced");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_setup, office_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(p5_an_inbox_is_not_replaced_in_silence),
		TEST(p5_no_name_is_forgotten_in_silence),
		TEST(two_coordinators_and_72_hours_are_enough),
		TEST(an_inbox_names_its_own_successor),
		TEST(p5_no_successor_but_by_the_relays_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
