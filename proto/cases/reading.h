/* What is under an inbox's reading key: its card and its notices. CASES.md §2, §11. */
#ifndef KRING_CASES_READING_H
#define KRING_CASES_READING_H

#include <kring/cases.h>

#define KR_LABEL_CARD       "kring inbox card v1"
#define KR_LABEL_NOTICE_KEY "kring notice v1"
#define KR_READING_OVERHEAD ((size_t)KR_AEAD_NONCE_BYTES + KR_AEAD_TAG_BYTES)

/* nonce[12], then ChaCha20-Poly1305 of text under HKDF-Expand(reading_key, label, 32).
 * space is text.len + KR_READING_OVERHEAD bytes and is what comes out. KR_ERR_RANDOM. */
enum kr_err kr_reading_seal(uint8_t *space,
	const uint8_t reading_key[KR_READING_KEY_BYTES], const char *label,
	struct kr_view aad, struct kr_view text, const struct kr_random *rng);

/* text is a view into storage, which is as long as sealed. KR_ERR_DECRYPT. */
enum kr_err kr_reading_open(struct kr_view *text, uint8_t *storage, struct kr_view sealed,
	const uint8_t reading_key[KR_READING_KEY_BYTES], const char *label,
	struct kr_view aad);

#endif
