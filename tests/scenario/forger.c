/* kring of a coordinator who changes the words of the notices that it brings. */
#include <string.h>

#include <kring/cases.h>
#include <kring/content.h>

void __real_kr_content_write(struct kr_writer *w, const struct kr_content *content);
void __wrap_kr_content_write(struct kr_writer *w, const struct kr_content *content);

void __wrap_kr_content_write(struct kr_writer *w, const struct kr_content *content)
{
	static uint8_t notice[KR_NOTICE_MAX];
	/* The text ends where signer and signature begin. */
	const size_t end = KR_ED25519_PUBLIC_BYTES + KR_ED25519_SIG_BYTES;
	struct kr_content forged = *content;

	if (content->kind == KR_CONTENT_NOTICE && content->notice.len > end &&
		content->notice.len <= sizeof(notice)) {
		memcpy(notice, content->notice.data, content->notice.len);
		notice[content->notice.len - end - 1] ^= 1;
		forged.notice = kr_view(notice, content->notice.len);
	}
	__real_kr_content_write(w, &forged);
}
