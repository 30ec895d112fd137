/* Communities as they are held and stored, and what can be asked of them. */
#include "clients/core/community/community.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/community/parts.h"

/* ---- Lists ------------------------------------------------------------------------ */

enum kr_err bytes_append(struct kr_bytes *bytes, struct kr_view more)
{
	struct kr_bytes longer;
	enum kr_err err = kr_bytes_alloc(&longer, bytes->len + more.len);

	if (err != KR_OK) {
		return err;
	}
	if (bytes->len > 0) {
		memcpy(longer.data, bytes->data, bytes->len);
	}
	if (more.len > 0) {
		memcpy(longer.data + bytes->len, more.data, more.len);
	}
	kr_bytes_free(bytes);
	*bytes = longer;
	return KR_OK;
}

void *array_grow(void *array, size_t num, size_t item_len)
{
	if (num > 0 && (num & (num - 1)) != 0) {
		return array;
	}
	return realloc(array, (num == 0 ? 1 : 2 * num) * item_len);
}

size_t member_num_certificates(const struct community_member *member)
{
	return member->certificates.len / KR_CERTIFICATE_BYTES;
}

enum kr_err member_certificate(
	const struct community_member *member, size_t i, struct kr_certificate *out)
{
	if (i >= member_num_certificates(member)) {
		return KR_ERR_NOT_FOUND;
	}
	return kr_certificate_read(out,
		kr_view(member->certificates.data + i * KR_CERTIFICATE_BYTES,
			KR_CERTIFICATE_BYTES));
}

/* Where the key stands in a certificate, TRUST.md §4: the signature was verified when it
 * came. */
#define CERTIFICATE_KEY_AT    (1 + 2 * KR_ID_BYTES)
#define CERTIFICATE_SERIAL_AT (CERTIFICATE_KEY_AT + KR_ED25519_PUBLIC_BYTES)
#define SERIAL_BYTES          8

bool member_has_device(
	const struct community_member *member, const uint8_t key[KR_ED25519_PUBLIC_BYTES])
{
	for (size_t i = 0; i < member_num_certificates(member); i++) {
		const uint8_t *certificate =
			member->certificates.data + i * KR_CERTIFICATE_BYTES;

		if (memcmp(certificate + CERTIFICATE_KEY_AT, key,
			    KR_ED25519_PUBLIC_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

static int compare_serials(const void *a, const void *b)
{
	return memcmp(a, b, SERIAL_BYTES);
}

enum kr_err member_serials(const struct community_member *member, struct kr_bytes *out)
{
	size_t num = member_num_certificates(member);
	size_t first =
		num > KR_STATEMENT_SERIALS_MAX ? num - KR_STATEMENT_SERIALS_MAX : 0;
	enum kr_err err = kr_bytes_alloc(out, (num - first) * SERIAL_BYTES);

	if (err != KR_OK || num == 0) {
		return err;
	}
	for (size_t i = first; i < num; i++) {
		memcpy(out->data + (i - first) * SERIAL_BYTES,
			member->certificates.data + i * KR_CERTIFICATE_BYTES +
				CERTIFICATE_SERIAL_AT,
			SERIAL_BYTES);
	}
	qsort(out->data, num - first, SERIAL_BYTES, compare_serials);
	return KR_OK;
}

/* ---- Memory ----------------------------------------------------------------------- */

void community_reset(struct community *community)
{
	for (size_t i = 0; i < community->num_members; i++) {
		kr_bytes_free(&community->members[i].certificates);
	}
	free(community->members);
	free(community->by_account);
	community->members = NULL;
	community->by_account = NULL;
	community->num_members = 0;
	free(community->invitations);
	community->invitations = NULL;
	community->num_invitations = 0;
	free(community->statements);
	community->statements = NULL;
	community->num_statements = 0;
	kr_bytes_free(&community->certificate);
	kr_bytes_free(&community->ended);
	kr_bytes_free(&community->refused_events);
	community->is_founded = false;
	community->rules_ms = 0;
	memset(&community->chain, 0, sizeof(community->chain));
	memset(community->rules, 0, sizeof(community->rules));
}

static void community_free(struct community *community)
{
	community_reset(community);
	kr_bytes_free(&community->asked_name);
	kr_bytes_free(&community->asked_check);
	kr_bytes_free(&community->asked_of);
	kr_bytes_free(&community->group_name);
	kr_bytes_free(&community->refusal);
	kr_bytes_free(&community->gone);
	free(community->shown);
	kr_wipe(community, sizeof(*community));
	free(community);
}

void communities_free(struct kr_core *core)
{
	while (core->communities != NULL) {
		struct community *next = core->communities->next;

		community_free(core->communities);
		core->communities = next;
	}
}

static enum kr_err community_new(
	struct kr_core *core, const uint8_t id[KR_ID_BYTES], struct community **out)
{
	struct community **at = &core->communities;
	struct community *community = calloc(1, sizeof(*community));

	*out = community;
	if (community == NULL) {
		return KR_ERR_MEMORY;
	}
	memcpy(community->id, id, sizeof(community->id));
	while (*at != NULL) {
		at = &(*at)->next;
	}
	*at = community;
	return KR_OK;
}

enum kr_err community_add(struct kr_core *core, const uint8_t id[KR_ID_BYTES],
	enum community_state state, struct community **out)
{
	enum kr_err err = community_new(core, id, out);

	if (err != KR_OK) {
		return err;
	}
	(*out)->state = state;
	err = community_store(core, *out);
	return err != KR_OK ? err : tell_changed(core, "communities", NULL, NULL);
}

enum kr_err community_forget(struct kr_core *core, struct community *community)
{
	struct record_key key = record_key_id(RECORD_COMMUNITY, community->id);
	struct kr_topic topic = community_topic(community);
	struct community **at = &core->communities;
	enum kr_err err;

	if ((err = records_delete(&core->records, &key)) ||
		(err = topic_forget(core, &topic)) ||
		(err = key_packages_forget(core, community->id)) ||
		(err = tell_changed(core, "communities", community->id, NULL))) {
		return err;
	}
	while (*at != community) {
		at = &(*at)->next;
	}
	*at = community->next;
	community_free(community);
	return KR_OK;
}

/* ---- The record ------------------------------------------------------------------- */

#define RECORD_FORMAT 1

/*	struct { uint8 version = 1; uint8 state; optional must_request; opaque seed[32];
 *	         opaque name<V>; opaque check<V>; opaque asked_of<V>;
 *	         opaque group_name<V>; opaque refusal<V>; opaque main_group[32];
 *	         opaque gone<V>; struct { opaque account[32]; opaque key[32];
 *	                                  uint64 due_ms; } shown<V>; } */
enum kr_err community_store(struct kr_core *core, const struct community *community)
{
	struct record_key key = record_key_id(RECORD_COMMUNITY, community->id);
	struct kr_writer w;
	size_t begin;

	kr_writer_init(&w);
	kr_write_u8(&w, RECORD_FORMAT);
	kr_write_u8(&w, (uint8_t)community->state);
	kr_write_optional(&w, community->must_request);
	kr_write_fixed(&w, kr_view_secret(&community->invite_seed));
	kr_write_vec(&w, kr_view_bytes(&community->asked_name));
	kr_write_vec(&w, kr_view_bytes(&community->asked_check));
	kr_write_vec(&w, kr_view_bytes(&community->asked_of));
	kr_write_vec(&w, kr_view_bytes(&community->group_name));
	kr_write_vec(&w, kr_view_bytes(&community->refusal));
	kr_write_fixed(&w, kr_view(community->main_group, KR_ID_BYTES));
	kr_write_vec(&w, kr_view_bytes(&community->gone));
	begin = kr_write_vec_begin(&w);
	for (size_t i = 0; i < community->num_shown; i++) {
		const struct community_device *device = &community->shown[i];

		kr_write_fixed(&w, kr_view(device->account, sizeof(device->account)));
		kr_write_fixed(&w, kr_view(device->key, sizeof(device->key)));
		kr_write_u64(&w, device->due_ms);
	}
	kr_write_vec_end(&w, begin);
	return records_put_writer(&core->records, &key, &w);
}

static enum kr_err read_vec(struct kr_reader *r, struct kr_bytes *out)
{
	struct kr_view view;
	enum kr_err err = kr_read_vec(r, &view);

	return err != KR_OK ? err : kr_bytes_copy(out, view);
}

static enum kr_err read_shown(struct kr_reader *r, struct community *community)
{
	struct kr_view list;
	struct kr_reader items;
	enum kr_err err = kr_read_vec(r, &list);

	items = kr_reader(list);
	while (err == KR_OK && items.rest.len > 0) {
		struct community_device device;
		struct community_device *grown = array_grow(
			community->shown, community->num_shown, sizeof(device));

		if (grown == NULL) {
			return KR_ERR_MEMORY;
		}
		community->shown = grown;
		if ((err = kr_read_copy(
			     &items, device.account, sizeof(device.account))) ||
			(err = kr_read_copy(&items, device.key, sizeof(device.key))) ||
			(err = kr_read_u64(&items, &device.due_ms))) {
			return err;
		}
		grown[community->num_shown++] = device;
	}
	return err;
}

static enum kr_err read_record(struct community *community, const struct record *record)
{
	struct kr_reader r = kr_reader(kr_view_bytes(&record->value));
	uint8_t version;
	uint8_t state;
	enum kr_err err;

	if (kr_read_u8(&r, &version) == KR_OK && version > RECORD_FORMAT) {
		return KR_ERR_STORE_VERSION;
	}
	if ((err = kr_read_u8(&r, &state)) ||
		(err = kr_read_optional(&r, &community->must_request)) ||
		(err = kr_read_copy(&r, community->invite_seed.bytes, KR_SECRET_BYTES)) ||
		(err = read_vec(&r, &community->asked_name)) ||
		(err = read_vec(&r, &community->asked_check)) ||
		(err = read_vec(&r, &community->asked_of)) ||
		(err = read_vec(&r, &community->group_name)) ||
		(err = read_vec(&r, &community->refusal)) ||
		(err = kr_read_copy(&r, community->main_group, KR_ID_BYTES)) ||
		(err = read_vec(&r, &community->gone)) ||
		(err = read_shown(&r, community)) || (err = kr_read_end(&r))) {
		return err == KR_ERR_MEMORY ? err : KR_ERR_BAD_STATE_RECORD;
	}
	community->state = (enum community_state)state;
	return KR_OK;
}

static enum kr_err replay(struct kr_core *core, struct community *community)
{
	struct kr_topic topic = community_topic(community);
	struct kept_event kept;
	size_t at = 0;
	enum kr_err err;

	while ((err = event_next(core, &topic, &at, &kept)) == KR_OK) {
		struct kr_event event = {
			.topic = kept.topic,
			.seq = kept.seq,
			.rev = kept.rev,
			.type = kept.type,
			.author = kept.author,
			.time_ms = kept.time_ms,
			.head = kept.head,
			.body = kept.content,
		};

		memcpy(event.id, kept.id, sizeof(event.id));
		if ((err = community_take(core, community, &event, true))) {
			return err;
		}
	}
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

enum kr_err communities_load(struct kr_core *core)
{
	struct record_key prefix = record_key(RECORD_COMMUNITY);
	const struct record *record;
	size_t at = 0;
	enum kr_err err;

	while ((record = records_next(&core->records, record_key_view(&prefix), &at)) !=
		NULL) {
		struct community *community;

		if (record->key.len != 1 + KR_ID_BYTES) {
			return KR_ERR_BAD_STATE_RECORD;
		}
		if ((err = community_new(core, record->key.data + 1, &community)) ||
			(err = read_record(community, record))) {
			return err;
		}
	}
	for (struct community *c = core->communities; c != NULL; c = c->next) {
		if ((err = replay(core, c))) {
			return err;
		}
	}
	return KR_OK;
}

enum kr_err community_set_state(
	struct kr_core *core, struct community *community, enum community_state state)
{
	struct kr_topic topic = community_topic(community);
	enum kr_err err;

	if (community->state == state) {
		return KR_OK;
	}
	if (community->state == COMMUNITY_MEMBER && (err = kept_forget(core, &topic))) {
		return err;
	}
	community->state = state;
	err = community_store(core, community);
	return err != KR_OK ? err
			    : tell_changed(core, "communities", community->id, NULL);
}

/* ---- Looking ---------------------------------------------------------------------- */

struct kr_topic community_topic(const struct community *community)
{
	return kr_topic(KR_TOPIC_COMMUNITY, community->id);
}

struct community *community_find(struct kr_core *core, const uint8_t id[KR_ID_BYTES])
{
	struct community *c = core->communities;

	while (c != NULL && memcmp(c->id, id, KR_ID_BYTES) != 0) {
		c = c->next;
	}
	return c;
}

const struct community *community_look(
	const struct kr_core *core, const uint8_t id[KR_ID_BYTES])
{
	const struct community *c = core->communities;

	while (c != NULL && memcmp(c->id, id, KR_ID_BYTES) != 0) {
		c = c->next;
	}
	return c;
}

enum kr_err community_asked(
	const struct kr_core *core, const cJSON *args, const struct community **out)
{
	uint8_t id[KR_ID_BYTES];
	enum kr_err err = json_bytes(args, "community", id, sizeof(id));

	*out = err == KR_OK ? community_look(core, id) : NULL;
	return err != KR_OK ? err : *out == NULL ? KR_ERR_NOT_FOUND : KR_OK;
}

enum kr_err community_of(struct kr_core *core, const cJSON *args, struct community **out)
{
	const struct community *community;
	enum kr_err err = community_asked(core, args, &community);

	*out = err == KR_OK ? community_find(core, community->id) : NULL;
	return err;
}

/* The place in by_account of the first account that is not before this one. */
static size_t place_of_account(
	const struct community *community, const uint8_t account[KR_ID_BYTES])
{
	size_t low = 0;
	size_t high = community->num_members;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct community_member *member =
			&community->members[community->by_account[middle]];

		if (memcmp(member->account, account, KR_ID_BYTES) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

const struct community_member *community_member(
	const struct community *community, const uint8_t account[KR_ID_BYTES])
{
	size_t place = place_of_account(community, account);
	const struct community_member *member;

	if (place == community->num_members) {
		return NULL;
	}
	member = &community->members[community->by_account[place]];
	return memcmp(member->account, account, KR_ID_BYTES) == 0 ? member : NULL;
}

enum kr_err community_member_get(struct community *community,
	const uint8_t account[KR_ID_BYTES], struct community_member **out)
{
	size_t num = community->num_members;
	struct community_member *members;
	size_t *places;
	size_t place;

	*out = community_member_find(community, account);
	if (*out != NULL) {
		return KR_OK;
	}
	members = array_grow(community->members, num, sizeof(*members));
	if (members == NULL) {
		return KR_ERR_MEMORY;
	}
	community->members = members;
	places = array_grow(community->by_account, num, sizeof(*places));
	if (places == NULL) {
		return KR_ERR_MEMORY;
	}
	community->by_account = places;
	place = place_of_account(community, account);
	memmove(places + place + 1, places + place, (num - place) * sizeof(*places));
	places[place] = num;
	*out = &members[num];
	**out = (struct community_member){0};
	memcpy((*out)->account, account, KR_ID_BYTES);
	community->num_members++;
	return KR_OK;
}

struct community_member *community_member_find(
	struct community *community, const uint8_t account[KR_ID_BYTES])
{
	const struct community_member *member = community_member(community, account);

	return member == NULL ? NULL : &community->members[member - community->members];
}

const struct community_invitation *community_invitation_look(
	const struct community *community, const uint8_t key[KR_ED25519_PUBLIC_BYTES])
{
	for (size_t i = 0; i < community->num_invitations; i++) {
		if (memcmp(community->invitations[i].signed_part.key, key,
			    KR_ED25519_PUBLIC_BYTES) == 0) {
			return &community->invitations[i];
		}
	}
	return NULL;
}

struct community_invitation *community_invitation_find(
	struct community *community, const uint8_t key[KR_ED25519_PUBLIC_BYTES])
{
	const struct community_invitation *invitation =
		community_invitation_look(community, key);

	return invitation == NULL
		? NULL
		: &community->invitations[invitation - community->invitations];
}

bool community_has_member(
	const struct community *community, const uint8_t account[KR_ID_BYTES])
{
	const struct community_member *member = community_member(community, account);

	return member != NULL && member->state == MEMBER_IN;
}

bool community_is_own_coordinator(
	const struct kr_core *core, const struct community *community)
{
	return community->is_founded && community->state == COMMUNITY_MEMBER &&
		kr_chain_has(&community->chain, core->identity.device.public_key);
}

bool community_has_coordinator(
	const struct community *community, const uint8_t account[KR_ID_BYTES])
{
	return community->is_founded &&
		kr_chain_had_account(
			&community->chain, community->chain.position, account);
}

static bool has_serial(const struct kr_bytes *list, uint64_t serial)
{
	struct kr_reader r = kr_reader(kr_view_bytes(list));
	uint64_t number;

	while (kr_read_u64(&r, &number) == KR_OK) {
		if (number == serial) {
			return true;
		}
	}
	return false;
}

bool community_has_ended(const struct community *community, uint64_t serial)
{
	return has_serial(&community->ended, serial) ||
		has_serial(&community->gone, serial);
}

struct group *community_group(struct kr_core *core, const struct community *community)
{
	return group_find(core, community->main_group);
}

const struct group *community_group_look(
	const struct kr_core *core, const struct community *community)
{
	return group_look(core, community->main_group);
}

cJSON *community_tell(const struct community *community, const char *what)
{
	cJSON *tell = cJSON_CreateObject();

	if (!json_add_str(tell, "tell", what) ||
		!json_add_id(tell, "community", community->id)) {
		cJSON_Delete(tell);
		return NULL;
	}
	return tell;
}

bool community_has_op(
	struct kr_core *core, const struct community *community, const char *what)
{
	struct kr_topic topic = community_topic(community);

	for (const struct op *op = core->outbox.first; op != NULL; op = op->next) {
		if (kr_topic_equal(&op->topic, &topic) && strcmp(op->what, what) == 0) {
			return true;
		}
	}
	return false;
}

/* ---- Statements ------------------------------------------------------------------- */

/* The kept event holds the bytes; they were checked when they came. */
static enum kr_err statement_at(const struct kr_core *core,
	const struct community *community, uint64_t seq, struct kr_statement *out)
{
	struct kr_topic topic = community_topic(community);
	struct kept_event kept;
	enum kr_err err = event_kept(core, &topic, seq, &kept);

	return err != KR_OK ? err : kr_statement_read(out, kept.content);
}

enum kr_err community_statement(const struct kr_core *core,
	const struct community *community, const uint8_t hash[KR_SHA256_BYTES],
	struct kr_statement *out)
{
	for (size_t i = community->num_statements; i > 0; i--) {
		const struct community_statement *s = &community->statements[i - 1];

		if (memcmp(s->hash, hash, sizeof(s->hash)) == 0) {
			return statement_at(core, community, s->seq, out);
		}
	}
	return KR_ERR_NOT_FOUND;
}

enum kr_err community_committed(const struct kr_core *core,
	const struct community *community, enum kr_statement_kind kind,
	const uint8_t text[KR_SHA256_BYTES], struct kr_statement *out)
{
	for (size_t i = community->num_statements; i > 0; i--) {
		const struct community_statement *s = &community->statements[i - 1];

		if (s->kind == kind && memcmp(s->text, text, sizeof(s->text)) == 0) {
			return statement_at(core, community, s->seq, out);
		}
	}
	return KR_ERR_NOT_FOUND;
}

enum kr_err community_statement_begin(const struct kr_core *core,
	const struct community *community, const struct kr_topic *topic,
	enum kr_statement_kind kind, struct kr_statement *out)
{
	const struct topic *seen = topic_look(core, topic);

	if (seen == NULL) {
		return KR_ERR_STATE;
	}
	*out = (struct kr_statement){.kind = kind, .seen_seq = seen->seq};
	memcpy(out->community, community->id, sizeof(out->community));
	memcpy(out->seen_hash, seen->hash, sizeof(out->seen_hash));
	memcpy(out->signer, core->identity.device.public_key, sizeof(out->signer));
	return KR_OK;
}

/* ---- From elsewhere --------------------------------------------------------------- */

enum kr_err community_has_group(struct kr_core *core,
	const uint8_t community[KR_ID_BYTES], const uint8_t group[KR_ID_BYTES],
	bool is_main)
{
	struct community *c = community_find(core, community);
	enum kr_err err;

	if (c == NULL || !is_main || memcmp(c->main_group, group, KR_ID_BYTES) == 0) {
		return KR_OK;
	}
	memcpy(c->main_group, group, sizeof(c->main_group));
	err = community_store(core, c);
	return err != KR_OK ? err : tell_changed(core, "communities", c->id, NULL);
}

/* Only who has left knows why; for the others the relay's word is all there is. */
enum kr_err community_closed(struct kr_core *core, const uint8_t id[KR_ID_BYTES])
{
	struct community *community = community_find(core, id);
	enum kr_err err;

	if (community == NULL || community->state != COMMUNITY_MEMBER ||
		community_has_op(core, community, "leave")) {
		return KR_OK;
	}
	if ((err = community_set_state(core, community, COMMUNITY_REMOVED)) ||
		(err = groups_community_changed(core, id, false))) {
		return err;
	}
	return output_tell(&core->outputs, community_tell(community, "removed"));
}
