#include "clients/cli/poster.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/cli/arguments.h"
#include "clients/cli/files.h"
#include "clients/cli/html.h"
#include "clients/cli/qr.h"
#include "clients/cli/text.h"

static const char style[] =
	"@page{size:A4;margin:1.5cm}"
	"body{font:14pt/1.4 sans-serif;color:#111;margin:0 auto;max-width:17cm}"
	"h1{font-size:28pt;line-height:1.15;margin:.3cm 0}h2{font-size:17pt;margin:.4cm "
	"0 0}"
	".first{border:2pt solid #111;padding:.3cm .5cm;font-size:24pt;line-height:1.2;"
	"font-weight:bold}"
	".code{display:flex;gap:.8cm;align-items:center;margin:.4cm 0}"
	".code svg{width:8cm;flex:none}p{margin:.2cm 0}li{margin:.1cm 0}"
	".small{font-size:9pt;overflow-wrap:anywhere}";

/* Where the QR code leads: the link, by the page for reporters. For free; NULL: it has
 * none. */
static char *link_of(const cJSON *inbox)
{
	static const char page[] = "melden";
	const char *link = cli_string(inbox, "link");
	const char *hash = strchr(link, '#');
	size_t len = hash ? (size_t)(hash - link) : 0;
	char *made = NULL;
	size_t made_len = 0;
	FILE *out = hash ? open_memstream(&made, &made_len) : NULL;

	if (!out) {
		return NULL;
	}
	while (len > 0 && link[len - 1] == '/') {
		len--;
	}
	(void)fprintf(out, "%.*s", (int)len, link);
	if (len < strlen(page) ||
		strncmp(link + len - strlen(page), page, strlen(page)) != 0) {
		(void)fprintf(out, "/%s", page);
	}
	(void)fputs(hash, out);
	(void)fclose(out);
	return made;
}

/* The page that the link is at, without what goes to no server: for who comes back. */
static char *page_of(const char *link)
{
	return strndup(link, strcspn(link, "#"));
}

static const char *const steps[] = {
	N_("Point the camera of your phone at the square, or type the link in your "
	   "browser."),
	N_("Tell what you see or hear. You need no account. Your name only if you want "
	   "to "
	   "give it."),
	N_("You get 20 digits. Keep them: with them you read the answer, from any "
	   "device."),
};

/* ---- To print --------------------------------------------------------------------- */

static void print_code(FILE *out, const char *link)
{
	(void)fputs("<div class=\"code\">\n", out);
	(void)qr_print_svg(out, link);
	(void)fputs("<ol>\n", out);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		html_element(out, "li", _(steps[i]));
	}
	(void)fputs("</ol>\n</div>\n", out);
}

static void print_small(FILE *out, const char *label, const char *value)
{
	(void)fputs("<p class=\"small\">", out);
	html_text(out, label);
	(void)fputs(" ", out);
	html_text(out, value);
	(void)fputs("</p>\n", out);
}

static void print_page(FILE *out, const cJSON *inbox, const char *link)
{
	const cJSON *settings = cJSON_GetObjectItem(inbox, "settings");
	char *page = page_of(link);

	html_begin(out, cli_string(settings, "name"), style);
	(void)fputs("<p class=\"first\">", out);
	html_text(out, _("Is somebody in danger now? Call 112."));
	(void)fputs("</p>\n", out);
	html_element(out, "p", _("Do you worry about somebody in your neighbourhood?"));
	html_element(out, "h1", cli_string(settings, "name"));
	html_element(out, "p", cli_string(settings, "about"));
	html_element(out, "h2", _("Tell it in confidence"));
	print_code(out, link);
	html_element(out, "h2", _("Rather by telephone?"));
	html_element(out, "p", cli_string(settings, "call"));
	html_element(out, "p", _("Veilig Thuis: 0800-2000, day and night, free."));
	print_small(out, _("Coming back with your digits:"), page ? page : "");
	print_small(out, _("Link:"), link);
	print_small(out, _("Fingerprint, to compare with what the page shows:"),
		cli_string(inbox, "fingerprint"));
	html_end(out);
	free(page);
}

static bool write_page(const char *name, const cJSON *inbox, const char *link)
{
	FILE *out = files_create(name);
	bool is_whole;

	if (!out) {
		return false;
	}
	print_page(out, inbox, link);
	is_whole = !ferror(out);
	return fclose(out) == 0 && is_whole;
}

enum cli_exit poster_write(struct cli *cli, const cJSON *inbox)
{
	const char *page = arguments_option(cli->arguments, "page");
	const char *picture = arguments_option(cli->arguments, "qr");
	char *link = link_of(inbox);
	const char *failed = !link                       ? NULL
		: page && !write_page(page, inbox, link) ? page
		: picture && !qr_write(picture, link)    ? picture
							 : NULL;
	bool is_written;

	if (!link) {
		cli_complain(cli, "no_link", NULL);
	} else if (failed) {
		cli_complain(cli, "file", failed);
	}
	is_written = link && !failed;
	free(link);
	return is_written ? CLI_DONE : CLI_USAGE;
}

/* ---- In the terminal -------------------------------------------------------------- */

static void print_wrapped(struct cli *cli, const char *text)
{
	char *harmless = text_harmless(text, true);

	text_wrap(cli->out, harmless ? harmless : "", 0, cli->columns);
	free(harmless);
}

enum cli_exit poster_render(struct cli *cli, const cJSON *inbox)
{
	const cJSON *settings = cJSON_GetObjectItem(inbox, "settings");
	char *link = link_of(inbox);

	print_wrapped(cli, _("Is somebody in danger now? Call 112."));
	print_wrapped(cli, cli_string(settings, "name"));
	print_wrapped(cli, cli_string(settings, "about"));
	if (cli->columns && link) {
		(void)qr_print(cli->out, link, cli->has_colour);
	}
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		(void)fprintf(cli->out, "%zu. ", i + 1);
		print_wrapped(cli, _(steps[i]));
	}
	(void)fprintf(cli->out, "%s\n", link ? link : "");
	(void)fprintf(
		cli->out, "%s %s\n", _("Fingerprint:"), cli_string(inbox, "fingerprint"));
	(void)fprintf(cli->out, "%s ", _("Rather by telephone?"));
	print_wrapped(cli, cli_string(settings, "call"));
	free(link);
	return CLI_DONE;
}
