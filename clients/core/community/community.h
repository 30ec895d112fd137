/* Communities, as the events of their topics make them: the chain of coordinators,
 * members and their certificates, invitations, requests, statements. Every record is
 * checked against the genesis; what fails raises an alarm and counts for nothing. */
#ifndef CLIENTS_CORE_COMMUNITY_COMMUNITY_H
#define CLIENTS_CORE_COMMUNITY_COMMUNITY_H

#include <kring/trust.h>

#include "clients/core/commands.h"
#include "clients/core/topics.h"

struct op;

enum community_state {
	COMMUNITY_FOUNDING = 1, /* community.found is in the outbox */
	/* The relay says that this account is in it: believed as soon as its genesis or
	 * an admission says so. */
	COMMUNITY_FOLLOWED,
	COMMUNITY_ASKED, /* the request is made; the topic is still closed */
	COMMUNITY_REFUSED,
	COMMUNITY_MEMBER,
	COMMUNITY_REMOVED,
	COMMUNITY_LEFT,
};

enum member_state {
	MEMBER_ASKS = 1, /* an open request */
	MEMBER_REFUSED,
	MEMBER_IN,
	MEMBER_REMOVED,
	MEMBER_LEFT,
};

/* An account that asked, is, or was in. */
struct community_member {
	uint8_t account[KR_ID_BYTES];
	enum member_state state;
	uint64_t asked_seq; /* of the open request's event */
	uint64_t since_ms;
	uint64_t seq; /* of the event that put it into this state */
	/* The certificates that it was given (`admitted`), 217 bytes each, latest last.
	 * Empty once it is out. */
	struct kr_bytes certificates;
	uint64_t muted_until_ms;
};

/* A statement that stands in the topic and was signed by who may. */
struct community_statement {
	uint8_t hash[KR_SHA256_BYTES]; /* of its bytes */
	uint8_t text[KR_SHA256_BYTES]; /* the commitment */
	enum kr_statement_kind kind;
	uint64_t seq;
};

/* A further device of a member, shown in the community's group and not certified yet. */
struct community_device {
	uint8_t account[KR_ID_BYTES];
	uint8_t key[KR_ED25519_PUBLIC_BYTES];
	uint64_t due_ms; /* somebody else may come first */
};

struct community_invitation {
	struct kr_invitation signed_part;
	uint64_t seq;
	uint32_t num_used;
	bool is_revoked;
};

struct community {
	struct community *next;
	uint8_t id[KR_ID_BYTES];
	/* Stored as RECORD_COMMUNITY. */
	enum community_state state;
	bool must_request;            /* to join: the request is still to be made */
	struct kr_secret invite_seed; /* for it */
	struct kr_bytes asked_name;   /* and its note */
	struct kr_bytes asked_check;
	struct kr_bytes asked_of; /* keys of the coordinators then, 32 bytes each */
	struct kr_bytes
		group_name;      /* the own group is still to be made, with this name */
	struct kr_bytes refusal; /* the reason, of COMMUNITY_REFUSED */
	uint8_t main_group[KR_ID_BYTES]; /* zero: not known yet */
	struct community_device *shown;
	size_t num_shown;
	struct kr_bytes gone; /* serials of devices that were removed by their account */
	/* From the events. */
	bool is_founded; /* the chain has begun */
	struct kr_chain chain;
	struct kr_bytes certificate; /* of this device; empty: none yet */
	struct community_member *members;
	size_t num_members;
	size_t *by_account; /* their places, in order of account */
	struct community_invitation *invitations;
	size_t num_invitations;
	struct community_statement *statements;
	size_t num_statements;
	struct kr_bytes ended;          /* serials, 8 bytes each */
	struct kr_bytes refused_events; /* seq of what counts for nothing, 8 bytes each */
	uint8_t rules[KR_SHA256_BYTES]; /* the commitment that was signed last */
	uint64_t rules_ms;
	/* Of the connection: the chain that is read to join. */
	bool is_reading;
	uint64_t read_seq;
	uint64_t read_after_ms; /* not before */
	uint64_t join_command;  /* waits for the request to be stored; 0: nobody */
	/* Of the connection: key packages at the relay. */
	bool is_counting;
	bool is_counted;
	bool is_published; /* since they were counted */
	uint64_t num_packages;
	bool has_last_resort;
};

enum kr_err communities_load(struct kr_core *core);
void communities_free(struct kr_core *core);
/* NULL: never heard of. Both. */
struct community *community_find(struct kr_core *core, const uint8_t id[KR_ID_BYTES]);
const struct community *community_look(
	const struct kr_core *core, const uint8_t id[KR_ID_BYTES]);
/* The field "community" of a command or question. KR_ERR_FIELD, KR_ERR_NOT_FOUND. */
enum kr_err community_of(struct kr_core *core, const cJSON *args, struct community **out);
enum kr_err community_asked(
	const struct kr_core *core, const cJSON *args, const struct community **out);

/* An event of a community's topic. */
enum kr_err community_apply(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES]);
/* An event of a topic that is not followed: the chain of a community that one asks to
 * join (community.chain). */
enum kr_err community_chain_event(
	struct kr_core *core, const struct kr_event_delivery *delivery);
/* The relay gives no access (any more): removed, or so it says. */
enum kr_err community_closed(struct kr_core *core, const uint8_t id[KR_ID_BYTES]);
/* `answered` in the account's topic: admitted with a certificate, or refused. */
enum kr_err community_answered(struct kr_core *core, const struct kr_event *event);
/* Something of ours about this community left the outbox: stored by the relay, or (err)
 * refused for good. Called before the command is answered. */
enum kr_err community_op_over(struct kr_core *core, const struct op *op, enum kr_err err);
/* This device was let into, or found, this group of the community. */
enum kr_err community_has_group(struct kr_core *core,
	const uint8_t community[KR_ID_BYTES], const uint8_t group[KR_ID_BYTES],
	bool is_main);
/* What has to be done of one's own accord: requests to join, the own certificate of who
 * founded, certificates for further devices of members. */
enum kr_err communities_reconcile(struct kr_core *core);
void communities_disconnected(struct kr_core *core);

/* NULL: was never here. */
const struct community_member *community_member(
	const struct community *community, const uint8_t account[KR_ID_BYTES]);
bool community_has_member(
	const struct community *community, const uint8_t account[KR_ID_BYTES]);
/* One that this account is to come into. */
enum kr_err community_add(struct kr_core *core, const uint8_t id[KR_ID_BYTES],
	enum community_state state, struct community **out);
/* The own main group; NULL. */
struct group *community_group(struct kr_core *core, const struct community *community);
/* Is something of this name about this community in the outbox? */
bool community_has_op(
	struct kr_core *core, const struct community *community, const char *what);
/* Leave; the command is answered when the relay has stored it. */
enum kr_err community_leave(
	struct kr_core *core, struct community *community, uint64_t command);
/* This device is a coordinator's, now. */
bool community_is_own_coordinator(
	const struct kr_core *core, const struct community *community);
bool community_has_coordinator(
	const struct community *community, const uint8_t account[KR_ID_BYTES]);
/* Is this serial one of a certificate that ended: by a removal, a leave? */
bool community_has_ended(const struct community *community, uint64_t serial);
/* A statement that a coordinator (or whom its kind wants) has signed and that stands in
 * the topic: by its hash, its bytes. KR_ERR_NOT_FOUND. */
enum kr_err community_statement(const struct kr_core *core,
	const struct community *community, const uint8_t hash[KR_SHA256_BYTES],
	struct kr_statement *out);
/* The latest signed take-down of this post, guidance or rules with this commitment.
 * KR_ERR_NOT_FOUND. */
enum kr_err community_committed(const struct kr_core *core,
	const struct community *community, enum kr_statement_kind kind,
	const uint8_t text[KR_SHA256_BYTES], struct kr_statement *out);
/* A member has shown this DeviceLink in the community's group (content `device`): a
 * coordinator certifies a device that was added; the certificates of one that was removed
 * end. What does not hold is passed over. */
enum kr_err community_device_shown(struct kr_core *core, struct community *community,
	const uint8_t account[KR_ID_BYTES], struct kr_view record);

/* Begin a statement of this kind as it is here and now: community, seen, signer. */
enum kr_err community_statement_begin(const struct kr_core *core,
	const struct community *community, const struct kr_topic *topic,
	enum kr_statement_kind kind, struct kr_statement *out);

enum kr_err command_founder_card(struct kr_core *core, struct command *command);
enum kr_err command_found_prepare(struct kr_core *core, struct command *command);
enum kr_err command_found_sign(struct kr_core *core, struct command *command);
enum kr_err command_found(struct kr_core *core, struct command *command);
enum kr_err command_recover_grant(struct kr_core *core, struct command *command);
enum kr_err command_join(struct kr_core *core, struct command *command);
enum kr_err command_invite(struct kr_core *core, struct command *command);
enum kr_err command_revoke_invite(struct kr_core *core, struct command *command);
enum kr_err command_admit(struct kr_core *core, struct command *command);
enum kr_err command_refuse(struct kr_core *core, struct command *command);
enum kr_err command_grant(struct kr_core *core, struct command *command);
enum kr_err command_withdraw(struct kr_core *core, struct command *command);
enum kr_err command_remove(struct kr_core *core, struct command *command);
enum kr_err command_mute(struct kr_core *core, struct command *command);
enum kr_err command_leave(struct kr_core *core, struct command *command);
/* With a text that goes into the group as well (group.h: group_say). */
enum kr_err command_take_down(struct kr_core *core, struct command *command);
enum kr_err command_set_rules(struct kr_core *core, struct command *command);
enum kr_err command_guide(struct kr_core *core, struct command *command);

enum kr_err ask_communities(
	const struct kr_core *core, const cJSON *question, cJSON *answer);
enum kr_err ask_members(const struct kr_core *core, const cJSON *question, cJSON *answer);
enum kr_err ask_requests(
	const struct kr_core *core, const cJSON *question, cJSON *answer);
enum kr_err ask_invitations(
	const struct kr_core *core, const cJSON *question, cJSON *answer);
enum kr_err ask_log(const struct kr_core *core, const cJSON *question, cJSON *answer);
enum kr_err ask_rules(const struct kr_core *core, const cJSON *question, cJSON *answer);

#endif
