/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash with one round per word and three at the end (Aumasson and Bernstein, 2012), and a quick
 * one of products. */
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
        sip_word(v, nm_word_load(in.data + i));
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

uint64_t
nm_hash_more(nm_span in, uint64_t key)
{
    /* From one secret more of them: one for each pair of words. */
    uint64_t secret = rotate(key, 32) ^ 0x9e3779b97f4a7c15U;
    uint64_t step = key | 1;
    uint64_t sum = key ^ in.len;
    const uint8_t *p = in.data;
    size_t left = in.len;
    for (; left > NM_HASH_PAIR; left -= NM_HASH_PAIR, p += NM_HASH_PAIR) {
        sum = nm_hash_pair(nm_word_load(p), nm_word_load(p + NM_WORD_LEN), secret, sum);
        secret += step;
    }
    /* What is left ends with the octets; some of them may count twice. */
    uint64_t last[2] = {0, 0};
    if (in.len >= NM_HASH_PAIR) {
        last[0] = nm_word_load(p + left - NM_HASH_PAIR);
        last[1] = nm_word_load(p + left - NM_WORD_LEN);
    } else if (in.len >= NM_WORD_LEN) {
        last[0] = nm_word_load(p);
        last[1] = nm_word_load(p + left - NM_WORD_LEN);
    } else if (in.len > 0) {
        last[0] = nm_word_load_part(p, left);
    }
    sum = nm_hash_pair(last[0], last[1], secret, sum);
    return nm_hash_pair(sum, 0, key, 0xd6e8feb86659fd93U);
}
