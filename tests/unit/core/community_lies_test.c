/* What a relay may try in a community's topic: each is found out under its name, counts
 * for nothing, and does not stop the topic. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kring/trust.h>

#include "clients/core/state.h"
#include "test.h"
#include "tests/unit/core/world.h"

struct street {
	struct world world;
	struct world_client *anna; /* founded it */
	struct world_client *bram; /* a member */
	struct world_client *cor;  /* was removed */
	char community_text[64];
	struct kr_topic topic;
	uint8_t anna_account[KR_ID_BYTES];
	uint8_t bram_account[KR_ID_BYTES];
	uint8_t cor_account[KR_ID_BYTES];
	struct kr_ed25519_keypair stranger;
	uint64_t num_true; /* events before the first lie */
	/* What is made up. */
	struct kr_event_head head;
	uint8_t ids[4][KR_ID_BYTES];
	uint8_t body[KR_BODY_MAX];
	struct kr_writer w;
};

static void account_of(struct world_client *client, uint8_t out[KR_ID_BYTES])
{
	cJSON *status = world_ask(client, "{\"ask\":\"status\"}");

	assert_int_equal(kr_base64url_decode(out, KR_ID_BYTES,
				 kr_view_str(world_text(status, "account"))),
		KR_OK);
	cJSON_Delete(status);
}

static int open_street(void **state)
{
	static const struct kr_secret seed = {{7}};
	struct street *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	world_init(&s->world);
	s->anna = world_join(&s->world, "Anna");
	(void)snprintf(
		s->community_text, sizeof(s->community_text), "%s", world_found(s->anna));
	s->bram = world_admit(s->anna, s->community_text, "Bram");
	s->cor = world_admit(s->anna, s->community_text, "Cor");
	account_of(s->anna, s->anna_account);
	account_of(s->bram, s->bram_account);
	account_of(s->cor, s->cor_account);
	s->topic.kind = KR_TOPIC_COMMUNITY;
	assert_int_equal(kr_base64url_decode(s->topic.id, sizeof(s->topic.id),
				 kr_view_str(s->community_text)),
		KR_OK);
	kr_ed25519_from_seed(&s->stranger, &seed);
	kr_writer_init_fixed(&s->w, s->body, sizeof(s->body));
	*state = s;
	return 0;
}

static int close_street(void **state)
{
	struct street *s = *state;

	world_finish(&s->world);
	free(s);
	return 0;
}

/* The latest true event of this type about this account (NULL: any). */
static const struct kr_event *event_of(
	const struct street *s, enum kr_event_type type, const uint8_t *account)
{
	for (uint64_t seq = s->num_true; seq > 0; seq--) {
		const struct kr_event *event =
			relay_double_event(s->world.relay, &s->topic, seq);
		struct kr_event_head head;

		assert_int_equal(
			kr_event_head_read(&head, event->type, event->head), KR_OK);
		if (event->type == type &&
			(account == NULL ||
				kr_view_equal(
					head.account, kr_view(account, KR_ID_BYTES)))) {
			return event;
		}
	}
	fail();
	return NULL;
}

static void remove_cor(struct street *s)
{
	char account[64];

	kr_base64url_encode(account, kr_view(s->cor_account, KR_ID_BYTES));
	account[KR_BASE64URL_LEN(KR_ID_BYTES)] = '\0';
	(void)world_do(s->anna,
		"{\"do\":\"remove\",\"community\":\"%s\",\"account\":\"%s\","
		"\"reason\":\"\"}",
		s->community_text, account);
}

static char *members(struct world_client *client, const struct street *s)
{
	cJSON *answer = world_ask(
		client, "{\"ask\":\"members\",\"community\":\"%s\"}", s->community_text);
	char *text = cJSON_PrintUnformatted(answer);

	cJSON_Delete(answer);
	return text;
}

/* ---- What is made up -------------------------------------------------------------- */

static void about(struct street *s, const uint8_t *account)
{
	s->head.account = kr_view(account, KR_ID_BYTES);
}

static void copy_body(struct street *s, const struct kr_event *event)
{
	kr_write_fixed(&s->w, event->body);
}

static void own_certificate(struct street *s)
{
	struct kr_certificate certificate = {.serial = 1, .not_after = UINT64_MAX};

	memcpy(certificate.community, s->topic.id, KR_ID_BYTES);
	memset(certificate.account, 5, KR_ID_BYTES);
	memset(s->ids[0], 5, KR_ID_BYTES);
	memset(certificate.device_key, 6, KR_ID_BYTES);
	kr_certificate_write(&s->w, &certificate, &s->stranger);
	about(s, s->ids[0]);
}

static void another_ones_certificate(struct street *s)
{
	memset(s->ids[0], 5, KR_ID_BYTES);
	copy_body(s, event_of(s, KR_EVENT_ADMITTED, s->bram_account));
	about(s, s->ids[0]);
}

static void old_certificate(struct street *s)
{
	copy_body(s, event_of(s, KR_EVENT_ADMITTED, s->cor_account));
	about(s, s->cor_account);
}

static void role(struct street *s, const uint8_t previous[KR_SHA256_BYTES])
{
	struct kr_role record = {.kind = KR_ROLE_GRANT};

	memcpy(record.community, s->topic.id, KR_ID_BYTES);
	memcpy(record.previous, previous, sizeof(record.previous));
	memcpy(record.who.account, s->bram_account, KR_ID_BYTES);
	memset(record.who.device_key, 8, KR_ID_BYTES);
	memset(record.who.sealing_key, 9, KR_ID_BYTES);
	kr_role_write(&s->w, &record, &s->stranger);
	about(s, s->bram_account);
	s->head.flag = true;
}

/* The genesis is the first record: its hash is the community's id. */
static void role_by_nobody(struct street *s)
{
	role(s, s->topic.id);
}

static void role_after_what_never_was(struct street *s)
{
	memset(s->ids[0], 1, KR_ID_BYTES);
	role(s, s->ids[0]);
}

static void statement(struct street *s, enum kr_statement_kind kind)
{
	const struct kr_event *last = relay_double_event(
		s->world.relay, &s->topic, relay_double_num(s->world.relay, &s->topic));
	struct kr_statement record = {.kind = kind, .seen_seq = last->seq};

	memcpy(record.community, s->topic.id, KR_ID_BYTES);
	memcpy(record.subject, s->bram_account, KR_ID_BYTES);
	kr_statement_write(&s->w, &record, &s->stranger);
	about(s, s->bram_account);
}

static void removal_by_nobody(struct street *s)
{
	statement(s, KR_STATEMENT_REMOVE);
}

static void leave_by_another(struct street *s)
{
	statement(s, KR_STATEMENT_LEAVE);
}

static void mute_by_nobody(struct street *s)
{
	statement(s, KR_STATEMENT_MUTE);
}

static void rules_by_nobody(struct street *s)
{
	statement(s, KR_STATEMENT_RULES);
}

static void notice_by_nobody(struct street *s)
{
	statement(s, KR_STATEMENT_GUIDANCE);
}

static void removal_of_another(struct street *s)
{
	copy_body(s, event_of(s, KR_EVENT_REMOVED, s->cor_account));
	about(s, s->bram_account);
}

static void removal_as_a_leave(struct street *s)
{
	copy_body(s, event_of(s, KR_EVENT_REMOVED, s->cor_account));
	about(s, s->cor_account);
}

static void invitation_by_nobody(struct street *s)
{
	struct kr_invitation invitation = {.until_ms = UINT64_C(1) << 50, .uses = 5};

	memcpy(invitation.community, s->topic.id, KR_ID_BYTES);
	memset(invitation.key, 3, KR_ID_BYTES);
	memset(s->ids[1], 3, KR_ID_BYTES);
	kr_invitation_write(&s->w, &invitation, &s->stranger);
	s->head.key = kr_view(s->ids[1], KR_ID_BYTES);
	s->head.until_ms = invitation.until_ms;
	s->head.count = 5;
}

static void invitation_for_more(struct street *s)
{
	const struct kr_event *event = event_of(s, KR_EVENT_INVITED, NULL);

	assert_int_equal(kr_event_head_read(&s->head, event->type, event->head), KR_OK);
	s->head.count = 1000;
	copy_body(s, event);
}

static void request_again(struct street *s)
{
	const struct kr_event *event = event_of(s, KR_EVENT_REQUESTED, s->bram_account);

	assert_int_equal(kr_event_head_read(&s->head, event->type, event->head), KR_OK);
	copy_body(s, event);
}

/* The seed is the relay's own: it never had the one of the link. */
static void request_by_another_seed(struct street *s)
{
	const struct kr_secret seed = {{99}};
	struct kr_ed25519_keypair device;
	struct kr_x25519_keypair reply;
	struct kr_join_request request = {0};
	struct kr_join_note note = {.name = kr_view_str("Cor")};
	struct kr_chain *chain = calloc(1, sizeof(*chain));

	assert_non_null(chain);
	assert_int_equal(kr_chain_begin(chain, s->topic.id,
				 event_of(s, KR_EVENT_FOUNDED, NULL)->body),
		KR_OK);
	kr_ed25519_from_seed(&device, &seed);
	assert_int_equal(kr_x25519_generate(&reply, &s->world.rng), KR_OK);
	memcpy(request.community, s->topic.id, KR_ID_BYTES);
	kr_account_id(request.account, device.public_key);
	memcpy(request.reply_key, reply.public_key, sizeof(request.reply_key));
	kr_join_request_write(
		&s->w, &request, &note, chain, &device, &s->stranger, &s->world.rng);
	free(chain);
	memcpy(s->ids[0], request.account, KR_ID_BYTES);
	memcpy(s->ids[1], s->stranger.public_key, KR_ID_BYTES);
	about(s, s->ids[0]);
	s->head.key = kr_view(s->ids[1], KR_ID_BYTES);
}

static void garbage(struct street *s)
{
	kr_write_fixed(&s->w, kr_view_str("no record"));
	about(s, s->bram_account);
	s->head.key = kr_view(s->bram_account, KR_ID_BYTES);
}

static void another_genesis(struct street *s)
{
	memset(s->ids[0], 2, KR_ID_BYTES);
	s->head.hash = kr_view(s->ids[0], KR_ID_BYTES);
	s->head.key = kr_view(s->ids[0], KR_ID_BYTES);
	s->head.admins_added = kr_view(s->bram_account, KR_ID_BYTES);
	copy_body(s, event_of(s, KR_EVENT_FOUNDED, NULL));
}

static const struct lie {
	const char *name;
	enum kr_event_type type;
	void (*make)(struct street *s);
	const char *alarm;
} lies[] = {
	{"a member by itself", KR_EVENT_ADMITTED, own_certificate, "unsigned"},
	{"garbage", KR_EVENT_ADMITTED, garbage, "unsigned"},
	{"a certificate for another account", KR_EVENT_ADMITTED, another_ones_certificate,
		"head_mismatch"},
	{"p5: the certificate of who was removed", KR_EVENT_ADMITTED, old_certificate,
		"unsigned"},
	{"p5: a coordinator by itself", KR_EVENT_ROLE, role_by_nobody, "unsigned"},
	{"another chain", KR_EVENT_ROLE, role_after_what_never_was, "history_rewritten"},
	{"garbage", KR_EVENT_ROLE, garbage, "unsigned"},
	{"a removal that nobody signed", KR_EVENT_REMOVED, removal_by_nobody, "unsigned"},
	{"a removal of another", KR_EVENT_REMOVED, removal_of_another, "head_mismatch"},
	{"a leave that another signed", KR_EVENT_LEFT, leave_by_another, "unsigned"},
	{"a removal as a leave", KR_EVENT_LEFT, removal_as_a_leave, "unsigned"},
	{"a mute that nobody signed", KR_EVENT_MUTED, mute_by_nobody, "unsigned"},
	{"rules that nobody signed", KR_EVENT_RULES, rules_by_nobody, "unsigned"},
	{"guidance that nobody signed", KR_EVENT_NOTICE, notice_by_nobody, "unsigned"},
	{"an invitation of its own", KR_EVENT_INVITED, invitation_by_nobody, "unsigned"},
	{"for more than was signed", KR_EVENT_INVITED, invitation_for_more,
		"head_mismatch"},
	{"a revocation", KR_EVENT_INVITE_REVOKED, garbage, "unsigned"},
	{"a request by another seed", KR_EVENT_REQUESTED, request_by_another_seed,
		"invitation_swapped"},
	{"a use too many", KR_EVENT_REQUESTED, request_again, "invitation_swapped"},
	{"a request that nobody signed", KR_EVENT_REQUESTED, garbage, "unsigned"},
	{"a refusal that nobody signed", KR_EVENT_REFUSED, garbage, "unsigned"},
	{"a second genesis", KR_EVENT_FOUNDED, another_genesis, "history_rewritten"},
};

/* Send it, and see that it is found out under its name and changes nothing. */
static void assert_found_out(struct street *s, const struct lie *lie)
{
	char *before = members(s->anna, s);
	size_t num = world_alarms(s->anna, lie->alarm);
	char *after;

	s->head = (struct kr_event_head){0};
	kr_writer_reset(&s->w);
	lie->make(s);
	assert_int_equal(s->w.err, KR_OK);
	/* A request's author is who asks. */
	relay_double_append(s->world.relay, &s->topic, lie->type,
		lie->type == KR_EVENT_REQUESTED ? s->head.account.data : s->anna_account,
		&s->head, kr_writer_view(&s->w));
	world_run(&s->world);
	if (world_alarms(s->anna, lie->alarm) != num + 1) {
		fail_msg("%s (%s): not found out as %s", lie->name,
			kr_event_info(lie->type)->name, lie->alarm);
	}
	after = members(s->anna, s);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void p5_what_nobody_signed_counts_for_nothing(void **state)
{
	struct street *s = *state;
	size_t num_unsigned = 0;
	char *before;
	char *after;

	remove_cor(s);
	s->num_true = relay_double_num(s->world.relay, &s->topic);
	for (size_t i = 0; i < NUM(lies); i++) {
		assert_found_out(s, &lies[i]);
		num_unsigned += strcmp(lies[i].alarm, "unsigned") == 0;
	}
	/* Each member has found it out, and life goes on. */
	assert_int_equal(world_alarms(s->bram, "unsigned"), num_unsigned);
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(
		world_do(s->anna, "{\"do\":\"invite\",\"community\":\"%s\"}",
			s->community_text),
		"ok")));
	/* After a restart nothing of it has come to count, nor is it told twice. */
	before = members(s->anna, s);
	world_restart(s->anna);
	after = members(s->anna, s);
	assert_string_equal(before, after);
	assert_int_equal(world_alarms(s->anna, "unsigned"), num_unsigned);
	free(before);
	free(after);
}

/* What somebody signed long ago says nothing now, though the relay sends it again. */
static void p5_what_was_signed_once_counts_once(void **state)
{
	struct street *s = *state;
	struct kr_role withdrawal = {.kind = KR_ROLE_WITHDRAW};
	const struct kr_event *muted;
	char account[64];
	char *before;
	char *after;

	kr_base64url_encode(account, kr_view(s->bram_account, KR_ID_BYTES));
	account[KR_BASE64URL_LEN(KR_ID_BYTES)] = '\0';
	for (int minutes = 600; minutes >= 0; minutes -= 600) {
		(void)world_do(s->anna,
			"{\"do\":\"mute\",\"community\":\"%s\",\"account\":\"%s\","
			"\"minutes\":%d,\"reason\":\"\"}",
			s->community_text, account, minutes);
	}
	(void)world_do(s->bram, "{\"do\":\"offer_coordinator\",\"community\":\"%s\"}",
		s->community_text);
	(void)world_text(
		world_do(s->anna,
			"{\"do\":\"grant\",\"community\":\"%s\",\"account\":\"%s\"}",
			s->community_text, account),
		"event");
	before = members(s->anna, s);
	assert_non_null(strstr(before, "coordinator"));
	assert_null(strstr(before, "muted_until"));

	s->num_true = relay_double_num(s->world.relay, &s->topic);
	do {
		muted = event_of(s, KR_EVENT_MUTED, s->bram_account);
		s->num_true = muted->seq - 1;
		assert_int_equal(
			kr_event_head_read(&s->head, muted->type, muted->head), KR_OK);
	} while (s->head.until_ms == 0);
	copy_body(s, muted);
	relay_double_append(s->world.relay, &s->topic, KR_EVENT_MUTED, s->anna_account,
		&s->head, kr_writer_view(&s->w));

	/* Anna's own word, from before another's came in between. */
	memcpy(withdrawal.community, s->topic.id, KR_ID_BYTES);
	memcpy(withdrawal.previous, s->topic.id, KR_ID_BYTES);
	memcpy(withdrawal.who.account, s->bram_account, KR_ID_BYTES);
	kr_writer_reset(&s->w);
	kr_role_write(&s->w, &withdrawal, &s->anna->core->identity.device);
	assert_int_equal(s->w.err, KR_OK);
	s->head = (struct kr_event_head){0};
	about(s, s->bram_account);
	relay_double_append(s->world.relay, &s->topic, KR_EVENT_ROLE, s->anna_account,
		&s->head, kr_writer_view(&s->w));
	world_pass(&s->world, 1000);
	after = members(s->anna, s);
	assert_string_equal(before, after);
	assert_int_equal(world_alarms(s->anna, "unsigned"), 1);
	free(before);
	free(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(p5_what_nobody_signed_counts_for_nothing,
			open_street, close_street),
		cmocka_unit_test_setup_teardown(
			p5_what_was_signed_once_counts_once, open_street, close_street),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
