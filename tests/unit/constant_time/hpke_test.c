/* Private keys, pre-shared keys and plaintexts of HPKE decide no branch and no address.
 * The answers: each X25519 tells whether the point was of low order, and opening tells
 * whether the tag was right (libsodium asks once and Kring once more). */
#include <ct.h>

#include <string.h>

#include <kring/hpke.h>

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define PT_LEN     40

static const char *const label = "UpdatePathNode";

/* A pair whose private key is secret from here on. */
static struct kr_x25519_keypair secret_pair(uint8_t fill)
{
	struct kr_x25519_keypair pair;

	memset(pair.secret.bytes, fill, sizeof(pair.secret.bytes));
	kr_x25519_public(pair.public_key, &pair.secret);
	ct_secret(&pair.secret, sizeof(pair.secret));
	return pair;
}

/* Random bytes are secret too: the ephemeral key is made of them. */
static enum kr_err fill_secret(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, 7, len);
	ct_secret(out, len);
	return KR_OK;
}

static const struct kr_random secret_rng = {.fill = fill_secret};

static void deriving_a_keypair(void)
{
	uint8_t ikm[KR_SECRET_BYTES] = {1};
	struct kr_x25519_keypair pair;

	ct_secret(ikm, sizeof(ikm));
	(void)kr_hpke_derive_keypair(&pair, kr_view(ikm, sizeof(ikm)));
}

static void sealing(void)
{
	struct kr_x25519_keypair recipient = secret_pair(2);
	uint8_t pt[PT_LEN] = {3};
	uint8_t enc[KR_HPKE_ENC_BYTES];
	uint8_t ct[PT_LEN + KR_HPKE_TAG_BYTES];

	ct_secret(pt, sizeof(pt));
	(void)kr_hpke_seal(enc, ct, recipient.public_key, kr_view_str("info"),
		kr_view_str("aad"), kr_view(pt, sizeof(pt)), &secret_rng);
}

/* A true message or a forged one, opened with a secret key. */
static void open_with(uint8_t flip)
{
	struct kr_x25519_keypair recipient = secret_pair(4);
	uint8_t pt[PT_LEN] = {5};
	uint8_t enc[KR_HPKE_ENC_BYTES];
	uint8_t ct[PT_LEN + KR_HPKE_TAG_BYTES];

	(void)kr_encrypt_with_label(enc, ct, recipient.public_key, label,
		kr_view(NULL, 0), kr_view(pt, sizeof(pt)), &kr_random_system);
	ct[PT_LEN + 3] ^= flip;
	(void)kr_decrypt_with_label(pt, &recipient.secret, label, kr_view(NULL, 0),
		kr_view(enc, sizeof(enc)), kr_view(ct, sizeof(ct)));
}

static void opening(void)
{
	open_with(0);
}

static void refusing(void)
{
	open_with(1);
}

static void authenticated_with_a_psk(void)
{
	struct kr_x25519_keypair recipient = secret_pair(6);
	struct kr_x25519_keypair sender = secret_pair(7);
	uint8_t psk[KR_HPKE_PSK_BYTES_MIN] = {8};
	uint8_t enc[KR_HPKE_ENC_BYTES];
	uint8_t exported[100];
	struct kr_hpke_context context;
	const struct kr_hpke_params params = {
		.mode = KR_HPKE_AUTH_PSK,
		.aead = KR_HPKE_CHACHA20_POLY1305,
		.psk = kr_view(psk, sizeof(psk)),
		.psk_id = kr_view_str("id"),
	};

	ct_secret(psk, sizeof(psk));
	(void)kr_hpke_sender_init(&context, enc, &params, recipient.public_key,
		&sender.secret, &secret_rng);
	(void)kr_hpke_context_export(
		&context, exported, sizeof(exported), kr_view_str("context"));
	/* The sender's public key and enc went out: what follows is the other side. */
	ct_public(enc, sizeof(enc));
	(void)kr_hpke_receiver_init(&context, &params, &recipient.secret,
		kr_view(sender.public_key, sizeof(sender.public_key)),
		kr_view(enc, sizeof(enc)));
	kr_hpke_context_finish(&context);
}

int main(void)
{
	static const struct ct_check checks[] = {
		{"deriving a key pair", deriving_a_keypair, 0},
		{"sealing", sealing, 1},
		{"opening", opening, 3},
		{"refusing a forged message", refusing, 2},
		{"mode auth_psk, both sides", authenticated_with_a_psk, 4},
	};

	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	return ct_main(checks, NUM(checks));
}
