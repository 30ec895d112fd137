#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kr_random peer_rng;

static const cJSON *get(const struct peer_call *call, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(call->request, key);
}

static int nibble(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = digit == '\0' ? NULL : strchr(digits, digit);

	return at == NULL ? -1 : (int)(at - digits);
}

static struct kr_view decode(struct peer_call *call, const cJSON *item)
{
	struct kr_bytes *slot = &call->decoded[call->num_decoded];
	const char *hex = cJSON_GetStringValue(item);
	size_t len = hex == NULL ? 0 : strlen(hex);

	if (hex == NULL || len % 2 != 0 || call->num_decoded == PEER_BYTES_MAX ||
		kr_bytes_alloc(slot, len / 2) != KR_OK) {
		call->malformed = true;
		return kr_view(NULL, 0);
	}
	call->num_decoded++;
	for (size_t i = 0; i < len / 2; i++) {
		int high = nibble(hex[2 * i]);
		int low = nibble(hex[2 * i + 1]);

		call->malformed = call->malformed || high < 0 || low < 0;
		slot->data[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
	}
	return kr_view_bytes(slot);
}

struct kr_view peer_bytes(struct peer_call *call, const char *key)
{
	const cJSON *item = get(call, key);

	return item == NULL ? kr_view(NULL, 0) : decode(call, item);
}

unsigned peer_number(struct peer_call *call, const char *key)
{
	const cJSON *item = get(call, key);

	if (item == NULL) {
		return 0;
	}
	if (!cJSON_IsNumber(item) || item->valuedouble < 0 ||
		item->valuedouble > 0xffffff) {
		call->malformed = true;
		return 0;
	}
	return (unsigned)item->valuedouble;
}

size_t peer_list(
	struct peer_call *call, const char *key, struct kr_view *items, size_t max)
{
	const cJSON *list = get(call, key);
	const cJSON *item;
	size_t num = 0;

	cJSON_ArrayForEach(item, list)
	{
		if (num == max) {
			call->malformed = true;
			return 0;
		}
		items[num++] = decode(call, item);
	}
	return num;
}

void peer_copy(struct peer_call *call, const char *key, void *out, size_t len)
{
	struct kr_view v = peer_bytes(call, key);

	memset(out, 0, len);
	if (v.len != len) {
		call->malformed = true;
		return;
	}
	memcpy(out, v.data, len);
}

static cJSON *encode(const uint8_t *data, size_t len)
{
	char *hex = calloc(2 * len + 1, 1);
	cJSON *item;

	for (size_t i = 0; hex != NULL && i < len; i++) {
		snprintf(hex + 2 * i, 3, "%02x", data[i]);
	}
	item = cJSON_CreateString(hex);
	free(hex);
	return item;
}

void peer_put(struct peer_call *call, const char *key, const void *data, size_t len)
{
	cJSON_AddItemToObject(call->answer, key, encode(data, len));
}

void peer_put_list(
	struct peer_call *call, const char *key, const void *data, size_t num, size_t len)
{
	cJSON *list = cJSON_AddArrayToObject(call->answer, key);
	const uint8_t *bytes = data;

	for (size_t i = 0; i < num; i++) {
		cJSON_AddItemToArray(list, encode(bytes + i * len, len));
	}
}

static enum kr_err do_seed(struct peer_call *call)
{
	static struct kr_random_seeded stream;
	struct kr_secret seed;

	peer_copy(call, "seed", seed.bytes, sizeof(seed.bytes));
	kr_random_seeded_init(&stream, &seed);
	peer_rng = kr_random_seeded(&stream);
	return KR_OK;
}

static enum kr_err dispatch(
	struct peer_call *call, const struct peer_verb *verbs, size_t num_verbs)
{
	const char *name = cJSON_GetStringValue(get(call, "do"));

	if (name == NULL) {
		return KR_ERR_ENCODING;
	}
	if (strcmp(name, "seed") == 0) {
		return do_seed(call);
	}
	for (size_t i = 0; i < num_verbs; i++) {
		if (strcmp(name, verbs[i].name) == 0) {
			return verbs[i].run(call);
		}
	}
	return KR_ERR_NOT_FOUND;
}

static void answer(const char *line, const struct peer_verb *verbs, size_t num_verbs)
{
	cJSON *request = cJSON_Parse(line);
	struct peer_call call = {.request = request, .answer = cJSON_CreateObject()};
	enum kr_err err = dispatch(&call, verbs, num_verbs);
	char *text;

	if (err == KR_OK && call.malformed) {
		err = KR_ERR_ENCODING;
	}
	if (err != KR_OK) {
		cJSON_AddStringToObject(call.answer, "error", kr_err_name(err));
	} else {
		cJSON_AddTrueToObject(call.answer, "ok");
	}
	text = cJSON_PrintUnformatted(call.answer);
	puts(text != NULL ? text : "{\"error\":\"memory\"}");
	fflush(stdout);
	free(text);
	for (size_t i = 0; i < call.num_decoded; i++) {
		kr_bytes_free(&call.decoded[i]);
	}
	cJSON_Delete(call.answer);
	cJSON_Delete(request);
}

int peer_main(const struct peer_verb *verbs, size_t num_verbs)
{
	char *line = NULL;
	size_t cap = 0;

	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	peer_rng = kr_random_system;
	while (getline(&line, &cap, stdin) > 0) {
		answer(line, verbs, num_verbs);
	}
	free(line);
	return 0;
}
