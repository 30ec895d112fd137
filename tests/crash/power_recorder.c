/* Preloaded into a writer, it writes down every change that the writer makes to the
 * store's file, every sync of it and every acknowledgement, in their order; so that a
 * test can play them up to any instant and stop as a power cut does.
 *
 *	POWER_RECORD=file LD_PRELOAD=power_recorder.so store_writer …
 *
 * A record is struct power_record, and the bytes of a write. */
#include "power_recorder.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int record_fd = -1;

/* The store's file, by its name, and only while something is to be recorded. */
static bool is_store(int fd)
{
	char link[64];
	char path[512];
	ssize_t len;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0) {
		return false;
	}
	path[len] = 0;
	return len > 10 && strcmp(path + len - 10, "/kring.mdb") == 0;
}

static ssize_t real_write(int fd, const void *data, size_t len)
{
	static ssize_t (*real)(int, const void *, size_t);

	if (real == NULL) {
		*(void **)&real = dlsym(RTLD_NEXT, "write");
	}
	return real(fd, data, len);
}

/* The mutex is held. */
static void put(
	enum power_what what, bool synced, off_t offset, const void *data, size_t len)
{
	struct power_record record = {
		.what = (uint32_t)what,
		.synced = synced,
		.offset = (uint64_t)offset,
		.len = len,
	};

	if (record_fd < 0) {
		const char *path = getenv("POWER_RECORD");

		record_fd = open(path == NULL ? "/dev/null" : path,
			O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	}
	if (real_write(record_fd, &record, sizeof(record)) != (ssize_t)sizeof(record) ||
		(len > 0 && real_write(record_fd, data, len) != (ssize_t)len)) {
		abort();
	}
}

/* LMDB writes its meta pages through a descriptor that syncs each write. */
static bool is_synced(int fd)
{
	return (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
	static ssize_t (*real)(int, const void *, size_t, off_t);
	ssize_t done;

	if (real == NULL) {
		*(void **)&real = dlsym(RTLD_NEXT, "pwrite");
	}
	if (!is_store(fd)) {
		return real(fd, data, len, offset);
	}
	pthread_mutex_lock(&mutex);
	done = real(fd, data, len, offset);
	if (done > 0) {
		put(POWER_WRITE, is_synced(fd), offset, data, (size_t)done);
	}
	pthread_mutex_unlock(&mutex);
	return done;
}

ssize_t writev(int fd, const struct iovec *parts, int num)
{
	static ssize_t (*real)(int, const struct iovec *, int);
	off_t offset;
	ssize_t done;

	if (real == NULL) {
		*(void **)&real = dlsym(RTLD_NEXT, "writev");
	}
	if (!is_store(fd)) {
		return real(fd, parts, num);
	}
	pthread_mutex_lock(&mutex);
	offset = lseek(fd, 0, SEEK_CUR);
	done = real(fd, parts, num);
	for (ssize_t left = done, i = 0; left > 0; i++) {
		size_t len =
			parts[i].iov_len < (size_t)left ? parts[i].iov_len : (size_t)left;

		put(POWER_WRITE, is_synced(fd), offset, parts[i].iov_base, len);
		offset += (off_t)len;
		left -= (ssize_t)len;
	}
	pthread_mutex_unlock(&mutex);
	return done;
}

int fdatasync(int fd)
{
	static int (*real)(int);
	int rc;

	if (real == NULL) {
		*(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
	}
	if (!is_store(fd)) {
		return real(fd);
	}
	rc = real(fd);
	pthread_mutex_lock(&mutex);
	put(POWER_SYNC, true, 0, NULL, 0);
	pthread_mutex_unlock(&mutex);
	return rc;
}

/* Acknowledgements go to standard output. */
ssize_t write(int fd, const void *data, size_t len)
{
	if (fd == STDOUT_FILENO) {
		pthread_mutex_lock(&mutex);
		put(POWER_ACK, true, 0, data, len);
		pthread_mutex_unlock(&mutex);
	} else if (is_store(fd)) {
		abort(); /* a way of writing that this does not know */
	}
	return real_write(fd, data, len);
}
