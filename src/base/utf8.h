/* SPDX-License-Identifier: Apache-2.0 */
/* Telling characters in UTF-8 (RFC 3629) from octets that are none. */
#ifndef NM_BASE_UTF8_H
#define NM_BASE_UTF8_H

#include "base/span.h"

/** What stands for octets that are no UTF-8: U+FFFD. */
#define NM_UTF8_REPLACEMENT "\xef\xbf\xbd"

enum { NM_UTF8_MAX = 4 /**< Longest sequence. */ };

/** Octets of the sequence at `p`, of which there are `left`, at least one.
 *
 *  A sequence that is complete but overlong, a surrogate or above U+10FFFF is counted whole; an
 *  octet that belongs to no complete sequence counts alone.
 *  @param out_is_valid  False for both of these.   @return 1 to NM_UTF8_MAX, at most `left`. */
static inline size_t
nm_utf8_sequence(const uint8_t *p, size_t left, bool *out_is_valid)
{
    static const uint32_t smallest[NM_UTF8_MAX + 1] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = p[0];
    *out_is_valid = lead < 0x80;
    size_t len = lead < 0xc0 || lead > 0xf7 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (len == 1 || len > left) {
        return 1;
    }
    uint32_t character = lead & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 1;
        }
        character = character << 6 | (p[i] & 0x3fu);
    }
    *out_is_valid = character >= smallest[len] && character <= 0x10ffff &&
                    (character < 0xd800 || character > 0xdfff);
    return len;
}

/** Write a character, which must not be above U+10FFFF, to `out` (room for NM_UTF8_MAX octets).
 *  @return octets written. */
static inline size_t
nm_utf8_put(uint32_t character, uint8_t *out)
{
    if (character < 0x80) {
        out[0] = (uint8_t)character;
        return 1;
    }
    size_t len = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    out[0] = (uint8_t)((0xf00u >> len & 0xf0) | character);
    return len;
}

#endif
