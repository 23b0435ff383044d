/* SPDX-License-Identifier: Apache-2.0 */
/* Computed fields of base:dnsqr: what the stored packets say. */
#ifndef NM_MESSAGE_COMPUTED_DNSQR_H
#define NM_MESSAGE_COMPUTED_DNSQR_H

#include "message/schema.h"

/** Seconds from the query to the response, of several the last one, at least 0.0 then. Only of
 *  messages with one query and its response. */
nm_compute nm_dnsqr_delay;

/** Whether the checksum of the response is right: as stored, else computed. Absent without response
 *  packets. */
nm_compute nm_dnsqr_udp_checksum;

/** What the one query packet carries. */
nm_compute nm_dnsqr_query;

/** What the response carries, its fragments put together. */
nm_compute nm_dnsqr_response;

#endif
