/* SPDX-License-Identifier: Apache-2.0 */
/* The protocols of IP that text calls by name; all others are numbers there. */
#ifndef NM_TEXT_IP_PROTOCOL_H
#define NM_TEXT_IP_PROTOCOL_H

#include "base/span.h"

/** Name of a protocol number (IANA, "Protocol Numbers"): ICMP, TCP, UDP; NULL for all others. */
const char *nm_ip_protocol_name(uint16_t protocol);

/** Read one of the names in any case, or the decimal digits that the text starts with.
 *  @param out  Written on success only.
 *  @return false when there is neither, or the number is above 65,535. */
bool nm_ip_protocol_parse(nm_span text, uint16_t *out);

#endif
