#include "kept_keys.h"

#include <stdlib.h>

struct kr_kept_key {
	struct kr_kept_key *next;
	struct kr_kept_key_id id;
	struct kr_message_key key;
};

static bool is_of_same_ratchet(struct kr_kept_key_id a, struct kr_kept_key_id b)
{
	return a.leaf.v == b.leaf.v && a.kind == b.kind;
}

static bool is_same(struct kr_kept_key_id a, struct kr_kept_key_id b)
{
	return is_of_same_ratchet(a, b) && a.generation == b.generation;
}

/* Whether a stands before b in the list. */
static bool is_before(struct kr_kept_key_id a, struct kr_kept_key_id b)
{
	if (a.leaf.v != b.leaf.v) {
		return a.leaf.v < b.leaf.v;
	}
	if (a.kind != b.kind) {
		return a.kind < b.kind;
	}
	return a.generation < b.generation;
}

/* Put a new, empty key where link points; what was there comes behind it. */
static enum kr_err insert(struct kr_kept_key **link, struct kr_kept_key_id id)
{
	struct kr_kept_key *added = calloc(1, sizeof(*added));

	if (added == NULL) {
		return KR_ERR_MEMORY;
	}
	added->id = id;
	added->key.generation = id.generation;
	added->next = *link;
	*link = added;
	return KR_OK;
}

/* Wipe the key that link points to; link then points to the one behind it. */
static void drop(struct kr_kept_key **link)
{
	struct kr_kept_key *dropped = *link;

	*link = dropped->next;
	kr_wipe(dropped, sizeof(*dropped));
	free(dropped);
}

void kr_kept_keys_finish(struct kr_kept_keys *kept)
{
	kr_kept_run_free(&kept->first);
	kept->num = 0;
}

enum kr_err kr_kept_keys_copy(struct kr_kept_keys *copy, const struct kr_kept_keys *kept)
{
	struct kr_kept_key **end = &copy->first;
	enum kr_err err;

	*copy = (struct kr_kept_keys){0};
	for (const struct kr_kept_key *k = kept->first; k != NULL; k = k->next) {
		if ((err = insert(end, k->id))) {
			kr_kept_keys_finish(copy);
			return err;
		}
		(*end)->key = k->key;
		end = &(*end)->next;
		copy->num++;
	}
	return KR_OK;
}

const struct kr_message_key *kr_kept_keys_find(
	const struct kr_kept_keys *kept, struct kr_kept_key_id id)
{
	for (const struct kr_kept_key *k = kept->first; k != NULL; k = k->next) {
		if (is_same(k->id, id)) {
			return &k->key;
		}
	}
	return NULL;
}

void kr_kept_keys_remove(struct kr_kept_keys *kept, struct kr_kept_key_id id)
{
	struct kr_kept_key **link = &kept->first;

	while (*link != NULL && !is_same((*link)->id, id)) {
		link = &(*link)->next;
	}
	if (*link != NULL) {
		drop(link);
		kept->num--;
	}
}

enum kr_err kr_kept_run_push(
	struct kr_kept_key **run, struct kr_kept_key_id id, struct kr_message_key **key)
{
	enum kr_err err = insert(run, id);

	*key = err == KR_OK ? &(*run)->key : NULL;
	return err;
}

void kr_kept_run_free(struct kr_kept_key **run)
{
	while (*run != NULL) {
		drop(run);
	}
}

void kr_kept_keys_merge(struct kr_kept_keys *kept, struct kr_kept_key **run)
{
	struct kr_kept_key **link = &kept->first;
	struct kr_kept_key *moved;

	while (*run != NULL && *link != NULL && is_before((*link)->id, (*run)->id)) {
		link = &(*link)->next;
	}
	/* A run begins with its highest generation: each goes before the last one. */
	while ((moved = *run) != NULL) {
		*run = moved->next;
		moved->next = *link;
		*link = moved;
		kept->num++;
	}
}

/* The first key of the ratchet with the most keys; lead is how many it has more than any
 * other ratchet. */
static struct kr_kept_key **longest_ratchet(struct kr_kept_keys *kept, uint32_t *lead)
{
	struct kr_kept_key **link = &kept->first;
	struct kr_kept_key **longest = link;
	uint32_t longest_num = 0;

	*lead = 0;
	while (*link != NULL) {
		struct kr_kept_key **start = link;
		struct kr_kept_key_id id = (*start)->id;
		uint32_t num = 0;

		for (; *link != NULL && is_of_same_ratchet((*link)->id, id); num++) {
			link = &(*link)->next;
		}
		if (num > longest_num) {
			*lead = num - longest_num;
			longest = start;
			longest_num = num;
		} else if (longest_num - num < *lead) {
			*lead = longest_num - num;
		}
	}
	return longest;
}

void kr_kept_keys_trim(struct kr_kept_keys *kept, uint32_t max)
{
	while (kept->num > max) {
		uint32_t lead;
		struct kr_kept_key **oldest = longest_ratchet(kept, &lead);
		uint32_t num = lead > 0 ? lead : 1;

		/* A ratchet that leads stays the longest for that many keys: one search
		 * is enough for all of them. */
		if (num > kept->num - max) {
			num = kept->num - max;
		}
		kept->num -= num;
		for (; num > 0; num--) {
			drop(oldest);
		}
	}
}

enum kr_err kr_kept_keys_each(const struct kr_kept_keys *kept,
	enum kr_err (*check)(const void *ctx, struct kr_kept_key_id id), const void *ctx)
{
	enum kr_err err = KR_OK;

	for (const struct kr_kept_key *k = kept->first; k != NULL && err == KR_OK;
		k = k->next) {
		err = check(ctx, k->id);
	}
	return err;
}

void kr_kept_keys_write(struct kr_writer *w, const struct kr_kept_keys *kept)
{
	kr_write_u32(w, kept->num);
	for (const struct kr_kept_key *k = kept->first; k != NULL; k = k->next) {
		kr_write_u32(w, k->id.leaf.v);
		kr_write_u8(w, (uint8_t)k->id.kind);
		kr_write_u32(w, k->id.generation);
		kr_write_fixed(w, kr_view_secret(&k->key.key));
		kr_write_fixed(w, kr_view(k->key.nonce, sizeof(k->key.nonce)));
	}
}

static enum kr_err read_id(struct kr_reader *r, struct kr_kept_key_id *id)
{
	uint8_t kind;
	enum kr_err err;

	if ((err = kr_read_u32(r, &id->leaf.v)) || (err = kr_read_u8(r, &kind)) ||
		(err = kr_read_u32(r, &id->generation))) {
		return err;
	}
	id->kind = kind;
	return kind > KR_RATCHET_APPLICATION ? KR_ERR_ENCODING : KR_OK;
}

/* One key behind the last; last is NULL for the first. */
static enum kr_err read_key(
	struct kr_reader *r, const struct kr_kept_key *last, struct kr_kept_key **end)
{
	struct kr_kept_key_id id;

	if (read_id(r, &id) || (last != NULL && !is_before(last->id, id))) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	if (insert(end, id)) {
		return KR_ERR_MEMORY;
	}
	if (kr_read_copy(r, (*end)->key.key.bytes, sizeof((*end)->key.key.bytes)) ||
		kr_read_copy(r, (*end)->key.nonce, sizeof((*end)->key.nonce))) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	return KR_OK;
}

enum kr_err kr_kept_keys_read(struct kr_reader *r, struct kr_kept_keys *kept)
{
	struct kr_kept_key **end = &kept->first;
	struct kr_kept_key *last = NULL;
	uint32_t num;
	enum kr_err err;

	*kept = (struct kr_kept_keys){0};
	if (kr_read_u32(r, &num)) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	while (kept->num < num) {
		if ((err = read_key(r, last, end))) {
			kr_kept_keys_finish(kept);
			return err;
		}
		last = *end;
		end = &last->next;
		kept->num++;
	}
	return KR_OK;
}
