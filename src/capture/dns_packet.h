/* SPDX-License-Identifier: Apache-2.0 */
/* Which IP packets are part of a DNS transaction, and what they say about it. Knows one packet;
 * what belongs together is found by capture/query_table.h. */
#ifndef NM_CAPTURE_DNS_PACKET_H
#define NM_CAPTURE_DNS_PACKET_H

#include "packet/ip.h"

/** A DNS packet. */
typedef struct nm_dns_packet {
    uint8_t protocol;    /**< NM_IP_UDP, NM_IP_TCP or NM_IP_ICMP; of the last two only `octets`, and
                              `resolver`, is filled in. */
    uint8_t address_len; /**< Octets of each address. */
    bool is_response;    /**< As the flag QR says. */
    bool has_question;   /**< Exactly one question, and its name, type and class are there. */
    uint16_t query_port; /**< Of whoever asks. */
    uint16_t response_port;
    uint16_t id;
    uint16_t flags; /**< All 16 bits behind the id. */
    uint16_t qtype;
    uint16_t qclass;
    const uint8_t *query_ip; /**< Of whoever asks; borrowed from the packet, like the others. */
    const uint8_t *response_ip;
    nm_span qname;    /**< As it stands in the packet, not expanded. */
    nm_span question; /**< The same with type and class behind it. */
    nm_span octets;   /**< The packet from its IP header to the end of the frame. */
} nm_dns_packet;

enum {
    NM_DNS_FLAG_RESPONSE = 0x8000,  /**< QR (RFC 1035 section 4.1.1), like the next two. */
    NM_DNS_FLAG_RECURSION = 0x0100, /**< RD. */
    NM_DNS_RCODE_MASK = 0x000f,
};

/** True when the packet is a fragment other than the first, or has a whole header of UDP, TCP or
 *  ICMP: what else there is neither tells the time nor is put together.
 *  @param octets  What `ip` was parsed from. */
bool nm_dns_packet_is_readable(const nm_ip_packet *ip, nm_span octets);

/** Look at a packet that is no fragment.
 *
 *  Of interest are UDP with port 53 or 5353 on either side, TCP with port 53, and ICMP errors about
 *  such packets. In UDP the payload ends where UDP says or the octets end, whatever IP says.
 *  @param octets  What `ip` was parsed from, padding included; borrowed as long as *out is used.
 *  @param out     Undefined unless NM_OK.
 *  @return NM_OK; NM_END: something else; NM_E_PARSE: a DNS message that is cut. */
NM_MUST_CHECK nm_status nm_dns_packet_parse(const nm_ip_packet *ip, nm_span octets,
                                            nm_dns_packet *out);

/** Zero the addresses of whoever asks in a copy of a packet of TCP or ICMP that
 *  nm_dns_packet_parse() was content with; in ICMP also in the packet that it is about. */
void nm_dns_packet_zero(uint8_t *packet, size_t len);

#endif
