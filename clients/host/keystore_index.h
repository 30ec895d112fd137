/* Which records live, and where each was last written: what tells a keystore's data from
 * its garbage. Values stay in the file. */
#ifndef KRING_HOST_KEYSTORE_INDEX_H
#define KRING_HOST_KEYSTORE_INDEX_H

#include <kring/core.h>

/* A place in the file: the batch, and which of its changes. */
struct keystore_place {
	uint64_t batch;
	uint32_t change;
};

struct keystore_index {
	void *root; /* of a search tree; NULL: empty */
	uint64_t num;
	uint64_t num_bytes; /* of their keys and values */
};

void keystore_index_free(struct keystore_index *index);

/* Make room for key, so that keystore_index_put of it cannot fail. It is not in the index
 * by that. KR_ERR_MEMORY. */
enum kr_err keystore_index_reserve(struct keystore_index *index, struct kr_view key);

/* Give the room back, if key is not in the index. */
void keystore_index_release(struct keystore_index *index, struct kr_view key);

/* Take a change in. For a put there has to be room; a deletion keeps it. */
void keystore_index_apply(struct keystore_index *index,
	const struct kr_core_record *change, struct keystore_place place);

/* Whether the change at place is the one that counts for key. */
bool keystore_index_lives(const struct keystore_index *index, struct kr_view key,
	struct keystore_place place);

#endif
