/* Rules about who comes from outside: external commits (RFC 9420 §8.3, §12.2, §12.4.3.2)
 * and external proposals (§12.1.8), each broken alone. */
#include "forge.h"

#include <string.h>

#include <test.h>

#define NUM_HONEST 3
#define SPARE      (NUM_HONEST + 1) /* the client that comes from outside */

/* ---- External commits ------------------------------------------------------------ */

struct commit_rule {
	const char *name;
	void (*write)(struct forge_commit *c); /* the proposals, and what else is wrong */
	enum kr_err expected;
};

/* The forge speaks as the spare client from here on. */
static void begin(struct forge_commit *c, struct forge *f)
{
	f->signer = f->world->clients[SPARE].signer;
	forge_commit_init(c, f);
	c->is_external = true;
}

/* A leaf where the newcomer will stand; the path overwrites its key. */
static void take_place(struct forge_commit *c)
{
	struct forge_leaf leaf = forge_leaf(&c->forge->world->clients[SPARE]);
	struct kr_leaf *kept;
	KR_AUTO_WRITER struct kr_writer w = {0};

	assert_ok(kr_random_fill(
		&c->forge->world->rng, leaf.encryption_key, KR_X25519_BYTES));
	memcpy(leaf.signature_key, c->forge->signer.public_key, KR_ED25519_PUBLIC_BYTES);
	leaf.signer = &c->forge->signer;
	kr_writer_init(&w);
	forge_leaf_write(&w, &leaf);
	assert_ok(kr_leaf_new(&kept, kr_writer_view(&w)));
	assert_ok(kr_tree_add(&c->tree, kept, &c->leaf));
	kr_leaf_unref(kept);
}

static void write_init(struct forge_commit *c)
{
	uint8_t kem_output[KR_X25519_BYTES];
	struct kr_x25519_keypair external;

	assert_ok(kr_external_keypair(&external, &c->forge->secrets.external_secret));
	assert_ok(kr_external_init_send(
		kem_output, &c->init_secret, external.public_key, &c->forge->world->rng));
	forge_external_init(c, kr_view(kem_output, sizeof(kem_output)));
}

static void init_alone(struct forge_commit *c)
{
	write_init(c);
	take_place(c);
}

static void no_init(struct forge_commit *c)
{
	take_place(c);
}

static void two_inits(struct forge_commit *c)
{
	write_init(c);
	init_alone(c);
}

static void kem_output_short(struct forge_commit *c)
{
	static const uint8_t kem_output[KR_X25519_BYTES - 1] = {9};

	forge_external_init(c, kr_view(kem_output, sizeof(kem_output)));
	take_place(c);
}

static void kem_output_low_order(struct forge_commit *c)
{
	static const uint8_t kem_output[KR_X25519_BYTES] = {0};

	forge_external_init(c, kr_view(kem_output, sizeof(kem_output)));
	take_place(c);
}

static void init_secret_guessed(struct forge_commit *c)
{
	init_alone(c);
	c->init_secret.bytes[0] ^= 1;
}

static void no_path(struct forge_commit *c)
{
	init_alone(c);
	c->without_path = true;
}

static void with_add(struct forge_commit *c)
{
	struct forge_key_package kp = forge_key_package(c->forge->world, SPARE);

	write_init(c);
	forge_add(c, &kp);
	take_place(c);
}

static void with_extensions(struct forge_commit *c)
{
	write_init(c);
	forge_extensions(c, (struct kr_view){0});
	take_place(c);
}

static void with_update(struct forge_commit *c)
{
	struct forge_leaf leaf = forge_leaf(&c->forge->world->clients[SPARE]);

	leaf.source = KR_LEAF_UPDATE;
	leaf.group_id = c->forge->group_id;
	write_init(c);
	forge_update(c, &leaf);
	take_place(c);
}

static void with_two_removes(struct forge_commit *c)
{
	write_init(c);
	forge_remove(c, 1);
	forge_remove(c, 2);
	take_place(c);
}

static void with_remove_of_nobody(struct forge_commit *c)
{
	write_init(c);
	forge_remove(c, 4000);
	take_place(c);
}

static void with_reference(struct forge_commit *c)
{
	static const uint8_t remove[] = {0, 3, 0, 0, 0, 1};
	struct forge *f = c->forge;
	struct forge_content content =
		forge_content(f, KR_CONTENT_PROPOSAL, kr_view(remove, sizeof(remove)));
	uint8_t ref[KR_MLS_HASH_BYTES];

	/* The forge is still a member too: its proposal is known to all. */
	content.signer = &f->world->clients[f->client].signer;
	forge_ref(f, &content, KR_WIRE_PUBLIC_MESSAGE, ref);
	forge_accepted(f, forge_public(f, &content));
	write_init(c);
	forge_reference(c, ref);
	take_place(c);
}

/* The forge again, that is in the group already. */
static void member_without_remove(struct forge_commit *c)
{
	c->forge->signer = c->forge->world->clients[c->forge->client].signer;
	init_alone(c);
}

static void signature(struct forge_commit *c)
{
	init_alone(c);
	c->break_signature = true;
}

static void confirmation_tag(struct forge_commit *c)
{
	init_alone(c);
	c->break_confirmation_tag = true;
}

static void break_leaf(struct forge_commit *c, struct forge_leaf *leaf)
{
	(void)c;
	leaf->break_signature = true;
}

static void leaf_signature(struct forge_commit *c)
{
	init_alone(c);
	c->change_leaf = break_leaf;
}

static const struct commit_rule commit_rules[] = {
	{"s8_3_external_init_missing", no_init, KR_ERR_PROPOSAL_EXTERNAL_INIT},
	{"s8_3_external_init_twice", two_inits, KR_ERR_PROPOSAL_EXTERNAL_INIT},
	{"s8_3_kem_output_too_short", kem_output_short, KR_ERR_KEY},
	{"s8_3_kem_output_of_low_order", kem_output_low_order, KR_ERR_KEY},
	{"s8_3_init_secret_is_not_the_exported_one", init_secret_guessed,
		KR_ERR_COMMIT_CONFIRMATION},
	{"s12_4_path_required_for_external_init", no_path, KR_ERR_COMMIT_PATH_MISSING},
	{"s12_2_external_commit_with_add", with_add, KR_ERR_PROPOSAL_NOT_IN_EXTERNAL},
	{"s12_2_external_commit_with_group_context_extensions", with_extensions,
		KR_ERR_PROPOSAL_NOT_IN_EXTERNAL},
	{"s12_2_external_commit_with_update", with_update,
		KR_ERR_PROPOSAL_NOT_IN_EXTERNAL},
	{"s12_2_external_commit_with_two_removes", with_two_removes,
		KR_ERR_PROPOSAL_NOT_IN_EXTERNAL},
	{"s12_2_external_commit_with_remove_of_nobody", with_remove_of_nobody,
		KR_ERR_LEAF_INDEX},
	{"s12_2_external_commit_with_reference", with_reference,
		KR_ERR_PROPOSAL_NOT_IN_EXTERNAL},
	{"s7_3_external_commit_of_a_member_that_it_does_not_remove",
		member_without_remove, KR_ERR_PROPOSAL_ADD_MEMBER},
	{"s7_3_external_commit_leaf_signature", leaf_signature, KR_ERR_SIGNATURE},
	{"s12_4_3_2_external_commit_signature", signature, KR_ERR_SIGNATURE},
	{"s12_4_3_2_external_commit_confirmation_tag", confirmation_tag,
		KR_ERR_COMMIT_CONFIRMATION},
};

/* As forge_refused, but for groups in which a proposal is waiting. */
static void refused(struct forge *f, struct kr_bytes message, enum kr_err expected)
{
	for (size_t i = 0; i < NUM_HONEST; i++) {
		struct kr_mls_group *group = f->world->clients[i].group;
		struct kr_mls_state before = world_save(group);
		struct kr_mls_event event;

		assert_err(
			kr_mls_process(group, kr_view_bytes(&message), &event), expected);
		world_assert_unchanged(group, &before);
		kr_mls_state_free(&before);
	}
	kr_bytes_free(&message);
	world_update(f->world, 0);
	world_chat(f->world);
}

static void run_commit_rule(void **state)
{
	const struct commit_rule *rule = *state;
	struct forge *f = forge_new(NUM_HONEST);
	struct forge_commit c;

	begin(&c, f);
	rule->write(&c);
	refused(f, forge_commit_finish(&c), rule->expected);
	forge_free(f);
}

static void control_external_commit(void **state)
{
	struct forge *f = forge_new(NUM_HONEST);
	struct forge_commit c;

	(void)state;
	begin(&c, f);
	init_alone(&c);
	forge_accepted(f, forge_commit_finish(&c));
	assert_int_equal(kr_mls_num_members(f->world->clients[0].group), NUM_HONEST + 2);
	forge_free(f);
}

/* A resync: the forge's own old leaf goes, and its signature key comes back. */
static void control_external_commit_with_remove(void **state)
{
	struct forge *f = forge_new(NUM_HONEST);
	uint32_t old_leaf = f->leaf.v;
	struct forge_commit c;

	(void)state;
	begin(&c, f);
	f->signer = f->world->clients[f->client].signer;
	c.leaf.v = UINT32_MAX;
	write_init(&c);
	forge_remove(&c, old_leaf);
	take_place(&c);
	forge_accepted(f, forge_commit_finish(&c));
	assert_int_equal(kr_mls_num_members(f->world->clients[0].group), NUM_HONEST + 1);
	forge_free(f);
}

/* ---- External proposals ---------------------------------------------------------- */

struct proposal_rule {
	const char *name;
	void (*change)(
		struct forge *f, struct forge_content *content, struct kr_writer *body);
	enum kr_err expected;
};

static struct kr_ed25519_keypair external_sender;

/* A group with one external sender. */
static struct forge *forge_with_external_sender(void)
{
	struct world *w = world_new(NUM_HONEST + 2);
	struct kr_mls_extension extension = {.type = KR_MLS_EXT_EXTERNAL_SENDERS};
	KR_AUTO_WRITER struct kr_writer data = {0};
	size_t begin_list;

	assert_ok(kr_ed25519_generate(&external_sender, &w->rng));
	kr_writer_init(&data);
	begin_list = kr_write_vec_begin(&data);
	kr_write_vec(&data, kr_view(external_sender.public_key, KR_ED25519_PUBLIC_BYTES));
	kr_write_u16(&data, KR_MLS_CREDENTIAL_BASIC);
	kr_write_vec(&data, kr_view_str("the relay"));
	kr_write_vec_end(&data, begin_list);
	extension.data = kr_writer_view(&data);
	world_settle(w, NUM_HONEST, (struct kr_mls_extensions){&extension, 1});
	return forge_join(w, NUM_HONEST);
}

static void write_remove(struct kr_writer *body)
{
	kr_write_u16(body, KR_MLS_PROPOSAL_REMOVE);
	kr_write_u32(body, 1);
}

static void external_remove(
	struct forge *f, struct forge_content *content, struct kr_writer *body)
{
	(void)f;
	content->sender = (struct kr_mls_sender){KR_MLS_SENDER_EXTERNAL, 0};
	content->signer = &external_sender;
	write_remove(body);
}

static void external_index(
	struct forge *f, struct forge_content *content, struct kr_writer *body)
{
	external_remove(f, content, body);
	content->sender.index = 1;
}

static void external_signature(
	struct forge *f, struct forge_content *content, struct kr_writer *body)
{
	external_remove(f, content, body);
	content->signer = &f->signer;
}

static void external_update(
	struct forge *f, struct forge_content *content, struct kr_writer *body)
{
	struct forge_leaf leaf = forge_leaf(&f->world->clients[SPARE]);

	external_remove(f, content, body);
	leaf.source = KR_LEAF_UPDATE;
	leaf.group_id = f->group_id;
	kr_writer_reset(body);
	kr_write_u16(body, KR_MLS_PROPOSAL_UPDATE);
	forge_leaf_write(body, &leaf);
}

static void external_external_init(
	struct forge *f, struct forge_content *content, struct kr_writer *body)
{
	external_remove(f, content, body);
	kr_writer_reset(body);
	kr_write_u16(body, KR_MLS_PROPOSAL_EXTERNAL_INIT);
	kr_write_vec(body, kr_view(external_sender.public_key, KR_X25519_BYTES));
}

static void external_epoch(
	struct forge *f, struct forge_content *content, struct kr_writer *body)
{
	external_remove(f, content, body);
	content->epoch--;
}

static void new_member_add(
	struct forge *f, struct forge_content *content, struct kr_writer *body)
{
	struct forge_key_package kp = forge_key_package(f->world, SPARE);

	content->sender =
		(struct kr_mls_sender){.kind = KR_MLS_SENDER_NEW_MEMBER_PROPOSAL};
	content->signer = &f->world->clients[SPARE].signer;
	kr_write_u16(body, KR_MLS_PROPOSAL_ADD);
	forge_key_package_write(body, &kp);
}

static void new_member_remove(
	struct forge *f, struct forge_content *content, struct kr_writer *body)
{
	new_member_add(f, content, body);
	kr_writer_reset(body);
	write_remove(body);
}

static void new_member_signature(
	struct forge *f, struct forge_content *content, struct kr_writer *body)
{
	new_member_add(f, content, body);
	content->signer = &f->signer;
}

static void member_external_init(
	struct forge *f, struct forge_content *content, struct kr_writer *body)
{
	(void)f;
	(void)content;
	kr_write_u16(body, KR_MLS_PROPOSAL_EXTERNAL_INIT);
	kr_write_vec(body, kr_view(external_sender.public_key, KR_X25519_BYTES));
}

static const struct proposal_rule proposal_rules[] = {
	{"control_external_remove", external_remove, KR_OK},
	{"control_new_member_add", new_member_add, KR_OK},
	{"s12_1_8_1_external_sender_index_outside_the_list", external_index,
		KR_ERR_SENDER},
	{"s12_1_8_1_external_signature", external_signature, KR_ERR_SIGNATURE},
	{"s12_1_8_1_external_epoch", external_epoch, KR_ERR_EPOCH_PAST},
	{"s12_1_8_update_by_external_sender", external_update, KR_ERR_PROPOSAL_SENDER},
	{"s12_1_8_external_init_by_external_sender", external_external_init,
		KR_ERR_PROPOSAL_EXTERNAL_INIT},
	{"s12_1_8_remove_by_new_member", new_member_remove, KR_ERR_PROPOSAL_SENDER},
	{"s12_1_8_add_by_new_member_signed_by_another_key", new_member_signature,
		KR_ERR_SIGNATURE},
	{"s12_1_6_external_init_as_a_proposal", member_external_init,
		KR_ERR_PROPOSAL_EXTERNAL_INIT},
};

static void run_proposal_rule(void **state)
{
	const struct proposal_rule *rule = *state;
	struct forge *f = forge_with_external_sender();
	struct forge_content content =
		forge_content(f, KR_CONTENT_PROPOSAL, (struct kr_view){0});
	KR_AUTO_WRITER struct kr_writer body = {0};

	kr_writer_init(&body);
	rule->change(f, &content, &body);
	content.body = kr_writer_view(&body);
	if (rule->expected == KR_OK) {
		forge_accepted(f, forge_public(f, &content));
		world_update(f->world, 0);
		world_chat(f->world);
	} else {
		refused(f, forge_public(f, &content), rule->expected);
	}
	forge_free(f);
}

static void s12_1_8_1_group_without_external_senders(void **state)
{
	struct forge *f = forge_new(NUM_HONEST);
	struct forge_content content =
		forge_content(f, KR_CONTENT_PROPOSAL, (struct kr_view){0});
	KR_AUTO_WRITER struct kr_writer body = {0};

	(void)state;
	assert_ok(kr_ed25519_generate(&external_sender, &f->world->rng));
	kr_writer_init(&body);
	external_remove(f, &content, &body);
	content.body = kr_writer_view(&body);
	refused(f, forge_public(f, &content), KR_ERR_SENDER);
	forge_free(f);
}

#define NUM_SINGLE 3

int main(void)
{
	struct CMUnitTest tests[NUM(commit_rules) + NUM(proposal_rules) + NUM_SINGLE] = {
		cmocka_unit_test(control_external_commit),
		cmocka_unit_test(control_external_commit_with_remove),
		cmocka_unit_test(s12_1_8_1_group_without_external_senders),
	};
	struct CMUnitTest *next = &tests[NUM_SINGLE];

	for (size_t i = 0; i < NUM(commit_rules); i++) {
		*next++ = (struct CMUnitTest){
			.name = commit_rules[i].name,
			.test_func = run_commit_rule,
			.initial_state = (void *)&commit_rules[i],
		};
	}
	for (size_t i = 0; i < NUM(proposal_rules); i++) {
		*next++ = (struct CMUnitTest){
			.name = proposal_rules[i].name,
			.test_func = run_proposal_rule,
			.initial_state = (void *)&proposal_rules[i],
		};
	}
	return cmocka_run_group_tests_name("rejects_external", tests, NULL, NULL);
}
