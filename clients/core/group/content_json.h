/* Contents as JSON, by the table of kinds (kring/content.h); the fields have the names of
 * COMMANDS.md. */
#ifndef CLIENTS_CORE_GROUP_CONTENT_JSON_H
#define CLIENTS_CORE_GROUP_CONTENT_JSON_H

#include <kring/content.h>

#include "clients/machine/json.h"

/* What a user posts, from the fields kind and the kind's own; others are left to the
 * caller. Views point into args, and for an edit into storage, which the caller frees.
 * KR_ERR_FIELD, also for a kind that is made by a command of its own. */
enum kr_err content_from_json(
	struct kr_content *out, const cJSON *args, struct kr_bytes *storage);

/* kind (and kind_number of one that is not known) and the kind's fields. */
enum kr_err content_to_json(cJSON *object, const struct kr_content *content);

enum kr_err content_ref_to_json(cJSON *object, const struct kr_content_ref *ref);

#endif
