#include <test.h>

#include <codec_props.h>

#include <stdio.h>
#include <string.h>

#include "fixture.h"

#define C43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define S43 "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"

static enum kr_err read_only(struct kr_view bytes)
{
	struct kr_invitation invitation;

	return kr_invitation_read(&invitation, bytes);
}

static void an_invitation_comes_back_and_bears_no_damage(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	struct kr_invitation v = {.until_ms = 1763784000123, .uses = 3};
	struct kr_invitation back;
	static struct record record;
	struct kr_writer writer = record_writer(&record);

	(void)state;
	memcpy(v.community, w->chain.community, sizeof(v.community));
	memset(v.key, 0x1e, sizeof(v.key));
	memcpy(v.signer, w->anna.device.public_key, sizeof(v.signer));
	kr_invitation_write(&writer, &v, &w->anna.device);
	record_take(&record, &writer);
	assert_int_equal(kr_invitation_read(&back, view_of(&record)), KR_OK);
	assert_memory_equal(back.community, v.community, sizeof(v.community));
	assert_memory_equal(back.key, v.key, sizeof(v.key));
	assert_memory_equal(back.signer, v.signer, sizeof(v.signer));
	assert_int_equal(back.until_ms, v.until_ms);
	assert_int_equal(back.uses, v.uses);
	codec_props_whole("invitation", read_only, view_of(&record));
	codec_props_signed("invitation", read_only, view_of(&record));
}

/* ---- Links ---------------------------------------------------------------------- */

static void good_links_come_back(void **state)
{
	static const struct {
		const char *text, *prefix, *relay;
	} cases[] = {
		{"https://kring.example/join#1." C43 "." S43,
			"https://kring.example/join", ""},
		{"http://127.0.0.1:8080/#1." C43 "." S43, "http://127.0.0.1:8080/", ""},
		{"https://a.b/j?lang=nl#1." C43 "." S43 ".relay.example:8443",
			"https://a.b/j?lang=nl", "relay.example:8443"},
		{"https://a.b/#1." C43 "." S43 ".[::1]:8443", "https://a.b/",
			"[::1]:8443"},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		static const uint8_t zero[KR_ID_BYTES];
		struct kr_link link;
		uint8_t space[KR_LINK_MAX];
		uint8_t ones[KR_SECRET_BYTES];
		struct kr_writer w;

		memset(ones, 1, sizeof(ones));
		assert_int_equal(kr_link_read(&link, kr_view_str(cases[i].text)), KR_OK);
		assert_true(kr_view_equal(link.prefix, kr_view_str(cases[i].prefix)));
		assert_true(kr_view_equal(link.relay, kr_view_str(cases[i].relay)));
		assert_memory_equal(link.community, zero, sizeof(zero));
		assert_memory_equal(link.seed.bytes, ones, sizeof(ones));
		kr_writer_init_fixed(&w, space, sizeof(space));
		kr_link_write(&w, &link);
		assert_true(
			kr_view_equal(kr_writer_view(&w), kr_view_str(cases[i].text)));
	}
}

static void bad_links_are_refused(void **state)
{
	static const struct {
		const char *name, *text;
	} cases[] = {
		{"empty", ""},
		{"no fragment", "https://kring.example/join"},
		{"empty fragment", "https://kring.example/join#"},
		{"no prefix", "#1." C43 "." S43},
		{"no host", "https://#1." C43 "." S43},
		{"another scheme", "ftp://kring.example/#1." C43 "." S43},
		{"javascript", "javascript:alert(1)//#1." C43 "." S43},
		{"another version", "https://a.b/#2." C43 "." S43},
		{"no version", "https://a.b/#" C43 "." S43},
		{"community too short", "https://a.b/#1.AAA." S43},
		{"community too long", "https://a.b/#1.A" C43 "." S43},
		{"no seed", "https://a.b/#1." C43},
		{"empty seed", "https://a.b/#1." C43 "."},
		{"seed too short", "https://a.b/#1." C43 ".AQEB"},
		{"seed too long", "https://a.b/#1." C43 "." S43 "E"},
		{"padded", "https://a.b/#1." C43 "." S43 "="},
		{"the other alphabet",
			"https://a.b/"
			"#1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+AA." S43},
		{"trailing bits",
			"https://a.b/"
			"#1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB." S43},
		{"no full stop", "https://a.b/#1." C43 "-" S43},
		{"empty relay", "https://a.b/#1." C43 "." S43 "."},
		{"relay with a slash", "https://a.b/#1." C43 "." S43 ".r/x"},
		{"relay with a space", "https://a.b/#1." C43 "." S43 ".r x"},
		{"space in the prefix", "https://a b/#1." C43 "." S43},
		{"quote in the prefix", "https://a\"b/#1." C43 "." S43},
		{"newline after", "https://a.b/#1." C43 "." S43 "\n"},
		{"two fragments", "https://a.b/#x#1." C43 "." S43},
		{"beyond ASCII", "https://\xc3\xa9.b/#1." C43 "." S43},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		static const struct kr_link zero;
		struct kr_link link;

		assert_err(cases[i].name, kr_link_read(&link, kr_view_str(cases[i].text)),
			KR_ERR_LINK);
		assert_memory_equal(&link, &zero, sizeof(link));
	}
}

static void links_have_bounds(void **state)
{
	static char text[KR_LINK_MAX + 2];
	struct kr_link link;

	(void)state;
	for (int more = 0; more < 2; more++) {
		int prefix_len = (int)KR_LINK_PREFIX_MAX - 8 + more;

		snprintf(
			text, sizeof(text), "https://%0*d#1." C43 "." S43, prefix_len, 0);
		assert_int_equal(kr_link_read(&link, kr_view_str(text)),
			more ? KR_ERR_LINK : KR_OK);
		snprintf(text, sizeof(text), "https://a.b/#1." C43 "." S43 ".%0*d",
			KR_RELAY_NAME_MAX + more, 0);
		assert_int_equal(kr_link_read(&link, kr_view_str(text)),
			more ? KR_ERR_LINK : KR_OK);
	}
}

static void a_bad_link_is_not_written(void **state)
{
	struct kr_link link = {.prefix = kr_view_str("https://a.b/#")};
	uint8_t space[KR_LINK_MAX];
	struct kr_writer w;

	(void)state;
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_link_write(&w, &link);
	assert_int_equal(w.err, KR_ERR_LINK);
	link = (struct kr_link){
		.prefix = kr_view_str("https://a.b/"), .relay = kr_view_str("a#b")};
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_link_write(&w, &link);
	assert_int_equal(w.err, KR_ERR_LINK);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_invitation_comes_back_and_bears_no_damage),
		cmocka_unit_test(good_links_come_back),
		cmocka_unit_test(bad_links_are_refused),
		cmocka_unit_test(links_have_bounds),
		cmocka_unit_test(a_bad_link_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
