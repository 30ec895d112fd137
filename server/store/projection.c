#include "server/store/projection.h"

#include <string.h>

#include "server/store/apply.h"
#include "server/store/projection_parts.h"

enum kr_err projection_number(const struct tx *tx, enum kr_topic_kind kind,
	const uint8_t id[KR_ID_BYTES], uint64_t *number)
{
	struct kr_topic topic = kr_topic(kind, id);
	struct topic_record record;
	enum kr_err err = topic_get(tx, &topic, &record);

	*number = record.number;
	return err;
}

enum kr_err projection_get(const struct tx *tx, enum kr_topic_kind kind,
	const uint8_t id[KR_ID_BYTES], enum fact_table table, struct kr_view key,
	struct fact *out)
{
	uint64_t number;
	enum kr_err err = projection_number(tx, kind, id, &number);

	return err != KR_OK ? err : fact_get(tx, DB_FACTS, number, table, key, out);
}

/* ---- Pages ------------------------------------------------------------------------- */

enum kr_err projection_page(const struct store_view *view, enum kr_topic_kind kind,
	const uint8_t id[KR_ID_BYTES], enum fact_table table, const uint8_t *after,
	projection_item_fn *item, void *items, size_t cap, size_t *num)
{
	struct tx tx = view_tx(view);
	struct kr_view start = kr_view(after, after == NULL ? 0 : KR_ID_BYTES);
	struct fact_scan scan;
	uint64_t number;
	enum kr_err err = projection_number(&tx, kind, id, &number);

	*num = 0;
	if (err != KR_OK) {
		return err == KR_ERR_NOT_FOUND ? KR_OK : err;
	}
	err = fact_scan_begin(
		&scan, &tx, DB_FACTS, number, table, kr_view(NULL, 0), start);
	if (err == KR_OK && after != NULL && kr_view_equal(scan.fact.key, start)) {
		err = fact_scan_next(&scan);
	}
	for (; err == KR_OK && *num < cap; err = fact_scan_next(&scan)) {
		if (scan.fact.key.len != KR_ID_BYTES) {
			err = KR_ERR_STORE_DAMAGED;
		} else {
			err = item(items, *num, &scan.fact);
		}
		if (err != KR_OK) {
			break;
		}
		++*num;
	}
	fact_scan_end(&scan);
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

enum kr_err projection_topics(const struct store_view *view, enum kr_topic_kind kind,
	enum fact_table table, const uint8_t key[KR_ID_BYTES], const uint8_t *after,
	struct store_id *out, size_t cap, size_t *num)
{
	static const uint8_t none[KR_ID_BYTES];
	struct tx tx = view_tx(view);
	struct kr_topic topic = kr_topic(kind, after == NULL ? none : after);
	struct lookup_key start = lookup_key(table, key, &topic);
	struct kr_view prefix = kr_view(&start, 1 + KR_ID_BYTES);
	struct tx_scan scan;
	enum kr_err err;

	*num = 0;
	if ((err = tx_scan_begin(&scan, &tx, DB_LOOKUP)) == KR_OK) {
		err = tx_scan_seek(&scan, kr_view(&start, sizeof(start)));
	}
	if (err == KR_OK && after != NULL &&
		kr_view_equal(scan.key, kr_view(&start, sizeof(start)))) {
		err = tx_scan_next(&scan);
	}
	for (; err == KR_OK && *num < cap; err = tx_scan_next(&scan)) {
		if (scan.key.len != sizeof(start)) {
			err = KR_ERR_STORE_DAMAGED;
			break;
		}
		if (memcmp(scan.key.data, prefix.data, prefix.len) != 0) {
			break;
		}
		memcpy(out[(*num)++].bytes, scan.key.data + prefix.len + 1, KR_ID_BYTES);
		if (*num == cap) {
			break; /* nothing is looked at that is not asked for */
		}
	}
	tx_scan_end(&scan);
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

/* ---- Communities ------------------------------------------------------------------- */

static enum kr_err member_item(void *items, size_t num, const struct fact *fact)
{
	struct store_member *member = (struct store_member *)items + num;

	memcpy(member->account, fact->key.data, sizeof(member->account));
	return member_read(member, fact->value);
}

enum kr_err store_member(const struct store_view *view,
	const uint8_t community[KR_ID_BYTES], const uint8_t account[KR_ID_BYTES],
	struct store_member *out)
{
	struct tx tx = view_tx(view);
	struct fact fact;
	enum kr_err err = projection_get(
		&tx, KR_TOPIC_COMMUNITY, community, FACT_MEMBER, view_id(account), &fact);

	*out = (struct store_member){0};
	return err != KR_OK ? err : member_item(out, 0, &fact);
}

enum kr_err store_members(const struct store_view *view,
	const uint8_t community[KR_ID_BYTES], const uint8_t *after,
	struct store_member *out, size_t cap, size_t *num)
{
	return projection_page(view, KR_TOPIC_COMMUNITY, community, FACT_MEMBER, after,
		member_item, out, cap, num);
}

enum kr_err store_communities_of(const struct store_view *view,
	const uint8_t account[KR_ID_BYTES], const uint8_t *after, struct store_id *out,
	size_t cap, size_t *num)
{
	return projection_topics(
		view, KR_TOPIC_COMMUNITY, FACT_MEMBER, account, after, out, cap, num);
}

enum kr_err store_invitation(const struct store_view *view,
	const uint8_t community[KR_ID_BYTES], const uint8_t key[KR_ID_BYTES],
	struct store_invitation *out)
{
	struct tx tx = view_tx(view);
	struct fact fact;
	enum kr_err err = projection_get(
		&tx, KR_TOPIC_COMMUNITY, community, FACT_INVITATION, view_id(key), &fact);

	*out = (struct store_invitation){0};
	return err != KR_OK ? err : invitation_read(out, &fact);
}

static enum kr_err request_item(void *items, size_t num, const struct fact *fact)
{
	struct store_request *request = (struct store_request *)items + num;

	if (fact->value.len != sizeof(request->key)) {
		return KR_ERR_STORE_DAMAGED;
	}
	memcpy(request->account, fact->key.data, sizeof(request->account));
	memcpy(request->key, fact->value.data, sizeof(request->key));
	request->seq = fact->seq;
	return KR_OK;
}

enum kr_err store_request(const struct store_view *view,
	const uint8_t community[KR_ID_BYTES], const uint8_t account[KR_ID_BYTES],
	struct store_request *out)
{
	struct tx tx = view_tx(view);
	struct fact fact;
	enum kr_err err = projection_get(&tx, KR_TOPIC_COMMUNITY, community, FACT_REQUEST,
		view_id(account), &fact);

	*out = (struct store_request){0};
	return err != KR_OK ? err : request_item(out, 0, &fact);
}

enum kr_err store_requests(const struct store_view *view,
	const uint8_t community[KR_ID_BYTES], const uint8_t *after,
	struct store_request *out, size_t cap, size_t *num)
{
	return projection_page(view, KR_TOPIC_COMMUNITY, community, FACT_REQUEST, after,
		request_item, out, cap, num);
}

/* ---- Groups ------------------------------------------------------------------------ */

enum kr_err store_group(const struct store_view *view, const uint8_t group[KR_ID_BYTES],
	struct store_group *out)
{
	struct tx tx = view_tx(view);
	struct fact fact;
	enum kr_err err = projection_get(
		&tx, KR_TOPIC_GROUP, group, FACT_GROUP, kr_view(NULL, 0), &fact);

	*out = (struct store_group){0};
	return err != KR_OK ? err : group_state_read(out, fact.value);
}

static enum kr_err route_item(void *items, size_t num, const struct fact *fact)
{
	struct store_route *route = (struct store_route *)items + num;

	memcpy(route->account, fact->key.data, sizeof(route->account));
	return route_read(route, fact->value);
}

enum kr_err store_route(const struct store_view *view, const uint8_t group[KR_ID_BYTES],
	const uint8_t account[KR_ID_BYTES], struct store_route *out)
{
	struct tx tx = view_tx(view);
	struct fact fact;
	enum kr_err err = projection_get(
		&tx, KR_TOPIC_GROUP, group, FACT_ROUTE, view_id(account), &fact);

	*out = (struct store_route){0};
	return err != KR_OK ? err : route_item(out, 0, &fact);
}

enum kr_err store_routes(const struct store_view *view, const uint8_t group[KR_ID_BYTES],
	const uint8_t *after, struct store_route *out, size_t cap, size_t *num)
{
	return projection_page(view, KR_TOPIC_GROUP, group, FACT_ROUTE, after, route_item,
		out, cap, num);
}

enum kr_err store_groups_of(const struct store_view *view,
	const uint8_t account[KR_ID_BYTES], const uint8_t *after, struct store_id *out,
	size_t cap, size_t *num)
{
	return projection_topics(
		view, KR_TOPIC_GROUP, FACT_ROUTE, account, after, out, cap, num);
}

/* ---- Accounts ---------------------------------------------------------------------- */

static enum kr_err device_item(void *items, size_t num, const struct fact *fact)
{
	struct store_device *device = (struct store_device *)items + num;

	if (fact->value.len != 1) {
		return KR_ERR_STORE_DAMAGED;
	}
	memcpy(device->key, fact->key.data, sizeof(device->key));
	device->removed = fact->value.data[0] != 0;
	return KR_OK;
}

enum kr_err store_device(const struct store_view *view,
	const uint8_t account[KR_ID_BYTES], const uint8_t key[KR_ID_BYTES],
	struct store_device *out)
{
	struct tx tx = view_tx(view);
	struct fact fact;
	enum kr_err err = projection_get(
		&tx, KR_TOPIC_ACCOUNT, account, FACT_DEVICE, view_id(key), &fact);

	*out = (struct store_device){0};
	return err != KR_OK ? err : device_item(out, 0, &fact);
}

enum kr_err store_devices(const struct store_view *view,
	const uint8_t account[KR_ID_BYTES], const uint8_t *after,
	struct store_device *out, size_t cap, size_t *num)
{
	return projection_page(view, KR_TOPIC_ACCOUNT, account, FACT_DEVICE, after,
		device_item, out, cap, num);
}

static enum kr_err key_package_read(
	struct store_key_package *out, const struct fact *fact)
{
	if (fact->key.len != KEY_PACKAGE_KEY_BYTES ||
		fact->value.len < sizeof(out->hash)) {
		return KR_ERR_STORE_DAMAGED;
	}
	memcpy(out->device, fact->key.data, sizeof(out->device));
	memcpy(out->community, fact->key.data + KEY_PACKAGE_COMMUNITY_AT,
		sizeof(out->community));
	memcpy(out->hash, fact->value.data, sizeof(out->hash));
	out->last_resort = fact->key.data[KEY_PACKAGE_LAST_RESORT_AT] != 0;
	out->bytes = kr_view(fact->value.data + sizeof(out->hash),
		fact->value.len - sizeof(out->hash));
	return KR_OK;
}

/* In the order of the keys a device's one-time packages for a community come first, the
 * oldest in front, and its last resort at the end. */
enum kr_err store_key_package(const struct store_view *view,
	const uint8_t account[KR_ID_BYTES], const uint8_t *community,
	const uint8_t *device, struct store_key_package *out)
{
	struct tx tx = view_tx(view);
	struct kr_view prefix = kr_view(device, device == NULL ? 0 : KR_ID_BYTES);
	struct fact_scan scan;
	uint64_t number;
	enum kr_err err = projection_number(&tx, KR_TOPIC_ACCOUNT, account, &number);

	*out = (struct store_key_package){0};
	if (err != KR_OK) {
		return err;
	}
	err = fact_scan_begin(
		&scan, &tx, DB_FACTS, number, FACT_KEY_PACKAGE, prefix, prefix);
	for (; err == KR_OK; err = fact_scan_next(&scan)) {
		if ((err = key_package_read(out, &scan.fact)) || community == NULL ||
			memcmp(out->community, community, KR_ID_BYTES) == 0) {
			break;
		}
	}
	fact_scan_end(&scan);
	if (err != KR_OK) {
		*out = (struct store_key_package){0};
	}
	return err;
}

enum kr_err store_key_packages_left(const struct store_view *view,
	const uint8_t account[KR_ID_BYTES], const uint8_t community[KR_ID_BYTES],
	const uint8_t device[KR_ID_BYTES], size_t *num, bool *last_resort)
{
	struct tx tx = view_tx(view);
	struct fact_scan scan;
	uint8_t prefix[2 * KR_ID_BYTES];
	uint64_t number;
	enum kr_err err = projection_number(&tx, KR_TOPIC_ACCOUNT, account, &number);

	memcpy(prefix, device, KR_ID_BYTES);
	memcpy(prefix + KEY_PACKAGE_COMMUNITY_AT, community, KR_ID_BYTES);
	*num = 0;
	*last_resort = false;
	if (err != KR_OK) {
		return err == KR_ERR_NOT_FOUND ? KR_OK : err;
	}
	err = fact_scan_begin(&scan, &tx, DB_FACTS, number, FACT_KEY_PACKAGE,
		kr_view(prefix, sizeof(prefix)), kr_view(prefix, sizeof(prefix)));
	for (; err == KR_OK; err = fact_scan_next(&scan)) {
		struct store_key_package package;

		if ((err = key_package_read(&package, &scan.fact))) {
			break;
		}
		if (package.last_resort) {
			*last_resort = true;
		} else {
			++*num;
		}
	}
	fact_scan_end(&scan);
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

/* ---- The operator ------------------------------------------------------------------ */

static const uint8_t relay_id[KR_ID_BYTES];

enum kr_err store_grant(const struct store_view *view,
	const uint8_t hash[KR_SHA256_BYTES], struct store_grant *out)
{
	struct tx tx = view_tx(view);
	struct fact fact;
	struct kr_reader r;
	enum kr_err err = projection_get(
		&tx, KR_TOPIC_RELAY, relay_id, FACT_GRANT, view_id(hash), &fact);

	*out = (struct store_grant){0};
	if (err != KR_OK) {
		return err;
	}
	r = kr_reader(fact.value);
	if (kr_read_u64(&r, &out->until_ms) != KR_OK ||
		kr_read_u32(&r, &out->purpose) != KR_OK || kr_read_end(&r) != KR_OK) {
		return KR_ERR_STORE_DAMAGED;
	}
	return KR_OK;
}

enum kr_err store_blocked(
	const struct store_view *view, const uint8_t account[KR_ID_BYTES], bool *blocked)
{
	struct tx tx = view_tx(view);
	struct fact fact;
	enum kr_err err = projection_get(
		&tx, KR_TOPIC_RELAY, relay_id, FACT_BLOCK, view_id(account), &fact);

	*blocked = err == KR_OK;
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}
