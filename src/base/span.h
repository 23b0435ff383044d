/* SPDX-License-Identifier: Apache-2.0 */
/* A borrowed run of octets. */
#ifndef NM_BASE_SPAN_H
#define NM_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Octets that belong to somebody else; never assumed to end in NUL. Passed by value.
 *  `data` may be NULL when `len` is 0. */
typedef struct nm_span {
    const uint8_t *data;
    size_t len;
} nm_span;

/** Span over `len` octets at `data`. */
static inline nm_span
nm_span_of(const void *data, size_t len)
{
    return (nm_span){.data = data, .len = len};
}

/** True when both hold the same octets. */
static inline bool
nm_span_equal(nm_span a, nm_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

#endif
