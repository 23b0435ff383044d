/* SPDX-License-Identifier: Apache-2.0 */
/* The fragments of one IP datagram, all at hand, put together. Which fragments belong together, and
 * how long to wait for them, is not decided here. */
#ifndef NM_PACKET_IP_ASSEMBLY_H
#define NM_PACKET_IP_ASSEMBLY_H

#include "base/buffer.h"
#include "packet/ip.h"

/** Put the fragments of one datagram together (RFC 791 section 3.2, RFC 8200 section 4.5).
 *
 *  A single packet that is no fragment, or an IPv6 fragment that is all of its datagram, needs no
 *  putting together: *out_packet then borrows from it and `out` stays empty. Takes time in
 *  proportion to the number of packets and octets, and no memory but that of `out`.
 *  @param packets     From their IP headers on, in any order; padding behind them is ignored.
 *  @param out         Emptied, then receives the payload; must outlive *out_packet.
 *  @param out_packet  The datagram: its addresses and header fields are those of the fragment with
 *                     offset 0 and borrowed from it, its payload (in IPv6 behind extension headers
 *                     that were cut into pieces too) lies in `out`. `is_fragment` is false.
 *                     Written on NM_OK only.
 *  @return NM_OK; NM_E_LIMIT: `out` may not grow so far; NM_E_NOMEM; NM_E_PARSE: no packets; a
 *          packet that does not parse or is cut; one of several that is no fragment; differing
 *          versions, addresses, ids or, in IPv4, protocols; overlapping or duplicate fragments; one
 *          before the final that is no multiple of 8 octets (an empty one is ignored); octets
 *          behind the final; two finals; a gap or no final; a datagram whose length would not fit
 *          its header. */
NM_MUST_CHECK nm_status nm_ip_assemble(const nm_span *packets, size_t count, nm_buffer *out,
                                       nm_ip_packet *out_packet);

#endif
