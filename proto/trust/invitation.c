/* Invitations: the signed record. Links are in link.c. TRUST.md §6. */
#include "proto/trust/record.h"

#define INVITATION_MAX ((size_t)512)

void kr_invitation_write(struct kr_writer *w, const struct kr_invitation *invitation,
	const struct kr_ed25519_keypair *signer)
{
	size_t begin = kr_record_begin(w);

	kr_write_fixed(w, kr_view_id(invitation->community));
	kr_write_fixed(w, kr_view_id(invitation->key));
	kr_write_u64(w, invitation->until_ms);
	kr_write_u32(w, invitation->uses);
	kr_record_end(w, begin, KR_LABEL_INVITATION, signer);
}

static enum kr_err read_invitation(struct kr_invitation *v, struct kr_view bytes)
{
	struct kr_record record;
	enum kr_err err;

	if ((err = kr_record_open(&record, bytes, INVITATION_MAX)) ||
		(err = kr_read_copy(&record.r, v->community, sizeof(v->community))) ||
		(err = kr_read_copy(&record.r, v->key, sizeof(v->key))) ||
		(err = kr_read_u64(&record.r, &v->until_ms)) ||
		(err = kr_read_u32(&record.r, &v->uses))) {
		return err;
	}
	return kr_record_close(&record, KR_LABEL_INVITATION, v->signer);
}

enum kr_err kr_invitation_read(struct kr_invitation *out, struct kr_view record)
{
	struct kr_invitation invitation = {0};
	enum kr_err err = read_invitation(&invitation, record);

	*out = err == KR_OK ? invitation : (struct kr_invitation){0};
	return err;
}
