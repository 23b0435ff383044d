/* SPDX-License-Identifier: Apache-2.0 */
/* Reading TCP headers. */
#include "packet/tcp.h"

#include "base/cursor.h"

nm_status
nm_tcp_parse(nm_span ip_payload, nm_tcp *out)
{
    nm_cursor c = nm_cursor_init(ip_payload);
    nm_tcp tcp = {.source_port = nm_cursor_be16(&c)};
    tcp.destination_port = nm_cursor_be16(&c);
    tcp.sequence = nm_cursor_be32(&c);
    tcp.acknowledgement = nm_cursor_be32(&c);
    size_t header_len = 4 * (size_t)(nm_cursor_u8(&c) >> 4);
    tcp.flags = nm_cursor_u8(&c);
    (void)nm_cursor_be16(&c); /* Window. */
    (void)nm_cursor_be32(&c); /* Checksum, urgent pointer. */
    if (c.has_failed || header_len < NM_TCP_HEADER_LEN) {
        return NM_E_PARSE;
    }
    tcp.options = nm_cursor_take(&c, header_len - NM_TCP_HEADER_LEN);
    if (c.has_failed) {
        return NM_E_PARSE;
    }
    tcp.payload = nm_span_of(c.pos, nm_cursor_left(&c));
    *out = tcp;
    return NM_OK;
}
