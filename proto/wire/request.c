#include <kring/request.h>

#include <string.h>

/* ---- The tables ------------------------------------------------------------------- */

static const struct kr_verb_info verbs[KR_NUM_VERBS] = {
#define KR_VERB_INFO(symbol, verb_name, needs, allows, body_rule, longest)               \
	[KR_VERB_##symbol] = {.name = verb_name,                                         \
		.required = needs,                                                       \
		.optional = allows,                                                      \
		.body = KR_BODY_##body_rule,                                             \
		.body_max = longest},
	KR_VERB_LIST(KR_VERB_INFO)
#undef KR_VERB_INFO
};

enum field_type {
	FIELD_BYTES,
	FIELD_TOPIC,
	FIELD_UINT,
	FIELD_BOOL,
	FIELD_IDS,
};

struct field_info {
	const char *name;
	enum field_type type;
	size_t offset; /* of the member in struct kr_request */
	size_t size;
	uint64_t least;
	uint64_t greatest;
};

static const struct field_info fields[KR_NUM_FIELDS] = {
#define KR_FIELD_INFO(symbol, field_name, field_type, member, from, to)                  \
	[KR_FIELD_##symbol] = {.name = field_name,                                       \
		.type = FIELD_##field_type,                                              \
		.offset = offsetof(struct kr_request, member),                           \
		.size = sizeof(((struct kr_request *)NULL)->member),                     \
		.least = from,                                                           \
		.greatest = to},
	KR_FIELD_LIST(KR_FIELD_INFO)
#undef KR_FIELD_INFO
};

const struct kr_verb_info *kr_verb_info(enum kr_verb verb)
{
	return (unsigned)verb < KR_NUM_VERBS ? &verbs[verb] : NULL;
}

static enum kr_verb verb_of(struct kr_view name)
{
	enum kr_verb verb = KR_VERB_PING;

	while (verb < KR_NUM_VERBS &&
		!kr_view_equal(kr_view_str(verbs[verb].name), name)) {
		verb++;
	}
	return verb;
}

static size_t field_of(const char *name)
{
	size_t field = 0;

	while (field < KR_NUM_FIELDS && strcmp(fields[field].name, name) != 0) {
		field++;
	}
	return field;
}

/* ---- Reading ---------------------------------------------------------------------- */

static enum kr_err read_uint(
	void *member, const struct field_info *field, const struct kr_json_doc *doc)
{
	uint64_t value;
	enum kr_err err = kr_json_get_u64(doc, field->name, &value);

	if (err == KR_OK && (value < field->least || value > field->greatest)) {
		err = KR_ERR_ENCODING;
	}
	if (err == KR_OK) {
		memcpy(member, &value, sizeof(value));
	}
	return err;
}

static enum kr_err read_ids(struct kr_request *out, const struct field_info *field,
	const struct kr_json_doc *doc)
{
	size_t num;
	enum kr_err err;

	err = kr_json_get_ids(
		doc, field->name, out->coordinators[0], field->greatest, &num);
	if (err == KR_OK && num < field->least) {
		err = KR_ERR_ENCODING;
	}
	out->num_coordinators = err == KR_OK ? num : 0;
	return err;
}

static enum kr_err read_field(struct kr_request *out, const struct field_info *field,
	const struct kr_json_doc *doc)
{
	void *member = (uint8_t *)out + field->offset;

	switch (field->type) {
	case FIELD_BYTES:
		return kr_json_get_bytes(doc, field->name, member, field->size);
	case FIELD_TOPIC:
		return kr_json_get_topic(doc, field->name, member);
	case FIELD_UINT:
		return read_uint(member, field, doc);
	case FIELD_BOOL:
		return kr_json_get_bool(doc, field->name, member);
	case FIELD_IDS:
		return read_ids(out, field, doc);
	}
	return KR_ERR_ENCODING;
}

/* Every member of the object has a place in this verb. */
static enum kr_err check_names(const struct kr_verb_info *verb, const char **fault,
	const struct kr_json_doc *doc)
{
	uint32_t allowed = verb->required | verb->optional;
	const char *name;

	for (size_t i = 0; (name = kr_json_name(doc, i)) != NULL; i++) {
		size_t field;

		if (strcmp(name, "verb") == 0 || strcmp(name, "id") == 0) {
			continue;
		}
		field = field_of(name);
		if (field == KR_NUM_FIELDS) {
			return KR_ERR_FIELD;
		}
		if ((allowed & UINT32_C(1) << field) == 0) {
			*fault = fields[field].name;
			return KR_ERR_FIELD;
		}
	}
	return KR_OK;
}

static enum kr_err read_fields(struct kr_request *out, const char **fault,
	const struct kr_verb_info *verb, const struct kr_json_doc *doc)
{
	enum kr_err err = check_names(verb, fault, doc);

	for (size_t i = 0; err == KR_OK && i < KR_NUM_FIELDS; i++) {
		uint32_t bit = UINT32_C(1) << i;

		if (((verb->required | verb->optional) & bit) == 0) {
			continue;
		}
		err = read_field(out, &fields[i], doc);
		if (err == KR_OK) {
			out->fields |= bit;
		} else if (err == KR_ERR_NOT_FOUND && (verb->optional & bit) != 0) {
			err = KR_OK;
		} else {
			*fault = fields[i].name;
			return KR_ERR_FIELD;
		}
	}
	return err;
}

static enum kr_err read_body(
	struct kr_request *out, const struct kr_verb_info *verb, struct kr_view body)
{
	if (body.len > 0 ? verb->body == KR_BODY_NONE : verb->body == KR_BODY_REQUIRED) {
		return KR_ERR_BODY;
	}
	if (body.len > verb->body_max) {
		return KR_ERR_TOO_LARGE;
	}
	out->body = body;
	return KR_OK;
}

static enum kr_err read_object(struct kr_request *out, const char **fault,
	const struct kr_json_doc *doc, struct kr_view body)
{
	const struct kr_verb_info *verb;
	struct kr_view name;
	enum kr_err err;

	if (kr_json_get_u64(doc, "id", &out->id) != KR_OK || out->id == 0) {
		*fault = "id";
		return KR_ERR_FIELD;
	}
	if (kr_json_get_str(doc, "verb", &name) != KR_OK) {
		*fault = "verb";
		return KR_ERR_FIELD;
	}
	out->verb = verb_of(name);
	verb = kr_verb_info(out->verb);
	if (verb == NULL) {
		return KR_ERR_VERB;
	}
	if ((err = read_fields(out, fault, verb, doc))) {
		return err;
	}
	return read_body(out, verb, body);
}

enum kr_err kr_request_read(
	struct kr_request *out, const char **fault, struct kr_view message, bool is_text)
{
	struct kr_message parts;
	struct kr_json_doc doc;
	enum kr_err err;

	memset(out, 0, sizeof(*out));
	out->verb = KR_NUM_VERBS;
	*fault = NULL;
	if ((err = kr_message_split(&parts, message, is_text)) ||
		(err = kr_json_parse(&doc, parts.object))) {
		return err;
	}
	err = read_object(out, fault, &doc, parts.body);
	kr_json_free(&doc);
	return err;
}

/* ---- Writing ---------------------------------------------------------------------- */

static void write_field(struct kr_json *j, const struct field_info *field,
	const struct kr_request *request)
{
	const void *member = (const uint8_t *)request + field->offset;
	struct kr_topic topic;
	uint64_t value;
	bool flag;

	switch (field->type) {
	case FIELD_BYTES:
		kr_json_bytes(j, field->name, kr_view(member, field->size));
		break;
	case FIELD_TOPIC:
		memcpy(&topic, member, sizeof(topic));
		kr_json_topic(j, field->name, &topic);
		break;
	case FIELD_UINT:
		memcpy(&value, member, sizeof(value));
		kr_json_u64(j, field->name, value);
		break;
	case FIELD_BOOL:
		memcpy(&flag, member, sizeof(flag));
		kr_json_bool(j, field->name, flag);
		break;
	case FIELD_IDS:
		kr_json_ids(j, field->name,
			kr_view(member, request->num_coordinators * KR_ID_BYTES));
		break;
	}
}

void kr_request_write(
	struct kr_writer *w, bool *is_text, const struct kr_request *request)
{
	const struct kr_verb_info *verb = kr_verb_info(request->verb);
	struct kr_json j;
	size_t begin = w->len;

	*is_text = request->body.len == 0;
	if (verb == NULL) {
		kr_writer_fail(w, KR_ERR_ARGUMENT);
		return;
	}
	if (!*is_text) {
		begin = kr_message_begin(w);
	}
	kr_json_begin(&j, w);
	kr_json_str(&j, "verb", verb->name);
	kr_json_u64(&j, "id", request->id);
	for (size_t i = 0; i < KR_NUM_FIELDS; i++) {
		if ((request->fields & UINT32_C(1) << i) != 0) {
			write_field(&j, &fields[i], request);
		}
	}
	kr_json_end(&j);
	if (!*is_text) {
		kr_message_end(w, begin, request->body);
	}
}
