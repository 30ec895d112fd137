#include "clients/host/keystore_index.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct node {
	struct kr_view key;
	bool lives; /* else reserved */
	struct keystore_place place;
	size_t num_bytes;
	uint8_t key_bytes[];
};

static int compare(const void *a, const void *b)
{
	const struct node *x = a;
	const struct node *y = b;

	return kr_view_compare(x->key, y->key);
}

static struct node *find(const struct keystore_index *index, struct kr_view key)
{
	const struct node wanted = {.key = key};
	struct node **found = tfind(&wanted, &index->root, compare);

	return found ? *found : NULL;
}

void keystore_index_free(struct keystore_index *index)
{
	tdestroy(index->root, free);
	*index = (struct keystore_index){0};
}

enum kr_err keystore_index_reserve(struct keystore_index *index, struct kr_view key)
{
	struct node *node;

	if (find(index, key)) {
		return KR_OK;
	}
	node = malloc(sizeof(*node) + key.len);
	if (!node) {
		return KR_ERR_MEMORY;
	}
	*node = (struct node){.key = kr_view(node->key_bytes, key.len)};
	memcpy(node->key_bytes, key.data, key.len);
	if (!tsearch(node, &index->root, compare)) {
		free(node);
		return KR_ERR_MEMORY;
	}
	return KR_OK;
}

void keystore_index_release(struct keystore_index *index, struct kr_view key)
{
	struct node *node = find(index, key);

	if (node && !node->lives) {
		(void)tdelete(node, &index->root, compare);
		free(node);
	}
}

void keystore_index_apply(struct keystore_index *index,
	const struct kr_core_record *change, struct keystore_place place)
{
	struct node *node = find(index, change->key);

	if (!node) {
		return; /* deleted, and was not there */
	}
	index->num -= node->lives;
	index->num_bytes -= node->num_bytes;
	node->lives = !change->is_deleted;
	node->place = place;
	node->num_bytes = node->lives ? change->key.len + change->value.len : 0;
	index->num += node->lives;
	index->num_bytes += node->num_bytes;
}

bool keystore_index_lives(const struct keystore_index *index, struct kr_view key,
	struct keystore_place place)
{
	const struct node *node = find(index, key);

	return node && node->lives && node->place.batch == place.batch &&
		node->place.change == place.change;
}
