#include "scene.h"

#include <string.h>

#include "test.h"

static struct kr_view keep(struct scene *s, struct kr_bytes bytes)
{
	assert_true(s->num_bodies < NUM(s->bodies));
	s->bodies[s->num_bodies] = bytes;
	return kr_view_bytes(&s->bodies[s->num_bodies++]);
}

void scene_sign_invite(struct scene *s, const struct client *who, struct kr_request *r)
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	kr_invite_tbs(
		&w, kr_view_str(RELAY_NAME), s->community.id, who->account, r->body);
	memcpy(r->invite, s->seed.public_key, sizeof(r->invite));
	kr_ed25519_sign(r->sig, &s->seed, kr_writer_view(&w));
	r->fields |= KR_R(INVITE) | KR_R(SIG);
}

static void about(struct kr_request *r, const struct client *who)
{
	memcpy(r->account, who->account, sizeof(r->account));
	r->fields |= KR_R(ACCOUNT);
}

static struct kr_request build_auth(struct scene *s, struct client **actor)
{
	struct client *c = client_new(&s->w, 60);
	struct kr_request r;
	KR_AUTO_WRITER struct kr_writer w = {0};

	/* Instead of the stranger, who has authenticated already. */
	client_free(s->stranger);
	s->stranger = c;
	client_connect(c);
	r = ask(c, KR_VERB_AUTH);
	kr_writer_init(&w);
	about(&r, c);
	memcpy(r.key, c->device.public_key, sizeof(r.key));
	kr_auth_tbs(&w, kr_view_str(RELAY_NAME), c->challenge, r.account, r.key);
	kr_ed25519_sign(r.sig, &c->device, kr_writer_view(&w));
	r.fields |= KR_R(KEY) | KR_R(SIG);
	*actor = c;
	return r;
}

static void granted(void *ctx, enum kr_err err)
{
	*(enum kr_err *)ctx = err;
}

static void build_found(struct scene *s, struct client *actor, struct kr_request *r)
{
	uint8_t hash[KR_SHA256_BYTES];
	enum kr_err err = KR_ERR_STATE;

	memset(r->grant, 0x21, sizeof(r->grant));
	kr_sha256(hash, kr_view(r->grant, sizeof(r->grant)));
	assert_int_equal(relay_operator_grant(
				 s->w.relay, hash, s->w.now_ms + 60000, 1, granted, &err),
		KR_OK);
	world_settle(&s->w);
	memcpy(r->coordinators[0], actor->account, KR_ID_BYTES);
	r->num_coordinators = 1;
	r->fields |= KR_R(GRANT) | KR_R(COORDINATORS);
}

static void build_device(struct scene *s, struct client *actor, struct kr_request *r)
{
	memset(r->key, 0x33, sizeof(r->key));
	r->fields |= KR_R(KEY);
	if (r->verb == KR_VERB_DEVICE_REMOVE) {
		struct kr_request add = ask(actor, KR_VERB_DEVICE_ADD);

		memcpy(add.key, r->key, sizeof(add.key));
		add.fields |= KR_R(KEY);
		add.body = kr_view_str("device");
		expect(actor, &add, "ok");
	}
	(void)s;
}

static struct kr_request publish(struct scene *s, struct client *actor)
{
	struct kr_request r = ask(actor, KR_VERB_KEYS_PUBLISH);

	memcpy(r.community, s->community.id, sizeof(r.community));
	r.count = 3;
	r.fields |= KR_R(COMMUNITY) | KR_R(COUNT) | KR_R(LAST_RESORT);
	r.body = keep(s, make_key_packages(900, 3));
	return r;
}

static void build_keys(struct scene *s, struct client *actor, struct kr_request *r)
{
	struct kr_request published = publish(s, s->member);

	memcpy(r->community, s->community.id, sizeof(r->community));
	r->fields |= KR_R(COMMUNITY);
	if (r->verb == KR_VERB_KEYS_PUBLISH) {
		r->count = published.count;
		r->fields |= KR_R(COUNT) | KR_R(LAST_RESORT);
		r->body = published.body;
	} else if (r->verb == KR_VERB_KEYS_FETCH) {
		expect(s->member, &published, "ok");
		about(r, s->member);
	}
	(void)actor;
}

static void build_group(struct scene *s, struct client *actor, struct kr_request *r)
{
	ask_topic(r, s->group);
	switch (r->verb) {
	case KR_VERB_GROUP_CREATE:
		ask_topic(r, group_topic(4711));
		memcpy(r->community, s->community.id, sizeof(r->community));
		r->fields |= KR_R(COMMUNITY) | KR_R(MAIN);
		break;
	case KR_VERB_GROUP_POST:
		r->body = keep(s, make_post(s->group, 1, 31));
		r->rev = group_rev(actor, s->group);
		r->fields |= KR_R(REV);
		break;
	case KR_VERB_GROUP_COMMIT:
		r->body = keep(s, make_commit(s->group, 1, 32, NULL));
		r->rev = group_rev(actor, s->group);
		r->fields |= KR_R(REV) | KR_R(WELCOME_LEN);
		break;
	case KR_VERB_GROUP_VOID:
		kr_sha256(r->hash, kr_view_bytes(&s->last_commit));
		r->fields |= KR_R(HASH);
		break;
	default:
		break;
	}
}

static void build_community(struct scene *s, struct kr_request *r)
{
	ask_topic(r, s->community);
	switch (r->verb) {
	case KR_VERB_COMMUNITY_INVITE:
		memset(r->invite, 0x44, sizeof(r->invite));
		r->until_ms = s->w.now_ms + 60000;
		r->uses = 2;
		r->fields |= KR_R(INVITE) | KR_R(UNTIL) | KR_R(USES);
		break;
	case KR_VERB_COMMUNITY_REVOKE:
		memcpy(r->invite, s->seed.public_key, sizeof(r->invite));
		r->fields |= KR_R(INVITE);
		break;
	case KR_VERB_COMMUNITY_CHAIN:
		r->body = kr_view(NULL, 0);
		r->fields |= KR_R(AFTER);
		scene_sign_invite(s, s->invited, r);
		break;
	case KR_VERB_COMMUNITY_REQUEST:
		scene_sign_invite(s, s->invited, r);
		break;
	case KR_VERB_COMMUNITY_ADMIT:
	case KR_VERB_COMMUNITY_REFUSE:
		about(r, s->applicant);
		break;
	case KR_VERB_COMMUNITY_ROLE:
		r->coordinator = true;
		r->fields |= KR_R(COORDINATOR);
		about(r, s->member);
		break;
	case KR_VERB_COMMUNITY_MUTE:
		r->until_ms = s->w.now_ms + 1000;
		r->fields |= KR_R(UNTIL);
		about(r, s->member);
		break;
	case KR_VERB_COMMUNITY_REMOVE:
		about(r, s->member);
		break;
	default:
		break;
	}
}

/* ---- Inboxes and cases ------------------------------------------------------------ */

static void build_record(struct scene *s, struct kr_request *r)
{
	struct docket *d = &s->docket;

	if (r->verb == KR_VERB_INBOX_UPDATE) {
		ask_topic(r, d->desks[0].topic);
		r->body = keep(s, next_record(d, 0));
		return;
	}
	/* One more inbox: desk 4's, under another identity. */
	d->desks[4].identity.seed.bytes[9] ^= 1;
	kr_ed25519_from_seed(&d->desks[4].identity, &d->desks[4].identity.seed);
	d->desks[4].record.number = 0;
	memset(d->desks[4].record.previous, 0, sizeof(d->desks[4].record.previous));
	kr_bytes_free(&d->desks[4].bytes);
	d->desks[4].bytes = (struct kr_bytes){0};
	grant_inbox(d, r, 9);
	r->body = keep(s, next_record(d, 4));
}

static struct kr_request case_request(
	struct scene *s, enum kr_verb verb, struct client **actor)
{
	struct docket *d = &s->docket;
	struct deed acknowledged = deed_by(KR_EVENT_ACKNOWLEDGED, 0);
	struct kr_request r;

	if (d->w == NULL) {
		docket_open(d, &s->w);
		*actor = d->reporter;
	}
	if (verb == KR_VERB_CASE_SUBMIT) {
		*actor = d->reporter;
		return make_deed(d, &signal_of_today, NULL);
	}
	if (verb >= KR_VERB_CASE_OPEN && place_of(d, d->topic).seq == 0) {
		submit_signal(d);
	}
	*actor = d->desks[0].people[0];
	switch (verb) {
	case KR_VERB_CASE_OPEN:
		*actor = d->reporter;
		docket_next_case(d, 1); /* a connection that has none open */
		return ask_open(d, d->reporter);
	case KR_VERB_CASE_APPEND:
		return make_deed(d, &acknowledged, NULL);
	case KR_VERB_CASE_NOTE:
		return make_note(d, 0, 0);
	default:
		break;
	}
	r = ask(*actor, verb);
	ask_topic(&r, verb == KR_VERB_CASE_KEYS ? d->topic : d->desks[0].topic);
	if (verb == KR_VERB_INBOX_CREATE) {
		*actor = d->desks[4].people[0];
		r = ask(*actor, verb);
	}
	if (verb <= KR_VERB_INBOX_UPDATE) {
		build_record(s, &r);
	} else if (verb == KR_VERB_INBOX_NOTICE) {
		r.body = kr_view_str("a sealed notice");
	} else if (verb == KR_VERB_CASE_KEYS) {
		memcpy(r.inbox, d->desks[0].id, sizeof(r.inbox));
		r.fields |= KR_R(INBOX) | KR_R(AFTER);
	}
	return r;
}

static struct client *actor_of(struct scene *s, enum kr_verb verb)
{
	switch (verb) {
	case KR_VERB_COMMUNITY_CHAIN:
	case KR_VERB_COMMUNITY_REQUEST:
		return s->invited;
	case KR_VERB_PING:
	case KR_VERB_COMMUNITY_LEAVE:
	case KR_VERB_KEYS_PUBLISH:
	case KR_VERB_KEYS_COUNT:
	case KR_VERB_DEVICE_ADD:
	case KR_VERB_DEVICE_REMOVE:
	case KR_VERB_TOPIC_HEAD:
	case KR_VERB_TOPIC_READ:
	case KR_VERB_TOPIC_SUBSCRIBE:
	case KR_VERB_TOPIC_UNSUBSCRIBE:
	case KR_VERB_ACCOUNT_TOPICS:
	case KR_VERB_GROUP_CREATE:
	case KR_VERB_GROUP_POST:
	case KR_VERB_GROUP_COMMIT:
	case KR_VERB_GROUP_LEAVE:
	case KR_VERB_GROUP_HEAL:
		return s->member;
	default:
		return s->coordinator;
	}
}

struct kr_request scene_request(struct scene *s, enum kr_verb verb, struct client **actor)
{
	struct kr_request r;

	if (verb == KR_VERB_AUTH) {
		return build_auth(s, actor);
	}
	if (verb >= KR_VERB_INBOX_CREATE) {
		return case_request(s, verb, actor);
	}
	*actor = actor_of(s, verb);
	r = ask(*actor, verb);
	if (kr_verb_info(verb)->body == KR_BODY_REQUIRED) {
		r.body = kr_view_str("an opaque body");
	}
	if (verb == KR_VERB_DEVICE_ADD || verb == KR_VERB_DEVICE_REMOVE) {
		build_device(s, *actor, &r);
	} else if (verb >= KR_VERB_KEYS_PUBLISH && verb <= KR_VERB_KEYS_FETCH) {
		build_keys(s, *actor, &r);
	} else if (verb == KR_VERB_COMMUNITY_FOUND) {
		build_found(s, *actor, &r);
	} else if (verb > KR_VERB_COMMUNITY_FOUND && verb <= KR_VERB_COMMUNITY_LEAVE) {
		build_community(s, &r);
	} else if (verb >= KR_VERB_GROUP_CREATE) {
		build_group(s, *actor, &r);
	} else if (verb >= KR_VERB_TOPIC_HEAD && verb <= KR_VERB_TOPIC_UNSUBSCRIBE) {
		ask_topic(&r, s->group);
		if (verb == KR_VERB_TOPIC_UNSUBSCRIBE) {
			subscribe(*actor, s->group, 2);
		} else if (verb != KR_VERB_TOPIC_HEAD) {
			r.after = 2;
			r.fields |= KR_R(AFTER);
		}
	}
	return r;
}

/* ---- The scene -------------------------------------------------------------------- */

static void invite(struct scene *s)
{
	struct kr_secret seed = {{0x99}};
	struct kr_request r = ask(s->coordinator, KR_VERB_COMMUNITY_INVITE);

	kr_ed25519_from_seed(&s->seed, &seed);
	ask_topic(&r, s->community);
	memcpy(r.invite, s->seed.public_key, sizeof(r.invite));
	r.until_ms = s->w.now_ms + 3600000;
	r.uses = 2;
	r.fields |= KR_R(INVITE) | KR_R(UNTIL) | KR_R(USES);
	r.body = kr_view_str("invitation");
	expect(s->coordinator, &r, "ok");

	r = ask(s->applicant, KR_VERB_COMMUNITY_REQUEST);
	ask_topic(&r, s->community);
	r.body = kr_view_str("who I am");
	scene_sign_invite(s, s->applicant, &r);
	expect(s->applicant, &r, "ok");
}

void scene_open(struct scene *s)
{
	struct routing in = {0};

	memset(s, 0, sizeof(*s));
	world_open(&s->w);
	s->coordinator = client_in(&s->w, 1);
	s->member = client_in(&s->w, 2);
	s->applicant = client_in(&s->w, 3);
	s->invited = client_in(&s->w, 4);
	s->stranger = client_in(&s->w, 5);
	s->community = found_community(s->coordinator, 1);
	admit_member(s->coordinator, s->community, s->member);
	invite(s);
	s->group = group_topic(1);
	create_group(s->coordinator, s->community, s->group, true);
	in.added[0] = s->member;
	s->last_commit = make_commit(s->group, 0, 30, &in);
	commit(s->coordinator, s->group, 30, &in, "ok");
}

void scene_close(struct scene *s)
{
	for (size_t i = 0; i < s->num_bodies; i++) {
		kr_bytes_free(&s->bodies[i]);
	}
	kr_bytes_free(&s->last_commit);
	if (s->docket.w != NULL) {
		docket_close(&s->docket);
	}
	client_free(s->coordinator);
	client_free(s->member);
	client_free(s->applicant);
	client_free(s->invited);
	client_free(s->stranger);
	world_close(&s->w);
}
