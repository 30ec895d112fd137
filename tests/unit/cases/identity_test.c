#include <test.h>

#include <string.h>

#include "fixture.h"

static void a_device_proves_its_signal(void **state)
{
	struct world *w = world_new();
	const struct kr_ed25519_keypair *device = &w->inboxes[OTHER].team[1].device;
	const struct kr_ed25519_keypair *issuer = &w->inboxes[OTHER].team[0].device;
	static const struct kr_certificate zero;
	uint8_t event[KR_EVENT_ID_BYTES] = {1};
	uint8_t record[KR_CERTIFICATE_BYTES];
	uint8_t proof[KR_ED25519_SIG_BYTES];
	struct kr_certificate c = {.community = {1}, .account = {2}, .not_after = 9};
	struct kr_identity identity = {0};
	struct kr_certificate back;
	struct kr_writer writer;

	(void)state;
	assert_int_equal(kr_identity_verify(&back, &identity, w->receipt.locator, event),
		KR_ERR_NOT_FOUND);
	memcpy(c.device_key, device->public_key, sizeof(c.device_key));
	kr_writer_init_fixed(&writer, record, sizeof(record));
	kr_certificate_write(&writer, &c, issuer);
	assert_int_equal(writer.err, KR_OK);
	kr_identity_prove(proof, w->receipt.locator, event, device);
	identity.certificate = kr_view(record, sizeof(record));
	identity.proof = kr_view(proof, sizeof(proof));
	assert_int_equal(
		kr_identity_verify(&back, &identity, w->receipt.locator, event), KR_OK);
	assert_memory_equal(back.account, c.account, sizeof(c.account));

	/* Copied to another event or another case it proves nothing. */
	event[0]++;
	assert_int_equal(kr_identity_verify(&back, &identity, w->receipt.locator, event),
		KR_ERR_SIGNATURE);
	assert_memory_equal(&back, &zero, sizeof(zero));
	event[0]--;
	assert_int_equal(kr_identity_verify(&back, &identity, w->inboxes[0].id, event),
		KR_ERR_SIGNATURE);
	/* Nor does another device's proof, or a certificate that nobody signed. */
	kr_identity_prove(proof, w->receipt.locator, event, issuer);
	assert_int_equal(kr_identity_verify(&back, &identity, w->receipt.locator, event),
		KR_ERR_SIGNATURE);
	kr_identity_prove(proof, w->receipt.locator, event, device);
	record[5] ^= 1;
	assert_int_equal(kr_identity_verify(&back, &identity, w->receipt.locator, event),
		KR_ERR_SIGNATURE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_proves_its_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
