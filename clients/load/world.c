#include "clients/load/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kring/mls_header.h>

/* Admissions change the community's state, each in turn: more at once would only
 * collide. */
#define ADMISSIONS_AT_ONCE 1

#define GENESIS_BYTES 64

/* ---- Messages that look like MLS to a relay ---------------------------------------- */

static void write_private_message(struct kr_writer *w, const struct group *group,
	enum kr_mls_content content, struct kr_view aad, size_t fill,
	struct kr_view trailer)
{
	static const uint8_t sender_data[28];
	const struct kr_view canary = kr_view_str(WORLD_CANARY);
	size_t vec;

	kr_write_u16(w, 1); /* mls10 */
	kr_write_u16(w, 2); /* mls_private_message */
	kr_write_vec(w, kr_view(group->topic.id, sizeof(group->topic.id)));
	kr_write_u64(w, group->epoch);
	kr_write_u8(w, (uint8_t)content);
	kr_write_vec(w, aad);
	kr_write_vec(w, kr_view(sender_data, sizeof(sender_data)));
	vec = kr_write_vec_begin(w);
	for (size_t done = 0; done < fill; done += canary.len) {
		kr_write_fixed(w,
			kr_view(canary.data,
				canary.len < fill - done ? canary.len : fill - done));
	}
	kr_write_fixed(w, trailer);
	kr_write_vec_end(w, vec);
}

/* version, wire_format, cipher suite, then secrets and GroupInfo, both opaque to a
 * relay. */
static void write_welcome(struct kr_writer *w)
{
	const struct kr_view opaque = kr_view_str(WORLD_CANARY);

	kr_write_u16(w, 1); /* mls10 */
	kr_write_u16(w, 3); /* mls_welcome */
	kr_write_u16(w, 3); /* X25519, ChaCha20-Poly1305, SHA-256, Ed25519 */
	kr_write_vec(w, opaque);
	kr_write_vec(w, opaque);
}

void world_write_post(struct kr_writer *w, const struct group *group, size_t body_bytes,
	struct kr_view trailer)
{
	const struct kr_group_aad aad = {.seen_seq = group->seq};
	/* What stands around the fill: header, ids and lengths. */
	const size_t around = 140 + trailer.len;
	uint8_t aad_bytes[128];
	struct kr_writer aad_writer;

	kr_writer_init_fixed(&aad_writer, aad_bytes, sizeof(aad_bytes));
	kr_group_aad_write(&aad_writer, &aad);
	write_private_message(w, group, KR_MLS_POST, kr_writer_view(&aad_writer),
		body_bytes > around ? body_bytes - around : 1, trailer);
}

/* ---- Steps ------------------------------------------------------------------------- */

static void complain(struct world *world, const char *step, struct kr_view object)
{
	if (!world->error[0]) {
		(void)snprintf(world->error, sizeof(world->error), "%s: %.*s", step,
			(int)object.len, (const char *)object.data);
	}
}

void world_on_message(
	void *ctx, struct session *session, struct kr_view object, struct kr_view body)
{
	struct world *world = ctx;
	struct kr_json_doc doc;
	bool ok = false;

	(void)body;
	if (kr_json_parse(&doc, object)) {
		complain(world, "not JSON", object);
		return;
	}
	if (kr_json_has(&doc, "re")) {
		session->num_outstanding--;
		world->num_waiting--;
		if (kr_json_get_bool(&doc, "ok", &ok) || !ok) {
			complain(world, "refused", object);
		} else {
			world->on_answer(world, session, &doc);
		}
	}
	kr_json_free(&doc);
}

static void ask(struct world *world, struct session *session, struct kr_request *request)
{
	(void)kr_random_fill(&kr_random_system, request->event, sizeof(request->event));
	world->num_waiting++;
	(void)session_request(session, request);
	session_flush(session);
}

static enum kr_err wait_for_answers(struct world *world, uint64_t deadline_ns)
{
	while (world->num_waiting && !world->error[0]) {
		pool_poll(world->pool, 100);
		if (pool_now() > deadline_ns) {
			complain(world, "out of time", kr_view_str("no answer"));
		}
		if (world->pool->num_failed) {
			complain(world, "out of sessions",
				kr_view_str("connection closed"));
		}
	}
	return world->error[0] ? KR_ERR_STATE : KR_OK;
}

static void ignore_answer(
	struct world *world, struct session *session, const struct kr_json_doc *answer)
{
	(void)world;
	(void)session;
	(void)answer;
}

static struct kr_request community_request(const struct world *world, enum kr_verb verb)
{
	static const char statement[] = "signed by a coordinator " WORLD_CANARY;

	return (struct kr_request){
		.verb = verb,
		.topic = kr_topic(KR_TOPIC_COMMUNITY, world->community),
		.body = kr_view_str(statement),
	};
}

static enum kr_err found_community(struct world *world, uint64_t deadline_ns)
{
	struct session *founder = &world->pool->list[0];
	uint8_t genesis[GENESIS_BYTES];
	struct kr_request request = {
		.verb = KR_VERB_COMMUNITY_FOUND,
		.num_coordinators = 1,
		.body = kr_view(genesis, sizeof(genesis)),
	};
	enum kr_err err = kr_random_fill(&kr_random_system, genesis, sizeof(genesis));

	if (err) {
		return err;
	}
	if (kr_base64url_decode(request.grant, sizeof(request.grant),
		    kr_view_str(world->options->grant))) {
		complain(world, "--grant", kr_view_str("not a code"));
		return KR_ERR_STATE;
	}
	memcpy(request.coordinators[0], founder->account, KR_ID_BYTES);
	kr_sha256(world->community, request.body);
	world->on_answer = ignore_answer;
	ask(world, founder, &request);
	return wait_for_answers(world, deadline_ns);
}

static enum kr_err admit_all(struct world *world, uint32_t num, uint64_t deadline_ns)
{
	struct session *coordinator = &world->pool->list[0];
	uint32_t next = 1;

	world->on_answer = ignore_answer;
	while (next < num && !world->error[0] && !world->pool->num_failed &&
		pool_now() < deadline_ns) {
		while (next < num && coordinator->num_outstanding < ADMISSIONS_AT_ONCE) {
			struct kr_request request =
				community_request(world, KR_VERB_COMMUNITY_ADMIT);

			memcpy(request.account, world->pool->list[next++].account,
				KR_ID_BYTES);
			ask(world, coordinator, &request);
		}
		pool_poll(world->pool, 100);
	}
	return wait_for_answers(world, deadline_ns);
}

/* ---- Groups ------------------------------------------------------------------------ */

static void route_some(struct world *world, struct group *group)
{
	uint8_t added[KR_EVENT_LIST_MAX * KR_ID_BYTES];
	uint32_t num = group->num - group->num_routed;
	struct kr_group_aad aad = {.is_commit = true, .seen_seq = group->seq};
	KR_AUTO_WRITER struct kr_writer aad_writer = {0};
	KR_AUTO_WRITER struct kr_writer message = {0};
	struct kr_request request = {
		.verb = KR_VERB_GROUP_COMMIT,
		.topic = group->topic,
		.rev = group->rev,
	};

	num = num < KR_EVENT_LIST_MAX ? num : KR_EVENT_LIST_MAX;
	for (uint32_t i = 0; i < num; i++) {
		memcpy(added + (size_t)i * KR_ID_BYTES,
			world->pool->list[group->first + group->num_routed + i].account,
			KR_ID_BYTES);
	}
	aad.added = kr_view(added, (size_t)num * KR_ID_BYTES);
	kr_writer_init(&aad_writer);
	kr_writer_init(&message);
	kr_group_aad_write(&aad_writer, &aad);
	write_private_message(&message, group, KR_MLS_COMMIT, kr_writer_view(&aad_writer),
		64, kr_view_str("commit"));
	request.welcome_len = message.len;
	write_welcome(&message);
	request.welcome_len = message.len - request.welcome_len;
	request.body = kr_writer_view(&message);
	group->num_routed += num;
	group->epoch++;
	ask(world, &world->pool->list[group->first], &request);
}

static void on_group_answer(
	struct world *world, struct session *session, const struct kr_json_doc *answer)
{
	struct group *group = &world->groups[session->index / world->options->members];

	if (kr_json_get_u64(answer, "rev", &group->rev) ||
		kr_json_get_u64(answer, "seq", &group->seq)) {
		complain(world, "group", kr_view_str("an answer without seq and rev"));
		return;
	}
	if (group->num_routed < group->num) {
		route_some(world, group);
	}
}

static enum kr_err make_groups(struct world *world, uint64_t deadline_ns)
{
	world->on_answer = on_group_answer;
	for (uint32_t i = 0; i < world->num_groups; i++) {
		struct group *group = &world->groups[i];
		uint8_t id[KR_ID_BYTES];
		struct kr_request request = {.verb = KR_VERB_GROUP_CREATE};

		(void)kr_random_fill(&kr_random_system, id, sizeof(id));
		*group = (struct group){
			.topic = kr_topic(KR_TOPIC_GROUP, id),
			.index = i,
			.first = i * world->options->members,
			.num = world->options->members,
			.num_routed = 1,
		};
		request.topic = group->topic;
		memcpy(request.community, world->community, KR_ID_BYTES);
		ask(world, &world->pool->list[group->first], &request);
	}
	return wait_for_answers(world, deadline_ns);
}

static enum kr_err subscribe_all(struct world *world, uint64_t deadline_ns)
{
	world->on_answer = ignore_answer;
	for (uint32_t i = 0; i < world->num_groups * world->options->members; i++) {
		const struct group *group = &world->groups[i / world->options->members];
		struct kr_request request = {
			.verb = KR_VERB_TOPIC_SUBSCRIBE,
			.topic = group->topic,
			.after = group->seq,
		};

		memcpy(request.incarnation, world->pool->incarnation,
			sizeof(request.incarnation));
		ask(world, &world->pool->list[i], &request);
	}
	return wait_for_answers(world, deadline_ns);
}

enum kr_err world_init(struct world *world, const struct options *options,
	struct session_pool *pool, uint64_t deadline_ns)
{
	enum kr_err err;

	*world = (struct world){
		.options = options,
		.pool = pool,
		.num_groups = options->num_groups,
	};
	if (!options->num_groups) {
		return KR_OK;
	}
	world->groups = calloc(options->num_groups, sizeof(*world->groups));
	if (!world->groups) {
		return KR_ERR_MEMORY;
	}
	pool->on_message = world_on_message;
	pool->ctx = world;
	if ((err = found_community(world, deadline_ns)) ||
		(err = admit_all(
			 world, options->num_groups * options->members, deadline_ns)) ||
		(err = make_groups(world, deadline_ns))) {
		return err;
	}
	return subscribe_all(world, deadline_ns);
}

void world_finish(struct world *world)
{
	free(world->groups);
	*world = (struct world){0};
}
