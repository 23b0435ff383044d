/* SPDX-License-Identifier: Apache-2.0 */
/* Record data as text and back, in the notation of docs/format.md, which is close to that of zone
 * files. Each type's fields stand in one table (layout.c). */
#ifndef NM_DNS_RDATA_H
#define NM_DNS_RDATA_H

#include "base/status.h"
#include "base/writer.h"

enum { NM_DNS_RDATA_MAX = 65535 /**< Octets of record data (RFC 1035 section 3.2.1). */ };

/** Append the text of uncompressed record data.
 *
 *  Fields are separated by one space. What is missing at the end is left out, what is left over is
 *  ignored; where a field is cut or wrong the text ends with " ### PARSE ERROR ###" or
 *  " ### PARSE ERROR #n ###", n being 3 for a bad label length, 8 for a name that is too long, 11
 *  for no data left, 12 for a wrong option or service parameter. Types without fields of their own
 *  are written as \# (RFC 3597 section 5); types of class IN in another class have no text.
 *  The text is printable ASCII, with newlines between EDNS options.
 *  @return true when the text certainly stands for itself in a JSON string. */
bool nm_dns_rdata_format(nm_writer *w, uint16_t type, uint16_t rrclass, nm_span rdata);

/** True when record data are one whole address, and so their text is that of the address. */
bool nm_dns_rdata_is_address(uint16_t type, uint16_t rrclass, nm_span rdata);

/** Read text of record data and append the wire form to `out`.
 *
 *  Whatever nm_dns_rdata_format() writes without a PARSE ERROR can be read, and gives the same text
 *  again, except that lists of record types are sorted. Fields may be missing at the end; nothing
 *  may follow the last one.
 *  @param err  Optional; `offset` is where in `text` something else was expected.
 *  @return NM_OK; NM_E_PARSE; NM_E_LIMIT when there are more than NM_DNS_RDATA_MAX octets or `out`
 *          is full; NM_E_NOMEM. `out` is as before unless NM_OK. */
NM_MUST_CHECK nm_status nm_dns_rdata_parse(nm_span text, uint16_t type, uint16_t rrclass,
                                           nm_buffer *out, nm_error *err);

#endif
