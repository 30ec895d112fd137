#include "clients/host/keystore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/host/keystore_log.h"
#include "clients/host/memory.h"

#define FILE_NAME "keystore"
#define NEW_NAME  "keystore.new"

/* Smaller files are not worth compacting. */
#define COMPACT_BYTES ((uint64_t)256 << 10)

/* What compaction puts into one batch, about. */
#define COMPACT_BATCH_BYTES ((size_t)1 << 20)

/* All of it is in memory that is locked. */
struct keystore {
	int dir; /* holds the lock */
	const struct kr_random *rng;
	struct keystore_passphrase_key passphrase_key;
	uint8_t instance[KEYSTORE_INSTANCE_BYTES];
	struct keystore_log log;
	struct keystore_log next; /* while compacting: what takes its place */
	uint64_t compact_above;   /* bytes; grows when compaction fails */
};

/* ---- The directory ----------------------------------------------------------------- */

bool keystore_exists(const char *dir)
{
	char path[4096];
	struct stat st;
	int len = snprintf(path, sizeof(path), "%s/" FILE_NAME, dir);

	return len > 0 && (size_t)len < sizeof(path) && lstat(path, &st) == 0;
}

/* Nobody else may read or change it, but root. */
static enum kr_err check_mode(int fd, mode_t kind)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		return KR_ERR_STORE_IO;
	}
	return (st.st_mode & S_IFMT) == kind && st.st_uid == geteuid() &&
			(st.st_mode & (S_IRWXG | S_IRWXO)) == 0
		? KR_OK
		: KR_ERR_FILE_MODE;
}

static enum kr_err make_dir(const char *dir)
{
	int fd, parent;
	bool synced;

	if (mkdir(dir, S_IRWXU) != 0) {
		return errno == EEXIST    ? KR_OK
			: errno == ENOENT ? KR_ERR_NOT_FOUND
					  : keystore_io_error();
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	parent = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	synced = parent >= 0 && fsync(parent) == 0;
	(void)close(parent);
	(void)close(fd);
	return synced ? KR_OK : KR_ERR_STORE_IO;
}

static enum kr_err lock_dir(int *out, const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum kr_err err;

	if (fd < 0) {
		return errno == ENOENT || errno == ENOTDIR ? KR_ERR_NOT_FOUND
							   : KR_ERR_STORE_IO;
	}
	err = check_mode(fd, S_IFDIR);
	if (!err && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		err = errno == EWOULDBLOCK ? KR_ERR_STORE_LOCKED : KR_ERR_STORE_IO;
	}
	if (err) {
		(void)close(fd);
		return err;
	}
	*out = fd;
	return KR_OK;
}

static enum kr_err keystore_alloc(
	struct keystore **out, const char *dir, const struct kr_random *rng)
{
	struct keystore *keystore = memory_secret_alloc(sizeof(*keystore));
	enum kr_err err;

	*out = NULL;
	if (!keystore) {
		return KR_ERR_MEMORY;
	}
	*keystore = (struct keystore){
		.dir = -1,
		.rng = rng,
		.log.fd = -1,
		.next.fd = -1,
		.compact_above = COMPACT_BYTES,
	};
	err = lock_dir(&keystore->dir, dir);
	if (err) {
		keystore_close(keystore);
		return err;
	}
	*out = keystore;
	return KR_OK;
}

void keystore_close(struct keystore *keystore)
{
	if (!keystore) {
		return;
	}
	keystore_log_close(&keystore->log);
	keystore_log_close(&keystore->next);
	if (keystore->dir >= 0) {
		(void)close(keystore->dir);
	}
	memory_secret_free(keystore, sizeof(*keystore));
}

/* ---- Putting a new file in place --------------------------------------------------- */

static enum kr_err begin_next(
	struct keystore *keystore, const struct keystore_passphrase_key *passphrase_key)
{
	uint64_t generation = keystore->log.progress.generation + 1;
	int fd;

	(void)unlinkat(keystore->dir, NEW_NAME, 0);
	fd = openat(keystore->dir, NEW_NAME,
		O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
	if (fd < 0) {
		return keystore_io_error();
	}
	return keystore_log_create(&keystore->next, fd, passphrase_key,
		keystore->instance, generation, keystore->rng);
}

static void drop_next(struct keystore *keystore)
{
	keystore_log_close(&keystore->next);
	(void)unlinkat(keystore->dir, NEW_NAME, 0);
}

/* On the disk whole, then under its name, then that on the disk too. */
static enum kr_err commit_next(struct keystore *keystore)
{
	enum kr_err err = keystore_log_commit(&keystore->next);

	if (err) {
		return err;
	}
	if (renameat(keystore->dir, NEW_NAME, keystore->dir, FILE_NAME) != 0) {
		return keystore_io_error();
	}
	if (fsync(keystore->dir) != 0) {
		keystore->next.is_lost = true;
	} else if (keystore->log.fd >= 0) {
		/* If this fails, the old file is still unlinked and encrypted. */
		(void)keystore_log_destroy(&keystore->log);
	}
	keystore_log_close(&keystore->log);
	keystore->log = keystore->next;
	kr_secret_wipe(&keystore->next.file_key);
	keystore->next = (struct keystore_log){.fd = -1};
	return keystore->log.is_lost ? KR_ERR_STORE_IO : KR_OK;
}

enum kr_err keystore_create(struct keystore **out, const char *dir,
	struct kr_view passphrase, const struct keystore_cost *cost,
	const struct kr_random *rng)
{
	struct keystore *keystore = NULL;
	enum kr_err err;

	*out = NULL;
	if ((err = make_dir(dir)) || (err = keystore_alloc(&keystore, dir, rng))) {
		return err;
	}
	if (faccessat(keystore->dir, FILE_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		err = KR_ERR_EXISTS;
	}
	if (err ||
		(err = kr_random_fill(
			 rng, keystore->instance, sizeof(keystore->instance))) ||
		(err = keystore_passphrase_key_make(
			 &keystore->passphrase_key, passphrase, cost, rng)) ||
		(err = begin_next(keystore, &keystore->passphrase_key)) ||
		(err = commit_next(keystore))) {
		if (keystore->next.fd >= 0) {
			drop_next(keystore);
		}
		keystore_close(keystore);
		return err;
	}
	*out = keystore;
	return KR_OK;
}

/* ---- Opening ----------------------------------------------------------------------- */

static enum kr_err open_log(struct keystore *keystore, struct kr_view passphrase)
{
	int fd = openat(
		keystore->dir, FILE_NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	enum kr_err err;

	if (fd < 0) {
		return errno == ENOENT ? KR_ERR_NOT_FOUND
			: errno == ELOOP || errno == EACCES || errno == EISDIR
			? KR_ERR_FILE_MODE
			: keystore_io_error();
	}
	err = check_mode(fd, S_IFREG);
	if (err) {
		(void)close(fd);
		return err;
	}
	err = keystore_log_open(&keystore->log, fd, passphrase, &keystore->passphrase_key,
		keystore->instance);
	/* It may stand here since a rename that no sync followed. */
	if (!err && fsync(keystore->dir) != 0) {
		err = KR_ERR_STORE_IO;
	}
	return err;
}

enum kr_err keystore_open(struct keystore **out, const char *dir,
	struct kr_view passphrase, const struct kr_random *rng)
{
	struct keystore *keystore = NULL;
	enum kr_err err;

	*out = NULL;
	if ((err = keystore_alloc(&keystore, dir, rng)) ||
		(err = open_log(keystore, passphrase))) {
		keystore_close(keystore);
		return err;
	}
	(void)unlinkat(keystore->dir, NEW_NAME, 0);
	*out = keystore;
	return KR_OK;
}

enum kr_err keystore_each(struct keystore *keystore, keystore_visit_fn *visit, void *ctx)
{
	return keystore_log_each(&keystore->log, visit, ctx);
}

/* ---- Compaction -------------------------------------------------------------------- */

/* The records that live, on their way from one file to the next. */
struct copy {
	struct keystore_log *to;
	const struct kr_random *rng;
	struct kr_writer batch;
	uint32_t num; /* changes in it */
};

static enum kr_err flush_copy(struct copy *copy)
{
	enum kr_err err = KR_OK;

	if (copy->num > 0) {
		err = keystore_log_append(copy->to, &copy->batch, copy->rng);
	}
	kr_writer_free(&copy->batch);
	copy->num = 0;
	return err;
}

static enum kr_err copy_record(void *ctx, struct kr_view key, struct kr_view value)
{
	struct copy *copy = ctx;
	struct keystore_place place = {copy->to->progress.num, copy->num};
	struct kr_core_record change = {.key = key, .value = value};
	enum kr_err err = keystore_index_reserve(&copy->to->index, key);

	if (err) {
		return err;
	}
	if (copy->num == 0) {
		keystore_batch_begin(&copy->batch);
	}
	keystore_batch_add(&copy->batch, &change);
	keystore_index_apply(&copy->to->index, &change, place);
	copy->num++;
	return copy->batch.len < COMPACT_BATCH_BYTES ? KR_OK : flush_copy(copy);
}

static enum kr_err copy_all(struct keystore *keystore)
{
	struct copy copy = {.to = &keystore->next, .rng = keystore->rng};
	enum kr_err err = keystore_log_each(&keystore->log, copy_record, &copy);

	if (!err) {
		err = flush_copy(&copy);
	}
	kr_writer_free(&copy.batch);
	return err;
}

/* Into a new file under this key. */
static enum kr_err compact_under(
	struct keystore *keystore, const struct keystore_passphrase_key *passphrase_key)
{
	enum kr_err err;

	if (keystore->log.is_lost) {
		return KR_ERR_STORE_IO;
	}
	if ((err = begin_next(keystore, passphrase_key)) || (err = copy_all(keystore)) ||
		(err = commit_next(keystore))) {
		if (keystore->next.fd >= 0) {
			drop_next(keystore);
		}
		return err;
	}
	keystore->compact_above = COMPACT_BYTES;
	return KR_OK;
}

enum kr_err keystore_compact(struct keystore *keystore)
{
	return compact_under(keystore, &keystore->passphrase_key);
}

enum kr_err keystore_change_passphrase(struct keystore *keystore,
	struct kr_view passphrase, const struct keystore_cost *cost)
{
	struct keystore_passphrase_key fresh;
	enum kr_err err =
		keystore_passphrase_key_make(&fresh, passphrase, cost, keystore->rng);

	if (!err) {
		err = compact_under(keystore, &fresh);
	}
	if (!err) {
		keystore->passphrase_key = fresh;
	}
	kr_wipe(&fresh, sizeof(fresh));
	return err;
}

static uint64_t file_bytes(const struct keystore *keystore)
{
	return keystore->log.progress.end;
}

static void compact_if_worth_it(struct keystore *keystore)
{
	uint64_t live = keystore->log.index.num_bytes;
	uint64_t size = file_bytes(keystore);

	if (size > keystore->compact_above && size - live > live &&
		keystore_compact(keystore)) {
		keystore->compact_above = size + size / 2;
	}
}

/* ---- Writing ----------------------------------------------------------------------- */

static enum kr_err check_records(const struct kr_core_record *records, size_t num)
{
	if (num > UINT32_MAX) {
		return KR_ERR_TOO_LARGE;
	}
	for (size_t i = 0; i < num; i++) {
		if (records[i].key.len == 0 || records[i].key.len > KR_CORE_KEY_MAX) {
			return KR_ERR_ARGUMENT;
		}
		if (!records[i].is_deleted && records[i].value.len > KR_CORE_VALUE_MAX) {
			return KR_ERR_TOO_LARGE;
		}
	}
	return KR_OK;
}

/* Everything that can fail without the disk. */
static enum kr_err prepare(struct keystore_index *index, struct kr_writer *w,
	const struct kr_core_record *records, size_t num)
{
	for (size_t i = 0; i < num; i++) {
		enum kr_err err = KR_OK;

		keystore_batch_add(w, &records[i]);
		if (!records[i].is_deleted) {
			err = keystore_index_reserve(index, records[i].key);
		}
		if (err) {
			return err;
		}
	}
	return w->err;
}

/* One batch, on the disk. */
static enum kr_err write_batch(struct keystore *keystore, struct kr_writer *w)
{
	struct keystore_log *log = &keystore->log;
	enum kr_err err = keystore_log_append(log, w, keystore->rng);

	if (!err) {
		err = keystore_log_commit(log);
	}
	return err && log->is_lost ? KR_ERR_STORE_IO : err;
}

enum kr_err keystore_write(
	struct keystore *keystore, const struct kr_core_record *records, size_t num)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct keystore_index *index = &keystore->log.index;
	uint64_t batch = keystore->log.progress.num;
	enum kr_err err = check_records(records, num);

	keystore_batch_begin(&w);
	if (err || num == 0) {
		return err;
	}
	err = prepare(index, &w, records, num);
	if (!err) {
		err = write_batch(keystore, &w);
	}
	for (size_t i = 0; !err && i < num; i++) {
		keystore_index_apply(
			index, &records[i], (struct keystore_place){batch, (uint32_t)i});
	}
	for (size_t i = 0; i < num; i++) {
		keystore_index_release(index, records[i].key);
	}
	if (!err) {
		compact_if_worth_it(keystore);
	}
	return err;
}

/* ---- The rest ---------------------------------------------------------------------- */

enum kr_err keystore_destroy(struct keystore *keystore)
{
	enum kr_err err = keystore_log_destroy(&keystore->log);

	keystore->log.is_lost = true;
	(void)unlinkat(keystore->dir, NEW_NAME, 0);
	if (unlinkat(keystore->dir, FILE_NAME, 0) != 0 || fsync(keystore->dir) != 0) {
		err = KR_ERR_STORE_IO;
	}
	return err ? KR_ERR_STORE_IO : KR_OK;
}

void keystore_mark(const struct keystore *keystore, struct keystore_mark *out)
{
	memcpy(out->instance, keystore->instance, sizeof(out->instance));
	out->generation = keystore->log.progress.generation;
	memcpy(out->last, keystore->log.progress.last, sizeof(out->last));
}

void keystore_size(const struct keystore *keystore, struct keystore_size *out)
{
	*out = (struct keystore_size){
		.file = file_bytes(keystore),
		.live = keystore->log.index.num_bytes,
		.num_records = keystore->log.index.num,
	};
}
