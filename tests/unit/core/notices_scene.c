#include "tests/unit/core/notices_scene.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

struct scene scene_of(void **state)
{
	struct office *office = *state;
	struct scene s = {.office = office, .world = &office->world};

	s.anna = world_join(s.world, "Anna");
	(void)snprintf(s.community, sizeof(s.community), "%s", world_found(s.anna));
	s.bram = world_admit(s.anna, s.community, "Bram");
	return s;
}

const char *scene_trust(
	struct scene *s, struct world_client *who, int desk, const char *name)
{
	return world_outcome(world_do(who,
		"{\"do\":\"trust_inbox\",\"community\":\"%s\",\"link\":\"%s\","
		"\"name\":\"%s\"}",
		s->community, s->office->desks[desk].link, name));
}

struct group *scene_group(struct world_client *client)
{
	struct group *group = client->core->groups;

	while (group != NULL && !group->is_main) {
		group = group->next;
	}
	assert_non_null(group);
	return group;
}

/* ---- False notices ------------------------------------------------------------- */

void scene_post(struct scene *s, struct world_client *who, const char *what,
	struct kr_view notice, struct kr_view record)
{
	struct kr_content content = {
		.kind = KR_CONTENT_NOTICE, .notice = notice, .inbox_record = record};

	who->core->rng = &s->world->rng;
	who->core->now_ms = s->world->now_ms;
	assert_int_equal(
		group_say(who->core, scene_group(who), &content, what, 0, NULL), KR_OK);
	(void)world_do(who, "{\"do\":\"connect\"}");
	world_run(s->world);
}

void scene_bring(struct scene *s, struct world_client *who, struct forged *f)
{
	scene_post(s, who, "hostile", f->bytes, kr_view_bytes(&f->record));
	kr_bytes_free(&f->record);
}

/* A notice of this record, signed by that client's device. */
static void forge_notice(struct scene *s, struct forged *out,
	const struct kr_inbox_record *record, struct world_client *signer, uint8_t event)
{
	struct kr_notice notice = {
		.kind = KR_NOTICE,
		.number = record->number,
		.made_ms = s->world->now_ms,
		.title = LITERAL("Vals"),
		.text = LITERAL("Tekst."),
	};
	struct kr_writer w;

	memcpy(notice.identity_key, record->identity_key, sizeof(notice.identity_key));
	memset(notice.event, event, sizeof(notice.event));
	kr_writer_init_fixed(&w, out->notice, sizeof(out->notice));
	kr_notice_write(&w, &notice, &signer->core->identity.device);
	assert_int_equal(w.err, KR_OK);
	out->bytes = kr_writer_view(&w);
}

void scene_forge(struct scene *s, struct forged *out, int desk,
	struct world_client *signer, uint8_t event)
{
	const struct inbox *inbox =
		inbox_look(s->office->desks[desk].head->core, s->office->desks[desk].id);

	forge_notice(s, out, &inbox->records->read, signer, event);
	assert_int_equal(
		kr_bytes_copy(&out->record, kr_view_bytes(&inbox->records->bytes)),
		KR_OK);
}

void scene_forge_as_administrator(
	struct scene *s, struct forged *out, uint8_t event, const uint8_t *successor)
{
	struct world_client *wim = s->office->wim;
	const struct inbox *inbox = inbox_look(wim->core, s->office->desks[WIJK].id);
	struct kr_inbox_record record = inbox->records->read;
	struct kr_ed25519_keypair identity;
	struct kr_writer w;

	record.number += 1000;
	record.num_team = 1;
	forge_notice(s, out, &record, wim, event);
	if (successor != NULL) {
		record.moved = true;
		memcpy(record.successor, successor, sizeof(record.successor));
		out->bytes = kr_view(NULL, 0);
	}
	kr_writer_init(&w);
	kr_ed25519_from_seed(&identity, &inbox->secrets.identity_seed);
	kr_inbox_record_write(&w, &record, &identity);
	assert_int_equal(w.err, KR_OK);
	assert_int_equal(kr_bytes_copy(&out->record, kr_writer_view(&w)), KR_OK);
	kr_writer_free(&w);
}
