#include "clients/cli/letter.h"

#include "clients/cli/cli.h"
#include "clients/cli/files.h"
#include "clients/cli/html.h"
#include "clients/cli/qr.h"
#include "clients/cli/words.h"

/* Two thirds are folded behind the first, which is all that shows through a window. */
static const char style[] =
	"@page{size:A4;margin:0}"
	"body{font:12pt/1.45 sans-serif;color:#111;margin:0 "
	"auto;max-width:17cm;padding:0 2cm}"
	".outside{height:9cm;padding-top:4.5cm;box-sizing:border-box}"
	"h1{font-size:17pt;margin:0 0 .4cm}ol{padding-left:.7cm}li{margin:.15cm 0}"
	".code{display:flex;gap:.8cm;align-items:center;margin:.5cm 0}"
	".code svg{width:5.2cm;flex:none}.link{font:9pt monospace;overflow-wrap:anywhere}"
	"@media print{.outside{break-after:avoid}}";

static void print_steps(FILE *out, const struct letter *letter)
{
	char when[32];

	(void)fputs("<ol>\n", out);
	html_element(out, "li",
		_("Point the camera of your phone at the square, or type the link in "
		  "your "
		  "browser."));
	html_element(out, "li", _("Fill in the name by which your neighbours know you."));
	html_element(out, "li",
		_("Write in a few words how we can check that it is you: your house "
		  "number, or who you know here."));
	html_element(out, "li",
		_("A neighbour who keeps the list visits or calls you. Then you can read "
		  "and write along."));
	(void)fputs("</ol>\n", out);
	(void)fprintf(out, "<p>%s %s</p>\n", _("This invitation is good until:"),
		words_time(when, sizeof(when), letter->until_ms));
}

void letter_print(FILE *out, const struct letter *letter)
{
	char title[512];

	(void)snprintf(title, sizeof(title), _("An invitation from your neighbours: %s"),
		letter->community);
	html_begin(out, _("An invitation from your neighbours"), style);
	(void)fputs("<div class=\"outside\">\n", out);
	html_element(out, "p", _("To the person who lives at this address"));
	(void)fputs("</div>\n", out);
	html_element(out, "h1", title);
	html_element(out, "p",
		_("In this neighbourhood people look after each other. We keep in touch "
		  "with Kring, which only we can read. You are welcome to take part."));
	(void)fputs("<div class=\"code\">\n", out);
	(void)qr_print_svg(out, letter->link);
	(void)fputs("<p class=\"link\">", out);
	html_text(out, letter->link);
	(void)fputs("</p>\n</div>\n", out);
	print_steps(out, letter);
	html_element(out, "p",
		_("Is the letter not for you? Then tear it up. Do not put a photo of it "
		  "on the internet: whoever has the square can ask to join."));
	html_end(out);
}

bool letter_write(const char *name, const struct letter *letter)
{
	FILE *out = files_create(name);
	bool ok;

	if (!out) {
		return false;
	}
	letter_print(out, letter);
	ok = !ferror(out);
	return fclose(out) == 0 && ok;
}
