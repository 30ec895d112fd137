/* QR codes (ISO/IEC 18004, by libqrencode): in the terminal, as SVG and as PNG. All with
 * the quiet zone of four modules that readers need, and error correction M. */
#ifndef KRING_CLI_QR_H
#define KRING_CLI_QR_H

#include <stdbool.h>
#include <stdio.h>

/* With half blocks, two modules above each other in one character. With colour dark on
 * light whatever the terminal's colours; without, for light on dark. false if text is too
 * long. */
bool qr_print(FILE *out, const char *text, bool has_colour);

/* An <svg> element with one path. */
bool qr_print_svg(FILE *out, const char *text);

/* Into a file, readable by its owner alone since a link is a secret: PNG if its name ends
 * so, else SVG. errno says why not. */
bool qr_write(const char *name, const char *text);

#endif
