#include <kring/wire.h>

#include <inttypes.h>
#include <stdio.h>

static void put(struct kr_json *j, const char *text)
{
	kr_write_fixed(j->w, kr_view_str(text));
}

static void put_name(struct kr_json *j, const char *name)
{
	put(j, j->begun ? ",\"" : "\"");
	j->begun = true;
	put(j, name);
	put(j, "\":");
}

/* A quoted string with what JSON wants escaped, escaped. */
static void put_string(struct kr_json *j, const char *value)
{
	char escape[7];

	kr_write_u8(j->w, '"');
	for (const char *at = value; *at != '\0'; at++) {
		if ((unsigned char)*at < 0x20 || *at == '"' || *at == '\\') {
			snprintf(escape, sizeof(escape), "\\u%04x",
				(unsigned)(unsigned char)*at);
			put(j, escape);
		} else {
			kr_write_u8(j->w, (uint8_t)*at);
		}
	}
	kr_write_u8(j->w, '"');
}

/* Base64url in pieces of whole triples, so that no buffer bounds the value's length. */
static void put_bytes(struct kr_json *j, struct kr_view value)
{
	char text[KR_BASE64URL_LEN(48)];

	while (value.len > 0) {
		struct kr_view piece =
			kr_view(value.data, value.len < 48 ? value.len : 48);

		kr_base64url_encode(text, piece);
		kr_write_fixed(j->w, kr_view(text, KR_BASE64URL_LEN(piece.len)));
		value = kr_view(value.data + piece.len, value.len - piece.len);
	}
}

void kr_json_begin(struct kr_json *j, struct kr_writer *w)
{
	*j = (struct kr_json){.w = w};
	kr_write_u8(w, '{');
}

void kr_json_str(struct kr_json *j, const char *name, const char *value)
{
	put_name(j, name);
	put_string(j, value);
}

void kr_json_u64(struct kr_json *j, const char *name, uint64_t value)
{
	char digits[21];

	if (value > KR_JSON_INT_MAX) {
		kr_writer_fail(j->w, KR_ERR_ARGUMENT);
		return;
	}
	put_name(j, name);
	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	put(j, digits);
}

void kr_json_bool(struct kr_json *j, const char *name, bool value)
{
	put_name(j, name);
	put(j, value ? "true" : "false");
}

void kr_json_bytes(struct kr_json *j, const char *name, struct kr_view value)
{
	put_name(j, name);
	kr_write_u8(j->w, '"');
	put_bytes(j, value);
	kr_write_u8(j->w, '"');
}

void kr_json_topic(struct kr_json *j, const char *name, const struct kr_topic *value)
{
	char text[KR_TOPIC_TEXT_BYTES];

	kr_topic_to_text(text, value);
	kr_json_str(j, name, text);
}

void kr_json_ids(struct kr_json *j, const char *name, struct kr_view list)
{
	put_name(j, name);
	kr_write_u8(j->w, '[');
	for (size_t at = 0; at + KR_ID_BYTES <= list.len; at += KR_ID_BYTES) {
		put(j, at == 0 ? "\"" : ",\"");
		put_bytes(j, kr_view(list.data + at, KR_ID_BYTES));
		kr_write_u8(j->w, '"');
	}
	kr_write_u8(j->w, ']');
}

void kr_json_strs(
	struct kr_json *j, const char *name, const char *const *values, size_t num)
{
	put_name(j, name);
	kr_write_u8(j->w, '[');
	for (size_t i = 0; i < num; i++) {
		put(j, i == 0 ? "" : ",");
		put_string(j, values[i]);
	}
	kr_write_u8(j->w, ']');
}

void kr_json_topics(
	struct kr_json *j, const char *name, const struct kr_topic *topics, size_t num)
{
	char text[KR_TOPIC_TEXT_BYTES];

	put_name(j, name);
	kr_write_u8(j->w, '[');
	for (size_t i = 0; i < num; i++) {
		kr_topic_to_text(text, &topics[i]);
		put(j, i == 0 ? "" : ",");
		put_string(j, text);
	}
	kr_write_u8(j->w, ']');
}

void kr_json_end(struct kr_json *j)
{
	kr_write_u8(j->w, '}');
}
