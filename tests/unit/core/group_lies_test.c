/* P5: what a relay may try in a group together with somebody who is, or was, a member.
 * Each is found out and changes nothing: whoever is told nothing but the truth goes
 * on. */
#include <stdio.h>
#include <string.h>

#include "clients/core/group/parts.h"
#include "clients/core/state.h"
#include "test.h"
#include "tests/unit/core/street.h"

static const struct kr_random *const rng = &kr_random_system;

static struct kr_topic topic_of(const struct street *s)
{
	return kr_topic(KR_TOPIC_GROUP, s->group_id);
}

/* ---- Voids --------------------------------------------------------------------- */

/* The head of the latest commit. */
static void latest_commit(const struct street *s, struct kr_event_head *head)
{
	struct kr_topic topic = topic_of(s);
	const struct kr_event *event;
	uint64_t seq = relay_double_num(s->world.relay, &topic);

	do {
		event = relay_double_event(s->world.relay, &topic, seq--);
		assert_non_null(event);
	} while (event->type != KR_EVENT_COMMIT);
	assert_int_equal(kr_event_head_read(head, event->type, event->head), KR_OK);
}

/* This client signs that the latest commit is void, and the relay, which should refuse
 * it, hands it on. */
static void void_latest(struct street *s, struct world_client *by)
{
	struct kr_topic topic = topic_of(s);
	const struct kr_event *last = relay_double_event(
		s->world.relay, &topic, relay_double_num(s->world.relay, &topic));
	const struct group *group = group_look(s->anna->core, s->group_id);
	const struct topic *place = topic_look(s->anna->core, &topic);
	struct kr_statement statement = {.kind = KR_STATEMENT_VOID};
	struct kr_event_head head;
	struct kr_event_head was;
	struct kr_writer w;

	assert_int_equal(place->seq, last->seq);
	latest_commit(s, &was);
	memcpy(statement.community, group->community, KR_ID_BYTES);
	memcpy(statement.group, s->group_id, KR_ID_BYTES);
	memcpy(statement.target, was.hash.data, KR_SHA256_BYTES);
	statement.seen_seq = place->seq;
	memcpy(statement.seen_hash, place->hash, sizeof(statement.seen_hash));
	kr_writer_init(&w);
	kr_statement_write(&w, &statement, &by->core->identity.device);
	assert_int_equal(w.err, KR_OK);
	head = (struct kr_event_head){
		.hash = was.hash,
		.epoch = was.epoch,
		.added = was.removed,
		.removed = was.added,
	};
	relay_double_append(s->world.relay, &topic, KR_EVENT_VOID,
		by->core->identity.account, &head, kr_writer_view(&w));
	kr_writer_free(&w);
	world_run(&s->world);
}

/* Who was removed does not come back by undoing the removal. */
static void p5_void_by_who_was_removed(void **state)
{
	struct street *s = *state;
	int epoch;

	(void)world_do(s->anna,
		"{\"do\":\"remove\",\"community\":\"%s\",\"account\":\"%s\","
		"\"reason\":\"\"}",
		s->community, street_account(s->cor));
	world_pass(&s->world, 40000);
	epoch = street_number(s->bram, s->group, "epoch");
	assert_int_equal(street_number(s->bram, s->group, "members"), 2);
	void_latest(s, s->cor);
	assert_int_equal(street_number(s->bram, s->group, "epoch"), epoch);
	assert_int_equal(street_number(s->bram, s->group, "members"), 2);
	assert_int_equal(street_number(s->anna, s->group, "members"), 2);
	assert_int_equal(world_alarms(s->bram, "overstep"), 1);
}

/* An administrator's commit is not a member's to undo. */
static void p5_void_by_member(void **state)
{
	struct street *s = *state;
	int epoch;

	(void)world_do(s->anna, "{\"do\":\"refresh\",\"group\":\"%s\"}", s->group);
	epoch = street_number(s->cor, s->group, "epoch");
	void_latest(s, s->bram);
	assert_int_equal(street_number(s->cor, s->group, "epoch"), epoch);
	assert_int_equal(world_alarms(s->cor, "overstep"), 1);
}

/* Nor is a member's own, nor another member's in whose epoch somebody else has spoken. */
static void p5_void_too_late(void **state)
{
	struct street *s = *state;
	int epoch;

	(void)world_do(s->bram, "{\"do\":\"refresh\",\"group\":\"%s\"}", s->group);
	epoch = street_number(s->anna, s->group, "epoch");
	void_latest(s, s->bram);
	assert_int_equal(street_number(s->anna, s->group, "epoch"), epoch);
	assert_int_equal(world_alarms(s->anna, "overstep"), 1);
	(void)street_say(s->anna, s->group, "bevestigd");
	void_latest(s, s->cor);
	assert_int_equal(street_number(s->anna, s->group, "epoch"), epoch);
	assert_int_equal(world_alarms(s->anna, "overstep"), 2);
}

/* Who may void is followed. */
static void test_void_in_time(void **state)
{
	struct street *s = *state;
	int epoch = street_number(s->anna, s->group, "epoch");

	(void)world_do(s->bram, "{\"do\":\"refresh\",\"group\":\"%s\"}", s->group);
	assert_int_equal(street_number(s->anna, s->group, "epoch"), epoch + 1);
	void_latest(s, s->cor);
	assert_int_equal(street_number(s->anna, s->group, "epoch"), epoch);
	assert_int_equal(world_alarms(s->anna, "overstep"), 0);
}

/* ---- Welcomes ------------------------------------------------------------------ */

/* A group of that id, made by this client with one more inbox, and its Welcome for
 * another. */
static void make_double(const struct street *s, struct world_client *by,
	struct world_client *for_whom, struct kr_bytes *commit, struct kr_bytes *welcome)
{
	const struct group *group = group_look(by->core, s->group_id);
	const struct kr_policy_inbox inbox = {
		.identity_key = {6}, .name = kr_view_str("Veilig Thuis")};
	const struct kr_policy_change change = {
		.inboxes_added = &inbox, .num_inboxes_added = 1};
	struct kr_mls_config config = kr_mls_config_default();
	struct kr_group_aad aad = {.is_commit = true};
	struct kr_mls_proposal proposal = {.type = KR_MLS_PROPOSAL_ADD};
	struct kr_mls_commit_options options = {
		.proposals = &proposal, .num_proposals = 1, .force_path = true};
	struct kr_mls_key_package_secrets secrets;
	struct kr_mls_extension extensions[2];
	struct kr_mls_outgoing *outgoing;
	struct kr_mls_client client;
	struct kr_mls_group *mls;
	struct kr_mls_state state;
	struct kr_policy policy;
	struct kr_writer required;
	struct kr_writer aad_bytes;
	struct kr_writer w;
	struct kr_view view;
	bool is_last_resort;
	size_t at = 0;
	size_t num;

	kr_writer_init(&w);
	kr_writer_init(&required);
	kr_writer_init(&aad_bytes);
	assert_int_equal(group_policy(group, &policy), KR_OK);
	kr_policy_write(&w, &policy, &change);
	assert_int_equal(account_client(by->core, group->community, &client), KR_OK);
	num = group_extensions(extensions, &required, kr_writer_view(&w));
	assert_int_equal(
		kr_mls_group_new(&mls, &config, &client,
			(struct kr_mls_lifetime){0, UINT64_MAX},
			kr_view(s->group_id, KR_ID_BYTES),
			(struct kr_mls_extensions){.list = extensions, .num = num}, rng),
		KR_OK);
	assert_int_equal(key_package_next(for_whom->core, &at, &proposal.key_package,
				 &secrets, &is_last_resort),
		KR_OK);
	kr_mls_key_package_secrets_wipe(&secrets);
	aad.welcomed = kr_view(for_whom->core->identity.account, KR_ID_BYTES);
	kr_group_aad_write(&aad_bytes, &aad);
	options.framing.authenticated_data = kr_writer_view(&aad_bytes);
	assert_int_equal(kr_mls_commit(mls, &options, rng, &outgoing), KR_OK);
	assert_int_equal(kr_mls_save(mls, true, &state), KR_OK);
	assert_int_equal(kr_mls_stored(mls, state.revision), KR_OK);
	assert_int_equal(kr_mls_outgoing_message(mls, outgoing, &view), KR_OK);
	assert_int_equal(kr_bytes_copy(commit, view), KR_OK);
	assert_int_equal(kr_mls_outgoing_welcome(mls, outgoing, &view), KR_OK);
	assert_int_equal(kr_bytes_copy(welcome, view), KR_OK);
	kr_mls_state_free(&state);
	kr_mls_outgoing_free(outgoing);
	kr_mls_group_free(mls);
	kr_writer_free(&w);
	kr_writer_free(&required);
	kr_writer_free(&aad_bytes);
}

/* The relay puts a member out, and hands on another one's Welcome into a group that looks
 * the same. */
static void welcome_by(struct street *s, struct world_client *by)
{
	struct kr_topic group = topic_of(s);
	struct kr_topic account =
		kr_topic(KR_TOPIC_ACCOUNT, s->cor->core->identity.account);
	struct kr_event_head head = {.group = kr_view(s->group_id, KR_ID_BYTES)};
	struct kr_bytes commit;
	struct kr_bytes welcome;
	uint8_t hash[KR_SHA256_BYTES];

	make_double(s, by, s->cor, &commit, &welcome);
	kr_sha256(hash, kr_view_bytes(&commit));
	head.hash = kr_view(hash, sizeof(hash));
	assert_int_equal(topics_ended(s->cor->core, &group), KR_OK);
	relay_double_append(s->world.relay, &account, KR_EVENT_WELCOME, NULL, &head,
		kr_view_bytes(&welcome));
	world_run(&s->world);
	kr_bytes_free(&commit);
	kr_bytes_free(&welcome);
}

static void p5_welcome_by_member(void **state)
{
	struct street *s = *state;

	welcome_by(s, s->bram);
	assert_int_equal(world_alarms(s->cor, "overstep"), 1);
	assert_false(street_is(s->cor, s->group, "in"));
}

/* It is who made it that is refused, not the way in which it is made. */
static void test_welcome_by_administrator(void **state)
{
	struct street *s = *state;

	welcome_by(s, s->anna);
	assert_int_equal(world_alarms(s->cor, "overstep"), 0);
	assert_true(street_is(s->cor, s->group, "in"));
	assert_int_equal(street_number(s->cor, s->group, "members"), 2);
}

/* ---- What is left out ---------------------------------------------------------- */

static void say_to(struct world_client *client, const struct kr_core_input *input)
{
	struct world *world = client->world;

	assert_int_equal(
		kr_core_input(client->core, input, world->now_ms, &world->rng), KR_OK);
}

/* An answer that the relay never gave, to what this client asks of the group's topic. */
static void answer_subscription(
	struct street *s, struct world_client *client, const char *answer)
{
	struct kr_topic topic = topic_of(s);
	const struct link *link = &client->core->link;
	const struct link_waiting *asked = NULL;
	char text[256];

	for (unsigned steps = 0; asked == NULL; steps++) {
		assert_true(steps < 1000);
		world_steps(&s->world, 1);
		for (size_t i = 0; i < LINK_MAX_OUTSTANDING; i++) {
			if (link->waiting[i].id != 0 &&
				link->waiting[i].context_len == sizeof(topic) &&
				memcmp(link->waiting[i].context, &topic, sizeof(topic)) ==
					0) {
				asked = &link->waiting[i];
			}
		}
	}
	(void)snprintf(text, sizeof(text), "{\"re\":%u,\"text\":\"\",%s}",
		(unsigned)asked->id, answer);
	say_to(client,
		&(struct kr_core_input){.kind = KR_CORE_MESSAGE,
			.is_text = true,
			.bytes = kr_view_str(text)});
}

/* "It was closed to you" hides nothing: what one may see begins with being routed in. */
static void p2_left_out(void **state)
{
	struct street *s = *state;
	struct kr_topic topic = topic_of(s);
	char answer[128];

	world_disconnect(s->cor);
	(void)street_say(s->bram, s->group, "verborgen");
	(void)snprintf(answer, sizeof(answer),
		"\"error\":\"cursor_early\",\"retry\":\"never\",\"seq\":%u",
		(unsigned)relay_double_num(s->world.relay, &topic));
	(void)world_say(s->cor, "{\"do\":\"connect\"}");
	answer_subscription(s, s->cor, answer);
	world_run(&s->world);
	(void)street_say(s->bram, s->group, "erna");
	assert_int_equal(street_sees(s->cor, s->group, "verborgen"), 0);
	assert_int_equal(street_sees(s->cor, s->group, "erna"), 0);
	assert_int_equal(world_alarms(s->cor, "hash_mismatch"), 1);
}

/* A relay that has no time is asked again later, not at once and without an end. */
static void test_busy(void **state)
{
	struct street *s = *state;
	struct kr_core_output out;

	world_disconnect(s->cor);
	(void)world_say(s->cor, "{\"do\":\"connect\"}");
	answer_subscription(
		s, s->cor, "\"error\":\"busy\",\"retry\":\"later\",\"retry_ms\":5000");
	while (kr_core_output(s->cor->core, &out)) {
		assert_int_not_equal(out.kind, KR_CORE_SEND);
	}
	assert_int_equal(s->cor->core->wake_ms, s->world.now_ms + 5000);
}

static enum relay_delivery drop_posts(void *ctx, int conn, struct kr_event *event)
{
	const struct world_client *client = ctx;

	return conn == client->conn && event->type == KR_EVENT_POST ? RELAY_DROP
								    : RELAY_TRUE;
}

/* Stored by the relay, but then the group was closed to who said it: it is done. */
static void p1_accepted_before_the_end(void **state)
{
	struct street *s = *state;
	struct kr_topic topic = topic_of(s);
	const struct relay_lie lie = {.ctx = s->bram, .deliver = drop_posts};
	cJSON *status;
	uint64_t command;

	(void)street_say(s->bram, s->group, "eerst");
	relay_double_lie(s->world.relay, &lie);
	command = world_say(s->bram,
		"{\"do\":\"post\",\"group\":\"%s\",\"kind\":\"chat\",\"text\":\"nog\"}",
		s->group);
	world_run(&s->world);
	assert_int_equal(street_sees(s->cor, s->group, "nog"), 1);
	assert_int_equal(topics_ended(s->bram->core, &topic), KR_OK);
	(void)world_do(s->bram, "{\"do\":\"connect\"}");
	assert_true(
		cJSON_IsTrue(cJSON_GetObjectItem(world_answer(s->bram, command), "ok")));
	status = world_ask(s->bram, "{\"ask\":\"status\"}");
	assert_int_equal((int)world_number(status, "outbox"), 0);
	cJSON_Delete(status);
	relay_double_lie(s->world.relay, &(struct relay_lie){0});
}

/* ---- Key packages -------------------------------------------------------------- */

/* Well signed and certified, but its leaf does not know of policies: no group of ours can
 * take it. */
struct misfit {
	struct world *world;
	struct kr_bytes message;
};

static struct kr_view give_misfit(
	void *ctx, const uint8_t account[KR_ID_BYTES], struct kr_view true_one)
{
	struct misfit *misfit = ctx;
	struct kr_core *core = misfit->world->clients[misfit->world->num - 1].core;
	struct kr_mls_key_package_secrets secrets;
	struct kr_mls_client client;

	(void)true_one;
	if (memcmp(core->identity.account, account, KR_ID_BYTES) != 0) {
		return (struct kr_view){0};
	}
	assert_int_equal(account_client(core, core->communities->id, &client), KR_OK);
	client.capabilities.num_extensions = 0;
	kr_bytes_free(&misfit->message);
	assert_int_equal(kr_mls_key_package_new(&misfit->message, &secrets, &client,
				 (struct kr_mls_lifetime){0, UINT64_MAX},
				 (struct kr_mls_extensions){0}, rng),
		KR_OK);
	kr_mls_key_package_secrets_wipe(&secrets);
	return kr_view_bytes(&misfit->message);
}

/* Who cannot be added keeps nobody else in. */
static void p5_misfit_does_not_hold_up_a_removal(void **state)
{
	struct street *s = *state;
	struct misfit misfit = {.world = &s->world};
	const struct relay_lie lie = {.ctx = &misfit, .key_package = give_misfit};
	struct world_client *dirk = world_join(&s->world, "Dirk");

	relay_double_lie(s->world.relay, &lie);
	(void)world_do(dirk,
		"{\"do\":\"join\",\"link\":\"%s\",\"name\":\"Dirk\",\"check\":\"nr 9\"}",
		world_text(world_do(s->anna, "{\"do\":\"invite\",\"community\":\"%s\"}",
				   s->community),
			"link"));
	(void)world_do(s->anna,
		"{\"do\":\"admit\",\"community\":\"%s\",\"account\":\"%s\"}",
		s->community, street_account(dirk));
	world_pass(&s->world, 5000);
	(void)world_do(s->anna,
		"{\"do\":\"remove\",\"community\":\"%s\",\"account\":\"%s\","
		"\"reason\":\"\"}",
		s->community, street_account(s->cor));
	world_pass(&s->world, 60000);
	assert_non_null(misfit.message.data);
	assert_int_equal(street_number(s->bram, s->group, "members"), 2);
	relay_double_lie(s->world.relay, &(struct relay_lie){0});
	world_pass(&s->world, 600000);
	assert_int_equal(street_number(s->bram, s->group, "members"), 3);
	kr_bytes_free(&misfit.message);
}

/* ---- Clocks -------------------------------------------------------------------- */

/* Set back while a timer runs: it is asked for again, or nothing would ever connect. */
static void test_timer_too_early(void **state)
{
	struct street *s = *state;
	struct kr_core_output out;
	uint64_t asked;

	world_disconnect(s->cor);
	asked = s->cor->timer_ms;
	assert_true(asked > s->world.now_ms);
	s->world.now_ms -= 3600000;
	say_to(s->cor, &(struct kr_core_input){.kind = KR_CORE_TIMER});
	assert_true(kr_core_output(s->cor->core, &out));
	assert_int_equal(out.kind, KR_CORE_TIMER_AT);
	assert_int_equal(out.time_ms, asked);
}

int main(void)
{
#define IN_STREET(test)                                                                  \
	cmocka_unit_test_setup_teardown(test, street_setup, street_teardown)
	const struct CMUnitTest tests[] = {
		IN_STREET(p5_void_by_who_was_removed),
		IN_STREET(p5_void_by_member),
		IN_STREET(p5_void_too_late),
		IN_STREET(test_void_in_time),
		IN_STREET(p5_welcome_by_member),
		IN_STREET(test_welcome_by_administrator),
		IN_STREET(p2_left_out),
		IN_STREET(test_busy),
		IN_STREET(p1_accepted_before_the_end),
		IN_STREET(p5_misfit_does_not_hold_up_a_removal),
		IN_STREET(test_timer_too_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
