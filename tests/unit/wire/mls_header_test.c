/* What the relay sees of MLS: whole messages are read, anything else is refused. */
#include <kring/mls_header.h>

#include <string.h>

#include "test.h"

static void write_message(
	struct kr_writer *w, uint16_t version, uint16_t format, uint8_t content)
{
	kr_writer_reset(w);
	kr_write_u16(w, version);
	kr_write_u16(w, format);
	kr_write_vec(w, kr_view_str("group"));
	kr_write_u64(w, 9);
	kr_write_u8(w, content);
	kr_write_vec(w, kr_view_str("aad"));
	kr_write_vec(w, kr_view_str("sender"));
	kr_write_vec(w, kr_view_str("ciphertext"));
}

static void private_messages(void **state)
{
	static const struct {
		uint16_t version;
		uint16_t format;
		uint8_t content;
		enum kr_err err;
	} cases[] = {
		{1, 2, 1, KR_OK},
		{1, 2, 3, KR_OK},
		{1, 2, 2, KR_ERR_MLS_MESSAGE},
		{1, 2, 0, KR_ERR_MLS_MESSAGE},
		{1, 2, 4, KR_ERR_MLS_MESSAGE},
		{1, 1, 1, KR_ERR_MLS_MESSAGE},
		{1, 3, 1, KR_ERR_MLS_MESSAGE},
		{1, 4, 1, KR_ERR_MLS_MESSAGE},
		{1, 5, 1, KR_ERR_MLS_MESSAGE},
		{0, 2, 1, KR_ERR_MLS_MESSAGE},
		{2, 2, 1, KR_ERR_MLS_MESSAGE},
	};
	KR_AUTO_WRITER struct kr_writer w = {0};

	(void)state;
	kr_writer_init(&w);
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_mls_header h;

		write_message(&w, cases[i].version, cases[i].format, cases[i].content);
		assert_int_equal(
			kr_mls_header_read(&h, kr_writer_view(&w)), cases[i].err);
		if (cases[i].err == KR_OK) {
			assert_true(kr_view_equal(h.group_id, kr_view_str("group")));
			assert_int_equal(h.epoch, 9);
			assert_int_equal(h.content, cases[i].content);
			assert_true(
				kr_view_equal(h.authenticated_data, kr_view_str("aad")));
			assert_true(
				kr_view_equal(h.ciphertext, kr_view_str("ciphertext")));
		} else {
			assert_int_equal(h.epoch, 0);
		}
	}
}

static void truncations_and_more(void **state)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_mls_header h;

	(void)state;
	kr_writer_init(&w);
	write_message(&w, 1, 2, 1);
	for (size_t len = 0; len < w.len; len++) {
		assert_int_equal(
			kr_mls_header_read(&h, kr_view(w.data, len)), KR_ERR_MLS_MESSAGE);
	}
	kr_write_u8(&w, 0);
	assert_int_equal(kr_mls_header_read(&h, kr_writer_view(&w)), KR_ERR_MLS_MESSAGE);
}

static void welcomes_and_key_packages(void **state)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	uint8_t init_key[KR_X25519_BYTES] = {1};

	(void)state;
	kr_writer_init(&w);
	kr_write_u16(&w, 1);
	kr_write_u16(&w, 3);
	kr_write_u16(&w, 3);
	kr_write_vec(&w, kr_view_str("secrets"));
	kr_write_vec(&w, kr_view_str("info"));
	assert_int_equal(kr_mls_welcome_check(kr_writer_view(&w)), KR_OK);
	assert_int_equal(
		kr_mls_key_package_check(kr_writer_view(&w)), KR_ERR_MLS_MESSAGE);
	for (size_t len = 0; len < w.len; len++) {
		assert_int_equal(
			kr_mls_welcome_check(kr_view(w.data, len)), KR_ERR_MLS_MESSAGE);
	}
	w.data[5] = 1; /* another cipher suite */
	assert_int_equal(kr_mls_welcome_check(kr_writer_view(&w)), KR_ERR_MLS_MESSAGE);

	kr_writer_reset(&w);
	kr_write_u16(&w, 1);
	kr_write_u16(&w, 5);
	kr_write_u16(&w, 1);
	kr_write_u16(&w, 3);
	kr_write_vec(&w, kr_view(init_key, sizeof(init_key)));
	assert_int_equal(
		kr_mls_key_package_check(kr_writer_view(&w)), KR_ERR_MLS_MESSAGE);
	kr_write_u8(&w, 0);
	assert_int_equal(kr_mls_key_package_check(kr_writer_view(&w)), KR_OK);
	assert_int_equal(kr_mls_welcome_check(kr_writer_view(&w)), KR_ERR_MLS_MESSAGE);
	w.data[7] = 1;
	assert_int_equal(
		kr_mls_key_package_check(kr_writer_view(&w)), KR_ERR_MLS_MESSAGE);
}

/* ---- GroupAAD --------------------------------------------------------------------- */

static uint8_t accounts[KR_EVENT_LIST_MAX + 1][KR_ID_BYTES];

static struct kr_group_aad commit_aad(void)
{
	for (size_t i = 0; i < NUM(accounts); i++) {
		accounts[i][0] = (uint8_t)(i + 1);
	}
	return (struct kr_group_aad){
		.is_commit = true,
		.seen_seq = 12,
		.seen_hash = {5},
		.added = kr_view(accounts[0], 2 * KR_ID_BYTES),
		.removed = kr_view(accounts[2], KR_ID_BYTES),
		.admins_added = kr_view(accounts[3], KR_ID_BYTES),
		.admins_removed = kr_view(accounts[4], KR_ID_BYTES),
		.welcomed = kr_view(accounts[5], KR_ID_BYTES),
	};
}

static void aad_both_ways(void **state)
{
	struct kr_group_aad aad = commit_aad();
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_group_aad back;

	(void)state;
	kr_writer_init(&w);
	kr_group_aad_write(&w, &aad);
	assert_int_equal(kr_group_aad_read(&back, kr_writer_view(&w)), KR_OK);
	assert_true(back.is_commit);
	assert_int_equal(back.seen_seq, 12);
	assert_memory_equal(back.seen_hash, aad.seen_hash, sizeof(aad.seen_hash));
	assert_true(kr_view_equal(back.added, aad.added));
	assert_true(kr_view_equal(back.removed, aad.removed));
	assert_true(kr_view_equal(back.admins_added, aad.admins_added));
	assert_true(kr_view_equal(back.admins_removed, aad.admins_removed));
	assert_true(kr_view_equal(back.welcomed, aad.welcomed));
	for (size_t len = 0; len < w.len; len++) {
		assert_int_equal(kr_group_aad_read(&back, kr_view(w.data, len)),
			KR_ERR_MLS_MESSAGE);
	}
	kr_write_u8(&w, 0);
	assert_int_equal(
		kr_group_aad_read(&back, kr_writer_view(&w)), KR_ERR_MLS_MESSAGE);

	kr_writer_reset(&w);
	aad.is_commit = false;
	kr_group_aad_write(&w, &aad);
	assert_int_equal(w.len, 1 + 1 + 8 + 32);
	assert_int_equal(kr_group_aad_read(&back, kr_writer_view(&w)), KR_OK);
	assert_int_equal(back.added.len, 0);
	w.data[0] = 2;
	assert_int_equal(
		kr_group_aad_read(&back, kr_writer_view(&w)), KR_ERR_MLS_MESSAGE);
	w.data[0] = 1;
	w.data[1] = 3;
	assert_int_equal(
		kr_group_aad_read(&back, kr_writer_view(&w)), KR_ERR_MLS_MESSAGE);
}

static void aad_lists_out_of_bounds(void **state)
{
	struct kr_group_aad aad = commit_aad();
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_group_aad back;

	(void)state;
	kr_writer_init(&w);
	aad.added = kr_view(accounts, (KR_EVENT_LIST_MAX - 4) * KR_ID_BYTES);
	kr_group_aad_write(&w, &aad);
	assert_int_equal(kr_group_aad_read(&back, kr_writer_view(&w)), KR_OK);
	aad.added.len += KR_ID_BYTES;
	kr_writer_reset(&w);
	kr_group_aad_write(&w, &aad);
	assert_int_equal(kr_group_aad_read(&back, kr_writer_view(&w)), KR_ERR_ROUTING);
	aad.added = kr_view(accounts, 33);
	kr_writer_reset(&w);
	kr_group_aad_write(&w, &aad);
	assert_int_equal(kr_group_aad_read(&back, kr_writer_view(&w)), KR_ERR_ROUTING);
	/* One account twice. */
	memcpy(accounts[1], accounts[0], KR_ID_BYTES);
	aad.added = kr_view(accounts, 2 * KR_ID_BYTES);
	kr_writer_reset(&w);
	kr_group_aad_write(&w, &aad);
	assert_int_equal(kr_group_aad_read(&back, kr_writer_view(&w)), KR_ERR_ROUTING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(private_messages),
		cmocka_unit_test(truncations_and_more),
		cmocka_unit_test(welcomes_and_key_packages),
		cmocka_unit_test(aad_both_ways),
		cmocka_unit_test(aad_lists_out_of_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
