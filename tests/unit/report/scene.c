#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay.h"
#include "test.h"

/* ---- Messages on their way to the machine ------------------------------------------ */

struct message {
	struct message *next;
	bool is_text;
	struct kr_bytes bytes;
};

static struct message *first;
static struct message **last = &first;

void scene_say(struct scene *s, struct kr_view message, bool is_text)
{
	struct message *m = calloc(1, sizeof(*m));

	(void)s;
	assert_non_null(m);
	assert_int_equal(kr_bytes_copy(&m->bytes, message), KR_OK);
	m->is_text = is_text;
	*last = m;
	last = &m->next;
}

static void drop_messages(void)
{
	while (first != NULL) {
		struct message *m = first;

		first = m->next;
		kr_bytes_free(&m->bytes);
		free(m);
	}
	last = &first;
}

/* ---- The machine --------------------------------------------------------------- */

static uint64_t machine_now(const struct scene *s)
{
	return (uint64_t)((int64_t)s->now_ms + s->machine_ahead_ms);
}

static void input(struct scene *s, struct kr_core_input in)
{
	assert_int_equal(kr_report_input(s->report, &in, machine_now(s), &s->rng), KR_OK);
}

static void disconnect(struct scene *s)
{
	drop_messages();
	s->is_connected = false;
	s->is_open = false;
	s->is_subscribed = false;
}

static void sent(struct scene *s, const struct kr_core_output *out)
{
	size_t before = s->num_sent;
	KR_AUTO_FREE struct kr_bytes copy = {0};

	assert_true(s->is_connected);
	assert_int_equal(kr_bytes_copy(&copy, out->bytes), KR_OK);
	relay_take(s, kr_view_bytes(&copy), out->is_text);
	if (s->num_sent > before && s->lose_answers > 0) {
		s->lose_answers--;
		disconnect(s);
		input(s, (struct kr_core_input){.kind = KR_CORE_DISCONNECTED});
	}
}

static bool take_output(struct scene *s)
{
	struct kr_core_output out;

	if (!kr_report_output(s->report, &out)) {
		return false;
	}
	switch (out.kind) {
	case KR_CORE_CONNECT:
		assert_true(
			kr_view_equal(out.bytes, kr_view_str("wss://relay.test/kring")));
		s->is_asked = true;
		break;
	case KR_CORE_SEND:
		sent(s, &out);
		break;
	case KR_CORE_DISCONNECT:
		disconnect(s);
		break;
	case KR_CORE_TIMER_AT:
		s->timer_ms = out.time_ms;
		break;
	case KR_CORE_ANSWER:
		cJSON_Delete(s->answer);
		s->answer = cJSON_ParseWithLength(
			(const char *)out.bytes.data, out.bytes.len);
		assert_int_equal(out.id, s->last_command);
		break;
	case KR_CORE_TELL:
		cJSON_AddItemToArray(s->tells,
			cJSON_ParseWithLength(
				(const char *)out.bytes.data, out.bytes.len));
		break;
	case KR_CORE_STORE:
		fail_msg("a reporter keeps nothing");
	}
	return true;
}

static bool take_message(struct scene *s)
{
	struct message *m = first;

	if (m == NULL) {
		return false;
	}
	first = m->next;
	last = first == NULL ? &first : last;
	input(s,
		(struct kr_core_input){.kind = KR_CORE_MESSAGE,
			.bytes = kr_view_bytes(&m->bytes),
			.is_text = m->is_text});
	kr_bytes_free(&m->bytes);
	free(m);
	return true;
}

static bool connect_if_asked(struct scene *s)
{
	if (!s->is_asked) {
		return false;
	}
	s->is_asked = false;
	s->is_connected = true;
	s->num_connections++;
	input(s, (struct kr_core_input){.kind = KR_CORE_CONNECTED});
	relay_hello(s);
	return true;
}

void scene_run(struct scene *s)
{
	do {
		relay_deliver(s);
	} while (take_output(s) || connect_if_asked(s) || take_message(s));
}

void scene_pass(struct scene *s, uint64_t ms)
{
	s->now_ms += ms;
	if (s->timer_ms != 0 && s->timer_ms <= machine_now(s)) {
		input(s, (struct kr_core_input){.kind = KR_CORE_TIMER});
	}
	scene_run(s);
}

void scene_drop(struct scene *s)
{
	disconnect(s);
	input(s, (struct kr_core_input){.kind = KR_CORE_DISCONNECTED, .code = 1006});
	scene_pass(s, 60000);
}

const cJSON *scene_do(struct scene *s, const char *command)
{
	cJSON_Delete(s->answer);
	s->answer = NULL;
	input(s,
		(struct kr_core_input){.kind = KR_CORE_COMMAND,
			.id = ++s->last_command,
			.bytes = kr_view_str(command)});
	scene_run(s);
	return s->answer;
}

const cJSON *scene_dof(struct scene *s, const char *format, const char *value)
{
	char command[4096];

	(void)snprintf(command, sizeof(command), format, value);
	return scene_do(s, command);
}

cJSON *scene_ask(struct scene *s, const char *question)
{
	struct kr_bytes answer;
	cJSON *object;

	assert_int_equal(kr_report_query(s->report, kr_view_str(question), machine_now(s),
				 &answer),
		KR_OK);
	object = cJSON_ParseWithLength((const char *)answer.data, answer.len);
	kr_bytes_free(&answer);
	return object;
}

/* ---- Beginning and end --------------------------------------------------------- */

void scene_begin(struct scene *s)
{
	static const struct kr_secret seed = {.bytes = {42}};

	memset(s, 0, sizeof(*s));
	kr_random_seeded_init(&s->rng_state, &seed);
	s->rng = kr_random_seeded(&s->rng_state);
	s->now_ms = START_MS;
	s->tells = cJSON_CreateArray();
	relay_begin(s);
	assert_int_equal(kr_report_new(&s->report), KR_OK);
}

void scene_end(struct scene *s)
{
	kr_report_free(s->report);
	drop_messages();
	relay_end(s);
	for (size_t i = 0; i < s->num_sent; i++) {
		kr_bytes_free(&s->sent[i]);
	}
	cJSON_Delete(s->answer);
	cJSON_Delete(s->tells);
}

/* ---- Steps --------------------------------------------------------------------- */

void scene_link(const struct scene *s, size_t inbox, char out[256])
{
	struct kr_inbox_link link = {
		.prefix = kr_view_str("https://relay.test/melden"),
		.relay = kr_view_str(RELAY),
	};
	struct kr_writer w;

	memcpy(link.identity_key, s->inboxes[inbox].identity.public_key, 32);
	memcpy(link.reading_key, s->inboxes[inbox].secrets.reading_key, 32);
	kr_writer_init_fixed(&w, (uint8_t *)out, 255);
	kr_inbox_link_write(&w, &link);
	assert_int_equal(w.err, KR_OK);
	out[w.len] = '\0';
}

void scene_open(struct scene *s)
{
	char link[256];

	scene_link(s, WIJK, link);
	(void)scene_dof(s,
		"{\"do\":\"open\",\"url\":\"wss://relay.test/kring\",\"relay\":\"" RELAY
		"\",\"pinned\":true,\"link\":\"%s\"}",
		link);
}

void scene_receipt(struct scene *s, char digits[KR_RECEIPT_TEXT_BYTES])
{
	(void)scene_do(s, "{\"do\":\"receipt\"}");
	(void)snprintf(
		digits, KR_RECEIPT_TEXT_BYTES, "%s", text_of(s->answer, "receipt"));
	assert_int_equal(strlen(digits), KR_RECEIPT_TEXT_BYTES - 1);
}

void scene_send(struct scene *s, char digits[KR_RECEIPT_TEXT_BYTES])
{
	scene_open(s);
	assert_non_null(s->answer);
	scene_receipt(s, digits);
	scene_send_signal(s, digits);
}

void scene_send_signal(struct scene *s, const char *digits)
{
	(void)scene_dof(s,
		"{\"do\":\"send\",\"receipt\":\"%s\",\"signal\":{\"kind\":\"anonymous\","
		"\"urgency\":\"today\",\"category\":\"violence\",\"at_risk\":[\"child\"],"
		"\"danger_now\":\"unknown\",\"weapons\":\"no\",\"family_knows\":\"no\","
		"\"street\":\"Dorpsstraat\",\"number\":\"12-A\",\"postcode\":\"1234 ab\","
		"\"seen\":\"Geschreeuw en gebonk, elke nacht.\",\"reach\":\"receipt\","
		"\"origin\":\"poster\"}}",
		digits);
}

const cJSON *scene_return(struct scene *s, const char *digits)
{
	kr_report_free(s->report);
	disconnect(s);
	s->is_asked = false;
	s->timer_ms = 0;
	assert_int_equal(kr_report_new(&s->report), KR_OK);
	return scene_dof(s,
		"{\"do\":\"return\",\"url\":\"wss://relay.test/kring\",\"relay\":\"" RELAY
		"\",\"receipt\":\"%s\"}",
		digits);
}

const char *text_of(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(item) ? item->valuestring : "";
}

bool scene_was_told(const struct scene *s, const char *tell, const char *name)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, s->tells)
	{
		if (strcmp(text_of(item, "tell"), tell) == 0 &&
			(name == NULL || strcmp(text_of(item, "name"), name) == 0)) {
			return true;
		}
	}
	return false;
}
