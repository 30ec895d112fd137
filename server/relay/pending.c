/* Appends under way: from a call to the committer, and what becomes of them. */
#include "server/relay/call.h"

#include <stdlib.h>
#include <string.h>

/* ---- Under way -------------------------------------------------------------------- */

static void link_pending(struct pending *pending, struct relay_conn *conn)
{
	pending->conn = conn;
	pending->next = conn->pending;
	if (pending->next != NULL) {
		pending->next->prev = pending;
	}
	conn->pending = pending;
	conn->num_outstanding++;
}

void pending_orphan(struct pending *pending)
{
	struct relay_conn *conn = pending->conn;

	if (conn == NULL) {
		return;
	}
	if (pending->prev != NULL) {
		pending->prev->next = pending->next;
	} else {
		conn->pending = pending->next;
	}
	if (pending->next != NULL) {
		pending->next->prev = pending->prev;
	}
	conn->num_outstanding--;
	pending->next = pending->prev = NULL;
	pending->conn = NULL;
}

void pending_free(struct pending *pending)
{
	pending_orphan(pending);
	kr_bytes_free(&pending->message);
	free(pending);
}

static struct pending *new_pending(struct call *call)
{
	struct pending *pending = calloc(1, sizeof(*pending));

	if (pending == NULL || kr_bytes_copy(&pending->message, call->message) != KR_OK) {
		free(pending);
		return NULL;
	}
	pending->relay = call->relay;
	pending->is_text = call->is_text;
	pending->request_id = call->request->id;
	pending->verb = call->request->verb;
	link_pending(pending, call->conn);
	return pending;
}

enum kr_err pending_propose(
	struct relay *relay, struct pending *pending, struct log_append *append)
{
	enum kr_err err;

	/* The relay's own words, and the operator's, do not wait for those who write a
	 * lot: a clock that has run out is said to have. Of these there are few
	 * (clocks.c). */
	if (pending->done == NULL &&
		relay->statistics.outstanding >= relay->config.max_queued) {
		return KR_ERR_BUSY;
	}
	append->owner = pending;
	err = relay->host.propose(relay->host.ctx, append);
	if (err == KR_OK) {
		relay->statistics.outstanding++;
	}
	return err == KR_ERR_LIMIT || err == KR_ERR_STATE ? KR_ERR_BUSY : err;
}

enum kr_err call_propose(struct call *call)
{
	struct log_append *append = call->append;
	enum kr_err err = call->append_err;

	call->append = NULL;
	if (err == KR_OK && call->pending == NULL) {
		call->pending = new_pending(call);
		err = call->pending == NULL ? KR_ERR_MEMORY : KR_OK;
	}
	if (err == KR_OK) {
		call->pending->num_attempts++;
		err = pending_propose(call->relay, call->pending, append);
	}
	if (err != KR_OK) {
		log_append_free(append);
		if (call->pending != NULL) {
			pending_free(call->pending);
			call->pending = NULL;
		}
	}
	return err;
}

/* ---- What the log says ------------------------------------------------------------ */

static void answer_keys_fetch(struct relay_conn *conn, const struct pending *pending,
	const struct log_event *taken, const struct kr_event_head *head)
{
	struct kr_json j;
	size_t begin = answer_body_begin(conn->relay, &j, pending->request_id);

	kr_json_bytes(&j, "hash", head->hash);
	kr_json_bytes(&j, "device", head->key);
	kr_json_bool(&j, "last_resort", head->flag);
	answer_body_end(conn, &j, begin, taken->event.body);
}

static void put_place(struct kr_json *j, const struct log_event *first)
{
	kr_json_topic(j, "topic", &first->event.topic);
	kr_json_u64(j, "seq", first->place.seq);
	kr_json_u64(j, "rev", first->place.rev);
	kr_json_bytes(j, "hash", kr_view(first->place.hash, sizeof(first->place.hash)));
}

/* Whoever sends a signal has its case open from then on. A repeat shows nothing but a
 * copy of what was sent, and in a case without a fallback its owner's team has all of
 * that: the receipt is asked for. */
static void open_submitted(struct relay_conn *conn, const struct log_append *append)
{
	if (append->result.outcome == LOG_REPEATED) {
		case_not_submitted(conn);
		return;
	}
	conn->case_access = CASE_OPEN;
	kr_wipe(conn->address, sizeof(conn->address));
}

/* With the relay's signed word that the signal is here. */
static void answer_submitted(struct relay_conn *conn, const struct pending *pending,
	const struct log_append *append, const struct kr_event_head *head)
{
	const struct log_event *submitted = &append->events[0];
	const struct kr_event *event = &submitted->event;
	struct relay *relay = conn->relay;
	struct kr_relay_word word = {
		.kind = KR_RELAY_ARRIVAL,
		.relay = kr_view_str(relay->config.name),
		.seq = submitted->place.seq,
		.time_ms = event->time_ms,
		.until_ms = head->until_ms,
	};
	uint8_t space[KR_RELAY_WORD_MAX];
	struct kr_writer w;
	struct kr_json j;
	size_t begin;

	memcpy(word.case_id, event->topic.id, sizeof(word.case_id));
	memcpy(word.event, event->id, sizeof(word.event));
	memcpy(word.hash, submitted->place.hash, sizeof(word.hash));
	memcpy(word.inbox, head->inbox.data, sizeof(word.inbox));
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_relay_word_write(&w, &word, &relay->key);
	open_submitted(conn, append);
	begin = answer_body_begin(relay, &j, pending->request_id);
	put_place(&j, submitted);
	kr_json_u64(&j, "until", head->until_ms);
	answer_body_end(conn, &j, begin, kr_writer_view(&w));
}

static void answer_stored(struct relay_conn *conn, const struct pending *pending,
	const struct log_append *append)
{
	const struct log_event *first = &append->events[0];
	struct kr_event_head head;
	struct kr_json j;

	/* The head was written by the handler. */
	if (kr_event_head_read(&head, first->event.type, first->event.head) != KR_OK) {
		conn_close(conn, KR_CLOSE_INTERNAL);
		return;
	}
	if (pending->verb == KR_VERB_KEYS_FETCH) {
		answer_keys_fetch(conn, pending, first, &head);
		return;
	}
	if (pending->verb == KR_VERB_CASE_SUBMIT) {
		answer_submitted(conn, pending, append, &head);
		return;
	}
	answer_begin(conn->relay, &j, pending->request_id);
	put_place(&j, first);
	if (pending->verb == KR_VERB_CASE_APPEND) {
		kr_json_u64(&j, "until", head.until_ms);
	}
	answer_end(conn, &j);
}

static void refused(struct pending *pending, enum kr_err err)
{
	static const struct detail nothing;

	if (pending->conn != NULL) {
		if (pending->verb == KR_VERB_CASE_SUBMIT) {
			case_not_submitted(pending->conn);
		}
		answer_error(pending->conn, pending->request_id, err, &nothing);
	}
	if (pending->done != NULL) {
		pending->done(pending->done_ctx, err);
	}
	pending_free(pending);
}

/* Handle the request anew; pending goes on with it or ends. */
static void try_anew(struct relay *relay, struct pending *pending)
{
	struct kr_request request;
	const char *fault;
	struct call call = {
		.relay = relay,
		.conn = pending->conn,
		.request = &request,
		.message = kr_view_bytes(&pending->message),
		.is_text = pending->is_text,
		.pending = pending,
	};

	if (pending->conn == NULL) {
		pending_free(pending);
		return;
	}
	if (pending->num_attempts >= MAX_ATTEMPTS ||
		kr_request_read(&request, &fault, call.message, call.is_text) != KR_OK) {
		refused(pending, KR_ERR_BUSY);
		return;
	}
	call_run(&call);
}

static void stored(
	struct relay *relay, struct pending *pending, struct log_append *append)
{
	relay->statistics.appends++;
	if (pending->conn != NULL) {
		answer_stored(pending->conn, pending, append);
	}
	if (append->result.outcome == LOG_APPENDED) {
		for (size_t i = 0; i < append->num_events; i++) {
			deliver_event(relay, &append->events[i]);
		}
	}
	if (pending->done != NULL) {
		pending->done(pending->done_ctx, KR_OK);
	}
	pending_free(pending);
}

void relay_committed(struct relay *relay, struct log_append *append)
{
	struct pending *pending = append->owner;

	relay->statistics.outstanding--;
	/* What follows must see what was just stored. */
	relay_view_drop(relay);
	switch (append->result.outcome) {
	case LOG_APPENDED:
	case LOG_REPEATED:
		stored(relay, pending, append);
		break;
	case LOG_REV_CONFLICT:
	case LOG_GUARD_FAILED:
	case LOG_KEY_TAKEN:
		if (pending->done != NULL) {
			refused(pending, KR_ERR_STATE);
		} else {
			try_anew(relay, pending);
		}
		break;
	case LOG_ID_REUSED:
		refused(pending, KR_ERR_ID_REUSED);
		break;
	case LOG_FAILED:
		refused(pending, append->result.err);
		break;
	case LOG_PENDING:
		refused(pending, KR_ERR_STATE);
		break;
	}
	log_append_free(append);
}
