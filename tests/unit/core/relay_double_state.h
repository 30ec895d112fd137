/* What the parts of the double share. */
#ifndef TESTS_UNIT_CORE_RELAY_DOUBLE_STATE_H
#define TESTS_UNIT_CORE_RELAY_DOUBLE_STATE_H

#include "tests/unit/core/relay_double.h"

#include <kring/mls_header.h>

#define MAX_TOPICS 4096
#define MAX_CONNS  1100
#define MAX_SUBS   16

struct stored {
	struct kr_event event;
	uint8_t hash[KR_SHA256_BYTES];
	uint8_t author[KR_ID_BYTES];
	struct kr_bytes head;
	struct kr_bytes body;
};

/* Of a community: a member; of a group: routed in. */
struct standing {
	uint8_t account[KR_ID_BYTES];
	bool is_admin;
	bool is_in;
	bool asks;
	uint64_t since_seq;
	uint64_t muted_until_ms;
};

struct package {
	uint8_t community[KR_ID_BYTES];
	uint8_t key[KR_ED25519_PUBLIC_BYTES];
	bool is_last_resort;
	struct kr_bytes bytes;
};

struct double_topic {
	struct kr_topic name;
	struct stored **events;
	uint64_t trimmed_seq;
	uint64_t seq;
	uint64_t rev;
	uint8_t hash[KR_SHA256_BYTES];
	struct standing *members;
	size_t num_members;
	/* A group. */
	uint8_t community[KR_ID_BYTES];
	bool is_main;
	uint64_t epoch;
	bool can_void; /* the latest commit, */
	uint64_t commit_seq;
	bool is_confirmed;
	/* An account. */
	struct package *packages;
	size_t num_packages;
	/* A case. */
	struct kr_case_state state;
	/* Notes: whose. */
	uint8_t inbox[KR_ID_BYTES];
};

/* How far an account was told of a topic, from the first lie about it on. */
struct told {
	struct told *next;
	uint8_t account[KR_ID_BYTES];
	struct kr_topic topic;
	uint64_t true_seq;
	uint64_t seq; /* as it was told, */
	uint64_t rev;
	uint8_t hash[KR_SHA256_BYTES];
};

struct queued {
	struct queued *next;
	struct kr_bytes message;
	bool is_text;
};

struct subscription {
	struct kr_topic topic;
	uint64_t next_seq;
};

struct double_conn {
	bool is_open;
	bool is_authenticated;
	uint8_t account[KR_ID_BYTES];
	uint8_t key[KR_ED25519_PUBLIC_BYTES];
	bool has_case; /* a reporter's */
	uint8_t case_id[KR_ID_BYTES];
	struct subscription subs[MAX_SUBS];
	size_t num_subs;
	struct queued *first;
	struct queued **last;
};

/* An answer that is given again. */
struct answered {
	struct answered *next;
	uint8_t account[KR_ID_BYTES];
	uint8_t event[KR_EVENT_ID_BYTES];
	uint8_t request[KR_SHA256_BYTES]; /* hash of its body */
	struct kr_topic topic;
	uint64_t seq;
	uint64_t rev;
	uint8_t hash[KR_SHA256_BYTES];
	struct kr_bytes package; /* keys.fetch */
	uint8_t device[KR_ED25519_PUBLIC_BYTES];
	bool is_last_resort;
};

struct relay_double {
	uint64_t now_ms;
	struct relay_lie lie;
	struct kr_ed25519_keypair key;
	uint8_t incarnation[KR_INCARNATION_BYTES];
	struct told *told;
	struct double_topic *topics[MAX_TOPICS];
	size_t num_topics;
	struct double_conn conns[MAX_CONNS];
	size_t num_conns;
	struct answered *answered;
};

/* The request at hand. */
struct double_call {
	struct relay_double *relay;
	int conn;
	const struct kr_request *request;
	struct double_topic *topic; /* of the request; NULL if there is none */
	/* Told with an error. */
	struct double_topic *place;
	bool tells_epoch;
};

struct double_topic *double_topic(
	struct relay_double *relay, const struct kr_topic *name);
struct double_topic *double_topic_make(
	struct relay_double *relay, const struct kr_topic *name);
struct standing *double_standing(
	struct double_topic *topic, const uint8_t account[KR_ID_BYTES]);
struct standing *double_standing_make(
	struct double_topic *topic, const uint8_t account[KR_ID_BYTES]);
/* May this account read it? */
bool double_may_read(struct relay_double *relay, struct double_topic *topic,
	const uint8_t account[KR_ID_BYTES]);
void double_send(struct relay_double *relay, int conn, struct kr_writer *w, bool is_text);
/* {"re":id, to be gone on with. */
void double_begin_answer(struct kr_json *j, struct kr_writer *w, uint64_t id);
void double_answer_error(struct double_call *call, const char *code, enum kr_retry retry);
void double_end(struct relay_double *relay, const struct kr_topic *topic,
	const uint8_t account[KR_ID_BYTES]);
/* "begun", to each of its connections that does not follow the topic. */
void double_begin(struct relay_double *relay, const struct kr_topic *topic,
	const uint8_t account[KR_ID_BYTES]);
/* Event seq of a topic to one client, as it is or otherwise. */
void double_deliver(struct relay_double *relay, int conn,
	const struct double_topic *topic, uint64_t seq);
/* Where in truth a client is that says it has come so far. */
uint64_t double_true_seq(const struct relay_double *relay, int conn,
	const struct kr_topic *topic, uint64_t after);
struct stored *double_append(struct relay_double *relay, const struct kr_topic *topic,
	enum kr_event_type type, const uint8_t *author,
	const uint8_t id[KR_EVENT_ID_BYTES], const struct kr_event_head *head,
	struct kr_view body);
/* What this request is answered with, now and when it comes again. */
void double_remember(
	struct double_call *call, const struct stored *stored, struct kr_view package);

/* The verbs that append. KR_OK or the error to answer. */
enum kr_err double_do(struct double_call *call);
enum kr_err double_do_inbox(struct double_call *call);
enum kr_err double_do_case(struct double_call *call);
/* The verbs that read; true if it was one. */
bool double_read(struct double_call *call);
/* What has come due is said. */
void double_clocks(struct relay_double *relay);
/* The newest record; false: there is no such inbox. */
bool double_record(const struct relay_double *relay, const uint8_t inbox[KR_ID_BYTES],
	struct kr_inbox_record *record);
bool double_may_read_case(const struct relay_double *relay,
	const struct double_topic *topic, const uint8_t account[KR_ID_BYTES]);

#endif
