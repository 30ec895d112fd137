/* Invitations: the signed record, and the link that carries its seed. TRUST.md §6. */
#include "proto/trust/record.h"

#include <string.h>

#define INVITATION_MAX ((size_t)512)

#define LINK_VERSION "#1."
#define ID_CHARS     KR_BASE64URL_LEN(KR_ID_BYTES)

void kr_invitation_write(struct kr_writer *w, const struct kr_invitation *invitation,
	const struct kr_ed25519_keypair *signer)
{
	size_t begin = kr_record_begin(w);

	kr_write_fixed(w, kr_view_id(invitation->community));
	kr_write_fixed(w, kr_view_id(invitation->key));
	kr_write_u64(w, invitation->until_ms);
	kr_write_u32(w, invitation->uses);
	kr_record_end(w, begin, KR_LABEL_INVITATION, signer);
}

static enum kr_err read_invitation(struct kr_invitation *v, struct kr_view bytes)
{
	struct kr_record record;
	enum kr_err err;

	if ((err = kr_record_open(&record, bytes, INVITATION_MAX)) ||
		(err = kr_read_copy(&record.r, v->community, sizeof(v->community))) ||
		(err = kr_read_copy(&record.r, v->key, sizeof(v->key))) ||
		(err = kr_read_u64(&record.r, &v->until_ms)) ||
		(err = kr_read_u32(&record.r, &v->uses))) {
		return err;
	}
	return kr_record_close(&record, KR_LABEL_INVITATION, v->signer);
}

enum kr_err kr_invitation_read(struct kr_invitation *out, struct kr_view record)
{
	struct kr_invitation invitation = {0};
	enum kr_err err = read_invitation(&invitation, record);

	*out = err == KR_OK ? invitation : (struct kr_invitation){0};
	return err;
}

/* ---- Links ---------------------------------------------------------------------- */

static bool starts_with(struct kr_view text, const char *prefix)
{
	size_t len = strlen(prefix);

	return text.len > len && memcmp(text.data, prefix, len) == 0;
}

/* Printable ASCII without space, quotes, angle brackets and "#". */
static bool prefix_is_good(struct kr_view prefix)
{
	if (prefix.len > KR_LINK_PREFIX_MAX ||
		(!starts_with(prefix, "https://") && !starts_with(prefix, "http://"))) {
		return false;
	}
	for (size_t i = 0; i < prefix.len; i++) {
		uint8_t c = prefix.data[i];

		if (c <= ' ' || c >= 0x7f || strchr("#\"<>\\^`{|}", c) != NULL) {
			return false;
		}
	}
	return true;
}

/* A host name or an address in brackets, with a port if need be. */
static bool relay_is_good(struct kr_view relay)
{
	if (relay.len > KR_RELAY_NAME_MAX) {
		return false;
	}
	for (size_t i = 0; i < relay.len; i++) {
		uint8_t c = relay.data[i];
		bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			(c >= 'A' && c <= 'Z');

		if (!is_alnum && c != '.' && c != '-' && c != ':' && c != '[' &&
			c != ']') {
			return false;
		}
	}
	return true;
}

/* What stands after "#1.": an id, a full stop, a seed, and perhaps "." relay. */
static enum kr_err read_fragment(struct kr_link *link, struct kr_view rest)
{
	const size_t seed_at = ID_CHARS + 1;
	const size_t end = seed_at + ID_CHARS;

	if (rest.len < end || rest.data[ID_CHARS] != '.' ||
		kr_base64url_decode(link->community, sizeof(link->community),
			kr_view(rest.data, ID_CHARS)) != KR_OK ||
		kr_base64url_decode(link->seed.bytes, sizeof(link->seed.bytes),
			kr_view(rest.data + seed_at, ID_CHARS)) != KR_OK) {
		return KR_ERR_LINK;
	}
	if (rest.len == end) {
		return KR_OK;
	}
	link->relay = kr_view(rest.data + end + 1, rest.len - end - 1);
	return rest.data[end] == '.' && link->relay.len > 0 && relay_is_good(link->relay)
		? KR_OK
		: KR_ERR_LINK;
}

enum kr_err kr_link_read(struct kr_link *out, struct kr_view text)
{
	const size_t version_len = strlen(LINK_VERSION);
	struct kr_view rest;
	size_t at = 0;
	enum kr_err err = KR_ERR_LINK;

	kr_wipe(out, sizeof(*out));
	while (at < text.len && text.data[at] != '#') {
		at++;
	}
	rest = at < text.len ? kr_view(text.data + at, text.len - at) : kr_view(NULL, 0);
	out->prefix = kr_view(text.data, at);
	if (prefix_is_good(out->prefix) && starts_with(rest, LINK_VERSION)) {
		err = read_fragment(
			out, kr_view(rest.data + version_len, rest.len - version_len));
	}
	if (err != KR_OK) {
		kr_wipe(out, sizeof(*out));
	}
	return err;
}

void kr_link_write(struct kr_writer *w, const struct kr_link *link)
{
	char text[KR_BASE64URL_LEN(KR_ID_BYTES)];

	if (!prefix_is_good(link->prefix) || !relay_is_good(link->relay)) {
		kr_writer_fail(w, KR_ERR_LINK);
		return;
	}
	kr_write_fixed(w, link->prefix);
	kr_write_fixed(w, kr_view_str(LINK_VERSION));
	kr_base64url_encode(text, kr_view_id(link->community));
	kr_write_fixed(w, kr_view(text, sizeof(text)));
	kr_write_fixed(w, kr_view_str("."));
	kr_base64url_encode(text, kr_view_secret(&link->seed));
	kr_write_fixed(w, kr_view(text, sizeof(text)));
	kr_wipe(text, sizeof(text));
	if (link->relay.len > 0) {
		kr_write_fixed(w, kr_view_str("."));
		kr_write_fixed(w, link->relay);
	}
}
