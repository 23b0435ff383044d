/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash with one round per word and three at the end (Aumasson and Bernstein, 2012). */
#include "base/hash.h"

#include "base/word.h"

static inline uint64_t
rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void
sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static inline void
sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

uint64_t
nm_hash(nm_span in, uint64_t seed)
{
    /* The four constants are the ASCII text that the algorithm's authors chose. */
    uint64_t v[4] = {seed ^ 0x736f6d6570736575U, seed ^ 0x646f72616e646f6dU,
                     seed ^ 0x6c7967656e657261U, seed ^ 0x7465646279746573U};
    size_t i = 0;

    for (; in.len - i >= 8; i += 8) {
        uint64_t word = 0;
        memcpy(&word, in.data + i, 8);
        sip_word(v, word);
    }
    uint64_t last = (uint64_t)in.len << 56;
    if (i < in.len) {
        last |= nm_word_load_part(in.data + i, in.len - i);
    }
    sip_word(v, last);
    v[2] ^= 0xff;
    for (int round = 0; round < 3; round++) {
        sip_round(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Both halves of the product of 64-bit numbers, one over the other. */
static inline uint64_t
multiply_fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    uint64_t low = (a & UINT32_MAX) * (b & UINT32_MAX);
    uint64_t middle = (a >> 32) * (b & UINT32_MAX) + (low >> 32);
    uint64_t cross = (a & UINT32_MAX) * (b >> 32) + (middle & UINT32_MAX);
    uint64_t high = (a >> 32) * (b >> 32) + (middle >> 32) + (cross >> 32);
    return (cross << 32 | (low & UINT32_MAX)) ^ high;
#endif
}

uint64_t
nm_hash_more(nm_span in, uint64_t key)
{
    /* From one secret two, of which the second is a factor for each word. */
    uint64_t factor = rotate(key, 32) ^ 0x9e3779b97f4a7c15U;
    uint64_t step = key | 1;
    uint64_t sum = key ^ in.len;
    const uint8_t *word = in.data;
    size_t left = in.len;
    for (; left >= NM_WORD_LEN; left -= NM_WORD_LEN, word += NM_WORD_LEN) {
        sum = multiply_fold(sum ^ nm_word_load(word), factor);
        factor += step;
    }
    if (left > 0) { /* Octets may count twice: how many there are counts as well. */
        uint64_t last =
            left < in.len ? nm_word_load(word + left - NM_WORD_LEN) : nm_word_load_part(word, left);
        sum = multiply_fold(sum ^ last, factor);
    }
    return multiply_fold(sum ^ factor, key ^ 0xd6e8feb86659fd93U);
}
