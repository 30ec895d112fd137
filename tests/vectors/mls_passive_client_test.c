/* The passive client of mlswg/mls-implementations: a member that joins by Welcome and
 * then only follows. Kring's own two files add application messages in every epoch. */
#include "vectors.h"

#include <stdio.h>

#include <test.h>

#include <kring/mls.h>

/* The pre-shared keys of one case, for the hook. */
struct known_psks {
	struct vectors *v;
	const cJSON *list;
};

static enum kr_err find_psk(void *ctx, struct kr_view psk_id, struct kr_bytes *psk)
{
	const struct known_psks *known = ctx;
	const cJSON *item;

	cJSON_ArrayForEach(item, known->list)
	{
		if (kr_view_equal(vectors_hex(known->v, item, "psk_id"), psk_id)) {
			return kr_bytes_copy(psk, vectors_hex(known->v, item, "psk"));
		}
	}
	return KR_ERR_NOT_FOUND;
}

static void assert_ok(enum kr_err err, const char *what, int epoch)
{
	if (err != KR_OK) {
		fail_msg("%s in epoch %d of the case: %s", what, epoch, kr_err_name(err));
	}
}

static struct kr_mls_group *join(
	struct vectors *v, const cJSON *c, const struct kr_mls_config *config)
{
	KR_AUTO_WIPE struct kr_secret seed = {0};
	struct kr_mls_key_package_secrets secrets;
	struct kr_ed25519_keypair signer;
	struct kr_mls_group *group = NULL;
	struct kr_mls_join join = {
		.welcome = vectors_hex(v, c, "welcome"),
		.key_package = vectors_hex(v, c, "key_package"),
		.secrets = &secrets,
		.signer = &signer,
	};

	vectors_hex_copy(c, "signature_priv", seed.bytes, sizeof(seed.bytes));
	kr_ed25519_from_seed(&signer, &seed);
	vectors_hex_copy(c, "init_priv", secrets.init_key.bytes, KR_SECRET_BYTES);
	vectors_hex_copy(
		c, "encryption_priv", secrets.encryption_key.bytes, KR_SECRET_BYTES);
	if (vectors_has(c, "ratchet_tree")) {
		join.ratchet_tree = vectors_hex(v, c, "ratchet_tree");
	}
	assert_ok(kr_mls_group_join(&group, config, &join), "join", 0);
	return group;
}

static void assert_authenticator(struct vectors *v, const struct kr_mls_group *group,
	const cJSON *object, const char *key)
{
	vectors_assert_equal(key,
		kr_view(kr_mls_epoch_authenticator(group), KR_SECRET_BYTES),
		vectors_hex(v, object, key));
}

/* Through storage and back, so that the vectors prove that too. */
static void reload(struct kr_mls_group **group, const struct kr_mls_config *config)
{
	struct kr_mls_state state;

	assert_ok(kr_mls_save(*group, true, &state), "save", 0);
	kr_mls_group_free(*group);
	*group = NULL;
	assert_ok(kr_mls_load(group, config, kr_view_bytes(&state.group),
			  kr_view_bytes(&state.ratchets)),
		"load", 0);
	kr_mls_state_free(&state);
}

static void process(struct kr_mls_group *group, struct kr_view message,
	enum kr_mls_event_kind kind, struct kr_view plaintext, int epoch)
{
	struct kr_mls_event event;

	assert_ok(kr_mls_process(group, message, &event), "process", epoch);
	assert_int_equal(event.kind, kind);
	vectors_assert_equal("plaintext", kr_view_bytes(&event.plaintext), plaintext);
	kr_mls_event_free(&event);
}

static unsigned follow(struct vectors *v, struct kr_mls_group **group,
	const struct kr_mls_config *config, const cJSON *c)
{
	unsigned num_messages = 0;
	const cJSON *epoch;
	int number = 0;

	cJSON_ArrayForEach(epoch, vectors_get(c, "epochs"))
	{
		const cJSON *item;

		number++;
		cJSON_ArrayForEach(item, vectors_get(epoch, "proposals"))
		{
			process(*group, vectors_hex_of(v, item), KR_MLS_EVENT_PROPOSAL,
				(struct kr_view){0}, number);
		}
		reload(group, config);
		process(*group, vectors_hex(v, epoch, "commit"), KR_MLS_EVENT_COMMIT,
			(struct kr_view){0}, number);
		assert_authenticator(v, *group, epoch, "epoch_authenticator");
		if (!vectors_has(epoch, "messages")) {
			continue;
		}
		cJSON_ArrayForEach(item, vectors_get(epoch, "messages"))
		{
			process(*group, vectors_hex(v, item, "message"),
				KR_MLS_EVENT_APPLICATION,
				vectors_hex(v, item, "plaintext"), number);
			num_messages++;
		}
	}
	return num_messages;
}

static void run_file(const char *name)
{
	struct vectors *v = vectors_open(name);
	struct kr_mls_config config = kr_mls_config_default();
	unsigned num_messages = 0;
	int num_epochs = 0;
	const cJSON *c;

	assert_int_equal(kr_crypto_init(), KR_OK);
	cJSON_ArrayForEach(c, vectors_root(v))
	{
		struct known_psks known = {v, vectors_get(c, "external_psks")};
		struct kr_mls_group *group;

		config.hooks =
			(struct kr_mls_hooks){.ctx = &known, .external_psk = find_psk};
		group = join(v, c, &config);
		assert_authenticator(v, group, c, "initial_epoch_authenticator");
		num_messages += follow(v, &group, &config, c);
		num_epochs += cJSON_GetArraySize(vectors_get(c, "epochs"));
		kr_mls_group_free(group);
		vectors_passed(v);
	}
	printf("# vectors %s: %d epochs, %u messages\n", name, num_epochs, num_messages);
	vectors_close(v);
}

static void welcome(void **state)
{
	(void)state;
	run_file("mls/passive-client-welcome.json");
}

static void handling_commit(void **state)
{
	(void)state;
	run_file("mls/passive-client-handling-commit.json");
}

static void kring_core_crypto(void **state)
{
	(void)state;
	run_file("mls/kring-passive-cc.json");
}

static void kring_ts_mls(void **state)
{
	(void)state;
	run_file("mls/kring-passive-ts.json");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(welcome),
		cmocka_unit_test(handling_commit),
		cmocka_unit_test(kring_core_crypto),
		cmocka_unit_test(kring_ts_mls),
	};

	return cmocka_run_group_tests_name("mls_passive_client", tests, NULL, NULL);
}
