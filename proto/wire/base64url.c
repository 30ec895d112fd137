#include <kring/wire.h>

#include <string.h>

static const char alphabet[64] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void kr_base64url_encode(char *out, struct kr_view in)
{
	uint32_t bits = 0;
	unsigned num_bits = 0;

	for (size_t i = 0; i < in.len; i++) {
		bits = bits << 8 | in.data[i];
		num_bits += 8;
		while (num_bits >= 6) {
			num_bits -= 6;
			*out++ = alphabet[bits >> num_bits & 63];
		}
	}
	if (num_bits > 0) {
		*out = alphabet[bits << (6 - num_bits) & 63];
	}
}

/* The value of a character, or 64. */
static uint32_t value_of(uint8_t c)
{
	if (c >= 'A' && c <= 'Z') {
		return (uint32_t)c - 'A';
	}
	if (c >= 'a' && c <= 'z') {
		return (uint32_t)c - 'a' + 26;
	}
	if (c >= '0' && c <= '9') {
		return (uint32_t)c - '0' + 52;
	}
	return c == '-' ? 62 : c == '_' ? 63 : 64;
}

enum kr_err kr_base64url_decode(uint8_t *out, size_t len, struct kr_view text)
{
	uint32_t bits = 0;
	unsigned num_bits = 0;
	size_t num = 0;

	memset(out, 0, len);
	if (text.len != KR_BASE64URL_LEN(len)) {
		return KR_ERR_ENCODING;
	}
	for (size_t i = 0; i < text.len; i++) {
		uint32_t value = value_of(text.data[i]);

		if (value > 63) {
			memset(out, 0, len);
			return KR_ERR_ENCODING;
		}
		bits = bits << 6 | value;
		num_bits += 6;
		if (num_bits >= 8) {
			num_bits -= 8;
			out[num++] = (uint8_t)(bits >> num_bits);
		}
	}
	/* Bits after the last byte: one encoding for one value. */
	if ((bits & ((UINT32_C(1) << num_bits) - 1)) != 0) {
		memset(out, 0, len);
		return KR_ERR_ENCODING;
	}
	return KR_OK;
}
