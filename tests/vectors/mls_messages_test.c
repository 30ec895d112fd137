/* Every kind of message and structure, decoded whole and, where Kring writes it from what
 * it read, encoded again to the same bytes; no front part of any of them decodes.
 *
 * Proposals come without their type. Structures whose content Kring refuses by name
 * (ReInit, application data in a PublicMessage) are refused by that name. */
#include "vectors.h"

#include <string.h>

#include <test.h>

#include "proto/mls/framing.h"
#include "proto/mls/welcome.h"

static enum kr_err decode_message(struct kr_view input, struct kr_writer *again)
{
	KR_AUTO_FREE struct kr_bytes written = {0};
	struct kr_message message;
	enum kr_err err = kr_message_read(input, &message);

	if (err == KR_OK && message.wire_format == KR_WIRE_PUBLIC_MESSAGE) {
		assert_int_equal(
			kr_public_message_write(&written, &message.public_message),
			KR_OK);
		kr_write_fixed(again, kr_view_bytes(&written));
	}
	return err;
}

static enum kr_err decode_welcome(struct kr_view input, struct kr_writer *again)
{
	struct kr_encrypted_secrets entry;
	struct kr_welcome welcome;
	struct kr_message message;
	struct kr_reader r;
	enum kr_err err = kr_message_read(input, &message);

	(void)again;
	if (err != KR_OK || (err = kr_welcome_read(message.rest, &welcome))) {
		return err;
	}
	for (r = kr_reader(welcome.secrets); err == KR_OK && r.rest.len > 0;) {
		err = kr_encrypted_secrets_read(&r, &entry);
	}
	return err;
}

static enum kr_err decode_group_info(struct kr_view input, struct kr_writer *again)
{
	struct kr_group_info info;
	struct kr_message message;
	enum kr_err err = kr_message_read(input, &message);

	(void)again;
	return err != KR_OK ? err : kr_group_info_read(message.rest, &info);
}

static enum kr_err decode_key_package(struct kr_view input, struct kr_writer *again)
{
	struct kr_key_package key_package;

	(void)again;
	return kr_key_package_unwrap(input, &key_package);
}

static enum kr_err decode_tree(struct kr_view input, struct kr_writer *again)
{
	struct kr_tree tree;
	enum kr_err err = kr_tree_read(&tree, input);

	if (err == KR_OK) {
		kr_tree_write(again, &tree);
		kr_tree_free(&tree);
	}
	return err;
}

static enum kr_err decode_group_secrets(struct kr_view input, struct kr_writer *again)
{
	struct kr_group_secrets secrets;

	(void)again;
	return kr_group_secrets_read(input, &secrets);
}

static enum kr_err decode_proposal(
	uint16_t type, struct kr_view input, struct kr_writer *again)
{
	KR_AUTO_WRITER struct kr_writer typed = {0};
	KR_AUTO_WRITER struct kr_writer written = {0};
	struct kr_proposal proposal;
	struct kr_reader r;
	enum kr_err err;

	kr_writer_init(&typed);
	kr_writer_init(&written);
	kr_write_u16(&typed, type);
	kr_write_fixed(&typed, input);
	r = kr_reader(kr_writer_view(&typed));
	if ((err = kr_proposal_read(&r, &proposal)) || (err = kr_read_end(&r))) {
		return err;
	}
	kr_proposal_write(&written, &proposal);
	kr_write_fixed(again, kr_view(written.data + 2, written.len - 2));
	return KR_OK;
}

static enum kr_err decode_add(struct kr_view input, struct kr_writer *again)
{
	return decode_proposal(KR_MLS_PROPOSAL_ADD, input, again);
}

static enum kr_err decode_update(struct kr_view input, struct kr_writer *again)
{
	return decode_proposal(KR_MLS_PROPOSAL_UPDATE, input, again);
}

static enum kr_err decode_remove(struct kr_view input, struct kr_writer *again)
{
	return decode_proposal(KR_MLS_PROPOSAL_REMOVE, input, again);
}

static enum kr_err decode_psk(struct kr_view input, struct kr_writer *again)
{
	return decode_proposal(KR_MLS_PROPOSAL_PSK, input, again);
}

static enum kr_err decode_reinit(struct kr_view input, struct kr_writer *again)
{
	return decode_proposal(KR_MLS_PROPOSAL_REINIT, input, again);
}

static enum kr_err decode_external_init(struct kr_view input, struct kr_writer *again)
{
	return decode_proposal(KR_MLS_PROPOSAL_EXTERNAL_INIT, input, again);
}

static enum kr_err decode_extensions(struct kr_view input, struct kr_writer *again)
{
	return decode_proposal(KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS, input, again);
}

static enum kr_err decode_commit(struct kr_view input, struct kr_writer *again)
{
	struct kr_reader r = kr_reader(input);
	struct kr_commit commit;
	enum kr_err err = kr_commit_read(&r, &commit);

	(void)again;
	return err != KR_OK ? err : kr_read_end(&r);
}

static const struct {
	const char *key;
	/* Decode input whole; what is written again, if anything, goes to again. */
	enum kr_err (*decode)(struct kr_view input, struct kr_writer *again);
	enum kr_err expected;
} kinds[] = {
	{"mls_welcome", decode_welcome, KR_OK},
	{"mls_group_info", decode_group_info, KR_OK},
	{"mls_key_package", decode_key_package, KR_OK},
	{"ratchet_tree", decode_tree, KR_OK},
	{"group_secrets", decode_group_secrets, KR_OK},
	{"add_proposal", decode_add, KR_OK},
	{"update_proposal", decode_update, KR_OK},
	{"remove_proposal", decode_remove, KR_OK},
	{"pre_shared_key_proposal", decode_psk, KR_OK},
	{"re_init_proposal", decode_reinit, KR_OK},
	{"external_init_proposal", decode_external_init, KR_OK},
	{"group_context_extensions_proposal", decode_extensions, KR_OK},
	{"commit", decode_commit, KR_OK},
	{"public_message_application", decode_message, KR_ERR_NOT_ENCRYPTED},
	{"public_message_proposal", decode_message, KR_OK},
	{"public_message_commit", decode_message, KR_OK},
	{"private_message", decode_message, KR_OK},
};

static void check_kind(struct vectors *v, const cJSON *c, size_t kind)
{
	struct kr_view input = vectors_hex(v, c, kinds[kind].key);
	KR_AUTO_WRITER struct kr_writer again = {0};
	enum kr_err err;

	kr_writer_init(&again);
	err = kinds[kind].decode(input, &again);
	if (err != kinds[kind].expected) {
		fail_msg("%s: %s", kinds[kind].key, kr_err_name(err));
	}
	if (kr_writer_view(&again).len > 0) {
		vectors_assert_equal(kinds[kind].key, kr_writer_view(&again), input);
	}
	for (size_t len = 0; len < input.len; len++) {
		kr_writer_reset(&again);
		if (kinds[kind].decode(kr_view(input.data, len), &again) == KR_OK) {
			fail_msg(
				"the first %zu bytes of %s decode", len, kinds[kind].key);
		}
	}
}

static void messages(void **state)
{
	struct vectors *v = vectors_open("mls/messages.json");
	const cJSON *c;

	(void)state;
	assert_int_equal(kr_crypto_init(), KR_OK);
	cJSON_ArrayForEach(c, vectors_root(v))
	{
		for (size_t i = 0; i < NUM(kinds); i++) {
			check_kind(v, c, i);
		}
		vectors_passed(v);
	}
	vectors_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages),
	};

	return cmocka_run_group_tests_name("mls_messages", tests, NULL, NULL);
}
