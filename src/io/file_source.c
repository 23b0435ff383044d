/* SPDX-License-Identifier: Apache-2.0 */
/* Containers from a stream of octets: finds where one ends and the next begins, no more. */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "io/source.h"
#include "wire/header.h"

enum { READ_LEN = 2 * 1024 * 1024 };

typedef struct file_source {
    nm_source source;
    int fd;
    bool owns_fd;
    bool is_regular; /* Reading it never has to wait for anybody. */
    bool is_at_end;
    bool has_ended; /* Nothing more comes out of next(). */
    nm_limits limits;
    nm_buffer buffer;
    size_t start;            /* Of the next container in the buffer. */
    uint64_t offset;         /* Of that container in the stream. */
    _Atomic uint64_t octets; /* Read by whoever asks for counts. */
} file_source;

/* Read once, at least until the buffer holds more than before or the stream ends. */
static nm_status
fill(file_source *f, size_t needed, const nm_wait *wait, nm_error *err)
{
    if (f->start > 0) {
        f->buffer.len -= f->start;
        memmove(f->buffer.data, f->buffer.data + f->start, f->buffer.len);
        f->start = 0;
    }
    size_t room = needed > READ_LEN ? needed : READ_LEN;
    nm_status status = nm_buffer_reserve(&f->buffer, room - f->buffer.len);
    if (status != NM_OK) {
        return nm_error_set(err, status, f->offset, "no memory for a container of %zu octets",
                            needed);
    }
    for (;;) {
        if (!f->is_regular) {
            status = nm_wait_fd(f->fd, POLLIN, wait, err);
            if (status != NM_OK) {
                return status;
            }
        }
        ssize_t len = read(f->fd, f->buffer.data + f->buffer.len, f->buffer.cap - f->buffer.len);
        if (len >= 0) {
            f->is_at_end = len == 0;
            f->buffer.len += (size_t)len;
            atomic_fetch_add_explicit(&f->octets, (uint64_t)len, memory_order_relaxed);
            return NM_OK;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            f->is_regular = false; /* Something else took what poll() had seen. */
        } else if (errno != EINTR) {
            return nm_error_set_system(err, errno, "read() failed at offset %llu",
                                       (unsigned long long)f->offset);
        }
    }
}

/* Octets of the container at the start of what is buffered; 0 when its header is not whole yet. */
static nm_status
container_len(file_source *f, size_t *out_len, nm_error *err)
{
    nm_header header;
    nm_span left = nm_span_of(f->buffer.data + f->start, f->buffer.len - f->start);
    nm_status status = nm_header_decode(left, &header, err);
    *out_len = 0;
    if (status == NM_E_TRUNCATED && !f->is_at_end) {
        return NM_OK;
    }
    if (status != NM_OK) {
        if (err != NULL) {
            err->offset = f->offset;
        }
        return status;
    }
    if (header.body_len > f->limits.container_len) {
        return nm_error_set(err, NM_E_LIMIT, f->offset,
                            "container of %u octets announced, the limit is %zu", header.body_len,
                            f->limits.container_len);
    }
    *out_len = header.header_len + header.body_len;
    return NM_OK;
}

static nm_status
next_container(file_source *f, const nm_wait *wait, nm_frame *out, nm_error *err)
{
    for (;;) {
        size_t buffered = f->buffer.len - f->start;
        size_t needed = 0;
        if (buffered > 0) {
            nm_status status = container_len(f, &needed, err);
            if (status != NM_OK) {
                return status;
            }
        } else if (f->is_at_end) {
            return NM_END;
        }
        if (needed > 0 && buffered >= needed) {
            *out = (nm_frame){.octets = nm_span_of(f->buffer.data + f->start, needed),
                              .offset = f->offset};
            f->start += needed;
            f->offset += needed;
            return NM_OK;
        }
        if (f->is_at_end) {
            return nm_error_set(err, NM_E_TRUNCATED, f->offset,
                                "input ends after %zu of the %zu octets of a container", buffered,
                                needed);
        }
        nm_status status = fill(f, needed, wait, err);
        if (status != NM_OK) {
            return status;
        }
    }
}

static nm_status
file_next(nm_source *source, const nm_wait *wait, nm_frame *out, nm_error *err)
{
    file_source *f = (file_source *)source;
    if (f->has_ended) {
        return NM_END;
    }
    nm_status status = next_container(f, wait, out, err);
    f->has_ended = status != NM_OK && status != NM_AGAIN && status != NM_STOPPED;
    return status;
}

static nm_source_counts
file_counts(nm_source *source)
{
    file_source *f = (file_source *)source;
    return (nm_source_counts){.octets = atomic_load_explicit(&f->octets, memory_order_relaxed)};
}

static int
file_fileno(nm_source *source)
{
    return ((file_source *)source)->fd;
}

static void
file_free(nm_source *source)
{
    file_source *f = (file_source *)source;
    if (f->owns_fd) {
        (void)close(f->fd); /* Nothing was written to it. */
    }
    nm_buffer_clear(&f->buffer);
    free(f);
}

static const nm_source_ops file_ops = {
    .next = file_next,
    .counts = file_counts,
    .fileno = file_fileno,
    .own_fileno = file_fileno,
    .free = file_free,
};

nm_status
nm_file_source_open(int fd, bool owns_fd, const nm_limits *limits, nm_source **out, nm_error *err)
{
    struct stat info;
    file_source *f = NULL;
    nm_status status = NM_OK;
    if (fstat(fd, &info) != 0) {
        status = nm_error_set_system(err, errno, "descriptor %d", fd);
    } else if (S_ISDIR(info.st_mode)) {
        status = nm_error_set_system(err, EISDIR, "descriptor %d", fd);
    } else {
        f = calloc(1, sizeof *f);
    }
    if (status == NM_OK && f == NULL) {
        status = nm_error_set(err, NM_E_NOMEM, 0, "no memory for a file input");
    }
    if (status != NM_OK) {
        if (owns_fd) {
            (void)close(fd); /* Only read. */
        }
        return status;
    }
    f->source = (nm_source){.ops = &file_ops, .accepts_v1 = true};
    f->fd = fd;
    f->owns_fd = owns_fd;
    f->is_regular = S_ISREG(info.st_mode);
    f->limits = *limits;
    size_t container_max = limits->container_len + NM_HEADER_LEN;
    nm_buffer_init(&f->buffer, container_max > READ_LEN ? container_max : READ_LEN,
                   &nm_allocator_heap);
    *out = &f->source;
    return NM_OK;
}
