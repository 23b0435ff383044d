/* SPDX-License-Identifier: Apache-2.0 */
/* A keyed hash for tables whose keys come from strangers. */
#ifndef NM_BASE_HASH_H
#define NM_BASE_HASH_H

#include "base/word.h"

/** SipHash-1-3 of `in` under the 64-bit `seed` (used as both halves of the key): with a seed that
 *  nobody outside knows, keys that fall into one bucket cannot be chosen. */
uint64_t nm_hash(nm_span in, uint64_t seed);

enum { NM_HASH_PAIR = 2 * NM_WORD_LEN };

/** One step of a quick hash: two words, each masked by a secret, are multiplied, and both halves of
 *  the product count.
 *  @param secret  Of this step, or known to nobody outside at least.
 *  @param sum     A secret, too: what the step before gave, or where a hash begins.
 *  @return What the hash is so far. */
static inline uint64_t
nm_hash_pair(uint64_t a, uint64_t b, uint64_t secret, uint64_t sum)
{
    a ^= secret;
    b ^= sum;
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

/** A hash of such steps that takes a fraction of the time of nm_hash(), for tables of which nothing
 *  can be seen from outside: not as strong, but who knows neither the key nor any hash cannot tell
 *  which octets collide.
 *  @param key  A result of nm_hash() under a seed that nobody outside knows, or of a quick
 *              one under such a one. */
uint64_t nm_hash_more(nm_span in, uint64_t key);

#endif
