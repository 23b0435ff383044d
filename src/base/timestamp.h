/* SPDX-License-Identifier: Apache-2.0 */
/* Unix time as UTC text. */
#ifndef NM_BASE_TIMESTAMP_H
#define NM_BASE_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>

enum { NM_TIMESTAMP_TEXT_MAX = 42 /**< Longest text of any timestamp, without NUL. */ };

/** Write "YYYY-MM-DD HH:MM:SS" in UTC (proleptic Gregorian calendar, no leap seconds) for `sec`
 *  seconds since 1970-01-01. Years have at least four digits and a sign where negative.
 *  @param out  Room for NM_TIMESTAMP_TEXT_MAX octets; no NUL.  @return Octets written. */
size_t nm_timestamp_format_sec(int64_t sec, char *out);

/** The same followed by "." and `nsec` with at least nine digits. */
size_t nm_timestamp_format(int64_t sec, uint32_t nsec, char *out);

#endif
