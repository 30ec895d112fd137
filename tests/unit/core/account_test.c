/* The account: its identity, founding with others, further devices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kring/trust.h>

#include "test.h"
#include "tests/unit/core/world.h"

static int open_world(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world_init(world);
	*state = world;
	return 0;
}

static int close_world(void **state)
{
	world_finish(*state);
	free(*state);
	return 0;
}

static void assert_ok(const cJSON *answer)
{
	if (!cJSON_IsTrue(cJSON_GetObjectItem(answer, "ok"))) {
		char *shown = cJSON_Print(answer);

		fail_msg("%s", shown);
	}
}

static void assert_error(const cJSON *answer, const char *error)
{
	assert_string_equal(world_text(answer, "error"), error);
}

/* A client without an account. */
static struct world_client *blank(struct world *world)
{
	struct world_client *client = world_join(world, "Nobody");

	assert_ok(world_do(client, "{\"do\":\"delete_account\"}"));
	world_restart(client);
	return client;
}

static void init_is_checked(void **state)
{
	static const struct {
		const char *name;
		const char *command;
		const char *error;
	} cases[] = {
		{"no name", "{\"do\":\"init\",\"url\":\"ws://h/kring\",\"relay\":\"h\"}",
			"field"},
		{"no WebSocket",
			"{\"do\":\"init\",\"url\":\"http://h/\",\"relay\":\"h\","
			"\"name\":\"A\"}",
			"field"},
		{"an empty name",
			"{\"do\":\"init\",\"url\":\"ws://h/kring\",\"relay\":\"h\","
			"\"name\":\"\"}",
			"text"},
		{"a name that turns round",
			"{\"do\":\"init\",\"url\":\"ws://h/kring\",\"relay\":\"h\","
			"\"name\":\"a\\u202eb\"}",
			"text"},
		{"a prefix that makes no link",
			"{\"do\":\"init\",\"url\":\"ws://h/kring\",\"relay\":\"h\","
			"\"name\":\"A\",\"app\":\"ftp://h\"}",
			"link"},
		{"an unknown field",
			"{\"do\":\"init\",\"url\":\"ws://h/kring\",\"relay\":\"h\","
			"\"name\":\"A\",\"passphrase\":\"x\"}",
			"field"},
	};
	struct world *world = *state;
	struct world_client *client = blank(world);

	for (size_t i = 0; i < NUM(cases); i++) {
		const cJSON *answer = world_do(client, "%s", cases[i].command);

		if (strcmp(world_text(answer, "error"), cases[i].error) != 0) {
			fail_msg("%s: %s", cases[i].name, world_text(answer, "error"));
		}
	}
	assert_error(world_do(client, "{\"do\":\"rename\",\"name\":\"A\"}"), "state");
	assert_ok(world_do(client,
		"{\"do\":\"init\",\"url\":\"ws://h/kring\",\"relay\":\"h\","
		"\"name\":\"A\"}"));
	assert_error(world_do(client,
			     "{\"do\":\"init\",\"url\":\"ws://h/kring\","
			     "\"relay\":\"h\",\"name\":\"A\"}"),
		"exists");
	assert_ok(world_do(client, "{\"do\":\"rename\",\"name\":\"B\"}"));
}

/* ---- Founding with others --------------------------------------------------------- */

static const char *role_of(struct world_client *client, const char *community)
{
	static char role[32];
	cJSON *answer = world_ask(client, "{\"ask\":\"communities\"}");
	const cJSON *item;

	role[0] = '\0';
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(answer, "communities"))
	{
		if (strcmp(world_text(item, "community"), community) == 0) {
			(void)snprintf(
				role, sizeof(role), "%s", world_text(item, "role"));
		}
	}
	cJSON_Delete(answer);
	return role;
}

static void two_found_together(void **state)
{
	struct world *world = *state;
	struct world_client *anna = world_join(world, "Anna");
	struct world_client *bram = world_join(world, "Bram");
	const char *card =
		world_text(world_do(bram, "{\"do\":\"founder_card\"}"), "card");
	const char *content = world_text(
		world_do(anna,
			"{\"do\":\"found_prepare\",\"name\":\"Kade\",\"recovery\":false,"
			"\"cards\":[\"%s\"]}",
			card),
		"content");
	const char *signature;
	const char *community;

	assert_error(world_do(anna,
			     "{\"do\":\"found\",\"grant\":\"AAAAAAAAAAAAAAAAAAAAAA\","
			     "\"content\":\"%s\"}",
			     content),
		"signature");
	signature = world_text(
		world_do(bram, "{\"do\":\"found_sign\",\"content\":\"%s\"}", content),
		"signature");
	community = world_text(
		world_do(anna,
			"{\"do\":\"found\",\"grant\":\"AAAAAAAAAAAAAAAAAAAAAA\","
			"\"content\":\"%s\",\"signatures\":[\"%s\"]}",
			content, signature),
		"community");
	assert_string_equal(role_of(anna, community), "coordinator");
	/* The other one hears of it when it connects again. */
	world_disconnect(bram);
	world_pass(world, 60000);
	assert_string_equal(role_of(bram, community), "coordinator");
	assert_int_equal(world_alarms(anna, "unsigned"), 0);
	assert_int_equal(world_alarms(bram, "unsigned"), 0);
}

static void alone_without_a_recovery_key(void **state)
{
	struct world *world = *state;
	struct world_client *anna = world_join(world, "Anna");

	assert_error(world_do(anna,
			     "{\"do\":\"found_prepare\",\"name\":\"Kade\","
			     "\"recovery\":false}"),
		"genesis");
}

/* ---- Devices ---------------------------------------------------------------------- */

static void a_further_device_comes_in(void **state)
{
	struct world *world = *state;
	struct world_client *anna = world_join(world, "Anna");
	char community[64];
	struct world_client *bram;
	struct world_client *phone;
	cJSON *answer;
	const char *link;
	const char *card;

	(void)snprintf(community, sizeof(community), "%s", world_found(anna));
	bram = world_admit(anna, community, "Bram");
	phone = blank(world);
	link = world_text(world_do(bram, "{\"do\":\"device_link\"}"), "link");
	card = world_text(world_do(phone,
				  "{\"do\":\"device_accept\",\"link\":\"%s\","
				  "\"name\":\"Bram\"}",
				  link),
		"card");
	/* Only the device that the new one agreed to. */
	assert_error(world_do(anna, "{\"do\":\"device_add\",\"card\":\"%s\"}", card),
		"device_signer");
	assert_ok(world_do(bram, "{\"do\":\"device_add\",\"card\":\"%s\"}", card));
	assert_ok(world_do(phone, "{\"do\":\"connect\"}"));
	world_pass(world, 60000);
	assert_string_equal(role_of(phone, community), "resident");
	answer = world_ask(phone, "{\"ask\":\"devices\"}");
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(answer, "devices")), 2);
	cJSON_Delete(answer);
	answer = world_ask(anna, "{\"ask\":\"members\",\"community\":\"%s\"}", community);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(answer, "members")), 2);
	cJSON_Delete(answer);
	answer = world_ask(phone, "{\"ask\":\"groups\"}");
	assert_string_equal(
		world_text(cJSON_GetArrayItem(cJSON_GetObjectItem(answer, "groups"), 0),
			"state"),
		"in");
	cJSON_Delete(answer);
	assert_int_equal(world_alarms(anna, "unsigned"), 0);
	assert_int_equal(world_alarms(phone, "unsigned"), 0);
	/* What was committed before it came in is not its to read, and no garbage. */
	assert_int_equal(world_alarms(phone, "garbage_commit"), 0);
	world_restart(phone);
	world_pass(world, 60000);
	assert_string_equal(role_of(phone, community), "resident");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_world, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(init_is_checked),
		CASE(two_found_together),
		CASE(alone_without_a_recovery_key),
		CASE(a_further_device_comes_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
