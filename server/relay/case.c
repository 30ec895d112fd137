/* Cases: coming back to one, and the wraps that are somebody's by now. What is appended
 * to them is in case_append.c. */
#include "server/relay/call.h"

#include <string.h>

#define KEYS_MAX    512 /* wraps in one answer */
#define PAGE_EVENTS 64
#define PAGE_BYTES  ((size_t)65536)

/* ---- Whose case it is ------------------------------------------------------------- */

/* The account's next inbox, by id; start with zeroes. KR_ERR_NOT_FOUND after the last. */
static enum kr_err next_own_inbox(const struct call *call, uint8_t inbox[KR_ID_BYTES])
{
	struct store_id next;
	size_t num;
	enum kr_err err =
		store_inboxes_of(call->view, call->conn->account, inbox, &next, 1, &num);

	if (err != KR_OK || num == 0) {
		return err != KR_OK ? err : KR_ERR_NOT_FOUND;
	}
	memcpy(inbox, next.bytes, KR_ID_BYTES);
	return KR_OK;
}

/* Of an inbox that has read the case once: may it still? */
static enum kr_err may_still_read(
	struct call *call, const uint8_t case_id[KR_ID_BYTES], const uint8_t *inbox)
{
	struct kr_case_state *state = &call->standing.case_state;
	const struct kr_case_party *party;
	enum kr_err err = store_case(call->view, case_id, state);

	if (err != KR_OK) {
		return err;
	}
	party = kr_case_party(state, inbox);
	return party != NULL && kr_case_may_read(party) ? KR_OK : KR_ERR_FORBIDDEN;
}

/* From the account's own inboxes, not from the case: so what is looked up for somebody
 * who never read it is the same whether it is there or not. */
enum kr_err case_read_by(struct call *call, const uint8_t case_id[KR_ID_BYTES])
{
	uint8_t inbox[KR_ID_BYTES] = {0};
	uint8_t notes[KR_ID_BYTES];
	uint8_t found[KR_ID_BYTES];
	enum kr_err err;

	while ((err = next_own_inbox(call, inbox)) == KR_OK) {
		kr_notes_id(notes, case_id, inbox);
		err = store_notes(call->view, notes, found);
		if (err == KR_OK) {
			err = may_still_read(call, case_id, inbox);
		}
		if (err != KR_ERR_NOT_FOUND && err != KR_ERR_FORBIDDEN) {
			return err;
		}
	}
	return err == KR_ERR_NOT_FOUND ? KR_ERR_FORBIDDEN : err;
}

/* Likewise. */
enum kr_err notes_read_by(
	struct call *call, const uint8_t notes[KR_ID_BYTES], uint8_t inbox[KR_ID_BYTES])
{
	uint8_t case_id[KR_ID_BYTES];
	uint8_t own[KR_ID_BYTES];
	enum kr_err found = store_notes(call->view, notes, case_id);
	enum kr_err err;

	if (found != KR_OK && found != KR_ERR_NOT_FOUND) {
		return found;
	}
	memset(inbox, 0, KR_ID_BYTES);
	while ((err = next_own_inbox(call, inbox)) == KR_OK) {
		kr_notes_id(own, case_id, inbox);
		if (memcmp(own, notes, KR_ID_BYTES) == 0) {
			return KR_OK;
		}
	}
	return err == KR_ERR_NOT_FOUND ? KR_ERR_FORBIDDEN : err;
}

void case_not_submitted(struct relay_conn *conn)
{
	if (conn->case_access == CASE_ASKED) {
		conn->case_access = CASE_NONE;
		memset(conn->case_id, 0, sizeof(conn->case_id));
	}
}

/* ---- Coming back ------------------------------------------------------------------ */

/* A locator that is not there takes as long as a signature that does not hold. */
static enum kr_err verify_receipt(const struct call *call)
{
	const struct kr_request *request = call->request;
	uint8_t space[2 * (KR_RELAY_NAME_MAX + 1)];
	struct kr_case_state state;
	const uint8_t *key = state.reporter_key;
	struct kr_writer w;
	enum kr_err found = store_case(call->view, request->topic.id, &state);
	enum kr_err err;

	if (found != KR_OK && found != KR_ERR_NOT_FOUND) {
		return found;
	}
	if (found == KR_ERR_NOT_FOUND) {
		key = call->relay->key.public_key;
	}
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_case_open_tbs(&w, kr_view_str(call->relay->config.name), call->conn->challenge,
		request->topic.id);
	if (w.err != KR_OK) {
		return w.err;
	}
	err = kr_ed25519_verify(
		kr_view(request->sig, sizeof(request->sig)), key, kr_writer_view(&w));
	return found == KR_OK && err == KR_OK ? KR_OK : KR_ERR_AUTH_FAILED;
}

enum kr_err handle_case_open(struct call *call)
{
	struct relay_conn *conn = call->conn;
	enum kr_err err;

	if (conn->authenticated || conn->case_access != CASE_NONE) {
		return KR_ERR_NAMED;
	}
	if (call->request->topic.kind != KR_TOPIC_CASE) {
		call->detail.field = "topic";
		return KR_ERR_FIELD;
	}
	if ((err = verify_receipt(call))) {
		return err;
	}
	conn->case_access = CASE_OPEN;
	memcpy(conn->case_id, call->request->topic.id, sizeof(conn->case_id));
	kr_wipe(conn->challenge, sizeof(conn->challenge));
	kr_wipe(conn->address, sizeof(conn->address));
	return handle_topic_head(call);
}

/* ---- Wraps ------------------------------------------------------------------------ */

void wraps_pack(
	struct kr_writer *w, const struct kr_case_event *event, struct kr_view wraps)
{
	for (size_t i = 0; i < event->num_recipients; i++) {
		const struct kr_recipient *r = &event->recipients[i];

		kr_write_u8(w, (uint8_t)r->purpose);
		kr_write_fixed(w, view_id(r->party));
		kr_write_fixed(w, kr_view(wraps.data + i * KR_WRAP_BYTES, KR_WRAP_BYTES));
	}
}

/* Add those of one event that may be handed out. */
static void take_wraps(struct kr_writer *w, const struct kr_case_state *state,
	const uint8_t *inbox, const struct kr_event *event, size_t *num)
{
	size_t num_packed = event->body.len / PACKED_WRAP_BYTES;

	for (size_t i = 0; i < num_packed; i++) {
		const uint8_t *packed = event->body.data + i * PACKED_WRAP_BYTES;
		struct kr_recipient to = {.purpose = (enum kr_wrap_purpose)packed[0]};

		memcpy(to.party, packed + WRAP_PURPOSE_BYTES, sizeof(to.party));
		if (kr_case_may_have(state, &to, inbox)) {
			kr_write_u64(w, event->seq);
			kr_write_u16(w, (uint16_t)i);
			kr_write_fixed(w,
				kr_view(packed + WRAP_PURPOSE_BYTES + KR_ID_BYTES,
					KR_WRAP_BYTES));
			++*num;
		}
	}
}

/* For which inbox; NULL: for the reporter. */
static enum kr_err keys_for(struct call *call, const uint8_t **inbox)
{
	const struct kr_request *request = call->request;
	bool has_inbox = (request->fields & KR_R(INBOX)) != 0;
	bool is_administrator;
	enum kr_err err;

	*inbox = has_inbox ? request->inbox : NULL;
	if (has_inbox != call->conn->authenticated) {
		call->detail.field = "inbox";
		return KR_ERR_FIELD;
	}
	if (!has_inbox) {
		return KR_OK;
	}
	err = store_team(
		call->view, request->inbox, call->conn->account, &is_administrator);
	return err == KR_ERR_NOT_FOUND ? KR_ERR_FORBIDDEN : err;
}

enum kr_err handle_case_keys(struct call *call)
{
	const struct kr_request *request = call->request;
	struct kr_topic topic = kr_topic(KR_TOPIC_WRAPS, request->topic.id);
	struct store_entry entries[PAGE_EVENTS];
	KR_AUTO_WRITER struct kr_writer wraps = {0};
	struct store_topic position;
	const uint8_t *inbox;
	uint64_t next = request->after;
	struct kr_json j;
	size_t num_wraps = 0;
	size_t num;
	size_t begin;
	enum kr_err err;

	kr_writer_init(&wraps);
	if (!answer_has_room(call->conn)) {
		return KR_ERR_BUSY;
	}
	if ((err = keys_for(call, &inbox)) ||
		(err = store_topic(call->view, &topic, &position))) {
		return err;
	}
	/* What is trimmed is erased: nothing is missed by beginning after it. */
	if (next < position.trimmed_seq) {
		next = position.trimmed_seq;
	}
	err = store_page(
		call->view, &topic, next, PAGE_BYTES, entries, PAGE_EVENTS, &num);
	if (err != KR_OK) {
		call->detail.fields |= DETAIL_SEQ;
		call->detail.seq = position.seq;
		return err;
	}
	for (size_t i = 0; i < num && num_wraps + KR_RECIPIENTS_MAX <= KEYS_MAX; i++) {
		take_wraps(&wraps, &call->standing.case_state, inbox, &entries[i].event,
			&num_wraps);
		next = entries[i].event.seq;
	}
	if (wraps.err != KR_OK) {
		return wraps.err;
	}
	begin = answer_body_begin(call->relay, &j, request->id);
	kr_json_u64(&j, "next", next);
	kr_json_bool(&j, "more", next < position.seq);
	answer_body_end(call->conn, &j, begin, kr_writer_view(&wraps));
	return KR_OK;
}
