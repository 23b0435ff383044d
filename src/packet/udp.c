/* SPDX-License-Identifier: Apache-2.0 */
/* Reading UDP headers. */
#include "packet/udp.h"

#include "base/cursor.h"

nm_status
nm_udp_parse(nm_span ip_payload, nm_udp *out)
{
    nm_cursor c = nm_cursor_init(ip_payload);
    nm_udp udp = {.source_port = nm_cursor_be16(&c)};
    udp.destination_port = nm_cursor_be16(&c);
    udp.length = nm_cursor_be16(&c);
    udp.checksum = nm_cursor_be16(&c);
    if (c.has_failed) {
        return NM_E_PARSE;
    }
    size_t len = udp.length >= NM_UDP_HEADER_LEN ? udp.length - NM_UDP_HEADER_LEN : udp.length;
    size_t left = nm_cursor_left(&c);
    udp.payload = nm_cursor_take(&c, len < left ? len : left);
    *out = udp;
    return NM_OK;
}
