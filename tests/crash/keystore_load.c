#include "keystore_load.h"

#include <stdio.h>
#include <string.h>

#define NUM_KEYS 5

const char *const keystore_load_passphrases[2] = {"the first", "the second"};
const struct keystore_cost keystore_load_cost = {
	.passes = 1, .memory_kib = KEYSTORE_MEMORY_KIB_MIN};

static void put(
	struct keystore_load_batch *batch, uint32_t key, const uint8_t *value, size_t len)
{
	struct kr_core_record *record = &batch->records[batch->num];
	char *name = batch->keys[batch->num++];

	(void)snprintf(name, sizeof(batch->keys[0]), "k%u", key % NUM_KEYS);
	*record = (struct kr_core_record){
		.key = kr_view_str(name), .value = kr_view(value, len)};
}

void keystore_load_make(struct keystore_load_batch *batch, uint32_t n)
{
	batch->num = 1;
	for (size_t i = 0; i < sizeof(batch->number); i++) {
		batch->number[i] = (uint8_t)(n >> (24 - 8 * i));
	}
	batch->records[0] = (struct kr_core_record){
		.key = kr_view_str("n"),
		.value = kr_view(batch->number, sizeof(batch->number)),
	};
	memset(batch->values[0], (int)(n & 0xff), KEYSTORE_LOAD_VALUE);
	memset(batch->values[1], (int)(n * 7 & 0xff), KEYSTORE_LOAD_VALUE);
	put(batch, n, batch->values[0], n * 37 % 700);
	if (n % 4 == 0) { /* over several blocks of the disk */
		put(batch, n + 1, batch->values[1], 1300 + n % 700);
	}
	if (n % 3 == 0) {
		put(batch, n + 2, NULL, 0);
		batch->records[batch->num - 1].is_deleted = true;
	}
}

enum kr_err keystore_load_open(struct keystore **out, const char *dir)
{
	enum kr_err err = KR_ERR_PASSPHRASE;

	for (size_t i = 0; err == KR_ERR_PASSPHRASE && i < 2; i++) {
		err = keystore_open(out, dir, kr_view_str(keystore_load_passphrases[i]),
			&kr_random_system);
	}
	return err;
}

/* ---- What stands in it after n batches ------------------------------------------- */

struct model {
	struct kr_bytes values[NUM_KEYS];
	bool lives[NUM_KEYS];
};

static enum kr_err model_apply(struct model *model, uint32_t n)
{
	static struct keystore_load_batch batch;
	enum kr_err err = KR_OK;

	keystore_load_make(&batch, n);
	for (size_t i = 1; !err && i < batch.num; i++) {
		size_t key = (size_t)(batch.records[i].key.data[1] - '0');

		kr_bytes_free(&model->values[key]);
		model->lives[key] = !batch.records[i].is_deleted;
		err = kr_bytes_copy(&model->values[key], batch.records[i].value);
	}
	return err;
}

struct reading {
	const struct model *model;
	unsigned num;
	uint32_t n;
	bool has_n;
	bool differs;
};

static enum kr_err find_n(void *ctx, struct kr_view key, struct kr_view value)
{
	struct reading *reading = ctx;

	if (kr_view_equal(key, kr_view_str("n")) && value.len == 4) {
		reading->has_n = true;
		reading->n = (uint32_t)value.data[0] << 24 |
			(uint32_t)value.data[1] << 16 | (uint32_t)value.data[2] << 8 |
			value.data[3];
	}
	return KR_OK;
}

static enum kr_err compare(void *ctx, struct kr_view key, struct kr_view value)
{
	struct reading *reading = ctx;
	size_t i = key.len == 2 && key.data[0] == 'k' ? (size_t)(key.data[1] - '0')
						      : NUM_KEYS;

	reading->num++;
	if (i < NUM_KEYS) {
		reading->differs |= !reading->model->lives[i] ||
			!kr_view_equal(kr_view_bytes(&reading->model->values[i]), value);
	} else {
		reading->differs |= !kr_view_equal(key, kr_view_str("n"));
	}
	return KR_OK;
}

bool keystore_load_read(struct keystore *keystore, uint32_t *n)
{
	struct model model = {0};
	struct reading reading = {.model = &model};
	enum kr_err err = keystore_each(keystore, find_n, &reading);
	unsigned num = reading.has_n;

	for (uint32_t i = 1; !err && i <= reading.n; i++) {
		err = model_apply(&model, i);
	}
	for (size_t i = 0; i < NUM_KEYS; i++) {
		num += model.lives[i];
	}
	if (!err) {
		err = keystore_each(keystore, compare, &reading);
	}
	for (size_t i = 0; i < NUM_KEYS; i++) {
		kr_bytes_free(&model.values[i]);
	}
	*n = reading.n;
	return !err && !reading.differs && reading.num == num;
}
