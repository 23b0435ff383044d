/* SPDX-License-Identifier: Apache-2.0 */
/* Integers as decimal text. */
#ifndef NM_BASE_NUMBER_H
#define NM_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

enum { NM_NUMBER_TEXT_MAX = 20 /**< Longest text of a 64-bit integer, sign included, no NUL. */ };

/** Decimal text of `value` at `out` (room for NM_NUMBER_TEXT_MAX); no NUL. @return octets. */
size_t nm_number_format_u64(uint64_t value, char *out);

/** The same with a sign where it is negative. */
size_t nm_number_format_i64(int64_t value, char *out);

/** Exactly `digits` decimal digits of `value`, zero-padded, higher ones dropped; no NUL. */
void nm_number_format_padded(uint64_t value, unsigned digits, char *out);

#endif
