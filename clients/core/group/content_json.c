#include "clients/core/group/content_json.h"

#include "clients/machine/names.h"

static const struct kr_content_info *info_of(struct kr_view name)
{
	static const enum kr_content_kind kinds[] = {
#define KIND(symbol, number, text, minor, fields, text_max) KR_CONTENT_##symbol,
		KR_CONTENT_LIST(KIND)
#undef KIND
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct kr_content_info *info = kr_content_info(kinds[i]);

		if (kr_view_equal(name, kr_view_str(info->name))) {
			return info;
		}
	}
	return NULL;
}

/* ---- From JSON -------------------------------------------------------------------- */

static bool has(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name) != NULL;
}

/* A field that this kind does not have is not there. */
static enum kr_err no_others(const cJSON *args, unsigned fields)
{
	static const struct {
		const char *name;
		unsigned fields;
	} owners[] = {
		{"ref", KR_C_REF | KR_C_REF_OPTIONAL},
		{"category", KR_C_CATEGORY},
		{"since", KR_C_SINCE},
		{"how_often", KR_C_HOW_OFTEN},
		{"where", KR_C_WHERE},
		{"name", KR_C_NAME},
		{"text", KR_C_TEXT | KR_C_TEXT_OPTIONAL},
		{"kind_fields", KR_C_EDITED},
	};

	for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		if (!(fields & owners[i].fields) && has(args, owners[i].name)) {
			return KR_ERR_FIELD;
		}
	}
	return KR_OK;
}

static enum kr_err read_ref(struct kr_content *out, const cJSON *args)
{
	static const char *const names[] = {"author", "event", NULL};
	const cJSON *ref = cJSON_GetObjectItemCaseSensitive(args, "ref");
	enum kr_err err;

	if (!cJSON_IsObject(ref) || (err = json_only(ref, names)) ||
		(err = json_bytes(ref, "author", out->ref.author, KR_ID_BYTES)) ||
		(err = json_bytes(ref, "event", out->ref.event, KR_EVENT_ID_BYTES))) {
		return KR_ERR_FIELD;
	}
	out->has_ref = true;
	return KR_OK;
}

static enum kr_err read_fields(struct kr_content *out, const cJSON *args, unsigned fields)
{
	enum kr_err err = no_others(args, fields);

	if (err == KR_OK &&
		((fields & KR_C_REF) ||
			((fields & KR_C_REF_OPTIONAL) && has(args, "ref")))) {
		err = read_ref(out, args);
	}
	if (err == KR_OK && (fields & KR_C_CATEGORY)) {
		err = names_read(&out->category, names_category, args, "category");
	}
	if (err == KR_OK && (fields & KR_C_SINCE)) {
		err = names_read_since(&out->since_precision, &out->since_ms, args);
	}
	if (err == KR_OK && (fields & KR_C_HOW_OFTEN) && has(args, "how_often")) {
		err = names_read(&out->how_often, names_how_often, args, "how_often");
	}
	if (err == KR_OK && (fields & KR_C_WHERE)) {
		err = json_text_optional(args, "where", &out->where);
	}
	if (err == KR_OK && (fields & KR_C_NAME)) {
		err = json_text(args, "name", &out->name);
	}
	if (err == KR_OK && (fields & KR_C_TEXT)) {
		err = json_text(args, "text", &out->text);
	}
	if (err == KR_OK && (fields & KR_C_TEXT_OPTIONAL)) {
		err = json_text_optional(args, "text", &out->text);
	}
	return err;
}

/* Kinds with a salt or a record come from commands that sign what goes with them. */
static enum kr_err read_kind(const struct kr_content_info **info, const cJSON *args)
{
	struct kr_view name;
	enum kr_err err = json_text(args, "kind", &name);

	*info = err == KR_OK ? info_of(name) : NULL;
	if (*info == NULL || ((*info)->fields & (KR_C_SALT | KR_C_HASH | KR_C_RECORD))) {
		return KR_ERR_FIELD;
	}
	return KR_OK;
}

/* The fields of what takes the place of ref: encoded as a content, without its header
 * (CONTENT.md §1). */
static enum kr_err read_edited(
	struct kr_content *out, const cJSON *args, struct kr_bytes *storage)
{
	const cJSON *fields = cJSON_GetObjectItemCaseSensitive(args, "kind_fields");
	const struct kr_content_info *info;
	struct kr_content edited = {0};
	struct kr_view skipped;
	struct kr_reader r;
	struct kr_writer w;
	enum kr_err err;

	if (!cJSON_IsObject(fields) || read_kind(&info, fields) != KR_OK ||
		(info->fields & KR_C_EDITED)) {
		return KR_ERR_FIELD;
	}
	edited.kind = (uint16_t)info->kind;
	edited.minor = info->minor;
	if ((err = read_fields(&edited, fields, info->fields))) {
		return err;
	}
	kr_writer_init_max(&w, KR_CONTENT_MAX);
	kr_content_write(&w, &edited);
	if ((err = kr_writer_finish(&w, storage))) {
		kr_writer_free(&w);
		return err;
	}
	r = kr_reader(kr_view_bytes(storage));
	out->edited_kind = edited.kind;
	out->edited_minor = edited.minor;
	if ((err = kr_read_fixed(&r, 4 + KR_EVENT_ID_BYTES + 8, &skipped))) {
		return err;
	}
	return kr_read_vec(&r, &out->edited_body);
}

enum kr_err content_from_json(
	struct kr_content *out, const cJSON *args, struct kr_bytes *storage)
{
	const struct kr_content_info *info;
	enum kr_err err;

	*out = (struct kr_content){0};
	*storage = (struct kr_bytes){0};
	if ((err = read_kind(&info, args))) {
		return err;
	}
	out->kind = (uint16_t)info->kind;
	out->minor = info->minor;
	if ((err = read_fields(out, args, info->fields))) {
		return err;
	}
	return info->fields & KR_C_EDITED ? read_edited(out, args, storage) : KR_OK;
}

/* ---- To JSON ---------------------------------------------------------------------- */

enum kr_err content_ref_to_json(cJSON *object, const struct kr_content_ref *ref)
{
	cJSON *member = json_add_object(object, "ref");

	return json_add_id(member, "author", ref->author) &&
			json_add_bytes(
				member, "event", kr_view(ref->event, sizeof(ref->event)))
		? KR_OK
		: KR_ERR_MEMORY;
}

static bool add_since(cJSON *object, const struct kr_content *content)
{
	const char *precision = names_of(names_since, content->since_precision, NULL);
	cJSON *since;

	if (precision == NULL) {
		return true;
	}
	since = json_add_object(object, "since");
	return json_add_str(since, "precision", precision) &&
		json_add_number(since, "time", content->since_ms);
}

static bool add_fields(cJSON *object, const struct kr_content *c, unsigned fields)
{
	return (!c->has_ref || content_ref_to_json(object, &c->ref) == KR_OK) &&
		(!(fields & KR_C_CATEGORY) ||
			json_add_str(object, "category",
				names_of(names_category, c->category, "other"))) &&
		(!(fields & KR_C_SINCE) || add_since(object, c)) &&
		(!(fields & KR_C_HOW_OFTEN) ||
			json_add_str(object, "how_often",
				names_of(names_how_often, c->how_often, "not_said"))) &&
		(!(fields & KR_C_FLAG) || json_add_flag(object, "pinned", c->flag)) &&
		(c->where.len == 0 || json_add_text(object, "where", c->where)) &&
		(!(fields & KR_C_NAME) || json_add_text(object, "name", c->name)) &&
		(!(fields & (KR_C_TEXT | KR_C_TEXT_OPTIONAL)) ||
			json_add_text(object, "text", c->text));
}

static enum kr_err add_edited(cJSON *object, const struct kr_content *content)
{
	cJSON *fields = json_add_object(object, "kind_fields");
	struct kr_content edited;

	if (fields == NULL) {
		return KR_ERR_MEMORY;
	}
	return kr_content_edited(&edited, content) == KR_OK
		? content_to_json(fields, &edited)
		: KR_OK;
}

enum kr_err content_to_json(cJSON *object, const struct kr_content *content)
{
	const struct kr_content_info *info = kr_content_info(content->kind);

	if (info == NULL) {
		return json_add_str(object, "kind", "unknown") &&
				json_add_number(object, "kind_number", content->kind)
			? KR_OK
			: KR_ERR_MEMORY;
	}
	if (!json_add_str(object, "kind", info->name) ||
		!add_fields(object, content, info->fields)) {
		return KR_ERR_MEMORY;
	}
	return content->kind == KR_CONTENT_EDIT ? add_edited(object, content) : KR_OK;
}
