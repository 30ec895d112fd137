/* All records of the keystore, in memory and in order of their keys, and the changes of
 * the present input that the host has yet to store. */
#ifndef CLIENTS_CORE_RECORDS_H
#define CLIENTS_CORE_RECORDS_H

#include <kring/codec.h>
#include <kring/core.h>
#include <kring/event.h>

struct kr_core;

/* The first byte of a key says what the record is; a record is written by one module. */
enum record_kind {
	RECORD_IDENTITY = 'i',    /* one */
	RECORD_TOPIC = 't',       /* topic: the cursor */
	RECORD_EVENT = 'e',       /* topic, seq: an event that was kept */
	RECORD_OP = 'o',          /* number: something in the outbox */
	RECORD_KEY_PACKAGE = 'k', /* ref: secrets of a published key package */
	RECORD_COMMUNITY = 'c', /* community: what no event says (the seed, the state) */
	RECORD_GROUP = 'g',     /* group: MLS state; */
	RECORD_RATCHETS = 'r',  /* group: and its ratchets */
	RECORD_GROUP_BEFORE = 'G',    /* group: both before the latest commit, to which */
	RECORD_RATCHETS_BEFORE = 'R', /* group: a void goes back */
	RECORD_GROUP_FACTS = 'f',     /* group: what MLS does not know */
	RECORD_PINS = 'p',            /* group: which identity was behind which inbox */
	RECORD_WELCOME = 'w',         /* group: a Welcome that cannot be judged yet */
	RECORD_INBOX = 'I',           /* inbox: what no record says */
	RECORD_INBOX_RECORD = 'j',    /* inbox, number: its signed record */
	RECORD_CASE = 'd',            /* case: what no event says */
	RECORD_CASE_SECRET = 'y',     /* case, seq, kind of envelope: its key */
	RECORD_ALARM = 'a',           /* number */
	RECORD_KEPT = 'n',            /* scope, name or event: of the user interface */
};

struct record {
	struct kr_bytes key;
	struct kr_bytes value;
	bool is_dirty;
	bool is_deleted; /* until it is stored; then it goes */
};

/* Sorted by key. A record stays where it is in memory as long as it lives. */
struct records {
	struct record **list;
	size_t num;
	size_t cap;
	struct record **dirty; /* those of the present input, in any order */
	size_t num_dirty;
	size_t cap_dirty;
	size_t num_deleted; /* that are still in the list */
};

/* A key, built up in place. */
struct record_key {
	uint8_t bytes[KR_CORE_KEY_MAX];
	size_t len;
};

struct record_key record_key(enum record_kind kind);
struct record_key record_key_id(enum record_kind kind, const uint8_t id[KR_ID_BYTES]);
struct record_key record_key_number(enum record_kind kind, uint64_t number);
struct record_key record_key_topic(const struct kr_topic *topic);
/* An id, and a number below it; one more byte. */
struct record_key record_key_id_number(
	enum record_kind kind, const uint8_t id[KR_ID_BYTES], uint64_t number);
void record_key_add(struct record_key *key, uint8_t byte);
struct record_key record_key_event(const struct kr_topic *topic, uint64_t seq);

static inline struct kr_view record_key_view(const struct record_key *key)
{
	return kr_view(key->bytes, key->len);
}

void records_free(struct records *records);

/* As the host loads it: not dirty. KR_ERR_EXISTS, KR_ERR_MEMORY. */
enum kr_err records_load(
	struct records *records, struct kr_view key, struct kr_view value);

/* NULL if there is none. */
const struct record *records_get(const struct records *records, struct kr_view key);

/* Write, or write anew; the value is copied. KR_ERR_MEMORY, KR_ERR_TOO_LARGE. */
enum kr_err records_put(
	struct records *records, const struct record_key *key, struct kr_view value);
/* Likewise what a writer holds, with the writer's error; the writer is emptied. */
enum kr_err records_put_writer(
	struct records *records, const struct record_key *key, struct kr_writer *w);

/* Fine if there is none. KR_ERR_MEMORY. */
enum kr_err records_delete(struct records *records, const struct record_key *key);
/* All whose keys begin so. */
enum kr_err records_delete_prefix(struct records *records, struct kr_view prefix);

/* Those whose keys begin with prefix, ascending: start with *at = 0; NULL after the last.
 * No record may be added or deleted in between. */
const struct record *records_next(
	const struct records *records, struct kr_view prefix, size_t *at);

/* What is dirty, by key, as the host is to store it: an array that the caller frees, of
 * views that are valid until the records change. Everything counts as clean
 * afterwards. */
enum kr_err records_changes(
	struct records *records, struct kr_core_record **changes, size_t *num);
/* Records that were deleted and given to the host go now. */
void records_forget_deleted(struct records *records);

#endif
