/* Answers to requests, as a relay gives them: PROTOCOL.md §2 and §7. */
#ifndef CLIENTS_MACHINE_ANSWER_H
#define CLIENTS_MACHINE_ANSWER_H

#include <kring/wire.h>

struct answer {
	bool ok;
	enum kr_err
		err;   /* the error whose wire code this is; KR_ERR_ARGUMENT: not known */
	char code[32]; /* as the relay said it */
	enum kr_retry retry;
	uint64_t retry_ms;
	const struct kr_json_doc *doc;
	struct kr_view body;
};

/* What says neither ok nor an error counts as an error that is not known. */
void answer_read(
	struct answer *answer, const struct kr_json_doc *doc, struct kr_view body);

/* "Later": when to ask again, as it says, or else in a second. */
uint64_t answer_retry_time(const struct answer *answer, uint64_t now_ms);

/* Does the answer have this error? */
bool answer_is(const struct answer *answer, const char *code);

#endif
