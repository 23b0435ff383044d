/* SPDX-License-Identifier: Apache-2.0 */
/* Filters of packets in the language of libpcap ("udp port 53"). */
#ifndef NM_IO_PACKET_FILTER_H
#define NM_IO_PACKET_FILTER_H

#include "capture/capture.h"

/** An expression, compiled. */
typedef struct nm_packet_filter nm_packet_filter;

/** Compile an expression.
 *
 *  An expression about IP packets is applied twice. First to what is captured, in a wider form:
 *  fragments of IPv4 and packets of IPv6 pass, since it may be about what they are together,
 *  and the same in VLANs. Then to whole datagrams. One about the link layer is applied once.
 *  @param is_formatted  It is of nm_dnsqr_filter_format(), which has widened it.
 *  @param link_type     Of the packets.
 *  @param snap_len      Octets of a packet that are captured at most.
 *  @return NM_OK, NM_E_NOMEM; NM_E_ARGUMENT with the words of libpcap; NM_E_ABSENT. */
NM_MUST_CHECK nm_status nm_packet_filter_new(const char *expression, bool is_formatted,
                                             uint32_t link_type, uint32_t snap_len,
                                             nm_packet_filter **out, nm_error *err);

/** Accepts NULL. */
void nm_packet_filter_free(nm_packet_filter *filter);

/** Whether a captured packet may pass. */
bool nm_packet_filter_takes(const nm_packet_filter *filter, const nm_captured *packet);

/** Whether there is something to be asked nm_packet_filter_passes(). */
bool nm_packet_filter_is_about_ip(const nm_packet_filter *filter);

/** A nm_capture_passes. @param context  The filter. */
bool nm_packet_filter_passes(void *context, nm_span packet);

/** What nm_packet_filter_takes() asks, as expression: for the kernel. */
const char *nm_packet_filter_text(const nm_packet_filter *filter);

#endif
