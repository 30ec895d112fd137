/* Byte ranges: borrowed, owned, and secret.
 *
 * struct kr_view is the one type for reading bytes that somebody else owns. It is passed
 * by value and never freed; whoever hands it out says how long it stays valid.
 * struct kr_bytes owns heap memory; it is wiped before it is freed, always, so that no
 * caller has to decide whether this one held a secret. */
#ifndef KRING_BYTES_H
#define KRING_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kring/err.h>

struct kr_view {
	const uint8_t *data; /* may be NULL when len is 0 */
	size_t len;
};

struct kr_bytes {
	uint8_t *data;
	size_t len;
};

/* A secret of the size that every secret of Kring's cipher suite has: KDF.Nh of
 * HKDF-SHA256, a ChaCha20-Poly1305 key, an X25519 private key, an Ed25519 seed. */
#define KR_SECRET_BYTES 32
struct kr_secret {
	uint8_t bytes[KR_SECRET_BYTES];
};

/* On a local variable: it is wiped when its scope is left, by whatever exit.
 *	KR_AUTO_WIPE struct kr_secret key = {0}; */
#define KR_AUTO_WIPE __attribute__((cleanup(kr_secret_wipe)))
/* Likewise, and freed. The variable must be initialised. */
#define KR_AUTO_FREE __attribute__((cleanup(kr_bytes_free)))

static inline struct kr_view kr_view(const void *data, size_t len)
{
	return (struct kr_view){.data = data, .len = len};
}

static inline struct kr_view kr_view_bytes(const struct kr_bytes *b)
{
	return (struct kr_view){.data = b->data, .len = b->len};
}

static inline struct kr_view kr_view_secret(const struct kr_secret *s)
{
	return (struct kr_view){.data = s->bytes, .len = sizeof(s->bytes)};
}

/* The bytes of a C string without its NUL. */
struct kr_view kr_view_str(const char *s);

/* Same length and same bytes. Not constant-time: for public values only (for secrets and
 * tags there is kr_secret_equal and kr_equal_ct in crypto.h). */
bool kr_view_equal(struct kr_view a, struct kr_view b);

/* Nothing but zero bytes. Not constant-time either. */
bool kr_is_zero(const void *data, size_t len);

/* Negative, zero or positive as a stands before, with or after b: bytewise, then by
 * length. */
int kr_view_compare(struct kr_view a, struct kr_view b);

/* Overwrite with zeroes in a way that the compiler keeps. NULL with len 0 is fine. */
void kr_wipe(void *data, size_t len);
void kr_secret_wipe(struct kr_secret *s);

/* Heap copy of a view; an empty view gives {NULL, 0}. Any earlier content of b is
 * forgotten, not freed. KR_ERR_MEMORY leaves b empty. */
enum kr_err kr_bytes_copy(struct kr_bytes *b, struct kr_view v);

/* len zeroed bytes. */
enum kr_err kr_bytes_alloc(struct kr_bytes *b, size_t len);

/* Wipe, free, and leave b empty. Happy with NULL and with an empty b. */
void kr_bytes_free(struct kr_bytes *b);

#endif
