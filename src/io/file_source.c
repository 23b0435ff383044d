/* SPDX-License-Identifier: Apache-2.0 */
/* Containers from a stream of octets: finds where one ends and the next begins, no more. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/source.h"
#include "io/stream.h"
#include "wire/header.h"

typedef struct file_source {
    nm_source source;
    nm_stream stream;
    nm_limits limits;
    uint64_t end; /* Containers begin before that. */
} file_source;

/* Octets of the container at the start of what is buffered; 0 when its header is not whole yet. */
static nm_status
container_len(file_source *f, size_t *out_len, nm_error *err)
{
    nm_header header;
    nm_status status = nm_header_decode(nm_stream_buffered(&f->stream), &header, err);
    *out_len = 0;
    if (status == NM_E_TRUNCATED && !f->stream.is_at_end) {
        return NM_OK;
    }
    if (status != NM_OK) {
        if (err != NULL) {
            err->offset = f->stream.offset;
        }
        return status;
    }
    if (header.body_len > f->limits.container_len) {
        return nm_error_set(err, NM_E_LIMIT, f->stream.offset,
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
        nm_span buffered = nm_stream_buffered(&f->stream);
        size_t needed = 0;
        if (f->stream.offset >= f->end) {
            return NM_END;
        }
        if (buffered.len > 0) {
            nm_status status = container_len(f, &needed, err);
            if (status != NM_OK) {
                return status;
            }
        } else if (f->stream.is_at_end) {
            return NM_END;
        }
        if (needed > 0 && buffered.len >= needed) {
            *out =
                (nm_frame){.octets = nm_span_of(buffered.data, needed), .offset = f->stream.offset};
            nm_stream_consume(&f->stream, needed);
            return NM_OK;
        }
        if (f->stream.is_at_end) {
            return nm_error_set(err, NM_E_TRUNCATED, f->stream.offset,
                                "input ends after %zu of the %zu octets of a container",
                                buffered.len, needed);
        }
        nm_status status = nm_stream_fill(&f->stream, needed, wait, err);
        if (status != NM_OK) {
            return status;
        }
    }
}

static nm_status
file_next(nm_source *source, const nm_wait *wait, nm_frame *out, nm_error *err)
{
    if (source->has_ended) {
        return NM_END;
    }
    nm_status status = next_container((file_source *)source, wait, out, err);
    source->has_ended = status != NM_OK && status != NM_AGAIN && status != NM_STOPPED;
    return status;
}

static nm_source_counts
file_counts(nm_source *source)
{
    file_source *f = (file_source *)source;
    return (nm_source_counts){
        .octets = atomic_load_explicit(&f->stream.octets, memory_order_relaxed),
    };
}

static int
file_fileno(nm_source *source)
{
    return ((file_source *)source)->stream.fd;
}

static nm_stream *
file_stream(nm_source *source)
{
    return &((file_source *)source)->stream;
}

static void
file_free(nm_source *source)
{
    file_source *f = (file_source *)source;
    nm_stream_close(&f->stream);
    free(f);
}

static const nm_source_ops file_ops = {
    .next = file_next,
    .counts = file_counts,
    .fileno = file_fileno,
    .own_fileno = file_fileno,
    .stream = file_stream,
    .free = file_free,
};

nm_status
nm_file_source_open(int fd, bool owns_fd, const nm_limits *limits, nm_source **out, nm_error *err)
{
    file_source *f = calloc(1, sizeof *f);
    if (f == NULL) {
        if (owns_fd) {
            (void)close(fd); /* Only read. */
        }
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a file input");
    }
    nm_status status =
        nm_stream_open(&f->stream, fd, owns_fd, limits->container_len + NM_HEADER_LEN, err);
    if (status != NM_OK) {
        free(f);
        return status;
    }
    f->source = (nm_source){.ops = &file_ops, .accepts_v1 = true};
    f->limits = *limits;
    f->end = UINT64_MAX;
    *out = &f->source;
    return NM_OK;
}

nm_status
nm_file_source_confine(nm_source *source, uint64_t offset, uint64_t len, nm_error *err)
{
    file_source *f = (file_source *)source;
    if (lseek(f->stream.fd, (off_t)offset, SEEK_SET) < 0) {
        return nm_error_set_system(err, errno, "lseek() failed");
    }
    f->stream.offset = offset;
    f->end = len < UINT64_MAX - offset ? offset + len : UINT64_MAX;
    return NM_OK;
}
