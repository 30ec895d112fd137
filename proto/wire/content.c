/* The header of a content, and the fields of its kind as the table says. CONTENT.md. */
#include <kring/content.h>

static const struct kr_content_info infos[] = {
#define KR_CONTENT_INFO(symbol, number, kind_name, known_minor, kind_fields, longest)    \
	{.kind = KR_CONTENT_##symbol,                                                    \
		.name = kind_name,                                                       \
		.minor = known_minor,                                                    \
		.fields = kind_fields,                                                   \
		.text_max = longest},
	KR_CONTENT_LIST(KR_CONTENT_INFO)
#undef KR_CONTENT_INFO
};

/* Contents that an edit may put in the place of what was there. */
#define IS_REPLACEABLE(fields)                                                           \
	(((fields) & (KR_C_TEXT | KR_C_TEXT_OPTIONAL)) && !((fields)&KR_C_SALT))

const struct kr_content_info *kr_content_info(unsigned kind)
{
	for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
		if ((unsigned)infos[i].kind == kind) {
			return &infos[i];
		}
	}
	return NULL;
}

bool kr_content_is_known(const struct kr_content *content)
{
	return kr_content_info(content->kind) != NULL;
}

/* ---- Reading ----------------------------------------------------------------------- */

static enum kr_err read_ref(struct kr_content *c, unsigned fields, struct kr_reader *r)
{
	enum kr_err err;

	c->has_ref = (fields & KR_C_REF) != 0;
	if ((fields & KR_C_REF_OPTIONAL) && (err = kr_read_optional(r, &c->has_ref))) {
		return err;
	}
	if (!c->has_ref) {
		return KR_OK;
	}
	if ((err = kr_read_copy(r, c->ref.author, sizeof(c->ref.author)))) {
		return err;
	}
	return kr_read_copy(r, c->ref.event, sizeof(c->ref.event));
}

/* "Since when" is either not said or has a precision and a time. */
static enum kr_err read_since(struct kr_content *c, struct kr_reader *r)
{
	enum kr_err err;

	if ((err = kr_read_u8(r, &c->since_precision)) ||
		(err = kr_read_u64(r, &c->since_ms))) {
		return err;
	}
	return c->since_precision == KR_SINCE_NOT_SAID && c->since_ms != 0
		? KR_ERR_ENCODING
		: KR_OK;
}

static enum kr_err read_numbers(
	struct kr_content *c, unsigned fields, struct kr_reader *r)
{
	enum kr_err err = KR_OK;

	if (fields & KR_C_CATEGORY) {
		err = kr_read_u8(r, &c->category);
		if (err == KR_OK && c->category == 0) {
			err = KR_ERR_ENCODING;
		}
	}
	if (err == KR_OK && (fields & KR_C_SINCE)) {
		err = read_since(c, r);
	}
	if (err == KR_OK && (fields & KR_C_HOW_OFTEN)) {
		err = kr_read_u8(r, &c->how_often);
	}
	if (err == KR_OK && (fields & KR_C_HASH)) {
		err = kr_read_copy(r, c->hash, sizeof(c->hash));
	}
	if (err == KR_OK && (fields & KR_C_SALT)) {
		err = kr_read_copy(r, c->salt, sizeof(c->salt));
	}
	if (err == KR_OK && (fields & KR_C_FLAG)) {
		err = kr_read_optional(r, &c->flag);
	}
	return err;
}

static enum kr_err read_texts(
	struct kr_content *c, const struct kr_content_info *info, struct kr_reader *r)
{
	enum kr_err err;

	if ((info->fields & KR_C_WHERE) &&
		((err = kr_read_vec(r, &c->where)) ||
			(c->where.len > 0 &&
				(err = kr_line_check(c->where, KR_WHERE_MAX))))) {
		return err;
	}
	if ((info->fields & KR_C_NAME) &&
		((err = kr_read_vec(r, &c->name)) ||
			(err = kr_line_check(c->name, KR_NAME_MAX)))) {
		return err;
	}
	if (!(info->fields & (KR_C_TEXT | KR_C_TEXT_OPTIONAL))) {
		return KR_OK;
	}
	if ((err = kr_read_vec(r, &c->text)) ||
		(err = kr_text_check(c->text, info->text_max))) {
		return err;
	}
	return (info->fields & KR_C_TEXT) && c->text.len == 0 ? KR_ERR_TEXT : KR_OK;
}

static enum kr_err read_record(struct kr_content *c, struct kr_reader *r)
{
	enum kr_err err = kr_read_vec(r, &c->record);

	if (err != KR_OK) {
		return err;
	}
	return c->record.len == 0               ? KR_ERR_ENCODING
		: c->record.len > KR_RECORD_MAX ? KR_ERR_TOO_LARGE
						: KR_OK;
}

static enum kr_err read_notice(struct kr_content *c, struct kr_reader *r)
{
	enum kr_err err;

	if ((err = kr_read_vec(r, &c->notice)) ||
		(err = kr_read_vec(r, &c->inbox_record))) {
		return err;
	}
	return c->inbox_record.len == 0 ? KR_ERR_ENCODING : KR_OK;
}

static enum kr_err read_edited(struct kr_content *c, struct kr_reader *r);

/* All fields of the kind, and what a newer minor version has after them. */
static enum kr_err read_body(struct kr_content *c, struct kr_view body)
{
	const struct kr_content_info *info = kr_content_info(c->kind);
	struct kr_reader r = kr_reader(body);
	enum kr_err err;

	if (info != NULL) {
		if ((err = read_ref(c, info->fields, &r)) ||
			(err = read_numbers(c, info->fields, &r)) ||
			(err = read_texts(c, info, &r)) ||
			((info->fields & KR_C_RECORD) && (err = read_record(c, &r))) ||
			((info->fields & KR_C_EDITED) && (err = read_edited(c, &r))) ||
			((info->fields & KR_C_NOTICE) && (err = read_notice(c, &r)))) {
			return err;
		}
		if (c->minor <= info->minor && (err = kr_read_end(&r))) {
			return err;
		}
	}
	c->rest = r.rest;
	return KR_OK;
}

/* The replacement is held to the rules of its own kind; an edit of an edit is none. */
static enum kr_err read_edited(struct kr_content *c, struct kr_reader *r)
{
	const struct kr_content_info *info;
	struct kr_content inner = {0};
	enum kr_err err;

	if ((err = kr_read_u8(r, &c->edited_minor)) ||
		(err = kr_read_u16(r, &c->edited_kind)) ||
		(err = kr_read_vec(r, &c->edited_body))) {
		return err;
	}
	info = kr_content_info(c->edited_kind);
	if (c->edited_kind == 0 || (info != NULL && !IS_REPLACEABLE(info->fields)) ||
		c->edited_kind == KR_CONTENT_RETRACTION) {
		return KR_ERR_ENCODING;
	}
	inner.kind = c->edited_kind;
	inner.minor = c->edited_minor;
	return read_body(&inner, c->edited_body);
}

static enum kr_err read_all(struct kr_content *c, struct kr_view plaintext)
{
	struct kr_reader r = kr_reader(plaintext);
	struct kr_view body;
	uint8_t major;
	enum kr_err err;

	if (plaintext.len > KR_CONTENT_MAX) {
		return KR_ERR_TOO_LARGE;
	}
	if ((err = kr_read_u8(&r, &major))) {
		return err;
	}
	if (major != KR_CONTENT_MAJOR) {
		return KR_ERR_CONTENT_VERSION;
	}
	if ((err = kr_read_u8(&r, &c->minor)) || (err = kr_read_u16(&r, &c->kind)) ||
		(err = kr_read_copy(&r, c->event, sizeof(c->event))) ||
		(err = kr_read_u64(&r, &c->written_ms)) ||
		(err = kr_read_vec(&r, &body)) || (err = kr_read_end(&r))) {
		return err;
	}
	return c->kind == 0 ? KR_ERR_ENCODING : read_body(c, body);
}

enum kr_err kr_content_read(struct kr_content *out, struct kr_view plaintext)
{
	struct kr_content content = {0};
	enum kr_err err = read_all(&content, plaintext);

	*out = err == KR_OK ? content : (struct kr_content){0};
	return err;
}

enum kr_err kr_content_edited(struct kr_content *out, const struct kr_content *edit)
{
	struct kr_content content = {
		.kind = edit->edited_kind,
		.minor = edit->edited_minor,
		.written_ms = edit->written_ms,
	};
	enum kr_err err = KR_ERR_ARGUMENT;

	if (edit->kind == KR_CONTENT_EDIT) {
		for (size_t i = 0; i < sizeof(content.event); i++) {
			content.event[i] = edit->event[i];
		}
		err = read_body(&content, edit->edited_body);
	}
	*out = err == KR_OK ? content : (struct kr_content){0};
	return err;
}

/* ---- Writing ----------------------------------------------------------------------- */

static void write_ref(struct kr_writer *w, unsigned fields, const struct kr_content *c)
{
	if (fields & KR_C_REF_OPTIONAL) {
		kr_write_optional(w, c->has_ref);
	}
	if ((fields & KR_C_REF) || ((fields & KR_C_REF_OPTIONAL) && c->has_ref)) {
		kr_write_fixed(w, kr_view(c->ref.author, sizeof(c->ref.author)));
		kr_write_fixed(w, kr_view(c->ref.event, sizeof(c->ref.event)));
	}
}

static void write_numbers(
	struct kr_writer *w, unsigned fields, const struct kr_content *c)
{
	if (fields & KR_C_CATEGORY) {
		kr_write_u8(w, c->category);
	}
	if (fields & KR_C_SINCE) {
		kr_write_u8(w, c->since_precision);
		kr_write_u64(w, c->since_ms);
	}
	if (fields & KR_C_HOW_OFTEN) {
		kr_write_u8(w, c->how_often);
	}
	if (fields & KR_C_HASH) {
		kr_write_fixed(w, kr_view(c->hash, sizeof(c->hash)));
	}
	if (fields & KR_C_SALT) {
		kr_write_fixed(w, kr_view(c->salt, sizeof(c->salt)));
	}
	if (fields & KR_C_FLAG) {
		kr_write_optional(w, c->flag);
	}
}

static void write_vectors(
	struct kr_writer *w, unsigned fields, const struct kr_content *c)
{
	if (fields & KR_C_WHERE) {
		kr_write_vec(w, c->where);
	}
	if (fields & KR_C_NAME) {
		kr_write_vec(w, c->name);
	}
	if (fields & (KR_C_TEXT | KR_C_TEXT_OPTIONAL)) {
		kr_write_vec(w, c->text);
	}
	if (fields & KR_C_RECORD) {
		kr_write_vec(w, c->record);
	}
	if (fields & KR_C_EDITED) {
		kr_write_u8(w, c->edited_minor);
		kr_write_u16(w, c->edited_kind);
		kr_write_vec(w, c->edited_body);
	}
	if (fields & KR_C_NOTICE) {
		kr_write_vec(w, c->notice);
		kr_write_vec(w, c->inbox_record);
	}
}

void kr_content_write(struct kr_writer *w, const struct kr_content *content)
{
	const struct kr_content_info *info = kr_content_info(content->kind);
	struct kr_content again;
	size_t start = w->len;
	size_t begin;

	kr_write_u8(w, KR_CONTENT_MAJOR);
	kr_write_u8(w, content->minor);
	kr_write_u16(w, content->kind);
	kr_write_fixed(w, kr_view(content->event, sizeof(content->event)));
	kr_write_u64(w, content->written_ms);
	begin = kr_write_vec_begin(w);
	if (info != NULL) {
		write_ref(w, info->fields, content);
		write_numbers(w, info->fields, content);
		write_vectors(w, info->fields, content);
	}
	kr_write_fixed(w, content->rest);
	kr_write_vec_end(w, begin);
	/* One set of rules, the reader's, for what comes and for what goes. */
	if (w->err == KR_OK) {
		kr_writer_fail(w,
			kr_content_read(
				&again, kr_view(w->data + start, w->len - start)));
	}
}
