/* The short ways of fixture.h: communities, groups, messages, events. */
#include <stdio.h>
#include <string.h>

#include "fixture.h"

#include "test.h"

/* ---- Short ways ------------------------------------------------------------------- */

struct kr_view number_id(unsigned number)
{
	static uint8_t ids[8][KR_ID_BYTES];
	static size_t at;
	uint8_t *out = ids[at++ % 8];

	memset(out, 0, KR_ID_BYTES);
	memcpy(out, &number, sizeof(number));
	out[KR_ID_BYTES - 1] = 0x1d;
	return kr_view(out, KR_ID_BYTES);
}

struct kr_topic group_topic(unsigned number)
{
	return kr_topic(KR_TOPIC_GROUP, number_id(number).data);
}

static void granted(void *ctx, enum kr_err err)
{
	*(enum kr_err *)ctx = err;
}

void recovery_of(struct kr_ed25519_keypair *pair, unsigned number)
{
	struct kr_secret seed = {{(uint8_t)number, 0x4e}};

	kr_ed25519_from_seed(pair, &seed);
}

struct kr_topic found_community(struct client *founder, unsigned number)
{
	struct kr_request r = ask(founder, KR_VERB_COMMUNITY_FOUND);
	struct world *w = founder->world;
	uint8_t hash[KR_SHA256_BYTES];
	struct kr_ed25519_keypair recovery;
	struct kr_topic community;
	char genesis[32];
	enum kr_err err = KR_ERR_STATE;

	(void)snprintf(genesis, sizeof(genesis), "genesis %u", number);
	memcpy(r.grant, &number, sizeof(number));
	r.grant[15] = 0x77;
	kr_sha256(hash, kr_view(r.grant, sizeof(r.grant)));
	assert_int_equal(relay_operator_grant(
				 w->relay, hash, w->now_ms + 3600000, 1, granted, &err),
		KR_OK);
	world_settle(w);
	assert_int_equal(err, KR_OK);
	memcpy(r.coordinators[0], founder->account, KR_ID_BYTES);
	r.num_coordinators = 1;
	recovery_of(&recovery, number);
	memcpy(r.key, recovery.public_key, sizeof(r.key));
	r.fields |= KR_R(GRANT) | KR_R(COORDINATORS) | KR_R(KEY);
	r.body = kr_view_str(genesis);
	expect(founder, &r, "ok");
	community.kind = KR_TOPIC_COMMUNITY;
	kr_sha256(community.id, r.body);
	return community;
}

void admit_member(
	struct client *coordinator, struct kr_topic community, const struct client *who)
{
	struct kr_request r = ask(coordinator, KR_VERB_COMMUNITY_ADMIT);

	ask_topic(&r, community);
	memcpy(r.account, who->account, sizeof(r.account));
	r.fields |= KR_R(ACCOUNT);
	r.body = kr_view_str("certificate");
	expect(coordinator, &r, "ok");
}

void create_group(struct client *creator, struct kr_topic community,
	struct kr_topic group, bool main)
{
	struct kr_request r = ask(creator, KR_VERB_GROUP_CREATE);

	ask_topic(&r, group);
	memcpy(r.community, community.id, sizeof(r.community));
	r.main = main;
	r.fields |= KR_R(COMMUNITY) | KR_R(MAIN);
	expect(creator, &r, "ok");
}

static void write_message(struct kr_bytes *out, struct kr_topic group, uint64_t epoch,
	unsigned content, unsigned salt, const struct kr_group_aad *aad)
{
	struct kr_writer w;
	size_t begin;

	kr_writer_init(&w);
	kr_write_u16(&w, 1);
	kr_write_u16(&w, 2);
	kr_write_vec(&w, kr_view(group.id, sizeof(group.id)));
	kr_write_u64(&w, epoch);
	kr_write_u8(&w, (uint8_t)content);
	begin = kr_write_vec_begin(&w);
	kr_group_aad_write(&w, aad);
	kr_write_vec_end(&w, begin);
	kr_write_vec(&w, kr_view_str("sender data"));
	kr_write_vec(&w, kr_view(&salt, sizeof(salt)));
	assert_int_equal(kr_writer_finish(&w, out), KR_OK);
}

struct kr_bytes make_post(struct kr_topic group, uint64_t epoch, unsigned salt)
{
	struct kr_group_aad aad = {.is_commit = false};
	struct kr_bytes out;

	write_message(&out, group, epoch, KR_MLS_POST, salt, &aad);
	return out;
}

static struct kr_view list_of(
	uint8_t space[4][KR_ID_BYTES], const struct client *const who[4])
{
	size_t num = 0;

	for (; num < 4 && who[num] != NULL; num++) {
		memcpy(space[num], who[num]->account, KR_ID_BYTES);
	}
	return kr_view(space, num * KR_ID_BYTES);
}

struct kr_bytes make_welcome(unsigned salt)
{
	struct kr_bytes out;
	struct kr_writer w;

	kr_writer_init(&w);
	kr_write_u16(&w, 1);
	kr_write_u16(&w, 3);
	kr_write_u16(&w, 3);
	kr_write_vec(&w, kr_view_str("secrets"));
	kr_write_vec(&w, kr_view(&salt, sizeof(salt)));
	assert_int_equal(kr_writer_finish(&w, &out), KR_OK);
	return out;
}

struct kr_bytes make_commit(struct kr_topic group, uint64_t epoch, unsigned salt,
	const struct routing *routing)
{
	uint8_t space[5][4][KR_ID_BYTES];
	struct kr_group_aad aad = {.is_commit = true};
	struct kr_bytes out;

	if (routing != NULL) {
		aad.added = list_of(space[0], routing->added);
		aad.removed = list_of(space[1], routing->removed);
		aad.admins_added = list_of(space[2], routing->admins_added);
		aad.admins_removed = list_of(space[3], routing->admins_removed);
		aad.welcomed = list_of(space[4], routing->welcomed);
	}
	write_message(&out, group, epoch, KR_MLS_COMMIT, salt, &aad);
	return out;
}

struct kr_bytes make_key_packages(unsigned salt, unsigned num)
{
	struct kr_bytes out;
	struct kr_writer w;

	kr_writer_init(&w);
	for (unsigned i = 0; i < num; i++) {
		size_t begin = kr_write_vec_begin(&w);

		kr_write_u16(&w, 1);
		kr_write_u16(&w, 5);
		kr_write_u16(&w, 1);
		kr_write_u16(&w, 3);
		kr_write_vec(&w, number_id(salt + i));
		kr_write_fixed(&w, kr_view_str("leaf node and the rest"));
		kr_write_vec_end(&w, begin);
	}
	assert_int_equal(kr_writer_finish(&w, &out), KR_OK);
	return out;
}

static uint64_t group_number(struct client *c, struct kr_topic group, const char *name)
{
	struct kr_request r = ask(c, KR_VERB_TOPIC_HEAD);

	ask_topic(&r, group);
	return number_in(expect(c, &r, "ok"), name);
}

uint64_t group_rev(struct client *c, struct kr_topic group)
{
	return group_number(c, group, "rev");
}

uint64_t group_epoch(struct client *c, struct kr_topic group)
{
	return group_number(c, group, "epoch");
}

struct kr_request ask_post(
	struct client *c, struct kr_topic group, uint64_t rev, struct kr_view body)
{
	struct kr_request r = ask(c, KR_VERB_GROUP_POST);

	ask_topic(&r, group);
	r.rev = rev;
	r.fields |= KR_R(REV);
	r.body = body;
	return r;
}

struct kr_request ask_commit(struct client *c, struct kr_topic group, uint64_t rev,
	struct kr_view body, uint64_t welcome_len)
{
	struct kr_request r = ask_post(c, group, rev, body);

	r.verb = KR_VERB_GROUP_COMMIT;
	r.welcome_len = welcome_len;
	r.fields |= KR_R(WELCOME_LEN);
	return r;
}

const struct received *post(
	struct client *c, struct kr_topic group, unsigned salt, const char *code)
{
	struct kr_bytes body = make_post(group, group_epoch(c, group), salt);
	struct kr_request r =
		ask_post(c, group, group_rev(c, group), kr_view_bytes(&body));
	const struct received *answer = expect(c, &r, code);

	kr_bytes_free(&body);
	return answer;
}

const struct received *commit(struct client *c, struct kr_topic group, unsigned salt,
	const struct routing *routing, const char *code)
{
	struct kr_bytes message =
		make_commit(group, group_epoch(c, group), salt, routing);
	struct kr_bytes welcome = {0};
	struct kr_writer body;
	struct kr_request r;
	const struct received *answer;

	kr_writer_init(&body);
	kr_write_fixed(&body, kr_view_bytes(&message));
	if (routing != NULL &&
		(routing->added[0] != NULL || routing->welcomed[0] != NULL)) {
		welcome = make_welcome(salt);
		kr_write_fixed(&body, kr_view_bytes(&welcome));
	}
	r = ask_commit(c, group, group_rev(c, group), kr_writer_view(&body), welcome.len);
	answer = expect(c, &r, code);
	kr_writer_free(&body);
	kr_bytes_free(&message);
	kr_bytes_free(&welcome);
	return answer;
}

/* ---- Events ----------------------------------------------------------------------- */

void subscribe(struct client *c, struct kr_topic topic, uint64_t after)
{
	struct kr_request r = ask(c, KR_VERB_TOPIC_SUBSCRIBE);

	ask_topic(&r, topic);
	r.after = after;
	r.fields |= KR_R(AFTER);
	expect(c, &r, "ok");
}

static bool is_verb(const struct received *r, const char *verb)
{
	struct kr_view name;

	return kr_json_get_str(&r->object, "verb", &name) == KR_OK &&
		kr_view_equal(name, kr_view_str(verb));
}

static bool is_event_of(const struct received *r, const struct kr_topic *topic)
{
	struct kr_topic of;

	return is_verb(r, "event") &&
		kr_json_get_topic(&r->object, "topic", &of) == KR_OK &&
		kr_topic_equal(&of, topic);
}

const struct received *next_event(struct client *c, struct kr_topic topic)
{
	client_drain(c);
	while (c->num_read < c->num_received) {
		const struct received *r = &c->received[c->num_read++];

		if (is_event_of(r, &topic)) {
			return r;
		}
	}
	return NULL;
}

void read_event(struct kr_event_delivery *out, const struct received *message)
{
	assert_non_null(message);
	assert_int_equal(
		kr_event_delivery_read(out, &message->object, message->body), KR_OK);
}

size_t num_ended(const struct client *c)
{
	size_t num = 0;

	for (size_t i = 0; i < c->num_received; i++) {
		num += is_verb(&c->received[i], "ended") ? 1 : 0;
	}
	return num;
}

size_t num_begun(const struct client *c, struct kr_topic topic)
{
	struct kr_topic told;
	size_t num = 0;

	for (size_t i = 0; i < c->num_received; i++) {
		const struct kr_json_doc *object = &c->received[i].object;

		num += is_verb(&c->received[i], "begun") &&
				kr_json_get_topic(object, "topic", &told) == KR_OK &&
				kr_topic_equal(&told, &topic)
			? 1
			: 0;
	}
	return num;
}

size_t check_chain(const struct client *c, struct kr_topic topic, uint64_t after,
	const uint8_t hash[KR_SHA256_BYTES])
{
	uint8_t running[KR_SHA256_BYTES];
	uint64_t seq = after;

	memcpy(running, hash, sizeof(running));
	for (size_t i = 0; i < c->num_received; i++) {
		struct kr_event_delivery event;

		if (!is_event_of(&c->received[i], &topic)) {
			continue;
		}
		read_event(&event, &c->received[i]);
		assert_int_equal(event.event.seq, seq + 1);
		kr_event_hash(running, running, &event.event);
		assert_memory_equal(running, event.hash, sizeof(running));
		seq++;
	}
	return (size_t)(seq - after);
}
