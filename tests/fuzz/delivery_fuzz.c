/* Deliveries: a message as it comes from a relay. An event that is accepted can be
 * written again, and what is read from that is the same event. The first two bytes are
 * a type: the rest is read as a head of it too. */
#include "fuzz.h"

#include <string.h>

#include <kring/wire.h>

static void check_head(unsigned type, struct kr_view bytes)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_event_head head;

	kr_writer_init(&w);
	if (kr_event_head_read(&head, type, bytes) != KR_OK) {
		return;
	}
	FUZZ_ASSERT(kr_event_head_write(&w, type, &head) == KR_OK);
	FUZZ_ASSERT(kr_view_equal(kr_writer_view(&w), bytes));
}

static void check_event(const struct kr_event_delivery *event)
{
	static struct kr_event_delivery again;
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_message parts;
	struct kr_json_doc doc;

	kr_writer_init(&w);
	kr_event_message(&w, &event->event, event->hash);
	FUZZ_ASSERT(w.err == KR_OK);
	FUZZ_ASSERT(kr_message_split(&parts, kr_writer_view(&w), false) == KR_OK);
	FUZZ_ASSERT(kr_json_parse(&doc, parts.object) == KR_OK);
	FUZZ_ASSERT(kr_event_delivery_read(&again, &doc, parts.body) == KR_OK);
	kr_json_free(&doc);
	FUZZ_ASSERT(again.event.seq == event->event.seq);
	FUZZ_ASSERT(kr_view_equal(again.event.head, event->event.head));
	FUZZ_ASSERT(kr_view_equal(again.event.body, event->event.body));
	FUZZ_ASSERT(memcmp(again.hash, event->hash, sizeof(again.hash)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kr_event_delivery event;
	struct kr_message parts;
	struct kr_json_doc doc;

	if (size < 2) {
		return -1;
	}
	check_head(data[1], kr_view(data + 2, size - 2));
	if (kr_message_split(&parts, kr_view(data + 2, size - 2), (data[0] & 1) != 0) !=
			KR_OK ||
		kr_json_parse(&doc, parts.object) != KR_OK) {
		return 0;
	}
	if (kr_event_delivery_read(&event, &doc, parts.body) == KR_OK) {
		check_event(&event);
	}
	kr_json_free(&doc);
	return 0;
}
