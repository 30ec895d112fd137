/* Signals and identities as JSON: COMMANDS.md §10 has the fields, kring/signal.h what
 * they mean. */
#ifndef CLIENTS_MACHINE_SIGNAL_JSON_H
#define CLIENTS_MACHINE_SIGNAL_JSON_H

#include <kring/signal.h>

#include "clients/machine/json.h"

/* What a signal that was read from JSON points into, besides the JSON. Wiped by the
 * caller. */
struct signal_storage {
	uint8_t address[KR_ADDRESS_STORAGE];
	uint8_t ages[KR_SIGNAL_AGES_MAX];
	uint8_t excluded[KR_SIGNAL_EXCLUDED_MAX * KR_ID_BYTES];
	char number[16];
};

/* An address comes out normalised; who is excluded may be named by the id of the inbox or
 * by its link. Texts may still be too long or malformed: kr_signal_write says so.
 * KR_ERR_FIELD, and *fault names the field; it is NULL for a field that is not known. */
enum kr_err signal_from_json(struct kr_signal *out, struct signal_storage *storage,
	const cJSON *object, const char **fault);

/* The signal's fields as members of object; what was not said is left out. */
enum kr_err signal_to_json(cJSON *object, const struct kr_signal *signal);

/* Likewise name, contact, certificate and proof. The last two are decoded into
 * storage. */
struct identity_storage {
	uint8_t certificate[KR_IDENTITY_CERTIFICATE_BYTES];
	uint8_t proof[KR_ED25519_SIG_BYTES];
};
enum kr_err identity_from_json(struct kr_identity *out, struct identity_storage *storage,
	const cJSON *object, const char **fault);

#endif
