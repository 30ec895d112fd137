/* Between the two halves of the scene. */
#ifndef TESTS_UNIT_REPORT_RELAY_H
#define TESTS_UNIT_REPORT_RELAY_H

#include "scene.h"

void relay_begin(struct scene *s);
void relay_end(struct scene *s);
void relay_hello(struct scene *s);
/* A message from the machine. */
void relay_take(struct scene *s, struct kr_view message, bool is_text);
/* Events that a subscription has not given yet. */
void relay_deliver(struct scene *s);
/* An event, as a subscription gives it. */
void relay_say(struct scene *s, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES]);
/* A message to the machine, which takes it after what it does now. */
void scene_say(struct scene *s, struct kr_view message, bool is_text);

struct scene_event *relay_append(struct scene *s, const struct kr_case_act *act,
	const uint8_t event[KR_EVENT_ID_BYTES], const uint8_t *author,
	struct kr_view body, struct kr_view wraps, uint64_t date_ms);

#endif
