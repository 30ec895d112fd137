#include <kring/core.h>

#include <stdlib.h>

#include "clients/core/state.h"

enum kr_err kr_core_new(struct kr_core **core)
{
	enum kr_err err = kr_crypto_init();

	*core = NULL;
	if (err != KR_OK) {
		return err;
	}
	*core = calloc(1, sizeof(**core));
	if (*core == NULL) {
		return KR_ERR_MEMORY;
	}
	outputs_init(&(*core)->outputs);
	return KR_OK;
}

void kr_core_free(struct kr_core *core)
{
	if (core == NULL) {
		return;
	}
	commands_free(core);
	cases_free(core);
	inboxes_free(core);
	groups_free(core);
	communities_free(core);
	account_free(core);
	outbox_free(core);
	topics_free(core);
	outputs_free(&core->outputs);
	records_free(&core->records);
	kr_wipe(core, sizeof(*core));
	free(core);
}

enum kr_err kr_core_load(struct kr_core *core, struct kr_view key, struct kr_view value)
{
	return core->is_started ? KR_ERR_STATE : records_load(&core->records, key, value);
}

void core_wake(struct kr_core *core, uint64_t time_ms)
{
	if (core->wake_ms == 0 || time_ms < core->wake_ms) {
		core->wake_ms = time_ms;
	}
}

enum kr_err core_jitter(struct kr_core *core, uint64_t span_ms, uint64_t *out)
{
	uint32_t number;
	enum kr_err err = kr_random_fill(core->rng, (uint8_t *)&number, sizeof(number));

	*out = err == KR_OK && span_ms > 0 ? number % span_ms : 0;
	return err;
}

enum kr_err tell_changed(struct kr_core *core, const char *what, const uint8_t *community,
	const uint8_t *group)
{
	cJSON *tell = cJSON_CreateObject();

	if (!json_add_str(tell, "tell", "changed") || !json_add_str(tell, "what", what) ||
		(community != NULL && !json_add_id(tell, "community", community)) ||
		(group != NULL && !json_add_id(tell, "group", group))) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell_once(&core->outputs, tell);
}

/* ---- Inputs --------------------------------------------------------------------- */

/* The order in which one rests on the other. */
static enum kr_err start(struct kr_core *core)
{
	enum kr_err err;

	if ((err = account_load(core)) || (err = topics_load(core)) ||
		(err = outbox_load(core)) || (err = communities_load(core)) ||
		(err = groups_load(core)) || (err = inboxes_load(core)) ||
		(err = cases_load(core))) {
		return err;
	}
	core->is_started = true;
	core->link.wanted = core->identity.is_linked;
	return KR_OK;
}

static enum kr_err take_stored(struct kr_core *core, uint64_t id)
{
	struct outputs *outputs = &core->outputs;

	if (id != outputs->stored_id + 1 || id > outputs->last_id) {
		return KR_ERR_STATE;
	}
	outputs->stored_id = id;
	return groups_stored(core, id);
}

static enum kr_err take(struct kr_core *core, const struct kr_core_input *input)
{
	switch (input->kind) {
	case KR_CORE_START:
		return start(core);
	case KR_CORE_COMMAND:
		return commands_do(core, input->id, input->bytes);
	case KR_CORE_STORED:
		return take_stored(core, input->id);
	case KR_CORE_STORE_FAILED:
		core->is_stopped = true;
		return KR_OK;
	case KR_CORE_CONNECTED:
		return link_connected(core);
	case KR_CORE_MESSAGE:
		return link_message(core, input->bytes, input->is_text);
	case KR_CORE_DISCONNECTED:
		return link_disconnected(core, input->code);
	case KR_CORE_TIMER:
		/* What is due is found by reconciling. It may have gone off too early, if
		 * the clock was set back: then it is asked for again. */
		core->outputs.timer_ms = 0;
		return KR_OK;
	case KR_CORE_ONLINE:
		link_want(core, core->link.wanted);
		return KR_OK;
	}
	return KR_ERR_STATE;
}

/* ---- What follows from the state ------------------------------------------------ */

static bool is_settled(const struct kr_core *core)
{
	return core->link.state == LINK_ONLINE && core->link.num_waiting == 0 &&
		core->outbox.first == NULL && topics_are_caught_up(core) &&
		!groups_are_busy(core) && !cases_are_busy(core) &&
		!notices_are_busy(core) && core->waiting_commands == NULL;
}

/* `sync` is answered when there is nothing left to do, or to wait for. */
static enum kr_err answer_sync(struct kr_core *core)
{
	uint64_t command = core->sync_command;
	cJSON *answer;

	if (command == 0) {
		return KR_OK;
	}
	if (core->link.state == LINK_REFUSED) {
		core->sync_command = 0;
		return command_failed(core, command, KR_ERR_FORBIDDEN, NULL);
	}
	if (!is_settled(core)) {
		return KR_OK;
	}
	core->sync_command = 0;
	answer = cJSON_CreateObject();
	if (!json_add_number(answer, "events", core->sync_events)) {
		cJSON_Delete(answer);
		return KR_ERR_MEMORY;
	}
	return command_done(core, command, answer);
}

/* What is to be done follows from the state: each part looks at it after every input, and
 * nothing has to be remembered besides. */
static enum kr_err reconcile(struct kr_core *core)
{
	enum kr_err err;

	core->wake_ms = 0;
	if ((err = link_reconcile(core)) || (err = topics_reconcile(core)) ||
		(err = account_reconcile(core)) || (err = communities_reconcile(core)) ||
		(err = groups_reconcile(core)) || (err = notices_read(core)) ||
		(err = inboxes_reconcile(core)) || (err = notices_bring(core)) ||
		(err = inboxes_renew(core)) || (err = cases_reconcile(core)) ||
		(err = commands_reconcile(core)) || (err = outbox_reconcile(core)) ||
		(err = answer_sync(core))) {
		return err;
	}
	return core->wake_ms == core->outputs.timer_ms
		? KR_OK
		: output_timer(&core->outputs, core->wake_ms);
}

/* What was changed is stored before anything goes out that was put out in this input. */
static enum kr_err close_input(struct kr_core *core)
{
	struct kr_core_record *records;
	size_t num;
	enum kr_err err;

	if ((err = records_changes(&core->records, &records, &num)) ||
		(err = outputs_close(&core->outputs, records, num))) {
		return err;
	}
	if (num > 0) {
		records_forget_deleted(&core->records);
	}
	return KR_OK;
}

enum kr_err kr_core_input(struct kr_core *core, const struct kr_core_input *input,
	uint64_t now_ms, const struct kr_random *rng)
{
	enum kr_err err;

	if (core->is_stopped || core->is_started == (input->kind == KR_CORE_START)) {
		return KR_ERR_STATE;
	}
	core->now_ms = now_ms;
	core->rng = rng;
	err = take(core, input);
	if (err == KR_OK && !core->is_stopped) {
		err = reconcile(core);
	}
	if (err == KR_OK && !core->is_stopped) {
		err = close_input(core);
	}
	core->rng = NULL;
	core->is_stopped = core->is_stopped || (err != KR_OK && err != KR_ERR_STATE);
	return err;
}

bool kr_core_output(struct kr_core *core, struct kr_core_output *out)
{
	return !core->is_stopped && outputs_take(&core->outputs, out);
}

enum kr_err kr_core_query(struct kr_core *core, struct kr_view question, uint64_t now_ms,
	struct kr_bytes *answer)
{
	if (!core->is_started || core->is_stopped) {
		return KR_ERR_STATE;
	}
	core->now_ms = now_ms;
	return commands_ask(core, question, answer);
}
