/* SPDX-License-Identifier: Apache-2.0 */
/* Growing octet buffers. */
#include "base/buffer.h"

enum { BUFFER_CAP_MIN = 64 };

void
nm_buffer_init(nm_buffer *b, size_t max, const nm_allocator *allocator)
{
    *b = (nm_buffer){.max = max, .allocator = allocator};
}

void
nm_buffer_clear(nm_buffer *b)
{
    if (b->data != NULL) {
        nm_allocator_release(b->allocator, b->data);
    }
    b->data = NULL;
    b->len = 0;
    b->cap = 0;
}

nm_status
nm_buffer_grow(nm_buffer *b, size_t extra)
{
    if (b->len > b->max || extra > b->max - b->len) {
        return NM_E_LIMIT;
    }
    size_t needed = b->len + extra;
    size_t cap = b->cap < BUFFER_CAP_MIN ? BUFFER_CAP_MIN : b->cap;
    while (cap < needed) {
        cap = cap > SIZE_MAX / 2 ? needed : cap * 2;
    }
    if (cap > b->max) {
        cap = b->max;
    }
    uint8_t *grown = b->allocator->resize(b->allocator->context, b->data, cap);
    if (grown == NULL) {
        return NM_E_NOMEM;
    }
    b->data = grown;
    b->cap = cap;
    return NM_OK;
}

nm_status
nm_buffer_append(nm_buffer *b, nm_span in)
{
    nm_status status = nm_buffer_reserve(b, in.len);
    if (status == NM_OK && in.len > 0) {
        memcpy(b->data + b->len, in.data, in.len);
        b->len += in.len;
    }
    return status;
}
