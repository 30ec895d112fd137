/* Everything that a good request of any verb needs, and one good request for each
 * verb. */
#ifndef KRING_TESTS_RELAY_SCENE_H
#define KRING_TESTS_RELAY_SCENE_H

#include "docket.h"

struct scene {
	struct world w;
	struct client *coordinator;
	struct client *member;    /* of the community and its group */
	struct client *applicant; /* has an open request */
	struct client *invited;   /* holds an invitation, and is nothing yet */
	struct client *stranger;  /* authenticated, and nothing to anybody */
	struct kr_topic community;
	struct kr_topic group;
	struct kr_ed25519_keypair seed; /* of the invitation */
	struct kr_bytes bodies[24];      /* what requests point into */
	size_t num_bodies;
	struct kr_bytes last_commit; /* the group's latest, as it was accepted */
	struct docket docket;        /* made with the first request that is about cases */
};

void scene_open(struct scene *s);
void scene_close(struct scene *s);

/* A request that is accepted in this scene, and who makes it. */
struct kr_request scene_request(
	struct scene *s, enum kr_verb verb, struct client **actor);

/* Sign what an invitation's seed signs, for this client and the request's body. */
void scene_sign_invite(struct scene *s, const struct client *who, struct kr_request *r);

#endif
