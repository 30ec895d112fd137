/* Random histories of groups with several members, against what every history must keep
 * to: members of an epoch agree, a message is read once by whoever was a member when it
 * was sent and by nobody else, a stored group comes back the same and goes on. The seed
 * is printed.
 *
 * The delivery service of this model orders commits and may hold messages back: of
 * competing commits it takes one, the losers drop theirs; application messages arrive
 * late, out of order, twice, or never. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kring/codec.h>
#include <test.h>

#define NUM_CLIENTS 9
#define NUM_STEPS   150
#define MAX_LATE    64
#define MIN_MEMBERS 3

/* An application message that is on its way. */
struct late {
	struct kr_bytes message;
	char text[48];
	char sender[32];
	uint64_t epoch;
	bool reader[NUM_CLIENTS];        /* was a member in that epoch */
	uint64_t joined_as[NUM_CLIENTS]; /* which life of the client that was */
	bool has_read[NUM_CLIENTS];
};

struct model {
	struct world *w;
	struct late late[MAX_LATE];
	size_t num_late;
	uint64_t life[NUM_CLIENTS]; /* grows when a client leaves */
	uint32_t num_texts;
	struct kr_ed25519_keypair external_sender;
	unsigned num_external;
	unsigned num_competing;
	unsigned num_reads;
	unsigned num_reloads;
};

/* ---- Choosing -------------------------------------------------------------------- */

static bool is_member(const struct model *m, size_t client)
{
	return m->w->clients[client].group != NULL;
}

static size_t num_members(const struct model *m)
{
	size_t num = 0;

	for (size_t i = 0; i < NUM_CLIENTS; i++) {
		num += is_member(m, i);
	}
	return num;
}

/* A client that is a member, or one that is none. */
static size_t pick(struct model *m, bool member)
{
	size_t client;

	do {
		client = world_random(m->w, NUM_CLIENTS);
	} while (is_member(m, client) != member);
	return client;
}

static size_t pick_other(struct model *m, size_t than)
{
	size_t client;

	do {
		client = pick(m, true);
	} while (client == than);
	return client;
}

static bool chance(struct model *m, uint32_t percent)
{
	return world_random(m->w, 100) < percent;
}

/* ---- Messages -------------------------------------------------------------------- */

static void write_one(struct model *m)
{
	struct late *late = &m->late[m->num_late];
	size_t sender = pick(m, true);

	if (m->num_late == MAX_LATE) {
		return;
	}
	*late = (struct late){.epoch = kr_mls_epoch(m->w->clients[sender].group)};
	snprintf(late->text, sizeof(late->text), "text %u", m->num_texts++);
	snprintf(late->sender, sizeof(late->sender), "%s", m->w->clients[sender].name);
	late->message = world_encrypt(m->w, sender, late->text);
	for (size_t i = 0; i < NUM_CLIENTS; i++) {
		late->reader[i] = is_member(m, i) && i != sender;
		late->joined_as[i] = m->life[i];
	}
	m->num_late++;
}

/* Whether this client can read the message: it was there then, has not read it, and the
 * epoch is not further back than it keeps. */
static bool may_read(const struct model *m, const struct late *late, size_t client)
{
	const struct kr_mls_group *group = m->w->clients[client].group;

	return late->reader[client] && late->joined_as[client] == m->life[client] &&
		!late->has_read[client] &&
		kr_mls_epoch(group) - late->epoch <= m->w->config.max_past_epochs;
}

static void read_one(struct model *m, struct late *late, size_t client)
{
	struct kr_mls_group *group = m->w->clients[client].group;
	bool expected = may_read(m, late, client);
	struct kr_mls_state before = world_save(group);
	struct kr_mls_event event;
	enum kr_err err = kr_mls_process(group, kr_view_bytes(&late->message), &event);

	assert_int_equal(err == KR_OK, expected);
	if (err != KR_OK) {
		world_assert_unchanged(group, &before);
	} else {
		assert_true(kr_view_equal(
			kr_view_bytes(&event.plaintext), kr_view_str(late->text)));
		assert_true(kr_view_equal(kr_view_bytes(&event.sender_identity),
			kr_view_str(late->sender)));
		assert_int_equal(event.epoch, late->epoch);
		kr_mls_event_free(&event);
		late->has_read[client] = true;
		m->num_reads++;
	}
	kr_mls_state_free(&before);
}

/* Any message reaches any member, perhaps again, perhaps one that it is not for. */
static void deliver_some(struct model *m)
{
	for (uint32_t i = world_random(m->w, 24); m->num_late > 0 && i > 0; i--) {
		read_one(m, &m->late[world_random(m->w, (uint32_t)m->num_late)],
			pick(m, true));
	}
}

static void forget_one(struct model *m)
{
	uint32_t gone;

	if (m->num_late == 0) {
		return;
	}
	gone = world_random(m->w, (uint32_t)m->num_late);
	kr_bytes_free(&m->late[gone].message);
	m->late[gone] = m->late[--m->num_late];
}

/* ---- Commits --------------------------------------------------------------------- */

/* Commit in everybody's group; who leaves by it starts a new life. */
static void commit(
	struct model *m, size_t committer, const struct kr_mls_commit_options *options)
{
	bool was_member[NUM_CLIENTS];

	for (size_t i = 0; i < NUM_CLIENTS; i++) {
		was_member[i] = is_member(m, i);
	}
	world_commit_all(m->w, committer, options);
	for (size_t i = 0; i < NUM_CLIENTS; i++) {
		m->life[i] += was_member[i] != is_member(m, i);
	}
}

static void change_members(struct model *m)
{
	struct kr_mls_proposal proposals[3] = {{0}};
	struct kr_mls_commit_options options = {.proposals = proposals,
		.force_path = chance(m, 30),
		.tree_beside_welcome = chance(m, 30),
		.framing.as_public = chance(m, 30)};
	size_t committer = pick(m, true);

	if (num_members(m) > MIN_MEMBERS && chance(m, 50)) {
		size_t removed = pick_other(m, committer);

		proposals[options.num_proposals++] = (struct kr_mls_proposal){
			.type = KR_MLS_PROPOSAL_REMOVE,
			.removed = kr_mls_own_leaf(m->w->clients[removed].group),
		};
	}
	if (num_members(m) < NUM_CLIENTS - 1) {
		proposals[options.num_proposals++] = (struct kr_mls_proposal){
			.type = KR_MLS_PROPOSAL_ADD,
			.key_package = world_key_package(m->w, pick(m, false)),
		};
	}
	commit(m, committer, &options);
}

static void update(struct model *m)
{
	commit(m, pick(m, true), &(struct kr_mls_commit_options){.force_path = true});
}

/* Some propose, somebody commits. */
static void by_reference(struct model *m)
{
	size_t committer = pick(m, true);

	for (uint32_t i = 1 + world_random(m->w, 3); i > 0; i--) {
		struct kr_mls_proposal update_proposal = {.type = KR_MLS_PROPOSAL_UPDATE};
		size_t proposer = pick_other(m, committer);
		struct kr_bytes message = world_propose(m->w, proposer, &update_proposal);

		world_deliver(m->w, proposer, kr_view_bytes(&message));
		kr_bytes_free(&message);
	}
	commit(m, committer, &(struct kr_mls_commit_options){0});
}

/* Two commit at once; the second to arrive is refused by all and dropped by its author,
 * who may have been stored and loaded meanwhile. */
static void compete(struct model *m)
{
	struct kr_mls_commit_options options = {.force_path = true};
	size_t winner = pick(m, true);
	size_t loser = pick_other(m, winner);
	struct world_commit first = world_commit(m->w, winner, &options);
	struct world_commit second = world_commit(m->w, loser, &options);

	if (chance(m, 50)) {
		world_reload(m->w, loser);
		world_reload(m->w, winner);
	}
	assert_true(kr_mls_commit_is_pending(m->w->clients[loser].group));
	world_deliver(m->w, winner, kr_view_bytes(&first.message));
	assert_ok(kr_mls_commit_accepted(m->w->clients[winner].group));
	assert_false(kr_mls_commit_is_pending(m->w->clients[loser].group));
	world_assert_agree(m->w);
	for (size_t i = 0; i < NUM_CLIENTS; i++) {
		struct kr_mls_event event;

		if (is_member(m, i)) {
			assert_err(kr_mls_process(m->w->clients[i].group,
					   kr_view_bytes(&second.message), &event),
				KR_ERR_EPOCH_PAST);
		}
	}
	world_commit_free(&first);
	world_commit_free(&second);
	m->num_competing++;
}

/* A commit that the delivery service never takes. */
static void lose(struct model *m)
{
	size_t loser = pick(m, true);
	struct world_commit lost =
		world_commit(m->w, loser, &(struct kr_mls_commit_options){0});

	if (chance(m, 50)) {
		world_reload(m->w, loser);
	}
	kr_mls_commit_discard(m->w->clients[loser].group);
	world_commit_free(&lost);
	world_assert_agree(m->w);
}

/* ---- From outside ---------------------------------------------------------------- */

static void join_external(struct model *m)
{
	size_t joiner;
	struct kr_mls_external_join join = {0};
	KR_AUTO_FREE struct kr_bytes info = {0};
	struct kr_mls_outgoing *outgoing = NULL;
	struct kr_mls_group *group = NULL;
	struct kr_bytes message;

	if (num_members(m) == NUM_CLIENTS) {
		return;
	}
	joiner = pick(m, false);
	assert_ok(
		kr_mls_group_info(m->w->clients[pick(m, true)].group, true, true, &info));
	join.client = &m->w->clients[joiner].client;
	join.group_info = kr_view_bytes(&info);
	assert_ok(kr_mls_group_join_external(
		&group, &outgoing, &m->w->config, &join, &m->w->rng));
	message = world_release(group, outgoing);
	world_deliver(m->w, SIZE_MAX, kr_view_bytes(&message));
	kr_bytes_free(&message);
	m->w->clients[joiner].group = group;
	m->life[joiner]++;
	world_assert_agree(m->w);
	m->num_external++;
}

/* The external sender proposes to remove somebody; a member commits that. */
static void external_proposal(struct model *m)
{
	size_t committer = pick(m, true);
	const struct kr_mls_group *group = m->w->clients[committer].group;
	struct kr_mls_proposal remove = {.type = KR_MLS_PROPOSAL_REMOVE};
	KR_AUTO_FREE struct kr_bytes message = {0};

	if (num_members(m) <= MIN_MEMBERS) {
		return;
	}
	remove.removed = kr_mls_own_leaf(m->w->clients[pick_other(m, committer)].group);
	assert_ok(kr_mls_external_propose(&message, kr_mls_group_id(group),
		kr_mls_epoch(group), 0, &m->external_sender, &remove, &m->w->rng));
	world_deliver(m->w, SIZE_MAX, kr_view_bytes(&message));
	commit(m, committer, &(struct kr_mls_commit_options){0});
	m->num_external++;
}

/* ---- Histories ------------------------------------------------------------------- */

static void reload_some(struct model *m)
{
	for (size_t i = 0; i < NUM_CLIENTS; i++) {
		if (is_member(m, i) && chance(m, 30)) {
			world_reload(m->w, i);
			m->num_reloads++;
		}
	}
}

static void step(struct model *m)
{
	static void (*const actions[])(struct model * m) = {
		change_members,
		change_members,
		update,
		by_reference,
		compete,
		lose,
		join_external,
		external_proposal,
		write_one,
		write_one,
		write_one,
		write_one,
		deliver_some,
		deliver_some,
		deliver_some,
		forget_one,
		reload_some,
		reload_some,
	};

	actions[world_random(m->w, NUM(actions))](m);
}

static void found(struct model *m)
{
	struct kr_mls_extension extension = {.type = KR_MLS_EXT_EXTERNAL_SENDERS};
	KR_AUTO_WRITER struct kr_writer data = {0};
	size_t begin;

	assert_ok(kr_ed25519_generate(&m->external_sender, &m->w->rng));
	kr_writer_init(&data);
	begin = kr_write_vec_begin(&data);
	kr_write_vec(
		&data, kr_view(m->external_sender.public_key, KR_ED25519_PUBLIC_BYTES));
	kr_write_u16(&data, 1);
	kr_write_vec(&data, kr_view_str("the relay"));
	kr_write_vec_end(&data, begin);
	extension.data = kr_writer_view(&data);
	world_settle(m->w, MIN_MEMBERS, (struct kr_mls_extensions){&extension, 1});
}

static void random_history(void **state)
{
	struct model *m = calloc(1, sizeof(*m));

	(void)state;
	assert_non_null(m);
	m->w = world_new(NUM_CLIENTS);
	found(m);
	for (int i = 0; i < NUM_STEPS; i++) {
		step(m);
	}
	world_assert_agree(m->w);
	world_chat(m->w);
	printf("# %llu epochs, %u texts read %u times, %u competing commits, %u from "
	       "outside, "
	       "%u reloads\n",
		(unsigned long long)kr_mls_epoch(m->w->clients[pick(m, true)].group),
		m->num_texts, m->num_reads, m->num_competing, m->num_external,
		m->num_reloads);
	while (m->num_late > 0) {
		forget_one(m);
	}
	world_free(m->w);
	free(m);
}

static void several_histories(void **state)
{
	for (int i = 0; i < 6; i++) {
		random_history(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_histories),
	};

	return cmocka_run_group_tests_name("group_model", tests, NULL, NULL);
}
