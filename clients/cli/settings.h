#ifndef KRING_CLI_SETTINGS_H
#define KRING_CLI_SETTINGS_H

#include <cjson/cJSON.h>

/* An inbox's settings (COMMANDS.md §9) from a file with JSON, "-" for standard input. A
 * zone without offsets gets those of the coming years, if this computer knows it. NULL
 * if it is no JSON object. */
cJSON *settings_read(const char *file);

/* What an inbox of that zone needs when its record is made anew: the offsets of the
 * coming years. NULL: this computer does not know the zone. */
cJSON *settings_renewed(const char *zone);

#endif
