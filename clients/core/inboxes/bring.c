/* What the clients of coordinators do: read the inboxes that the community trusts, by the
 * clock and by nothing else, and bring what is new to its group.
 *
 * Of several coordinators whoever reads first brings it. They read at times of their own,
 * so that the others mostly see it in the group before they would; if two bring the same,
 * it counts once. */
#include <stdlib.h>
#include <string.h>

#include "clients/core/inboxes/notices.h"
#include "clients/core/inboxes/pins.h"
#include "clients/core/state.h"

/* The trusted inboxes are read this often, and a random time more. */
#define READ_MS        ((uint64_t)120000)
#define READ_JITTER_MS ((uint64_t)120000)

/* ---- Which inboxes ---------------------------------------------------------------- */

/* The next inbox that this client reads for a community: of the policy of a main group
 * that it administers, with the key for it and on this relay. Start with group NULL and
 * at 0. */
struct trusted_at {
	struct group *group;
	size_t at;
	struct kr_policy_inbox inbox;
	uint8_t id[KR_ID_BYTES];
};

static bool is_mine_to_bring(const struct kr_core *core, const struct group *group)
{
	return group->is_main && group->state == GROUP_IN &&
		group_is_administrator(group, core->identity.account);
}

static bool next_of_group(struct trusted_at *t)
{
	struct kr_policy policy;

	if (group_policy(t->group, &policy) != KR_OK) {
		return false;
	}
	while (kr_policy_inbox_at(&policy, t->at++, &t->inbox) == KR_OK) {
		if (t->inbox.reading_key.len > 0 && t->inbox.relay.len == 0) {
			kr_inbox_id(t->id, t->inbox.identity_key);
			return true;
		}
	}
	return false;
}

static bool trusted_next(struct kr_core *core, struct trusted_at *t)
{
	struct group *group = t->group == NULL ? core->groups : t->group;

	while (group != NULL) {
		if (t->group != group) {
			t->group = group;
			t->at = 0;
		}
		if (is_mine_to_bring(core, group) && next_of_group(t)) {
			return true;
		}
		group = group->next;
	}
	return false;
}

/* ---- Reading ---------------------------------------------------------------------- */

bool notices_follow(const struct kr_core *core, const struct inbox *inbox)
{
	return core->notices.round > 0 && inbox->trusted_round == core->notices.round;
}

/* Of one that was read before for its records alone, the notices were not kept: it is
 * read from the beginning. */
static void want(struct kr_core *core, struct inbox *inbox)
{
	bool was_followed = inbox->trusted_round + 1 == core->notices.round;

	if (inbox->trusted_round == core->notices.round ||
		(!was_followed && inbox->is_asked)) {
		return; /* another community's, too; or in the next round */
	}
	inbox->trusted_round = core->notices.round;
	if (inbox->is_own) {
		return; /* its events come by themselves */
	}
	inbox->read_after = was_followed ? inbox->read_after : 0;
	inbox->is_fresh = false;
	(void)inbox_want(core, inbox);
}

static enum kr_err read_all(struct kr_core *core)
{
	struct trusted_at t = {0};
	struct inbox *inbox;
	uint64_t wait_ms;
	bool is_any = false;
	enum kr_err err;

	core->notices.round++;
	while (trusted_next(core, &t)) {
		if ((err = inbox_know(core, t.id, &inbox))) {
			return err;
		}
		want(core, inbox);
		is_any = true;
	}
	if ((err = core_jitter(core, READ_JITTER_MS, &wait_ms))) {
		return err;
	}
	core->notices.must_bring = is_any;
	core->notices.read_ms = is_any ? core->now_ms + READ_MS + wait_ms : UINT64_MAX;
	return KR_OK;
}

void notices_disconnected(struct kr_core *core)
{
	core->notices.read_ms = 0;
}

bool notices_are_busy(const struct kr_core *core)
{
	for (const struct inbox *inbox = core->inboxes; inbox != NULL;
		inbox = inbox->next) {
		if (notices_follow(core, inbox) && !inbox->is_own && !inbox->is_fresh) {
			return true;
		}
	}
	return core->notices.read_ms == 0;
}

enum kr_err notices_keep(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES])
{
	struct kept_event kept;

	if (event->body.len > KR_NOTICE_STORAGE ||
		event_kept(core, &event->topic, event->seq, &kept) == KR_OK) {
		return KR_OK; /* read again, on another connection */
	}
	core->notices.must_bring = true;
	return event_keep(core, event, hash, event->body);
}

/* ---- Bringing --------------------------------------------------------------------- */

/* Is the same already on its way from here? */
static bool is_in_outbox(struct kr_core *core, const struct group *group,
	struct kr_view notice, struct kr_view record)
{
	const struct kr_topic topic = kr_topic(KR_TOPIC_GROUP, group->id);
	struct kr_content content;

	for (const struct op *op = core->outbox.first; op != NULL; op = op->next) {
		if (op->kind == OP_POST && kr_topic_equal(&op->topic, &topic) &&
			kr_content_read(&content, kr_view_bytes(&op->plain)) == KR_OK &&
			content.kind == KR_CONTENT_NOTICE &&
			kr_view_equal(content.notice, notice) &&
			(notice.len > 0 || kr_view_equal(content.inbox_record, record))) {
			return true;
		}
	}
	return false;
}

/* One that the group could not take is left out. */
static enum kr_err say(struct kr_core *core, struct group *group, struct kr_view notice,
	struct kr_view record)
{
	struct kr_content content = {
		.kind = KR_CONTENT_NOTICE,
		.notice = notice,
		.inbox_record = record,
	};
	enum kr_err err;

	if (is_in_outbox(core, group, notice, record)) {
		return KR_OK;
	}
	err = group_say(core, group, &content, "notice", 0, NULL);
	return is_fatal(err) ? err : KR_OK;
}

/* Was who signed in the team when the relay took it, and are they still by the newest
 * record that the group knows? Members ask the latter, too. */
static bool is_to_be_brought(const struct kr_core *core, const struct trusted_at *t,
	const struct inbox *inbox, const struct kept_event *kept,
	const struct own_notice *own)
{
	const struct kr_inbox_record *then = inbox_record_at(inbox, kept->time_ms);
	const struct kr_notice *notice = &own->notice;

	return (notice->until_ms == 0 || notice->until_ms > core->now_ms) &&
		then != NULL && kr_inbox_member(then, notice->signer) != NULL &&
		notices_signer_stays(t->group->feed, t->id, notice);
}

static enum kr_err bring_notices(struct kr_core *core, const struct trusted_at *t,
	const struct inbox *inbox, uint8_t *storage)
{
	const struct kr_topic topic = kr_topic(KR_TOPIC_INBOX, t->id);
	uint64_t since_ms = pin_since(core, t->group, t->inbox.identity_key);
	struct kept_event kept;
	struct own_notice own;
	enum kr_err err = KR_OK;
	size_t at = 0;

	while (err == KR_OK && event_next(core, &topic, &at, &kept) == KR_OK) {
		/* What came before this client did, others have brought. */
		if (kept.time_ms >= since_ms &&
			!notices_have(t->group->feed, t->id, kept.id) &&
			notice_open_kept(inbox, &kept, t->inbox.reading_key.data, storage,
				&own) == KR_OK &&
			is_to_be_brought(core, t, inbox, &kept, &own)) {
			err = say(core, t->group, own.bytes, own.record);
		}
	}
	return err;
}

/* That another identity has taken over is for all to know, before the policy follows. */
static enum kr_err bring_move(
	struct kr_core *core, const struct trusted_at *t, const struct inbox *inbox)
{
	const struct kr_inbox_record *record = inbox_record(inbox);

	return record == NULL || !record->moved ||
			notices_successor(t->group->feed, t->id) != NULL
		? KR_OK
		: say(core, t->group, kr_view(NULL, 0),
			  kr_view_bytes(&inbox->records->bytes));
}

static enum kr_err bring_all(struct kr_core *core)
{
	uint8_t *storage = malloc(KR_NOTICE_STORAGE);
	struct trusted_at t = {0};
	const struct inbox *inbox;
	enum kr_err err = storage == NULL ? KR_ERR_MEMORY : KR_OK;

	core->notices.must_bring = false;
	while (err == KR_OK && trusted_next(core, &t)) {
		inbox = inbox_look(core, t.id);
		if (inbox == NULL || !inbox->is_fresh || !group_is_ready(core, t.group)) {
			core->notices.must_bring = true; /* when all is read */
			continue;
		}
		err = bring_notices(core, &t, inbox, storage);
		if (err == KR_OK) {
			err = bring_move(core, &t, inbox);
		}
	}
	free(storage);
	return err;
}

enum kr_err notices_read(struct kr_core *core)
{
	enum kr_err err = KR_OK;

	if (core->link.state != LINK_ONLINE) {
		return KR_OK;
	}
	/* Also if the clock was set back. */
	if (core->now_ms >= core->notices.read_ms ||
		(core->notices.read_ms != UINT64_MAX &&
			core->notices.read_ms - core->now_ms >
				READ_MS + READ_JITTER_MS)) {
		err = read_all(core);
	}
	if (core->notices.read_ms != UINT64_MAX) {
		core_wake(core, core->notices.read_ms);
	}
	return err;
}

enum kr_err notices_bring(struct kr_core *core)
{
	return core->link.state == LINK_ONLINE && core->notices.must_bring
		? bring_all(core)
		: KR_OK;
}

bool notice_is_needless(
	const struct kr_core *core, const struct group *group, struct kr_view plain)
{
	struct brought_notice *brought = malloc(sizeof(*brought));
	struct kr_content content;
	bool is_needless = false;

	if (brought != NULL && kr_content_read(&content, plain) == KR_OK &&
		content.kind == KR_CONTENT_NOTICE &&
		notice_read(brought, &content) == KR_OK) {
		is_needless = !is_mine_to_bring(core, group) ||
			!group_trusts(group, brought->record.identity_key, NULL) ||
			(brought->is_move ? notices_successor(
						    group->feed, brought->inbox) != NULL
					  : notices_have(group->feed, brought->inbox,
						    brought->notice.event));
	}
	free(brought);
	return is_needless;
}
