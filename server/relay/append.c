/* Building an append. */
#include "server/relay/call.h"

#include <string.h>

static struct log_append *append_of(struct call *call)
{
	if (call->append_err == KR_OK && call->append == NULL) {
		call->append = log_append_new();
		if (call->append == NULL) {
			call->append_err = KR_ERR_MEMORY;
		}
	}
	return call->append_err == KR_OK ? call->append : NULL;
}

struct kr_view call_author(const struct call *call)
{
	return call->conn != NULL && call->conn->authenticated
		? view_id(call->conn->account)
		: kr_view(NULL, 0);
}

static void fill_event(struct kr_event *event, const struct call *call,
	enum kr_event_type type, const struct kr_topic *topic)
{
	*event = (struct kr_event){
		.topic = *topic,
		.type = (uint16_t)type,
		.time_ms = call->is_repeat ? call->before.event.time_ms
					   : call->relay->now_ms,
		.author = call_author(call),
	};
	memcpy(event->id, call->request->event, sizeof(event->id));
}

void call_event(struct call *call, enum kr_event_type type, const struct kr_topic *topic,
	const struct kr_event_head *head, struct kr_view body, uint64_t expect_rev)
{
	uint8_t head_bytes[KR_EVENT_HEAD_MAX];
	struct log_append *append = append_of(call);
	struct kr_event event;
	struct kr_writer w;

	if (append == NULL) {
		return;
	}
	fill_event(&event, call, type, topic);
	event.body = body;
	kr_writer_init_fixed(&w, head_bytes, sizeof(head_bytes));
	call->append_err = kr_event_head_write(&w, type, head);
	if (call->append_err == KR_OK) {
		event.head = kr_writer_view(&w);
		call->append_err = log_append_event(
			append, &event, call->is_repeat ? LOG_REV_ANY : expect_rev);
	}
}

void call_derived(struct call *call, enum kr_event_type type,
	const struct kr_topic *topic, const struct kr_event_head *head)
{
	uint8_t head_bytes[KR_EVENT_HEAD_MAX];
	struct log_append *append = append_of(call);
	struct kr_event event;
	struct kr_writer w;

	if (append == NULL) {
		return;
	}
	fill_event(&event, call, type, topic);
	kr_writer_init_fixed(&w, head_bytes, sizeof(head_bytes));
	call->append_err = kr_event_head_write(&w, type, head);
	if (call->append_err == KR_OK) {
		event.head = kr_writer_view(&w);
		call->append_err = log_append_derived(append, &event, LOG_REV_ANY);
	}
}

void call_guard(struct call *call, const struct kr_topic *topic, uint64_t rev)
{
	struct log_append *append = append_of(call);

	if (append != NULL && !call->is_repeat) {
		call->append_err = log_append_guard(append, topic, rev);
	}
}

static struct kr_view write_key(uint8_t out[LOG_KEY_BYTES_MAX], const char *purpose,
	struct kr_view a, struct kr_view b)
{
	struct kr_writer w;

	kr_writer_init_fixed(&w, out, LOG_KEY_BYTES_MAX);
	kr_write_fixed(&w, kr_view_str(purpose));
	kr_write_u8(&w, ':');
	kr_write_fixed(&w, a);
	kr_write_fixed(&w, b);
	return kr_writer_view(&w);
}

void call_key(struct call *call, const char *purpose, struct kr_view a, struct kr_view b)
{
	uint8_t key[LOG_KEY_BYTES_MAX];
	struct log_append *append = append_of(call);

	if (append != NULL && !call->is_repeat) {
		call->append_err = log_append_key(append, write_key(key, purpose, a, b));
	}
}

enum kr_err call_key_taken(struct call *call, const char *purpose, struct kr_view a,
	struct kr_view b, bool *taken)
{
	uint8_t key[LOG_KEY_BYTES_MAX];

	return store_key_taken(call->view, write_key(key, purpose, a, b), taken);
}
