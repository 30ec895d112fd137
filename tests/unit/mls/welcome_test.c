#include "fixture.h"

#include <string.h>

#include <test.h>

#include "proto/mls/welcome.h"

/* Client 0 adds client 2 to a group of two. */
struct invitation {
	struct world *w;
	struct world_commit commit;
};

static void invite(struct invitation *v, bool tree_beside)
{
	struct kr_mls_proposal add = {.type = KR_MLS_PROPOSAL_ADD};

	v->w = world_new(4);
	world_settle(v->w, 2, (struct kr_mls_extensions){0});
	add.key_package = world_key_package(v->w, 2);
	v->commit = world_commit(v->w, 0,
		&(struct kr_mls_commit_options){
			.proposals = &add,
			.num_proposals = 1,
			.force_path = true,
			.tree_beside_welcome = tree_beside,
		});
}

static void invitation_finish(struct invitation *v)
{
	world_commit_free(&v->commit);
	world_free(v->w);
}

static void assert_refused(
	struct invitation *v, struct kr_view welcome, struct kr_view tree)
{
	assert_int_not_equal(world_join(v->w, 2, welcome, tree), KR_OK);
	assert_null(v->w->clients[2].group);
}

static void every_truncation_of_a_welcome_fails(void **state)
{
	struct invitation v;

	(void)state;
	invite(&v, false);
	for (size_t len = 0; len < v.commit.welcome.len; len++) {
		assert_refused(
			&v, kr_view(v.commit.welcome.data, len), (struct kr_view){0});
	}
	assert_ok(world_join(
		v.w, 2, kr_view_bytes(&v.commit.welcome), (struct kr_view){0}));
	invitation_finish(&v);
}

static void no_flipped_bit_of_a_welcome_is_accepted(void **state)
{
	struct invitation v;

	(void)state;
	invite(&v, false);
	for (size_t bit = 0; bit < 8 * v.commit.welcome.len; bit += 3) {
		v.commit.welcome.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_refused(&v, kr_view_bytes(&v.commit.welcome), (struct kr_view){0});
		v.commit.welcome.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	invitation_finish(&v);
}

static void the_tree_beside_a_welcome_is_the_right_one(void **state)
{
	struct invitation v;
	struct kr_view welcome;
	struct kr_bytes other;

	(void)state;
	invite(&v, true);
	welcome = kr_view_bytes(&v.commit.welcome);
	assert_err(world_join(v.w, 2, welcome, (struct kr_view){0}),
		KR_ERR_RATCHET_TREE_MISSING);
	assert_ok(kr_mls_ratchet_tree(v.w->clients[1].group, &other)); /* before it */
	assert_err(world_join(v.w, 2, welcome, kr_view_bytes(&other)), KR_ERR_TREE_HASH);
	kr_bytes_free(&other);
	for (size_t len = 1; len < v.commit.tree.len; len++) {
		assert_refused(&v, welcome, kr_view(v.commit.tree.data, len));
	}
	for (size_t bit = 0; bit < 8 * v.commit.tree.len; bit++) {
		v.commit.tree.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_refused(&v, welcome, kr_view_bytes(&v.commit.tree));
		v.commit.tree.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_ok(world_join(v.w, 2, welcome, kr_view_bytes(&v.commit.tree)));
	invitation_finish(&v);
}

/* Blank entries cost a joiner much more than they cost whoever sends them: what is too
 * wide for the group's bound is not taken in. */
static void a_tree_wider_than_the_bound_is_refused_early(void **state)
{
	static uint8_t blanks[1 << 20];
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct invitation v;

	(void)state;
	invite(&v, true);
	kr_writer_init(&w);
	kr_write_vec(&w, kr_view(blanks, sizeof(blanks)));
	assert_err(
		world_join(v.w, 2, kr_view_bytes(&v.commit.welcome), kr_writer_view(&w)),
		KR_ERR_LIMIT);
	v.w->config.max_members = 2;
	assert_err(world_join(v.w, 2, kr_view_bytes(&v.commit.welcome),
			   kr_view_bytes(&v.commit.tree)),
		KR_ERR_LIMIT);
	v.w->config.max_members = 3;
	assert_ok(world_join(
		v.w, 2, kr_view_bytes(&v.commit.welcome), kr_view_bytes(&v.commit.tree)));
	invitation_finish(&v);
}

static void a_welcome_is_for_one_key_package(void **state)
{
	struct invitation v;
	struct kr_bytes meant;
	struct kr_mls_key_package_secrets secrets;
	struct world_client *c;
	struct kr_mls_join join;
	struct kr_mls_group *group;

	(void)state;
	invite(&v, false);
	c = &v.w->clients[2];
	meant = c->key_package;
	secrets = c->secrets;
	c->key_package = (struct kr_bytes){0};
	world_key_package(v.w, 2); /* another one of the same client */
	assert_err(
		world_join(v.w, 2, kr_view_bytes(&v.commit.welcome), (struct kr_view){0}),
		KR_ERR_WELCOME_NOT_FOR_US);
	join = (struct kr_mls_join){
		.welcome = kr_view_bytes(&v.commit.welcome),
		.key_package = kr_view_bytes(&meant),
		.secrets = &c->secrets, /* of the other one */
		.signer = &c->signer,
	};
	assert_err(kr_mls_group_join(&group, &v.w->config, &join), KR_ERR_DECRYPT);
	join.secrets = &secrets;
	join.signer = &v.w->clients[3].signer;
	assert_err(kr_mls_group_join(&group, &v.w->config, &join), KR_ERR_ARGUMENT);
	join.signer = &c->signer;
	assert_ok(kr_mls_group_join(&group, &v.w->config, &join));
	kr_mls_group_free(group);
	kr_mls_key_package_secrets_wipe(&secrets);
	kr_bytes_free(&meant);
	invitation_finish(&v);
}

/* ---- As bytes ------------------------------------------------------------------ */

#define KEY_32 "01234567890123456789012345678901"

static void only_group_secrets_are_read(void **state)
{
	const struct {
		struct kr_view bytes;
		enum kr_err expected;
		bool has_path_secret;
	} cases[] = {
		{LITERAL("\x20" KEY_32 "\0\0"), KR_OK, false},
		{LITERAL("\x20" KEY_32 "\1\x20" KEY_32 "\0"), KR_OK, true},
		{LITERAL("\x20" KEY_32 "\0\4\1\1x\0"), KR_OK, false},
		{LITERAL("\3abc\0\0"), KR_ERR_ENCODING, false},
		{LITERAL("\x20" KEY_32 "\2\0"), KR_ERR_ENCODING, false},
		{LITERAL("\x20" KEY_32 "\1\3abc\0"), KR_ERR_ENCODING, false},
		{LITERAL("\x20" KEY_32 "\0\0\0"), KR_ERR_TRAILING, false},
		{LITERAL("\x20" KEY_32 "\0"), KR_ERR_TRUNCATED, false},
		{LITERAL(""), KR_ERR_TRUNCATED, false},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_group_secrets secrets;

		assert_err(kr_group_secrets_read(cases[i].bytes, &secrets),
			cases[i].expected);
		assert_int_equal(secrets.has_path_secret, cases[i].has_path_secret);
		assert_int_equal(
			secrets.joiner_secret.len, cases[i].expected == KR_OK ? 32 : 0);
	}
}

static void only_welcomes_are_read(void **state)
{
	const struct {
		struct kr_view bytes;
		enum kr_err expected;
	} cases[] = {
		{LITERAL("\0\3\0\0"), KR_OK},
		{LITERAL("\0\1\0\0"), KR_ERR_MLS_CIPHER_SUITE},
		{LITERAL("\0\3\0\0\0"), KR_ERR_TRAILING},
		{LITERAL("\0\3\0"), KR_ERR_TRUNCATED},
		{LITERAL("\0\3"), KR_ERR_TRUNCATED},
		{LITERAL("\0"), KR_ERR_TRUNCATED},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_welcome welcome;

		assert_err(kr_welcome_read(cases[i].bytes, &welcome), cases[i].expected);
	}
}

/* A GroupInfo, as an outsider takes it: decoded, its tree verified, its signer a member.
 * */
static enum kr_err take_group_info(
	struct world *w, struct kr_view message, struct kr_view tree_beside)
{
	struct kr_tree tree = {0};
	struct kr_message m;
	struct kr_group_info info;
	enum kr_err err = kr_message_read(message, &m);

	if (err != KR_OK || m.wire_format != KR_WIRE_GROUP_INFO) {
		return err != KR_OK ? err : KR_ERR_ENCODING;
	}
	if ((err = kr_group_info_read(m.rest, &info)) == KR_OK) {
		err = kr_group_info_tree(&info, tree_beside, &w->config, &tree);
	}
	assert_true((err == KR_OK) == (tree.root != NULL));
	kr_tree_free(&tree);
	return err;
}

static void a_group_info_is_whole_and_signed(void **state)
{
	struct world *w = world_settled(2);
	const struct kr_view none = {0};
	struct kr_bytes info;
	struct kr_bytes tree;

	(void)state;
	assert_ok(kr_mls_group_info(w->clients[0].group, true, true, &info));
	assert_ok(take_group_info(w, kr_view_bytes(&info), none));
	for (size_t len = 0; len < info.len; len++) {
		assert_int_not_equal(
			take_group_info(w, kr_view(info.data, len), none), KR_OK);
	}
	for (size_t bit = 0; bit < 8 * info.len; bit += 3) {
		info.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(
			take_group_info(w, kr_view_bytes(&info), none), KR_OK);
		info.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	kr_bytes_free(&info);
	assert_ok(kr_mls_group_info(w->clients[0].group, false, false, &info));
	assert_ok(kr_mls_ratchet_tree(w->clients[0].group, &tree));
	assert_err(take_group_info(w, kr_view_bytes(&info), none),
		KR_ERR_RATCHET_TREE_MISSING);
	assert_ok(take_group_info(w, kr_view_bytes(&info), kr_view_bytes(&tree)));
	kr_bytes_free(&info);
	kr_bytes_free(&tree);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_truncation_of_a_welcome_fails),
		cmocka_unit_test(no_flipped_bit_of_a_welcome_is_accepted),
		cmocka_unit_test(the_tree_beside_a_welcome_is_the_right_one),
		cmocka_unit_test(a_tree_wider_than_the_bound_is_refused_early),
		cmocka_unit_test(a_welcome_is_for_one_key_package),
		cmocka_unit_test(only_group_secrets_are_read),
		cmocka_unit_test(only_welcomes_are_read),
		cmocka_unit_test(a_group_info_is_whole_and_signed),
	};

	return cmocka_run_group_tests_name("mls/welcome", tests, NULL, NULL);
}
