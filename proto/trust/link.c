#include "proto/trust/link.h"

#include <string.h>

#include "proto/trust/record.h"

#define ID_CHARS      KR_BASE64URL_LEN(KR_ID_BYTES)
#define VERSION_CHARS 3 /* "#1." */

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

/* What stands after the version: an id, a full stop, a key, and perhaps "." relay. */
static enum kr_err read_fragment(struct kr_link_parts *parts, struct kr_view rest)
{
	const size_t key_at = ID_CHARS + 1;
	const size_t end = key_at + ID_CHARS;

	if (rest.len < end || rest.data[ID_CHARS] != '.' ||
		kr_base64url_decode(parts->id, sizeof(parts->id),
			kr_view(rest.data, ID_CHARS)) != KR_OK ||
		kr_base64url_decode(parts->key, sizeof(parts->key),
			kr_view(rest.data + key_at, ID_CHARS)) != KR_OK) {
		return KR_ERR_LINK;
	}
	if (rest.len == end) {
		return KR_OK;
	}
	parts->relay = kr_view(rest.data + end + 1, rest.len - end - 1);
	return rest.data[end] == '.' && parts->relay.len > 0 &&
			relay_is_good(parts->relay)
		? KR_OK
		: KR_ERR_LINK;
}

enum kr_err kr_link_parts_read(
	struct kr_link_parts *out, char version, struct kr_view text)
{
	const char sharp[] = {'#', version, '.', '\0'};
	struct kr_view rest;
	size_t at = 0;
	enum kr_err err = KR_ERR_LINK;

	kr_wipe(out, sizeof(*out));
	while (at < text.len && text.data[at] != '#') {
		at++;
	}
	rest = at < text.len ? kr_view(text.data + at, text.len - at) : kr_view(NULL, 0);
	out->prefix = kr_view(text.data, at);
	if (prefix_is_good(out->prefix) && starts_with(rest, sharp)) {
		err = read_fragment(out,
			kr_view(rest.data + VERSION_CHARS, rest.len - VERSION_CHARS));
	}
	if (err != KR_OK) {
		kr_wipe(out, sizeof(*out));
	}
	return err;
}

void kr_link_parts_write(
	struct kr_writer *w, char version, const struct kr_link_parts *parts)
{
	const char sharp[] = {'#', version, '.', '\0'};
	char text[KR_BASE64URL_LEN(KR_ID_BYTES)];

	if (!prefix_is_good(parts->prefix) || !relay_is_good(parts->relay)) {
		kr_writer_fail(w, KR_ERR_LINK);
		return;
	}
	kr_write_fixed(w, parts->prefix);
	kr_write_fixed(w, kr_view_str(sharp));
	kr_base64url_encode(text, kr_view_id(parts->id));
	kr_write_fixed(w, kr_view(text, sizeof(text)));
	kr_write_fixed(w, kr_view_str("."));
	kr_base64url_encode(text, kr_view(parts->key, sizeof(parts->key)));
	kr_write_fixed(w, kr_view(text, sizeof(text)));
	kr_wipe(text, sizeof(text));
	if (parts->relay.len > 0) {
		kr_write_fixed(w, kr_view_str("."));
		kr_write_fixed(w, parts->relay);
	}
}

/* ---- Of invitations ---------------------------------------------------------------- */

enum kr_err kr_link_read(struct kr_link *out, struct kr_view text)
{
	struct kr_link_parts parts;
	enum kr_err err = kr_link_parts_read(&parts, KR_LINK_INVITATION, text);

	*out = (struct kr_link){.prefix = parts.prefix, .relay = parts.relay};
	memcpy(out->community, parts.id, sizeof(parts.id));
	memcpy(out->seed.bytes, parts.key, sizeof(parts.key));
	kr_wipe(&parts, sizeof(parts));
	return err;
}

void kr_link_write(struct kr_writer *w, const struct kr_link *link)
{
	struct kr_link_parts parts = {.prefix = link->prefix, .relay = link->relay};

	memcpy(parts.id, link->community, sizeof(parts.id));
	memcpy(parts.key, link->seed.bytes, sizeof(parts.key));
	kr_link_parts_write(w, KR_LINK_INVITATION, &parts);
	kr_wipe(&parts, sizeof(parts));
}
