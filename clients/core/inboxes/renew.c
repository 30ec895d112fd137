/* Renewal: an inbox whose record runs out takes no signals any more, so the team's
 * administrators make the next one in time. CASES.md §2.
 *
 * The machine has no table of time zones: first the host is told, and answers by
 * `inbox_set` with the offsets of the coming year; if it never does, the record is
 * renewed with the offsets as they are, and office hours may be an hour off in summer.
 * Administrators come one after the other, in the order of the team, so that they do not
 * all send one. */
#include <string.h>

#include "clients/core/inboxes/change.h"
#include "clients/core/state.h"

#define EACH_MS (UINT64_C(12) * 3600 * 1000) /* 32 of them are a fortnight */
#define HOST_MS (UINT64_C(7) * 24 * 3600 * 1000)

/* When it is this device's turn. False: it never is. */
static bool find_turn(
	const struct kr_core *core, const struct inbox *inbox, uint64_t *turn_ms)
{
	const struct kr_inbox_record *record = inbox_record(inbox);
	uint64_t before = 0;

	if (record == NULL || !inbox->is_open || !inbox->secrets.has_identity ||
		!inbox->is_fresh || record->moved) {
		return false;
	}
	for (size_t i = 0; i < record->num_team; i++) {
		if (memcmp(record->team[i].device_key, core->identity.device.public_key,
			    KR_ED25519_PUBLIC_BYTES) == 0) {
			break;
		}
		before += record->team[i].administrator;
	}
	*turn_ms = record->expires_ms - INBOX_RENEW_MS + before * EACH_MS;
	return true;
}

static enum kr_err tell_host(struct kr_core *core, struct inbox *inbox)
{
	const struct kr_inbox_record *record = inbox_record(inbox);
	cJSON *tell;

	if (inbox->renew_told == record->number) {
		return KR_OK;
	}
	inbox->renew_told = record->number;
	tell = cJSON_CreateObject();
	if (!json_add_str(tell, "tell", "renew") ||
		!json_add_id(tell, "inbox", inbox->id) ||
		!json_add_text(tell, "zone", record->zone) ||
		!json_add_number(tell, "expires", record->expires_ms)) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&core->outputs, tell);
}

/* Once a connection: what the relay refuses, it would refuse again. */
static enum kr_err renew(struct kr_core *core, struct inbox *inbox)
{
	struct inbox_change *change;
	enum kr_err err;

	if (inbox->renew_sent == inbox_record(inbox)->number) {
		return KR_OK;
	}
	inbox->renew_sent = inbox_record(inbox)->number;
	change = inbox_change_new();
	err = change == NULL ? KR_ERR_MEMORY : inbox_change_begin(core, inbox, change);
	if (err == KR_OK) {
		err = inbox_change_send(core, inbox, change, "inbox_renew", 0);
	}
	inbox_change_free(change);
	/* What cannot be sealed (a name that does not open) is for people to mend. */
	return is_fatal(err) ? err : KR_OK;
}

static enum kr_err reconcile(struct kr_core *core, struct inbox *inbox)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_INBOX, inbox->id);
	uint64_t turn_ms;
	enum kr_err err;

	if (!find_turn(core, inbox, &turn_ms) ||
		outbox_first(core, OP_REQUEST, &topic) != NULL) {
		return KR_OK;
	}
	if (core->now_ms < turn_ms) {
		core_wake(core, turn_ms);
		return KR_OK;
	}
	if ((err = tell_host(core, inbox))) {
		return err;
	}
	if (core->now_ms < turn_ms + HOST_MS) {
		core_wake(core, turn_ms + HOST_MS);
		return KR_OK;
	}
	return renew(core, inbox);
}

enum kr_err inboxes_renew(struct kr_core *core)
{
	enum kr_err err = KR_OK;

	for (struct inbox *inbox = core->inboxes; inbox != NULL && err == KR_OK;
		inbox = inbox->next) {
		err = reconcile(core, inbox);
	}
	return err;
}
