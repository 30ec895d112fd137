#include "clients/core/outputs.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/json.h"
#include "clients/core/state.h"

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
	struct kr_core *core, const struct kr_core_output *out, struct kr_bytes *bytes)
{
	struct outputs *outputs = &core->outputs;
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
	struct kr_core *core, const struct kr_core_output *out, struct kr_view view)
{
	struct kr_bytes bytes;
	enum kr_err err = kr_bytes_copy(&bytes, view);

	return err != KR_OK ? err : add(core, out, &bytes);
}

static enum kr_err add_json(
	struct kr_core *core, const struct kr_core_output *out, cJSON *object)
{
	struct kr_bytes bytes;
	enum kr_err err = json_print(&bytes, object);

	return err != KR_OK ? err : add(core, out, &bytes);
}

enum kr_err output_connect(struct kr_core *core, const char *url)
{
	return add_view(core, &(struct kr_core_output){.kind = KR_CORE_CONNECT},
		kr_view_str(url));
}

enum kr_err output_send(struct kr_core *core, struct kr_view message, bool is_text)
{
	return add_view(core,
		&(struct kr_core_output){.kind = KR_CORE_SEND, .is_text = is_text},
		message);
}

enum kr_err output_disconnect(struct kr_core *core)
{
	return add_view(core, &(struct kr_core_output){.kind = KR_CORE_DISCONNECT},
		(struct kr_view){0});
}

enum kr_err output_timer(struct kr_core *core, uint64_t time_ms)
{
	core->outputs.timer_ms = time_ms;
	return add_view(core,
		&(struct kr_core_output){.kind = KR_CORE_TIMER_AT, .time_ms = time_ms},
		(struct kr_view){0});
}

enum kr_err output_answer(struct kr_core *core, uint64_t command, cJSON *answer)
{
	return add_json(core,
		&(struct kr_core_output){.kind = KR_CORE_ANSWER, .id = command}, answer);
}

enum kr_err output_tell(struct kr_core *core, cJSON *tell)
{
	return add_json(core, &(struct kr_core_output){.kind = KR_CORE_TELL}, tell);
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

enum kr_err tell_changed(struct kr_core *core, const char *what, const uint8_t *community,
	const uint8_t *group)
{
	cJSON *tell = cJSON_CreateObject();
	struct kr_bytes text;
	enum kr_err err;

	if (!json_add_str(tell, "tell", "changed") || !json_add_str(tell, "what", what) ||
		(community != NULL && !json_add_id(tell, "community", community)) ||
		(group != NULL && !json_add_id(tell, "group", group))) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	if ((err = json_print(&text, tell))) {
		return err;
	}
	if (is_told_already(&core->outputs, kr_view_bytes(&text))) {
		kr_bytes_free(&text);
		return KR_OK;
	}
	return add(core, &(struct kr_core_output){.kind = KR_CORE_TELL}, &text);
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

enum kr_err outputs_close(struct kr_core *core)
{
	struct outputs *outputs = &core->outputs;
	struct kr_core_record *records;
	size_t num;
	enum kr_err err = records_changes(&core->records, &records, &num);

	if (err != KR_OK) {
		return err;
	}
	if (num > 0) {
		if ((err = add_store(outputs, records, num))) {
			free(records);
			return err;
		}
		records_forget_deleted(&core->records);
	}
	for (struct output *o = outputs->first; o != NULL; o = o->next) {
		if (o->after == AFTER_THIS_INPUT) {
			o->after = outputs->last_id;
		}
	}
	return KR_OK;
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
