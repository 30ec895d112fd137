/* What the files of the account share among themselves. account.h is what others use. */
#ifndef CLIENTS_CORE_ACCOUNT_PARTS_H
#define CLIENTS_CORE_ACCOUNT_PARTS_H

#include "clients/core/state.h"

/* What `init`, or the link to a further device, says of it. */
struct identity_set_up {
	struct kr_view url;
	struct kr_view relay;
	struct kr_view app; /* may be empty */
	struct kr_view name;
	const uint8_t *account; /* NULL: a new one */
};
enum kr_err identity_check(const struct identity_set_up *set_up);
enum kr_err identity_set_up(struct kr_core *core, const struct identity_set_up *set_up);
enum kr_err identity_store(struct kr_core *core);
/* delete_account goes on: end.c. */
enum kr_err account_end(struct kr_core *core);

/* Key packages, keys.c: count and publish; count again. */
enum kr_err key_packages_reconcile(struct kr_core *core);
void key_packages_recount(struct kr_core *core);

/* Devices, devices.c: show a record of the own device in all communities' groups;
 * ask the relay which topics there are. */
enum kr_err devices_show(
	struct kr_core *core, const struct kr_device_link *link, struct kr_view record);
enum kr_err device_remove(struct kr_core *core,
	const uint8_t key[KR_ED25519_PUBLIC_BYTES], uint64_t command);
enum kr_err account_topics_reconcile(struct kr_core *core);

#endif
