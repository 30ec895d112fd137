/* Digits that people compare: safety numbers and fingerprints. TRUST.md §11. */
#include "proto/trust/record.h"

#include <string.h>

/* Slows down who looks for a key with nearly the same digits, as Signal's numbers do. */
#define ITERATIONS     5200
#define GROUPS_EACH    6
#define BYTES_A_GROUP  5
#define DIGITS_A_GROUP 5
#define DIGEST_BYTES   ((size_t)GROUPS_EACH * BYTES_A_GROUP)

/* h(0) = content, h(i) = SHA-512(h(i-1) || content); the first 30 bytes of the last. */
static void iterate(uint8_t digest[DIGEST_BYTES], const uint8_t content[KR_SHA512_BYTES])
{
	uint8_t state[(size_t)2 * KR_SHA512_BYTES];

	memcpy(state, content, KR_SHA512_BYTES);
	memcpy(state + KR_SHA512_BYTES, content, KR_SHA512_BYTES);
	for (int i = 0; i < ITERATIONS; i++) {
		kr_sha512(state, kr_view(state, sizeof(state)));
	}
	memcpy(digest, state, DIGEST_BYTES);
}

/* Six groups of five digits, each 40 bits modulo 100,000, and a space after each. */
static void print_digits(char *out, const uint8_t digest[DIGEST_BYTES])
{
	for (int group = 0; group < GROUPS_EACH; group++) {
		uint64_t value = 0;

		for (int i = 0; i < BYTES_A_GROUP; i++) {
			value = value << 8 | digest[group * BYTES_A_GROUP + i];
		}
		for (int i = DIGITS_A_GROUP - 1; i >= 0; i--) {
			out[i] = (char)('0' + value % 10);
			value /= 10;
		}
		out[DIGITS_A_GROUP] = ' ';
		out += DIGITS_A_GROUP + 1;
	}
}

/* struct { opaque label<V> = "kring safety v1"; opaque account[32]; opaque keys<V>; }
 * with the keys ascending; one that was given twice counts once. */
static void party_digest(
	uint8_t digest[DIGEST_BYTES], const struct kr_safety_party *party)
{
	uint8_t space[64 + (size_t)KR_DEVICES_MAX * KR_ED25519_PUBLIC_BYTES];
	uint8_t content[KR_SHA512_BYTES];
	const uint8_t *last = NULL;
	struct kr_writer w;
	size_t begin;

	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_write_vec(&w, kr_view_str("kring safety v1"));
	kr_write_fixed(&w, kr_view_id(party->account));
	begin = kr_write_vec_begin(&w);
	for (;;) {
		const uint8_t *least = NULL;

		for (size_t at = 0; at < party->keys.len; at += KR_ID_BYTES) {
			const uint8_t *key = party->keys.data + at;

			if ((last == NULL || kr_id_compare(key, last) > 0) &&
				(least == NULL || kr_id_compare(key, least) < 0)) {
				least = key;
			}
		}
		if (least == NULL) {
			break;
		}
		kr_write_fixed(&w, kr_view_id(least));
		last = least;
	}
	kr_write_vec_end(&w, begin);
	kr_sha512(content, kr_writer_view(&w));
	iterate(digest, content);
}

static bool party_is_good(const struct kr_safety_party *party)
{
	return party->keys.len > 0 && party->keys.len % KR_ED25519_PUBLIC_BYTES == 0 &&
		party->keys.len / KR_ED25519_PUBLIC_BYTES <= KR_DEVICES_MAX;
}

enum kr_err kr_safety_number(char out[KR_SAFETY_TEXT_BYTES],
	const struct kr_safety_party *a, const struct kr_safety_party *b)
{
	uint8_t digest_a[DIGEST_BYTES];
	uint8_t digest_b[DIGEST_BYTES];
	bool a_first;

	out[0] = '\0';
	if (!party_is_good(a) || !party_is_good(b)) {
		return KR_ERR_ARGUMENT;
	}
	party_digest(digest_a, a);
	party_digest(digest_b, b);
	a_first = memcmp(digest_a, digest_b, DIGEST_BYTES) <= 0;
	print_digits(out, a_first ? digest_a : digest_b);
	print_digits(out + KR_SAFETY_TEXT_BYTES / 2, a_first ? digest_b : digest_a);
	out[KR_SAFETY_TEXT_BYTES - 1] = '\0';
	return KR_OK;
}

void kr_fingerprint(char out[KR_FINGERPRINT_TEXT_BYTES],
	const uint8_t identity_key[KR_ED25519_PUBLIC_BYTES])
{
	uint8_t space[64];
	uint8_t content[KR_SHA512_BYTES];
	uint8_t digest[DIGEST_BYTES];
	struct kr_writer w;

	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_write_vec(&w, kr_view_str("kring fingerprint v1"));
	kr_write_fixed(&w, kr_view_id(identity_key));
	kr_sha512(content, kr_writer_view(&w));
	iterate(digest, content);
	print_digits(out, digest);
	out[KR_FINGERPRINT_TEXT_BYTES - 1] = '\0';
}
