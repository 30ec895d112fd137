/* The identity of this device, and the account's topic. */
#include "clients/core/account/account.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/account/parts.h"

#define RECORD_FORMAT 1
#define URL_MAX       ((size_t)512)

/* ---- The record ------------------------------------------------------------------- */

/*	struct { uint8 version = 1; optional is_linked; optional is_ending; opaque url<V>;
 *	         opaque relay<V>; opaque app<V>; opaque name<V>; opaque device_seed[32];
 *	         opaque sealing_secret[32]; opaque account[32]; } */
enum kr_err identity_store(struct kr_core *core)
{
	const struct identity *identity = &core->identity;
	struct record_key key = record_key(RECORD_IDENTITY);
	struct kr_writer w;

	kr_writer_init(&w);
	kr_write_u8(&w, RECORD_FORMAT);
	kr_write_optional(&w, identity->is_linked);
	kr_write_optional(&w, identity->is_ending);
	kr_write_vec(&w, kr_view_str(identity->url));
	kr_write_vec(&w, kr_view_str(identity->relay));
	kr_write_vec(&w, kr_view_str(identity->app));
	kr_write_vec(&w, kr_view_str(identity->name));
	kr_write_fixed(&w, kr_view_secret(&identity->device.seed));
	kr_write_fixed(&w, kr_view_secret(&identity->sealing.secret));
	kr_write_fixed(&w, kr_view(identity->account, KR_ID_BYTES));
	return records_put_writer(&core->records, &key, &w);
}

static enum kr_err copy_text(char **out, struct kr_view text)
{
	char *copy = malloc(text.len + 1);

	if (copy == NULL) {
		return KR_ERR_MEMORY;
	}
	if (text.len > 0) {
		memcpy(copy, text.data, text.len);
	}
	copy[text.len] = '\0';
	free(*out);
	*out = copy;
	return KR_OK;
}

static enum kr_err read_text(struct kr_reader *r, char **out)
{
	struct kr_view text;
	enum kr_err err = kr_read_vec(r, &text);

	return err != KR_OK ? err : copy_text(out, text);
}

static enum kr_err read_identity(struct identity *identity, struct kr_view value)
{
	struct kr_reader r = kr_reader(value);
	KR_AUTO_WIPE struct kr_secret seed = {0};
	uint8_t version;
	enum kr_err err;

	if (kr_read_u8(&r, &version) == KR_OK && version > RECORD_FORMAT) {
		return KR_ERR_STORE_VERSION;
	}
	if ((err = kr_read_optional(&r, &identity->is_linked)) ||
		(err = kr_read_optional(&r, &identity->is_ending)) ||
		(err = read_text(&r, &identity->url)) ||
		(err = read_text(&r, &identity->relay)) ||
		(err = read_text(&r, &identity->app)) ||
		(err = read_text(&r, &identity->name)) ||
		(err = kr_read_copy(&r, seed.bytes, sizeof(seed.bytes))) ||
		(err = kr_read_copy(
			 &r, identity->sealing.secret.bytes, KR_SECRET_BYTES)) ||
		(err = kr_read_copy(&r, identity->account, KR_ID_BYTES)) ||
		(err = kr_read_end(&r))) {
		return err == KR_ERR_MEMORY ? err : KR_ERR_BAD_STATE_RECORD;
	}
	kr_ed25519_from_seed(&identity->device, &seed);
	kr_x25519_public(identity->sealing.public_key, &identity->sealing.secret);
	identity->exists = true;
	return KR_OK;
}

bool identity_is_first_device(const struct identity *identity)
{
	uint8_t account[KR_ID_BYTES];

	kr_account_id(account, identity->device.public_key);
	return memcmp(account, identity->account, sizeof(account)) == 0;
}

bool is_own_account(const struct kr_core *core, struct kr_view account)
{
	return core->identity.exists &&
		kr_view_equal(account, kr_view(core->identity.account, KR_ID_BYTES));
}

void account_free(struct kr_core *core)
{
	struct identity *identity = &core->identity;

	free(identity->url);
	free(identity->relay);
	free(identity->app);
	free(identity->name);
	kr_wipe(identity, sizeof(*identity));
	memset(&core->account, 0, sizeof(core->account));
}

/* ---- The topic -------------------------------------------------------------------- */

/* A further device does not know which device was the first until it sees who added
 * it. */
static enum kr_err take_device(struct kr_core *core, const struct kr_event *event)
{
	struct kr_devices *devices = &core->account.devices;
	struct kr_device_link link;
	enum kr_err err = kr_device_link_read(&link, event->body);

	if (err == KR_OK && devices->num == 0) {
		err = kr_devices_begin(devices, core->identity.account, link.signer);
	}
	return err != KR_OK ? err : kr_devices_append(devices, event->body);
}

static enum kr_err device_alarm(struct kr_core *core, const struct kr_event *event,
	enum alarm alarm, enum kr_err err)
{
	return alarm_raise(core, alarm,
		&(struct alarm_about){
			.topic = &event->topic,
			.seq = event->seq,
			.err = err,
		});
}

static enum kr_err apply_device(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES])
{
	struct kr_device_link link;
	struct kr_event_head head;
	enum kr_err err = take_device(core, event);

	if (err != KR_OK) {
		return device_alarm(core, event, ALARM_UNSIGNED, err);
	}
	if ((err = event_keep(core, event, hash, event->body)) ||
		(err = tell_changed(core, "devices", NULL, NULL))) {
		return err;
	}
	if (kr_device_link_read(&link, event->body) != KR_OK ||
		kr_event_head_read(&head, event->type, event->head) != KR_OK ||
		!kr_view_equal(head.key, kr_view(link.device_key, KR_ID_BYTES)) ||
		(link.kind == KR_DEVICE_ADD) != (event->type == KR_EVENT_DEVICE_ADDED)) {
		return device_alarm(core, event, ALARM_HEAD_MISMATCH, KR_ERR_FIELD);
	}
	return devices_show(core, &link, event->body);
}

enum kr_err account_apply(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES])
{
	switch (event->type) {
	case KR_EVENT_DEVICE_ADDED:
	case KR_EVENT_DEVICE_REMOVED:
		return apply_device(core, event, hash);
	case KR_EVENT_ANSWERED:
		return community_answered(core, event);
	case KR_EVENT_WELCOME:
		return group_welcome(core, event);
	case KR_EVENT_KEY_PACKAGES:
	case KR_EVENT_KEY_PACKAGE_TAKEN:
	case KR_EVENT_KEY_PACKAGES_VOID:
		key_packages_recount(core);
		return KR_OK;
	default:
		return KR_OK;
	}
}

static enum kr_err replay(struct kr_core *core)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_ACCOUNT, core->identity.account);
	struct kept_event kept;
	size_t at = 0;
	enum kr_err err;

	while ((err = event_next(core, &topic, &at, &kept)) == KR_OK) {
		struct kr_event event = {.body = kept.content};

		if (take_device(core, &event) != KR_OK) {
			return KR_ERR_BAD_STATE_RECORD;
		}
	}
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

/* Until its topic says otherwise, a first device is alone. */
static enum kr_err begin_devices(struct kr_core *core)
{
	return identity_is_first_device(&core->identity)
		? kr_devices_begin(&core->account.devices, core->identity.account,
			  core->identity.device.public_key)
		: KR_OK;
}

enum kr_err account_load(struct kr_core *core)
{
	struct record_key key = record_key(RECORD_IDENTITY);
	const struct record *record = records_get(&core->records, record_key_view(&key));
	enum kr_err err;

	if (record == NULL) {
		return KR_OK;
	}
	if ((err = read_identity(&core->identity, kr_view_bytes(&record->value))) ||
		(err = begin_devices(core))) {
		return err;
	}
	return replay(core);
}

/* ---- Beginning -------------------------------------------------------------------- */

enum kr_err identity_set_up(struct kr_core *core, const struct identity_set_up *set_up)
{
	struct identity *identity = &core->identity;
	struct kr_topic topic;
	enum kr_err err;

	if ((err = copy_text(&identity->url, set_up->url)) ||
		(err = copy_text(&identity->relay, set_up->relay)) ||
		(err = copy_text(&identity->app, set_up->app)) ||
		(err = copy_text(&identity->name, set_up->name)) ||
		(err = kr_ed25519_generate(&identity->device, core->rng)) ||
		(err = kr_x25519_generate(&identity->sealing, core->rng))) {
		return err;
	}
	if (set_up->account != NULL) {
		memcpy(identity->account, set_up->account, sizeof(identity->account));
	} else {
		kr_account_id(identity->account, identity->device.public_key);
	}
	identity->exists = true;
	identity->is_linked = true;
	topic = kr_topic(KR_TOPIC_ACCOUNT, identity->account);
	if ((err = begin_devices(core)) || (err = identity_store(core)) ||
		(err = tell_changed(core, "status", NULL, NULL)) ||
		(err = tell_changed(core, "devices", NULL, NULL))) {
		return err;
	}
	return topic_follow(core, &topic);
}

static bool begins_with(struct kr_view text, const char *prefix)
{
	size_t len = strlen(prefix);

	return text.len > len && memcmp(text.data, prefix, len) == 0;
}

/* Would links with this prefix be links? */
static enum kr_err check_app(struct kr_view app)
{
	const struct kr_link link = {.prefix = app};
	uint8_t space[KR_LINK_MAX];
	struct kr_writer w;

	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_link_write(&w, &link);
	return app.len == 0 ? KR_OK : w.err;
}

struct kr_view link_relay(struct kr_view prefix, struct kr_view relay)
{
	size_t begin = 0;
	size_t end;

	if (relay.len > 0) {
		return relay;
	}
	while (begin + 3 <= prefix.len && memcmp(prefix.data + begin, "://", 3) != 0) {
		begin++;
	}
	begin = begin + 3 <= prefix.len ? begin + 3 : prefix.len;
	end = begin;
	while (end < prefix.len && prefix.data[end] != '/' && prefix.data[end] != '?') {
		end++;
	}
	return kr_view(prefix.data + begin, end - begin);
}

enum kr_err identity_check(const struct identity_set_up *set_up)
{
	enum kr_err err;

	if ((err = kr_line_check(set_up->url, URL_MAX)) ||
		(err = kr_line_check(set_up->relay, KR_RELAY_NAME_MAX)) ||
		(err = kr_line_check(set_up->name, KR_NAME_MAX)) ||
		(err = check_app(set_up->app))) {
		return err;
	}
	return begins_with(set_up->url, "wss://") || begins_with(set_up->url, "ws://")
		? KR_OK
		: KR_ERR_FIELD;
}

enum kr_err command_init(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"url", "relay", "name", "app", NULL};
	struct identity_set_up set_up = {0};
	cJSON *answer;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK || (err = json_text(command->args, "url", &set_up.url)) ||
		(err = json_text(command->args, "relay", &set_up.relay)) ||
		(err = json_text(command->args, "name", &set_up.name)) ||
		(err = json_text_optional(command->args, "app", &set_up.app)) ||
		(err = identity_check(&set_up))) {
		return err;
	}
	if (core->identity.exists) {
		return KR_ERR_EXISTS;
	}
	if ((err = identity_set_up(core, &set_up))) {
		return err;
	}
	answer = cJSON_CreateObject();
	if (!json_add_id(answer, "account", core->identity.account) ||
		!json_add_id(answer, "device", core->identity.device.public_key)) {
		cJSON_Delete(answer);
		return KR_ERR_MEMORY;
	}
	return command_done(core, command->id, answer);
}

/* Said in each community's own group, from where it is taken for circles as well. */
static enum kr_err say_name(struct kr_core *core, struct group *group)
{
	struct kr_content content = {
		.kind = KR_CONTENT_DISPLAY_NAME,
		.name = kr_view_str(core->identity.name),
		.written_ms = core->now_ms,
	};
	enum kr_err err;

	if (group == NULL) {
		return KR_OK;
	}
	err = group_say(core, group, &content, "rename", 0, NULL);
	return is_fatal(err) ? err : KR_OK;
}

enum kr_err command_rename(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"name", NULL};
	struct kr_view name;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK || (err = json_text(command->args, "name", &name)) ||
		(err = kr_line_check(name, KR_NAME_MAX))) {
		return err;
	}
	if (!core->identity.exists) {
		return KR_ERR_STATE;
	}
	if ((err = copy_text(&core->identity.name, name)) ||
		(err = identity_store(core)) ||
		(err = tell_changed(core, "status", NULL, NULL))) {
		return err;
	}
	for (struct community *c = core->communities; c != NULL; c = c->next) {
		if (c->state == COMMUNITY_MEMBER &&
			(err = say_name(core, community_group(core, c)))) {
			return err;
		}
	}
	return command_done(core, command->id, NULL);
}

/* ---- What it says of itself ------------------------------------------------------- */

enum kr_err account_client(const struct kr_core *core,
	const uint8_t community[KR_ID_BYTES], struct kr_mls_client *client)
{
	static const uint16_t extensions[] = {KR_POLICY_EXTENSION};
	const struct community *c = community_look(core, community);

	if (c == NULL || c->state != COMMUNITY_MEMBER || c->certificate.len == 0) {
		return KR_ERR_NOT_FOUND;
	}
	*client = (struct kr_mls_client){
		.signer = &core->identity.device,
		.identity = kr_view_bytes(&c->certificate),
		.capabilities =
			{
				.extensions = extensions,
				.num_extensions = 1,
			},
	};
	return KR_OK;
}

enum kr_err account_reconcile(struct kr_core *core)
{
	enum kr_err err;

	if (!core->identity.is_linked) {
		return KR_OK;
	}
	if (core->identity.is_ending) {
		return account_end(core);
	}
	if (core->link.state != LINK_ONLINE) {
		return KR_OK;
	}
	err = account_topics_reconcile(core);
	return err != KR_OK ? err : key_packages_reconcile(core);
}

void account_disconnected(struct kr_core *core)
{
	core->account.is_asking_topics = false;
	core->account.has_asked_topics = false;
	core->account.last_topic = (struct kr_topic){0};
}
