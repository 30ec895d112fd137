/* What the files of the group module share among themselves. group.h is what others use.
 */
#ifndef CLIENTS_CORE_GROUP_PARTS_H
#define CLIENTS_CORE_GROUP_PARTS_H

#include <kring/mls_header.h>

#include "clients/core/group/group.h"

struct op;

/* The own path is renewed at least this often. */
#define GROUP_REFRESH_MS ((uint64_t)7 * 24 * 3600 * 1000)

/* ---- Lists of 32-byte ids, list.c ------------------------------------------------ */

bool ids_have(struct kr_view list, const uint8_t id[KR_ID_BYTES]);
/* Ascending, none twice. */
enum kr_err ids_add(struct kr_bytes *list, const uint8_t id[KR_ID_BYTES]);
/* What was written to w one after the other, in any order and more than once: for lists
 * as long as a group, which ids_add would copy for each. w's error is returned; w is
 * emptied, and what stood in list is freed. */
enum kr_err ids_finish(struct kr_bytes *list, struct kr_writer *w);
void ids_remove(struct kr_bytes *list, const uint8_t id[KR_ID_BYTES]);
/* Are all of a in b? */
bool ids_within(struct kr_view a, struct kr_view b);

/* ---- State, group.c -------------------------------------------------------------- */

/* At the front of the list. */
enum kr_err group_new(struct kr_core *core, const uint8_t id[KR_ID_BYTES],
	const uint8_t community[KR_ID_BYTES], bool is_main, enum group_state state,
	struct group **out);
/* Out of the list, with its records; returns err, or what went wrong meanwhile. */
enum kr_err group_discard(struct kr_core *core, struct group *group, enum kr_err err);
struct kr_topic group_topic(const struct group *group);
struct kr_mls_config group_config(struct group *group);
/* Write down the facts; the state of MLS (all: not only what changed); what was before
 * the latest commit. */
enum kr_err group_put_facts(struct kr_core *core, const struct group *group);
enum kr_err group_put_mls(struct kr_core *core, struct group *group, bool all);
/* MLS moves on to the next epoch: keep what it is now, to be able to go back. The copy is
 * made before, handed over afterwards. */
enum kr_err group_keep_before(
	struct kr_core *core, struct group *group, struct kr_mls_group *before);
/* Neither sending nor receiving any more: all keys go, what was said stays. */
enum kr_err group_close(
	struct kr_core *core, struct group *group, enum group_state state);
/* Tell that its state is another: who is in it, its policy. */
enum kr_err group_tell_changed(struct kr_core *core, const struct group *group);
/* MLS as it is now, or was. KR_ERR_NOT_FOUND, KR_ERR_BAD_STATE_RECORD. */
enum kr_err policy_of(const struct kr_mls_group *mls, struct kr_policy *out);
/* The certificate of a leaf, its signature unchecked: a leaf that stands in the tree has
 * been checked, and there may be thousands. */
enum kr_err leaf_certificate(
	const struct kr_mls_member *member, struct kr_certificate *out);
/* The next member: start with *at = 0. KR_ERR_NOT_FOUND after the last. */
enum kr_err member_next(const struct kr_mls_group *mls, uint32_t *at,
	struct kr_mls_member *member, struct kr_certificate *certificate);
/* The accounts that have a leaf. */
enum kr_err group_accounts(const struct kr_mls_group *mls, struct kr_bytes *out);
bool group_has_account(
	const struct kr_mls_group *mls, const uint8_t account[KR_ID_BYTES]);
bool group_has_key(
	const struct kr_mls_group *mls, const uint8_t key[KR_ED25519_PUBLIC_BYTES]);
bool group_is_administrator(
	const struct group *group, const uint8_t account[KR_ID_BYTES]);
/* A commit that cannot be processed waits to be voided. */
bool group_has_garbage(const struct group *group);
/* Is everything taken in that the relay has, so that something may be sent? */
bool group_is_ready(const struct kr_core *core, const struct group *group);
enum kr_err group_alarm(struct kr_core *core, const struct group *group, enum alarm alarm,
	const struct kr_event *event, enum kr_err err);

/* ---- The policy hook, policy.c --------------------------------------------------- */

enum kr_err group_policy_hook(void *ctx, const struct kr_mls_group *mls,
	const struct kr_mls_commit_info *commit);
/* All leaves of a group that one is about to enter. is_early as struct refusal. */
enum kr_err group_check_entry(
	struct kr_core *core, struct group *group, const struct kr_mls_group *mls);

/* ---- Events, apply.c, void.c ----------------------------------------------------- */

enum kr_err group_apply_commit(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head);
enum kr_err group_apply_post(struct kr_core *core, struct group *group,
	const struct kr_event *event, const uint8_t hash[KR_SHA256_BYTES]);
enum kr_err group_apply_void(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head);
enum kr_err group_apply_left(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head);
enum kr_err group_apply_heal(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head);
/* Routing as the relay has it after an event. */
enum kr_err group_route(struct group *group, const struct kr_event_head *head);
/* The relay's list against the tree. */
enum kr_err group_compare_routing(
	struct kr_core *core, struct group *group, const struct kr_event *event);
/* This commit cannot be taken in: say so, and have it voided if one may. */
enum kr_err group_found_garbage(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head, enum kr_err why);
/* Void what is garbage, if it is time. */
enum kr_err group_void_garbage(struct kr_core *core, struct group *group);
/* No way on in this group but to be let in again. */
enum kr_err group_strand(struct kr_core *core, struct group *group);
enum kr_err group_ask_heal(struct kr_core *core, struct group *group, uint64_t command);
/* Events from group->held_seq on, again. */
enum kr_err group_replay(struct kr_core *core, struct group *group);

/* ---- What is kept of an event ------------------------------------------------------ */

/* Why a message has no text. */
enum message_fault {
	MESSAGE_READABLE = 0,
	MESSAGE_UNREADABLE = 1, /* no key for it: MLS refused it */
	MESSAGE_FALSE = 2,      /* the relay was found out */
	MESSAGE_VOIDED = 3,     /* of an epoch that was undone */
	MESSAGE_RAW = 4,        /* waits; plaintext is the event's body */
	MESSAGE_OVERSTEP = 5,   /* its author had no right to say that */
};

/* The content of a kept event:
 *	struct { uint8 version = 1; uint8 fault; opaque sender_key[32]; uint8 is_own;
 *	         opaque plaintext<V>; } */
struct kept_message {
	enum message_fault fault;
	uint8_t sender_key[KR_ED25519_PUBLIC_BYTES];
	bool is_own; /* this device sent it */
	struct kr_view plaintext;
};

enum kr_err message_keep(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES], const struct kept_message *message);
enum kr_err message_read(struct kept_message *out, struct kr_view content);

/* ---- Commits, plan.c, commit.c, candidates.c ------------------------------------- */

/* A change as it stands in an op. Views point into plain. */
struct kept_change {
	struct group_change change;
	struct kr_policy_inbox inbox;
	uint8_t ids[6][KR_ID_BYTES];
};
void change_write(struct kr_writer *w, const struct group_change *change);
enum kr_err change_read(struct kept_change *out, struct kr_view plain);

/* What a commit of one's own is made of. */
#define PLAN_ADDS_MAX    60
#define PLAN_REMOVES_MAX 60
struct plan {
	struct candidate *adds[PLAN_ADDS_MAX];
	size_t num_adds;
	struct kr_leaf_index removes[PLAN_REMOVES_MAX];
	size_t num_removes;
	struct kr_bytes policy; /* the new one; empty: as it was */
	/* Accounts, as GroupAAD names them. */
	struct kr_bytes added;
	struct kr_bytes removed;
	struct kr_bytes admins_added;
	struct kr_bytes admins_removed;
	struct kr_bytes welcomed;
	bool has_path;
	bool is_urgent;  /* a command waits: others need not be let go first */
	bool is_waiting; /* for key packages */
};
/* The extensions of a group with this policy: required_capabilities, written to required
 * (16 bytes), and the policy. Returns how many they are. */
size_t group_extensions(struct kr_mls_extension out[2], struct kr_writer *required,
	struct kr_view policy);
void plan_free(struct plan *plan);
bool plan_is_empty(const struct plan *plan);
/* What has to be committed, from the state. Fetches key packages that are lacking. */
enum kr_err group_plan(struct kr_core *core, struct group *group, struct plan *plan);
enum kr_err group_commit_plan(
	struct kr_core *core, struct group *group, const struct plan *plan);
/* Changes that have come about are done; a path of one's own is one, if there was. */
enum kr_err group_finish_changes(
	struct kr_core *core, struct group *group, bool has_own_path);

/* Somebody who has to be let in: one device of an account. */
struct candidate {
	struct candidate *next;
	uint8_t account[KR_ID_BYTES];
	bool has_device;
	uint8_t device[KR_ED25519_PUBLIC_BYTES];
	uint8_t event[KR_EVENT_ID_BYTES]; /* of the fetch: a repeat gives the same */
	bool is_asked;
	uint64_t retry_ms; /* not before */
	unsigned num_tries;
	struct kr_bytes key_package;          /* checked; empty: not there yet */
	uint8_t key[KR_ED25519_PUBLIC_BYTES]; /* of its leaf */
	bool is_wanted;                       /* while planning */
};
enum kr_err candidate_want(struct kr_core *core, struct group *group,
	const uint8_t account[KR_ID_BYTES], const uint8_t *device,
	struct candidate **out);
/* Ask for the key packages that are wanted and not there. Sets plan->is_waiting, and
 * group->plan_ms for those that are tried again later. */
enum kr_err candidates_fetch(
	struct kr_core *core, struct group *group, struct plan *plan);
/* Are key packages on their way? Until they are here no plan can be complete. */
bool candidates_are_asked(const struct group *group);
/* It could not be added: fetch another key package, later. */
void candidate_failed(struct kr_core *core, struct candidate *candidate);
void candidates_free(struct group *group);

/* An op of this group is no longer needed, or lost. */
enum kr_err group_drop_commit(struct kr_core *core, struct group *group);
void group_forget_outgoing(struct group *group);

/* ---- Joining, join.c ------------------------------------------------------------- */

void group_main_id(uint8_t out[KR_ID_BYTES], const uint8_t community[KR_ID_BYTES]);
/* The own name, to the community's group. */
enum kr_err group_say_name(struct kr_core *core, struct group *group);
/* Somebody came in, who has not heard it: it is said with the next post of one's own, or
 * after a while, if that is later. */
enum kr_err group_owe_name(struct kr_core *core, struct group *group);
enum kr_err group_say_owed_name(struct kr_core *core, struct group *group);
enum kr_err groups_enter_waiting(struct kr_core *core);
/* group.create, and the group in epoch 0. */
struct group_founding {
	struct community *community;
	bool is_main;
	struct kr_view name;
	const char *what;
	uint64_t command;
	cJSON *answer; /* consumed */
};
enum kr_err group_make(
	struct kr_core *core, const struct group_founding *founding, struct group **out);

/* A statement of this group in an op of its own. */
enum kr_err group_state_it(struct kr_core *core, struct group *group,
	enum kr_statement_kind kind, enum kr_verb verb, const uint8_t *target,
	const char *what, uint64_t command);
/* Read and hold against the event. KR_ERR_SIGNATURE … */
enum kr_err group_read_statement(const struct group *group, const struct kr_event *event,
	enum kr_statement_kind kind, struct kr_statement *out);

#endif
