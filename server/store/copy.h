/* Copying a store record by record into a fresh file. Private to server/store.
 *
 * mdb_env_copy2 with MDB_CP_COMPACT leaves free pages out, and in LMDB 0.9.24 the gaps
 * within pages too, but promises neither, and keeps half-empty pages half empty. Here
 * only living records reach the new file, whatever LMDB does, and they fill its pages. */
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
