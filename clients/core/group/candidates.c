/* Who has to be let into a group: key packages are fetched, and held against the
 * certificates that coordinators gave. */
#include <stdlib.h>
#include <string.h>

#include "clients/core/group/parts.h"
#include "clients/core/state.h"

#define RETRY_FIRST_MS ((uint64_t)1000)
#define RETRY_MAX_MS   ((uint64_t)300000)

static void candidate_free(struct candidate *candidate)
{
	kr_bytes_free(&candidate->key_package);
	free(candidate);
}

void candidates_free(struct group *group)
{
	while (group->candidates != NULL) {
		struct candidate *next = group->candidates->next;

		candidate_free(group->candidates);
		group->candidates = next;
	}
}

static struct candidate *find(const struct group *group,
	const uint8_t account[KR_ID_BYTES], const uint8_t *device)
{
	struct candidate *c = group->candidates;

	while (c != NULL &&
		(memcmp(c->account, account, KR_ID_BYTES) != 0 ||
			c->has_device != (device != NULL) ||
			(device != NULL &&
				memcmp(c->device, device, sizeof(c->device)) != 0))) {
		c = c->next;
	}
	return c;
}

enum kr_err candidate_want(struct kr_core *core, struct group *group,
	const uint8_t account[KR_ID_BYTES], const uint8_t *device, struct candidate **out)
{
	struct candidate *c = find(group, account, device);
	enum kr_err err;

	if (c == NULL) {
		c = calloc(1, sizeof(*c));
		if (c == NULL) {
			return KR_ERR_MEMORY;
		}
		if ((err = kr_random_fill(core->rng, c->event, sizeof(c->event)))) {
			free(c);
			return err;
		}
		memcpy(c->account, account, KR_ID_BYTES);
		c->has_device = device != NULL;
		if (device != NULL) {
			memcpy(c->device, device, sizeof(c->device));
		}
		c->next = group->candidates;
		group->candidates = c;
	}
	c->is_wanted = true;
	*out = c;
	return KR_OK;
}

void candidate_failed(struct kr_core *core, struct candidate *candidate)
{
	uint64_t wait = RETRY_MAX_MS;

	if (candidate->num_tries < 8) {
		wait = RETRY_FIRST_MS << candidate->num_tries;
	}
	candidate->num_tries++;
	candidate->retry_ms = core->now_ms + wait;
	kr_bytes_free(&candidate->key_package);
	memset(candidate->event, 0,
		sizeof(candidate->event)); /* another one, next time */
}

/* ---- Fetching --------------------------------------------------------------------- */

/* Issuers that count are those of the group's policy, or who is a coordinator now: then
 * the commit makes it one. */
static enum kr_err check_certificate(struct kr_core *core, const struct group *group,
	const struct kr_mls_key_package_info *info, struct kr_certificate *out)
{
	const struct community *community = community_look(core, group->community);
	struct kr_policy policy;
	struct kr_certificate_rules rules = {.now_s = core->now_ms / 1000};
	enum kr_err err;

	if (community == NULL || group_policy(group, &policy) != KR_OK) {
		return KR_ERR_STATE;
	}
	rules.chain = &community->chain;
	rules.policy = &policy;
	err = kr_certificate_check(out, info->identity, info->signature_key, &rules);
	if (err == KR_ERR_CERT_ISSUER) {
		rules.policy = NULL;
		err = kr_certificate_check(
			out, info->identity, info->signature_key, &rules);
	}
	if (err == KR_OK && community_has_ended(community, out->serial)) {
		err = KR_ERR_CERT_REVOKED;
	}
	return err;
}

static enum kr_err check(struct kr_core *core, const struct group *group,
	const struct candidate *c, struct kr_view message, uint8_t *key)
{
	struct kr_mls_key_package_info info;
	struct kr_certificate certificate;
	enum kr_err err = kr_mls_key_package_verify(message, core->now_ms / 1000, &info);

	if (err != KR_OK || (err = check_certificate(core, group, &info, &certificate))) {
		return err;
	}
	if (memcmp(certificate.account, c->account, KR_ID_BYTES) != 0 ||
		(c->has_device &&
			memcmp(info.signature_key, c->device, sizeof(c->device)) != 0)) {
		return KR_ERR_CERT_KEY;
	}
	memcpy(key, info.signature_key, KR_ED25519_PUBLIC_BYTES);
	return KR_OK;
}

/* A package that is old, or for another community of that neighbour: no lie. */
static bool is_harmless(enum kr_err err)
{
	return err == KR_ERR_COMMUNITY || err == KR_ERR_CERT_VALIDITY ||
		err == KR_ERR_LEAF_LIFETIME || err == KR_ERR_CERT_REVOKED ||
		err == KR_ERR_STATE;
}

static enum kr_err take(struct kr_core *core, struct group *group, struct candidate *c,
	struct kr_view message)
{
	struct alarm_about about = {.account = c->account};
	struct kr_topic topic = group_topic(group);
	enum kr_err err = check(core, group, c, message, c->key);

	if (err == KR_OK) {
		return kr_bytes_copy(&c->key_package, message);
	}
	if (err == KR_ERR_MEMORY) {
		return err;
	}
	candidate_failed(core, c);
	if (is_harmless(err)) {
		return KR_OK;
	}
	about.topic = &topic;
	about.err = err;
	return alarm_raise(core, ALARM_KEY_PACKAGE_SWAPPED, &about);
}

/* Which candidate an answer is for. */
struct asked {
	uint8_t group[KR_ID_BYTES];
	uint8_t event[KR_EVENT_ID_BYTES];
};

static enum kr_err answered(
	struct kr_core *core, const struct answer *answer, struct kr_view context)
{
	const struct asked *asked = (const struct asked *)context.data;
	struct group *group = group_find(core, asked->group);
	struct candidate *c = group == NULL ? NULL : group->candidates;

	while (c != NULL && memcmp(c->event, asked->event, sizeof(c->event)) != 0) {
		c = c->next;
	}
	if (c == NULL || group->mls == NULL) {
		return KR_OK;
	}
	c->is_asked = false;
	group->must_plan = true;
	if (answer->ok) {
		return take(core, group, c, answer->body);
	}
	candidate_failed(core, c);
	return KR_OK;
}

static enum kr_err fetch(struct kr_core *core, struct group *group, struct candidate *c)
{
	struct kr_request request = {
		.verb = KR_VERB_KEYS_FETCH,
		.fields = KR_R(EVENT) | KR_R(ACCOUNT) | KR_R(COMMUNITY),
	};
	static const uint8_t none[KR_EVENT_ID_BYTES];
	struct asked asked;
	enum kr_err err;

	if (memcmp(c->event, none, sizeof(none)) == 0 &&
		(err = kr_random_fill(core->rng, c->event, sizeof(c->event)))) {
		return err;
	}
	memcpy(request.event, c->event, sizeof(request.event));
	memcpy(request.account, c->account, KR_ID_BYTES);
	memcpy(request.community, group->community, KR_ID_BYTES);
	if (c->has_device) {
		request.fields |= KR_R(DEVICE);
		memcpy(request.device, c->device, sizeof(request.device));
	}
	memcpy(asked.group, group->id, KR_ID_BYTES);
	memcpy(asked.event, c->event, sizeof(asked.event));
	c->is_asked = true;
	return link_request(core, &request, answered, kr_view(&asked, sizeof(asked)));
}

bool candidates_are_asked(const struct group *group)
{
	const struct candidate *c = group->candidates;

	while (c != NULL && !c->is_asked) {
		c = c->next;
	}
	return c != NULL;
}

static void drop_unwanted(struct group *group)
{
	struct candidate **at = &group->candidates;

	while (*at != NULL) {
		struct candidate *c = *at;

		if (c->is_wanted || c->is_asked) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		candidate_free(c);
	}
}

enum kr_err candidates_fetch(struct kr_core *core, struct group *group, struct plan *plan)
{
	enum kr_err err = KR_OK;

	drop_unwanted(group);
	for (struct candidate *c = group->candidates; c != NULL && err == KR_OK;
		c = c->next) {
		if (!c->is_wanted || c->key_package.len > 0) {
			continue;
		}
		if (c->retry_ms > core->now_ms) {
			if (group->plan_ms == 0 || c->retry_ms < group->plan_ms) {
				group->plan_ms = c->retry_ms;
			}
			continue;
		}
		plan->is_waiting = true;
		if (!c->is_asked && link_has_room(core)) {
			err = fetch(core, group, c);
		}
	}
	return err;
}
