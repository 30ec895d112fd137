/* What all structures that grow have in common: a version in front, fields that only a
 * newer version knows at the end. CONTENT.md §1. */
#ifndef KRING_WIRE_GROWING_H
#define KRING_WIRE_GROWING_H

#include <kring/content.h>

/* KR_ERR_CONTENT_VERSION for another major version. */
enum kr_err kr_growing_begin(struct kr_reader *r, uint8_t *minor);

/* What is left are fields of a newer minor version; of a known one nothing may be left.
 * KR_ERR_TRAILING. */
enum kr_err kr_growing_end(struct kr_reader *r, uint8_t minor, struct kr_view *later);

/* The next vector: a text; a line, or empty. */
enum kr_err kr_read_text(struct kr_reader *r, struct kr_view *out, size_t max_len);
enum kr_err kr_read_line(struct kr_reader *r, struct kr_view *out, size_t max_len);

#endif
