/* SPDX-License-Identifier: Apache-2.0 */
/* DNS packets for tests, put together by hand from what a test has to say. */
#ifndef NM_TESTS_UNIT_CAPTURE_DNS_PACKETS_H
#define NM_TESTS_UNIT_CAPTURE_DNS_PACKETS_H

#include "packet/packets.h"

/** "example.com" and "foo.net" in wire form. */
#define EXAMPLE_COM "\7example\3com"
#define FOO_NET "\3foo\3net"

/** A DNS message in a UDP datagram; zeros are a query over IPv4 from port 0 with no question. */
typedef struct dns_plan {
    unsigned version;     /**< 6, or else 4. */
    unsigned client;      /**< Last octet of the address of whoever asks. */
    unsigned port;        /**< Of whoever asks. */
    unsigned server_port; /**< 0: 53. */
    unsigned id;
    bool is_response;
    bool has_rd;
    unsigned rcode;
    const char *qname; /**< In wire form, its final zero being that of the C string; NULL: no
                            question, and a count of 0. */
    unsigned qtype;    /**< 0: 1. */
    size_t extra;      /**< Octets behind the question. */
    size_t padding;    /**< Octets behind the packet. */
    unsigned checksum; /**< 0: right, 1: none, 2: wrong. */
} dns_plan;

/** Address of whoever asks, as packets_put_addresses() makes those of a source. */
static inline size_t
dns_put_client(octets *o, const dns_plan *plan)
{
    size_t len = plan->version == 6 ? 16 : 4;
    octets_fill(o, 10, len - 1);
    octets_u8(o, plan->client);
    return len;
}

static inline size_t
dns_put_server(octets *o, const dns_plan *plan)
{
    size_t len = plan->version == 6 ? 16 : 4;
    octets_fill(o, 20, len);
    return len;
}

/** The DNS message alone. */
static inline void
dns_put_message(octets *o, const dns_plan *plan)
{
    octets_be(o, plan->id, 2);
    octets_be(o, (plan->is_response ? 0x8000 : 0) | (plan->has_rd ? 0x0100 : 0) | plan->rcode, 2);
    octets_be(o, plan->qname != NULL ? 1 : 0, 2);
    octets_fill(o, 0, 6);
    if (plan->qname != NULL) {
        octets_put(o, plan->qname, strlen(plan->qname) + 1);
        octets_be(o, plan->qtype != 0 ? plan->qtype : 1, 2);
        octets_be(o, 1, 2);
    }
    octets_noise(o, plan->id, plan->extra);
}

/** The UDP datagram around it, with its checksum. */
static inline void
dns_put_udp(octets *o, const dns_plan *plan)
{
    unsigned server_port = plan->server_port != 0 ? plan->server_port : 53;
    size_t start = o->len;
    octets pseudo = {0};
    octets_be(o, plan->is_response ? server_port : plan->port, 2);
    octets_be(o, plan->is_response ? plan->port : server_port, 2);
    octets_be(o, 0, 4);
    dns_put_message(o, plan);
    size_t len = o->len - start;
    o->data[start + 4] = (uint8_t)(len >> 8);
    o->data[start + 5] = (uint8_t)len;
    (void)dns_put_client(&pseudo, plan);
    (void)dns_put_server(&pseudo, plan);
    octets_be(&pseudo, len, plan->version == 6 ? 4 : 2);
    octets_be(&pseudo, 17, plan->version == 6 ? 4 : 2);
    octets_put(&pseudo, o->data + start, len);
    uint16_t sum = packets_slow_checksum(octets_span(&pseudo));
    sum = sum == 0 ? 0xffff : sum;
    sum = plan->checksum == 1 ? 0 : plan->checksum == 2 ? sum ^ 0x0101 : sum;
    o->data[start + 6] = (uint8_t)(sum >> 8);
    o->data[start + 7] = (uint8_t)sum;
    octets_free(&pseudo);
}

/** An IP header for `len` octets of a protocol from the client or to it. */
static inline void
dns_put_ip(octets *o, const dns_plan *plan, unsigned protocol, unsigned id, unsigned fragment,
           size_t len)
{
    if (plan->version == 6) {
        octets_be(o, 0x60000000, 4);
        octets_be(o, len, 2);
        octets_u8(o, protocol);
        octets_u8(o, 64);
    } else {
        octets_be(o, 0x4500, 2);
        octets_be(o, 20 + len, 2);
        octets_be(o, id, 2);
        octets_be(o, fragment, 2);
        octets_be(o, 0x4000 + protocol, 2);
        octets_be(o, 0, 2);
    }
    if (plan->is_response) {
        (void)dns_put_server(o, plan);
        (void)dns_put_client(o, plan);
    } else {
        (void)dns_put_client(o, plan);
        (void)dns_put_server(o, plan);
    }
}

/** The packet, from its IP header to its padding. */
static inline void
dns_put_packet(octets *o, const dns_plan *plan)
{
    octets udp = {0};
    dns_put_udp(&udp, plan);
    dns_put_ip(o, plan, 17, 0, 0, udp.len);
    octets_put_span(o, octets_span(&udp));
    octets_fill(o, 'P', plan->padding);
    octets_free(&udp);
}

#endif
