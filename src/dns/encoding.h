/* SPDX-License-Identifier: Apache-2.0 */
/* Octets as text inside record data: hexadecimal, base32hex, quoted strings. */
#ifndef NM_DNS_ENCODING_H
#define NM_DNS_ENCODING_H

#include "base/json_octets.h"
#include "base/writer.h"

/** Append two upper-case hexadecimal digits for each octet (RFC 4648 section 8). */
void nm_dns_base16_format(nm_writer *w, nm_span octets);

/** Append upper-case base32hex without padding (RFC 4648 section 7, as RFC 5155 has it). */
void nm_dns_base32hex_format(nm_writer *w, nm_span octets);

/** Append the octets between quotes: a quote and "\" get a "\", octets outside 0x20..0x7E become
 *  \DDD (RFC 1035 section 5.1). */
void nm_dns_quoted_format(nm_writer *w, nm_span octets);

/** True when not all of the eight octets at `p` stand for themselves between quotes, as those do
 *  that do in a JSON string but DEL, which is not printable. */
static inline bool
nm_dns_has_quoted_special(const uint8_t *p)
{
    return (nm_json_find_special(p) | nm_word_find(nm_word_load(p), 0x7f)) != 0;
}

/** Append the octets with those outside 0x20..0x7E as ".". */
void nm_dns_printable_format(nm_writer *w, nm_span octets);

/** Append the octet as \DDD. */
void nm_dns_decimal_escape(nm_writer *w, uint8_t octet);

/** Append what pairs of hexadecimal digits say, letters in any case.
 *  @return false, with some octets perhaps appended, unless `text` is nothing but pairs. */
bool nm_dns_base16_parse(nm_writer *w, nm_span text);

/** Append what base32hex says, letters in any case; bits that fill no octet are dropped.
 *  @return false, with some octets perhaps appended, for a character not in the alphabet. */
bool nm_dns_base32hex_parse(nm_writer *w, nm_span text);

#endif
