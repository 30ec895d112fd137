/* Lists of ids, ascending, as records and GroupAAD have them. */
#include <stdlib.h>
#include <string.h>

#include "clients/core/group/parts.h"

/* The place of the first id that is not before this one, in bytes. */
static size_t place_of(struct kr_view list, const uint8_t id[KR_ID_BYTES])
{
	size_t low = 0;
	size_t high = list.len / KR_ID_BYTES;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(list.data + middle * KR_ID_BYTES, id, KR_ID_BYTES) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low * KR_ID_BYTES;
}

static bool is_at(struct kr_view list, size_t place, const uint8_t id[KR_ID_BYTES])
{
	return place < list.len && memcmp(list.data + place, id, KR_ID_BYTES) == 0;
}

bool ids_have(struct kr_view list, const uint8_t id[KR_ID_BYTES])
{
	return is_at(list, place_of(list, id), id);
}

enum kr_err ids_add(struct kr_bytes *list, const uint8_t id[KR_ID_BYTES])
{
	size_t place = place_of(kr_view_bytes(list), id);
	struct kr_bytes longer;
	enum kr_err err;

	if (is_at(kr_view_bytes(list), place, id)) {
		return KR_OK;
	}
	if ((err = kr_bytes_alloc(&longer, list->len + KR_ID_BYTES))) {
		return err;
	}
	if (list->len > 0) {
		memcpy(longer.data, list->data, place);
		memcpy(longer.data + place + KR_ID_BYTES, list->data + place,
			list->len - place);
	}
	memcpy(longer.data + place, id, KR_ID_BYTES);
	kr_bytes_free(list);
	*list = longer; /* transferred */
	return KR_OK;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, KR_ID_BYTES);
}

enum kr_err ids_finish(struct kr_bytes *list, struct kr_writer *w)
{
	enum kr_err err;
	size_t len = 0;

	kr_bytes_free(list);
	if ((err = kr_writer_finish(w, list))) {
		kr_writer_free(w);
		return err;
	}
	if (list->len == 0) {
		return KR_OK;
	}
	qsort(list->data, list->len / KR_ID_BYTES, KR_ID_BYTES, compare);
	for (size_t at = 0; at < list->len; at += KR_ID_BYTES) {
		if (len == 0 ||
			compare(list->data + len - KR_ID_BYTES, list->data + at) != 0) {
			memmove(list->data + len, list->data + at, KR_ID_BYTES);
			len += KR_ID_BYTES;
		}
	}
	list->len = len;
	return KR_OK;
}

void ids_remove(struct kr_bytes *list, const uint8_t id[KR_ID_BYTES])
{
	size_t place = place_of(kr_view_bytes(list), id);

	if (!is_at(kr_view_bytes(list), place, id)) {
		return;
	}
	memmove(list->data + place, list->data + place + KR_ID_BYTES,
		list->len - place - KR_ID_BYTES);
	list->len -= KR_ID_BYTES;
	if (list->len == 0) {
		kr_bytes_free(list);
	}
}

bool ids_within(struct kr_view a, struct kr_view b)
{
	for (size_t at = 0; at < a.len; at += KR_ID_BYTES) {
		if (!ids_have(b, a.data + at)) {
			return false;
		}
	}
	return true;
}
