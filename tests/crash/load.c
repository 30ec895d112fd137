#include "load.h"

#include <stdio.h>
#include <string.h>

#define BODY_MAX 1500

/* A number that looks random and follows from its arguments (the finaliser of
 * MurmurHash3). */
static uint32_t mix(uint32_t thread, uint32_t n, uint32_t what)
{
	uint32_t h = thread * 0x9e3779b1U ^ n * 0x85ebca6bU ^ what * 0xc2b2ae35U;

	h ^= h >> 16;
	h *= 0x85ebca6bU;
	h ^= h >> 13;
	h *= 0xc2b2ae35U;
	return h ^ h >> 16;
}

static struct kr_topic topic_of(uint32_t number)
{
	uint8_t id[KR_ID_BYTES] = {(uint8_t)(1 + number % LOAD_GROUPS)};

	return kr_topic(KR_TOPIC_GROUP, id);
}

static size_t body_of(uint8_t body[BODY_MAX], uint32_t thread, uint32_t n)
{
	size_t len = mix(thread, n, 1) % BODY_MAX;

	for (size_t i = 0; i < len; i++) {
		body[i] = (uint8_t)(mix(thread, n, 2) >> i % 24);
	}
	return len;
}

unsigned load_num_events(uint32_t thread, uint32_t n)
{
	return mix(thread, n, 3) % 5 == 0 ? 2 : 1;
}

static void name_event(uint8_t id[KR_EVENT_ID_BYTES], uint32_t thread, uint32_t n)
{
	memset(id, 0, KR_EVENT_ID_BYTES);
	memcpy(id, &thread, sizeof(thread));
	memcpy(id + sizeof(thread), &n, sizeof(n));
}

void load_event_name(const struct kr_event *event, uint32_t *thread, uint32_t *n)
{
	memcpy(thread, event->id, sizeof(*thread));
	memcpy(n, event->id + sizeof(*thread), sizeof(*n));
}

bool load_event_is(const struct kr_event *event, uint32_t thread, uint32_t n)
{
	uint8_t id[KR_EVENT_ID_BYTES];
	uint8_t body[BODY_MAX];
	size_t len = body_of(body, thread, n);

	name_event(id, thread, n);
	return memcmp(event->id, id, sizeof(id)) == 0 &&
		kr_view_equal(event->body, kr_view(body, len));
}

struct log_append *load_append(uint32_t thread, uint32_t n)
{
	static const uint8_t head[8]; /* of a post: epoch 0 */
	uint8_t author[KR_ID_BYTES] = {(uint8_t)(1 + thread)};
	uint8_t body[BODY_MAX];
	uint32_t first = mix(thread, n, 4);
	char key[32];
	struct kr_event event = {
		.type = KR_EVENT_POST,
		.author = kr_view(author, sizeof(author)),
		.time_ms = n,
		.head = kr_view(head, sizeof(head)),
		.body = kr_view(body, body_of(body, thread, n)),
	};
	struct log_append *append = log_append_new();
	enum kr_err err = append == NULL ? KR_ERR_MEMORY : KR_OK;

	name_event(event.id, thread, n);
	for (unsigned i = 0; err == KR_OK && i < load_num_events(thread, n); i++) {
		event.topic = topic_of(first + i);
		err = log_append_event(append, &event, LOG_REV_ANY);
	}
	(void)snprintf(key, sizeof(key), "key %u %u", thread, n);
	if (err == KR_OK) {
		err = log_append_key(append, kr_view_str(key));
	}
	if (err != KR_OK) {
		log_append_free(append);
		return NULL;
	}
	return append;
}
