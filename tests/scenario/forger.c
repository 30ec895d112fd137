/* kring of somebody who brings notices as if a coordinator, and changes their words. */
#include <string.h>

#include <kring/cases.h>
#include <kring/content.h>

#include "clients/core/group/parts.h"
#include "clients/core/state.h"

bool __real_group_is_administrator(
	const struct group *group, const uint8_t account[KR_ID_BYTES]);
bool __wrap_group_is_administrator(
	const struct group *group, const uint8_t account[KR_ID_BYTES]);
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

bool __wrap_group_is_administrator(
	const struct group *group, const uint8_t account[KR_ID_BYTES])
{
	return is_own_account(group->core, kr_view(account, KR_ID_BYTES)) ||
		__real_group_is_administrator(group, account);
}
