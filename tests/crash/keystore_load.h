/* What keystore_writer writes, batch after batch, so that a test can tell from a keystore
 * after which batch it stands. */
#ifndef KRING_TESTS_KEYSTORE_LOAD_H
#define KRING_TESTS_KEYSTORE_LOAD_H

#include "clients/host/keystore.h"

#define KEYSTORE_LOAD_RECORDS 4 /* in a batch, at most */
#define KEYSTORE_LOAD_VALUE   2000

struct keystore_load_batch {
	struct kr_core_record records[KEYSTORE_LOAD_RECORDS];
	size_t num;
	char keys[KEYSTORE_LOAD_RECORDS][4];
	uint8_t number[4];
	uint8_t values[2][KEYSTORE_LOAD_VALUE];
};

/* Batch n, counted from 1. It points into itself. */
void keystore_load_make(struct keystore_load_batch *batch, uint32_t n);

/* The passphrase is one of these two; the writer changes between them. */
extern const char *const keystore_load_passphrases[2];
extern const struct keystore_cost keystore_load_cost;

/* Open with whichever it is. */
enum kr_err keystore_load_open(struct keystore **out, const char *dir);

/* After which batch the keystore stands; false if after none: something is missing, too
 * much, or changed. */
bool keystore_load_read(struct keystore *keystore, uint32_t *n);

#endif
