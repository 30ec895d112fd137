/* Bounded reader and writer for the presentation language of RFC 9420 §2.1 (that of TLS
 * with variable-size vector lengths).
 *
 * Reading: a reader is a view that shrinks from the front. Every read is checked; on
 * failure the reader has not moved and the output is zeroed. A length is compared with
 * what is left before anything else is done with it; nothing here allocates. A decoder
 * ends with kr_read_end.
 *
 * Writing: errors stick. Write a whole structure, then ask once with kr_writer_finish. */
#ifndef KRING_CODEC_H
#define KRING_CODEC_H

#include <kring/bytes.h>

/* ---- Reading ----------------------------------------------------------------------- */

struct kr_reader {
	struct kr_view rest;
};

static inline struct kr_reader kr_reader(struct kr_view v)
{
	return (struct kr_reader){.rest = v};
}

/* Big-endian integers. KR_ERR_TRUNCATED. */
enum kr_err kr_read_u8(struct kr_reader *r, uint8_t *out);
enum kr_err kr_read_u16(struct kr_reader *r, uint16_t *out);
enum kr_err kr_read_u32(struct kr_reader *r, uint32_t *out);
enum kr_err kr_read_u64(struct kr_reader *r, uint64_t *out);

/* The longest opaque x<V>. */
#define KR_VARINT_MAX ((size_t)0x3fffffff)

/* A length of one, two or four bytes, RFC 9420 §2.1.2: at most KR_VARINT_MAX.
 * KR_ERR_VARINT for a non-minimal or eight-byte encoding. */
enum kr_err kr_read_varint(struct kr_reader *r, uint32_t *out);

/* opaque x[len]: a view into the input. */
enum kr_err kr_read_fixed(struct kr_reader *r, size_t len, struct kr_view *out);

/* opaque x[len], copied to the caller's storage. */
enum kr_err kr_read_copy(struct kr_reader *r, uint8_t *out, size_t len);

/* opaque x<V>: a view into the input, without its length. */
enum kr_err kr_read_vec(struct kr_reader *r, struct kr_view *out);

/* opaque x<V> that must have exactly len bytes, else KR_ERR_ENCODING. */
enum kr_err kr_read_vec_exact(struct kr_reader *r, uint8_t *out, size_t len);

/* optional<T>: the presence byte. KR_ERR_ENCODING unless it is 0 or 1. */
enum kr_err kr_read_optional(struct kr_reader *r, bool *present);

/* KR_ERR_TRAILING if anything is left. */
enum kr_err kr_read_end(const struct kr_reader *r);

/* ---- Writing ----------------------------------------------------------------------- */

/* A writer that grows on the heap up to max bytes, or one over the caller's storage.
 * What it wrote is wiped when it grows and when it is freed, but never the caller's
 * storage: whoever owns that wipes it. */
struct kr_writer {
	uint8_t *data;
	size_t len;
	size_t cap;
	size_t max;      /* KR_ERR_TOO_LARGE beyond this */
	bool fixed;      /* caller's storage: never grown, never freed */
	enum kr_err err; /* the first error; sticks */
};

#define KR_WRITER_MAX ((size_t)1 << 30)

/* On a local writer that the heap backs: freed on every exit. */
#define KR_AUTO_WRITER __attribute__((cleanup(kr_writer_free)))

void kr_writer_init(struct kr_writer *w);
void kr_writer_init_max(struct kr_writer *w, size_t max);
void kr_writer_init_fixed(struct kr_writer *w, uint8_t *data, size_t cap);
void kr_writer_free(struct kr_writer *w);

/* Empty it and forget an error, keep the storage. */
void kr_writer_reset(struct kr_writer *w);

void kr_write_u8(struct kr_writer *w, uint8_t v);
void kr_write_u16(struct kr_writer *w, uint16_t v);
void kr_write_u32(struct kr_writer *w, uint32_t v);
void kr_write_u64(struct kr_writer *w, uint64_t v);
void kr_write_varint(struct kr_writer *w, size_t v); /* KR_ERR_TOO_LARGE */
void kr_write_fixed(struct kr_writer *w, struct kr_view v);
void kr_write_zeroes(struct kr_writer *w, size_t len);
void kr_write_optional(struct kr_writer *w, bool present);

/* opaque x<V> */
void kr_write_vec(struct kr_writer *w, struct kr_view v);

/* T x<V> whose size is not known yet: begin, write the elements, end with what begin
 * gave. Vectors nest. */
size_t kr_write_vec_begin(struct kr_writer *w);
void kr_write_vec_end(struct kr_writer *w, size_t begin);

/* Record an error found while writing; the first one stays. */
void kr_writer_fail(struct kr_writer *w, enum kr_err err);

/* What has been written so far; valid until the next write. Empty after an error. */
struct kr_view kr_writer_view(const struct kr_writer *w);

/* The one check at the end: returns the sticky error, or hands the bytes over to out (the
 * writer is empty afterwards). Not for a writer over the caller's storage
 * (KR_ERR_ARGUMENT). */
enum kr_err kr_writer_finish(struct kr_writer *w, struct kr_bytes *out);

#endif
