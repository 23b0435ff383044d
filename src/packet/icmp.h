/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP (RFC 792) and ICMPv6 (RFC 4443) headers, and the packet that an error message is about. */
#ifndef NM_PACKET_ICMP_H
#define NM_PACKET_ICMP_H

#include "base/span.h"
#include "base/status.h"

enum { NM_ICMP_HEADER_LEN = 8 /**< Octets, of both versions. */ };

/** An ICMP message. */
typedef struct nm_icmp {
    uint8_t type;
    uint8_t code;
    bool is_error;   /**< It is about a packet, of which `payload` has the beginning. */
    nm_span payload; /**< Behind the header; borrowed from the packet. */
} nm_icmp;

/** Read an ICMP header.
 *
 *  Errors are, in ICMP, destination unreachable, source quench, redirect, time exceeded and
 *  parameter problem; in ICMPv6 all types below 128.
 *  @param version     4: ICMP, 6: ICMPv6.
 *  @param ip_payload  Payload of an IP packet; borrowed as long as *out is used.
 *  @param out         Written on NM_OK only.   @return NM_OK; NM_E_PARSE: fewer than 8 octets. */
NM_MUST_CHECK nm_status nm_icmp_parse(unsigned version, nm_span ip_payload, nm_icmp *out);

#endif
