#include "clients/report/act.h"

#include <string.h>

#include "clients/machine/names.h"
#include "clients/report/commands.h"
#include "clients/report/state.h"

enum {
	HAS_TEXT = 1,    /* "text", needed */
	MAY_TEXT = 2,    /* "text", or nothing */
	HAS_URGENCY = 4, /* "urgency" */
	HAS_INBOX = 8,   /* "inbox" */
};

static const struct act_info {
	const char *command;
	enum kr_event_type type;
	unsigned fields;
} infos[] = {
	{"answer", KR_EVENT_ANSWER, HAS_TEXT},
	{"worse", KR_EVENT_URGENCY_CHANGED, MAY_TEXT | HAS_URGENCY},
	{"goes_on", KR_EVENT_REOPENED, MAY_TEXT | HAS_URGENCY},
	{"withdraw", KR_EVENT_WITHDRAWN, MAY_TEXT},
	{"consent", KR_EVENT_CONSENTED, HAS_INBOX},
	{"seen", KR_EVENT_CLOSE_READ, 0},
	{"erase", KR_EVENT_ERASED, 0},
};

#define NUM_INFOS (sizeof(infos) / sizeof(infos[0]))

void act_wipe(struct act *act)
{
	kr_bytes_free(&act->words);
	kr_bytes_free(&act->sealed);
	kr_wipe(act, sizeof(*act));
}

/* ---- The command ---------------------------------------------------------------- */

static struct kr_case_act case_act(const struct act *act)
{
	return (struct kr_case_act){
		.type = act->type,
		.actor = KR_ACTOR_REPORTER,
		.inbox = act->inbox,
		.urgency = act->urgency,
	};
}

static enum kr_err permitted(const struct kr_report *report, const struct act *act)
{
	struct kr_case_state state = report->follow.chain.state;
	struct kr_case_act a = case_act(act);

	return kr_case_apply(&state, &a);
}

static enum kr_err read_words(struct act *act, const cJSON *args, bool is_needed)
{
	struct kr_words words = {.type = (uint16_t)act->type};
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err = is_needed ? json_text(args, "text", &words.text)
				    : json_text_optional(args, "text", &words.text);

	kr_writer_init(&w);
	if (err != KR_OK) {
		return err;
	}
	kr_words_write(&w, &words);
	return kr_writer_finish(&w, &act->words);
}

static enum kr_err read_act(
	struct act *act, const struct act_info *info, const cJSON *args)
{
	static const char *const names[] = {"text", "urgency", "inbox", NULL};
	const bool has[] = {(info->fields & (HAS_TEXT | MAY_TEXT)) != 0,
		(info->fields & HAS_URGENCY) != 0, (info->fields & HAS_INBOX) != 0};
	enum kr_err err = json_only(args, names);

	for (size_t i = 0; err == KR_OK && names[i] != NULL; i++) {
		if (!has[i] && cJSON_GetObjectItemCaseSensitive(args, names[i]) != NULL) {
			err = KR_ERR_FIELD;
		}
	}
	if (err == KR_OK && has[0]) {
		err = read_words(act, args, (info->fields & HAS_TEXT) != 0);
	}
	if (err == KR_OK && has[1]) {
		err = names_read(&act->urgency, names_urgency, args, "urgency");
	}
	if (err == KR_OK && has[2]) {
		err = json_bytes(args, "inbox", act->inbox, sizeof(act->inbox));
	}
	return err;
}

enum kr_err command_act(struct kr_report *report, const struct command *command)
{
	struct act act = {.command = command->id, .tick = report->tick};
	struct kr_view name;
	enum kr_err err = json_text(command->args, "do", &name);
	size_t i = 0;

	while (i < NUM_INFOS && !kr_view_equal(name, kr_view_str(infos[i].command))) {
		i++;
	}
	if (err != KR_OK || i == NUM_INFOS) {
		return KR_ERR_VERB;
	}
	act.type = infos[i].type;
	act.num_words = report->follow.num_words;
	if (report->act.command != 0 || report->follow.chain.seq == 0 ||
		report->follow.lie != KR_CASE_TRUE) {
		return KR_ERR_STATE;
	}
	if ((err = read_act(&act, &infos[i], command->args)) ||
		(err = permitted(report, &act))) {
		act_wipe(&act);
		return err;
	}
	report->act = act;
	return KR_OK;
}

bool acts_add(cJSON *answer, const struct kr_report *report)
{
	const struct kr_case_state *state = &report->follow.chain.state;
	cJSON *list = json_add_array(answer, "acts");

	for (size_t i = 0; list != NULL && i < NUM_INFOS; i++) {
		struct act act = {.type = infos[i].type, .urgency = state->urgency};
		bool is_possible = false;

		if (act.type == KR_EVENT_URGENCY_CHANGED) {
			act.urgency = state->urgency > KR_URGENCY_DANGER_NOW
				? (uint8_t)(state->urgency - 1)
				: state->urgency;
		}
		for (size_t p = 0; p < state->num_parties && !is_possible; p++) {
			memcpy(act.inbox, state->parties[p].inbox, sizeof(act.inbox));
			is_possible = permitted(report, &act) == KR_OK;
		}
		if (is_possible && report->follow.lie == KR_CASE_TRUE &&
			!cJSON_AddItemToArray(
				list, cJSON_CreateString(infos[i].command))) {
			return false;
		}
	}
	return list != NULL;
}

/* ---- Sealing -------------------------------------------------------------------- */

static enum kr_err end(struct kr_report *report, enum kr_err err, const char *code)
{
	uint64_t command = report->act.command;

	act_wipe(&report->act);
	return err == KR_OK ? output_done(&report->outputs, command, NULL)
			    : output_failed(&report->outputs, command, err, code);
}

struct draft {
	struct kr_case_event event;
	struct kr_inbox_record record;
	struct kr_recipient readers[KR_CASE_PARTIES_MAX + 1];
	uint8_t storage[KR_ENVELOPE_STORAGE];
};

static enum kr_err seal_words(struct kr_report *report, struct draft *draft,
	size_t num_readers, struct kr_writer *wraps)
{
	const struct act *act = &report->act;
	struct kr_envelope_secret secret;
	enum kr_err err = kr_envelope_seal(&draft->event, &secret, draft->storage,
		KR_ENVELOPE_WORDS, kr_view_bytes(&act->words), report->rng);

	for (size_t i = 0; err == KR_OK && i < num_readers; i++) {
		struct kr_recipient *to = &draft->readers[i];

		err = inbox_newest(&draft->record, report, to->party);
		if (err == KR_OK) {
			to->sealing_number = draft->record.sealing_number;
			kr_envelope_wrap(wraps, &draft->event, to,
				draft->record.sealing_key, secret.bytes, report->rng);
			err = wraps->err;
		}
	}
	kr_wipe(&secret, sizeof(secret));
	return err;
}

static enum kr_err seal_into(
	struct kr_report *report, struct draft *draft, size_t num_readers)
{
	const struct follow *follow = &report->follow;
	struct act *act = &report->act;
	struct kr_case_event *e = &draft->event;
	KR_AUTO_WRITER struct kr_writer w = {0};
	KR_AUTO_WRITER struct kr_writer wraps = {0};
	enum kr_err err = kr_random_fill(report->rng, act->event, sizeof(act->event));

	kr_writer_init(&w);
	kr_writer_init(&wraps);
	memcpy(e->case_id, follow->keys.locator, sizeof(e->case_id));
	e->type = (uint16_t)act->type;
	memcpy(e->event, act->event, sizeof(e->event));
	e->seen_seq = follow->chain.seq;
	memcpy(e->seen_hash, follow->chain.hash, sizeof(e->seen_hash));
	memcpy(e->inbox, act->inbox, sizeof(e->inbox));
	e->urgency = act->urgency;
	if (err == KR_OK && act->words.len > 0) {
		err = seal_words(report, draft, num_readers, &wraps);
	}
	if (err != KR_OK) {
		return err;
	}
	kr_case_event_write(&w, e, &follow->keys.signing);
	kr_write_fixed(&w, kr_writer_view(&wraps));
	act->wraps_len = wraps.len;
	return kr_writer_finish(&w, &act->sealed);
}

/* The newest keys of all who have to be able to read: somebody may have left a team. */
static enum kr_err seal(struct kr_report *report, struct draft *draft)
{
	struct kr_case_act a = case_act(&report->act);
	size_t num = kr_case_readers(&report->follow.chain.state, &a, draft->readers);
	enum kr_err err;

	for (size_t i = 0; i < num; i++) {
		const uint8_t *id = draft->readers[i].party;

		if (!inbox_is_read(report, id, false, report->act.tick)) {
			return inbox_read(report, id, false);
		}
	}
	err = seal_into(report, draft, num);
	return err == KR_OK || err == KR_ERR_MEMORY || err == KR_ERR_RANDOM
		? err
		: end(report, err, NULL);
}

/* What the reporter has not read may change the answer: then it is asked for anew. */
static enum kr_err prepare(struct kr_report *report)
{
	KR_AUTO_FREE struct kr_bytes space = {0};
	enum kr_err err = permitted(report, &report->act);

	if (err == KR_OK && report->follow.num_words != report->act.num_words) {
		err = KR_ERR_REV_PAST;
	}
	if (err != KR_OK) {
		return end(report, err, NULL);
	}
	if ((err = kr_bytes_alloc(&space, sizeof(struct draft)))) {
		return err;
	}
	return seal(report, (struct draft *)(void *)space.data);
}

/* ---- Sending -------------------------------------------------------------------- */

static enum kr_err appended(struct kr_report *report, const struct answer *answer)
{
	struct act *act = &report->act;

	if (act->command == 0 || (!answer->ok && answer->retry == KR_RETRY_LATER)) {
		return KR_OK;
	}
	if (kr_json_get_u64(answer->doc, "seq", &act->seq) != KR_OK) {
		act->seq = 0;
	}
	if (answer->ok) {
		act->is_taken = true;
		return KR_OK;
	}
	/* Somebody was faster: again, after what is there by now. */
	if (answer_is(answer, "rev_past") && act->seq > report->follow.chain.seq) {
		kr_bytes_free(&act->sealed);
		return KR_OK;
	}
	return end(report, answer->err, answer->code);
}

static enum kr_err append(struct kr_report *report)
{
	const struct act *act = &report->act;
	struct kr_request request = {
		.verb = KR_VERB_CASE_APPEND,
		.fields = KR_R(EVENT) | KR_R(TOPIC) | KR_R(WRAPS_LEN),
		.topic = report->follow.chain.topic,
		.wraps_len = act->wraps_len,
		.body = kr_view_bytes(&act->sealed),
	};

	memcpy(request.event, act->event, sizeof(request.event));
	return report_link_request(report, &request, appended);
}

enum kr_err act_reconcile(struct kr_report *report)
{
	const struct follow *follow = &report->follow;
	struct act *act = &report->act;
	enum kr_err err;

	if (act->command == 0) {
		return KR_OK;
	}
	if (follow->lie != KR_CASE_TRUE || follow->is_erased) {
		return end(report, act->is_taken ? KR_OK : KR_ERR_STATE, NULL);
	}
	if (act->is_taken) {
		return follow->chain.seq >= act->seq ? end(report, KR_OK, NULL) : KR_OK;
	}
	if (!link_is_free(report) || !follow->is_subscribed) {
		return KR_OK;
	}
	if (act->sealed.len == 0) {
		if (!follow_is_settled(report) || follow->chain.seq < act->seq) {
			return KR_OK;
		}
		err = prepare(report);
		if (err != KR_OK || act->sealed.len == 0) {
			return err;
		}
	}
	return append(report);
}

/* ---- Arrival -------------------------------------------------------------------- */

/* The word is the relay's, it fits the case, and the deadline was made good: somebody has
 * spoken, or the fallback is in. */
static const char *judge(const struct kr_report *report, struct kr_view bytes)
{
	const struct follow *follow = &report->follow;
	const struct kr_case_state *state = &follow->chain.state;
	struct kr_relay_word word;
	enum kr_case_lie lie;

	if (kr_relay_word_read(&word, bytes, follow->chain.relay_key) != KR_OK ||
		!kr_view_equal(word.relay, kr_view_str(report->link.relay))) {
		return "relay_word";
	}
	if (kr_case_check_arrival(
		    &word, &lie, &follow->first->event, follow->first->hash) != KR_OK) {
		return kr_case_lie_name(lie);
	}
	return state->phase == KR_CASE_NEW && !state->opened && state->num_overdue == 0 &&
			link_relay_said(report) > word.until_ms + 60000
		? "clock"
		: NULL;
}

enum kr_err command_check(struct kr_report *report, const struct command *command)
{
	static const char *const names[] = {"arrival", NULL};
	struct kr_bytes bytes;
	const char *lie;
	cJSON *answer;
	enum kr_err err;

	if (report->follow.chain.seq == 0) {
		return KR_ERR_STATE;
	}
	if ((err = json_only(command->args, names)) ||
		(err = json_blob(command->args, "arrival", &bytes))) {
		return err;
	}
	lie = judge(report, kr_view_bytes(&bytes));
	kr_bytes_free(&bytes);
	answer = cJSON_CreateObject();
	if (!json_add_flag(answer, "held", lie == NULL) ||
		(lie != NULL && !json_add_str(answer, "found", lie))) {
		cJSON_Delete(answer);
		return KR_ERR_MEMORY;
	}
	return output_done(&report->outputs, command->id, answer);
}
