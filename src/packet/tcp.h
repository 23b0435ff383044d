/* SPDX-License-Identifier: Apache-2.0 */
/* TCP headers (RFC 9293 section 3.1). */
#ifndef NM_PACKET_TCP_H
#define NM_PACKET_TCP_H

#include "base/span.h"
#include "base/status.h"

enum { NM_TCP_HEADER_LEN = 20 /**< Octets without options. */ };

/** A TCP header and what follows it. */
typedef struct nm_tcp {
    uint16_t source_port;
    uint16_t destination_port;
    uint32_t sequence;
    uint32_t acknowledgement;
    uint8_t flags;   /**< CWR, ECE, URG, ACK, PSH, RST, SYN, FIN, from the top bit down. */
    nm_span options; /**< Borrowed from the packet, like the next. */
    nm_span payload;
} nm_tcp;

/** Read a TCP header.
 *  @param ip_payload  Payload of an IP packet, or of its first fragment; borrowed as long as *out
 *                     is used.
 *  @param out         Written on NM_OK only.
 *  @return NM_OK; NM_E_PARSE: it is cut, or says that it is shorter than it can be. */
NM_MUST_CHECK nm_status nm_tcp_parse(nm_span ip_payload, nm_tcp *out);

#endif
