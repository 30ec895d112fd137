/* Rules of RFC 9420 §12.1 (single proposals) and §12.2 (lists of proposals in a member's
 * commit), each broken alone. External commits and external senders:
 * rejects_external_test.c. */
#include "forge.h"

#include <string.h>

#include <test.h>

#define NUM_HONEST 3
#define SPARE      (NUM_HONEST + 1) /* a client to be added */

struct rule {
	const char *name;
	void (*change)(struct forge_commit *c);
	enum kr_err expected;
};

static enum kr_err known_psk(void *ctx, struct kr_view psk_id, struct kr_bytes *psk)
{
	(void)ctx;
	return kr_view_equal(psk_id, kr_view_str("known"))
		? kr_bytes_copy(psk, kr_view_str("a key that all members know"))
		: KR_ERR_NOT_FOUND;
}

/* A forge among members that know one pre-shared key. */
static struct forge *new_forge(void)
{
	struct world *w = world_new(NUM_HONEST + 2);

	w->config.hooks.external_psk = known_psk;
	world_settle(w, NUM_HONEST, (struct kr_mls_extensions){0});
	return forge_join(w, NUM_HONEST);
}

static struct forge_leaf own_update(const struct forge *f)
{
	struct forge_leaf leaf = forge_leaf(&f->world->clients[f->client]);
	struct kr_x25519_keypair pair;

	assert_ok(kr_x25519_generate(&pair, &f->world->rng));
	memcpy(leaf.encryption_key, pair.public_key, KR_X25519_BYTES);
	leaf.source = KR_LEAF_UPDATE;
	leaf.group_id = f->group_id;
	leaf.leaf_index = f->leaf.v;
	return leaf;
}

/* ---- §12.2, by value ------------------------------------------------------------- */

static void update_by_committer(struct forge_commit *c)
{
	struct forge_leaf leaf = own_update(c->forge);

	forge_update(c, &leaf);
}

static void remove_of_committer(struct forge_commit *c)
{
	forge_remove(c, c->leaf.v);
}

static void two_removes(struct forge_commit *c)
{
	forge_remove(c, 1);
	forge_remove(c, 1);
}

static void two_adds(struct forge_commit *c)
{
	struct forge_key_package first = forge_key_package(c->forge->world, SPARE);
	struct forge_key_package second = forge_key_package(c->forge->world, SPARE);

	forge_add(c, &first);
	forge_add(c, &second);
}

static void two_adds_with_one_encryption_key(struct forge_commit *c)
{
	struct world *w = c->forge->world;
	struct forge_key_package first = forge_key_package(w, SPARE);
	struct forge_key_package second = forge_key_package(w, SPARE);
	static struct kr_ed25519_keypair other;

	assert_ok(kr_ed25519_generate(&other, &w->rng));
	memcpy(second.leaf.signature_key, other.public_key, KR_ED25519_PUBLIC_BYTES);
	second.signer = second.leaf.signer = &other;
	memcpy(second.leaf.encryption_key, first.leaf.encryption_key, KR_X25519_BYTES);
	forge_add(c, &first);
	forge_add(c, &second);
}

static void add_of_member(struct forge_commit *c)
{
	struct forge_key_package kp = forge_key_package(c->forge->world, 1);

	forge_add(c, &kp);
}

static void psk_twice(struct forge_commit *c)
{
	forge_psk(c, kr_view_str("known"), KR_SECRET_BYTES);
	forge_psk(c, kr_view_str("known"), KR_SECRET_BYTES);
}

static void extensions_twice(struct forge_commit *c)
{
	forge_extensions(c, (struct kr_view){0});
	forge_extensions(c, (struct kr_view){0});
}

static void external_init(struct forge_commit *c)
{
	static const uint8_t kem_output[KR_X25519_BYTES] = {9};

	forge_external_init(c, kr_view(kem_output, sizeof(kem_output)));
}

static void write_reinit(struct forge_commit *c)
{
	kr_write_u8(&c->proposals, 1);
	kr_write_u16(&c->proposals, KR_MLS_PROPOSAL_REINIT);
	kr_write_vec(&c->proposals, kr_view_str("a new group"));
	kr_write_u16(&c->proposals, KR_MLS_VERSION_1);
	kr_write_u16(&c->proposals, KR_MLS_CIPHER_SUITE);
	kr_write_vec(&c->proposals, (struct kr_view){0});
}

static void unknown_type(struct forge_commit *c)
{
	kr_write_u8(&c->proposals, 1);
	kr_write_u16(&c->proposals, 0xf0f0);
}

/* ---- §12.1 ----------------------------------------------------------------------- */

static void remove_outside_tree(struct forge_commit *c)
{
	forge_remove(c, 4000);
}

static void psk_short_nonce(struct forge_commit *c)
{
	forge_psk(c, kr_view_str("known"), KR_SECRET_BYTES - 1);
}

static void psk_long_nonce(struct forge_commit *c)
{
	forge_psk(c, kr_view_str("known"), KR_SECRET_BYTES + 1);
}

static void psk_unknown(struct forge_commit *c)
{
	forge_psk(c, kr_view_str("unknown"), KR_SECRET_BYTES);
}

static void resumption(
	struct forge_commit *c, uint8_t usage, struct kr_view group_id, uint64_t epoch)
{
	kr_write_u8(&c->proposals, 1);
	kr_write_u16(&c->proposals, KR_MLS_PROPOSAL_PSK);
	kr_write_u8(&c->proposals, KR_PSK_TYPE_RESUMPTION);
	kr_write_u8(&c->proposals, usage);
	kr_write_vec(&c->proposals, group_id);
	kr_write_u64(&c->proposals, epoch);
	kr_write_varint(&c->proposals, KR_SECRET_BYTES);
	kr_write_zeroes(&c->proposals, KR_SECRET_BYTES);
}

static void psk_usage_reinit(struct forge_commit *c)
{
	resumption(c, KR_PSK_USAGE_REINIT, c->forge->group_id, c->forge->epoch);
}

static void psk_usage_branch(struct forge_commit *c)
{
	resumption(c, KR_PSK_USAGE_BRANCH, c->forge->group_id, c->forge->epoch);
}

static void psk_usage_unknown(struct forge_commit *c)
{
	resumption(c, 9, c->forge->group_id, c->forge->epoch);
}

static void psk_of_future_epoch(struct forge_commit *c)
{
	resumption(c, KR_PSK_USAGE_APPLICATION, c->forge->group_id, c->forge->epoch + 1);
}

static void psk_of_other_group(struct forge_commit *c)
{
	resumption(c, KR_PSK_USAGE_APPLICATION, kr_view_str("another"), c->forge->epoch);
}

static void psk_type_unknown(struct forge_commit *c)
{
	kr_write_u8(&c->proposals, 1);
	kr_write_u16(&c->proposals, KR_MLS_PROPOSAL_PSK);
	kr_write_u8(&c->proposals, 3);
	kr_write_vec(&c->proposals, kr_view_str("known"));
	kr_write_varint(&c->proposals, KR_SECRET_BYTES);
	kr_write_zeroes(&c->proposals, KR_SECRET_BYTES);
}

static void extensions_not_supported(struct forge_commit *c)
{
	forge_extensions(c, FORGE_U16("\xff\x10\0"));
}

static void extensions_require_too_much(struct forge_commit *c)
{
	forge_extensions(c, FORGE_U16("\0\3\5\2\xff\x10\0\0"));
}

static void extensions_require_proposal(struct forge_commit *c)
{
	forge_extensions(c, FORGE_U16("\0\3\5\0\2\xff\x10\0"));
}

static void extensions_require_credential(struct forge_commit *c)
{
	forge_extensions(c, FORGE_U16("\0\3\5\0\0\2\0\2"));
}

static void extensions_one_twice(struct forge_commit *c)
{
	forge_extensions(c, FORGE_U16("\0\3\3\0\0\0\0\3\3\0\0\0"));
}

static void extensions_bad_required(struct forge_commit *c)
{
	forge_extensions(c, FORGE_U16("\0\3\1\7"));
}

static void extensions_bad_external_senders(struct forge_commit *c)
{
	forge_extensions(c, FORGE_U16("\0\5\3\2\x20\1"));
}

/* One good sender (a key of 32 bytes, a basic credential), then one that breaks off. */
static void extensions_bad_second_sender(struct forge_commit *c)
{
	static uint8_t data[4 + 37] = {0, 5, 38, 37, 32};

	memcpy(&data[5], c->forge->signer.public_key, KR_ED25519_PUBLIC_BYTES);
	data[5 + 32 + 1] = KR_MLS_CREDENTIAL_BASIC;
	data[5 + 32 + 3] = 7; /* a key of seven bytes that are not there */
	forge_extensions(c, kr_view(data, sizeof(data)));
}

static void extensions_no_sender_list(struct forge_commit *c)
{
	forge_extensions(c, FORGE_U16("\0\5\0"));
}

static const struct rule rules[] = {
	{"s12_2_update_by_the_committer", update_by_committer,
		KR_ERR_PROPOSAL_OWN_UPDATE},
	{"s12_2_remove_of_the_committer", remove_of_committer,
		KR_ERR_PROPOSAL_SELF_REMOVE},
	{"s12_2_two_removes_of_one_leaf", two_removes, KR_ERR_PROPOSAL_DUPLICATE},
	{"s12_2_two_adds_of_one_client", two_adds, KR_ERR_PROPOSAL_DUPLICATE},
	{"s12_2_two_adds_with_one_encryption_key", two_adds_with_one_encryption_key,
		KR_ERR_LEAF_KEY_REUSED},
	{"s12_2_add_of_a_member", add_of_member, KR_ERR_PROPOSAL_ADD_MEMBER},
	{"s12_2_one_psk_twice", psk_twice, KR_ERR_PROPOSAL_PSK_DUPLICATE},
	{"s12_2_two_group_context_extensions", extensions_twice,
		KR_ERR_PROPOSAL_GCE_DUPLICATE},
	{"s12_2_external_init_by_a_member", external_init, KR_ERR_PROPOSAL_EXTERNAL_INIT},
	{"s12_2_reinit", write_reinit, KR_ERR_MLS_REINIT},
	{"s12_2_proposal_of_unknown_type", unknown_type, KR_ERR_MLS_PROPOSAL_TYPE},
	{"s12_1_3_remove_outside_the_tree", remove_outside_tree, KR_ERR_LEAF_INDEX},
	{"s12_1_4_psk_nonce_too_short", psk_short_nonce, KR_ERR_PROPOSAL_PSK},
	{"s12_1_4_psk_nonce_too_long", psk_long_nonce, KR_ERR_PROPOSAL_PSK},
	{"s12_1_4_psk_not_known", psk_unknown, KR_ERR_PROPOSAL_PSK_UNKNOWN},
	{"s12_1_4_psk_of_unknown_type", psk_type_unknown, KR_ERR_ENCODING},
	{"s12_1_4_resumption_psk_for_reinit", psk_usage_reinit, KR_ERR_MLS_REINIT},
	{"s12_1_4_resumption_psk_for_branch", psk_usage_branch, KR_ERR_MLS_BRANCH},
	{"s12_1_4_resumption_psk_of_unknown_usage", psk_usage_unknown, KR_ERR_ENCODING},
	{"s12_1_4_resumption_psk_of_a_future_epoch", psk_of_future_epoch,
		KR_ERR_PROPOSAL_PSK_UNKNOWN},
	{"s12_1_4_resumption_psk_of_another_group", psk_of_other_group,
		KR_ERR_PROPOSAL_PSK_UNKNOWN},
	{"s12_1_7_extension_that_a_member_lacks", extensions_not_supported,
		KR_ERR_REQUIRED_CAPABILITIES},
	{"s12_1_7_required_extension_that_a_member_lacks", extensions_require_too_much,
		KR_ERR_REQUIRED_CAPABILITIES},
	{"s12_1_7_required_proposal_that_a_member_lacks", extensions_require_proposal,
		KR_ERR_REQUIRED_CAPABILITIES},
	{"s12_1_7_required_credential_that_a_member_lacks", extensions_require_credential,
		KR_ERR_REQUIRED_CAPABILITIES},
	{"s12_1_7_extension_twice", extensions_one_twice, KR_ERR_ENCODING},
	{"s12_1_7_required_capabilities_malformed", extensions_bad_required,
		KR_ERR_PROPOSAL_EXTENSION},
	{"s12_1_7_external_senders_malformed", extensions_bad_external_senders,
		KR_ERR_PROPOSAL_EXTENSION},
	{"s12_1_7_external_senders_malformed_behind_a_good_one",
		extensions_bad_second_sender, KR_ERR_PROPOSAL_EXTENSION},
	{"s12_1_7_external_senders_without_a_list", extensions_no_sender_list,
		KR_ERR_PROPOSAL_EXTENSION},
};

static void run_rule(void **state)
{
	const struct rule *rule = *state;
	struct forge *f = new_forge();
	struct forge_commit c;

	forge_commit_init(&c, f);
	rule->change(&c);
	forge_refused(f, forge_commit_finish(&c), rule->expected);
	forge_free(f);
}

/* ---- What the forge makes is fine where no rule is broken ------------------------ */

static void control_add_remove_extensions(void **state)
{
	struct forge *f = new_forge();
	struct forge_key_package kp = forge_key_package(f->world, SPARE);
	struct forge_commit c;

	(void)state;
	forge_commit_init(&c, f);
	forge_extensions(&c, (struct kr_view){0});
	forge_remove(&c, 1);
	forge_add(&c, &kp);
	forge_accepted(f, forge_commit_finish(&c));
	forge_free(f);
}

/* Who is removed may come back in the same commit. */
static void control_remove_and_add_of_one_client(void **state)
{
	struct forge *f = new_forge();
	struct forge_key_package kp = forge_key_package(f->world, 1);
	struct forge_commit c;

	(void)state;
	forge_commit_init(&c, f);
	forge_remove(&c, 1);
	forge_add(&c, &kp);
	forge_accepted(f, forge_commit_finish(&c));
	forge_free(f);
}

/* The forge's own psk_secret: one external key, RFC 9420 §8.4. */
static void control_psk(void **state)
{
	struct forge *f = new_forge();
	KR_AUTO_WRITER struct kr_writer id = {0};
	struct kr_psk_input input = {.psk = kr_view_str("a key that all members know")};
	struct forge_commit c;

	(void)state;
	kr_writer_init(&id);
	kr_write_u8(&id, KR_PSK_TYPE_EXTERNAL);
	kr_write_vec(&id, kr_view_str("known"));
	kr_write_varint(&id, KR_SECRET_BYTES);
	kr_write_zeroes(&id, KR_SECRET_BYTES);
	input.encoded_id = kr_writer_view(&id);
	forge_commit_init(&c, f);
	forge_psk(&c, kr_view_str("known"), KR_SECRET_BYTES);
	assert_ok(kr_psk_secret(&c.psk_secret, &input, 1));
	c.without_path = true;
	forge_accepted(f, forge_commit_finish(&c));
	forge_free(f);
}

/* ---- Removes of blank leaves ----------------------------------------------------- */

static void s12_1_3_remove_of_a_blank_leaf(void **state)
{
	struct world *w = world_new(NUM_HONEST + 2);
	struct forge_commit c;
	struct forge *f;

	(void)state;
	world_settle(w, NUM_HONEST + 1, (struct kr_mls_extensions){0});
	world_remove(w, 0, 1);
	world_remove(w, 0, 2);
	f = forge_join(w, NUM_HONEST + 1); /* takes leaf 1; leaf 2 stays blank */
	assert_int_equal(f->leaf.v, 1);
	forge_commit_init(&c, f);
	forge_remove(&c, 2);
	forge_refused(f, forge_commit_finish(&c), KR_ERR_LEAF_INDEX);
	forge_free(f);
}

/* ---- §12.1.2 and §12.2 by reference ---------------------------------------------- */

/* A proposal of the forge's that all take in; ref is its name. */
static void propose(
	struct forge *f, struct kr_view proposal, uint8_t ref[KR_MLS_HASH_BYTES])
{
	struct forge_content content = forge_content(f, KR_CONTENT_PROPOSAL, proposal);

	forge_ref(f, &content, KR_WIRE_PUBLIC_MESSAGE, ref);
	forge_accepted(f, forge_public(f, &content));
}

/* An Update by client 1; all others take it in. The reference is theirs. */
static void honest_update(struct forge *f, uint8_t ref[KR_MLS_HASH_BYTES])
{
	struct kr_mls_proposal update = {.type = KR_MLS_PROPOSAL_UPDATE};
	struct world *w = f->world;
	struct kr_bytes message = world_propose(w, 1, &update);

	for (size_t i = 0; i < NUM_HONEST; i++) {
		struct kr_mls_event event;

		if (i != 1) {
			assert_ok(kr_mls_process(
				w->clients[i].group, kr_view_bytes(&message), &event));
			memcpy(ref, event.proposal_ref, KR_MLS_HASH_BYTES);
			kr_mls_event_free(&event);
		}
	}
	kr_bytes_free(&message);
}

static void refused_with_references(struct forge *f,
	const uint8_t (*refs)[KR_MLS_HASH_BYTES], size_t num, bool remove_too,
	enum kr_err expected)
{
	struct forge_commit c;

	forge_commit_init(&c, f);
	for (size_t i = 0; i < num; i++) {
		forge_reference(&c, refs[i]);
	}
	if (remove_too) {
		forge_remove(&c, 1);
	}
	{
		struct kr_bytes message = forge_commit_finish(&c);
		struct kr_mls_group *group = f->world->clients[0].group;
		struct kr_mls_state before = world_save(group);
		struct kr_mls_event event;

		assert_err(
			kr_mls_process(group, kr_view_bytes(&message), &event), expected);
		world_assert_unchanged(group, &before);
		kr_mls_state_free(&before);
		kr_bytes_free(&message);
	}
	world_update(f->world, 0);
	world_chat(f->world);
}

static void s12_2_two_updates_of_one_leaf(void **state)
{
	struct forge *f = new_forge();
	uint8_t refs[2][KR_MLS_HASH_BYTES];

	(void)state;
	honest_update(f, refs[0]);
	honest_update(f, refs[1]);
	refused_with_references(f, (const uint8_t(*)[KR_MLS_HASH_BYTES])refs, 2, false,
		KR_ERR_PROPOSAL_DUPLICATE);
	forge_free(f);
}

static void s12_2_update_and_remove_of_one_leaf(void **state)
{
	struct forge *f = new_forge();
	uint8_t refs[1][KR_MLS_HASH_BYTES];

	(void)state;
	honest_update(f, refs[0]);
	refused_with_references(f, (const uint8_t(*)[KR_MLS_HASH_BYTES])refs, 1, true,
		KR_ERR_PROPOSAL_DUPLICATE);
	forge_free(f);
}

static void s12_2_update_by_the_committer_by_reference(void **state)
{
	struct forge *f = new_forge();
	struct forge_leaf leaf = own_update(f);
	uint8_t refs[1][KR_MLS_HASH_BYTES];
	KR_AUTO_WRITER struct kr_writer w = {0};

	(void)state;
	kr_writer_init(&w);
	kr_write_u16(&w, KR_MLS_PROPOSAL_UPDATE);
	forge_leaf_write(&w, &leaf);
	propose(f, kr_writer_view(&w), refs[0]);
	refused_with_references(f, (const uint8_t(*)[KR_MLS_HASH_BYTES])refs, 1, false,
		KR_ERR_PROPOSAL_OWN_UPDATE);
	forge_free(f);
}

static void s12_4_path_required_for_update(void **state)
{
	struct forge *f = new_forge();
	uint8_t ref[KR_MLS_HASH_BYTES];
	struct forge_commit c;
	struct kr_bytes message;
	struct kr_mls_event event;

	(void)state;
	honest_update(f, ref);
	forge_commit_init(&c, f);
	forge_reference(&c, ref);
	c.without_path = true;
	message = forge_commit_finish(&c);
	assert_err(kr_mls_process(
			   f->world->clients[0].group, kr_view_bytes(&message), &event),
		KR_ERR_COMMIT_PATH_MISSING);
	kr_bytes_free(&message);
	world_update(f->world, 0);
	forge_free(f);
}

/* ---- §12.1.2: Updates as they arrive --------------------------------------------- */

struct update_rule {
	const char *name;
	void (*change)(struct forge *f, struct forge_leaf *leaf);
	enum kr_err expected;
};

static void nothing(struct forge *f, struct forge_leaf *leaf)
{
	(void)f;
	(void)leaf;
}

static void source_key_package(struct forge *f, struct forge_leaf *leaf)
{
	(void)f;
	leaf->source = KR_LEAF_KEY_PACKAGE;
}

static void source_commit(struct forge *f, struct forge_leaf *leaf)
{
	(void)f;
	leaf->source = KR_LEAF_COMMIT;
}

static void old_key(struct forge *f, struct forge_leaf *leaf)
{
	memcpy(leaf->encryption_key, kr_tree_leaf(&f->tree, f->leaf)->node.encryption_key,
		KR_X25519_BYTES);
}

static void signature(struct forge *f, struct forge_leaf *leaf)
{
	(void)f;
	leaf->break_signature = true;
}

static void other_index(struct forge *f, struct forge_leaf *leaf)
{
	(void)f;
	leaf->leaf_index ^= 1;
}

static void no_capability(struct forge *f, struct forge_leaf *leaf)
{
	(void)f;
	leaf->cipher_suites = FORGE_U16("\0\1");
}

static const struct update_rule update_rules[] = {
	{"control_update", nothing, KR_OK},
	{"s12_1_2_update_source_key_package", source_key_package, KR_ERR_LEAF_SOURCE},
	{"s12_1_2_update_source_commit", source_commit, KR_ERR_LEAF_SOURCE},
	{"s12_1_2_update_with_the_old_encryption_key", old_key, KR_ERR_LEAF_KEY_REUSED},
	{"s12_1_2_update_signature", signature, KR_ERR_SIGNATURE},
	{"s12_1_2_update_signed_for_another_leaf", other_index, KR_ERR_SIGNATURE},
	{"s12_1_2_update_capabilities", no_capability, KR_ERR_LEAF_CAPABILITIES},
};

static void run_update_rule(void **state)
{
	const struct update_rule *rule = *state;
	struct forge *f = new_forge();
	struct forge_leaf leaf = own_update(f);
	struct forge_content content;
	KR_AUTO_WRITER struct kr_writer w = {0};

	rule->change(f, &leaf);
	kr_writer_init(&w);
	kr_write_u16(&w, KR_MLS_PROPOSAL_UPDATE);
	forge_leaf_write(&w, &leaf);
	content = forge_content(f, KR_CONTENT_PROPOSAL, kr_writer_view(&w));
	if (rule->expected == KR_OK) {
		forge_accepted(f, forge_public(f, &content));
	} else {
		forge_refused(f, forge_public(f, &content), rule->expected);
	}
	forge_free(f);
}

#define NUM_SINGLE 8

int main(void)
{
	struct CMUnitTest tests[NUM(rules) + NUM(update_rules) + NUM_SINGLE] = {
		cmocka_unit_test(control_add_remove_extensions),
		cmocka_unit_test(control_remove_and_add_of_one_client),
		cmocka_unit_test(control_psk),
		cmocka_unit_test(s12_1_3_remove_of_a_blank_leaf),
		cmocka_unit_test(s12_2_two_updates_of_one_leaf),
		cmocka_unit_test(s12_2_update_and_remove_of_one_leaf),
		cmocka_unit_test(s12_2_update_by_the_committer_by_reference),
		cmocka_unit_test(s12_4_path_required_for_update),
	};
	struct CMUnitTest *next = &tests[NUM_SINGLE];

	for (size_t i = 0; i < NUM(rules); i++) {
		*next++ = (struct CMUnitTest){
			.name = rules[i].name,
			.test_func = run_rule,
			.initial_state = (void *)&rules[i],
		};
	}
	for (size_t i = 0; i < NUM(update_rules); i++) {
		*next++ = (struct CMUnitTest){
			.name = update_rules[i].name,
			.test_func = run_update_rule,
			.initial_state = (void *)&update_rules[i],
		};
	}
	return cmocka_run_group_tests_name("rejects_proposal", tests, NULL, NULL);
}
