/* What commands about communities have in common: who may, and the signed record that
 * goes into the outbox. */
#include <stdlib.h>
#include <string.h>

#include "clients/core/community/parts.h"

/* ---- Who may ---------------------------------------------------------------------- */

enum kr_err community_for_member(
	struct kr_core *core, const cJSON *args, struct community **out)
{
	enum kr_err err = community_of(core, args, out);

	if (err == KR_OK &&
		((*out)->state != COMMUNITY_MEMBER ||
			!community_has_member(*out, core->identity.account))) {
		return KR_ERR_FORBIDDEN;
	}
	return err;
}

enum kr_err community_for_coordinator(
	struct kr_core *core, const cJSON *args, struct community **out)
{
	enum kr_err err = community_for_member(core, args, out);

	return err == KR_OK && !community_is_own_coordinator(core, *out)
		? KR_ERR_FORBIDDEN
		: err;
}

enum kr_err member_of(struct community *community, const cJSON *args, const char *name,
	struct community_member **out)
{
	uint8_t account[KR_ID_BYTES];
	enum kr_err err = json_bytes(args, name, account, sizeof(account));

	*out = err == KR_OK ? community_member_find(community, account) : NULL;
	return err != KR_OK ? err : *out == NULL ? KR_ERR_NOT_FOUND : KR_OK;
}

/* ---- Into the outbox -------------------------------------------------------------- */

struct kr_request community_request(const struct community *community, enum kr_verb verb)
{
	return (struct kr_request){
		.verb = verb,
		.fields = kr_verb_info(verb)->required,
		.topic = community_topic(community),
	};
}

enum kr_err outbox_add_unseen(struct kr_core *core, struct kr_request *request,
	const char *what, uint64_t command, cJSON *answer)
{
	enum kr_err err = outbox_add_request(core, request, what, command, answer);
	struct op *op;

	if (err != KR_OK) {
		return err;
	}
	op = outbox_find(core, request->event);
	op->done_at_answer = true;
	return outbox_update(core, op);
}

enum kr_err community_state_it(struct kr_core *core, const struct community *community,
	const struct kr_statement *statement, const struct statement_act *act)
{
	struct kr_request request = community_request(community, act->verb);
	uint8_t space[KR_STATEMENT_MAX];
	struct kr_writer w;

	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_statement_write(&w, statement, &core->identity.device);
	if (w.err != KR_OK) {
		return w.err;
	}
	request.body = kr_writer_view(&w);
	request.until_ms = act->until_ms;
	memcpy(request.account, statement->subject, sizeof(request.account));
	memcpy(request.invite, statement->target, sizeof(request.invite));
	if (act->hash != NULL) {
		kr_sha256(act->hash, request.body);
	}
	return act->done_at_answer
		? outbox_add_unseen(core, &request, act->what, act->command, NULL)
		: outbox_add_request(core, &request, act->what, act->command, NULL);
}

/* ---- Roles ------------------------------------------------------------------------ */

/* Would the chain take it? */
static enum kr_err try_role(const struct kr_chain *chain, struct kr_view record)
{
	struct kr_chain *copy = malloc(sizeof(*copy));
	enum kr_err err;

	if (copy == NULL) {
		return KR_ERR_MEMORY;
	}
	*copy = *chain;
	err = kr_chain_append(copy, record);
	free(copy);
	return err;
}

/* The relay takes a role from who is no coordinator if the recovery key says so. */
static enum kr_err sign_recovery(const struct kr_core *core, struct kr_request *request,
	const struct kr_ed25519_keypair *recovery)
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	kr_recovery_tbs(&w, kr_view_str(core->identity.relay), request->topic.id,
		request->account, request->body);
	if (w.err == KR_OK) {
		kr_ed25519_sign(request->sig, recovery, kr_writer_view(&w));
		request->fields |= KR_R(SIG);
	}
	return w.err;
}

enum kr_err community_role_by(struct kr_core *core, const struct community *community,
	struct kr_role *role, const struct kr_ed25519_keypair *signer, const char *what,
	uint64_t command)
{
	struct kr_request request = community_request(community, KR_VERB_COMMUNITY_ROLE);
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err;

	memcpy(role->community, community->id, sizeof(role->community));
	memcpy(role->previous, kr_chain_head(&community->chain), sizeof(role->previous));
	kr_writer_init(&w);
	kr_role_write(&w, role, signer);
	if (w.err != KR_OK) {
		return w.err;
	}
	request.body = kr_writer_view(&w);
	if ((err = try_role(&community->chain, request.body))) {
		return err;
	}
	memcpy(request.account, role->who.account, sizeof(request.account));
	request.coordinator = role->kind == KR_ROLE_GRANT;
	if (signer != &core->identity.device &&
		(err = sign_recovery(core, &request, signer))) {
		return err;
	}
	return outbox_add_request(core, &request, what, command, NULL);
}

enum kr_err community_role(struct kr_core *core, const struct community *community,
	struct kr_role *role, const char *what, uint64_t command)
{
	return community_role_by(
		core, community, role, &core->identity.device, what, command);
}

enum kr_err community_withdraw_first(struct kr_core *core,
	const struct community *community, const uint8_t account[KR_ID_BYTES])
{
	struct kr_role role = {.kind = KR_ROLE_WITHDRAW};

	if (!community_has_coordinator(community, account)) {
		return KR_OK;
	}
	memcpy(role.who.account, account, sizeof(role.who.account));
	return community_role(core, community, &role, "withdraw", 0);
}

/* ---- Certificates ----------------------------------------------------------------- */

/* Somebody's clock may be a day behind. After two years a coordinator asks again who
 * lives there: any admission gives a new certificate. */
#define CERTIFICATE_BEFORE_S ((uint64_t)86400)
#define CERTIFICATE_FOR_S    ((uint64_t)2 * 365 * 86400)

enum kr_err community_certify(struct kr_core *core, const struct community *community,
	const uint8_t account[KR_ID_BYTES], const uint8_t key[KR_ED25519_PUBLIC_BYTES],
	uint64_t command)
{
	struct kr_request request = community_request(community, KR_VERB_COMMUNITY_ADMIT);
	uint64_t now_s = core->now_ms / 1000;
	struct kr_certificate certificate = {
		.not_before =
			now_s > CERTIFICATE_BEFORE_S ? now_s - CERTIFICATE_BEFORE_S : 0,
		.not_after = now_s + CERTIFICATE_FOR_S,
	};
	uint8_t space[KR_CERTIFICATE_BYTES];
	uint8_t serial[8];
	struct kr_reader r = kr_reader(kr_view(serial, sizeof(serial)));
	struct kr_writer w;
	enum kr_err err = kr_random_fill(core->rng, serial, sizeof(serial));

	if (err != KR_OK || (err = kr_read_u64(&r, &certificate.serial))) {
		return err;
	}
	memcpy(certificate.community, community->id, sizeof(certificate.community));
	memcpy(certificate.account, account, sizeof(certificate.account));
	memcpy(certificate.device_key, key, sizeof(certificate.device_key));
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_certificate_write(&w, &certificate, &core->identity.device);
	if (w.err != KR_OK) {
		return w.err;
	}
	request.body = kr_writer_view(&w);
	memcpy(request.account, account, sizeof(request.account));
	return outbox_add_request(core, &request, "admit", command, NULL);
}

/* ---- Texts that people carry ------------------------------------------------------ */

#define CARD_VERSION 1

/*	struct { uint8 version = 1; opaque account[32]; opaque device_key[32];
 *	         opaque sealing_key[32]; opaque signature[64]; }
 * signed by device_key: struct { opaque label<V> = "kring card v1"; the 97 bytes }. */
#define CARD_CONTENT_BYTES (1 + 3 * 32)

static void card_tbs(struct kr_writer *w, struct kr_view content)
{
	kr_write_vec(w, kr_view_str("kring card v1"));
	kr_write_fixed(w, content);
}

void card_write(struct kr_writer *w, const struct identity *identity)
{
	uint8_t content[CARD_CONTENT_BYTES];
	uint8_t space[32 + CARD_CONTENT_BYTES];
	uint8_t sig[KR_ED25519_SIG_BYTES];
	struct kr_writer c;
	struct kr_writer tbs;

	kr_writer_init_fixed(&c, content, sizeof(content));
	kr_write_u8(&c, CARD_VERSION);
	kr_write_fixed(&c, kr_view(identity->account, KR_ID_BYTES));
	kr_write_fixed(&c, kr_view(identity->device.public_key, KR_ED25519_PUBLIC_BYTES));
	kr_write_fixed(&c, kr_view(identity->sealing.public_key, KR_X25519_BYTES));
	kr_writer_init_fixed(&tbs, space, sizeof(space));
	card_tbs(&tbs, kr_writer_view(&c));
	kr_ed25519_sign(sig, &identity->device, kr_writer_view(&tbs));
	kr_write_fixed(w, kr_writer_view(&c));
	kr_write_fixed(w, kr_view(sig, sizeof(sig)));
}

enum kr_err card_read(struct kr_coordinator *out, struct kr_view bytes)
{
	struct kr_reader r = kr_reader(bytes);
	uint8_t space[32 + CARD_CONTENT_BYTES];
	struct kr_writer tbs;
	struct kr_view sig;
	uint8_t version;

	if (kr_read_u8(&r, &version) != KR_OK || version != CARD_VERSION ||
		kr_read_copy(&r, out->account, sizeof(out->account)) != KR_OK ||
		kr_read_copy(&r, out->device_key, sizeof(out->device_key)) != KR_OK ||
		kr_read_copy(&r, out->sealing_key, sizeof(out->sealing_key)) != KR_OK ||
		kr_read_fixed(&r, KR_ED25519_SIG_BYTES, &sig) != KR_OK ||
		kr_read_end(&r) != KR_OK) {
		return KR_ERR_FIELD;
	}
	kr_writer_init_fixed(&tbs, space, sizeof(space));
	card_tbs(&tbs, kr_view(bytes.data, CARD_CONTENT_BYTES));
	return kr_ed25519_verify(sig, out->device_key, kr_writer_view(&tbs));
}

enum kr_err card_of(const cJSON *args, const char *name, struct kr_coordinator *out)
{
	KR_AUTO_FREE struct kr_bytes bytes = {0};
	enum kr_err err = json_blob(args, name, &bytes);

	return err != KR_OK ? err : card_read(out, kr_view_bytes(&bytes));
}
