/* The records of one client (core.h) on disk, encrypted under a passphrase.
 *
 * A keystore is a directory of its own (0700) with one file (0600), an append-only log of
 * encrypted batches; clients/host/KEYSTORE.md has its bytes. What is promised:
 *
 * - keystore_write is all or nothing. When it returns KR_OK the batch is on the disk, and
 *   neither kill -9 nor a power cut takes it away; of a batch that was being written then
 *   either all is there or nothing.
 * - What was damaged since is found out (KR_ERR_BAD_STATE_RECORD), it is never taken for
 *   the remains of a crash: also not where it hit the last batch.
 * - No key is ever used with two texts, so no nonce repeats, also not where the remains
 *   of a crash are overwritten.
 * - A record that was deleted or replaced is gone after the next compaction.
 *
 * What a keystore cannot know: whether the whole file was replaced by an older copy of
 * itself. Nothing on the same disk can tell. The machine finds it out from the relay,
 * whose events go further than the records do (`rolled_back`); keystore_mark is for a
 * host that sees two copies of one keystore side by side.
 *
 * One thread at a time; what is written is written by the caller's thread. */
#ifndef KRING_HOST_KEYSTORE_H
#define KRING_HOST_KEYSTORE_H

#include <kring/core.h>

struct keystore;

/* What a guess at the passphrase costs, for Argon2id with one lane (RFC 9106). Memory in
 * multiples of 1,024 bytes. */
struct keystore_cost {
	uint32_t passes;
	uint32_t memory_kib;
};

#define KEYSTORE_PASSES     3
#define KEYSTORE_MEMORY_KIB (64 * 1024)

/* What an opened file may ask for at most; no less than KEYSTORE_MEMORY_KIB_MIN. */
#define KEYSTORE_PASSES_MAX     16
#define KEYSTORE_MEMORY_KIB_MIN 8
#define KEYSTORE_MEMORY_KIB_MAX (1024 * 1024)

/* All records of one keystore_write, with their keys and lengths, are at most this
 * long. */
#define KEYSTORE_BATCH_MAX ((size_t)64 << 20)

/* Whether there is a keystore in dir. */
bool keystore_exists(const char *dir);

/* Make an empty keystore in dir and open it. dir is made if it does not exist; its parent
 * has to.
 *   cost  NULL for the default; anything smaller is for tests
 * KR_ERR_EXISTS if there is one, KR_ERR_NOT_FOUND without a parent, KR_ERR_FILE_MODE if
 * others may look into dir, KR_ERR_ARGUMENT for a cost outside the bounds above,
 * KR_ERR_STORE_LOCKED, _STORE_FULL, _STORE_IO, KR_ERR_MEMORY, KR_ERR_RANDOM. */
enum kr_err keystore_create(struct keystore **out, const char *dir,
	struct kr_view passphrase, const struct keystore_cost *cost,
	const struct kr_random *rng);

/* Open the keystore in dir, and cut off what a crash left half written. rng is kept, it
 * has to outlive the keystore.
 * KR_ERR_NOT_FOUND, KR_ERR_PASSPHRASE (it is another one), KR_ERR_STORE_LOCKED (another
 * process, or this one, has it open), KR_ERR_BAD_STATE_RECORD (damaged),
 * KR_ERR_STORE_VERSION, KR_ERR_FILE_MODE (others may look into the directory or the file,
 * or it is somebody else's), _STORE_FULL, _STORE_IO, KR_ERR_MEMORY, KR_ERR_RANDOM. */
enum kr_err keystore_open(struct keystore **out, const char *dir,
	struct kr_view passphrase, const struct kr_random *rng);

/* Wipes what it knows. NULL is fine. */
void keystore_close(struct keystore *keystore);

/* Hand each record to visit, in no particular order; views are valid until it returns. An
 * error of visit ends it and is returned.
 * KR_ERR_BAD_STATE_RECORD, _STORE_IO, KR_ERR_MEMORY. */
typedef enum kr_err keystore_visit_fn(
	void *ctx, struct kr_view key, struct kr_view value);
enum kr_err keystore_each(struct keystore *keystore, keystore_visit_fn *visit, void *ctx);

/* Write all these changes or none. Of two changes of one key the later one counts;
 * deleting what is not there is fine. Compacts by itself when more of the file is garbage
 * than not.
 * KR_ERR_STORE_FULL: nothing has changed, and it can be tried again when there is room.
 * KR_ERR_STORE_IO: nobody knows what the disk holds now; from here on every write fails
 * like that until the keystore is opened again, which finds all of the batch or nothing.
 * KR_ERR_TOO_LARGE, KR_ERR_ARGUMENT (an empty key, or one longer than KR_CORE_KEY_MAX),
 * KR_ERR_MEMORY, KR_ERR_RANDOM: nothing has changed. */
enum kr_err keystore_write(
	struct keystore *keystore, const struct kr_core_record *records, size_t num);

/* Write what lives into a new file under a new key, put it in place of the old one, and
 * destroy the old one's key. A disk may keep what is overwritten all the same (SSDs and
 * snapshots do); then the passphrase is what protects it.
 * Errors as keystore_write; on any but KR_ERR_STORE_IO the old file is as it was. */
enum kr_err keystore_compact(struct keystore *keystore);

/* From now on the passphrase is another one; compacts. A copy of the file that was made
 * before still opens with the old one, and shows what was in it then. Errors as
 * keystore_compact, KR_ERR_ARGUMENT for the cost. */
enum kr_err keystore_change_passphrase(struct keystore *keystore,
	struct kr_view passphrase, const struct keystore_cost *cost);

/* Delete the keystore for good: destroys the key, then the file. It has to be closed
 * still; keystore does nothing any more. KR_ERR_STORE_IO. */
enum kr_err keystore_destroy(struct keystore *keystore);

/* For who sees two copies of a keystore. instance: random, made at the creation and kept;
 * generation: counts every batch and every compaction since then; last: the tag of the
 * last one. With the same instance, a generation that is the same with another last means
 * that both were written to after the copy was made; a smaller generation that this one
 * is the older, or that too. Only one of two copies may ever be used. */
#define KEYSTORE_INSTANCE_BYTES 16
struct keystore_mark {
	uint8_t instance[KEYSTORE_INSTANCE_BYTES];
	uint64_t generation;
	uint8_t last[KR_AEAD_TAG_BYTES];
};
void keystore_mark(const struct keystore *keystore, struct keystore_mark *out);

/* How large the file is, in bytes, and how much of that records take that live. */
struct keystore_size {
	uint64_t file;
	uint64_t live;
	uint64_t num_records;
};
void keystore_size(const struct keystore *keystore, struct keystore_size *out);

#endif
