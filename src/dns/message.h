/* SPDX-License-Identifier: Apache-2.0 */
/* DNS messages as text and as JSON (RFC 1035 section 4, RFC 6891). Both forms are described in
 * docs/format.md.
 *
 * A message may end behind any record, even if its header counts more of them; what follows the
 * records is ignored. Everything else that does not fit makes it unparsable: names,
 * lengths, record data that have not the fields of their type, and more compression pointers than a
 * message of its length can need (65,536 and 16 for each octet). */
#ifndef NM_DNS_MESSAGE_H
#define NM_DNS_MESSAGE_H

#include "base/status.h"
#include "base/writer.h"

/** Append a message in the manner of dig: header, EDNS, four sections, each line with its "\n".
 *  @return NM_OK; NM_E_PARSE for an unparsable message, of which nothing is written; what the
 *          writer's status says if it has failed. */
NM_MUST_CHECK nm_status nm_dns_message_format(nm_writer *w, nm_span message);

/** Append a message as a JSON object, with the records of a section grouped into sets of the same
 *  name, type and class.
 *
 *  Memory is taken from the allocator of the writer's buffer where a section has many records, and
 *  given back. Time grows as n log n with the number of records.
 *  @return NM_OK; NM_E_PARSE for an unparsable message, of which nothing is written; NM_E_NOMEM;
 *          what the writer's status says if it has failed. */
NM_MUST_CHECK nm_status nm_dns_message_json(nm_writer *w, nm_span message);

#endif
