#include <test.h>

#include <codec_props.h>

#include <stdio.h>
#include <string.h>

#include "fixture.h"

static enum kr_err read_only(struct kr_view bytes)
{
	struct kr_policy p;

	return kr_policy_read(&p, bytes);
}

/* 32 bytes that begin with this one: an account, a key. */
static const uint8_t *id_of(uint8_t first)
{
	static uint8_t ids[256][KR_ID_BYTES];

	ids[first][0] = first;
	return ids[first];
}

static struct kr_view ids(uint8_t (*space)[KR_ID_BYTES], const char *firsts)
{
	size_t num = strlen(firsts);

	for (size_t i = 0; i < num; i++) {
		memcpy(space[i], id_of((uint8_t)firsts[i]), KR_ID_BYTES);
	}
	return kr_view(space, num * KR_ID_BYTES);
}

/* Applies a change, and hands out the new policy, which is a view into out. */
static enum kr_err apply(struct kr_policy *after, struct record *out,
	const struct kr_policy *before, const struct kr_policy_change *change)
{
	struct kr_writer writer = record_writer(out);

	kr_policy_write(&writer, before, change);
	if (writer.err != KR_OK) {
		return writer.err;
	}
	record_take(out, &writer);
	return kr_policy_read(after, view_of(out));
}

static const uint8_t some_serials[] = {
	0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5};

/* Administrators a and b, issuer i, three revoked serials, two inboxes. */
static struct kr_policy first_policy(struct record *out)
{
	static const struct kr_policy nothing = {.community = {0xc0}};
	uint8_t admins[2][KR_ID_BYTES];
	uint8_t issuers[1][KR_ID_BYTES];
	struct kr_policy_inbox inboxes[2] = {
		{.name = LITERAL("Wijkagent"),
			.relay = LITERAL("inbox.example"),
			.reading_key = kr_view(id_of('R'), KR_READING_KEY_BYTES)},
		{.name = LITERAL("Veilig Thuis")},
	};
	struct kr_view name = LITERAL("Lindestraat");
	const uint32_t slow_mode_s = 30;
	struct kr_policy_change change = {
		.name = &name,
		.chain_head = id_of('h'),
		.rules = id_of('r'),
		.slow_mode_s = &slow_mode_s,
		.administrators_added = ids(admins, "ba"),
		.issuers_added = ids(issuers, "i"),
		.revoked_added = kr_view(some_serials, sizeof(some_serials)),
		.inboxes_added = inboxes,
		.num_inboxes_added = 2,
	};
	struct kr_policy policy;

	memcpy(inboxes[0].identity_key, id_of('W'), 32);
	memcpy(inboxes[1].identity_key, id_of('V'), 32);
	assert_int_equal(apply(&policy, out, &nothing, &change), KR_OK);
	return policy;
}

static void a_first_policy_has_what_was_asked_for(void **state)
{
	static struct record record;
	struct kr_policy p = first_policy(&record);
	struct kr_policy_inbox inbox;

	(void)state;
	assert_int_equal(p.number, 1);
	assert_true(kr_view_equal(p.name, LITERAL("Lindestraat")));
	assert_int_equal(p.slow_mode_s, 30);
	assert_memory_equal(p.rules, id_of('r'), 32);
	assert_memory_equal(p.chain_head, id_of('h'), 32);
	assert_true(kr_policy_has_administrator(&p, id_of('a')));
	assert_true(kr_policy_has_administrator(&p, id_of('b')));
	assert_false(kr_policy_has_administrator(&p, id_of('i')));
	assert_true(kr_policy_has_issuer(&p, id_of('i')));
	assert_false(kr_policy_has_issuer(&p, id_of('a')));
	assert_true(kr_policy_has_revoked(&p, 1));
	assert_true(kr_policy_has_revoked(&p, 5));
	assert_true(kr_policy_has_revoked(&p, 9));
	assert_false(kr_policy_has_revoked(&p, 2));
	assert_int_equal(p.num_inboxes, 2);
	assert_int_equal(kr_policy_inbox_at(&p, 0, &inbox), KR_OK);
	assert_true(kr_view_equal(inbox.name, LITERAL("Veilig Thuis")));
	assert_int_equal(inbox.relay.len, 0);
	assert_int_equal(inbox.reading_key.len, 0);
	assert_int_equal(kr_policy_inbox_at(&p, 1, &inbox), KR_OK);
	assert_true(kr_view_equal(inbox.relay, LITERAL("inbox.example")));
	assert_true(kr_view_equal(inbox.reading_key, kr_view(id_of('R'), 32)));
	assert_int_equal(kr_policy_inbox_at(&p, 2, &inbox), KR_ERR_NOT_FOUND);
	codec_props_whole("policy", read_only, view_of(&record));
}

/* One encoding for one policy: nothing changed is nothing but the number. */
static void the_same_policy_is_the_same_bytes(void **state)
{
	static struct record before_record;
	static struct record after_record;
	struct kr_policy before = first_policy(&before_record);
	const struct kr_policy_change nothing = {0};
	struct kr_policy after;

	(void)state;
	assert_int_equal(apply(&after, &after_record, &before, &nothing), KR_OK);
	assert_int_equal(after.number, 2);
	assert_int_equal(kr_policy_compare(&before, &after), KR_POLICY_NUMBER);
	assert_int_equal(kr_policy_compare(&before, &before), 0);
	after_record.bytes[1 + 32 + 32 + 7] = 1;
	assert_true(kr_view_equal(view_of(&before_record), view_of(&after_record)));
}

static void changes_are_told_apart(void **state)
{
	static const uint32_t fast = 0;
	const struct kr_view name = LITERAL("Kastanjelaan");
	uint8_t space[3][KR_ID_BYTES];
	const struct kr_policy_inbox renamed = {
		.identity_key = {'V'}, .name = LITERAL("Veilig Thuis Utrecht")};
	const struct kr_policy_inbox with_key = {.identity_key = {'V'},
		.name = LITERAL("Veilig Thuis"),
		.reading_key = kr_view(id_of('R'), KR_READING_KEY_BYTES)};
	const struct {
		struct kr_policy_change change;
		unsigned parts;
	} cases[] = {
		{{.name = &name}, KR_POLICY_NAME},
		{{.slow_mode_s = &fast}, KR_POLICY_SLOW_MODE},
		{{.rules = id_of('R')}, KR_POLICY_RULES},
		{{.chain_head = id_of('H')}, KR_POLICY_CHAIN},
		{{.administrators_added = ids(space, "c")}, KR_POLICY_ADMINISTRATORS},
		{{.administrators_removed = kr_view(id_of('a'), 32)},
			KR_POLICY_ADMINISTRATORS},
		{{.issuers_added = kr_view(id_of('j'), 32)}, KR_POLICY_ISSUERS},
		{{.revoked_added = kr_view(id_of('z'), 8)}, KR_POLICY_REVOKED},
		{{.revoked_removed = kr_view(some_serials, 8)}, KR_POLICY_REVOKED},
		{{.inboxes_added = &renamed, .num_inboxes_added = 1}, KR_POLICY_INBOXES},
		{{.inboxes_added = &with_key, .num_inboxes_added = 1}, KR_POLICY_INBOXES},
		{{.inboxes_removed = kr_view(id_of('V'), 32)}, KR_POLICY_INBOXES},
		/* What is there is not added, what is not there is not removed. */
		{{.administrators_added = kr_view(id_of('a'), 32)}, 0},
		{{.issuers_removed = kr_view(id_of('x'), 32)}, 0},
		{{.revoked_added = kr_view(some_serials, sizeof(some_serials))}, 0},
		{{.inboxes_removed = kr_view(id_of('X'), 32)}, 0},
	};
	static struct record before_record;
	static struct record after_record;
	struct kr_policy before = first_policy(&before_record);

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_policy after;

		assert_int_equal(
			apply(&after, &after_record, &before, &cases[i].change), KR_OK);
		if (kr_policy_compare(&before, &after) !=
			(cases[i].parts | KR_POLICY_NUMBER)) {
			fail_msg("case %zu: %x", i, kr_policy_compare(&before, &after));
		}
	}
}

static void differences_of_lists_are_found(void **state)
{
	uint8_t a[3][KR_ID_BYTES];
	uint8_t b[3][KR_ID_BYTES];
	struct kr_view before = ids(a, "abc");
	struct kr_view after = ids(b, "bcd");
	struct kr_view item;
	size_t at = 0;

	(void)state;
	item = kr_policy_only_in(after, before, KR_ID_BYTES, &at);
	assert_int_equal(item.len, KR_ID_BYTES);
	assert_int_equal(item.data[0], 'd');
	assert_int_equal(kr_policy_only_in(after, before, KR_ID_BYTES, &at).len, 0);
	at = 0;
	item = kr_policy_only_in(before, after, KR_ID_BYTES, &at);
	assert_int_equal(item.data[0], 'a');
	assert_int_equal(kr_policy_only_in(before, after, KR_ID_BYTES, &at).len, 0);
}

static void impossible_changes_are_refused(void **state)
{
	static uint8_t many[KR_POLICY_REVOKED_MAX + 1][8];
	static uint8_t accounts[KR_POLICY_ADMINS_MAX][KR_ID_BYTES];
	const struct kr_view no_name = LITERAL("");
	const struct kr_view two_lines = LITERAL("a\nb");
	const struct kr_policy_inbox nameless = {.identity_key = {'N'}};
	const struct kr_policy_inbox short_key = {.identity_key = {'N'},
		.name = LITERAL("Wijkteam"),
		.reading_key = kr_view(id_of('R'), KR_READING_KEY_BYTES - 1)};
	const struct kr_policy_inbox long_key = {.identity_key = {'N'},
		.name = LITERAL("Wijkteam"),
		.reading_key = kr_view(accounts, KR_READING_KEY_BYTES + 1)};
	uint8_t space[2][KR_ID_BYTES];
	const struct {
		const char *name;
		struct kr_policy_change change;
		enum kr_err err;
	} cases[] = {
		{"no name", {.name = &no_name}, KR_ERR_TEXT},
		{"a name of two lines", {.name = &two_lines}, KR_ERR_TEXT},
		{"nobody administers", {.administrators_removed = ids(space, "ab")},
			KR_ERR_ENCODING},
		{"nobody issues", {.issuers_removed = kr_view(id_of('i'), 32)},
			KR_ERR_ENCODING},
		{"not whole", {.administrators_added = kr_view(id_of('a'), 31)},
			KR_ERR_ARGUMENT},
		{"not whole, removed", {.revoked_removed = kr_view(many, 7)},
			KR_ERR_ARGUMENT},
		{"not whole, inboxes", {.inboxes_removed = kr_view(id_of('V'), 33)},
			KR_ERR_ARGUMENT},
		{"inbox without a name",
			{.inboxes_added = &nameless, .num_inboxes_added = 1},
			KR_ERR_TEXT},
		{"a reading key that is too short",
			{.inboxes_added = &short_key, .num_inboxes_added = 1},
			KR_ERR_ENCODING},
		{"a reading key that is too long",
			{.inboxes_added = &long_key, .num_inboxes_added = 1},
			KR_ERR_ENCODING},
		{"too many serials", {.revoked_added = kr_view(many, sizeof(many))},
			KR_ERR_TOO_LARGE},
		{"too many administrators",
			{.administrators_added = kr_view(accounts, sizeof(accounts))},
			KR_ERR_TOO_LARGE},
	};
	static struct record before_record;
	static struct record after_record;
	struct kr_policy before = first_policy(&before_record);

	(void)state;
	for (size_t i = 0; i < NUM(many); i++) {
		many[i][0] = (uint8_t)(i >> 8);
		many[i][1] = (uint8_t)i;
		many[i][2] = 1;
	}
	for (size_t i = 0; i < NUM(accounts); i++) {
		accounts[i][31] = (uint8_t)i;
	}
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_policy after;

		assert_err(cases[i].name,
			apply(&after, &after_record, &before, &cases[i].change),
			cases[i].err);
	}
}

/* Lists out of order are refused: each policy has one encoding. */
static void only_one_encoding_is_read(void **state)
{
	static struct record record;
	struct kr_policy p = first_policy(&record);
	uint8_t *admins = (uint8_t *)(uintptr_t)p.administrators.data;
	uint8_t *revoked = (uint8_t *)(uintptr_t)p.revoked.data;
	uint8_t *inboxes = (uint8_t *)(uintptr_t)p.inboxes.data;
	struct {
		const char *name;
		uint8_t *at;
		uint8_t value;
		enum kr_err err;
	} cases[] = {
		{"administrators twice", admins, 'b', KR_ERR_ENCODING},
		{"administrators falling", admins, 'z', KR_ERR_ENCODING},
		{"serials twice", revoked + 7, 5, KR_ERR_ENCODING},
		{"inboxes twice", inboxes, 'W', KR_ERR_ENCODING},
		{"inboxes falling", inboxes, 'X', KR_ERR_ENCODING},
		{"a control character in an inbox's name", inboxes + 33, 7, KR_ERR_TEXT},
		{"another version", record.bytes, 2, KR_ERR_RECORD_VERSION},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		uint8_t before = *cases[i].at;

		*cases[i].at = cases[i].value;
		assert_err(cases[i].name, read_only(view_of(&record)), cases[i].err);
		*cases[i].at = before;
	}
	assert_int_equal(read_only(view_of(&record)), KR_OK);
}

/* ---- Against the chain ---------------------------------------------------------- */

/* What Anna and Bram's community would have. */
static struct kr_policy policy_of(
	struct record *out, const struct world *w, const struct kr_policy_change *more)
{
	uint8_t accounts[2][KR_ID_BYTES];
	uint8_t keys[2][KR_ID_BYTES];
	struct kr_policy before = {0};
	struct kr_view name = LITERAL("Lindestraat");
	struct kr_policy_change change = {
		.name = &name,
		.chain_head = kr_chain_head(&w->chain),
		.administrators_added = kr_view(accounts, sizeof(accounts)),
		.issuers_added = kr_view(keys, sizeof(keys)),
	};
	static struct record first;
	struct kr_policy policy;

	memcpy(accounts[0], w->anna.account, 32);
	memcpy(accounts[1], w->bram.account, 32);
	memcpy(keys[0], w->anna.device.public_key, 32);
	memcpy(keys[1], w->bram.device.public_key, 32);
	memcpy(before.community, w->chain.community, 32);
	assert_int_equal(apply(&policy, &first, &before, &change), KR_OK);
	assert_int_equal(apply(&policy, out, &policy, more), KR_OK);
	return policy;
}

static void a_policy_fits_the_chain(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	const struct kr_view chris = kr_view(w->chris.account, 32);
	const struct kr_view bram = kr_view(w->bram.account, 32);
	const struct kr_view stranger = kr_view(w->dana.device.public_key, 32);
	const struct {
		const char *name;
		struct kr_policy_change change;
		enum kr_err main, circle;
	} cases[] = {
		{"as it should be", {0}, KR_OK, KR_OK},
		{"an administrator more", {.administrators_added = chris},
			KR_ERR_POLICY_CHAIN, KR_OK},
		{"an administrator less", {.administrators_removed = bram},
			KR_ERR_POLICY_CHAIN, KR_OK},
		{"an unknown head", {.chain_head = w->dana.account}, KR_ERR_POLICY_CHAIN,
			KR_ERR_POLICY_CHAIN},
		{"an issuer who was never a coordinator", {.issuers_added = stranger},
			KR_ERR_POLICY_CHAIN, KR_ERR_POLICY_CHAIN},
	};
	static struct record record;
	struct kr_policy p;

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		p = policy_of(&record, w, &cases[i].change);
		assert_err(cases[i].name, kr_policy_check(&p, &w->chain, true),
			cases[i].main);
		assert_err(cases[i].name, kr_policy_check(&p, &w->chain, false),
			cases[i].circle);
	}
	/* The policy speaks of its own place in the chain, whatever came later. */
	p = policy_of(&record, w, &cases[0].change);
	assert_int_equal(withdraw(w, &w->bram, &w->anna.device), KR_OK);
	assert_int_equal(kr_policy_check(&p, &w->chain, true), KR_OK);
	p = policy_of(&record, w, &cases[0].change);
	assert_int_equal(kr_policy_check(&p, &w->chain, true), KR_ERR_POLICY_CHAIN);
	p.community[0] ^= 1;
	assert_int_equal(kr_policy_check(&p, &w->chain, true), KR_ERR_COMMUNITY);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_policy_has_what_was_asked_for),
		cmocka_unit_test(the_same_policy_is_the_same_bytes),
		cmocka_unit_test(changes_are_told_apart),
		cmocka_unit_test(differences_of_lists_are_found),
		cmocka_unit_test(impossible_changes_are_refused),
		cmocka_unit_test(only_one_encoding_is_read),
		cmocka_unit_test(a_policy_fits_the_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
