/* One request on its way through the relay.
 *
 * The dispatcher (dispatch.c) decodes it, finds its verb in the one table, asks
 * permission and quota, and calls the handler. A handler either answers at once, or
 * builds an append and proposes it; the answer then follows from what the log says.
 * When the ground has moved under an append (a guard, a revision, a key), the same
 * request is handled anew from the start, in the state that is now: so every check is
 * written once. */
#ifndef KRING_RELAY_CALL_H
#define KRING_RELAY_CALL_H

#include <kring/case.h>

#include "server/relay/state.h"

/* What the account of the call is to the topic of the request; filled in as far as the
 * verb's permission asks for it. */
struct standing {
	struct store_topic community; /* position of the community's topic */
	struct store_member member;
	struct kr_topic community_topic;
	struct store_topic group; /* position of the group's topic */
	struct store_group group_state;
	struct store_route route;
	bool is_admin; /* of the group */
	struct kr_case_state case_state;
	struct store_topic inbox; /* position of the inbox's topic */
};

/* What an error tells besides its code. */
enum detail_field {
	DETAIL_SEQ = 1 << 0,
	DETAIL_REV = 1 << 1,
	DETAIL_HASH = 1 << 2,
	DETAIL_EPOCH = 1 << 3,
	DETAIL_UNTIL = 1 << 4,
	DETAIL_RETRY = 1 << 5,
	DETAIL_INCARNATION = 1 << 6,
};
struct detail {
	unsigned fields; /* enum detail_field */
	uint64_t seq;
	uint64_t rev;
	uint64_t epoch;
	uint64_t until_ms;
	uint64_t retry_ms;
	uint8_t hash[KR_SHA256_BYTES];
	uint8_t incarnation[KR_INCARNATION_BYTES];
	const char *field; /* NULL: none */
};

struct call {
	struct relay *relay;
	struct relay_conn *conn; /* NULL: the relay itself appends */
	const struct kr_request *request;
	const struct store_view *view;
	struct kr_view message; /* the request's bytes, to be kept with an append */
	bool is_text;
	struct pending *pending; /* set when the request is handled anew */
	bool is_repeat; /* its event id is known: what it was answered then, holds */
	struct store_entry before; /* is_repeat: its first event */
	struct standing standing;
	struct log_append *append;
	enum kr_err append_err; /* sticks */
	struct detail detail;
};

/* ---- dispatch.c ------------------------------------------------------------------- */

enum permission {
	PERMISSION_ANYBODY,     /* anonymous connections too */
	PERMISSION_DEVICE,      /* an authenticated device */
	PERMISSION_MEMBER,      /* of the community that is the topic */
	PERMISSION_COORDINATOR, /* of the community that is the topic */
	PERMISSION_ROUTED,      /* into the group that is the topic, and its community */
	PERMISSION_READER,      /* may read the topic */
	PERMISSION_PARTY,       /* may read the case that is the topic */
	PERMISSION_TEAM,        /* of the inbox that is the topic */
	PERMISSION_HEAD,        /* an administrator of that inbox */
	PERMISSION_KNOWN,       /* a device, or a reporter with the case open */
};

struct verb {
	enum permission permission;
	enum quota_class quota;
	bool appends; /* has an event id, and is answered when it is on disk */
	enum kr_err (*handle)(struct call *call);
};

/* Handle, and answer an error. Used for a request that just came, and for one anew. */
void call_run(struct call *call);

/* Fill in the standing. KR_ERR_FORBIDDEN, KR_ERR_STORE_…. */
enum kr_err standing_of(
	struct call *call, enum permission permission, const struct kr_topic *topic);
/* In a community: the member, and the position of the topic. */
enum kr_err standing_in_community(
	struct call *call, const uint8_t community[KR_ID_BYTES]);

/* ---- answer.c --------------------------------------------------------------------- */

/* An answer: begin, write further fields with the kr_json that it gives, end. One at a
 * time, in the relay's scratch. */
void answer_begin(struct relay *relay, struct kr_json *j, uint64_t id);
void answer_end(struct relay_conn *conn, struct kr_json *j);
void answer_ok(struct call *call);
/* The same with a body: what begin gives goes to end. */
size_t answer_body_begin(struct relay *relay, struct kr_json *j, uint64_t id);
void answer_body_end(
	struct relay_conn *conn, struct kr_json *j, size_t begin, struct kr_view body);
/* Is there room in the connection's queue for a page of answers? */
bool answer_has_room(const struct relay_conn *conn);
void answer_error(struct relay_conn *conn, uint64_t id, enum kr_err err,
	const struct detail *detail);
/* A page of events as messages onto the connection's queue, without those that a filter
 * refuses (NULL: none). */
enum kr_err answer_events(struct call *call, const struct store_entry *entries,
	size_t num, bool (*wanted)(const struct kr_event *event));

/* ---- append.c --------------------------------------------------------------------- */

/* Who appends: the connection's account, or nobody that is known. */
struct kr_view call_author(const struct call *call);

/* Add to the call's append, which is made with the first. Errors stick until
 * call_propose. The author is call_author, the id is the request's, the time is now, or
 * for a repeat that of what was stored. */
void call_event(struct call *call, enum kr_event_type type, const struct kr_topic *topic,
	const struct kr_event_head *head, struct kr_view body, uint64_t expect_rev);
/* In consequence of the others: not looked at when a request is repeated. */
void call_derived(struct call *call, enum kr_event_type type,
	const struct kr_topic *topic, const struct kr_event_head *head);
void call_guard(struct call *call, const struct kr_topic *topic, uint64_t rev);
/* A key is "<purpose>:" and up to two values. */
void call_key(struct call *call, const char *purpose, struct kr_view a, struct kr_view b);
enum kr_err call_key_taken(struct call *call, const char *purpose, struct kr_view a,
	struct kr_view b, bool *taken);

/* ---- pending.c -------------------------------------------------------------------- */

/* Hand the append to the committer. Whatever it returns, the append is no longer the
 * call's. KR_ERR_BUSY, KR_ERR_MEMORY, what stuck. */
enum kr_err call_propose(struct call *call);

/* The connection of an append under way is gone: let it end unanswered. */
void pending_orphan(struct pending *pending);
void pending_free(struct pending *pending);

/* The common part of handing over. KR_ERR_BUSY; then both stay the caller's. */
enum kr_err pending_propose(
	struct relay *relay, struct pending *pending, struct log_append *append);

/* ---- deliver.c -------------------------------------------------------------------- */

/* An event is on disk: end what it ends, and fan it out. */
void deliver_event(struct relay *relay, const struct log_event *stored);

/* ---- Handlers, a file for each subject -------------------------------------------- */

enum kr_err handle_ping(struct call *call); /* session.c */
enum kr_err handle_auth(struct call *call);
enum kr_err handle_device_add(struct call *call); /* devices.c */
enum kr_err handle_device_remove(struct call *call);
enum kr_err handle_keys_publish(struct call *call); /* keys.c */
enum kr_err handle_keys_count(struct call *call);
enum kr_err handle_keys_fetch(struct call *call);
enum kr_err handle_topic_head(struct call *call); /* topics.c */
enum kr_err handle_topic_read(struct call *call);
enum kr_err handle_topic_subscribe(struct call *call);
enum kr_err handle_topic_unsubscribe(struct call *call);
enum kr_err handle_account_topics(struct call *call);
enum kr_err handle_community_found(struct call *call); /* joining.c */
enum kr_err handle_community_invite(struct call *call);
enum kr_err handle_community_revoke(struct call *call);
enum kr_err handle_community_chain(struct call *call);
enum kr_err handle_community_request(struct call *call);
enum kr_err handle_community_admit(struct call *call);
enum kr_err handle_community_refuse(struct call *call);
enum kr_err handle_community_role(struct call *call); /* community.c */
enum kr_err handle_community_remove(struct call *call);
enum kr_err handle_community_mute(struct call *call);
enum kr_err handle_community_rules(struct call *call);
enum kr_err handle_community_notice(struct call *call);
enum kr_err handle_community_leave(struct call *call);
enum kr_err handle_group_create(struct call *call); /* group.c */
enum kr_err handle_group_post(struct call *call);
enum kr_err handle_group_leave(struct call *call);
enum kr_err handle_group_heal(struct call *call);
enum kr_err handle_group_void(struct call *call);
enum kr_err handle_group_commit(struct call *call); /* commit.c */
enum kr_err handle_inbox_create(struct call *call); /* inbox.c */
enum kr_err handle_inbox_update(struct call *call);
enum kr_err handle_inbox_read(struct call *call);
enum kr_err handle_inbox_cases(struct call *call);
enum kr_err handle_inbox_notice(struct call *call);
enum kr_err handle_case_open(struct call *call); /* case.c */
enum kr_err handle_case_keys(struct call *call);
enum kr_err handle_case_submit(struct call *call); /* case_append.c */
enum kr_err handle_case_append(struct call *call);
enum kr_err handle_case_note(struct call *call);

/* What the others use. */
static inline struct kr_view view_id(const uint8_t id[KR_ID_BYTES])
{
	return kr_view(id, KR_ID_BYTES);
}

/* Groups that one account can be routed into. KR_ERR_LIMIT: it is in that many;
 * group.c. */
#define MAX_GROUPS 200
enum kr_err group_has_room(struct call *call, const uint8_t account[KR_ID_BYTES]);

/* Everything the account is routed into within the community gets a group_left.
 * joining.c uses it to clear what a removal missed, community.c for leaving and
 * removal. */
enum kr_err call_unroute(struct call *call, const uint8_t community[KR_ID_BYTES],
	const uint8_t account[KR_ID_BYTES]);

/* A code of the operator for this purpose, good and not used yet; it is used up by the
 * append, and cannot be taken back meanwhile. joining.c. KR_ERR_GRANT, KR_ERR_STORE_…. */
#define GRANT_COMMUNITY 1
#define GRANT_INBOX     2
enum kr_err call_check_grant(
	struct call *call, const uint8_t hash[KR_SHA256_BYTES], uint32_t purpose);
void call_use_grant(struct call *call, const uint8_t hash[KR_SHA256_BYTES]);

/* The signal was not taken: the connection may try another, or authenticate. case.c */
void case_not_submitted(struct relay_conn *conn);

/* The account is in the team of an inbox that may read the case, whose state is then in
 * the standing: case.c. KR_ERR_FORBIDDEN, KR_ERR_STORE_…. */
enum kr_err case_read_by(struct call *call, const uint8_t case_id[KR_ID_BYTES]);
/* The account is in the team of the inbox whose notes these are. Likewise. */
enum kr_err notes_read_by(
	struct call *call, const uint8_t notes[KR_ID_BYTES], uint8_t inbox[KR_ID_BYTES]);

/* The record of an inbox as it is now, which must still be so when the append is stored:
 * inbox.c. KR_ERR_NOT_FOUND, KR_ERR_STORE_…. */
enum kr_err call_inbox(
	struct call *call, struct kr_inbox_record *out, const uint8_t inbox[KR_ID_BYTES]);

/* An event of a case, its wraps, and a word of it to every inbox that may read the case
 * before or after it: case_append.c. */
struct case_change {
	const struct kr_topic *topic;
	const struct store_topic *position; /* of the case, before */
	const struct kr_case_state *before;
	const struct kr_case_state *after;
	enum kr_event_type type;
	struct kr_event_head head;
	struct kr_view body;
	struct kr_view wraps; /* as wraps_pack gives them */
};
void call_case_change(struct call *call, const struct case_change *change);

/* How wraps are kept in topic `w`: for each recipient
 * struct { uint8 purpose; opaque party[32]; opaque wrap[80]; }, so that they are handed
 * out without a look into the event. */
#define WRAP_PURPOSE_BYTES 1
#define PACKED_WRAP_BYTES  (WRAP_PURPOSE_BYTES + KR_ID_BYTES + KR_WRAP_BYTES)
void wraps_pack(
	struct kr_writer *w, const struct kr_case_event *event, struct kr_view wraps);

/* The device may act for the account: devices.c. KR_ERR_AUTH_FAILED, KR_ERR_STORE_…. */
enum kr_err device_is_good(const struct store_view *view,
	const uint8_t account[KR_ID_BYTES],
	const uint8_t device[KR_ED25519_PUBLIC_BYTES]);

/* KR_ERR_EPOCH_TAKEN, KR_ERR_EPOCH_WRONG or KR_ERR_REV_PAST with its detail, or KR_OK
 * if the message fits the group's epoch and revision: group.c. */
enum kr_err group_check_epoch(struct call *call, uint64_t epoch, bool is_commit);

#endif
