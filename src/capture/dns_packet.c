/* SPDX-License-Identifier: Apache-2.0 */
/* Reading DNS packets as far as transactions need it. */
#include "capture/dns_packet.h"

#include "base/cursor.h"
#include "packet/icmp.h"
#include "packet/tcp.h"
#include "packet/udp.h"

enum {
    PORT_DNS = 53,             /* RFC 1035 section 4.2. */
    PORT_MULTICAST_DNS = 5353, /* RFC 6762 section 1. */
    DNS_HEADER_LEN = 12,       /* RFC 1035 section 4.1.1. */
    TYPE_AND_CLASS_LEN = 4,
    POINTER = 0xc0, /* RFC 1035 section 4.1.4. */
};

static bool
is_udp_port(uint16_t port)
{
    return port == PORT_DNS || port == PORT_MULTICAST_DNS;
}

/* From the upper layer to the end of the frame. */
static nm_span
rest_of(const nm_ip_packet *ip, nm_span octets)
{
    return nm_span_of(ip->payload.data, octets.len - ip->header_len);
}

bool
nm_dns_packet_is_readable(const nm_ip_packet *ip, nm_span octets)
{
    if (ip->is_fragment && ip->fragment_offset > 0) {
        return true;
    }
    size_t len = octets.len - ip->header_len;
    switch (ip->protocol) {
    case NM_IP_UDP:
        return len >= NM_UDP_HEADER_LEN;
    case NM_IP_TCP:
        return len >= NM_TCP_HEADER_LEN;
    case NM_IP_ICMP:
        return len >= NM_ICMP_HEADER_LEN;
    default:
        return false;
    }
}

/* -- UDP -- */

/* Octets of the name at the start of `in`. It ends with the root label, a pointer or the octets;
 * length octets are taken at face value, so that there is nothing that is no name. */
static size_t
name_len(nm_span in)
{
    size_t at = 0;
    while (at < in.len && in.data[at] != 0) {
        if (in.data[at] >= POINTER) {
            at++;
            break;
        }
        at += (size_t)in.data[at] + 1;
    }
    at++;
    return at < in.len ? at : in.len;
}

static nm_status
parse_question(nm_span in, nm_dns_packet *p)
{
    size_t len = name_len(in);
    if (in.len - len < TYPE_AND_CLASS_LEN) {
        return NM_E_PARSE;
    }
    const uint8_t *behind = in.data + len;
    p->has_question = true;
    p->qname = nm_span_of(in.data, len);
    p->question = nm_span_of(in.data, len + TYPE_AND_CLASS_LEN);
    p->qtype = (uint16_t)(behind[0] << 8 | behind[1]);
    p->qclass = (uint16_t)(behind[2] << 8 | behind[3]);
    return NM_OK;
}

static nm_status
parse_dns(nm_span in, nm_dns_packet *p)
{
    if (in.len < DNS_HEADER_LEN) {
        return NM_E_PARSE;
    }
    p->id = (uint16_t)(in.data[0] << 8 | in.data[1]);
    p->flags = (uint16_t)(in.data[2] << 8 | in.data[3]);
    p->is_response = (p->flags & NM_DNS_FLAG_RESPONSE) != 0;
    bool has_one_question = in.data[4] == 0 && in.data[5] == 1;
    if (!has_one_question || in.len == DNS_HEADER_LEN) {
        return NM_OK;
    }
    return parse_question(nm_span_of(in.data + DNS_HEADER_LEN, in.len - DNS_HEADER_LEN), p);
}

static nm_status
parse_udp(const nm_ip_packet *ip, nm_span octets, nm_dns_packet *p)
{
    nm_udp udp;
    if (nm_udp_parse(rest_of(ip, octets), &udp) != NM_OK) {
        return NM_E_PARSE;
    }
    if (!is_udp_port(udp.source_port) && !is_udp_port(udp.destination_port)) {
        return NM_END;
    }
    nm_status status = parse_dns(udp.payload, p);
    p->query_ip = p->is_response ? ip->destination.data : ip->source.data;
    p->response_ip = p->is_response ? ip->source.data : ip->destination.data;
    p->query_port = p->is_response ? udp.destination_port : udp.source_port;
    p->response_port = p->is_response ? udp.source_port : udp.destination_port;
    return status;
}

/* -- TCP and ICMP -- */

/* Ports stand first in both, and ICMP may cite no more than them. */
static bool
read_ports(nm_span upper_layer, uint16_t *out_source, uint16_t *out_destination)
{
    nm_cursor c = nm_cursor_init(upper_layer);
    *out_source = nm_cursor_be16(&c);
    *out_destination = nm_cursor_be16(&c);
    return !c.has_failed;
}

/* Which side of a packet asks, by the ports. */
typedef struct sides {
    bool is_source;
    bool is_destination;
} sides;

static sides
asking_sides(uint8_t protocol, uint16_t source, uint16_t destination)
{
    bool is_udp = protocol == NM_IP_UDP;
    return (sides){
        .is_source = destination == PORT_DNS || (is_udp && destination == PORT_MULTICAST_DNS),
        .is_destination = source == PORT_DNS || (is_udp && source == PORT_MULTICAST_DNS),
    };
}

/* None where it is no DNS packet. */
static sides
sides_of(const nm_ip_packet *ip, nm_span upper_layer)
{
    uint16_t source;
    uint16_t destination;
    bool has_ports = (ip->protocol == NM_IP_UDP || ip->protocol == NM_IP_TCP) &&
                     ip->fragment_offset == 0 && read_ports(upper_layer, &source, &destination);
    return has_ports ? asking_sides(ip->protocol, source, destination)
                     : (sides){.is_source = false};
}

/* The packet that an ICMP error is about. It is cut, so that its lengths say more than there is. */
static bool
read_cited(const nm_ip_packet *ip, nm_ip_packet *out)
{
    nm_icmp icmp;
    return ip->version == 4 && ip->protocol == NM_IP_ICMP &&
           nm_icmp_parse(4, ip->payload, &icmp) == NM_OK && icmp.is_error &&
           nm_ip_packet_parse(icmp.payload, out) == NM_OK;
}

static nm_status
parse_tcp(const nm_ip_packet *ip, nm_span octets)
{
    if (octets.len - ip->header_len < NM_TCP_HEADER_LEN) {
        return NM_E_PARSE;
    }
    sides s = sides_of(ip, rest_of(ip, octets));
    return s.is_source || s.is_destination ? NM_OK : NM_END;
}

static nm_status
parse_icmp(const nm_ip_packet *ip)
{
    nm_ip_packet cited;
    if (!read_cited(ip, &cited)) {
        return NM_END;
    }
    sides s = sides_of(&cited, cited.payload);
    return s.is_source || s.is_destination ? NM_OK : NM_END;
}

nm_status
nm_dns_packet_parse(const nm_ip_packet *ip, nm_span octets, nm_dns_packet *out)
{
    *out = (nm_dns_packet){
        .protocol = ip->protocol, .address_len = (uint8_t)ip->source.len, .octets = octets};
    switch (ip->protocol) {
    case NM_IP_UDP:
        return parse_udp(ip, octets, out);
    case NM_IP_TCP:
        return parse_tcp(ip, octets);
    case NM_IP_ICMP:
        return parse_icmp(ip);
    default:
        return NM_END;
    }
}

/* -- zeroing -- */

/* Zero an address that lies in the packet. */
static void
zero(uint8_t *packet, nm_span address)
{
    memset(packet + (address.data - packet), 0, address.len);
}

static void
zero_sides(uint8_t *packet, const nm_ip_packet *ip, sides s)
{
    if (s.is_source) {
        zero(packet, ip->source);
    }
    if (s.is_destination) {
        zero(packet, ip->destination);
    }
}

/* An error goes to whoever sent the packet that it is about, and may come from whoever that was
 * sent to: either may be the one that asks. */
static bool
is_asking(nm_span address, const nm_ip_packet *cited, sides inner)
{
    return (inner.is_source && nm_span_equal(address, cited->source)) ||
           (inner.is_destination && nm_span_equal(address, cited->destination));
}

static void
zero_cited(uint8_t *packet, const nm_ip_packet *ip, const nm_ip_packet *cited)
{
    sides inner = sides_of(cited, cited->payload);
    sides outer = {.is_source = is_asking(ip->source, cited, inner),
                   .is_destination = is_asking(ip->destination, cited, inner)};
    zero_sides(packet, ip, outer);
    zero_sides(packet, cited, inner);
}

void
nm_dns_packet_zero(uint8_t *packet, size_t len)
{
    nm_span octets = nm_span_of(packet, len);
    nm_ip_packet ip;
    nm_ip_packet cited;
    if (nm_ip_packet_parse(octets, &ip) != NM_OK) {
        return;
    }
    if (read_cited(&ip, &cited)) {
        zero_cited(packet, &ip, &cited);
    } else {
        zero_sides(packet, &ip, sides_of(&ip, rest_of(&ip, octets)));
    }
}
