/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the headers of IP packets. */
#include "packet/ip.h"

#include "base/address.h"
#include "base/cursor.h"

/* Fields of the headers that share a word with others. */
enum {
    IPV4_MORE_FRAGMENTS = 0x2000, /* RFC 791 section 3.1. */
    IPV4_OFFSET_MASK = 0x1fff,    /* In units of 8 octets. */
    IPV6_MORE_FRAGMENTS = 0x0001, /* RFC 8200 section 4.5. */
    IPV6_OFFSET_MASK = 0xfff8,    /* In octets. */
};

/* 0 where there is not even one octet. */
static unsigned
version_of(nm_span octets)
{
    return octets.len > 0 ? octets.data[0] >> 4 : 0;
}

static inline uint16_t
be16_at(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static nm_status
parse_ipv4(nm_span octets, nm_ip_packet *out)
{
    /* Where the fields stand (RFC 791 section 3.1). */
    enum { LENGTH = 2, ID = 4, FRAGMENT = 6, PROTOCOL = 9, SOURCE = 12, DESTINATION = 16 };
    nm_cursor c = nm_cursor_init(octets);
    const uint8_t *header = nm_cursor_take(&c, NM_IPV4_HEADER_LEN).data;
    if (c.has_failed) {
        return NM_E_PARSE;
    }
    size_t header_len = 4 * (size_t)(header[0] & 0x0f);
    size_t total_len = be16_at(header + LENGTH);
    if (total_len == 0) {
        total_len = octets.len;
    }
    if (header_len < NM_IPV4_HEADER_LEN || header_len > octets.len || total_len < header_len) {
        return NM_E_PARSE;
    }
    uint16_t fragment = be16_at(header + FRAGMENT);
    bool is_truncated = total_len > octets.len;
    size_t packet_len = is_truncated ? octets.len : total_len;
    *out = (nm_ip_packet){
        .version = 4,
        .source = nm_span_of(header + SOURCE, NM_IPV4_LEN),
        .destination = nm_span_of(header + DESTINATION, NM_IPV4_LEN),
        .header_protocol = header[PROTOCOL],
        .protocol = header[PROTOCOL],
        .is_fragment = (fragment & (IPV4_MORE_FRAGMENTS | IPV4_OFFSET_MASK)) != 0,
        .has_more = (fragment & IPV4_MORE_FRAGMENTS) != 0,
        .is_truncated = is_truncated,
        .fragment_offset = 8 * (uint32_t)(fragment & IPV4_OFFSET_MASK),
        .id = be16_at(header + ID),
        .header_len = header_len,
        .packet_len = packet_len,
        .payload = nm_span_of(octets.data + header_len, packet_len - header_len),
    };
    return NM_OK;
}

static bool
is_extension(uint8_t protocol)
{
    return protocol == NM_IP_HOP_BY_HOP || protocol == NM_IP_ROUTING ||
           protocol == NM_IP_FRAGMENT || protocol == NM_IP_DESTINATION_OPTIONS ||
           protocol == NM_IP_AUTHENTICATION || protocol == NM_IP_MOBILITY ||
           protocol == NM_IP_HOST_IDENTITY || protocol == NM_IP_SHIM6;
}

/* Behind the next header octet of a fragment header. */
static void
read_fragment_header(nm_cursor *c, nm_ip_packet *p)
{
    (void)nm_cursor_u8(c); /* Reserved. */
    uint16_t fragment = nm_cursor_be16(c);
    p->id = nm_cursor_be32(c);
    p->is_fragment = true;
    p->has_more = (fragment & IPV6_MORE_FRAGMENTS) != 0;
    p->fragment_offset = fragment & IPV6_OFFSET_MASK;
}

/* Each round takes 8 octets or more, so there are no more rounds than the packet has room for. */
nm_status
nm_ip_extensions_skip(nm_ip_packet *packet)
{
    nm_ip_packet p = *packet;
    nm_cursor c = nm_cursor_init(p.payload);
    p.is_fragment = false;

    while (is_extension(p.protocol) && !p.is_fragment && !c.has_failed) {
        uint8_t kind = p.protocol;
        p.protocol = nm_cursor_u8(&c);
        if (kind == NM_IP_FRAGMENT) {
            read_fragment_header(&c, &p);
        } else {
            /* Words of 8 octets beyond the first; of 4 octets beyond two in the header that IPv4
             * has too (RFC 8200 section 4, RFC 4302 section 2.2). */
            size_t words = nm_cursor_u8(&c);
            size_t len = kind == NM_IP_AUTHENTICATION ? 4 * (words + 2) : 8 * (words + 1);
            (void)nm_cursor_take(&c, len - 2);
        }
    }
    if (c.has_failed || (nm_cursor_left(&c) == 0 && !p.is_fragment)) {
        return NM_E_PARSE;
    }
    p.header_len += nm_cursor_offset(&c);
    p.payload = nm_span_of(c.pos, nm_cursor_left(&c));
    *packet = p;
    return NM_OK;
}

static nm_status
parse_ipv6(nm_span octets, nm_ip_packet *out)
{
    nm_cursor c = nm_cursor_init(octets);
    nm_ip_packet p = {.version = 6, .header_len = NM_IPV6_HEADER_LEN};
    (void)nm_cursor_be32(&c); /* Version, traffic class, flow label. */
    size_t payload_len = nm_cursor_be16(&c);
    p.header_protocol = nm_cursor_u8(&c);
    (void)nm_cursor_u8(&c); /* Hop limit. */
    p.source = nm_cursor_take(&c, NM_IPV6_LEN);
    p.destination = nm_cursor_take(&c, NM_IPV6_LEN);
    p.payload = nm_cursor_take(&c, payload_len);
    if (c.has_failed || payload_len == 0) {
        return NM_E_PARSE;
    }
    p.protocol = p.header_protocol;
    p.packet_len = p.header_len + payload_len;
    nm_status status = nm_ip_extensions_skip(&p);
    if (status == NM_OK) {
        *out = p;
    }
    return status;
}

nm_status
nm_ip_packet_parse(nm_span octets, nm_ip_packet *out)
{
    switch (version_of(octets)) {
    case 4:
        return parse_ipv4(octets, out);
    case 6:
        return parse_ipv6(octets, out);
    default:
        return NM_E_PARSE;
    }
}

nm_status
nm_ip_packet_parse_version(nm_span octets, unsigned version, nm_ip_packet *out)
{
    return version_of(octets) == version ? nm_ip_packet_parse(octets, out) : NM_E_PARSE;
}
