#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <kring/codec.h>

#include "proto/mls/key_schedule.h"

#define MAX_PSKS 16

/* PreSharedKeyID of an external key, RFC 9420 §8.4. */
static void write_psk_id(struct kr_writer *w, struct vectors *v, const cJSON *psk)
{
	kr_writer_init(w);
	kr_write_u8(w, KR_MLS_PSK_EXTERNAL);
	kr_write_vec(w, vectors_hex(v, psk, "psk_id"));
	kr_write_vec(w, vectors_hex(v, psk, "psk_nonce"));
}

static void check_case(struct vectors *v, const cJSON *c)
{
	struct kr_writer ids[MAX_PSKS];
	struct kr_psk_input inputs[MAX_PSKS];
	struct kr_secret psk_secret;
	const cJSON *psk;
	size_t num = 0;

	cJSON_ArrayForEach(psk, vectors_get(c, "psks"))
	{
		assert_true(num < MAX_PSKS);
		write_psk_id(&ids[num], v, psk);
		inputs[num].encoded_id = kr_writer_view(&ids[num]);
		inputs[num].psk = vectors_hex(v, psk, "psk");
		num++;
	}
	assert_int_equal(kr_psk_secret(&psk_secret, inputs, num), KR_OK);
	vectors_assert_equal("psk_secret", kr_view_secret(&psk_secret),
		vectors_hex(v, c, "psk_secret"));
	for (size_t i = 0; i < num; i++) {
		kr_writer_free(&ids[i]);
	}
}

static void psk_secret(void **state)
{
	struct vectors *v = vectors_open("mls/psk_secret.json");
	const cJSON *c;

	(void)state;
	cJSON_ArrayForEach(c, vectors_root(v))
	{
		assert_int_equal(vectors_uint(c, "cipher_suite"), KR_MLS_CIPHER_SUITE);
		check_case(v, c);
		vectors_passed(v);
	}
	vectors_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(psk_secret),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("mls_psk_secret", tests, NULL, NULL);
}
