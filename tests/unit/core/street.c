#include "tests/unit/core/street.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

int street_setup(void **state)
{
	struct street *s = calloc(1, sizeof(*s));
	cJSON *groups;

	assert_non_null(s);
	world_init(&s->world);
	s->anna = world_join(&s->world, "Anna");
	(void)snprintf(s->community, sizeof(s->community), "%s", world_found(s->anna));
	s->bram = world_admit(s->anna, s->community, "Bram");
	s->cor = world_admit(s->anna, s->community, "Cor");
	groups = world_ask(s->anna, "{\"ask\":\"groups\"}");
	(void)snprintf(s->group, sizeof(s->group), "%s",
		world_text(cJSON_GetArrayItem(cJSON_GetObjectItem(groups, "groups"), 0),
			"group"));
	cJSON_Delete(groups);
	assert_int_equal(
		kr_base64url_decode(s->group_id, KR_ID_BYTES, kr_view_str(s->group)),
		KR_OK);
	*state = s;
	return 0;
}

int street_teardown(void **state)
{
	struct street *s = *state;

	world_finish(&s->world);
	free(s);
	return 0;
}

const char *street_account(struct world_client *client)
{
	static char account[64];
	cJSON *status = world_ask(client, "{\"ask\":\"status\"}");

	(void)snprintf(account, sizeof(account), "%s", world_text(status, "account"));
	cJSON_Delete(status);
	return account;
}

static cJSON *group_of(cJSON *groups, const char *group)
{
	cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(groups, "groups"))
	{
		if (strcmp(world_text(item, "group"), group) == 0) {
			return item;
		}
	}
	return NULL;
}

int street_number(struct world_client *client, const char *group, const char *name)
{
	cJSON *groups = world_ask(client, "{\"ask\":\"groups\"}");
	cJSON *item = group_of(groups, group);
	int number;

	assert_non_null(item);
	number = (int)world_number(item, name);
	cJSON_Delete(groups);
	return number;
}

bool street_is(struct world_client *client, const char *group, const char *state)
{
	cJSON *groups = world_ask(client, "{\"ask\":\"groups\"}");
	cJSON *item = group_of(groups, group);
	bool is_so = item != NULL && strcmp(world_text(item, "state"), state) == 0;

	cJSON_Delete(groups);
	return is_so;
}

const char *street_say(struct world_client *client, const char *group, const char *text)
{
	return world_text(world_do(client,
				  "{\"do\":\"post\",\"group\":\"%s\",\"kind\":\"chat\","
				  "\"text\":\"%s\"}",
				  group, text),
		"event");
}

size_t street_sees(struct world_client *client, const char *group, const char *text)
{
	cJSON *feed = world_ask(
		client, "{\"ask\":\"feed\",\"group\":\"%s\",\"max\":500}", group);
	const cJSON *item;
	size_t num = 0;

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(feed, "messages"))
	{
		const cJSON *said = cJSON_GetObjectItem(item, "text");

		num += cJSON_IsString(said) && strcmp(said->valuestring, text) == 0 &&
			!cJSON_IsTrue(cJSON_GetObjectItem(item, "pending"));
	}
	cJSON_Delete(feed);
	return num;
}

void street_grant(struct street *s, struct world_client *client)
{
	(void)world_do(client, "{\"do\":\"offer_coordinator\",\"community\":\"%s\"}",
		s->community);
	(void)world_text(
		world_do(s->anna,
			"{\"do\":\"grant\",\"community\":\"%s\",\"account\":\"%s\"}",
			s->community, street_account(client)),
		"event");
	world_pass(&s->world, 60000);
}
