/* SPDX-License-Identifier: Apache-2.0 */
/* Reading ahead. The worker leaves room in front of what it reads, into which what is left of the
 * buffer before is copied; a rest that is longer than that has what was read copied behind it. */
#include "io/stream_ahead.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROOM_LEN = NM_STREAM_READ_LEN };

struct nm_stream_ahead {
    nm_job job;
    nm_worker_pool *pool;
    int fd;
    nm_buffer buffer;
    size_t len; /* Octets read, behind the room. */
    int sys_errno;
    bool has_begun;
};

static void
read_once(nm_job *job)
{
    nm_stream_ahead *a = (nm_stream_ahead *)job;
    ssize_t len = 0;
    do {
        len = read(a->fd, a->buffer.data + ROOM_LEN, NM_STREAM_READ_LEN);
    } while (len < 0 && errno == EINTR);
    a->sys_errno = len < 0 ? errno : 0;
    a->len = len < 0 ? 0 : (size_t)len;
}

nm_stream_ahead *
nm_stream_ahead_new(int fd, nm_worker_pool *pool, size_t max)
{
    nm_stream_ahead *a = calloc(1, sizeof *a);
    if (a != NULL) {
        a->job.run = read_once;
        a->pool = pool;
        a->fd = fd;
        nm_buffer_init(&a->buffer, max, &nm_allocator_heap);
    }
    return a;
}

void
nm_stream_ahead_free(nm_stream_ahead *a)
{
    if (a != NULL) {
        nm_worker_pool_wait(a->pool, &a->job);
        nm_buffer_clear(&a->buffer);
        free(a);
    }
}

void
nm_stream_ahead_begin(nm_stream_ahead *a)
{
    a->buffer.len = 0;
    if (!a->has_begun && nm_buffer_reserve(&a->buffer, ROOM_LEN + NM_STREAM_READ_LEN) == NM_OK) {
        a->has_begun = true;
        nm_worker_pool_submit(a->pool, &a->job);
    }
}

bool
nm_stream_ahead_has_begun(const nm_stream_ahead *a)
{
    return a->has_begun;
}

/* Put the rest into the room, and exchange the buffers. */
static void
exchange(nm_stream_ahead *a, nm_buffer *buffer, nm_span *rest)
{
    nm_buffer fresh = a->buffer;
    uint8_t *start = fresh.data + ROOM_LEN - rest->len;
    if (rest->len > 0) {
        memcpy(start, rest->data, rest->len);
    }
    fresh.len = ROOM_LEN + a->len;
    *rest = nm_span_of(start, rest->len + a->len);
    a->buffer = *buffer;
    *buffer = fresh;
}

/* Put what was read behind the rest. */
static nm_status
append(const nm_stream_ahead *a, nm_buffer *buffer, nm_span *rest, nm_error *err)
{
    memmove(buffer->data, rest->data, rest->len);
    buffer->len = rest->len;
    nm_status status = nm_buffer_append(buffer, nm_span_of(a->buffer.data + ROOM_LEN, a->len));
    *rest = nm_buffer_span(buffer);
    return status == NM_OK
               ? NM_OK
               : nm_error_set(err, status, 0, "no memory to read %zu octets", rest->len + a->len);
}

nm_status
nm_stream_ahead_take(nm_stream_ahead *a, nm_buffer *buffer, nm_span *rest, uint64_t offset,
                     size_t *out_len, nm_error *err)
{
    nm_worker_pool_wait(a->pool, &a->job);
    if (a->sys_errno != 0) {
        a->has_begun = false;
        return nm_error_set_system(err, a->sys_errno, "read() failed at offset %llu",
                                   (unsigned long long)offset);
    }
    if (rest->len <= ROOM_LEN) {
        exchange(a, buffer, rest);
    } else {
        nm_status status = append(a, buffer, rest, err);
        if (status != NM_OK) {
            return status;
        }
    }
    *out_len = a->len;
    a->has_begun = false;
    if (a->len > 0) {
        nm_stream_ahead_begin(a);
    }
    return NM_OK;
}
