#ifndef KRING_WIRE_ADDRESS_H
#define KRING_WIRE_ADDRESS_H

#include <kring/signal.h>

/* In the form that kr_address_normalise gives? KR_ERR_ENCODING, KR_ERR_TEXT,
 * KR_ERR_TOO_LARGE. */
enum kr_err kr_address_check(const struct kr_address *a);

#endif
