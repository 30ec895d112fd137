/* Preloaded into keystore_writer, it writes down every call that changes the keystore's
 * files or directory, every sync and every report, in their order; so that a test can
 * play them up to any instant and stop as a power cut does.
 *
 *	KEYSTORE_TAPE=file LD_PRELOAD=keystore_recorder.so keystore_writer …
 *
 * The writer has one thread. A call that would change a file in a way that is not known
 * here ends it. */
#include "keystore_recorder.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 256 /* descriptors */

static int tape = -1;
static uint32_t file_of[FILES_MAX]; /* by descriptor; 0: none of ours */
static int dir_fd = -1;
static uint32_t num_files;

static void *real(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (function == NULL) {
		abort();
	}
	return function;
}

static ssize_t real_write(int fd, const void *data, size_t len)
{
	static ssize_t (*call)(int, const void *, size_t);

	if (call == NULL) {
		*(void **)&call = real("write");
	}
	return call(fd, data, len);
}

static void put(
	enum tape_what what, uint32_t file, uint64_t offset, const void *data, size_t len)
{
	const struct tape_record record = {
		.what = (uint32_t)what, .file = file, .offset = offset, .len = len};

	if (tape < 0) {
		const char *path = getenv("KEYSTORE_TAPE");

		tape = open(path == NULL ? "/dev/null" : path,
			O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	}
	if (real_write(tape, &record, sizeof(record)) != (ssize_t)sizeof(record) ||
		(len > 0 && real_write(tape, data, len) != (ssize_t)len)) {
		abort();
	}
}

static uint32_t file(int fd)
{
	return fd >= 0 && fd < FILES_MAX ? file_of[fd] : 0;
}

/* The keystore opens its files relative to the directory, and nobody else does. */
int openat64(int dir, const char *name, int flags, ...)
{
	static int (*call)(int, const char *, int, ...);
	mode_t mode = 0;
	va_list args;
	int fd;

	va_start(args, flags);
	if (flags & O_CREAT) {
		mode = va_arg(args, mode_t);
	}
	va_end(args);
	if (call == NULL) {
		*(void **)&call = real("openat64");
	}
	fd = call(dir, name, flags, mode);
	if (fd >= 0 && strcmp(name, "keystore.new") == 0) {
		if (fd >= FILES_MAX || !(flags & O_CREAT) || !(flags & O_EXCL)) {
			abort();
		}
		dir_fd = dir;
		file_of[fd] = ++num_files;
		put(TAPE_CREATE, num_files, 0, NULL, 0);
	}
	return fd;
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset)
{
	static ssize_t (*call)(int, const void *, size_t, off64_t);
	ssize_t done;

	if (call == NULL) {
		*(void **)&call = real("pwrite64");
	}
	done = call(fd, data, len, offset);
	if (done > 0 && file(fd) > 0) {
		put(TAPE_WRITE, file(fd), (uint64_t)offset, data, (size_t)done);
	}
	return done;
}

int ftruncate64(int fd, off64_t len)
{
	static int (*call)(int, off64_t);
	int rc;

	if (call == NULL) {
		*(void **)&call = real("ftruncate64");
	}
	rc = call(fd, len);
	if (rc == 0 && file(fd) > 0) {
		put(TAPE_TRUNCATE, file(fd), (uint64_t)len, NULL, 0);
	}
	return rc;
}

static int sync_with(const char *name, int fd)
{
	int (*call)(int);
	int rc;

	*(void **)&call = real(name);
	rc = call(fd);
	if (rc == 0 && (file(fd) > 0 || fd == dir_fd)) {
		put(TAPE_SYNC, file(fd), 0, NULL, 0);
	}
	return rc;
}

int fdatasync(int fd)
{
	return sync_with("fdatasync", fd);
}

int fsync(int fd)
{
	return sync_with("fsync", fd);
}

int renameat(int old_dir, const char *old, int new_dir, const char *new)
{
	static int (*call)(int, const char *, int, const char *);
	int rc;

	if (call == NULL) {
		*(void **)&call = real("renameat");
	}
	rc = call(old_dir, old, new_dir, new);
	if (rc == 0) {
		put(TAPE_RENAME, 0, 0, NULL, 0);
	}
	return rc;
}

int unlinkat(int dir, const char *name, int flags)
{
	static int (*call)(int, const char *, int);
	int rc;

	if (call == NULL) {
		*(void **)&call = real("unlinkat");
	}
	rc = call(dir, name, flags);
	if (rc == 0) {
		if (strcmp(name, "keystore.new") != 0) {
			abort();
		}
		put(TAPE_UNLINK, 0, 0, NULL, 0);
	}
	return rc;
}

int close(int fd)
{
	static int (*call)(int);

	if (call == NULL) {
		*(void **)&call = real("close");
	}
	if (fd >= 0 && fd < FILES_MAX) {
		file_of[fd] = 0;
	}
	return call(fd);
}

/* Reports go to standard output. */
ssize_t write(int fd, const void *data, size_t len)
{
	if (fd == STDOUT_FILENO) {
		uint32_t n;

		if (len != sizeof(n)) {
			abort();
		}
		memcpy(&n, data, sizeof(n));
		put(TAPE_ACK, 0, n, NULL, 0);
	} else if (file(fd) > 0) {
		abort(); /* a way of writing that this does not know */
	}
	return real_write(fd, data, len);
}
