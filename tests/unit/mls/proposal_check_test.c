#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include <test.h>

#include "proto/mls/proposal_list.h"

#define COMMITTER 0

/* ---- Lists by hand ------------------------------------------------------------- */

enum item {
	END,
	REMOVE_1,
	REMOVE_2,
	REMOVE_COMMITTER,
	REMOVE_NOBODY,
	UPDATE_1, /* its key package is that of an Add: only its sender counts here */
	UPDATE_COMMITTER,
	ADD_NEW,
	ADD_MEMBER,
	PSK_A,
	PSK_B,
	PSK_NONCE,
	EXTENSIONS,
	EXTERNAL_INIT,
	REINIT,
};

/* Encoded proposals that the items of a list view. */
struct bench {
	struct world *world;
	struct kr_bytes added; /* the key package of who is no member */
	struct kr_bytes member;
};

static void bench_init(struct bench *b)
{
	b->world = world_settled(3);
	b->world->num_clients = 3;
	assert_ok(kr_bytes_copy(&b->member, world_key_package(b->world, 1)));
	assert_ok(kr_ed25519_generate(&b->world->clients[3].signer, &b->world->rng));
	b->world->clients[3].client.signer = &b->world->clients[3].signer;
	assert_ok(kr_bytes_copy(&b->added, world_key_package(b->world, 3)));
	kr_bytes_free(&b->world->clients[3].key_package);
}

static void bench_finish(struct bench *b)
{
	kr_bytes_free(&b->added);
	kr_bytes_free(&b->member);
	world_free(b->world);
}

static void set_psk(struct kr_proposal *p, char name, size_t nonce_len)
{
	static const uint8_t nonce[KR_SECRET_BYTES];
	static const uint8_t a[] = {1, 1, 'a', 0};
	static const uint8_t b[] = {1, 1, 'b', 0};

	p->type = KR_MLS_PROPOSAL_PSK;
	p->psk.type = KR_PSK_TYPE_EXTERNAL;
	p->psk.encoded = kr_view(name == 'a' ? a : b, sizeof(a));
	p->psk.nonce = kr_view(nonce, nonce_len);
}

static void set_remove(struct kr_proposal *p, uint32_t leaf)
{
	p->type = KR_MLS_PROPOSAL_REMOVE;
	p->removed.v = leaf;
}

static void set_update(struct kr_listed_proposal *item, uint32_t leaf)
{
	item->proposal.type = KR_MLS_PROPOSAL_UPDATE;
	item->sender = (struct kr_mls_sender){KR_MLS_SENDER_MEMBER, leaf};
	item->by_reference = true;
}

static struct kr_listed_proposal make_item(
	const struct bench *b, enum item which, struct kr_mls_sender committer)
{
	static const uint8_t kem_output[KR_X25519_BYTES] = {9};
	struct kr_listed_proposal item = {.sender = committer};
	struct kr_proposal *p = &item.proposal;

	switch (which) {
	case REMOVE_1:
		set_remove(p, 1);
		break;
	case REMOVE_2:
		set_remove(p, 2);
		break;
	case REMOVE_COMMITTER:
		set_remove(p, COMMITTER);
		break;
	case REMOVE_NOBODY:
		set_remove(p, 3);
		break;
	case UPDATE_1:
		set_update(&item, 1);
		break;
	case UPDATE_COMMITTER:
		set_update(&item, COMMITTER);
		break;
	case ADD_NEW:
	case ADD_MEMBER:
		p->type = KR_MLS_PROPOSAL_ADD;
		assert_ok(kr_key_package_unwrap(
			kr_view_bytes(which == ADD_NEW ? &b->added : &b->member),
			&p->key_package));
		break;
	case PSK_A:
		set_psk(p, 'a', KR_SECRET_BYTES);
		break;
	case PSK_B:
		set_psk(p, 'b', KR_SECRET_BYTES);
		break;
	case PSK_NONCE:
		set_psk(p, 'a', KR_SECRET_BYTES - 1);
		break;
	case EXTENSIONS:
		p->type = KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS;
		break;
	case EXTERNAL_INIT:
		p->type = KR_MLS_PROPOSAL_EXTERNAL_INIT;
		p->kem_output = kr_view(kem_output, sizeof(kem_output));
		break;
	default:
		p->type = KR_MLS_PROPOSAL_REINIT;
	}
	return item;
}

static enum kr_err check(
	const struct bench *b, const enum item *items, struct kr_mls_sender committer)
{
	struct kr_listed_proposal made[8];
	struct kr_proposal_list list = {made, 0};

	while (items[list.num] != END) {
		made[list.num] = make_item(b, items[list.num], committer);
		list.num++;
	}
	return kr_proposal_list_check(&list, b->world->clients[0].group, committer, 0);
}

static void a_member_s_list_keeps_the_rules(void **state)
{
	static const struct {
		enum item items[6];
		enum kr_err expected;
	} cases[] = {
		{{END}, KR_OK},
		{{REMOVE_1, REMOVE_2, ADD_NEW, PSK_A, PSK_B}, KR_OK},
		{{EXTENSIONS, PSK_B, PSK_A}, KR_OK},
		{{REMOVE_1, ADD_MEMBER}, KR_OK}, /* out and in again */
		{{ADD_MEMBER, REMOVE_1}, KR_OK},
		{{ADD_MEMBER}, KR_ERR_PROPOSAL_ADD_MEMBER},
		{{ADD_MEMBER, REMOVE_2}, KR_ERR_PROPOSAL_ADD_MEMBER},
		{{REMOVE_1, REMOVE_2, REMOVE_1}, KR_ERR_PROPOSAL_DUPLICATE},
		{{UPDATE_1, PSK_A, REMOVE_1}, KR_ERR_PROPOSAL_DUPLICATE},
		{{REMOVE_1, UPDATE_1}, KR_ERR_PROPOSAL_DUPLICATE},
		{{UPDATE_1, UPDATE_1}, KR_ERR_PROPOSAL_DUPLICATE},
		{{ADD_NEW, REMOVE_1, ADD_NEW}, KR_ERR_PROPOSAL_DUPLICATE},
		{{PSK_A, PSK_B, PSK_A}, KR_ERR_PROPOSAL_PSK_DUPLICATE},
		{{PSK_NONCE}, KR_ERR_PROPOSAL_PSK},
		{{EXTENSIONS, EXTENSIONS}, KR_ERR_PROPOSAL_GCE_DUPLICATE},
		{{UPDATE_COMMITTER}, KR_ERR_PROPOSAL_OWN_UPDATE},
		{{REMOVE_COMMITTER}, KR_ERR_PROPOSAL_SELF_REMOVE},
		{{REMOVE_NOBODY}, KR_ERR_LEAF_INDEX},
		{{EXTERNAL_INIT}, KR_ERR_PROPOSAL_EXTERNAL_INIT},
		{{REINIT}, KR_ERR_MLS_REINIT},
	};
	const struct kr_mls_sender committer = {KR_MLS_SENDER_MEMBER, COMMITTER};
	struct bench b;

	(void)state;
	bench_init(&b);
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_err(check(&b, cases[i].items, committer), cases[i].expected);
	}
	bench_finish(&b);
}

static void a_newcomer_s_list_keeps_the_rules(void **state)
{
	static const struct {
		enum item items[6];
		enum kr_err expected;
	} cases[] = {
		{{EXTERNAL_INIT}, KR_OK},
		{{EXTERNAL_INIT, REMOVE_1, PSK_A, PSK_B}, KR_OK},
		{{END}, KR_ERR_PROPOSAL_EXTERNAL_INIT},
		{{REMOVE_1}, KR_ERR_PROPOSAL_EXTERNAL_INIT},
		{{EXTERNAL_INIT, EXTERNAL_INIT}, KR_ERR_PROPOSAL_EXTERNAL_INIT},
		{{EXTERNAL_INIT, REMOVE_1, REMOVE_2}, KR_ERR_PROPOSAL_NOT_IN_EXTERNAL},
		{{EXTERNAL_INIT, REMOVE_NOBODY}, KR_ERR_LEAF_INDEX},
		{{EXTERNAL_INIT, ADD_NEW}, KR_ERR_PROPOSAL_NOT_IN_EXTERNAL},
		{{EXTERNAL_INIT, EXTENSIONS}, KR_ERR_PROPOSAL_NOT_IN_EXTERNAL},
		{{EXTERNAL_INIT, UPDATE_1}, KR_ERR_PROPOSAL_NOT_IN_EXTERNAL},
		{{EXTERNAL_INIT, PSK_A, PSK_A}, KR_ERR_PROPOSAL_PSK_DUPLICATE},
		{{EXTERNAL_INIT, REINIT}, KR_ERR_MLS_REINIT},
	};
	const struct kr_mls_sender committer = {.kind = KR_MLS_SENDER_NEW_MEMBER_COMMIT};
	struct bench b;

	(void)state;
	bench_init(&b);
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_err(check(&b, cases[i].items, committer), cases[i].expected);
	}
	bench_finish(&b);
}

/* Who may propose what, 12.1.8: any type by any sender. */
static void senders_propose_what_they_may(void **state)
{
	static const struct {
		enum kr_mls_sender_kind sender;
		enum item allowed[8];
	} cases[] = {
		{KR_MLS_SENDER_MEMBER, {REMOVE_1, ADD_NEW, PSK_A, EXTENSIONS}},
		{KR_MLS_SENDER_EXTERNAL, {REMOVE_1, ADD_NEW, PSK_A, EXTENSIONS}},
		{KR_MLS_SENDER_NEW_MEMBER_PROPOSAL, {ADD_NEW}},
		{KR_MLS_SENDER_NEW_MEMBER_COMMIT, {REMOVE_1, PSK_A, EXTERNAL_INIT}},
	};
	static const enum item all[] = {
		REMOVE_1, ADD_NEW, PSK_A, EXTENSIONS, EXTERNAL_INIT, REINIT};
	struct bench b;

	(void)state;
	bench_init(&b);
	for (size_t i = 0; i < NUM(cases); i++) {
		for (size_t k = 0; k < NUM(all); k++) {
			const struct kr_mls_sender sender = {cases[i].sender, 1};
			struct kr_listed_proposal item = make_item(&b, all[k], sender);
			bool allowed = false;

			for (size_t n = 0; cases[i].allowed[n] != END; n++) {
				allowed |= cases[i].allowed[n] == all[k];
			}
			assert_int_equal(kr_proposal_check(b.world->clients[0].group,
						 &item, 0) == KR_OK,
				allowed);
		}
	}
	bench_finish(&b);
}

/* Naming one proposal a hundred thousand times must not verify it as often, nor compare
 * each with each: either would take minutes here. */
static void a_proposal_named_endlessly_is_refused_at_once(void **state)
{
	const size_t num = 100000;
	const struct kr_mls_sender committer = {KR_MLS_SENDER_MEMBER, COMMITTER};
	struct kr_proposal_list list = {calloc(num, sizeof(*list.items)), num};
	struct bench b;

	(void)state;
	assert_non_null(list.items);
	bench_init(&b);
	for (size_t i = 0; i < num; i++) {
		list.items[i] = make_item(&b, ADD_NEW, committer);
	}
	assert_err(kr_proposal_list_check(&list, b.world->clients[0].group, committer, 0),
		KR_ERR_PROPOSAL_DUPLICATE);
	kr_proposal_list_free(&list);
	bench_finish(&b);
}

static void conflicts_are_seen_one_by_one_too(void **state)
{
	static const struct {
		enum item chosen;
		enum item next;
		bool conflicts;
	} cases[] = {
		{REMOVE_1, REMOVE_1, true},
		{REMOVE_1, UPDATE_1, true},
		{ADD_NEW, ADD_NEW, true},
		{PSK_A, PSK_A, true},
		{EXTENSIONS, EXTENSIONS, true},
		{REMOVE_1, REMOVE_2, false},
		{REMOVE_2, UPDATE_1, false},
		{ADD_NEW, ADD_MEMBER, false},
		{PSK_A, PSK_B, false},
		{EXTENSIONS, PSK_A, false},
		{REMOVE_1, ADD_NEW, false},
	};
	const struct kr_mls_sender committer = {KR_MLS_SENDER_MEMBER, COMMITTER};
	struct bench b;

	(void)state;
	bench_init(&b);
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_listed_proposal made =
			make_item(&b, cases[i].chosen, committer);
		struct kr_listed_proposal next = make_item(&b, cases[i].next, committer);
		const struct kr_proposal_list chosen = {&made, 1};

		assert_int_equal(
			kr_proposal_list_conflicts(&chosen, &next), cases[i].conflicts);
	}
	bench_finish(&b);
}

static void a_path_is_needed_by_the_rfc_s_types(void **state)
{
	static const struct {
		enum item items[3];
		bool needs_path;
	} cases[] = {
		{{END}, true},
		{{ADD_NEW}, false},
		{{PSK_A}, false},
		{{ADD_NEW, PSK_A}, false},
		{{UPDATE_1}, true},
		{{REMOVE_1}, true},
		{{EXTERNAL_INIT}, true},
		{{EXTENSIONS}, true},
		{{ADD_NEW, REMOVE_1}, true},
	};
	const struct kr_mls_sender committer = {KR_MLS_SENDER_MEMBER, COMMITTER};
	struct bench b;

	(void)state;
	bench_init(&b);
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_listed_proposal made[3];
		struct kr_proposal_list list = {made, 0};

		for (; cases[i].items[list.num] != END; list.num++) {
			made[list.num] =
				make_item(&b, cases[i].items[list.num], committer);
		}
		assert_int_equal(kr_proposal_list_needs_path(&list), cases[i].needs_path);
	}
	bench_finish(&b);
}

/* ---- Extensions of the group --------------------------------------------------- */

#define KEY_32 "01234567890123456789012345678901"

static void the_group_s_extensions_are_well_formed(void **state)
{
	const struct {
		struct kr_view extensions;
		enum kr_err expected;
	} cases[] = {
		{LITERAL(""), KR_OK},
		{LITERAL("\0\5\1\0"), KR_OK},
		{LITERAL("\0\5\x26\x25\x20" KEY_32 "\0\1\1a"), KR_OK},
		{LITERAL("\0\3\3\0\0\0"), KR_OK},
		{LITERAL("\0\5\0"), KR_ERR_PROPOSAL_EXTENSION},
		{LITERAL("\0\5\2\0\0"), KR_ERR_PROPOSAL_EXTENSION},
		{LITERAL("\0\5\x26\x25\x20" KEY_32 "\0\2\1a"), KR_ERR_PROPOSAL_EXTENSION},
		{LITERAL("\0\5\x25\x24\x20" KEY_32 "\0\1\1"), KR_ERR_PROPOSAL_EXTENSION},
		{LITERAL("\0\3\2\0\0"), KR_ERR_PROPOSAL_EXTENSION},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_err(kr_group_extensions_check(cases[i].extensions),
			cases[i].expected);
	}
}

static void an_external_sender_is_found_by_its_index(void **state)
{
	const struct kr_view two =
		LITERAL("\0\5\x40\x4c\x40\x4a\x20" KEY_32 "\0\1\1a\x20" KEY_32 "\0\1\1b");
	const uint8_t *key;
	struct kr_view identity;

	(void)state;
	assert_ok(kr_external_sender_at(two, 0, &key, &identity));
	assert_true(kr_view_equal(identity, LITERAL("a")));
	assert_memory_equal(key, KEY_32, KR_ED25519_PUBLIC_BYTES);
	assert_ok(kr_external_sender_at(two, 1, &key, &identity));
	assert_true(kr_view_equal(identity, LITERAL("b")));
	assert_err(kr_external_sender_at(two, 2, &key, &identity), KR_ERR_SENDER);
	assert_err(
		kr_external_sender_at(two, UINT32_MAX, &key, &identity), KR_ERR_SENDER);
	assert_err(kr_external_sender_at(LITERAL(""), 0, &key, &identity), KR_ERR_SENDER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_s_list_keeps_the_rules),
		cmocka_unit_test(a_newcomer_s_list_keeps_the_rules),
		cmocka_unit_test(senders_propose_what_they_may),
		cmocka_unit_test(a_proposal_named_endlessly_is_refused_at_once),
		cmocka_unit_test(conflicts_are_seen_one_by_one_too),
		cmocka_unit_test(a_path_is_needed_by_the_rfc_s_types),
		cmocka_unit_test(the_group_s_extensions_are_well_formed),
		cmocka_unit_test(an_external_sender_is_found_by_its_index),
	};

	return cmocka_run_group_tests_name("mls/proposal_check", tests, NULL, NULL);
}
