#include "clients/core/alarms.h"

#include <string.h>

#include "clients/core/commands.h"
#include "clients/core/state.h"

struct alarm_info {
	const char *name;
	const char *sentence;
};

static const struct alarm_info alarm_infos[NUM_ALARMS] = {
#define ALARM_INFO(symbol, name, sentence) {name, sentence},
	ALARM_LIST(ALARM_INFO)
#undef ALARM_INFO
};

/* An alarm as it is stored; its number is the record's key.
 *	struct { uint8 version = 1; opaque name<V>; uint64 time_ms; optional<Topic>;
 *	         uint64 seq; opaque account<V>; opaque why<V>; uint8 is_dismissed; }
 * The name, not the number: the list may change. */
struct kept_alarm {
	struct kr_view name;
	uint64_t time_ms;
	bool has_topic;
	struct kr_topic topic;
	uint64_t seq;
	struct kr_view account;
	struct kr_view why;
	bool is_dismissed;
};

static enum kr_err alarm_read(struct kept_alarm *out, struct kr_view bytes)
{
	struct kr_reader r = kr_reader(bytes);
	uint8_t version;
	uint8_t dismissed;
	enum kr_err err;

	*out = (struct kept_alarm){0};
	if ((err = kr_read_u8(&r, &version)) || (err = kr_read_vec(&r, &out->name)) ||
		(err = kr_read_u64(&r, &out->time_ms)) ||
		(err = kr_read_optional(&r, &out->has_topic)) ||
		(out->has_topic &&
			(err = kr_read_copy(
				 &r, (uint8_t *)&out->topic, KR_TOPIC_BYTES))) ||
		(err = kr_read_u64(&r, &out->seq)) ||
		(err = kr_read_vec(&r, &out->account)) ||
		(err = kr_read_vec(&r, &out->why)) ||
		(err = kr_read_u8(&r, &dismissed)) || (err = kr_read_end(&r))) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	out->is_dismissed = dismissed != 0;
	return KR_OK;
}

static enum kr_err alarm_put(
	struct kr_core *core, uint64_t number, const struct kept_alarm *alarm)
{
	struct record_key key = record_key_number(RECORD_ALARM, number);
	struct kr_writer w;

	kr_writer_init(&w);
	kr_write_u8(&w, 1);
	kr_write_vec(&w, alarm->name);
	kr_write_u64(&w, alarm->time_ms);
	kr_write_optional(&w, alarm->has_topic);
	if (alarm->has_topic) {
		kr_write_fixed(&w, kr_view_topic(&alarm->topic));
	}
	kr_write_u64(&w, alarm->seq);
	kr_write_vec(&w, alarm->account);
	kr_write_vec(&w, alarm->why);
	kr_write_u8(&w, alarm->is_dismissed);
	return records_put_writer(&core->records, &key, &w);
}

/* The next one that is stored: start with *at = 0. KR_ERR_NOT_FOUND after the last. */
static enum kr_err alarm_next(
	const struct kr_core *core, size_t *at, uint64_t *number, struct kept_alarm *out)
{
	struct record_key prefix = record_key(RECORD_ALARM);
	const struct record *record =
		records_next(&core->records, record_key_view(&prefix), at);
	struct kr_reader r;
	enum kr_err err;

	if (record == NULL) {
		return KR_ERR_NOT_FOUND;
	}
	r = kr_reader(kr_view(record->key.data + 1, record->key.len - 1));
	err = kr_read_u64(&r, number);
	return err != KR_OK ? err : alarm_read(out, kr_view_bytes(&record->value));
}

static const char *sentence_of(struct kr_view name)
{
	for (size_t i = 0; i < NUM_ALARMS; i++) {
		if (kr_view_equal(name, kr_view_str(alarm_infos[i].name))) {
			return alarm_infos[i].sentence;
		}
	}
	return "An alarm of a newer version.";
}

static bool describe(cJSON *object, uint64_t number, const struct kept_alarm *alarm)
{
	char topic[KR_TOPIC_TEXT_BYTES];

	kr_topic_to_text(topic, &alarm->topic);
	return json_add_number(object, "alarm", number) &&
		json_add_text(object, "name", alarm->name) &&
		json_add_number(object, "time", alarm->time_ms) &&
		(!alarm->has_topic || json_add_str(object, "topic", topic)) &&
		(alarm->seq == 0 || json_add_number(object, "seq", alarm->seq)) &&
		(alarm->account.len == 0 ||
			json_add_bytes(object, "account", alarm->account)) &&
		(alarm->why.len == 0 || json_add_text(object, "why", alarm->why)) &&
		json_add_str(object, "text", sentence_of(alarm->name)) &&
		json_add_flag(object, "dismissed", alarm->is_dismissed);
}

static bool is_same(const struct kept_alarm *a, const struct kept_alarm *b)
{
	return kr_view_equal(a->name, b->name) && a->has_topic == b->has_topic &&
		kr_topic_equal(&a->topic, &b->topic) && a->seq == b->seq &&
		kr_view_equal(a->account, b->account);
}

enum kr_err alarm_raise(
	struct kr_core *core, enum alarm alarm, const struct alarm_about *about)
{
	struct kept_alarm kept = {
		.name = kr_view_str(alarm_infos[alarm].name),
		.time_ms = core->now_ms,
		.has_topic = about->topic != NULL,
		.seq = about->seq,
		.account =
			kr_view(about->account, about->account == NULL ? 0 : KR_ID_BYTES),
		.why = kr_view_str(about->err == KR_OK ? "" : kr_err_name(about->err)),
	};
	struct kept_alarm other;
	cJSON *tell;
	size_t at = 0;
	uint64_t number = 0;
	enum kr_err err;

	if (about->topic != NULL) {
		kept.topic = *about->topic;
	}
	while ((err = alarm_next(core, &at, &number, &other)) == KR_OK) {
		/* What is about no event and was dismissed has happened again. */
		if (is_same(&kept, &other) && (kept.seq != 0 || !other.is_dismissed)) {
			return KR_OK;
		}
	}
	if (err != KR_ERR_NOT_FOUND || (err = alarm_put(core, number + 1, &kept))) {
		return err;
	}
	tell = cJSON_CreateObject();
	if (!json_add_str(tell, "tell", "alarm") || !describe(tell, number + 1, &kept)) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&core->outputs, tell);
}

size_t alarms_num_open(const struct kr_core *core)
{
	struct kept_alarm alarm;
	uint64_t number;
	size_t at = 0;
	size_t num = 0;

	while (alarm_next(core, &at, &number, &alarm) == KR_OK) {
		num += !alarm.is_dismissed;
	}
	return num;
}

enum kr_err command_dismiss(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"alarm", NULL};
	struct kept_alarm alarm;
	uint64_t wanted;
	uint64_t number;
	size_t at = 0;
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = json_number(
			 command->args, "alarm", 1, KR_JSON_INT_MAX, &wanted))) {
		return err;
	}
	do {
		if ((err = alarm_next(core, &at, &number, &alarm))) {
			return err;
		}
	} while (number != wanted);
	alarm.is_dismissed = true;
	if ((err = alarm_put(core, number, &alarm)) ||
		(err = tell_changed(core, "alarms", NULL, NULL))) {
		return err;
	}
	return command_done(core, command->id, NULL);
}

enum kr_err ask_alarms(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	cJSON *list = json_add_array(answer, "alarms");
	struct kept_alarm alarm;
	uint64_t number;
	size_t at = 0;
	enum kr_err err;

	(void)question;
	while ((err = alarm_next(core, &at, &number, &alarm)) == KR_OK) {
		cJSON *object = json_append_object(list);

		if (object == NULL || !describe(object, number, &alarm)) {
			return KR_ERR_MEMORY;
		}
	}
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}
