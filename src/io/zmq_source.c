/* SPDX-License-Identifier: Apache-2.0 */
/* Containers from ZeroMQ messages: one in each.
 *
 * The library's threads receive, and hold what the reader has not taken yet, up to a number of
 * messages for each peer; then PUSH at the other end waits, and PUB drops.
 *
 * The library's own descriptor tells only that something has changed, once, until the socket is
 * asked. So the one that is given to others also watches a flag, which is set while a message is
 * known to be there. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

#include "io/os.h"
#include "io/source.h"
#include "io/zmq_socket.h"
#include "wire/header.h"

static const size_t HEARD_LEN_MIN = 32U << 20;

typedef struct zmq_source {
    nm_source source;
    nm_zmq_socket socket;
    zmq_msg_t message; /* Lent to the caller if */
    bool has_message;
    int watch_fd; /* -1: nobody asked for it, or the system has no such thing. */
    nm_event flag;
    bool is_flagged;
    _Atomic uint64_t octets;
    _Atomic uint64_t messages;
} zmq_source;

static void
release(zmq_source *z)
{
    if (z->has_message) {
        (void)zmq_msg_close(&z->message); /* It is a message. */
        z->has_message = false;
    }
}

/* -- the descriptor -- */

static void
set_flag(zmq_source *z, bool is_on)
{
    if (z->watch_fd < 0 || z->is_flagged == is_on) {
        return;
    }
    z->is_flagged = is_on;
    if (is_on) {
        nm_event_set(&z->flag);
    } else {
        nm_event_unset(&z->flag);
    }
}

/* Whether a message is there; also has the library's descriptor tell of the next change. */
static bool
has_more(zmq_source *z)
{
    int events = 0;
    size_t len = sizeof events;
    return zmq_getsockopt(z->socket.handle, ZMQ_EVENTS, &events, &len) == 0 &&
           (events & ZMQ_POLLIN) != 0;
}

static void
zmq_source_set_pending(nm_source *source, bool is_pending)
{
    zmq_source *z = (zmq_source *)source;
    if (z->watch_fd < 0) {
        return;
    }
    if (!is_pending) {
        release(z);
    }
    set_flag(z, is_pending || has_more(z));
}

/* Have a descriptor for both. */
static nm_status
start_watching(zmq_source *z, nm_error *err)
{
    int fds[2] = {-1, -1};
    size_t len = sizeof *fds;
    nm_status status = nm_event_open(&z->flag, err);
    if (status != NM_OK) {
        return status;
    }
    if (zmq_getsockopt(z->socket.handle, ZMQ_FD, &fds[0], &len) != 0) {
        status = nm_zmq_fail(err, "zmq_getsockopt() failed");
    } else {
        fds[1] = z->flag.read_fd;
        status = nm_watch_open(fds, 2, &z->watch_fd, err);
    }
    if (status != NM_OK) {
        nm_event_close(&z->flag);
    }
    return status;
}

static int
zmq_source_fileno(nm_source *source)
{
    zmq_source *z = (zmq_source *)source;
    bool is_ours = !nm_fork_mark_is_foreign(z->socket.mark);
    if (z->watch_fd < 0 && is_ours && start_watching(z, /* err= */ NULL) == NM_OK) {
        set_flag(z, has_more(z));
    }
    return z->watch_fd;
}

static int
zmq_source_own_fileno(nm_source *source)
{
    (void)source;
    return -1; /* The library's are not for others. */
}

/* -- reading -- */

/* What is left of a message of several parts, which came whole. */
static nm_status
skip_parts(zmq_source *z, nm_error *err)
{
    size_t count = 1;
    while (zmq_msg_more(&z->message) != 0) {
        int len = zmq_msg_recv(&z->message, z->socket.handle, ZMQ_DONTWAIT);
        if (len < 0) {
            break;
        }
        atomic_fetch_add_explicit(&z->octets, (uint64_t)len, memory_order_relaxed);
        count++;
    }
    release(z);
    return nm_error_set(err, NM_E_PARSE, 0,
                        "a ZeroMQ message of %zu parts: containers come in one part", count);
}

static nm_status
zmq_source_next(nm_source *source, const nm_wait *wait, nm_frame *out, nm_error *err)
{
    zmq_source *z = (zmq_source *)source;
    release(z);
    (void)zmq_msg_init(&z->message); /* Cannot fail. */
    while (zmq_msg_recv(&z->message, z->socket.handle, ZMQ_DONTWAIT) < 0) {
        nm_status status = NM_OK;
        if (zmq_errno() == EAGAIN) {
            set_flag(z, /* is_on= */ false);
            status = nm_zmq_socket_wait(&z->socket, ZMQ_POLLIN, wait, err);
        } else if (zmq_errno() != EINTR) {
            status = nm_zmq_fail(err, "receiving failed");
        }
        if (status != NM_OK) {
            return status;
        }
    }
    z->has_message = true;
    set_flag(z, /* is_on= */ true); /* Until what is in it was given out. */
    size_t len = zmq_msg_size(&z->message);
    atomic_fetch_add_explicit(&z->messages, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&z->octets, len, memory_order_relaxed);
    if (zmq_msg_more(&z->message) != 0) {
        return skip_parts(z, err);
    }
    *out = (nm_frame){.octets = nm_span_of(zmq_msg_data(&z->message), len)};
    return NM_OK;
}

static nm_source_counts
zmq_source_counts(nm_source *source)
{
    zmq_source *z = (zmq_source *)source;
    return (nm_source_counts){
        .octets = atomic_load_explicit(&z->octets, memory_order_relaxed),
        .datagrams = atomic_load_explicit(&z->messages, memory_order_relaxed),
    };
}

static nm_status
zmq_source_adopt(nm_source *source, nm_error *err)
{
    (void)source;
    return nm_error_set(err, NM_E_FORKED, 0, "%s", nm_status_text(NM_E_FORKED));
}

static void
zmq_source_free(nm_source *source)
{
    zmq_source *z = (zmq_source *)source;
    release(z);
    if (z->watch_fd >= 0) {
        (void)close(z->watch_fd); /* Nothing to be done about a failure. */
        nm_event_close(&z->flag);
    }
    nm_zmq_socket_close(&z->socket);
    free(z);
}

static const nm_source_ops zmq_ops = {
    .next = zmq_source_next,
    .set_pending = zmq_source_set_pending,
    .counts = zmq_source_counts,
    .fileno = zmq_source_fileno,
    .own_fileno = zmq_source_own_fileno,
    .adopt = zmq_source_adopt,
    .free = zmq_source_free,
};

/* -- opening -- */

/* The library drops the connection, and with it what else was on its way, of whoever sends a longer
 * message. Those that are only too long to be read are received, so that they can be counted. */
static int64_t
heard_len(const nm_limits *limits)
{
    size_t len = limits->container_len > HEARD_LEN_MIN ? limits->container_len : HEARD_LEN_MIN;
    return len < INT64_MAX - NM_HEADER_LEN ? (int64_t)len + NM_HEADER_LEN : INT64_MAX;
}

static nm_status
set_up(zmq_source *z, const nm_zmq_endpoint *endpoint, const nm_limits *limits, nm_error *err)
{
    static const char magic[] = {'N', 'M', 'S', 'G'}; /* Every container begins with it. */
    int64_t most = heard_len(limits);
    nm_status status = nm_zmq_socket_set(&z->socket, ZMQ_RCVHWM, (int)endpoint->queue_len, err);
    if (status == NM_OK) {
        status = nm_zmq_socket_set(&z->socket, ZMQ_LINGER, /* value= */ 0, err);
    }
    if (status == NM_OK &&
        (zmq_setsockopt(z->socket.handle, ZMQ_MAXMSGSIZE, &most, sizeof most) != 0 ||
         (!endpoint->is_pushpull &&
          zmq_setsockopt(z->socket.handle, ZMQ_SUBSCRIBE, magic, sizeof magic) != 0))) {
        status = nm_zmq_fail(err, "zmq_setsockopt() failed");
    }
    return status;
}

nm_status
nm_zmq_source_open(nm_zmq_endpoint *endpoint, const nm_limits *limits, nm_source **out,
                   nm_error *err)
{
    zmq_source *z = calloc(1, sizeof *z);
    if (z == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a ZeroMQ input");
    }
    z->source =
        (nm_source){.ops = &zmq_ops, .counts_sequence = true, .is_shared = endpoint->is_pushpull};
    z->watch_fd = -1;
    nm_status status =
        nm_zmq_socket_open(endpoint->is_pushpull ? ZMQ_PULL : ZMQ_SUB, &z->socket, err);
    if (status == NM_OK) {
        status = set_up(z, endpoint, limits, err);
    }
    if (status == NM_OK) {
        status = nm_zmq_socket_join(&z->socket, endpoint, err);
    }
    if (status != NM_OK) {
        zmq_source_free(&z->source);
        return status;
    }
    *out = &z->source;
    return NM_OK;
}
