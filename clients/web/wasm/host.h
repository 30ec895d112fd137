/* What every WebAssembly module of the web app exports and imports.
 *
 * The host is JavaScript: clients/web/src/core/wasm.ts. It writes inputs into memory that
 * it got from web_alloc and reads outputs out of it. Sizes and addresses are 32 bits;
 * numbers that may be larger (ids, times) are doubles, exact to 2^53, because Chrome 80
 * and Safari 14 cannot pass 64-bit integers. */
#ifndef KRING_WEB_HOST_H
#define KRING_WEB_HOST_H

#include <kring/crypto.h>

/* The function is callable from the host under its own name. */
#define WEB_EXPORT(name) __attribute__((export_name(#name))) name

/* The host's entropy (import kring.entropy), in place of the system's: the host may
 * record it or give it back. */
extern const struct kr_random web_random;

/* Once, before anything else; non-zero (an enum kr_err) when it failed. */
uint32_t web_init(void);

/* Zeroed memory, NULL when there is none; web_free wipes it. */
void *web_alloc(uint32_t len);
void web_free(void *data, uint32_t len);

/* The name of an error in include/kring/err.h, NUL-terminated. */
const char *web_error_name(uint32_t err);

#endif
