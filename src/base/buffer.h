/* SPDX-License-Identifier: Apache-2.0 */
/* An owned, growing run of octets with a required upper bound. */
#ifndef NM_BASE_BUFFER_H
#define NM_BASE_BUFFER_H

#include "base/allocator.h"
#include "base/span.h"
#include "base/status.h"

/** Octets that belong to this buffer. Fields may be read; `len` may be lowered. */
typedef struct nm_buffer {
    uint8_t *data; /**< NULL until something was reserved. */
    size_t len;    /**< Octets used. */
    size_t cap;    /**< Octets allocated. */
    size_t max;    /**< `cap` never grows beyond this. */
    const nm_allocator *allocator;
} nm_buffer;

/** Empty buffer in the caller's storage that grows to `max` octets at most.
 *  @param allocator  Borrowed until nm_buffer_clear(). */
void nm_buffer_init(nm_buffer *b, size_t max, const nm_allocator *allocator);

/** Give the memory back; the buffer is empty and can be used again. Accepts a zeroed struct. */
void nm_buffer_clear(nm_buffer *b);

/** What nm_buffer_reserve() calls when there is too little at hand. */
NM_MUST_CHECK nm_status nm_buffer_grow(nm_buffer *b, size_t extra);

/** Make room for `extra` octets behind `len`.
 *  @return NM_OK, NM_E_LIMIT when that exceeds `max`, NM_E_NOMEM. */
NM_MUST_CHECK static inline nm_status
nm_buffer_reserve(nm_buffer *b, size_t extra)
{
    return extra <= b->cap - b->len ? NM_OK : nm_buffer_grow(b, extra);
}

/** Copy `in` behind what is there. @return as nm_buffer_reserve(). */
NM_MUST_CHECK nm_status nm_buffer_append(nm_buffer *b, nm_span in);

/** What the buffer holds; borrowed until the buffer changes. */
static inline nm_span
nm_buffer_span(const nm_buffer *b)
{
    return nm_span_of(b->data, b->len);
}

#endif
