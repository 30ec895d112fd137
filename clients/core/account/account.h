/* The own account: identity, devices, key packages, and what comes in its topic. */
#ifndef CLIENTS_CORE_ACCOUNT_ACCOUNT_H
#define CLIENTS_CORE_ACCOUNT_ACCOUNT_H

#include <kring/mls.h>
#include <kring/trust.h>

#include "clients/core/commands.h"
#include "clients/core/topics.h"

/* This device. Stored as RECORD_IDENTITY; exists from `init` or `device_accept` on. */
struct identity {
	bool exists;
	bool is_linked; /* the account is known: at once on a first device */
	bool is_ending; /* delete_account: what is left is to leave everything */
	char *url;
	char *relay; /* its name, pinned */
	char *app;   /* prefix of links; may be empty */
	char *name;  /* what the user wants to be called */
	struct kr_ed25519_keypair device;
	/* For coordinators; and the reply key of requests. */
	struct kr_x25519_keypair sealing;
	uint8_t account[KR_ID_BYTES];
};

struct account {
	struct kr_devices devices; /* of the account, by its topic */
	/* Of the connection: account.topics, which tells of communities that others
	 * founded with this account, and of those of a further device. */
	bool is_asking_topics;
	bool has_asked_topics;
	struct kr_topic last_topic;
	uint64_t delete_command; /* waits for the end of the account; 0: nobody */
};

enum kr_err account_load(struct kr_core *core);
void account_free(struct kr_core *core);
/* An event of the account's topic: devices, `answered` (community.h), `welcome`
 * (group.h), and what is known already. */
enum kr_err account_apply(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES]);
/* Publish key packages, one set a community in which there is a certificate and no group
 * yet, or in which few are left. */
enum kr_err account_reconcile(struct kr_core *core);
void account_disconnected(struct kr_core *core);
/* Has it ask the relay again which topics there are (devices.c). */
void account_topics_ask_again(struct kr_core *core);

/* The relay that a link names: itself, or by the host of its prefix, with the port. A
 * view into one of the two. */
struct kr_view link_relay(struct kr_view prefix, struct kr_view relay);

bool is_own_account(const struct kr_core *core, struct kr_view account);
/* Is this the device that the account's id was made from? */
bool identity_is_first_device(const struct identity *identity);

/* What this device says of itself in a leaf of a group of that community: certificate,
 * capabilities. KR_ERR_NOT_FOUND: no certificate yet. The client points into the core. */
enum kr_err account_client(const struct kr_core *core,
	const uint8_t community[KR_ID_BYTES], struct kr_mls_client *client);

/* The secrets of a published key package that a Welcome may be for, one after the other:
 * start with *at = 0. KR_ERR_NOT_FOUND after the last. Wipe the secrets. */
enum kr_err key_package_next(const struct kr_core *core, size_t *at,
	struct kr_view *message, struct kr_mls_key_package_secrets *secrets,
	bool *is_last_resort);
/* It was used: its secrets go, unless it is one of last resort. */
enum kr_err key_package_used(struct kr_core *core, struct kr_view message);
/* The community is gone, and the secrets of its key packages with it. */
enum kr_err key_packages_forget(
	struct kr_core *core, const uint8_t community[KR_ID_BYTES]);

enum kr_err command_init(struct kr_core *core, struct command *command);
enum kr_err command_rename(struct kr_core *core, struct command *command);
enum kr_err command_device_link(struct kr_core *core, struct command *command);
enum kr_err command_device_accept(struct kr_core *core, struct command *command);
enum kr_err command_device_add(struct kr_core *core, struct command *command);
enum kr_err command_device_remove(struct kr_core *core, struct command *command);
enum kr_err command_delete_account(struct kr_core *core, struct command *command);
enum kr_err ask_devices(const struct kr_core *core, const cJSON *question, cJSON *answer);
enum kr_err ask_status(const struct kr_core *core, const cJSON *question, cJSON *answer);
enum kr_err ask_export(const struct kr_core *core, const cJSON *question, cJSON *answer);

#endif
