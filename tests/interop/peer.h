/* Kring's side of an interop test: a program that takes one JSON object a line on stdin
 * and answers each with one on stdout. "do" names the verb, bytes are hexadecimal. The
 * answer is {"ok":true, …} or {"error":"name"} with the name of an enum kr_err. */
#ifndef KRING_TESTS_PEER_H
#define KRING_TESTS_PEER_H

#include <cjson/cJSON.h>

#include <kring/crypto.h>

#define PEER_BYTES_MAX 64

/* One request and its answer. Views that were read from it are valid until its end. */
struct peer_call {
	const cJSON *request;
	cJSON *answer;
	struct kr_bytes decoded[PEER_BYTES_MAX];
	size_t num_decoded;
	bool malformed; /* a member was of the wrong type; ask before acting */
};

struct peer_verb {
	const char *name;
	enum kr_err (*run)(struct peer_call *call);
};

/* Members of the request. One that is absent is empty, zero or an empty list. */
struct kr_view peer_bytes(struct peer_call *call, const char *key);
unsigned peer_number(struct peer_call *call, const char *key);
/* A list of hexadecimal strings into items; returns how many, at most max. */
size_t peer_list(
	struct peer_call *call, const char *key, struct kr_view *items, size_t max);
/* Exactly len bytes to out. */
void peer_copy(struct peer_call *call, const char *key, void *out, size_t len);

/* Members of the answer. */
void peer_put(struct peer_call *call, const char *key, const void *data, size_t len);
/* num strings of len bytes each, which follow each other in data. */
void peer_put_list(struct peer_call *call, const char *key, const void *data, size_t num,
	size_t len);

/* The source of randomness, seeded by the verb "seed", which every peer has. */
extern struct kr_random peer_rng;

/* Answer until the input ends. Returns the exit status. */
int peer_main(const struct peer_verb *verbs, size_t num_verbs);

#endif
