/* The inboxes that a community trusts: its policy names them (TRUST.md §9). */
#ifndef CLIENTS_CORE_TRUSTED_H
#define CLIENTS_CORE_TRUSTED_H

#include "clients/core/commands.h"

enum kr_err command_trust_inbox(struct kr_core *core, struct command *command);
enum kr_err command_distrust_inbox(struct kr_core *core, struct command *command);
enum kr_err ask_inboxes(const struct kr_core *core, const cJSON *question, cJSON *answer);

#endif
