/* The inboxes that a community trusts: its policy names them (TRUST.md §9). */
#ifndef CLIENTS_CORE_INBOXES_TRUSTED_H
#define CLIENTS_CORE_INBOXES_TRUSTED_H

#include <kring/trust.h>

#include "clients/core/commands.h"

struct group;

/* Is this inbox in the policy? out may be NULL; views point into the group. */
bool group_trusts(const struct group *group,
	const uint8_t identity_key[KR_ED25519_PUBLIC_BYTES], struct kr_policy_inbox *out);

enum kr_err command_trust_inbox(struct kr_core *core, struct command *command);
enum kr_err command_distrust_inbox(struct kr_core *core, struct command *command);
enum kr_err ask_inboxes(const struct kr_core *core, const cJSON *question, cJSON *answer);

#endif
