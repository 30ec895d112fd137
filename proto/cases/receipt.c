/* Twenty digits with which a reporter returns. CASES.md §3. */
#include <kring/cases.h>

#include <string.h>

#define NUM_RANDOM   (KR_RECEIPT_DIGITS - 2)
#define GROUP_DIGITS 4
#define SALT_BYTES   16

/* ISO 7064 MOD 97-10, as in an IBAN. */
static unsigned check_number(const char *digits)
{
	unsigned rest = 0;

	for (size_t i = 0; i < NUM_RANDOM; i++) {
		rest = (rest * 10 + (unsigned)(digits[i] - '0')) % 97;
	}
	return 98 - rest * 100 % 97;
}

enum kr_err kr_receipt_generate(struct kr_receipt *out, const struct kr_random *rng)
{
	unsigned check;
	size_t num = 0;

	memset(out, 0, sizeof(*out));
	while (num < NUM_RANDOM) {
		uint8_t byte;
		enum kr_err err = kr_random_fill(rng, &byte, sizeof(byte));

		if (err != KR_OK) {
			kr_wipe(out, sizeof(*out));
			return err;
		}
		if (byte < 250) { /* 25 of each digit */
			out->digits[num++] = (char)('0' + byte % 10);
		}
	}
	check = check_number(out->digits);
	out->digits[NUM_RANDOM] = (char)('0' + check / 10);
	out->digits[NUM_RANDOM + 1] = (char)('0' + check % 10);
	return KR_OK;
}

void kr_receipt_print(char out[KR_RECEIPT_TEXT_BYTES], const struct kr_receipt *receipt)
{
	for (size_t i = 0; i < KR_RECEIPT_DIGITS; i++) {
		if (i > 0 && i % GROUP_DIGITS == 0) {
			*out++ = ' ';
		}
		*out++ = receipt->digits[i];
	}
	*out = '\0';
}

/* Exactly so many digits, and besides them only what people put between groups. */
static enum kr_err collect_digits(struct kr_receipt *out, struct kr_view text)
{
	size_t num = 0;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c == ' ' || c == '-' || c == '.') {
			continue;
		}
		if (c < '0' || c > '9' || num == KR_RECEIPT_DIGITS) {
			return KR_ERR_ENCODING;
		}
		out->digits[num++] = (char)c;
	}
	return num == KR_RECEIPT_DIGITS ? KR_OK : KR_ERR_ENCODING;
}

enum kr_err kr_receipt_parse(struct kr_receipt *out, struct kr_view text)
{
	enum kr_err err;

	memset(out, 0, sizeof(*out));
	err = collect_digits(out, text);
	if (err == KR_OK) {
		unsigned check = (unsigned)(out->digits[NUM_RANDOM] - '0') * 10 +
			(unsigned)(out->digits[NUM_RANDOM + 1] - '0');

		err = check == check_number(out->digits) ? KR_OK : KR_ERR_CHECK_DIGIT;
	}
	if (err != KR_OK) {
		kr_wipe(out, sizeof(*out));
	}
	return err;
}

static void salt_of(uint8_t salt[SALT_BYTES], struct kr_view relay)
{
	uint8_t hash[KR_SHA256_BYTES];
	struct kr_sha256 h;

	kr_sha256_init(&h);
	kr_sha256_update(&h, kr_view_str("kring receipt v1"));
	kr_sha256_update(&h, relay);
	kr_sha256_final(&h, hash);
	memcpy(salt, hash, SALT_BYTES);
}

static enum kr_err derive(struct kr_receipt_keys *out, const struct kr_secret *prk)
{
	KR_AUTO_WIPE struct kr_secret seed = {0};
	enum kr_err err;

	if ((err = kr_hkdf_expand(out->locator, sizeof(out->locator), prk,
		     kr_view_str("kring receipt locator v1"))) ||
		(err = kr_hkdf_expand(seed.bytes, sizeof(seed.bytes), prk,
			 kr_view_str("kring receipt signing v1")))) {
		return err;
	}
	kr_ed25519_from_seed(&out->signing, &seed);
	if ((err = kr_hkdf_expand(seed.bytes, sizeof(seed.bytes), prk,
		     kr_view_str("kring receipt sealing v1")))) {
		return err;
	}
	return kr_hpke_derive_keypair(&out->sealing, kr_view_secret(&seed));
}

enum kr_err kr_receipt_keys(struct kr_receipt_keys *out, const struct kr_receipt *receipt,
	struct kr_view relay)
{
	KR_AUTO_WIPE struct kr_secret prk = {0};
	uint8_t salt[SALT_BYTES];
	enum kr_err err;

	memset(out, 0, sizeof(*out));
	salt_of(salt, relay);
	err = kr_argon2id(prk.bytes, sizeof(prk.bytes),
		kr_view(receipt->digits, sizeof(receipt->digits)), salt,
		KR_RECEIPT_PASSES, KR_RECEIPT_MEMORY);
	if (err == KR_OK) {
		err = derive(out, &prk);
	}
	if (err != KR_OK) {
		kr_receipt_keys_wipe(out);
	}
	return err;
}

void kr_receipt_keys_wipe(struct kr_receipt_keys *keys)
{
	kr_wipe(keys, sizeof(*keys));
}
