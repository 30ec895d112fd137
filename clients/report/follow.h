/* A case as its reporter follows it: every event checked before it counts, and the words
 * of professionals opened. What the reporter said is not among it: nothing that leads to
 * that is ever sealed to a receipt. CASES.md §10. */
#ifndef CLIENTS_REPORT_FOLLOW_H
#define CLIENTS_REPORT_FOLLOW_H

#include <kring/cases.h>
#include <kring/wire.h>

struct command;
struct kr_report;
struct answer;

/* An event of the case, as it came. */
struct entry {
	struct entry *next;
	struct kr_event event; /* views into bytes */
	uint8_t hash[KR_SHA256_BYTES];
	struct kr_bytes bytes; /* head and body */
	uint8_t author[KR_ID_BYTES];
	uint64_t tick; /* the input in which it came */
	bool is_told;
	/* Its words are sealed to the reporter: the index of that recipient, and what
	 * they are once they are open (struct kr_words). */
	bool has_words;
	size_t recipient;
	struct kr_bytes words;
	bool is_unreadable;
};

struct follow {
	bool is_begun;
	uint64_t command; /* `return`, while it waits; 0 */
	struct kr_receipt_keys keys;
	bool is_sent; /* here: then the first event is known, by */
	uint8_t sent_hash[KR_SHA256_BYTES];

	struct kr_case_chain chain;
	struct entry *first; /* those up to chain.seq are checked */
	struct entry **last;
	size_t num_entries;   /* dense, from event 1 */
	size_t num_words;     /* how often somebody has spoken to the reporter */
	enum kr_case_lie lie; /* at chain.seq + 1: nothing after it counts */
	bool is_erased;       /* the relay has nothing of it any more */
	uint64_t late_ms;     /* the clock that ran out and was told */

	/* Of the connection. */
	bool is_open;
	bool is_subscribed;
	bool has_gap;        /* an event came that is not the next */
	uint64_t head_seq;   /* as the relay says: until there it is catching up */
	uint64_t keys_after; /* wraps are here up to there */
};

void follow_wipe(struct follow *follow);
void follow_disconnected(struct kr_report *report);

enum kr_err command_return(struct kr_report *report, const struct command *command);

/* A signal was sent. sent_hash is the running hash after its first event; is_open: its
 * case is open on this connection, as it is after all but a repeat. */
void follow_begin_sent(struct kr_report *report, const struct kr_receipt_keys *keys,
	const uint8_t sent_hash[KR_SHA256_BYTES], bool is_open);

enum kr_err follow_event(
	struct kr_report *report, const struct kr_event_delivery *delivery);

/* The event of this number, checked or not; NULL. */
struct entry *follow_entry(const struct follow *follow, uint64_t seq);

/* Is all taken in that the relay says there is? Also after a lie: no more will be. */
bool follow_is_settled(const struct kr_report *report);

/* Is there anything to ask? Not of a relay that was found to lie, once it is gone. */
bool follow_wants_connection(const struct follow *follow);

enum kr_err follow_reconcile(struct kr_report *report);

#endif
