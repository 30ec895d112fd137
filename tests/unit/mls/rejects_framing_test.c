/* Rules of RFC 9420 §6 (framing), each broken alone around a proposal that is all
 * right. */
#include "forge.h"

#include <test.h>

#define NUM_HONEST 3

/* A Remove as content, so that nothing but the framing can be wrong. */
static struct forge_content remove_content(const struct forge *f)
{
	static const uint8_t remove[] = {0, 3, 0, 0, 0, 1};

	return forge_content(f, KR_CONTENT_PROPOSAL, kr_view(remove, sizeof(remove)));
}

static void control_proposal(void **state)
{
	struct forge *f = forge_new(NUM_HONEST);
	struct forge_content content = remove_content(f);

	(void)state;
	forge_accepted(f, forge_public(f, &content));
	forge_accepted(f, forge_private(f, &content, 0));
	forge_free(f);
}

struct rule {
	const char *name;
	void (*change)(struct forge *f, struct forge_content *content);
	enum kr_err expected;
};

static void past_epoch(struct forge *f, struct forge_content *content)
{
	(void)f;
	content->epoch--;
}

static void future_epoch(struct forge *f, struct forge_content *content)
{
	(void)f;
	content->epoch++;
}

static void other_group(struct forge *f, struct forge_content *content)
{
	(void)f;
	content->group_id = kr_view_str("another group");
}

static void membership_tag(struct forge *f, struct forge_content *content)
{
	(void)f;
	content->break_membership_tag = true;
}

static void content_signature(struct forge *f, struct forge_content *content)
{
	(void)f;
	content->break_signature = true;
}

static void blank_sender(struct forge *f, struct forge_content *content)
{
	content->sender.index = kr_mls_num_leaves(f->world->clients[0].group) + 7;
}

static void other_sender(struct forge *f, struct forge_content *content)
{
	(void)f;
	content->sender.index = 1;
}

static void other_content_type(struct forge *f, struct forge_content *content)
{
	(void)f;
	content->type = (enum kr_content_type)4;
}

static void other_sender_type(struct forge *f, struct forge_content *content)
{
	(void)f;
	content->sender.kind = (enum kr_mls_sender_kind)5;
}

/* An empty commit, whoever sends it. */
static void commit_by_external_sender(struct forge *f, struct forge_content *content)
{
	static const uint8_t commit[2];
	static const uint8_t tag[KR_HMAC_BYTES];

	(void)f;
	content->type = KR_CONTENT_COMMIT;
	content->body = kr_view(commit, sizeof(commit));
	content->confirmation_tag = kr_view(tag, sizeof(tag));
	content->sender.kind = KR_MLS_SENDER_EXTERNAL;
}

static void commit_by_new_member_proposal(struct forge *f, struct forge_content *content)
{
	commit_by_external_sender(f, content);
	content->sender.kind = KR_MLS_SENDER_NEW_MEMBER_PROPOSAL;
}

static void proposal_by_new_member_commit(struct forge *f, struct forge_content *content)
{
	(void)f;
	content->sender.kind = KR_MLS_SENDER_NEW_MEMBER_COMMIT;
}

static const struct rule rules[] = {
	{"s6_epoch_past", past_epoch, KR_ERR_EPOCH_PAST},
	{"s6_epoch_future", future_epoch, KR_ERR_EPOCH_FUTURE},
	{"s6_group_id", other_group, KR_ERR_WRONG_GROUP},
	{"s6_2_membership_tag", membership_tag, KR_ERR_MEMBERSHIP_TAG},
	{"s6_1_signature", content_signature, KR_ERR_SIGNATURE},
	{"s6_1_sender_is_no_member", blank_sender, KR_ERR_LEAF_INDEX},
	{"s6_content_of_unknown_type", other_content_type, KR_ERR_ENCODING},
	{"s6_sender_of_unknown_type", other_sender_type, KR_ERR_SENDER},
	{"s6_1_commit_by_external_sender", commit_by_external_sender, KR_ERR_SENDER},
	{"s6_1_commit_by_new_member_proposal", commit_by_new_member_proposal,
		KR_ERR_SENDER},
	{"s6_1_proposal_by_new_member_commit", proposal_by_new_member_commit,
		KR_ERR_SENDER},
	{"s6_1_sender_is_somebody_else", other_sender, KR_ERR_SIGNATURE},
};

static void run_rule(void **state)
{
	const struct rule *rule = *state;
	struct forge *f = forge_new(NUM_HONEST);
	struct forge_content content = remove_content(f);

	rule->change(f, &content);
	/* The last message of other_sender is client 1's own for client 1. */
	if (rule->change == other_sender) {
		kr_mls_group_free(f->world->clients[1].group);
		f->world->clients[1].group = NULL;
	}
	forge_refused(f, forge_public(f, &content), rule->expected);
	forge_free(f);
}

static void s6_application_data_in_the_clear(void **state)
{
	struct forge *f = forge_new(NUM_HONEST);
	struct forge_content content =
		forge_content(f, KR_CONTENT_APPLICATION, kr_view_str("hello"));

	(void)state;
	forge_refused(f, forge_public(f, &content), KR_ERR_NOT_ENCRYPTED);
	forge_accepted(f, forge_private(f, &content, 0));
	forge_free(f);
}

/* A member of the tree's width, but nobody: leaf 3 is blank. */
static void s6_3_2_private_sender_is_no_member(void **state)
{
	struct world *w = world_new(NUM_HONEST + 2);
	struct forge_content content;
	struct forge *f;

	(void)state;
	world_settle(w, NUM_HONEST + 1, (struct kr_mls_extensions){0});
	world_remove(w, 0, 3);
	world_remove(w, 0, 2);
	f = forge_join(w, NUM_HONEST + 1);
	assert_int_equal(f->leaf.v, 2);
	f->leaf.v = 3;
	content = forge_content(f, KR_CONTENT_APPLICATION, kr_view_str("hello"));
	forge_refused(f, forge_private(f, &content, 0), KR_ERR_LEAF_INDEX);
	forge_free(f);
}

/* A PrivateMessage with true sender data and a ciphertext, of which both may be too
 * short. */
static struct kr_bytes short_private(
	struct forge *f, size_t sender_data_len, size_t ciphertext_len)
{
	static const uint8_t ciphertext[64];
	struct kr_view sample = kr_view(ciphertext, ciphertext_len);
	uint8_t sender_data[12 + KR_AEAD_TAG_BYTES] = {0, 0, 0, (uint8_t)f->leaf.v};
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	KR_AUTO_WRITER struct kr_writer aad = {0};
	struct kr_bytes message;
	struct kr_secret key;
	struct kr_writer w;

	assert_ok(
		kr_sender_data_key(&key, nonce, &f->secrets.sender_data_secret, sample));
	kr_writer_init(&aad);
	kr_write_vec(&aad, f->group_id);
	kr_write_u64(&aad, f->epoch);
	kr_write_u8(&aad, KR_CONTENT_APPLICATION);
	kr_aead_seal(
		sender_data, &key, nonce, kr_writer_view(&aad), kr_view(sender_data, 12));
	kr_writer_init(&w);
	kr_write_u16(&w, KR_MLS_VERSION_1);
	kr_write_u16(&w, KR_WIRE_PRIVATE_MESSAGE);
	kr_write_fixed(&w, kr_writer_view(&aad));
	kr_write_vec(&w, (struct kr_view){0});
	kr_write_vec(&w, kr_view(sender_data, sender_data_len));
	kr_write_vec(&w, sample);
	assert_ok(kr_writer_finish(&w, &message));
	return message;
}

static void s6_3_parts_shorter_than_they_can_be(void **state)
{
	struct forge *f = forge_new(NUM_HONEST);

	(void)state;
	forge_refused(
		f, short_private(f, 12 + KR_AEAD_TAG_BYTES - 1, 64), KR_ERR_DECRYPT);
	forge_free(f);
	f = forge_new(NUM_HONEST);
	forge_refused(f, short_private(f, 12 + KR_AEAD_TAG_BYTES, KR_AEAD_TAG_BYTES - 1),
		KR_ERR_DECRYPT);
	forge_free(f);
}

static void s6_other_version(void **state)
{
	struct forge *f = forge_new(NUM_HONEST);
	struct forge_content content = remove_content(f);
	struct kr_bytes message = forge_public(f, &content);

	(void)state;
	message.data[1] = 2;
	forge_refused(f, message, KR_ERR_MLS_VERSION);
	forge_free(f);
}

#define NUM_SINGLE 5

int main(void)
{
	struct CMUnitTest tests[NUM(rules) + NUM_SINGLE] = {
		cmocka_unit_test(control_proposal),
		cmocka_unit_test(s6_application_data_in_the_clear),
		cmocka_unit_test(s6_3_2_private_sender_is_no_member),
		cmocka_unit_test(s6_3_parts_shorter_than_they_can_be),
		cmocka_unit_test(s6_other_version),
	};

	for (size_t i = 0; i < NUM(rules); i++) {
		tests[NUM_SINGLE + i] = (struct CMUnitTest){
			.name = rules[i].name,
			.test_func = run_rule,
			.initial_state = (void *)&rules[i],
		};
	}
	return cmocka_run_group_tests_name("rejects_framing", tests, NULL, NULL);
}
