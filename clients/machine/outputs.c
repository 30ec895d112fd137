#include "clients/machine/outputs.h"

#include <stdlib.h>
#include <string.h>

#include "clients/machine/json.h"

/* What is put out in the present input, whose store has no number yet. */
#define AFTER_THIS_INPUT UINT64_MAX

void outputs_init(struct outputs *outputs)
{
	*outputs = (struct outputs){0};
	outputs->last = &outputs->first;
	outputs->last_store = &outputs->first_store;
}

static void output_free(struct output *output)
{
	if (output == NULL) {
		return;
	}
	kr_bytes_free(&output->bytes);
	free(output->records);
	free(output);
}

static void list_free(struct output *first)
{
	while (first != NULL) {
		struct output *next = first->next;

		output_free(first);
		first = next;
	}
}

void outputs_free(struct outputs *outputs)
{
	list_free(outputs->first);
	list_free(outputs->first_store);
	output_free(outputs->given);
	outputs_init(outputs);
}

static enum kr_err add(
	struct outputs *outputs, const struct kr_core_output *out, struct kr_bytes *bytes)
{
	struct output *output = calloc(1, sizeof(*output));

	if (output == NULL) {
		kr_bytes_free(bytes);
		return KR_ERR_MEMORY;
	}
	output->after = AFTER_THIS_INPUT;
	output->out = *out;
	output->bytes = *bytes;
	output->out.bytes = kr_view_bytes(&output->bytes);
	*outputs->last = output;
	outputs->last = &output->next;
	return KR_OK;
}

static enum kr_err add_view(
	struct outputs *outputs, const struct kr_core_output *out, struct kr_view view)
{
	struct kr_bytes bytes;
	enum kr_err err = kr_bytes_copy(&bytes, view);

	return err != KR_OK ? err : add(outputs, out, &bytes);
}

static enum kr_err add_json(
	struct outputs *outputs, const struct kr_core_output *out, cJSON *object)
{
	struct kr_bytes bytes;
	enum kr_err err = json_print(&bytes, object);

	return err != KR_OK ? err : add(outputs, out, &bytes);
}

enum kr_err output_connect(struct outputs *outputs, const char *url)
{
	return add_view(outputs, &(struct kr_core_output){.kind = KR_CORE_CONNECT},
		kr_view_str(url));
}

enum kr_err output_send(struct outputs *outputs, struct kr_view message, bool is_text)
{
	return add_view(outputs,
		&(struct kr_core_output){.kind = KR_CORE_SEND, .is_text = is_text},
		message);
}

enum kr_err output_disconnect(struct outputs *outputs)
{
	return add_view(outputs, &(struct kr_core_output){.kind = KR_CORE_DISCONNECT},
		(struct kr_view){0});
}

enum kr_err output_timer(struct outputs *outputs, uint64_t time_ms)
{
	outputs->timer_ms = time_ms;
	return add_view(outputs,
		&(struct kr_core_output){.kind = KR_CORE_TIMER_AT, .time_ms = time_ms},
		(struct kr_view){0});
}

enum kr_err output_answer(struct outputs *outputs, uint64_t command, cJSON *answer)
{
	return add_json(outputs,
		&(struct kr_core_output){.kind = KR_CORE_ANSWER, .id = command}, answer);
}

enum kr_err output_tell(struct outputs *outputs, cJSON *tell)
{
	return add_json(outputs, &(struct kr_core_output){.kind = KR_CORE_TELL}, tell);
}

/* ---- Changes -------------------------------------------------------------------- */

static bool is_told_already(const struct outputs *outputs, struct kr_view text)
{
	for (const struct output *o = outputs->first; o != NULL; o = o->next) {
		if (o->after == AFTER_THIS_INPUT && o->out.kind == KR_CORE_TELL &&
			kr_view_equal(o->out.bytes, text)) {
			return true;
		}
	}
	return false;
}

enum kr_err output_tell_once(struct outputs *outputs, cJSON *tell)
{
	struct kr_bytes text;
	enum kr_err err = json_print(&text, tell);

	if (err != KR_OK) {
		return err;
	}
	if (is_told_already(outputs, kr_view_bytes(&text))) {
		kr_bytes_free(&text);
		return KR_OK;
	}
	return add(outputs, &(struct kr_core_output){.kind = KR_CORE_TELL}, &text);
}

/* ---- Stores --------------------------------------------------------------------- */

/* The changes with copies of their bytes in one block: records go on changing while the
 * host writes. */
static enum kr_err add_store(
	struct outputs *outputs, struct kr_core_record *records, size_t num)
{
	struct output *output = calloc(1, sizeof(*output));
	size_t len = 0;
	size_t at = 0;

	for (size_t i = 0; i < num; i++) {
		len += records[i].key.len + records[i].value.len;
	}
	if (output == NULL || kr_bytes_alloc(&output->bytes, len) != KR_OK) {
		free(output);
		return KR_ERR_MEMORY;
	}
	for (size_t i = 0; i < num; i++) {
		struct kr_view *parts[] = {&records[i].key, &records[i].value};

		for (size_t part = 0; part < 2; part++) {
			if (parts[part]->len > 0) {
				memcpy(output->bytes.data + at, parts[part]->data,
					parts[part]->len);
				parts[part]->data = output->bytes.data + at;
				at += parts[part]->len;
			}
		}
	}
	output->records = records;
	output->out = (struct kr_core_output){
		.kind = KR_CORE_STORE,
		.id = ++outputs->last_id,
		.records = records,
		.num_records = num,
	};
	*outputs->last_store = output;
	outputs->last_store = &output->next;
	return KR_OK;
}

enum kr_err outputs_close(
	struct outputs *outputs, struct kr_core_record *records, size_t num)
{
	enum kr_err err;

	if (num > 0 && (err = add_store(outputs, records, num))) {
		free(records);
		return err;
	}
	for (struct output *o = outputs->first; o != NULL; o = o->next) {
		if (o->after == AFTER_THIS_INPUT) {
			o->after = outputs->last_id;
		}
	}
	return KR_OK;
}

/* ---- Answers -------------------------------------------------------------------- */

enum kr_err output_done(struct outputs *outputs, uint64_t command, cJSON *fields)
{
	cJSON *answer = fields != NULL ? fields : cJSON_CreateObject();

	if (!json_add_flag(answer, "ok", true)) {
		cJSON_Delete(answer);
		return KR_ERR_MEMORY;
	}
	return output_answer(outputs, command, answer);
}

enum kr_err output_failed(
	struct outputs *outputs, uint64_t command, enum kr_err err, const char *code)
{
	cJSON *answer = cJSON_CreateObject();

	if (!json_add_error(answer, err, code)) {
		cJSON_Delete(answer);
		return KR_ERR_MEMORY;
	}
	return output_answer(outputs, command, answer);
}

bool outputs_take(struct outputs *outputs, struct kr_core_output *out)
{
	struct output *output = outputs->first_store;

	output_free(outputs->given);
	outputs->given = NULL;
	if (output != NULL) {
		outputs->first_store = output->next;
		if (output->next == NULL) {
			outputs->last_store = &outputs->first_store;
		}
	} else if ((output = outputs->first) != NULL &&
		output->after <= outputs->stored_id) {
		outputs->first = output->next;
		if (output->next == NULL) {
			outputs->last = &outputs->first;
		}
	} else {
		return false;
	}
	outputs->given = output;
	*out = output->out;
	return true;
}
