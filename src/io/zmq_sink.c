/* SPDX-License-Identifier: Apache-2.0 */
/* Containers as ZeroMQ messages: one in each, of any length.
 *
 * PUSH waits while all peers have enough waiting for them; PUB drops what a peer does not keep up
 * with, which is what it is for. What the library has taken is not sent yet: it says of each
 * message when it is done with it, and closing waits for that. */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <zmq.h>

#include "io/sink.h"
#include "io/zmq_links.h"

enum {
    LINGER_MS = 1000,    /* Longest time without progress when closing, */
    PATIENCE_MS = 10000, /* and for PUSH, once somebody has taken something. */
    PAUSE_MS = 1,
    QUIET_LOOKS = 3,    /* Nothing left in as many looks: what the library's thread holds is out. */
    UPDATE_EVERY = 256, /* Messages. */
};

/* What is on its way. */
typedef struct zmq_rest {
    size_t messages; /* With the library, */
    size_t octets;   /* and with the system. */
} zmq_rest;

typedef struct zmq_sink {
    nm_sink sink;
    nm_zmq_socket socket;
    nm_zmq_links links;
    bool is_push;
    zmq_msg_t message; /* Of the frame that waits to be sent, if */
    bool has_message;
    uint64_t sent;
    atomic_size_t under_way; /* Messages that the library is not done with. */
    zmq_rest rest;           /* When finish() last saw it change, */
    int64_t give_up_at_ns;   /* and how long it waits for the next change; 0: it waits not yet. */
} zmq_sink;

/* The library is done with a message. Called by a thread of its own. */
static void
release(void *octets, void *context)
{
    free(octets);
    atomic_fetch_sub((atomic_size_t *)context, 1);
}

/* Have a message of the frame. */
static nm_status
make_message(zmq_sink *z, nm_span frame, nm_error *err)
{
    uint8_t *octets = malloc(frame.len);
    if (octets == NULL ||
        zmq_msg_init_data(&z->message, octets, frame.len, release, &z->under_way) != 0) {
        free(octets);
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a message of %zu octets", frame.len);
    }
    memcpy(octets, frame.data, frame.len);
    atomic_fetch_add(&z->under_way, 1);
    z->has_message = true;
    return NM_OK;
}

static nm_status
zmq_sink_write(nm_sink *sink, nm_span frame, size_t *done, const nm_wait *wait, nm_error *err)
{
    zmq_sink *z = (zmq_sink *)sink;
    if (!z->has_message) {
        nm_status status = make_message(z, frame, err);
        if (status != NM_OK) {
            return status;
        }
    }
    while (zmq_msg_send(&z->message, z->socket.handle, ZMQ_DONTWAIT) < 0) {
        nm_status status = NM_OK;
        if (zmq_errno() == EAGAIN) {
            status = nm_zmq_socket_wait(&z->socket, ZMQ_POLLOUT, wait, err);
        } else if (zmq_errno() != EINTR) {
            status = nm_zmq_fail(err, "sending failed");
        }
        if (status != NM_OK) {
            return status;
        }
    }
    z->has_message = false;
    if (z->sent++ % UPDATE_EVERY == 0) {
        nm_zmq_links_update(&z->links);
    }
    *done = frame.len;
    return NM_OK;
}

/* Whether the rest has not become less for too long. */
static bool
is_stuck(zmq_sink *z, zmq_rest rest)
{
    int64_t now = nm_clock_monotonic_ns();
    int64_t patience_ms = z->is_push && rest.messages < z->sent ? PATIENCE_MS : LINGER_MS;
    if (rest.messages != z->rest.messages || rest.octets != z->rest.octets ||
        z->give_up_at_ns == 0) {
        z->rest = rest;
        z->give_up_at_ns = now + patience_ms * 1000000;
    }
    return now >= z->give_up_at_ns;
}

/* What is left is given up. */
static nm_status
give_up(zmq_sink *z, nm_error *err)
{
    z->give_up_at_ns = 0;
    if (!z->is_push) {
        return NM_OK; /* Dropped like all that a subscriber is too slow for. */
    }
    return nm_error_set_system(
        err, ETIMEDOUT, "nobody took what was sent last (%zu containers, %zu octets on their way)",
        z->rest.messages, z->rest.octets);
}

static nm_status
zmq_sink_finish(nm_sink *sink, const nm_wait *wait, nm_error *err)
{
    zmq_sink *z = (zmq_sink *)sink;
    for (int quiet = 0;;) {
        zmq_rest rest = {.messages = atomic_load(&z->under_way),
                         .octets = nm_zmq_links_unsent(&z->links)};
        if (rest.messages + rest.octets > 0) {
            quiet = 0;
            if (is_stuck(z, rest)) {
                return give_up(z, err);
            }
        } else if (wait == NULL || ++quiet == QUIET_LOOKS) {
            return NM_OK;
        }
        if (wait == NULL) {
            return NM_AGAIN;
        }
        if (wait->may_go_on != NULL && !wait->may_go_on(wait->context)) {
            return NM_STOPPED;
        }
        (void)poll(NULL, 0, PAUSE_MS); /* A signal ends the pause. */
    }
}

static nm_status
zmq_sink_free(nm_sink *sink, nm_error *err)
{
    zmq_sink *z = (zmq_sink *)sink;
    (void)err;
    if (nm_fork_mark_is_foreign(z->socket.mark)) {
        return NM_OK; /* The parent's threads may use it: nothing is given back. */
    }
    if (z->has_message) {
        (void)zmq_msg_close(&z->message); /* It is a message. */
    }
    if (z->socket.handle != NULL && atomic_load(&z->under_way) > 0) {
        /* finish() has waited, or this is given up. Cannot fail with this option. */
        int linger_ms = 0;
        (void)zmq_setsockopt(z->socket.handle, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    }
    nm_zmq_links_close(&z->socket, &z->links);
    nm_zmq_socket_close(&z->socket); /* No message is left after that. */
    free(z);
    return NM_OK;
}

static const nm_sink_ops zmq_ops = {
    .write = zmq_sink_write,
    .finish = zmq_sink_finish,
    .free = zmq_sink_free,
};

nm_status
nm_zmq_sink_open(nm_zmq_endpoint *endpoint, nm_sink **out, nm_error *err)
{
    zmq_sink *z = calloc(1, sizeof *z);
    if (z == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a ZeroMQ output");
    }
    z->sink = (nm_sink){.ops = &zmq_ops, .is_numbered = true, .takes_any_len = true, .fd = -1};
    z->is_push = endpoint->is_pushpull;
    nm_status status = nm_zmq_socket_open(z->is_push ? ZMQ_PUSH : ZMQ_PUB, &z->socket, err);
    if (status == NM_OK) {
        status = nm_zmq_socket_set(&z->socket, ZMQ_SNDHWM, (int)endpoint->queue_len, err);
    }
    if (status == NM_OK) {
        status = nm_zmq_socket_set(&z->socket, ZMQ_LINGER, LINGER_MS, err);
    }
    if (status == NM_OK) {
        status = nm_zmq_links_open(&z->socket, &z->links, err);
    }
    if (status == NM_OK) {
        status = nm_zmq_socket_join(&z->socket, endpoint, err);
    }
    if (status != NM_OK) {
        (void)zmq_sink_free(&z->sink, /* err= */ NULL); /* The first error is the one to tell. */
        return status;
    }
    *out = &z->sink;
    return NM_OK;
}
