/* Grants and withdrawals, one record each. TRUST.md §3. */
#include "proto/trust/record.h"

#define ROLE_MAX ((size_t)512)

void kr_role_write(struct kr_writer *w, const struct kr_role *role,
	const struct kr_ed25519_keypair *signer)
{
	size_t begin = kr_record_begin(w);

	kr_write_u8(w, (uint8_t)role->kind);
	kr_write_fixed(w, kr_view_id(role->community));
	kr_write_fixed(w, kr_view_id(role->previous));
	kr_write_fixed(w, kr_view_id(role->who.account));
	if (role->kind == KR_ROLE_GRANT) {
		kr_write_fixed(w, kr_view_id(role->who.device_key));
		kr_write_fixed(w, kr_view_id(role->who.sealing_key));
	} else if (role->kind == KR_ROLE_WITHDRAW) {
		kr_write_optional(w, role->one_device);
		if (role->one_device) {
			kr_write_fixed(w, kr_view_id(role->who.device_key));
		}
	} else {
		kr_writer_fail(w, KR_ERR_ARGUMENT);
	}
	kr_record_end(w, begin, KR_LABEL_ROLE, signer);
}

static enum kr_err read_subject(struct kr_role *role, struct kr_reader *r)
{
	enum kr_err err;

	if (role->kind == KR_ROLE_GRANT) {
		err = kr_read_copy(r, role->who.device_key, KR_ED25519_PUBLIC_BYTES);
		return err != KR_OK
			? err
			: kr_read_copy(r, role->who.sealing_key, KR_X25519_BYTES);
	}
	if ((err = kr_read_optional(r, &role->one_device)) || !role->one_device) {
		return err;
	}
	return kr_read_copy(r, role->who.device_key, KR_ED25519_PUBLIC_BYTES);
}

static enum kr_err read_role(struct kr_role *role, struct kr_view bytes)
{
	struct kr_record record;
	uint8_t kind;
	enum kr_err err;

	if ((err = kr_record_open(&record, bytes, ROLE_MAX)) ||
		(err = kr_read_u8(&record.r, &kind))) {
		return err;
	}
	if (kind != KR_ROLE_GRANT && kind != KR_ROLE_WITHDRAW) {
		return KR_ERR_ENCODING;
	}
	role->kind = (enum kr_role_kind)kind;
	if ((err = kr_read_copy(&record.r, role->community, KR_ID_BYTES)) ||
		(err = kr_read_copy(&record.r, role->previous, KR_SHA256_BYTES)) ||
		(err = kr_read_copy(&record.r, role->who.account, KR_ID_BYTES)) ||
		(err = read_subject(role, &record.r))) {
		return err;
	}
	return kr_record_close(&record, KR_LABEL_ROLE, role->signer);
}

enum kr_err kr_role_read(struct kr_role *out, struct kr_view record)
{
	struct kr_role role = {0};
	enum kr_err err = read_role(&role, record);

	*out = err == KR_OK ? role : (struct kr_role){0};
	return err;
}
