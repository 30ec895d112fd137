/* The plaintext of a group message, as any member can make it. What is accepted is
 * encoded to the same bytes again, also with a kind or fields of a newer version. */
#include "fuzz.h"

#include <string.h>

#include <kring/content.h>

static void assert_writes_again(const struct kr_content *content, struct kr_view bytes)
{
	static uint8_t again[2 * KR_CONTENT_MAX];
	struct kr_writer w;

	kr_writer_init_fixed(&w, again, sizeof(again));
	kr_content_write(&w, content);
	FUZZ_ASSERT(kr_view_equal(kr_writer_view(&w), bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kr_content zero;
	struct kr_content content;
	struct kr_content replacement;

	if (kr_content_read(&content, kr_view(data, size)) != KR_OK) {
		FUZZ_ASSERT(memcmp(&content, &zero, sizeof(content)) == 0);
		return 0;
	}
	FUZZ_ASSERT(kr_text_check(content.text, size) == KR_OK);
	FUZZ_ASSERT(content.name.len == 0 || kr_line_check(content.name, size) == KR_OK);
	assert_writes_again(&content, kr_view(data, size));
	if (content.kind == KR_CONTENT_EDIT) {
		FUZZ_ASSERT(kr_content_edited(&replacement, &content) == KR_OK);
		FUZZ_ASSERT(replacement.kind == content.edited_kind);
	}
	return 0;
}
