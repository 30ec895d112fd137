#include <kring/bytes.h>

#include <stdlib.h>
#include <string.h>

struct kr_view kr_view_str(const char *s)
{
	return kr_view(s, strlen(s));
}

bool kr_view_equal(struct kr_view a, struct kr_view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool kr_is_zero(const void *data, size_t len)
{
	const uint8_t *bytes = data;

	while (len > 0 && *bytes == 0) {
		bytes++;
		len--;
	}
	return len == 0;
}

int kr_view_compare(struct kr_view a, struct kr_view b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common == 0 ? 0 : memcmp(a.data, b.data, common);

	if (order != 0) {
		return order;
	}
	return (a.len > b.len) - (a.len < b.len);
}

void kr_wipe(void *data, size_t len)
{
	if (len > 0) {
		explicit_bzero(data, len);
	}
}

void kr_secret_wipe(struct kr_secret *s)
{
	if (s != NULL) {
		kr_wipe(s->bytes, sizeof(s->bytes));
	}
}

enum kr_err kr_bytes_alloc(struct kr_bytes *b, size_t len)
{
	*b = (struct kr_bytes){0};
	if (len == 0) {
		return KR_OK;
	}
	b->data = calloc(1, len);
	if (b->data == NULL) {
		return KR_ERR_MEMORY;
	}
	b->len = len;
	return KR_OK;
}

enum kr_err kr_bytes_copy(struct kr_bytes *b, struct kr_view v)
{
	enum kr_err err = kr_bytes_alloc(b, v.len);

	if (err == KR_OK && v.len > 0) {
		memcpy(b->data, v.data, v.len);
	}
	return err;
}

void kr_bytes_free(struct kr_bytes *b)
{
	if (b == NULL) {
		return;
	}
	kr_wipe(b->data, b->len);
	free(b->data);
	*b = (struct kr_bytes){0};
}
