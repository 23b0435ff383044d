/* SPDX-License-Identifier: Apache-2.0 */
/* Unix time as UTC text, and back. */
#ifndef NM_BASE_TIMESTAMP_H
#define NM_BASE_TIMESTAMP_H

#include "base/span.h"

enum {
    NM_TIMESTAMP_TEXT_MAX = 42,  /**< Longest text of any timestamp, without NUL. */
    NM_TIMESTAMP_FIXED_LEN = 29, /**< Of "YYYY-MM-DD HH:MM:SS.nnnnnnnnn". */
    NM_TIMESTAMP_NSEC_MAX = 999999999,
};

/** Write "YYYY-MM-DD HH:MM:SS" in UTC (proleptic Gregorian calendar, no leap seconds) for `sec`
 *  seconds since 1970-01-01. Years have at least four digits and a sign where negative.
 *  @param out  Room for NM_TIMESTAMP_TEXT_MAX octets; no NUL.  @return Octets written. */
size_t nm_timestamp_format_sec(int64_t sec, char *out);

/** The same followed by "." and `nsec` with at least nine digits. */
size_t nm_timestamp_format(int64_t sec, uint32_t nsec, char *out);

/** The same in always NM_TIMESTAMP_FIXED_LEN octets: of the year its last four digits, without
 *  sign, and of `nsec` the last nine. */
void nm_timestamp_format_fixed(int64_t sec, uint32_t nsec, char *out);

/** Read exactly "YYYY-MM-DD HH:MM:SS", a day that exists, in UTC. Second 60, a leap second, is the
 *  first of the next minute.
 *  @param out_sec  Written on success only.   @return false when `text` is anything else. */
bool nm_timestamp_parse_sec(nm_span text, int64_t *out_sec);

/** The same with "." and digits behind it or not. The digits are read as an integer, a number of
 *  nanoseconds up to NM_TIMESTAMP_NSEC_MAX: ".5" is 5 ns. */
bool nm_timestamp_parse(nm_span text, int64_t *out_sec, uint32_t *out_nsec);

#endif
