/* Two members, one message, one removal: the protocol library in one sitting.
 *
 * Alice founds a group and adds Bob from his key package; she writes to him; she removes
 * him, and what she writes then he cannot read. What a client must do for real is marked:
 * publish key packages, store states, pass messages on in the delivery service's
 * order. */
#include <stdio.h>

#include <kring/mls.h>

static const struct kr_mls_lifetime one_year = {1767225600, 1798761600};

struct person {
	struct kr_ed25519_keypair signer;
	struct kr_mls_client client;
	struct kr_mls_group *group;
};

static enum kr_err person_init(struct person *p, const char *name)
{
	p->client.identity = kr_view_str(name);
	p->client.signer = &p->signer;
	return kr_ed25519_generate(&p->signer, &kr_random_system);
}

static void person_finish(struct person *p)
{
	kr_mls_group_free(p->group);
	kr_ed25519_keypair_wipe(&p->signer);
}

/* A message leaves only when the state that covers it is stored. */
static enum kr_err store(struct kr_mls_group *group)
{
	struct kr_mls_state state;
	enum kr_err err = kr_mls_save(group, false, &state);

	if (err) {
		return err;
	}
	/* Here a client writes state.ratchets, and state.group if it changed, to disk. */
	err = kr_mls_stored(group, state.revision);
	kr_mls_state_free(&state);
	return err;
}

/* One commit of Alice's with one proposal, which the delivery service accepts. */
static enum kr_err commit(struct person *alice, const struct kr_mls_proposal *proposal,
	struct kr_mls_outgoing **outgoing)
{
	struct kr_mls_commit_options options = {
		.proposals = proposal, .num_proposals = 1};
	enum kr_err err =
		kr_mls_commit(alice->group, &options, &kr_random_system, outgoing);

	if (err || (err = kr_mls_commit_accepted(alice->group))) {
		return err;
	}
	return store(alice->group);
}

static enum kr_err invite(struct person *alice, struct person *bob)
{
	struct kr_mls_config config = kr_mls_config_default();
	struct kr_mls_key_package_secrets secrets = {0};
	KR_AUTO_FREE struct kr_bytes key_package = {0};
	struct kr_mls_proposal add = {.type = KR_MLS_PROPOSAL_ADD};
	struct kr_mls_join join = {.secrets = &secrets, .signer = &bob->signer};
	struct kr_mls_outgoing *outgoing = NULL;
	enum kr_err err;

	/* Bob publishes the key package and keeps the secrets. */
	err = kr_mls_key_package_new(&key_package, &secrets, &bob->client, one_year,
		(struct kr_mls_extensions){0}, &kr_random_system);
	add.key_package = join.key_package = kr_view_bytes(&key_package);
	/* Alice finds it there, adds him, and sends him the Welcome. */
	if (err || (err = commit(alice, &add, &outgoing)) ||
		(err = kr_mls_outgoing_welcome(alice->group, outgoing, &join.welcome))) {
		goto out;
	}
	err = kr_mls_group_join(&bob->group, &config, &join);
out:
	kr_mls_outgoing_free(outgoing);
	kr_mls_key_package_secrets_wipe(&secrets);
	return err;
}

/* Alice writes, Bob tries to read. */
static enum kr_err say(struct person *alice, struct person *bob, const char *text)
{
	struct kr_mls_outgoing *outgoing = NULL;
	struct kr_mls_event event = {0};
	struct kr_view message;
	enum kr_err err;

	if ((err = kr_mls_encrypt(alice->group, (struct kr_view){0}, kr_view_str(text),
		     &kr_random_system, &outgoing)) ||
		(err = store(alice->group)) ||
		(err = kr_mls_outgoing_message(alice->group, outgoing, &message)) ||
		(err = kr_mls_process(bob->group, message, &event))) {
		goto out;
	}
	printf("Bob reads: %.*s\n", (int)event.plaintext.len,
		(char *)event.plaintext.data);
	kr_mls_event_free(&event);
out:
	kr_mls_outgoing_free(outgoing);
	return err;
}

static enum kr_err remove_bob(struct person *alice, struct person *bob)
{
	struct kr_mls_proposal proposal = {
		.type = KR_MLS_PROPOSAL_REMOVE,
		.removed = kr_mls_own_leaf(bob->group),
	};
	struct kr_mls_outgoing *outgoing = NULL;
	enum kr_err err = commit(alice, &proposal, &outgoing);

	kr_mls_outgoing_free(outgoing);
	return err;
}

int main(void)
{
	struct kr_mls_config config = kr_mls_config_default();
	struct person alice = {0};
	struct person bob = {0};
	enum kr_err err;

	if ((err = kr_crypto_init()) || (err = person_init(&alice, "Alice")) ||
		(err = person_init(&bob, "Bob")) ||
		(err = kr_mls_group_new(&alice.group, &config, &alice.client, one_year,
			 kr_view_str("our street"), (struct kr_mls_extensions){0},
			 &kr_random_system)) ||
		(err = invite(&alice, &bob)) ||
		(err = say(&alice, &bob, "Did you hear it too?")) ||
		(err = remove_bob(&alice, &bob))) {
		fprintf(stderr, "%s\n", kr_err_sentence(err));
	} else {
		err = say(&alice, &bob, "He is out.") ? KR_OK : KR_ERR_STATE;
		printf("After the removal Bob reads %s.\n", err ? "on" : "nothing");
	}
	person_finish(&alice);
	person_finish(&bob);
	return err ? 1 : 0;
}
