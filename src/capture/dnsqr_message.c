/* SPDX-License-Identifier: Apache-2.0 */
/* Encoding messages of base:dnsqr: one reservation for the longest that the message can get, then
 * fields straight into it. */
#include "capture/dnsqr_message.h"

#include "base/address.h"
#include "wire/protobuf.h"

/* Protobuf field numbers. */
enum {
    TYPE = 1,
    QUERY_IP = 2,
    RESPONSE_IP = 3,
    PROTO = 4,
    QUERY_PORT = 5,
    RESPONSE_PORT = 6,
    ID = 7,
    QNAME = 8,
    QTYPE = 9,
    QCLASS = 10,
    RCODE = 11,
    QUERY_PACKET = 12,
    QUERY_TIME_SEC = 13,
    QUERY_TIME_NSEC = 14,
    RESPONSE_PACKET = 15,
    RESPONSE_TIME_SEC = 16,
    RESPONSE_TIME_NSEC = 17,
    TCP = 18,
    ICMP = 19,
    TIMEOUT = 20,
    UDP_CHECKSUM = 21,
    RESOLVER_ADDRESS_ZEROED = 22,
};

enum {
    OTHERS_LEN = 256, /* All fields that are not repeated, without name and packets. */
    PACKET_LEN = 40,  /* Tags, lengths and times of one packet. */
};

/* Offsets of the addresses (RFC 791 section 3.1, RFC 8200 section 3). */
enum { IPV4_SOURCE = 12, IPV4_DESTINATION = 16, IPV6_SOURCE = 8, IPV6_DESTINATION = 24 };

static bool
is_response(const nm_dnsqr_message *m)
{
    return m->packet != NULL && m->packet->is_response;
}

/* True when the packets captured last are of UDP. */
static bool
is_udp(const nm_dnsqr_message *m)
{
    return m->packet == NULL || m->packet->protocol == NM_IP_UDP;
}

static size_t
len_max(const nm_dnsqr_message *m)
{
    size_t len = OTHERS_LEN;
    for (size_t i = 0; i < m->packet_count; i++) {
        len += PACKET_LEN + m->packets[i].packet.len;
    }
    if (m->packet != NULL) {
        len += m->packet->qname.len;
    }
    if (m->query != NULL) {
        len += m->query->qname_len + m->query->octets_len +
               (size_t)PACKET_LEN * m->query->packet_count;
    }
    return len;
}

/* A number below 128. */
static inline uint8_t *
put_small(uint8_t *to, uint32_t number, unsigned value)
{
    to = nm_pb_put_tag(to, number, NM_WIRE_VARINT);
    *to = (uint8_t)value;
    return to + 1;
}

/* A tag and a number of 16 bits. Ports, ids and lengths are any of them, so that no branch could be
 * foretold: up to three octets are written as four, for which there is room. */
static inline uint8_t *
put_tag_and_u16(uint8_t *to, uint32_t number, nm_wire_type wire_type, uint16_t value)
{
    unsigned has_second = value >= 1U << 7;
    unsigned has_third = value >= 1U << 14;
    uint32_t octets = (value & 0x7fU) | (value & 0x3f80U) << 1 | (value & 0xc000U) << 2 |
                      has_second << 7 | has_third << 15;
    to = nm_pb_put_tag(to, number, wire_type);
    (void)nm_pb_put_fixed32(to, octets);
    return to + 1 + has_second + has_third;
}

static inline uint8_t *
put_u16(uint8_t *to, uint32_t number, uint16_t value)
{
    return put_tag_and_u16(to, number, NM_WIRE_VARINT, value);
}

/* What stands before octets. */
static inline uint8_t *
put_len(uint8_t *to, uint32_t number, size_t len)
{
    return len <= UINT16_MAX ? put_tag_and_u16(to, number, NM_WIRE_BYTES, (uint16_t)len)
                             : nm_pb_put_varint(nm_pb_put_tag(to, number, NM_WIRE_BYTES), len);
}

static inline uint8_t *
put_octets(uint8_t *to, uint32_t number, const uint8_t *octets, size_t len)
{
    to = put_len(to, number, len);
    if (len > 0) {
        memcpy(to, octets, len);
    }
    return to + len;
}

/* An address of IPv4 or IPv6, or none. */
static inline uint8_t *
put_address(uint8_t *to, uint32_t number, const uint8_t *address, size_t len, bool is_zeroed)
{
    to = put_len(to, number, len);
    if (is_zeroed) {
        memset(to, 0, len);
    } else if (len == NM_IPV4_LEN) {
        memcpy(to, address, NM_IPV4_LEN);
    } else if (len == NM_IPV6_LEN) {
        memcpy(to, address, NM_IPV6_LEN);
    }
    return to + len;
}

/* -- what was asked -- */

/* Addresses, ports and id, of the packet or of the query. */
static uint8_t *
put_sides(const nm_dnsqr_message *m, uint8_t *to)
{
    const nm_dns_packet *p = m->packet;
    const nm_query *q = m->query;
    size_t len = 0; /* In TCP and ICMP there are none. */
    const uint8_t *query_ip = NULL;
    const uint8_t *response_ip = NULL;
    if (p == NULL) {
        len = q->address_len;
        query_ip = q->addresses;
        response_ip = q->addresses + len;
    } else if (is_udp(m)) {
        len = p->address_len;
        query_ip = p->query_ip;
        response_ip = p->response_ip;
    }
    to = put_address(to, QUERY_IP, query_ip, len, m->zeroes_resolver);
    to = put_address(to, RESPONSE_IP, response_ip, len, /* is_zeroed= */ false);
    to = put_small(to, PROTO, p != NULL ? p->protocol : NM_IP_UDP);
    to = put_u16(to, QUERY_PORT, p != NULL ? p->query_port : q->query_port);
    to = put_u16(to, RESPONSE_PORT, p != NULL ? p->response_port : q->response_port);
    return put_u16(to, ID, p != NULL ? p->id : q->id);
}

/* The question: that of the response, else that of the query. */
static uint8_t *
put_question(const nm_dnsqr_message *m, uint8_t *to)
{
    const nm_dns_packet *p = m->packet;
    const nm_query *q = m->query;
    if (p != NULL && p->has_question) {
        to = put_octets(to, QNAME, p->qname.data, p->qname.len);
        to = put_u16(to, QTYPE, p->qtype);
        return put_u16(to, QCLASS, p->qclass);
    }
    if (q != NULL && q->has_question) {
        nm_cell_reader reader = nm_query_read_name(m->table, q);
        to = put_len(to, QNAME, q->qname_len);
        nm_cell_read(&reader, to, q->qname_len);
        to += q->qname_len;
        to = put_u16(to, QTYPE, q->qtype);
        return put_u16(to, QCLASS, q->qclass);
    }
    return to;
}

/* -- packets -- */

/* Zero the address of whoever asks in a packet: its source in queries, else its destination. */
static void
zero_address(uint8_t *packet, size_t len, bool is_query)
{
    if (len >= NM_IPV6_HEADER_LEN && packet[0] >> 4 == 6) {
        memset(packet + (is_query ? IPV6_SOURCE : IPV6_DESTINATION), 0, NM_IPV6_LEN);
    } else if (len >= NM_IPV4_HEADER_LEN && packet[0] >> 4 == 4) {
        memset(packet + (is_query ? IPV4_SOURCE : IPV4_DESTINATION), 0, NM_IPV4_LEN);
    }
}

/* Seconds of our days take five octets, which are written as eight: there is room. */
static inline uint8_t *
put_sec(uint8_t *to, uint32_t number, int64_t sec)
{
    uint64_t value = (uint64_t)sec;
    if (value >> 28 == 0 || value >> 35 != 0) {
        return nm_pb_put_varint(nm_pb_put_tag(to, number, NM_WIRE_VARINT), value);
    }
    to = nm_pb_put_tag(to, number, NM_WIRE_VARINT);
    uint64_t word = (value & 0x7f) | (value & 0x3f80) << 1 | (value & 0x1fc000) << 2 |
                    (value & 0xfe00000) << 3 | (value >> 28) << 32;
    nm_word_store(to, word | 0x80808080);
    return to + 5;
}

static inline uint8_t *
put_nsec(uint8_t *to, uint32_t number, uint32_t nsec)
{
    return nm_pb_put_fixed32(nm_pb_put_tag(to, number, NM_WIRE_FIXED32), nsec);
}

/* All packets, then all seconds, then all nanoseconds, as repeated fields are ordered.
 * @param number  Of the field with the packets, a constant; those of the times follow it. */
static inline uint8_t *
put_captured(const nm_dnsqr_message *m, uint32_t number, uint8_t *to)
{
    for (size_t i = 0; i < m->packet_count; i++) {
        nm_span packet = m->packets[i].packet;
        to = put_octets(to, number, packet.data, packet.len);
        if (m->zeroes_resolver) {
            zero_address(to - packet.len, packet.len, number == QUERY_PACKET);
        }
    }
    for (size_t i = 0; i < m->packet_count; i++) {
        to = put_sec(to, number + 1, m->packets[i].time_sec);
    }
    for (size_t i = 0; i < m->packet_count; i++) {
        to = put_nsec(to, number + 2, m->packets[i].time_nsec);
    }
    return to;
}

/* The next packet of a query in the table, in the form of one of the three fields. */
static uint8_t *
put_query_part(const nm_dnsqr_message *m, nm_cell_reader *reader, uint32_t number, uint8_t *to)
{
    int64_t sec;
    uint32_t nsec;
    size_t len = nm_query_read_packet(reader, &sec, &nsec);
    if (number != QUERY_PACKET) {
        nm_cell_skip(reader, len);
        return number == QUERY_TIME_SEC ? put_sec(to, QUERY_TIME_SEC, sec)
                                        : put_nsec(to, QUERY_TIME_NSEC, nsec);
    }
    to = put_len(to, QUERY_PACKET, len);
    nm_cell_read(reader, to, len);
    if (m->zeroes_resolver) {
        zero_address(to, len, /* is_query= */ true);
    }
    return to + len;
}

/* Fragments of a query are read once for each field; of a single packet the times are known. */
static uint8_t *
put_query(const nm_dnsqr_message *m, uint8_t *to)
{
    const nm_query *q = m->query;
    uint32_t last = q->packet_count == 1 ? QUERY_PACKET : QUERY_TIME_NSEC;
    for (uint32_t number = QUERY_PACKET; number <= last; number++) {
        nm_cell_reader reader = nm_query_read(m->table, q);
        for (unsigned i = 0; i < q->packet_count; i++) {
            to = put_query_part(m, &reader, number, to);
        }
    }
    if (last == QUERY_PACKET) {
        to = put_sec(to, QUERY_TIME_SEC, q->time_sec);
        to = put_nsec(to, QUERY_TIME_NSEC, q->time_nsec);
    }
    return to;
}

/* The packet of a TCP or ICMP message. */
static uint8_t *
put_other(const nm_dnsqr_message *m, uint8_t *to)
{
    nm_span octets = m->packet->octets;
    to = put_octets(to, m->type == NM_DNSQR_TCP ? TCP : ICMP, octets.data, octets.len);
    if (m->zeroes_resolver) {
        nm_dns_packet_zero(to - octets.len, octets.len);
    }
    return to;
}

/* -- all of it -- */

static uint8_t *
put_message(const nm_dnsqr_message *m, uint8_t *to)
{
    to = put_small(to, TYPE, m->type);
    to = put_sides(m, to);
    to = put_question(m, to);
    if (is_response(m)) {
        to = put_small(to, RCODE, m->packet->flags & NM_DNS_RCODE_MASK);
    }
    if (m->query != NULL) {
        to = put_query(m, to);
    }
    if (!is_udp(m)) {
        to = put_other(m, to);
    } else if (is_response(m)) {
        to = put_captured(m, RESPONSE_PACKET, to);
    } else if (m->packet != NULL) {
        to = put_captured(m, QUERY_PACKET, to);
    }
    if (m->has_timeout) {
        uint64_t bits;
        memcpy(&bits, &m->timeout, sizeof bits);
        to = nm_pb_put_fixed64(nm_pb_put_tag(to, TIMEOUT, NM_WIRE_FIXED64), bits);
    }
    if (is_response(m)) {
        to = put_small(to, UDP_CHECKSUM, m->udp_checksum);
    }
    return m->zeroes_resolver ? put_small(to, RESOLVER_ADDRESS_ZEROED, 1) : to;
}

nm_status
nm_dnsqr_message_encode(const nm_dnsqr_message *m, nm_buffer *out)
{
    size_t len = len_max(m);
    if (!is_udp(m)) {
        len += m->packet->octets.len;
    }
    nm_status status = nm_buffer_reserve(out, len);
    if (status == NM_OK) {
        out->len = (size_t)(put_message(m, out->data + out->len) - out->data);
    }
    return status;
}
