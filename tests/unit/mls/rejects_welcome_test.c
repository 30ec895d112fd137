/* Rules of RFC 9420 §12.4.3.1 (joining), §7.3 and §7.9 (the tree that a joiner gets),
 * each broken alone in a Welcome into a made-up group:
 *
 *	          3                 leaf 0 committed last, leaf 2 before it; the joiner is
 *	     1         5            leaf 3. Keys of parents are made up: nobody decrypts.
 *	   0   1     2   3 */
#include "forge.h"

#include <string.h>

#include <kring/hpke.h>
#include <test.h>

#define NUM_LEAVES 4
#define JOINER     3

/* The tree in the making. Parents are numbered 0 (node 1), 1 (node 3, the root), 2 (node
 * 5). */
struct parent {
	bool blank;
	uint8_t key[KR_X25519_BYTES];
	uint8_t parent_hash[KR_MLS_HASH_BYTES];
	size_t parent_hash_len;
	uint32_t unmerged[4];
	size_t num_unmerged;
};

struct made_tree {
	struct world *world;
	struct forge_leaf leaves[NUM_LEAVES];
	bool blank[NUM_LEAVES];
	struct parent parents[3];
	struct kr_bytes joiner_leaf;  /* as in the key package: not to be signed again */
	struct kr_secret path_secret; /* of the root */
	size_t num_nodes;             /* that are written */
};

static void write_parent(struct kr_writer *w, const struct parent *p)
{
	size_t begin;

	kr_write_optional(w, !p->blank);
	if (p->blank) {
		return;
	}
	kr_write_u8(w, 2);
	kr_write_vec(w, kr_view(p->key, sizeof(p->key)));
	kr_write_vec(w, kr_view(p->parent_hash, p->parent_hash_len));
	begin = kr_write_vec_begin(w);
	for (size_t i = 0; i < p->num_unmerged; i++) {
		kr_write_u32(w, p->unmerged[i]);
	}
	kr_write_vec_end(w, begin);
}

static void write_leaf(struct kr_writer *w, const struct made_tree *t, size_t i)
{
	kr_write_optional(w, !t->blank[i]);
	if (t->blank[i]) {
		return;
	}
	kr_write_u8(w, 1);
	if (i == JOINER && t->joiner_leaf.len > 0) {
		kr_write_fixed(w, kr_view_bytes(&t->joiner_leaf));
	} else {
		forge_leaf_write(w, &t->leaves[i]);
	}
}

static void write_tree(struct kr_writer *w, const struct made_tree *t)
{
	size_t begin = kr_write_vec_begin(w);

	for (size_t i = 0; i < t->num_nodes; i++) {
		if (i % 2 == 0) {
			write_leaf(w, t, i / 2);
		} else {
			write_parent(w, &t->parents[i / 2]);
		}
	}
	kr_write_vec_end(w, begin);
}

/* ParentHashInput, §7.9: the parent's content and the original tree hash of a sibling,
 * here from the tree as it stands (no unmerged leaves yet). */
static void parent_hash(const struct made_tree *t, size_t parent, uint32_t sibling,
	uint8_t hash[KR_MLS_HASH_BYTES])
{
	const struct parent *p = &t->parents[parent];
	uint8_t sibling_hash[KR_MLS_HASH_BYTES];
	KR_AUTO_WRITER struct kr_writer encoded = {0};
	KR_AUTO_WRITER struct kr_writer input = {0};
	struct kr_tree tree;

	kr_writer_init(&encoded);
	write_tree(&encoded, t);
	assert_ok(kr_tree_read(&tree, kr_writer_view(&encoded)));
	assert_ok(kr_tree_hash(&tree, (struct kr_node_index){sibling}, sibling_hash));
	kr_tree_free(&tree);
	kr_writer_init(&input);
	kr_write_vec(&input, kr_view(p->key, sizeof(p->key)));
	kr_write_vec(&input, kr_view(p->parent_hash, p->parent_hash_len));
	kr_write_vec(&input, kr_view(sibling_hash, sizeof(sibling_hash)));
	kr_sha256(hash, kr_writer_view(&input));
}

/* Leaf 2's commit came first: node 5 keeps its key, and a parent hash for the root of
 * then. */
static void link_hashes(struct made_tree *t)
{
	static uint8_t leaf2_hash[KR_MLS_HASH_BYTES];
	static uint8_t leaf0_hash[KR_MLS_HASH_BYTES];

	parent_hash(t, 2, 6, leaf2_hash);
	t->leaves[2].parent_hash = kr_view(leaf2_hash, sizeof(leaf2_hash));
	parent_hash(t, 1, 5, t->parents[0].parent_hash);
	t->parents[0].parent_hash_len = KR_MLS_HASH_BYTES;
	parent_hash(t, 0, 2, leaf0_hash);
	t->leaves[0].parent_hash = kr_view(leaf0_hash, sizeof(leaf0_hash));
}

static void make_leaf(struct made_tree *t, size_t i)
{
	struct forge_leaf *leaf = &t->leaves[i];

	*leaf = forge_leaf(&t->world->clients[i]);
	assert_ok(kr_random_fill(&t->world->rng, leaf->encryption_key, KR_X25519_BYTES));
	leaf->source = i % 2 == 0 ? KR_LEAF_COMMIT : KR_LEAF_KEY_PACKAGE;
	leaf->group_id = kr_view_str("a group");
	leaf->leaf_index = (uint32_t)i;
}

static void root_key(struct made_tree *t)
{
	struct kr_x25519_keypair pair;
	struct kr_secret node_secret;

	assert_ok(kr_random_secret(&t->world->rng, &t->path_secret));
	assert_ok(kr_derive_secret(&node_secret, &t->path_secret, "node"));
	assert_ok(kr_hpke_derive_keypair(&pair, kr_view_secret(&node_secret)));
	memcpy(t->parents[1].key, pair.public_key, KR_X25519_BYTES);
}

static void make_tree(struct made_tree *t)
{
	struct kr_mls_key_package_info info;

	*t = (struct made_tree){.world = world_new(NUM_LEAVES), .num_nodes = 7};
	for (size_t i = 0; i < NUM_LEAVES; i++) {
		make_leaf(t, i);
	}
	for (size_t i = 0; i < NUM(t->parents); i++) {
		assert_ok(kr_random_fill(
			&t->world->rng, t->parents[i].key, KR_X25519_BYTES));
	}
	root_key(t);
	t->parents[2].parent_hash_len = KR_MLS_HASH_BYTES; /* zeroes: long overwritten */
	assert_ok(
		kr_mls_key_package_verify(world_key_package(t->world, JOINER), 0, &info));
	assert_ok(kr_bytes_copy(&t->joiner_leaf, info.leaf_node));
	link_hashes(t);
}

static void free_tree(struct made_tree *t)
{
	kr_bytes_free(&t->joiner_leaf);
	world_free(t->world);
}

/* ---- Rules about the tree -------------------------------------------------------- */

struct rule {
	const char *name;
	void (*change)(struct made_tree *t, struct forge_welcome *p);
	enum kr_err expected;
};

static void nothing(struct made_tree *t, struct forge_welcome *p)
{
	(void)t;
	(void)p;
}

/* The joiner as everywhere unmerged: the commit that added it had no path. */
static void joiner_unmerged(struct made_tree *t, struct forge_welcome *p)
{
	t->blank[JOINER] = true;
	t->num_nodes = 6; /* a tree does not end in a blank node */
	link_hashes(t);
	t->blank[JOINER] = false;
	t->num_nodes = 7;
	t->parents[1].unmerged[0] = t->parents[2].unmerged[0] = JOINER;
	t->parents[1].num_unmerged = t->parents[2].num_unmerged = 1;
	p->path_secret = NULL;
}

static void blank_parent(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	t->parents[2].blank = true;
	link_hashes(t);
}

static void unmerged_not_in_subtree(struct made_tree *t, struct forge_welcome *p)
{
	joiner_unmerged(t, p);
	t->parents[0].unmerged[0] = JOINER;
	t->parents[0].num_unmerged = 1;
}

static void unmerged_blank_leaf(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	t->blank[1] = true;
	link_hashes(t);
	t->parents[0].unmerged[0] = 1;
	t->parents[0].num_unmerged = 1;
}

static void unmerged_missing_between(struct made_tree *t, struct forge_welcome *p)
{
	joiner_unmerged(t, p);
	t->parents[2].num_unmerged = 0;
}

static void unmerged_unsorted(struct made_tree *t, struct forge_welcome *p)
{
	joiner_unmerged(t, p);
	t->parents[1].unmerged[0] = JOINER;
	t->parents[1].unmerged[1] = 2;
	t->parents[1].num_unmerged = 2;
}

static void unmerged_twice(struct made_tree *t, struct forge_welcome *p)
{
	joiner_unmerged(t, p);
	t->parents[1].unmerged[1] = JOINER;
	t->parents[1].num_unmerged = 2;
}

static void parent_hash_wrong(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	t->parents[0].parent_hash[9] ^= 1;
}

static void parent_hash_null(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	t->parents[0].parent_hash_len = 0;
}

static void leaf_parent_hash_wrong(struct made_tree *t, struct forge_welcome *p)
{
	static uint8_t wrong[KR_MLS_HASH_BYTES];

	(void)p;
	t->leaves[2].parent_hash = kr_view(wrong, sizeof(wrong));
}

static void leaf_parent_hash_null(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	t->leaves[2].parent_hash = (struct kr_view){0};
}

/* Node 1 has a key, though leaf 1 is blank: no commit makes that. */
static void parent_with_one_side(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	t->blank[1] = true;
	link_hashes(t);
}

/* Nobody committed, yet node 5 has a key. */
static void parent_without_committer(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	t->leaves[2].source = KR_LEAF_KEY_PACKAGE;
}

static void leaf_key_of_leaf(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	memcpy(t->leaves[1].encryption_key, t->leaves[2].encryption_key, KR_X25519_BYTES);
	link_hashes(t);
}

static void leaf_key_of_parent(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	memcpy(t->leaves[1].encryption_key, t->parents[2].key, KR_X25519_BYTES);
	link_hashes(t);
}

static void parent_key_twice(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	memcpy(t->parents[0].key, t->parents[2].key, KR_X25519_BYTES);
	link_hashes(t);
}

static void signature_key_twice(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	memcpy(t->leaves[1].signature_key, t->leaves[2].signature_key,
		KR_ED25519_PUBLIC_BYTES);
	t->leaves[1].signer = t->leaves[2].signer;
	link_hashes(t);
}

static void leaf_signature(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	t->leaves[1].break_signature = true;
	link_hashes(t);
}

static void leaf_of_other_place(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	t->leaves[2].leaf_index = 1;
	link_hashes(t);
}

static void leaf_of_other_group(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	t->leaves[2].group_id = kr_view_str("another");
	link_hashes(t);
}

static void leaf_capabilities(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	t->leaves[1].cipher_suites = FORGE_U16("\0\1");
	link_hashes(t);
}

static void leaf_lacks_required(struct made_tree *t, struct forge_welcome *p)
{
	(void)t;
	p->extensions = FORGE_U16("\0\3\5\2\xff\x10\0\0");
}

static void tree_hash(struct made_tree *t, struct forge_welcome *p)
{
	static const uint8_t wrong[KR_MLS_HASH_BYTES] = {1};

	(void)t;
	p->tree_hash = kr_view(wrong, sizeof(wrong));
}

static void tree_trailing_blank(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	t->blank[JOINER] = true;
}

static void tree_empty(struct made_tree *t, struct forge_welcome *p)
{
	(void)t;
	(void)p; /* run_rule writes none */
}

/* ---- Rules about the GroupInfo and the secrets ----------------------------------- */

static void signer_blank(struct made_tree *t, struct forge_welcome *p)
{
	t->blank[1] = true;
	link_hashes(t);
	p->signer_leaf = 1;
}

static void signer_outside(struct made_tree *t, struct forge_welcome *p)
{
	(void)t;
	p->signer_leaf = 77;
}

static void signer_other_key(struct made_tree *t, struct forge_welcome *p)
{
	(void)t;
	p->signer_leaf = 2;
}

static void info_signature(struct made_tree *t, struct forge_welcome *p)
{
	(void)t;
	p->break_signature = true;
}

static void info_confirmation_tag(struct made_tree *t, struct forge_welcome *p)
{
	(void)t;
	p->break_confirmation_tag = true;
}

static void info_suite(struct made_tree *t, struct forge_welcome *p)
{
	(void)t;
	p->group_cipher_suite = 1;
}

static void welcome_suite(struct made_tree *t, struct forge_welcome *p)
{
	(void)t;
	p->cipher_suite = 1;
}

static void without_tree(struct made_tree *t, struct forge_welcome *p)
{
	(void)t;
	p->without_tree = true;
}

static void tree_extension_twice(struct made_tree *t, struct forge_welcome *p)
{
	(void)t;
	p->tree_extension_twice = true;
}

static void for_somebody_else(struct made_tree *t, struct forge_welcome *p)
{
	(void)t;
	p->other_key_package = true;
}

static void group_info_short(struct made_tree *t, struct forge_welcome *p)
{
	(void)t;
	p->cut_group_info = true;
}

static void secrets_short(struct made_tree *t, struct forge_welcome *p)
{
	(void)t;
	p->cut_secrets = true;
}

static void joiner_not_in_tree(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	kr_bytes_free(&t->joiner_leaf);
	link_hashes(t);
}

static void path_secret_wrong(struct made_tree *t, struct forge_welcome *p)
{
	(void)p;
	t->path_secret.bytes[0] ^= 1;
}

static void psk_unknown(struct made_tree *t, struct forge_welcome *p)
{
	static uint8_t psk[2 + 1 + 1 + KR_SECRET_BYTES] = {1, 1, 'x', KR_SECRET_BYTES};

	(void)t;
	p->psks = kr_view(psk, sizeof(psk));
}

static void psk_for_reinit(struct made_tree *t, struct forge_welcome *p)
{
	static uint8_t psk[2 + 2 + 8 + 1 + KR_SECRET_BYTES] = {
		2, KR_PSK_USAGE_REINIT, 1, 'x'};

	(void)t;
	psk[12] = KR_SECRET_BYTES;
	p->psks = kr_view(psk, sizeof(psk));
}

static void psk_for_branch(struct made_tree *t, struct forge_welcome *p)
{
	static uint8_t psk[2 + 2 + 8 + 1 + KR_SECRET_BYTES] = {
		2, KR_PSK_USAGE_BRANCH, 1, 'x'};

	(void)t;
	psk[12] = KR_SECRET_BYTES;
	p->psks = kr_view(psk, sizeof(psk));
}

static const struct rule rules[] = {
	{"control", nothing, KR_OK},
	{"control_joiner_unmerged", joiner_unmerged, KR_OK},
	{"control_blank_parent", blank_parent, KR_OK},
	{"s7_9_unmerged_leaf_outside_the_subtree", unmerged_not_in_subtree,
		KR_ERR_TREE_UNMERGED},
	{"s7_9_unmerged_leaf_is_blank", unmerged_blank_leaf, KR_ERR_TREE_UNMERGED},
	{"s7_9_unmerged_leaf_missing_in_between", unmerged_missing_between,
		KR_ERR_TREE_UNMERGED},
	{"s7_1_unmerged_leaves_unsorted", unmerged_unsorted, KR_ERR_TREE_UNMERGED},
	{"s7_1_unmerged_leaf_twice", unmerged_twice, KR_ERR_TREE_UNMERGED},
	{"s7_9_2_parent_hash_of_a_parent", parent_hash_wrong, KR_ERR_TREE_PARENT_HASH},
	{"s7_9_2_null_parent_hash_of_a_parent", parent_hash_null,
		KR_ERR_TREE_PARENT_HASH},
	{"s7_9_2_parent_hash_of_a_leaf", leaf_parent_hash_wrong, KR_ERR_TREE_PARENT_HASH},
	{"s7_9_2_null_parent_hash_of_a_leaf", leaf_parent_hash_null,
		KR_ERR_TREE_PARENT_HASH},
	{"s7_9_2_parent_that_nobody_committed", parent_without_committer,
		KR_ERR_TREE_PARENT_HASH},
	{"s7_3_encryption_key_of_two_leaves", leaf_key_of_leaf, KR_ERR_TREE_KEY_REUSED},
	{"s7_3_encryption_key_of_leaf_and_parent", leaf_key_of_parent,
		KR_ERR_TREE_KEY_REUSED},
	{"s7_3_encryption_key_of_two_parents", parent_key_twice, KR_ERR_TREE_KEY_REUSED},
	{"s7_3_signature_key_of_two_leaves", signature_key_twice, KR_ERR_LEAF_KEY_REUSED},
	{"s7_3_leaf_signature", leaf_signature, KR_ERR_SIGNATURE},
	{"s7_3_leaf_signed_for_another_place", leaf_of_other_place, KR_ERR_SIGNATURE},
	{"s7_3_leaf_signed_for_another_group", leaf_of_other_group, KR_ERR_SIGNATURE},
	{"s7_3_leaf_capabilities", leaf_capabilities, KR_ERR_LEAF_CAPABILITIES},
	{"s7_3_leaf_lacks_what_is_required", leaf_lacks_required,
		KR_ERR_REQUIRED_CAPABILITIES},
	{"s12_4_3_1_tree_hash", tree_hash, KR_ERR_TREE_HASH},
	{"s12_4_3_3_tree_ends_in_a_blank", tree_trailing_blank, KR_ERR_TREE_SHAPE},
	{"s12_4_3_3_tree_empty", tree_empty, KR_ERR_TREE_SHAPE},
	{"s12_4_3_1_signer_is_blank", signer_blank, KR_ERR_LEAF_INDEX},
	{"s12_4_3_1_signer_outside_the_tree", signer_outside, KR_ERR_LEAF_INDEX},
	{"s12_4_3_1_signed_by_another_key", signer_other_key, KR_ERR_SIGNATURE},
	{"s12_4_3_1_signature", info_signature, KR_ERR_SIGNATURE},
	{"s12_4_3_1_confirmation_tag", info_confirmation_tag, KR_ERR_COMMIT_CONFIRMATION},
	{"s12_4_3_1_cipher_suite_of_the_group", info_suite, KR_ERR_MLS_CIPHER_SUITE},
	{"s12_4_3_1_cipher_suite_of_the_welcome", welcome_suite, KR_ERR_MLS_CIPHER_SUITE},
	{"s12_4_3_1_without_tree", without_tree, KR_ERR_RATCHET_TREE_MISSING},
	{"s13_4_extension_twice", tree_extension_twice, KR_ERR_ENCODING},
	{"s12_4_3_1_group_info_shorter_than_a_tag", group_info_short, KR_ERR_DECRYPT},
	{"s12_4_3_1_secrets_shorter_than_a_tag", secrets_short, KR_ERR_DECRYPT},
	{"s7_8_parent_with_nobody_on_one_side", parent_with_one_side, KR_ERR_TREE_SHAPE},
	{"s12_4_3_1_for_somebody_else", for_somebody_else, KR_ERR_WELCOME_NOT_FOR_US},
	{"s12_4_3_1_own_leaf_is_not_in_the_tree", joiner_not_in_tree,
		KR_ERR_WELCOME_NOT_FOR_US},
	{"s12_4_3_1_path_secret_does_not_give_the_key", path_secret_wrong,
		KR_ERR_COMMIT_PATH_KEY},
	{"s12_4_3_1_psk_not_known", psk_unknown, KR_ERR_PROPOSAL_PSK_UNKNOWN},
	{"s12_4_3_1_psk_for_reinit", psk_for_reinit, KR_ERR_MLS_REINIT},
	{"s12_4_3_1_psk_for_branch", psk_for_branch, KR_ERR_MLS_BRANCH},
};

static void run_rule(void **state)
{
	const struct rule *rule = *state;
	struct made_tree t;
	struct forge_welcome p = {0};
	KR_AUTO_FREE struct kr_bytes welcome = {0};
	KR_AUTO_WRITER struct kr_writer tree = {0};

	make_tree(&t);
	p.signer = &t.world->clients[0].signer;
	p.path_secret = &t.path_secret;
	rule->change(&t, &p);
	kr_writer_init(&tree);
	if (rule->change == tree_empty) {
		kr_write_vec(&tree, (struct kr_view){0});
	} else {
		write_tree(&tree, &t);
	}
	p.tree = kr_writer_view(&tree);
	welcome = forge_welcome(t.world, JOINER, &p);
	assert_err(
		world_join(t.world, JOINER, kr_view_bytes(&welcome), (struct kr_view){0}),
		rule->expected);
	assert_int_equal(t.world->clients[JOINER].group != NULL, rule->expected == KR_OK);
	free_tree(&t);
}

static void s12_4_3_1_another_message_than_a_welcome(void **state)
{
	struct world *w = world_new(1);

	(void)state;
	assert_err(world_join(w, 0, world_key_package(w, 0), (struct kr_view){0}),
		KR_ERR_ENCODING);
	assert_null(w->clients[0].group);
	world_free(w);
}

int main(void)
{
	struct CMUnitTest tests[NUM(rules) + 1] = {
		cmocka_unit_test(s12_4_3_1_another_message_than_a_welcome),
	};

	for (size_t i = 0; i < NUM(rules); i++) {
		tests[1 + i] = (struct CMUnitTest){
			.name = rules[i].name,
			.test_func = run_rule,
			.initial_state = (void *)&rules[i],
		};
	}
	return cmocka_run_group_tests_name("rejects_welcome", tests, NULL, NULL);
}
