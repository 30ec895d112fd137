/* P9 for every verb: what is malformed, oversized, unauthorised, replayed or out of
 * state gets the code of PROTOCOL.md, and changes nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

#include "test.h"

/* How many events there are in all topics. */
static uint64_t position(struct scene *s)
{
	struct store_view view;
	uint64_t position;

	assert_int_equal(store_view_begin(s->w.store, &view), KR_OK);
	position = store_position(&view);
	store_view_end(&view);
	return position;
}

/* Send, and expect a code; an error has changed nothing and the connection still
 * answers. */
static void refused(
	struct scene *s, struct client *c, const struct kr_request *r, const char *code)
{
	uint64_t before = position(s);
	struct kr_request ping;

	expect(c, r, code);
	assert_int_equal(position(s), before);
	if (c->close_code == 0) {
		ping = ask(c, KR_VERB_PING);
		expect(c, &ping, "ok");
	}
}

/* The object of a request as text, with members added before the closing brace. */
static void send_text(struct client *c, const struct kr_request *r, const char *more,
	struct kr_view body)
{
	KR_AUTO_WRITER struct kr_writer object = {0};
	KR_AUTO_WRITER struct kr_writer message = {0};
	struct kr_request bare = *r;
	bool is_text;
	size_t begin;

	bare.body = kr_view(NULL, 0);
	kr_writer_init(&object);
	kr_writer_init(&message);
	kr_request_write(&object, &is_text, &bare);
	begin = kr_message_begin(&message);
	kr_write_fixed(&message, kr_view(object.data, object.len - 1));
	kr_write_fixed(&message, kr_view_str(more));
	kr_write_u8(&message, '}');
	kr_message_end(&message, begin, body);
	send_bytes(c, kr_writer_view(&message), false);
}

static void refused_text(struct scene *s, struct client *c, struct kr_request *r,
	const char *more, const char *code)
{
	uint64_t before = position(s);
	struct kr_request ping;

	r->id = c->next_id++;
	send_text(c, r, more, r->body);
	world_settle(&s->w);
	/* What is not JSON has no id that could be read. */
	expect_code(answer_to(c, strcmp(code, "json") == 0 ? 0 : r->id), code);
	assert_int_equal(position(s), before);
	/* Too many unreadable ones in a row would close the connection. */
	ping = ask(c, KR_VERB_PING);
	expect(c, &ping, "ok");
	client_forget(c);
}

static const char *const field_names[KR_NUM_FIELDS] = {
#define FIELD_NAME(symbol, name, type, member, least, greatest) name,
	KR_FIELD_LIST(FIELD_NAME)
#undef FIELD_NAME
};

/* ---- Malformed and oversized ------------------------------------------------------ */

static void check_fields(struct scene *s, struct client *c, const struct kr_request *good)
{
	const struct kr_verb_info *info = kr_verb_info(good->verb);
	struct kr_request r;
	char more[64];

	for (unsigned i = 0; i < KR_NUM_FIELDS; i++) {
		uint32_t bit = UINT32_C(1) << i;

		r = *good;
		r.fields &= ~bit;
		(void)snprintf(more, sizeof(more), ",\"%s\":null", field_names[i]);
		refused_text(s, c, &r, more, "field"); /* a wrong type, or not allowed */
		if (info->required & bit) {
			refused_text(s, c, &r, "", "field");
		}
	}
	r = *good;
	refused_text(s, c, &r, ",\"unknown\":1", "field");
	refused_text(s, c, &r, ",\"verb\":\"ping\"", "json");
	refused_text(s, c, &r, ",\"id\":\"1\"", "json");
	refused_text(s, c, &r, ",\"x\":[[[[1]]]]", "json");
}

static void check_body(struct scene *s, struct client *c, const struct kr_request *good)
{
	const struct kr_verb_info *info = kr_verb_info(good->verb);
	struct kr_request r = *good;
	uint8_t *large = calloc(1, info->body_max + 1);

	assert_non_null(large);
	r.id = c->next_id++;
	if (info->body == KR_BODY_NONE) {
		r.body = kr_view_str("body");
		refused(s, c, &r, "body");
	} else {
		r.body = kr_view(large, info->body_max + 1);
		refused(s, c, &r, "too_large");
	}
	if (info->body == KR_BODY_REQUIRED) {
		r.id = c->next_id++;
		r.body = kr_view(NULL, 0);
		refused(s, c, &r, "body");
	}
	free(large);
}

static void p9_malformed_requests(void **state)
{
	(void)state;
	for (enum kr_verb verb = 0; verb < KR_NUM_VERBS; verb++) {
		struct scene s;
		struct client *actor;
		struct kr_request good;

		scene_open(&s);
		good = scene_request(&s, verb, &actor);
		check_fields(&s, actor, &good);
		check_body(&s, actor, &good);
		good.id = actor->next_id++;
		expect(actor, &good, "ok"); /* and the good one is good */
		scene_close(&s);
	}
}

/* ---- Unauthorised ----------------------------------------------------------------- */

/* What an authenticated device that is nothing to the topic is told, and a plain
 * member. */
static const struct {
	enum kr_verb verb;
	const char *stranger;
	const char *member; /* NULL: a member may do this */
} who_may[] = {
	{KR_VERB_TOPIC_HEAD, "forbidden", NULL},
	{KR_VERB_TOPIC_READ, "forbidden", NULL},
	{KR_VERB_TOPIC_SUBSCRIBE, "forbidden", NULL},
	{KR_VERB_TOPIC_UNSUBSCRIBE, "not_found", NULL},
	{KR_VERB_KEYS_FETCH, "forbidden", NULL},
	{KR_VERB_COMMUNITY_CHAIN, "invite", "invite"},
	{KR_VERB_COMMUNITY_REQUEST, "invite", "invite"},
	{KR_VERB_COMMUNITY_INVITE, "forbidden", "forbidden"},
	{KR_VERB_COMMUNITY_REVOKE, "forbidden", "forbidden"},
	{KR_VERB_COMMUNITY_ADMIT, "forbidden", "forbidden"},
	{KR_VERB_COMMUNITY_REFUSE, "forbidden", "forbidden"},
	{KR_VERB_COMMUNITY_ROLE, "forbidden", "forbidden"},
	{KR_VERB_COMMUNITY_REMOVE, "forbidden", "forbidden"},
	{KR_VERB_COMMUNITY_MUTE, "forbidden", "forbidden"},
	{KR_VERB_COMMUNITY_RULES, "forbidden", "forbidden"},
	{KR_VERB_COMMUNITY_NOTICE, "forbidden", "forbidden"},
	{KR_VERB_COMMUNITY_LEAVE, "forbidden", NULL},
	{KR_VERB_GROUP_CREATE, "forbidden", NULL},
	{KR_VERB_GROUP_POST, "forbidden", NULL},
	{KR_VERB_GROUP_COMMIT, "forbidden", NULL},
	{KR_VERB_GROUP_VOID, "forbidden", "forbidden"}, /* an administrator's commit */
	{KR_VERB_GROUP_LEAVE, "forbidden", NULL},
	{KR_VERB_GROUP_HEAL, "forbidden", NULL},
	{KR_VERB_INBOX_UPDATE, "forbidden", "forbidden"},
	{KR_VERB_INBOX_CASES, "forbidden", "forbidden"},
	{KR_VERB_INBOX_NOTICE, "forbidden", "forbidden"},
	{KR_VERB_CASE_SUBMIT, "named", "named"},
	{KR_VERB_CASE_OPEN, "named", "named"},
	{KR_VERB_CASE_APPEND, "forbidden", "forbidden"},
	{KR_VERB_CASE_KEYS, "forbidden", "forbidden"},
	{KR_VERB_CASE_NOTE, "forbidden", "forbidden"},
};

static void p9_unauthorised_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(who_may); i++) {
		struct scene s;
		struct client *actor;
		struct kr_request r;

		scene_open(&s);
		r = scene_request(&s, who_may[i].verb, &actor);
		r.id = s.stranger->next_id++;
		refused(&s, s.stranger, &r, who_may[i].stranger);
		if (who_may[i].member != NULL) {
			r.id = s.member->next_id++;
			refused(&s, s.member, &r, who_may[i].member);
		}
		scene_close(&s);
	}
}

static bool is_for_anybody(enum kr_verb verb)
{
	return verb == KR_VERB_PING || verb == KR_VERB_AUTH ||
		verb == KR_VERB_INBOX_READ || verb == KR_VERB_CASE_SUBMIT ||
		verb == KR_VERB_CASE_OPEN;
}

static void p9_anonymous_requests(void **state)
{
	struct scene s;
	struct client *anonymous;

	(void)state;
	scene_open(&s);
	anonymous = client_new(&s.w, 70);
	client_connect(anonymous);
	for (enum kr_verb verb = 0; verb < KR_NUM_VERBS; verb++) {
		struct client *actor;
		struct kr_request r;

		if (is_for_anybody(verb)) {
			continue;
		}
		r = scene_request(&s, verb, &actor);
		r.id = anonymous->next_id++;
		refused(&s, anonymous, &r, "auth_required");
	}
	client_free(anonymous);
	scene_close(&s);
}

/* ---- Replayed --------------------------------------------------------------------- */

/* Every verb that appends: again the same is answered the same, with anything else
 * changed it is refused, and neither appends anything. */
static void p9_replayed_requests(void **state)
{
	(void)state;
	for (enum kr_verb verb = 0; verb < KR_NUM_VERBS; verb++) {
		const struct kr_verb_info *info = kr_verb_info(verb);
		struct scene s;
		struct client *actor;
		struct kr_request r;
		struct kr_request stolen;
		uint64_t before;

		if ((info->required & KR_R(EVENT)) == 0 || verb == KR_VERB_CASE_SUBMIT) {
			continue; /* whoever submits has no other verb to confuse it with */
		}
		scene_open(&s);
		r = scene_request(&s, verb, &actor);
		expect(actor, &r, "ok");
		before = position(&s);
		for (int i = 0; i < 2; i++) {
			r.id = actor->next_id++;
			expect(actor, &r, "ok");
			assert_int_equal(position(&s), before);
		}
		/* The same event id, another verb. */
		stolen = ask(actor, KR_VERB_DEVICE_ADD);
		memcpy(stolen.event, r.event, sizeof(stolen.event));
		memset(stolen.key, 0x66, sizeof(stolen.key));
		stolen.fields |= KR_R(KEY);
		stolen.body = kr_view_str("another");
		refused(&s, actor, &stolen, "id_reused");
		scene_close(&s);
	}
}

/* The other way round: an id that device.add took is no good for any other verb. */
static void p9_an_id_of_another_verb(void **state)
{
	(void)state;
	for (enum kr_verb verb = 0; verb < KR_NUM_VERBS; verb++) {
		struct scene s;
		struct client *actor;
		struct kr_request r;
		struct kr_request taken;

		if ((kr_verb_info(verb)->required & KR_R(EVENT)) == 0 ||
			verb == KR_VERB_CASE_SUBMIT) {
			continue;
		}
		scene_open(&s);
		r = scene_request(&s, verb, &actor);
		taken = ask(actor, KR_VERB_DEVICE_ADD);
		memset(taken.key, 0x67, sizeof(taken.key));
		taken.fields |= KR_R(KEY);
		taken.body = kr_view_str("another");
		expect(actor, &taken, "ok");
		memcpy(r.event, taken.event, sizeof(r.event));
		r.id = actor->next_id++;
		refused(&s, actor, &r, "id_reused");
		scene_close(&s);
	}
}

/* ---- Out of state ----------------------------------------------------------------- */

struct out_of_state {
	const char *what;
	enum kr_verb verb;
	void (*change)(struct scene *s, struct kr_request *r);
	const char *code;
};

static void do_first(struct scene *s, struct kr_request *r)
{
	struct client *actor;
	struct kr_request first = scene_request(s, r->verb, &actor);

	expect(actor, &first, "ok");
}

static void withdraw(struct scene *s, struct kr_request *r)
{
	(void)s;
	r->coordinator = false;
}

static void name_stranger(struct scene *s, struct kr_request *r)
{
	memcpy(r->account, s->stranger->account, sizeof(r->account));
}

static void name_coordinator(struct scene *s, struct kr_request *r)
{
	memcpy(r->account, s->coordinator->account, sizeof(r->account));
	r->coordinator = false;
}

static void bend_topic(struct scene *s, struct kr_request *r)
{
	(void)s;
	r->topic.id[5] ^= 1;
}

static void wrong_kind(struct scene *s, struct kr_request *r)
{
	(void)s;
	r->topic.kind = r->topic.kind == 'g' ? 'c' : 'g';
}

static void in_the_past(struct scene *s, struct kr_request *r)
{
	r->until_ms = s->w.now_ms;
}

static void bend_key(struct scene *s, struct kr_request *r)
{
	(void)s;
	r->invite[0] ^= 1;
	r->key[0] ^= 1;
	r->grant[0] ^= 1;
}

static void bend_sig(struct scene *s, struct kr_request *r)
{
	(void)s;
	r->sig[0] ^= 1;
}

static void bend_hash(struct scene *s, struct kr_request *r)
{
	(void)s;
	r->hash[0] ^= 1;
}

static void time_passes(struct scene *s, struct kr_request *r)
{
	(void)r;
	s->w.now_ms += 7200000;
	relay_tick(s->w.relay, s->w.now_ms, s->w.mono_ms);
}

static void garbage(struct scene *s, struct kr_request *r)
{
	(void)s;
	r->body = kr_view_str("garbage");
}

static void main_again(struct scene *s, struct kr_request *r)
{
	struct client *actor;

	*r = scene_request(s, KR_VERB_GROUP_CREATE, &actor);
	r->main = true;
}

static void without_founder(struct scene *s, struct kr_request *r)
{
	memcpy(r->coordinators[0], s->stranger->account, KR_ID_BYTES);
}

static void twice_a_coordinator(struct scene *s, struct kr_request *r)
{
	(void)s;
	memcpy(r->coordinators[1], r->coordinators[0], KR_ID_BYTES);
	r->num_coordinators = 2;
}

static void many_last_resorts(struct scene *s, struct kr_request *r)
{
	(void)s;
	r->last_resort = true;
}

static void too_long_a_welcome(struct scene *s, struct kr_request *r)
{
	(void)s;
	r->welcome_len = r->body.len;
}

static void an_unwanted_welcome(struct scene *s, struct kr_request *r)
{
	(void)s;
	r->welcome_len = 1;
}

static void nobodys_key_package(struct scene *s, struct kr_request *r)
{
	name_coordinator(s, r);
}

static void from_the_future(struct scene *s, struct kr_request *r)
{
	(void)s;
	r->after = 4000;
}

static const struct out_of_state out_of_states[] = {
	{"a topic that is not there", KR_VERB_TOPIC_HEAD, bend_topic, "forbidden"},
	{"a topic that is not there", KR_VERB_TOPIC_READ, bend_topic, "forbidden"},
	{"beyond the end", KR_VERB_TOPIC_READ, from_the_future, "cursor_ahead"},
	{"beyond the end", KR_VERB_TOPIC_SUBSCRIBE, from_the_future, "cursor_ahead"},
	{"not subscribed", KR_VERB_TOPIC_UNSUBSCRIBE, bend_topic, "not_found"},
	{"a device that is there", KR_VERB_DEVICE_ADD, do_first, "exists"},
	{"a device that is none", KR_VERB_DEVICE_REMOVE, bend_key, "not_found"},
	{"no key package", KR_VERB_KEYS_PUBLISH, garbage, "mls"},
	{"several of last resort", KR_VERB_KEYS_PUBLISH, many_last_resorts, "field"},
	{"of one who has none", KR_VERB_KEYS_FETCH, nobodys_key_package, "not_found"},
	{"of one who is no member", KR_VERB_KEYS_FETCH, name_stranger, "not_found"},
	{"a used code", KR_VERB_COMMUNITY_FOUND, do_first, "grant"},
	{"an unknown code", KR_VERB_COMMUNITY_FOUND, bend_key, "grant"},
	{"a code past its time", KR_VERB_COMMUNITY_FOUND, time_passes, "grant"},
	{"without the founder", KR_VERB_COMMUNITY_FOUND, without_founder, "field"},
	{"one coordinator twice", KR_VERB_COMMUNITY_FOUND, twice_a_coordinator, "field"},
	{"in no community", KR_VERB_COMMUNITY_INVITE, bend_topic, "forbidden"},
	{"of a group", KR_VERB_COMMUNITY_INVITE, wrong_kind, "forbidden"},
	{"already over", KR_VERB_COMMUNITY_INVITE, in_the_past, "field"},
	{"the same key", KR_VERB_COMMUNITY_INVITE, do_first, "exists"},
	{"no invitation", KR_VERB_COMMUNITY_REVOKE, bend_key, "not_found"},
	{"revoked twice", KR_VERB_COMMUNITY_REVOKE, do_first, "not_found"},
	{"no such invitation", KR_VERB_COMMUNITY_CHAIN, bend_key, "invite"},
	{"not signed by the seed", KR_VERB_COMMUNITY_CHAIN, bend_sig, "invite"},
	{"past its time", KR_VERB_COMMUNITY_CHAIN, time_passes, "invite"},
	{"not signed by the seed", KR_VERB_COMMUNITY_REQUEST, bend_sig, "invite"},
	{"past its time", KR_VERB_COMMUNITY_REQUEST, time_passes, "invite"},
	{"used up, by the same", KR_VERB_COMMUNITY_REQUEST, do_first, "invite"},
	{"who did not ask", KR_VERB_COMMUNITY_REFUSE, name_stranger, "not_found"},
	{"answered already", KR_VERB_COMMUNITY_REFUSE, do_first, "not_found"},
	{"who is no member", KR_VERB_COMMUNITY_ROLE, name_stranger, "not_found"},
	{"who is none, withdrawn", KR_VERB_COMMUNITY_ROLE, withdraw, "state"},
	{"the last coordinator", KR_VERB_COMMUNITY_ROLE, name_coordinator,
		"last_coordinator"},
	{"the last coordinator", KR_VERB_COMMUNITY_REMOVE, name_coordinator,
		"last_coordinator"},
	{"who is no member", KR_VERB_COMMUNITY_REMOVE, name_stranger, "not_found"},
	{"who is no member", KR_VERB_COMMUNITY_MUTE, name_stranger, "not_found"},
	{"a group that is there", KR_VERB_GROUP_CREATE, do_first, "exists"},
	{"no group's name", KR_VERB_GROUP_CREATE, wrong_kind, "field"},
	{"by a member, the main one", KR_VERB_GROUP_CREATE, main_again, "forbidden"},
	{"no MLS", KR_VERB_GROUP_POST, garbage, "mls"},
	{"in a community", KR_VERB_GROUP_POST, wrong_kind, "forbidden"},
	{"no MLS", KR_VERB_GROUP_COMMIT, garbage, "mls"},
	{"nothing but a Welcome", KR_VERB_GROUP_COMMIT, too_long_a_welcome, "mls"},
	{"a piece of one", KR_VERB_GROUP_COMMIT, an_unwanted_welcome, "mls"},
	{"another commit", KR_VERB_GROUP_VOID, bend_hash, "void_late"},
	{"voided already", KR_VERB_GROUP_VOID, do_first, "void_late"},
};

static void p9_requests_out_of_state(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(out_of_states); i++) {
		const struct out_of_state *o = &out_of_states[i];
		struct scene s;
		struct client *actor;
		struct kr_request r;

		print_message("# %s: %s\n", kr_verb_info(o->verb)->name, o->what);
		scene_open(&s);
		r = scene_request(&s, o->verb, &actor);
		o->change(&s, &r);
		if (o->verb == KR_VERB_DEVICE_ADD || o->verb == KR_VERB_COMMUNITY_FOUND) {
			r.body = kr_view_str("another genesis");
		}
		r.id = actor->next_id++;
		refused(&s, actor, &r, o->code);
		scene_close(&s);
	}
}

/* ---- Too much --------------------------------------------------------------------- */

static void p9_too_many_outstanding(void **state)
{
	struct scene s;
	uint64_t ids[65];
	size_t num_busy = 0;

	(void)state;
	scene_open(&s);
	for (size_t i = 0; i < NUM(ids); i++) {
		struct kr_request r = ask(s.coordinator, KR_VERB_COMMUNITY_NOTICE);

		ask_topic(&r, s.community);
		r.body = kr_view_str("notice");
		ids[i] = send_request(s.coordinator, &r);
	}
	world_settle(&s.w);
	for (size_t i = 0; i < NUM(ids); i++) {
		const struct received *answer = answer_to(s.coordinator, ids[i]);

		assert_non_null(answer);
		num_busy += kr_json_has(&answer->object, "error") ? 1 : 0;
	}
	assert_int_equal(num_busy, 1);
	expect_code(answer_to(s.coordinator, ids[64]), "busy");
	scene_close(&s);
}

/* A queue that is full, a disk that is full: a clear answer, and it works again
 * afterwards. */
static void p9_full_is_said_and_passes(void **state)
{
	struct scene s;
	struct client *actor;
	struct kr_request r;

	(void)state;
	scene_open(&s);
	r = scene_request(&s, KR_VERB_GROUP_POST, &actor);
	s.w.propose_err = KR_ERR_LIMIT;
	refused(&s, actor, &r, "busy");
	s.w.propose_err = KR_OK;
	r.id = actor->next_id++;
	send_request(actor, &r);
	s.w.waiting[0]->result =
		(struct log_result){.outcome = LOG_FAILED, .err = KR_ERR_STORE_FULL};
	s.w.num_waiting = 0;
	relay_committed(s.w.relay, s.w.waiting[0]);
	expect_code(answer_to(actor, r.id), "full");
	r.id = actor->next_id++;
	expect(actor, &r, "ok");
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p9_malformed_requests),
		cmocka_unit_test(p9_unauthorised_requests),
		cmocka_unit_test(p9_anonymous_requests),
		cmocka_unit_test(p9_replayed_requests),
		cmocka_unit_test(p9_an_id_of_another_verb),
		cmocka_unit_test(p9_requests_out_of_state),
		cmocka_unit_test(p9_too_many_outstanding),
		cmocka_unit_test(p9_full_is_said_and_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
