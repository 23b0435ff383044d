/* SPDX-License-Identifier: Apache-2.0 */
/* Containers to a stream of octets. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/sink.h"
#include "io/worker_pool.h"
#include "wire/builder.h"

enum {
    BEHIND_LEN = 64 * 1024,              /* Octets that are worth a change of threads. */
    BEHIND_MAX = NM_BUILDER_LEN_MAX * 4, /* What is longer is written by write(). */
};

/* The last frame that was taken, while it is not all written. */
typedef struct written_behind {
    nm_job job; /* Writes `octets`, from `done` on. */
    int fd;
    nm_buffer octets;
    size_t done;
    int sys_errno;
} written_behind;

typedef struct file_sink {
    nm_sink sink;
    bool owns_fd;
    bool is_ready; /* Writing it never has to wait for a reader. */
    nm_worker_pool *pool;
    written_behind behind;
} file_sink;

static void
write_behind(nm_job *job)
{
    written_behind *b = (written_behind *)job;
    b->sys_errno = 0;
    while (b->done < b->octets.len && b->sys_errno == 0) {
        ssize_t len = write(b->fd, b->octets.data + b->done, b->octets.len - b->done);
        if (len >= 0) {
            b->done += (size_t)len;
        } else if (errno != EINTR) {
            b->sys_errno = errno;
        }
    }
}

/* Wait for the worker; write what it could not. */
static nm_status
file_flush(nm_sink *sink, const nm_wait *wait, nm_error *err)
{
    file_sink *f = (file_sink *)sink;
    written_behind *b = &f->behind;
    (void)wait; /* It takes as long as the disk does. */
    nm_worker_pool_wait(f->pool, &b->job);
    if (b->done < b->octets.len && b->sys_errno == 0) {
        write_behind(&b->job);
    }
    if (b->sys_errno != 0) {
        int sys_errno = b->sys_errno;
        b->sys_errno = 0; /* The next call tries again. */
        return nm_error_set_system(err, sys_errno, "write() failed");
    }
    b->octets.len = 0;
    b->done = 0;
    return NM_OK;
}

/* Take a copy of a frame for a worker to write. @return false: it is not worth it. */
static bool
leave_to_worker(file_sink *f, nm_span frame)
{
    if (f->pool == NULL || frame.len < BEHIND_LEN ||
        nm_buffer_append(&f->behind.octets, frame) != NM_OK) {
        return false;
    }
    nm_worker_pool_submit(f->pool, &f->behind.job);
    return true;
}

/* What can be written at once without blocking, after poll() said yes: pipes promise room for
 * PIPE_BUF octets then. */
static size_t
chunk_len(const file_sink *f, size_t left)
{
    return f->is_ready || left < PIPE_BUF ? left : PIPE_BUF;
}

static nm_status
file_write(nm_sink *sink, nm_span frame, size_t *done, const nm_wait *wait, nm_error *err)
{
    file_sink *f = (file_sink *)sink;
    nm_status settled = file_flush(sink, /* wait= */ NULL, err);
    if (settled != NM_OK) {
        return settled;
    }
    if (*done == 0 && leave_to_worker(f, frame)) {
        *done = frame.len;
    }
    while (*done < frame.len) {
        if (!f->is_ready) {
            nm_status status = nm_wait_fd(f->sink.fd, POLLOUT, wait, err);
            if (status != NM_OK) {
                return status;
            }
        }
        ssize_t len = write(f->sink.fd, frame.data + *done, chunk_len(f, frame.len - *done));
        if (len >= 0) {
            *done += (size_t)len;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            f->is_ready = false; /* poll() has to tell when. */
        } else if (errno != EINTR) {
            return nm_error_set_system(err, errno, "write() failed");
        }
    }
    return NM_OK;
}

static nm_status
file_free(nm_sink *sink, nm_error *err)
{
    file_sink *f = (file_sink *)sink;
    nm_status status = file_flush(sink, /* wait= */ NULL, err);
    if (f->owns_fd && close(f->sink.fd) != 0 && errno != EINTR && status == NM_OK) {
        status = nm_error_set_system(err, errno, "close() failed");
    }
    nm_buffer_clear(&f->behind.octets);
    free(f);
    return status;
}

static const nm_sink_ops file_ops = {
    .write = file_write,
    .flush = file_flush,
    .free = file_free,
};

/* Measurements write there. */
static bool
is_null_device(const struct stat *info)
{
    struct stat null;
    return S_ISCHR(info->st_mode) && stat("/dev/null", &null) == 0 && S_ISCHR(null.st_mode) &&
           null.st_rdev == info->st_rdev;
}

nm_status
nm_file_sink_open(int fd, bool owns_fd, nm_worker_pool *pool, nm_sink **out, nm_error *err)
{
    struct stat info;
    file_sink *f = NULL;
    nm_status status = NM_OK;
    if (fstat(fd, &info) != 0) {
        status = nm_error_set_system(err, errno, "descriptor %d", fd);
    } else {
        f = calloc(1, sizeof *f);
    }
    if (status == NM_OK && f == NULL) {
        status = nm_error_set(err, NM_E_NOMEM, 0, "no memory for a file output");
    }
    if (status != NM_OK) {
        if (owns_fd) {
            (void)close(fd); /* Nothing was written. */
        }
        return status;
    }
    f->sink.ops = &file_ops;
    f->sink.fd = fd;
    f->owns_fd = owns_fd;
    f->is_ready = S_ISREG(info.st_mode) || is_null_device(&info);
    f->pool = S_ISREG(info.st_mode) && nm_worker_pool_size(pool) > 0 ? pool : NULL;
    f->behind.job.run = write_behind;
    f->behind.fd = fd;
    nm_buffer_init(&f->behind.octets, BEHIND_MAX, &nm_allocator_heap);
    *out = &f->sink;
    return NM_OK;
}
