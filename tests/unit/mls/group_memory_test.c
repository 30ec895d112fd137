/* In each top-level operation the first allocation fails, then the second, and so on:
 * each time a clean KR_ERR_MEMORY, nothing leaked (the address sanitizer says), the group
 * as before. */
#include "fixture.h"

#include <stdio.h>

#include <alloc_fail.h>
#include <test.h>

/* What the operations work on. */
struct memory {
	struct world *w;
	struct kr_mls_group *group; /* whose state must not change */
	struct kr_mls_state before;
	struct kr_view message;
	struct kr_view tree;
	struct kr_mls_proposal add;
	struct kr_mls_proposal remove;
};

static void unchanged(void *ctx)
{
	struct memory *m = ctx;

	if (m->group != NULL) {
		world_assert_unchanged(m->group, &m->before);
	}
}

/* A settled group of four with client 4 outside; client 1 is the subject. */
static struct memory memory_new(void)
{
	struct memory m = {.w = world_new(5)};

	world_settle(m.w, 4, (struct kr_mls_extensions){0});
	m.add = (struct kr_mls_proposal){
		.type = KR_MLS_PROPOSAL_ADD,
		.key_package = world_key_package(m.w, 4),
	};
	m.remove =
		(struct kr_mls_proposal){.type = KR_MLS_PROPOSAL_REMOVE, .removed = {2}};
	m.group = m.w->clients[1].group;
	m.before = world_save(m.group);
	return m;
}

static void memory_free(struct memory *m)
{
	kr_mls_state_free(&m->before);
	world_free(m->w);
}

static void each(struct memory *m, enum kr_err (*operation)(void *ctx))
{
	size_t num = alloc_fail_each(operation, unchanged, m);

	assert_true(num > 0);
	printf("# %zu allocations\n", num);
}

/* ---- Operations of a member ------------------------------------------------------ */

static enum kr_err op_encrypt(void *ctx)
{
	struct memory *m = ctx;
	struct kr_mls_outgoing *outgoing = NULL;
	enum kr_err err = kr_mls_encrypt(
		m->group, kr_view_str("aad"), kr_view_str("text"), &m->w->rng, &outgoing);

	kr_mls_outgoing_free(outgoing);
	return err;
}

static enum kr_err op_commit(void *ctx)
{
	struct memory *m = ctx;
	struct kr_mls_proposal proposals[] = {m->add, m->remove};
	struct kr_mls_commit_options options = {
		.proposals = proposals, .num_proposals = 2};
	struct kr_mls_outgoing *outgoing = NULL;
	enum kr_err err = kr_mls_commit(m->group, &options, &m->w->rng, &outgoing);

	kr_mls_outgoing_free(outgoing);
	return err;
}

static enum kr_err op_propose(void *ctx)
{
	struct memory *m = ctx;
	struct kr_mls_proposal update = {.type = KR_MLS_PROPOSAL_UPDATE};
	struct kr_mls_outgoing *outgoing = NULL;
	enum kr_err err = kr_mls_propose(
		m->group, &update, (struct kr_mls_framing){0}, 0, &m->w->rng, &outgoing);

	kr_mls_outgoing_free(outgoing);
	return err;
}

static enum kr_err op_process(void *ctx)
{
	struct memory *m = ctx;
	struct kr_mls_event event;
	enum kr_err err = kr_mls_process(m->group, m->message, &event);

	if (err == KR_OK) {
		kr_mls_event_free(&event);
	}
	return err;
}

static enum kr_err op_save(void *ctx)
{
	struct memory *m = ctx;
	struct kr_mls_state state;
	enum kr_err err = kr_mls_save(m->group, true, &state);

	if (err == KR_OK) {
		kr_mls_state_free(&state);
	}
	return err;
}

static enum kr_err op_copy(void *ctx)
{
	struct memory *m = ctx;
	struct kr_mls_group *copy = NULL;
	enum kr_err err = kr_mls_group_copy(&copy, m->group);

	kr_mls_group_free(copy);
	return err;
}

static enum kr_err op_group_info(void *ctx)
{
	struct memory *m = ctx;
	struct kr_bytes message = {0};
	enum kr_err err = kr_mls_group_info(m->group, true, true, &message);

	kr_bytes_free(&message);
	return err;
}

static enum kr_err op_ratchet_tree(void *ctx)
{
	struct memory *m = ctx;
	struct kr_bytes tree = {0};
	enum kr_err err = kr_mls_ratchet_tree(m->group, &tree);

	kr_bytes_free(&tree);
	return err;
}

static void run(enum kr_err (*operation)(void *ctx))
{
	struct memory m = memory_new();

	each(&m, operation);
	memory_free(&m);
}

static void encrypting(void **state)
{
	(void)state;
	run(op_encrypt);
}

static void committing(void **state)
{
	(void)state;
	run(op_commit);
}

static void proposing(void **state)
{
	(void)state;
	run(op_propose);
}

static void saving(void **state)
{
	(void)state;
	run(op_save);
}

static void copying(void **state)
{
	(void)state;
	run(op_copy);
}

static void making_group_info(void **state)
{
	(void)state;
	run(op_group_info);
}

static void making_ratchet_tree(void **state)
{
	(void)state;
	run(op_ratchet_tree);
}

/* ---- Processing ------------------------------------------------------------------ */

static void process_message(struct memory *m, struct kr_bytes message)
{
	m->message = kr_view_bytes(&message);
	each(m, op_process);
	kr_bytes_free(&message);
}

static void processing_application(void **state)
{
	struct memory m = memory_new();

	(void)state;
	process_message(&m, world_encrypt(m.w, 0, "hello"));
	world_chat(m.w);
	memory_free(&m);
}

static void processing_proposal(void **state)
{
	struct memory m = memory_new();

	(void)state;
	process_message(&m, world_propose(m.w, 0, &m.remove));
	memory_free(&m);
}

static void processing_commit(void **state)
{
	struct memory m = memory_new();
	struct kr_mls_proposal proposals[] = {m.add, m.remove};
	struct kr_mls_commit_options options = {
		.proposals = proposals, .num_proposals = 2};
	struct world_commit commit = world_commit(m.w, 0, &options);

	(void)state;
	process_message(&m, commit.message);
	commit.message = (struct kr_bytes){0};
	world_commit_free(&commit);
	memory_free(&m);
}

/* With a path: two steps to decrypt. */
static void processing_update(void **state)
{
	struct memory m = memory_new();
	struct world_commit commit =
		world_commit(m.w, 3, &(struct kr_mls_commit_options){0});

	(void)state;
	process_message(&m, commit.message);
	commit.message = (struct kr_bytes){0};
	world_commit_free(&commit);
	memory_free(&m);
}

static enum kr_err op_accept(void *ctx)
{
	struct memory *m = ctx;

	return kr_mls_commit_accepted(m->group);
}

/* Entering the epoch of one's own commit needs no memory at all. */
static void accepting(void **state)
{
	struct memory m = memory_new();
	struct world_commit commit =
		world_commit(m.w, 1, &(struct kr_mls_commit_options){0});

	(void)state;
	assert_int_equal(alloc_fail_each(op_accept, NULL, &m), 0);
	world_commit_free(&commit);
	memory_free(&m);
}

/* ---- Becoming a member ----------------------------------------------------------- */

static enum kr_err op_key_package(void *ctx)
{
	struct memory *m = ctx;
	struct kr_mls_key_package_secrets secrets;
	struct kr_bytes message = {0};
	enum kr_err err = kr_mls_key_package_new(&message, &secrets,
		&m->w->clients[4].client, (struct kr_mls_lifetime){0, 1},
		(struct kr_mls_extensions){0}, &m->w->rng);

	kr_bytes_free(&message);
	return err;
}

static void making_key_package(void **state)
{
	(void)state;
	run(op_key_package);
}

static enum kr_err op_found(void *ctx)
{
	struct memory *m = ctx;
	struct kr_mls_group *group = NULL;
	enum kr_err err = kr_mls_group_new(&group, &m->w->config,
		&m->w->clients[4].client, (struct kr_mls_lifetime){0, 1},
		kr_view_str("new"), (struct kr_mls_extensions){0}, &m->w->rng);

	kr_mls_group_free(group);
	return err;
}

static void founding(void **state)
{
	(void)state;
	run(op_found);
}

static enum kr_err op_join(void *ctx)
{
	struct memory *m = ctx;
	enum kr_err err = world_join(m->w, 4, m->message, m->tree);

	kr_mls_group_free(m->w->clients[4].group);
	m->w->clients[4].group = NULL;
	return err;
}

static void joining(void **state)
{
	struct memory m = memory_new();
	struct kr_mls_commit_options options = {
		.proposals = &m.add,
		.num_proposals = 1,
		.force_path = true,
	};
	struct world_commit commit = world_commit(m.w, 0, &options);

	(void)state;
	m.message = kr_view_bytes(&commit.welcome);
	each(&m, op_join);
	world_commit_free(&commit);
	memory_free(&m);
}

static enum kr_err op_join_external(void *ctx)
{
	struct memory *m = ctx;
	struct kr_mls_external_join join = {
		.client = &m->w->clients[4].client,
		.group_info = m->message,
	};
	struct kr_mls_outgoing *outgoing = NULL;
	struct kr_mls_group *group = NULL;
	enum kr_err err = kr_mls_group_join_external(
		&group, &outgoing, &m->w->config, &join, &m->w->rng);

	kr_mls_outgoing_free(outgoing);
	kr_mls_group_free(group);
	return err;
}

static void joining_external(void **state)
{
	struct memory m = memory_new();
	KR_AUTO_FREE struct kr_bytes info = {0};

	(void)state;
	assert_ok(kr_mls_group_info(m.group, true, true, &info));
	m.message = kr_view_bytes(&info);
	each(&m, op_join_external);
	memory_free(&m);
}

static enum kr_err op_load(void *ctx)
{
	struct memory *m = ctx;
	struct kr_mls_group *group = NULL;
	enum kr_err err = kr_mls_load(&group, &m->w->config,
		kr_view_bytes(&m->before.group), kr_view_bytes(&m->before.ratchets));

	kr_mls_group_free(group);
	return err;
}

/* With all that a state can hold: past epochs, late keys, a proposal, an own one, a
 * pending commit. */
static void loading(void **state)
{
	struct memory m = memory_new();
	struct kr_mls_proposal update = {.type = KR_MLS_PROPOSAL_UPDATE};
	struct kr_bytes skipped = world_encrypt(m.w, 0, "skipped");
	struct kr_bytes message = world_encrypt(m.w, 0, "taken");
	struct world_commit commit;

	(void)state;
	m.message = kr_view_bytes(&message);
	assert_ok(op_process(&m));
	kr_bytes_free(&message);
	kr_bytes_free(&skipped);
	message = world_propose(m.w, 1, &update);
	kr_bytes_free(&message);
	commit = world_commit(
		m.w, 1, &(struct kr_mls_commit_options){.without_pending = true});
	world_commit_free(&commit);
	kr_mls_state_free(&m.before);
	m.before = world_save(m.group);
	each(&m, op_load);
	memory_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encrypting),
		cmocka_unit_test(committing),
		cmocka_unit_test(proposing),
		cmocka_unit_test(saving),
		cmocka_unit_test(copying),
		cmocka_unit_test(making_group_info),
		cmocka_unit_test(making_ratchet_tree),
		cmocka_unit_test(processing_application),
		cmocka_unit_test(processing_proposal),
		cmocka_unit_test(processing_commit),
		cmocka_unit_test(processing_update),
		cmocka_unit_test(accepting),
		cmocka_unit_test(making_key_package),
		cmocka_unit_test(founding),
		cmocka_unit_test(joining),
		cmocka_unit_test(joining_external),
		cmocka_unit_test(loading),
	};

	return cmocka_run_group_tests_name("group_memory", tests, NULL, NULL);
}
