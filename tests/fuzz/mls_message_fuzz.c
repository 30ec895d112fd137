/* MLSMessage and what stands in it: whatever decodes is written again to the same
 * bytes. */
#include "fuzz.h"

#include "proto/mls/framing.h"

static void walk_path(const struct kr_update_path *path)
{
	struct kr_reader r = kr_reader(path->nodes);
	size_t num = 0;

	for (; r.rest.len > 0; num++) {
		struct kr_update_path_node node;
		struct kr_reader list;
		size_t num_ciphertexts = 0;

		FUZZ_ASSERT(kr_update_path_node_read(&r, &node) == KR_OK);
		for (list = kr_reader(node.ciphertexts); list.rest.len > 0;
			num_ciphertexts++) {
			struct kr_hpke_ciphertext ciphertext;

			FUZZ_ASSERT(kr_hpke_ciphertext_read(&list, &ciphertext) == KR_OK);
		}
		FUZZ_ASSERT(num_ciphertexts == node.num_ciphertexts);
	}
	FUZZ_ASSERT(num == path->num_nodes);
}

static void write_again(const struct kr_proposal *proposal)
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	kr_proposal_write(&w, proposal);
	FUZZ_ASSERT(kr_view_equal(kr_writer_view(&w), proposal->encoded));
}

static void walk_proposals(const struct kr_commit *commit)
{
	struct kr_reader r = kr_reader(commit->proposals);
	size_t num = 0;

	for (; r.rest.len > 0; num++) {
		struct kr_proposal_or_ref item;

		FUZZ_ASSERT(kr_proposal_or_ref_read(&r, &item) == KR_OK);
		if (!item.is_ref && item.proposal.type != KR_MLS_PROPOSAL_REINIT) {
			write_again(&item.proposal);
		}
	}
	FUZZ_ASSERT(num == commit->num_proposals);
}

static void walk_body(const struct kr_framed_content *content)
{
	struct kr_reader r = kr_reader(content->body);
	struct kr_commit commit;

	if (content->type != KR_CONTENT_COMMIT) {
		return;
	}
	FUZZ_ASSERT(kr_commit_read(&r, &commit) == KR_OK);
	FUZZ_ASSERT(kr_read_end(&r) == KR_OK);
	walk_proposals(&commit);
	if (commit.has_path) {
		walk_path(&commit.path);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kr_view input = kr_view(data, size);
	struct kr_message message;
	struct kr_bytes again;

	if (kr_message_read(input, &message) != KR_OK) {
		return 0;
	}
	if (message.wire_format == KR_WIRE_PUBLIC_MESSAGE) {
		walk_body(&message.public_message.auth.content);
		FUZZ_ASSERT(kr_public_message_write(&again, &message.public_message) ==
			KR_OK);
		FUZZ_ASSERT(kr_view_equal(kr_view_bytes(&again), input));
		kr_bytes_free(&again);
	}
	return 0;
}
