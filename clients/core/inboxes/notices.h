/* Notices and guidance cards of professionals (CASES.md §11): who is in the team of an
 * inbox publishes them; the clients of coordinators bring them to the community's group;
 * every member's client checks them against the identity in the policy. */
#ifndef CLIENTS_CORE_INBOXES_NOTICES_H
#define CLIENTS_CORE_INBOXES_NOTICES_H

#include <kring/cases.h>

#include "clients/core/group/feed.h"
#include "clients/core/inboxes/inboxes.h"

/* ---- In the group: notices.c ----------------------------------------------------- */

/* What stands in a content of kind notice. About 6 KiB. */
struct brought_notice {
	struct kr_inbox_record record;
	uint8_t inbox[KR_ID_BYTES];
	bool is_move; /* no notice: the inbox names its successor */
	struct kr_notice notice;
};
/* Checked in itself: the record by the identity in it, the notice by the record. Views
 * into the content. KR_ERR_ENCODING: neither a notice nor a successor; as
 * kr_inbox_record_read and kr_notice_read. */
enum kr_err notice_read(struct brought_notice *out, const struct kr_content *content);

/* Is this message a notice that its author had no right to bring? Only coordinators do,
 * as the group's epoch has them: that is the same for all members. */
bool notice_oversteps(
	const struct group *group, struct kr_view author, struct kr_view plaintext);

/* Its fields, and whether it has expired. False: out of memory. */
bool notice_to_json(
	const struct kr_core *core, cJSON *object, const struct kr_notice *notice);

/* Write down that a coordinator brought this. Nothing is noted of what is false, or
 * brought again. KR_ERR_MEMORY. */
enum kr_err notices_note(
	struct feed *feed, const struct kr_content *content, uint64_t seq);
/* Does this notice stand in the group? */
bool notices_have(const struct feed *feed, const uint8_t inbox[KR_ID_BYTES],
	const uint8_t event[KR_EVENT_ID_BYTES]);
/* Is who signed it in the team, by the newest record that came with a notice? Who left
 * has the record of before, and a key that was good then. */
bool notices_signer_stays(const struct feed *feed, const uint8_t inbox[KR_ID_BYTES],
	const struct kr_notice *notice);
/* The successor that this inbox has named; NULL: none. */
const uint8_t *notices_successor(
	const struct feed *feed, const uint8_t inbox[KR_ID_BYTES]);
/* One came just now: tell of it, or that it is false. */
enum kr_err notices_came(
	struct kr_core *core, struct group *group, const struct feed_message *message);

enum kr_err ask_notices(const struct kr_core *core, const cJSON *question, cJSON *answer);

/* ---- Of coordinators: bring.c ---------------------------------------------------- */

/* What coordinators' clients do follows from the policy alone: no signal changes when
 * they read which inbox (P8). */
struct notices {
	uint64_t read_ms; /* read the trusted inboxes again at this time */
	uint64_t round;   /* counts how often that was */
	bool must_bring;  /* something was read: look what has to be brought */
};

/* Before inboxes_reconcile, which sends what is asked for here. */
enum kr_err notices_read(struct kr_core *core);
/* After it. */
enum kr_err notices_bring(struct kr_core *core);
void notices_disconnected(struct kr_core *core);
/* Are inboxes being read? */
bool notices_are_busy(const struct kr_core *core);
/* Is it read for a community that this account coordinates? */
bool notices_follow(const struct kr_core *core, const struct inbox *inbox);
/* A notice of an inbox came, sealed: of one's own, or of one that a community trusts. */
enum kr_err notices_keep(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES]);
/* A post in the outbox: does it bring what another coordinator has brought meanwhile, the
 * notice of an inbox that is not trusted any more, or what is not for this account to
 * bring any more? */
bool notice_is_needless(
	const struct kr_core *core, const struct group *group, struct kr_view plain);

/* ---- Of professionals: publish.c ------------------------------------------------- */

/* A kept event of an inbox's topic, opened. The record is that of the number that the
 * notice names; the event's id is the notice's. KR_ERR_NOT_FOUND: it is no notice, or
 * false.
 *   storage  of KR_NOTICE_STORAGE bytes, for the views of out */
#define KR_NOTICE_STORAGE (KR_NOTICE_MAX + 64)
struct own_notice {
	struct kr_view bytes;
	struct kr_view record;
	struct kr_notice notice;
};
enum kr_err notice_open_kept(const struct inbox *inbox, const struct kept_event *kept,
	const uint8_t reading_key[KR_READING_KEY_BYTES], uint8_t *storage,
	struct own_notice *out);

enum kr_err command_inbox_notice(struct kr_core *core, struct command *command);
enum kr_err ask_own_notices(
	const struct kr_core *core, const cJSON *question, cJSON *answer);

#endif
