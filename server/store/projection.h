/* What the events add up to, as the relay asks for it. All look-ups are of one view; all
 * return KR_ERR_NOT_FOUND for what is not there, KR_ERR_STORE_DAMAGED and
 * KR_ERR_STORE_IO.
 *
 * The projection is a set of facts. A fact belongs to a topic and follows from that
 * topic's events alone, in a table, under a key. So a topic can be trimmed (its facts up
 * to there are set aside) and the whole can be built anew from the log at any time. */
#ifndef KRING_SERVER_STORE_PROJECTION_H
#define KRING_SERVER_STORE_PROJECTION_H

#include <kring/case.h>

#include "server/store/store.h"

struct store_id {
	uint8_t bytes[KR_ID_BYTES];
};

/* ---- Communities ---------------------------------------------------------------- */

struct store_member {
	uint8_t account[KR_ID_BYTES];
	bool coordinator;
	uint64_t muted_until_ms; /* 0: not muted */
};

enum kr_err store_member(const struct store_view *view,
	const uint8_t community[KR_ID_BYTES], const uint8_t account[KR_ID_BYTES],
	struct store_member *out);

/* Pages in the order of account ids, after one (NULL: from the start). */
enum kr_err store_members(const struct store_view *view,
	const uint8_t community[KR_ID_BYTES], const uint8_t *after,
	struct store_member *out, size_t cap, size_t *num);

/* The communities that an account is a member of, in pages as above. */
enum kr_err store_communities_of(const struct store_view *view,
	const uint8_t account[KR_ID_BYTES], const uint8_t *after, struct store_id *out,
	size_t cap, size_t *num);

struct store_invitation {
	uint64_t until_ms;
	uint32_t num_left; /* how many may still use it */
	uint64_t seq;      /* of the event that made it */
};
enum kr_err store_invitation(const struct store_view *view,
	const uint8_t community[KR_ID_BYTES], const uint8_t key[KR_ID_BYTES],
	struct store_invitation *out);

/* Somebody who asked to be admitted and has no answer yet. */
struct store_request {
	uint8_t account[KR_ID_BYTES];
	uint8_t key[KR_ID_BYTES]; /* of the invitation */
	uint64_t seq;             /* of the request */
};
enum kr_err store_request(const struct store_view *view,
	const uint8_t community[KR_ID_BYTES], const uint8_t account[KR_ID_BYTES],
	struct store_request *out);
enum kr_err store_requests(const struct store_view *view,
	const uint8_t community[KR_ID_BYTES], const uint8_t *after,
	struct store_request *out, size_t cap, size_t *num);

/* ---- Groups --------------------------------------------------------------------- */

struct store_group {
	uint8_t community[KR_ID_BYTES];
	bool main; /* the community's own group: the flag of its creation */
	uint64_t epoch;
	uint64_t state_seq;              /* of the event that last set the epoch */
	bool voidable;                   /* the latest of these events is a commit */
	uint8_t commit[KR_SHA256_BYTES]; /* its hash; zero if it is none */
	uint8_t committer[KR_ID_BYTES];  /* its author; zero if it is none */
	bool by_admin;                   /* its flag: the author was an administrator */
	bool confirmed;                  /* somebody else has posted in the epoch since */
};
enum kr_err store_group(const struct store_view *view, const uint8_t group[KR_ID_BYTES],
	struct store_group *out);

struct store_route {
	uint8_t account[KR_ID_BYTES];
	bool admin;
	uint64_t since_seq; /* of the event that routed it in: it sees what follows */
};
enum kr_err store_route(const struct store_view *view, const uint8_t group[KR_ID_BYTES],
	const uint8_t account[KR_ID_BYTES], struct store_route *out);
enum kr_err store_routes(const struct store_view *view, const uint8_t group[KR_ID_BYTES],
	const uint8_t *after, struct store_route *out, size_t cap, size_t *num);
enum kr_err store_groups_of(const struct store_view *view,
	const uint8_t account[KR_ID_BYTES], const uint8_t *after, struct store_id *out,
	size_t cap, size_t *num);

/* ---- Accounts ------------------------------------------------------------------- */

/* A device that was added or removed; the one that the account's id was made from is not
 * here until it is removed. */
struct store_device {
	uint8_t key[KR_ID_BYTES];
	bool removed;
};
enum kr_err store_device(const struct store_view *view,
	const uint8_t account[KR_ID_BYTES], const uint8_t key[KR_ID_BYTES],
	struct store_device *out);
enum kr_err store_devices(const struct store_view *view,
	const uint8_t account[KR_ID_BYTES], const uint8_t *after,
	struct store_device *out, size_t cap, size_t *num);

struct store_key_package {
	uint8_t device[KR_ID_BYTES];
	uint8_t community[KR_ID_BYTES]; /* for whose groups it is */
	uint8_t hash[KR_SHA256_BYTES];
	bool last_resort;
	struct kr_view bytes;
};
/* The one to hand out next in a community (NULL: in any) for a device, or for the
 * account's first device that has one (device NULL): the oldest that serves once, else
 * the last resort. */
enum kr_err store_key_package(const struct store_view *view,
	const uint8_t account[KR_ID_BYTES], const uint8_t *community,
	const uint8_t *device, struct store_key_package *out);
/* How many that serve once are left in a community for a device, and whether it has a
 * last resort there. */
enum kr_err store_key_packages_left(const struct store_view *view,
	const uint8_t account[KR_ID_BYTES], const uint8_t community[KR_ID_BYTES],
	const uint8_t device[KR_ID_BYTES], size_t *num, bool *last_resort);

/* ---- Inboxes -------------------------------------------------------------------- */

/* The event that last set it: its body is the record. */
enum kr_err store_inbox(const struct store_view *view, const uint8_t inbox[KR_ID_BYTES],
	struct store_entry *out);

/* What anybody may read of an inbox, after a seq. Events of cases, which stand between,
 * leave no trace in it. more: there are others after these. */
enum kr_err store_inbox_public(const struct store_view *view,
	const uint8_t inbox[KR_ID_BYTES], uint64_t after_seq, struct store_entry *entries,
	size_t cap, size_t *num, bool *more);

/* Is the account in the team? KR_ERR_NOT_FOUND: no, or there is no such inbox. */
enum kr_err store_team(const struct store_view *view, const uint8_t inbox[KR_ID_BYTES],
	const uint8_t account[KR_ID_BYTES], bool *administrator);

/* Pages, as above. */
enum kr_err store_inboxes_of(const struct store_view *view,
	const uint8_t account[KR_ID_BYTES], const uint8_t *after, struct store_id *out,
	size_t cap, size_t *num);

/* ---- Cases ---------------------------------------------------------------------- */

enum kr_err store_case(const struct store_view *view, const uint8_t case_id[KR_ID_BYTES],
	struct kr_case_state *out);

/* The cases that an inbox may read. */
enum kr_err store_cases_of(const struct store_view *view,
	const uint8_t inbox[KR_ID_BYTES], const uint8_t *after, struct store_id *out,
	size_t cap, size_t *num);

/* On which case the notes of this id are; known from when their inbox could read it. One
 * look-up, whether they are there or not. KR_ERR_NOT_FOUND, with case_id zeroed. */
enum kr_err store_notes(const struct store_view *view,
	const uint8_t notes_id[KR_ID_BYTES], uint8_t case_id[KR_ID_BYTES]);
/* The ids of all notes that there may be on a case. */
enum kr_err store_notes_of(const struct store_view *view,
	const uint8_t case_id[KR_ID_BYTES], const uint8_t *after, struct store_id *out,
	size_t cap, size_t *num);

/* Erased cases of which more is left than their last event. */
enum kr_err store_erased(const struct store_view *view, const uint8_t *after,
	struct store_id *out, size_t cap, size_t *num);

/* Cases whose clock has run out by then, the longest overdue first. */
struct store_due {
	uint8_t case_id[KR_ID_BYTES];
	uint64_t until_ms;
	bool closed; /* it was kept for long enough; else somebody owes a word */
};
enum kr_err store_due(const struct store_view *view, uint64_t now_ms,
	struct store_due *out, size_t cap, size_t *num);

/* How many there are, by what runs. One pass over an index: a millisecond for some ten
 * thousand. */
struct store_case_counts {
	uint64_t open;
	uint64_t overdue; /* of these */
	uint64_t closed;
};
enum kr_err store_case_counts(
	const struct store_view *view, struct store_case_counts *out);

/* ---- The operator -------------------------------------------------------------- */

/* A code that was granted and not revoked. Whether it was used is a key's business. */
struct store_grant {
	uint64_t until_ms;
	uint32_t purpose; /* the count of its event: 1 a community, 2 an inbox */
};
enum kr_err store_grant(const struct store_view *view,
	const uint8_t hash[KR_SHA256_BYTES], struct store_grant *out);

enum kr_err store_blocked(
	const struct store_view *view, const uint8_t account[KR_ID_BYTES], bool *blocked);

#endif
