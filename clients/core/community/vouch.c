#include "clients/core/community/vouch.h"

#include <string.h>

#include "clients/core/community/parts.h"
#include "clients/core/state.h"

/* The field `community`, or the only one in which this device is certified. */
static enum kr_err own_community(
	const struct kr_core *core, const cJSON *args, const struct community **out)
{
	uint8_t id[KR_ID_BYTES];
	bool present;
	enum kr_err err =
		json_bytes_optional(args, "community", id, sizeof(id), &present);

	*out = NULL;
	if (err != KR_OK) {
		return err;
	}
	for (const struct community *c = core->communities; c != NULL; c = c->next) {
		if (c->state != COMMUNITY_MEMBER || c->certificate.len == 0 ||
			(present && memcmp(c->id, id, sizeof(id)) != 0)) {
			continue;
		}
		if (*out != NULL) {
			return KR_ERR_FIELD; /* which one? */
		}
		*out = c;
	}
	return *out == NULL ? KR_ERR_NOT_FOUND : KR_OK;
}

static bool is_valid(const struct kr_certificate *certificate, uint64_t time_ms)
{
	return time_ms / 1000 >= certificate->not_before &&
		time_ms / 1000 <= certificate->not_after;
}

enum kr_err command_vouch(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "case", "event", NULL};
	uint8_t case_id[KR_ID_BYTES];
	uint8_t event[KR_EVENT_ID_BYTES];
	uint8_t proof[KR_ED25519_SIG_BYTES];
	const struct community *community;
	struct kr_certificate certificate;
	cJSON *answer;
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = json_bytes(command->args, "case", case_id, sizeof(case_id))) ||
		(err = json_bytes(command->args, "event", event, sizeof(event))) ||
		(err = own_community(core, command->args, &community)) ||
		(err = kr_certificate_read(
			 &certificate, kr_view_bytes(&community->certificate)))) {
		return err;
	}
	if (!is_valid(&certificate, core->now_ms)) {
		return KR_ERR_CERT_VALIDITY;
	}
	kr_identity_prove(proof, case_id, event, &core->identity.device);
	answer = cJSON_CreateObject();
	if (!json_add_bytes(
		    answer, "certificate", kr_view_bytes(&community->certificate)) ||
		!json_add_bytes(answer, "proof", kr_view(proof, sizeof(proof)))) {
		cJSON_Delete(answer);
		return KR_ERR_MEMORY;
	}
	return command_done(core, command->id, answer);
}

/* Does the community's log say that this member was given it, and has it not ended
 * since? */
static bool was_given(const struct community *community, const struct kr_certificate *c)
{
	const struct community_member *member = community_member(community, c->account);
	struct kr_certificate given;

	if (member == NULL || member->state != MEMBER_IN ||
		community_has_ended(community, c->serial)) {
		return false;
	}
	for (size_t i = 0; i < member_num_certificates(member); i++) {
		if (member_certificate(member, i, &given) == KR_OK &&
			given.serial == c->serial &&
			memcmp(given.issuer, c->issuer, sizeof(given.issuer)) == 0 &&
			memcmp(given.device_key, c->device_key,
				sizeof(given.device_key)) == 0) {
			return true;
		}
	}
	return false;
}

bool vouch_holds(const struct kr_core *core, const struct kr_identity *identity,
	const uint8_t case_id[KR_ID_BYTES], const uint8_t event[KR_EVENT_ID_BYTES],
	uint64_t time_ms)
{
	const struct community *community;
	struct kr_certificate certificate;

	if (kr_identity_verify(&certificate, identity, case_id, event) != KR_OK ||
		!is_valid(&certificate, time_ms)) {
		return false;
	}
	community = community_look(core, certificate.community);
	return community != NULL && was_given(community, &certificate);
}
