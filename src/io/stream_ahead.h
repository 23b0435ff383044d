/* SPDX-License-Identifier: Apache-2.0 */
/* What comes next in a file, read by a worker while what came before is used. */
#ifndef NM_IO_STREAM_AHEAD_H
#define NM_IO_STREAM_AHEAD_H

#include "base/buffer.h"
#include "io/worker_pool.h"

enum {
    NM_STREAM_READ_LEN = 2 * 1024 * 1024, /**< Octets read at a time. */
};

/** A second buffer, and the work of filling it. */
typedef struct nm_stream_ahead nm_stream_ahead;

/** @param fd    Of a regular file; read by nobody else from now on.
 *  @param pool  Borrowed.
 *  @param max   Octets to which a buffer that was swapped in may grow.
 *  @return NULL: no memory. */
nm_stream_ahead *nm_stream_ahead_new(int fd, nm_worker_pool *pool, size_t max);

/** Waits for the worker. Accepts NULL. */
void nm_stream_ahead_free(nm_stream_ahead *a);

/** Have a worker begin to read, unless one did. */
void nm_stream_ahead_begin(nm_stream_ahead *a);

/** True when it was begun and not taken yet. */
bool nm_stream_ahead_has_begun(const nm_stream_ahead *a);

/** Put what the worker has read behind what is left, and begin to read on; waits for the worker.
 *  @param buffer    What `rest` lies in; the buffers may be exchanged.
 *  @param rest      What is left of it, and what came behind that.
 *  @param offset    Of `rest` in the file, for errors.
 *  @param out_len   Octets that came; 0: the end.
 *  @return NM_OK; NM_E_SYSTEM (from errno), NM_E_NOMEM, NM_E_LIMIT. */
NM_MUST_CHECK nm_status nm_stream_ahead_take(nm_stream_ahead *a, nm_buffer *buffer, nm_span *rest,
                                             uint64_t offset, size_t *out_len, nm_error *err);

#endif
