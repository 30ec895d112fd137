#include "tests/unit/core/office.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

static void create(struct office *o, int desk, const char *head, const char *name,
	const char *fallback)
{
	struct desk *d = &o->desks[desk];
	const cJSON *answer;
	cJSON *inbox;

	d->head = world_join(&o->world, head);
	answer = world_do(d->head,
		"{\"do\":\"inbox_create\",\"grant\":\"AAAAAAAAAAAAAAAAAAAAAA\","
		"\"settings\":{\"name\":\"%s\",\"call\":\"0800-2000\",\"fallback\":\"%"
		"s\"}}",
		name, fallback);
	(void)snprintf(d->inbox, sizeof(d->inbox), "%s", world_text(answer, "inbox"));
	assert_int_equal(
		kr_base64url_decode(d->id, sizeof(d->id), kr_view_str(d->inbox)), KR_OK);
	inbox = world_ask(d->head, "{\"ask\":\"inbox\"}");
	(void)snprintf(d->link, sizeof(d->link), "%s", world_text(inbox, "link"));
	cJSON_Delete(inbox);
}

void office_add(struct office *o, int desk, struct world_client *client)
{
	const cJSON *card = world_do(client, "{\"do\":\"professional_card\"}");

	(void)world_text(
		world_do(o->desks[desk].head,
			"{\"do\":\"inbox_add\",\"inbox\":\"%s\",\"card\":\"%s\"}",
			o->desks[desk].inbox, world_text(card, "card")),
		"event");
	/* It is named among the account's topics when one connects. */
	world_disconnect(client);
	world_pass(&o->world, 5000);
}

int office_setup(void **state)
{
	struct office *o = calloc(1, sizeof(*o));

	assert_non_null(o);
	world_init(&o->world);
	create(o, VEILIG, "Fatma", "Veilig Thuis", "");
	create(o, WIJK, "Wim", "Wijkagent", o->desks[VEILIG].link);
	create(o, TEAM, "Tom", "Wijkteam", o->desks[VEILIG].link);
	o->wim = o->desks[WIJK].head;
	o->fatma = o->desks[VEILIG].head;
	o->tom = o->desks[TEAM].head;
	o->sanne = world_join(&o->world, "Sanne");
	office_add(o, WIJK, o->sanne);
	*state = o;
	return 0;
}

int office_setup_signal(void **state)
{
	office_setup(state);
	office_signal(*state, 1);
	return 0;
}

int office_teardown(void **state)
{
	struct office *o = *state;

	world_finish(&o->world);
	free(o);
	return 0;
}

void office_signal(struct office *o, uint8_t number)
{
	const struct kr_signal signal = neighbour_signal();

	neighbour_init(&o->neighbour, &o->world, number);
	neighbour_send(&o->neighbour, o->desks[WIJK].id, o->desks[VEILIG].id, &signal,
		NULL, false);
	world_run(&o->world);
}

const char *office_act(struct office *o, struct world_client *client, const char *command,
	const char *fields, ...)
{
	char text[8192];
	const cJSON *answer;
	va_list args;

	va_start(args, fields);
	(void)vsnprintf(text, sizeof(text), fields, args);
	va_end(args);
	answer = world_do(client, "{\"do\":\"%s\",\"case\":\"%s\"%s%s}", command,
		o->neighbour.case_id, text[0] == '\0' ? "" : ",", text);
	return world_outcome(answer);
}

cJSON *office_case(struct office *o, struct world_client *client)
{
	return world_ask(
		client, "{\"ask\":\"case\",\"case\":\"%s\"}", o->neighbour.case_id);
}

const char *office_shows(
	struct office *o, struct world_client *client, const char *member)
{
	static char text[256];
	cJSON *shown = office_case(o, client);
	const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(shown, member));

	(void)snprintf(text, sizeof(text), "%s", value == NULL ? "" : value);
	cJSON_Delete(shown);
	return text;
}

bool office_hears(struct office *o, struct world_client *client, const char *text)
{
	static const char *const lists[] = {"timeline", "notes"};
	cJSON *shown = office_case(o, client);
	bool heard = false;

	for (size_t i = 0; i < NUM(lists); i++) {
		const cJSON *item;

		cJSON_ArrayForEach(item, cJSON_GetObjectItem(shown, lists[i]))
		{
			const char *said =
				cJSON_GetStringValue(cJSON_GetObjectItem(item, "text"));

			heard = heard || (said != NULL && strcmp(said, text) == 0);
		}
	}
	cJSON_Delete(shown);
	return heard;
}

bool office_may(struct office *o, struct world_client *client, const char *command)
{
	cJSON *shown = office_case(o, client);
	const cJSON *act;
	bool may = false;

	cJSON_ArrayForEach(act, cJSON_GetObjectItem(shown, "acts"))
	{
		may = may || strcmp(act->valuestring, command) == 0;
	}
	cJSON_Delete(shown);
	return may;
}

size_t office_told(struct world_client *client, const char *tell)
{
	const cJSON *told;
	size_t num = 0;

	cJSON_ArrayForEach(told, client->told)
	{
		num += strcmp(world_text(told, "tell"), tell) == 0;
	}
	return num;
}

size_t office_alarms(struct world_client *client)
{
	cJSON *answer = world_ask(client, "{\"ask\":\"alarms\"}");
	size_t num = (size_t)cJSON_GetArraySize(cJSON_GetObjectItem(answer, "alarms"));

	cJSON_Delete(answer);
	return num;
}
