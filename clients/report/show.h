/* The question `case`: COMMANDS.md §10. */
#ifndef CLIENTS_REPORT_SHOW_H
#define CLIENTS_REPORT_SHOW_H

#include "clients/machine/json.h"

struct kr_report;

enum kr_err report_ask_case(const struct kr_report *report, cJSON *answer);

#endif
