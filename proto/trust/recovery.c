/* Recovery keys on paper: digits that say which group was copied wrong. TRUST.md §12. */
#include "proto/trust/record.h"

#include <string.h>

#define GROUP_DIGITS 6
#define NUM_DIGITS   ((size_t)KR_RECOVERY_NUM_GROUPS * GROUP_DIGITS)

/* The quasigroup of H. M. Damm, "Total anti-symmetrische Quasigruppen" (2004): one wrong
 * digit, or two neighbours in the wrong order, always give another check digit. */
static const uint8_t damm[10][10] = {
	{0, 3, 1, 7, 5, 9, 8, 6, 4, 2},
	{7, 0, 9, 2, 1, 5, 4, 8, 6, 3},
	{4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
	{1, 7, 5, 0, 9, 8, 3, 4, 2, 6},
	{6, 1, 2, 3, 0, 4, 5, 9, 7, 8},
	{3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
	{5, 8, 6, 9, 7, 2, 0, 1, 3, 4},
	{8, 9, 4, 5, 3, 6, 2, 0, 1, 7},
	{9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
	{2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
};

/* Of the group's number, from 1, and its first five digits: groups in the wrong order are
 * found as well. */
static uint8_t check_digit(unsigned group, const uint8_t digits[GROUP_DIGITS - 1])
{
	uint8_t interim = damm[0][group];

	for (size_t i = 0; i < GROUP_DIGITS - 1; i++) {
		interim = damm[interim][digits[i]];
	}
	return interim;
}

/* The ninth group: 16 bits of a hash over the other eight. */
static uint16_t checksum(const struct kr_recovery *recovery)
{
	uint8_t hash[KR_SHA256_BYTES];
	struct kr_sha256 h;

	kr_sha256_init(&h);
	kr_sha256_update(&h, kr_view_str("kring recovery check v1"));
	kr_sha256_update(&h, kr_view(recovery->bytes, sizeof(recovery->bytes)));
	kr_sha256_final(&h, hash);
	return (uint16_t)(hash[0] << 8 | hash[1]);
}

enum kr_err kr_recovery_generate(struct kr_recovery *out, const struct kr_random *rng)
{
	return kr_random_fill(rng, out->bytes, sizeof(out->bytes));
}

void kr_recovery_print(
	char out[KR_RECOVERY_TEXT_BYTES], const struct kr_recovery *recovery)
{
	for (unsigned group = 0; group < KR_RECOVERY_NUM_GROUPS; group++) {
		const uint8_t *pair = recovery->bytes + (size_t)2 * group;
		unsigned value = group < KR_RECOVERY_NUM_GROUPS - 1
			? (unsigned)pair[0] << 8 | pair[1]
			: checksum(recovery);
		uint8_t digits[GROUP_DIGITS];

		for (int i = GROUP_DIGITS - 2; i >= 0; i--) {
			digits[i] = (uint8_t)(value % 10);
			value /= 10;
		}
		digits[GROUP_DIGITS - 1] = check_digit(group + 1, digits);
		for (size_t i = 0; i < GROUP_DIGITS; i++) {
			*out++ = (char)('0' + digits[i]);
		}
		*out++ = group < KR_RECOVERY_NUM_GROUPS - 1 ? ' ' : '\0';
		kr_wipe(digits, sizeof(digits));
	}
}

/* Exactly so many digits, and besides them only spaces and hyphens. */
static enum kr_err collect_digits(uint8_t digits[NUM_DIGITS], struct kr_view text)
{
	size_t num = 0;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c == ' ' || c == '-') {
			continue;
		}
		if (c < '0' || c > '9' || num == NUM_DIGITS) {
			return KR_ERR_ENCODING;
		}
		digits[num++] = (uint8_t)(c - '0');
	}
	return num == NUM_DIGITS ? KR_OK : KR_ERR_ENCODING;
}

static enum kr_err parse_groups(
	struct kr_recovery *out, unsigned *group, const uint8_t digits[NUM_DIGITS])
{
	for (*group = 1; *group <= KR_RECOVERY_NUM_GROUPS; ++*group) {
		const uint8_t *d = digits + (size_t)(*group - 1) * GROUP_DIGITS;
		unsigned value = 0;

		for (size_t i = 0; i < GROUP_DIGITS - 1; i++) {
			value = value * 10 + d[i];
		}
		if (value > UINT16_MAX || check_digit(*group, d) != d[GROUP_DIGITS - 1]) {
			return KR_ERR_CHECK_DIGIT;
		}
		if (*group < KR_RECOVERY_NUM_GROUPS) {
			uint8_t *pair = out->bytes + (size_t)2 * (*group - 1);

			pair[0] = (uint8_t)(value >> 8);
			pair[1] = (uint8_t)value;
		} else if (value != checksum(out)) {
			return KR_ERR_CHECK_DIGIT;
		}
	}
	*group = 0;
	return KR_OK;
}

enum kr_err kr_recovery_parse(
	struct kr_recovery *out, unsigned *group, struct kr_view text)
{
	uint8_t digits[NUM_DIGITS];
	unsigned at = 0;
	enum kr_err err;

	memset(out, 0, sizeof(*out));
	err = collect_digits(digits, text);
	if (err == KR_OK) {
		err = parse_groups(out, &at, digits);
	}
	if (err != KR_OK) {
		kr_wipe(out, sizeof(*out));
	}
	if (group != NULL) {
		*group = at;
	}
	kr_wipe(digits, sizeof(digits));
	return err;
}

void kr_recovery_keypair(
	struct kr_ed25519_keypair *out, const struct kr_recovery *recovery)
{
	KR_AUTO_WIPE struct kr_secret seed = {0};

	kr_hkdf_extract(&seed, kr_view_str("kring recovery v1"),
		kr_view(recovery->bytes, sizeof(recovery->bytes)));
	kr_ed25519_from_seed(out, &seed);
}

void kr_recovery_sealing_keypair(
	struct kr_x25519_keypair *out, const struct kr_recovery *recovery)
{
	kr_hkdf_extract(&out->secret, kr_view_str("kring recovery sealing v1"),
		kr_view(recovery->bytes, sizeof(recovery->bytes)));
	kr_x25519_public(out->public_key, &out->secret);
}
