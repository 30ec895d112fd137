#include <test.h>

#include <codec_props.h>

#include <string.h>

#include "fixture.h"
#include "proto/trust/record.h"

static enum kr_err read_only(struct kr_view bytes)
{
	struct kr_device_link link;

	return kr_device_link_read(&link, bytes);
}

/* signer adds or removes device, of Anna's account. */
static void link_record(struct record *out, const struct world *w,
	enum kr_device_kind kind, const struct person *device,
	const struct person *signer)
{
	struct kr_device_link link = {.kind = kind};
	struct kr_writer writer = record_writer(out);
	uint8_t consent[KR_ED25519_SIG_BYTES];

	memcpy(link.account, w->anna.account, sizeof(link.account));
	memcpy(link.device_key, device->device.public_key, sizeof(link.device_key));
	kr_device_consent(
		consent, w->anna.account, signer->device.public_key, &device->device);
	kr_device_link_write(
		&writer, &link, kind == KR_DEVICE_ADD ? consent : NULL, &signer->device);
	record_take(out, &writer);
}

static enum kr_err append(struct kr_devices *devices, const struct world *w,
	enum kr_device_kind kind, const struct person *device,
	const struct person *signer)
{
	static struct record record;

	link_record(&record, w, kind, device, signer);
	return kr_devices_append(devices, view_of(&record));
}

static void links_come_back_and_bear_no_damage(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	static struct record record;

	(void)state;
	for (int kind = KR_DEVICE_ADD; kind <= KR_DEVICE_REMOVE; kind++) {
		struct kr_device_link back;

		link_record(&record, w, (enum kr_device_kind)kind, &w->chris, &w->anna);
		assert_int_equal(kr_device_link_read(&back, view_of(&record)), KR_OK);
		assert_int_equal(back.kind, kind);
		assert_memory_equal(back.account, w->anna.account, 32);
		assert_memory_equal(back.device_key, w->chris.device.public_key, 32);
		assert_memory_equal(back.signer, w->anna.device.public_key, 32);
		codec_props_whole("device link", read_only, view_of(&record));
		codec_props_signed("device link", read_only, view_of(&record));
	}
}

/* Nobody is made a device of an account that the device did not agree to. */
static void a_device_has_to_agree(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	struct kr_device_link link = {.kind = KR_DEVICE_ADD};
	const struct {
		const char *name;
		const uint8_t *account;
		const struct person *to;
		const struct person *by;
		enum kr_err err;
	} cases[] = {
		{"to this", w->anna.account, &w->anna, &w->chris, KR_OK},
		{"to another account", w->bram.account, &w->anna, &w->chris,
			KR_ERR_SIGNATURE},
		{"to another device", w->anna.account, &w->bram, &w->chris,
			KR_ERR_SIGNATURE},
		{"another device", w->anna.account, &w->anna, &w->dana, KR_ERR_SIGNATURE},
	};
	static struct record record;

	(void)state;
	memcpy(link.account, w->anna.account, 32);
	memcpy(link.device_key, w->chris.device.public_key, 32);
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_writer writer = record_writer(&record);
		uint8_t consent[KR_ED25519_SIG_BYTES];

		kr_device_consent(consent, cases[i].account,
			cases[i].to->device.public_key, &cases[i].by->device);
		kr_device_link_write(&writer, &link, consent, &w->anna.device);
		assert_err(cases[i].name, writer.err, cases[i].err);
	}
	for (int with_consent = 0; with_consent < 2; with_consent++) {
		struct kr_writer writer = record_writer(&record);
		uint8_t consent[KR_ED25519_SIG_BYTES];

		kr_device_consent(consent, w->anna.account, w->anna.device.public_key,
			&w->chris.device);
		link.kind = with_consent ? KR_DEVICE_REMOVE : KR_DEVICE_ADD;
		kr_device_link_write(
			&writer, &link, with_consent ? consent : NULL, &w->anna.device);
		assert_int_equal(writer.err, KR_ERR_ARGUMENT);
	}
}

/* What kr_device_link_write would not write: properly signed, but the consent is for the
 * device of somebody else. */
static void a_consent_to_another_is_found_in_reading(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	const struct person *asked[] = {&w->anna, &w->bram};
	static struct record record;

	(void)state;
	for (size_t i = 0; i < NUM(asked); i++) {
		struct kr_writer writer = record_writer(&record);
		uint8_t consent[KR_ED25519_SIG_BYTES];

		kr_device_consent(consent, w->anna.account, asked[i]->device.public_key,
			&w->chris.device);
		kr_record_begin(&writer);
		kr_write_u8(&writer, KR_DEVICE_ADD);
		kr_write_fixed(&writer, kr_view_id(w->anna.account));
		kr_write_fixed(&writer, kr_view_id(w->chris.device.public_key));
		kr_write_fixed(&writer, kr_view(consent, sizeof(consent)));
		kr_record_end(&writer, 0, KR_LABEL_DEVICE, &w->anna.device);
		record_take(&record, &writer);
		assert_int_equal(
			read_only(view_of(&record)), i == 0 ? KR_OK : KR_ERR_SIGNATURE);
	}
}

static void the_first_device_is_in_the_accounts_id(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	struct kr_devices devices;

	(void)state;
	assert_int_equal(
		kr_devices_begin(&devices, w->anna.account, w->bram.device.public_key),
		KR_ERR_DEVICE_ACCOUNT);
	assert_int_equal(devices.num, 0);
	assert_int_equal(
		kr_devices_begin(&devices, w->anna.account, w->anna.device.public_key),
		KR_OK);
	assert_true(kr_devices_has(&devices, w->anna.device.public_key));
	assert_false(kr_devices_has(&devices, w->bram.device.public_key));
}

static void devices_come_and_go(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	const struct {
		const char *name;
		enum kr_device_kind kind;
		const struct person *device;
		const struct person *signer;
		enum kr_err err;
	} steps[] = {
		{"by a stranger", KR_DEVICE_ADD, &w->chris, &w->dana,
			KR_ERR_DEVICE_SIGNER},
		{"by itself", KR_DEVICE_ADD, &w->chris, &w->chris, KR_ERR_DEVICE_SIGNER},
		{"removes what is not there", KR_DEVICE_REMOVE, &w->chris, &w->anna,
			KR_ERR_DEVICE_UNKNOWN},
		{"the first adds a second", KR_DEVICE_ADD, &w->chris, &w->anna, KR_OK},
		{"twice", KR_DEVICE_ADD, &w->chris, &w->anna, KR_ERR_DEVICE_KEY_REUSED},
		{"the first again", KR_DEVICE_ADD, &w->anna, &w->chris,
			KR_ERR_DEVICE_KEY_REUSED},
		{"the second adds a third", KR_DEVICE_ADD, &w->dana, &w->chris, KR_OK},
		{"the first is lost", KR_DEVICE_REMOVE, &w->anna, &w->dana, KR_OK},
		{"removed twice", KR_DEVICE_REMOVE, &w->anna, &w->dana,
			KR_ERR_DEVICE_UNKNOWN},
		{"the finder signs", KR_DEVICE_ADD, &w->bram, &w->anna,
			KR_ERR_DEVICE_SIGNER},
		{"the lost one comes back", KR_DEVICE_ADD, &w->anna, &w->dana,
			KR_ERR_DEVICE_KEY_REUSED},
	};
	struct kr_devices devices;

	(void)state;
	assert_int_equal(
		kr_devices_begin(&devices, w->anna.account, w->anna.device.public_key),
		KR_OK);
	for (size_t i = 0; i < NUM(steps); i++) {
		struct kr_devices before = devices;
		enum kr_err err = append(
			&devices, w, steps[i].kind, steps[i].device, steps[i].signer);

		assert_err(steps[i].name, err, steps[i].err);
		if (err != KR_OK) {
			assert_memory_equal(&before, &devices, sizeof(before));
		}
	}
	assert_false(kr_devices_has(&devices, w->anna.device.public_key));
	assert_true(kr_devices_has(&devices, w->chris.device.public_key));
	assert_true(kr_devices_has(&devices, w->dana.device.public_key));
}

static void of_another_account(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	struct kr_devices devices;

	(void)state;
	assert_int_equal(
		kr_devices_begin(&devices, w->bram.account, w->bram.device.public_key),
		KR_OK);
	assert_int_equal(append(&devices, w, KR_DEVICE_ADD, &w->chris, &w->anna),
		KR_ERR_DEVICE_ACCOUNT);
}

static void devices_have_a_bound(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	struct kr_devices devices;

	(void)state;
	assert_int_equal(
		kr_devices_begin(&devices, w->anna.account, w->anna.device.public_key),
		KR_OK);
	for (int i = 1; i <= KR_DEVICES_MAX; i++) {
		struct person p;

		assert_int_equal(kr_ed25519_generate(&p.device, &w->rng), KR_OK);
		assert_int_equal(append(&devices, w, KR_DEVICE_ADD, &p, &w->anna),
			i < KR_DEVICES_MAX ? KR_OK : KR_ERR_LIMIT);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_come_back_and_bear_no_damage),
		cmocka_unit_test(a_device_has_to_agree),
		cmocka_unit_test(a_consent_to_another_is_found_in_reading),
		cmocka_unit_test(the_first_device_is_in_the_accounts_id),
		cmocka_unit_test(devices_come_and_go),
		cmocka_unit_test(of_another_account),
		cmocka_unit_test(devices_have_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
