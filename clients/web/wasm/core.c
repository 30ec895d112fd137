/* kring/core.h for the host: the member's machine, with numbers for parameters. */
#include "clients/web/wasm/host.h"
#include "clients/web/wasm/machine.h"

uint32_t WEB_EXPORT(web_core_new)(struct kr_core **core)
{
	return kr_core_new(core);
}

void WEB_EXPORT(web_core_free)(struct kr_core *core)
{
	kr_core_free(core);
}

uint32_t WEB_EXPORT(web_core_load)(struct kr_core *core, const uint8_t *key,
	uint32_t key_len, const uint8_t *value, uint32_t value_len)
{
	return kr_core_load(core, kr_view(key, key_len), kr_view(value, value_len));
}

uint32_t WEB_EXPORT(web_core_input)(struct kr_core *core, uint32_t kind, double id,
	const uint8_t *bytes, uint32_t len, uint32_t is_text, uint32_t code,
	double now_ms)
{
	struct kr_core_input input = web_input(kind, id, bytes, len, is_text, code);

	return kr_core_input(core, &input, (uint64_t)now_ms, &web_random);
}

uint32_t WEB_EXPORT(web_core_output)(struct kr_core *core, struct web_output *out)
{
	struct kr_core_output output;

	if (!kr_core_output(core, &output)) {
		return 0;
	}
	web_output_of(out, &output);
	return 1;
}

/* The answer is given to web_free by the host. */
uint32_t WEB_EXPORT(web_core_query)(struct kr_core *core, const uint8_t *question,
	uint32_t len, double now_ms, struct kr_bytes *answer)
{
	return kr_core_query(core, kr_view(question, len), (uint64_t)now_ms, answer);
}
