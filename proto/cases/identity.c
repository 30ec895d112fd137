/* A verified neighbour's proof that a signal is the own one. CASES.md §4. */
#include <kring/cases.h>

#include "proto/trust/record.h"

#define CONTENT_BYTES (KR_ID_BYTES + KR_EVENT_ID_BYTES)

_Static_assert(
	KR_IDENTITY_CERTIFICATE_BYTES == KR_CERTIFICATE_BYTES, "one kind of certificate");

static struct kr_view content_of(uint8_t space[CONTENT_BYTES],
	const uint8_t case_id[KR_ID_BYTES], const uint8_t event[KR_EVENT_ID_BYTES])
{
	struct kr_writer w;

	kr_writer_init_fixed(&w, space, CONTENT_BYTES);
	kr_write_fixed(&w, kr_view_id(case_id));
	kr_write_fixed(&w, kr_view(event, KR_EVENT_ID_BYTES));
	return kr_writer_view(&w);
}

void kr_identity_prove(uint8_t sig[KR_ED25519_SIG_BYTES],
	const uint8_t case_id[KR_ID_BYTES], const uint8_t event[KR_EVENT_ID_BYTES],
	const struct kr_ed25519_keypair *device)
{
	uint8_t space[CONTENT_BYTES];

	kr_label_sign(sig, KR_LABEL_IDENTITY, content_of(space, case_id, event), device);
}

enum kr_err kr_identity_verify(struct kr_certificate *out,
	const struct kr_identity *identity, const uint8_t case_id[KR_ID_BYTES],
	const uint8_t event[KR_EVENT_ID_BYTES])
{
	uint8_t space[CONTENT_BYTES];
	enum kr_err err;

	*out = (struct kr_certificate){0};
	if (identity->certificate.len == 0) {
		return KR_ERR_NOT_FOUND;
	}
	err = kr_certificate_read(out, identity->certificate);
	if (err == KR_OK &&
		(err = kr_label_verify(identity->proof, KR_LABEL_IDENTITY,
			 content_of(space, case_id, event), out->device_key))) {
		*out = (struct kr_certificate){0};
	}
	return err;
}
