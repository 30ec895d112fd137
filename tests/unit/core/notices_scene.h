/* A street that trusts inboxes of the office, and what who means no good makes of that:
 * notices and records that no honest client signs or brings. */
#ifndef TESTS_UNIT_CORE_NOTICES_SCENE_H
#define TESTS_UNIT_CORE_NOTICES_SCENE_H

#include "clients/core/state.h"
#include "tests/unit/core/office.h"

/* Longer than coordinators' clients wait before they look again. */
#define A_WHILE_MS ((uint64_t)300000)
#define HOUR_MS    ((uint64_t)3600000)

struct scene {
	struct office *office;
	struct world *world;
	struct world_client *anna; /* coordinator */
	struct world_client *bram;
	char community[64];
};

/* Of office_setup's state. */
struct scene scene_of(void **state);
/* That client, a coordinator, trusts the inbox of that desk by this name; the outcome. */
const char *scene_trust(
	struct scene *s, struct world_client *who, int desk, const char *name);
/* The community's own group. */
struct group *scene_group(struct world_client *client);

/* ---- False notices ------------------------------------------------------------- */

struct forged {
	uint8_t notice[KR_NOTICE_MAX];
	struct kr_view bytes; /* of notice */
	struct kr_bytes record;
};

/* A notice of the newest record of a desk's inbox, signed by that client's device. */
void scene_forge(struct scene *s, struct forged *out, int desk,
	struct world_client *signer, uint8_t event);
/* What who once administered an inbox can still sign: a record that the relay never took,
 * with a far number and that account alone in the team, and a notice by it; or, with a
 * successor, that the inbox has moved there. */
void scene_forge_as_administrator(
	struct scene *s, struct forged *out, uint8_t event, const uint8_t *successor);
/* Post it in the group, by a client that checks nothing of it. Frees the record. */
void scene_bring(struct scene *s, struct world_client *who, struct forged *f);
/* A post of kind notice; what: as a client says it. */
void scene_post(struct scene *s, struct world_client *who, const char *what,
	struct kr_view notice, struct kr_view record);

#endif
