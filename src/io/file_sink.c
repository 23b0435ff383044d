/* SPDX-License-Identifier: Apache-2.0 */
/* Containers to a stream of octets. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/sink.h"

typedef struct file_sink {
    nm_sink sink;
    bool owns_fd;
    bool is_ready; /* Writing it never has to wait for a reader. */
} file_sink;

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
    nm_status status = NM_OK;
    if (f->owns_fd && close(f->sink.fd) != 0 && errno != EINTR) {
        status = nm_error_set_system(err, errno, "close() failed");
    }
    free(f);
    return status;
}

static const nm_sink_ops file_ops = {
    .write = file_write,
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
nm_file_sink_open(int fd, bool owns_fd, nm_sink **out, nm_error *err)
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
    *out = &f->sink;
    return NM_OK;
}
