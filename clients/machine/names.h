/* Names for the values of lists, as JSON has them (COMMANDS.md): those of the headers, in
 * small letters. */
#ifndef CLIENTS_MACHINE_NAMES_H
#define CLIENTS_MACHINE_NAMES_H

#include "clients/machine/json.h"

/* The last one's name is NULL. */
struct name {
	const char *name;
	uint8_t value;
};

/* content.h */
extern const struct name names_category[], names_how_often[], names_since[];
/* signal.h */
extern const struct name names_signal_kind[], names_at_risk[], names_answer[],
	names_reach[], names_origin[], names_outcome[];
/* event.h, case.h */
extern const struct name names_urgency[], names_phase[], names_party[];

/* KR_ERR_FIELD if no value has it. */
enum kr_err names_find(uint8_t *out, const struct name *names, struct kr_view name);
/* Likewise of a member. */
enum kr_err names_read(
	uint8_t *out, const struct name *names, const cJSON *object, const char *field);

/* The member `since`, {"precision":…,"time":…}, if it is there. KR_ERR_FIELD. */
enum kr_err names_read_since(uint8_t *precision, uint64_t *since_ms, const cJSON *object);

/* Values of newer versions have none: then it is otherwise. */
const char *names_of(const struct name *names, uint8_t value, const char *otherwise);

#endif
