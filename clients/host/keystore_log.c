#include "clients/host/keystore_log.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Bytes of the file ------------------------------------------------------------- */

enum kr_err keystore_io_error(void)
{
	switch (errno) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG: /* a limit on the size of files is a full disk too */
		return KR_ERR_STORE_FULL;
	case ENOMEM:
		return KR_ERR_MEMORY;
	default:
		return KR_ERR_STORE_IO;
	}
}

enum kr_err keystore_pwrite(int fd, struct kr_view bytes, uint64_t offset)
{
	while (bytes.len > 0) {
		ssize_t len = pwrite(fd, bytes.data, bytes.len, (off_t)offset);

		if (len < 0 && errno != EINTR) {
			return keystore_io_error();
		}
		if (len > 0) {
			bytes = kr_view(bytes.data + len, bytes.len - (size_t)len);
			offset += (uint64_t)len;
		}
	}
	return KR_OK;
}

/* KR_ERR_TRUNCATED where the file ends before. */
static enum kr_err read_at(int fd, uint8_t *out, size_t len, uint64_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t got = pread(fd, out + done, len - done, (off_t)(offset + done));

		if (got == 0) {
			return KR_ERR_TRUNCATED;
		}
		if (got < 0 && errno != EINTR) {
			return keystore_io_error();
		}
		done += got > 0 ? (size_t)got : 0;
	}
	return KR_OK;
}

/* A block with these bytes at its beginning. */
static enum kr_err write_block(int fd, struct kr_view bytes, uint64_t offset)
{
	uint8_t block[KEYSTORE_BLOCK_BYTES] = {0};

	memcpy(block, bytes.data, bytes.len);
	return keystore_pwrite(fd, kr_view(block, sizeof(block)), offset);
}

static enum kr_err write_mark(struct keystore_log *log)
{
	uint8_t mark[KEYSTORE_MARK_BYTES];

	keystore_mark_write(mark, &log->progress, &log->file_key);
	return write_block(log->fd, kr_view(mark, sizeof(mark)),
		keystore_mark_offset(&log->progress));
}

/* ---- Reading ----------------------------------------------------------------------- */

/* The batch that follows on progress. KR_ERR_NOT_FOUND where there is none, or none that
 * is good. */
static enum kr_err read_batch(const struct keystore_log *log, uint64_t file_size,
	struct keystore_progress *progress, struct kr_bytes *storage,
	struct kr_view *changes)
{
	uint8_t prefix[4];
	uint64_t left = file_size - progress->end;
	size_t len;
	enum kr_err err;

	if (left < sizeof(prefix)) {
		return KR_ERR_NOT_FOUND;
	}
	err = read_at(log->fd, prefix, sizeof(prefix), progress->end);
	if (err) {
		return err;
	}
	len = keystore_batch_len(kr_view(prefix, sizeof(prefix)));
	if (len == 0 || len > left) {
		return KR_ERR_NOT_FOUND;
	}
	if ((err = kr_bytes_alloc(storage, len)) ||
		(err = read_at(log->fd, storage->data, len, progress->end))) {
		kr_bytes_free(storage);
		return err;
	}
	err = keystore_batch_open(changes, storage, progress, &log->file_key);
	if (err) {
		kr_bytes_free(storage);
	}
	return err == KR_ERR_DECRYPT ? KR_ERR_NOT_FOUND : err;
}

/* Take a batch's changes into the index. */
static enum kr_err index_batch(
	struct keystore_index *index, uint64_t batch, struct kr_view changes)
{
	struct kr_reader r = kr_reader(changes);

	for (uint32_t i = 0; r.rest.len > 0; i++) {
		struct kr_core_record change;
		enum kr_err err = keystore_change_read(&r, &change);

		if (!err && !change.is_deleted) {
			err = keystore_index_reserve(index, change.key);
		}
		if (err) {
			return err;
		}
		keystore_index_apply(index, &change, (struct keystore_place){batch, i});
		keystore_index_release(index, change.key);
	}
	return KR_OK;
}

static enum kr_err size_of(int fd, uint64_t *size)
{
	struct stat st;

	if (fstat(fd, &st)) {
		return KR_ERR_STORE_IO;
	}
	*size = (uint64_t)st.st_size;
	return KR_OK;
}

/* From the beginning on, all batches that are good: at least those of the mark. */
static enum kr_err read_all(
	struct keystore_log *log, const struct keystore_progress *mark, uint64_t size)
{
	struct keystore_progress at = {
		.end = KEYSTORE_BATCHES_OFFSET,
		.generation = mark->generation - mark->num,
	};
	enum kr_err err = KR_OK;

	while (!err) {
		struct kr_bytes storage = {0};
		struct kr_view changes;
		uint64_t batch = at.num;

		if (at.num == mark->num &&
			(at.end != mark->end ||
				memcmp(at.last, mark->last, sizeof(at.last)) != 0)) {
			return KR_ERR_BAD_STATE_RECORD;
		}
		err = read_batch(log, size, &at, &storage, &changes);
		if (!err) {
			err = index_batch(&log->index, batch, changes);
		}
		kr_bytes_free(&storage);
	}
	log->progress = at;
	if (err != KR_ERR_NOT_FOUND) {
		return err;
	}
	return at.num < mark->num ? KR_ERR_BAD_STATE_RECORD : KR_OK;
}

/* The higher mark of those that are good. */
static enum kr_err read_mark(const struct keystore_log *log, struct kr_view head,
	struct keystore_progress *mark)
{
	bool found = false;

	for (unsigned i = 0; i < 2; i++) {
		size_t offset = KEYSTORE_MARK_OFFSET + i * KEYSTORE_BLOCK_BYTES;
		struct keystore_progress one;

		if (!keystore_mark_read(&one,
			    kr_view(head.data + offset, head.len - offset),
			    &log->file_key) &&
			keystore_mark_offset(&one) == offset &&
			(!found || one.num > mark->num)) {
			*mark = one;
			found = true;
		}
	}
	return found ? KR_OK : KR_ERR_BAD_STATE_RECORD;
}

/* Cut off what is no batch; what was not marked may not be synced either. */
static enum kr_err settle(
	struct keystore_log *log, const struct keystore_progress *mark, uint64_t size)
{
	if (log->progress.end < size &&
		ftruncate(log->fd, (off_t)log->progress.end) != 0) {
		return keystore_io_error();
	}
	return log->progress.num > mark->num ? keystore_log_commit(log) : KR_OK;
}

enum kr_err keystore_log_open(struct keystore_log *log, int fd, struct kr_view passphrase,
	struct keystore_passphrase_key *passphrase_key,
	uint8_t instance[KEYSTORE_INSTANCE_BYTES])
{
	uint8_t head[KEYSTORE_BATCHES_OFFSET];
	struct kr_view head_view = kr_view(head, sizeof(head));
	struct keystore_progress mark;
	uint64_t size;
	enum kr_err err;

	*log = (struct keystore_log){.fd = fd};
	err = read_at(fd, head, sizeof(head), 0);
	if (err) {
		return err == KR_ERR_TRUNCATED ? KR_ERR_BAD_STATE_RECORD : err;
	}
	if ((err = keystore_header_read(
		     head_view, passphrase, passphrase_key, instance, &log->file_key)) ||
		(err = read_mark(log, head_view, &mark)) || (err = size_of(fd, &size)) ||
		(err = read_all(log, &mark, size))) {
		return err;
	}
	return settle(log, &mark, size);
}

struct each {
	struct keystore_log *log;
	keystore_visit_fn *visit;
	void *ctx;
};

static enum kr_err each_of_batch(
	const struct each *each, uint64_t batch, struct kr_view changes)
{
	struct kr_reader r = kr_reader(changes);
	enum kr_err err = KR_OK;

	for (uint32_t i = 0; !err && r.rest.len > 0; i++) {
		struct keystore_place place = {batch, i};
		struct kr_core_record change;

		err = keystore_change_read(&r, &change);
		if (!err && !change.is_deleted &&
			keystore_index_lives(&each->log->index, change.key, place)) {
			err = each->visit(each->ctx, change.key, change.value);
		}
	}
	return err;
}

enum kr_err keystore_log_each(
	struct keystore_log *log, keystore_visit_fn *visit, void *ctx)
{
	const struct each each = {log, visit, ctx};
	struct keystore_progress at = {.end = KEYSTORE_BATCHES_OFFSET};
	enum kr_err err = KR_OK;

	while (!err && at.num < log->progress.num) {
		struct kr_bytes storage = {0};
		struct kr_view changes;
		uint64_t batch = at.num;

		err = read_batch(log, log->progress.end, &at, &storage, &changes);
		if (err == KR_ERR_NOT_FOUND || err == KR_ERR_TRUNCATED) {
			return KR_ERR_BAD_STATE_RECORD;
		}
		if (!err) {
			err = each_of_batch(&each, batch, changes);
		}
		kr_bytes_free(&storage);
	}
	return err;
}

/* ---- Writing ----------------------------------------------------------------------- */

enum kr_err keystore_log_create(struct keystore_log *log, int fd,
	const struct keystore_passphrase_key *passphrase_key,
	const uint8_t instance[KEYSTORE_INSTANCE_BYTES], uint64_t generation,
	const struct kr_random *rng)
{
	struct kr_view empty = kr_view_str("");
	uint8_t header[KEYSTORE_HEADER_BYTES];
	enum kr_err err;

	*log = (struct keystore_log){
		.fd = fd,
		.progress = {.end = KEYSTORE_BATCHES_OFFSET, .generation = generation},
	};
	if ((err = kr_random_secret(rng, &log->file_key)) ||
		(err = keystore_header_write(
			 header, passphrase_key, instance, &log->file_key, rng)) ||
		(err = write_block(fd, kr_view(header, sizeof(header)), 0)) ||
		(err = write_block(fd, empty, KEYSTORE_MARK_OFFSET)) ||
		(err = write_block(
			 fd, empty, KEYSTORE_MARK_OFFSET + KEYSTORE_BLOCK_BYTES))) {
		return err;
	}
	return KR_OK;
}

void keystore_log_close(struct keystore_log *log)
{
	if (log->fd >= 0) {
		(void)close(log->fd);
	}
	keystore_index_free(&log->index);
	kr_secret_wipe(&log->file_key);
	*log = (struct keystore_log){.fd = -1};
}

void keystore_log_cut(struct keystore_log *log, const struct keystore_progress *progress)
{
	log->progress = *progress;
	if (ftruncate(log->fd, (off_t)progress->end) != 0) {
		log->is_lost = true;
	}
}

enum kr_err keystore_log_append(
	struct keystore_log *log, struct kr_writer *w, const struct kr_random *rng)
{
	struct keystore_progress before = log->progress;
	enum kr_err err;

	if (log->is_lost) {
		return KR_ERR_STORE_IO;
	}
	err = keystore_batch_seal(w, &log->progress, &log->file_key, rng);
	if (err) {
		return err;
	}
	err = keystore_pwrite(log->fd, kr_writer_view(w), before.end);
	if (err) {
		keystore_log_cut(log, &before);
	}
	return err;
}

enum kr_err keystore_log_commit(struct keystore_log *log)
{
	enum kr_err err;

	/* After a sync that failed the system may call the next one good without having
	 * written anything. */
	log->is_lost = true;
	if (fdatasync(log->fd) != 0) {
		return keystore_io_error();
	}
	err = write_mark(log);
	if (err) {
		return err;
	}
	if (fdatasync(log->fd) != 0) {
		return keystore_io_error();
	}
	log->is_lost = false;
	return KR_OK;
}

enum kr_err keystore_log_destroy(struct keystore_log *log)
{
	enum kr_err err = write_block(log->fd, kr_view_str(""), 0);

	if (!err && fdatasync(log->fd) != 0) {
		err = keystore_io_error();
	}
	return err;
}
