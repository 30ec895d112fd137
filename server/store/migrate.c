#include "server/store/migrate.h"

/* Version 2 knows inboxes and cases, of which a store of version 1 has none: what it holds
 * stays as it is, and an older relay, which would not keep their clocks, is kept away. */
static enum kr_err add_cases(struct tx *tx)
{
	(void)tx;
	return KR_OK;
}

/* Version 1 is the first. A step is added here with each change of format, and stays. */
const struct migration migrations[] = {{1, add_cases}};
const size_t num_migrations = sizeof(migrations) / sizeof(migrations[0]);

static const struct migration *step_from(
	const struct migration *steps, size_t num_steps, uint32_t version)
{
	for (size_t i = 0; i < num_steps; i++) {
		if (steps[i].from == version) {
			return &steps[i];
		}
	}
	return NULL;
}

enum kr_err migrate(
	struct tx *tx, const struct migration *steps, size_t num_steps, uint32_t to)
{
	struct store_meta meta;
	enum kr_err err = meta_get(tx, &meta);

	while (err == KR_OK && meta.version < to) {
		const struct migration *step = step_from(steps, num_steps, meta.version);

		if (step == NULL) {
			return KR_ERR_STORE_VERSION;
		}
		if ((err = step->run(tx)) || (err = meta_get(tx, &meta))) {
			return err;
		}
		meta.version = step->from + 1;
		err = meta_put(tx, &meta);
	}
	return err;
}
