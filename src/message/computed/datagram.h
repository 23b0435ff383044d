/* SPDX-License-Identifier: Apache-2.0 */
/* What computed fields of several types need: the UDP datagram in a stored IP packet. */
#ifndef NM_MESSAGE_COMPUTED_DATAGRAM_H
#define NM_MESSAGE_COMPUTED_DATAGRAM_H

#include "packet/udp.h"

/** The UDP datagram in an unfragmented IP packet. Its payload ends where its header says or where
 *  the octets end, even if the IP header says less, so that what a capture stored is not lost.
 *  @param packet   From the IP header on; borrowed as long as *out is used.
 *  @param version  4 or 6.   @return NM_OK, NM_E_PARSE: something else. */
NM_MUST_CHECK nm_status nm_datagram_udp(nm_span packet, unsigned version, nm_udp *out);

/** True when one of the ports is that of DNS (53, RFC 1035) or multicast DNS (5353, RFC 6762). */
bool nm_datagram_is_dns(uint64_t source_port, uint64_t destination_port);

#endif
