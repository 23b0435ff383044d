/* SPDX-License-Identifier: Apache-2.0 */
/* Buffered reading. */
#include "io/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_LEN = NM_STREAM_READ_LEN };

/* Look at the descriptor. */
static nm_status
check_descriptor(int fd, bool *out_is_regular, nm_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0) {
        return nm_error_set_system(err, errno, "descriptor %d", fd);
    }
    if (S_ISDIR(info.st_mode)) {
        return nm_error_set_system(err, EISDIR, "descriptor %d", fd);
    }
    *out_is_regular = S_ISREG(info.st_mode);
    return NM_OK;
}

nm_status
nm_stream_open(nm_stream *s, int fd, bool owns_fd, size_t room_max, nm_error *err)
{
    nm_status status = fd >= 0 ? check_descriptor(fd, &s->is_regular, err) : NM_OK;
    if (status != NM_OK) {
        if (owns_fd) {
            (void)close(fd); /* Only read. */
        }
        return status;
    }
    s->fd = fd;
    s->owns_fd = owns_fd && fd >= 0;
    /* What is fed may come on top of all that is needed at a time. */
    nm_buffer_init(&s->buffer, (room_max > READ_LEN ? room_max : READ_LEN) + READ_LEN,
                   &nm_allocator_heap);
    return NM_OK;
}

void
nm_stream_read_ahead(nm_stream *s, nm_worker_pool *pool)
{
    if (s->fd >= 0 && s->is_regular && nm_worker_pool_size(pool) > 0) {
        s->ahead = nm_stream_ahead_new(s->fd, pool, s->buffer.max + READ_LEN);
    }
}

void
nm_stream_close(nm_stream *s)
{
    nm_stream_ahead_free(s->ahead);
    if (s->owns_fd) {
        (void)close(s->fd); /* Nothing was written to it. */
    }
    nm_buffer_clear(&s->buffer);
}

/* Move what is not used to the beginning of the buffer and make room for `room` octets in all. */
static nm_status
make_room(nm_stream *s, size_t room, nm_error *err)
{
    if (s->rest.len > 0 && s->rest.data != s->buffer.data) {
        memmove(s->buffer.data, s->rest.data, s->rest.len);
    }
    s->buffer.len = s->rest.len;
    nm_status status =
        room > s->buffer.len ? nm_buffer_reserve(&s->buffer, room - s->buffer.len) : NM_OK;
    s->rest = nm_span_of(s->buffer.data, s->buffer.len);
    return status == NM_OK
               ? NM_OK
               : nm_error_set(err, status, s->offset, "no memory to read %zu octets", room);
}

/* `len` octets were put behind what is buffered. */
static void
add(nm_stream *s, size_t len)
{
    s->buffer.len += len;
    s->rest = nm_span_of(s->buffer.data, s->buffer.len);
    atomic_fetch_add_explicit(&s->octets, (uint64_t)len, memory_order_relaxed);
}

nm_status
nm_stream_feed(nm_stream *s, nm_span octets, nm_error *err)
{
    if (octets.len > READ_LEN) {
        return nm_error_set(err, NM_E_LIMIT, s->offset, "%zu octets at a time are too many",
                            octets.len);
    }
    nm_status status = make_room(s, s->rest.len + octets.len, err);
    if (status == NM_OK && octets.len > 0) {
        memcpy(s->buffer.data + s->buffer.len, octets.data, octets.len);
        add(s, octets.len);
    }
    return status;
}

void
nm_stream_lend(nm_stream *s, nm_span octets)
{
    s->rest = octets;
    s->is_given = true;
    atomic_store_explicit(&s->octets, (uint64_t)octets.len, memory_order_relaxed);
}

/* What a stream without a descriptor does instead of reading. */
static nm_status
fill_from_given(nm_stream *s)
{
    s->is_at_end = s->is_given;
    return s->is_given ? NM_OK : NM_AGAIN;
}

/* Take what a worker has read. */
static nm_status
fill_from_ahead(nm_stream *s, nm_error *err)
{
    size_t len = 0;
    nm_status status = nm_stream_ahead_take(s->ahead, &s->buffer, &s->rest, s->offset, &len, err);
    if (status == NM_OK) {
        s->is_at_end = len == 0;
        atomic_fetch_add_explicit(&s->octets, (uint64_t)len, memory_order_relaxed);
    }
    return status;
}

nm_status
nm_stream_fill(nm_stream *s, size_t needed, const nm_wait *wait, nm_error *err)
{
    if (s->fd < 0) {
        return fill_from_given(s);
    }
    if (s->ahead != NULL && nm_stream_ahead_has_begun(s->ahead)) {
        return fill_from_ahead(s, err);
    }
    nm_status status = make_room(s, needed > READ_LEN ? needed : READ_LEN, err);
    while (status == NM_OK) {
        if (!s->is_regular) {
            status = nm_wait_fd(s->fd, POLLIN, wait, err);
            if (status != NM_OK) {
                break;
            }
        }
        ssize_t len = read(s->fd, s->buffer.data + s->buffer.len, s->buffer.cap - s->buffer.len);
        if (len >= 0) {
            s->is_at_end = len == 0;
            add(s, (size_t)len);
            if (s->ahead != NULL && len >= READ_LEN) {
                nm_stream_ahead_begin(s->ahead); /* A file that is worth it. */
            }
            return NM_OK;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            s->is_regular = false; /* Something else took what poll() had seen. */
        } else if (errno != EINTR) {
            status = nm_error_set_system(err, errno, "read() failed at offset %llu",
                                         (unsigned long long)s->offset);
        }
    }
    return status;
}
