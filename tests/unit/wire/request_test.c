/* Requests and messages: every verb both ways, frames, errors. Refusals by verb and
 * field are in tests/unit/relay/verbs_test.c, where a relay answers them. */
#include <kring/request.h>

#include <string.h>

#include "test.h"

/* A request with all fields that the verb takes. */
static struct kr_request full_request(enum kr_verb verb)
{
	const struct kr_verb_info *info = kr_verb_info(verb);
	struct kr_request r;

	memset(&r, 0, sizeof(r));
	r.verb = verb;
	r.id = KR_JSON_INT_MAX;
	r.fields = info->required | info->optional;
	memset(r.event, 1, sizeof(r.event));
	memset(r.account, 2, sizeof(r.account));
	memset(r.key, 3, sizeof(r.key));
	memset(r.sig, 4, sizeof(r.sig));
	r.topic = kr_topic(KR_TOPIC_GROUP, r.account);
	r.after_topic = kr_topic(KR_TOPIC_COMMUNITY, r.key);
	r.rev = r.at = r.max = r.count = r.uses = 1;
	r.until_ms = KR_JSON_INT_MAX;
	r.last_resort = r.replace = r.coordinator = r.main = true;
	r.num_coordinators = 2;
	memset(r.coordinators, 5, sizeof(r.coordinators));
	r.body = info->body == KR_BODY_NONE ? kr_view(NULL, 0) : kr_view_str("body");
	return r;
}

static void every_verb_both_ways(void **state)
{
	(void)state;
	for (enum kr_verb verb = 0; verb < KR_NUM_VERBS; verb++) {
		struct kr_request r = full_request(verb);
		KR_AUTO_WRITER struct kr_writer w = {0};
		KR_AUTO_WRITER struct kr_writer again = {0};
		struct kr_request back;
		const char *fault;
		bool is_text;

		kr_writer_init(&w);
		kr_writer_init(&again);
		kr_request_write(&w, &is_text, &r);
		assert_int_equal(w.err, KR_OK);
		assert_int_equal(is_text, kr_verb_info(verb)->body == KR_BODY_NONE);
		assert_int_equal(
			kr_request_read(&back, &fault, kr_writer_view(&w), is_text),
			KR_OK);
		assert_int_equal(back.verb, verb);
		assert_true(back.id == r.id);
		assert_int_equal(back.fields, r.fields);
		assert_true(kr_view_equal(back.body, r.body));
		kr_request_write(&again, &is_text, &back);
		assert_true(kr_view_equal(kr_writer_view(&w), kr_writer_view(&again)));
	}
	assert_null(kr_verb_info(KR_NUM_VERBS));
}

/* Every truncation of a message is refused, with a code that PROTOCOL.md has for it. */
static void every_truncation_fails(void **state)
{
	(void)state;
	for (enum kr_verb verb = 0; verb < KR_NUM_VERBS; verb++) {
		struct kr_request r = full_request(verb);
		KR_AUTO_WRITER struct kr_writer w = {0};
		struct kr_request back;
		const char *fault;
		bool is_text;
		size_t body_len = r.body.len;

		kr_writer_init(&w);
		kr_request_write(&w, &is_text, &r);
		for (size_t len = 0; len < w.len - body_len; len++) {
			enum kr_err err = kr_request_read(
				&back, &fault, kr_view(w.data, len), is_text);

			assert_true(err == KR_ERR_JSON || err == KR_ERR_FRAME);
		}
	}
}

static void bounds_of_numbers(void **state)
{
	static const struct {
		const char *text;
		enum kr_err err;
	} cases[] = {
		{"{\"verb\":\"ping\",\"id\":1}", KR_OK},
		{"{\"id\":1,\"verb\":\"ping\"}", KR_OK},
		{"{\"verb\":\"ping\",\"id\":0}", KR_ERR_FIELD},
		{"{\"verb\":\"ping\",\"id\":-1}", KR_ERR_FIELD},
		{"{\"verb\":\"ping\"}", KR_ERR_FIELD},
		{"{\"id\":1}", KR_ERR_FIELD},
		{"{\"verb\":1,\"id\":1}", KR_ERR_FIELD},
		{"{\"verb\":\"Ping\",\"id\":1}", KR_ERR_VERB},
		{"{\"verb\":\"\",\"id\":1}", KR_ERR_VERB},
		{"{\"verb\":\"case.submit\",\"id\":1}", KR_ERR_FIELD},
		{"{\"verb\":\"case.close\",\"id\":1}", KR_ERR_VERB},
		{"{\"verb\":\"account.topics\",\"id\":1}", KR_OK},
		{"{\"verb\":\"account.topics\",\"id\":1,\"after_topic\":\"\"}",
			KR_ERR_FIELD},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_request r;
		const char *fault;

		assert_int_equal(
			kr_request_read(&r, &fault, kr_view_str(cases[i].text), true),
			cases[i].err);
	}
}

static void frames(void **state)
{
	static const struct {
		struct kr_view bytes;
		enum kr_err err;
		size_t object_len;
		size_t body_len;
	} cases[] = {
		{{(const uint8_t *)"", 0}, KR_ERR_FRAME, 0, 0},
		{{(const uint8_t *)"\0", 1}, KR_ERR_FRAME, 0, 0},
		{{(const uint8_t *)"\0\0", 2}, KR_OK, 0, 0},
		{{(const uint8_t *)"\0\2{}", 4}, KR_OK, 2, 0},
		{{(const uint8_t *)"\0\2{}xyz", 7}, KR_OK, 2, 3},
		{{(const uint8_t *)"\0\3{}", 4}, KR_ERR_FRAME, 0, 0},
		{{(const uint8_t *)"\x10\1{}", 4}, KR_ERR_TOO_LARGE, 0, 0},
		{{(const uint8_t *)"\xff\xff{}", 4}, KR_ERR_TOO_LARGE, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_message m;

		assert_int_equal(
			kr_message_split(&m, cases[i].bytes, false), cases[i].err);
		assert_int_equal(m.object.len, cases[i].object_len);
		assert_int_equal(m.body.len, cases[i].body_len);
	}
}

static void websocket_headers(void **state)
{
	static const struct {
		uint64_t len;
		size_t header_len;
		const char *header;
	} cases[] = {
		{0, 2, "\x82\x00"},
		{125, 2, "\x82\x7d"},
		{126, 4, "\x82\x7e\x00\x7e"},
		{65535, 4, "\x82\x7e\xff\xff"},
		{65536, 10, "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		uint8_t out[KR_WS_HEADER_MAX];

		assert_int_equal(kr_ws_header(out, KR_WS_BINARY, cases[i].len),
			cases[i].header_len);
		assert_memory_equal(out, cases[i].header, cases[i].header_len);
	}
}

/* Every error has a code of PROTOCOL.md; what a peer has no part in is "internal". */
static void errors_of_the_wire(void **state)
{
	(void)state;
	for (int err = 1; err < KR_ERR_END; err++) {
		const struct kr_wire_error *wire = kr_wire_error((enum kr_err)err);

		assert_non_null(wire);
		assert_true(strlen(wire->code) > 0 && strlen(wire->text) > 0);
		assert_true(strlen(kr_retry_name(wire->retry)) > 0);
	}
	assert_string_equal(kr_wire_error(KR_ERR_MEMORY)->code, "internal");
	assert_string_equal(kr_wire_error(KR_ERR_STORE_DAMAGED)->code, "internal");
	assert_string_equal(kr_wire_error(KR_ERR_CURSOR_TRIMMED)->code, "trimmed");
	assert_int_equal(kr_wire_error(KR_ERR_AUTH_FAILED)->close, KR_CLOSE_AUTH);
	assert_int_equal(kr_wire_error(KR_ERR_EPOCH_TAKEN)->retry, KR_RETRY_REBASE);
}

static void account_ids(void **state)
{
	uint8_t key[KR_ED25519_PUBLIC_BYTES] = {1};
	uint8_t bytes[16 + sizeof(key)] = "kring account v1";
	uint8_t expected[KR_ID_BYTES];
	uint8_t id[KR_ID_BYTES];

	(void)state;
	memcpy(bytes + 16, key, sizeof(key));
	kr_sha256(expected, kr_view(bytes, sizeof(bytes)));
	kr_account_id(id, key);
	assert_memory_equal(id, expected, sizeof(id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verb_both_ways),
		cmocka_unit_test(every_truncation_fails),
		cmocka_unit_test(bounds_of_numbers),
		cmocka_unit_test(frames),
		cmocka_unit_test(websocket_headers),
		cmocka_unit_test(errors_of_the_wire),
		cmocka_unit_test(account_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
