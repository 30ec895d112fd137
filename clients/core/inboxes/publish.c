/* Notices and guidance cards as the team of an inbox publishes them. CASES.md §11. */
#include <stdlib.h>
#include <string.h>

#include "clients/core/inboxes/notices.h"
#include "clients/core/state.h"

/* ---- inbox_notice ----------------------------------------------------------------- */

static enum kr_err read_args(
	const struct kr_core *core, struct kr_notice *notice, const cJSON *args)
{
	static const char *const names[] = {
		"inbox", "kind", "title", "text", "until", NULL};
	struct kr_view kind;
	enum kr_err err;

	if ((err = json_only(args, names)) || (err = json_text(args, "kind", &kind)) ||
		(err = json_text(args, "title", &notice->title)) ||
		(err = json_text(args, "text", &notice->text)) ||
		(err = json_number_optional(
			 args, "until", 0, KR_JSON_INT_MAX, &notice->until_ms))) {
		return err;
	}
	if (notice->until_ms != 0 && notice->until_ms <= core->now_ms) {
		return KR_ERR_FIELD; /* nobody would bring it */
	}
	if (kr_view_equal(kind, kr_view_str("guidance"))) {
		notice->kind = KR_NOTICE_GUIDANCE;
		return KR_OK;
	}
	notice->kind = KR_NOTICE;
	return kr_view_equal(kind, kr_view_str("notice")) ? KR_OK : KR_ERR_FIELD;
}

/* A notice that no group could take, with the record that vouches for it, reaches
 * nobody. */
static enum kr_err check_size(struct kr_view bytes, const struct inbox *inbox)
{
	const struct kr_content content = {
		.kind = KR_CONTENT_NOTICE,
		.notice = bytes,
		.inbox_record = kr_view_bytes(&inbox->records->bytes),
	};
	struct kr_writer w;
	enum kr_err err;

	kr_writer_init_max(&w, KR_CONTENT_MAX);
	kr_content_write(&w, &content);
	err = w.err;
	kr_writer_free(&w);
	return err;
}

static cJSON *answer_event(const struct kr_notice *notice)
{
	cJSON *answer = cJSON_CreateObject();

	if (!json_add_bytes(
		    answer, "event", kr_view(notice->event, sizeof(notice->event)))) {
		cJSON_Delete(answer);
		return NULL;
	}
	return answer;
}

static enum kr_err send_notice(struct kr_core *core, const struct inbox *inbox,
	const struct kr_notice *notice, struct kr_view bytes, uint64_t command)
{
	struct kr_request request = {
		.verb = KR_VERB_INBOX_NOTICE,
		.fields = KR_R(EVENT) | KR_R(TOPIC),
		.topic = kr_topic(KR_TOPIC_INBOX, inbox->id),
	};
	KR_AUTO_WRITER struct kr_writer sealed = {0};
	cJSON *answer;

	memcpy(request.event, notice->event, sizeof(request.event));
	kr_writer_init(&sealed);
	kr_notice_seal(&sealed, bytes, notice->event, inbox->reading_key, core->rng);
	if (sealed.err != KR_OK) {
		return sealed.err;
	}
	request.body = kr_writer_view(&sealed);
	answer = answer_event(notice);
	return answer == NULL
		? KR_ERR_MEMORY
		: outbox_add_request(core, &request, "inbox_notice", command, answer);
}

enum kr_err command_inbox_notice(struct kr_core *core, struct command *command)
{
	const struct kr_ed25519_keypair *device = &core->identity.device;
	const struct kr_inbox_record *record;
	struct kr_notice notice = {.made_ms = core->now_ms};
	KR_AUTO_WRITER struct kr_writer w = {0};
	const struct inbox *inbox;
	enum kr_err err;

	kr_writer_init_max(&w, KR_NOTICE_MAX);
	if ((err = read_args(core, &notice, command->args)) ||
		(err = inbox_of(core, command->args, &inbox))) {
		return err;
	}
	if (!inbox->is_fresh) { /* the record that it names should be the newest */
		command->waits = command->may_wait;
		return command->waits ? KR_OK : KR_ERR_STATE;
	}
	record = inbox_record(inbox);
	if (record == NULL || !inbox->is_open ||
		kr_inbox_member(record, device->public_key) == NULL) {
		return KR_ERR_FORBIDDEN;
	}
	memcpy(notice.identity_key, record->identity_key, sizeof(notice.identity_key));
	notice.number = record->number;
	if ((err = kr_random_fill(core->rng, notice.event, sizeof(notice.event)))) {
		return err;
	}
	kr_notice_write(&w, &notice, device);
	if (w.err != KR_OK || (err = check_size(kr_writer_view(&w), inbox))) {
		return w.err != KR_OK ? w.err : err;
	}
	return send_notice(core, inbox, &notice, kr_writer_view(&w), command->id);
}

/* ---- What was published ----------------------------------------------------------- */

static const struct inbox_record *record_numbered(
	const struct inbox *inbox, uint64_t number)
{
	const struct inbox_record *record = inbox->records;

	while (record != NULL && record->read.number != number) {
		record = record->next;
	}
	return record;
}

enum kr_err notice_open_kept(const struct inbox *inbox, const struct kept_event *kept,
	const uint8_t reading_key[KR_READING_KEY_BYTES], uint8_t *storage,
	struct own_notice *out)
{
	const struct inbox_record *record;
	uint64_t number;

	*out = (struct own_notice){0};
	if (kept->type != KR_EVENT_INBOX_NOTICE ||
		kept->content.len > KR_NOTICE_STORAGE ||
		kr_notice_open(&out->bytes, storage, kept->content, kept->id,
			reading_key) != KR_OK ||
		kr_notice_number(&number, out->bytes) != KR_OK ||
		(record = record_numbered(inbox, number)) == NULL ||
		kr_notice_read(&out->notice, out->bytes, &record->read) != KR_OK ||
		memcmp(out->notice.event, kept->id, sizeof(out->notice.event)) != 0) {
		return KR_ERR_NOT_FOUND;
	}
	out->record = kr_view_bytes(&record->bytes);
	return KR_OK;
}

static enum kr_err add_all(const struct kr_core *core, const struct inbox *inbox,
	uint8_t *storage, cJSON *newest_first)
{
	const struct kr_topic topic = kr_topic(KR_TOPIC_INBOX, inbox->id);
	struct own_notice own;
	struct kept_event kept;
	size_t at = 0;

	while (event_next(core, &topic, &at, &kept) == KR_OK) {
		cJSON *object;

		if (notice_open_kept(inbox, &kept, inbox->reading_key, storage, &own) !=
			KR_OK) {
			continue;
		}
		object = cJSON_CreateObject();
		if (object == NULL || !notice_to_json(core, object, &own.notice) ||
			!cJSON_InsertItemInArray(newest_first, 0, object)) {
			cJSON_Delete(object);
			return KR_ERR_MEMORY;
		}
	}
	return KR_OK;
}

enum kr_err ask_own_notices(
	const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	static const char *const names[] = {"inbox", NULL};
	const struct inbox *inbox;
	uint8_t *storage;
	cJSON *list;
	enum kr_err err;

	if ((err = json_only(question, names)) ||
		(err = inbox_of(core, question, &inbox))) {
		return err;
	}
	storage = malloc(KR_NOTICE_STORAGE);
	list = json_add_array(answer, "notices");
	err = storage == NULL || list == NULL ? KR_ERR_MEMORY
					      : add_all(core, inbox, storage, list);
	free(storage);
	return err;
}
