/* The outbox: what was decided here and the relay has not stored yet. It survives
 * everything, and each thing in it happens once: it is repeated under the same event id,
 * byte for byte, until the relay has answered. */
#ifndef CLIENTS_CORE_OUTBOX_H
#define CLIENTS_CORE_OUTBOX_H

#include <cjson/cJSON.h>

#include <kring/request.h>

struct kr_core;
struct answer;

enum op_kind {
	OP_REQUEST = 1, /* a request that is ready: request */
	OP_POST = 2,    /* content for a group; request as soon as it is encrypted */
	OP_COMMIT = 3,  /* a commit that is ready, for one epoch; dropped when it loses */
	OP_CHANGE = 4,  /* a change of a group that the next own commit brings about */
};

struct op {
	struct op *next;
	/* Stored. */
	uint64_t number; /* order in which they were made */
	enum op_kind kind;
	uint8_t event[KR_EVENT_ID_BYTES];
	char what[24]; /* the command's name: "invite" */
	uint64_t since_ms;
	struct kr_topic topic; /* in which its event comes back; a change: the group's */
	bool done_at_answer;   /* the topic is one that this client cannot read (yet) */
	struct kr_bytes plain; /* post: content; change: group.h says */
	struct kr_bytes request; /* a whole message of request.h; empty: not ready */
	/* Not stored. */
	uint64_t command;  /* who waits for it; 0: nobody */
	cJSON *answer;     /* its fields, beside "ok" */
	bool is_in_flight; /* sent on this connection, not answered */
	bool is_accepted;  /* the relay said so; its event is still to come */
	uint64_t retry_ms; /* not before */
	unsigned num_tries;
};

struct outbox {
	struct op *first; /* by number */
	uint64_t last_number;
};

/* Put something in. The op is copied, its plain, request and answer move (and are let go
 * on an error). event may be zero: then one is made. Tells `queued` if a command waits.
 * *added (may be NULL) stays valid until it is done. */
enum kr_err outbox_add(struct kr_core *core, struct op *op, struct op **added);
/* The usual case: a request with a body, whose event comes back in request->topic. The
 * request's event id is made here, unless it is there already. */
enum kr_err outbox_add_request(struct kr_core *core, struct kr_request *request,
	const char *what, uint64_t command, cJSON *answer);

/* Likewise, and done when the relay has answered: its event comes back elsewhere. */
enum kr_err outbox_add_request_at_answer(struct kr_core *core, struct kr_request *request,
	const char *what, uint64_t command, cJSON *answer);

/* Keep a change of kind, plain or request. */
enum kr_err outbox_update(struct kr_core *core, struct op *op);

/* It is over: answer who waits (err KR_OK: with op->answer), tell `failed` otherwise, and
 * forget it. code is the relay's word for err, or NULL. */
enum kr_err outbox_finish(
	struct kr_core *core, struct op *op, enum kr_err err, const char *code);

struct op *outbox_find(struct kr_core *core, const uint8_t event[KR_EVENT_ID_BYTES]);
/* The first of this kind for a topic; NULL. */
struct op *outbox_first(
	struct kr_core *core, enum op_kind kind, const struct kr_topic *topic);

/* An event with this id came in a topic, by this account: if it is one of ours, it is
 * done. Called by topics after the event was applied. */
enum kr_err outbox_seen(struct kr_core *core, const struct kr_event *event);

enum kr_err outbox_load(struct kr_core *core);
void outbox_free(struct kr_core *core);
void outbox_disconnected(struct kr_core *core);
/* Send what can be sent: one thing at a time for each topic, in order. Posts and commits
 * are made ready by group_prepare (group.h). */
enum kr_err outbox_reconcile(struct kr_core *core);
enum kr_err ask_outbox(const struct kr_core *core, const cJSON *question, cJSON *answer);

#endif
