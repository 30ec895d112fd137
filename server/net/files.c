#include "server/net/files.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <kring/crypto.h>

struct files {
	struct file *list; /* sorted by path */
	size_t count;
	size_t cap;
	size_t total;
	unsigned int refs;
};

static const struct {
	const char *extension;
	const char *type;
} types[] = {
	{"css", "text/css; charset=utf-8"},
	{"html", "text/html; charset=utf-8"},
	{"ico", "image/x-icon"},
	{"jpg", "image/jpeg"},
	{"js", "text/javascript; charset=utf-8"},
	{"json", "application/json"},
	{"map", "application/json"},
	{"mjs", "text/javascript; charset=utf-8"},
	{"pdf", "application/pdf"},
	{"png", "image/png"},
	{"svg", "image/svg+xml"},
	{"txt", "text/plain; charset=utf-8"},
	{"wasm", "application/wasm"},
	{"webmanifest", "application/manifest+json"},
	{"webp", "image/webp"},
	{"woff2", "font/woff2"},
};

const char *files_type_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(dot + 1, types[i].extension) == 0) {
			return types[i].type;
		}
	}
	return "application/octet-stream";
}

/* Calls test on each dotted part of the last path component but the first and the
 * last. */
static bool any_inner_part(const char *path, bool (*test)(const char *part, size_t len))
{
	const char *slash = strrchr(path, '/');
	const char *part = strchr(slash ? slash : path, '.');

	while (part) {
		const char *next = strchr(part + 1, '.');

		if (next && test(part + 1, (size_t)(next - part - 1))) {
			return true;
		}
		part = next;
	}
	return false;
}

static bool is_hash(const char *part, size_t len)
{
	return len >= 8 && strspn(part, "0123456789abcdef") >= len;
}

static bool is_word_worker(const char *part, size_t len)
{
	return len == strlen("worker") && memcmp(part, "worker", len) == 0;
}

static void make_etag(
	char etag[FILES_ETAG_BYTES], struct kr_view body, const char *suffix)
{
	uint8_t hash[KR_SHA256_BYTES];
	char *p = etag;

	kr_sha256(hash, body);
	*p++ = '"';
	for (size_t i = 0; i < 16; i++) {
		p += snprintf(p, 3, "%02x", hash[i]);
	}
	(void)snprintf(p, FILES_ETAG_BYTES - (size_t)(p - etag), "%s\"", suffix);
}

static enum kr_err read_file(struct kr_bytes *out, const char *path, size_t len)
{
	FILE *f = fopen(path, "rbe");
	enum kr_err err;
	uint8_t past_end;

	if (!f) {
		return KR_ERR_STATE;
	}
	err = kr_bytes_alloc(out, len);
	/* One byte more is asked for, so that a file that grows is not served cut. */
	if (!err &&
		(fread(out->data, 1, len, f) != len || fread(&past_end, 1, 1, f) != 0)) {
		kr_bytes_free(out);
		err = KR_ERR_STATE;
	}
	(void)fclose(f);
	return err;
}

static enum kr_err add_slot(struct files *files, struct file **slot)
{
	if (files->count == FILES_MAX_COUNT) {
		return KR_ERR_TOO_LARGE;
	}
	if (files->count == files->cap) {
		size_t cap = files->cap ? 2 * files->cap : 64;
		struct file *list = realloc(files->list, cap * sizeof(*list));

		if (!list) {
			return KR_ERR_MEMORY;
		}
		files->list = list;
		files->cap = cap;
	}
	*slot = &files->list[files->count];
	**slot = (struct file){0};
	return KR_OK;
}

/* One regular file; path is where it lies, url where it is asked for. */
static enum kr_err add_file(
	struct files *files, const char *path, const char *url, size_t len)
{
	struct file *file;
	enum kr_err err;

	if (len > FILES_MAX_TOTAL - files->total) {
		return KR_ERR_TOO_LARGE;
	}
	if ((err = add_slot(files, &file)) || (err = read_file(&file->body, path, len))) {
		return err;
	}
	file->path = strdup(url);
	if (!file->path) {
		kr_bytes_free(&file->body);
		return KR_ERR_MEMORY;
	}
	file->type = files_type_of(url);
	file->immutable = any_inner_part(url, is_hash);
	file->is_worker = any_inner_part(url, is_word_worker);
	make_etag(file->etag, kr_view_bytes(&file->body), "");
	files->total += len;
	files->count++;
	return KR_OK;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

static struct file *find_exact(const struct files *files, const char *path)
{
	struct file key = {.path = (char *)path};

	if (!files->count) {
		return NULL;
	}
	return bsearch(&key, files->list, files->count, sizeof(key), compare_paths);
}

/* <name>.gz becomes the other form of <name>, if that is there. */
static void attach_gzip(struct files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		struct file *gz = &files->list[i];
		size_t len = strlen(gz->path);
		char *plain_path;
		struct file *plain;

		if (len < 4 || strcmp(gz->path + len - 3, ".gz") != 0) {
			continue;
		}
		plain_path = strndup(gz->path, len - 3);
		plain = plain_path ? find_exact(files, plain_path) : NULL;
		free(plain_path);
		if (plain && !plain->gzip.data) {
			(void)kr_bytes_copy(&plain->gzip, kr_view_bytes(&gz->body));
			make_etag(plain->etag_gzip, kr_view_bytes(&plain->body), "-gz");
		}
	}
}

static enum kr_err load_tree(
	struct files *files, FTS *tree, size_t root_len, char *fault, size_t fault_cap)
{
	FTSENT *entry;

	while ((entry = fts_read(tree))) {
		enum kr_err err = KR_OK;

		/* Dot files are an editor's or a deployment tool's, not the app's;
		 * .well-known is a directory that is meant to be served. */
		if (entry->fts_level > 0 && entry->fts_name[0] == '.' &&
			strcmp(entry->fts_name, ".well-known") != 0) {
			(void)fts_set(tree, entry, FTS_SKIP);
		} else if (entry->fts_info == FTS_F) {
			err = add_file(files, entry->fts_accpath,
				entry->fts_path + root_len,
				(size_t)entry->fts_statp->st_size);
		} else if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR ||
			entry->fts_info == FTS_NS) {
			err = KR_ERR_STATE;
		}
		if (err) {
			(void)snprintf(fault, fault_cap, "%s", entry->fts_path);
			return err;
		}
	}
	return errno ? KR_ERR_STATE : KR_OK;
}

enum kr_err files_load(struct files **out, const char *root, const char **fault)
{
	static char faulty_path[512];
	char *trimmed = strdup(root);
	struct files *files = calloc(1, sizeof(*files));
	enum kr_err err = KR_ERR_MEMORY;
	FTS *tree = NULL;

	*out = NULL;
	*fault = root;
	if (!trimmed || !files) {
		goto out;
	}
	for (size_t len = strlen(trimmed); len > 1 && trimmed[len - 1] == '/'; len--) {
		trimmed[len - 1] = '\0';
	}
	tree = fts_open((char *[]){trimmed, NULL}, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	if (!tree) {
		err = errno == ENOMEM ? KR_ERR_MEMORY : KR_ERR_NOT_FOUND;
		goto out;
	}
	errno = 0;
	err = load_tree(files, tree, strlen(trimmed), faulty_path, sizeof(faulty_path));
	if (err) {
		*fault = faulty_path[0] ? faulty_path : root;
		goto out;
	}
	if (files->count) {
		qsort(files->list, files->count, sizeof(files->list[0]), compare_paths);
	}
	attach_gzip(files);
	*out = files_ref(files);
	files = NULL; /* transferred */
out:
	if (tree) {
		(void)fts_close(tree);
	}
	free(trimmed);
	files_unref(files);
	return err;
}

struct files *files_ref(struct files *files)
{
	files->refs++;
	return files;
}

void files_unref(struct files *files)
{
	if (!files || (files->refs && --files->refs)) {
		return;
	}
	for (size_t i = 0; i < files->count; i++) {
		free(files->list[i].path);
		kr_bytes_free(&files->list[i].body);
		kr_bytes_free(&files->list[i].gzip);
	}
	free(files->list);
	free(files);
}

/* The file at path followed by suffix. */
static const struct file *find_with(
	const struct files *files, const char *path, const char *suffix)
{
	char joined[512];
	int len = snprintf(joined, sizeof(joined), "%s%s", path, suffix);

	return len > 0 && (size_t)len < sizeof(joined) ? find_exact(files, joined) : NULL;
}

const struct file *files_find(const struct files *files, const char *path)
{
	const struct file *file = find_exact(files, path);
	size_t len = strlen(path);

	if (file) {
		return file;
	}
	if (len && path[len - 1] == '/') {
		return find_with(files, path, "index.html");
	}
	return find_with(files, path, ".html");
}
