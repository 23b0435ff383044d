/* SPDX-License-Identifier: Apache-2.0 */
/* Reading ICMP and ICMPv6 headers. */
#include "packet/icmp.h"

#include "base/cursor.h"

/* RFC 792. */
enum {
    UNREACHABLE = 3,
    SOURCE_QUENCH = 4,
    REDIRECT = 5,
    TIME_EXCEEDED = 11,
    PARAMETER_PROBLEM = 12,
};

enum { FIRST_INFORMATIONAL = 128 /* RFC 4443 section 2.1. */ };

static bool
is_error(unsigned version, uint8_t type)
{
    return version == 6 ? type < FIRST_INFORMATIONAL
                        : type == UNREACHABLE || type == SOURCE_QUENCH || type == REDIRECT ||
                              type == TIME_EXCEEDED || type == PARAMETER_PROBLEM;
}

nm_status
nm_icmp_parse(unsigned version, nm_span ip_payload, nm_icmp *out)
{
    nm_cursor c = nm_cursor_init(ip_payload);
    nm_icmp icmp = {.type = nm_cursor_u8(&c)};
    icmp.code = nm_cursor_u8(&c);
    (void)nm_cursor_be16(&c); /* Checksum. */
    (void)nm_cursor_be32(&c); /* What it is differs from type to type. */
    if (c.has_failed) {
        return NM_E_PARSE;
    }
    icmp.is_error = is_error(version, icmp.type);
    icmp.payload = nm_span_of(c.pos, nm_cursor_left(&c));
    *out = icmp;
    return NM_OK;
}
