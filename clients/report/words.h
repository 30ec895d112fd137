/* What professionals say to the reporter: the keys to it, and whether they can be had. */
#ifndef CLIENTS_REPORT_WORDS_H
#define CLIENTS_REPORT_WORDS_H

#include "clients/report/follow.h"

/* Is something checked, meant for the reporter, and not open yet? What cannot be opened
 * is told as an alarm and not waited for. */
bool words_are_missing(const struct follow *follow);

/* Ask for the keys to it, when the link is free. */
enum kr_err words_ask(struct kr_report *report);

#endif
