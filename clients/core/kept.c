#include "clients/core/kept.h"

#include <string.h>

#include <kring/content.h>
#include <kring/crypto.h>

#include "clients/core/state.h"

/* ---- Records -------------------------------------------------------------------- */

/* Where something is kept: under a community, a case, or (zeroes) neither; and by its
 * name's hash or, once it went into the outbox, by its event's id.
 *	struct { uint8 kind; Topic scope; opaque ref[16]; } */
struct place {
	struct kr_topic scope;
	uint8_t ref[KR_EVENT_ID_BYTES];
};

/*	struct { uint8 version = 1; opaque name<V>; uint64 time_ms; uint8 has_gone;
 *	         opaque error<V>; opaque text<V>; } */
struct kept {
	struct place place;
	struct kr_view name;
	uint64_t time_ms;
	bool has_gone;        /* into the outbox, as event place.ref; it waits there */
	struct kr_view error; /* unless it was refused; why */
	struct kr_view text;
};

static struct record_key key_of(const struct place *place)
{
	struct record_key key = record_key_id(RECORD_KEPT, place->scope.id);

	record_key_add(&key, place->scope.kind);
	for (size_t i = 0; i < sizeof(place->ref); i++) {
		record_key_add(&key, place->ref[i]);
	}
	return key;
}

static struct place place_named(const struct kr_topic *scope, struct kr_view name)
{
	struct place place = {.scope = *scope};
	uint8_t hash[KR_SHA256_BYTES];

	kr_sha256(hash, name);
	memcpy(place.ref, hash, sizeof(place.ref));
	return place;
}

static enum kr_err kept_put(struct kr_core *core, const struct kept *kept)
{
	struct record_key key = key_of(&kept->place);
	struct kr_writer w;

	kr_writer_init(&w);
	kr_write_u8(&w, 1);
	kr_write_vec(&w, kept->name);
	kr_write_u64(&w, kept->time_ms);
	kr_write_u8(&w, kept->has_gone);
	kr_write_vec(&w, kept->error);
	kr_write_vec(&w, kept->text);
	return records_put_writer(&core->records, &key, &w);
}

static enum kr_err kept_read(struct kept *out, const struct record *record)
{
	struct kr_reader key =
		kr_reader(kr_view(record->key.data + 1, record->key.len - 1));
	struct kr_reader r = kr_reader(kr_view_bytes(&record->value));
	uint8_t version;
	uint8_t has_gone;
	enum kr_err err;

	if ((err = kr_read_copy(&key, out->place.scope.id, KR_ID_BYTES)) ||
		(err = kr_read_u8(&key, &out->place.scope.kind)) ||
		(err = kr_read_copy(&key, out->place.ref, sizeof(out->place.ref))) ||
		(err = kr_read_end(&key)) || (err = kr_read_u8(&r, &version)) ||
		(err = kr_read_vec(&r, &out->name)) ||
		(err = kr_read_u64(&r, &out->time_ms)) ||
		(err = kr_read_u8(&r, &has_gone)) ||
		(err = kr_read_vec(&r, &out->error)) ||
		(err = kr_read_vec(&r, &out->text)) || (err = kr_read_end(&r))) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	out->has_gone = has_gone != 0;
	return version == 1 ? KR_OK : KR_ERR_STORE_VERSION;
}

/* The next one: start with *at = 0. KR_ERR_NOT_FOUND after the last. */
static enum kr_err kept_next(const struct kr_core *core, size_t *at, struct kept *out)
{
	struct record_key prefix = record_key(RECORD_KEPT);
	const struct record *record =
		records_next(&core->records, record_key_view(&prefix), at);

	return record == NULL ? KR_ERR_NOT_FOUND : kept_read(out, record);
}

static enum kr_err kept_get(
	const struct kr_core *core, const struct place *place, struct kept *out)
{
	struct record_key key = key_of(place);
	const struct record *record = records_get(&core->records, record_key_view(&key));

	return record == NULL ? KR_ERR_NOT_FOUND : kept_read(out, record);
}

static enum kr_err kept_delete(struct kr_core *core, const struct place *place)
{
	struct record_key key = key_of(place);

	return records_delete(&core->records, &key);
}

static size_t num_kept(const struct kr_core *core)
{
	struct kept kept;
	size_t at = 0;
	size_t num = 0;

	while (kept_next(core, &at, &kept) == KR_OK) {
		num++;
	}
	return num;
}

static enum kr_err tell(struct kr_core *core, const struct kr_topic *scope)
{
	return tell_changed(
		core, "kept", scope->kind == KR_TOPIC_COMMUNITY ? scope->id : NULL, NULL);
}

/* The fields "case" and "community", of which there is at most one; neither: zeroes. */
static enum kr_err scope_from_json(const cJSON *args, struct kr_topic *out)
{
	uint8_t id[KR_ID_BYTES];
	bool has_community;
	bool has_case;
	enum kr_err err =
		json_bytes_optional(args, "community", id, sizeof(id), &has_community);

	*out = (struct kr_topic){0};
	if (err == KR_OK && has_community) {
		*out = kr_topic(KR_TOPIC_COMMUNITY, id);
	}
	if (err != KR_OK ||
		(err = json_bytes_optional(args, "case", id, sizeof(id), &has_case))) {
		return err;
	}
	if (has_case) {
		*out = kr_topic(KR_TOPIC_CASE, id);
	}
	return has_case && has_community ? KR_ERR_FIELD : KR_OK;
}

/* ---- In and out of the outbox ----------------------------------------------------- */

enum kr_err kept_goes(struct kr_core *core, const cJSON *args,
	const struct kr_topic *scope, const uint8_t event[KR_EVENT_ID_BYTES])
{
	struct kr_view name = {0};
	struct place before;
	struct kept kept;
	enum kr_err err = json_text_optional(args, "kept", &name);

	before = place_named(scope, name);
	if (err != KR_OK || (err = kept_get(core, &before, &kept))) {
		return err == KR_ERR_NOT_FOUND ? KR_OK : err;
	}
	kept.has_gone = true;
	kept.error = (struct kr_view){0};
	memcpy(kept.place.ref, event, sizeof(kept.place.ref));
	if ((err = kept_put(core, &kept)) || (err = kept_delete(core, &before))) {
		return err;
	}
	return tell(core, scope);
}

enum kr_err kept_stays(struct kr_core *core, const cJSON *args, enum kr_err why)
{
	struct kr_view name = {0};
	struct kr_topic scope;
	struct place place;
	struct kept kept;
	enum kr_err err;

	if ((err = json_text_optional(args, "kept", &name)) ||
		(err = scope_from_json(args, &scope))) {
		return KR_OK; /* which is why it was refused */
	}
	place = place_named(&scope, name);
	if ((err = kept_get(core, &place, &kept))) {
		return err == KR_ERR_NOT_FOUND ? KR_OK : err;
	}
	kept.error = kr_view_str(kr_err_name(why));
	err = kept_put(core, &kept);
	return err != KR_OK ? err : tell(core, &scope);
}

enum kr_err kept_op_over(struct kr_core *core, const uint8_t event[KR_EVENT_ID_BYTES],
	enum kr_err err, const char *code)
{
	struct kept kept;
	size_t at = 0;
	enum kr_err failed;

	do {
		failed = kept_next(core, &at, &kept);
	} while (failed == KR_OK &&
		(!kept.has_gone ||
			memcmp(kept.place.ref, event, sizeof(kept.place.ref)) != 0));
	if (failed != KR_OK) {
		return failed == KR_ERR_NOT_FOUND ? KR_OK : failed;
	}
	if (err == KR_OK) {
		failed = kept_delete(core, &kept.place);
	} else {
		kept.error = kr_view_str(code != NULL ? code : kr_err_name(err));
		failed = kept_put(core, &kept);
	}
	return failed != KR_OK ? failed : tell(core, &kept.place.scope);
}

enum kr_err kept_forget(struct kr_core *core, const struct kr_topic *scope)
{
	struct record_key prefix = record_key_id(RECORD_KEPT, scope->id);
	size_t at = 0;
	enum kr_err err;

	record_key_add(&prefix, scope->kind);
	if (records_next(&core->records, record_key_view(&prefix), &at) == NULL) {
		return KR_OK;
	}
	err = records_delete_prefix(&core->records, record_key_view(&prefix));
	return err != KR_OK ? err : tell(core, scope);
}

/* ---- Commands and questions ------------------------------------------------------- */

/* Nothing is kept under what is gone: nobody would delete it. */
static bool is_there(const struct kr_core *core, const struct kr_topic *scope)
{
	const struct followed_case *c;
	const struct community *community;

	switch (scope->kind) {
	case KR_TOPIC_COMMUNITY:
		community = community_look(core, scope->id);
		return community != NULL && community->state == COMMUNITY_MEMBER;
	case KR_TOPIC_CASE:
		c = case_look(core, scope->id);
		return c != NULL && c->ended_ms == 0;
	default:
		return true;
	}
}

/* The field "op": one that was refused, of this name. */
static enum kr_err refused_from_json(const struct kr_core *core, const cJSON *args,
	const struct kept *kept, struct place *out, bool *present)
{
	struct kept refused;
	enum kr_err err;

	out->scope = kept->place.scope;
	err = json_bytes_optional(args, "op", out->ref, sizeof(out->ref), present);
	if (err != KR_OK || !*present) {
		return err;
	}
	if ((err = kept_get(core, out, &refused))) {
		return err;
	}
	if (!refused.has_gone || !kr_view_equal(refused.name, kept->name)) {
		return KR_ERR_NOT_FOUND;
	}
	return refused.error.len == 0 ? KR_ERR_STATE : KR_OK;
}

static enum kr_err kept_from_json(
	const struct kr_core *core, const cJSON *args, struct kept *out)
{
	static const char *const names[] = {
		"name", "text", "case", "community", "op", NULL};
	struct kr_topic scope;
	enum kr_err err;

	if ((err = json_only(args, names)) ||
		(err = json_text(args, "name", &out->name)) ||
		(err = json_text(args, "text", &out->text)) ||
		(err = scope_from_json(args, &scope)) ||
		(err = kr_line_check(out->name, KR_NAME_MAX)) ||
		(err = kr_text_check(out->text, KEPT_TEXT_MAX))) {
		return err;
	}
	if (!core->identity.exists) {
		return KR_ERR_STATE;
	}
	out->place = place_named(&scope, out->name);
	out->time_ms = core->now_ms;
	return is_there(core, &scope) ? KR_OK : KR_ERR_NOT_FOUND;
}

enum kr_err command_keep(struct kr_core *core, struct command *command)
{
	struct kept kept = {0};
	struct kept before;
	struct place refused;
	bool has_refused;
	enum kr_err err;

	if ((err = kept_from_json(core, command->args, &kept)) ||
		(err = refused_from_json(
			 core, command->args, &kept, &refused, &has_refused))) {
		return err;
	}
	if (kept.text.len > 0 && !has_refused &&
		kept_get(core, &kept.place, &before) == KR_ERR_NOT_FOUND &&
		num_kept(core) >= KEPT_NUM_MAX) {
		return KR_ERR_LIMIT;
	}
	if (has_refused) {
		err = kept_delete(core, &refused);
	} else if (kept.text.len == 0) {
		err = kept_delete(core, &kept.place);
	}
	if (err == KR_OK && kept.text.len > 0) {
		err = kept_put(core, &kept);
	}
	if (err != KR_OK || (err = tell(core, &kept.place.scope))) {
		return err;
	}
	return command_done(core, command->id, NULL);
}

static bool describe(cJSON *object, const struct kept *kept)
{
	const struct kr_topic *scope = &kept->place.scope;

	return json_add_text(object, "name", kept->name) &&
		(scope->kind != KR_TOPIC_CASE ||
			json_add_id(object, "case", scope->id)) &&
		(scope->kind != KR_TOPIC_COMMUNITY ||
			json_add_id(object, "community", scope->id)) &&
		json_add_text(object, "text", kept->text) &&
		json_add_number(object, "time", kept->time_ms) &&
		(!kept->has_gone ||
			json_add_bytes(object, "op",
				kr_view(kept->place.ref, sizeof(kept->place.ref)))) &&
		(kept->error.len == 0 || json_add_text(object, "error", kept->error));
}

enum kr_err ask_kept(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	static const char *const names[] = {"name", "case", "community", "refused", NULL};
	cJSON *list = json_add_array(answer, "kept");
	struct kr_view name = {0};
	struct kr_topic scope;
	bool refused = false;
	struct kept kept;
	size_t at = 0;
	enum kr_err err;

	if ((err = json_only(question, names)) ||
		(err = json_text_optional(question, "name", &name)) ||
		(err = json_flag_optional(question, "refused", &refused)) ||
		(err = scope_from_json(question, &scope))) {
		return err;
	}
	while ((err = kept_next(core, &at, &kept)) == KR_OK) {
		if ((name.len > 0 && !kr_view_equal(name, kept.name)) ||
			(scope.kind != 0 && !kr_topic_equal(&scope, &kept.place.scope)) ||
			(refused && kept.error.len == 0)) {
			continue;
		}
		if (!describe(json_append_object(list), &kept)) {
			return KR_ERR_MEMORY;
		}
	}
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}
