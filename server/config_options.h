/* What kringd.conf may say: the options, their bounds, and what is said about
 * mistakes. */
#ifndef KRING_SERVER_CONFIG_OPTIONS_H
#define KRING_SERVER_CONFIG_OPTIONS_H

#include <confuse.h>

#include "server/config.h"

/* Parse a file. NULL with a fault that names the line and the remedy, or without memory.
 * The fault stays the place for errors until the tree is freed. */
cfg_t *config_options_parse(const char *path, struct config_fault *fault);

/* Read a string or a list entry; NULL if it is empty. */
const char *config_string(cfg_t *section, const char *name);

/* "host" or "host:port" and https://, or http:// on a loopback name: the only forms in
 * which a browser sends an Origin that may be listed. */
bool config_origin_is_valid(const char *origin);

#endif
