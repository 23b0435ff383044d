/* SPDX-License-Identifier: Apache-2.0 */
/* Finding octets that mean something in a JSON string (RFC 8259 section 7), eight at a time. */
#ifndef NM_BASE_JSON_OCTETS_H
#define NM_BASE_JSON_OCTETS_H

#include "base/word.h"

/** True for ASCII that stands for itself in a JSON string: no control character, quote or
 *  backslash. */
static inline bool
nm_json_is_plain(uint8_t octet)
{
    return octet >= 0x20 && octet < 0x80 && octet != '"' && octet != '\\';
}

/** Which of eight octets are not plain: the top bit of each is set, the first one's certainly,
 *  those of plain octets behind it perhaps. 0 if all are plain. */
static inline uint64_t
nm_json_specials_of(uint64_t all)
{
    const uint64_t ones = NM_WORD_OF(1);
    uint64_t quote = all ^ ones * '"';
    uint64_t backslash = all ^ ones * '\\';
    /* A subtraction makes the top bit of each octet tell whether it was too small. Where it borrows
     * from the octet above, that one may be told wrongly, but the one it borrows for was found. */
    uint64_t found = all | (all - ones * 0x20) | (quote - ones) | (backslash - ones);
    return found & ones * 0x80;
}

/** The same for the eight octets at `p`. */
static inline uint64_t
nm_json_find_special(const uint8_t *p)
{
    return nm_json_specials_of(nm_word_load(p));
}

/** First octet from `p` on that is not plain; `end` if there is none. */
static inline const uint8_t *
nm_json_skip_plain(const uint8_t *p, const uint8_t *end)
{
    for (; end - p >= 8; p += 8) {
        uint64_t found = nm_json_find_special(p);
        if (found != 0) {
            return p + nm_word_first(found);
        }
    }
    while (p < end && nm_json_is_plain(*p)) {
        p++;
    }
    return p;
}

#endif
