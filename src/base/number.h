/* SPDX-License-Identifier: Apache-2.0 */
/* Integers as text, and back. */
#ifndef NM_BASE_NUMBER_H
#define NM_BASE_NUMBER_H

#include "base/span.h"

enum { NM_NUMBER_TEXT_MAX = 20 /**< Longest text of a 64-bit integer, sign included, no NUL. */ };

/** "00" to "99", two octets each. */
extern const char nm_number_pairs[200];

/** Two digits of a value below 100; no NUL. */
static inline void
nm_number_format_two(unsigned value, char *out)
{
    memcpy(out, nm_number_pairs + 2 * (size_t)value, 2);
}

/** Decimal text of `value` at `out` (room for NM_NUMBER_TEXT_MAX); no NUL. @return octets. */
size_t nm_number_format_u64(uint64_t value, char *out);

/** The same with a sign where it is negative. */
size_t nm_number_format_i64(int64_t value, char *out);

/** Exactly `digits` decimal digits of `value`, zero-padded, higher ones dropped; no NUL. */
void nm_number_format_padded(uint64_t value, unsigned digits, char *out);

/** Hexadecimal text of `value` in lower case, without zeros in front, at `out` (room for
 *  NM_NUMBER_TEXT_MAX); no NUL. @return octets. */
size_t nm_number_format_hex32(uint32_t value, char *out);

/** Read the decimal digits that `text` starts with; leading zeros are allowed.
 *  @param out  Written on success only.
 *  @return How many digits; 0 when there are none, or more than 64 bits hold. */
size_t nm_number_take_u64(nm_span text, uint64_t *out);

/** Read decimal digits and nothing else, without sign. @return false when it is otherwise. */
bool nm_number_parse_u64(nm_span text, uint64_t *out);

/** The same with "-" in front where it is negative. */
bool nm_number_parse_i64(nm_span text, int64_t *out);

/** Read hexadecimal digits of either case and nothing else but an optional "0x" in front.
 *  @return false when it is otherwise, or more than 32 bits. */
bool nm_number_parse_hex32(nm_span text, uint32_t *out);

#endif
