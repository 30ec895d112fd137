/* Words for the names that the core's answers hold (COMMANDS.md). */
#ifndef KRING_CLI_WORDS_H
#define KRING_CLI_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum words {
	WORDS_CATEGORY,
	WORDS_OFTEN,
	WORDS_ROLE,
	WORDS_GROUP_STATE,
	WORDS_INVITATION,
	WORDS_CONNECTION,
	WORDS_KIND,
	WORDS_LOG,
	WORDS_OUTBOX,
	WORDS_ALARM,
	WORDS_URGENCY,
	WORDS_OUTCOME,
	WORDS_CASE_STATE,
	WORDS_CASE_EVENT,
	WORDS_PARTY,
	WORDS_SIGNAL_KIND,
	WORDS_AT_RISK,
	WORDS_AT_RISK_TO_REPORTER, /* said to the one who reports */
	WORDS_ANSWER,
	WORDS_NUM,
};

/* The words, translated; the name itself if there are none. */
const char *words_of(enum words list, const char *name);

/* The i-th name of a list; NULL beyond the last. */
const char *words_name(enum words list, size_t i);

/* Which name a word of the user means: a name, its words in the user's language, or a
 * unique beginning of either. NULL. */
const char *words_find(enum words list, const char *word);

/* Local date and time of milliseconds since 1970; "" for 0. size 32 will do. */
const char *words_time(char *out, size_t size, double time_ms);

/* "since October 2026", by the precision's name. "" if it is not said. */
const char *words_since(char *out, size_t size, const char *precision, double time_ms);

/* 2026, 2026-10, 2026-10-05 (or 5-10-2026), 2026-10-05T21, in local time. Gives the
 * precision's name, NULL if it is no date. */
const char *words_read_since(const char *text, uint64_t *time_ms);

/* A time to come: as above, and 2026-10-05T21:30 or 2026-10-05T21:30:15 to the minute or
 * second. False if it is none. */
bool words_read_time(const char *text, uint64_t *time_ms);

#endif
