#include "clients/machine/json.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX  ((size_t)128 << 10)
#define DEPTH_MAX 6

/* ---- Memory --------------------------------------------------------------------- */

/* Blocks from before, which cJSON had from malloc too, are freed alike. */
static void wipe_and_free(void *block)
{
	if (block != NULL) {
		kr_wipe(block, malloc_usable_size(block));
		free(block);
	}
}

void json_wipe_what_is_freed(void)
{
	cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = malloc, .free_fn = wipe_and_free});
}

/* ---- Reading -------------------------------------------------------------------- */

/* cJSON takes a key twice, and ends a string at an escaped NUL. */
static bool is_sound(const cJSON *value, unsigned depth)
{
	if (depth > DEPTH_MAX) {
		return false;
	}
	for (const cJSON *child = value->child; child != NULL; child = child->next) {
		if (!is_sound(child, depth + 1)) {
			return false;
		}
		for (const cJSON *other = child->next;
			cJSON_IsObject(value) && other != NULL; other = other->next) {
			if (strcmp(child->string, other->string) == 0) {
				return false;
			}
		}
	}
	return true;
}

/* \u0000 in any spelling; a backslash before it may itself be escaped. */
static bool has_escaped_nul(struct kr_view text)
{
	for (size_t i = 0; i + 1 < text.len; i++) {
		if (text.data[i] != '\\') {
			continue;
		}
		i++;
		if (text.data[i] == 'u' && text.len - i > 4 &&
			memcmp(text.data + i + 1, "0000", 4) == 0) {
			return true;
		}
	}
	return false;
}

enum kr_err json_parse(cJSON **out, struct kr_view text)
{
	const char *end;
	cJSON *value;

	*out = NULL;
	if (text.len > TEXT_MAX) {
		return KR_ERR_TOO_LARGE;
	}
	if (text.len == 0 || memchr(text.data, 0, text.len) != NULL ||
		has_escaped_nul(text)) {
		return KR_ERR_JSON;
	}
	value = cJSON_ParseWithLengthOpts((const char *)text.data, text.len, &end, false);
	if (value == NULL) {
		return KR_ERR_JSON;
	}
	while (end < (const char *)text.data + text.len &&
		strchr(" \t\r\n", *end) != NULL) {
		end++;
	}
	if (!cJSON_IsObject(value) || end != (const char *)text.data + text.len ||
		!is_sound(value, 1)) {
		cJSON_Delete(value);
		return KR_ERR_JSON;
	}
	*out = value;
	return KR_OK;
}

enum kr_err json_only(const cJSON *object, const char *const *names)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, object)
	{
		const char *const *name = names;

		while (*name != NULL && strcmp(*name, member->string) != 0) {
			name++;
		}
		if (*name == NULL && strcmp(member->string, "do") != 0 &&
			strcmp(member->string, "ask") != 0) {
			return KR_ERR_FIELD;
		}
	}
	return KR_OK;
}

static const cJSON *find(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

enum kr_err json_text(const cJSON *object, const char *name, struct kr_view *out)
{
	const cJSON *value = find(object, name);

	if (!cJSON_IsString(value)) {
		return KR_ERR_FIELD;
	}
	*out = kr_view_str(value->valuestring);
	return KR_OK;
}

enum kr_err json_text_optional(const cJSON *object, const char *name, struct kr_view *out)
{
	return find(object, name) == NULL ? KR_OK : json_text(object, name, out);
}

enum kr_err json_bytes(const cJSON *object, const char *name, uint8_t *out, size_t len)
{
	struct kr_view text;
	enum kr_err err = json_text(object, name, &text);

	if (err != KR_OK || kr_base64url_decode(out, len, text) != KR_OK) {
		return KR_ERR_FIELD;
	}
	return KR_OK;
}

enum kr_err json_bytes_optional(
	const cJSON *object, const char *name, uint8_t *out, size_t len, bool *present)
{
	*present = find(object, name) != NULL;
	return *present ? json_bytes(object, name, out, len) : KR_OK;
}

enum kr_err json_decode(const cJSON *value, struct kr_bytes *out)
{
	struct kr_view text;
	enum kr_err err;

	*out = (struct kr_bytes){0};
	if (!cJSON_IsString(value)) {
		return KR_ERR_FIELD;
	}
	text = kr_view_str(value->valuestring);
	if (text.len == 0) {
		return KR_OK;
	}
	if ((err = kr_bytes_alloc(out, text.len * 3 / 4))) {
		return err;
	}
	if (kr_base64url_decode(out->data, out->len, text) != KR_OK) {
		kr_bytes_free(out);
		return KR_ERR_FIELD;
	}
	return KR_OK;
}

enum kr_err json_blob(const cJSON *object, const char *name, struct kr_bytes *out)
{
	return json_decode(find(object, name), out);
}

enum kr_err json_number(const cJSON *object, const char *name, uint64_t least,
	uint64_t greatest, uint64_t *out)
{
	const cJSON *value = find(object, name);
	uint64_t number;

	if (!cJSON_IsNumber(value) || !(value->valuedouble >= 0) ||
		value->valuedouble > (double)KR_JSON_INT_MAX) {
		return KR_ERR_FIELD;
	}
	number = (uint64_t)value->valuedouble;
	if ((double)number != value->valuedouble || number < least || number > greatest) {
		return KR_ERR_FIELD;
	}
	*out = number;
	return KR_OK;
}

enum kr_err json_number_optional(const cJSON *object, const char *name, uint64_t least,
	uint64_t greatest, uint64_t *out)
{
	return find(object, name) == NULL
		? KR_OK
		: json_number(object, name, least, greatest, out);
}

enum kr_err json_flag(const cJSON *object, const char *name, bool *out)
{
	const cJSON *value = find(object, name);

	if (!cJSON_IsBool(value)) {
		return KR_ERR_FIELD;
	}
	*out = cJSON_IsTrue(value);
	return KR_OK;
}

enum kr_err json_flag_optional(const cJSON *object, const char *name, bool *out)
{
	return find(object, name) == NULL ? KR_OK : json_flag(object, name, out);
}

/* ---- Writing -------------------------------------------------------------------- */

bool json_add_text(cJSON *object, const char *name, struct kr_view text)
{
	char *copy = malloc(text.len + 1);
	bool added;

	if (copy == NULL) {
		return false;
	}
	if (text.len > 0) {
		memcpy(copy, text.data, text.len);
	}
	copy[text.len] = '\0';
	added = json_add_str(object, name, copy);
	kr_wipe(copy, text.len);
	free(copy);
	return added;
}

bool json_add_str(cJSON *object, const char *name, const char *text)
{
	return cJSON_AddStringToObject(object, name, text) != NULL;
}

bool json_add_bytes(cJSON *object, const char *name, struct kr_view bytes)
{
	size_t len = KR_BASE64URL_LEN(bytes.len);
	char *text = malloc(len + 1);
	bool added;

	if (text == NULL) {
		return false;
	}
	kr_base64url_encode(text, bytes);
	text[len] = '\0';
	added = json_add_str(object, name, text);
	kr_wipe(text, len);
	free(text);
	return added;
}

bool json_add_id(cJSON *object, const char *name, const uint8_t id[KR_ID_BYTES])
{
	return json_add_bytes(object, name, kr_view(id, KR_ID_BYTES));
}

bool json_add_number(cJSON *object, const char *name, uint64_t number)
{
	char text[24];

	/* cJSON prints no more than 15 digits exactly. */
	(void)snprintf(text, sizeof(text), "%" PRIu64, number);
	return cJSON_AddRawToObject(object, name, text) != NULL;
}

bool json_add_flag(cJSON *object, const char *name, bool flag)
{
	return cJSON_AddBoolToObject(object, name, flag) != NULL;
}

bool json_add_error(cJSON *object, enum kr_err err, const char *code)
{
	return json_add_str(object, "error", code != NULL ? code : kr_err_name(err)) &&
		json_add_str(object, "text", kr_err_sentence(err));
}

cJSON *json_add_object(cJSON *object, const char *name)
{
	return cJSON_AddObjectToObject(object, name);
}

cJSON *json_add_array(cJSON *object, const char *name)
{
	return cJSON_AddArrayToObject(object, name);
}

cJSON *json_append_object(cJSON *array)
{
	cJSON *object = cJSON_CreateObject();

	if (object != NULL && !cJSON_AddItemToArray(array, object)) {
		cJSON_Delete(object);
		return NULL;
	}
	return object;
}

enum kr_err json_print(struct kr_bytes *out, cJSON *object)
{
	char *text = object == NULL ? NULL : cJSON_PrintUnformatted(object);
	enum kr_err err = KR_ERR_MEMORY;

	*out = (struct kr_bytes){0};
	cJSON_Delete(object);
	if (text != NULL) {
		err = kr_bytes_copy(out, kr_view_str(text));
		kr_wipe(text, strlen(text));
		cJSON_free(text);
	}
	return err;
}

enum kr_err json_print_answer(struct kr_bytes *out, cJSON *object, enum kr_err err)
{
	if (err != KR_OK) {
		/* Nothing of a half-made answer goes out. */
		cJSON_Delete(object);
		object = err == KR_ERR_MEMORY ? NULL : cJSON_CreateObject();
		if (object != NULL && !json_add_error(object, err, NULL)) {
			cJSON_Delete(object);
			object = NULL;
		}
	}
	return json_print(out, object);
}
