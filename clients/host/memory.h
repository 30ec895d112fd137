/* Keeping secrets out of swap and core dumps. */
#ifndef KRING_HOST_MEMORY_H
#define KRING_HOST_MEMORY_H

#include <stddef.h>

/* No core dumps of this process, and no other process of the same user may look into it
 * (ptrace, /proc/…/mem). Call it first in main; a debugger needs it gone. */
void memory_protect_process(void);

/* Zeroed pages that are locked in memory as far as the system allows it, left out of core
 * dumps, and empty in a child after fork. NULL: out of memory. */
void *memory_secret_alloc(size_t len);

/* Wiped and given back. NULL is fine. */
void memory_secret_free(void *memory, size_t len);

#endif
