/* The two steps that client and server share: from an input into the group, and from an
 * evaluated element to the output. */
#ifndef KR_VOPRF_OUTPUT_H
#define KR_VOPRF_OUTPUT_H

#include <kring/voprf.h>

void kr_voprf_input_element(
	struct kr_ristretto_element *out, enum kr_voprf_mode mode, struct kr_view input);

void kr_voprf_output(uint8_t output[KR_VOPRF_OUTPUT_BYTES],
	const struct kr_voprf_params *params, struct kr_view input,
	const struct kr_ristretto_element *element);

#endif
