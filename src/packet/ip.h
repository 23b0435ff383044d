/* SPDX-License-Identifier: Apache-2.0 */
/* One IP packet, version 4 (RFC 791) or 6 (RFC 8200): from the first octet of its header. What the
 * upper layer says is not looked at; fragments are put together by packet/ip_assembly.h. */
#ifndef NM_PACKET_IP_H
#define NM_PACKET_IP_H

#include "base/span.h"
#include "base/status.h"

enum {
    NM_IPV4_HEADER_LEN = 20,     /**< Octets without options (RFC 791 section 3.1). */
    NM_IPV6_HEADER_LEN = 40,     /**< Octets without extension headers (RFC 8200 section 3). */
    NM_IPV6_FRAGMENT_LEN = 8,    /**< Octets of a fragment header (RFC 8200 section 4.5). */
    NM_IP_PACKET_LEN_MAX = 65535 /**< What the length fields of both versions can say. */
};

/** Protocol numbers (IANA "Assigned Internet Protocol Numbers"). */
enum {
    NM_IP_HOP_BY_HOP = 0, /**< IPv6 extension header. */
    NM_IP_ICMP = 1,
    NM_IP_TCP = 6,
    NM_IP_UDP = 17,
    NM_IP_ROUTING = 43,        /**< IPv6 extension header. */
    NM_IP_FRAGMENT = 44,       /**< IPv6 extension header. */
    NM_IP_AUTHENTICATION = 51, /**< RFC 4302: an extension header in IPv6. */
    NM_IP_ICMPV6 = 58,
    NM_IP_DESTINATION_OPTIONS = 60, /**< IPv6 extension header. */
    NM_IP_MOBILITY = 135,           /**< RFC 6275: IPv6 extension header. */
    NM_IP_HOST_IDENTITY = 139,      /**< RFC 7401: IPv6 extension header. */
    NM_IP_SHIM6 = 140,              /**< RFC 5533: IPv6 extension header. */
};

/** What the headers of a packet say; spans are borrowed from the packet. */
typedef struct nm_ip_packet {
    unsigned version;        /**< 4 or 6. */
    nm_span source;          /**< 4 or 16 octets. */
    nm_span destination;     /**< As long as `source`. */
    uint8_t header_protocol; /**< Protocol or next header of the fixed IP header. */
    uint8_t protocol;        /**< What `payload` is: the same in IPv4; in IPv6 what follows the
                                   extension headers, in fragments what follows the fragment
                                   header. */
    bool is_fragment;        /**< IPv4: has an offset or more fragments follow; IPv6: has a fragment
                                   header, perhaps as the only piece (RFC 6946). */
    bool has_more;           /**< More fragments follow. */
    bool is_truncated;       /**< IPv4: the header says more octets than there are. */
    uint32_t fragment_offset; /**< Octets, a multiple of 8, at most 65,528. */
    uint32_t id;       /**< Of fragments; 16 bits in IPv4. 0 in IPv6 packets that are none. */
    size_t header_len; /**< Octets before `payload`, extension headers included. */
    size_t packet_len; /**< Octets from the header to the end of `payload`; octets behind
                                   them are no part of the packet, but padding of the frame. */
    nm_span payload;   /**< Upper layer: as long as the header says, cut to what is there. */
} nm_ip_packet;

/** Read the headers of a packet.
 *
 *  IPv4 with a total length of 0, as captured before a network card cut it, reaches to the end of
 *  the octets. The extension headers of IPv6 (hop-by-hop, routing, destination options,
 *  authentication, mobility, host identity, shim6) are skipped up to the upper layer, which ESP
 *  counts as, or behind a fragment header. Checksums are not looked at.
 *  @param octets  Packet and perhaps padding behind it; borrowed as long as *out is used.
 *  @param out     Written on NM_OK only.
 *  @return NM_OK; NM_E_PARSE: neither version, a header that is cut or longer than the packet; in
 *          IPv6 also a length beyond the octets or, unless it is a fragment, without upper
 *          layer. */
NM_MUST_CHECK nm_status nm_ip_packet_parse(nm_span octets, nm_ip_packet *out);

/** The same for a packet that must be of the given version, 4 or 6: others are NM_E_PARSE. */
NM_MUST_CHECK nm_status nm_ip_packet_parse_version(nm_span octets, unsigned version,
                                                   nm_ip_packet *out);

/** Of IPv6: skip the extension headers that begin `packet->payload`, as nm_ip_packet_parse() does
 *  with those behind the fixed header. Of use for what followed a fragment header.
 *  @param packet  `protocol`, `payload`, `header_len` and what a fragment header says change; on
 *                 failure nothing does.
 *  @return NM_OK, NM_E_PARSE. */
NM_MUST_CHECK nm_status nm_ip_extensions_skip(nm_ip_packet *packet);

#endif
