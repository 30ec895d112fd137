/* The messages of a group, found fast: who wrote which, what refers to what, and what
 * counts (CONTENT.md §2). Built from the kept events when the machine is loaded, kept up
 * to date as they come. */
#ifndef CLIENTS_CORE_FEED_H
#define CLIENTS_CORE_FEED_H

#include <kring/content.h>

#include "clients/core/topics.h"

struct group;
struct kr_core;
struct feed;
struct feed_entry;

struct feed *feed_new(void);
void feed_free(struct feed *feed);
/* From what is kept. */
enum kr_err feed_load(struct kr_core *core, struct group *group);
/* An event of this group was kept, or kept anew. Tells the user of a new message. */
enum kr_err feed_add(struct kr_core *core, struct group *group, uint64_t seq);

/* A message. Views point into records. */
struct feed_message {
	struct kept_event event;
	bool is_readable; /* then content is set */
	bool is_known;    /* and of a kind and version known here */
	struct kr_content content;
};
/* KR_ERR_NOT_FOUND. */
enum kr_err feed_message(const struct kr_core *core, const struct group *group,
	uint64_t seq, struct feed_message *out);
/* The entries in order of seq. */
size_t feed_num(const struct feed *feed);
const struct feed_entry *feed_at(const struct feed *feed, size_t i);
const struct feed_entry *feed_find(
	const struct feed *feed, const struct kr_content_ref *ref);

/* What others say of a message. */
struct feed_entry {
	uint64_t seq;
	struct kr_content_ref id;
	uint16_t kind;           /* 0: unreadable */
	uint64_t refers;         /* seq of the message it refers to; 0: none */
	uint64_t edit;           /* seq of the latest edit by its author; 0: none */
	uint64_t retraction;     /* likewise */
	uint64_t take_down;      /* of an administrator, latest */
	uint32_t corroborations; /* accounts other than the author's */
	bool is_corroborated;    /* by this account */
	uint32_t comments;
	uint32_t called_112;
	uint64_t *threads; /* seqs of what refers to it */
	size_t num_threads;
};

#endif
