/* SPDX-License-Identifier: Apache-2.0 */
/* Encoding messages of base:dnsqr. */
#ifndef NM_CAPTURE_DNSQR_MESSAGE_H
#define NM_CAPTURE_DNSQR_MESSAGE_H

#include "base/buffer.h"
#include "capture/query_table.h"
#include "packet/checksum.h"

/** What a message is about; numbers as they are stored. */
typedef enum nm_dnsqr_type {
    NM_DNSQR_UDP_QUERY_RESPONSE = 1,
    NM_DNSQR_UDP_UNANSWERED_QUERY = 2,
    NM_DNSQR_UDP_UNSOLICITED_RESPONSE = 3,
    NM_DNSQR_TCP = 4,
    NM_DNSQR_ICMP = 5,
    NM_DNSQR_UDP_QUERY_ONLY = 6,
    NM_DNSQR_UDP_RESPONSE_ONLY = 7,
} nm_dnsqr_type;

/** Content of one message; all borrowed. */
typedef struct nm_dnsqr_message {
    nm_dnsqr_type type;
    const nm_dns_packet *packet;       /**< What was captured last; NULL: nothing, but a query timed
                                            out. */
    const nm_fragment_packet *packets; /**< The same with its time, or its fragments. */
    size_t packet_count;
    const nm_query_table *table;
    const nm_query *query; /**< In the table; NULL: none, or it is in `packet`. */
    bool has_timeout;
    double timeout;               /**< Seconds that the query waited. */
    nm_udp_checksum udp_checksum; /**< Of responses. */
    bool zeroes_resolver;
} nm_dnsqr_message;

/** Encode a message, its fields in the order of their numbers.
 *  @param out  Appended to.   @return NM_OK, NM_E_NOMEM, NM_E_LIMIT. */
NM_MUST_CHECK nm_status nm_dnsqr_message_encode(const nm_dnsqr_message *m, nm_buffer *out);

#endif
