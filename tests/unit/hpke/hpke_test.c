#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <alloc_fail.h>

#include <kring/hpke.h>

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define PT_LEN     21
#define CT_LEN     (PT_LEN + KR_HPKE_TAG_BYTES)
#define NUM_MODES  4
#define UNTOUCHED  0xa5

static const uint8_t psk[KR_HPKE_PSK_BYTES_MIN] = "a shared secret of 32 bytes....";
static const uint8_t other_psk[KR_HPKE_PSK_BYTES_MIN] = "another secret of 32 bytes.....";
static const char *const pt_text = "it goes on next door.";

/* Everything that a case of these tests starts from; the same in each run. */
struct fixture {
	struct kr_random_seeded stream;
	struct kr_random rng;
	struct kr_x25519_keypair receiver;
	struct kr_x25519_keypair sender;
	struct kr_x25519_keypair stranger;
};

static struct fixture fixture(void)
{
	static const struct kr_secret seed = {{'h', 'p', 'k', 'e'}};
	static struct fixture f; /* its rng points into it */

	kr_random_seeded_init(&f.stream, &seed);
	f.rng = kr_random_seeded(&f.stream);
	assert_int_equal(kr_hpke_generate_keypair(&f.receiver, &f.rng), KR_OK);
	assert_int_equal(kr_hpke_generate_keypair(&f.sender, &f.rng), KR_OK);
	assert_int_equal(kr_hpke_generate_keypair(&f.stranger, &f.rng), KR_OK);
	return f;
}

static void assert_err(const char *name, enum kr_err got, enum kr_err expected)
{
	if (got != expected) {
		fail_msg("%s: got %s, expected %s", name, kr_err_name(got),
			kr_err_name(expected));
	}
}

static void assert_all(const char *name, const void *data, size_t len, uint8_t byte)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != byte) {
			fail_msg("%s: byte %zu is %02x", name, i, bytes[i]);
		}
	}
}

static bool has_psk(enum kr_hpke_mode mode)
{
	return mode == KR_HPKE_PSK || mode == KR_HPKE_AUTH_PSK;
}

static bool has_sender(enum kr_hpke_mode mode)
{
	return mode == KR_HPKE_AUTH || mode == KR_HPKE_AUTH_PSK;
}

static struct kr_hpke_params params_of(enum kr_hpke_mode mode)
{
	struct kr_hpke_params p = {
		.mode = mode,
		.aead = KR_HPKE_CHACHA20_POLY1305,
		.info = kr_view_str("info"),
	};

	if (has_psk(mode)) {
		p.psk = kr_view(psk, sizeof(psk));
		p.psk_id = kr_view_str("psk id");
	}
	return p;
}

static const struct kr_secret *sender_sk(const struct fixture *f, enum kr_hpke_mode mode)
{
	return has_sender(mode) ? &f->sender.secret : NULL;
}

static struct kr_view sender_pk(const struct fixture *f, enum kr_hpke_mode mode)
{
	return has_sender(mode) ? kr_view(f->sender.public_key, KR_X25519_BYTES)
				: kr_view(NULL, 0);
}

/* Both ends of a channel in this mode. */
static void open_channel(struct fixture *f, const struct kr_hpke_params *params,
	struct kr_hpke_context *sender, struct kr_hpke_context *receiver)
{
	uint8_t enc[KR_HPKE_ENC_BYTES];

	assert_int_equal(kr_hpke_sender_init(sender, enc, params, f->receiver.public_key,
				 sender_sk(f, params->mode), &f->rng),
		KR_OK);
	assert_int_equal(kr_hpke_receiver_init(receiver, params, &f->receiver.secret,
				 sender_pk(f, params->mode), kr_view(enc, sizeof(enc))),
		KR_OK);
}

/* Empty, short and long messages come back, in order, in each mode. */
static void messages_come_back(void **state)
{
	static const size_t lengths[] = {0, 1, 63, 64, 65, 1000, 65536};
	static uint8_t pt[65536];
	static uint8_t ct[sizeof(pt) + KR_HPKE_TAG_BYTES];
	static uint8_t opened[sizeof(pt)];
	struct fixture f = fixture();

	(void)state;
	memset(pt, 0x5a, sizeof(pt));
	for (unsigned mode = 0; mode < NUM_MODES; mode++) {
		struct kr_hpke_params params = params_of((enum kr_hpke_mode)mode);
		struct kr_hpke_context sender;
		struct kr_hpke_context receiver;

		open_channel(&f, &params, &sender, &receiver);
		for (size_t i = 0; i < NUM(lengths); i++) {
			struct kr_view aad = kr_view(pt, i);
			struct kr_view sealed =
				kr_view(ct, lengths[i] + KR_HPKE_TAG_BYTES);

			assert_int_equal(kr_hpke_context_seal(&sender, ct, aad,
						 kr_view(pt, lengths[i])),
				KR_OK);
			assert_int_equal(
				kr_hpke_context_open(&receiver, opened, aad, sealed),
				KR_OK);
			assert_memory_equal(opened, pt, lengths[i]);
		}
		assert_int_equal(sender.seq, NUM(lengths));
		assert_int_equal(receiver.seq, NUM(lengths));
		kr_hpke_context_finish(&sender);
		assert_all("wiped context", &sender, sizeof(sender), 0);
	}
	kr_hpke_context_finish(NULL);
}

/* RFC 9180 §5.1, VerifyPSKInputs, and what else a set-up refuses on both sides alike. */
static void setup_rejects(void **state)
{
	static const struct {
		const char *name;
		unsigned mode;
		unsigned aead;
		size_t psk_len;
		const char *psk_id;
		bool sender;
	} cases[] = {
		{"base with a psk", 0, 0x0003, 32, "", false},
		{"base with a psk id", 0, 0x0003, 0, "id", false},
		{"base with both", 0, 0x0003, 32, "id", false},
		{"base with a sender", 0, 0x0003, 0, "", true},
		{"psk without any", 1, 0x0003, 0, "", false},
		{"psk without an id", 1, 0x0003, 32, "", false},
		{"psk with an id alone", 1, 0x0003, 0, "id", false},
		{"psk too short", 1, 0x0003, 31, "id", false},
		{"psk with a sender", 1, 0x0003, 32, "id", true},
		{"auth without a sender", 2, 0x0003, 0, "", false},
		{"auth with a psk", 2, 0x0003, 32, "id", true},
		{"auth_psk without a sender", 3, 0x0003, 32, "id", false},
		{"auth_psk without a psk", 3, 0x0003, 0, "", true},
		{"auth_psk with a short psk", 3, 0x0003, 31, "id", true},
		{"unknown mode", 4, 0x0003, 0, "", false},
		{"no aead", 0, 0x0000, 0, "", false},
		{"AES-128-GCM", 0, 0x0001, 0, "", false},
		{"unknown aead", 0, 0x0004, 0, "", false},
	};
	struct fixture f = fixture();

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		const struct kr_hpke_params params = {
			.mode = (enum kr_hpke_mode)cases[i].mode,
			.aead = (enum kr_hpke_aead)cases[i].aead,
			.psk = kr_view(psk, cases[i].psk_len),
			.psk_id = kr_view_str(cases[i].psk_id),
		};
		struct kr_hpke_context context;
		uint8_t enc[KR_HPKE_ENC_BYTES];

		memset(&context, UNTOUCHED, sizeof(context));
		memset(enc, UNTOUCHED, sizeof(enc));
		assert_err(cases[i].name,
			kr_hpke_sender_init(&context, enc, &params, f.receiver.public_key,
				cases[i].sender ? &f.sender.secret : NULL, &f.rng),
			KR_ERR_ARGUMENT);
		assert_all(cases[i].name, &context, sizeof(context), 0);
		assert_all(cases[i].name, enc, sizeof(enc), 0);

		memset(&context, UNTOUCHED, sizeof(context));
		assert_err(cases[i].name,
			kr_hpke_receiver_init(&context, &params, &f.receiver.secret,
				kr_view(f.sender.public_key,
					cases[i].sender ? KR_X25519_BYTES : 0),
				kr_view(f.stranger.public_key, KR_X25519_BYTES)),
			KR_ERR_ARGUMENT);
		assert_all(cases[i].name, &context, sizeof(context), 0);
	}
}

/* A key of another length is refused before it is read. */
static void key_lengths(void **state)
{
	static const size_t lengths[] = {0, 1, 31, 33, 64};
	struct fixture f = fixture();
	struct kr_hpke_params base = params_of(KR_HPKE_BASE);
	struct kr_hpke_params auth = params_of(KR_HPKE_AUTH);
	struct kr_view whole = kr_view(f.sender.public_key, KR_X25519_BYTES);
	struct kr_hpke_context context;
	uint8_t bytes[64];
	uint8_t pt[PT_LEN];

	(void)state;
	memset(bytes, 9, sizeof(bytes));
	for (size_t i = 0; i < NUM(lengths); i++) {
		struct kr_view cut = kr_view(bytes, lengths[i]);

		assert_err("enc",
			kr_hpke_receiver_init(&context, &base, &f.receiver.secret,
				kr_view(NULL, 0), cut),
			KR_ERR_KEY);
		assert_err("sender_pk",
			kr_hpke_receiver_init(
				&context, &auth, &f.receiver.secret, cut, whole),
			KR_ERR_ARGUMENT);
		memset(pt, UNTOUCHED, sizeof(pt));
		assert_err("open",
			kr_hpke_open(pt, &f.receiver.secret, kr_view(NULL, 0),
				kr_view(NULL, 0), cut, kr_view(bytes, CT_LEN)),
			KR_ERR_KEY);
		assert_all("pt", pt, sizeof(pt), 0);
	}
}

/* The points whose order divides 8, RFC 7748 §7 and their non-canonical forms: as the
 * recipient, as the encapsulated key and as the sender. */
static void low_order_points(void **state)
{
	static const uint8_t points[][KR_X25519_BYTES] = {
		{0},
		{1},
		{0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa,
			0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1,
			0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
		{0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55,
			0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e,
			0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
		{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
		{0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
		{0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
	};
	struct fixture f = fixture();
	struct kr_hpke_params auth = params_of(KR_HPKE_AUTH);
	struct kr_view nothing = kr_view(NULL, 0);
	struct kr_hpke_context context;
	uint8_t enc[KR_HPKE_ENC_BYTES];
	uint8_t ct[CT_LEN];
	uint8_t pt[PT_LEN];

	(void)state;
	for (size_t i = 0; i < 2 * NUM(points); i++) {
		uint8_t point[KR_X25519_BYTES];

		/* X25519 ignores the highest bit, so it must not hide such a point. */
		memcpy(point, points[i / 2], sizeof(point));
		point[31] = (uint8_t)(point[31] | (i % 2) << 7);
		memset(ct, UNTOUCHED, sizeof(ct));
		assert_err("recipient",
			kr_hpke_seal(enc, ct, point, nothing, nothing,
				kr_view_str(pt_text), &f.rng),
			KR_ERR_KEY);
		assert_all("enc", enc, sizeof(enc), 0);
		assert_all("ct", ct, sizeof(ct), 0);
		assert_err("encapsulated key",
			kr_hpke_open(pt, &f.receiver.secret, nothing, nothing,
				kr_view(point, sizeof(point)), kr_view(ct, sizeof(ct))),
			KR_ERR_KEY);
		assert_err("sender",
			kr_hpke_receiver_init(&context, &auth, &f.receiver.secret,
				kr_view(point, sizeof(point)),
				kr_view(f.stranger.public_key, KR_X25519_BYTES)),
			KR_ERR_KEY);
		assert_all("context", &context, sizeof(context), 0);
	}
}

/* What one side has otherwise than the other. */
struct disagreement {
	const char *name;
	enum kr_hpke_mode sender_mode;
	struct kr_hpke_params receiver;
	bool wrong_recipient;
	bool wrong_sender;
};

static void assert_disagree(struct fixture *f, const struct disagreement *d)
{
	struct kr_hpke_params sent = params_of(d->sender_mode);
	struct kr_view from = d->wrong_sender
		? kr_view(f->stranger.public_key, KR_X25519_BYTES)
		: sender_pk(f, d->receiver.mode);
	const struct kr_secret *sk =
		d->wrong_recipient ? &f->stranger.secret : &f->receiver.secret;
	struct kr_hpke_context sender;
	struct kr_hpke_context receiver;
	uint8_t enc[KR_HPKE_ENC_BYTES];
	uint8_t ct[CT_LEN];
	uint8_t pt[PT_LEN];
	uint8_t exported[2][32];

	assert_err(d->name,
		kr_hpke_sender_init(&sender, enc, &sent, f->receiver.public_key,
			sender_sk(f, d->sender_mode), &f->rng),
		KR_OK);
	assert_err(d->name,
		kr_hpke_receiver_init(
			&receiver, &d->receiver, sk, from, kr_view(enc, sizeof(enc))),
		KR_OK);
	assert_err(d->name,
		kr_hpke_context_seal(&sender, ct, kr_view(NULL, 0), kr_view_str(pt_text)),
		KR_OK);
	memset(pt, UNTOUCHED, sizeof(pt));
	assert_err(d->name,
		kr_hpke_context_open(
			&receiver, pt, kr_view(NULL, 0), kr_view(ct, sizeof(ct))),
		KR_ERR_DECRYPT);
	assert_all(d->name, pt, sizeof(pt), 0);
	assert_int_equal(receiver.seq, 0);
	kr_hpke_context_export(&sender, exported[0], 32, kr_view(NULL, 0));
	kr_hpke_context_export(&receiver, exported[1], 32, kr_view(NULL, 0));
	assert_memory_not_equal(exported[0], exported[1], 32);
}

/* Whoever disagrees on anything gets neither the messages nor the exported secrets. */
static void disagreements(void **state)
{
	struct fixture f = fixture();
	struct kr_hpke_params base = params_of(KR_HPKE_BASE);
	struct kr_hpke_params other_info = base;
	struct kr_hpke_params wrong_psk = params_of(KR_HPKE_PSK);
	struct kr_hpke_params wrong_psk_id = params_of(KR_HPKE_PSK);
	struct kr_hpke_params long_psk = params_of(KR_HPKE_PSK);
	uint8_t psk_and_zero[sizeof(psk) + 1] = {0};

	(void)state;
	other_info.info = kr_view_str("Info");
	wrong_psk.psk = kr_view(other_psk, sizeof(other_psk));
	wrong_psk_id.psk_id = kr_view_str("psk ID");
	memcpy(psk_and_zero, psk, sizeof(psk));
	long_psk.psk = kr_view(psk_and_zero, sizeof(psk_and_zero));

	const struct disagreement cases[] = {
		{"another recipient", KR_HPKE_BASE, base, true, false},
		{"another info", KR_HPKE_BASE, other_info, false, false},
		{"another psk", KR_HPKE_PSK, wrong_psk, false, false},
		{"a longer psk", KR_HPKE_PSK, long_psk, false, false},
		{"another psk id", KR_HPKE_PSK, wrong_psk_id, false, false},
		{"another sender", KR_HPKE_AUTH, params_of(KR_HPKE_AUTH), false, true},
		{"another sender, psk", KR_HPKE_AUTH_PSK, params_of(KR_HPKE_AUTH_PSK),
			false, true},
		{"base for psk", KR_HPKE_PSK, base, false, false},
		{"psk for base", KR_HPKE_BASE, params_of(KR_HPKE_PSK), false, false},
		{"base for auth", KR_HPKE_AUTH, base, false, false},
		{"auth for base", KR_HPKE_BASE, params_of(KR_HPKE_AUTH), false, false},
		{"auth for auth_psk", KR_HPKE_AUTH_PSK, params_of(KR_HPKE_AUTH), false,
			false},
		{"auth_psk for auth", KR_HPKE_AUTH, params_of(KR_HPKE_AUTH_PSK), false,
			false},
		{"auth_psk for psk", KR_HPKE_PSK, params_of(KR_HPKE_AUTH_PSK), false,
			false},
	};

	for (size_t i = 0; i < NUM(cases); i++) {
		assert_disagree(&f, &cases[i]);
	}
}

/* One sealed message and everything that opening it depends on, to be broken byte by
 * byte. */
struct sealed {
	uint8_t enc[KR_HPKE_ENC_BYTES];
	uint8_t ct[CT_LEN];
	uint8_t info[4];
	uint8_t aad[3];
};

static struct sealed seal_one(struct fixture *f)
{
	struct sealed s = {.info = "info", .aad = "aad"};

	assert_int_equal(
		kr_hpke_seal(s.enc, s.ct, f->receiver.public_key,
			kr_view(s.info, sizeof(s.info)), kr_view(s.aad, sizeof(s.aad)),
			kr_view_str(pt_text), &f->rng),
		KR_OK);
	return s;
}

static enum kr_err open_one(const struct fixture *f, const struct sealed *s,
	size_t ct_len, uint8_t pt[PT_LEN])
{
	return kr_hpke_open(pt, &f->receiver.secret, kr_view(s->info, sizeof(s->info)),
		kr_view(s->aad, sizeof(s->aad)), kr_view(s->enc, sizeof(s->enc)),
		kr_view(s->ct, ct_len));
}

static void every_bit_flip_fails(void **state)
{
	struct fixture f = fixture();
	struct sealed s = seal_one(&f);
	uint8_t *bytes = (uint8_t *)&s;
	uint8_t pt[PT_LEN];

	(void)state;
	for (size_t bit = 0; bit < 8 * sizeof(s); bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		memset(pt, UNTOUCHED, sizeof(pt));
		assert_err("flipped", open_one(&f, &s, CT_LEN, pt), KR_ERR_DECRYPT);
		assert_all("pt", pt, sizeof(pt), 0);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_err("restored", open_one(&f, &s, CT_LEN, pt), KR_OK);
	assert_memory_equal(pt, pt_text, PT_LEN);
}

static void every_truncation_fails(void **state)
{
	struct fixture f = fixture();
	struct sealed s = seal_one(&f);
	uint8_t pt[PT_LEN];

	(void)state;
	for (size_t len = 0; len < CT_LEN; len++) {
		assert_err("truncated", open_one(&f, &s, len, pt), KR_ERR_DECRYPT);
	}
	assert_err("whole", open_one(&f, &s, CT_LEN, pt), KR_OK);
}

/* A forged, repeated or early message does not cost the channel its place. */
static void order_of_messages(void **state)
{
	struct fixture f = fixture();
	struct kr_hpke_params params = params_of(KR_HPKE_BASE);
	struct kr_hpke_context sender;
	struct kr_hpke_context receiver;
	struct kr_view nothing = kr_view(NULL, 0);
	uint8_t ct[2][CT_LEN];
	uint8_t pt[PT_LEN];

	(void)state;
	open_channel(&f, &params, &sender, &receiver);
	kr_hpke_context_seal(&sender, ct[0], nothing, kr_view_str(pt_text));
	kr_hpke_context_seal(&sender, ct[1], nothing, kr_view_str(pt_text));
	assert_memory_not_equal(ct[0], ct[1], CT_LEN);
	assert_err("early",
		kr_hpke_context_open(&receiver, pt, nothing, kr_view(ct[1], CT_LEN)),
		KR_ERR_DECRYPT);
	assert_err("short",
		kr_hpke_context_open(&receiver, pt, nothing, kr_view(ct[0], 15)),
		KR_ERR_DECRYPT);
	assert_err("first",
		kr_hpke_context_open(&receiver, pt, nothing, kr_view(ct[0], CT_LEN)),
		KR_OK);
	assert_err("again",
		kr_hpke_context_open(&receiver, pt, nothing, kr_view(ct[0], CT_LEN)),
		KR_ERR_DECRYPT);
	assert_err("second",
		kr_hpke_context_open(&receiver, pt, nothing, kr_view(ct[1], CT_LEN)),
		KR_OK);
}

/* RFC 9180 §5.2, IncrementSeq: the counter stops before it would wrap. */
static void counter_overflow(void **state)
{
	struct fixture f = fixture();
	struct kr_hpke_params params = params_of(KR_HPKE_BASE);
	struct kr_hpke_context sender;
	struct kr_hpke_context receiver;
	struct kr_view nothing = kr_view(NULL, 0);
	uint8_t ct[CT_LEN];
	uint8_t pt[PT_LEN];

	(void)state;
	open_channel(&f, &params, &sender, &receiver);
	sender.seq = UINT64_MAX - 1;
	receiver.seq = UINT64_MAX - 1;
	assert_err("last",
		kr_hpke_context_seal(&sender, ct, nothing, kr_view_str(pt_text)), KR_OK);
	assert_err("last",
		kr_hpke_context_open(&receiver, pt, nothing, kr_view(ct, sizeof(ct))),
		KR_OK);
	assert_memory_equal(pt, pt_text, PT_LEN);
	assert_err("open beyond",
		kr_hpke_context_open(&receiver, pt, nothing, kr_view(ct, sizeof(ct))),
		KR_ERR_LIMIT);
	assert_all("pt", pt, sizeof(pt), 0);
	assert_err("seal beyond",
		kr_hpke_context_seal(&sender, ct, nothing, kr_view_str(pt_text)),
		KR_ERR_LIMIT);
	assert_all("ct", ct, sizeof(ct), 0);
	assert_true(sender.seq == UINT64_MAX && receiver.seq == UINT64_MAX);
}

/* The eight bytes of the counter reach the end of the nonce, each of them. */
static void nonce_takes_the_whole_counter(void **state)
{
	struct fixture f = fixture();
	struct kr_hpke_params params = params_of(KR_HPKE_BASE);
	struct kr_hpke_context sender;
	struct kr_hpke_context receiver;
	uint8_t sealed[KR_HPKE_TAG_BYTES];
	uint8_t expected[KR_HPKE_TAG_BYTES];
	struct kr_view nothing = kr_view(NULL, 0);

	(void)state;
	open_channel(&f, &params, &sender, &receiver);
	for (unsigned byte = 0; byte < 8; byte++) {
		uint8_t nonce[KR_AEAD_NONCE_BYTES];

		memcpy(nonce, sender.base_nonce, sizeof(nonce));
		nonce[11 - byte] ^= 0x81;
		sender.seq = (uint64_t)0x81 << 8 * byte;
		kr_hpke_context_seal(&sender, sealed, nothing, nothing);
		kr_aead_seal(expected, &sender.key, nonce, nothing, nothing);
		assert_memory_equal(sealed, expected, sizeof(sealed));
	}
}

/* A context does what its role and its AEAD allow, and a zeroed one nothing. */
static void roles(void **state)
{
	struct fixture f = fixture();
	struct kr_hpke_params params = params_of(KR_HPKE_BASE);
	struct kr_hpke_params export_only = params_of(KR_HPKE_BASE);
	struct kr_hpke_context context[5] = {0};
	struct kr_view nothing = kr_view(NULL, 0);
	uint8_t ct[CT_LEN];
	uint8_t pt[PT_LEN];
	uint8_t exported[32];

	(void)state;
	export_only.aead = KR_HPKE_EXPORT_ONLY;
	open_channel(&f, &params, &context[0], &context[1]);
	open_channel(&f, &export_only, &context[2], &context[3]);
	for (size_t i = 0; i < NUM(context); i++) {
		memset(ct, UNTOUCHED, sizeof(ct));
		assert_err("seal",
			kr_hpke_context_seal(
				&context[i], ct, nothing, kr_view_str(pt_text)),
			i == 0 ? KR_OK : KR_ERR_STATE);
		assert_err("open",
			kr_hpke_context_open(
				&context[i], pt, nothing, kr_view(ct, sizeof(ct))),
			i == 1 ? KR_ERR_DECRYPT : KR_ERR_STATE);
		assert_all("pt", pt, sizeof(pt), 0);
		if (i > 0) {
			assert_all("ct", ct, sizeof(ct), 0);
		}
		assert_err("export",
			kr_hpke_context_export(
				&context[i], exported, sizeof(exported), nothing),
			i == 4 ? KR_ERR_STATE : KR_OK);
	}
	assert_all("exported", exported, sizeof(exported), 0);
}

/* RFC 9180 §5.3: both sides export alike; length and context are bound in. */
static void exports(void **state)
{
	static uint8_t values[2][KR_HPKE_EXPORT_MAX + 1];
	struct fixture f = fixture();
	struct kr_hpke_params params = params_of(KR_HPKE_BASE);
	struct kr_hpke_context sender;
	struct kr_hpke_context receiver;
	struct kr_view a = kr_view_str("a");
	struct kr_view b = kr_view_str("b");

	(void)state;
	open_channel(&f, &params, &sender, &receiver);
	assert_err("none", kr_hpke_context_export(&sender, values[0], 0, a), KR_OK);
	assert_err("most",
		kr_hpke_context_export(&sender, values[0], KR_HPKE_EXPORT_MAX, a), KR_OK);
	assert_err("same",
		kr_hpke_context_export(&receiver, values[1], KR_HPKE_EXPORT_MAX, a),
		KR_OK);
	assert_memory_equal(values[0], values[1], KR_HPKE_EXPORT_MAX);
	/* The length is bound in: a shorter value is no prefix of a longer one. */
	assert_err("short", kr_hpke_context_export(&receiver, values[1], 32, a), KR_OK);
	assert_memory_not_equal(values[0], values[1], 32);
	assert_err("context", kr_hpke_context_export(&sender, values[0], 32, b), KR_OK);
	assert_memory_not_equal(values[0], values[1], 32);
	assert_err("too long",
		kr_hpke_context_export(&sender, values[0], sizeof(values[0]), a),
		KR_ERR_ARGUMENT);
	assert_all("too long", values[0], sizeof(values[0]), 0);
}

/* RFC 9180 §4 and §5.3 by hand, with a length that takes both of its bytes. */
static void long_export(void **state)
{
	static const char labeled_info[] = "\x01\x02HPKE-v1HPKE\x00\x20\x00\x01\x00\x03"
					   "sec"
					   "context";
	struct fixture f = fixture();
	struct kr_hpke_params params = params_of(KR_HPKE_BASE);
	struct kr_hpke_context sender;
	struct kr_hpke_context receiver;
	uint8_t exported[0x0102];
	uint8_t expected[0x0102];

	(void)state;
	open_channel(&f, &params, &sender, &receiver);
	assert_err("export",
		kr_hpke_context_export(
			&sender, exported, sizeof(exported), kr_view_str("context")),
		KR_OK);
	assert_err("by hand",
		kr_hkdf_expand(expected, sizeof(expected), &sender.exporter_secret,
			kr_view(labeled_info, sizeof(labeled_info) - 1)),
		KR_OK);
	assert_memory_equal(exported, expected, sizeof(expected));
}

/* In one step what set-up and seal do in two; and a failure of either leaves nothing. */
static void in_one_step(void **state)
{
	struct fixture f = fixture();
	uint8_t enc[KR_HPKE_ENC_BYTES];
	uint8_t ct[CT_LEN];
	uint8_t pt[PT_LEN];
	struct kr_view aad = kr_view_str("aad");

	(void)state;
	for (unsigned mode = 0; mode < NUM_MODES; mode++) {
		struct kr_hpke_params params = params_of((enum kr_hpke_mode)mode);
		const struct kr_secret *from = sender_sk(&f, params.mode);
		struct kr_view expected = sender_pk(&f, params.mode);
		struct kr_view sent = kr_view(enc, sizeof(enc));
		struct kr_view sealed = kr_view(ct, sizeof(ct));

		assert_err("seal",
			kr_hpke_seal_once(enc, ct, &params, f.receiver.public_key, from,
				aad, kr_view_str(pt_text), &f.rng),
			KR_OK);
		assert_err("open",
			kr_hpke_open_once(pt, &params, &f.receiver.secret, expected, aad,
				sent, sealed),
			KR_OK);
		assert_memory_equal(pt, pt_text, PT_LEN);
		assert_err("stranger",
			kr_hpke_open_once(pt, &params, &f.stranger.secret, expected, aad,
				sent, sealed),
			KR_ERR_DECRYPT);
		assert_all("pt", pt, sizeof(pt), 0);
		params.aead = KR_HPKE_EXPORT_ONLY;
		assert_err("export-only",
			kr_hpke_seal_once(enc, ct, &params, f.receiver.public_key, from,
				aad, kr_view_str(pt_text), &f.rng),
			KR_ERR_STATE);
		assert_all("enc", enc, sizeof(enc), 0);
		assert_all("ct", ct, sizeof(ct), 0);
	}
}

static enum kr_err no_randomness(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, UNTOUCHED, len / 2);
	return KR_ERR_RANDOM;
}

static void without_randomness(void **state)
{
	static const struct kr_random broken = {.fill = no_randomness};
	struct fixture f = fixture();
	struct kr_hpke_params params = params_of(KR_HPKE_BASE);
	struct kr_view nothing = kr_view(NULL, 0);
	struct kr_hpke_context context;
	uint8_t enc[KR_HPKE_ENC_BYTES];
	uint8_t ct[CT_LEN];

	(void)state;
	memset(ct, UNTOUCHED, sizeof(ct));
	assert_err("seal",
		kr_hpke_seal(enc, ct, f.receiver.public_key, nothing, nothing,
			kr_view_str(pt_text), &broken),
		KR_ERR_RANDOM);
	assert_all("enc", enc, sizeof(enc), 0);
	assert_all("ct", ct, sizeof(ct), 0);
	assert_err("sender",
		kr_hpke_sender_init(
			&context, enc, &params, f.receiver.public_key, NULL, &broken),
		KR_ERR_RANDOM);
	assert_all("context", &context, sizeof(context), 0);
}

/* What is sealed twice looks different each time, in enc as well. */
static void sealing_is_randomised(void **state)
{
	struct fixture f = fixture();
	struct sealed a = seal_one(&f);
	struct sealed b = seal_one(&f);

	(void)state;
	assert_memory_not_equal(a.enc, b.enc, sizeof(a.enc));
	assert_memory_not_equal(a.ct, b.ct, sizeof(a.ct));
}

static enum kr_err seal_and_open(void *ctx)
{
	struct fixture *f = ctx;
	struct sealed s = seal_one(f);
	uint8_t pt[PT_LEN];

	return open_one(f, &s, CT_LEN, pt);
}

static void nothing_allocates(void **state)
{
	struct fixture f = fixture();

	(void)state;
	assert_int_equal(alloc_fail_each(seal_and_open, NULL, &f), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_back),
		cmocka_unit_test(setup_rejects),
		cmocka_unit_test(key_lengths),
		cmocka_unit_test(low_order_points),
		cmocka_unit_test(disagreements),
		cmocka_unit_test(every_bit_flip_fails),
		cmocka_unit_test(every_truncation_fails),
		cmocka_unit_test(order_of_messages),
		cmocka_unit_test(counter_overflow),
		cmocka_unit_test(nonce_takes_the_whole_counter),
		cmocka_unit_test(roles),
		cmocka_unit_test(exports),
		cmocka_unit_test(long_export),
		cmocka_unit_test(in_one_step),
		cmocka_unit_test(without_randomness),
		cmocka_unit_test(sealing_is_randomised),
		cmocka_unit_test(nothing_allocates),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("hpke/hpke", tests, NULL, NULL) != 0;
}
