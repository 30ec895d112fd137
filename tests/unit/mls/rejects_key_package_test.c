/* Rules of RFC 9420 §10 (key packages) and §7.3 (their leaves), each broken alone in an
 * Add: the members refuse the commit, an honest committer refuses to make one, and the
 * key package on its own does not verify. */
#include "forge.h"

#include <string.h>

#include <test.h>

#define NUM_HONEST 3
#define ADDED      (NUM_HONEST + 1) /* the client whose key package it is */

/* Set for the rules about the group's required capabilities: extension 0xff10. */
#define REQUIRED_EXTENSION FORGE_U16("\xff\x10")

enum where {
	ALONE = 1,    /* kr_mls_key_package_verify finds it too */
	IN_GROUP = 2, /* only the group makes it wrong */
};

struct rule {
	const char *name;
	void (*change)(struct forge *f, struct forge_key_package *kp);
	enum kr_err expected;
	enum where where;
};

/* ---- §10.1 ----------------------------------------------------------------------- */

static void other_version(struct forge *f, struct forge_key_package *kp)
{
	(void)f;
	kp->version = 2;
}

static void other_suite(struct forge *f, struct forge_key_package *kp)
{
	(void)f;
	kp->cipher_suite = 1;
}

static void bad_signature(struct forge *f, struct forge_key_package *kp)
{
	(void)f;
	kp->break_signature = true;
}

static void other_signer(struct forge *f, struct forge_key_package *kp)
{
	kp->signer = &f->signer;
}

static void init_key_is_encryption_key(struct forge *f, struct forge_key_package *kp)
{
	(void)f;
	kp->init = kp->encryption;
}

static void extension_twice(struct forge *f, struct forge_key_package *kp)
{
	(void)f;
	kp->leaf.extension_types = REQUIRED_EXTENSION;
	kp->extensions = FORGE_U16("\xff\x10\0\xff\x10\0");
}

/* ---- §7.3 ------------------------------------------------------------------------ */

static void leaf_signature(struct forge *f, struct forge_key_package *kp)
{
	(void)f;
	kp->leaf.break_signature = true;
}

static void leaf_key_short(struct forge *f, struct forge_key_package *kp)
{
	(void)f;
	kp->leaf.cut_encryption_key = true;
}

static void leaf_source_update(struct forge *f, struct forge_key_package *kp)
{
	kp->leaf.source = KR_LEAF_UPDATE;
	kp->leaf.group_id = f->group_id;
}

static void leaf_source_commit(struct forge *f, struct forge_key_package *kp)
{
	kp->leaf.source = KR_LEAF_COMMIT;
	kp->leaf.group_id = f->group_id;
}

static void leaf_without_version(struct forge *f, struct forge_key_package *kp)
{
	(void)f;
	kp->leaf.versions = FORGE_U16("\0\2");
}

static void leaf_without_suite(struct forge *f, struct forge_key_package *kp)
{
	(void)f;
	kp->leaf.cipher_suites = FORGE_U16("\0\1");
}

static void leaf_without_own_credential_type(
	struct forge *f, struct forge_key_package *kp)
{
	(void)f;
	kp->leaf.credential_types = FORGE_U16("\0\2");
}

static void leaf_x509(struct forge *f, struct forge_key_package *kp)
{
	(void)f;
	kp->leaf.credential_type = KR_MLS_CREDENTIAL_X509;
	kp->leaf.credential_types = FORGE_U16("\0\1\0\2");
}

static void leaf_unknown_credential(struct forge *f, struct forge_key_package *kp)
{
	(void)f;
	kp->leaf.credential_type = 0x7777;
	kp->leaf.credential_types = FORGE_U16("\0\1\x77\x77");
}

static void leaf_extension_unlisted(struct forge *f, struct forge_key_package *kp)
{
	(void)f;
	kp->leaf.extensions = FORGE_U16("\xff\x10\0");
}

static void leaf_extension_twice(struct forge *f, struct forge_key_package *kp)
{
	(void)f;
	kp->leaf.extension_types = REQUIRED_EXTENSION;
	kp->leaf.extensions = FORGE_U16("\xff\x10\0\xff\x10\0");
}

static void leaf_encryption_key_of_member(struct forge *f, struct forge_key_package *kp)
{
	memcpy(kp->leaf.encryption_key,
		kr_tree_leaf(&f->tree, (struct kr_leaf_index){1})->node.encryption_key,
		KR_X25519_BYTES);
}

static void leaf_encryption_key_of_parent(struct forge *f, struct forge_key_package *kp)
{
	memcpy(kp->leaf.encryption_key,
		kr_tree_node_key(&f->tree, (struct kr_node_index){1}), KR_X25519_BYTES);
}

static void leaf_signature_key_of_member(struct forge *f, struct forge_key_package *kp)
{
	memcpy(kp->leaf.signature_key, f->world->clients[1].signer.public_key,
		KR_ED25519_PUBLIC_BYTES);
	kp->signer = kp->leaf.signer = &f->world->clients[1].signer;
}

static const struct rule rules[] = {
	{"s10_1_version_is_not_the_groups", other_version, KR_ERR_MLS_VERSION, ALONE},
	{"s10_1_cipher_suite_is_not_the_groups", other_suite, KR_ERR_MLS_CIPHER_SUITE,
		ALONE},
	{"s10_1_signature", bad_signature, KR_ERR_SIGNATURE, ALONE},
	{"s10_1_signature_by_another_key", other_signer, KR_ERR_SIGNATURE, ALONE},
	{"s10_1_init_key_is_encryption_key", init_key_is_encryption_key,
		KR_ERR_KEY_PACKAGE_KEYS, ALONE},
	{"s10_extension_twice", extension_twice, KR_ERR_ENCODING, ALONE},
	{"s7_3_signature", leaf_signature, KR_ERR_SIGNATURE, ALONE},
	{"s7_3_encryption_key_too_short", leaf_key_short, KR_ERR_KEY, ALONE},
	{"s7_3_source_update_in_key_package", leaf_source_update, KR_ERR_LEAF_SOURCE,
		ALONE},
	{"s7_3_source_commit_in_key_package", leaf_source_commit, KR_ERR_LEAF_SOURCE,
		ALONE},
	{"s7_3_versions_without_the_groups", leaf_without_version,
		KR_ERR_LEAF_CAPABILITIES, ALONE},
	{"s7_3_cipher_suites_without_the_groups", leaf_without_suite,
		KR_ERR_LEAF_CAPABILITIES, ALONE},
	{"s7_3_credential_type_not_in_own_capabilities", leaf_without_own_credential_type,
		KR_ERR_LEAF_CREDENTIAL, ALONE},
	{"s7_3_credential_x509", leaf_x509, KR_ERR_MLS_X509, ALONE},
	{"s7_3_credential_of_unknown_type", leaf_unknown_credential,
		KR_ERR_MLS_CREDENTIAL_TYPE, ALONE},
	{"s7_3_extension_not_in_capabilities", leaf_extension_unlisted,
		KR_ERR_LEAF_EXTENSION, ALONE},
	{"s7_3_extension_twice", leaf_extension_twice, KR_ERR_ENCODING, ALONE},
	{"s7_3_encryption_key_of_another_leaf", leaf_encryption_key_of_member,
		KR_ERR_LEAF_KEY_REUSED, IN_GROUP},
	{"s7_3_encryption_key_of_a_parent_node", leaf_encryption_key_of_parent,
		KR_ERR_LEAF_KEY_REUSED, IN_GROUP},
	{"s7_3_signature_key_of_another_leaf", leaf_signature_key_of_member,
		KR_ERR_PROPOSAL_ADD_MEMBER, IN_GROUP},
};

/* ---- Running them ---------------------------------------------------------------- */

static struct kr_bytes encode(const struct forge_key_package *kp, bool as_message)
{
	struct kr_bytes bytes;
	struct kr_writer w;

	kr_writer_init(&w);
	if (as_message) {
		kr_write_u16(&w, KR_MLS_VERSION_1);
		kr_write_u16(&w, KR_WIRE_KEY_PACKAGE);
	}
	forge_key_package_write(&w, kp);
	assert_ok(kr_writer_finish(&w, &bytes));
	return bytes;
}

static void assert_verify(const struct forge_key_package *kp, enum kr_err expected)
{
	KR_AUTO_FREE struct kr_bytes message = encode(kp, true);
	struct kr_mls_key_package_info info;

	assert_err(
		kr_mls_key_package_verify(kr_view_bytes(&message), 0, &info), expected);
}

/* An honest member does not make the commit that the others would refuse. */
static void assert_not_committed(
	struct world *w, const struct forge_key_package *kp, enum kr_err expected)
{
	KR_AUTO_FREE struct kr_bytes bytes = encode(kp, false);
	struct kr_mls_proposal add = {
		.type = KR_MLS_PROPOSAL_ADD,
		.key_package = kr_view_bytes(&bytes),
	};
	struct kr_mls_commit_options options = {.proposals = &add, .num_proposals = 1};
	struct kr_mls_group *group = w->clients[0].group;
	struct kr_mls_state before = world_save(group);
	struct kr_mls_outgoing *outgoing = NULL;

	assert_err(kr_mls_commit(group, &options, &w->rng, &outgoing), expected);
	assert_null(outgoing);
	world_assert_unchanged(group, &before);
	kr_mls_state_free(&before);
}

static struct kr_bytes commit_with_add(
	struct forge *f, const struct forge_key_package *kp)
{
	struct forge_commit c;

	forge_commit_init(&c, f);
	forge_add(&c, kp);
	c.without_path = true;
	return forge_commit_finish(&c);
}

static void run_rule(void **state)
{
	const struct rule *rule = *state;
	struct forge *f = forge_new(NUM_HONEST);
	struct forge_key_package kp = forge_key_package(f->world, ADDED);

	rule->change(f, &kp);
	assert_verify(&kp, rule->where == ALONE ? rule->expected : KR_OK);
	assert_not_committed(f->world, &kp, rule->expected);
	forge_refused(f, commit_with_add(f, &kp), rule->expected);
	forge_free(f);
}

static void control(void **state)
{
	struct forge *f = forge_new(NUM_HONEST);
	struct forge_key_package kp = forge_key_package(f->world, ADDED);

	(void)state;
	assert_verify(&kp, KR_OK);
	forge_accepted(f, commit_with_add(f, &kp));
	forge_free(f);
}

/* ---- Required capabilities and lifetimes ----------------------------------------- */

static void s7_3_required_extension_missing(void **state)
{
	static const uint16_t types[] = {0xff10};
	struct kr_mls_extension required = {
		.type = KR_MLS_EXT_REQUIRED_CAPABILITIES,
		.data = FORGE_U16("\2\xff\x10\0\0"),
	};
	struct world *w = world_new(NUM_HONEST + 2);
	struct forge_key_package kp;
	struct forge *f;

	(void)state;
	for (size_t i = 0; i < w->num_clients; i++) {
		w->clients[i].client.capabilities.extensions = types;
		w->clients[i].client.capabilities.num_extensions = NUM(types);
	}
	world_settle(w, NUM_HONEST, (struct kr_mls_extensions){&required, 1});
	f = forge_join(w, NUM_HONEST);
	kp = forge_key_package(w, ADDED);
	assert_verify(&kp, KR_OK);
	assert_not_committed(w, &kp, KR_ERR_REQUIRED_CAPABILITIES);
	forge_refused(f, commit_with_add(f, &kp), KR_ERR_REQUIRED_CAPABILITIES);
	forge_free(f);
}

/* Who commits looks at the clock that the caller gives; who receives never does. */
static void s7_3_lifetime(void **state)
{
	static const struct {
		uint64_t now_s;
		enum kr_err expected;
	} times[] = {
		{999, KR_ERR_LEAF_LIFETIME},
		{1000, KR_OK},
		{2000, KR_OK},
		{2001, KR_ERR_LEAF_LIFETIME},
		{0, KR_OK},
	};
	struct forge *f = forge_new(NUM_HONEST);
	struct forge_key_package kp = forge_key_package(f->world, ADDED);
	KR_AUTO_FREE struct kr_bytes message = {0};

	(void)state;
	kp.leaf.lifetime = (struct kr_mls_lifetime){1000, 2000};
	message = encode(&kp, true);
	for (size_t i = 0; i < NUM(times); i++) {
		struct kr_mls_key_package_info info;
		struct kr_mls_proposal add = {
			.type = KR_MLS_PROPOSAL_ADD,
			.key_package = kr_view_bytes(&message),
		};
		struct kr_mls_commit_options options = {
			.proposals = &add,
			.num_proposals = 1,
			.now_s = times[i].now_s,
		};
		struct kr_mls_outgoing *outgoing = NULL;

		assert_err(kr_mls_key_package_verify(
				   kr_view_bytes(&message), times[i].now_s, &info),
			times[i].expected);
		assert_err(kr_mls_commit(f->world->clients[0].group, &options,
				   &f->world->rng, &outgoing),
			times[i].expected);
		kr_mls_commit_discard(f->world->clients[0].group);
		kr_mls_outgoing_free(outgoing);
	}
	forge_accepted(f, commit_with_add(f, &kp));
	forge_free(f);
}

int main(void)
{
	struct CMUnitTest tests[NUM(rules) + 3] = {
		cmocka_unit_test(control),
		cmocka_unit_test(s7_3_required_extension_missing),
		cmocka_unit_test(s7_3_lifetime),
	};

	for (size_t i = 0; i < NUM(rules); i++) {
		tests[3 + i] = (struct CMUnitTest){
			.name = rules[i].name,
			.test_func = run_rule,
			.initial_state = (void *)&rules[i],
		};
	}
	return cmocka_run_group_tests_name("rejects_key_package", tests, NULL, NULL);
}
