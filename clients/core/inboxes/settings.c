#include "clients/core/inboxes/settings.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clients/machine/names.h"

#define HOUR_S 3600
#define DAY_S  (24 * HOUR_S)

static const char *const setting_names[] = {"name", "about", "call", "zone", "offsets",
	"days", "closed", "deadlines", "promise_s", "promises", "retention_s",
	"retention_unread_s", "fallback", NULL};

void inbox_settings_default(struct kr_inbox_record *record)
{
	static const struct kr_inbox_deadline deadlines[KR_NUM_URGENCIES] = {
		{.acknowledge_s = HOUR_S, .follow_up_s = DAY_S, .continuous = true},
		{.acknowledge_s = 8 * HOUR_S,
			.follow_up_s = 2 * DAY_S,
			.continuous = true},
		{.acknowledge_s = 16 * HOUR_S, .follow_up_s = 40 * HOUR_S},
		{.acknowledge_s = 40 * HOUR_S, .follow_up_s = 80 * HOUR_S},
	};

	memcpy(record->deadlines, deadlines, sizeof(deadlines));
	record->zone = kr_view_str("Europe/Amsterdam");
	record->hours.num_offsets = 1;
	record->hours.offsets[0].minutes = 60;
	for (size_t day = 0; day < 5; day++) {
		record->hours.days[day].num = 1;
		record->hours.days[day].spans[0] =
			(struct kr_office_span){.from = 9 * 60, .to = 17 * 60};
	}
	record->promise_s = 31 * DAY_S;
	record->promises = 3;
	record->retention_s = 183 * DAY_S;
	record->retention_unread_s = 366 * DAY_S;
}

/* ---- Reading -------------------------------------------------------------------- */

static enum kr_err number_in(
	const cJSON *value, int64_t least, int64_t greatest, int64_t *out)
{
	if (!cJSON_IsNumber(value) || !(value->valuedouble >= (double)least) ||
		!(value->valuedouble <= (double)greatest)) {
		return KR_ERR_FIELD;
	}
	*out = (int64_t)value->valuedouble;
	return (double)*out == value->valuedouble ? KR_OK : KR_ERR_FIELD;
}

/* [[from, to], …], at most max of them, handed to take. */
static enum kr_err read_pairs(const cJSON *array, size_t max, int64_t least[2],
	int64_t greatest[2], int64_t (*pairs)[2], size_t *num)
{
	const cJSON *item;

	*num = 0;
	if (!cJSON_IsArray(array) || cJSON_GetArraySize(array) > (int)max) {
		return KR_ERR_FIELD;
	}
	cJSON_ArrayForEach(item, array)
	{
		if (!cJSON_IsArray(item) || cJSON_GetArraySize(item) != 2) {
			return KR_ERR_FIELD;
		}
		for (int i = 0; i < 2; i++) {
			enum kr_err err = number_in(cJSON_GetArrayItem(item, i), least[i],
				greatest[i], &pairs[*num][i]);

			if (err != KR_OK) {
				return err;
			}
		}
		(*num)++;
	}
	return KR_OK;
}

static enum kr_err read_offsets(struct kr_office_hours *hours, const cJSON *array)
{
	int64_t pairs[KR_INBOX_OFFSETS_MAX][2];
	size_t num;
	enum kr_err err = read_pairs(array, KR_INBOX_OFFSETS_MAX, (int64_t[]){0, -1440},
		(int64_t[]){(int64_t)KR_JSON_INT_MAX, 1440}, pairs, &num);

	if (err != KR_OK) {
		return err;
	}
	hours->num_offsets = num;
	for (size_t i = 0; i < num; i++) {
		hours->offsets[i].from_ms = (uint64_t)pairs[i][0];
		hours->offsets[i].minutes = (int32_t)pairs[i][1];
	}
	return KR_OK;
}

static enum kr_err read_days(struct kr_office_hours *hours, const cJSON *array)
{
	int64_t pairs[KR_INBOX_HOURS_MAX][2];

	if (!cJSON_IsArray(array) || cJSON_GetArraySize(array) != 7) {
		return KR_ERR_FIELD;
	}
	for (int day = 0; day < 7; day++) {
		size_t num;
		enum kr_err err =
			read_pairs(cJSON_GetArrayItem(array, day), KR_INBOX_HOURS_MAX,
				(int64_t[]){0, 0}, (int64_t[]){1440, 1440}, pairs, &num);

		if (err != KR_OK) {
			return err;
		}
		hours->days[day].num = num;
		for (size_t i = 0; i < num; i++) {
			hours->days[day].spans[i] = (struct kr_office_span){
				.from = (uint16_t)pairs[i][0],
				.to = (uint16_t)pairs[i][1],
			};
		}
	}
	return KR_OK;
}

/* A day of the calendar, as days since 1970-01-01. */
static enum kr_err read_date(const cJSON *value, uint32_t *out)
{
	static const char pattern[] = "dddd-dd-dd";
	const char *text = cJSON_GetStringValue(value);
	struct tm date = {0};
	int month;

	for (size_t i = 0; text != NULL && i < sizeof(pattern); i++) {
		bool is_digit = text[i] >= '0' && text[i] <= '9';

		if (pattern[i] == 'd' ? !is_digit : text[i] != pattern[i]) {
			return KR_ERR_FIELD;
		}
	}
	if (text == NULL ||
		sscanf(text, "%4d-%2d-%2d", &date.tm_year, &month, &date.tm_mday) != 3 ||
		date.tm_year < 1970) {
		return KR_ERR_FIELD;
	}
	date.tm_year -= 1900;
	date.tm_mon = month - 1;
	*out = (uint32_t)(timegm(&date) / DAY_S);
	/* The 31st of February has become a day of March. */
	return date.tm_mon == month - 1 ? KR_OK : KR_ERR_FIELD;
}

static enum kr_err read_closed(struct kr_office_hours *hours, const cJSON *array)
{
	const cJSON *item;
	size_t num = 0;

	if (!cJSON_IsArray(array) || cJSON_GetArraySize(array) > KR_INBOX_CLOSED_MAX) {
		return KR_ERR_FIELD;
	}
	cJSON_ArrayForEach(item, array)
	{
		uint32_t day;
		size_t at = num;
		enum kr_err err = read_date(item, &day);

		if (err != KR_OK) {
			return err;
		}
		while (at > 0 && hours->closed[at - 1] > day) {
			hours->closed[at] = hours->closed[at - 1];
			at--;
		}
		hours->closed[at] = day;
		num++;
	}
	hours->num_closed = num;
	return KR_OK;
}

static enum kr_err read_deadlines(struct kr_inbox_record *record, const cJSON *object)
{
	static const char *const names[] = {
		"acknowledge", "follow_up", "continuous", NULL};
	const cJSON *member;

	if (!cJSON_IsObject(object)) {
		return KR_ERR_FIELD;
	}
	cJSON_ArrayForEach(member, object)
	{
		struct kr_inbox_deadline *deadline = NULL;
		uint8_t urgency;
		uint64_t acknowledge;
		uint64_t follow_up;
		enum kr_err err;

		if (names_find(&urgency, names_urgency, kr_view_str(member->string)) ==
			KR_OK) {
			deadline = &record->deadlines[urgency - 1];
		}
		if (deadline == NULL || !cJSON_IsObject(member)) {
			return KR_ERR_FIELD;
		}
		acknowledge = deadline->acknowledge_s;
		follow_up = deadline->follow_up_s;
		if ((err = json_only(member, names)) ||
			(err = json_number_optional(member, "acknowledge", 1,
				 KR_INBOX_DEADLINE_MAX_S, &acknowledge)) ||
			(err = json_number_optional(member, "follow_up", 1,
				 KR_INBOX_DEADLINE_MAX_S, &follow_up)) ||
			(err = json_flag_optional(
				 member, "continuous", &deadline->continuous))) {
			return err;
		}
		deadline->acknowledge_s = (uint32_t)acknowledge;
		deadline->follow_up_s = (uint32_t)follow_up;
	}
	return KR_OK;
}

static enum kr_err read_numbers(struct kr_inbox_record *record, const cJSON *object)
{
	uint64_t promise = record->promise_s;
	uint64_t promises = record->promises;
	uint64_t retention = record->retention_s;
	uint64_t unread = record->retention_unread_s;
	enum kr_err err;

	if ((err = json_number_optional(
		     object, "promise_s", 1, KR_INBOX_DEADLINE_MAX_S, &promise)) ||
		(err = json_number_optional(
			 object, "promises", 1, KR_INBOX_PROMISES_MAX, &promises)) ||
		(err = json_number_optional(object, "retention_s", 1,
			 KR_INBOX_RETENTION_MAX_S, &retention)) ||
		(err = json_number_optional(object, "retention_unread_s",
			 KR_INBOX_UNREAD_MIN_S, KR_INBOX_RETENTION_MAX_S, &unread))) {
		return err;
	}
	record->promise_s = (uint32_t)promise;
	record->promises = (uint8_t)promises;
	record->retention_s = (uint32_t)retention;
	record->retention_unread_s = (uint32_t)unread;
	return KR_OK;
}

enum kr_err inbox_settings_read(
	struct inbox_settings *settings, const cJSON *object, struct kr_view *fallback)
{
	struct kr_inbox_record *record = settings->record;
	const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(object, "offsets");
	const cJSON *days = cJSON_GetObjectItemCaseSensitive(object, "days");
	const cJSON *closed = cJSON_GetObjectItemCaseSensitive(object, "closed");
	const cJSON *deadlines = cJSON_GetObjectItemCaseSensitive(object, "deadlines");
	enum kr_err err;

	if (!cJSON_IsObject(object)) {
		return KR_ERR_FIELD;
	}
	if ((err = json_only(object, setting_names)) ||
		(err = json_text_optional(object, "name", &settings->card.name)) ||
		(err = json_text_optional(object, "about", &settings->card.about)) ||
		(err = json_text_optional(object, "call", &settings->card.call)) ||
		(err = json_text_optional(object, "zone", &record->zone)) ||
		(err = json_text_optional(object, "fallback", fallback)) ||
		(err = read_numbers(record, object)) ||
		(offsets != NULL && (err = read_offsets(&record->hours, offsets))) ||
		(days != NULL && (err = read_days(&record->hours, days))) ||
		(closed != NULL && (err = read_closed(&record->hours, closed))) ||
		(deadlines != NULL && (err = read_deadlines(record, deadlines)))) {
		return err;
	}
	return KR_OK;
}

/* ---- Writing -------------------------------------------------------------------- */

static bool append_pair(cJSON *array, double first, double second)
{
	double numbers[2] = {first, second};
	cJSON *pair = cJSON_CreateDoubleArray(numbers, 2);

	return cJSON_AddItemToArray(array, pair);
}

static bool append_date(cJSON *array, uint32_t day)
{
	time_t seconds = (time_t)day * DAY_S;
	char text[16] = "";
	struct tm date;

	if (gmtime_r(&seconds, &date) != NULL) {
		(void)strftime(text, sizeof(text), "%Y-%m-%d", &date);
	}
	return cJSON_AddItemToArray(array, cJSON_CreateString(text));
}

static bool write_hours(cJSON *object, const struct kr_office_hours *hours)
{
	cJSON *offsets = json_add_array(object, "offsets");
	cJSON *days = json_add_array(object, "days");
	cJSON *closed = json_add_array(object, "closed");
	bool added = offsets != NULL && days != NULL && closed != NULL;

	for (size_t i = 0; added && i < hours->num_offsets; i++) {
		added = append_pair(offsets, (double)hours->offsets[i].from_ms,
			hours->offsets[i].minutes);
	}
	for (size_t day = 0; added && day < 7; day++) {
		cJSON *spans = cJSON_CreateArray();

		added = cJSON_AddItemToArray(days, spans);
		for (size_t i = 0; added && i < hours->days[day].num; i++) {
			added = append_pair(spans, hours->days[day].spans[i].from,
				hours->days[day].spans[i].to);
		}
	}
	for (size_t i = 0; added && i < hours->num_closed; i++) {
		added = append_date(closed, hours->closed[i]);
	}
	return added;
}

static bool write_deadlines(cJSON *object, const struct kr_inbox_record *record)
{
	cJSON *deadlines = json_add_object(object, "deadlines");
	bool added = deadlines != NULL;

	for (size_t i = 0; added && i < KR_NUM_URGENCIES; i++) {
		const struct kr_inbox_deadline *d = &record->deadlines[i];
		cJSON *member = json_add_object(
			deadlines, names_of(names_urgency, (uint8_t)(i + 1), ""));

		added = json_add_number(member, "acknowledge", d->acknowledge_s) &&
			json_add_number(member, "follow_up", d->follow_up_s) &&
			json_add_flag(member, "continuous", d->continuous);
	}
	return added;
}

enum kr_err inbox_settings_write(cJSON *object, const struct kr_inbox_record *record,
	const struct kr_inbox_card *card)
{
	return json_add_text(object, "name", card->name) &&
			json_add_text(object, "about", card->about) &&
			json_add_text(object, "call", card->call) &&
			json_add_text(object, "zone", record->zone) &&
			write_hours(object, &record->hours) &&
			write_deadlines(object, record) &&
			json_add_number(object, "promise_s", record->promise_s) &&
			json_add_number(object, "promises", record->promises) &&
			json_add_number(object, "retention_s", record->retention_s) &&
			json_add_number(
				object, "retention_unread_s", record->retention_unread_s)
		? KR_OK
		: KR_ERR_MEMORY;
}
