#include "clients/cli/qr.h"

#include <png.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

#include "clients/cli/files.h"

#define QUIET     4
#define PNG_SCALE 8

static QRcode *make(const char *text)
{
	return QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
}

/* x and y may lie in the quiet zone, from -QUIET on. */
static bool is_dark(const QRcode *code, int x, int y)
{
	return x >= 0 && y >= 0 && x < code->width && y < code->width &&
		(code->data[y * code->width + x] & 1);
}

bool qr_print(FILE *out, const char *text, bool has_colour)
{
	/* By light above, light below. */
	static const char *const blocks[2][2] = {{" ", "▄"}, {"▀", "█"}};
	QRcode *code = make(text);

	if (!code) {
		return false;
	}
	for (int y = -QUIET; y < code->width + QUIET; y += 2) {
		(void)fputs(has_colour ? "\033[40;97m" : "", out);
		for (int x = -QUIET; x < code->width + QUIET; x++) {
			bool below =
				y + 1 < code->width + QUIET && !is_dark(code, x, y + 1);

			(void)fputs(blocks[!is_dark(code, x, y)][below], out);
		}
		(void)fputs(has_colour ? "\033[0m\n" : "\n", out);
	}
	QRcode_free(code);
	return true;
}

bool qr_print_svg(FILE *out, const char *text)
{
	QRcode *code = make(text);
	int size;

	if (!code) {
		return false;
	}
	size = code->width + 2 * QUIET;
	(void)fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
		"shape-rendering=\"crispEdges\">\n"
		"<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n<path d=\"",
		size, size, size, size);
	for (int y = 0; y < code->width; y++) {
		for (int x = 0; x < code->width; x++) {
			if (is_dark(code, x, y)) {
				(void)fprintf(
					out, "M%d %dh1v1h-1z", x + QUIET, y + QUIET);
			}
		}
	}
	(void)fputs("\"/>\n</svg>\n", out);
	QRcode_free(code);
	return true;
}

static bool write_png(FILE *out, const char *text)
{
	QRcode *code = make(text);
	png_image image = {.version = PNG_IMAGE_VERSION, .format = PNG_FORMAT_GRAY};
	unsigned char *pixels;
	int size;
	bool ok;

	if (!code) {
		return false;
	}
	size = (code->width + 2 * QUIET) * PNG_SCALE;
	pixels = malloc((size_t)size * (size_t)size);
	for (int y = 0; pixels && y < size; y++) {
		for (int x = 0; x < size; x++) {
			pixels[y * size + x] = is_dark(code, x / PNG_SCALE - QUIET,
						       y / PNG_SCALE - QUIET)
				? 0
				: 255;
		}
	}
	image.width = (png_uint_32)size;
	image.height = (png_uint_32)size;
	ok = pixels && png_image_write_to_stdio(&image, out, 0, pixels, 0, NULL);
	free(pixels);
	QRcode_free(code);
	return ok;
}

bool qr_write(const char *name, const char *text)
{
	size_t len = strlen(name);
	bool is_png = len > 4 && strcasecmp(name + len - 4, ".png") == 0;
	FILE *out = files_create(name);
	bool ok;

	if (!out) {
		return false;
	}
	ok = is_png ? write_png(out, text) : qr_print_svg(out, text);
	return fclose(out) == 0 && ok;
}
