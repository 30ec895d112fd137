#include "server/log/log.h"

#include <stdlib.h>
#include <string.h>

/* Bytes are copied into blocks that never move, so that views into them stay good. Most
 * appends are one post and fit into the first. */
#define BLOCK_BYTES 1024

struct log_block {
	struct log_block *next;
	size_t len;
	size_t cap;
	uint8_t data[];
};

struct log_append *log_append_new(void)
{
	return calloc(1, sizeof(struct log_append));
}

void log_append_free(struct log_append *a)
{
	if (a == NULL) {
		return;
	}
	while (a->blocks != NULL) {
		struct log_block *block = a->blocks;

		a->blocks = block->next;
		free(block);
	}
	free(a->events);
	free(a->guards);
	free(a->keys);
	free(a);
}

static enum kr_err copy(struct log_append *a, struct kr_view *v)
{
	struct log_block *block = a->blocks;

	if (v->len == 0) {
		*v = kr_view(NULL, 0);
		return KR_OK;
	}
	if (block == NULL || block->cap - block->len < v->len) {
		size_t cap = v->len > BLOCK_BYTES ? v->len : BLOCK_BYTES;

		block = malloc(sizeof(*block) + cap);
		if (block == NULL) {
			return KR_ERR_MEMORY;
		}
		*block = (struct log_block){.next = a->blocks, .cap = cap};
		a->blocks = block;
		a->num_bytes += cap;
	}
	memcpy(block->data + block->len, v->data, v->len);
	v->data = block->data + block->len;
	block->len += v->len;
	return KR_OK;
}

/* Room for one more item of a list that holds num of them; it grows by doubling. */
static enum kr_err reserve(struct log_append *a, void **list, size_t num, size_t item_len)
{
	void *grown;

	if (num != 0 && (num & (num - 1)) != 0) {
		return KR_OK; /* between two powers of two there is room */
	}
	grown = realloc(*list, (num == 0 ? 1 : 2 * num) * item_len);
	if (grown == NULL) {
		return KR_ERR_MEMORY;
	}
	a->num_bytes += (num == 0 ? 1 : num) * item_len;
	*list = grown;
	return KR_OK;
}

static enum kr_err add_event(struct log_append *a, const struct kr_event *event,
	uint64_t expect_rev, bool derived)
{
	struct kr_event stored = *event;
	void *list = a->events;
	enum kr_err err;

	if (a->num_events == LOG_EVENTS_MAX || event->body.len > LOG_BODY_BYTES_MAX) {
		return KR_ERR_LIMIT;
	}
	if (!derived && a->num_events > 0 && a->events[a->num_events - 1].derived) {
		return KR_ERR_ARGUMENT;
	}
	if ((err = reserve(a, &list, a->num_events, sizeof(a->events[0])))) {
		return err;
	}
	a->events = list;
	if ((err = copy(a, &stored.author)) || (err = copy(a, &stored.head)) ||
		(err = copy(a, &stored.body))) {
		return err;
	}
	a->events[a->num_events++] = (struct log_event){
		.event = stored,
		.expect_rev = expect_rev,
		.derived = derived,
	};
	return KR_OK;
}

enum kr_err log_append_event(
	struct log_append *a, const struct kr_event *event, uint64_t expect_rev)
{
	return add_event(a, event, expect_rev, false);
}

enum kr_err log_append_derived(
	struct log_append *a, const struct kr_event *event, uint64_t expect_rev)
{
	return add_event(a, event, expect_rev, true);
}

enum kr_err log_append_guard(
	struct log_append *a, const struct kr_topic *topic, uint64_t rev)
{
	void *list = a->guards;
	enum kr_err err;

	if (a->num_guards == LOG_GUARDS_MAX) {
		return KR_ERR_LIMIT;
	}
	if ((err = reserve(a, &list, a->num_guards, sizeof(a->guards[0])))) {
		return err;
	}
	a->guards = list;
	a->guards[a->num_guards++] = (struct log_guard){.topic = *topic, .rev = rev};
	return KR_OK;
}

enum kr_err log_append_key(struct log_append *a, struct kr_view key)
{
	void *list = a->keys;
	enum kr_err err;

	if (a->num_keys == LOG_KEYS_MAX || key.len == 0 || key.len > LOG_KEY_BYTES_MAX) {
		return KR_ERR_LIMIT;
	}
	if ((err = reserve(a, &list, a->num_keys, sizeof(a->keys[0])))) {
		return err;
	}
	a->keys = list;
	if ((err = copy(a, &key))) {
		return err;
	}
	a->keys[a->num_keys++] = key;
	return KR_OK;
}
