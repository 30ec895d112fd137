/* The devices of an account: each but the first is vouched for by another. TRUST.md
 * §5. */
#include "proto/trust/record.h"

#include <string.h>

#define DEVICE_LINK_MAX ((size_t)512)

/* struct { opaque account[32]; opaque signer[32]; opaque device_key[32]; } */
#define CONSENT_BYTES ((size_t)3 * KR_ID_BYTES)

static struct kr_view consent_content(uint8_t space[CONSENT_BYTES],
	const uint8_t account[KR_ID_BYTES], const uint8_t signer[KR_ED25519_PUBLIC_BYTES],
	const uint8_t device_key[KR_ED25519_PUBLIC_BYTES])
{
	memcpy(space, account, KR_ID_BYTES);
	memcpy(space + KR_ID_BYTES, signer, KR_ID_BYTES);
	memcpy(space + (size_t)2 * KR_ID_BYTES, device_key, KR_ID_BYTES);
	return kr_view(space, CONSENT_BYTES);
}

void kr_device_consent(uint8_t sig[KR_ED25519_SIG_BYTES],
	const uint8_t account[KR_ID_BYTES], const uint8_t signer[KR_ED25519_PUBLIC_BYTES],
	const struct kr_ed25519_keypair *device)
{
	uint8_t space[CONSENT_BYTES];

	kr_label_sign(sig, KR_LABEL_DEVICE_CONSENT,
		consent_content(space, account, signer, device->public_key), device);
}

static enum kr_err verify_consent(const struct kr_device_link *link, struct kr_view sig,
	const uint8_t signer[KR_ED25519_PUBLIC_BYTES])
{
	uint8_t space[CONSENT_BYTES];

	return kr_label_verify(sig, KR_LABEL_DEVICE_CONSENT,
		consent_content(space, link->account, signer, link->device_key),
		link->device_key);
}

void kr_device_link_write(struct kr_writer *w, const struct kr_device_link *link,
	const uint8_t *consent, const struct kr_ed25519_keypair *signer)
{
	size_t begin = kr_record_begin(w);

	kr_write_u8(w, (uint8_t)link->kind);
	kr_write_fixed(w, kr_view_id(link->account));
	kr_write_fixed(w, kr_view_id(link->device_key));
	if (link->kind == KR_DEVICE_ADD && consent != NULL) {
		struct kr_view sig = kr_view(consent, KR_ED25519_SIG_BYTES);

		kr_write_fixed(w, sig);
		kr_writer_fail(w, verify_consent(link, sig, signer->public_key));
	} else if (link->kind != KR_DEVICE_REMOVE || consent != NULL) {
		kr_writer_fail(w, KR_ERR_ARGUMENT);
	}
	kr_record_end(w, begin, KR_LABEL_DEVICE, signer);
}

static enum kr_err read_link(struct kr_device_link *link, struct kr_view bytes)
{
	struct kr_record record;
	struct kr_view consent = {0};
	uint8_t kind;
	enum kr_err err;

	if ((err = kr_record_open(&record, bytes, DEVICE_LINK_MAX)) ||
		(err = kr_read_u8(&record.r, &kind))) {
		return err;
	}
	if (kind != KR_DEVICE_ADD && kind != KR_DEVICE_REMOVE) {
		return KR_ERR_ENCODING;
	}
	link->kind = (enum kr_device_kind)kind;
	if ((err = kr_read_copy(&record.r, link->account, sizeof(link->account))) ||
		(err = kr_read_copy(
			 &record.r, link->device_key, sizeof(link->device_key))) ||
		(kind == KR_DEVICE_ADD &&
			(err = kr_read_fixed(
				 &record.r, KR_ED25519_SIG_BYTES, &consent))) ||
		(err = kr_record_close(&record, KR_LABEL_DEVICE, link->signer))) {
		return err;
	}
	return kind == KR_DEVICE_ADD ? verify_consent(link, consent, link->signer)
				     : KR_OK;
}

enum kr_err kr_device_link_read(struct kr_device_link *out, struct kr_view record)
{
	struct kr_device_link link = {0};
	enum kr_err err = read_link(&link, record);

	*out = err == KR_OK ? link : (struct kr_device_link){0};
	return err;
}

/* ---- What the records add up to ------------------------------------------------- */

enum kr_err kr_devices_begin(struct kr_devices *devices,
	const uint8_t account[KR_ID_BYTES],
	const uint8_t first_key[KR_ED25519_PUBLIC_BYTES])
{
	uint8_t id[KR_ID_BYTES];

	memset(devices, 0, sizeof(*devices));
	kr_account_id(id, first_key);
	if (!kr_id_equal(id, account)) {
		return KR_ERR_DEVICE_ACCOUNT;
	}
	memcpy(devices->account, account, KR_ID_BYTES);
	memcpy(devices->list[0].key, first_key, KR_ED25519_PUBLIC_BYTES);
	devices->num = 1;
	return KR_OK;
}

/* Its place in the list, or num. */
static size_t find_device(
	const struct kr_devices *devices, const uint8_t key[KR_ED25519_PUBLIC_BYTES])
{
	size_t i = 0;

	while (i < devices->num && !kr_id_equal(devices->list[i].key, key)) {
		i++;
	}
	return i;
}

bool kr_devices_has(
	const struct kr_devices *devices, const uint8_t key[KR_ED25519_PUBLIC_BYTES])
{
	size_t i = find_device(devices, key);

	return i < devices->num && !devices->list[i].removed;
}

enum kr_err kr_devices_append(struct kr_devices *devices, struct kr_view record)
{
	struct kr_device_link link;
	size_t i;
	enum kr_err err;

	if ((err = kr_device_link_read(&link, record))) {
		return err;
	}
	if (!kr_id_equal(link.account, devices->account)) {
		return KR_ERR_DEVICE_ACCOUNT;
	}
	if (!kr_devices_has(devices, link.signer)) {
		return KR_ERR_DEVICE_SIGNER;
	}
	i = find_device(devices, link.device_key);
	if (link.kind == KR_DEVICE_REMOVE) {
		if (i == devices->num || devices->list[i].removed) {
			return KR_ERR_DEVICE_UNKNOWN;
		}
		devices->list[i].removed = true;
		return KR_OK;
	}
	if (i < devices->num) {
		return KR_ERR_DEVICE_KEY_REUSED;
	}
	if (devices->num == KR_DEVICES_MAX) {
		return KR_ERR_LIMIT;
	}
	memcpy(devices->list[i].key, link.device_key, sizeof(link.device_key));
	devices->num++;
	return KR_OK;
}
