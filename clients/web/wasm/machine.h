/* What the exports of core.c and report.c share: inputs and outputs as the host passes
 * them. */
#ifndef KRING_WEB_MACHINE_H
#define KRING_WEB_MACHINE_H

#include <kring/core.h>

/* struct kr_core_output as clients/web/src/core/machine.ts reads it, byte for byte. */
struct web_output {
	double id;
	double time_ms;
	uint32_t kind;
	uint32_t is_text;
	struct kr_view bytes;
	const struct kr_core_record *records;
	uint32_t num_records;
};

void web_output_of(struct web_output *out, const struct kr_core_output *output);

struct kr_core_input web_input(uint32_t kind, double id, const uint8_t *bytes,
	uint32_t len, uint32_t is_text, uint32_t code);

#endif
