/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of writers that are seldom reached. */
#include "base/writer.h"

nm_writer
nm_writer_begin(nm_buffer *buffer)
{
    uint8_t *pos = buffer->data != NULL ? buffer->data + buffer->len : NULL;
    uint8_t *end = buffer->data != NULL ? buffer->data + buffer->cap : NULL;
    return (nm_writer){.pos = pos, .end = end, .buffer = buffer, .status = NM_OK};
}

nm_status
nm_writer_end(nm_writer *w)
{
    w->buffer->len += nm_writer_len(w);
    return w->status;
}

void
nm_writer_fail(nm_writer *w, nm_status status)
{
    if (w->status == NM_OK) {
        w->status = status;
        w->end = w->pos;
    }
}

void
nm_writer_cut(nm_writer *w, size_t len)
{
    if (len < nm_writer_len(w)) {
        w->pos = w->buffer->data + w->buffer->len + len;
    }
}

uint8_t *
nm_writer_grow(nm_writer *w, size_t len)
{
    size_t written = nm_writer_len(w);
    size_t before = w->buffer->len;
    if (w->status != NM_OK) {
        return NULL;
    }
    w->buffer->len += written; /* So that growing keeps what was written. */
    nm_status status = nm_buffer_reserve(w->buffer, len);
    w->buffer->len = before;
    if (status != NM_OK) {
        nm_writer_fail(w, status);
        return NULL;
    }
    w->pos = w->buffer->data + before + written;
    w->end = w->buffer->data + w->buffer->cap;
    return w->pos;
}
