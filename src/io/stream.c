/* SPDX-License-Identifier: Apache-2.0 */
/* Buffered reading. */
#include "io/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_LEN = 2 * 1024 * 1024 };

nm_status
nm_stream_open(nm_stream *s, int fd, bool owns_fd, size_t room_max, nm_error *err)
{
    struct stat info;
    nm_status status = NM_OK;
    if (fstat(fd, &info) != 0) {
        status = nm_error_set_system(err, errno, "descriptor %d", fd);
    } else if (S_ISDIR(info.st_mode)) {
        status = nm_error_set_system(err, EISDIR, "descriptor %d", fd);
    }
    if (status != NM_OK) {
        if (owns_fd) {
            (void)close(fd); /* Only read. */
        }
        return status;
    }
    s->fd = fd;
    s->owns_fd = owns_fd;
    s->is_regular = S_ISREG(info.st_mode);
    nm_buffer_init(&s->buffer, room_max > READ_LEN ? room_max : READ_LEN, &nm_allocator_heap);
    return NM_OK;
}

void
nm_stream_close(nm_stream *s)
{
    if (s->owns_fd) {
        (void)close(s->fd); /* Nothing was written to it. */
    }
    nm_buffer_clear(&s->buffer);
}

/* Move what is not used to the beginning of the buffer and make room behind it. */
static nm_status
make_room(nm_stream *s, size_t needed, nm_error *err)
{
    if (s->start > 0) {
        s->buffer.len -= s->start;
        memmove(s->buffer.data, s->buffer.data + s->start, s->buffer.len);
        s->start = 0;
    }
    size_t room = needed > READ_LEN ? needed : READ_LEN;
    nm_status status =
        room > s->buffer.len ? nm_buffer_reserve(&s->buffer, room - s->buffer.len) : NM_OK;
    return status == NM_OK
               ? NM_OK
               : nm_error_set(err, status, s->offset, "no memory to read %zu octets", needed);
}

nm_status
nm_stream_fill(nm_stream *s, size_t needed, const nm_wait *wait, nm_error *err)
{
    nm_status status = make_room(s, needed, err);
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
            s->buffer.len += (size_t)len;
            atomic_fetch_add_explicit(&s->octets, (uint64_t)len, memory_order_relaxed);
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
