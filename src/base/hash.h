/* SPDX-License-Identifier: Apache-2.0 */
/* A keyed hash for tables whose keys come from strangers. */
#ifndef NM_BASE_HASH_H
#define NM_BASE_HASH_H

#include "base/span.h"

/** SipHash-1-3 of `in` under the 64-bit `seed` (used as both halves of the key): with a seed that
 *  nobody outside knows, keys that fall into one bucket cannot be chosen. */
uint64_t nm_hash(nm_span in, uint64_t seed);

#endif
