#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

#define RECORDS_MAX 512
#define SHORT_VALUE 16

const struct keystore_cost cheap = {.passes = 1, .memory_kib = KEYSTORE_MEMORY_KIB_MIN};

void fixture_prepare(struct fixture *f)
{
	/* In memory: thousands of syncs on a disk that others use take minutes. */
	*f = (struct fixture){.parent = "/dev/shm/kring-host-XXXXXX"};
	assert_non_null(mkdtemp(f->parent));
	(void)snprintf(f->dir, sizeof(f->dir), "%s/k", f->parent);
	(void)snprintf(f->file, sizeof(f->file), "%s/keystore", f->dir);
}

void fixture_open(struct fixture *f)
{
	fixture_prepare(f);
	assert_int_equal(keystore_create(&f->keystore, f->dir, kr_view_str(PASSPHRASE),
				 &cheap, &kr_random_system),
		KR_OK);
}

void fixture_close(struct fixture *f)
{
	char fresh[128];

	keystore_close(f->keystore);
	f->keystore = NULL;
	(void)snprintf(fresh, sizeof(fresh), "%s.new", f->file);
	(void)unlink(fresh);
	(void)unlink(f->file);
	(void)rmdir(f->dir);
	assert_int_equal(rmdir(f->parent), 0);
}

enum kr_err fixture_try(struct fixture *f, const char *passphrase)
{
	return keystore_open(
		&f->keystore, f->dir, kr_view_str(passphrase), &kr_random_system);
}

void fixture_reopen(struct fixture *f)
{
	keystore_close(f->keystore);
	assert_int_equal(fixture_try(f, PASSPHRASE), KR_OK);
}

enum kr_err fixture_try_write(struct fixture *f, const char *changes)
{
	struct kr_core_record records[32] = {0};
	size_t num = 0;

	while (*changes) {
		size_t len = strcspn(changes, " ");
		size_t key_len = strcspn(changes, "= ");
		struct kr_core_record *record = &records[num++];

		assert_in_range(num, 1, NUM(records));
		if (*changes == '-') {
			record->is_deleted = true;
			record->key = kr_view(changes + 1, len - 1);
		} else {
			record->key = kr_view(changes, key_len);
			record->value = kr_view(changes + key_len + 1, len - key_len - 1);
		}
		changes += len;
		changes += strspn(changes, " ");
	}
	return keystore_write(f->keystore, records, num);
}

void fixture_write(struct fixture *f, const char *changes)
{
	assert_int_equal(fixture_try_write(f, changes), KR_OK);
}

enum kr_err fixture_try_fill(struct fixture *f, const char *key, uint8_t byte, size_t len)
{
	KR_AUTO_FREE struct kr_bytes value = {0};
	struct kr_core_record record = {.key = kr_view_str(key)};

	assert_int_equal(kr_bytes_alloc(&value, len), KR_OK);
	memset(value.data, byte, len);
	record.value = kr_view_bytes(&value);
	return keystore_write(f->keystore, &record, 1);
}

/* ---- Looking at it --------------------------------------------------------------- */

struct state {
	char lines[RECORDS_MAX][KR_CORE_KEY_MAX + 64];
	size_t num;
};

static enum kr_err collect(void *ctx, struct kr_view key, struct kr_view value)
{
	struct state *state = ctx;
	char *line = state->lines[state->num++];
	size_t size = sizeof(state->lines[0]);

	assert_in_range(state->num, 1, RECORDS_MAX);
	if (value.len > SHORT_VALUE) {
		(void)snprintf(line, size, "%.*s=%c*%zu", (int)key.len,
			(const char *)key.data, value.data[0], value.len);
	} else {
		(void)snprintf(line, size, "%.*s=%.*s", (int)key.len,
			(const char *)key.data, (int)value.len, (const char *)value.data);
	}
	return KR_OK;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(a, b);
}

void fixture_assert_state(struct fixture *f, const char *expected)
{
	static struct state state;
	static char text[sizeof(state)];
	size_t len = 0;
	struct keystore_size size;

	memset(&state, 0, sizeof(state));
	assert_int_equal(keystore_each(f->keystore, collect, &state), KR_OK);
	qsort(state.lines, state.num, sizeof(state.lines[0]), compare_lines);
	text[0] = 0;
	for (size_t i = 0; i < state.num; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
			i > 0 ? " " : "", state.lines[i]);
	}
	assert_string_equal(text, expected);
	keystore_size(f->keystore, &size);
	assert_int_equal(size.num_records, state.num);
}

void fixture_read_file(struct fixture *f, struct kr_bytes *out)
{
	int fd = open(f->file, O_RDONLY);
	struct stat st;

	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	assert_int_equal(kr_bytes_alloc(out, (size_t)st.st_size), KR_OK);
	assert_int_equal(read(fd, out->data, out->len), out->len);
	(void)close(fd);
}

void fixture_write_file(struct fixture *f, struct kr_view bytes)
{
	int fd = open(f->file, O_WRONLY | O_TRUNC | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.data, bytes.len), bytes.len);
	(void)close(fd);
}
