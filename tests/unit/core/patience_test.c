/* A relay that says there is more, and gives nothing: a client that asked again and again
 * would do nothing else. It is found out, or asked ever more seldom. */
#include <stdio.h>
#include <string.h>

#include "test.h"
#include "tests/unit/core/office.h"

#define ASKED_MAX 12  /* in a minute, of one verb, over all topics */
#define LIES_MAX  200 /* then the truth, so that a client that loops comes to an end */

/* An answer's fields, with the request's cursor in them. */
struct liar {
	struct office *o;
	enum kr_verb verb;
	int topic_kind;
	const char *fields;
	uint64_t step; /* the cursor that it gives is so much later */
	size_t num_asked;
	char answer[512];
};

static const char *lead_on(void *ctx, const struct kr_request *request)
{
	struct liar *liar = ctx;

	if (request->verb != liar->verb ||
		(liar->topic_kind != 0 && request->topic.kind != liar->topic_kind) ||
		++liar->num_asked > LIES_MAX) {
		return NULL;
	}
	(void)snprintf(liar->answer, sizeof(liar->answer), liar->fields,
		(unsigned long long)(request->after + liar->step));
	return liar->answer;
}

#define HASH "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""
#define MORE "\"ok\":true,\"next\":%llu,\"more\":true"
#define REFUSED(code)                                                                    \
	"\"error\":\"" code "\",\"text\":\"No.\",\"retry\":\"rebase\",\"seq\":%llu,"     \
	"\"hash\":" HASH ",\"incarnation\":\"AAAAAAAAAAAAAAAAAAAAAA\""

static const struct {
	const char *name;
	enum kr_verb verb;
	int topic_kind;
	const char *fields;
	uint64_t step;
	const char *alarm; /* NULL: none, it is only asked less */
} lies[] = {
	{"an empty page of a case", KR_VERB_TOPIC_READ, 's', MORE, 0, "hash_mismatch"},
	{"an empty page that says it led on", KR_VERB_TOPIC_READ, 's', MORE, 1,
		"hash_mismatch"},
	{"trimmed up to where one is", KR_VERB_TOPIC_SUBSCRIBE, 'i', REFUSED("trimmed"),
		0, "history_rewritten"},
	{"trimmed, and trimmed again", KR_VERB_TOPIC_SUBSCRIBE, 'i', REFUSED("trimmed"),
		1, NULL},
	{"another life, which is this one", KR_VERB_TOPIC_SUBSCRIBE, 'i',
		REFUSED("incarnation"), 0, "incarnation_lost"},
	{"no topics, and more of them", KR_VERB_ACCOUNT_TOPICS, 0,
		"\"ok\":true,\"topics\":[],\"more\":true,\"next\":%llu", 0, NULL},
	{"a topic, and again", KR_VERB_ACCOUNT_TOPICS, 0,
		"\"ok\":true,\"topics\":[\"c."
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"]"
		",\"more\":true,\"next\":%llu",
		0, NULL},
	{"no keys, and more of them", KR_VERB_CASE_KEYS, 0, MORE, 0, NULL},
	{"no records, and more of them", KR_VERB_INBOX_READ, 0, MORE, 0, NULL},
	{"no records, but further on", KR_VERB_INBOX_READ, 0, MORE, 1, NULL},
};

/* Sanne was away while something happened, and comes back. */
static void p9_who_is_led_on_does_not_follow(void **state)
{
	size_t num_faults = 0;

	for (size_t i = 0; i < NUM(lies); i++) {
		struct liar liar = {
			.verb = lies[i].verb,
			.topic_kind = lies[i].topic_kind,
			.fields = lies[i].fields,
			.step = lies[i].step,
		};
		struct relay_lie lie = {.ctx = &liar, .answer = lead_on};
		struct office *o;
		size_t num_alarms;

		office_setup_signal(state);
		o = *state;
		world_disconnect(o->sanne);
		o->sanne->timer_ms = 0;
		assert_string_equal(
			office_act(o, o->wim, "acknowledge", "\"text\":\"Gelezen.\""),
			"ok");
		relay_double_lie(o->world.relay, &lie);
		world_restart(o->sanne);
		/* For which she reads who else is in the case. */
		(void)world_say(o->sanne,
			"{\"do\":\"follow_up\",\"case\":\"%s\",\"text\":\"Ik ook.\"}",
			o->neighbour.case_id);
		world_pass(&o->world, 60000);
		num_alarms =
			lies[i].alarm == NULL ? 0 : world_alarms(o->sanne, lies[i].alarm);
		if (liar.num_asked == 0 || liar.num_asked > ASKED_MAX ||
			(num_alarms > 0) != (lies[i].alarm != NULL)) {
			num_faults++;
			print_message("# %s: asked %zu times, alarms %zu\n", lies[i].name,
				liar.num_asked, num_alarms);
		}
		relay_double_lie(o->world.relay, &(struct relay_lie){0});
		office_teardown(state);
	}
	assert_int_equal(num_faults, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p9_who_is_led_on_does_not_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
