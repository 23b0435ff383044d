/* SPDX-License-Identifier: Apache-2.0 */
/* Eight octets at a time in one integer, the first of them being the lowest on any machine. */
#ifndef NM_BASE_WORD_H
#define NM_BASE_WORD_H

#include "base/span.h"

enum { NM_WORD_LEN = 8 };

/** The word with `octet` in all places. */
#define NM_WORD_OF(octet) (UINT64_C(0x0101010101010101) * (uint8_t)(octet))

/** The eight octets at `p`. */
static inline uint64_t
nm_word_load(const void *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/** The octets from `p` up to `end`, at most eight of them, zeros behind them.
 *  @param end  Behind `p`; at least eight octets that belong to the caller lie in front of it. */
static inline uint64_t
nm_word_load_before(const uint8_t *p, const uint8_t *end)
{
    size_t left = (size_t)(end - p);
    return left >= NM_WORD_LEN ? nm_word_load(p)
                               : nm_word_load(end - NM_WORD_LEN) >> 8 * (NM_WORD_LEN - left);
}

/** The first `len` octets at `p`, at most eight, with zeros behind them; no others are read. */
static inline uint64_t
nm_word_load_part(const void *p, size_t len)
{
    const uint8_t *octets = p;
    if (len >= NM_WORD_LEN) {
        return nm_word_load(octets);
    }
    if (len >= NM_WORD_LEN / 2) { /* Two halves, which overlap. */
        uint32_t halves[2];
        memcpy(&halves[0], octets, sizeof halves[0]);
        memcpy(&halves[1], octets + len - sizeof halves[1], sizeof halves[1]);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        halves[0] = __builtin_bswap32(halves[0]);
        halves[1] = __builtin_bswap32(halves[1]);
#endif
        return halves[0] | (uint64_t)halves[1] << 8 * (len - sizeof halves[1]);
    }
    if (len == 0) {
        return 0;
    }
    return octets[0] | (uint64_t)octets[len / 2] << 8 * (len / 2) |
           (uint64_t)octets[len - 1] << 8 * (len - 1);
}

/** Put eight octets at `p`. */
static inline void
nm_word_store(void *p, uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(p, &word, sizeof word);
}

/** The top bits of the octets that are below `limit`, at most 0x80. That of the first of them is
 *  right, and so are those in front of it; those behind it may be set wrongly. */
static inline uint64_t
nm_word_find_below(uint64_t word, uint8_t limit)
{
    return (word - NM_WORD_OF(limit)) & ~word & NM_WORD_OF(0x80);
}

/** The same for those that are `octet`. */
static inline uint64_t
nm_word_find(uint64_t word, uint8_t octet)
{
    return nm_word_find_below(word ^ NM_WORD_OF(octet), 1);
}

/** The top bits of exactly those octets that are `octet`, none being set wrongly. */
static inline uint64_t
nm_word_find_all(uint64_t word, uint8_t octet)
{
    const uint64_t low_bits = NM_WORD_OF(0x7f);
    uint64_t others = word ^ NM_WORD_OF(octet);
    return ~(((others & low_bits) + low_bits) | others | low_bits);
}

/** Place of the first octet, 0 to 7, of which the top bit is set; `found` is not 0. */
static inline size_t
nm_word_first(uint64_t found)
{
    return (size_t)__builtin_ctzll(found) / 8;
}

#endif
