/* The files of the web app, read once and served from memory.
 *
 * The whole tree below a directory is loaded when kringd starts and again at a reload, so
 * a request is a look-up of its path and never opens a file: there is nothing to
 * traverse, and a deployment that is half copied is not seen half. A set is counted: a
 * transfer keeps the set it began with. */
#ifndef KRING_NET_FILES_H
#define KRING_NET_FILES_H

#include <stdbool.h>

#include <kring/bytes.h>

/* More than this below one web root is a mistake in the configuration. */
#define FILES_MAX_TOTAL ((size_t)64 << 20)
#define FILES_MAX_COUNT 4096

#define FILES_ETAG_BYTES 37 /* quotes, 32 hex digits of SHA-256, -gz, NUL */

struct file {
	char *path;       /* as in a URL, from '/' */
	const char *type; /* the content type */
	struct kr_bytes body;
	struct kr_bytes gzip; /* what lies beside it as <name>.gz; empty without */
	char etag[FILES_ETAG_BYTES];
	char etag_gzip[FILES_ETAG_BYTES];
	bool immutable; /* its name holds a hash: name.<8 or more hex>.ext */
	bool is_worker; /* a worker script, "worker" among the dotted parts of its name:
	                   its response alone may compile WebAssembly */
};

struct files;

/* Load a directory. KR_ERR_NOT_FOUND (no directory), KR_ERR_TOO_LARGE, KR_ERR_MEMORY, or
 * KR_ERR_STATE for a file that cannot be read; *fault then names it (static storage). */
enum kr_err files_load(struct files **out, const char *root, const char **fault);

struct files *files_ref(struct files *files);
void files_unref(struct files *files); /* happy with NULL */

/* The file of a URL path, or NULL: exact, "/dir/" as "/dir/index.html", "/page" as
 * "/page.html". */
const struct file *files_find(const struct files *files, const char *path);

/* The content type by a name's extension; application/octet-stream for an unknown one. */
const char *files_type_of(const char *name);

#endif
