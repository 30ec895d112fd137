/* Reading JSON: cJSON behind the strict profile. */
#include <kring/wire.h>

#include <string.h>

#include <cjson/cJSON.h>

/* No key twice, anywhere below. Keys are compared as decoded, so that an escape does not
 * hide one. Numbers of members are bounded by the profile. */
static bool keys_are_unique(const cJSON *value)
{
	for (const cJSON *a = value->child; a != NULL; a = a->next) {
		for (const cJSON *b = a->next; cJSON_IsObject(value) && b != NULL;
			b = b->next) {
			if (strcmp(a->string, b->string) == 0) {
				return false;
			}
		}
		if (!keys_are_unique(a)) {
			return false;
		}
	}
	return true;
}

enum kr_err kr_json_parse(struct kr_json_doc *doc, struct kr_view text)
{
	enum kr_err err = kr_json_check(text);
	cJSON *root;

	doc->root = NULL;
	if (err != KR_OK) {
		return err;
	}
	root = cJSON_ParseWithLengthOpts((const char *)text.data, text.len, NULL, false);
	if (root == NULL) {
		/* The text is JSON: nothing else is left to go wrong. */
		return KR_ERR_MEMORY;
	}
	if (!keys_are_unique(root)) {
		cJSON_Delete(root);
		return KR_ERR_JSON;
	}
	doc->root = root;
	return KR_OK;
}

void kr_json_free(struct kr_json_doc *doc)
{
	cJSON_Delete(doc->root);
	doc->root = NULL;
}

const char *kr_json_name(const struct kr_json_doc *doc, size_t i)
{
	const cJSON *item = ((const cJSON *)doc->root)->child;

	while (item != NULL && i > 0) {
		item = item->next;
		i--;
	}
	return item == NULL ? NULL : item->string;
}

static const cJSON *member(const struct kr_json_doc *doc, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive((const cJSON *)doc->root, name);
}

bool kr_json_has(const struct kr_json_doc *doc, const char *name)
{
	return member(doc, name) != NULL;
}

static enum kr_err string_of(const cJSON *item, struct kr_view *out)
{
	*out = kr_view(NULL, 0);
	if (item == NULL) {
		return KR_ERR_NOT_FOUND;
	}
	if (!cJSON_IsString(item)) {
		return KR_ERR_ENCODING;
	}
	*out = kr_view_str(item->valuestring);
	return KR_OK;
}

enum kr_err kr_json_get_str(
	const struct kr_json_doc *doc, const char *name, struct kr_view *out)
{
	return string_of(member(doc, name), out);
}

enum kr_err kr_json_get_u64(
	const struct kr_json_doc *doc, const char *name, uint64_t *out)
{
	const cJSON *item = member(doc, name);

	*out = 0;
	if (item == NULL) {
		return KR_ERR_NOT_FOUND;
	}
	if (!cJSON_IsNumber(item) || item->valuedouble < 0) {
		return KR_ERR_ENCODING;
	}
	*out = (uint64_t)item->valuedouble;
	return KR_OK;
}

enum kr_err kr_json_get_bool(const struct kr_json_doc *doc, const char *name, bool *out)
{
	const cJSON *item = member(doc, name);

	*out = false;
	if (item == NULL) {
		return KR_ERR_NOT_FOUND;
	}
	if (!cJSON_IsBool(item)) {
		return KR_ERR_ENCODING;
	}
	*out = cJSON_IsTrue(item);
	return KR_OK;
}

enum kr_err kr_json_get_bytes(
	const struct kr_json_doc *doc, const char *name, uint8_t *out, size_t len)
{
	struct kr_view text;
	enum kr_err err = kr_json_get_str(doc, name, &text);

	if (err != KR_OK) {
		memset(out, 0, len);
		return err;
	}
	return kr_base64url_decode(out, len, text);
}

enum kr_err kr_json_get_topic(
	const struct kr_json_doc *doc, const char *name, struct kr_topic *out)
{
	struct kr_view text;
	enum kr_err err = kr_json_get_str(doc, name, &text);

	if (err != KR_OK) {
		*out = (struct kr_topic){0};
		return err;
	}
	return kr_topic_from_text(out, text);
}

enum kr_err kr_json_get_ids(const struct kr_json_doc *doc, const char *name, uint8_t *out,
	size_t max, size_t *num)
{
	const cJSON *array = member(doc, name);
	const cJSON *item;
	struct kr_view text;
	enum kr_err err;

	*num = 0;
	if (array == NULL) {
		return KR_ERR_NOT_FOUND;
	}
	if (!cJSON_IsArray(array)) {
		return KR_ERR_ENCODING;
	}
	for (item = array->child; item != NULL; item = item->next) {
		if (*num == max) {
			return KR_ERR_TOO_LARGE;
		}
		if ((err = string_of(item, &text)) ||
			(err = kr_base64url_decode(
				 out + *num * KR_ID_BYTES, KR_ID_BYTES, text))) {
			return err;
		}
		*num += 1;
	}
	return KR_OK;
}
