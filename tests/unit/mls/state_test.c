#include "fixture.h"

#include <string.h>

#include <test.h>

#include "proto/mls/group.h"

static enum kr_err load(const struct kr_mls_config *config, struct kr_view group,
	struct kr_view ratchets, struct kr_mls_group **loaded)
{
	enum kr_err err = kr_mls_load(loaded, config, group, ratchets);

	assert_true((err == KR_OK) == (*loaded != NULL));
	return err;
}

static enum kr_err load_state(const struct kr_mls_config *config,
	const struct kr_mls_state *state, struct kr_mls_group **loaded)
{
	return load(config, kr_view_bytes(&state->group), kr_view_bytes(&state->ratchets),
		loaded);
}

static struct kr_bytes copy_of(struct kr_view v)
{
	struct kr_bytes copy;

	assert_ok(kr_bytes_copy(&copy, v));
	return copy;
}

/* Five members with everything that a record can hold: past epochs, unmerged and blank
 * leaves, kept keys, proposals by reference (an own Update among them), a pending
 * commit. */
static struct world *world_with_everything(void)
{
	struct world *w = world_settled(4);
	struct kr_mls_proposal update = {.type = KR_MLS_PROPOSAL_UPDATE};
	struct kr_mls_outgoing *outgoing;
	struct kr_bytes skipped;
	struct kr_bytes message;
	struct kr_mls_event event;

	world_remove(w, 1, 3);
	world_add(w, 1, 3);
	skipped = world_encrypt(w, 2, "skipped");
	message = world_encrypt(w, 2, "taken");
	assert_ok(kr_mls_process(w->clients[0].group, kr_view_bytes(&message), &event));
	kr_mls_event_free(&event);
	kr_bytes_free(&message);
	kr_bytes_free(&skipped);
	for (size_t i = 0; i < 2; i++) {
		message = world_propose(w, i, &update);
		world_deliver(w, i, kr_view_bytes(&message));
		kr_bytes_free(&message);
	}
	assert_ok(kr_mls_commit(w->clients[0].group,
		&(struct kr_mls_commit_options){.force_path = true}, &w->rng, &outgoing));
	kr_mls_outgoing_free(outgoing);
	return w;
}

static void a_group_comes_back_identical(void **state)
{
	struct world *w = world_with_everything();

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct kr_mls_group *group;

		world_reload(w, i);
		group = w->clients[i].group;
		assert_int_equal(kr_mls_commit_is_pending(group), i == 0);
		assert_int_equal(group->num_proposals, 2);
		assert_int_equal(group->num_own_updates, i < 2 ? 1 : 0);
		assert_true(group->num_past > 0 || i == 3); /* who just came */
	}
	assert_ok(kr_mls_commit_accepted(w->clients[0].group));
	world_free(w);
}

static void assert_damaged(
	const struct kr_mls_config *config, struct kr_view group, struct kr_view ratchets)
{
	struct kr_mls_group *loaded;

	assert_err(load(config, group, ratchets, &loaded), KR_ERR_BAD_STATE_RECORD);
}

static void every_truncation_is_refused(void **state)
{
	struct world *w = world_with_everything();
	struct kr_mls_state s = world_save(w->clients[0].group);
	struct kr_view group = kr_view_bytes(&s.group);
	struct kr_view ratchets = kr_view_bytes(&s.ratchets);

	(void)state;
	for (size_t len = 0; len < group.len; len++) {
		assert_damaged(&w->config, kr_view(group.data, len), ratchets);
	}
	for (size_t len = 0; len < ratchets.len; len++) {
		assert_damaged(&w->config, group, kr_view(ratchets.data, len));
	}
	kr_mls_state_free(&s);
	world_free(w);
}

/* The hash in the ratchets' record guards every bit of the group's record. */
static void a_flipped_bit_of_the_group_is_refused(void **state)
{
	struct world *w = world_with_everything();
	struct kr_mls_state s = world_save(w->clients[0].group);

	(void)state;
	for (size_t bit = 0; bit < 8 * s.group.len; bit += 5) {
		s.group.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_damaged(
			&w->config, kr_view_bytes(&s.group), kr_view_bytes(&s.ratchets));
		s.group.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	kr_mls_state_free(&s);
	world_free(w);
}

/* Whoever can write the records could write the hash as well: the decoder itself must
 * stand any bytes. What it takes for a group can be saved again, and freed. */
static void a_damaged_group_with_a_fitting_hash_does_no_harm(void **state)
{
	struct world *w = world_with_everything();
	struct kr_mls_state s = world_save(w->clients[0].group);
	uint8_t *hash = s.ratchets.data + 4;
	size_t num_loaded = 0;

	(void)state;
	for (size_t bit = 0; bit < 8 * s.group.len; bit += 3) {
		struct kr_mls_group *loaded;

		s.group.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		kr_sha256(hash, kr_view_bytes(&s.group));
		if (load_state(&w->config, &s, &loaded) == KR_OK) {
			struct kr_mls_state again = world_save(loaded);

			num_loaded++;
			kr_mls_state_free(&again);
			kr_mls_group_free(loaded);
		}
		s.group.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t len = 0; len < s.group.len; len++) {
		struct kr_mls_group *loaded;

		kr_sha256(hash, kr_view(s.group.data, len));
		assert_err(load(&w->config, kr_view(s.group.data, len),
				   kr_view_bytes(&s.ratchets), &loaded),
			KR_ERR_BAD_STATE_RECORD);
	}
	assert_true(num_loaded > 0); /* keys, for one, can be any bytes */
	kr_mls_state_free(&s);
	world_free(w);
}

static void a_damaged_ratchet_does_no_harm(void **state)
{
	struct world *w = world_with_everything();
	struct kr_mls_state s = world_save(w->clients[0].group);

	(void)state;
	for (size_t bit = 0; bit < 8 * s.ratchets.len; bit++) {
		struct kr_mls_group *loaded;

		s.ratchets.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (load_state(&w->config, &s, &loaded) == KR_OK) {
			struct kr_mls_state again = world_save(loaded);

			assert_true(bit / 8 >= 36); /* behind the magic and the hash */
			kr_mls_state_free(&again);
			kr_mls_group_free(loaded);
		}
		s.ratchets.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	kr_mls_state_free(&s);
	world_free(w);
}

static void records_of_different_states_are_refused(void **state)
{
	struct world *w = world_settled(3);
	struct kr_mls_state old = world_save(w->clients[0].group);
	struct kr_mls_state other = world_save(w->clients[1].group);
	struct kr_mls_state new;

	(void)state;
	world_update(w, 1);
	new = world_save(w->clients[0].group);
	assert_damaged(
		&w->config, kr_view_bytes(&old.group), kr_view_bytes(&new.ratchets));
	assert_damaged(
		&w->config, kr_view_bytes(&new.group), kr_view_bytes(&old.ratchets));
	assert_damaged(
		&w->config, kr_view_bytes(&new.group), kr_view_bytes(&other.ratchets));
	assert_damaged(
		&w->config, kr_view_bytes(&new.ratchets), kr_view_bytes(&new.group));
	assert_damaged(&w->config, (struct kr_view){0}, (struct kr_view){0});
	kr_mls_state_free(&old);
	kr_mls_state_free(&new);
	kr_mls_state_free(&other);
	world_free(w);
}

/* A message changes the ratchets alone; the group's record that is on disk stays good. */
static void a_message_leaves_the_group_record_alone(void **state)
{
	struct world *w = world_settled(2);
	struct kr_mls_group *group = w->clients[0].group;
	struct kr_mls_state first = world_save(group);
	struct kr_mls_group *loaded;
	struct kr_mls_state next;
	struct kr_bytes message;

	(void)state;
	assert_ok(kr_mls_stored(group, first.revision));
	message = world_encrypt(w, 0, "hello");
	assert_ok(kr_mls_save(group, false, &next));
	assert_false(next.group_changed);
	assert_int_equal(next.group.len, 0);
	assert_ok(load(&w->config, kr_view_bytes(&first.group),
		kr_view_bytes(&next.ratchets), &loaded));
	world_assert_unchanged(
		loaded, &(struct kr_mls_state){first.group, next.ratchets, false, 0});
	kr_mls_group_free(loaded);
	kr_bytes_free(&message);
	kr_mls_state_free(&first);
	kr_mls_state_free(&next);
	world_free(w);
}

/* The record must be written again until a write of it is known to have succeeded. */
static void a_change_that_was_not_stored_is_saved_again(void **state)
{
	struct world *w = world_settled(2);
	struct kr_mls_group *group = w->clients[0].group;
	struct kr_mls_state lost;
	struct kr_mls_state next;
	struct kr_mls_group *loaded;

	(void)state;
	world_update(w, 1);
	assert_ok(kr_mls_save(group, false, &lost));
	assert_true(lost.group_changed);
	assert_ok(kr_mls_save(group, false, &next));
	assert_true(next.group_changed);
	assert_ok(load_state(&w->config, &next, &loaded));
	kr_mls_group_free(loaded);
	kr_mls_state_free(&lost);
	kr_mls_state_free(&next);
	world_free(w);
}

static void nothing_leaves_before_it_is_stored(void **state)
{
	struct world *w = world_settled(2);
	struct kr_mls_group *group = w->clients[0].group;
	struct kr_mls_outgoing *first;
	struct kr_mls_outgoing *second;
	struct kr_mls_state s;
	struct kr_view message;

	(void)state;
	assert_ok(kr_mls_encrypt(
		group, (struct kr_view){0}, LITERAL("first"), &w->rng, &first));
	assert_ok(kr_mls_save(group, false, &s));
	assert_ok(kr_mls_encrypt(
		group, (struct kr_view){0}, LITERAL("second"), &w->rng, &second));
	assert_err(kr_mls_outgoing_message(group, first, &message), KR_ERR_NOT_STORED);
	assert_int_equal(message.len, 0);
	assert_ok(kr_mls_stored(group, s.revision));
	assert_ok(kr_mls_outgoing_message(group, first, &message));
	assert_true(message.len > 0);
	/* The saved state was from before the second. */
	assert_err(kr_mls_outgoing_message(group, second, &message), KR_ERR_NOT_STORED);
	assert_err(kr_mls_outgoing_welcome(group, second, &message), KR_ERR_NOT_STORED);
	assert_err(kr_mls_outgoing_tree(group, second, &message), KR_ERR_NOT_STORED);
	kr_mls_state_free(&s);
	kr_mls_outgoing_free(first);
	kr_mls_outgoing_free(second);
	world_free(w);
}

static void a_revision_that_was_never_saved_is_refused(void **state)
{
	struct world *w = world_settled(2);
	struct kr_mls_group *group = w->clients[0].group;
	struct kr_mls_outgoing *outgoing;
	struct kr_mls_state s = world_save(group);
	struct kr_view message;

	(void)state;
	assert_ok(kr_mls_encrypt(
		group, (struct kr_view){0}, LITERAL("text"), &w->rng, &outgoing));
	assert_err(kr_mls_stored(group, s.revision + 1), KR_ERR_ARGUMENT);
	assert_err(kr_mls_stored(group, UINT64_MAX), KR_ERR_ARGUMENT);
	assert_err(kr_mls_outgoing_message(group, outgoing, &message), KR_ERR_NOT_STORED);
	assert_ok(kr_mls_stored(group, s.revision));
	assert_err(kr_mls_outgoing_message(group, outgoing, &message), KR_ERR_NOT_STORED);
	kr_mls_state_free(&s);
	kr_mls_outgoing_free(outgoing);
	world_free(w);
}

/* The revisions of a copy count from the start: what it stores must not set free what the
 * original made. */
static void a_handle_opens_only_for_the_group_that_made_it(void **state)
{
	struct world *w = world_settled(2);
	struct kr_mls_group *group = w->clients[0].group;
	struct kr_mls_outgoing *outgoing;
	struct kr_mls_group *copy;
	struct kr_mls_state s;
	struct kr_view message;

	(void)state;
	assert_ok(kr_mls_encrypt(
		group, (struct kr_view){0}, LITERAL("text"), &w->rng, &outgoing));
	assert_ok(kr_mls_group_copy(&copy, group));
	copy->revision = group->revision + 10;
	s = world_save(copy);
	assert_ok(kr_mls_stored(copy, s.revision));
	assert_err(kr_mls_outgoing_message(copy, outgoing, &message), KR_ERR_ARGUMENT);
	assert_err(kr_mls_outgoing_message(group, outgoing, &message), KR_ERR_NOT_STORED);
	kr_mls_group_free(copy);
	kr_mls_outgoing_free(outgoing);
	kr_mls_state_free(&s);
	world_free(w);
}

/* A copy has the same state; neither moves with the other. */
static void a_copy_is_independent(void **state)
{
	struct world *w = world_with_everything();
	struct kr_mls_group *group = w->clients[1].group;
	struct kr_mls_state before = world_save(group);
	struct kr_mls_group *copy;

	(void)state;
	assert_ok(kr_mls_group_copy(&copy, group));
	world_assert_unchanged(copy, &before);
	kr_mls_commit_discard(w->clients[0].group);
	world_update(w, 2);
	world_chat(w);
	world_assert_unchanged(copy, &before);
	kr_mls_group_free(group);
	w->clients[1].group = copy;
	world_assert_unchanged(copy, &before);
	kr_mls_state_free(&before);
	world_free(w);
}

static void a_pending_commit_survives_on_disk(void **state)
{
	struct world *w = world_settled(3);
	struct world_commit commit =
		world_commit(w, 1, &(struct kr_mls_commit_options){.force_path = true});

	(void)state;
	world_reload(w, 1);
	assert_true(kr_mls_commit_is_pending(w->clients[1].group));
	world_deliver(w, 1, kr_view_bytes(&commit.message));
	assert_ok(kr_mls_commit_accepted(w->clients[1].group));
	world_assert_agree(w);
	world_chat(w);
	world_commit_free(&commit);
	world_free(w);
}

static void a_pending_commit_from_disk_gives_way_to_another(void **state)
{
	struct world *w = world_settled(3);
	struct world_commit commit =
		world_commit(w, 1, &(struct kr_mls_commit_options){.force_path = true});

	(void)state;
	world_reload(w, 1);
	world_update(w, 2);
	assert_false(kr_mls_commit_is_pending(w->clients[1].group));
	world_reload(w, 1);
	world_chat(w);
	world_commit_free(&commit);
	world_free(w);
}

/* Past epochs are stored as differences: also from a tree that has become much narrower,
 * with few of its leaves left. */
static void a_group_that_shrank_a_lot_comes_back(void **state)
{
	struct world *w = world_settled(40);
	struct kr_mls_proposal removes[38];

	(void)state;
	for (uint32_t i = 0; i < NUM(removes); i++) {
		removes[i] = (struct kr_mls_proposal){
			.type = KR_MLS_PROPOSAL_REMOVE,
			.removed = {i + 1},
		};
	}
	world_commit_all(w, 0,
		&(struct kr_mls_commit_options){
			.proposals = removes,
			.num_proposals = NUM(removes),
		});
	world_remove(w, 0, 39);
	assert_int_equal(kr_mls_num_leaves(w->clients[0].group), 1);
	world_reload(w, 0);
	world_free(w);
}

/* With room for fewer past epochs the oldest are let go, and what is written then fits
 * what is on disk: at the next start there may be room again. */
static void with_less_room_the_oldest_epochs_go(void **state)
{
	struct world *w = world_settled(5);
	struct kr_mls_state full = world_save(w->clients[0].group);
	struct kr_mls_config small = w->config;
	struct kr_mls_outgoing *outgoing;
	struct kr_mls_state less;
	struct kr_mls_group *loaded;

	(void)state;
	small.max_past_epochs = 2;
	small.max_resumption_psks = 1;
	assert_ok(load_state(&small, &full, &loaded));
	assert_int_equal(loaded->num_past, 2);
	assert_int_equal(loaded->num_resumption_psks, 1);
	assert_ok(kr_mls_encrypt(
		loaded, (struct kr_view){0}, LITERAL("text"), &w->rng, &outgoing));
	assert_ok(kr_mls_save(loaded, false, &less));
	assert_true(less.group_changed);
	kr_mls_group_free(loaded);
	assert_ok(load_state(&w->config, &less, &loaded));
	assert_int_equal(loaded->num_past, 2);
	kr_mls_group_free(loaded);
	kr_mls_outgoing_free(outgoing);
	kr_mls_state_free(&full);
	kr_mls_state_free(&less);
	world_free(w);
}

static void a_group_larger_than_allowed_is_not_loaded(void **state)
{
	struct world *w = world_with_everything();
	struct kr_mls_state s = world_save(w->clients[0].group);
	struct kr_mls_config small = w->config;
	struct kr_mls_group *loaded;

	(void)state;
	small.max_members = 2;
	assert_err(load_state(&small, &s, &loaded), KR_ERR_LIMIT);
	small = w->config;
	small.max_pending_proposals = 1;
	assert_err(load_state(&small, &s, &loaded), KR_ERR_LIMIT);
	kr_mls_state_free(&s);
	world_free(w);
}

/* Nothing can be done any more with a group that one was removed from: no secret is kept,
 * in memory or on disk. */
static void who_is_removed_keeps_no_secret(void **state)
{
	struct world *w = world_settled(3);
	struct kr_mls_group *group = w->clients[2].group;
	struct kr_secret sender_data = group->current->secrets.sender_data_secret;
	struct kr_mls_proposal remove = {
		.type = KR_MLS_PROPOSAL_REMOVE,
		.removed = kr_mls_own_leaf(group),
	};
	struct world_commit commit = world_commit(w, 0,
		&(struct kr_mls_commit_options){
			.proposals = &remove, .num_proposals = 1});
	struct kr_mls_group *copy;
	struct kr_mls_event event;
	struct kr_mls_state s;

	(void)state;
	assert_ok(kr_mls_process(group, kr_view_bytes(&commit.message), &event));
	assert_int_equal(event.kind, KR_MLS_EVENT_REMOVED);
	kr_mls_event_free(&event);
	assert_null(group->current->messages);
	assert_int_equal(group->num_past, 0);
	assert_int_equal(group->num_resumption_psks, 0);
	s = world_save(group);
	assert_null(memmem(
		s.group.data, s.group.len, sender_data.bytes, sizeof(sender_data.bytes)));
	assert_int_equal(s.ratchets.len, 4 + KR_SHA256_BYTES);
	assert_ok(kr_mls_group_copy(&copy, group));
	kr_mls_group_free(copy);
	world_reload(w, 2);
	assert_false(kr_mls_is_member(w->clients[2].group));
	kr_mls_state_free(&s);
	world_commit_free(&commit);
	world_free(w);
}

static void saving_does_not_change_the_group(void **state)
{
	struct world *w = world_with_everything();
	struct kr_mls_state first = world_save(w->clients[0].group);
	struct kr_bytes group = copy_of(kr_view_bytes(&first.group));
	struct kr_mls_state second = world_save(w->clients[0].group);

	(void)state;
	assert_int_equal(first.revision, second.revision);
	assert_true(kr_view_equal(kr_view_bytes(&second.group), kr_view_bytes(&group)));
	kr_bytes_free(&group);
	kr_mls_state_free(&first);
	kr_mls_state_free(&second);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_comes_back_identical),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(a_flipped_bit_of_the_group_is_refused),
		cmocka_unit_test(a_damaged_group_with_a_fitting_hash_does_no_harm),
		cmocka_unit_test(a_damaged_ratchet_does_no_harm),
		cmocka_unit_test(records_of_different_states_are_refused),
		cmocka_unit_test(a_message_leaves_the_group_record_alone),
		cmocka_unit_test(a_change_that_was_not_stored_is_saved_again),
		cmocka_unit_test(nothing_leaves_before_it_is_stored),
		cmocka_unit_test(a_revision_that_was_never_saved_is_refused),
		cmocka_unit_test(a_handle_opens_only_for_the_group_that_made_it),
		cmocka_unit_test(a_copy_is_independent),
		cmocka_unit_test(a_pending_commit_survives_on_disk),
		cmocka_unit_test(a_pending_commit_from_disk_gives_way_to_another),
		cmocka_unit_test(a_group_that_shrank_a_lot_comes_back),
		cmocka_unit_test(with_less_room_the_oldest_epochs_go),
		cmocka_unit_test(a_group_larger_than_allowed_is_not_loaded),
		cmocka_unit_test(who_is_removed_keeps_no_secret),
		cmocka_unit_test(saving_does_not_change_the_group),
	};

	return cmocka_run_group_tests_name("mls/state", tests, NULL, NULL);
}
