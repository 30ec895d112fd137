/* kring/report.h for the host: the reporter's machine, with numbers for parameters. */
#include <kring/report.h>

#include "clients/web/wasm/host.h"
#include "clients/web/wasm/machine.h"

uint32_t WEB_EXPORT(web_report_new)(struct kr_report **report)
{
	return kr_report_new(report);
}

void WEB_EXPORT(web_report_free)(struct kr_report *report)
{
	kr_report_free(report);
}

uint32_t WEB_EXPORT(web_report_input)(struct kr_report *report, uint32_t kind, double id,
	const uint8_t *bytes, uint32_t len, uint32_t is_text, uint32_t code,
	double now_ms)
{
	struct kr_core_input input = web_input(kind, id, bytes, len, is_text, code);

	return kr_report_input(report, &input, (uint64_t)now_ms, &web_random);
}

uint32_t WEB_EXPORT(web_report_output)(struct kr_report *report, struct web_output *out)
{
	struct kr_core_output output;

	if (!kr_report_output(report, &output)) {
		return 0;
	}
	web_output_of(out, &output);
	return 1;
}

/* The answer is given to web_free by the host. */
uint32_t WEB_EXPORT(web_report_query)(struct kr_report *report, const uint8_t *question,
	uint32_t len, double now_ms, struct kr_bytes *answer)
{
	return kr_report_query(report, kr_view(question, len), (uint64_t)now_ms, answer);
}
