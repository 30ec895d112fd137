/* Key packages: a set at the relay for each community, and their secrets here. */
#include <string.h>

#include "clients/core/account/parts.h"
#include "clients/core/group/parts.h"

#define RECORD_FORMAT 1
#define NUM_A_BATCH   20
#define FEW           8
#define DAY_S         ((uint64_t)86400)
/* A Welcome may rest on one that was handed out on its last day. */
#define LIFETIME_S ((uint64_t)90 * DAY_S)
#define GRACE_S    ((uint64_t)30 * DAY_S)
#define ROTATE_S   ((uint64_t)30 * DAY_S)

/* ---- Records ---------------------------------------------------------------------- */

/*	struct { uint8 version = 1; optional is_last_resort; uint64 made_s;
 *	         opaque community[32]; uint64 serial; opaque init_key[32];
 *	         opaque encryption_key[32]; opaque message<V>; } */
struct package {
	bool is_last_resort;
	uint64_t made_s;
	uint8_t community[KR_ID_BYTES];
	uint64_t serial; /* of the certificate in it */
	struct kr_mls_key_package_secrets secrets;
	struct kr_view message;
};

static enum kr_err package_read(struct package *out, const struct record *record)
{
	struct kr_reader r = kr_reader(kr_view_bytes(&record->value));
	uint8_t version;

	if (kr_read_u8(&r, &version) == KR_OK && version > RECORD_FORMAT) {
		return KR_ERR_STORE_VERSION;
	}
	if (kr_read_optional(&r, &out->is_last_resort) != KR_OK ||
		kr_read_u64(&r, &out->made_s) != KR_OK ||
		kr_read_copy(&r, out->community, sizeof(out->community)) != KR_OK ||
		kr_read_u64(&r, &out->serial) != KR_OK ||
		kr_read_copy(&r, out->secrets.init_key.bytes, KR_SECRET_BYTES) != KR_OK ||
		kr_read_copy(&r, out->secrets.encryption_key.bytes, KR_SECRET_BYTES) !=
			KR_OK ||
		kr_read_vec(&r, &out->message) != KR_OK || kr_read_end(&r) != KR_OK) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	return KR_OK;
}

static enum kr_err package_key(struct record_key *key, struct kr_view message)
{
	struct kr_mls_key_package_info info;
	enum kr_err err = kr_mls_key_package_verify(message, 0, &info);

	if (err == KR_OK) {
		*key = record_key_id(RECORD_KEY_PACKAGE, info.ref);
	}
	return err;
}

static enum kr_err package_put(struct kr_core *core, const struct package *package)
{
	struct record_key key;
	struct kr_writer w;
	enum kr_err err = package_key(&key, package->message);

	if (err != KR_OK) {
		return err;
	}
	kr_writer_init(&w);
	kr_write_u8(&w, RECORD_FORMAT);
	kr_write_optional(&w, package->is_last_resort);
	kr_write_u64(&w, package->made_s);
	kr_write_fixed(&w, kr_view(package->community, KR_ID_BYTES));
	kr_write_u64(&w, package->serial);
	kr_write_fixed(&w, kr_view_secret(&package->secrets.init_key));
	kr_write_fixed(&w, kr_view_secret(&package->secrets.encryption_key));
	kr_write_vec(&w, package->message);
	return records_put_writer(&core->records, &key, &w);
}

enum kr_err key_package_next(const struct kr_core *core, size_t *at,
	struct kr_view *message, struct kr_mls_key_package_secrets *secrets,
	bool *is_last_resort)
{
	struct record_key prefix = record_key(RECORD_KEY_PACKAGE);
	const struct record *record =
		records_next(&core->records, record_key_view(&prefix), at);
	struct package package;
	enum kr_err err;

	if (record == NULL) {
		return KR_ERR_NOT_FOUND;
	}
	err = package_read(&package, record);
	*message = package.message;
	*secrets = package.secrets;
	*is_last_resort = package.is_last_resort;
	kr_mls_key_package_secrets_wipe(&package.secrets);
	return err;
}

enum kr_err key_package_used(struct kr_core *core, struct kr_view message)
{
	struct record_key key;
	const struct record *record;
	struct package package;
	enum kr_err err = package_key(&key, message);

	if (err != KR_OK) {
		return is_fatal(err) ? err : KR_OK;
	}
	record = records_get(&core->records, record_key_view(&key));
	if (record == NULL || package_read(&package, record) != KR_OK) {
		return KR_OK;
	}
	kr_mls_key_package_secrets_wipe(&package.secrets);
	return package.is_last_resort ? KR_OK : records_delete(&core->records, &key);
}

/* Delete the secrets of one community (NULL: all) that were made before this time. */
static enum kr_err forget_before(
	struct kr_core *core, const uint8_t *community, uint64_t made_s)
{
	struct record_key prefix = record_key(RECORD_KEY_PACKAGE);
	const struct record *record;
	size_t at = 0;

	while ((record = records_next(&core->records, record_key_view(&prefix), &at)) !=
		NULL) {
		struct record_key key;
		struct package package;
		enum kr_err err = package_read(&package, record);

		kr_mls_key_package_secrets_wipe(&package.secrets);
		if (err != KR_OK) {
			return err;
		}
		if (package.made_s >= made_s ||
			(community != NULL &&
				memcmp(package.community, community, KR_ID_BYTES) != 0)) {
			continue;
		}
		key = record_key_id(RECORD_KEY_PACKAGE, record->key.data + 1);
		if ((err = records_delete(&core->records, &key))) {
			return err;
		}
		at = 0; /* the list has changed */
	}
	return KR_OK;
}

enum kr_err key_packages_forget(
	struct kr_core *core, const uint8_t community[KR_ID_BYTES])
{
	return forget_before(core, community, UINT64_MAX);
}

/* ---- Publishing ------------------------------------------------------------------- */

/* Asked after every input: the signature was verified when the certificate came. */
static uint64_t serial_of(const struct community *community)
{
	const struct kr_mls_member own = {
		.identity = kr_view_bytes(&community->certificate)};
	struct kr_certificate certificate;

	return leaf_certificate(&own, &certificate) == KR_OK ? certificate.serial : 0;
}

/* Was one of this kind made with the present certificate, and not long ago? */
static bool is_fresh(const struct kr_core *core, const struct community *community,
	bool is_last_resort)
{
	struct record_key prefix = record_key(RECORD_KEY_PACKAGE);
	uint64_t serial = serial_of(community);
	uint64_t now_s = core->now_ms / 1000;
	const struct record *record;
	size_t at = 0;

	while ((record = records_next(&core->records, record_key_view(&prefix), &at)) !=
		NULL) {
		struct package package;
		enum kr_err err = package_read(&package, record);

		kr_mls_key_package_secrets_wipe(&package.secrets);
		if (err == KR_OK && package.is_last_resort == is_last_resort &&
			package.serial == serial && package.made_s + ROTATE_S > now_s &&
			memcmp(package.community, community->id, KR_ID_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

static enum kr_err make_package(struct kr_core *core, const struct community *community,
	bool is_last_resort, struct kr_writer *w)
{
	uint64_t now_s = core->now_ms / 1000;
	const struct kr_mls_lifetime lifetime = {
		.not_before = now_s > DAY_S ? now_s - DAY_S : 0,
		.not_after = now_s + LIFETIME_S,
	};
	struct package package = {
		.is_last_resort = is_last_resort,
		.made_s = now_s,
		.serial = serial_of(community),
	};
	KR_AUTO_FREE struct kr_bytes message = {0};
	struct kr_mls_client client;
	enum kr_err err = account_client(core, community->id, &client);

	if (err != KR_OK ||
		(err = kr_mls_key_package_new(&message, &package.secrets, &client,
			 lifetime, (struct kr_mls_extensions){0}, core->rng))) {
		return err;
	}
	memcpy(package.community, community->id, sizeof(package.community));
	package.message = kr_view_bytes(&message);
	kr_write_vec(w, package.message);
	err = package_put(core, &package);
	kr_mls_key_package_secrets_wipe(&package.secrets);
	return err;
}

/* The secrets are stored with the request that publishes, in one. */
static enum kr_err publish(struct kr_core *core, const struct community *community,
	bool is_last_resort, bool replace)
{
	struct kr_request request = {
		.verb = KR_VERB_KEYS_PUBLISH,
		.fields = kr_verb_info(KR_VERB_KEYS_PUBLISH)->required | KR_R(REPLACE),
		.topic = kr_topic(KR_TOPIC_ACCOUNT, core->identity.account),
		.count = is_last_resort ? 1 : NUM_A_BATCH,
		.last_resort = is_last_resort,
		.replace = replace,
	};
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err = KR_OK;

	memcpy(request.community, community->id, sizeof(request.community));
	kr_writer_init(&w);
	for (uint64_t i = 0; err == KR_OK && i < request.count; i++) {
		err = make_package(core, community, is_last_resort, &w);
	}
	if (err == KR_OK) {
		err = w.err;
	}
	if (err != KR_OK) {
		return err;
	}
	request.body = kr_writer_view(&w);
	return outbox_add_request(core, &request, "keys", 0, NULL);
}

static bool is_publishing(const struct kr_core *core)
{
	for (const struct op *op = core->outbox.first; op != NULL; op = op->next) {
		if (strcmp(op->what, "keys") == 0) {
			return true;
		}
	}
	return false;
}

static enum kr_err publish_what_lacks(struct kr_core *core, struct community *community)
{
	bool has_fresh = is_fresh(core, community, false);
	bool has_fresh_last = is_fresh(core, community, true);
	uint64_t now_s = core->now_ms / 1000;
	enum kr_err err = KR_OK;

	if (has_fresh && has_fresh_last && community->num_packages >= FEW &&
		community->has_last_resort) {
		return KR_OK;
	}
	if (is_publishing(core)) {
		return KR_OK; /* then they are counted again */
	}
	community->is_published = true;
	if (now_s > LIFETIME_S + GRACE_S) {
		err = forget_before(core, NULL, now_s - LIFETIME_S - GRACE_S);
	}
	if (err == KR_OK && (!has_fresh || community->num_packages < FEW)) {
		err = publish(core, community, false, !has_fresh);
	}
	if (err == KR_OK && (!has_fresh_last || !community->has_last_resort)) {
		err = publish(core, community, true, false);
	}
	return err;
}

/* ---- Counting --------------------------------------------------------------------- */

static enum kr_err counted(
	struct kr_core *core, const struct answer *answer, struct kr_view context)
{
	struct community *community = community_find(core, context.data);

	if (community == NULL) {
		return KR_OK;
	}
	community->is_counting = false;
	community->is_counted = true; /* after an error: not again on this connection */
	community->is_published = !answer->ok ||
		kr_json_get_u64(answer->doc, "count", &community->num_packages) !=
			KR_OK ||
		kr_json_get_bool(
			answer->doc, "last_resort", &community->has_last_resort) != KR_OK;
	return KR_OK;
}

static enum kr_err count(struct kr_core *core, struct community *community)
{
	struct kr_request request = {
		.verb = KR_VERB_KEYS_COUNT,
		.fields = kr_verb_info(KR_VERB_KEYS_COUNT)->required,
	};

	if (community->is_counting || !link_has_room(core)) {
		return KR_OK;
	}
	memcpy(request.community, community->id, sizeof(request.community));
	community->is_counting = true;
	return link_request(
		core, &request, counted, kr_view(community->id, sizeof(community->id)));
}

void key_packages_recount(struct kr_core *core)
{
	for (struct community *c = core->communities; c != NULL; c = c->next) {
		c->is_counted = false;
		c->is_published = false;
	}
}

enum kr_err key_packages_reconcile(struct kr_core *core)
{
	enum kr_err err = KR_OK;

	for (struct community *c = core->communities; err == KR_OK && c != NULL;
		c = c->next) {
		if (c->state != COMMUNITY_MEMBER || c->certificate.len == 0) {
			continue;
		}
		if (!c->is_counted) {
			err = count(core, c);
		} else if (!c->is_published) {
			err = publish_what_lacks(core, c);
		}
	}
	return err;
}
