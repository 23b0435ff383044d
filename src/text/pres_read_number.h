/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of presentation text. */
#ifndef NM_TEXT_PRES_READ_NUMBER_H
#define NM_TEXT_PRES_READ_NUMBER_H

#include "base/span.h"
#include "message/value.h"

/** Read an integer from `low` to `high` as C writes it: decimal, octal behind "0", hexadecimal
 *  behind "0x", perhaps with a sign.
 *  @param out  Its integers; written on success only. */
bool nm_pres_integer_parse(nm_span text, int64_t low, uint64_t high, nm_value *out);

/** Read a number in decimal: sign, digits, point, exponent, of which one digit is needed; or inf,
 *  infinity, nan in any case, perhaps with a sign.
 *  @param out  Written on success only. */
bool nm_pres_real_parse(nm_span text, double *out);

#endif
