/* Nothing that codec and crypto do with a secret depends on its value. */
#include <ct.h>

#include <string.h>

#include <kring/codec.h>
#include <kring/crypto.h>

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

static struct kr_secret secret_of(uint8_t fill)
{
	struct kr_secret s;

	memset(s.bytes, fill, sizeof(s.bytes));
	ct_secret(s.bytes, sizeof(s.bytes));
	return s;
}

static void tag_comparison(void)
{
	uint8_t tag[KR_HMAC_BYTES] = {1};
	uint8_t expected[KR_HMAC_BYTES] = {2};
	bool equal;

	ct_secret(tag, sizeof(tag));
	ct_secret(expected, sizeof(expected));
	equal = kr_equal_ct(tag, expected, sizeof(tag));
	ct_public(&equal, sizeof(equal));
}

static void secret_comparison(void)
{
	struct kr_secret a = secret_of(1);
	struct kr_secret b = secret_of(2);
	bool equal = kr_secret_equal(&a, &b);

	ct_public(&equal, sizeof(equal));
}

static void hmac_verification(void)
{
	struct kr_secret key = secret_of(3);
	uint8_t tag[KR_HMAC_BYTES] = {0};
	enum kr_err err;

	/* Whether the tag is right becomes known; by how much it is wrong does not. */
	err = kr_hmac_verify(
		kr_view(tag, sizeof(tag)), kr_view_secret(&key), kr_view_str("message"));
	ct_public(&err, sizeof(err));
}

static void key_derivation(void)
{
	struct kr_secret ikm = secret_of(4);
	struct kr_secret prk;
	uint8_t out[100];

	kr_hkdf_extract(&prk, kr_view_str("salt"), kr_view_secret(&ikm));
	kr_expand_with_label(out, sizeof(out), &prk, "label", kr_view_str("context"));
	kr_derive_tree_secret(out, 32, &prk, "key", 7);
}

static void aead_sealing(void)
{
	static const uint8_t nonce[KR_AEAD_NONCE_BYTES];
	struct kr_secret key = secret_of(5);
	struct kr_secret plaintext = secret_of(6);
	uint8_t ct[sizeof(plaintext) + KR_AEAD_TAG_BYTES];

	kr_aead_seal(ct, &key, nonce, kr_view_str("aad"), kr_view_secret(&plaintext));
}

static void aead_opening(void)
{
	static const uint8_t nonce[KR_AEAD_NONCE_BYTES];
	struct kr_secret key = secret_of(11);
	uint8_t ct[100] = {0};
	uint8_t pt[sizeof(ct) - KR_AEAD_TAG_BYTES];

	/* The tag is wrong, which becomes known; where it is wrong does not. */
	(void)kr_aead_open(pt, &key, nonce, kr_view_str("aad"), kr_view(ct, sizeof(ct)));
}

static void x25519_agreement(void)
{
	struct kr_secret secret = secret_of(7);
	struct kr_secret shared;
	uint8_t public_key[KR_X25519_BYTES];

	kr_x25519_public(public_key, &secret);
	ct_public(public_key, sizeof(public_key));
	/* That the result is not all zero is what the function answers. */
	(void)kr_x25519(&shared, &secret, public_key);
}

static void ed25519_signing(void)
{
	struct kr_secret seed = secret_of(8);
	struct kr_ed25519_keypair pair;
	uint8_t sig[KR_ED25519_SIG_BYTES];

	kr_ed25519_from_seed(&pair, &seed);
	ct_public(pair.public_key, sizeof(pair.public_key));
	kr_ed25519_sign(sig, &pair, kr_view_str("message"));
}

static void ristretto_scalars(void)
{
	uint8_t wide[64] = {9};
	struct kr_ristretto_scalar a;
	struct kr_ristretto_scalar b;
	bool zero;

	ct_secret(wide, sizeof(wide));
	kr_ristretto_scalar_reduce(&a, wide);
	kr_ristretto_scalar_mul(&b, &a, &a);
	kr_ristretto_scalar_add(&b, &b, &a);
	kr_ristretto_scalar_sub(&b, &b, &a);
	(void)kr_ristretto_scalar_invert(&b, &b);
	zero = kr_ristretto_scalar_is_zero(&b);
	ct_public(&zero, sizeof(zero));
}

/* The scalar is secret, the element is the peer's. */
static void ristretto_multiplication(void)
{
	struct kr_ristretto_scalar s = {{12}};
	struct kr_ristretto_element e;
	struct kr_ristretto_element product;
	uint8_t hash[64] = {13};

	kr_ristretto_from_hash(&e, hash);
	ct_secret(s.bytes, sizeof(s.bytes));
	(void)kr_ristretto_mul(&product, &s, &e);
	(void)kr_ristretto_mul_base(&product, &s);
}

/* A secret travels through the codec as bytes; only its length is looked at. */
static void codec_with_a_secret(void)
{
	struct kr_secret secret = secret_of(10);
	struct kr_secret back;
	uint8_t written[64];
	struct kr_writer w;
	struct kr_reader r;

	kr_writer_init_fixed(&w, written, sizeof(written));
	kr_write_vec(&w, kr_view_secret(&secret));
	r = kr_reader(kr_writer_view(&w));
	(void)kr_read_vec_exact(&r, back.bytes, sizeof(back.bytes));
	kr_secret_wipe(&back);
}

int main(void)
{
	static const struct ct_check checks[] = {
		{"tag comparison", tag_comparison, 0},
		{"comparison of secrets", secret_comparison, 0},
		{"HMAC verification", hmac_verification, 1},
		{"key derivation", key_derivation, 0},
		{"AEAD sealing", aead_sealing, 0},
		{"AEAD opening", aead_opening, 1},
		{"X25519", x25519_agreement, 1},
		{"Ed25519 signing", ed25519_signing, 0},
		{"ristretto255 scalars", ristretto_scalars, 1},
		{"ristretto255 multiplication", ristretto_multiplication, 2},
		{"a secret through reader and writer", codec_with_a_secret, 0},
	};

	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	return ct_main(checks, NUM(checks));
}
