/* SPDX-License-Identifier: Apache-2.0 */
/* Computed fields of base:dnstap: those of the message nested in it, and what the DNS header in
 * that says (dnstap.info). */
#ifndef NM_MESSAGE_COMPUTED_DNSTAP_H
#define NM_MESSAGE_COMPUTED_DNSTAP_H

#include "message/schema.h"

/** The nested message, if there is one, can be decoded. @return NM_OK, NM_E_PARSE, NM_E_LIMIT. */
nm_status nm_dnstap_check(const nm_fields *fields, nm_error *err);

/** Fields of the nested message; family and protocol that it lacks are INET and UDP. */
nm_compute nm_dnstap_message_type;
nm_compute nm_dnstap_socket_family;
nm_compute nm_dnstap_socket_protocol;
nm_compute nm_dnstap_query_address;
nm_compute nm_dnstap_query_port;
nm_compute nm_dnstap_query_time_sec;
nm_compute nm_dnstap_query_time_nsec;
nm_compute nm_dnstap_query_message;
nm_compute nm_dnstap_query_zone;
nm_compute nm_dnstap_response_address;
nm_compute nm_dnstap_response_port;
nm_compute nm_dnstap_response_time_sec;
nm_compute nm_dnstap_response_time_nsec;
nm_compute nm_dnstap_response_message;

/** From the DNS header of the query, else of the response (RFC 1035 section 4.1.1). */
nm_compute nm_dnstap_id;
nm_compute nm_dnstap_rcode; /**< Its four bits in the header. */

/** The question, if there is exactly one; its name as found, pointers not followed. */
nm_compute nm_dnstap_qname;
nm_compute nm_dnstap_qtype;
nm_compute nm_dnstap_qclass;

#endif
