/* The devices of an account. */
#include "server/relay/call.h"

#include <string.h>

/* Of one account. Removed ones count among those that ever were: they are kept, since
 * none of them comes back, and looked through when another is added. */
#define MAX_DEVICES      16
#define MAX_DEVICES_EVER 256
#define PAGE             32

/* The account's id was made from this key. */
static bool is_first_device(
	const uint8_t account[KR_ID_BYTES], const uint8_t device[KR_ED25519_PUBLIC_BYTES])
{
	uint8_t id[KR_ID_BYTES];

	kr_account_id(id, device);
	return memcmp(id, account, sizeof(id)) == 0;
}

enum kr_err device_is_good(const struct store_view *view,
	const uint8_t account[KR_ID_BYTES], const uint8_t device[KR_ED25519_PUBLIC_BYTES])
{
	struct store_device known;
	enum kr_err err = store_device(view, account, device, &known);

	if (err == KR_ERR_NOT_FOUND) {
		return is_first_device(account, device) ? KR_OK : KR_ERR_AUTH_FAILED;
	}
	if (err == KR_OK && known.removed) {
		err = KR_ERR_AUTH_FAILED;
	}
	return err;
}

static enum kr_err has_room(struct call *call)
{
	struct store_device page[PAGE];
	uint8_t last[KR_ID_BYTES];
	const uint8_t *after = NULL;
	size_t num = 1; /* the first one, which may have no event */
	size_t num_ever = 1;
	size_t num_page;
	enum kr_err err;

	do {
		err = store_devices(
			call->view, call->conn->account, after, page, PAGE, &num_page);
		if (err != KR_OK) {
			return err;
		}
		for (size_t i = 0; i < num_page; i++) {
			num += page[i].removed ? 0 : 1;
		}
		num_ever += num_page;
		if (num_page > 0) {
			memcpy(last, page[num_page - 1].key, sizeof(last));
			after = last;
		}
	} while (num_page == PAGE);
	return num >= MAX_DEVICES || num_ever >= MAX_DEVICES_EVER ? KR_ERR_LIMIT : KR_OK;
}

static enum kr_err propose_device(
	struct call *call, enum kr_event_type type, const struct store_topic *topic_state)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_ACCOUNT, call->conn->account);
	struct kr_event_head head = {.key = view_id(call->request->key)};

	call_event(call, type, &topic, &head, call->request->body, topic_state->rev);
	return call_propose(call);
}

static enum kr_err account_topic(struct call *call, struct store_topic *out)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_ACCOUNT, call->conn->account);
	enum kr_err err = store_topic(call->view, &topic, out);

	return err == KR_ERR_NOT_FOUND ? KR_OK
				       : err; /* zeroed: nothing happened there yet */
}

enum kr_err handle_device_add(struct call *call)
{
	struct store_topic topic;
	struct store_device known;
	enum kr_err err;

	if ((err = account_topic(call, &topic))) {
		return err;
	}
	if (call->is_repeat) {
		return propose_device(call, KR_EVENT_DEVICE_ADDED, &topic);
	}
	/* A removed device does not come back: its key may be in other hands. */
	err = store_device(call->view, call->conn->account, call->request->key, &known);
	if (err == KR_OK || is_first_device(call->conn->account, call->request->key)) {
		return KR_ERR_EXISTS;
	}
	if (err != KR_ERR_NOT_FOUND || (err = has_room(call))) {
		return err;
	}
	return propose_device(call, KR_EVENT_DEVICE_ADDED, &topic);
}

enum kr_err handle_device_remove(struct call *call)
{
	struct store_topic topic;
	enum kr_err err;

	if ((err = account_topic(call, &topic))) {
		return err;
	}
	if (!call->is_repeat) {
		err = device_is_good(call->view, call->conn->account, call->request->key);
		if (err != KR_OK) {
			return err == KR_ERR_AUTH_FAILED ? KR_ERR_NOT_FOUND : err;
		}
	}
	return propose_device(call, KR_EVENT_DEVICE_REMOVED, &topic);
}
