/* What goes back to whoever asked. */
#include "server/relay/call.h"

void answer_begin(struct relay *relay, struct kr_json *j, uint64_t id)
{
	kr_writer_reset(&relay->scratch);
	kr_json_begin(j, &relay->scratch);
	kr_json_u64(j, "re", id);
	kr_json_bool(j, "ok", true);
}

void answer_end(struct relay_conn *conn, struct kr_json *j)
{
	kr_json_end(j);
	out_scratch(conn, KR_WS_TEXT);
}

void answer_ok(struct call *call)
{
	struct kr_json j;

	answer_begin(call->relay, &j, call->request->id);
	answer_end(call->conn, &j);
}

size_t answer_body_begin(struct relay *relay, struct kr_json *j, uint64_t id)
{
	size_t begin;

	kr_writer_reset(&relay->scratch);
	begin = kr_message_begin(&relay->scratch);
	kr_json_begin(j, &relay->scratch);
	kr_json_u64(j, "re", id);
	kr_json_bool(j, "ok", true);
	return begin;
}

void answer_body_end(
	struct relay_conn *conn, struct kr_json *j, size_t begin, struct kr_view body)
{
	kr_json_end(j);
	kr_message_end(&conn->relay->scratch, begin, body);
	out_scratch(conn, KR_WS_BINARY);
}

bool answer_has_room(const struct relay_conn *conn)
{
	return conn->out_bytes <=
		(conn->authenticated ? OUT_MAX_FOR_PAGES : OUT_MAX_ANONYMOUS / 4);
}

static void put_detail(struct kr_json *j, const struct detail *d)
{
	if (d->field != NULL) {
		kr_json_str(j, "field", d->field);
	}
	if (d->fields & DETAIL_SEQ) {
		kr_json_u64(j, "seq", d->seq);
	}
	if (d->fields & DETAIL_REV) {
		kr_json_u64(j, "rev", d->rev);
	}
	if (d->fields & DETAIL_HASH) {
		kr_json_bytes(j, "hash", kr_view(d->hash, sizeof(d->hash)));
	}
	if (d->fields & DETAIL_EPOCH) {
		kr_json_u64(j, "epoch", d->epoch);
	}
	if (d->fields & DETAIL_UNTIL) {
		kr_json_u64(j, "until", d->until_ms);
	}
	if (d->fields & DETAIL_RETRY) {
		kr_json_u64(j, "retry_ms", d->retry_ms);
	}
	if (d->fields & DETAIL_INCARNATION) {
		kr_json_bytes(j, "incarnation",
			kr_view(d->incarnation, sizeof(d->incarnation)));
	}
}

/* A full disk, and what the wire calls internal. */
static bool err_is_ours(enum kr_err err)
{
	return err == KR_ERR_STORE_FULL ||
		kr_wire_error(err) == kr_wire_error(KR_ERR_MEMORY);
}

void answer_error(struct relay_conn *conn, uint64_t id, enum kr_err err,
	const struct detail *detail)
{
	const struct kr_wire_error *wire = kr_wire_error(err);
	struct relay *relay = conn->relay;
	struct kr_json j;

	relay->statistics.errors++;
	relay->statistics.failures += err_is_ours(err) ? 1 : 0;
	kr_writer_reset(&relay->scratch);
	kr_json_begin(&j, &relay->scratch);
	kr_json_u64(&j, "re", id);
	kr_json_str(&j, "error", wire->code);
	kr_json_str(&j, "text", wire->text);
	kr_json_str(&j, "retry", kr_retry_name(wire->retry));
	put_detail(&j, detail);
	answer_end(conn, &j);
	if (wire->close != 0) {
		conn_close(conn, wire->close);
	}
}

enum kr_err answer_events(struct call *call, const struct store_entry *entries,
	size_t num, bool (*wanted)(const struct kr_event *event))
{
	struct relay *relay = call->relay;
	struct kr_writer *w = &relay->scratch;

	kr_writer_reset(w);
	for (size_t i = 0; i < num; i++) {
		if (wanted == NULL || wanted(&entries[i].event)) {
			fanout_frame(w, &relay->fanout.scratch, &entries[i].event,
				entries[i].hash);
		}
	}
	if (w->err != KR_OK) {
		return w->err;
	}
	if (w->len > 0) {
		out_bytes(call->conn, kr_writer_view(w));
	}
	return KR_OK;
}
