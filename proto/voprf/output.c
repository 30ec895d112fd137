#include "proto/voprf/output.h"

#include "proto/voprf/hash.h"

void kr_voprf_input_element(
	struct kr_ristretto_element *out, enum kr_voprf_mode mode, struct kr_view input)
{
	struct kr_voprf_hash h;

	kr_voprf_hash_init(&h, "HashToGroup-", mode);
	kr_sha512_update(&h.message, input);
	kr_voprf_hash_to_element(&h, out);
}

/* hashInput of Finalize and Evaluate, RFC 9497 §3.3.1; §3.3.3 has the info in it. */
void kr_voprf_output(uint8_t output[KR_VOPRF_OUTPUT_BYTES],
	const struct kr_voprf_params *params, struct kr_view input,
	const struct kr_ristretto_element *element)
{
	struct kr_sha512 h;

	kr_sha512_init(&h);
	kr_voprf_sha512_update_vec(&h, input);
	if (params->mode == KR_VOPRF_MODE_POPRF) {
		kr_voprf_sha512_update_vec(&h, params->info);
	}
	kr_voprf_sha512_update_vec(&h, kr_view(element->bytes, sizeof(element->bytes)));
	kr_sha512_update(&h, kr_view_str("Finalize"));
	kr_sha512_final(&h, output);
}
