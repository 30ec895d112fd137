/* An inbox's next record in the making: every change is a new one, whole and signed by
 * the identity. CASES.md §2. */
#ifndef CLIENTS_CORE_INBOXES_CHANGE_H
#define CLIENTS_CORE_INBOXES_CHANGE_H

#include "clients/core/inboxes/inboxes.h"
#include "clients/core/inboxes/settings.h"

/* A record is valid for so long, */
#define INBOX_VALID_MS (UINT64_C(365) * 24 * 3600 * 1000)
/* and is renewed when so much is left: then any change is a renewal. */
#define INBOX_RENEW_MS (UINT64_C(30) * 24 * 3600 * 1000)

/* Recovery keys that were replaced stay in the record a day longer than the relay asks,
 * lest a clock that is ahead drop them too early. */
#define INBOX_FORMER_SLACK_MS (UINT64_C(24) * 3600 * 1000)

struct inbox_change {
	struct kr_inbox_record record;
	struct inbox_settings settings;
	struct kr_inbox_secrets secrets;
	struct kr_view names[KR_INBOX_TEAM_MAX];
	uint8_t *card_storage;
	uint8_t *name_storage; /* KR_SEALED_STORAGE for all: the roster is one text */
	bool rotate;           /* a new sealing key */
};

/* NULL: out of memory. */
struct inbox_change *inbox_change_new(void);
void inbox_change_free(struct inbox_change *change);

/* The first record of an inbox that does not exist yet, without its settings. */
enum kr_err inbox_change_first(struct kr_core *core, struct inbox_change *change);
/* The one before it, with the next number. KR_ERR_FORBIDDEN: not an administrator. */
enum kr_err inbox_change_begin(
	struct kr_core *core, const struct inbox *inbox, struct inbox_change *change);
/* Likewise by whoever has opened its secrets with a recovery key: with nobody in the
 * team, a new sealing key, and these digits instead of all that there were. */
enum kr_err inbox_change_recover(struct kr_core *core, const struct inbox *inbox,
	const struct kr_inbox_secrets *secrets, const struct kr_recovery *digits,
	struct inbox_change *change);

/* The relay's clock, as far as it is known: by it digits run out. */
uint64_t inbox_relay_ms(const struct kr_core *core);
/* These digits from now on; those that there were stay beside them for a while.
 * KR_ERR_STATE: there are some like that already. */
enum kr_err inbox_change_digits(const struct kr_core *core, struct inbox_change *change,
	const struct kr_recovery *digits);
/* recover.c: new ones, also as text into the answer (recovery); those of a field, or
 * KR_ERR_CHECK_DIGIT. Wipe them. */
enum kr_err recovery_make(struct kr_core *core, struct kr_recovery *out, cJSON *answer);
enum kr_err recovery_read(struct kr_recovery *out, const cJSON *args, const char *field);

/* name is kept as a view. KR_ERR_LIMIT. */
enum kr_err inbox_change_add(struct inbox_change *change,
	const struct kr_inbox_member *member, struct kr_view name);
/* This account and device, as an administrator. */
enum kr_err inbox_change_add_self(
	const struct kr_core *core, struct inbox_change *change, struct kr_view name);

/* Sealed and signed. The writer fails as kr_inbox_seal says. */
void inbox_change_write(
	struct kr_core *core, struct inbox_change *change, struct kr_writer *w);
/* Into the outbox, to be taken by the relay. */
enum kr_err inbox_change_send(struct kr_core *core, const struct inbox *inbox,
	struct inbox_change *change, const char *what, uint64_t command);

#endif
