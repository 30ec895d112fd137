/* Groups: MLS under Kring's rules. Who may commit what, what is done of one's own accord
 * (letting in who was admitted, removing who is gone), going back after a void, and the
 * messages that came in. */
#ifndef CLIENTS_CORE_GROUP_GROUP_H
#define CLIENTS_CORE_GROUP_GROUP_H

#include <kring/content.h>
#include <kring/mls.h>
#include <kring/trust.h>

#include "clients/core/alarms.h"
#include "clients/core/commands.h"
#include "clients/core/outbox.h"
#include "clients/core/topics.h"

struct community;
struct candidate;
struct feed;

/* Why the policy hook refused a commit. */
struct refusal {
	bool is_set;
	bool is_early; /* it may be fine as soon as the community's topic is further */
	enum alarm alarm;
	enum kr_err err;
};

enum group_state {
	GROUP_MAKING = 1, /* group.create is in the outbox */
	GROUP_IN,
	GROUP_STRANDED, /* a commit could not be processed and was not voided */
	GROUP_LEFT,
	GROUP_REMOVED,
};

struct group {
	struct group *next;
	struct kr_core *core; /* for the policy hook */
	uint8_t id[KR_ID_BYTES];
	/* Stored as RECORD_GROUP_FACTS. */
	uint8_t community[KR_ID_BYTES];
	bool is_main;
	enum group_state state;
	uint64_t read_seq;                    /* seen by the user */
	uint8_t commit_hash[KR_SHA256_BYTES]; /* of the latest commit taken in, */
	uint64_t commit_seq; /* and where it stands; 0: its event is still to come */
	bool is_confirmed;   /* somebody else than its author has posted since */
	bool must_refresh; /* a rolled-back keystore: a new epoch before anything is sent */
	bool is_leaving;   /* asked to: the relay closes the topic without a word */
	/* A commit that this client cannot process; zero: none. It waits for a void. */
	uint8_t garbage[KR_SHA256_BYTES];
	/* From here on events wait, because they rest on a record of the community that
	 * has not come yet, or on a Welcome; 0: none wait. */
	uint64_t held_seq;
	uint64_t held_ms;    /* since when */
	uint64_t refresh_ms; /* when the own path is due */
	uint64_t heal_ms;    /* when healing was asked for */
	uint64_t post_ms;    /* of the last own post, for the slow mode */
	uint64_t name_ms;    /* when the own name is said again, to who came in; 0: not */
	struct kr_bytes
		heals; /* leaves that asked for it: signature keys, 32 bytes each */
	/* Who is routed in by the relay's events, 32 bytes each, ascending. */
	struct kr_bytes routed;
	/* Of those the ones who were in the tree when this client came in: they may have
	 * left before. */
	struct kr_bytes assumed;
	/* Stored as RECORD_GROUP and RECORD_RATCHETS, and the same of before the latest
	 * commit. NULL in a group that one is not in. */
	struct kr_mls_group *mls;
	struct kr_mls_group *before;
	/* Encrypted or committed, but the state that covers it is not stored yet. */
	struct kr_mls_outgoing *outgoing;
	uint8_t outgoing_event[KR_EVENT_ID_BYTES]; /* of its op in the outbox */
	uint64_t outgoing_rev;                     /* of the topic when it was made */
	uint64_t saved_revision;
	uint64_t saved_store; /* the store that covers it */
	bool must_plan;       /* something changed: look what has to be committed */
	uint64_t plan_ms;     /* look again at this time; 0: not */
	bool is_careful;      /* adds one at a time: several could not be added */
	bool must_replay;     /* the community has changed: look at what is held */
	uint64_t renewed_ms;  /* when the own path was renewed, since the start */
	uint64_t wait_rev;    /* the relay is there already */
	struct candidate *candidates; /* whose key packages are fetched, or there */
	uint64_t commit_after_ms;     /* no commit of one's own accord before this */
	uint64_t void_after_ms;       /* garbage is not voided before this */
	struct refusal refusal;       /* of the policy hook, for the commit at hand */
	struct kr_view author;        /* of the event at hand */
	struct feed *feed;            /* the messages, found fast: feed.h */
};

enum kr_err groups_load(struct kr_core *core);
void groups_free(struct kr_core *core);
struct group *group_find(struct kr_core *core, const uint8_t id[KR_ID_BYTES]);
const struct group *group_look(const struct kr_core *core, const uint8_t id[KR_ID_BYTES]);
/* The field "group", or the own group of the field "community". */
enum kr_err group_of(struct kr_core *core, const cJSON *args, struct group **out);
enum kr_err group_asked(
	const struct kr_core *core, const cJSON *args, const struct group **out);

/* An event of a group's topic. */
enum kr_err group_apply(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES]);
/* The relay gives no access (any more): routed out, or so it says. */
enum kr_err group_closed(struct kr_core *core, const uint8_t id[KR_ID_BYTES]);
/* `welcome` in the account's topic. */
enum kr_err group_welcome(struct kr_core *core, const struct kr_event *event);

/* The community's own group, made by who founds it; name is the community's. */
enum kr_err group_make_main(
	struct kr_core *core, struct community *community, struct kr_view name);

/* Put a content into the outbox for this group. The event id is made here and stands in
 * content->event afterwards. */
enum kr_err group_say(struct kr_core *core, struct group *group,
	struct kr_content *content, const char *what, uint64_t command, cJSON *answer);

/* A change that the next own commit brings about, in the outbox until then; in a group of
 * which one is no administrator KR_ERR_FORBIDDEN. Members of communities are added and
 * removed without it: that follows from the community. */
struct group_change {
	struct kr_view name; /* empty: as it was */
	bool has_slow_mode;
	uint32_t slow_mode_s;
	const uint8_t *rules;     /* a commitment */
	const uint8_t *add;       /* account, to a circle */
	const uint8_t *remove;    /* account, from a circle */
	const uint8_t *admin_add; /* account, in a circle */
	const uint8_t *admin_remove;
	const struct kr_policy_inbox *inbox_add;
	const uint8_t *inbox_remove; /* identity key */
	bool heal_or_refresh;        /* a path of one's own */
};
enum kr_err group_change(struct kr_core *core, struct group *group,
	const struct group_change *change, const char *what, uint64_t command,
	cJSON *answer);

/* The community has changed (somebody was admitted, removed, granted): look again what is
 * to be done. is_own: by this account, which then sees to it at once; others wait a
 * little. */
enum kr_err groups_community_changed(
	struct kr_core *core, const uint8_t community[KR_ID_BYTES], bool is_own);

/* Make a post ready: encrypt. It becomes ready when the state is stored. KR_ERR_STATE:
 * not now (catching up, a commit is pending, one's own before it). */
enum kr_err group_prepare(struct kr_core *core, struct op *op);
/* The relay refused a post or commit with `rebase`: it is made anew, or dropped. */
enum kr_err group_lost(struct kr_core *core, struct op *op, const struct answer *answer);
/* The relay refused for good what this group had in the outbox. */
enum kr_err group_op_refused(struct kr_core *core, const struct op *op, enum kr_err err);
/* Everything up to this store is on disk. */
enum kr_err groups_stored(struct kr_core *core, uint64_t store);
/* Commits and fetches that are due. */
enum kr_err groups_reconcile(struct kr_core *core);
void groups_disconnected(struct kr_core *core);
/* Is something being encrypted, or to be committed now? */
bool groups_are_busy(const struct kr_core *core);

/* The policy of a group one is in. KR_ERR_NOT_FOUND. Views point into the group. */
enum kr_err group_policy(const struct group *group, struct kr_policy *out);
/* The name that a member gave itself last in the community's group, or empty; a view into
 * a record. */
struct kr_view group_member_name(const struct kr_core *core, const struct group *group,
	const uint8_t account[KR_ID_BYTES]);
/* The signature keys of an account's leaves, 32 bytes each, into keys (at most max).
 * Returns how many there are. */
size_t group_member_keys(const struct group *group, const uint8_t account[KR_ID_BYTES],
	uint8_t (*keys)[KR_ED25519_PUBLIC_BYTES], size_t max);
/* The sealing key that this device of an account offered in the community's group last
 * (content `sealing_key`). KR_ERR_NOT_FOUND. */
enum kr_err group_sealing_key(const struct kr_core *core, const struct group *group,
	const uint8_t account[KR_ID_BYTES],
	const uint8_t device_key[KR_ED25519_PUBLIC_BYTES], uint8_t out[KR_X25519_BYTES]);
/* The text that a statement committed to and a member said: reasons, rules, guidance.
 * KR_ERR_NOT_FOUND. A view into a record. */
enum kr_err group_committed_text(const struct kr_core *core, const struct group *group,
	const uint8_t commitment[KR_SHA256_BYTES], struct kr_view *text);

enum kr_err command_circle(struct kr_core *core, struct command *command);
enum kr_err command_circle_add(struct kr_core *core, struct command *command);
enum kr_err command_circle_remove(struct kr_core *core, struct command *command);
enum kr_err command_circle_admin(struct kr_core *core, struct command *command);
enum kr_err command_circle_rename(struct kr_core *core, struct command *command);
enum kr_err command_circle_leave(struct kr_core *core, struct command *command);
enum kr_err command_slow_mode(struct kr_core *core, struct command *command);
enum kr_err command_offer_coordinator(struct kr_core *core, struct command *command);
enum kr_err command_post(struct kr_core *core, struct command *command);
enum kr_err command_heal(struct kr_core *core, struct command *command);
enum kr_err command_refresh(struct kr_core *core, struct command *command);
enum kr_err command_read(struct kr_core *core, struct command *command);

enum kr_err ask_groups(const struct kr_core *core, const cJSON *question, cJSON *answer);
enum kr_err ask_group_members(
	const struct kr_core *core, const cJSON *question, cJSON *answer);
enum kr_err ask_feed(const struct kr_core *core, const cJSON *question, cJSON *answer);
enum kr_err ask_message(const struct kr_core *core, const cJSON *question, cJSON *answer);
enum kr_err ask_guidance(
	const struct kr_core *core, const cJSON *question, cJSON *answer);
enum kr_err ask_safety(const struct kr_core *core, const cJSON *question, cJSON *answer);

#endif
