/* SPDX-License-Identifier: Apache-2.0 */
/* A set of DNS names that stand for all names below them, too. */
#ifndef NM_CAPTURE_NAME_SET_H
#define NM_CAPTURE_NAME_SET_H

#include "base/allocator.h"
#include "base/span.h"
#include "base/status.h"

/** The names. Starts as {0}: there are none. */
typedef struct nm_name_set {
    uint8_t *octets;   /**< All names one behind the other, in small letters. */
    uint32_t *slots;   /**< Places of names in `octets`, plus 1; 0: free. */
    size_t slot_count; /**< A power of two. */
    uint64_t seed;
} nm_name_set;

/** Make a set of names as text, separated by ":"; what is no name is left out.
 *  @param out  Written on NM_OK only.   @return NM_OK, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_name_set_init(nm_span list, uint64_t seed, const nm_allocator *allocator,
                                         nm_name_set *out);

/** Give the memory back. */
void nm_name_set_clear(nm_name_set *set, const nm_allocator *allocator);

/** True when there are no names. */
static inline bool
nm_name_set_is_empty(const nm_name_set *set)
{
    return set->slot_count == 0;
}

/** True when a name is in the set or below one that is; the case of letters does not matter.
 *  @param name  In wire form, whatever its octets are. */
bool nm_name_set_covers(const nm_name_set *set, nm_span name);

/** The next name of a list. @param list  Moves behind it. @return false: there are no more. */
bool nm_name_list_next(nm_span *list, nm_span *out_name);

#endif
