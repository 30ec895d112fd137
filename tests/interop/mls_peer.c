/* Kring's side of the MLS interop test: members of groups, "who" numbers them. The verbs
 * stand in the table at the end.
 *
 * After each verb the member's group is saved and loaded again, so that the others never
 * talk to a group that has only lived in memory. */
#include <stdio.h>
#include <string.h>

#include <kring/mls.h>

#include "peer.h"

#define MAX_MEMBERS   256
#define MAX_PROPOSALS 16
#define MAX_PSKS      256

static const struct kr_mls_lifetime forever = {0, INT64_MAX};

static struct member {
	char name[24];
	struct kr_ed25519_keypair signer;
	struct kr_mls_client client;
	struct kr_bytes key_package;
	struct kr_mls_key_package_secrets secrets;
	struct kr_mls_group *group;
} members[MAX_MEMBERS];

static struct {
	struct kr_bytes id;
	struct kr_bytes psk;
} psks[MAX_PSKS];
static size_t num_psks;

static struct kr_mls_config config;

static struct member *who(struct peer_call *call)
{
	unsigned number = peer_number(call, "who");

	call->malformed = call->malformed || number >= MAX_MEMBERS;
	return &members[call->malformed ? 0 : number];
}

static bool get_bool(const struct peer_call *call, const char *key)
{
	return cJSON_IsTrue(cJSON_GetObjectItem(call->request, key));
}

static void put_view(struct peer_call *call, const char *key, struct kr_view v)
{
	peer_put(call, key, v.data, v.len);
}

static void put_number(struct peer_call *call, const char *key, uint64_t number)
{
	cJSON_AddNumberToObject(call->answer, key, (double)number);
}

/* What ends a verb that touches a group. */
static enum kr_err reload(struct member *m)
{
	struct kr_mls_group *loaded = NULL;
	struct kr_mls_state state;
	enum kr_err err;

	if (m->group == NULL) {
		return KR_ERR_STATE;
	}
	if ((err = kr_mls_save(m->group, true, &state))) {
		return err;
	}
	err = kr_mls_load(&loaded, &config, kr_view_bytes(&state.group),
		kr_view_bytes(&state.ratchets));
	kr_mls_state_free(&state);
	if (err == KR_OK) {
		kr_mls_group_free(m->group);
		m->group = loaded;
	}
	return err;
}

/* ---- Pre-shared keys ------------------------------------------------------------- */

static enum kr_err find_psk(void *ctx, struct kr_view id, struct kr_bytes *psk)
{
	(void)ctx;
	for (size_t i = 0; i < num_psks; i++) {
		if (kr_view_equal(kr_view_bytes(&psks[i].id), id)) {
			return kr_bytes_copy(psk, kr_view_bytes(&psks[i].psk));
		}
	}
	return KR_ERR_NOT_FOUND;
}

static enum kr_err do_psk(struct peer_call *call)
{
	if (num_psks == MAX_PSKS) {
		return KR_ERR_LIMIT;
	}
	if (kr_bytes_copy(&psks[num_psks].id, peer_bytes(call, "id")) ||
		kr_bytes_copy(&psks[num_psks].psk, peer_bytes(call, "psk"))) {
		return KR_ERR_MEMORY;
	}
	num_psks++;
	return KR_OK;
}

/* ---- Becoming a member ----------------------------------------------------------- */

static enum kr_err do_new(struct peer_call *call)
{
	struct member *m = who(call);

	snprintf(m->name, sizeof(m->name), "kring %u", peer_number(call, "who"));
	m->client.signer = &m->signer;
	m->client.identity = kr_view_str(m->name);
	return kr_ed25519_generate(&m->signer, &peer_rng);
}

static enum kr_err do_key_package(struct peer_call *call)
{
	struct member *m = who(call);
	enum kr_err err;

	kr_bytes_free(&m->key_package);
	err = kr_mls_key_package_new(&m->key_package, &m->secrets, &m->client, forever,
		(struct kr_mls_extensions){0}, &peer_rng);
	put_view(call, "key_package", kr_view_bytes(&m->key_package));
	return err;
}

static enum kr_err do_create(struct peer_call *call)
{
	struct member *m = who(call);
	enum kr_err err = kr_mls_group_new(&m->group, &config, &m->client, forever,
		peer_bytes(call, "group_id"), (struct kr_mls_extensions){0}, &peer_rng);

	return err != KR_OK ? err : reload(m);
}

static enum kr_err do_join(struct peer_call *call)
{
	struct member *m = who(call);
	struct kr_mls_join join = {
		.welcome = peer_bytes(call, "welcome"),
		.key_package = kr_view_bytes(&m->key_package),
		.secrets = &m->secrets,
		.signer = &m->signer,
		.ratchet_tree = peer_bytes(call, "tree"),
	};
	enum kr_err err = kr_mls_group_join(&m->group, &config, &join);

	return err != KR_OK ? err : reload(m);
}

static enum kr_err do_drop(struct peer_call *call)
{
	struct member *m = who(call);

	kr_mls_group_free(m->group);
	m->group = NULL;
	return KR_OK;
}

/* ---- Sending --------------------------------------------------------------------- */

/* Store, put what may leave then into the answer, free the handle. */
static enum kr_err release(struct peer_call *call, struct kr_mls_group *group,
	struct kr_mls_outgoing *outgoing)
{
	struct kr_mls_state state = {0};
	struct kr_view message;
	struct kr_view welcome;
	struct kr_view tree;
	enum kr_err err;

	if ((err = kr_mls_save(group, false, &state)) ||
		(err = kr_mls_stored(group, state.revision)) ||
		(err = kr_mls_outgoing_message(group, outgoing, &message)) ||
		(err = kr_mls_outgoing_welcome(group, outgoing, &welcome)) ||
		(err = kr_mls_outgoing_tree(group, outgoing, &tree))) {
		goto out;
	}
	put_view(call, "message", message);
	put_view(call, "welcome", welcome);
	put_view(call, "tree", tree);
out:
	kr_mls_state_free(&state);
	kr_mls_outgoing_free(outgoing);
	return err;
}

/* The request itself is the proposal: {"type":"add","key_package":…},
 * {"type":"remove","leaf":…}, {"type":"update"}, {"type":"psk","id":…} or
 * {"type":"psk","group_id":…,"epoch":…}. */
static void read_proposal(struct peer_call *call, struct kr_mls_proposal *proposal)
{
	const char *type =
		cJSON_GetStringValue(cJSON_GetObjectItem(call->request, "type"));
	struct kr_view group_id = peer_bytes(call, "group_id");

	if (type == NULL) {
		call->malformed = true;
	} else if (strcmp(type, "add") == 0) {
		proposal->type = KR_MLS_PROPOSAL_ADD;
		proposal->key_package = peer_bytes(call, "key_package");
	} else if (strcmp(type, "remove") == 0) {
		proposal->type = KR_MLS_PROPOSAL_REMOVE;
		proposal->removed.v = peer_number(call, "leaf");
	} else if (strcmp(type, "update") == 0) {
		proposal->type = KR_MLS_PROPOSAL_UPDATE;
	} else if (group_id.len > 0) {
		proposal->type = KR_MLS_PROPOSAL_PSK;
		proposal->psk.kind = KR_MLS_PSK_RESUMPTION;
		proposal->psk.id = group_id;
		proposal->psk.epoch = peer_number(call, "epoch");
	} else {
		proposal->type = KR_MLS_PROPOSAL_PSK;
		proposal->psk.kind = KR_MLS_PSK_EXTERNAL;
		proposal->psk.id = peer_bytes(call, "id");
	}
}

static size_t read_proposals(struct peer_call *call, struct kr_mls_proposal *proposals)
{
	const cJSON *request = call->request;
	const cJSON *item;
	size_t num = 0;

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(request, "proposals"))
	{
		if (num == MAX_PROPOSALS) {
			call->malformed = true;
			break;
		}
		call->request = item;
		read_proposal(call, &proposals[num++]);
	}
	call->request = request;
	return num;
}

static enum kr_err do_commit(struct peer_call *call)
{
	struct member *m = who(call);
	struct kr_mls_proposal proposals[MAX_PROPOSALS] = {{0}};
	struct kr_mls_commit_options options = {
		.proposals = proposals,
		.num_proposals = read_proposals(call, proposals),
		.force_path = get_bool(call, "path"),
		.tree_beside_welcome = get_bool(call, "tree_beside"),
		.framing.as_public = get_bool(call, "public"),
	};
	struct kr_mls_outgoing *outgoing = NULL;
	enum kr_err err;

	if (call->malformed) {
		return KR_ERR_ENCODING;
	}
	if ((err = kr_mls_commit(m->group, &options, &peer_rng, &outgoing)) ||
		(err = release(call, m->group, outgoing))) {
		return err;
	}
	return reload(m);
}

static enum kr_err do_accept(struct peer_call *call)
{
	struct member *m = who(call);
	enum kr_err err = kr_mls_commit_accepted(m->group);

	return err != KR_OK ? err : reload(m);
}

static enum kr_err do_propose(struct peer_call *call)
{
	struct member *m = who(call);
	struct kr_mls_framing framing = {.as_public = get_bool(call, "public")};
	struct kr_mls_proposal proposal = {0};
	struct kr_mls_outgoing *outgoing = NULL;
	enum kr_err err;

	read_proposal(call, &proposal);
	if (call->malformed) {
		return KR_ERR_ENCODING;
	}
	if ((err = kr_mls_propose(
		     m->group, &proposal, framing, 0, &peer_rng, &outgoing)) ||
		(err = release(call, m->group, outgoing))) {
		return err;
	}
	return reload(m);
}

static enum kr_err do_encrypt(struct peer_call *call)
{
	struct member *m = who(call);
	struct kr_mls_outgoing *outgoing = NULL;
	enum kr_err err;

	if ((err = kr_mls_encrypt(m->group, peer_bytes(call, "aad"),
		     peer_bytes(call, "text"), &peer_rng, &outgoing)) ||
		(err = release(call, m->group, outgoing))) {
		return err;
	}
	return reload(m);
}

static enum kr_err do_join_external(struct peer_call *call)
{
	struct member *m = who(call);
	struct kr_mls_external_join join = {
		.client = &m->client,
		.group_info = peer_bytes(call, "group_info"),
	};
	struct kr_mls_outgoing *outgoing = NULL;
	enum kr_err err;

	if ((err = kr_mls_group_join_external(
		     &m->group, &outgoing, &config, &join, &peer_rng)) ||
		(err = release(call, m->group, outgoing))) {
		return err;
	}
	return reload(m);
}

/* ---- Receiving and looking ------------------------------------------------------- */

static enum kr_err do_process(struct peer_call *call)
{
	static const char *const kinds[] = {
		"", "application", "proposal", "commit", "removed"};
	struct member *m = who(call);
	struct kr_mls_event event;
	enum kr_err err = kr_mls_process(m->group, peer_bytes(call, "message"), &event);

	if (err != KR_OK) {
		return err;
	}
	cJSON_AddStringToObject(call->answer, "kind", kinds[event.kind]);
	put_view(call, "plaintext", kr_view_bytes(&event.plaintext));
	put_view(call, "aad", kr_view_bytes(&event.authenticated_data));
	kr_mls_event_free(&event);
	return reload(m);
}

static enum kr_err do_state(struct peer_call *call)
{
	const struct kr_mls_group *group = who(call)->group;
	uint8_t exported[32];
	enum kr_err err = kr_mls_export(
		group, exported, sizeof(exported), "kring test", kr_view_str("context"));

	if (err) {
		return err;
	}
	put_number(call, "epoch", kr_mls_epoch(group));
	put_number(call, "leaf", kr_mls_own_leaf(group).v);
	peer_put(call, "authenticator", kr_mls_epoch_authenticator(group),
		KR_SECRET_BYTES);
	peer_put(call, "tree_hash", kr_mls_tree_hash(group), KR_MLS_HASH_BYTES);
	peer_put(call, "exported", exported, sizeof(exported));
	return KR_OK;
}

static enum kr_err do_group_info(struct peer_call *call)
{
	KR_AUTO_FREE struct kr_bytes message = {0};
	enum kr_err err = kr_mls_group_info(who(call)->group, true, true, &message);

	put_view(call, "group_info", kr_view_bytes(&message));
	return err;
}

static const struct peer_verb verbs[] = {
	{"psk", do_psk},
	{"new", do_new},
	{"key_package", do_key_package},
	{"create", do_create},
	{"join", do_join},
	{"join_external", do_join_external},
	{"drop", do_drop},
	{"commit", do_commit},
	{"accept", do_accept},
	{"propose", do_propose},
	{"encrypt", do_encrypt},
	{"process", do_process},
	{"state", do_state},
	{"group_info", do_group_info},
};

static void finish(void)
{
	for (size_t i = 0; i < MAX_MEMBERS; i++) {
		kr_mls_group_free(members[i].group);
		kr_bytes_free(&members[i].key_package);
	}
	for (size_t i = 0; i < num_psks; i++) {
		kr_bytes_free(&psks[i].id);
		kr_bytes_free(&psks[i].psk);
	}
}

int main(void)
{
	int status;

	config = kr_mls_config_default();
	config.hooks.external_psk = find_psk;
	status = peer_main(verbs, sizeof(verbs) / sizeof(verbs[0]));
	finish();
	return status;
}
