/* SPDX-License-Identifier: Apache-2.0 */
/* Names of IP protocols. */
#include "text/ip_protocol.h"

#include "base/ascii.h"
#include "base/number.h"

static const struct protocol {
    uint16_t number;
    const char *name;
} protocols[] = {{17, "UDP"}, {6, "TCP"}, {1, "ICMP"}};

enum { PROTOCOLS = sizeof protocols / sizeof *protocols };

const char *
nm_ip_protocol_name(uint16_t protocol)
{
    for (size_t i = 0; i < PROTOCOLS; i++) {
        if (protocols[i].number == protocol) {
            return protocols[i].name;
        }
    }
    return NULL;
}

bool
nm_ip_protocol_parse(nm_span text, uint16_t *out)
{
    uint64_t number;
    for (size_t i = 0; i < PROTOCOLS; i++) {
        if (nm_ascii_equal_any_case(text, nm_span_of_text(protocols[i].name))) {
            *out = protocols[i].number;
            return true;
        }
    }
    if (nm_number_take_u64(text, &number) == 0 || number > UINT16_MAX) {
        return false;
    }
    *out = (uint16_t)number;
    return true;
}
