/* Kring's side of the MLS interop tests: members of groups, driven over stdin and stdout by
 * one JSON object a line. Bytes are hexadecimal. The verbs stand in the table at the end; "who"
 * numbers the member. An answer is {"ok":true, …} or {"error":"name"}.
 *
 * Every state is saved and loaded again after each verb, so that a peer never talks to a group
 * that has only lived in memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include <kring/mls.h>

#define MAX_MEMBERS 256
#define MAX_PROPOSALS 16
#define MAX_PSKS 64

static const struct kr_mls_lifetime forever = {0, INT64_MAX};

struct member {
	char name[24];
	struct kr_ed25519_keypair signer;
	struct kr_mls_client client;
	struct kr_bytes key_package;
	struct kr_mls_key_package_secrets secrets;
	struct kr_mls_group *group;
};

struct known_psk {
	struct kr_bytes id;
	struct kr_bytes psk;
};

struct peer {
	struct kr_mls_config config;
	struct member members[MAX_MEMBERS];
	struct known_psk psks[MAX_PSKS];
	size_t num_psks;
};

/* One request and its answer; bytes decoded from it are freed at its end. */
struct call {
	struct peer *peer;
	struct member *member;
	const cJSON *request;
	cJSON *answer;
	struct kr_bytes decoded[2 * MAX_PROPOSALS];
	size_t num_decoded;
};

/* ---- JSON -------------------------------------------------------------------------------- */

static enum kr_err decode_hex(struct kr_bytes *out, const char *hex)
{
	size_t len = strlen(hex) / 2;
	enum kr_err err = kr_bytes_alloc(out, len);

	for (size_t i = 0; err == KR_OK && i < len; i++) {
		unsigned byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1) {
			return KR_ERR_ARGUMENT;
		}
		out->data[i] = (uint8_t)byte;
	}
	return err;
}

static enum kr_err bytes_of(struct call *call, const cJSON *item, struct kr_view *out)
{
	struct kr_bytes *slot = &call->decoded[call->num_decoded];
	enum kr_err err;

	*out = (struct kr_view){0};
	if (item == NULL) {
		return KR_OK;
	}
	if (!cJSON_IsString(item) || call->num_decoded == 2 * MAX_PROPOSALS) {
		return KR_ERR_ARGUMENT;
	}
	if ((err = decode_hex(slot, item->valuestring))) {
		return err;
	}
	call->num_decoded++;
	*out = kr_view_bytes(slot);
	return KR_OK;
}

static enum kr_err get_bytes(struct call *call, const char *key, struct kr_view *out)
{
	return bytes_of(call, cJSON_GetObjectItem(call->request, key), out);
}

static bool get_bool(const struct call *call, const char *key)
{
	return cJSON_IsTrue(cJSON_GetObjectItem(call->request, key));
}

static uint32_t get_number(const struct call *call, const char *key)
{
	const cJSON *item = cJSON_GetObjectItem(call->request, key);

	return cJSON_IsNumber(item) ? (uint32_t)item->valuedouble : 0;
}

static void put_bytes(struct call *call, const char *key, struct kr_view v)
{
	char *hex = calloc(2 * v.len + 1, 1);

	for (size_t i = 0; hex != NULL && i < v.len; i++) {
		snprintf(hex + 2 * i, 3, "%02x", v.data[i]);
	}
	cJSON_AddStringToObject(call->answer, key, hex != NULL ? hex : "");
	free(hex);
}

static void put_number(struct call *call, const char *key, uint64_t number)
{
	cJSON_AddNumberToObject(call->answer, key, (double)number);
}

/* ---- Pre-shared keys --------------------------------------------------------------------- */

static enum kr_err find_psk(void *ctx, struct kr_view id, struct kr_bytes *psk)
{
	const struct peer *peer = ctx;

	for (size_t i = 0; i < peer->num_psks; i++) {
		if (kr_view_equal(kr_view_bytes(&peer->psks[i].id), id)) {
			return kr_bytes_copy(psk, kr_view_bytes(&peer->psks[i].psk));
		}
	}
	return KR_ERR_NOT_FOUND;
}

static enum kr_err do_psk(struct call *call)
{
	struct peer *peer = call->peer;
	struct known_psk *known = &peer->psks[peer->num_psks];
	struct kr_view id;
	struct kr_view psk;
	enum kr_err err;

	if (peer->num_psks == MAX_PSKS) {
		return KR_ERR_LIMIT;
	}
	if ((err = get_bytes(call, "id", &id)) || (err = get_bytes(call, "psk", &psk)) ||
		(err = kr_bytes_copy(&known->id, id))) {
		return err;
	}
	peer->num_psks++;
	return kr_bytes_copy(&known->psk, psk);
}

/* ---- Becoming a member ------------------------------------------------------------------- */

static enum kr_err do_new(struct call *call)
{
	struct member *m = call->member;
	enum kr_err err = kr_ed25519_generate(&m->signer, &kr_random_system);

	snprintf(m->name, sizeof(m->name), "kring %u", get_number(call, "who"));
	m->client.signer = &m->signer;
	m->client.identity = kr_view_str(m->name);
	put_bytes(call, "signature_key", kr_view(m->signer.public_key,
		sizeof(m->signer.public_key)));
	return err;
}

static enum kr_err do_key_package(struct call *call)
{
	struct member *m = call->member;
	enum kr_err err;

	kr_bytes_free(&m->key_package);
	err = kr_mls_key_package_new(&m->key_package, &m->secrets, &m->client, forever,
		(struct kr_mls_extensions){0}, &kr_random_system);
	put_bytes(call, "key_package", kr_view_bytes(&m->key_package));
	return err;
}

static enum kr_err do_create(struct call *call)
{
	struct kr_view group_id;
	enum kr_err err = get_bytes(call, "group_id", &group_id);

	if (err) {
		return err;
	}
	return kr_mls_group_new(&call->member->group, &call->peer->config,
		&call->member->client, forever, group_id, (struct kr_mls_extensions){0},
		&kr_random_system);
}

static enum kr_err do_join(struct call *call)
{
	struct member *m = call->member;
	struct kr_mls_join join = {
		.key_package = kr_view_bytes(&m->key_package),
		.secrets = &m->secrets,
		.signer = &m->signer,
	};
	enum kr_err err;

	if ((err = get_bytes(call, "welcome", &join.welcome)) ||
		(err = get_bytes(call, "tree", &join.ratchet_tree))) {
		return err;
	}
	return kr_mls_group_join(&m->group, &call->peer->config, &join);
}

static enum kr_err do_drop(struct call *call)
{
	kr_mls_group_free(call->member->group);
	call->member->group = NULL;
	return KR_OK;
}

/* ---- Sending ----------------------------------------------------------------------------- */

static enum kr_err store(struct kr_mls_group *group)
{
	struct kr_mls_state state;
	enum kr_err err = kr_mls_save(group, false, &state);

	if (err == KR_OK) {
		err = kr_mls_stored(group, state.revision);
		kr_mls_state_free(&state);
	}
	return err;
}

static enum kr_err release(struct call *call, struct kr_mls_outgoing *outgoing)
{
	struct kr_mls_group *group = call->member->group;
	struct kr_view message;
	struct kr_view welcome;
	struct kr_view tree;
	enum kr_err err;

	if ((err = store(group)) ||
		(err = kr_mls_outgoing_message(group, outgoing, &message)) ||
		(err = kr_mls_outgoing_welcome(group, outgoing, &welcome)) ||
		(err = kr_mls_outgoing_tree(group, outgoing, &tree))) {
		return err;
	}
	put_bytes(call, "message", message);
	put_bytes(call, "welcome", welcome);
	put_bytes(call, "tree", tree);
	return KR_OK;
}

/* {"type":"add","key_package":…}, {"type":"remove","leaf":…}, {"type":"update"},
 * {"type":"psk","id":…} or {"type":"psk","group_id":…,"epoch":…} */
static enum kr_err read_proposal(struct call *call, const cJSON *item,
	struct kr_mls_proposal *proposal)
{
	const char *type = cJSON_GetStringValue(cJSON_GetObjectItem(item, "type"));
	const cJSON *group_id = cJSON_GetObjectItem(item, "group_id");

	if (type == NULL) {
		return KR_ERR_ARGUMENT;
	}
	if (strcmp(type, "add") == 0) {
		proposal->type = KR_MLS_PROPOSAL_ADD;
		return bytes_of(call, cJSON_GetObjectItem(item, "key_package"),
			&proposal->key_package);
	}
	if (strcmp(type, "remove") == 0) {
		proposal->type = KR_MLS_PROPOSAL_REMOVE;
		proposal->removed.v = (uint32_t)cJSON_GetNumberValue(
			cJSON_GetObjectItem(item, "leaf"));
		return KR_OK;
	}
	if (strcmp(type, "update") == 0) {
		proposal->type = KR_MLS_PROPOSAL_UPDATE;
		return KR_OK;
	}
	proposal->type = KR_MLS_PROPOSAL_PSK;
	if (group_id != NULL) {
		proposal->psk.kind = KR_MLS_PSK_RESUMPTION;
		proposal->psk.epoch = (uint64_t)cJSON_GetNumberValue(
			cJSON_GetObjectItem(item, "epoch"));
		return bytes_of(call, group_id, &proposal->psk.id);
	}
	proposal->psk.kind = KR_MLS_PSK_EXTERNAL;
	return bytes_of(call, cJSON_GetObjectItem(item, "id"), &proposal->psk.id);
}

static enum kr_err do_commit(struct call *call)
{
	struct kr_mls_proposal proposals[MAX_PROPOSALS] = {{0}};
	struct kr_mls_commit_options options = {
		.proposals = proposals,
		.force_path = get_bool(call, "path"),
		.tree_beside_welcome = get_bool(call, "tree_beside"),
		.framing.as_public = get_bool(call, "public"),
	};
	struct kr_mls_outgoing *outgoing = NULL;
	const cJSON *item;
	enum kr_err err;

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(call->request, "proposals")) {
		if (options.num_proposals == MAX_PROPOSALS) {
			return KR_ERR_LIMIT;
		}
		err = read_proposal(call, item, &proposals[options.num_proposals++]);
		if (err) {
			return err;
		}
	}
	err = kr_mls_commit(call->member->group, &options, &kr_random_system, &outgoing);
	if (err == KR_OK) {
		err = release(call, outgoing);
	}
	kr_mls_outgoing_free(outgoing);
	return err;
}

static enum kr_err do_accept(struct call *call)
{
	return kr_mls_commit_accepted(call->member->group);
}

static enum kr_err do_propose(struct call *call)
{
	struct kr_mls_framing framing = {.as_public = get_bool(call, "public")};
	struct kr_mls_proposal proposal = {0};
	struct kr_mls_outgoing *outgoing = NULL;
	enum kr_err err = read_proposal(call, cJSON_GetObjectItem(call->request, "proposal"),
		&proposal);

	if (err == KR_OK) {
		err = kr_mls_propose(call->member->group, &proposal, framing, 0,
			&kr_random_system, &outgoing);
	}
	if (err == KR_OK) {
		err = release(call, outgoing);
	}
	kr_mls_outgoing_free(outgoing);
	return err;
}

static enum kr_err do_encrypt(struct call *call)
{
	struct kr_mls_outgoing *outgoing = NULL;
	struct kr_view text;
	struct kr_view aad;
	enum kr_err err;

	if ((err = get_bytes(call, "text", &text)) || (err = get_bytes(call, "aad", &aad)) ||
		(err = kr_mls_encrypt(call->member->group, aad, text, &kr_random_system,
		&outgoing))) {
		return err;
	}
	err = release(call, outgoing);
	kr_mls_outgoing_free(outgoing);
	return err;
}

static enum kr_err do_join_external(struct call *call)
{
	struct kr_mls_external_join join = {
		.client = &call->member->client,
		.resync = get_bool(call, "resync"),
	};
	struct kr_mls_outgoing *outgoing = NULL;
	enum kr_err err;

	if ((err = get_bytes(call, "group_info", &join.group_info)) ||
		(err = kr_mls_group_join_external(&call->member->group, &outgoing,
		&call->peer->config, &join, &kr_random_system))) {
		return err;
	}
	err = release(call, outgoing);
	kr_mls_outgoing_free(outgoing);
	return err;
}

/* ---- Receiving and looking --------------------------------------------------------------- */

static enum kr_err do_process(struct call *call)
{
	static const char *const kinds[] = {"", "application", "proposal", "commit", "removed"};
	struct kr_mls_event event;
	struct kr_view message;
	enum kr_err err;

	if ((err = get_bytes(call, "message", &message)) ||
		(err = kr_mls_process(call->member->group, message, &event))) {
		return err;
	}
	cJSON_AddStringToObject(call->answer, "kind", kinds[event.kind]);
	put_number(call, "sender", event.sender.index);
	put_bytes(call, "plaintext", kr_view_bytes(&event.plaintext));
	put_bytes(call, "aad", kr_view_bytes(&event.authenticated_data));
	kr_mls_event_free(&event);
	return KR_OK;
}

static enum kr_err do_state(struct call *call)
{
	const struct kr_mls_group *group = call->member->group;
	uint8_t exported[32];
	enum kr_err err = kr_mls_export(group, exported, sizeof(exported), "kring test",
		kr_view_str("context"));

	if (err) {
		return err;
	}
	put_number(call, "epoch", kr_mls_epoch(group));
	put_number(call, "leaf", kr_mls_own_leaf(group).v);
	put_number(call, "num_members", kr_mls_num_members(group));
	put_bytes(call, "authenticator", kr_view(kr_mls_epoch_authenticator(group),
		KR_SECRET_BYTES));
	put_bytes(call, "tree_hash", kr_view(kr_mls_tree_hash(group), KR_MLS_HASH_BYTES));
	put_bytes(call, "exported", kr_view(exported, sizeof(exported)));
	return KR_OK;
}

static enum kr_err do_group_info(struct call *call)
{
	KR_AUTO_FREE struct kr_bytes message = {0};
	enum kr_err err = kr_mls_group_info(call->member->group, true, true, &message);

	put_bytes(call, "group_info", kr_view_bytes(&message));
	return err;
}

/* ---- The loop ---------------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool needs_group;
	enum kr_err (*run)(struct call *call);
} verbs[] = {
	{"psk", false, do_psk},
	{"new", false, do_new},
	{"key_package", false, do_key_package},
	{"create", false, do_create},
	{"join", false, do_join},
	{"join_external", false, do_join_external},
	{"drop", true, do_drop},
	{"commit", true, do_commit},
	{"accept", true, do_accept},
	{"propose", true, do_propose},
	{"encrypt", true, do_encrypt},
	{"process", true, do_process},
	{"state", true, do_state},
	{"group_info", true, do_group_info},
};

static enum kr_err reload(struct peer *peer, struct member *m)
{
	struct kr_mls_group *loaded = NULL;
	struct kr_mls_state state;
	enum kr_err err;

	if (m->group == NULL) {
		return KR_OK;
	}
	if ((err = kr_mls_save(m->group, true, &state))) {
		return err;
	}
	err = kr_mls_load(&loaded, &peer->config, kr_view_bytes(&state.group),
		kr_view_bytes(&state.ratchets));
	kr_mls_state_free(&state);
	if (err == KR_OK) {
		kr_mls_group_free(m->group);
		m->group = loaded;
	}
	return err;
}

static enum kr_err dispatch(struct call *call)
{
	const char *verb = cJSON_GetStringValue(cJSON_GetObjectItem(call->request, "do"));
	uint32_t who = get_number(call, "who");
	enum kr_err err;

	if (verb == NULL || who >= MAX_MEMBERS) {
		return KR_ERR_ARGUMENT;
	}
	call->member = &call->peer->members[who];
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, verb) != 0) {
			continue;
		}
		if (verbs[i].needs_group && call->member->group == NULL) {
			return KR_ERR_STATE;
		}
		err = verbs[i].run(call);
		return err != KR_OK ? err : reload(call->peer, call->member);
	}
	return KR_ERR_NOT_FOUND;
}

static void answer(struct peer *peer, const char *line)
{
	cJSON *request = cJSON_Parse(line);
	struct call call = {.peer = peer, .request = request, .answer = cJSON_CreateObject()};
	enum kr_err err = request == NULL ? KR_ERR_ENCODING : dispatch(&call);
	char *text;

	if (err) {
		cJSON_AddStringToObject(call.answer, "error", kr_err_name(err));
	} else {
		cJSON_AddBoolToObject(call.answer, "ok", true);
	}
	text = cJSON_PrintUnformatted(call.answer);
	puts(text);
	fflush(stdout);
	free(text);
	for (size_t i = 0; i < call.num_decoded; i++) {
		kr_bytes_free(&call.decoded[i]);
	}
	cJSON_Delete(call.answer);
	cJSON_Delete(request);
}

static void peer_finish(struct peer *peer)
{
	for (size_t i = 0; i < MAX_MEMBERS; i++) {
		kr_mls_group_free(peer->members[i].group);
		kr_bytes_free(&peer->members[i].key_package);
	}
	for (size_t i = 0; i < peer->num_psks; i++) {
		kr_bytes_free(&peer->psks[i].id);
		kr_bytes_free(&peer->psks[i].psk);
	}
}

int main(void)
{
	static struct peer peer;
	char *line = NULL;
	size_t cap = 0;

	if (kr_crypto_init()) {
		return 1;
	}
	peer.config = kr_mls_config_default();
	peer.config.hooks.ctx = &peer;
	peer.config.hooks.external_psk = find_psk;
	while (getline(&line, &cap, stdin) > 0) {
		answer(&peer, line);
	}
	free(line);
	peer_finish(&peer);
	return 0;
}
