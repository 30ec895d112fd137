#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <test.h>

static const struct kr_mls_lifetime forever = {0, UINT64_MAX};

void world_assert_err(enum kr_err got, enum kr_err expected, const char *file, int line)
{
	if (got != expected) {
		print_error("%s:%d: got %s, expected %s\n", file, line, kr_err_name(got),
			kr_err_name(expected));
		_fail(file, line);
	}
}

uint64_t world_seed(void)
{
	static uint64_t seed;
	const char *given = getenv("KRING_TEST_SEED");

	if (seed == 0) {
		seed = given != NULL ? strtoull(given, NULL, 0) : 0x6b72696e67;
		fprintf(stderr, "# seed KRING_TEST_SEED=%llu\n",
			(unsigned long long)seed);
	}
	return seed;
}

uint32_t world_random(struct world *w, uint32_t bound)
{
	uint32_t number;

	assert_ok(kr_random_fill(&w->rng, (uint8_t *)&number, sizeof(number)));
	return number % bound;
}

static void client_init(struct world *w, size_t index)
{
	struct world_client *c = &w->clients[index];

	snprintf(c->name, sizeof(c->name), "client %zu", index);
	assert_ok(kr_ed25519_generate(&c->signer, &w->rng));
	c->client.signer = &c->signer;
	c->client.identity = kr_view_str(c->name);
}

struct world *world_new(size_t num_clients)
{
	struct world *w = calloc(1, sizeof(*w));
	struct kr_secret seed = {0};
	static uint64_t num_worlds; /* each of them is another one */
	uint64_t number = world_seed() + num_worlds++;

	assert_non_null(w);
	assert_true(num_clients <= WORLD_MAX_CLIENTS);
	assert_ok(kr_crypto_init());
	memcpy(seed.bytes, &number, sizeof(number));
	kr_random_seeded_init(&w->seeded, &seed);
	w->rng = kr_random_seeded(&w->seeded);
	w->config = kr_mls_config_default();
	w->num_clients = num_clients;
	for (size_t i = 0; i < num_clients; i++) {
		client_init(w, i);
	}
	return w;
}

static void client_finish(struct world_client *c)
{
	kr_mls_group_free(c->group);
	kr_bytes_free(&c->key_package);
	kr_mls_key_package_secrets_wipe(&c->secrets);
	kr_ed25519_keypair_wipe(&c->signer);
	memset(c, 0, sizeof(*c));
}

void world_free(struct world *w)
{
	for (size_t i = 0; i < w->num_clients; i++) {
		client_finish(&w->clients[i]);
	}
	free(w);
}

/* ---- One client ------------------------------------------------------------------ */

struct kr_view world_key_package(struct world *w, size_t client)
{
	struct world_client *c = &w->clients[client];

	kr_bytes_free(&c->key_package);
	assert_ok(kr_mls_key_package_new(&c->key_package, &c->secrets, &c->client,
		forever, (struct kr_mls_extensions){0}, &w->rng));
	return kr_view_bytes(&c->key_package);
}

void world_found_with(struct world *w, size_t client, struct kr_mls_extensions extensions)
{
	struct world_client *c = &w->clients[client];

	assert_null(c->group);
	assert_ok(kr_mls_group_new(&c->group, &w->config, &c->client, forever,
		kr_view_str("a group"), extensions, &w->rng));
}

void world_found(struct world *w, size_t client)
{
	world_found_with(w, client, (struct kr_mls_extensions){0});
}

enum kr_err world_join(
	struct world *w, size_t client, struct kr_view welcome, struct kr_view tree)
{
	struct world_client *c = &w->clients[client];
	struct kr_mls_join join = {
		.welcome = welcome,
		.key_package = kr_view_bytes(&c->key_package),
		.secrets = &c->secrets,
		.signer = &c->signer,
		.ratchet_tree = tree,
	};

	return kr_mls_group_join(&c->group, &w->config, &join);
}

void world_leave(struct world *w, size_t client)
{
	client_finish(&w->clients[client]);
	client_init(w, client);
}

/* ---- Sending --------------------------------------------------------------------- */

static struct kr_bytes copy_of(struct kr_view v)
{
	struct kr_bytes copy;

	assert_ok(kr_bytes_copy(&copy, v));
	return copy;
}

static void store(struct kr_mls_group *group)
{
	struct kr_mls_state state;

	assert_ok(kr_mls_save(group, false, &state));
	assert_ok(kr_mls_stored(group, state.revision));
	kr_mls_state_free(&state);
}

struct kr_bytes world_release(
	struct kr_mls_group *group, struct kr_mls_outgoing *outgoing)
{
	struct kr_bytes copy;
	struct kr_view message;

	assert_err(kr_mls_outgoing_message(group, outgoing, &message), KR_ERR_NOT_STORED);
	store(group);
	assert_ok(kr_mls_outgoing_message(group, outgoing, &message));
	copy = copy_of(message);
	kr_mls_outgoing_free(outgoing);
	return copy;
}

struct kr_bytes world_encrypt(struct world *w, size_t sender, const char *text)
{
	struct kr_mls_group *group = w->clients[sender].group;
	struct kr_mls_outgoing *outgoing = NULL;

	assert_ok(kr_mls_encrypt(
		group, (struct kr_view){0}, kr_view_str(text), &w->rng, &outgoing));
	return world_release(group, outgoing);
}

struct kr_bytes world_propose(
	struct world *w, size_t sender, const struct kr_mls_proposal *proposal)
{
	struct kr_mls_group *group = w->clients[sender].group;
	struct kr_mls_outgoing *outgoing = NULL;

	assert_ok(kr_mls_propose(
		group, proposal, (struct kr_mls_framing){0}, 0, &w->rng, &outgoing));
	return world_release(group, outgoing);
}

struct world_commit world_commit(
	struct world *w, size_t sender, const struct kr_mls_commit_options *options)
{
	struct kr_mls_group *group = w->clients[sender].group;
	struct kr_mls_outgoing *outgoing = NULL;
	struct world_commit commit;
	struct kr_view view;

	assert_ok(kr_mls_commit(group, options, &w->rng, &outgoing));
	store(group);
	assert_ok(kr_mls_outgoing_welcome(group, outgoing, &view));
	commit.welcome = copy_of(view);
	assert_ok(kr_mls_outgoing_tree(group, outgoing, &view));
	commit.tree = copy_of(view);
	assert_ok(kr_mls_outgoing_message(group, outgoing, &view));
	commit.message = copy_of(view);
	kr_mls_outgoing_free(outgoing);
	return commit;
}

void world_commit_free(struct world_commit *commit)
{
	kr_bytes_free(&commit->message);
	kr_bytes_free(&commit->welcome);
	kr_bytes_free(&commit->tree);
}

/* ---- Everybody ------------------------------------------------------------------- */

void world_deliver(struct world *w, size_t except, struct kr_view message)
{
	for (size_t i = 0; i < w->num_clients; i++) {
		struct world_client *c = &w->clients[i];
		struct kr_mls_event event;

		if (i == except || c->group == NULL) {
			continue;
		}
		assert_ok(kr_mls_process(c->group, message, &event));
		if (event.kind == KR_MLS_EVENT_REMOVED) {
			assert_false(kr_mls_is_member(c->group));
			world_leave(w, i);
		}
		kr_mls_event_free(&event);
	}
}

static bool is_added(
	const struct world_client *c, const struct kr_mls_commit_options *options)
{
	if (c->group != NULL || c->key_package.len == 0) {
		return false;
	}
	for (size_t i = 0; i < options->num_proposals; i++) {
		if (options->proposals[i].type == KR_MLS_PROPOSAL_ADD &&
			kr_view_equal(options->proposals[i].key_package,
				kr_view_bytes(&c->key_package))) {
			return true;
		}
	}
	return false;
}

void world_commit_all(
	struct world *w, size_t sender, const struct kr_mls_commit_options *options)
{
	struct world_commit commit = world_commit(w, sender, options);

	world_deliver(w, sender, kr_view_bytes(&commit.message));
	assert_ok(kr_mls_commit_accepted(w->clients[sender].group));
	for (size_t i = 0; i < w->num_clients; i++) {
		if (is_added(&w->clients[i], options)) {
			assert_ok(world_join(w, i, kr_view_bytes(&commit.welcome),
				kr_view_bytes(&commit.tree)));
		}
	}
	world_commit_free(&commit);
	world_assert_agree(w);
}

void world_add(struct world *w, size_t sender, size_t added)
{
	struct kr_mls_proposal proposal = {
		.type = KR_MLS_PROPOSAL_ADD,
		.key_package = world_key_package(w, added),
	};

	world_commit_all(w, sender,
		&(struct kr_mls_commit_options){
			.proposals = &proposal,
			.num_proposals = 1,
		});
}

void world_update(struct world *w, size_t sender)
{
	world_commit_all(w, sender, &(struct kr_mls_commit_options){.force_path = true});
}

void world_remove(struct world *w, size_t sender, size_t removed)
{
	struct kr_mls_proposal proposal = {
		.type = KR_MLS_PROPOSAL_REMOVE,
		.removed = kr_mls_own_leaf(w->clients[removed].group),
	};

	world_commit_all(w, sender,
		&(struct kr_mls_commit_options){
			.proposals = &proposal,
			.num_proposals = 1,
		});
}

static void deliver_text(
	struct world *w, size_t sender, struct kr_view message, const char *text)
{
	struct kr_leaf_index leaf = kr_mls_own_leaf(w->clients[sender].group);

	for (size_t i = 0; i < w->num_clients; i++) {
		struct kr_mls_event event;

		if (i == sender || w->clients[i].group == NULL) {
			continue;
		}
		assert_ok(kr_mls_process(w->clients[i].group, message, &event));
		assert_int_equal(event.kind, KR_MLS_EVENT_APPLICATION);
		assert_int_equal(event.sender.kind, KR_MLS_SENDER_MEMBER);
		assert_int_equal(event.sender.index, leaf.v);
		assert_true(kr_view_equal(
			kr_view_bytes(&event.plaintext), kr_view_str(text)));
		assert_true(kr_view_equal(kr_view_bytes(&event.sender_identity),
			w->clients[sender].client.identity));
		kr_mls_event_free(&event);
	}
}

void world_chat(struct world *w)
{
	for (size_t i = 0; i < w->num_clients; i++) {
		if (w->clients[i].group != NULL) {
			char text[64];
			struct kr_bytes message;

			snprintf(text, sizeof(text), "from %s", w->clients[i].name);
			message = world_encrypt(w, i, text);
			deliver_text(w, i, kr_view_bytes(&message), text);
			kr_bytes_free(&message);
		}
	}
}

static void assert_same_members(
	const struct kr_mls_group *a, const struct kr_mls_group *b)
{
	assert_int_equal(kr_mls_num_members(a), kr_mls_num_members(b));
	assert_int_equal(kr_mls_num_leaves(a), kr_mls_num_leaves(b));
	for (uint32_t i = 0; i < kr_mls_num_leaves(a); i++) {
		struct kr_leaf_index leaf = {i};
		struct kr_mls_member member_a;
		struct kr_mls_member member_b;
		enum kr_err err = kr_mls_member_at(a, leaf, &member_a);

		assert_err(kr_mls_member_at(b, leaf, &member_b), err);
		if (err == KR_OK) {
			assert_true(
				kr_view_equal(member_a.leaf_node, member_b.leaf_node));
		}
	}
}

void world_assert_agree(const struct world *w)
{
	const struct kr_mls_group *first = NULL;

	for (size_t i = 0; i < w->num_clients; i++) {
		const struct kr_mls_group *group = w->clients[i].group;

		if (group == NULL) {
			continue;
		}
		if (first == NULL) {
			first = group;
		}
		assert_int_equal(kr_mls_epoch(group), kr_mls_epoch(first));
		assert_memory_equal(kr_mls_epoch_authenticator(group),
			kr_mls_epoch_authenticator(first), KR_SECRET_BYTES);
		assert_memory_equal(kr_mls_tree_hash(group), kr_mls_tree_hash(first),
			KR_MLS_HASH_BYTES);
		assert_same_members(group, first);
	}
	assert_non_null(first);
}

void world_settle(
	struct world *w, size_t num_members, struct kr_mls_extensions extensions)
{
	struct kr_mls_proposal adds[WORLD_MAX_CLIENTS];

	world_found_with(w, 0, extensions);
	for (size_t i = 1; i < num_members; i++) {
		adds[i] = (struct kr_mls_proposal){
			.type = KR_MLS_PROPOSAL_ADD,
			.key_package = world_key_package(w, i),
		};
	}
	if (num_members > 1) {
		world_commit_all(w, 0,
			&(struct kr_mls_commit_options){
				.proposals = &adds[1],
				.num_proposals = num_members - 1,
			});
	}
	for (size_t i = 0; i < num_members; i++) {
		world_update(w, i);
	}
}

struct world *world_settled(size_t num_clients)
{
	struct world *w = world_new(num_clients);

	world_settle(w, num_clients, (struct kr_mls_extensions){0});
	return w;
}

/* ---- State ----------------------------------------------------------------------- */

struct kr_mls_state world_save(struct kr_mls_group *group)
{
	struct kr_mls_state state;

	assert_ok(kr_mls_save(group, true, &state));
	assert_true(state.group.len > 0 && state.ratchets.len > 0);
	return state;
}

static void assert_same_state(const struct kr_mls_state *a, const struct kr_mls_state *b)
{
	assert_true(kr_view_equal(kr_view_bytes(&a->group), kr_view_bytes(&b->group)));
	assert_true(
		kr_view_equal(kr_view_bytes(&a->ratchets), kr_view_bytes(&b->ratchets)));
}

void world_assert_unchanged(struct kr_mls_group *group, const struct kr_mls_state *before)
{
	struct kr_mls_state now = world_save(group);

	assert_same_state(&now, before);
	kr_mls_state_free(&now);
}

void world_reload(struct world *w, size_t client)
{
	struct world_client *c = &w->clients[client];
	struct kr_mls_state state = world_save(c->group);

	kr_mls_group_free(c->group);
	c->group = NULL;
	assert_ok(kr_mls_load(&c->group, &w->config, kr_view_bytes(&state.group),
		kr_view_bytes(&state.ratchets)));
	world_assert_unchanged(c->group, &state);
	kr_mls_state_free(&state);
}
