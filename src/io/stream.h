/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a file, pipe or other stream of octets through a buffer that is used again and again.
 *
 * A stream without a descriptor has what it is given: octets that are fed to it piece by piece, or
 * a piece of memory that it is lent. */
#ifndef NM_IO_STREAM_H
#define NM_IO_STREAM_H

#include <stdatomic.h>

#include "base/buffer.h"
#include "io/stream_ahead.h"
#include "io/wait.h"

/** A descriptor and what was read from it but not used yet. */
typedef struct nm_stream {
    int fd; /**< -1: what it is given. */
    bool owns_fd;
    bool is_regular;        /**< Reading it never has to wait for anybody. */
    bool is_given;          /**< All that it is ever given is there. */
    bool is_at_end;         /**< Nothing comes behind what is buffered. */
    nm_stream_ahead *ahead; /**< NULL: it is read when it is asked for more. */
    nm_buffer buffer;
    nm_span rest;            /**< What is not used yet: in the buffer, or in what was lent. */
    uint64_t offset;         /**< Of that in the stream. */
    _Atomic uint64_t octets; /**< Read so far, for whoever asks. */
} nm_stream;

/** Set up a zeroed stream in the caller's storage.
 *  @param fd        Read from its current position; -1: there is none.
 *  @param owns_fd   Close it in the end, and on failure.
 *  @param room_max  Octets that are ever needed at a time.
 *  @return NM_OK, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_stream_open(nm_stream *s, int fd, bool owns_fd, size_t room_max,
                                       nm_error *err);

/** Close what it owns and free the buffer. */
void nm_stream_close(nm_stream *s);

/** Before the stream is used: have workers read what comes next, as soon as there is room, if the
 *  file is large. @param pool  Borrowed. NULL, or one without workers: nothing changes. */
void nm_stream_read_ahead(nm_stream *s, nm_worker_pool *pool);

/** What was read and not used; borrowed until the next call. */
static inline nm_span
nm_stream_buffered(const nm_stream *s)
{
    return s->rest;
}

/** The first `len` octets of what is buffered were used. */
static inline void
nm_stream_consume(nm_stream *s, size_t len)
{
    if (len > 0) {
        s->rest = nm_span_of(s->rest.data + len, s->rest.len - len);
        s->offset += len;
    }
}

/** Add a copy of `octets` behind what is buffered: before what the descriptor gives, or in place of
 *  that. Not for a stream that was lent memory.
 *  @return NM_OK, NM_E_NOMEM, NM_E_LIMIT: more than 2 MiB at a time. */
NM_MUST_CHECK nm_status nm_stream_feed(nm_stream *s, nm_span octets, nm_error *err);

/** Have the stream, which has no descriptor and nothing buffered, give out `octets` and end.
 *  @param octets  Borrowed as long as the stream is used. */
void nm_stream_lend(nm_stream *s, nm_span octets);

/** A stream without a descriptor is given no more. */
static inline void
nm_stream_end(nm_stream *s)
{
    s->is_given = true;
}

/** Read once, so that more is buffered than before or `is_at_end` is set.
 *  @param needed  Octets to make room for, from the first unused on; at most room_max.
 *  @param wait    NULL: do not wait.
 *  @return NM_OK; NM_AGAIN (without a descriptor also when `wait` is not NULL: feed it);
 *          NM_STOPPED, NM_E_NOMEM, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_stream_fill(nm_stream *s, size_t needed, const nm_wait *wait,
                                       nm_error *err);

#endif
