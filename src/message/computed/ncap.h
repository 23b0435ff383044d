/* SPDX-License-Identifier: Apache-2.0 */
/* Computed fields of base:ncap: what the IP packet says, or the fields of the oldest captures. */
#ifndef NM_MESSAGE_COMPUTED_NCAP_H
#define NM_MESSAGE_COMPUTED_NCAP_H

#include "message/schema.h"

/** Addresses of the IP header; of old captures the stored ones, empty where there are none. */
nm_compute nm_ncap_srcip;
nm_compute nm_ncap_dstip;

/** Ports of the UDP header; of old captures of UDP and TCP the stored ones. */
nm_compute nm_ncap_srcport;
nm_compute nm_ncap_dstport;

/** Protocol or next header of the IP header; of old captures what their type says. */
nm_compute nm_ncap_proto;

/** What the datagram carries if one of the ports is that of DNS. */
nm_compute nm_ncap_dns;

#endif
