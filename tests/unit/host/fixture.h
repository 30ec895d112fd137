/* A keystore in a directory of its own, and short ways to change, damage and look at it.
 * Every function asserts. */
#ifndef KRING_TESTS_HOST_FIXTURE_H
#define KRING_TESTS_HOST_FIXTURE_H

#include "clients/host/keystore.h"

struct fixture {
	char parent[64];
	char dir[80];   /* the keystore's */
	char file[104]; /* in it */
	struct keystore *keystore;
};

#define PASSPHRASE "correct horse battery staple"

/* As little as Argon2id takes. */
extern const struct keystore_cost cheap;

/* A fresh keystore. */
void fixture_open(struct fixture *f);
/* A directory for one, which is not made yet. */
void fixture_prepare(struct fixture *f);
/* Close, and remove everything. */
void fixture_close(struct fixture *f);
/* Close and open again. */
void fixture_reopen(struct fixture *f);
/* Try to open; on KR_OK it is f->keystore. */
enum kr_err fixture_try(struct fixture *f, const char *passphrase);

/* One batch. changes: "a=1 b=2 -c" puts two records and deletes one. */
enum kr_err fixture_try_write(struct fixture *f, const char *changes);
void fixture_write(struct fixture *f, const char *changes);
/* One record of that many bytes, all the same. */
enum kr_err fixture_try_fill(
	struct fixture *f, const char *key, uint8_t byte, size_t len);

/* All records, in the order of their keys: "a=1 b=2". Values that are longer than a few
 * bytes stand as their first byte and length, "x*1000". */
void fixture_assert_state(struct fixture *f, const char *expected);

/* The file as a whole. */
void fixture_read_file(struct fixture *f, struct kr_bytes *out);
void fixture_write_file(struct fixture *f, struct kr_view bytes);

#endif
