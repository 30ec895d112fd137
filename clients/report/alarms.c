#include "clients/report/alarms.h"

#include <string.h>

#include "clients/report/state.h"

/* In plain English: hosts have words of their own for each name. */
static const struct {
	const char *name;
	const char *text;
} texts[] = {
	{"order", "An event of the case is hidden, repeated or changed."},
	{"fork", "Somebody was shown another history of the case."},
	{"head", "What the relay says of an event is not what its author signed."},
	{"signature", "An event is not signed by whom it is said to be from."},
	{"record", "The relay gives an old or a wrong record of an inbox."},
	{"state", "Something was done that was not permitted then."},
	{"recipients", "Somebody who has to be able to read cannot."},
	{"relay_word", "What the relay says by itself is not what it signed."},
	{"clock",
		"A deadline is later than the inbox promises, or was passed in silence."},
	{"hash", "The key to a message was changed on its way."},
	{"withheld",
		"The relay does not hand out the key to a message for the reporter."},
	{"unreadable", "A message for the reporter cannot be read."},
	{"relay_changed", "The relay has another name or key than the inbox says."},
};

static const char *text_of(const char *name)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(texts[i].name, name) == 0) {
			return texts[i].text;
		}
	}
	return "";
}

static bool add_alarm(cJSON *object, const struct alarms *alarms, size_t i)
{
	return json_add_str(object, "name", alarms->list[i].name) &&
		(alarms->list[i].seq == 0 ||
			json_add_number(object, "seq", alarms->list[i].seq)) &&
		json_add_number(object, "time", alarms->list[i].time_ms) &&
		json_add_str(object, "text", text_of(alarms->list[i].name));
}

enum kr_err report_alarm_raise(struct kr_report *report, const char *name, uint64_t seq)
{
	struct alarms *alarms = &report->alarms;
	cJSON *tell;

	for (size_t i = 0; i < alarms->num; i++) {
		if (strcmp(alarms->list[i].name, name) == 0 &&
			alarms->list[i].seq == seq) {
			return KR_OK;
		}
	}
	if (alarms->num == ALARMS_MAX) {
		return KR_OK;
	}
	alarms->list[alarms->num].name = name;
	alarms->list[alarms->num].seq = seq;
	alarms->list[alarms->num++].time_ms = report->now_ms;
	tell = cJSON_CreateObject();
	if (!json_add_str(tell, "tell", "alarm") ||
		!add_alarm(tell, alarms, alarms->num - 1)) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&report->outputs, tell);
}

bool alarms_add(cJSON *object, const struct alarms *alarms)
{
	cJSON *list = json_add_array(object, "alarms");

	for (size_t i = 0; list != NULL && i < alarms->num; i++) {
		if (!add_alarm(json_append_object(list), alarms, i)) {
			return false;
		}
	}
	return list != NULL;
}
