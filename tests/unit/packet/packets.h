/* SPDX-License-Identifier: Apache-2.0 */
/* Packets for tests, put together by hand, and a slow checksum of the tests' own. */
#ifndef NM_TESTS_UNIT_PACKET_PACKETS_H
#define NM_TESTS_UNIT_PACKET_PACKETS_H

#include "octets.h"

/** What a packet is to say; `fragment` is the 16-bit word of IPv4 or of an IPv6 fragment header. */
typedef struct packet_plan {
    unsigned version;
    unsigned protocol;
    unsigned id;
    unsigned fragment;
    bool has_fragment_header; /**< IPv6 only. */
    unsigned from;            /**< Last octet of the source address. */
} packet_plan;

static inline void
packets_put_addresses(octets *o, const packet_plan *plan)
{
    octets_fill(o, 10, plan->version == 4 ? 3 : 15);
    octets_u8(o, plan->from);
    octets_fill(o, 20, plan->version == 4 ? 4 : 16);
}

/** Append a packet with the payload given. */
static inline void
packets_put(octets *o, const packet_plan *plan, nm_span payload)
{
    if (plan->version == 4) {
        octets_u8(o, 0x45);
        octets_u8(o, 0);
        octets_be(o, 20 + payload.len, 2);
        octets_be(o, plan->id, 2);
        octets_be(o, plan->fragment, 2);
        octets_u8(o, 64);
        octets_u8(o, plan->protocol);
        octets_be(o, 0, 2);
        packets_put_addresses(o, plan);
    } else {
        octets_be(o, 0x60000000, 4);
        octets_be(o, payload.len + (plan->has_fragment_header ? 8 : 0), 2);
        octets_u8(o, plan->has_fragment_header ? 44 : plan->protocol);
        octets_u8(o, 64);
        packets_put_addresses(o, plan);
        if (plan->has_fragment_header) {
            octets_u8(o, plan->protocol);
            octets_u8(o, 0);
            octets_be(o, plan->fragment, 2);
            octets_be(o, plan->id, 4);
        }
    }
    octets_put_span(o, payload);
}

/** Fragment word for a piece at `offset` octets. */
static inline unsigned
packets_fragment(unsigned version, size_t offset, bool has_more)
{
    return version == 4 ? (unsigned)offset / 8 | (has_more ? 0x2000 : 0)
                        : (unsigned)offset | (has_more ? 1 : 0);
}

/** Piece of `whole`, from `start` to `end`, as a fragment of the datagram that the plan says. */
static inline void
packets_put_piece(octets *o, packet_plan plan, nm_span whole, size_t start, size_t end)
{
    plan.fragment = packets_fragment(plan.version, start, end < whole.len);
    plan.has_fragment_header = true;
    packets_put(o, &plan, nm_span_of(whole.data + start, end - start));
}

/** Ones' complement of the sum of 16-bit words, taken one by one (RFC 1071). */
static inline uint16_t
packets_slow_checksum(nm_span in)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < in.len; i++) {
        sum += i % 2 == 0 ? (uint32_t)in.data[i] << 8 : in.data[i];
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

/** Checksum of a UDP datagram whose checksum field is zero, between the addresses of the plan. */
static inline uint16_t
packets_udp_checksum(const packet_plan *plan, nm_span udp)
{
    octets o = {0};
    packets_put_addresses(&o, plan);
    octets_be(&o, udp.len, plan->version == 4 ? 2 : 4);
    octets_be(&o, 17, plan->version == 4 ? 2 : 4);
    octets_put_span(&o, udp);
    uint16_t checksum = packets_slow_checksum(octets_span(&o));
    octets_free(&o);
    return checksum == 0 ? 0xffff : checksum; /* RFC 768. */
}

/** Append a UDP datagram from port 53 with its checksum and `len` octets of noise. */
static inline void
packets_put_udp(octets *o, const packet_plan *plan, uint64_t seed, size_t len)
{
    size_t start = o->len;
    octets_be(o, 53, 2);
    octets_be(o, 40000, 2);
    octets_be(o, 8 + len, 2);
    octets_be(o, 0, 2);
    octets_noise(o, seed, len);
    uint16_t checksum = packets_udp_checksum(plan, nm_span_of(o->data + start, 8 + len));
    o->data[start + 6] = (uint8_t)(checksum >> 8);
    o->data[start + 7] = (uint8_t)checksum;
}

#endif
