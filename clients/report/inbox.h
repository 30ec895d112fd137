/* Records of inboxes, as the relay gives them and their identities signed them. An inbox
 * is known by its id, which is the hash of its identity: so every record proves
 * itself. */
#ifndef CLIENTS_REPORT_INBOX_H
#define CLIENTS_REPORT_INBOX_H

#include <kring/inbox.h>

struct kr_report;

struct inbox_record {
	struct inbox_record *next;
	uint64_t number;
	uint64_t since_ms; /* the relay's clock when it came into force */
	struct kr_bytes bytes;
};

struct inbox {
	struct inbox *next;
	uint8_t id[KR_ID_BYTES];
	struct inbox_record *records; /* the highest number first */
	/* The inputs in which the newest record, and all of them, were asked for; 0:
	 * never. An answer without a record counts. */
	uint64_t newest_tick;
	uint64_t history_tick;
};

struct inboxes {
	struct inbox *first;
	/* What is being asked for. */
	uint8_t asked_id[KR_ID_BYTES];
	bool asked_history;
	uint64_t asked_tick;
	uint64_t asked_after;
};

void inboxes_wipe(struct inboxes *inboxes);

/* Was its newest record (were all of its records) asked for in this input or later? */
bool inbox_is_read(const struct kr_report *report, const uint8_t id[KR_ID_BYTES],
	bool history, uint64_t tick);
/* Ask for it, when the link is free. */
enum kr_err inbox_read(
	struct kr_report *report, const uint8_t id[KR_ID_BYTES], bool history);
/* A record that comes. */
enum kr_err inbox_event(struct kr_report *report, const struct kr_event *event);

/* The newest record; that of a number; the newest, older than that of a number, by which
 * the case's clock may have been set at a time. Views of out are valid until everything
 * is wiped. KR_ERR_NOT_FOUND. */
enum kr_err inbox_newest(struct kr_inbox_record *out, const struct kr_report *report,
	const uint8_t id[KR_ID_BYTES]);
enum kr_err inbox_numbered(struct kr_inbox_record *out, const struct kr_report *report,
	const uint8_t id[KR_ID_BYTES], uint64_t number);
enum kr_err inbox_of_clock(struct kr_inbox_record *out, const struct kr_report *report,
	const uint8_t id[KR_ID_BYTES], uint64_t below, uint64_t time_ms);
/* At that time, was no other in force than the newest that is here? */
bool inbox_is_settled_at(
	const struct kr_report *report, const uint8_t id[KR_ID_BYTES], uint64_t time_ms);

#endif
