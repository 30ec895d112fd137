/* Rules of RFC 9420 §12.4 (commits), §7.3 and §7.9 (the path's leaf and parent hashes)
 * and §8.1 (the confirmation tag), each broken alone by a member. */
#include "forge.h"

#include <string.h>

#include <test.h>

#define NUM_HONEST 3

struct rule {
	const char *name;
	void (*change)(struct forge_commit *c);
	enum kr_err expected;
};

/* ---- The leaf of the path -------------------------------------------------------- */

static void leaf_old_key(struct forge_commit *c, struct forge_leaf *leaf)
{
	memcpy(leaf->encryption_key,
		kr_tree_leaf(&c->forge->tree, c->leaf)->node.encryption_key,
		KR_X25519_BYTES);
}

static void leaf_key_of_member(struct forge_commit *c, struct forge_leaf *leaf)
{
	memcpy(leaf->encryption_key,
		kr_tree_leaf(&c->forge->tree, (struct kr_leaf_index){1})
			->node.encryption_key,
		KR_X25519_BYTES);
}

static void leaf_signature_key_of_member(struct forge_commit *c, struct forge_leaf *leaf)
{
	leaf->signer = &c->forge->world->clients[1].signer;
	memcpy(leaf->signature_key, leaf->signer->public_key, KR_ED25519_PUBLIC_BYTES);
}

static void leaf_source_key_package(struct forge_commit *c, struct forge_leaf *leaf)
{
	(void)c;
	leaf->source = KR_LEAF_KEY_PACKAGE;
}

static void leaf_source_update(struct forge_commit *c, struct forge_leaf *leaf)
{
	(void)c;
	leaf->source = KR_LEAF_UPDATE;
}

static void leaf_signature(struct forge_commit *c, struct forge_leaf *leaf)
{
	(void)c;
	leaf->break_signature = true;
}

static void leaf_for_other_group(struct forge_commit *c, struct forge_leaf *leaf)
{
	(void)c;
	leaf->group_id = kr_view_str("another group");
}

static void leaf_for_other_index(struct forge_commit *c, struct forge_leaf *leaf)
{
	(void)c;
	leaf->leaf_index ^= 1;
}

static void leaf_without_suite(struct forge_commit *c, struct forge_leaf *leaf)
{
	(void)c;
	leaf->cipher_suites = FORGE_U16("\0\1");
}

static void leaf_extension_unlisted(struct forge_commit *c, struct forge_leaf *leaf)
{
	(void)c;
	leaf->extensions = FORGE_U16("\xff\x10\0");
}

static void leaf_parent_hash(struct forge_commit *c, struct forge_leaf *leaf)
{
	static uint8_t wrong[KR_MLS_HASH_BYTES];

	(void)c;
	memcpy(wrong, leaf->parent_hash.data, sizeof(wrong));
	wrong[9] ^= 1;
	leaf->parent_hash = kr_view(wrong, sizeof(wrong));
}

static void leaf_null_parent_hash(struct forge_commit *c, struct forge_leaf *leaf)
{
	(void)c;
	leaf->parent_hash = (struct kr_view){0};
}

static void c_leaf_old_key(struct forge_commit *c)
{
	c->change_leaf = leaf_old_key;
}

static void c_leaf_key_of_member(struct forge_commit *c)
{
	c->change_leaf = leaf_key_of_member;
}

static void c_leaf_signature_key_of_member(struct forge_commit *c)
{
	c->change_leaf = leaf_signature_key_of_member;
}

static void c_leaf_source_key_package(struct forge_commit *c)
{
	c->change_leaf = leaf_source_key_package;
}

static void c_leaf_source_update(struct forge_commit *c)
{
	c->change_leaf = leaf_source_update;
}

static void c_leaf_signature(struct forge_commit *c)
{
	c->change_leaf = leaf_signature;
}

static void c_leaf_for_other_group(struct forge_commit *c)
{
	c->change_leaf = leaf_for_other_group;
}

static void c_leaf_for_other_index(struct forge_commit *c)
{
	c->change_leaf = leaf_for_other_index;
}

static void c_leaf_without_suite(struct forge_commit *c)
{
	c->change_leaf = leaf_without_suite;
}

static void c_leaf_extension_unlisted(struct forge_commit *c)
{
	c->change_leaf = leaf_extension_unlisted;
}

static void c_leaf_parent_hash(struct forge_commit *c)
{
	c->change_leaf = leaf_parent_hash;
}

static void c_leaf_null_parent_hash(struct forge_commit *c)
{
	c->change_leaf = leaf_null_parent_hash;
}

/* ---- The nodes of the path ------------------------------------------------------- */

/* Keys that do not come from the path secrets that are sent, at any step: each member
 * opens one of them. */
static void other_secret(struct forge_commit *c, struct kr_path_secrets *secrets)
{
	(void)c;
	for (size_t i = 0; i < secrets->path.num; i++) {
		secrets->path_secrets[i].bytes[0] ^= 1;
	}
}

static void c_other_secret(struct forge_commit *c)
{
	c->change_secrets = other_secret;
}

struct split_path {
	struct kr_update_path path;
	struct kr_view nodes[4];
	size_t num;
};

static void split(struct split_path *s, const struct kr_bytes *update_path)
{
	struct kr_reader r = kr_reader(kr_view_bytes(update_path));

	assert_ok(kr_update_path_read(&r, &s->path));
	r = kr_reader(s->path.nodes);
	for (s->num = 0; s->num < s->path.num_nodes; s->num++) {
		struct kr_view start = r.rest;
		struct kr_update_path_node node;

		assert_true(s->num < NUM(s->nodes));
		assert_ok(kr_update_path_node_read(&r, &node));
		s->nodes[s->num] = kr_view(start.data, start.len - r.rest.len);
	}
}

static void join(struct kr_bytes *update_path, const struct split_path *s)
{
	struct kr_bytes joined;
	struct kr_writer w;
	size_t begin;

	kr_writer_init(&w);
	kr_write_fixed(&w, s->path.leaf.encoded);
	begin = kr_write_vec_begin(&w);
	for (size_t i = 0; i < s->num; i++) {
		kr_write_fixed(&w, s->nodes[i]);
	}
	kr_write_vec_end(&w, begin);
	assert_ok(kr_writer_finish(&w, &joined));
	kr_bytes_free(update_path);
	*update_path = joined;
}

static void path_too_short(struct forge_commit *c, struct kr_bytes *update_path)
{
	struct split_path s;

	(void)c;
	split(&s, update_path);
	s.num--;
	join(update_path, &s);
}

static void path_too_long(struct forge_commit *c, struct kr_bytes *update_path)
{
	struct split_path s;

	(void)c;
	split(&s, update_path);
	s.nodes[s.num] = s.nodes[0];
	s.num++;
	join(update_path, &s);
}

/* The first node again with its list of ciphertexts changed by num: dropped or
 * repeated. */
static void change_ciphertexts(struct kr_bytes *update_path, size_t which, int change)
{
	struct kr_update_path_node node;
	struct split_path s;
	struct kr_reader r;
	struct kr_writer w;
	size_t begin;

	split(&s, update_path);
	r = kr_reader(s.nodes[which]);
	assert_ok(kr_update_path_node_read(&r, &node));
	kr_writer_init(&w);
	kr_write_vec(&w, kr_view(node.encryption_key, KR_X25519_BYTES));
	begin = kr_write_vec_begin(&w);
	for (int i = 0; change > 0 && i < 2; i++) {
		kr_write_fixed(&w, node.ciphertexts);
	}
	kr_write_vec_end(&w, begin);
	s.nodes[which] = kr_writer_view(&w);
	join(update_path, &s);
	kr_writer_free(&w);
}

static void path_ciphertexts_missing(struct forge_commit *c, struct kr_bytes *update_path)
{
	(void)c;
	change_ciphertexts(update_path, 0, -1);
}

static void path_ciphertexts_too_many(
	struct forge_commit *c, struct kr_bytes *update_path)
{
	(void)c;
	change_ciphertexts(update_path, 0, 1);
}

/* In each node the last byte is the tag's of a ciphertext; each member opens one of
 * them. */
static void path_ciphertext(struct forge_commit *c, struct kr_bytes *update_path)
{
	struct split_path s;

	(void)c;
	split(&s, update_path);
	for (size_t i = 0; i < s.num; i++) {
		((uint8_t *)s.nodes[i].data)[s.nodes[i].len - 1] ^= 1;
	}
}

/* Node number which of the path gets another key, with parent hashes to match, so that
 * the key alone is wrong. It goes into the tree here and into the message in
 * put_path_key. */
static uint8_t other_key[KR_X25519_BYTES];

static void take_path_key(struct forge_commit *c, struct forge_leaf *leaf, size_t which)
{
	static uint8_t parent_hash[KR_MLS_HASH_BYTES];
	uint8_t keys[4][KR_X25519_BYTES];
	struct kr_filtered_path path;
	bool has_parent_hash;

	kr_tree_filtered_path(&c->tree, c->leaf, &path);
	assert_true(path.num <= NUM(keys) && which < path.num);
	for (size_t i = 0; i < path.num; i++) {
		memcpy(keys[i], kr_tree_node_key(&c->tree, path.steps[i].node),
			KR_X25519_BYTES);
	}
	memcpy(keys[which], other_key, KR_X25519_BYTES);
	assert_ok(kr_tree_set_path(&c->tree, c->leaf, &path,
		(const uint8_t(*)[KR_X25519_BYTES])keys, parent_hash, &has_parent_hash));
	leaf->parent_hash = kr_view(parent_hash, sizeof(parent_hash));
}

static void put_path_key(struct kr_bytes *update_path, size_t which)
{
	struct split_path s;

	split(&s, update_path);
	memcpy((uint8_t *)s.nodes[which].data + 1, other_key, KR_X25519_BYTES);
}

static void leaf_path_key_of_member(struct forge_commit *c, struct forge_leaf *leaf)
{
	const struct kr_leaf *member =
		kr_tree_leaf(&c->forge->tree, (struct kr_leaf_index){0});

	memcpy(other_key, member->node.encryption_key, KR_X25519_BYTES);
	take_path_key(c, leaf, 0);
}

static void path_key_of_member(struct forge_commit *c, struct kr_bytes *update_path)
{
	(void)c;
	put_path_key(update_path, 0);
}

static void leaf_path_key_of_parent(struct forge_commit *c, struct forge_leaf *leaf)
{
	/* Above leaves 0 and 1: a parent that this path does not replace. */
	memcpy(other_key, kr_tree_node_key(&c->forge->tree, (struct kr_node_index){1}),
		KR_X25519_BYTES);
	take_path_key(c, leaf, 0);
}

static void leaf_path_key_twice(struct forge_commit *c, struct forge_leaf *leaf)
{
	struct kr_filtered_path path;

	kr_tree_filtered_path(&c->tree, c->leaf, &path);
	memcpy(other_key, kr_tree_node_key(&c->tree, path.steps[0].node),
		KR_X25519_BYTES);
	take_path_key(c, leaf, 1);
}

static void path_key_twice(struct forge_commit *c, struct kr_bytes *update_path)
{
	(void)c;
	put_path_key(update_path, 1);
}

static void c_path_too_short(struct forge_commit *c)
{
	c->change_path = path_too_short;
}

static void c_path_too_long(struct forge_commit *c)
{
	c->change_path = path_too_long;
}

static void c_path_ciphertexts_missing(struct forge_commit *c)
{
	c->change_path = path_ciphertexts_missing;
}

static void c_path_ciphertexts_too_many(struct forge_commit *c)
{
	c->change_path = path_ciphertexts_too_many;
}

static void c_path_ciphertext(struct forge_commit *c)
{
	c->change_path = path_ciphertext;
}

static void c_path_key_of_member(struct forge_commit *c)
{
	c->change_leaf = leaf_path_key_of_member;
	c->change_path = path_key_of_member;
}

static void c_path_key_of_parent(struct forge_commit *c)
{
	c->change_leaf = leaf_path_key_of_parent;
	c->change_path = path_key_of_member;
}

static void c_path_key_twice(struct forge_commit *c)
{
	c->change_leaf = leaf_path_key_twice;
	c->change_path = path_key_twice;
}

/* ---- Paths that are missing ------------------------------------------------------ */

static void c_empty_without_path(struct forge_commit *c)
{
	c->without_path = true;
}

static void c_remove_without_path(struct forge_commit *c)
{
	forge_remove(c, 1);
	c->without_path = true;
}

static void c_extensions_without_path(struct forge_commit *c)
{
	forge_extensions(c, (struct kr_view){0});
	c->without_path = true;
}

/* ---- The commit as a whole ------------------------------------------------------- */

static void c_unknown_reference(struct forge_commit *c)
{
	static const uint8_t unknown[KR_MLS_HASH_BYTES] = "no proposal";

	forge_reference(c, unknown);
}

static void c_confirmation_tag(struct forge_commit *c)
{
	c->break_confirmation_tag = true;
}

static void c_confirmation_of_other_epoch(struct forge_commit *c)
{
	c->init_secret.bytes[0] ^= 1;
}

static void c_signature(struct forge_commit *c)
{
	c->break_signature = true;
}

static const struct rule rules[] = {
	{"s7_3_path_leaf_with_the_old_encryption_key", c_leaf_old_key,
		KR_ERR_LEAF_KEY_REUSED},
	{"s7_3_path_leaf_with_another_members_encryption_key", c_leaf_key_of_member,
		KR_ERR_LEAF_KEY_REUSED},
	{"s7_3_path_leaf_with_another_members_signature_key",
		c_leaf_signature_key_of_member, KR_ERR_LEAF_KEY_REUSED},
	{"s7_3_path_leaf_source_key_package", c_leaf_source_key_package,
		KR_ERR_LEAF_SOURCE},
	{"s7_3_path_leaf_source_update", c_leaf_source_update, KR_ERR_LEAF_SOURCE},
	{"s7_3_path_leaf_signature", c_leaf_signature, KR_ERR_SIGNATURE},
	{"s7_3_path_leaf_signed_for_another_group", c_leaf_for_other_group,
		KR_ERR_SIGNATURE},
	{"s7_3_path_leaf_signed_for_another_leaf", c_leaf_for_other_index,
		KR_ERR_SIGNATURE},
	{"s7_3_path_leaf_capabilities", c_leaf_without_suite, KR_ERR_LEAF_CAPABILITIES},
	{"s7_3_path_leaf_extension_not_in_capabilities", c_leaf_extension_unlisted,
		KR_ERR_LEAF_EXTENSION},
	{"s7_9_path_leaf_parent_hash", c_leaf_parent_hash, KR_ERR_TREE_PARENT_HASH},
	{"s7_9_path_leaf_null_parent_hash", c_leaf_null_parent_hash,
		KR_ERR_TREE_PARENT_HASH},
	{"s12_4_2_path_key_is_not_what_its_secret_gives", c_other_secret,
		KR_ERR_COMMIT_PATH_KEY},
	{"s12_4_2_path_too_short", c_path_too_short, KR_ERR_COMMIT_PATH},
	{"s12_4_2_path_too_long", c_path_too_long, KR_ERR_COMMIT_PATH},
	{"s12_4_2_ciphertexts_fewer_than_resolution", c_path_ciphertexts_missing,
		KR_ERR_COMMIT_PATH},
	{"s12_4_2_ciphertexts_more_than_resolution", c_path_ciphertexts_too_many,
		KR_ERR_COMMIT_PATH},
	{"s12_4_2_path_ciphertext", c_path_ciphertext, KR_ERR_DECRYPT},
	{"s12_4_2_path_key_of_a_leaf", c_path_key_of_member, KR_ERR_LEAF_KEY_REUSED},
	{"s12_4_2_path_key_of_another_parent", c_path_key_of_parent,
		KR_ERR_LEAF_KEY_REUSED},
	{"s12_4_2_path_key_twice", c_path_key_twice, KR_ERR_LEAF_KEY_REUSED},
	{"s12_4_path_required_for_empty", c_empty_without_path,
		KR_ERR_COMMIT_PATH_MISSING},
	{"s12_4_path_required_for_remove", c_remove_without_path,
		KR_ERR_COMMIT_PATH_MISSING},
	{"s12_4_path_required_for_group_context_extensions", c_extensions_without_path,
		KR_ERR_COMMIT_PATH_MISSING},
	{"s12_4_2_reference_to_unknown_proposal", c_unknown_reference,
		KR_ERR_PROPOSAL_REF},
	{"s12_4_2_confirmation_tag", c_confirmation_tag, KR_ERR_COMMIT_CONFIRMATION},
	{"s12_4_2_confirmation_tag_of_other_secrets", c_confirmation_of_other_epoch,
		KR_ERR_COMMIT_CONFIRMATION},
	{"s12_4_2_signature", c_signature, KR_ERR_SIGNATURE},
};

/* ---- Running them ---------------------------------------------------------------- */

static void run_rule(void **state)
{
	const struct rule *rule = *state;
	struct forge *f = forge_new(NUM_HONEST);
	struct forge_commit c;

	forge_commit_init(&c, f);
	rule->change(&c);
	forge_refused(f, forge_commit_finish(&c), rule->expected);
	forge_free(f);
}

static void control(void **state)
{
	struct forge *f = forge_new(NUM_HONEST);
	struct forge_commit c;

	(void)state;
	forge_commit_init(&c, f);
	forge_accepted(f, forge_commit_finish(&c));
	world_chat(f->world);
	forge_free(f);
}

/* A member that supports what the group requires may not stop to. */
static void drop_capabilities(struct forge_commit *c, struct forge_leaf *leaf)
{
	(void)c;
	leaf->extension_types = (struct kr_view){0};
}

static void s7_3_path_leaf_without_required_capability(void **state)
{
	static const uint16_t types[] = {0xff10};
	struct kr_mls_extension required = {
		.type = KR_MLS_EXT_REQUIRED_CAPABILITIES,
		.data = FORGE_U16("\2\xff\x10\0\0"),
	};
	struct world *w = world_new(NUM_HONEST + 1);
	struct forge_commit c;
	struct forge *f;

	(void)state;
	for (size_t i = 0; i < w->num_clients; i++) {
		w->clients[i].client.capabilities.extensions = types;
		w->clients[i].client.capabilities.num_extensions = NUM(types);
	}
	world_settle(w, NUM_HONEST, (struct kr_mls_extensions){&required, 1});
	f = forge_join(w, NUM_HONEST);
	forge_commit_init(&c, f);
	c.change_leaf = drop_capabilities;
	forge_refused(f, forge_commit_finish(&c), KR_ERR_REQUIRED_CAPABILITIES);
	forge_free(f);
}

#define NUM_SINGLE 2

int main(void)
{
	struct CMUnitTest tests[NUM(rules) + NUM_SINGLE] = {
		cmocka_unit_test(control),
		cmocka_unit_test(s7_3_path_leaf_without_required_capability),
	};

	for (size_t i = 0; i < NUM(rules); i++) {
		tests[NUM_SINGLE + i] = (struct CMUnitTest){
			.name = rules[i].name,
			.test_func = run_rule,
			.initial_state = (void *)&rules[i],
		};
	}
	return cmocka_run_group_tests_name("rejects_commit", tests, NULL, NULL);
}
