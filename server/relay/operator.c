/* What the operator decides, as events of the relay's own topic. */
#include "server/relay/call.h"

#include <stdlib.h>

static enum kr_err operator_append(struct relay *relay, enum kr_event_type type,
	const struct kr_event_head *head, relay_done_fn *done, void *ctx)
{
	static const uint8_t relay_id[KR_ID_BYTES];
	uint8_t bytes[KR_EVENT_HEAD_MAX];
	struct log_append *append = log_append_new();
	struct pending *pending = calloc(1, sizeof(*pending));
	struct kr_event event = {
		.topic = kr_topic(KR_TOPIC_RELAY, relay_id),
		.type = (uint16_t)type,
		.time_ms = relay->now_ms,
	};
	struct kr_writer w;
	enum kr_err err;

	kr_writer_init_fixed(&w, bytes, sizeof(bytes));
	if (append == NULL || pending == NULL) {
		err = KR_ERR_MEMORY;
		goto out;
	}
	*pending = (struct pending){.relay = relay, .done = done, .done_ctx = ctx};
	if ((err = kr_random_fill(relay->rng, event.id, sizeof(event.id))) ||
		(err = kr_event_head_write(&w, type, head))) {
		goto out;
	}
	event.head = kr_writer_view(&w);
	if ((err = log_append_event(append, &event, LOG_REV_ANY)) ||
		(err = pending_propose(relay, pending, append))) {
		goto out;
	}
	return KR_OK;
out:
	log_append_free(append);
	free(pending);
	return err == KR_ERR_BUSY ? KR_ERR_LIMIT : err;
}

enum kr_err relay_operator_grant(struct relay *relay, const uint8_t hash[KR_SHA256_BYTES],
	uint64_t until_ms, uint32_t purpose, relay_done_fn *done, void *ctx)
{
	struct kr_event_head head = {
		.hash = kr_view(hash, KR_SHA256_BYTES),
		.until_ms = until_ms,
		.count = purpose,
	};

	return operator_append(relay, KR_EVENT_GRANT, &head, done, ctx);
}

enum kr_err relay_operator_revoke(struct relay *relay,
	const uint8_t hash[KR_SHA256_BYTES], relay_done_fn *done, void *ctx)
{
	struct kr_event_head head = {.hash = kr_view(hash, KR_SHA256_BYTES)};

	return operator_append(relay, KR_EVENT_GRANT_REVOKED, &head, done, ctx);
}

enum kr_err relay_operator_block(struct relay *relay, const uint8_t account[KR_ID_BYTES],
	bool blocked, relay_done_fn *done, void *ctx)
{
	struct kr_event_head head = {.account = view_id(account), .flag = blocked};

	return operator_append(relay, KR_EVENT_BLOCKED, &head, done, ctx);
}
