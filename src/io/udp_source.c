/* SPDX-License-Identifier: Apache-2.0 */
/* Containers from UDP datagrams: opens the sockets, and reads the ring into which udp_receiver.c
 * empties them, so that the reader's pauses cost memory and not datagrams. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/address.h"
#include "io/source.h"
#include "io/udp_receiver.h"

enum { RING_PER_BUFFER = 2 /* The kernel's buffer is at least this part of the ring. */ };

typedef struct udp_source {
    nm_source source;
    nm_udp_receiver *receiver;
    bool has_frame;  /* The oldest datagram of the ring is lent to the caller. */
    bool is_watched; /* Somebody asked for fileno(), so `readable` has to be exact. */
    uint32_t *drops_seen;
    nm_source_counts counts;
} udp_source;

/* -- the reader's side -- */

/* Clear the flag unless there is something to be had. */
static void
settle(nm_udp_receiver *r)
{
    nm_event_unset(&r->readable);
    atomic_store(&r->is_signalled, false);
    if (!nm_ring_is_empty(r->ring) || atomic_load(&r->failure) != 0) {
        nm_udp_receiver_signal(r);
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
        nm_udp_receiver_signal(u->receiver);
        return;
    }
    if (u->has_frame) {
        nm_ring_pop(u->receiver->ring);
        u->has_frame = false;
    }
    if (atomic_load(&u->receiver->is_signalled) && nm_ring_is_empty(u->receiver->ring)) {
        settle(u->receiver);
    }
}

static nm_status
udp_next(nm_source *source, const nm_wait *wait, nm_frame *out, nm_error *err)
{
    udp_source *u = (udp_source *)source;
    nm_datagram datagram;

    nm_udp_receiver_use(u->receiver);
    for (;;) {
        if (u->has_frame) {
            nm_ring_pop(u->receiver->ring);
            u->has_frame = false;
        }
        if (nm_ring_peek(u->receiver->ring, &datagram)) {
            u->has_frame = true;
            if (datagram.octets.len == 0) {
                continue; /* Nothing in it, nothing wrong with it. */
            }
            *out = (nm_frame){.octets = datagram.octets, .sender = datagram.sender};
            return NM_OK;
        }
        int failure = atomic_load(&u->receiver->failure);
        if (failure != 0) {
            return nm_error_set_system(err, failure, "receiving failed");
        }
        if (wait == NULL) {
            udp_set_pending(source, /* is_pending= */ false);
            return NM_AGAIN;
        }
        settle(u->receiver);
        nm_status status = nm_wait_fd(u->receiver->readable.read_fd, POLLIN, wait, err);
        if (status != NM_OK) {
            return status;
        }
    }
}

static nm_source_counts
udp_counts(nm_source *source)
{
    udp_source *u = (udp_source *)source;
    const nm_udp_receiver *r = u->receiver;
    for (size_t i = 0; i < r->count; i++) {
        uint32_t drops = nm_socket_drops(r->sockets[i]);
        u->counts.kernel_lost += drops - u->drops_seen[i]; /* The kernel's counter has 32 bits. */
        u->drops_seen[i] = drops;
    }
    u->counts.octets = atomic_load(&r->octets);
    u->counts.datagrams = atomic_load(&r->datagrams);
    u->counts.ring_full_ns = atomic_load(&r->ring_full_ns);
    return u->counts;
}

static int
udp_fileno(nm_source *source)
{
    udp_source *u = (udp_source *)source;
    nm_udp_receiver_use(u->receiver);
    u->is_watched = true;
    return u->receiver->readable.read_fd;
}

static int
udp_own_fileno(nm_source *source)
{
    return ((udp_source *)source)->receiver->sockets[0];
}

static nm_status
udp_adopt(nm_source *source, nm_error *err)
{
    return nm_udp_receiver_adopt(((udp_source *)source)->receiver, err);
}

static void
udp_free(nm_source *source)
{
    udp_source *u = (udp_source *)source;
    nm_udp_receiver_free(u->receiver);
    free(u->drops_seen);
    free(u);
}

static const nm_source_ops udp_ops = {
    .next = udp_next,
    .set_pending = udp_set_pending,
    .counts = udp_counts,
    .fileno = udp_fileno,
    .own_fileno = udp_own_fileno,
    .adopt = udp_adopt,
    .free = udp_free,
};

/* -- opening -- */

static nm_status
share_address(int fd, bool spreads_port, nm_error *err)
{
    int yes = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0) {
        return nm_error_set_system(err, errno, "setsockopt(SO_REUSEADDR) failed");
    }
#ifdef SO_REUSEPORT
    if (spreads_port && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) != 0) {
        return nm_error_set_system(err, errno, "setsockopt(SO_REUSEPORT) failed");
    }
#else
    (void)spreads_port;
#endif
    return NM_OK;
}

static nm_status
bind_socket(int fd, const nm_socket_address *where, const nm_udp_source_options *options,
            size_t *out_len, nm_error *err)
{
    unsigned port = nm_sender_of(&where->storage).port;
    /* An address may be shared, but "any free port" must not be one that another input has. */
    nm_status status = port != 0 ? share_address(fd, options->spreads_port, err) : NM_OK;
    if (status != NM_OK) {
        return status;
    }
    *out_len = nm_socket_set_receive_buffer(fd, options->receive_buffer_len);
    if (bind(fd, (const struct sockaddr *)&where->storage, where->len) != 0) {
        int failure = errno;
        char text[NM_ADDRESS_TEXT_MAX + 1];
        nm_socket_address_format(where, text);
        return nm_error_set_system(err, failure, "cannot listen on %s port %u", text, port);
    }
    return port == 0 ? share_address(fd, options->spreads_port, err) : NM_OK;
}

/* Open a socket for each address; those that were opened are in sockets[], also on failure. */
static nm_status
open_sockets(const nm_socket_address *addresses, size_t count, const nm_udp_source_options *options,
             int *sockets, size_t *out_buffer_len, nm_error *err)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = 0;
        sockets[i] = socket(addresses[i].storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (sockets[i] < 0) {
            return nm_error_set_system(err, errno, "socket() failed");
        }
        nm_status status = bind_socket(sockets[i], &addresses[i], options, &len, err);
        if (status != NM_OK) {
            return status;
        }
        *out_buffer_len += len;
    }
    return NM_OK;
}

nm_status
nm_udp_source_open(const nm_socket_address *addresses, size_t count,
                   const nm_udp_source_options *options, nm_source **out, nm_error *err)
{
    if (count == 0 || count > NM_UDP_SOCKETS_MAX) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "%zu addresses: 1 to %d can be listened on",
                            count, NM_UDP_SOCKETS_MAX);
    }
    int sockets[NM_UDP_SOCKETS_MAX];
    nm_status status = NM_OK;
    udp_source *u = calloc(1, sizeof *u);
    if (u != NULL) {
        u->drops_seen = calloc(count, sizeof *u->drops_seen);
    }
    if (u == NULL || u->drops_seen == NULL) {
        free(u);
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a UDP input");
    }
    u->source = (nm_source){.ops = &udp_ops, .counts_sequence = true, .is_quick = true};
    for (size_t i = 0; i < count; i++) {
        sockets[i] = -1;
    }
    /* Whoever has the ring larger expects longer bursts, also while the receiver has to wait. */
    nm_udp_source_options opening = *options;
    if (opening.receive_buffer_len < options->ring_len / RING_PER_BUFFER) {
        opening.receive_buffer_len = options->ring_len / RING_PER_BUFFER;
    }
    status = open_sockets(addresses, count, &opening, sockets, &u->counts.receive_buffer_len, err);
    if (status == NM_OK) {
        status = nm_udp_receiver_new(sockets, count, u->counts.receive_buffer_len / count,
                                     options->ring_len, &u->receiver, err);
    }
    if (status != NM_OK) {
        for (size_t i = 0; i < count && sockets[i] >= 0; i++) {
            (void)close(sockets[i]); /* Nothing was received. */
        }
        udp_free(&u->source);
        return status;
    }
    *out = &u->source;
    return NM_OK;
}
