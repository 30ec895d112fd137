#include "clients/report/choice.h"

#include <string.h>

#include "clients/machine/names.h"
#include "clients/report/commands.h"
#include "clients/report/state.h"

/* An identity that moves and moves leads nowhere. */
#define MOVES_MAX 4

/* ---- The command ---------------------------------------------------------------- */

static enum kr_err read_link(
	struct choice *choice, struct kr_view text, struct kr_view relay)
{
	struct kr_inbox_link link;
	enum kr_err err = kr_inbox_link_read(&link, text);

	if (err != KR_OK || (link.relay.len > 0 && !kr_view_equal(link.relay, relay))) {
		return KR_ERR_LINK;
	}
	kr_inbox_id(choice->id, link.identity_key);
	memcpy(choice->reading_key, link.reading_key, sizeof(choice->reading_key));
	kr_wipe(&link, sizeof(link));
	return KR_OK;
}

static enum kr_err read_choice(
	struct choice *choice, const cJSON *args, struct kr_view relay)
{
	uint8_t identity_key[KR_ED25519_PUBLIC_BYTES];
	struct kr_view link = {0};
	bool has_reading_key;
	enum kr_err err = json_flag(args, "pinned", &choice->is_pinned);

	if (err != KR_OK || (err = json_text_optional(args, "link", &link))) {
		return err;
	}
	if (link.data != NULL) {
		return read_link(choice, link, relay);
	}
	if ((err = json_bytes(
		     args, "identity_key", identity_key, sizeof(identity_key))) ||
		(err = json_bytes_optional(args, "reading_key", choice->reading_key,
			 sizeof(choice->reading_key), &has_reading_key))) {
		return err;
	}
	kr_inbox_id(choice->id, identity_key);
	return KR_OK;
}

enum kr_err command_open(struct kr_report *report, const struct command *command)
{
	static const char *const names[] = {
		"url", "relay", "link", "identity_key", "reading_key", "pinned", NULL};
	struct choice choice = {.command = command->id, .tick = report->tick};
	struct kr_view url;
	struct kr_view relay;
	enum kr_err err;

	if (report->choice.command != 0 || report->sending.is_begun ||
		report->follow.is_begun) {
		return KR_ERR_STATE;
	}
	if ((err = json_only(command->args, names)) ||
		(err = json_text(command->args, "url", &url)) ||
		(err = json_text(command->args, "relay", &relay)) ||
		(err = read_choice(&choice, command->args, relay)) ||
		(err = link_close(report)) || (err = link_set(report, url, relay))) {
		return err;
	}
	choice.is_made = true;
	report->choice = choice;
	return KR_OK;
}

/* ---- The record ----------------------------------------------------------------- */

static enum kr_err fail(struct kr_report *report, enum kr_err err)
{
	uint64_t command = report->choice.command;

	kr_wipe(&report->choice, sizeof(report->choice));
	return output_failed(&report->outputs, command, err, NULL);
}

/* Another identity takes over, and the old one says so. */
static enum kr_err move(struct kr_report *report, const struct kr_inbox_record *record)
{
	struct choice *choice = &report->choice;
	char fingerprint[KR_FINGERPRINT_TEXT_BYTES];
	cJSON *tell = cJSON_CreateObject();

	kr_inbox_id(choice->id, record->successor);
	choice->num_moves++;
	kr_fingerprint(fingerprint, record->successor);
	if (!json_add_str(tell, "tell", "moved") ||
		!json_add_str(tell, "fingerprint", fingerprint)) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&report->outputs, tell);
}

static enum kr_err answer_open(struct kr_report *report)
{
	uint64_t command = report->choice.command;
	cJSON *answer = cJSON_CreateObject();
	enum kr_err err;

	if (answer == NULL) {
		return KR_ERR_MEMORY;
	}
	report->choice.command = 0;
	report->choice.is_open = true;
	if ((err = report_ask_inbox(report, answer))) {
		cJSON_Delete(answer);
		return err;
	}
	return output_done(&report->outputs, command, answer);
}

enum kr_err choice_reconcile(struct kr_report *report)
{
	struct choice *choice = &report->choice;
	struct kr_inbox_record record;
	enum kr_err err = KR_OK;

	while (choice->command != 0 && err == KR_OK) {
		if (!inbox_is_read(report, choice->id, false, choice->tick)) {
			return inbox_read(report, choice->id, false);
		}
		if (inbox_newest(&record, report, choice->id) != KR_OK) {
			return fail(report, KR_ERR_NOT_FOUND);
		}
		if (!record.moved) {
			return answer_open(report);
		}
		if (choice->num_moves == MOVES_MAX) {
			return fail(report, KR_ERR_INBOX_EXPIRED);
		}
		err = move(report, &record);
	}
	return err;
}

/* ---- What there is to say of it ------------------------------------------------- */

/* A successor has another reading key: then there is no card, and empty lines. */
static void open_card(struct kr_inbox_card *card, uint8_t storage[KR_INBOX_CARD_MAX],
	const struct kr_report *report, const struct kr_inbox_record *record)
{
	if (kr_inbox_card_open(card, storage, record, report->choice.reading_key) !=
		KR_OK) {
		*card = (struct kr_inbox_card){0};
	}
}

static void open_chosen(struct kr_inbox_card *card, uint8_t storage[KR_INBOX_CARD_MAX],
	const struct kr_report *report)
{
	struct kr_inbox_record record;

	*card = (struct kr_inbox_card){0};
	if (report->choice.is_open &&
		inbox_newest(&record, report, report->choice.id) == KR_OK) {
		open_card(card, storage, report, &record);
	}
}

struct kr_view choice_name(
	const struct kr_report *report, uint8_t storage[KR_INBOX_CARD_MAX])
{
	struct kr_inbox_card card;

	open_chosen(&card, storage, report);
	return card.name;
}

struct kr_view choice_call(
	const struct kr_report *report, uint8_t storage[KR_INBOX_CARD_MAX])
{
	struct kr_inbox_card card;

	open_chosen(&card, storage, report);
	return card.call;
}

/* Until when somebody speaks if it were sent now. */
static bool add_deadlines(cJSON *object, const struct kr_report *report,
	const struct kr_inbox_record *record)
{
	static const struct kr_case_state none;
	cJSON *deadlines = json_add_object(object, "deadlines");

	for (const struct name *n = names_urgency; deadlines != NULL && n->name != NULL;
		n++) {
		struct kr_case_act act = {
			.type = KR_EVENT_SUBMITTED, .urgency = n->value};
		uint64_t until_ms;

		if (kr_case_clock(&until_ms, &none, &act, record, 0,
			    link_relay_time(report)) == KR_OK &&
			!json_add_number(deadlines, n->name, until_ms)) {
			return false;
		}
	}
	return deadlines != NULL;
}

enum kr_err report_ask_inbox(const struct kr_report *report, cJSON *answer)
{
	uint8_t storage[KR_INBOX_CARD_MAX];
	char fingerprint[KR_FINGERPRINT_TEXT_BYTES];
	struct kr_inbox_record record;
	struct kr_inbox_card card;
	bool added;

	if (!report->choice.is_open ||
		inbox_newest(&record, report, report->choice.id) != KR_OK) {
		return KR_ERR_STATE;
	}
	open_card(&card, storage, report, &record);
	kr_fingerprint(fingerprint, record.identity_key);
	added = json_add_id(answer, "inbox", report->choice.id) &&
		json_add_text(answer, "name", card.name) &&
		json_add_text(answer, "about", card.about) &&
		json_add_text(answer, "call", card.call) &&
		json_add_str(answer, "fingerprint", fingerprint) &&
		json_add_flag(answer, "pinned", report->choice.is_pinned) &&
		json_add_flag(answer, "expired",
			record.expires_ms <= link_relay_time(report)) &&
		json_add_flag(answer, "fallback", record.has_fallback) &&
		add_deadlines(answer, report, &record);
	kr_wipe(storage, sizeof(storage));
	return added ? KR_OK : KR_ERR_MEMORY;
}
