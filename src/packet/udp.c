/* SPDX-License-Identifier: Apache-2.0 */
/* Reading UDP headers. */
#include "packet/udp.h"

#include "base/cursor.h"

nm_status
nm_udp_parse(nm_span ip_payload, nm_udp *out)
{
    nm_cursor c = nm_cursor_init(ip_payload);
    const uint8_t *header = nm_cursor_take(&c, NM_UDP_HEADER_LEN).data;
    if (c.has_failed) {
        return NM_E_PARSE;
    }
    nm_udp udp = {.source_port = (uint16_t)(header[0] << 8 | header[1]),
                  .destination_port = (uint16_t)(header[2] << 8 | header[3]),
                  .length = (uint16_t)(header[4] << 8 | header[5]),
                  .checksum = (uint16_t)(header[6] << 8 | header[7])};
    size_t len = udp.length >= NM_UDP_HEADER_LEN ? udp.length - NM_UDP_HEADER_LEN : udp.length;
    size_t left = nm_cursor_left(&c);
    udp.payload = nm_cursor_take(&c, len < left ? len : left);
    *out = udp;
    return NM_OK;
}
