/* SPDX-License-Identifier: Apache-2.0 */
/* What base:ncap captured, for people to read (docs/format.md, Presentation). */
#ifndef NM_TEXT_NCAP_PAYLOAD_H
#define NM_TEXT_NCAP_PAYLOAD_H

#include "base/writer.h"
#include "message/value.h"

/** Append what follows the field's name and colon: line ends, addresses and ports of a datagram,
 *  and the DNS message in it.
 *  @param fields   Of base:ncap.
 *  @param payload  The field's value.
 *  @param endline  What ends a line; DNS messages and what follows them end with "\n" always. */
void nm_ncap_payload_write(nm_writer *w, const nm_fields *fields, nm_span payload, nm_span endline);

#endif
