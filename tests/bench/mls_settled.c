#include "mls_settled.h"

#include <stdio.h>
#include <string.h>

#include <kring/hpke.h>
#include <test.h>

#include "forge.h"

enum { BOB = 0, ALICE = 1, FREE = 2 };
enum { BOB_LEAF = 1, ALICE_LEAF = 3 };
#define BLANK_NODE 5 /* above leaves 2 and 3 */

/* A tree in the making. Nodes are encoded as they become known, from the right to the
 * left. */
struct builder {
	struct world *world;
	uint32_t num_members;
	uint32_t width;
	struct kr_bytes *nodes; /* optional<Node>, all of them */
	struct kr_secret path_secrets[KR_TREE_MAX_LEVELS]; /* of leaf 0, by level */
	struct kr_ed25519_keypair first_signer;            /* of leaf 0 */
	struct kr_view joiner_leaves[2];
};

static void random_bytes(struct builder *b, uint8_t *out, size_t len)
{
	assert_ok(kr_random_fill(&b->world->rng, out, len));
}

static bool is_empty(const struct builder *b, struct kr_node_index node)
{
	uint32_t first_leaf = (node.v - ((1u << kr_node_level(node)) - 1)) / 2;

	return first_leaf >= b->num_members;
}

/* ---- Hashes, RFC 9420 §7.8 and §7.9 ---------------------------------------------- */

static void hash_of(uint8_t hash[KR_MLS_HASH_BYTES], const struct kr_writer *input)
{
	kr_sha256(hash, kr_writer_view(input));
}

/* An optional<Node> without its type, as TreeHashInput has it. */
static void write_content(struct kr_writer *w, const struct kr_bytes *node)
{
	kr_write_optional(w, node->len > 1);
	if (node->len > 1) {
		kr_write_fixed(w, kr_view(node->data + 2, node->len - 2));
	}
}

static void leaf_hash(const struct builder *b, struct kr_node_index node,
	uint8_t hash[KR_MLS_HASH_BYTES])
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	kr_write_u8(&w, 1);
	kr_write_u32(&w, node.v / 2);
	write_content(&w, &b->nodes[node.v]);
	hash_of(hash, &w);
}

static void tree_hash(const struct builder *b, struct kr_node_index node,
	uint8_t hash[KR_MLS_HASH_BYTES])
{
	uint8_t left[KR_MLS_HASH_BYTES];
	uint8_t right[KR_MLS_HASH_BYTES];
	KR_AUTO_WRITER struct kr_writer w = {0};

	if (kr_node_is_leaf(node)) {
		leaf_hash(b, node, hash);
		return;
	}
	tree_hash(b, kr_node_left(node), left);
	tree_hash(b, kr_node_right(node), right);
	kr_writer_init(&w);
	kr_write_u8(&w, 2);
	write_content(&w, &b->nodes[node.v]);
	kr_write_vec(&w, kr_view(left, sizeof(left)));
	kr_write_vec(&w, kr_view(right, sizeof(right)));
	hash_of(hash, &w);
}

/* ---- Nodes ----------------------------------------------------------------------- */

static void put_node(struct builder *b, struct kr_node_index node, struct kr_writer *w)
{
	assert_ok(kr_writer_finish(w, &b->nodes[node.v]));
}

static void put_blank(struct builder *b, struct kr_node_index node)
{
	struct kr_writer w;

	kr_writer_init(&w);
	kr_write_optional(&w, false);
	put_node(b, node, &w);
}

static void made_up_leaf(struct builder *b, uint32_t index, struct kr_view parent_hash,
	struct kr_writer *w)
{
	struct forge_leaf leaf = forge_leaf(&b->world->clients[FREE]);
	struct kr_ed25519_keypair signer;
	uint8_t identity[32];

	assert_ok(kr_ed25519_generate(&signer, &b->world->rng));
	if (index == 0) {
		b->first_signer = signer;
	}
	random_bytes(b, identity, sizeof(identity));
	random_bytes(b, leaf.encryption_key, sizeof(leaf.encryption_key));
	memcpy(leaf.signature_key, signer.public_key, sizeof(leaf.signature_key));
	leaf.identity = kr_view(identity, sizeof(identity));
	leaf.source = KR_LEAF_COMMIT;
	leaf.parent_hash = parent_hash;
	leaf.signer = &signer;
	leaf.group_id = kr_view_str("a group");
	leaf.leaf_index = index;
	forge_leaf_write(w, &leaf);
}

static void put_leaf(
	struct builder *b, struct kr_node_index node, struct kr_view parent_hash)
{
	uint32_t index = kr_leaf_of_node(node).v;
	struct kr_writer w;

	if (index >= b->num_members) {
		put_blank(b, node);
		return;
	}
	kr_writer_init(&w);
	kr_write_optional(&w, true);
	kr_write_u8(&w, 1);
	if (index == BOB_LEAF || index == ALICE_LEAF) {
		kr_write_fixed(&w, b->joiner_leaves[index == BOB_LEAF ? BOB : ALICE]);
	} else {
		made_up_leaf(b, index, parent_hash, &w);
	}
	put_node(b, node, &w);
}

static void node_key(
	struct builder *b, struct kr_node_index node, uint8_t key[KR_X25519_BYTES])
{
	unsigned level = kr_node_level(node);
	struct kr_x25519_keypair pair;
	struct kr_secret node_secret;

	random_bytes(b, key, KR_X25519_BYTES);
	if (node.v == (1u << level) - 1) { /* above leaf 0 */
		assert_ok(
			kr_derive_secret(&node_secret, &b->path_secrets[level], "node"));
		assert_ok(kr_hpke_derive_keypair(&pair, kr_view_secret(&node_secret)));
		memcpy(key, pair.public_key, KR_X25519_BYTES);
	}
}

static void put_parent(struct builder *b, struct kr_node_index node,
	const uint8_t key[KR_X25519_BYTES], struct kr_view parent_hash)
{
	struct kr_writer w;

	kr_writer_init(&w);
	kr_write_optional(&w, true);
	kr_write_u8(&w, 2);
	kr_write_vec(&w, kr_view(key, KR_X25519_BYTES));
	kr_write_vec(&w, parent_hash);
	kr_write_vec(&w, (struct kr_view){0});
	put_node(b, node, &w);
}

/* What the left child carries: ParentHashInput with the right child as the sibling. */
static void child_parent_hash(const struct builder *b, struct kr_node_index node,
	const uint8_t key[KR_X25519_BYTES], struct kr_view parent_hash,
	uint8_t hash[KR_MLS_HASH_BYTES])
{
	uint8_t sibling[KR_MLS_HASH_BYTES];
	KR_AUTO_WRITER struct kr_writer w = {0};

	tree_hash(b, kr_node_right(node), sibling);
	kr_writer_init(&w);
	kr_write_vec(&w, kr_view(key, KR_X25519_BYTES));
	kr_write_vec(&w, parent_hash);
	kr_write_vec(&w, kr_view(sibling, sizeof(sibling)));
	hash_of(hash, &w);
}

/* A subtree whose top carries this parent hash. The right child's own last commit is
 * older than what stands above it: it carries a hash that matches nothing any more. */
static void build(
	struct builder *b, struct kr_node_index node, struct kr_view parent_hash)
{
	uint8_t for_left[KR_MLS_HASH_BYTES];
	uint8_t stale[KR_MLS_HASH_BYTES];
	uint8_t key[KR_X25519_BYTES];

	random_bytes(b, stale, sizeof(stale));
	if (kr_node_is_leaf(node)) {
		put_leaf(b, node, parent_hash);
		return;
	}
	build(b, kr_node_right(node), kr_view(stale, sizeof(stale)));
	if (is_empty(b, kr_node_right(node)) || node.v == BLANK_NODE) {
		put_blank(b, node);
		build(b, kr_node_left(node), parent_hash);
		return;
	}
	node_key(b, node, key);
	put_parent(b, node, key, parent_hash);
	child_parent_hash(b, node, key, parent_hash, for_left);
	build(b, kr_node_left(node), kr_view(for_left, sizeof(for_left)));
}

static void write_tree(struct builder *b, struct kr_writer *w)
{
	uint32_t num = kr_num_nodes(b->width);
	size_t begin = kr_write_vec_begin(w);

	while (b->nodes[num - 1].len == 1) {
		num--;
	}
	for (uint32_t i = 0; i < num; i++) {
		kr_write_fixed(w, kr_view_bytes(&b->nodes[i]));
	}
	kr_write_vec_end(w, begin);
}

/* ---- The group ------------------------------------------------------------------- */

/* Identities of 32 bytes for the world's clients. */
static struct world *new_world(void)
{
	static uint8_t identities[3][32];
	struct world *w = world_new(NUM(identities));

	for (size_t i = 0; i < NUM(identities); i++) {
		identities[i][0] = (uint8_t)(i + 1);
		w->clients[i].client.identity =
			kr_view(identities[i], sizeof(identities[i]));
	}
	return w;
}

static void derive_path_secrets(struct builder *b)
{
	assert_ok(kr_random_secret(&b->world->rng, &b->path_secrets[0]));
	for (size_t i = 1; i < NUM(b->path_secrets); i++) {
		assert_ok(kr_derive_secret(
			&b->path_secrets[i], &b->path_secrets[i - 1], "path"));
	}
}

static void join(struct builder *b, size_t client, const struct kr_secret *path_secret,
	const struct kr_secret *joiner, struct kr_view tree)
{
	struct forge_welcome p = {
		.tree = tree,
		.signer = &b->first_signer,
		.path_secret = path_secret,
		.joiner = joiner,
	};
	KR_AUTO_FREE struct kr_bytes welcome = forge_welcome(b->world, client, &p);

	assert_ok(world_join(
		b->world, client, kr_view_bytes(&welcome), (struct kr_view){0}));
}

static void make_members(struct builder *b)
{
	KR_AUTO_WRITER struct kr_writer tree = {0};
	struct kr_secret joiner;

	kr_writer_init(&tree);
	write_tree(b, &tree);
	assert_ok(kr_random_secret(&b->world->rng, &joiner));
	join(b, BOB, &b->path_secrets[1], &joiner, kr_writer_view(&tree));
	join(b, ALICE, &b->path_secrets[2], &joiner, kr_writer_view(&tree));
	world_update(b->world, ALICE);
	world_update(b->world, BOB);
}

static void settle_many(struct world *w, uint32_t num_members)
{
	struct builder b = {
		.world = w,
		.num_members = num_members,
		.width = kr_full_width(num_members),
	};
	uint32_t num_nodes = kr_num_nodes(b.width);
	KR_AUTO_FREE struct kr_bytes nodes = {0};
	struct kr_mls_key_package_info info;

	assert_ok(kr_bytes_alloc(&nodes, num_nodes * sizeof(*b.nodes)));
	b.nodes = (struct kr_bytes *)(void *)nodes.data;
	for (size_t i = 0; i < NUM(b.joiner_leaves); i++) {
		assert_ok(kr_mls_key_package_verify(world_key_package(w, i), 0, &info));
		b.joiner_leaves[i] = info.leaf_node;
	}
	derive_path_secrets(&b);
	build(&b, kr_node_root(b.width), (struct kr_view){0});
	make_members(&b);
	for (uint32_t i = 0; i < num_nodes; i++) {
		kr_bytes_free(&b.nodes[i]);
	}
}

struct settled settled_new(uint32_t num_members)
{
	struct world *w = new_world();

	if (num_members == 2) {
		world_settle(w, 2, (struct kr_mls_extensions){0});
	} else {
		settle_many(w, num_members);
	}
	return (struct settled){w, w->clients[ALICE].group, w->clients[BOB].group};
}

void settled_free(struct settled *s)
{
	world_free(s->world);
}
