#include <test.h>

#include <string.h>

#include "proto/mls/proposal.h"
#include "tree_model.h"

/* ---- Proposals ----------------------------------------------------------------- */

static void write_key_package(struct kr_writer *w)
{
	static const uint8_t key[KR_X25519_BYTES] = {3};
	static const uint8_t signature[KR_ED25519_SIG_BYTES] = {4};

	kr_write_u16(w, KR_MLS_VERSION_1);
	kr_write_u16(w, KR_MLS_CIPHER_SUITE);
	kr_write_vec(w, kr_view(key, sizeof(key)));
	tree_model_write_leaf(w, 1);
	kr_write_vec(w, kr_view(NULL, 0));
	kr_write_vec(w, kr_view(signature, sizeof(signature)));
}

static void write_proposal(struct kr_writer *w, uint16_t type)
{
	kr_write_u16(w, type);
	switch (type) {
	case KR_MLS_PROPOSAL_ADD:
		write_key_package(w);
		break;
	case KR_MLS_PROPOSAL_UPDATE:
		tree_model_write_leaf(w, 1);
		break;
	case KR_MLS_PROPOSAL_REMOVE:
		kr_write_u32(w, 0x01020304);
		break;
	case KR_MLS_PROPOSAL_PSK:
		kr_write_fixed(w, LITERAL("\2\1\1g\0\0\0\0\0\0\0\7\2no"));
		break;
	case KR_MLS_PROPOSAL_REINIT:
		kr_write_fixed(w, LITERAL("\1g\0\1\0\3\0"));
		break;
	case KR_MLS_PROPOSAL_EXTERNAL_INIT:
		kr_write_vec(w, LITERAL("encapsulated"));
		break;
	default:
		kr_write_vec(w, LITERAL("\0\5\1\0\xf0\1\0"));
	}
}

static void a_proposal_of_each_type_is_read_and_written(void **state)
{
	(void)state;
	for (uint16_t type = 1; type <= 7; type++) {
		KR_AUTO_WRITER struct kr_writer w = {0};
		KR_AUTO_WRITER struct kr_writer again = {0};
		struct kr_proposal p;
		struct kr_reader r;

		kr_writer_init(&w);
		kr_writer_init(&again);
		write_proposal(&w, type);
		r = kr_reader(kr_writer_view(&w));
		assert_int_equal(kr_proposal_read(&r, &p), KR_OK);
		assert_int_equal(r.rest.len, 0);
		assert_int_equal(p.type, type);
		assert_true(kr_view_equal(p.encoded, kr_writer_view(&w)));
		kr_proposal_write(&again, &p);
		if (type == KR_MLS_PROPOSAL_REINIT) {
			assert_int_equal(again.err, KR_ERR_MLS_PROPOSAL_TYPE);
		} else {
			assert_true(kr_view_equal(
				kr_writer_view(&again), kr_writer_view(&w)));
		}
	}
}

static void every_truncation_of_a_proposal_fails(void **state)
{
	(void)state;
	for (uint16_t type = 1; type <= 7; type++) {
		KR_AUTO_WRITER struct kr_writer w = {0};
		struct kr_view whole;

		kr_writer_init(&w);
		write_proposal(&w, type);
		whole = kr_writer_view(&w);
		for (size_t len = 0; len < whole.len; len++) {
			struct kr_reader r = kr_reader(kr_view(whole.data, len));
			struct kr_proposal p;

			assert_int_not_equal(kr_proposal_read(&r, &p), KR_OK);
			assert_int_equal(r.rest.len, len);
			assert_int_equal(p.type, 0);
		}
	}
}

static void only_proposals_are_read(void **state)
{
	const struct {
		struct kr_view bytes;
		enum kr_err expected;
	} cases[] = {
		{LITERAL("\0\3\0\0\0\1"), KR_OK},
		{LITERAL("\0\0"), KR_ERR_MLS_PROPOSAL_TYPE},
		{LITERAL("\0\x08\0"), KR_ERR_MLS_PROPOSAL_TYPE},
		{LITERAL("\xf0\1\0"), KR_ERR_MLS_PROPOSAL_TYPE},
		{LITERAL("\xff\xff"), KR_ERR_MLS_PROPOSAL_TYPE},
		{LITERAL("\0\7\6\0\5\0\0\5\0"), KR_ERR_ENCODING},
		{LITERAL("\0\7\2\0\5"), KR_ERR_TRUNCATED},
		/* pre-shared keys: external, no such type, resumption with no such usage
		 * */
		{LITERAL("\0\4\1\1x\0"), KR_OK},
		{LITERAL("\0\4\0\1x\0"), KR_ERR_ENCODING},
		{LITERAL("\0\4\3\1x\0"), KR_ERR_ENCODING},
		{LITERAL("\0\4\2\3\1g\0\0\0\0\0\0\0\7\0"), KR_OK},
		{LITERAL("\0\4\2\0\1g\0\0\0\0\0\0\0\7\0"), KR_ERR_ENCODING},
		{LITERAL("\0\4\2\4\1g\0\0\0\0\0\0\0\7\0"), KR_ERR_ENCODING},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_reader r = kr_reader(cases[i].bytes);
		struct kr_proposal p;

		assert_int_equal(kr_proposal_read(&r, &p), cases[i].expected);
	}
}

static void a_proposal_stands_by_value_or_by_reference(void **state)
{
	const struct {
		struct kr_view bytes;
		enum kr_err expected;
		bool is_ref;
	} cases[] = {
		{LITERAL("\1\0\3\0\0\0\1"), KR_OK, false},
		{LITERAL("\2\3ref"), KR_OK, true},
		{LITERAL("\0\0\3\0\0\0\1"), KR_ERR_ENCODING, false},
		{LITERAL("\3\3ref"), KR_ERR_ENCODING, false},
		{LITERAL("\2\4ref"), KR_ERR_TRUNCATED, false},
		{LITERAL("\1"), KR_ERR_TRUNCATED, false},
		{LITERAL(""), KR_ERR_TRUNCATED, false},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_reader r = kr_reader(cases[i].bytes);
		struct kr_proposal_or_ref item;

		assert_int_equal(kr_proposal_or_ref_read(&r, &item), cases[i].expected);
		assert_int_equal(item.is_ref, cases[i].is_ref);
		assert_int_equal(item.ref.len, cases[i].is_ref ? 3 : 0);
	}
}

/* ---- Paths and commits --------------------------------------------------------- */

static void write_path(struct kr_writer *w)
{
	static const uint8_t key[KR_X25519_BYTES] = {6};
	size_t begin;

	tree_model_write_leaf(w, 1);
	begin = kr_write_vec_begin(w);
	for (size_t i = 0; i < 3; i++) {
		size_t list;

		kr_write_vec(w, kr_view(key, sizeof(key)));
		list = kr_write_vec_begin(w);
		for (size_t k = 0; k < i; k++) {
			kr_write_vec(w, LITERAL("kem output"));
			kr_write_vec(w, LITERAL("ciphertext"));
		}
		kr_write_vec_end(w, list);
	}
	kr_write_vec_end(w, begin);
}

static void write_commit(struct kr_writer *w, bool has_path)
{
	size_t begin = kr_write_vec_begin(w);

	kr_write_fixed(w, LITERAL("\1\0\3\0\0\0\1\2\3ref"));
	kr_write_vec_end(w, begin);
	kr_write_optional(w, has_path);
	if (has_path) {
		write_path(w);
	}
}

static void a_commit_is_read(void **state)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_update_path_node node;
	struct kr_hpke_ciphertext ct;
	struct kr_commit commit;
	struct kr_reader nodes;
	struct kr_reader list;
	struct kr_reader r;

	(void)state;
	kr_writer_init(&w);
	write_commit(&w, false);
	r = kr_reader(kr_writer_view(&w));
	assert_int_equal(kr_commit_read(&r, &commit), KR_OK);
	assert_int_equal(commit.num_proposals, 2);
	assert_false(commit.has_path);
	kr_writer_reset(&w);
	write_commit(&w, true);
	r = kr_reader(kr_writer_view(&w));
	assert_int_equal(kr_commit_read(&r, &commit), KR_OK);
	assert_int_equal(r.rest.len, 0);
	assert_true(commit.has_path);
	assert_int_equal(commit.path.num_nodes, 3);
	nodes = kr_reader(commit.path.nodes);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(kr_update_path_node_read(&nodes, &node), KR_OK);
		assert_int_equal(node.encryption_key[0], 6);
		assert_int_equal(node.num_ciphertexts, i);
	}
	list = kr_reader(node.ciphertexts);
	assert_int_equal(kr_hpke_ciphertext_read(&list, &ct), KR_OK);
	assert_true(kr_view_equal(ct.kem_output, LITERAL("kem output")));
	assert_true(kr_view_equal(ct.ciphertext, LITERAL("ciphertext")));
}

static void every_truncation_of_a_commit_fails(void **state)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_view whole;

	(void)state;
	kr_writer_init(&w);
	write_commit(&w, true);
	whole = kr_writer_view(&w);
	for (size_t len = 0; len < whole.len; len++) {
		struct kr_reader r = kr_reader(kr_view(whole.data, len));
		struct kr_commit commit;

		assert_int_not_equal(kr_commit_read(&r, &commit), KR_OK);
		assert_int_equal(r.rest.len, len);
	}
}

static void only_commits_are_read(void **state)
{
	const struct {
		struct kr_view bytes;
		enum kr_err expected;
	} cases[] = {
		{LITERAL("\0\0"), KR_OK},
		{LITERAL("\0\2"), KR_ERR_ENCODING},
		{LITERAL("\1\1\0"), KR_ERR_TRUNCATED},
		{LITERAL("\1\3\0"), KR_ERR_ENCODING},
		{LITERAL("\3\1\xf0\1\0"), KR_ERR_MLS_PROPOSAL_TYPE},
		{LITERAL("\0\1\1x"), KR_ERR_KEY},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_reader r = kr_reader(cases[i].bytes);
		struct kr_commit commit;

		assert_int_equal(kr_commit_read(&r, &commit), cases[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_proposal_of_each_type_is_read_and_written),
		cmocka_unit_test(every_truncation_of_a_proposal_fails),
		cmocka_unit_test(only_proposals_are_read),
		cmocka_unit_test(a_proposal_stands_by_value_or_by_reference),
		cmocka_unit_test(a_commit_is_read),
		cmocka_unit_test(every_truncation_of_a_commit_fails),
		cmocka_unit_test(only_commits_are_read),
	};

	return cmocka_run_group_tests_name("mls/proposal", tests, NULL, NULL);
}
