/* Many neighbours at once: more than one commit takes in; and the lists that stand behind
 * it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/core/group/parts.h"
#include "tests/unit/core/world.h"

#include "test.h"

#define NUM_NEIGHBOURS 130

/* A fact of the only group; -1: there is none. */
static int number_of_group(struct world_client *client, const char *name)
{
	cJSON *answer = world_ask(client, "{\"ask\":\"groups\"}");
	const cJSON *group = cJSON_GetArrayItem(cJSON_GetObjectItem(answer, "groups"), 0);
	int number = group == NULL ? -1 : (int)world_number(group, name);

	cJSON_Delete(answer);
	return number;
}

static size_t num_alarms(struct world_client *client)
{
	cJSON *answer = world_ask(client, "{\"ask\":\"alarms\"}");
	int num = cJSON_GetArraySize(cJSON_GetObjectItem(answer, "alarms"));

	cJSON_Delete(answer);
	return (size_t)num;
}

static void ask_in(struct world *world, const char *link)
{
	for (size_t i = 0; i < NUM_NEIGHBOURS; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "Buur %zu", i);
		assert_null(cJSON_GetObjectItem(
			world_do(world_join(world, name),
				"{\"do\":\"join\",\"link\":\"%s\",\"name\":\"%s\","
				"\"check\":\"nr %zu\"}",
				link, name, i),
			"error"));
	}
}

static void admit_all(struct world_client *coordinator, const char *community)
{
	cJSON *answer = world_ask(
		coordinator, "{\"ask\":\"requests\",\"community\":\"%s\"}", community);
	cJSON *requests = cJSON_GetObjectItem(answer, "requests");
	const cJSON *request;

	assert_int_equal(cJSON_GetArraySize(requests), NUM_NEIGHBOURS);
	cJSON_ArrayForEach(request, requests)
	{
		(void)world_say(coordinator,
			"{\"do\":\"admit\",\"community\":\"%s\",\"account\":\"%s\"}",
			community, world_text(request, "account"));
	}
	cJSON_Delete(answer);
}

/* All come in, by few commits, and hear and are heard. */
static void test_many_come_in_by_few_commits(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct world_client *anna;
	const char *community;

	(void)state;
	assert_non_null(world);
	world_init(world);
	anna = world_join(world, "Anna");
	community = world_found(anna);
	ask_in(world,
		world_text(world_do(anna,
				   "{\"do\":\"invite\",\"community\":\"%s\",\"uses\":%d}",
				   community, NUM_NEIGHBOURS),
			"link"));
	admit_all(anna, community);
	world_pass(world, 60000);
	for (size_t i = 0; i < world->num; i++) {
		struct world_client *client = &world->clients[i];

		assert_int_equal(number_of_group(client, "members"), NUM_NEIGHBOURS + 1);
		assert_int_equal(num_alarms(client), 0);
	}
	/* At best three; the first may go before others have key packages. */
	assert_in_range(number_of_group(anna, "epoch"), 3, 12);
	(void)world_text(
		world_do(&world->clients[NUM_NEIGHBOURS],
			"{\"do\":\"post\",\"community\":\"%s\",\"kind\":\"chat\","
			"\"text\":\"dag\"}",
			community),
		"event");
	for (size_t i = 0; i < NUM_NEIGHBOURS; i++) {
		assert_int_equal(number_of_group(&world->clients[i], "last"),
			number_of_group(&world->clients[NUM_NEIGHBOURS], "last"));
	}
	world_finish(world);
	free(world);
}

static void fill(uint8_t id[KR_ID_BYTES], uint32_t number)
{
	memset(id, 0, KR_ID_BYTES);
	for (size_t i = 0; i < 4; i++) {
		id[i] = (uint8_t)(number >> (24 - 8 * i));
	}
}

/* What was collected and sorted is what adding one by one makes. */
static void test_collected_ids_equal_added_ones(void **state)
{
	(void)state;
	for (uint32_t num = 0; num < 60; num++) {
		struct kr_bytes collected = {0};
		struct kr_bytes added = {0};
		struct kr_writer w;
		uint32_t random = num;

		kr_writer_init(&w);
		for (uint32_t i = 0; i < num; i++) {
			uint8_t id[KR_ID_BYTES];

			random = random * 1664525 + 1013904223;
			fill(id, (random >> 8) % 40);
			kr_write_fixed(&w, kr_view(id, sizeof(id)));
			assert_int_equal(ids_add(&added, id), KR_OK);
		}
		assert_int_equal(ids_finish(&collected, &w), KR_OK);
		assert_true(
			kr_view_equal(kr_view_bytes(&collected), kr_view_bytes(&added)));
		kr_bytes_free(&collected);
		kr_bytes_free(&added);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_come_in_by_few_commits),
		cmocka_unit_test(test_collected_ids_equal_added_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
