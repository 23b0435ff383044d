/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON (RFC 8259): what is written is valid whatever octets come in. */
#ifndef NM_BASE_JSON_WRITE_H
#define NM_BASE_JSON_WRITE_H

#include "base/writer.h"

/** Append `text` as a JSON string with its quotes.
 *
 *  Octets that are no UTF-8 (RFC 3629) become U+FFFD, one for each complete sequence that is
 *  overlong, a surrogate or above U+10FFFF, and one for each octet that belongs to none. Control
 *  characters are escaped, NUL as \u0000; non-ASCII characters, "/" and DEL are copied. */
void nm_json_string(nm_writer *w, nm_span text);

/** The same for the text of a string field, of which NUL ends a segment: within each run between
 *  replaced octets everything from the first NUL on is dropped (docs/format.md, JSON). */
void nm_json_field_string(nm_writer *w, nm_span text);

/** Make a JSON string of ASCII text that was formatted straight into the writer: escape what needs
 *  it and append the closing quote. The opening one is the caller's:
 *
 *    nm_writer_octet(w, '"');
 *    size_t start = nm_writer_len(w);
 *    nm_dns_name_format(w, name);
 *    nm_json_close_string(w, start);
 *
 *  Octets above 0x7f become U+FFFD, each of them. */
void nm_json_close_string(nm_writer *w, size_t start);

#endif
