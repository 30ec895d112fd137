/* The header of an MLSMessage and the authenticated data of Kring's groups: what is
 * accepted is made of the bytes that came, whole and in order. */
#include "fuzz.h"

#include <kring/mls_header.h>

static void check_aad(struct kr_view bytes)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_group_aad aad;

	kr_writer_init(&w);
	if (kr_group_aad_read(&aad, bytes) != KR_OK) {
		return;
	}
	kr_group_aad_write(&w, &aad);
	FUZZ_ASSERT(kr_view_equal(kr_writer_view(&w), bytes));
}

static void check_header(struct kr_view bytes)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_mls_header h;

	kr_writer_init(&w);
	if (kr_mls_header_read(&h, bytes) != KR_OK) {
		return;
	}
	kr_write_u16(&w, 1);
	kr_write_u16(&w, 2);
	kr_write_vec(&w, h.group_id);
	kr_write_u64(&w, h.epoch);
	kr_write_u8(&w, (uint8_t)h.content);
	kr_write_vec(&w, h.authenticated_data);
	kr_write_vec(&w, h.encrypted_sender_data);
	kr_write_vec(&w, h.ciphertext);
	FUZZ_ASSERT(kr_view_equal(kr_writer_view(&w), bytes));
	check_aad(h.authenticated_data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kr_view bytes = kr_view(data, size);

	check_header(bytes);
	check_aad(bytes);
	/* One message is one kind of message. */
	FUZZ_ASSERT((kr_mls_welcome_check(bytes) == KR_OK) +
			(kr_mls_key_package_check(bytes) == KR_OK) <=
		1);
	return 0;
}
