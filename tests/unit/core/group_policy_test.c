/* P5: who may commit what. Every forbidden commit is forged with a member's own keys and
 * goes through the relay; the others name the alarm, stay in their epoch, and void it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kring/mls_header.h>

#include "clients/core/group/parts.h"
#include "clients/core/state.h"
#include "test.h"
#include "tests/unit/core/street.h"

static const struct kr_random *const rng = &kr_random_system;

/* What a forged commit is put together from. */
struct forgery {
	struct street *street;
	struct world_client *by;
	struct kr_mls_group *mls;
	struct group *group; /* as the forger's own client has it */
	struct kr_mls_proposal proposals[4];
	size_t num;
	struct kr_group_aad aad;
	uint8_t ids[2][KR_ID_BYTES]; /* for the lists */
	struct kr_mls_client client; /* of a new leaf */
	const struct kr_mls_client *new_client;
	struct kr_bytes key_package;
	struct kr_mls_key_package_secrets secrets;
	struct kr_ed25519_keypair stranger;
	uint8_t certificate[KR_CERTIFICATE_BYTES];
	struct kr_writer policy;
	struct kr_writer required;
	struct kr_mls_extension extensions[2];
	bool is_public;
	bool without_path;
};

static const uint16_t capability[] = {KR_POLICY_EXTENSION};

static const struct record *record_of(struct forgery *f, enum record_kind kind)
{
	struct record_key key = record_key_id(kind, f->street->group_id);
	const struct record *record =
		records_get(&f->by->core->records, record_key_view(&key));

	assert_non_null(record);
	return record;
}

/* The forger's MLS state, without Kring's rules. */
static void forgery_begin(
	struct forgery *f, struct street *street, struct world_client *by)
{
	struct kr_mls_config config = kr_mls_config_default();

	*f = (struct forgery){.street = street, .by = by};
	f->group = group_find(by->core, street->group_id);
	assert_non_null(f->group);
	assert_int_equal(kr_mls_load(&f->mls, &config,
				 kr_view_bytes(&record_of(f, RECORD_GROUP)->value),
				 kr_view_bytes(&record_of(f, RECORD_RATCHETS)->value)),
		KR_OK);
	assert_int_equal(kr_ed25519_generate(&f->stranger, rng), KR_OK);
	kr_writer_init(&f->policy);
	kr_writer_init(&f->required);
	f->client = (struct kr_mls_client){
		.signer = &f->stranger,
		.capabilities = {.extensions = capability, .num_extensions = 1},
	};
	f->aad.is_commit = true;
}

static void forgery_finish(struct forgery *f)
{
	kr_mls_group_free(f->mls);
	kr_bytes_free(&f->key_package);
	kr_mls_key_package_secrets_wipe(&f->secrets);
	kr_writer_free(&f->policy);
	kr_writer_free(&f->required);
}

/* A commit through the relay, in the forger's name. */
static void forgery_send(struct forgery *f)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_GROUP, f->street->group_id);
	const struct topic *place = topic_look(f->by->core, &topic);
	struct kr_request request = {
		.verb = KR_VERB_GROUP_COMMIT,
		.id = 900,
		.fields = KR_R(EVENT) | KR_R(TOPIC) | KR_R(REV) | KR_R(WELCOME_LEN),
		.topic = topic,
		.rev = place->rev,
	};
	struct kr_mls_commit_options options = {
		.proposals = f->proposals,
		.num_proposals = f->num,
		.force_path = !f->without_path,
		.new_client = f->new_client,
		.framing = {.as_public = f->is_public},
	};
	struct kr_mls_outgoing *outgoing;
	struct kr_mls_state state;
	struct kr_view message;
	struct kr_view welcome;
	struct kr_writer aad;
	struct kr_writer body;
	struct kr_writer w;
	bool is_text;

	f->aad.seen_seq = place->seq;
	memcpy(f->aad.seen_hash, place->hash, sizeof(f->aad.seen_hash));
	kr_writer_init(&aad);
	kr_writer_init(&body);
	kr_writer_init(&w);
	kr_group_aad_write(&aad, &f->aad);
	options.framing.authenticated_data = kr_writer_view(&aad);
	assert_int_equal(kr_mls_commit(f->mls, &options, rng, &outgoing), KR_OK);
	assert_int_equal(kr_mls_save(f->mls, true, &state), KR_OK);
	assert_int_equal(kr_mls_stored(f->mls, state.revision), KR_OK);
	assert_int_equal(kr_mls_outgoing_message(f->mls, outgoing, &message), KR_OK);
	assert_int_equal(kr_mls_outgoing_welcome(f->mls, outgoing, &welcome), KR_OK);
	if (f->aad.added.len + f->aad.welcomed.len == 0) {
		welcome.len = 0;
	}
	kr_write_fixed(&body, message);
	kr_write_fixed(&body, welcome);
	request.welcome_len = welcome.len;
	request.body = kr_writer_view(&body);
	assert_int_equal(
		kr_random_fill(rng, request.event, sizeof(request.event)), KR_OK);
	kr_request_write(&w, &is_text, &request);
	relay_double_take(
		f->street->world.relay, f->by->conn, kr_writer_view(&w), is_text);
	kr_writer_free(&aad);
	kr_writer_free(&body);
	kr_writer_free(&w);
	kr_mls_state_free(&state);
	kr_mls_outgoing_free(outgoing);
}

/* ---- What is forbidden --------------------------------------------------------- */

static void account_of(struct world_client *client, uint8_t out[KR_ID_BYTES])
{
	memcpy(out, client->core->identity.account, KR_ID_BYTES);
}

static struct kr_leaf_index leaf_of(struct forgery *f, struct world_client *client)
{
	struct kr_certificate certificate;
	struct kr_mls_member member = {0};
	uint32_t at = 0;

	while (member_next(f->mls, &at, &member, &certificate) == KR_OK &&
		memcmp(certificate.account, client->core->identity.account,
			KR_ID_BYTES) != 0) {}
	return member.leaf;
}

/* A key package of the stranger's under that identity. */
static void add_leaf(struct forgery *f, struct kr_view identity)
{
	f->client.identity = identity;
	assert_int_equal(kr_mls_key_package_new(&f->key_package, &f->secrets, &f->client,
				 (struct kr_mls_lifetime){0, UINT64_MAX},
				 (struct kr_mls_extensions){0}, rng),
		KR_OK);
	f->proposals[f->num++] = (struct kr_mls_proposal){
		.type = KR_MLS_PROPOSAL_ADD,
		.key_package = kr_view_bytes(&f->key_package),
	};
}

/* A certificate as a coordinator would give, but by this key, for this account. */
static struct kr_view certify(struct forgery *f, const struct kr_ed25519_keypair *issuer,
	const uint8_t account[KR_ID_BYTES], const uint8_t *device)
{
	struct kr_certificate certificate = {.serial = 77, .not_after = UINT64_MAX};
	struct kr_writer w;

	memcpy(certificate.community, f->group->community, KR_ID_BYTES);
	memcpy(certificate.account, account, KR_ID_BYTES);
	memcpy(certificate.device_key, device, sizeof(certificate.device_key));
	kr_writer_init_fixed(&w, f->certificate, sizeof(f->certificate));
	kr_certificate_write(&w, &certificate, issuer);
	assert_int_equal(w.err, KR_OK);
	return kr_writer_view(&w);
}

/* A good certificate, for the stranger's key and Bram's account. */
static struct kr_view certify_well(struct forgery *f)
{
	uint8_t account[KR_ID_BYTES];

	account_of(f->street->bram, account);
	return certify(f, &f->street->anna->core->identity.device, account,
		f->stranger.public_key);
}

static void set_policy(
	struct forgery *f, const struct kr_policy_change *change, uint64_t number_offset)
{
	struct kr_policy before;

	assert_int_equal(policy_of(f->mls, &before), KR_OK);
	before.number += number_offset;
	kr_policy_write(&f->policy, &before, change);
	f->proposals[f->num++] = (struct kr_mls_proposal){
		.type = KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
		.extensions = {.list = f->extensions,
			.num = group_extensions(
				f->extensions, &f->required, kr_writer_view(&f->policy))},
	};
}

static void remove_cor(struct forgery *f)
{
	f->proposals[f->num++] = (struct kr_mls_proposal){
		.type = KR_MLS_PROPOSAL_REMOVE,
		.removed = leaf_of(f, f->street->cor),
	};
}

static void member_removes(struct forgery *f)
{
	remove_cor(f);
}

static void member_adds(struct forgery *f)
{
	add_leaf(f, certify_well(f));
}

static void member_renames(struct forgery *f)
{
	const struct kr_view name = kr_view_str("Van mij");

	set_policy(f, &(struct kr_policy_change){.name = &name}, 0);
}

static void member_takes_other_name(struct forgery *f)
{
	uint8_t account[KR_ID_BYTES];

	account_of(f->street->cor, account);
	f->client.identity = certify(f, &f->street->anna->core->identity.device, account,
		f->by->core->identity.device.public_key);
	f->client.signer = &f->by->core->identity.device;
	f->new_client = &f->client;
}

static void member_takes_own_certificate(struct forgery *f)
{
	f->client.identity = certify(f, &f->stranger, f->by->core->identity.account,
		f->by->core->identity.device.public_key);
	f->client.signer = &f->by->core->identity.device;
	f->new_client = &f->client;
}

static void member_uses_psk(struct forgery *f)
{
	f->proposals[f->num++] = (struct kr_mls_proposal){
		.type = KR_MLS_PROPOSAL_PSK,
		.psk = {.kind = KR_MLS_PSK_RESUMPTION,
			.id = kr_mls_group_id(f->mls),
			.epoch = kr_mls_epoch(f->mls)},
	};
}

static void admin_adds_uncertified(struct forgery *f)
{
	add_leaf(f, kr_view_str("wie dan ook"));
}

static void welcome_bram(struct forgery *f)
{
	account_of(f->street->bram, f->ids[0]);
	f->aad.welcomed = kr_view(f->ids[0], KR_ID_BYTES);
}

/* Bram's certificate, copied onto another key. */
static void admin_adds_copied(struct forgery *f)
{
	struct kr_mls_member member;

	assert_int_equal(
		kr_mls_member_at(f->mls, leaf_of(f, f->street->bram), &member), KR_OK);
	add_leaf(f, member.identity);
	welcome_bram(f);
}

static void admin_adds_self_issued(struct forgery *f)
{
	uint8_t account[KR_ID_BYTES];

	account_of(f->street->bram, account);
	add_leaf(f, certify(f, &f->stranger, account, f->stranger.public_key));
	welcome_bram(f);
}

static void admin_adds_unrouted(struct forgery *f)
{
	add_leaf(f, certify_well(f));
}

static void admin_removes_unrouted(struct forgery *f)
{
	f->proposals[f->num++] = (struct kr_mls_proposal){
		.type = KR_MLS_PROPOSAL_REMOVE,
		.removed = leaf_of(f, f->street->bram),
	};
	account_of(f->street->cor, f->ids[0]);
	f->aad.removed = kr_view(f->ids[0], KR_ID_BYTES);
}

static void admin_routes_without_removal(struct forgery *f)
{
	account_of(f->street->cor, f->ids[0]);
	f->aad.removed = kr_view(f->ids[0], KR_ID_BYTES);
}

static void admin_skips_number(struct forgery *f)
{
	const struct kr_view name = kr_view_str("Sprong");

	set_policy(f, &(struct kr_policy_change){.name = &name}, 1);
}

static void admin_drops_policy(struct forgery *f)
{
	f->proposals[f->num++] = (struct kr_mls_proposal){
		.type = KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
	};
}

static void admin_drops_requirement(struct forgery *f)
{
	const struct kr_view name = kr_view_str("Los");

	set_policy(f, &(struct kr_policy_change){.name = &name}, 0);
	f->proposals[0].extensions.list = &f->extensions[1];
	f->proposals[0].extensions.num = 1;
}

/* In the community's group the administrators are its coordinators. */
static void admin_makes_admin(struct forgery *f)
{
	account_of(f->street->cor, f->ids[0]);
	set_policy(f,
		&(struct kr_policy_change){
			.administrators_added = kr_view(f->ids[0], KR_ID_BYTES)},
		0);
}

static void admin_trusts_issuer(struct forgery *f)
{
	set_policy(f,
		&(struct kr_policy_change){
			.issuers_added = kr_view(f->stranger.public_key, KR_ID_BYTES)},
		0);
}

/* As it was before Bram was granted: true once, and so it fits the chain. */
static void admin_goes_back(struct forgery *f)
{
	account_of(f->street->bram, f->ids[0]);
	/* The genesis: its hash is the community's id. */
	assert_int_equal(kr_base64url_decode(f->ids[1], KR_ID_BYTES,
				 kr_view_str(f->street->community)),
		KR_OK);
	set_policy(f,
		&(struct kr_policy_change){.chain_head = f->ids[1],
			.administrators_removed = kr_view(f->ids[0], KR_ID_BYTES)},
		0);
}

static const struct {
	const char *name;
	bool by_admin;
	void (*forge)(struct forgery *f);
	const char *alarm;
} forbidden[] = {
	{"a member removes", false, member_removes, "overstep"},
	{"a member adds", false, member_adds, "overstep"},
	{"a member changes the policy", false, member_renames, "overstep"},
	{"a member mixes in a secret", false, member_uses_psk, "overstep"},
	{"a member takes another's name", false, member_takes_other_name,
		"uncertified_leaf"},
	{"a member certifies itself", false, member_takes_own_certificate,
		"uncertified_leaf"},
	{"no certificate", true, admin_adds_uncertified, "uncertified_leaf"},
	{"a copied certificate", true, admin_adds_copied, "uncertified_leaf"},
	{"a self-issued certificate", true, admin_adds_self_issued, "uncertified_leaf"},
	{"added, not named", true, admin_adds_unrouted, "routing_mismatch"},
	{"another named than removed", true, admin_removes_unrouted, "routing_mismatch"},
	{"routed out, not removed", true, admin_routes_without_removal,
		"routing_mismatch"},
	{"a number is skipped", true, admin_skips_number, "overstep"},
	{"the policy is gone", true, admin_drops_policy, "overstep"},
	{"the policy is not required", true, admin_drops_requirement, "overstep"},
	{"an administrator of one's own", true, admin_makes_admin, "overstep"},
	{"an issuer that the chain never had", true, admin_trusts_issuer, "overstep"},
	{"an older head of the chain", true, admin_goes_back, "overstep"},
};

static size_t num_voids(const struct street *s)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_GROUP, s->group_id);
	size_t num = 0;

	for (uint64_t seq = 1; seq <= relay_double_num(s->world.relay, &topic); seq++) {
		num += relay_double_event(s->world.relay, &topic, seq)->type ==
			KR_EVENT_VOID;
	}
	return num;
}

/* It was voided, once, by whoever may, and the others go on; the forger, whose own client
 * cannot follow what it did not make, is healed. */
static void assert_go_on(struct street *s, const char *name)
{
	world_pass(&s->world, 60000);
	if (num_voids(s) != 1) {
		fail_msg("%s: voided %zu times", name, num_voids(s));
	}
	/* Whom it routed out is let in again with the next connection. */
	world_disconnect(s->cor);
	world_pass(&s->world, 60000);
	assert_int_equal(street_number(s->cor, s->group, "members"), 3);
	assert_int_equal(street_number(s->cor, s->group, "epoch"),
		(int)relay_double_epoch(s->world.relay, s->group_id));
	(void)street_say(s->cor, s->group, "verder");
	assert_int_equal(street_sees(s->bram, s->group, "verder"), 1);
}

/* P5 */
static void p5_forbidden(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(forbidden); i++) {
		void *made;
		struct street *s;
		struct world_client *witness; /* who is not routed out */
		struct forgery f;
		int epoch;

		(void)street_setup(&made);
		s = made;
		if (forbidden[i].by_admin) {
			street_grant(s, s->bram); /* somebody who may void it */
		}
		epoch = street_number(s->cor, s->group, "epoch");
		forgery_begin(&f, s, forbidden[i].by_admin ? s->anna : s->bram);
		forbidden[i].forge(&f);
		forgery_send(&f);
		forgery_finish(&f);
		assert_int_equal(relay_double_epoch(s->world.relay, s->group_id),
			(uint64_t)epoch + 1);
		world_pass(&s->world, 30000);
		witness = f.aad.removed.len > 0 ? s->bram : s->cor;
		if (world_alarms(witness, forbidden[i].alarm) != 1) {
			cJSON *alarms = world_ask(witness, "{\"ask\":\"alarms\"}");

			fail_msg("%s: %s", forbidden[i].name, cJSON_Print(alarms));
		}
		assert_go_on(s, forbidden[i].name);
		(void)street_teardown(&made);
	}
}

/* The same way of forging, without a fault: it is not the forging that is refused. */
static void test_allowed(void **state)
{
	struct street *s = *state;
	struct forgery f;

	forgery_begin(&f, s, s->bram);
	forgery_send(&f); /* a path of one's own */
	forgery_finish(&f);
	world_pass(&s->world, 1000);
	assert_int_equal(street_number(s->cor, s->group, "epoch"),
		(int)relay_double_epoch(s->world.relay, s->group_id));
	assert_int_equal(world_alarms(s->cor, "garbage_commit"), 0);
	/* Bram's own client never made it: the keystore must be an old one. */
	assert_int_equal(world_alarms(s->bram, "rolled_back"), 1);
	/* It asks to be healed, an administrator lets it in again. */
	world_pass(&s->world, 120000);
	assert_true(street_is(s->bram, s->group, "in"));
	(void)street_say(s->bram, s->group, "geheeld");
	assert_int_equal(street_sees(s->anna, s->group, "geheeld"), 1);
}

/* ---- Garbage ------------------------------------------------------------------- */

/* What one leaf can process and another cannot: the encrypted path secret is spoilt on
 * the way to one of them, as its author could have made it for that one. */
struct spoiler {
	struct street *street;
	int conn;
	struct kr_bytes spoilt;
};

static enum relay_delivery spoil(void *ctx, int conn, struct kr_event *event)
{
	struct spoiler *spoiler = ctx;

	if (conn != spoiler->conn || event->type != KR_EVENT_COMMIT) {
		return RELAY_TRUE;
	}
	kr_bytes_free(&spoiler->spoilt);
	assert_int_equal(kr_bytes_copy(&spoiler->spoilt, event->body), KR_OK);
	spoiler->spoilt.data[spoiler->spoilt.len - 1] ^= 1;
	event->body = kr_view_bytes(&spoiler->spoilt);
	return RELAY_AGAIN;
}

/* A relay that changes a commit for one member alone cannot hide it: the body has another
 * hash than the head names. */
static void test_spoilt_commit(void **state)
{
	struct street *s = *state;
	struct spoiler spoiler = {.street = s, .conn = s->cor->conn};
	const struct relay_lie lie = {.ctx = &spoiler, .deliver = spoil};

	relay_double_lie(s->world.relay, &lie);
	(void)world_do(s->bram, "{\"do\":\"refresh\",\"group\":\"%s\"}", s->group);
	assert_int_equal(world_alarms(s->cor, "head_mismatch"), 1);
	relay_double_lie(s->world.relay, &(struct relay_lie){0});
	kr_bytes_free(&spoiler.spoilt);
}

/* A commit of random bytes under a good header: nobody can process it. Voided; what was
 * on its way is said. */
static void p3_garbage(void **state)
{
	struct street *s = *state;
	struct forgery f;

	forgery_begin(&f, s, s->bram);
	remove_cor(&f); /* what no member may */
	forgery_send(&f);
	forgery_finish(&f);
	(void)world_say(s->cor,
		"{\"do\":\"post\",\"group\":\"%s\",\"kind\":\"chat\",\"text\":\"toch\"}",
		s->group);
	world_pass(&s->world, 60000);
	assert_int_equal(num_voids(s), 1);
	assert_int_equal(street_sees(s->anna, s->group, "toch"), 1);
	assert_int_equal(street_sees(s->cor, s->group, "toch"), 1);
	for (int i = 0; i < 2; i++) {
		struct world_client *c = i == 0 ? s->anna : s->cor;

		world_restart(c);
		world_pass(&s->world, 5000);
		assert_int_equal(street_number(c, s->group, "epoch"),
			(int)relay_double_epoch(s->world.relay, s->group_id));
	}
	(void)street_say(s->anna, s->group, "door");
	assert_int_equal(street_sees(s->cor, s->group, "door"), 1);
}

/* Who had taken in a commit that is voided goes back, and what was said in its epoch is
 * said again. */
static void p3_going_back(void **state)
{
	struct street *s = *state;
	struct kr_topic topic = kr_topic(KR_TOPIC_GROUP, s->group_id);
	struct group *group = group_find(s->anna->core, s->group_id);
	int epoch = street_number(s->cor, s->group, "epoch");
	uint8_t hash[KR_SHA256_BYTES];

	(void)world_do(s->bram, "{\"do\":\"refresh\",\"group\":\"%s\"}", s->group);
	(void)street_say(s->bram, s->group, "tussenin");
	assert_int_equal(street_number(s->cor, s->group, "epoch"), epoch + 1);
	/* Anna administers; say that it was garbage to her. */
	memcpy(hash, group->commit_hash, sizeof(hash));
	s->anna->core->rng = &s->world.rng;
	assert_int_equal(group_state_it(s->anna->core, group, KR_STATEMENT_VOID,
				 KR_VERB_GROUP_VOID, hash, "void", 0),
		KR_OK);
	world_pass(&s->world, 30000);
	assert_int_equal(relay_double_event(s->world.relay, &topic,
				 relay_double_num(s->world.relay, &topic))
				 ->type,
		KR_EVENT_POST);
	assert_int_equal(street_sees(s->anna, s->group, "tussenin"), 1);
	assert_int_equal(street_sees(s->bram, s->group, "tussenin"), 1);
	assert_int_equal(street_sees(s->cor, s->group, "tussenin"), 1);
	assert_int_equal(street_number(s->cor, s->group, "epoch"),
		(int)relay_double_epoch(s->world.relay, s->group_id));
	(void)street_say(s->cor, s->group, "erna");
	assert_int_equal(street_sees(s->anna, s->group, "erna"), 1);
}

int main(void)
{
#define IN_STREET(test)                                                                  \
	cmocka_unit_test_setup_teardown(test, street_setup, street_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p5_forbidden),
		IN_STREET(test_allowed),
		IN_STREET(test_spoilt_commit),
		IN_STREET(p3_garbage),
		IN_STREET(p3_going_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
