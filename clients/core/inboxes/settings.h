/* An inbox's settings as JSON, COMMANDS.md §9, and as its record has them. */
#ifndef CLIENTS_CORE_INBOXES_SETTINGS_H
#define CLIENTS_CORE_INBOXES_SETTINGS_H

#include <kring/cases.h>

#include "clients/machine/json.h"

/* What is said of an inbox besides its record: the card's texts. Views into the JSON, or
 * the card that was opened. */
struct inbox_settings {
	struct kr_inbox_record *record;
	struct kr_inbox_card card;
};

/* Change what the object names; zone and offsets go together, and views point into it.
 * *fallback is the link's text if there is one. KR_ERR_FIELD. */
enum kr_err inbox_settings_read(
	struct inbox_settings *settings, const cJSON *object, struct kr_view *fallback);

/* All that a record needs and nobody has said: office hours from nine to five on working
 * days, an acknowledgement on the same or next day, half a year of retention. */
void inbox_settings_default(struct kr_inbox_record *record);

enum kr_err inbox_settings_write(cJSON *object, const struct kr_inbox_record *record,
	const struct kr_inbox_card *card);

#endif
