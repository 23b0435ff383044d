/* SPDX-License-Identifier: Apache-2.0 */
/* Containers as UDP datagrams. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/pace.h"
#include "io/sink.h"
#include "io/socket_address.h"

typedef struct udp_sink {
    nm_sink sink;
    nm_pace *pace;
} udp_sink;

/* Errors that tell of an earlier datagram or pass by themselves. */
static bool
is_passing(int error)
{
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH ||
           error == EHOSTDOWN || error == ENOBUFS;
}

static nm_status
udp_write(nm_sink *u, nm_span frame, size_t *done, const nm_wait *wait, nm_error *err)
{
    bool is_second_try = false;
    nm_pace *pace = ((udp_sink *)u)->pace;

    if (pace != NULL && *done < frame.len) {
        nm_status status = nm_pace_wait(pace, wait);
        if (status != NM_OK) {
            return status;
        }
    }
    while (*done < frame.len) {
        ssize_t len = send(u->fd, frame.data, frame.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (len >= 0) {
            *done = frame.len;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            nm_status status = nm_wait_fd(u->fd, POLLOUT, wait, err);
            if (status != NM_OK) {
                return status;
            }
        } else if (is_passing(errno)) {
            u->passing_errors++;
            if (is_second_try) {
                *done = frame.len; /* As lost as any datagram may be. */
            }
            is_second_try = true;
        } else if (errno != EINTR) {
            if (errno == EMSGSIZE) {
                *done = frame.len; /* It will never go, and what comes behind it must. */
            }
            return nm_error_set_system(err, errno, "sending a datagram of %zu octets failed",
                                       frame.len);
        }
    }
    if (pace != NULL) {
        nm_pace_spend(pace, 1, nm_clock_monotonic_ns());
    }
    return NM_OK;
}

static nm_status
udp_free(nm_sink *u, nm_error *err)
{
    (void)err;
    if (u->fd >= 0) {
        (void)close(u->fd); /* Datagrams are out or not; closing tells nothing of them. */
    }
    free(u);
    return NM_OK;
}

static const nm_sink_ops udp_ops = {
    .write = udp_write,
    .free = udp_free,
};

static nm_status
open_socket(nm_sink *u, const nm_socket_address *where, bool is_broadcast, const char *address,
            unsigned port, nm_error *err)
{
    int yes = 1;
    u->fd = socket(where->storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (u->fd < 0) {
        return nm_error_set_system(err, errno, "socket() failed");
    }
    if (is_broadcast && setsockopt(u->fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes) != 0) {
        return nm_error_set_system(err, errno, "setsockopt(SO_BROADCAST) failed");
    }
    if (connect(u->fd, (const struct sockaddr *)&where->storage, where->len) != 0) {
        return nm_error_set_system(err, errno, "cannot send to %s port %u", address, port);
    }
    return NM_OK;
}

nm_status
nm_udp_sink_open(const char *address, unsigned port, bool is_broadcast, struct nm_pace *pace,
                 nm_sink **out, nm_error *err)
{
    nm_socket_address where;
    nm_status status = nm_socket_address_find(address, port, &where, err);
    if (status != NM_OK) {
        return status;
    }
    udp_sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a UDP output");
    }
    nm_sink *u = &sink->sink;
    sink->pace = pace;
    u->ops = &udp_ops;
    u->is_numbered = true;
    u->fd = -1;
    status = open_socket(u, &where, is_broadcast, address, port, err);
    if (status != NM_OK) {
        (void)udp_free(u, /* err= */ NULL); /* The first error is the one to tell. */
        return status;
    }
    *out = u;
    return NM_OK;
}
