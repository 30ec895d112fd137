/* Who vouches for a signal of their own, and whose word counts with a professional (P5,
 * P8). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "tests/unit/core/office.h"

/* The neighbourhood of Wim, the professional, and of Jan; and one of Otto's. */
struct scene {
	struct office *o;
	struct world_client *anna;
	struct world_client *jan;
	struct world_client *otto;
	char community[64];
	char other[64];
};

static void join(struct scene *s, struct world_client *client)
{
	const cJSON *invitation = world_do(
		s->anna, "{\"do\":\"invite\",\"community\":\"%s\"}", s->community);
	cJSON *requests;

	(void)world_do(client,
		"{\"do\":\"join\",\"link\":\"%s\",\"name\":\"Wim\",\"check\":\"agent\"}",
		world_text(invitation, "link"));
	requests = world_ask(
		s->anna, "{\"ask\":\"requests\",\"community\":\"%s\"}", s->community);
	(void)world_do(s->anna,
		"{\"do\":\"admit\",\"community\":\"%s\",\"account\":\"%s\"}",
		s->community,
		world_text(
			cJSON_GetArrayItem(cJSON_GetObjectItem(requests, "requests"), 0),
			"account"));
	cJSON_Delete(requests);
	world_pass(&s->o->world, 5000);
}

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	office_setup((void **)&s->o);
	s->anna = world_join(&s->o->world, "Anna");
	(void)snprintf(s->community, sizeof(s->community), "%s", world_found(s->anna));
	s->jan = world_admit(s->anna, s->community, "Jan");
	s->otto = world_join(&s->o->world, "Otto");
	(void)snprintf(s->other, sizeof(s->other), "%s", world_found(s->otto));
	join(s, s->o->wim);
	neighbour_init(&s->o->neighbour, &s->o->world, 1);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	office_teardown((void **)&s->o);
	free(s);
	return 0;
}

/* ---- The word ---------------------------------------------------------------------- */

struct vouched {
	uint8_t certificate[KR_IDENTITY_CERTIFICATE_BYTES];
	uint8_t proof[KR_ED25519_SIG_BYTES];
};

static const cJSON *ask_vouch(
	struct world_client *client, const char *community, const struct neighbour *n)
{
	char event[64] = ""; /* no NUL is written */

	kr_base64url_encode(event, kr_view(n->event, sizeof(n->event)));
	return world_do(client,
		"{\"do\":\"vouch\",\"community\":\"%s\",\"case\":\"%s\",\"event\":\"%"
		"s\"}",
		community, n->case_id, event);
}

static struct vouched vouch(
	struct world_client *client, const char *community, const struct neighbour *n)
{
	const cJSON *answer = ask_vouch(client, community, n);
	struct vouched v;

	assert_int_equal(kr_base64url_decode(v.certificate, sizeof(v.certificate),
				 kr_view_str(world_text(answer, "certificate"))),
		KR_OK);
	assert_int_equal(kr_base64url_decode(v.proof, sizeof(v.proof),
				 kr_view_str(world_text(answer, "proof"))),
		KR_OK);
	return v;
}

/* Send the neighbour's signal with it. Does Wim see a verified neighbour? */
static bool is_believed(struct scene *s, const struct vouched *v)
{
	const struct kr_signal signal = neighbour_signal();
	const struct kr_identity identity = {
		.name = kr_view_str("Jan Jansen"),
		.certificate = kr_view(v->certificate, sizeof(v->certificate)),
		.proof = kr_view(v->proof, sizeof(v->proof)),
	};
	struct office *o = s->o;
	cJSON *shown;
	bool believed;

	neighbour_send(&o->neighbour, o->desks[WIJK].id, o->desks[VEILIG].id, &signal,
		&identity, false);
	world_run(&o->world);
	shown = office_case(o, o->wim);
	believed = cJSON_IsTrue(cJSON_GetObjectItem(shown, "verified"));
	assert_true(believed || cJSON_IsFalse(cJSON_GetObjectItem(shown, "verified")));
	cJSON_Delete(shown);
	assert_int_equal(office_alarms(o->wim), 0);
	return believed;
}

static void a_neighbours_word_holds(void **state)
{
	struct scene *s = *state;
	struct vouched v = vouch(s->jan, s->community, &s->o->neighbour);
	cJSON *shown;

	assert_true(is_believed(s, &v));
	/* With a colleague who is in no community it says nothing. */
	shown = office_case(s->o, s->o->sanne);
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(shown, "verified")));
	cJSON_Delete(shown);
}

static void p8_nothing_is_sent_or_kept(void **state)
{
	struct scene *s = *state;
	size_t stored = s->jan->num_stored;

	(void)vouch(s->jan, s->community, &s->o->neighbour);
	assert_int_equal(s->jan->num_stored, stored);
	for (size_t i = 0; i < s->jan->store.num; i++) {
		const struct world_record *r = &s->jan->store.list[i];

		assert_null(memmem(r->value.data, r->value.len,
			s->o->neighbour.keys.locator, KR_ID_BYTES));
	}
}

/* ---- Whose does not ---------------------------------------------------------------- */

static void p5_of_another_signal(void **state)
{
	struct scene *s = *state;
	struct vouched v;

	neighbour_init(&s->o->neighbour, &s->o->world, 2);
	v = vouch(s->jan, s->community, &s->o->neighbour);
	neighbour_init(&s->o->neighbour, &s->o->world, 3);
	assert_false(is_believed(s, &v));
}

static void p5_another_members_certificate(void **state)
{
	struct scene *s = *state;
	struct vouched v = vouch(s->jan, s->community, &s->o->neighbour);
	struct vouched annas = vouch(s->anna, s->community, &s->o->neighbour);

	memcpy(v.certificate, annas.certificate, sizeof(v.certificate));
	assert_false(is_believed(s, &v));
}

static void p5_of_a_community_that_is_not_known(void **state)
{
	struct scene *s = *state;
	struct vouched v = vouch(s->otto, s->other, &s->o->neighbour);

	assert_false(is_believed(s, &v));
}

/* Signed by nobody who was ever a coordinator here. */
static void p5_a_certificate_of_ones_own_make(void **state)
{
	struct scene *s = *state;
	struct vouched v = vouch(s->otto, s->other, &s->o->neighbour);
	const struct kr_secret seed = {{7}};
	struct kr_ed25519_keypair own;
	struct kr_certificate certificate;
	struct kr_writer w;

	assert_int_equal(kr_certificate_read(&certificate,
				 kr_view(v.certificate, sizeof(v.certificate))),
		KR_OK);
	assert_int_equal(kr_base64url_decode(certificate.community, KR_ID_BYTES,
				 kr_view_str(s->community)),
		KR_OK);
	kr_ed25519_from_seed(&own, &seed);
	kr_writer_init_fixed(&w, v.certificate, sizeof(v.certificate));
	kr_certificate_write(&w, &certificate, &own);
	assert_int_equal(w.err, KR_OK);
	assert_false(is_believed(s, &v));
}

static void p5_of_who_was_removed(void **state)
{
	struct scene *s = *state;
	struct vouched v = vouch(s->jan, s->community, &s->o->neighbour);
	cJSON *status = world_ask(s->jan, "{\"ask\":\"status\"}");

	(void)world_do(s->anna,
		"{\"do\":\"remove\",\"community\":\"%s\",\"account\":\"%s\","
		"\"reason\":\"weg\"}",
		s->community, world_text(status, "account"));
	cJSON_Delete(status);
	world_pass(&s->o->world, 5000);
	assert_false(is_believed(s, &v));
}

/* ---- Refused ----------------------------------------------------------------------- */

static const char *refusal(struct world_client *client, const char *fields)
{
	return world_text(world_do(client, "{\"do\":\"vouch\",%s}", fields), "error");
}

static void p9_what_cannot_be_vouched_for(void **state)
{
	struct scene *s = *state;
	const char *id = s->o->neighbour.case_id;
	char fields[512];

	(void)snprintf(fields, sizeof(fields),
		"\"case\":\"%s\",\"event\":\"AAAAAAAAAAAAAAAAAAAAAA\"", id);
	assert_non_null(
		world_text(world_do(s->jan, "{\"do\":\"vouch\",%s}", fields), "proof"));
	assert_string_equal(refusal(s->o->sanne, fields), "not_found"); /* in none */
	(void)snprintf(fields, sizeof(fields),
		"\"community\":\"%s\",\"case\":\"%s\",\"event\":"
		"\"AAAAAAAAAAAAAAAAAAAAAA\"",
		s->other, id);
	assert_string_equal(refusal(s->jan, fields), "not_found"); /* not in that one */
	(void)snprintf(fields, sizeof(fields), "\"case\":\"%s\"", id);
	assert_string_equal(refusal(s->jan, fields), "field");
	assert_string_equal(
		refusal(s->jan, "\"event\":\"AAAAAAAAAAAAAAAAAAAAAA\""), "field");
	(void)snprintf(fields, sizeof(fields), "\"case\":\"%s\",\"event\":\"AAAA\"", id);
	assert_string_equal(refusal(s->jan, fields), "field");
	/* Two years later a coordinator has to ask again who lives there. */
	s->o->world.now_ms += UINT64_C(800) * 24 * 3600 * 1000;
	assert_string_equal(
		world_text(ask_vouch(s->jan, s->community, &s->o->neighbour), "error"),
		"cert_validity");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_neighbours_word_holds),
		CASE(p8_nothing_is_sent_or_kept),
		CASE(p5_of_another_signal),
		CASE(p5_another_members_certificate),
		CASE(p5_of_a_community_that_is_not_known),
		CASE(p5_a_certificate_of_ones_own_make),
		CASE(p5_of_who_was_removed),
		CASE(p9_what_cannot_be_vouched_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
