/* Copying a store record by record into a fresh file. Private to server/store.
 *
 * LMDB can copy itself and leave free pages out (mdb_env_copy2), but the gaps within its
 * pages go along, and old bytes with them. Here only living records reach the new file,
 * so it holds nothing of what was deleted. */
#ifndef KRING_SERVER_STORE_COPY_H
#define KRING_SERVER_STORE_COPY_H

#include "server/store/env.h"

/* A fresh environment at path, which must not exist; for one thread, and synced only by
 * copy_finish. It has room for what a store with a map of map_bytes holds.
 * KR_ERR_STATE (path exists), KR_ERR_STORE_*. */
enum kr_err copy_begin(struct store_env *copy, const char *path, uint64_t map_bytes);

/* The store's map has grown since. No transaction of the copy may be open. */
enum kr_err copy_make_room(struct store_env *copy, uint64_t map_bytes);

/* All that from sees. */
enum kr_err copy_records(struct store_env *copy, const struct tx *from);

/* Sync and close. Whatever happens, the environment is closed. */
enum kr_err copy_finish(struct store_env *copy);

#endif
