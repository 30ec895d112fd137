#include "clients/web/wasm/machine.h"

_Static_assert(sizeof(struct web_output) == 40, "machine.ts: OUTPUT_BYTES");
_Static_assert(offsetof(struct web_output, kind) == 16, "machine.ts: nextOutput");
_Static_assert(offsetof(struct web_output, bytes) == 24, "machine.ts: nextOutput");
_Static_assert(offsetof(struct web_output, records) == 32, "machine.ts: nextOutput");
_Static_assert(sizeof(struct kr_core_record) == 20, "machine.ts: RECORD_BYTES");
_Static_assert(offsetof(struct kr_core_record, value) == 8, "machine.ts: recordAt");
_Static_assert(offsetof(struct kr_core_record, is_deleted) == 16, "machine.ts: recordAt");

void web_output_of(struct web_output *out, const struct kr_core_output *output)
{
	*out = (struct web_output){
		.id = (double)output->id,
		.time_ms = (double)output->time_ms,
		.kind = output->kind,
		.is_text = output->is_text,
		.bytes = output->bytes,
		.records = output->records,
		.num_records = (uint32_t)output->num_records,
	};
}

struct kr_core_input web_input(uint32_t kind, double id, const uint8_t *bytes,
	uint32_t len, uint32_t is_text, uint32_t code)
{
	return (struct kr_core_input){
		.kind = (enum kr_core_input_kind)kind,
		.id = (uint64_t)id,
		.bytes = kr_view(bytes, len),
		.is_text = is_text != 0,
		.code = (uint16_t)code,
	};
}
