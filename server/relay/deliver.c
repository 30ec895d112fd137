/* What an event does to connections once it is on disk. */
#include "server/relay/call.h"

#include <string.h>

static bool list_has(struct kr_view list, const uint8_t id[KR_ID_BYTES])
{
	for (size_t at = 0; at < list.len; at += KR_ID_BYTES) {
		if (memcmp(list.data + at, id, KR_ID_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

/* Those who may not read the topic any more do not get the event that says so. */
static void end_subscriptions(
	struct relay *relay, const struct kr_topic *topic, struct kr_view accounts)
{
	struct subscription *s = fanout_each(&relay->fanout, topic, NULL);

	while (s != NULL) {
		struct subscription *next = fanout_each(&relay->fanout, topic, s);

		if (list_has(accounts, s->conn->account)) {
			subscription_end(s, KR_ERR_FORBIDDEN);
		}
		s = next;
	}
}

/* The connections of an account, or of one of its devices (device not empty). Rare, so
 * no index is kept for it. */
static void close_connections(
	struct relay *relay, struct kr_view account, struct kr_view device, uint16_t code)
{
	for (struct relay_conn *conn = relay->conns; conn != NULL; conn = conn->next) {
		if (conn->authenticated &&
			kr_view_equal(view_id(conn->account), account) &&
			(device.len == 0 ||
				kr_view_equal(view_id(conn->device), device))) {
			conn_close(conn, code);
		}
	}
}

/* ---- Inboxes and cases ------------------------------------------------------------ */

/* Ask again, in the state that is now. What cannot be asked is not permitted. */
static void end_unless_readable(struct relay *relay, struct subscription *s)
{
	struct kr_topic topic = *fanout_topic(s);
	struct call call = {.relay = relay, .conn = s->conn};

	if (relay_view(relay, &call.view) != KR_OK ||
		standing_of(&call, PERMISSION_READER, &topic) != KR_OK) {
		subscription_end(s, KR_ERR_FORBIDDEN);
	}
}

/* A case went on: whoever was asked and is not any more sees nothing of it. */
static void recheck_topic(struct relay *relay, const struct kr_topic *topic)
{
	struct subscription *s = fanout_each(&relay->fanout, topic, NULL);

	while (s != NULL) {
		struct subscription *next = fanout_each(&relay->fanout, topic, s);

		end_unless_readable(relay, s);
		s = next;
	}
}

static void recheck_subscriptions(
	struct relay_conn *conn, bool (*is_concerned)(const struct kr_topic *topic))
{
	struct subscription *s = conn->subscriptions;

	while (s != NULL) {
		struct subscription *next = s->conn_next;

		if (is_concerned(fanout_topic(s))) {
			end_unless_readable(conn->relay, s);
		}
		s = next;
	}
}

static bool hangs_on_a_team(const struct kr_topic *topic)
{
	return topic->kind == KR_TOPIC_INBOX || topic->kind == KR_TOPIC_CASE ||
		topic->kind == KR_TOPIC_NOTES;
}

/* A team has changed. Rare, so no index is kept of who reads by which inbox. */
static void recheck_teams(struct relay *relay)
{
	for (struct relay_conn *conn = relay->conns; conn != NULL; conn = conn->next) {
		if (conn->authenticated) {
			recheck_subscriptions(conn, hangs_on_a_team);
		}
	}
}

static bool is_group(const struct kr_topic *topic)
{
	return topic->kind == KR_TOPIC_GROUP;
}

/* Somebody is out of a community: out of its groups at once, whether or not the append
 * names them all. */
static void recheck_groups(struct relay *relay, struct kr_view account)
{
	for (struct relay_conn *conn = relay->conns; conn != NULL; conn = conn->next) {
		if (conn->authenticated &&
			kr_view_equal(view_id(conn->account), account)) {
			recheck_subscriptions(conn, is_group);
		}
	}
}

/* Whoever stands in a team and does not follow its inbox yet may know nothing of it: it
 * is told that it is there, and nothing else. */
static void tell_team(
	struct relay *relay, const struct kr_topic *inbox, struct kr_view team)
{
	for (struct relay_conn *conn = relay->conns; conn != NULL; conn = conn->next) {
		if (conn->authenticated && list_has(team, conn->account) &&
			fanout_find(conn, inbox) == NULL) {
			tell_begun(conn, inbox);
		}
	}
}

void deliver_event(struct relay *relay, const struct log_event *stored)
{
	const struct kr_event *event = &stored->event;
	struct kr_event_head head;

	/* The log has read this head before it stored it. */
	if (kr_event_head_read(&head, event->type, event->head) != KR_OK) {
		return;
	}
	switch ((enum kr_event_type)event->type) {
	case KR_EVENT_COMMIT:
	case KR_EVENT_VOID:
		end_subscriptions(relay, &event->topic, head.removed);
		break;
	case KR_EVENT_REMOVED:
	case KR_EVENT_LEFT:
		end_subscriptions(relay, &event->topic, head.account);
		recheck_groups(relay, head.account);
		break;
	case KR_EVENT_GROUP_LEFT:
		end_subscriptions(relay, &event->topic, head.account);
		break;
	case KR_EVENT_DEVICE_REMOVED:
		close_connections(
			relay, view_id(event->topic.id), head.key, KR_CLOSE_DEVICE);
		break;
	case KR_EVENT_BLOCKED:
		if (head.flag) {
			close_connections(
				relay, head.account, kr_view(NULL, 0), KR_CLOSE_AUTH);
		}
		break;
	case KR_EVENT_INBOX_SET:
		recheck_teams(relay);
		tell_team(relay, &event->topic, head.added);
		break;
	case KR_EVENT_HANDOVER_ACCEPTED:
	case KR_EVENT_HANDOVER_DECLINED:
	case KR_EVENT_PARTED:
	case KR_EVENT_CLOSED:
	case KR_EVENT_WITHDRAWN:
		recheck_topic(relay, &event->topic);
		break;
	default:
		break;
	}
	fanout_event(&relay->fanout, event, stored->place.hash, relay->mono_ms);
}
