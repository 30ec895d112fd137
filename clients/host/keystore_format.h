/* The bytes of a keystore's file, KEYSTORE.md: header, marks, batches. No I/O. */
#ifndef KRING_HOST_KEYSTORE_FORMAT_H
#define KRING_HOST_KEYSTORE_FORMAT_H

#include <kring/codec.h>

#include "clients/host/keystore.h"

#define KEYSTORE_SALT_BYTES         16 /* Argon2id's */
#define KEYSTORE_BLOCK_BYTES        4096
#define KEYSTORE_HEADER_BYTES       170
#define KEYSTORE_MARK_BYTES         72
#define KEYSTORE_MARK_OFFSET        KEYSTORE_BLOCK_BYTES /* of mark A; B follows */
#define KEYSTORE_BATCHES_OFFSET     (3 * KEYSTORE_BLOCK_BYTES)
#define KEYSTORE_BATCH_PREFIX_BYTES (4 + KR_SHA256_BYTES)

/* The key that a passphrase gives, and what it took to make it. */
struct keystore_passphrase_key {
	struct keystore_cost cost;
	uint8_t salt[KEYSTORE_SALT_BYTES];
	struct kr_secret key;
};

/* With a fresh salt. KR_ERR_ARGUMENT (cost), KR_ERR_MEMORY, KR_ERR_RANDOM. */
enum kr_err keystore_passphrase_key_make(struct keystore_passphrase_key *out,
	struct kr_view passphrase, const struct keystore_cost *cost,
	const struct kr_random *rng);

/* ---- Header ------------------------------------------------------------------------ */

/* Write the header of a file with this key. KR_ERR_RANDOM. */
enum kr_err keystore_header_write(uint8_t out[KEYSTORE_HEADER_BYTES],
	const struct keystore_passphrase_key *passphrase_key,
	const uint8_t instance[KEYSTORE_INSTANCE_BYTES], const struct kr_secret *file_key,
	const struct kr_random *rng);

/* KR_ERR_BAD_STATE_RECORD, KR_ERR_STORE_VERSION, KR_ERR_PASSPHRASE, KR_ERR_MEMORY. */
enum kr_err keystore_header_read(struct kr_view bytes, struct kr_view passphrase,
	struct keystore_passphrase_key *passphrase_key,
	uint8_t instance[KEYSTORE_INSTANCE_BYTES], struct kr_secret *file_key);

/* ---- Marks ------------------------------------------------------------------------- */

/* How far a file is committed; the next batch follows on it. */
struct keystore_progress {
	uint64_t num;
	uint64_t end;
	uint64_t generation;
	uint8_t last[KR_AEAD_TAG_BYTES];
};

/* Where the mark of this progress stands. */
uint64_t keystore_mark_offset(const struct keystore_progress *progress);

void keystore_mark_write(uint8_t out[KEYSTORE_MARK_BYTES],
	const struct keystore_progress *progress, const struct kr_secret *file_key);

/* bytes begins with the mark. KR_ERR_TRUNCATED, KR_ERR_MAC. */
enum kr_err keystore_mark_read(struct keystore_progress *out, struct kr_view bytes,
	const struct kr_secret *file_key);

/* ---- Batches ----------------------------------------------------------------------- */

/* Begin a batch, add changes, seal it: it follows on progress. What is sealed is the
 * batch as it stands in the file. */
void keystore_batch_begin(struct kr_writer *w);
void keystore_batch_add(struct kr_writer *w, const struct kr_core_record *change);

/* Advances progress past the batch. KR_ERR_RANDOM, KR_ERR_TOO_LARGE, KR_ERR_MEMORY; then
 * progress is as it was. */
enum kr_err keystore_batch_seal(struct kr_writer *w, struct keystore_progress *progress,
	const struct kr_secret *file_key, const struct kr_random *rng);

/* The length of the whole batch that begins with prefix; 0 if it cannot be one. */
size_t keystore_batch_len(struct kr_view prefix);

/* Open the batch that follows on progress, in place; changes is a view into it. Advances
 * progress. KR_ERR_DECRYPT; then progress is as it was. batch is keystore_batch_len
 * bytes. */
enum kr_err keystore_batch_open(struct kr_view *changes, struct kr_bytes *batch,
	struct keystore_progress *progress, const struct kr_secret *file_key);

/* One change, off the front of changes. KR_ERR_BAD_STATE_RECORD for what is none. */
enum kr_err keystore_change_read(struct kr_reader *changes, struct kr_core_record *out);

#endif
