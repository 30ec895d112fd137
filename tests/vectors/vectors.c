#include "vectors.h"

#include <hex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <test.h>

#define MAX_REASONS 8

/* Decoded bytes, kept until the file is closed. */
struct chunk {
	struct chunk *next;
	uint8_t bytes[];
};

struct not_run {
	const char *reason;
	unsigned num_cases;
};

struct vectors {
	struct vectors *next;
	char *name;
	cJSON *root;
	struct chunk *chunks;
	unsigned num_passed;
	struct not_run not_run[MAX_REASONS];
};

/* A failing test jumps out and leaves its file open. Held here it is not reported as a
 * leak on top of the failure. */
static struct vectors *open_files;

static void *must_alloc(size_t len)
{
	void *p = calloc(1, len);

	assert_non_null(p);
	return p;
}

/* The file's text with a NUL behind it; NULL if there is no such file. */
static char *read_text(const char *name)
{
	const char *directory = getenv("KRING_VECTORS");
	char path[4096];
	FILE *file;
	char *text;
	long len;

	snprintf(path, sizeof(path), "%s/%s",
		directory != NULL ? directory : VECTORS_DIRECTORY, name);
	file = fopen(path, "rb");
	if (file == NULL) {
		return NULL;
	}
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	len = ftell(file);
	assert_true(len >= 0);
	rewind(file);
	text = must_alloc((size_t)len + 1);
	assert_int_equal(fread(text, 1, (size_t)len, file), len);
	fclose(file);
	return text;
}

struct vectors *vectors_open(const char *name)
{
	char *text = read_text(name);
	struct vectors *v;

	if (text == NULL) {
		printf("#: %s: the file is not there\n", name);
		skip();
	}
	v = must_alloc(sizeof(*v));
	v->next = open_files;
	open_files = v;
	v->name = strdup(name);
	v->root = cJSON_Parse(text);
	free(text);
	if (v->name == NULL || v->root == NULL) {
		fail_msg("%s is not JSON", name);
	}
	return v;
}

const cJSON *vectors_root(const struct vectors *v)
{
	return v->root;
}

void vectors_passed(struct vectors *v)
{
	v->num_passed++;
}

void vectors_not_run(struct vectors *v, const char *reason)
{
	for (size_t i = 0; i < MAX_REASONS; i++) {
		struct not_run *entry = &v->not_run[i];

		if (entry->reason == NULL) {
			entry->reason = reason;
		}
		if (strcmp(entry->reason, reason) == 0) {
			entry->num_cases++;
			return;
		}
	}
	fail_msg("more than %d reasons not to run a case", MAX_REASONS);
}

static void forget_open(const struct vectors *v)
{
	struct vectors **link = &open_files;

	while (*link != v) {
		link = &(*link)->next;
	}
	*link = v->next;
}

void vectors_close(struct vectors *v)
{
	unsigned num_passed = v->num_passed;
	struct chunk *next;

	forget_open(v);
	printf("#: %s: %u cases\n", v->name, num_passed);
	for (size_t i = 0; i < MAX_REASONS && v->not_run[i].reason != NULL; i++) {
		printf("#: %s: %u cases not run: %s\n", v->name, v->not_run[i].num_cases,
			v->not_run[i].reason);
	}
	for (struct chunk *c = v->chunks; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	cJSON_Delete(v->root);
	free(v->name);
	free(v);
	/* A file in which nothing was found to run proves nothing. */
	assert_true(num_passed > 0);
}

const cJSON *vectors_get(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	if (item == NULL) {
		fail_msg("no member \"%s\"", key);
	}
	return item;
}

uint64_t vectors_uint(const cJSON *object, const char *key)
{
	const cJSON *item = vectors_get(object, key);

	if (!cJSON_IsNumber(item) || item->valuedouble < 0 ||
		item->valuedouble > 9007199254740992.0) {
		fail_msg("member \"%s\" is no number from 0 to 2^53", key);
	}
	return (uint64_t)item->valuedouble;
}

const char *vectors_str(const cJSON *object, const char *key)
{
	const cJSON *item = vectors_get(object, key);

	if (!cJSON_IsString(item)) {
		fail_msg("member \"%s\" is no string", key);
	}
	return item->valuestring;
}

bool vectors_has(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	return item != NULL && !cJSON_IsNull(item);
}

struct kr_view vectors_hex_of(struct vectors *v, const cJSON *string)
{
	struct chunk *chunk;
	size_t len;

	if (!cJSON_IsString(string) || strlen(string->valuestring) % 2 != 0) {
		fail_msg("not a string of whole bytes in hexadecimal");
	}
	len = strlen(string->valuestring) / 2;
	chunk = must_alloc(sizeof(*chunk) + len);
	chunk->next = v->chunks;
	v->chunks = chunk;
	hex_decode(chunk->bytes, len, string->valuestring);
	return kr_view(chunk->bytes, len);
}

struct kr_view vectors_hex(struct vectors *v, const cJSON *object, const char *key)
{
	return vectors_hex_of(v, vectors_get(object, key));
}

void vectors_hex_copy(const cJSON *object, const char *key, uint8_t *out, size_t len)
{
	hex_decode(out, len, vectors_str(object, key));
}

void vectors_assert_equal(const char *what, struct kr_view got, struct kr_view expected)
{
	if (!kr_view_equal(got, expected)) {
		hex_print("     got", got);
		hex_print("expected", expected);
		fail_msg("%s differs", what);
	}
}
