/* Sending a signal: without an account, from the link on a poster or from the policy of
 * the own community; over a connection of its own either way. */
#include <stdlib.h>
#include <string.h>

#include <kring/cases.h>

#include "clients/cli/arguments.h"
#include "clients/cli/files.h"
#include "clients/cli/help.h"
#include "clients/cli/prompt.h"
#include "clients/cli/report.h"
#include "clients/cli/resolve.h"
#include "clients/cli/session.h"
#include "clients/cli/special.h"
#include "clients/cli/text.h"
#include "clients/cli/words.h"

/* ---- A member's account ----------------------------------------------------------- */

/* Without a connection, whatever the machine would like. */
static enum cli_exit open_account(struct cli *cli)
{
	bool was_offline = cli->is_offline;
	enum cli_exit code;

	cli->is_offline = true;
	code = session_open(cli, SESSION_EXISTING);
	cli->is_offline = was_offline;
	return code;
}

/* The session for a while that of the account, put aside as *account. */
static void swap_session(struct cli *cli, struct session **account)
{
	struct session *other = cli->session;

	cli->session = *account;
	*account = other;
}

/* A coordinator has verified who sends this, if the name is given and it is wanted: the
 * account's certificate, and its word for this very signal. */
static enum cli_exit vouch(
	struct cli *cli, struct session **account, const cJSON *receipt, cJSON *draft)
{
	bool is_wanted = cli_is_true(draft, "verified");
	cJSON *identity = cJSON_GetObjectItem(draft, "identity");
	cJSON *request, *answer = NULL;
	enum cli_exit code;

	cJSON_DeleteItemFromObject(draft, "verified");
	if (!is_wanted) {
		return CLI_DONE;
	}
	if (!*account || !*cli_string(identity, "name")) {
		cli_complain(cli, "not_vouched", NULL);
		return CLI_USAGE;
	}
	swap_session(cli, account);
	request = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(request, "do", "vouch");
	(void)cJSON_AddStringToObject(request, "community", cli->community);
	(void)cJSON_AddStringToObject(request, "case", cli_string(receipt, "case"));
	(void)cJSON_AddStringToObject(request, "event", cli_string(receipt, "event"));
	code = session_do(cli, request, &answer);
	swap_session(cli, account);
	if (!code) {
		(void)cJSON_AddStringToObject(
			identity, "certificate", cli_string(answer, "certificate"));
		(void)cJSON_AddStringToObject(
			identity, "proof", cli_string(answer, "proof"));
	}
	cJSON_Delete(answer);
	return code;
}

/* ---- Which inbox ------------------------------------------------------------------ */

/* `inbox` and `name` of all but one, as names can be shown. */
static cJSON *list_inboxes_but(const cJSON *inboxes, const cJSON *one)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *inbox;

	cJSON_ArrayForEach(inbox, inboxes)
	{
		char *name = text_harmless(cli_string(inbox, "name"), false);
		cJSON *item = cJSON_CreateObject();

		(void)cJSON_AddStringToObject(item, "inbox", cli_string(inbox, "inbox"));
		(void)cJSON_AddStringToObject(item, "name", name ? name : "");
		free(name);
		if (inbox == one || !cJSON_AddItemToArray(list, item)) {
			cJSON_Delete(item);
		}
	}
	return list;
}

static const cJSON *ask_inbox(const struct cli *cli, const cJSON *inboxes)
{
	cJSON *list = list_inboxes_but(inboxes, NULL);
	const char *names[KR_POLICY_INBOXES_MAX];
	size_t num = 0;
	const cJSON *item;
	int chosen;

	if (!prompt_is_possible()) {
		cJSON_Delete(list);
		cli_complain(cli, "which_inbox", NULL);
		return NULL;
	}
	cJSON_ArrayForEach(item, list)
	{
		names[num++] = cli_string(item, "name");
	}
	chosen = prompt_choice(_("Whom do you want to tell?"), names, num);
	cJSON_Delete(list);
	if (chosen < 0) {
		cli_complain(cli, "not_confirmed", NULL);
	}
	return cJSON_GetArrayItem(inboxes, chosen);
}

/* One of the community's: by --to, the only one, or as is asked. NULL and a complaint. */
static const cJSON *pick_inbox(const struct cli *cli, const cJSON *inboxes)
{
	const char *wanted = arguments_option(cli->arguments, "to");

	if (wanted) {
		return resolve_item(
			cli, inboxes, "identity_key", wanted, RESOLVE_NAME_BEGINS);
	}
	if (cJSON_GetArraySize(inboxes) == 0) {
		cli_complain(cli, "no_inbox", NULL);
		return NULL;
	}
	return cJSON_GetArraySize(inboxes) == 1 ? cJSON_GetArrayItem(inboxes, 0)
						: ask_inbox(cli, inboxes);
}

/* With the link, if the policy has the key for it, the inbox's card can be read. It is
 * at the own relay unless the policy says another. */
static cJSON *open_trusted(struct cli *cli, const cJSON *inbox, const cJSON *status)
{
	const char *field = cJSON_HasObjectItem(inbox, "link") ? "link" : "identity_key";
	const char *elsewhere = cli_string(inbox, "relay");
	char *url = *elsewhere ? report_url(cli, elsewhere)
			       : strdup(cli_string(status, "url"));
	cJSON *request = url ? report_request(cli, "open", url) : NULL;

	if (request) {
		(void)cJSON_SetValuestring(cJSON_GetObjectItem(request, "relay"),
			*elsewhere ? elsewhere : cli_string(status, "relay"));
		(void)cJSON_AddStringToObject(request, field, cli_string(inbox, field));
		(void)cJSON_AddBoolToObject(request, "pinned", true);
	}
	free(url);
	return request;
}

/* From the own keystore, which is closed again before anything is sent. The account does
 * not even connect: that, and then a signal, would tell somebody on the wire (P8). */
static enum cli_exit choose_trusted(struct cli *cli, cJSON **request, cJSON **others)
{
	cJSON *question = cJSON_CreateObject();
	cJSON *status, *answer;
	const cJSON *inboxes, *inbox;
	enum cli_exit code = open_account(cli);

	if (!code) {
		code = resolve_community(cli, cli->arguments->community, &cli->community);
	}
	if (code) {
		cJSON_Delete(question);
		return code;
	}
	status = session_ask_plain(cli, "status");
	(void)cJSON_AddStringToObject(question, "ask", "inboxes");
	(void)cJSON_AddStringToObject(question, "community", cli->community);
	answer = session_ask(cli, question);
	inboxes = cJSON_GetObjectItem(answer, "inboxes");
	inbox = pick_inbox(cli, inboxes);
	if (inbox) {
		*others = list_inboxes_but(inboxes, inbox);
		*request = open_trusted(cli, inbox, status);
		code = *request ? CLI_DONE : CLI_USAGE;
	} else {
		code = CLI_REFUSED;
	}
	cJSON_Delete(status);
	cJSON_Delete(answer);
	return code;
}

static char *read_link(struct cli *cli)
{
	const char *file = arguments_option(cli->arguments, "inbox");
	char *text = file ? files_read(file)
			  : prompt_line(_("The link on the poster of the inbox:"));

	if (!text || !*text) {
		cli_complain(cli, file ? "file" : "no_terminal", file ? file : "--inbox");
		text_free_secret(text);
		return NULL;
	}
	return text;
}

static enum cli_exit choose_by_link(struct cli *cli, cJSON **request)
{
	char *text = read_link(cli);
	struct kr_inbox_link link;
	char *host, *url;

	if (!text) {
		return CLI_USAGE;
	}
	if (kr_inbox_link_read(&link, kr_view_str(text)) != KR_OK) {
		cli_complain(cli, "link", NULL);
		text_free_secret(text);
		return CLI_USAGE;
	}
	host = strndup((const char *)link.relay.data, link.relay.len);
	url = report_url(cli, host);
	if (url) {
		*request = report_request(cli, "open", url);
		if (host && *host) {
			(void)cJSON_SetValuestring(
				cJSON_GetObjectItem(*request, "relay"), host);
		}
		(void)cJSON_AddStringToObject(*request, "link", text);
		(void)cJSON_AddBoolToObject(*request, "pinned", true);
	}
	kr_wipe(&link, sizeof(link));
	text_free_secret(text);
	free(host);
	free(url);
	return *request ? CLI_DONE : CLI_USAGE;
}

static void show_inbox(struct cli *cli, const cJSON *inbox)
{
	char *name = text_harmless(cli_string(inbox, "name"), false);
	char *about = text_harmless(cli_string(inbox, "about"), true);

	if (!cli->is_json) {
		(void)fprintf(stderr, _("To: %s\nFingerprint: %s\n"), name ? name : "",
			cli_string(inbox, "fingerprint"));
		text_wrap(stderr, about ? about : "", 0, cli->columns);
	}
	free(name);
	free(about);
}

/* ---- What is said ----------------------------------------------------------------- */

static enum cli_exit write_signal(
	struct cli *cli, const char *origin, const cJSON *others, cJSON **draft)
{
	const char *from = arguments_option(cli->arguments, "from");
	char *text;

	if (!from && prompt_is_possible()) {
		*draft = report_interview(cli, origin, others);
		if (!*draft) {
			cli_complain(cli, "not_confirmed", NULL);
		}
		return *draft ? CLI_DONE : CLI_USAGE;
	}
	text = from ? files_read(from) : NULL;
	*draft = text ? cJSON_Parse(text) : NULL;
	text_free_secret(text);
	if (!*draft || !cJSON_HasObjectItem(*draft, "signal")) {
		cli_complain(cli, from ? "file" : "no_terminal", from ? from : "--from");
		return CLI_USAGE;
	}
	if (arguments_option(cli->arguments, "verified")) {
		cJSON_DeleteItemFromObject(*draft, "verified");
		(void)cJSON_AddBoolToObject(*draft, "verified", true);
	}
	return CLI_DONE;
}

/* ---- The receipt ------------------------------------------------------------------ */

/* Whatever stands between the digits. */
static bool are_same_digits(const char *a, const char *b)
{
	for (;;) {
		a += strcspn(a, "0123456789");
		b += strcspn(b, "0123456789");
		if (*a != *b || !*a) {
			return *a == *b;
		}
		a++;
		b++;
	}
}

/* A slip is no reason to lose what was written. False: nobody is there any more. */
static bool repeat_digits(const char *digits)
{
	for (;;) {
		char *line =
			prompt_line(_("Type the digits, to be sure that you have them:"));
		bool are_same = line && are_same_digits(line, digits);

		text_free_secret(line);
		if (are_same || prompt_has_ended()) {
			return are_same;
		}
		(void)fprintf(
			stderr, _("Those are other digits. They are: %s\n"), digits);
	}
}

/* Shown before anything is sent; who is there shows that the digits are kept. */
static enum cli_exit show_receipt(struct cli *cli, const cJSON *answer, cJSON *draft)
{
	const char *digits = cli_string(answer, "receipt");

	if (cli->is_json) {
		cJSON *line = cJSON_CreateObject();

		(void)cJSON_AddStringToObject(line, "receipt", digits);
		cli_print_json(cli, line);
		(void)fflush(cli->out);
		cJSON_Delete(line);
	} else {
		(void)fprintf(cli->out, "%s\n\n    %s\n\n%s\n", _("Your return code:"),
			digits,
			_("Write these 20 digits down, or remember them. With them you "
			  "can "
			  "read the answer from any device. Nobody can give them to you "
			  "again. Whoever has them can read the answer, too."));
	}
	if (!prompt_is_possible() || arguments_option(cli->arguments, "from")) {
		(void)cJSON_AddStringToObject(draft, "receipt", digits);
		return CLI_DONE;
	}
	if (!repeat_digits(digits)) {
		cli_complain(cli, "not_confirmed", NULL);
		return CLI_USAGE;
	}
	(void)cJSON_AddStringToObject(draft, "receipt", digits);
	return CLI_DONE;
}

static enum cli_exit send_draft(struct cli *cli, cJSON *draft)
{
	const char *file = arguments_option(cli->arguments, "arrival");
	cJSON *answer = NULL;
	enum cli_exit code;
	char when[32];
	FILE *out;

	(void)cJSON_AddStringToObject(draft, "do", "send");
	code = session_do(cli, draft, &answer);
	if (code) {
		return code;
	}
	out = file ? files_create(file) : NULL;
	if (out) {
		(void)fprintf(out, "%s\n", cli_string(answer, "arrival"));
	}
	if (file && (!out || fclose(out))) {
		cli_complain(cli, "file", file);
		code = CLI_USAGE; /* it has arrived all the same */
	}
	if (cli->is_json) {
		cli_print_json(cli, answer);
	} else {
		(void)fprintf(cli->out,
			_("The relay has it. Before %s somebody answers, or another team "
			  "steps in.\n"),
			words_time(when, sizeof(when), cli_number(answer, "until")));
		(void)fprintf(cli->out, "%s\n",
			_("Is it getting worse? Call 112, or Veilig Thuis: 0800-2000."));
	}
	cJSON_Delete(answer);
	return code;
}

/* ---- signal ----------------------------------------------------------------------- */

static enum cli_exit open_inbox(struct cli *cli, cJSON *request)
{
	cJSON *inbox = NULL;
	enum cli_exit code = session_open_reporter(cli);

	if (code) {
		cJSON_Delete(request);
		return code;
	}
	code = session_do(cli, request, &inbox);
	if (!code && cli_is_true(inbox, "expired")) {
		cli_complain(cli, "inbox_expired", cli_string(inbox, "call"));
		code = CLI_REFUSED;
	}
	if (!code) {
		show_inbox(cli, inbox);
	}
	cJSON_Delete(inbox);
	return code;
}

static void close_account(struct cli *cli, struct session **account)
{
	swap_session(cli, account);
	session_close(cli);
	swap_session(cli, account);
}

enum cli_exit run_signal(struct cli *cli)
{
	bool is_member =
		cli->arguments->community || arguments_option(cli->arguments, "to");
	cJSON *request = NULL, *others = NULL, *draft = NULL, *receipt = NULL;
	struct session *account = NULL;
	enum cli_exit code;

	if (!cli->is_json) {
		help_print_112(stderr);
		(void)fprintf(stderr, "%s\n",
			_("Kring is not faster than the telephone. Veilig Thuis: "
			  "0800-2000, "
			  "day and night, free."));
	}
	code = is_member ? choose_trusted(cli, &request, &others)
			 : choose_by_link(cli, &request);
	swap_session(cli, &account);
	if (!code) {
		code = open_inbox(cli, request);
	}
	if (!code) {
		code = write_signal(
			cli, is_member ? "community" : "poster", others, &draft);
	}
	cJSON_Delete(others);
	if (!code) {
		code = session_do(cli, report_request(cli, "receipt", NULL), &receipt);
	}
	if (!code) {
		code = vouch(cli, &account, receipt, draft);
	}
	close_account(cli, &account);
	if (!code) {
		code = show_receipt(cli, receipt, draft);
	}
	if (!code) {
		code = send_draft(cli, draft);
	} else {
		cJSON_Delete(draft);
	}
	cJSON_Delete(receipt);
	return code;
}
