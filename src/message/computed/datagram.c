/* SPDX-License-Identifier: Apache-2.0 */
/* From a stored IP packet to its UDP datagram. */
#include "message/computed/datagram.h"

#include "packet/ip.h"

nm_status
nm_datagram_udp(nm_span packet, unsigned version, nm_udp *out)
{
    nm_ip_packet ip;
    nm_status status = nm_ip_packet_parse_version(packet, version, &ip);
    if (status != NM_OK || ip.is_fragment || ip.protocol != NM_IP_UDP) {
        return NM_E_PARSE;
    }
    size_t skipped = (size_t)(ip.payload.data - packet.data);
    return nm_udp_parse(nm_span_of(ip.payload.data, packet.len - skipped), out);
}

bool
nm_datagram_is_dns(uint64_t source_port, uint64_t destination_port)
{
    enum { DNS = 53, MULTICAST_DNS = 5353 };
    return source_port == DNS || source_port == MULTICAST_DNS || destination_port == DNS ||
           destination_port == MULTICAST_DNS;
}
