#include "group.h"

void group_open(struct group *g, bool main)
{
	struct routing both = {0};

	world_open(&g->w);
	g->coordinator = client_in(&g->w, 1);
	g->a = client_in(&g->w, 2);
	g->b = client_in(&g->w, 3);
	g->outsider = client_in(&g->w, 4);
	g->community = found_community(g->coordinator, 1);
	admit_member(g->coordinator, g->community, g->a);
	admit_member(g->coordinator, g->community, g->b);
	admit_member(g->coordinator, g->community, g->outsider);
	g->topic = group_topic(77);
	create_group(g->coordinator, g->community, g->topic, main);
	both.added[0] = g->a;
	both.added[1] = g->b;
	commit(g->coordinator, g->topic, 1, &both, "ok");
}

void group_close(struct group *g)
{
	client_free(g->coordinator);
	client_free(g->a);
	client_free(g->b);
	client_free(g->outsider);
	world_close(&g->w);
}
