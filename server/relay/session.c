/* ping and auth. */
#include "server/relay/call.h"

#include <string.h>

enum kr_err handle_ping(struct call *call)
{
	struct kr_json j;

	answer_begin(call->relay, &j, call->request->id);
	kr_json_u64(&j, "time", call->relay->now_ms);
	answer_end(call->conn, &j);
	return KR_OK;
}

static enum kr_err verify_proof(const struct call *call)
{
	const struct kr_request *request = call->request;
	uint8_t space[2 * (KR_RELAY_NAME_MAX + 1)];
	struct kr_writer w;

	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_auth_tbs(&w, kr_view_str(call->relay->config.name), call->conn->challenge,
		request->account, request->key);
	if (w.err != KR_OK) {
		return w.err;
	}
	return kr_ed25519_verify(kr_view(request->sig, sizeof(request->sig)),
		       request->key, kr_writer_view(&w)) == KR_OK
		? KR_OK
		: KR_ERR_AUTH_FAILED;
}

static enum kr_err may_come_in(const struct call *call)
{
	bool blocked;
	enum kr_err err;

	if ((err = verify_proof(call)) ||
		(err = device_is_good(
			 call->view, call->request->account, call->request->key)) ||
		(err = store_blocked(call->view, call->request->account, &blocked))) {
		return err;
	}
	return blocked ? KR_ERR_BLOCKED : KR_OK;
}

/* From the anonymous kind of quota to that of devices, of which one address may have as
 * many. */
static enum kr_err change_quotas(
	struct relay *relay, struct relay_conn *conn, const uint8_t account[KR_ID_BYTES])
{
	struct quota_entry *by_address;
	struct quota_entry *by_account;
	enum kr_err err;

	err = quota_ref(&relay->quotas, &by_address, QUOTA_DEVICE_ADDRESS,
		kr_view(conn->address, sizeof(conn->address)));
	if (err == KR_OK && by_address->num_refs > relay->config.max_per_address) {
		quota_unref(&relay->quotas, by_address);
		err = KR_ERR_LIMIT;
	}
	if (err != KR_OK) {
		return err;
	}
	err = quota_ref(
		&relay->quotas, &by_account, QUOTA_DEVICE_ACCOUNT, view_id(account));
	if (err != KR_OK) {
		quota_unref(&relay->quotas, by_address);
		return err;
	}
	quota_unref(&relay->quotas, conn->by_address);
	conn->by_address = by_address;
	conn->by_account = by_account;
	return KR_OK;
}

enum kr_err handle_auth(struct call *call)
{
	struct relay *relay = call->relay;
	struct relay_conn *conn = call->conn;
	struct kr_json j;
	enum kr_err err;

	if (conn->authenticated) {
		return KR_ERR_AUTH_TWICE;
	}
	if (conn->case_access != CASE_NONE) {
		return KR_ERR_NAMED;
	}
	if ((err = may_come_in(call))) {
		return err;
	}
	err = change_quotas(relay, conn, call->request->account);
	if (err == KR_ERR_LIMIT) {
		conn_close(conn, KR_CLOSE_NO_ROOM);
	}
	if (err != KR_OK) {
		return err;
	}
	memcpy(conn->account, call->request->account, sizeof(conn->account));
	memcpy(conn->device, call->request->key, sizeof(conn->device));
	kr_wipe(conn->address, sizeof(conn->address));
	kr_wipe(conn->challenge, sizeof(conn->challenge));
	conn->authenticated = true;
	relay->statistics.authenticated++;
	relay->num_anonymous--;
	answer_begin(relay, &j, call->request->id);
	kr_json_bytes(&j, "account", view_id(conn->account));
	answer_end(conn, &j);
	return KR_OK;
}
