/* The link on an inbox's poster. CASES.md §2. */
#include <kring/cases.h>

#include <string.h>

#include "proto/trust/link.h"

enum kr_err kr_inbox_link_read(struct kr_inbox_link *out, struct kr_view text)
{
	struct kr_link_parts parts;
	enum kr_err err = kr_link_parts_read(&parts, KR_LINK_INBOX, text);

	*out = (struct kr_inbox_link){.prefix = parts.prefix, .relay = parts.relay};
	memcpy(out->identity_key, parts.id, sizeof(parts.id));
	memcpy(out->reading_key, parts.key, sizeof(parts.key));
	kr_wipe(&parts, sizeof(parts));
	return err;
}

void kr_inbox_link_write(struct kr_writer *w, const struct kr_inbox_link *link)
{
	struct kr_link_parts parts = {.prefix = link->prefix, .relay = link->relay};

	memcpy(parts.id, link->identity_key, sizeof(parts.id));
	memcpy(parts.key, link->reading_key, sizeof(parts.key));
	kr_link_parts_write(w, KR_LINK_INBOX, &parts);
	kr_wipe(&parts, sizeof(parts));
}
