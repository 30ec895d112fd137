#include <kring/mls_header.h>

#include <string.h>

/* RFC 9420 §6 and §17.2. */
#define MLS10                1
#define WIRE_PRIVATE_MESSAGE 2
#define WIRE_WELCOME         3
#define WIRE_KEY_PACKAGE     5
#define KRING_CIPHER_SUITE   0x0003
#define GROUP_AAD_POST       1
#define GROUP_AAD_COMMIT     2

/* ProtocolVersion and WireFormat, which every MLSMessage begins with. */
static enum kr_err read_prefix(struct kr_reader *r, unsigned wire_format)
{
	uint16_t version;
	uint16_t format;
	enum kr_err err;

	if ((err = kr_read_u16(r, &version)) || (err = kr_read_u16(r, &format))) {
		return err;
	}
	return version == MLS10 && format == wire_format ? KR_OK : KR_ERR_ENCODING;
}

static enum kr_err read_suite(struct kr_reader *r)
{
	uint16_t suite;
	enum kr_err err = kr_read_u16(r, &suite);

	if (err != KR_OK) {
		return err;
	}
	return suite == KRING_CIPHER_SUITE ? KR_OK : KR_ERR_ENCODING;
}

enum kr_err kr_mls_header_read(struct kr_mls_header *out, struct kr_view message)
{
	struct kr_mls_header h = {0};
	struct kr_reader r = kr_reader(message);
	uint8_t content;

	*out = h;
	if (read_prefix(&r, WIRE_PRIVATE_MESSAGE) || kr_read_vec(&r, &h.group_id) ||
		kr_read_u64(&r, &h.epoch) || kr_read_u8(&r, &content) ||
		kr_read_vec(&r, &h.authenticated_data) ||
		kr_read_vec(&r, &h.encrypted_sender_data) ||
		kr_read_vec(&r, &h.ciphertext) || kr_read_end(&r)) {
		return KR_ERR_MLS_MESSAGE;
	}
	if ((content != KR_MLS_POST && content != KR_MLS_COMMIT) ||
		h.encrypted_sender_data.len == 0 || h.ciphertext.len == 0) {
		return KR_ERR_MLS_MESSAGE;
	}
	h.content = (enum kr_mls_content)content;
	*out = h;
	return KR_OK;
}

enum kr_err kr_mls_welcome_check(struct kr_view message)
{
	struct kr_reader r = kr_reader(message);
	struct kr_view secrets;
	struct kr_view group_info;

	if (read_prefix(&r, WIRE_WELCOME) || read_suite(&r) ||
		kr_read_vec(&r, &secrets) || kr_read_vec(&r, &group_info) ||
		kr_read_end(&r) || secrets.len == 0 || group_info.len == 0) {
		return KR_ERR_MLS_MESSAGE;
	}
	return KR_OK;
}

enum kr_err kr_mls_key_package_check(struct kr_view message)
{
	struct kr_reader r = kr_reader(message);
	uint16_t version;
	struct kr_view init_key;

	if (read_prefix(&r, WIRE_KEY_PACKAGE) || kr_read_u16(&r, &version) ||
		version != MLS10 || read_suite(&r) || kr_read_vec(&r, &init_key) ||
		init_key.len != KR_X25519_BYTES || r.rest.len == 0) {
		return KR_ERR_MLS_MESSAGE;
	}
	return KR_OK;
}

/* ---- GroupAAD --------------------------------------------------------------------- */

void kr_group_aad_write(struct kr_writer *w, const struct kr_group_aad *aad)
{
	kr_write_u8(w, KR_GROUP_AAD_VERSION);
	kr_write_u8(w, aad->is_commit ? GROUP_AAD_COMMIT : GROUP_AAD_POST);
	kr_write_u64(w, aad->seen_seq);
	kr_write_fixed(w, kr_view(aad->seen_hash, sizeof(aad->seen_hash)));
	if (aad->is_commit) {
		kr_write_vec(w, aad->added);
		kr_write_vec(w, aad->removed);
		kr_write_vec(w, aad->admins_added);
		kr_write_vec(w, aad->admins_removed);
		kr_write_vec(w, aad->welcomed);
	}
}

/* Whole ids, none of them twice. */
static bool list_is_good(struct kr_view list)
{
	if (list.len % KR_ID_BYTES != 0 || list.len / KR_ID_BYTES > KR_EVENT_LIST_MAX) {
		return false;
	}
	for (size_t a = 0; a < list.len; a += KR_ID_BYTES) {
		for (size_t b = a + KR_ID_BYTES; b < list.len; b += KR_ID_BYTES) {
			if (memcmp(list.data + a, list.data + b, KR_ID_BYTES) == 0) {
				return false;
			}
		}
	}
	return true;
}

enum kr_err kr_group_aad_read(struct kr_group_aad *out, struct kr_view bytes)
{
	struct kr_group_aad aad = {0};
	struct kr_reader r = kr_reader(bytes);
	uint8_t version;
	uint8_t content;

	*out = aad;
	if (kr_read_u8(&r, &version) || kr_read_u8(&r, &content) ||
		kr_read_u64(&r, &aad.seen_seq) ||
		kr_read_copy(&r, aad.seen_hash, sizeof(aad.seen_hash)) ||
		version != KR_GROUP_AAD_VERSION ||
		(content != GROUP_AAD_POST && content != GROUP_AAD_COMMIT)) {
		return KR_ERR_MLS_MESSAGE;
	}
	aad.is_commit = content == GROUP_AAD_COMMIT;
	if (aad.is_commit &&
		(kr_read_vec(&r, &aad.added) || kr_read_vec(&r, &aad.removed) ||
			kr_read_vec(&r, &aad.admins_added) ||
			kr_read_vec(&r, &aad.admins_removed) ||
			kr_read_vec(&r, &aad.welcomed))) {
		return KR_ERR_MLS_MESSAGE;
	}
	if (kr_read_end(&r) != KR_OK) {
		return KR_ERR_MLS_MESSAGE;
	}
	if (!list_is_good(aad.added) || !list_is_good(aad.removed) ||
		!list_is_good(aad.admins_added) || !list_is_good(aad.admins_removed) ||
		!list_is_good(aad.welcomed) ||
		aad.added.len + aad.removed.len + aad.admins_added.len +
				aad.admins_removed.len + aad.welcomed.len >
			(size_t)KR_EVENT_LIST_MAX * KR_ID_BYTES) {
		return KR_ERR_ROUTING;
	}
	*out = aad;
	return KR_OK;
}
