/* SPDX-License-Identifier: Apache-2.0 */
/* Containers from UDP datagrams.
 *
 * A thread of its own empties the socket into a ring, so that the reader's pauses cost memory and
 * not datagrams. When the ring is full the thread stops reading and the kernel drops the newest:
 * there is one place that drops, and one counter. */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/os.h"
#include "io/ring.h"
#include "io/socket_address.h"
#include "io/source.h"
#include "io/thread.h"

enum {
    FULL_RING_PAUSE_MS = 1,
    RECEIVE_PAUSE_MS = 1000, /* The stop flag wakes the thread; this is for nothing to hang on. */
};

typedef struct udp_source {
    nm_source source;
    int fd;
    nm_event readable; /* Set while a message may be had; what fileno() shows. */
    nm_event stop;     /* Wakes the thread when is_stopping was set. */
    atomic_bool is_stopping;
    nm_ring *ring;
    nm_receive_batch *batch;
    pthread_t thread;
    bool has_frame;  /* The oldest datagram of the ring is lent to the caller. */
    bool is_watched; /* Somebody asked for fileno(), so `readable` has to be exact. */
    atomic_bool is_signalled;
    atomic_int thread_errno;
    _Atomic uint64_t octets;
    _Atomic uint64_t datagrams;
    _Atomic uint64_t ring_full_ns;
    uint32_t drops_seen;
    nm_source_counts counts;
} udp_source;

/* -- the receiving thread -- */

static void
signal_reader(udp_source *u)
{
    if (!atomic_exchange(&u->is_signalled, true)) {
        nm_event_set(&u->readable);
    }
}

/* Push a datagram for which there was no room, however long that takes. */
static void
push_when_room(udp_source *u, const nm_datagram *datagram)
{
    int64_t start = nm_clock_monotonic_ns();
    signal_reader(u);
    while (!atomic_load(&u->is_stopping) && !nm_ring_push(u->ring, datagram)) {
        struct pollfd stop = {.fd = u->stop.read_fd, .events = POLLIN};
        (void)poll(&stop, 1, FULL_RING_PAUSE_MS); /* Whatever it says, we look. */
        int64_t now = nm_clock_monotonic_ns();
        atomic_fetch_add(&u->ring_full_ns, (uint64_t)(now - start));
        start = now;
    }
}

static void
store_batch(udp_source *u, int count)
{
    uint64_t octets = 0;
    for (int i = 0; i < count; i++) {
        nm_datagram datagram = nm_receive_batch_get(u->batch, i);
        octets += datagram.octets.len;
        if (!nm_ring_push(u->ring, &datagram)) {
            push_when_room(u, &datagram);
        }
    }
    atomic_fetch_add(&u->octets, octets);
    atomic_fetch_add(&u->datagrams, (uint64_t)count);
    signal_reader(u);
}

/* Errors that belong to a datagram, ours or another, and not to the socket. */
static bool
is_passing(int error)
{
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH ||
           error == ENOBUFS || error == ENOMEM;
}

static void *
receive(void *context)
{
    udp_source *u = context;
    for (;;) {
        struct pollfd fds[2] = {{.fd = u->fd, .events = POLLIN},
                                {.fd = u->stop.read_fd, .events = POLLIN}};
        int count = nm_receive_batch_fill(u->batch, u->fd);
        if (count > 0) {
            store_batch(u, count);
        } else if (count < 0 && !is_passing(errno)) {
            atomic_store(&u->thread_errno, errno);
            signal_reader(u);
            return NULL;
        } else {
            (void)poll(fds, 2, RECEIVE_PAUSE_MS); /* Whatever it says, we look. */
        }
        if (atomic_load_explicit(&u->is_stopping, memory_order_relaxed)) {
            return NULL;
        }
    }
}

/* -- the reader's side -- */

/* Clear the flag unless there is something to be had. */
static void
settle(udp_source *u)
{
    nm_event_unset(&u->readable);
    atomic_store(&u->is_signalled, false);
    if (!nm_ring_is_empty(u->ring) || atomic_load(&u->thread_errno) != 0) {
        signal_reader(u);
    }
}

static void
udp_set_pending(nm_source *source, bool is_pending)
{
    udp_source *u = (udp_source *)source;
    if (!u->is_watched) {
        return;
    }
    if (is_pending) {
        signal_reader(u);
        return;
    }
    if (u->has_frame) {
        nm_ring_pop(u->ring);
        u->has_frame = false;
    }
    if (atomic_load(&u->is_signalled) && nm_ring_is_empty(u->ring)) {
        settle(u);
    }
}

static nm_status
udp_next(nm_source *source, const nm_wait *wait, nm_frame *out, nm_error *err)
{
    udp_source *u = (udp_source *)source;
    nm_datagram datagram;

    for (;;) {
        if (u->has_frame) {
            nm_ring_pop(u->ring);
            u->has_frame = false;
        }
        if (nm_ring_peek(u->ring, &datagram)) {
            u->has_frame = true;
            if (datagram.octets.len == 0) {
                continue; /* Nothing in it, nothing wrong with it. */
            }
            *out = (nm_frame){.octets = datagram.octets, .sender = datagram.sender};
            return NM_OK;
        }
        int thread_errno = atomic_load(&u->thread_errno);
        if (thread_errno != 0) {
            return nm_error_set_system(err, thread_errno, "receiving failed");
        }
        if (wait == NULL) {
            udp_set_pending(source, /* is_pending= */ false);
            return NM_AGAIN;
        }
        settle(u);
        nm_status status = nm_wait_fd(u->readable.read_fd, POLLIN, wait, err);
        if (status != NM_OK) {
            return status;
        }
    }
}

static nm_source_counts
udp_counts(nm_source *source)
{
    udp_source *u = (udp_source *)source;
    uint32_t drops = nm_socket_drops(u->fd);
    u->counts.kernel_lost += drops - u->drops_seen; /* The kernel's counter has 32 bits. */
    u->drops_seen = drops;
    u->counts.octets = atomic_load(&u->octets);
    u->counts.datagrams = atomic_load(&u->datagrams);
    u->counts.ring_full_ns = atomic_load(&u->ring_full_ns);
    return u->counts;
}

static int
udp_fileno(nm_source *source)
{
    udp_source *u = (udp_source *)source;
    u->is_watched = true;
    return u->readable.read_fd;
}

static int
udp_own_fileno(nm_source *source)
{
    return ((udp_source *)source)->fd;
}

static void
udp_free(nm_source *source)
{
    udp_source *u = (udp_source *)source;
    if (u->source.has_thread) {
        atomic_store(&u->is_stopping, true);
        nm_event_set(&u->stop);
        (void)pthread_join(u->thread, /* result= */ NULL); /* Ours, and joined once. */
    }
    if (u->fd >= 0) {
        (void)close(u->fd); /* Nothing to be done about a failure. */
    }
    nm_event_close(&u->readable);
    nm_event_close(&u->stop);
    nm_ring_free(u->ring);
    nm_receive_batch_free(u->batch);
    free(u);
}

static const nm_source_ops udp_ops = {
    .next = udp_next,
    .set_pending = udp_set_pending,
    .counts = udp_counts,
    .fileno = udp_fileno,
    .own_fileno = udp_own_fileno,
    .free = udp_free,
};

static nm_status
share_address(const udp_source *u, nm_error *err)
{
    int yes = 1;
    if (setsockopt(u->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0) {
        return nm_error_set_system(err, errno, "setsockopt(SO_REUSEADDR) failed");
    }
    return NM_OK;
}

static nm_status
open_socket(udp_source *u, const nm_socket_address *where, size_t receive_buffer_len,
            const char *address, unsigned port, nm_error *err)
{
    u->fd = socket(where->storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (u->fd < 0) {
        return nm_error_set_system(err, errno, "socket() failed");
    }
    /* An address may be shared, but "any free port" must not be one that another input has. */
    nm_status status = port != 0 ? share_address(u, err) : NM_OK;
    if (status != NM_OK) {
        return status;
    }
    u->counts.receive_buffer_len = nm_socket_set_receive_buffer(u->fd, receive_buffer_len);
    if (bind(u->fd, (const struct sockaddr *)&where->storage, where->len) != 0) {
        return nm_error_set_system(err, errno, "cannot listen on %s port %u", address, port);
    }
    return port == 0 ? share_address(u, err) : NM_OK;
}

nm_status
nm_udp_source_open(const char *address, unsigned port, const nm_udp_source_options *options,
                   nm_source **out, nm_error *err)
{
    nm_socket_address where;
    nm_status status = nm_socket_address_parse(address, port, &where, err);
    if (status != NM_OK) {
        return status;
    }
    udp_source *u = calloc(1, sizeof *u);
    if (u == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a UDP input");
    }
    u->source = (nm_source){.ops = &udp_ops, .counts_sequence = true, .is_quick = true};
    u->fd = -1;
    u->readable = (nm_event){.read_fd = -1, .write_fd = -1};
    u->stop = u->readable;
    u->ring = nm_ring_new(options->ring_len);
    u->batch = nm_receive_batch_new();
    if (u->ring == NULL || u->batch == NULL) {
        status = nm_error_set(err, NM_E_NOMEM, 0, "no memory for a ring of %zu octets",
                              options->ring_len);
    }
    if (status == NM_OK) {
        status = nm_event_open(&u->readable, err);
    }
    if (status == NM_OK) {
        status = nm_event_open(&u->stop, err);
    }
    if (status == NM_OK) {
        status = open_socket(u, &where, options->receive_buffer_len, address, port, err);
    }
    if (status == NM_OK) {
        status = nm_thread_start(&u->thread, "nmsg-receive", receive, u, err);
        u->source.has_thread = status == NM_OK;
    }
    if (status != NM_OK) {
        udp_free(&u->source);
        return status;
    }
    *out = &u->source;
    return NM_OK;
}
