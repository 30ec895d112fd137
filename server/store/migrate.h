/* Older stores are brought up to date when they are opened. Private to server/store. */
#ifndef KRING_SERVER_STORE_MIGRATE_H
#define KRING_SERVER_STORE_MIGRATE_H

#include "server/store/env.h"

/* From version from to from + 1, within one transaction. */
struct migration {
	uint32_t from;
	enum kr_err (*run)(struct tx *tx);
};

extern const struct migration migrations[];
extern const size_t num_migrations;

/* Run the steps from the store's version to another, in order, in the given transaction,
 * and write the version down. KR_ERR_STORE_VERSION when a step is missing; and what the
 * steps return. The caller aborts on any error. */
enum kr_err migrate(
	struct tx *tx, const struct migration *steps, size_t num_steps, uint32_t to);

#endif
