/* What is signed or hashed between client and relay. */
#include <kring/wire.h>

void kr_auth_tbs(struct kr_writer *w, struct kr_view relay,
	const uint8_t challenge[KR_CHALLENGE_BYTES], const uint8_t account[KR_ID_BYTES],
	const uint8_t device_key[KR_ED25519_PUBLIC_BYTES])
{
	kr_write_vec(w, kr_view_str("kring auth v1"));
	kr_write_vec(w, relay);
	kr_write_fixed(w, kr_view(challenge, KR_CHALLENGE_BYTES));
	kr_write_fixed(w, kr_view(account, KR_ID_BYTES));
	kr_write_fixed(w, kr_view(device_key, KR_ED25519_PUBLIC_BYTES));
}

/* A body, and whom it is about, for this relay and community or inbox. */
static void write_tbs(struct kr_writer *w, const char *label, struct kr_view relay,
	const uint8_t id[KR_ID_BYTES], const uint8_t account[KR_ID_BYTES],
	struct kr_view body)
{
	uint8_t body_hash[KR_SHA256_BYTES];

	kr_sha256(body_hash, body);
	kr_write_vec(w, kr_view_str(label));
	kr_write_vec(w, relay);
	kr_write_fixed(w, kr_view(id, KR_ID_BYTES));
	kr_write_fixed(w, kr_view(account, KR_ID_BYTES));
	kr_write_fixed(w, kr_view(body_hash, sizeof(body_hash)));
}

void kr_invite_tbs(struct kr_writer *w, struct kr_view relay,
	const uint8_t community[KR_ID_BYTES], const uint8_t account[KR_ID_BYTES],
	struct kr_view body)
{
	write_tbs(w, "kring invite v1", relay, community, account, body);
}

void kr_recovery_tbs(struct kr_writer *w, struct kr_view relay,
	const uint8_t community[KR_ID_BYTES], const uint8_t account[KR_ID_BYTES],
	struct kr_view body)
{
	write_tbs(w, "kring recovery role v1", relay, community, account, body);
}

void kr_inbox_recovery_tbs(struct kr_writer *w, struct kr_view relay,
	const uint8_t inbox[KR_ID_BYTES], const uint8_t account[KR_ID_BYTES],
	struct kr_view body)
{
	write_tbs(w, "kring recovery inbox v1", relay, inbox, account, body);
}

void kr_account_id(
	uint8_t out[KR_ID_BYTES], const uint8_t first_device_key[KR_ED25519_PUBLIC_BYTES])
{
	struct kr_sha256 h;

	kr_sha256_init(&h);
	kr_sha256_update(&h, kr_view_str("kring account v1"));
	kr_sha256_update(&h, kr_view(first_device_key, KR_ED25519_PUBLIC_BYTES));
	kr_sha256_final(&h, out);
}
