/* Every field of a signal, written wrong: the answer names it, nothing is sent, and the
 * true one can follow. */
#include <stdio.h>
#include <string.h>

#include "scene.h"
#include "test.h"

static struct scene s;

/* A field in place of the one in a good signal; NULL: it is left out. */
static const struct {
	const char *field;
	const char *value;
	const char *fault; /* "": the signal is taken */
} fields[] = {
	{"kind", NULL, "kind"}, {"kind", "\"melding\"", "kind"}, {"kind", "1", "kind"},
	{"kind", "\"named\"", "identity"}, {"urgency", NULL, "urgency"},
	{"urgency", "\"soon\"", "urgency"}, {"category", NULL, "category"},
	{"category", "\"noise\"", "category"}, {"at_risk", NULL, "at_risk"},
	{"at_risk", "\"child\"", "at_risk"}, {"at_risk", "[\"dog\"]", "at_risk"},
	{"at_risk", "[1]", "at_risk"}, {"at_risk", "[]", ""}, {"ages", "4", "ages"},
	{"ages", "[255]", "ages"}, {"ages", "[-1]", "ages"}, {"ages", "[1.5]", "ages"},
	{"ages", "[\"4\"]", "ages"},
	{"ages", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]", "ages"},
	{"ages", "[0,null,17]", ""}, {"since", "2026", "since"},
	{"since", "{\"precision\":\"day\"}", "since"},
	{"since", "{\"precision\":\"minute\",\"time\":1}", "since"},
	{"since", "{\"precision\":\"day\",\"time\":-1}", "since"},
	{"since", "{\"precision\":\"day\",\"time\":1,\"x\":1}", "since"},
	{"since", "{\"precision\":\"day\",\"time\":1763784000000}", ""},
	{"how_often", "\"always\"", "how_often"}, {"how_often", "\"daily\"", ""},
	{"danger_now", NULL, "danger_now"}, {"danger_now", "true", "danger_now"},
	{"danger_now", "\"yes\"", "danger_now"}, /* with the urgency "today" */
	{"weapons", NULL, "weapons"}, {"weapons", "\"gun\"", "weapons"},
	{"family_knows", NULL, "family_knows"}, {"family_knows", "0", "family_knows"},
	{"street", "5", "street"}, {"street", "\"a\\nb\"", "street"},
	{"number", "0", "number"}, {"number", "100000", "number"},
	{"number", "1.5", "number"}, {"number", "\"twelve\"", "number"},
	{"number", "\"12 bis\"", ""},
	{"addition", "\"much too long an addition\"", "addition"},
	{"postcode", "\"0123 AB\"", "postcode"}, {"postcode", "\"1234 SS\"", "postcode"},
	{"postcode", "\"1234\"", "postcode"}, {"town", "[]", "town"},
	{"seen", NULL, "seen"}, {"seen", "\"\"", "seen"}, {"seen", "\"\\u0007\"", "seen"},
	{"who", "7", "who"}, {"tried", "false", "tried"}, {"reach", NULL, "reach"},
	{"reach", "\"mail\"", "reach"},
	{"reach", "\"identity\"", "reach"}, /* without one */
	{"reach_when", "1", "reach_when"}, {"origin", NULL, "origin"},
	{"origin", "\"street\"", "origin"}, {"excluded", "\"x\"", "excluded"},
	{"excluded", "[\"x\"]", "excluded"}, {"excluded", "[1]", "excluded"},
	{"language", "\"much too long for a language\"", "language"},
	{"language", "\"nl\"", ""}, {"melding", "true", NULL}, /* unknown */
};

static cJSON *good_signal(void)
{
	return cJSON_Parse("{\"kind\":\"anonymous\",\"urgency\":\"today\",\"category\":"
			   "\"child\",\"at_risk\":[\"child\"],\"danger_now\":\"no\","
			   "\"weapons\":\"no\",\"family_knows\":\"no\",\"seen\":\"x\","
			   "\"reach\":\"receipt\",\"origin\":\"poster\",\"number\":7}");
}

static void send(const char *digits, cJSON *signal, const char *identity)
{
	cJSON *command = cJSON_CreateObject();
	char *text;

	cJSON_AddStringToObject(command, "do", "send");
	cJSON_AddStringToObject(command, "receipt", digits);
	cJSON_AddItemToObject(command, "signal", signal);
	if (identity != NULL) {
		cJSON_AddItemToObject(command, "identity", cJSON_Parse(identity));
	}
	text = cJSON_PrintUnformatted(command);
	(void)scene_do(&s, text);
	cJSON_free(text);
	cJSON_Delete(command);
}

static void test_every_field_written_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(fields); i++) {
		char digits[KR_RECEIPT_TEXT_BYTES];
		cJSON *signal = good_signal();
		const char *fault = fields[i].fault;

		print_message("# %s: %s\n", fields[i].field,
			fields[i].value != NULL ? fields[i].value : "left out");
		scene_begin(&s);
		scene_open(&s);
		scene_receipt(&s, digits);
		cJSON_DeleteItemFromObject(signal, fields[i].field);
		if (fields[i].value != NULL) {
			cJSON_AddItemToObject(
				signal, fields[i].field, cJSON_Parse(fields[i].value));
		}
		send(digits, signal, NULL);
		if (fault != NULL && *fault == '\0') {
			assert_string_equal(text_of(s.answer, "error"), "");
			assert_int_equal(s.num_sent, 1);
		} else {
			assert_string_equal(text_of(s.answer, "error"), "field");
			assert_string_equal(
				text_of(s.answer, "field"), fault != NULL ? fault : "");
			assert_int_equal(s.num_sent, 0);
			send(digits, good_signal(), NULL);
			assert_int_equal(s.num_sent, 1);
		}
		scene_end(&s);
	}
}

/* Texts as long as they may be, and a byte longer. */
static void test_the_longest_texts(void **state)
{
	static const struct {
		const char *field;
		size_t max;
	} texts[] = {{"seen", 4000}, {"who", 1000}, {"tried", 1000}, {"reach_when", 300}};

	(void)state;
	for (size_t i = 0; i < 2 * NUM(texts); i++) {
		size_t len = texts[i / 2].max + i % 2;
		char digits[KR_RECEIPT_TEXT_BYTES];
		cJSON *signal = good_signal();
		char text[4096] = "";

		memset(text, 'e', len);
		scene_begin(&s);
		scene_open(&s);
		scene_receipt(&s, digits);
		cJSON_DeleteItemFromObject(signal, texts[i / 2].field);
		cJSON_AddStringToObject(signal, texts[i / 2].field, text);
		send(digits, signal, NULL);
		assert_string_equal(
			text_of(s.answer, "field"), i % 2 == 0 ? "" : texts[i / 2].field);
		scene_end(&s);
	}
}

static void test_an_identity_written_wrong(void **state)
{
	static const struct {
		const char *identity;
		const char *fault;
	} identities[] = {
		{"{\"name\":\"Jan\"}", "identity"}, /* the signal is anonymous */
		{"{\"name\":7}", "name"},
		{"{\"contact\":[]}", "contact"},
		{"{\"certificate\":\"AA\"}", "certificate"},
		{"{\"proof\":\"AA\"}", "proof"},
		{"{\"nickname\":\"J\"}", ""},
		{"[]", ""},
	};

	(void)state;
	for (size_t i = 0; i < NUM(identities); i++) {
		char digits[KR_RECEIPT_TEXT_BYTES];

		scene_begin(&s);
		scene_open(&s);
		scene_receipt(&s, digits);
		send(digits, good_signal(), identities[i].identity);
		assert_string_equal(text_of(s.answer, "error"), "field");
		assert_string_equal(text_of(s.answer, "field"), identities[i].fault);
		assert_int_equal(s.num_sent, 0);
		scene_end(&s);
	}
}

static void test_commands_written_wrong(void **state)
{
	static const struct {
		const char *command;
		const char *error;
	} commands[] = {
		{"{}", "field"},
		{"[]", "json"},
		{"{\"do\":\"init\"}", "verb"},
		{"{\"do\":\"receipt\"}", "state"},
		{"{\"do\":\"send\"}", "state"},
		{"{\"do\":\"answer\",\"text\":\"x\"}", "state"},
		{"{\"do\":\"check\",\"arrival\":\"AA\"}", "state"},
		{"{\"do\":\"open\"}", "field"},
		{"{\"do\":\"open\",\"url\":\"\",\"relay\":\"r\",\"pinned\":true,"
		 "\"link\":\"#2\"}",
			"link"},
		{"{\"do\":\"open\",\"url\":\"wss://r/\",\"relay\":\"r\",\"pinned\":true,"
		 "\"identity_key\":\"AA\"}",
			"field"},
		{"{\"do\":\"open\",\"url\":\"wss://r/\",\"relay\":\"r\",\"pinned\":1}",
			"field"},
		{"{\"do\":\"return\",\"url\":\"wss://r/\",\"relay\":\"r\"}", "field"},
		{"{\"do\":\"return\",\"url\":\"wss://r/\",\"relay\":\"r\",\"receipt\":"
		 "\"1\"}",
			"encoding"},
		{"{\"do\":\"forget\",\"x\":1}", "field"},
	};

	(void)state;
	scene_begin(&s);
	for (size_t i = 0; i < NUM(commands); i++) {
		(void)scene_do(&s, commands[i].command);
		assert_string_equal(text_of(s.answer, "error"), commands[i].error);
		assert_true(*text_of(s.answer, "text") != '\0');
	}
	assert_int_equal(s.num_connections, 0);
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field_written_wrong),
		cmocka_unit_test(test_the_longest_texts),
		cmocka_unit_test(test_an_identity_written_wrong),
		cmocka_unit_test(test_commands_written_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
