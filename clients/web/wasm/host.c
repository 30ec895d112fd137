#include "clients/web/wasm/host.h"

#include <stdlib.h>
#include <string.h>

/* Zero when all of out was filled. */
__attribute__((import_module("kring"), import_name("entropy"))) int web_host_entropy(
	uint8_t *out, size_t len);

static enum kr_err fill_from_host(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	return web_host_entropy(out, len) ? KR_ERR_RANDOM : KR_OK;
}

const struct kr_random web_random = {.fill = fill_from_host};

uint32_t WEB_EXPORT(web_init)(void)
{
	return kr_crypto_init();
}

void *WEB_EXPORT(web_alloc)(uint32_t len)
{
	return calloc(1, len ? len : 1);
}

void WEB_EXPORT(web_free)(void *data, uint32_t len)
{
	if (data) {
		kr_wipe(data, len);
		free(data);
	}
}

const char *WEB_EXPORT(web_error_name)(uint32_t err)
{
	return kr_err_name((enum kr_err)err);
}
