/* The state of a group as its fact holds it. Private to server/store. */
#ifndef KRING_SERVER_STORE_APPLY_H
#define KRING_SERVER_STORE_APPLY_H

#include "server/store/facts.h"
#include "server/store/projection.h"

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

/* Where in the key of FACT_KEY_PACKAGE it says whether it is a last resort. */
#define KEY_PACKAGE_LAST_RESORT_AT KR_ID_BYTES
#define KEY_PACKAGE_KEY_BYTES      (KR_ID_BYTES + 1 + 8 + 4)

#endif
