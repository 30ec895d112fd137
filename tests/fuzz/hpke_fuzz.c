/* A recipient that is given anything. The input is a mode and the parts of a message,
 * each as a vector: info, psk, psk_id, the sender's key, enc, aad, ciphertext. Whatever
 * opens has to seal to the same bytes again, and single-shot and context have to
 * agree. */
#include "fuzz.h"

#include <string.h>

#include <kring/codec.h>
#include <kring/hpke.h>

static const struct kr_secret recipient = {"the private key of fuzz targets"};

struct message {
	struct kr_hpke_params params;
	struct kr_view sender_pk;
	struct kr_view enc;
	struct kr_view aad;
	struct kr_view ct;
};

static enum kr_err read_message(struct message *m, struct kr_view in)
{
	struct kr_reader r = kr_reader(in);
	uint8_t mode;
	enum kr_err err;

	*m = (struct message){.params.aead = KR_HPKE_CHACHA20_POLY1305};
	if ((err = kr_read_u8(&r, &mode)) || (err = kr_read_vec(&r, &m->params.info)) ||
		(err = kr_read_vec(&r, &m->params.psk)) ||
		(err = kr_read_vec(&r, &m->params.psk_id)) ||
		(err = kr_read_vec(&r, &m->sender_pk)) ||
		(err = kr_read_vec(&r, &m->enc)) || (err = kr_read_vec(&r, &m->aad)) ||
		(err = kr_read_vec(&r, &m->ct))) {
		return err;
	}
	m->params.mode = (enum kr_hpke_mode)mode;
	return kr_read_end(&r);
}

static void assert_zero(const void *data, size_t len)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++) {
		FUZZ_ASSERT(bytes[i] == 0);
	}
}

/* Storage of exactly the size that a function may write. */
static uint8_t *exactly(size_t len)
{
	uint8_t *data = malloc(len > 0 ? len : 1);

	FUZZ_ASSERT(data != NULL);
	memset(data, 0xa5, len);
	return data;
}

static size_t opened_len(const struct message *m)
{
	return m->ct.len < KR_HPKE_TAG_BYTES ? 0 : m->ct.len - KR_HPKE_TAG_BYTES;
}

static void assert_seals_again(
	const struct message *m, struct kr_hpke_context sender, struct kr_view pt)
{
	uint8_t *ct = exactly(m->ct.len);

	sender.role = KR_HPKE_ROLE_SENDER;
	FUZZ_ASSERT(kr_hpke_context_seal(&sender, ct, m->aad, pt) == KR_OK);
	FUZZ_ASSERT(memcmp(ct, m->ct.data, m->ct.len) == 0);
	free(ct);
}

static enum kr_err open_with_context(const struct message *m)
{
	struct kr_hpke_context receiver;
	struct kr_hpke_context before;
	uint8_t *pt = exactly(opened_len(m));
	enum kr_err err;

	err = kr_hpke_receiver_init(
		&receiver, &m->params, &recipient, m->sender_pk, m->enc);
	if (err != KR_OK) {
		assert_zero(&receiver, sizeof(receiver));
		free(pt);
		return err;
	}
	before = receiver;
	err = kr_hpke_context_open(&receiver, pt, m->aad, m->ct);
	FUZZ_ASSERT(receiver.seq == (err == KR_OK ? 1 : 0));
	if (err == KR_OK) {
		assert_seals_again(m, before, kr_view(pt, opened_len(m)));
	} else {
		assert_zero(pt, opened_len(m));
	}
	free(pt);
	return err;
}

static enum kr_err open_at_once(const struct message *m)
{
	uint8_t *pt = exactly(opened_len(m));
	enum kr_err err =
		kr_hpke_open(pt, &recipient, m->params.info, m->aad, m->enc, m->ct);

	if (err != KR_OK) {
		assert_zero(pt, opened_len(m));
	}
	free(pt);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message m;
	enum kr_err err;

	if (kr_crypto_init() != KR_OK || read_message(&m, kr_view(data, size)) != KR_OK) {
		return -1;
	}
	err = open_with_context(&m);
	if (m.params.mode == KR_HPKE_BASE && err != KR_ERR_ARGUMENT) {
		FUZZ_ASSERT(open_at_once(&m) == err);
	}
	return 0;
}
