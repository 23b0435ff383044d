/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that empties UDP sockets into a ring.
 *
 * A receiver that nobody used yet goes over to a forked child: the parent's thread rests from the
 * fork() on, so that it takes nothing away from the child, until the parent uses it; whoever is the
 * first to use it, of the parent and all children, gets what had been received before. */
#ifndef NM_IO_UDP_RECEIVER_H
#define NM_IO_UDP_RECEIVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "io/fork_guard.h"
#include "io/ring.h"

/** The receiver. The thread that reads may use the members in front; the rest is the
 *  implementation's. */
typedef struct nm_udp_receiver {
    int *sockets; /**< Closed in the end. */
    size_t count;
    nm_ring *ring;
    nm_event readable; /**< Set while a message may be had. */
    atomic_bool is_signalled;
    atomic_int failure; /**< errno that ended the thread; 0: none. */
    _Atomic uint64_t octets;
    _Atomic uint64_t datagrams;
    _Atomic uint64_t ring_full_ns;

    nm_event wake; /* Interrupts the thread's waiting. */
    nm_receive_batch *batch;
    size_t cap;          /* Octets of the datagrams that room is made for. */
    size_t longest;      /* Of those that came of late. */
    unsigned until_look; /* So many more, and `cap` follows `longest`. */
    long pause_ns;       /* Between two batches that are not full; 0: none. */
    pthread_t thread;
    bool has_thread;
    nm_fork_mark mark; /* Of the process that has the thread. */
    nm_fork_hook hook;
    pthread_mutex_t gate;    /* Held by the thread when it receives, and during a fork(). */
    atomic_uint visitors;    /* They want the gate, and come before the thread. */
    bool is_used;            /* With the gate, as the next. */
    bool is_resting;         /* The thread is to receive nothing. */
    atomic_bool is_stopping; /* The thread is to end. */
    atomic_bool
        *is_claimed; /* Somebody has what came before the first use. Shared with children. */
} nm_udp_receiver;

/** Start to receive.
 *  @param sockets     Bound sockets; copied. They are the caller's until the call succeeds.
 *  @param buffer_len  Octets of kernel buffer that each of them has.
 *  @return NM_OK, NM_E_NOMEM, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_udp_receiver_new(const int *sockets, size_t count, size_t buffer_len,
                                            size_t ring_len, nm_udp_receiver **out, nm_error *err);

/** End the thread, close the sockets, free. Accepts NULL. */
void nm_udp_receiver_free(nm_udp_receiver *r);

/** Call before the ring or the event is looked at for the first time; again is harmless. */
void nm_udp_receiver_use(nm_udp_receiver *r);

/** In a forked child: receive with a thread of its own; counts as use.
 *  @return NM_OK; NM_E_FORKED: it was used before the fork(); NM_E_SYSTEM: call again or free. */
NM_MUST_CHECK nm_status nm_udp_receiver_adopt(nm_udp_receiver *r, nm_error *err);

/** Set `readable`. Any thread. */
void nm_udp_receiver_signal(nm_udp_receiver *r);

#endif
