#include "clients/machine/signal_json.h"

#include <stdio.h>
#include <string.h>

#include <kring/cases.h>

#include "clients/machine/names.h"

#define NUMBER_MAX 99999

/* Fields of one value or one text; the others have functions of their own. */
static const struct field {
	const char *name;
	const struct name *names; /* NULL: a text */
	size_t offset;            /* of a uint8_t, or a struct kr_view */
	bool is_needed;
	uint8_t not_said; /* not shown */
	size_t max;       /* of a text */
} fields[] = {
#define VALUE(member, list, needed, otherwise)                                           \
	{                                                                                \
#member, list, offsetof(struct kr_signal, member), needed, otherwise, 0  \
	}
#define TEXT(member, needed, max)                                                        \
	{                                                                                \
#member, NULL, offsetof(struct kr_signal, member), needed, 0, max        \
	}
	VALUE(urgency, names_urgency, true, 0),
	VALUE(category, names_category, true, 0),
	VALUE(how_often, names_how_often, false, KR_OFTEN_NOT_SAID),
	VALUE(danger_now, names_answer, true, UINT8_MAX),
	VALUE(weapons, names_answer, true, UINT8_MAX),
	VALUE(family_knows, names_answer, true, UINT8_MAX),
	VALUE(reach, names_reach, true, UINT8_MAX),
	VALUE(origin, names_origin, true, 0),
	TEXT(seen, true, KR_SIGNAL_TEXT_MAX),
	TEXT(who, false, KR_SIGNAL_SHORT_MAX),
	TEXT(tried, false, KR_SIGNAL_SHORT_MAX),
	TEXT(reach_when, false, KR_CONTACT_MAX),
	TEXT(language, false, KR_SIGNAL_LANGUAGE_MAX),
#undef VALUE
#undef TEXT
};

#define NUM_FIELDS (sizeof(fields) / sizeof(fields[0]))

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* ---- From JSON -------------------------------------------------------------------- */

static enum kr_err read_text(
	struct kr_view *out, const cJSON *object, const struct field *f)
{
	enum kr_err err = json_text(object, f->name, out);

	if (err != KR_OK || kr_text_check(*out, f->max) != KR_OK ||
		(f->is_needed && out->len == 0)) {
		return KR_ERR_FIELD;
	}
	return KR_OK;
}

static enum kr_err read_field(
	struct kr_signal *out, const cJSON *object, const struct field *f)
{
	uint8_t *at = (uint8_t *)out + f->offset;

	if (!f->is_needed && member(object, f->name) == NULL) {
		return KR_OK;
	}
	if (f->names != NULL) {
		return names_read(at, f->names, object, f->name);
	}
	return read_text((struct kr_view *)(void *)at, object, f);
}

static enum kr_err read_kind(
	struct kr_signal *out, struct signal_storage *storage, const cJSON *object)
{
	uint8_t kind = 0;
	enum kr_err err = names_read(&kind, names_signal_kind, object, "kind");

	(void)storage;
	out->kind = (enum kr_signal_kind)kind;
	return err;
}

static enum kr_err read_at_risk(
	struct kr_signal *out, struct signal_storage *storage, const cJSON *object)
{
	const cJSON *list = member(object, "at_risk");
	const cJSON *item;

	(void)storage;
	if (!cJSON_IsArray(list)) {
		return KR_ERR_FIELD;
	}
	cJSON_ArrayForEach(item, list)
	{
		uint8_t value = 0;

		if (!cJSON_IsString(item) ||
			names_find(&value, names_at_risk,
				kr_view_str(item->valuestring)) != KR_OK) {
			return KR_ERR_FIELD;
		}
		out->at_risk |= value;
	}
	return KR_OK;
}

static enum kr_err read_ages(
	struct kr_signal *out, struct signal_storage *storage, const cJSON *object)
{
	const cJSON *list = member(object, "ages");
	const cJSON *item;
	size_t num = 0;

	if (list == NULL) {
		return KR_OK;
	}
	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > KR_SIGNAL_AGES_MAX) {
		return KR_ERR_FIELD;
	}
	cJSON_ArrayForEach(item, list)
	{
		if (cJSON_IsNull(item)) {
			storage->ages[num++] = KR_AGE_UNKNOWN;
		} else if (cJSON_IsNumber(item) && item->valuedouble >= 0 &&
			item->valuedouble < KR_AGE_UNKNOWN &&
			item->valuedouble == item->valueint) {
			storage->ages[num++] = (uint8_t)item->valueint;
		} else {
			return KR_ERR_FIELD;
		}
	}
	out->ages = kr_view(storage->ages, num);
	return KR_OK;
}

static enum kr_err read_since(
	struct kr_signal *out, struct signal_storage *storage, const cJSON *object)
{
	(void)storage;
	return names_read_since(&out->since_precision, &out->since_ms, object);
}

/* House numbers as people write them, "12a" among them; or a number. */
static enum kr_err read_number(
	struct kr_view *out, struct signal_storage *storage, const cJSON *object)
{
	uint64_t number;

	if (!cJSON_IsNumber(member(object, "number"))) {
		return json_text_optional(object, "number", out);
	}
	if (json_number(object, "number", 1, NUMBER_MAX, &number) != KR_OK) {
		return KR_ERR_FIELD;
	}
	(void)snprintf(storage->number, sizeof(storage->number), "%u", (unsigned)number);
	*out = kr_view_str(storage->number);
	return KR_OK;
}

enum { STREET, NUMBER, ADDITION, POSTCODE, TOWN, NUM_PARTS };
static const char *const part_names[NUM_PARTS] = {
	"street", "number", "addition", "postcode", "town"};

static enum kr_err normalise(struct kr_address *out, uint8_t storage[KR_ADDRESS_STORAGE],
	const struct kr_view parts[NUM_PARTS])
{
	return kr_address_normalise(out, storage, parts[STREET], parts[NUMBER],
		parts[ADDITION], parts[POSTCODE], parts[TOWN]);
}

/* Which of the parts is wrong is found by leaving the others out. */
static const char *address_fault(const struct kr_view parts[NUM_PARTS])
{
	uint8_t space[KR_ADDRESS_STORAGE];
	struct kr_address address;
	size_t i = 0;

	for (; i < NUM_PARTS; i++) {
		struct kr_view one[NUM_PARTS] = {{0}};

		one[i] = parts[i];
		if (i == ADDITION) {
			one[NUMBER] = parts[NUMBER];
		}
		if (normalise(&address, space, one) != KR_OK) {
			break;
		}
	}
	kr_wipe(space, sizeof(space));
	return part_names[i < NUM_PARTS ? i : STREET];
}

static enum kr_err read_address(struct kr_signal *out, struct signal_storage *storage,
	const cJSON *object, const char **fault)
{
	struct kr_view parts[NUM_PARTS] = {{0}};

	for (size_t i = 0; i < NUM_PARTS; i++) {
		*fault = part_names[i];
		if ((i == NUMBER ? read_number(&parts[i], storage, object)
				 : json_text_optional(
					   object, part_names[i], &parts[i])) != KR_OK) {
			return KR_ERR_FIELD;
		}
	}
	if (normalise(&out->address, storage->address, parts) != KR_OK) {
		*fault = address_fault(parts);
		return KR_ERR_FIELD;
	}
	return KR_OK;
}

/* An inbox by its id or its link. */
static enum kr_err read_inbox(uint8_t out[KR_ID_BYTES], const cJSON *item)
{
	struct kr_inbox_link link;
	struct kr_view text;

	if (!cJSON_IsString(item)) {
		return KR_ERR_FIELD;
	}
	text = kr_view_str(item->valuestring);
	if (kr_base64url_decode(out, KR_ID_BYTES, text) == KR_OK) {
		return KR_OK;
	}
	if (kr_inbox_link_read(&link, text) != KR_OK) {
		return KR_ERR_FIELD;
	}
	kr_inbox_id(out, link.identity_key);
	kr_wipe(&link, sizeof(link));
	return KR_OK;
}

static enum kr_err read_excluded(
	struct kr_signal *out, struct signal_storage *storage, const cJSON *object)
{
	const cJSON *list = member(object, "excluded");
	const cJSON *item;
	size_t num = 0;

	if (list == NULL) {
		return KR_OK;
	}
	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > KR_SIGNAL_EXCLUDED_MAX) {
		return KR_ERR_FIELD;
	}
	cJSON_ArrayForEach(item, list)
	{
		if (read_inbox(storage->excluded + num * KR_ID_BYTES, item) != KR_OK) {
			return KR_ERR_FIELD;
		}
		num++;
	}
	out->excluded = kr_view(storage->excluded, num * KR_ID_BYTES);
	return KR_OK;
}

static const struct {
	const char *name;
	enum kr_err (*read)(struct kr_signal *out, struct signal_storage *storage,
		const cJSON *object);
} special[] = {
	{"kind", read_kind},
	{"at_risk", read_at_risk},
	{"ages", read_ages},
	{"since", read_since},
	{"excluded", read_excluded},
};

/* What people misspell is not to be lost in silence. */
static bool is_known(const char *name)
{
	for (size_t i = 0; i < NUM_FIELDS; i++) {
		if (strcmp(fields[i].name, name) == 0) {
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		if (strcmp(special[i].name, name) == 0) {
			return true;
		}
	}
	for (size_t i = 0; i < NUM_PARTS; i++) {
		if (strcmp(part_names[i], name) == 0) {
			return true;
		}
	}
	return false;
}

static enum kr_err only_known(const cJSON *object)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, object)
	{
		if (!is_known(item->string)) {
			return KR_ERR_FIELD;
		}
	}
	return KR_OK;
}

enum kr_err signal_from_json(struct kr_signal *out, struct signal_storage *storage,
	const cJSON *object, const char **fault)
{
	*out = (struct kr_signal){.minor = KR_SIGNAL_MINOR};
	memset(storage, 0, sizeof(*storage));
	*fault = NULL;
	if (!cJSON_IsObject(object) || only_known(object) != KR_OK) {
		return KR_ERR_FIELD;
	}
	for (size_t i = 0; i < NUM_FIELDS; i++) {
		*fault = fields[i].name;
		if (read_field(out, object, &fields[i]) != KR_OK) {
			return KR_ERR_FIELD;
		}
	}
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		*fault = special[i].name;
		if (special[i].read(out, storage, object) != KR_OK) {
			return KR_ERR_FIELD;
		}
	}
	if (read_address(out, storage, object, fault) != KR_OK) {
		return KR_ERR_FIELD;
	}
	if (out->danger_now == KR_ANSWER_YES && out->urgency != KR_URGENCY_DANGER_NOW) {
		*fault = "danger_now";
		return KR_ERR_FIELD;
	}
	*fault = NULL;
	return KR_OK;
}

static enum kr_err decode_if_there(struct kr_view *out, uint8_t *storage, size_t len,
	const cJSON *object, const char *name)
{
	bool is_there;
	enum kr_err err = json_bytes_optional(object, name, storage, len, &is_there);

	if (err == KR_OK && is_there) {
		*out = kr_view(storage, len);
	}
	return err;
}

enum kr_err identity_from_json(struct kr_identity *out, struct identity_storage *storage,
	const cJSON *object, const char **fault)
{
	static const char *const names[] = {
		"name", "contact", "certificate", "proof", NULL};

	*out = (struct kr_identity){0};
	*fault = NULL;
	if (!cJSON_IsObject(object) || json_only(object, names) != KR_OK) {
		return KR_ERR_FIELD;
	}
	for (size_t i = 0; names[i] != NULL; i++) {
		struct kr_view *views[] = {
			&out->name, &out->contact, &out->certificate, &out->proof};
		enum kr_err err = i < 2
			? json_text_optional(object, names[i], views[i])
			: decode_if_there(views[i],
				  i == 2 ? storage->certificate : storage->proof,
				  i == 2 ? sizeof(storage->certificate)
					 : sizeof(storage->proof),
				  object, names[i]);

		*fault = names[i];
		if (err != KR_OK) {
			return KR_ERR_FIELD;
		}
	}
	*fault = NULL;
	return KR_OK;
}

/* ---- To JSON ---------------------------------------------------------------------- */

static bool add_field(
	cJSON *object, const struct kr_signal *signal, const struct field *f)
{
	const uint8_t *at = (const uint8_t *)signal + f->offset;
	const struct kr_view *text = (const struct kr_view *)(const void *)at;

	if (f->names == NULL) {
		return text->len == 0 || json_add_text(object, f->name, *text);
	}
	return *at == f->not_said ||
		json_add_str(object, f->name, names_of(f->names, *at, "other"));
}

static bool add_at_risk(cJSON *object, const struct kr_signal *signal)
{
	cJSON *list = json_add_array(object, "at_risk");

	for (const struct name *n = names_at_risk; list != NULL && n->name != NULL; n++) {
		if ((signal->at_risk & n->value) &&
			!cJSON_AddItemToArray(list, cJSON_CreateString(n->name))) {
			return false;
		}
	}
	return list != NULL;
}

static bool add_ages(cJSON *object, const struct kr_signal *signal)
{
	cJSON *list = signal->ages.len > 0 ? json_add_array(object, "ages") : NULL;

	for (size_t i = 0; list != NULL && i < signal->ages.len; i++) {
		uint8_t age = signal->ages.data[i];

		if (!cJSON_AddItemToArray(list,
			    age == KR_AGE_UNKNOWN ? cJSON_CreateNull()
						  : cJSON_CreateNumber(age))) {
			return false;
		}
	}
	return list != NULL || signal->ages.len == 0;
}

static bool add_since(cJSON *object, const struct kr_signal *signal)
{
	const char *precision = names_of(names_since, signal->since_precision, NULL);
	cJSON *since = precision != NULL ? json_add_object(object, "since") : NULL;

	return precision == NULL ||
		(json_add_str(since, "precision", precision) &&
			json_add_number(since, "time", signal->since_ms));
}

static bool add_address(cJSON *object, const struct kr_address *a)
{
	static const uint8_t no_postcode[KR_POSTCODE_BYTES];
	struct kr_view postcode = kr_view(a->postcode, sizeof(a->postcode));

	return (a->street.len == 0 || json_add_text(object, "street", a->street)) &&
		(a->number == 0 || json_add_number(object, "number", a->number)) &&
		(a->addition.len == 0 ||
			json_add_text(object, "addition", a->addition)) &&
		(memcmp(a->postcode, no_postcode, sizeof(no_postcode)) == 0 ||
			json_add_text(object, "postcode", postcode)) &&
		(a->town.len == 0 || json_add_text(object, "town", a->town));
}

static bool add_excluded(cJSON *object, const struct kr_signal *signal)
{
	cJSON *list =
		signal->excluded.len > 0 ? json_add_array(object, "excluded") : NULL;

	for (size_t at = 0; list != NULL && at < signal->excluded.len;
		at += KR_ID_BYTES) {
		char text[KR_BASE64URL_LEN(KR_ID_BYTES) + 1] = "";

		kr_base64url_encode(
			text, kr_view(signal->excluded.data + at, KR_ID_BYTES));
		if (!cJSON_AddItemToArray(list, cJSON_CreateString(text))) {
			return false;
		}
	}
	return list != NULL || signal->excluded.len == 0;
}

enum kr_err signal_to_json(cJSON *object, const struct kr_signal *signal)
{
	if (!json_add_str(object, "kind",
		    names_of(names_signal_kind, (uint8_t)signal->kind, "other"))) {
		return KR_ERR_MEMORY;
	}
	for (size_t i = 0; i < NUM_FIELDS; i++) {
		if (!add_field(object, signal, &fields[i])) {
			return KR_ERR_MEMORY;
		}
	}
	return add_at_risk(object, signal) && add_ages(object, signal) &&
			add_since(object, signal) &&
			add_address(object, &signal->address) &&
			add_excluded(object, signal)
		? KR_OK
		: KR_ERR_MEMORY;
}
