/* What an inbox has promised: when somebody is there, and how soon they speak. */
#include "clients/cli/render.h"

#include <stdlib.h>

#include "clients/cli/text.h"
#include "clients/cli/words.h"

#define MINUTE_S 60
#define HOUR_S   (60 * MINUTE_S)
#define DAY_S    (24 * HOUR_S)

/* In the largest unit that gives a whole number. */
static void print_duration(FILE *out, double seconds)
{
	unsigned long s = (unsigned long)seconds;

	if (s % DAY_S == 0) {
		(void)fprintf(out, ngettext("%lu day", "%lu days", s / DAY_S), s / DAY_S);
	} else if (s % HOUR_S == 0) {
		(void)fprintf(
			out, ngettext("%lu hour", "%lu hours", s / HOUR_S), s / HOUR_S);
	} else if (s % MINUTE_S == 0) {
		(void)fprintf(out, ngettext("%lu minute", "%lu minutes", s / MINUTE_S),
			s / MINUTE_S);
	} else {
		(void)fprintf(out, ngettext("%lu second", "%lu seconds", s), s);
	}
}

static void print_days(FILE *out, const cJSON *days)
{
	static const char *const names[] = {N_("Monday"), N_("Tuesday"), N_("Wednesday"),
		N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday")};

	for (int i = 0; i < 7; i++) {
		const cJSON *spans = cJSON_GetArrayItem(days, i);
		const cJSON *span;

		if (cJSON_GetArraySize(spans) == 0) {
			continue;
		}
		(void)fprintf(out, "  %s", _(names[i]));
		cJSON_ArrayForEach(span, spans)
		{
			int from = (int)cJSON_GetNumberValue(cJSON_GetArrayItem(span, 0));
			int to = (int)cJSON_GetNumberValue(cJSON_GetArrayItem(span, 1));

			(void)fprintf(out, " %02d:%02d–%02d:%02d", from / 60, from % 60,
				to / 60, to % 60);
		}
		(void)fputc('\n', out);
	}
}

static void print_closed(FILE *out, const cJSON *closed)
{
	const cJSON *day;

	if (cJSON_GetArraySize(closed) == 0) {
		return;
	}
	(void)fprintf(out, "%s:", _("Closed on"));
	cJSON_ArrayForEach(day, closed)
	{
		(void)fprintf(out, " %s", cJSON_IsString(day) ? day->valuestring : "");
	}
	(void)fputc('\n', out);
}

static void print_deadline(FILE *out, const char *urgency, const cJSON *deadline)
{
	(void)fprintf(out, "  %s: ", words_of(WORDS_URGENCY, urgency));
	print_duration(out, cli_number(deadline, "acknowledge"));
	(void)fprintf(out, ", %s ", _("the next within"));
	print_duration(out, cli_number(deadline, "follow_up"));
	(void)fprintf(out, " (%s)\n",
		cli_is_true(deadline, "continuous") ? _("day and night")
						    : _("of office hours"));
}

static void print_longest(FILE *out, const char *label, double seconds)
{
	(void)fprintf(out, "%s: ", label);
	print_duration(out, seconds);
	(void)fputc('\n', out);
}

void render_settings(struct cli *cli, const cJSON *settings)
{
	const cJSON *deadline;
	char *zone = text_harmless(cli_string(settings, "zone"), false);

	(void)fprintf(cli->out, "%s (%s):\n", _("Office hours"), zone ? zone : "");
	print_days(cli->out, cJSON_GetObjectItem(settings, "days"));
	print_closed(cli->out, cJSON_GetObjectItem(settings, "closed"));
	(void)fprintf(cli->out, "%s:\n", _("A word to the reporter within"));
	cJSON_ArrayForEach(deadline, cJSON_GetObjectItem(settings, "deadlines"))
	{
		print_deadline(cli->out, deadline->string, deadline);
	}
	print_longest(cli->out, _("Longest promise"), cli_number(settings, "promise_s"));
	print_longest(cli->out, _("Kept after the closing word was read"),
		cli_number(settings, "retention_s"));
	print_longest(cli->out, _("Kept while it is not read"),
		cli_number(settings, "retention_unread_s"));
	free(zone);
}
