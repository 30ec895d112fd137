/* P3: a member commits what some leaves can process and others cannot. It is voided by
 * who cannot; or, too late for that, whoever is stranded is healed. */
#include <string.h>

#include "clients/core/group/parts.h"
#include "clients/core/state.h"
#include "test.h"
#include "tests/unit/core/spoil.h"
#include "tests/unit/core/street.h"

static uint8_t victim_key[KR_X25519_BYTES];

static bool is_victim(const uint8_t pk[KR_X25519_BYTES])
{
	return memcmp(pk, victim_key, sizeof(victim_key)) == 0;
}

static void choose_victim(const struct street *s, const struct world_client *victim)
{
	struct group *group = group_find(victim->core, s->group_id);
	struct kr_mls_member member;
	struct kr_certificate certificate;
	uint32_t at = 0;

	while (member_next(group->mls, &at, &member, &certificate) == KR_OK) {
		if (memcmp(certificate.account, victim->core->identity.account,
			    KR_ID_BYTES) == 0) {
			memcpy(victim_key, member.encryption_key, sizeof(victim_key));
			spoil_path_secret = is_victim;
		}
	}
	assert_non_null(spoil_path_secret);
}

static size_t num_events(const struct street *s, enum kr_event_type type)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_GROUP, s->group_id);
	size_t num = 0;

	for (uint64_t seq = 1; seq <= relay_double_num(s->world.relay, &topic); seq++) {
		num += relay_double_event(s->world.relay, &topic, seq)->type == type;
	}
	return num;
}

/* All are in one epoch, and hear each other, also after a restart. */
static void assert_together(struct street *s)
{
	struct world_client *all[] = {s->anna, s->bram, s->cor};
	int epoch;

	for (size_t i = 0; i < NUM(all); i++) {
		world_restart(all[i]);
	}
	world_pass(&s->world, 120000);
	epoch = (int)relay_double_epoch(s->world.relay, s->group_id);
	for (size_t i = 0; i < NUM(all); i++) {
		char text[] = "samen 0";

		assert_true(street_is(all[i], s->group, "in"));
		assert_int_equal(street_number(all[i], s->group, "epoch"), epoch);
		text[6] = (char)('0' + (int)i);
		(void)street_say(all[i], s->group, text);
		for (size_t k = 0; k < NUM(all); k++) {
			assert_int_equal(street_sees(all[k], s->group, text), 1);
		}
	}
}

/* Whoever cannot process it voids it, be it a member or who administers. */
static void p3_voided_by_the_victim(struct street *s, struct world_client *victim)
{
	/* All have said their names to whom was let in: a post in the new epoch would end
	 * the time in which a member may void. */
	world_pass(&s->world, 60000);
	choose_victim(s, victim);
	(void)world_say(s->bram, "{\"do\":\"refresh\",\"group\":\"%s\"}", s->group);
	world_run(&s->world);
	spoil_path_secret = NULL;
	world_pass(&s->world, 120000);
	assert_int_equal(num_events(s, KR_EVENT_VOID), 1);
	assert_int_equal(world_alarms(victim, "garbage_commit"), 1);
	assert_together(s);
}

static void p3_a_member_cannot_process(void **state)
{
	struct street *s = *state;

	p3_voided_by_the_victim(s, s->cor);
}

static void p3_the_administrator_cannot_process(void **state)
{
	struct street *s = *state;

	p3_voided_by_the_victim(s, s->anna);
}

/* What was said in the epoch that is voided is said again, once. */
static void p3_nothing_said_is_lost(void **state)
{
	struct street *s = *state;

	world_pass(&s->world, 60000); /* names are said; nobody confirms the commit */
	choose_victim(s, s->cor);
	s->cor->is_slow_disk = true; /* Cor looks at it later */
	(void)world_say(s->bram, "{\"do\":\"refresh\",\"group\":\"%s\"}", s->group);
	(void)world_say(s->bram,
		"{\"do\":\"post\",\"group\":\"%s\",\"kind\":\"chat\",\"text\":\"zei "
		"ik\"}",
		s->group);
	world_run(&s->world);
	spoil_path_secret = NULL;
	s->cor->is_slow_disk = false;
	world_pass(&s->world, 120000);
	assert_int_equal(num_events(s, KR_EVENT_VOID), 1);
	assert_int_equal(street_sees(s->anna, s->group, "zei ik"), 1);
	assert_int_equal(street_sees(s->bram, s->group, "zei ik"), 1);
	assert_int_equal(street_sees(s->cor, s->group, "zei ik"), 1);
	assert_together(s);
}

/* Cor is away; somebody else has gone on in the new epoch, so no member can void it. */
static void p3_a_stranded_member_heals(void **state)
{
	struct street *s = *state;

	choose_victim(s, s->cor);
	world_disconnect(s->cor);
	s->cor->wants_connection = false;
	s->cor->timer_ms = 0;
	(void)world_say(s->bram, "{\"do\":\"refresh\",\"group\":\"%s\"}", s->group);
	world_run(&s->world);
	spoil_path_secret = NULL;
	(void)street_say(s->anna, s->group, "zonder Cor");
	world_restart(s->cor);
	world_pass(&s->world, 180000);
	assert_int_equal(num_events(s, KR_EVENT_VOID), 0);
	assert_int_equal(num_events(s, KR_EVENT_HEAL), 1);
	assert_int_equal(street_sees(s->cor, s->group, "zonder Cor"), 0);
	assert_together(s);
}

int main(void)
{
#define IN_STREET(test)                                                                  \
	cmocka_unit_test_setup_teardown(test, street_setup, street_teardown)
	const struct CMUnitTest tests[] = {
		IN_STREET(p3_a_member_cannot_process),
		IN_STREET(p3_the_administrator_cannot_process),
		IN_STREET(p3_nothing_said_is_lost),
		IN_STREET(p3_a_stranded_member_heals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
