#include "framing.h"

static enum kr_err read_sender(struct kr_reader *r, struct kr_mls_sender *sender)
{
	uint8_t kind;
	enum kr_err err = kr_read_u8(r, &kind);

	if (err != KR_OK) {
		return err;
	}
	sender->kind = (enum kr_mls_sender_kind)kind;
	switch (sender->kind) {
	case KR_MLS_SENDER_MEMBER:
	case KR_MLS_SENDER_EXTERNAL:
		return kr_read_u32(r, &sender->index);
	case KR_MLS_SENDER_NEW_MEMBER_PROPOSAL:
	case KR_MLS_SENDER_NEW_MEMBER_COMMIT:
		return KR_OK;
	}
	return KR_ERR_SENDER;
}

static void write_sender(struct kr_writer *w, struct kr_mls_sender sender)
{
	kr_write_u8(w, (uint8_t)sender.kind);
	if (sender.kind == KR_MLS_SENDER_MEMBER ||
		sender.kind == KR_MLS_SENDER_EXTERNAL) {
		kr_write_u32(w, sender.index);
	}
}

/* A Proposal or Commit carries no length: it is decoded to find its end. */
static enum kr_err read_body(
	struct kr_reader *r, enum kr_content_type type, struct kr_view *body)
{
	struct kr_view start = r->rest;
	struct kr_proposal proposal;
	struct kr_commit commit;
	enum kr_err err = KR_ERR_ENCODING;

	switch (type) {
	case KR_CONTENT_APPLICATION:
		return kr_read_vec(r, body);
	case KR_CONTENT_PROPOSAL:
		err = kr_proposal_read(r, &proposal);
		break;
	case KR_CONTENT_COMMIT:
		err = kr_commit_read(r, &commit);
		break;
	}
	if (err == KR_OK) {
		*body = kr_view(start.data, start.len - r->rest.len);
	}
	return err;
}

static void write_body(struct kr_writer *w, const struct kr_framed_content *content)
{
	if (content->type == KR_CONTENT_APPLICATION) {
		kr_write_vec(w, content->body);
	} else {
		kr_write_fixed(w, content->body);
	}
}

static enum kr_err read_content_type(struct kr_reader *r, enum kr_content_type *type)
{
	uint8_t value;
	enum kr_err err = kr_read_u8(r, &value);

	if (err != KR_OK) {
		return err;
	}
	if (value < KR_CONTENT_APPLICATION || value > KR_CONTENT_COMMIT) {
		return KR_ERR_ENCODING;
	}
	*type = (enum kr_content_type)value;
	return KR_OK;
}

/* Which sender may make which content, §6.1 and §12.1.8. */
static bool sender_fits(const struct kr_framed_content *content)
{
	switch (content->sender.kind) {
	case KR_MLS_SENDER_MEMBER:
		return true;
	case KR_MLS_SENDER_EXTERNAL:
	case KR_MLS_SENDER_NEW_MEMBER_PROPOSAL:
		return content->type == KR_CONTENT_PROPOSAL;
	case KR_MLS_SENDER_NEW_MEMBER_COMMIT:
		return content->type == KR_CONTENT_COMMIT;
	}
	return false;
}

static enum kr_err read_framed_content(
	struct kr_reader *r, struct kr_framed_content *content)
{
	enum kr_err err;

	if ((err = kr_read_vec(r, &content->group_id)) ||
		(err = kr_read_u64(r, &content->epoch)) ||
		(err = read_sender(r, &content->sender)) ||
		(err = kr_read_vec(r, &content->authenticated_data)) ||
		(err = read_content_type(r, &content->type)) ||
		(err = read_body(r, content->type, &content->body))) {
		return err;
	}
	return sender_fits(content) ? KR_OK : KR_ERR_SENDER;
}

void kr_framed_content_write(struct kr_writer *w, const struct kr_framed_content *content)
{
	kr_write_vec(w, content->group_id);
	kr_write_u64(w, content->epoch);
	write_sender(w, content->sender);
	kr_write_vec(w, content->authenticated_data);
	kr_write_u8(w, (uint8_t)content->type);
	write_body(w, content);
}

/* FramedContentAuthData. */
static enum kr_err read_auth_data(
	struct kr_reader *r, struct kr_authenticated_content *auth)
{
	enum kr_err err = kr_read_vec(r, &auth->signature);

	if (err == KR_OK && auth->content.type == KR_CONTENT_COMMIT) {
		err = kr_read_vec(r, &auth->confirmation_tag);
	}
	return err;
}

static void write_auth_data(
	struct kr_writer *w, const struct kr_authenticated_content *auth)
{
	kr_write_vec(w, auth->signature);
	if (auth->content.type == KR_CONTENT_COMMIT) {
		kr_write_vec(w, auth->confirmation_tag);
	}
}

void kr_authenticated_content_write(
	struct kr_writer *w, const struct kr_authenticated_content *auth)
{
	kr_write_u16(w, (uint16_t)auth->wire_format);
	kr_framed_content_write(w, &auth->content);
	write_auth_data(w, auth);
}

enum kr_err kr_authenticated_content_read(
	struct kr_view input, struct kr_authenticated_content *auth)
{
	struct kr_reader r = kr_reader(input);
	uint16_t wire_format;
	enum kr_err err;

	*auth = (struct kr_authenticated_content){0};
	if ((err = kr_read_u16(&r, &wire_format)) ||
		(err = read_framed_content(&r, &auth->content)) ||
		(err = read_auth_data(&r, auth)) || (err = kr_read_end(&r))) {
		goto out;
	}
	auth->wire_format = (enum kr_wire_format)wire_format;
	if (auth->wire_format != KR_WIRE_PUBLIC_MESSAGE &&
		auth->wire_format != KR_WIRE_PRIVATE_MESSAGE) {
		err = KR_ERR_ENCODING;
	}
out:
	if (err != KR_OK) {
		*auth = (struct kr_authenticated_content){0};
	}
	return err;
}

static enum kr_err read_public(struct kr_reader *r, struct kr_public_message *m)
{
	enum kr_err err;

	m->auth.wire_format = KR_WIRE_PUBLIC_MESSAGE;
	if ((err = read_framed_content(r, &m->auth.content)) ||
		(err = read_auth_data(r, &m->auth))) {
		return err;
	}
	if (m->auth.content.type == KR_CONTENT_APPLICATION) {
		return KR_ERR_NOT_ENCRYPTED;
	}
	if (m->auth.content.sender.kind == KR_MLS_SENDER_MEMBER) {
		return kr_read_vec(r, &m->membership_tag);
	}
	return KR_OK;
}

static enum kr_err read_private(struct kr_reader *r, struct kr_private_message *m)
{
	enum kr_err err;

	if ((err = kr_read_vec(r, &m->group_id)) || (err = kr_read_u64(r, &m->epoch)) ||
		(err = read_content_type(r, &m->type)) ||
		(err = kr_read_vec(r, &m->authenticated_data)) ||
		(err = kr_read_vec(r, &m->encrypted_sender_data)) ||
		(err = kr_read_vec(r, &m->ciphertext))) {
		return err;
	}
	return KR_OK;
}

enum kr_err kr_message_read(struct kr_view input, struct kr_message *message)
{
	struct kr_reader r = kr_reader(input);
	uint16_t version;
	uint16_t wire_format;
	enum kr_err err;

	*message = (struct kr_message){0};
	if ((err = kr_read_u16(&r, &version))) {
		return err;
	}
	if (version != KR_MLS_VERSION_1) {
		return KR_ERR_MLS_VERSION;
	}
	if ((err = kr_read_u16(&r, &wire_format))) {
		return err;
	}
	message->wire_format = (enum kr_wire_format)wire_format;
	switch (message->wire_format) {
	case KR_WIRE_PUBLIC_MESSAGE:
		err = read_public(&r, &message->public_message);
		break;
	case KR_WIRE_PRIVATE_MESSAGE:
		err = read_private(&r, &message->private_message);
		break;
	case KR_WIRE_WELCOME:
	case KR_WIRE_GROUP_INFO:
	case KR_WIRE_KEY_PACKAGE:
		message->rest = r.rest;
		return KR_OK;
	default:
		err = KR_ERR_ENCODING;
	}
	if (err == KR_OK) {
		err = kr_read_end(&r);
	}
	if (err != KR_OK) {
		*message = (struct kr_message){0};
	}
	return err;
}

enum kr_err kr_public_message_write(
	struct kr_bytes *out, const struct kr_public_message *m)
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	kr_write_u16(&w, KR_MLS_VERSION_1);
	kr_write_u16(&w, KR_WIRE_PUBLIC_MESSAGE);
	kr_framed_content_write(&w, &m->auth.content);
	write_auth_data(&w, &m->auth);
	if (m->auth.content.sender.kind == KR_MLS_SENDER_MEMBER) {
		kr_write_vec(&w, m->membership_tag);
	}
	return kr_writer_finish(&w, out);
}

/* FramedContentTBS, §6.1. */
static void write_tbs(struct kr_writer *w, const struct kr_framed_content *content,
	enum kr_wire_format wire_format, struct kr_view group_context)
{
	kr_write_u16(w, KR_MLS_VERSION_1);
	kr_write_u16(w, (uint16_t)wire_format);
	kr_framed_content_write(w, content);
	if (content->sender.kind == KR_MLS_SENDER_MEMBER ||
		content->sender.kind == KR_MLS_SENDER_NEW_MEMBER_COMMIT) {
		kr_write_fixed(w, group_context);
	}
}

enum kr_err kr_content_sign(uint8_t signature[KR_ED25519_SIG_BYTES],
	const struct kr_framed_content *content, enum kr_wire_format wire_format,
	struct kr_view group_context, const struct kr_ed25519_keypair *signer)
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	write_tbs(&w, content, wire_format, group_context);
	if (w.err != KR_OK) {
		return w.err;
	}
	return kr_sign_with_label(
		signature, signer, "FramedContentTBS", kr_writer_view(&w));
}

enum kr_err kr_content_verify(const struct kr_authenticated_content *auth,
	struct kr_view group_context,
	const uint8_t signature_key[KR_ED25519_PUBLIC_BYTES])
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	write_tbs(&w, &auth->content, auth->wire_format, group_context);
	if (w.err != KR_OK) {
		return w.err;
	}
	return kr_verify_with_label(
		auth->signature, signature_key, "FramedContentTBS", kr_writer_view(&w));
}

/* AuthenticatedContentTBM, §6.2. */
static void write_tbm(struct kr_writer *w, const struct kr_authenticated_content *auth,
	struct kr_view group_context)
{
	write_tbs(w, &auth->content, auth->wire_format, group_context);
	write_auth_data(w, auth);
}

enum kr_err kr_membership_tag(uint8_t tag[KR_HMAC_BYTES],
	const struct kr_authenticated_content *auth, struct kr_view group_context,
	const struct kr_secret *membership_key)
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	write_tbm(&w, auth, group_context);
	if (w.err != KR_OK) {
		return w.err;
	}
	kr_hmac(tag, kr_view_secret(membership_key), kr_writer_view(&w));
	return KR_OK;
}

enum kr_err kr_membership_tag_verify(const struct kr_public_message *m,
	struct kr_view group_context, const struct kr_secret *membership_key)
{
	uint8_t expected[KR_HMAC_BYTES];
	enum kr_err err =
		kr_membership_tag(expected, &m->auth, group_context, membership_key);

	if (err != KR_OK) {
		return err;
	}
	if (m->membership_tag.len != sizeof(expected) ||
		!kr_equal_ct(m->membership_tag.data, expected, sizeof(expected))) {
		return KR_ERR_MEMBERSHIP_TAG;
	}
	return KR_OK;
}

enum kr_err kr_proposal_ref(
	uint8_t ref[KR_MLS_HASH_BYTES], const struct kr_authenticated_content *auth)
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	kr_authenticated_content_write(&w, auth);
	if (w.err != KR_OK) {
		return w.err;
	}
	return kr_ref_hash(ref, "MLS 1.0 Proposal Reference", kr_writer_view(&w));
}

enum kr_err kr_private_content_read(
	struct kr_reader *r, struct kr_authenticated_content *auth)
{
	enum kr_err err = read_body(r, auth->content.type, &auth->content.body);

	return err != KR_OK ? err : read_auth_data(r, auth);
}

void kr_private_content_write(
	struct kr_writer *w, const struct kr_authenticated_content *auth)
{
	write_body(w, &auth->content);
	write_auth_data(w, auth);
}
