#include "tests/unit/core/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

/* 1 June 2026. */
#define WORLD_BEGIN_MS UINT64_C(1780272000000)
/* A run that does not come to rest after so many messages is a loop. */
#define STEPS_MAX 200000

/* ---- Keystores ----------------------------------------------------------------- */

static void copy(struct kr_bytes *out, struct kr_view v)
{
	assert_int_equal(kr_bytes_copy(out, v), KR_OK);
}

static size_t find(const struct world_store *store, struct kr_view key)
{
	size_t i = 0;

	while (i < store->num &&
		!kr_view_equal(kr_view_bytes(&store->list[i].key), key)) {
		i++;
	}
	return i;
}

void world_store_write(struct world_store *store, const struct kr_core_record *record)
{
	size_t i = find(store, record->key);

	if (i < store->num) {
		kr_bytes_free(&store->list[i].value);
		if (record->is_deleted) {
			kr_bytes_free(&store->list[i].key);
			store->list[i] = store->list[--store->num];
			return;
		}
		copy(&store->list[i].value, record->value);
		return;
	}
	if (record->is_deleted) {
		return;
	}
	store->list = realloc(store->list, (store->num + 1) * sizeof(*store->list));
	assert_non_null(store->list);
	copy(&store->list[store->num].key, record->key);
	copy(&store->list[store->num++].value, record->value);
}

struct world_store world_store_copy(const struct world_store *store)
{
	struct world_store made = {0};

	for (size_t i = 0; i < store->num; i++) {
		const struct kr_core_record record = {
			.key = kr_view_bytes(&store->list[i].key),
			.value = kr_view_bytes(&store->list[i].value),
		};

		world_store_write(&made, &record);
	}
	return made;
}

void world_store_free(struct world_store *store)
{
	for (size_t i = 0; i < store->num; i++) {
		kr_bytes_free(&store->list[i].key);
		kr_bytes_free(&store->list[i].value);
	}
	free(store->list);
	*store = (struct world_store){0};
}

/* ---- Inputs and outputs -------------------------------------------------------- */

static void pump(struct world_client *client);

static void input(struct world_client *client, const struct kr_core_input *in)
{
	struct world *world = client->world;

	assert_int_equal(
		kr_core_input(client->core, in, world->now_ms, &world->rng), KR_OK);
	pump(client);
	if (world->after_input != NULL) {
		world->after_input(client);
	}
}

static cJSON *parse(struct kr_view bytes)
{
	cJSON *object = cJSON_ParseWithLength((const char *)bytes.data, bytes.len);

	assert_non_null(object);
	return object;
}

static void take_answer(
	struct world_client *client, uint64_t command, struct kr_view bytes)
{
	char name[24];

	(void)snprintf(name, sizeof(name), "%llu", (unsigned long long)command);
	cJSON_AddItemToObject(client->answers, name, parse(bytes));
}

static void take_output(struct world_client *client, const struct kr_core_output *out)
{
	struct relay_double *relay = client->world->relay;

	switch (out->kind) {
	case KR_CORE_STORE:
		for (size_t i = 0; i < out->num_records; i++) {
			world_store_write(&client->store, &out->records[i]);
		}
		assert_true(client->num_stored < NUM(client->stored));
		client->stored[client->num_stored++] = out->id;
		break;
	case KR_CORE_CONNECT:
		client->wants_connection = true;
		break;
	case KR_CORE_SEND:
		if (client->conn >= 0) {
			relay_double_take(relay, client->conn, out->bytes, out->is_text);
		}
		break;
	case KR_CORE_DISCONNECT:
		if (client->conn >= 0) {
			relay_double_disconnect(relay, client->conn);
		}
		client->conn = -1;
		client->wants_connection = false;
		break;
	case KR_CORE_TIMER_AT:
		client->timer_ms = out->time_ms;
		break;
	case KR_CORE_ANSWER:
		take_answer(client, out->id, out->bytes);
		break;
	case KR_CORE_TELL:
		cJSON_AddItemToArray(client->told, parse(out->bytes));
		break;
	}
}

static void pump(struct world_client *client)
{
	struct kr_core_output out;

	while (kr_core_output(client->core, &out)) {
		take_output(client, &out);
	}
}

/* One thing that a client's host has to do; false if there is none. */
static bool step(struct world_client *client)
{
	struct world *world = client->world;
	struct kr_bytes message;
	bool is_text;

	if (client->core == NULL) {
		return false;
	}
	if (client->num_stored > 0 && !client->is_slow_disk) {
		uint64_t id = client->stored[0];

		client->num_stored--;
		memmove(client->stored, client->stored + 1,
			client->num_stored * sizeof(client->stored[0]));
		input(client, &(struct kr_core_input){.kind = KR_CORE_STORED, .id = id});
		return true;
	}
	if (client->num_stored > 0) {
		return false;
	}
	if (client->wants_connection) {
		client->wants_connection = false;
		client->conn = relay_double_connect(world->relay);
		input(client, &(struct kr_core_input){.kind = KR_CORE_CONNECTED});
		return true;
	}
	if (client->conn >= 0 &&
		relay_double_next(world->relay, client->conn, &message, &is_text)) {
		input(client,
			&(struct kr_core_input){
				.kind = KR_CORE_MESSAGE,
				.bytes = kr_view_bytes(&message),
				.is_text = is_text,
			});
		kr_bytes_free(&message);
		return true;
	}
	return false;
}

void world_run(struct world *world)
{
	size_t steps = 0;
	bool is_busy = true;

	while (is_busy) {
		is_busy = false;
		for (size_t i = 0; i < world->num; i++) {
			while (step(&world->clients[i])) {
				is_busy = true;
				assert_true(++steps < STEPS_MAX);
			}
		}
	}
}

void world_steps(struct world *world, unsigned num)
{
	for (size_t i = 0; i < world->num; i++) {
		while (num > 0 && step(&world->clients[i])) {
			num--;
		}
	}
}

void world_pass(struct world *world, uint64_t ms)
{
	uint64_t end_ms = world->now_ms + ms;

	world_run(world);
	for (;;) {
		struct world_client *next = NULL;

		for (size_t i = 0; i < world->num; i++) {
			struct world_client *c = &world->clients[i];

			if (c->core != NULL && c->timer_ms != 0 &&
				(next == NULL || c->timer_ms < next->timer_ms)) {
				next = c;
			}
		}
		if (next == NULL || next->timer_ms > end_ms) {
			break;
		}
		if (next->timer_ms > world->now_ms) {
			world->now_ms = next->timer_ms;
		}
		relay_double_set_time(world->relay, world->now_ms);
		next->timer_ms = 0;
		input(next, &(struct kr_core_input){.kind = KR_CORE_TIMER});
		world_run(world);
	}
	world->now_ms = end_ms;
	relay_double_set_time(world->relay, end_ms);
	world_run(world);
}

/* ---- Clients ------------------------------------------------------------------- */

void world_init(struct world *world)
{
	const struct kr_secret seed = {{42}};

	memset(world, 0, sizeof(*world));
	assert_int_equal(kr_crypto_init(), KR_OK);
	world->relay = relay_double_new();
	world->now_ms = WORLD_BEGIN_MS;
	relay_double_set_time(world->relay, world->now_ms);
	kr_random_seeded_init(&world->random, &seed);
	world->rng = kr_random_seeded(&world->random);
}

void world_finish(struct world *world)
{
	for (size_t i = 0; i < world->num; i++) {
		struct world_client *c = &world->clients[i];

		kr_core_free(c->core);
		world_store_free(&c->store);
		cJSON_Delete(c->answers);
		cJSON_Delete(c->told);
	}
	relay_double_free(world->relay);
}

static void start(struct world_client *client)
{
	assert_int_equal(kr_core_new(&client->core), KR_OK);
	client->conn = -1;
	client->wants_connection = false;
	client->timer_ms = 0;
	client->num_stored = 0;
	for (size_t i = 0; i < client->store.num; i++) {
		assert_int_equal(kr_core_load(client->core,
					 kr_view_bytes(&client->store.list[i].key),
					 kr_view_bytes(&client->store.list[i].value)),
			KR_OK);
	}
	input(client, &(struct kr_core_input){.kind = KR_CORE_START});
}

struct world_client *world_join(struct world *world, const char *name)
{
	struct world_client *client = &world->clients[world->num++];

	assert_true(world->num <= WORLD_MAX);
	client->world = world;
	client->answers = cJSON_CreateObject();
	client->told = cJSON_CreateArray();
	start(client);
	(void)world_do(client,
		"{\"do\":\"init\",\"url\":\"ws://127.0.0.1/kring\",\"relay\":\"%s\","
		"\"name\":\"%s\",\"app\":\"https://app.test/join\"}",
		RELAY_DOUBLE_NAME, name);
	(void)world_do(client, "{\"do\":\"connect\"}");
	return client;
}

void world_disconnect(struct world_client *client)
{
	if (client->conn >= 0) {
		relay_double_disconnect(client->world->relay, client->conn);
		client->conn = -1;
		input(client,
			&(struct kr_core_input){
				.kind = KR_CORE_DISCONNECTED, .code = 1006});
	}
}

void world_restart(struct world_client *client)
{
	if (client->conn >= 0) {
		relay_double_disconnect(client->world->relay, client->conn);
	}
	kr_core_free(client->core);
	start(client);
}

/* ---- Commands and questions ---------------------------------------------------- */

static char *print(const char *format, va_list args)
{
	char *text = NULL;

	assert_true(vasprintf(&text, format, args) >= 0);
	return text;
}

static uint64_t say(struct world_client *client, char *text)
{
	input(client,
		&(struct kr_core_input){
			.kind = KR_CORE_COMMAND,
			.id = ++client->last_command,
			.bytes = kr_view_str(text),
		});
	free(text);
	return client->last_command;
}

uint64_t world_say(struct world_client *client, const char *format, ...)
{
	va_list args;
	uint64_t command;

	va_start(args, format);
	command = say(client, print(format, args));
	va_end(args);
	return command;
}

cJSON *world_answer(struct world_client *client, uint64_t command)
{
	char name[24];

	(void)snprintf(name, sizeof(name), "%llu", (unsigned long long)command);
	return cJSON_GetObjectItem(client->answers, name);
}

cJSON *world_do(struct world_client *client, const char *format, ...)
{
	va_list args;
	uint64_t command;
	cJSON *answer;

	va_start(args, format);
	command = say(client, print(format, args));
	va_end(args);
	world_run(client->world);
	answer = world_answer(client, command);
	assert_non_null(answer);
	return answer;
}

cJSON *world_ask(struct world_client *client, const char *format, ...)
{
	struct kr_bytes bytes;
	va_list args;
	cJSON *answer;
	char *text;

	va_start(args, format);
	text = print(format, args);
	va_end(args);
	assert_int_equal(kr_core_query(client->core, kr_view_str(text),
				 client->world->now_ms, &bytes),
		KR_OK);
	free(text);
	answer = parse(kr_view_bytes(&bytes));
	kr_bytes_free(&bytes);
	return answer;
}

const char *world_text(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItem(object, name);

	if (!cJSON_IsString(item)) {
		char *shown = cJSON_Print(object);

		fail_msg("no text \"%s\" in %s", name, shown);
	}
	return item->valuestring;
}

double world_number(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItem(object, name);

	assert_true(cJSON_IsNumber(item));
	return item->valuedouble;
}

const char *world_outcome(const cJSON *answer)
{
	return cJSON_HasObjectItem(answer, "ok") ? "ok" : world_text(answer, "error");
}

size_t world_alarms(struct world_client *client, const char *name)
{
	cJSON *answer = world_ask(client, "{\"ask\":\"alarms\"}");
	const cJSON *alarm;
	size_t num = 0;

	cJSON_ArrayForEach(alarm, cJSON_GetObjectItem(answer, "alarms"))
	{
		num += strcmp(world_text(alarm, "name"), name) == 0;
	}
	cJSON_Delete(answer);
	return num;
}

/* ---- A neighbourhood ----------------------------------------------------------- */

const char *world_found(struct world_client *founder)
{
	const cJSON *prepared = world_do(founder,
		"{\"do\":\"found_prepare\",\"name\":\"Elzenstraat\",\"recovery\":true}");
	const char *content = world_text(prepared, "content");
	const cJSON *founded = world_do(founder,
		"{\"do\":\"found\",\"grant\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"content\":\"%"
		"s\"}",
		content);

	world_run(founder->world);
	return world_text(founded, "community");
}

struct world_client *world_admit(
	struct world_client *coordinator, const char *community, const char *name)
{
	struct world_client *joiner = world_join(coordinator->world, name);
	const cJSON *invitation = world_do(
		coordinator, "{\"do\":\"invite\",\"community\":\"%s\"}", community);
	cJSON *requests;

	(void)world_do(joiner,
		"{\"do\":\"join\",\"link\":\"%s\",\"name\":\"%s\",\"check\":\"nr 7\"}",
		world_text(invitation, "link"), name);
	requests = world_ask(
		coordinator, "{\"ask\":\"requests\",\"community\":\"%s\"}", community);
	(void)world_do(coordinator,
		"{\"do\":\"admit\",\"community\":\"%s\",\"account\":\"%s\"}", community,
		world_text(
			cJSON_GetArrayItem(cJSON_GetObjectItem(requests, "requests"), 0),
			"account"));
	cJSON_Delete(requests);
	/* The joiner publishes key packages only now: the first fetch may be too
	 * early. */
	world_pass(coordinator->world, 5000);
	return joiner;
}
