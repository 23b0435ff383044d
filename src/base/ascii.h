/* SPDX-License-Identifier: Apache-2.0 */
/* Letters and digits of ASCII, whatever the locale says. */
#ifndef NM_BASE_ASCII_H
#define NM_BASE_ASCII_H

#include "base/span.h"

/** The octet with capital letters made small. */
static inline uint8_t
nm_ascii_lower(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet + ('a' - 'A')) : octet;
}

/** True for "0" to "9". */
static inline bool
nm_ascii_is_digit(uint8_t octet)
{
    return octet >= '0' && octet <= '9';
}

/** True for blank, tab and the ends of lines. */
static inline bool
nm_ascii_is_space(uint8_t octet)
{
    return octet == ' ' || (octet >= '\t' && octet <= '\r');
}

/** Value of a hexadecimal digit of either case; -1 if it is none. */
static inline int
nm_ascii_hex_value(uint8_t octet)
{
    uint8_t small = nm_ascii_lower(octet);
    return nm_ascii_is_digit(octet)       ? octet - '0'
           : small >= 'a' && small <= 'f' ? small - 'a' + 10
                                          : -1;
}

/** True when both hold the same octets, letters of either case being the same. */
static inline bool
nm_ascii_equal_any_case(nm_span a, nm_span b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (nm_ascii_lower(a.data[i]) != nm_ascii_lower(b.data[i])) {
            return false;
        }
    }
    return true;
}

/** Span over a NUL-terminated string, without its NUL. */
static inline nm_span
nm_span_of_text(const char *text)
{
    return nm_span_of(text, strlen(text));
}

#endif
