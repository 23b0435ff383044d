/* SPDX-License-Identifier: Apache-2.0 */
/* Containers as UDP datagrams.
 *
 * The fragments of a container are gathered and sent together: in one call, and those of equal
 * length as one piece that the kernel divides, where it can. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/os.h"
#include "io/pace.h"
#include "io/sink.h"
#include "io/socket_address.h"

enum { QUEUE_LEN = 2 * 65536 /* Octets that are gathered. */ };

typedef struct udp_sink {
    nm_sink sink;
    nm_pace *pace;
    uint8_t *queue; /* NULL until something is gathered. */
    size_t queue_len;
    size_t lens[NM_SEND_BATCH]; /* Of the datagrams in it, one behind the other. */
    size_t count;
    size_t sent; /* So many of them are out, */
    size_t sent_len;
    size_t whole;        /* and the next up to this are not sent together. */
    bool has_last;       /* The frame for which write() was called is in the queue. */
    bool is_second_try;  /* The first one that is not out failed once. */
    bool cannot_segment; /* The kernel said so. */
} udp_sink;

/* Errors that tell of an earlier datagram or pass by themselves. */
static bool
is_passing(int error)
{
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH ||
           error == EHOSTDOWN || error == ENOBUFS;
}

/* -- the queue -- */

static bool
udp_gather(nm_sink *sink, nm_span frame)
{
    udp_sink *u = (udp_sink *)sink;
    if (u->pace != NULL || u->count == NM_SEND_BATCH || frame.len > QUEUE_LEN - u->queue_len) {
        return false;
    }
    if (u->queue == NULL) {
        u->queue = malloc(QUEUE_LEN);
        if (u->queue == NULL) {
            return false; /* One by one, then. */
        }
    }
    memcpy(u->queue + u->queue_len, frame.data, frame.len);
    u->queue_len += frame.len;
    u->lens[u->count++] = frame.len;
    return true;
}

/* How many datagrams from the one at `first` on can be sent as one piece: all of one length, but
 * that the last may be shorter. */
static size_t
segments_at(const udp_sink *u, size_t first)
{
    size_t len = u->lens[first];
    size_t total = len;
    size_t count = 1;
    if (u->cannot_segment || first < u->whole) {
        return 1;
    }
    while (count < NM_SEGMENTS_MAX && first + count < u->count && u->lens[first + count] <= len &&
           total + u->lens[first + count] <= NM_SEGMENTED_LEN_MAX) {
        total += u->lens[first + count++];
        if (u->lens[first + count - 1] < len) {
            break;
        }
    }
    return count;
}

static void
advance(udp_sink *u, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        u->sent_len += u->lens[u->sent++];
    }
    u->is_second_try = false;
}

/* Give what is left in the queue to the kernel, or as much as it takes.
 * @return As nm_socket_send(); *out_first is how many datagrams the first piece has. */
static int
send_pieces(udp_sink *u, size_t *out_first)
{
    nm_outgoing pieces[NM_SEND_BATCH];
    size_t segments[NM_SEND_BATCH] = {0};
    size_t count = 0;
    size_t offset = u->sent_len;
    for (size_t i = u->sent; i < u->count; i += segments[count++]) {
        size_t len = 0;
        segments[count] = segments_at(u, i);
        for (size_t k = 0; k < segments[count]; k++) {
            len += u->lens[i + k];
        }
        pieces[count] = (nm_outgoing){.octets = nm_span_of(u->queue + offset, len),
                                      .segment_len = segments[count] > 1 ? u->lens[i] : 0};
        offset += len;
    }
    *out_first = segments[0];
    int done = nm_socket_send(u->sink.fd, pieces, count);
    for (int i = 0; i < done; i++) {
        advance(u, segments[i]);
    }
    return done;
}

/* A datagram by itself, of `len` octets, failed with `error`. NM_OK: go on, by sending it again
 * unless *out_is_over. */
static nm_status
fail(udp_sink *u, int error, size_t len, const nm_wait *wait, bool *out_is_over, nm_error *err)
{
    *out_is_over = false;
    if (error == EAGAIN || error == EWOULDBLOCK) {
        return nm_wait_fd(u->sink.fd, POLLOUT, wait, err);
    }
    if (is_passing(error)) {
        u->sink.passing_errors++;
        *out_is_over = u->is_second_try; /* As lost as any datagram may be. */
        u->is_second_try = !u->is_second_try;
        return NM_OK;
    }
    if (error == EINTR) {
        return NM_OK;
    }
    u->is_second_try = false;
    *out_is_over = error == EMSGSIZE; /* It will never go, and what comes behind it must. */
    return nm_error_set_system(err, error, "sending a datagram of %zu octets failed", len);
}

static nm_status
send_queue(udp_sink *u, const nm_wait *wait, nm_error *err)
{
    while (u->sent < u->count) {
        size_t first = 0;
        bool is_over = false;
        if (send_pieces(u, &first) > 0) {
            continue;
        }
        if (first > 1 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
            u->sink.passing_errors += is_passing(errno);
            u->cannot_segment = !is_passing(errno);
            u->whole = u->sent + first;
            continue;
        }
        nm_status status = fail(u, errno, u->lens[u->sent], wait, &is_over, err);
        if (is_over) {
            advance(u, 1);
        }
        if (status != NM_OK) {
            return status;
        }
    }
    u->queue_len = 0;
    u->count = 0;
    u->sent = 0;
    u->sent_len = 0;
    u->whole = 0;
    return NM_OK;
}

/* -- a frame -- */

static nm_status
send_frame(udp_sink *u, nm_span frame, size_t *done, const nm_wait *wait, nm_error *err)
{
    while (*done < frame.len) {
        bool is_over = false;
        nm_status status = NM_OK;
        if (send(u->sink.fd, frame.data, frame.len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
            is_over = true;
            u->is_second_try = false;
        } else {
            status = fail(u, errno, frame.len, wait, &is_over, err);
        }
        if (is_over) {
            *done = frame.len;
        }
        if (status != NM_OK) {
            return status;
        }
    }
    return NM_OK;
}

static nm_status
udp_write(nm_sink *sink, nm_span frame, size_t *done, const nm_wait *wait, nm_error *err)
{
    udp_sink *u = (udp_sink *)sink;
    nm_status status = NM_OK;

    if (u->count > 0) {
        u->has_last = u->has_last || udp_gather(sink, frame);
        status = send_queue(u, wait, err);
        if (status != NM_OK) {
            return status;
        }
        if (u->has_last) {
            u->has_last = false;
            *done = frame.len;
            return NM_OK;
        }
    }
    if (u->pace != NULL && *done < frame.len) {
        status = nm_pace_wait(u->pace, wait);
    }
    if (status == NM_OK) {
        status = send_frame(u, frame, done, wait, err);
    }
    if (status == NM_OK && u->pace != NULL) {
        nm_pace_spend(u->pace, 1, nm_clock_monotonic_ns());
    }
    return status;
}

static nm_status
udp_free(nm_sink *sink, nm_error *err)
{
    udp_sink *u = (udp_sink *)sink;
    (void)err;
    if (u->sink.fd >= 0) {
        (void)close(u->sink.fd); /* Datagrams are out or not; closing tells nothing of them. */
    }
    free(u->queue);
    free(u);
    return NM_OK;
}

static const nm_sink_ops udp_ops = {
    .write = udp_write,
    .gather = udp_gather,
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
