/* SPDX-License-Identifier: Apache-2.0 */
/* Queries that wait for their responses: found by what a response has in common with them, and by
 * age. How long they may wait is not known here. */
#ifndef NM_CAPTURE_QUERY_TABLE_H
#define NM_CAPTURE_QUERY_TABLE_H

#include "capture/cells.h"
#include "capture/dns_packet.h"
#include "packet/reassembly.h"

/** The table. */
typedef struct nm_query_table nm_query_table;

/** A query in the table; the fields may be read. */
typedef struct nm_query {
    int64_t time_sec; /**< Of its first packet. */
    uint32_t time_nsec;
    uint16_t query_port;
    uint16_t response_port;
    uint16_t id;
    uint16_t flags;
    uint16_t qtype;
    uint16_t qclass;
    uint8_t address_len;
    bool has_question;
    uint16_t packet_count; /**< More than one: fragments. */
    uint32_t qname_len;    /**< Octets of its name, */
    uint32_t qname_place;  /**< and where it stands among the next. */
    uint32_t octets_len; /**< Of all packets with what stands before each, and perhaps the name. */
    uint8_t addresses[32]; /**< That of whoever asks, behind it the other. */
} nm_query;

/** New one.
 *  @param seed       Nobody outside may know it.
 *  @param allocator  Borrowed until nm_query_table_free().   @return NULL: no memory. */
nm_query_table *nm_query_table_new(uint64_t seed, const nm_allocator *allocator);

/** Accepts NULL. */
void nm_query_table_free(nm_query_table *t);

/** Add a query. Takes the same time however many there are and whatever they are.
 *  @param query    Copied.
 *  @param packets  The packet or its fragments; copied.   @param count  At least 1.
 *  @return NM_OK; NM_E_NOMEM, NM_E_LIMIT: the query is not in the table. */
NM_MUST_CHECK nm_status nm_query_table_add(nm_query_table *t, const nm_dns_packet *query,
                                           const nm_fragment_packet *packets, size_t count);

/** The oldest query that a response answers: with the same addresses, ports and id, and the same
 *  question, octet for octet; or, where one of the two has no question, and the response says that
 *  the query was not understood or not wanted, whatever the question.
 *  @return NULL: there is none. It stays in the table. */
nm_query *nm_query_table_find(nm_query_table *t, const nm_dns_packet *response);

/** The oldest query; NULL: there is none. */
nm_query *nm_query_table_oldest(nm_query_table *t);

/** Take a query out of the table, which ends its life. */
void nm_query_table_remove(nm_query_table *t, nm_query *query);

/** Queries in the table. */
size_t nm_query_table_count(const nm_query_table *t);

/** Octets of memory that the queries take. */
size_t nm_query_table_len(const nm_query_table *t);

/** Start at the query's first packet. */
nm_cell_reader nm_query_read(const nm_query_table *t, const nm_query *query);

/** Start at its name. */
nm_cell_reader nm_query_read_name(const nm_query_table *t, const nm_query *query);

/** Read what stands before each packet. @return Octets of the packet, which come next. */
size_t nm_query_read_packet(nm_cell_reader *reader, int64_t *out_sec, uint32_t *out_nsec);

#endif
