#include "clients/core/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/commands.h"
#include "clients/core/state.h"

#define RETRY_FIRST_MS ((uint64_t)1000)
#define RETRY_MAX_MS   ((uint64_t)300000)

/* ---- Records -------------------------------------------------------------------- */

/*	struct { uint8 version = 1; uint8 kind; opaque event[16]; opaque what<V>;
 *	         uint64 since_ms; Topic topic; uint8 done_at_answer; opaque plain<V>;
 *	         opaque request<V>; } */
static enum kr_err op_put(struct kr_core *core, const struct op *op)
{
	struct record_key key = record_key_number(RECORD_OP, op->number);
	struct kr_writer w;

	kr_writer_init(&w);
	kr_write_u8(&w, 1);
	kr_write_u8(&w, (uint8_t)op->kind);
	kr_write_fixed(&w, kr_view(op->event, sizeof(op->event)));
	kr_write_vec(&w, kr_view_str(op->what));
	kr_write_u64(&w, op->since_ms);
	kr_write_fixed(&w, kr_view_topic(&op->topic));
	kr_write_u8(&w, op->done_at_answer);
	kr_write_vec(&w, kr_view_bytes(&op->plain));
	kr_write_vec(&w, kr_view_bytes(&op->request));
	return records_put_writer(&core->records, &key, &w);
}

static enum kr_err op_read(struct op *op, const struct record *record)
{
	struct kr_reader key =
		kr_reader(kr_view(record->key.data + 1, record->key.len - 1));
	struct kr_reader r = kr_reader(kr_view_bytes(&record->value));
	struct kr_view what;
	struct kr_view plain;
	struct kr_view request;
	uint8_t version;
	uint8_t kind;
	uint8_t done_at_answer;
	enum kr_err err;

	if ((err = kr_read_u64(&key, &op->number)) || (err = kr_read_end(&key)) ||
		(err = kr_read_u8(&r, &version)) || (err = kr_read_u8(&r, &kind)) ||
		(err = kr_read_copy(&r, op->event, sizeof(op->event))) ||
		(err = kr_read_vec(&r, &what)) ||
		(err = kr_read_u64(&r, &op->since_ms)) ||
		(err = kr_read_copy(&r, (uint8_t *)&op->topic, KR_TOPIC_BYTES)) ||
		(err = kr_read_u8(&r, &done_at_answer)) ||
		(err = kr_read_vec(&r, &plain)) || (err = kr_read_vec(&r, &request)) ||
		(err = kr_read_end(&r)) || what.len >= sizeof(op->what)) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	if (version != 1) {
		return KR_ERR_STORE_VERSION;
	}
	op->kind = (enum op_kind)kind;
	op->done_at_answer = done_at_answer != 0;
	memcpy(op->what, what.data, what.len);
	err = kr_bytes_copy(&op->plain, plain);
	return err != KR_OK ? err : kr_bytes_copy(&op->request, request);
}

static void op_free(struct op *op)
{
	kr_bytes_free(&op->plain);
	kr_bytes_free(&op->request);
	cJSON_Delete(op->answer);
	free(op);
}

/* At the end: numbers ascend. */
static void append(struct outbox *outbox, struct op *op)
{
	struct op **at = &outbox->first;

	while (*at != NULL) {
		at = &(*at)->next;
	}
	*at = op;
	outbox->last_number = op->number;
}

enum kr_err outbox_load(struct kr_core *core)
{
	struct record_key prefix = record_key(RECORD_OP);
	const struct record *record;
	size_t at = 0;

	while ((record = records_next(&core->records, record_key_view(&prefix), &at)) !=
		NULL) {
		struct op *op = calloc(1, sizeof(*op));
		enum kr_err err;

		if (op == NULL) {
			return KR_ERR_MEMORY;
		}
		if ((err = op_read(op, record))) {
			op_free(op);
			return err;
		}
		append(&core->outbox, op);
	}
	return KR_OK;
}

void outbox_free(struct kr_core *core)
{
	while (core->outbox.first != NULL) {
		struct op *next = core->outbox.first->next;

		op_free(core->outbox.first);
		core->outbox.first = next;
	}
}

/* ---- Putting in ----------------------------------------------------------------- */

static enum kr_err tell_queued(struct kr_core *core, const struct op *op)
{
	cJSON *tell;

	if (op->command == 0) {
		return KR_OK;
	}
	tell = cJSON_CreateObject();
	if (!json_add_str(tell, "tell", "queued") ||
		!json_add_bytes(tell, "op", kr_view(op->event, sizeof(op->event))) ||
		!json_add_number(tell, "command", op->command)) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&core->outputs, tell);
}

enum kr_err outbox_add(struct kr_core *core, struct op *op, struct op **added)
{
	struct op *copy = calloc(1, sizeof(*copy));
	enum kr_err err = KR_OK;

	if (copy == NULL) {
		kr_bytes_free(&op->plain);
		kr_bytes_free(&op->request);
		cJSON_Delete(op->answer);
		return KR_ERR_MEMORY;
	}
	*copy = *op;
	copy->number = core->outbox.last_number + 1;
	copy->since_ms = core->now_ms;
	if (kr_is_zero(copy->event, sizeof(copy->event))) {
		err = kr_random_fill(core->rng, copy->event, sizeof(copy->event));
	}
	if (err != KR_OK || (err = op_put(core, copy)) ||
		(err = tell_queued(core, copy))) {
		op_free(copy);
		return err;
	}
	append(&core->outbox, copy);
	if (added != NULL) {
		*added = copy;
	}
	return tell_changed(core, "outbox", NULL, NULL);
}

static enum kr_err add_request(struct kr_core *core, struct kr_request *request,
	const char *what, uint64_t command, cJSON *answer, bool done_at_answer)
{
	struct op op = {
		.kind = OP_REQUEST,
		.topic = request->topic,
		.done_at_answer = done_at_answer,
		.command = command,
		.answer = answer,
	};
	struct kr_writer w;
	bool is_text;
	enum kr_err err = KR_OK;

	(void)strncpy(op.what, what, sizeof(op.what) - 1);
	request->id = 1;
	kr_writer_init(&w);
	if (kr_is_zero(request->event, sizeof(request->event))) {
		err = kr_random_fill(core->rng, request->event, sizeof(request->event));
	}
	memcpy(op.event, request->event, sizeof(op.event));
	kr_request_write(&w, &is_text, request);
	if (err == KR_OK) {
		err = kr_writer_finish(&w, &op.request);
	}
	if (err != KR_OK) {
		kr_writer_free(&w);
		cJSON_Delete(answer);
		return err;
	}
	return outbox_add(core, &op, NULL);
}

enum kr_err outbox_add_request(struct kr_core *core, struct kr_request *request,
	const char *what, uint64_t command, cJSON *answer)
{
	return add_request(core, request, what, command, answer, false);
}

enum kr_err outbox_add_request_at_answer(struct kr_core *core, struct kr_request *request,
	const char *what, uint64_t command, cJSON *answer)
{
	return add_request(core, request, what, command, answer, true);
}

enum kr_err outbox_update(struct kr_core *core, struct op *op)
{
	return op_put(core, op);
}

/* ---- Looking -------------------------------------------------------------------- */

struct op *outbox_find(struct kr_core *core, const uint8_t event[KR_EVENT_ID_BYTES])
{
	struct op *op = core->outbox.first;

	while (op != NULL && memcmp(op->event, event, KR_EVENT_ID_BYTES) != 0) {
		op = op->next;
	}
	return op;
}

struct op *outbox_first(
	struct kr_core *core, enum op_kind kind, const struct kr_topic *topic)
{
	struct op *op = core->outbox.first;

	while (op != NULL && (op->kind != kind || !kr_topic_equal(&op->topic, topic))) {
		op = op->next;
	}
	return op;
}

/* ---- Ends ----------------------------------------------------------------------- */

static void take_out(struct kr_core *core, struct op *op)
{
	struct op **at = &core->outbox.first;

	while (*at != op) {
		at = &(*at)->next;
	}
	*at = op->next;
}

static enum kr_err tell_failed(
	struct kr_core *core, const struct op *op, enum kr_err err, const char *code)
{
	cJSON *tell = cJSON_CreateObject();

	if (!json_add_str(tell, "tell", "failed") ||
		!json_add_bytes(tell, "op", kr_view(op->event, sizeof(op->event))) ||
		!json_add_str(tell, "what", op->what) ||
		!json_add_str(tell, "error", code != NULL ? code : kr_err_name(err)) ||
		!json_add_str(tell, "text", kr_err_sentence(err))) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&core->outputs, tell);
}

enum kr_err outbox_finish(
	struct kr_core *core, struct op *op, enum kr_err err, const char *code)
{
	struct record_key key = record_key_number(RECORD_OP, op->number);
	enum kr_err failed = records_delete(&core->records, &key);

	take_out(core, op);
	if (failed == KR_OK) {
		failed = kept_op_over(core, op->event, err, code);
	}
	if (failed == KR_OK && op->topic.kind == KR_TOPIC_COMMUNITY) {
		failed = community_op_over(core, op, err);
	} else if (failed == KR_OK && op->topic.kind == KR_TOPIC_INBOX && err == KR_OK) {
		failed = inbox_listed(core, op->topic.id);
	} else if (failed == KR_OK && op->topic.kind == KR_TOPIC_INBOX) {
		inbox_refused(core, op->topic.id);
	} else if (failed == KR_OK && op->topic.kind == KR_TOPIC_GROUP && err != KR_OK) {
		failed = group_op_refused(core, op, err);
	}
	if (failed == KR_OK && op->command != 0) {
		if (err == KR_OK) {
			failed = command_done(core, op->command, op->answer);
			op->answer = NULL;
		} else {
			failed = command_failed(core, op->command, err, code);
		}
	} else if (failed == KR_OK && err != KR_OK) {
		failed = tell_failed(core, op, err, code);
	}
	op_free(op);
	return failed != KR_OK ? failed : tell_changed(core, "outbox", NULL, NULL);
}

enum kr_err outbox_seen(struct kr_core *core, const struct kr_event *event)
{
	struct op *op;

	if (!is_own_account(core, event->author)) {
		return KR_OK;
	}
	op = outbox_find(core, event->id);
	if (op == NULL || !kr_topic_equal(&op->topic, &event->topic)) {
		return KR_OK;
	}
	if (op->answer == NULL && op->command != 0) {
		op->answer = cJSON_CreateObject();
	}
	if (op->command != 0 &&
		(!json_add_bytes(
			 op->answer, "event", kr_view(event->id, sizeof(event->id))) ||
			!json_add_number(op->answer, "seq", event->seq) ||
			!json_add_number(op->answer, "time", event->time_ms))) {
		return KR_ERR_MEMORY;
	}
	return outbox_finish(core, op, KR_OK, NULL);
}

/* ---- Sending -------------------------------------------------------------------- */

void outbox_disconnected(struct kr_core *core)
{
	for (struct op *op = core->outbox.first; op != NULL; op = op->next) {
		op->is_in_flight = false;
		op->is_accepted = false;
	}
}

static enum kr_err try_later(
	struct kr_core *core, struct op *op, const struct answer *answer)
{
	uint64_t wait = RETRY_MAX_MS;
	uint64_t extra;
	enum kr_err err;

	if (op->num_tries < 8) {
		wait = RETRY_FIRST_MS << op->num_tries;
	}
	if (answer->retry_ms > wait) {
		wait = answer->retry_ms;
	}
	op->num_tries++;
	if ((err = core_jitter(core, wait / 2 + 1, &extra))) {
		return err;
	}
	op->retry_ms = core->now_ms + wait + extra;
	return KR_OK;
}

static enum kr_err op_answered(
	struct kr_core *core, const struct answer *answer, struct kr_view context)
{
	struct op *op = outbox_find(core, context.data);

	if (op == NULL) {
		return KR_OK; /* its event came first */
	}
	op->is_in_flight = false;
	if (answer->ok) {
		op->is_accepted = true;
		return op->done_at_answer ? outbox_finish(core, op, KR_OK, NULL) : KR_OK;
	}
	if ((op->kind == OP_POST || op->kind == OP_COMMIT) &&
		answer->retry == KR_RETRY_REBASE) {
		return group_lost(core, op, answer);
	}
	if (answer->retry == KR_RETRY_LATER && !answer_is(answer, "muted")) {
		return try_later(core, op, answer);
	}
	return op->kind == OP_COMMIT ? group_lost(core, op, answer)
				     : outbox_finish(core, op, answer->err, answer->code);
}

/* The stored request with an id of this connection. */
static enum kr_err send(struct kr_core *core, struct op *op)
{
	struct kr_request request;
	struct kr_view message = kr_view_bytes(&op->request);
	const char *fault;
	bool is_text =
		message.data[0] == '{'; /* else a length's first byte, at most 16 */
	enum kr_err err = kr_request_read(&request, &fault, message, is_text);

	if (err != KR_OK) {
		return err == KR_ERR_MEMORY ? err : outbox_finish(core, op, err, NULL);
	}
	op->is_in_flight = true;
	return link_request(
		core, &request, op_answered, kr_view(op->event, sizeof(op->event)));
}

/* Is something for this topic, of before, on its way? Then this has to wait: appends that
 * are under way together may be stored in another order. */
static bool must_wait(const struct kr_core *core, const struct op *op)
{
	for (const struct op *o = core->outbox.first; o != op; o = o->next) {
		if (o->kind != OP_CHANGE && kr_topic_equal(&o->topic, &op->topic) &&
			!(o->kind == OP_POST && op->kind != OP_POST &&
				!o->is_in_flight)) {
			return true;
		}
	}
	return false;
}

/* The relay has it, and its event will not come: there is no access any more. */
static bool is_beyond_reach(const struct kr_core *core, const struct op *op)
{
	const struct topic *topic = topic_look(core, &op->topic);

	return op->is_accepted && topic != NULL && topic->is_closed;
}

static enum kr_err reconcile_op(struct kr_core *core, struct op *op)
{
	enum kr_err err;

	if (is_beyond_reach(core, op)) {
		return outbox_finish(core, op, KR_OK, NULL);
	}

	if (op->kind == OP_CHANGE || op->is_in_flight || op->is_accepted ||
		must_wait(core, op)) {
		return KR_OK;
	}
	if (op->retry_ms > core->now_ms) {
		core_wake(core, op->retry_ms);
		return KR_OK;
	}
	if (op->request.len == 0) {
		err = group_prepare(core, op);
		return err == KR_ERR_STATE ? KR_OK : err;
	}
	return link_has_room(core) ? send(core, op) : KR_OK;
}

enum kr_err outbox_reconcile(struct kr_core *core)
{
	struct op *next;
	enum kr_err err = KR_OK;

	if (core->link.state != LINK_ONLINE) {
		return KR_OK;
	}
	for (struct op *op = core->outbox.first; op != NULL && err == KR_OK; op = next) {
		next = op->next;
		err = reconcile_op(core, op);
	}
	return err;
}

/* ---- Questions ------------------------------------------------------------------ */

/* What is not even in the outbox yet: commands that wait for a connection. */
static enum kr_err list_held(const struct kr_core *core, cJSON *list)
{
	for (const struct waiting_command *w = core->waiting_commands; w != NULL;
		w = w->next) {
		cJSON *object = json_append_object(list);
		struct kr_view what = {0};
		uint8_t id[KR_ID_BYTES];

		(void)json_text(w->args, "do", &what);
		if (!json_add_text(object, "what", what) ||
			!json_add_number(object, "since", w->since_ms) ||
			(json_bytes(w->args, "case", id, sizeof(id)) == KR_OK &&
				!json_add_id(object, "case", id))) {
			return KR_ERR_MEMORY;
		}
	}
	return KR_OK;
}

enum kr_err ask_outbox(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	cJSON *list = json_add_array(answer, "ops");

	(void)question;
	for (const struct op *op = core->outbox.first; op != NULL; op = op->next) {
		cJSON *object = json_append_object(list);

		if (!json_add_bytes(
			    object, "op", kr_view(op->event, sizeof(op->event))) ||
			!json_add_str(object, "what", op->what) ||
			!json_add_number(object, "since", op->since_ms) ||
			!json_add_str(object, "state",
				op->is_in_flight || op->is_accepted ? "sent"
								    : "waiting") ||
			(op->topic.kind == KR_TOPIC_GROUP &&
				!json_add_id(object, "group", op->topic.id)) ||
			(op->topic.kind == KR_TOPIC_CASE &&
				!json_add_id(object, "case", op->topic.id))) {
			return KR_ERR_MEMORY;
		}
	}
	return list_held(core, json_add_array(answer, "held"));
}
