/* The messages of a group, found fast: who wrote which, what refers to what, and what
 * counts (proto/CONTENT.md §2). Built from the kept events when the machine is loaded,
 * kept up to date as they come. */
#ifndef CLIENTS_CORE_GROUP_FEED_H
#define CLIENTS_CORE_GROUP_FEED_H

#include <kring/content.h>
#include <kring/inbox.h>

#include "clients/core/group/parts.h"

/* What others say of a message. */
struct feed_entry {
	uint64_t seq;
	struct kr_content_ref id;
	uint16_t kind;           /* enum kr_content_kind, or another; 0: unreadable */
	bool is_own;             /* by this account */
	size_t refers;           /* entry that it refers to, plus one; 0: none */
	uint64_t edit;           /* seq of the latest edit by its author; 0: none */
	uint64_t retraction;     /* likewise */
	uint64_t take_down;      /* seq of the latest; whether it counts is asked */
	uint32_t corroborations; /* accounts other than the author's */
	bool is_corroborated;    /* by this account */
	uint32_t comments;
	uint32_t called_112;
	size_t *thread; /* entries that refer to it, in order */
	size_t num_thread;
};

struct feed_name {
	uint8_t account[KR_ID_BYTES];
	uint64_t seq; /* of its latest display_name */
};

struct feed_commitment {
	uint8_t hash[KR_SHA256_BYTES]; /* kr_text_commit of the text and its salt */
	uint64_t seq;
};

/* A notice of a professional inbox, brought by a coordinator: notices.h. */
struct feed_notice {
	uint8_t inbox[KR_ID_BYTES];
	uint8_t event[KR_EVENT_ID_BYTES]; /* the notice's own, not the post's */
	uint64_t seq;                     /* of the post that brought it first */
};

/* What is known of an inbox by the records that came with notices: of the newest one. */
struct feed_inbox {
	uint8_t inbox[KR_ID_BYTES];
	uint64_t number;
	uint8_t team[KR_INBOX_TEAM_MAX][KR_ED25519_PUBLIC_BYTES]; /* device keys */
	size_t num_team;
	bool has_moved;
	uint8_t successor[KR_ED25519_PUBLIC_BYTES];
};

struct feed {
	struct feed_entry *entries; /* in order of seq */
	size_t num;
	size_t cap;
	size_t *slots; /* hash table of entry numbers, plus one; cap * 2 of them */
	struct feed_name *names; /* by account */
	size_t num_names;
	size_t cap_names;
	struct feed_commitment *commitments;
	size_t num_commitments;
	struct feed_notice *notices; /* those that count, in order */
	size_t num_notices;
	struct feed_inbox *inboxes;
	size_t num_inboxes;
};

struct feed *feed_new(void);
void feed_free(struct feed *feed);
/* From what is kept. */
enum kr_err feed_load(struct kr_core *core, struct group *group);
/* A post was kept, or kept anew. Tells the user of it. */
enum kr_err feed_add(struct kr_core *core, struct group *group, uint64_t seq);

/* A message. Views point into records. */
struct feed_message {
	struct kept_event event;
	struct kept_message kept;
	bool is_readable; /* then content is set */
	struct kr_content content;
};
/* KR_ERR_NOT_FOUND. */
enum kr_err feed_message(const struct kr_core *core, const struct group *group,
	uint64_t seq, struct feed_message *out);
/* NULL: not known, or not any more. */
const struct feed_entry *feed_find(
	const struct feed *feed, const struct kr_content_ref *ref);
/* The first entry with this seq or a later one. */
size_t feed_place(const struct feed *feed, uint64_t seq);

/* The take-down of a message that counts: with a signed statement behind it. A view of
 * its reason. KR_ERR_NOT_FOUND. */
enum kr_err feed_taken_down(const struct kr_core *core, const struct group *group,
	const struct feed_entry *entry, struct kr_view *reason);

#endif
