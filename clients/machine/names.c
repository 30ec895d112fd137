#include "clients/machine/names.h"

#include <kring/case.h>
#include <kring/signal.h>

const struct name names_category[] = {
	{"other", KR_CONCERN_OTHER},
	{"shouting", KR_CONCERN_SHOUTING},
	{"violence", KR_CONCERN_VIOLENCE},
	{"child", KR_CONCERN_CHILD},
	{"neglect", KR_CONCERN_NEGLECT},
	{"older_person", KR_CONCERN_OLDER_PERSON},
	{"not_seen", KR_CONCERN_NOT_SEEN},
	{"threat", KR_CONCERN_THREAT},
	{NULL, 0},
};

const struct name names_how_often[] = {
	{"not_said", KR_OFTEN_NOT_SAID},
	{"once", KR_OFTEN_ONCE},
	{"several", KR_OFTEN_SEVERAL},
	{"weekly", KR_OFTEN_WEEKLY},
	{"daily", KR_OFTEN_DAILY},
	{"now", KR_OFTEN_NOW},
	{NULL, 0},
};

const struct name names_since[] = {
	{"hour", KR_SINCE_HOUR},
	{"day", KR_SINCE_DAY},
	{"week", KR_SINCE_WEEK},
	{"month", KR_SINCE_MONTH},
	{"year", KR_SINCE_YEAR},
	{NULL, 0},
};

const struct name names_signal_kind[] = {
	{"advice", KR_SIGNAL_ADVICE},
	{"anonymous", KR_SIGNAL_ANONYMOUS},
	{"named", KR_SIGNAL_NAMED},
	{NULL, 0},
};

const struct name names_at_risk[] = {
	{"child", KR_RISK_CHILD},
	{"adult", KR_RISK_ADULT},
	{"older", KR_RISK_OLDER},
	{"reporter", KR_RISK_REPORTER},
	{"animal", KR_RISK_ANIMAL},
	{"unknown", KR_RISK_UNKNOWN},
	{NULL, 0},
};

const struct name names_answer[] = {
	{"unknown", KR_ANSWER_UNKNOWN},
	{"no", KR_ANSWER_NO},
	{"yes", KR_ANSWER_YES},
	{NULL, 0},
};

const struct name names_reach[] = {
	{"not", KR_REACH_NOT},
	{"receipt", KR_REACH_RECEIPT},
	{"identity", KR_REACH_IDENTITY},
	{NULL, 0},
};

const struct name names_origin[] = {
	{"community", KR_ORIGIN_COMMUNITY},
	{"poster", KR_ORIGIN_POSTER},
	{"site", KR_ORIGIN_SITE},
	{NULL, 0},
};

const struct name names_outcome[] = {
	{"help_started", KR_OUTCOME_HELP_STARTED},
	{"help_already", KR_OUTCOME_HELP_ALREADY},
	{"advice_given", KR_OUTCOME_ADVICE_GIVEN},
	{"reported_on", KR_OUTCOME_REPORTED_ON},
	{"not_confirmed", KR_OUTCOME_NOT_CONFIRMED},
	{"no_ground", KR_OUTCOME_NO_GROUND},
	{"not_found", KR_OUTCOME_NOT_FOUND},
	{"other", KR_OUTCOME_OTHER},
	{NULL, 0},
};

const struct name names_urgency[] = {
	{"danger_now", KR_URGENCY_DANGER_NOW},
	{"today", KR_URGENCY_TODAY},
	{"this_week", KR_URGENCY_THIS_WEEK},
	{"no_hurry", KR_URGENCY_NO_HURRY},
	{NULL, 0},
};

const struct name names_phase[] = {
	{"new", KR_CASE_NEW},
	{"open", KR_CASE_OPEN},
	{"closed", KR_CASE_CLOSED},
	{"erased", KR_CASE_ERASED},
	{NULL, 0},
};

const struct name names_party[] = {
	{"none", KR_PARTY_NONE},
	{"owner", KR_PARTY_OWNER},
	{"joined", KR_PARTY_JOINED},
	{"fallback", KR_PARTY_FALLBACK},
	{"offered", KR_PARTY_OFFERED},
	{"invited", KR_PARTY_INVITED},
	{"consulted", KR_PARTY_CONSULTED},
	{"former", KR_PARTY_FORMER},
	{NULL, 0},
};

enum kr_err names_find(uint8_t *out, const struct name *names, struct kr_view name)
{
	for (; names->name != NULL; names++) {
		if (kr_view_equal(name, kr_view_str(names->name))) {
			*out = names->value;
			return KR_OK;
		}
	}
	return KR_ERR_FIELD;
}

enum kr_err names_read(
	uint8_t *out, const struct name *names, const cJSON *object, const char *field)
{
	struct kr_view text;
	enum kr_err err = json_text(object, field, &text);

	return err != KR_OK ? err : names_find(out, names, text);
}

enum kr_err names_read_since(uint8_t *precision, uint64_t *since_ms, const cJSON *object)
{
	static const char *const names[] = {"precision", "time", NULL};
	const cJSON *since = cJSON_GetObjectItemCaseSensitive(object, "since");

	if (since == NULL) {
		return KR_OK;
	}
	if (!cJSON_IsObject(since) || json_only(since, names) != KR_OK ||
		names_read(precision, names_since, since, "precision") != KR_OK ||
		json_number(since, "time", 0, KR_JSON_INT_MAX, since_ms) != KR_OK) {
		return KR_ERR_FIELD;
	}
	return KR_OK;
}

const char *names_of(const struct name *names, uint8_t value, const char *otherwise)
{
	for (; names->name != NULL; names++) {
		if (names->value == value) {
			return names->name;
		}
	}
	return otherwise;
}
