/* SPDX-License-Identifier: Apache-2.0 */
/* DNS transactions: from IP packets to messages of base:dnsqr. What nm_capture does for this type.
 *
 * Queries are kept until their response comes, they are too old or there are too many. What expires
 * comes out before the packet that is looked at next, each alone, so that whoever reads gets the
 * messages in the order of their causes. */
#ifndef NM_CAPTURE_DNSQR_H
#define NM_CAPTURE_DNSQR_H

#include "capture/capture.h"
#include "packet/ip.h"

/** Transactions that are going on. */
typedef struct nm_dnsqr nm_dnsqr;

/** An IP packet with its time. */
typedef struct nm_dnsqr_packet {
    const nm_ip_packet *ip; /**< Not truncated. */
    nm_span octets;         /**< What `ip` was parsed from. */
    int64_t time_sec;
    uint32_t time_nsec;
} nm_dnsqr_packet;

/** New one.
 *  @param options   Copied.
 *  @param messages  Where octets of messages go; borrowed until nm_dnsqr_free().
 *  @param stats     Counts what happens; borrowed, too.
 *  @return NM_OK, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_dnsqr_new(const nm_capture_options *options, nm_buffer *messages,
                                     nm_capture_stats *stats, nm_dnsqr **out);

/** Accepts NULL. */
void nm_dnsqr_free(nm_dnsqr *d);

/** Let the oldest query expire, if it is time.
 *  @param has_ended  There are no more packets: it is time for all.
 *  @param out  As nm_capture_next(), but that of its octets nothing is said.
 *  @return NM_OK; NM_AGAIN: nothing expires; NM_END: one did, but nobody wants to know; NM_E_NOMEM:
 *          it was lost. */
NM_MUST_CHECK nm_status nm_dnsqr_expire(nm_dnsqr *d, bool has_ended, nm_payload *out);

/** Look at a packet.
 *  @param out  As nm_capture_next(), but that of its octets nothing is said.
 *  @return NM_OK; NM_AGAIN: it gives no message, or none yet; NM_E_NOMEM: it was lost. */
NM_MUST_CHECK nm_status nm_dnsqr_take(nm_dnsqr *d, const nm_dnsqr_packet *packet, nm_payload *out);

/** It is at least this late. */
void nm_dnsqr_tick(nm_dnsqr *d, int64_t time_sec, uint32_t time_nsec);

/** Add to counts what is kept elsewhere. */
void nm_dnsqr_count(const nm_dnsqr *d, nm_capture_stats *stats);

#endif
