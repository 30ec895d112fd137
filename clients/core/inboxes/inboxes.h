/* Inboxes of professionals: those in whose team this account is, and those that a case or
 * a link has made known. CASES.md §2. */
#ifndef CLIENTS_CORE_INBOXES_INBOXES_H
#define CLIENTS_CORE_INBOXES_INBOXES_H

#include <kring/cases.h>

#include "clients/core/commands.h"
#include "clients/core/topics.h"

/* A record as it came, and read. */
struct inbox_record {
	struct inbox_record *next; /* of a lower number */
	uint64_t since_ms; /* by the relay's clock, which deadlines go by: its event's */
	struct kr_bytes bytes;
	struct kr_inbox_record read; /* views into bytes */
};

/* A sealing key that was opened: the newest, and those before it. */
struct inbox_key {
	struct inbox_key *next;
	uint64_t number;
	struct kr_x25519_keypair pair;
};

struct inbox {
	struct inbox *next;
	uint8_t id[KR_ID_BYTES];
	/* Stored as RECORD_INBOX. */
	bool is_own; /* this account is in its team */
	bool has_reading_key;
	uint8_t reading_key[KR_READING_KEY_BYTES];
	/* Stored as RECORD_INBOX_RECORD, each; the newest first. */
	struct inbox_record *records;
	/* Of one's own, opened. */
	bool is_open;
	struct kr_inbox_secrets secrets;
	struct inbox_key *keys;
	/* Of the connection. */
	bool is_wanted;         /* its records are to be read */
	uint64_t trusted_round; /* that notices_follow goes by */
	bool is_asked;
	bool is_fresh; /* they were, or come by themselves */
	uint64_t read_after;
	uint64_t given_seq;   /* the last event that came since it was asked for */
	uint64_t read_number; /* the highest that came */
	uint64_t retry_ms;    /* nothing is asked before */
	uint64_t renew_sent;  /* the record that was to be renewed, by number */
	/* Of this machine: the record of which the host was told that it runs out. */
	uint64_t renew_told;
};

enum kr_err inboxes_load(struct kr_core *core);
void inboxes_free(struct kr_core *core);
void inboxes_disconnected(struct kr_core *core);
enum kr_err inboxes_reconcile(struct kr_core *core);
/* Make the next record of those that run out: renew.c. */
enum kr_err inboxes_renew(struct kr_core *core);

const struct inbox *inbox_look(const struct kr_core *core, const uint8_t id[KR_ID_BYTES]);
struct inbox *inbox_find(struct kr_core *core, const uint8_t id[KR_ID_BYTES]);
/* Known from here on, by a case or a link; out may be NULL. */
enum kr_err inbox_know(
	struct kr_core *core, const uint8_t id[KR_ID_BYTES], struct inbox **out);
/* From a link: what its card and notices are read with. One that does not open the card
 * of the record that is known changes nothing. */
enum kr_err inbox_learn_reading_key(struct kr_core *core, struct inbox *inbox,
	const uint8_t reading_key[KR_READING_KEY_BYTES]);
/* The relay names it as one of the account's: follow its topic. */
enum kr_err inbox_listed(struct kr_core *core, const uint8_t id[KR_ID_BYTES]);
/* The relay has refused what was made on the newest record known: there may be
 * another. */
void inbox_refused(struct kr_core *core, const uint8_t id[KR_ID_BYTES]);

/* An event of the topic of one's own inbox, or of another that was asked for. */
enum kr_err inbox_apply(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES]);
enum kr_err inbox_read_event(
	struct kr_core *core, const struct kr_event_delivery *delivery);
enum kr_err inbox_closed(struct kr_core *core, const uint8_t id[KR_ID_BYTES]);

/* The newest record; NULL: none yet. */
const struct kr_inbox_record *inbox_record(const struct inbox *inbox);
/* The record of this number, or the one that was in force at that time (the first, for a
 * time before it: a relay's clock may be set back); NULL. */
const struct kr_inbox_record *inbox_record_numbered(
	const struct inbox *inbox, uint64_t number);
const struct kr_inbox_record *inbox_record_at(
	const struct inbox *inbox, uint64_t time_ms);
/* The newest record, older than that of a number, by which the case's clock may have been
 * set at that time; NULL. */
const struct kr_inbox_record *inbox_record_of_clock(const struct inbox *inbox,
	const struct kr_case_chain *chain, uint64_t below, uint64_t time_ms);
/* Read its records on this connection. True if that is done, or there is nothing to wait
 * for. */
bool inbox_want(struct kr_core *core, struct inbox *inbox);

/* Look for newer ones, unless they come by themselves: something rests on a record that
 * is not here, or is not the one that it seemed. */
enum kr_err inbox_read_on(struct kr_core *core, struct inbox *inbox);

/* Its sealing pair of that number; NULL: not in the team, or not opened. */
const struct kr_x25519_keypair *inbox_pair(const struct inbox *inbox, uint64_t number);

/* Its name, or "" if its card cannot be read here; storage of KR_INBOX_CARD_MAX bytes. */
struct kr_view inbox_name(const struct inbox *inbox, uint8_t *storage);

/* The field `inbox`, or the only one of one's own. KR_ERR_FIELD, KR_ERR_NOT_FOUND. */
enum kr_err inbox_of(
	const struct kr_core *core, const cJSON *args, const struct inbox **out);

enum kr_err command_professional_card(struct kr_core *core, struct command *command);
enum kr_err command_inbox_create(struct kr_core *core, struct command *command);
enum kr_err command_inbox_set(struct kr_core *core, struct command *command);
enum kr_err command_inbox_add(struct kr_core *core, struct command *command);
enum kr_err command_inbox_drop(struct kr_core *core, struct command *command);
enum kr_err command_inbox_rotate(struct kr_core *core, struct command *command);
enum kr_err command_inbox_move(struct kr_core *core, struct command *command);
enum kr_err command_recovery_digits(struct kr_core *core, struct command *command);
enum kr_err command_inbox_recovery_key(struct kr_core *core, struct command *command);
enum kr_err command_inbox_recover(struct kr_core *core, struct command *command);
enum kr_err ask_own_inboxes(
	const struct kr_core *core, const cJSON *question, cJSON *answer);
enum kr_err ask_inbox(const struct kr_core *core, const cJSON *question, cJSON *answer);

#endif
