/* The state of a group as its fact holds it. Private to server/store. */
#ifndef KRING_SERVER_STORE_APPLY_H
#define KRING_SERVER_STORE_APPLY_H

#include "server/store/facts.h"
#include "server/store/projection.h"

/* An event on its way into the facts of its topic. */
struct change {
	const struct facts *facts;
	const struct kr_event *event;
	struct kr_event_head head;
};

/* Inboxes and cases: apply_case.c. One function for all events of a case, since their
 * state machine is one function. */
enum kr_err apply_inbox_set(const struct change *c);
enum kr_err apply_inbox_notice(const struct change *c);
enum kr_err apply_case(const struct change *c);

/* struct { uint64 until_ms; uint8 closed; uint8 overdue; opaque zeroes[22]; }, the key of
 * FACT_CLOCK: in the order of time, and counted without a look at the case. */
#define CLOCK_CLOSED_AT  8
#define CLOCK_OVERDUE_AT 9

/* struct {
 *	opaque community[32]; uint8 main; uint64 epoch; uint64 state_seq;
 *	uint8 voidable; opaque commit[32]; opaque committer[32];
 *	uint8 by_admin; uint8 confirmed;
 * } the value of FACT_GROUP. KR_ERR_STORE_DAMAGED. */
#define GROUP_STATE_BYTES (3 * 32 + 2 * 8 + 4)
enum kr_err group_state_read(struct store_group *out, struct kr_view value);

/* Values of FACT_MEMBER, FACT_INVITATION and FACT_ROUTE. KR_ERR_STORE_DAMAGED; account is
 * not filled in. */
enum kr_err member_read(struct store_member *out, struct kr_view value);
enum kr_err invitation_read(struct store_invitation *out, const struct fact *fact);
enum kr_err route_read(struct store_route *out, struct kr_view value);

/* The key of FACT_KEY_PACKAGE:
 *	struct { opaque device[32]; opaque community[32]; uint8 last_resort;
 *	         uint64 seq; uint32 index; } */
#define KEY_PACKAGE_COMMUNITY_AT   KR_ID_BYTES
#define KEY_PACKAGE_LAST_RESORT_AT (2 * KR_ID_BYTES)
#define KEY_PACKAGE_KIND_BYTES     (KEY_PACKAGE_LAST_RESORT_AT + 1)
#define KEY_PACKAGE_KEY_BYTES      (KEY_PACKAGE_KIND_BYTES + 8 + 4)

#endif
