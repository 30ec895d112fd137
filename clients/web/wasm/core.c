/* kring/core.h for the host: the machine's functions with numbers for parameters.
 * clients/web/src/core/machine.ts is the other side. */
#include <stddef.h>

#include <kring/core.h>

#include "clients/web/wasm/host.h"

/* struct kr_core_output as the host reads it, byte for byte. */
struct web_output {
	double id;
	double time_ms;
	uint32_t kind;
	uint32_t is_text;
	struct kr_view bytes;
	const struct kr_core_record *records;
	uint32_t num_records;
};

_Static_assert(sizeof(struct web_output) == 40, "machine.ts: OUTPUT_BYTES");
_Static_assert(offsetof(struct web_output, kind) == 16, "machine.ts: nextOutput");
_Static_assert(offsetof(struct web_output, bytes) == 24, "machine.ts: nextOutput");
_Static_assert(offsetof(struct web_output, records) == 32, "machine.ts: nextOutput");
_Static_assert(sizeof(struct kr_core_record) == 20, "machine.ts: RECORD_BYTES");
_Static_assert(offsetof(struct kr_core_record, value) == 8, "machine.ts: recordAt");
_Static_assert(offsetof(struct kr_core_record, is_deleted) == 16, "machine.ts: recordAt");

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
	struct kr_core_input input = {
		.kind = (enum kr_core_input_kind)kind,
		.id = (uint64_t)id,
		.bytes = kr_view(bytes, len),
		.is_text = is_text != 0,
		.code = (uint16_t)code,
	};

	return kr_core_input(core, &input, (uint64_t)now_ms, &web_random);
}

uint32_t WEB_EXPORT(web_core_output)(struct kr_core *core, struct web_output *out)
{
	struct kr_core_output output;

	if (!kr_core_output(core, &output)) {
		return 0;
	}
	*out = (struct web_output){
		.id = (double)output.id,
		.time_ms = (double)output.time_ms,
		.kind = output.kind,
		.is_text = output.is_text,
		.bytes = output.bytes,
		.records = output.records,
		.num_records = (uint32_t)output.num_records,
	};
	return 1;
}

/* The answer is given to web_free by the host. */
uint32_t WEB_EXPORT(web_core_query)(struct kr_core *core, const uint8_t *question,
	uint32_t len, double now_ms, struct kr_bytes *answer)
{
	return kr_core_query(core, kr_view(question, len), (uint64_t)now_ms, answer);
}
