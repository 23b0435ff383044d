/* SPDX-License-Identifier: Apache-2.0 */
/* Floating point numbers (IEEE 754 double) as decimal text and back, exactly and without locale. */
#ifndef NM_BASE_REAL_H
#define NM_BASE_REAL_H

#include "base/writer.h"

/** Append a finite number in decimal, never with an exponent: 18 digits behind the point, of which
 *  zeros at the end but the first are left out. All digits before the point are written, however
 *  many; what lies beyond the last digit is rounded half to even. */
void nm_real_format(nm_writer *w, double value);

/** Append any number with 6 digits behind the point, rounded the same way, or as inf, -inf, nan,
 *  -nan. */
void nm_real_format_short(nm_writer *w, double value);

/** Read a number as JSON writes it (RFC 8259 section 6): the nearest double, the even one of two,
 *  infinity where all are smaller.
 *  @param out  Written on success only.   @return false when `text` is anything else. */
bool nm_real_parse(nm_span text, double *out);

#endif
