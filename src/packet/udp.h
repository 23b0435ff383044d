/* SPDX-License-Identifier: Apache-2.0 */
/* UDP datagrams (RFC 768). */
#ifndef NM_PACKET_UDP_H
#define NM_PACKET_UDP_H

#include "base/span.h"
#include "base/status.h"

enum { NM_UDP_HEADER_LEN = 8 /**< Octets. */ };

/** A UDP header and what follows it. */
typedef struct nm_udp {
    uint16_t source_port;
    uint16_t destination_port;
    uint16_t length;   /**< As sent: octets with the header, whatever is there. */
    uint16_t checksum; /**< As sent; 0: the sender made none. */
    nm_span payload;   /**< Borrowed from the packet. */
} nm_udp;

/** Read a UDP header.
 *
 *  The payload is `length` - 8 octets, or `length` octets where that is below 8 and so cannot be
 *  right, cut to the octets that are there.
 *  @param ip_payload  Payload of an IP packet, or of its first fragment; borrowed as long as *out
 *                     is used.
 *  @param out         Written on NM_OK only.
 *  @return NM_OK; NM_E_PARSE: fewer than 8 octets. */
NM_MUST_CHECK nm_status nm_udp_parse(nm_span ip_payload, nm_udp *out);

#endif
