/* A verified neighbour's word that a signal is the own one: CASES.md §4. */
#ifndef CLIENTS_CORE_COMMUNITY_VOUCH_H
#define CLIENTS_CORE_COMMUNITY_VOUCH_H

#include <kring/cases.h>

#include "clients/core/commands.h"

/* `vouch`: this device's certificate, and its signature over case and event. Nothing is
 * stored and nothing sent: it goes into the identity of a reporter's machine. */
enum kr_err command_vouch(struct kr_core *core, struct command *command);

/* Is that identity a verified neighbour's? It is if its certificate is one that the
 * member was given, by the log of a community that this account is in too, and if the
 * certified device has signed for this very event. Of other communities nothing is known
 * here. */
bool vouch_holds(const struct kr_core *core, const struct kr_identity *identity,
	const uint8_t case_id[KR_ID_BYTES], const uint8_t event[KR_EVENT_ID_BYTES],
	uint64_t time_ms);

#endif
