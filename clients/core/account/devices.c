/* Further devices of the account: linking one, removing one, and showing it to the
 * communities, whose coordinators do not see the account's topic. */
#include <string.h>

#include "clients/core/account/parts.h"

#define TEXT_VERSION 1

/* ---- Texts that people carry from device to device -------------------------------- */

/* To the new device:
 *	struct { uint8 version = 1; opaque url<V>; opaque relay<V>; opaque app<V>;
 *	         opaque account[32]; opaque signer[32]; }
 * and back:
 *	struct { uint8 version = 1; opaque device_key[32]; opaque signer[32];
 *	         opaque consent[64]; } */
struct device_card {
	uint8_t device_key[KR_ED25519_PUBLIC_BYTES];
	uint8_t signer[KR_ED25519_PUBLIC_BYTES];
	uint8_t consent[KR_ED25519_SIG_BYTES];
};

static enum kr_err answer(
	struct kr_core *core, const struct command *command, cJSON *fields)
{
	return fields == NULL ? KR_ERR_MEMORY : command_done(core, command->id, fields);
}

enum kr_err command_device_link(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {NULL};
	const struct identity *identity = &core->identity;
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err;

	kr_writer_init(&w);
	if ((err = json_only(command->args, names))) {
		return err;
	}
	if (!identity->is_linked ||
		!kr_devices_has(&core->account.devices, identity->device.public_key)) {
		return KR_ERR_STATE;
	}
	kr_write_u8(&w, TEXT_VERSION);
	kr_write_vec(&w, kr_view_str(identity->url));
	kr_write_vec(&w, kr_view_str(identity->relay));
	kr_write_vec(&w, kr_view_str(identity->app));
	kr_write_fixed(&w, kr_view(identity->account, KR_ID_BYTES));
	kr_write_fixed(&w, kr_view(identity->device.public_key, KR_ED25519_PUBLIC_BYTES));
	return answer(core, command, answer_of("link", &w));
}

static enum kr_err read_link(
	struct kr_view bytes, struct identity_set_up *set_up, struct kr_view *signer)
{
	struct kr_reader r = kr_reader(bytes);
	struct kr_view account;
	uint8_t version;

	if (kr_read_u8(&r, &version) != KR_OK || version != TEXT_VERSION ||
		kr_read_vec(&r, &set_up->url) != KR_OK ||
		kr_read_vec(&r, &set_up->relay) != KR_OK ||
		kr_read_vec(&r, &set_up->app) != KR_OK ||
		kr_read_fixed(&r, KR_ID_BYTES, &account) != KR_OK ||
		kr_read_fixed(&r, KR_ED25519_PUBLIC_BYTES, signer) != KR_OK ||
		kr_read_end(&r) != KR_OK) {
		return KR_ERR_FIELD;
	}
	set_up->account = account.data;
	return identity_check(set_up);
}

static enum kr_err answer_card(
	struct kr_core *core, const struct command *command, const uint8_t *signer)
{
	const struct identity *identity = &core->identity;
	uint8_t consent[KR_ED25519_SIG_BYTES];
	uint8_t space[1 + sizeof(struct device_card)];
	struct kr_writer w;
	cJSON *fields;

	kr_device_consent(consent, identity->account, signer, &identity->device);
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_write_u8(&w, TEXT_VERSION);
	kr_write_fixed(&w, kr_view(identity->device.public_key, KR_ED25519_PUBLIC_BYTES));
	kr_write_fixed(&w, kr_view(signer, KR_ED25519_PUBLIC_BYTES));
	kr_write_fixed(&w, kr_view(consent, sizeof(consent)));
	fields = answer_of("card", &w);
	if (!json_add_id(fields, "account", identity->account)) {
		cJSON_Delete(fields);
		fields = NULL;
	}
	return answer(core, command, fields);
}

enum kr_err command_device_accept(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"link", "name", NULL};
	KR_AUTO_FREE struct kr_bytes bytes = {0};
	struct identity_set_up set_up = {0};
	struct kr_view signer;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK || (err = json_blob(command->args, "link", &bytes)) ||
		(err = json_text(command->args, "name", &set_up.name)) ||
		(err = read_link(kr_view_bytes(&bytes), &set_up, &signer))) {
		return err;
	}
	if (core->identity.exists) {
		return KR_ERR_EXISTS;
	}
	err = identity_set_up(core, &set_up);
	return err != KR_OK ? err : answer_card(core, command, signer.data);
}

static enum kr_err read_card(const cJSON *args, struct device_card *out)
{
	KR_AUTO_FREE struct kr_bytes bytes = {0};
	struct kr_reader r;
	uint8_t version;
	enum kr_err err = json_blob(args, "card", &bytes);

	if (err != KR_OK) {
		return err;
	}
	r = kr_reader(kr_view_bytes(&bytes));
	if (kr_read_u8(&r, &version) != KR_OK || version != TEXT_VERSION ||
		kr_read_copy(&r, out->device_key, sizeof(out->device_key)) != KR_OK ||
		kr_read_copy(&r, out->signer, sizeof(out->signer)) != KR_OK ||
		kr_read_copy(&r, out->consent, sizeof(out->consent)) != KR_OK ||
		kr_read_end(&r) != KR_OK) {
		return KR_ERR_FIELD;
	}
	return KR_OK;
}

/* ---- Changing the list of devices ------------------------------------------------- */

static enum kr_err send_link(struct kr_core *core, const struct kr_device_link *link,
	const uint8_t *consent, uint64_t command)
{
	enum kr_verb verb =
		link->kind == KR_DEVICE_ADD ? KR_VERB_DEVICE_ADD : KR_VERB_DEVICE_REMOVE;
	struct kr_request request = {
		.verb = verb,
		.fields = kr_verb_info(verb)->required,
		.topic = kr_topic(KR_TOPIC_ACCOUNT, core->identity.account),
	};
	uint8_t space[KR_RECORD_MAX];
	struct kr_writer w;

	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_device_link_write(&w, link, consent, &core->identity.device);
	if (w.err != KR_OK) {
		return w.err;
	}
	request.body = kr_writer_view(&w);
	memcpy(request.key, link->device_key, sizeof(request.key));
	return outbox_add_request(core, &request,
		link->kind == KR_DEVICE_ADD ? "device_add" : "device_remove", command,
		NULL);
}

enum kr_err command_device_add(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"card", NULL};
	struct kr_device_link link = {.kind = KR_DEVICE_ADD};
	struct device_card card;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK || (err = read_card(command->args, &card))) {
		return err;
	}
	if (!core->identity.is_linked) {
		return KR_ERR_STATE;
	}
	/* The consent names this very device. */
	if (memcmp(card.signer, core->identity.device.public_key, sizeof(card.signer)) !=
		0) {
		return KR_ERR_DEVICE_SIGNER;
	}
	memcpy(link.account, core->identity.account, sizeof(link.account));
	memcpy(link.device_key, card.device_key, sizeof(link.device_key));
	return send_link(core, &link, card.consent, command->id);
}

enum kr_err device_remove(struct kr_core *core,
	const uint8_t key[KR_ED25519_PUBLIC_BYTES], uint64_t command)
{
	struct kr_device_link link = {.kind = KR_DEVICE_REMOVE};

	memcpy(link.account, core->identity.account, sizeof(link.account));
	memcpy(link.device_key, key, sizeof(link.device_key));
	return send_link(core, &link, NULL, command);
}

enum kr_err command_device_remove(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"device", NULL};
	uint8_t key[KR_ED25519_PUBLIC_BYTES];
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK ||
		(err = json_bytes(command->args, "device", key, sizeof(key)))) {
		return err;
	}
	/* Not the own one: then nobody would be left to say so. */
	if (memcmp(key, core->identity.device.public_key, sizeof(key)) == 0) {
		return KR_ERR_FORBIDDEN;
	}
	return kr_devices_has(&core->account.devices, key)
		? device_remove(core, key, command->id)
		: KR_ERR_NOT_FOUND;
}

/* Once, by the device that signed it. */
enum kr_err devices_show(
	struct kr_core *core, const struct kr_device_link *link, struct kr_view record)
{
	if (memcmp(link->signer, core->identity.device.public_key,
		    sizeof(link->signer)) != 0) {
		return KR_OK;
	}
	for (struct community *c = core->communities; c != NULL; c = c->next) {
		struct group *group = community_group(core, c);
		struct kr_content content = {
			.kind = KR_CONTENT_DEVICE,
			.record = record,
			.written_ms = core->now_ms,
		};
		enum kr_err err;

		if (c->state != COMMUNITY_MEMBER || group == NULL) {
			continue;
		}
		err = group_say(core, group, &content, "device", 0, NULL);
		if (is_fatal(err)) {
			return err;
		}
	}
	return KR_OK;
}

enum kr_err ask_devices(
	const struct kr_core *core, const cJSON *question, cJSON *answer_to)
{
	static const char *const names[] = {NULL};
	const struct kr_devices *devices = &core->account.devices;
	cJSON *list;
	enum kr_err err = json_only(question, names);

	if (err != KR_OK) {
		return err;
	}
	list = json_add_array(answer_to, "devices");
	for (size_t i = 0; i < devices->num; i++) {
		cJSON *object = json_append_object(list);

		if (!json_add_id(object, "device", devices->list[i].key) ||
			!json_add_flag(object, "me",
				memcmp(devices->list[i].key,
					core->identity.device.public_key,
					KR_ED25519_PUBLIC_BYTES) == 0) ||
			!json_add_flag(object, "removed", devices->list[i].removed)) {
			return KR_ERR_MEMORY;
		}
	}
	return list != NULL ? KR_OK : KR_ERR_MEMORY;
}

/* ---- Which topics there are ------------------------------------------------------- */

/* Communities that were founded with this account, or of which a further device does not
 * know yet. What the relay says is followed, and believed when the records say so. */
static enum kr_err take_topic(struct kr_core *core, struct kr_view text)
{
	struct kr_topic *topic = &core->account.last_topic;
	struct community *community;
	enum kr_err err;

	if (kr_topic_from_text(topic, text) != KR_OK) {
		core->account.has_asked_topics = true;
		return KR_OK;
	}
	if (topic->kind == KR_TOPIC_INBOX) {
		return inbox_listed(core, topic->id);
	}
	if (topic->kind != KR_TOPIC_COMMUNITY ||
		community_find(core, topic->id) != NULL) {
		return KR_OK;
	}
	err = community_add(core, topic->id, COMMUNITY_FOLLOWED, &community);
	return err != KR_OK ? err : topic_follow(core, topic);
}

static enum kr_err topics_answered(
	struct kr_core *core, const struct answer *reply, struct kr_view context)
{
	const struct kr_topic before = core->account.last_topic;
	const struct kr_topic *last = &core->account.last_topic;
	const cJSON *list;
	const cJSON *item;
	bool more = false;
	enum kr_err err = KR_OK;

	(void)context;
	core->account.is_asking_topics = false;
	if (!reply->ok) {
		core->account.has_asked_topics = true;
		return KR_OK;
	}
	(void)kr_json_get_bool(reply->doc, "more", &more);
	core->account.has_asked_topics = !more;
	list = cJSON_GetObjectItemCaseSensitive(reply->doc->root, "topics");
	cJSON_ArrayForEach(item, list)
	{
		if (err == KR_OK && cJSON_IsString(item)) {
			err = take_topic(core, kr_view_str(item->valuestring));
		}
	}
	/* They come in order; a page that does not lead on is the last one. */
	if (memcmp(last, &before, sizeof(before)) <= 0) {
		core->account.has_asked_topics = true;
	}
	return err;
}

void account_topics_ask_again(struct kr_core *core)
{
	if (!core->account.is_asking_topics) {
		core->account.has_asked_topics = false;
		core->account.last_topic = (struct kr_topic){0};
	}
}

enum kr_err account_topics_reconcile(struct kr_core *core)
{
	struct account *account = &core->account;
	struct kr_request request = {.verb = KR_VERB_ACCOUNT_TOPICS};

	if (account->has_asked_topics || account->is_asking_topics ||
		!link_has_room(core)) {
		return KR_OK;
	}
	if (account->last_topic.kind != 0) {
		request.fields = KR_R(AFTER_TOPIC);
		request.after_topic = account->last_topic;
	}
	account->is_asking_topics = true;
	return link_request(core, &request, topics_answered, kr_view(NULL, 0));
}
