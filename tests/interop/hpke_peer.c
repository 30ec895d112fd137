/* Kring's side of the HPKE interop test: one sender's and one recipient's context at a
 * time, and the single-shot functions. The verbs stand in the table at the end. */
#include <stdlib.h>

#include <kring/hpke.h>

#include "peer.h"

static struct kr_hpke_context sender;
static struct kr_hpke_context receiver;

static struct kr_hpke_params get_params(struct peer_call *call)
{
	return (struct kr_hpke_params){
		.mode = (enum kr_hpke_mode)peer_number(call, "mode"),
		.aead = (enum kr_hpke_aead)peer_number(call, "aead"),
		.info = peer_bytes(call, "info"),
		.psk = peer_bytes(call, "psk"),
		.psk_id = peer_bytes(call, "psk_id"),
	};
}

static bool has_sender(const struct kr_hpke_params *params)
{
	return params->mode == KR_HPKE_AUTH || params->mode == KR_HPKE_AUTH_PSK;
}

static enum kr_err do_derive_keypair(struct peer_call *call)
{
	struct kr_x25519_keypair pair;
	enum kr_err err = kr_hpke_derive_keypair(&pair, peer_bytes(call, "ikm"));

	peer_put(call, "sk", pair.secret.bytes, sizeof(pair.secret.bytes));
	peer_put(call, "pk", pair.public_key, sizeof(pair.public_key));
	return err;
}

static enum kr_err do_sender(struct peer_call *call)
{
	struct kr_hpke_params params = get_params(call);
	struct kr_secret sender_sk = {0};
	uint8_t pk[KR_X25519_BYTES];
	uint8_t enc[KR_HPKE_ENC_BYTES];
	enum kr_err err;

	peer_copy(call, "pk", pk, sizeof(pk));
	if (has_sender(&params)) {
		peer_copy(call, "sender_sk", sender_sk.bytes, sizeof(sender_sk.bytes));
	}
	if (call->malformed) {
		return KR_ERR_ENCODING;
	}
	err = kr_hpke_sender_init(&sender, enc, &params, pk,
		has_sender(&params) ? &sender_sk : NULL, &peer_rng);
	peer_put(call, "enc", enc, sizeof(enc));
	return err;
}

static enum kr_err do_receiver(struct peer_call *call)
{
	struct kr_hpke_params params = get_params(call);
	struct kr_secret sk;

	peer_copy(call, "sk", sk.bytes, sizeof(sk.bytes));
	if (call->malformed) {
		return KR_ERR_ENCODING;
	}
	return kr_hpke_receiver_init(&receiver, &params, &sk,
		peer_bytes(call, "sender_pk"), peer_bytes(call, "enc"));
}

static enum kr_err do_seal(struct peer_call *call)
{
	struct kr_view pt = peer_bytes(call, "pt");
	size_t ct_len = pt.len + KR_HPKE_TAG_BYTES;
	uint8_t *ct = calloc(1, ct_len);
	enum kr_err err;

	if (ct == NULL) {
		return KR_ERR_MEMORY;
	}
	err = kr_hpke_context_seal(&sender, ct, peer_bytes(call, "aad"), pt);
	peer_put(call, "ct", ct, ct_len);
	free(ct);
	return err;
}

static enum kr_err do_open(struct peer_call *call)
{
	struct kr_view ct = peer_bytes(call, "ct");
	uint8_t *pt = calloc(1, ct.len + 1);
	enum kr_err err;

	if (pt == NULL) {
		return KR_ERR_MEMORY;
	}
	err = kr_hpke_context_open(&receiver, pt, peer_bytes(call, "aad"), ct);
	if (err == KR_OK) {
		peer_put(call, "pt", pt, ct.len - KR_HPKE_TAG_BYTES);
	}
	free(pt);
	return err;
}

static enum kr_err export(struct peer_call *call, const struct kr_hpke_context *context) {
	static uint8_t value[KR_HPKE_EXPORT_MAX]; size_t len = peer_number(call, "len");
	enum kr_err err;

	if (len > sizeof(value)){return KR_ERR_ARGUMENT;}
err = kr_hpke_context_export(context, value, len, peer_bytes(call, "context"));
peer_put(call, "value", value, len);
return err;
}

static enum kr_err do_sender_export(struct peer_call *call)
{
	return export(call, &sender);
}

static enum kr_err do_receiver_export(struct peer_call *call)
{
	return export(call, &receiver);
}

static enum kr_err do_seal_once(struct peer_call *call)
{
	struct kr_hpke_params params = get_params(call);
	struct kr_view pt = peer_bytes(call, "pt");
	size_t ct_len = pt.len + KR_HPKE_TAG_BYTES;
	uint8_t *ct = calloc(1, ct_len);
	struct kr_secret sender_sk = {0};
	uint8_t enc[KR_HPKE_ENC_BYTES];
	uint8_t pk[KR_X25519_BYTES];
	enum kr_err err;

	if (ct == NULL) {
		return KR_ERR_MEMORY;
	}
	peer_copy(call, "pk", pk, sizeof(pk));
	if (has_sender(&params)) {
		peer_copy(call, "sender_sk", sender_sk.bytes, sizeof(sender_sk.bytes));
	}
	err = kr_hpke_seal_once(enc, ct, &params, pk,
		has_sender(&params) ? &sender_sk : NULL, peer_bytes(call, "aad"), pt,
		&peer_rng);
	peer_put(call, "enc", enc, sizeof(enc));
	peer_put(call, "ct", ct, ct_len);
	free(ct);
	return err;
}

static enum kr_err do_open_once(struct peer_call *call)
{
	struct kr_hpke_params params = get_params(call);
	struct kr_view ct = peer_bytes(call, "ct");
	uint8_t *pt = calloc(1, ct.len + 1);
	struct kr_secret sk;
	enum kr_err err;

	if (pt == NULL) {
		return KR_ERR_MEMORY;
	}
	peer_copy(call, "sk", sk.bytes, sizeof(sk.bytes));
	err = kr_hpke_open_once(pt, &params, &sk, peer_bytes(call, "sender_pk"),
		peer_bytes(call, "aad"), peer_bytes(call, "enc"), ct);
	if (err == KR_OK) {
		peer_put(call, "pt", pt, ct.len - KR_HPKE_TAG_BYTES);
	}
	free(pt);
	return err;
}

int main(void)
{
	static const struct peer_verb verbs[] = {
		{"derive_keypair", do_derive_keypair},
		{"sender", do_sender},
		{"receiver", do_receiver},
		{"seal", do_seal},
		{"open", do_open},
		{"sender_export", do_sender_export},
		{"receiver_export", do_receiver_export},
		{"seal_once", do_seal_once},
		{"open_once", do_open_once},
	};

	return peer_main(verbs, sizeof(verbs) / sizeof(verbs[0]));
}
