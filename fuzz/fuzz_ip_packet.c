/* SPDX-License-Identifier: Apache-2.0 */
/* The first octet says what the rest is: a packet, packets to put together (each behind its length
 * in two octets), or a datagram to be cut into fragments. What the code under test says is compared
 * with slow models of it. */
#include "base/cursor.h"
#include "packet/checksum.h"
#include "packet/icmp.h"
#include "packet/ip_assembly.h"
#include "packet/link.h"
#include "packet/tcp.h"
#include "packet/udp.h"

#include "fuzz.h"

enum {
    PACKETS_MAX = 64,
    ROOM = 1 << 17,
};

static uint64_t random_state;

/* 0 to bound - 1 (xorshift, Marsaglia 2003). */
static size_t
random_below(size_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % bound);
}

/* 16-bit words one by one (RFC 1071). */
static uint16_t
slow_checksum(nm_span in)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < in.len; i++) {
        sum += i % 2 == 0 ? (uint32_t)in.data[i] << 8 : in.data[i];
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

static void
require_checksum_of_pieces(nm_span in)
{
    uint16_t expected = slow_checksum(in);
    nm_checksum_state state = {.sum = 0};
    nm_checksum_add(&state, in);
    FUZZ_REQUIRE(nm_checksum_result(&state) == expected);
    state = (nm_checksum_state){.sum = 0};
    while (in.len > 0) {
        size_t len = 1 + random_below(in.len);
        nm_checksum_add(&state, nm_span_of(in.data, len));
        in = nm_span_of(in.data + len, in.len - len);
    }
    FUZZ_REQUIRE(nm_checksum_result(&state) == expected);
}

/* The checksum of a UDP datagram in one packet, over a copy of all that counts: where UDP says more
 * than IP, also what stands behind the packet. */
static nm_udp_checksum
slow_udp_checksum(const nm_ip_packet *p, nm_span octets)
{
    static uint8_t copy[ROOM];
    nm_udp udp;
    nm_span datagram = nm_span_of(p->payload.data, octets.len - p->header_len);
    if (p->protocol != NM_IP_UDP || p->fragment_offset > 0 ||
        nm_udp_parse(datagram, &udp) != NM_OK) {
        return NM_UDP_CHECKSUM_ERROR;
    }
    if (udp.checksum == 0) {
        return NM_UDP_CHECKSUM_ABSENT;
    }
    size_t len = p->source.len;
    memcpy(copy, p->source.data, len);
    memcpy(copy + len, p->destination.data, len);
    len *= 2;
    const uint8_t rest[] = {(uint8_t)(udp.length >> 8), (uint8_t)udp.length, 0, NM_IP_UDP};
    memcpy(copy + len, rest, sizeof rest);
    len += sizeof rest;
    memcpy(copy + len, p->payload.data, NM_UDP_HEADER_LEN + udp.payload.len);
    len += NM_UDP_HEADER_LEN + udp.payload.len;
    return slow_checksum(nm_span_of(copy, len)) == 0 ? NM_UDP_CHECKSUM_CORRECT
                                                     : NM_UDP_CHECKSUM_INCORRECT;
}

static bool
is_within(nm_span inner, nm_span outer)
{
    return inner.data >= outer.data && inner.len <= outer.len &&
           (size_t)(inner.data - outer.data) <= outer.len - inner.len;
}

/* Octets before the upper layer, by the lengths that stand in the headers of an IPv6 packet. */
static size_t
slow_header_len(nm_span octets, uint8_t *out_protocol)
{
    size_t at = 40;
    *out_protocol = octets.data[6];
    while (at + 8 <= octets.len) {
        const uint8_t *header = octets.data + at;
        if (*out_protocol == 44) {
            *out_protocol = header[0];
            return at + 8;
        }
        if (*out_protocol == 51) {
            at += 4 * ((size_t)header[1] + 2);
        } else if (*out_protocol == 0 || *out_protocol == 43 || *out_protocol == 60 ||
                   *out_protocol == 135 || *out_protocol == 139 || *out_protocol == 140) {
            at += 8 * ((size_t)header[1] + 1);
        } else {
            break;
        }
        *out_protocol = header[0];
    }
    return at;
}

static void
require_sound(nm_span octets, const nm_ip_packet *p)
{
    size_t address_len = p->version == 4 ? 4 : 16;
    FUZZ_REQUIRE(p->version == (unsigned)octets.data[0] >> 4);
    FUZZ_REQUIRE(p->source.len == address_len && p->destination.len == address_len);
    FUZZ_REQUIRE(is_within(p->source, octets) && is_within(p->destination, octets));
    FUZZ_REQUIRE(is_within(p->payload, octets));
    FUZZ_REQUIRE(p->payload.data == octets.data + p->header_len);
    FUZZ_REQUIRE(p->packet_len == p->header_len + p->payload.len && p->packet_len <= octets.len);
    FUZZ_REQUIRE(p->fragment_offset % 8 == 0 && p->fragment_offset <= 65528);
    FUZZ_REQUIRE(p->is_fragment || (!p->has_more && p->fragment_offset == 0));
    FUZZ_REQUIRE(p->version == 6 || p->protocol == p->header_protocol);
    FUZZ_REQUIRE(p->version == 4 || !p->is_truncated);
    uint8_t protocol = p->protocol;
    size_t header_len =
        p->version == 4 ? 4U * (octets.data[0] & 15U) : slow_header_len(octets, &protocol);
    FUZZ_REQUIRE(p->header_len == header_len && p->protocol == protocol);
    FUZZ_REQUIRE(p->version == 4 || p->payload.len > 0 || p->is_fragment);
}

/* Upper layers and link layers, whatever the octets are. */
static void
try_other_headers(nm_span octets)
{
    static const uint32_t link_types[] = {0, 1, 12, 101, 108, 113, 147, 228, 229, 276};
    nm_tcp tcp;
    nm_icmp icmp;
    nm_link link;
    if (nm_tcp_parse(octets, &tcp) == NM_OK) {
        FUZZ_REQUIRE(is_within(tcp.payload, octets) && is_within(tcp.options, octets));
        FUZZ_REQUIRE(NM_TCP_HEADER_LEN + tcp.options.len + tcp.payload.len == octets.len);
    }
    for (unsigned version = 4; version <= 6; version += 2) {
        if (nm_icmp_parse(version, octets, &icmp) == NM_OK) {
            FUZZ_REQUIRE(is_within(icmp.payload, octets));
            FUZZ_REQUIRE(NM_ICMP_HEADER_LEN + icmp.payload.len == octets.len);
        }
    }
    for (size_t i = 0; i < sizeof link_types / sizeof *link_types; i++) {
        if (nm_link_parse(link_types[i], octets, &link) == NM_OK) {
            FUZZ_REQUIRE(link.version == 4 || link.version == 6);
            FUZZ_REQUIRE(is_within(link.packet, octets));
            FUZZ_REQUIRE(link.packet.data + link.packet.len == octets.data + octets.len);
        }
    }
}

static void
try_packet(nm_span octets)
{
    try_other_headers(octets);
    nm_ip_packet p;
    nm_ip_packet again;
    nm_status status = nm_ip_packet_parse(octets, &p);
    unsigned versions = 0;
    for (unsigned version = 0; version < 16; version++) {
        versions += nm_ip_packet_parse_version(octets, version, &again) == NM_OK;
    }
    FUZZ_REQUIRE(versions == (status == NM_OK));
    require_checksum_of_pieces(octets);
    if (status != NM_OK) {
        FUZZ_REQUIRE(nm_udp_checksum_of(&octets, 1) == NM_UDP_CHECKSUM_ERROR);
        return;
    }
    require_sound(octets, &p);
    FUZZ_REQUIRE(nm_udp_checksum_of(&octets, 1) == slow_udp_checksum(&p, octets));
    if (!p.is_truncated) { /* What is behind the packet says nothing. */
        nm_span packet = nm_span_of(octets.data, p.packet_len);
        if (p.version == 6 || octets.data[2] != 0 || octets.data[3] != 0) {
            FUZZ_REQUIRE(nm_ip_packet_parse(packet, &again) == NM_OK);
            FUZZ_REQUIRE(nm_span_equal(p.payload, again.payload) && p.protocol == again.protocol);
        }
    }
    if (p.version == 6 && !p.is_fragment) { /* All extension headers are behind us. */
        again = p;
        FUZZ_REQUIRE(nm_ip_extensions_skip(&again) == NM_OK);
        FUZZ_REQUIRE(again.header_len == p.header_len && again.protocol == p.protocol);
    }
}

static bool
belong_together(const nm_ip_packet *a, const nm_ip_packet *b)
{
    return a->version == b->version && a->id == b->id && nm_span_equal(a->source, b->source) &&
           nm_span_equal(a->destination, b->destination) &&
           (a->version == 6 || a->protocol == b->protocol);
}

/* What the fragments give, octet by octet. @return octets of the payload, SIZE_MAX if it is none.
 * What stands before and behind the fragment header is not looked at. */
static size_t
slow_assemble(const nm_span *packets, size_t count, uint8_t *out)
{
    static bool is_there[ROOM];
    nm_ip_packet first;
    size_t there = 0;
    size_t total = SIZE_MAX;
    size_t end_max = 0;
    memset(is_there, 0, sizeof is_there);
    for (size_t i = 0; i < count; i++) {
        nm_ip_packet p;
        if (nm_ip_packet_parse(packets[i], &p) != NM_OK || !p.is_fragment || p.is_truncated) {
            return SIZE_MAX;
        }
        first = i == 0 ? p : first;
        size_t end = p.fragment_offset + p.payload.len;
        if (!belong_together(&first, &p) || (p.has_more && p.payload.len % 8 != 0) ||
            (!p.has_more && total != SIZE_MAX)) {
            return SIZE_MAX;
        }
        total = p.has_more ? total : end;
        end_max = p.payload.len > 0 && end > end_max ? end : end_max;
        for (size_t at = 0; at < p.payload.len; at++) {
            if (is_there[p.fragment_offset + at]) {
                return SIZE_MAX;
            }
            is_there[p.fragment_offset + at] = true;
            out[p.fragment_offset + at] = p.payload.data[at];
            there++;
        }
    }
    return total == there && end_max == total && total > 0 ? total : SIZE_MAX;
}

static void
try_assembly(const nm_span *packets, size_t count)
{
    static uint8_t expected[ROOM];
    const nm_allocator *allocator = fuzz_memory_begin();
    nm_ip_packet p;
    nm_buffer out;
    nm_buffer_init(&out, NM_IP_PACKET_LEN_MAX, allocator);
    nm_status status = nm_ip_assemble(packets, count, &out, &p);
    FUZZ_REQUIRE((status == NM_E_NOMEM) <= fuzz_memory_has_failed());
    FUZZ_REQUIRE(status == NM_OK || status == NM_E_PARSE || status == NM_E_NOMEM);
    if (status == NM_OK) {
        FUZZ_REQUIRE(!p.is_fragment && !p.has_more && p.fragment_offset == 0);
        FUZZ_REQUIRE(p.packet_len == p.header_len + p.payload.len);
    }
    size_t len = slow_assemble(packets, count, expected);
    if (count > 1 && !fuzz_memory_has_failed()) {
        /* Only the headers before and behind the fragment headers may make a difference. */
        FUZZ_REQUIRE(status != NM_OK || len != SIZE_MAX);
        FUZZ_REQUIRE(status == NM_OK || len == SIZE_MAX || packets[0].data[0] >> 4 == 6 ||
                     len > NM_IP_PACKET_LEN_MAX - 60);
    }
    if (count > 1 && status == NM_OK) {
        FUZZ_REQUIRE(nm_span_equal(nm_buffer_span(&out), nm_span_of(expected, len)));
        FUZZ_REQUIRE(is_within(p.payload, nm_buffer_span(&out)));
    }
    (void)nm_udp_checksum_of(packets, count); /* Any answer. */
    nm_buffer_clear(&out);
    fuzz_memory_end();
}

static void
try_packets(nm_span in)
{
    nm_span packets[PACKETS_MAX];
    size_t count = 0;
    nm_cursor c = nm_cursor_init(in);
    while (nm_cursor_left(&c) > 0 && count < PACKETS_MAX) {
        size_t len = nm_cursor_be16(&c);
        size_t left = nm_cursor_left(&c);
        packets[count++] = nm_cursor_take(&c, len < left ? len : left);
    }
    try_assembly(packets, count);
}

/* One datagram and its fragments. */
typedef struct cut_datagram {
    unsigned version;
    nm_span whole;
    nm_span packets[PACKETS_MAX];
    size_t count;
    uint8_t octets[ROOM];
    size_t len;
} cut_datagram;

static void
put_header(uint8_t *to, unsigned version, size_t payload_len, size_t offset, bool has_more)
{
    memset(to, 0, 48);
    if (version == 4) {
        size_t total = 20 + payload_len;
        to[0] = 0x45;
        to[2] = (uint8_t)(total >> 8);
        to[3] = (uint8_t)total;
        to[6] = (uint8_t)((offset >> 11) | (has_more ? 0x20 : 0));
        to[7] = (uint8_t)(offset >> 3);
        to[9] = NM_IP_UDP;
    } else {
        size_t total = 8 + payload_len;
        to[0] = 0x60;
        to[4] = (uint8_t)(total >> 8);
        to[5] = (uint8_t)total;
        to[6] = NM_IP_FRAGMENT;
        to[40] = NM_IP_UDP;
        to[42] = (uint8_t)(offset >> 8);
        to[43] = (uint8_t)(offset | has_more);
    }
}

static void
cut_piece(cut_datagram *d, size_t start, size_t end)
{
    size_t header_len = d->version == 4 ? 20 : 48;
    uint8_t *to = d->octets + d->len;
    put_header(to, d->version, end - start, start, end < d->whole.len);
    memcpy(to + header_len, d->whole.data + start, end - start);
    d->packets[d->count++] = nm_span_of(to, header_len + end - start);
    d->len += header_len + end - start;
}

static void
cut(cut_datagram *d, nm_span whole)
{
    d->version = random_below(2) == 0 ? 4 : 6;
    d->whole = whole;
    d->count = 0;
    d->len = 0;
    for (size_t start = 0; start < whole.len;) {
        size_t left = whole.len - start;
        size_t len = 8 * (1 + random_below(left / 8 + 1));
        size_t end = len < left && d->count + 3 < PACKETS_MAX ? start + len : whole.len;
        cut_piece(d, start, end);
        start = end;
    }
    for (size_t i = d->count; i > 1; i--) {
        size_t k = random_below(i);
        nm_span other = d->packets[k];
        d->packets[k] = d->packets[i - 1];
        d->packets[i - 1] = other;
    }
}

static void
try_datagram(nm_span whole)
{
    static cut_datagram d;
    const nm_allocator *allocator = fuzz_memory_begin();
    nm_ip_packet p;
    nm_buffer out;
    nm_buffer_init(&out, NM_IP_PACKET_LEN_MAX, allocator);
    cut(&d, whole);
    if (d.count > 1) {
        nm_status status = nm_ip_assemble(d.packets, d.count, &out, &p);
        FUZZ_REQUIRE(status == NM_OK || (status == NM_E_NOMEM && fuzz_memory_has_failed()));
        FUZZ_REQUIRE(status != NM_OK || nm_span_equal(p.payload, whole));
        FUZZ_REQUIRE(nm_ip_assemble(d.packets, d.count - 1, &out, &p) != NM_OK);
        size_t start = 8 * random_below(whole.len / 8);
        cut_piece(&d, start, start + 8); /* Once too often. */
        FUZZ_REQUIRE(nm_ip_assemble(d.packets, d.count, &out, &p) != NM_OK);
    }
    nm_buffer_clear(&out);
    fuzz_memory_end();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    nm_span rest = nm_span_of(data + 1, size - 1);
    random_state = 1 + slow_checksum(rest);
    switch (data[0] % 3) {
    case 0:
        try_packet(rest);
        try_assembly(&rest, 1);
        break;
    case 1:
        try_packets(rest);
        break;
    default:
        if (rest.len >= 8 && rest.len <= 65000) {
            try_datagram(rest);
        }
        break;
    }
    return 0;
}
