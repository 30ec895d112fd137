/* A whole group, fed with what the input makes of messages: recorded ones with changed
 * bytes, and arbitrary proposals, commits and data in frames that a member has signed and
 * tagged. Whatever is refused leaves the group the same to the bit; what is left can be
 * stored and loaded. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "forge.h"

#define NUM_HONEST     3
#define MAX_OPERATIONS 6
#define NUM_RECORDED   6

static struct forge *forge;
static struct kr_bytes recorded[NUM_RECORDED];

static void record(struct world *w)
{
	struct kr_mls_proposal remove = {.type = KR_MLS_PROPOSAL_REMOVE, .removed = {2}};
	struct kr_mls_commit_options options = {.framing.as_public = true};
	struct world_commit commit = world_commit(w, 0, &options);

	recorded[0] = commit.message;
	kr_mls_commit_discard(w->clients[0].group);
	options.framing.as_public = false;
	commit = world_commit(w, 0, &options);
	recorded[1] = commit.message;
	kr_mls_commit_discard(w->clients[0].group);
	recorded[2] = world_encrypt(w, 0, "hello");
	recorded[3] = world_encrypt(w, 0, "again");
	recorded[4] = world_encrypt(w, 2, "late");
	recorded[5] = world_propose(w, 0, &remove);
}

/* Once: the same group in every run, so that an input means the same each time. */
static void set_up(void)
{
	if (forge == NULL) {
		setenv("KRING_TEST_SEED", "1", 1);
		forge = forge_new(NUM_HONEST);
		record(forge->world);
	}
}

static enum kr_err feed(struct kr_mls_group *group, struct kr_view message)
{
	struct kr_mls_event event;
	enum kr_err err = kr_mls_process(group, message, &event);

	if (err == KR_OK) {
		kr_mls_event_free(&event);
	}
	return err;
}

/* ---- Messages out of the input --------------------------------------------------- */

static struct kr_view take(struct kr_reader *r)
{
	struct kr_view v = {0};
	uint16_t len;

	if (kr_read_u16(r, &len) == KR_OK) {
		(void)kr_read_fixed(r, len < r->rest.len ? len : r->rest.len, &v);
	}
	return v;
}

static uint8_t take_u8(struct kr_reader *r)
{
	uint8_t v;

	return kr_read_u8(r, &v) == KR_OK ? v : 0;
}

static struct kr_bytes changed_message(struct kr_reader *r)
{
	const struct kr_bytes *base = &recorded[take_u8(r) % NUM_RECORDED];
	uint8_t num_changes = take_u8(r) % 8;
	struct kr_bytes message;

	FUZZ_ASSERT(kr_bytes_copy(&message, kr_view_bytes(base)) == KR_OK);
	for (uint8_t i = 0; i < num_changes; i++) {
		uint16_t at = 0;

		(void)kr_read_u16(r, &at);
		message.data[at % message.len] ^= take_u8(r);
	}
	return message;
}

static struct kr_bytes framed_message(struct kr_reader *r, bool is_private)
{
	static const uint8_t tag[KR_HMAC_BYTES];
	enum kr_content_type type = (enum kr_content_type)(1 + take_u8(r) % 3);
	struct forge_content content = forge_content(forge, type, (struct kr_view){0});

	if (type == KR_CONTENT_COMMIT) {
		content.confirmation_tag = kr_view(tag, sizeof(tag));
	}
	if (!is_private) {
		content.sender.kind = (enum kr_mls_sender_kind)(1 + take_u8(r) % 4);
	}
	content.body = take(r);
	return is_private ? forge_private(forge, &content, take_u8(r))
			  : forge_public(forge, &content);
}

/* Arbitrary proposals before a path that is all right for a tree that they do not
 * change. */
static struct kr_bytes commit_message(struct kr_reader *r)
{
	struct forge_commit c;

	forge_commit_init(&c, forge);
	c.without_path = (take_u8(r) & 1) != 0;
	kr_write_fixed(&c.proposals, take(r));
	return forge_commit_finish(&c);
}

static struct kr_bytes next_message(struct kr_reader *r)
{
	struct kr_bytes message = {0};

	switch (take_u8(r) % 5) {
	case 0:
		return changed_message(r);
	case 1:
		return framed_message(r, false);
	case 2:
		return framed_message(r, true);
	case 3:
		return commit_message(r);
	default:
		FUZZ_ASSERT(kr_bytes_copy(&message, take(r)) == KR_OK);
		return message;
	}
}

/* ---- The group ------------------------------------------------------------------- */

static void assert_loads(struct kr_mls_group *group)
{
	struct kr_mls_state state = world_save(group);
	struct kr_mls_group *loaded = NULL;

	FUZZ_ASSERT(
		kr_mls_load(&loaded, &forge->world->config, kr_view_bytes(&state.group),
			kr_view_bytes(&state.ratchets)) == KR_OK);
	world_assert_unchanged(loaded, &state);
	kr_mls_group_free(loaded);
	kr_mls_state_free(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kr_reader r = kr_reader(kr_view(data, size));
	struct kr_mls_group *group = NULL;

	set_up();
	FUZZ_ASSERT(kr_mls_group_copy(&group, forge->world->clients[1].group) == KR_OK);
	for (int i = 0; i < MAX_OPERATIONS && r.rest.len > 0; i++) {
		struct kr_bytes message = next_message(&r);
		struct kr_mls_state before = world_save(group);

		if (feed(group, kr_view_bytes(&message)) != KR_OK) {
			world_assert_unchanged(group, &before);
		}
		kr_mls_state_free(&before);
		kr_bytes_free(&message);
	}
	assert_loads(group);
	kr_mls_group_free(group);
	return 0;
}
