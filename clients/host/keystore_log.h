/* One file of a keystore: opened, read, appended to. keystore.h joins them. */
#ifndef KRING_HOST_KEYSTORE_LOG_H
#define KRING_HOST_KEYSTORE_LOG_H

#include "clients/host/keystore_format.h"
#include "clients/host/keystore_index.h"

struct keystore_log {
	int fd; /* -1: none */
	struct kr_secret file_key;
	struct keystore_progress progress;
	struct keystore_index index;
	bool is_lost; /* nobody knows what the disk holds of the last write */
};

/* What errno says, as one of KR_ERR_STORE_FULL, _STORE_IO, _MEMORY. */
enum kr_err keystore_io_error(void);

/* All of bytes at an offset. KR_ERR_STORE_FULL, KR_ERR_STORE_IO. */
enum kr_err keystore_pwrite(int fd, struct kr_view bytes, uint64_t offset);

/* A fresh file on fd, which the log takes over also when this fails, with a fresh file
 * key; nothing is synced yet. KR_ERR_STORE_FULL, KR_ERR_STORE_IO, KR_ERR_RANDOM. */
enum kr_err keystore_log_create(struct keystore_log *log, int fd,
	const struct keystore_passphrase_key *passphrase_key,
	const uint8_t instance[KEYSTORE_INSTANCE_BYTES], uint64_t generation,
	const struct kr_random *rng);

/* The file on fd, which the log takes over also when this fails; what was left half
 * written is cut off, what was written and not marked is marked. Errors as
 * keystore_open. */
enum kr_err keystore_log_open(struct keystore_log *log, int fd, struct kr_view passphrase,
	struct keystore_passphrase_key *passphrase_key,
	uint8_t instance[KEYSTORE_INSTANCE_BYTES]);

/* Wipes. Happy with a log that failed, or whose fd is -1. */
void keystore_log_close(struct keystore_log *log);

/* Seal the batch that w holds and append it, neither synced nor marked; w is the sealed
 * batch then. On an error the log is as before, unless is_lost. */
enum kr_err keystore_log_append(
	struct keystore_log *log, struct kr_writer *w, const struct kr_random *rng);

/* Sync what was appended, then mark it, then sync the mark. On an error, and always
 * if is_lost is set, nobody knows. */
enum kr_err keystore_log_commit(struct keystore_log *log);

/* Back to an earlier progress, when what was appended since is not committed. Sets
 * is_lost if that fails. */
void keystore_log_cut(struct keystore_log *log, const struct keystore_progress *progress);

/* Each record that lives, in the order of the file. Errors as keystore_each. */
enum kr_err keystore_log_each(
	struct keystore_log *log, keystore_visit_fn *visit, void *ctx);

/* Make the file's key unreadable, for good if the disk overwrites in place. */
enum kr_err keystore_log_destroy(struct keystore_log *log);

#endif
