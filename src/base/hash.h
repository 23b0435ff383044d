/* SPDX-License-Identifier: Apache-2.0 */
/* A keyed hash for tables whose keys come from strangers. */
#ifndef NM_BASE_HASH_H
#define NM_BASE_HASH_H

#include "base/span.h"

/** SipHash-1-3 of `in` under the 64-bit `seed` (used as both halves of the key): with a seed that
 *  nobody outside knows, keys that fall into one bucket cannot be chosen. */
uint64_t nm_hash(nm_span in, uint64_t seed);

/** A hash that takes a fraction of the time, for tables of which nothing can be seen from outside.
 *  Each word is multiplied by a secret, and both halves of the product count: not as strong as
 *  nm_hash(), but who knows neither the key nor any hash cannot tell which octets collide.
 *  @param key  A result of nm_hash() under a seed that nobody outside knows, or of this function
 *              under such a one. */
uint64_t nm_hash_more(nm_span in, uint64_t key);

#endif
