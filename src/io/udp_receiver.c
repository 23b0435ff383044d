/* SPDX-License-Identifier: Apache-2.0 */
/* Receiving, resting, and what happens around a fork().
 *
 * When the ring is full the thread stops reading and the kernel drops the newest: there is one
 * place that drops, and one counter. */
#include "io/udp_receiver.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "io/thread.h"
#include "io/wait.h"

enum {
    FULL_RING_PAUSE_MS = 1,
    RECEIVE_PAUSE_MS = 1000, /* The event wakes the thread; this is for nothing to hang on. */
    PAUSE_NS_MAX = 500000,
    PAUSE_NS_MIN = 60000, /* Less is not worth the call: timers are late by that. */
    CAP_FIRST = 8192,     /* What most senders fill datagrams with, at most. */
    CAP_MIN = 512,
    CAP_PERIOD = 1024, /* Datagrams after which the room for each follows what came. */
};

/* -- the gate -- */

static void
visit(nm_udp_receiver *r)
{
    atomic_fetch_add(&r->visitors, 1);
    pthread_mutex_lock(&r->gate);
    atomic_fetch_sub(&r->visitors, 1);
}

static void
leave(nm_udp_receiver *r)
{
    pthread_mutex_unlock(&r->gate);
}

/* The thread opens the gate while it waits for one of `fds`, the last of which is r->wake. */
static void
wait_outside(nm_udp_receiver *r, struct pollfd *fds, nfds_t count, int timeout_ms)
{
    pthread_mutex_unlock(&r->gate);
    while (atomic_load(&r->visitors) > 0) {
        (void)sched_yield(); /* Mutexes are not fair. */
    }
    if (poll(fds, count, timeout_ms) > 0 && fds[count - 1].revents != 0) {
        nm_event_unset(&r->wake); /* Before the flags are looked at that it may be about. */
    }
    pthread_mutex_lock(&r->gate);
}

/* -- the receiving thread -- */

void
nm_udp_receiver_signal(nm_udp_receiver *r)
{
    if (!atomic_exchange(&r->is_signalled, true)) {
        nm_event_set(&r->readable);
    }
}

/* Wait a little for the reader to make room: the kernel has datagrams for which there is none. */
static void
wait_for_room(nm_udp_receiver *r)
{
    int64_t start = nm_clock_monotonic_ns();
    struct pollfd wake = {.fd = r->wake.read_fd, .events = POLLIN};
    wait_outside(r, &wake, 1, FULL_RING_PAUSE_MS);
    atomic_fetch_add(&r->ring_full_ns, (uint64_t)(nm_clock_monotonic_ns() - start));
}

/* Datagrams land in slots, so these should be as long as the longest of them and not longer. */
static void
adapt_cap(nm_udp_receiver *r, size_t longest, unsigned count)
{
    r->longest = longest > r->longest ? longest : r->longest;
    if (r->longest > r->cap) {
        r->cap = r->longest;
    } else if (count < r->until_look) {
        r->until_look -= count;
        return;
    } else {
        r->cap = r->longest > CAP_MIN ? r->longest : CAP_MIN;
    }
    r->until_look = CAP_PERIOD;
    r->longest = 0;
}

static void
store_batch(nm_udp_receiver *r, int count)
{
    uint64_t octets = 0;
    size_t longest = 0;
    for (int i = 0; i < count; i++) {
        nm_datagram datagram = nm_receive_batch_get(r->batch, i);
        octets += datagram.octets.len;
        longest = datagram.octets.len > longest ? datagram.octets.len : longest;
        while (!nm_ring_append(r->ring, &datagram) && !atomic_load(&r->is_stopping)) {
            /* It was longer than expected. */
            nm_ring_publish(r->ring);
            nm_udp_receiver_signal(r);
            wait_for_room(r);
        }
    }
    nm_ring_publish(r->ring);
    adapt_cap(r, longest, (unsigned)count);
    atomic_fetch_add(&r->octets, octets);
    atomic_fetch_add(&r->datagrams, (uint64_t)count);
    nm_udp_receiver_signal(r);
}

/* Errors that belong to a datagram, ours or another, and not to the socket. */
static bool
is_passing(int error)
{
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH ||
           error == ENOBUFS || error == ENOMEM;
}

/* Take a batch from each socket that may have something.
 * @param out_has_more  A socket gave as much as there was room for.
 * @return Datagrams taken; -1 with errno set when a socket failed for good. */
static int
receive_round(nm_udp_receiver *r, const struct pollfd *fds, bool *out_has_more)
{
    int total = 0;
    nm_landing landing;
    *out_has_more = false;
    for (size_t i = 0; i < r->count; i++) {
        if (r->count > 1 && fds[i].revents == 0) {
            continue; /* A single one is asked at once. */
        }
        if (!nm_ring_reserve(r->ring, r->cap, nm_receive_batch_most(), &landing)) {
            break;
        }
        int count = nm_receive_batch_fill(r->batch, r->sockets[i], &landing);
        if (count > 0) {
            store_batch(r, count);
            total += count;
            *out_has_more |= (size_t)count == landing.count;
        } else if (count < 0 && !is_passing(errno)) {
            return -1;
        }
    }
    return total;
}

static bool
is_any_readable(const struct pollfd *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fds[i].revents != 0) {
            return true;
        }
    }
    return false;
}

/* After a round that gave nothing: datagrams are to come, or room for them. */
static void
wait_for_datagrams(nm_udp_receiver *r, struct pollfd *fds)
{
    nm_landing landing;
    wait_outside(r, fds, (nfds_t)r->count + 1, RECEIVE_PAUSE_MS);
    if (is_any_readable(fds, r->count) &&
        !nm_ring_reserve(r->ring, r->cap, /* count= */ 1, &landing)) {
        wait_for_room(r);
    }
}

/* Let datagrams gather in the kernel's buffer: being woken for every single one costs more than
 * receiving it, and takes the processor from whoever sends or reads. */
static void
rest(nm_udp_receiver *r)
{
    const struct timespec pause = {.tv_nsec = r->pause_ns};
    pthread_mutex_unlock(&r->gate);
    (void)nanosleep(&pause, /* remaining= */ NULL); /* No signal comes to this thread. */
    pthread_mutex_lock(&r->gate);
}

static void
receive_until_stopped(nm_udp_receiver *r, struct pollfd *fds)
{
    while (!atomic_load_explicit(&r->is_stopping, memory_order_relaxed)) {
        if (r->is_resting) {
            wait_outside(r, &fds[r->count], 1, RECEIVE_PAUSE_MS);
            continue;
        }
        bool has_more = false;
        int count = receive_round(r, fds, &has_more);
        if (count < 0) {
            atomic_store(&r->failure, errno);
            nm_udp_receiver_signal(r);
            return;
        }
        if (count == 0) {
            wait_for_datagrams(r, fds);
            continue;
        }
        if (!has_more && r->pause_ns > 0) {
            rest(r);
        }
        if (r->count > 1 || atomic_load(&r->visitors) > 0) {
            wait_outside(r, fds, (nfds_t)r->count + 1, /* timeout_ms= */ 0);
        }
    }
}

static void *
receive(void *context)
{
    nm_udp_receiver *r = context;
    struct pollfd *fds = calloc(r->count + 1, sizeof *fds);

    nm_thread_hasten();
    pthread_mutex_lock(&r->gate);
    if (fds == NULL) {
        atomic_store(&r->failure, ENOMEM);
        nm_udp_receiver_signal(r);
    } else {
        for (size_t i = 0; i < r->count; i++) {
            fds[i] = (struct pollfd){.fd = r->sockets[i], .events = POLLIN};
        }
        fds[r->count] = (struct pollfd){.fd = r->wake.read_fd, .events = POLLIN};
        receive_until_stopped(r, fds);
    }
    pthread_mutex_unlock(&r->gate);
    free(fds);
    return NULL;
}

/* -- around a fork() -- */

static nm_udp_receiver *
receiver_of(nm_fork_hook *hook)
{
    return (nm_udp_receiver *)(void *)((uint8_t *)hook - offsetof(nm_udp_receiver, hook));
}

/* With the gate closed the ring is in order, in the parent and in what the child gets of it. */
static void
before_fork(nm_fork_hook *hook)
{
    nm_udp_receiver *r = receiver_of(hook);
    visit(r);
    r->is_resting = !r->is_used;
}

static void
after_fork(nm_fork_hook *hook)
{
    leave(receiver_of(hook));
}

/* The first use: what was received before goes to one process only. Call with the gate. */
static void
claim(nm_udp_receiver *r)
{
    nm_datagram datagram;
    if (atomic_exchange(r->is_claimed, true)) {
        while (nm_ring_peek(r->ring, &datagram)) {
            nm_ring_pop(r->ring);
        }
    }
    r->is_used = true;
    r->is_resting = false;
}

void
nm_udp_receiver_use(nm_udp_receiver *r)
{
    if (r->is_used) {
        return; /* Written by this thread, or one before it. */
    }
    visit(r);
    claim(r);
    leave(r);
    nm_event_set(&r->wake);
    nm_fork_hook_remove(&r->hook);
}

/* New events and a thread of this process. */
static nm_status
start(nm_udp_receiver *r, nm_error *err)
{
    nm_status status = nm_event_open(&r->readable, err);
    if (status == NM_OK) {
        status = nm_event_open(&r->wake, err);
    }
    if (status == NM_OK) {
        status = nm_thread_start(&r->thread, "nmsg-receive", receive, r, err);
    }
    r->has_thread = status == NM_OK;
    return status;
}

static void
close_events(nm_udp_receiver *r)
{
    nm_event_close(&r->readable);
    nm_event_close(&r->wake);
}

nm_status
nm_udp_receiver_adopt(nm_udp_receiver *r, nm_error *err)
{
    if (r->is_used) {
        return nm_error_set(err, NM_E_FORKED, 0, "%s", nm_status_text(NM_E_FORKED));
    }
    r->has_thread = false;
    close_events(r); /* The parent has them, too, and goes on with them. */
    nm_fork_hook_remove(&r->hook);
    visit(r);
    claim(r);
    leave(r);
    atomic_store(&r->is_signalled, false);
    atomic_store(&r->failure, 0);
    nm_status status = start(r, err);
    if (status == NM_OK) {
        r->mark = nm_fork_mark_take();
    } else {
        close_events(r);
        r->is_used = false; /* The next call tries again. */
    }
    return status;
}

/* -- beginning and end -- */

static nm_status
receiver_init(nm_udp_receiver *r, size_t ring_len, nm_error *err)
{
    void *page = mmap(/* address= */ NULL, sizeof *r->is_claimed, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, /* fd= */ -1, /* offset= */ 0);
    r->is_claimed = page != MAP_FAILED ? page : NULL;
    r->ring = nm_ring_new(ring_len);
    r->batch = nm_receive_batch_new();
    if (r->is_claimed == NULL || r->ring == NULL || r->batch == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a ring of %zu octets", ring_len);
    }
    nm_status status = start(r, err);
    if (status == NM_OK) {
        r->hook.before = before_fork;
        r->hook.after = after_fork;
        nm_fork_hook_add(&r->hook);
    }
    return status;
}

/* How long datagrams may gather in a buffer: an eighth of a nanosecond per octet fills less than a
 * fifth of it, as fast as a sender on the same machine can be. */
static long
pause_for(size_t buffer_len)
{
    long pause_ns = buffer_len < PAUSE_NS_MAX * 8 ? (long)buffer_len / 8 : PAUSE_NS_MAX;
    return pause_ns < PAUSE_NS_MIN ? 0 : pause_ns;
}

nm_status
nm_udp_receiver_new(const int *sockets, size_t count, size_t buffer_len, size_t ring_len,
                    nm_udp_receiver **out, nm_error *err)
{
    nm_udp_receiver *r = calloc(1, sizeof *r);
    int *copy = calloc(count, sizeof *copy);
    if (r == NULL || copy == NULL) {
        free(r);
        free(copy);
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a UDP input");
    }
    memcpy(copy, sockets, count * sizeof *copy);
    r->sockets = copy;
    r->count = count;
    r->cap = CAP_FIRST;
    r->pause_ns = pause_for(buffer_len);
    r->until_look = CAP_PERIOD;
    r->readable = (nm_event){.read_fd = -1, .write_fd = -1};
    r->wake = r->readable;
    r->mark = nm_fork_mark_take();
    pthread_mutex_init(&r->gate, /* attributes= */ NULL);
    nm_status status = receiver_init(r, ring_len, err);
    if (status != NM_OK) {
        r->count = 0; /* They are still the caller's. */
        nm_udp_receiver_free(r);
        return status;
    }
    *out = r;
    return NM_OK;
}

void
nm_udp_receiver_free(nm_udp_receiver *r)
{
    if (r == NULL) {
        return;
    }
    nm_fork_hook_remove(&r->hook);
    bool is_ours = !nm_fork_mark_is_foreign(r->mark);
    if (r->has_thread && is_ours) {
        atomic_store(&r->is_stopping, true);
        nm_event_set(&r->wake);
        (void)pthread_join(r->thread, /* result= */ NULL); /* Ours, and joined once. */
    }
    for (size_t i = 0; i < r->count; i++) {
        (void)close(r->sockets[i]); /* Nothing to be done about a failure. */
    }
    close_events(r);
    nm_ring_free(r->ring);
    nm_receive_batch_free(r->batch);
    if (r->is_claimed != NULL) {
        (void)munmap(r->is_claimed, sizeof *r->is_claimed); /* Cannot fail for what mmap gave. */
    }
    if (is_ours) { /* A child may have got it locked. */
        pthread_mutex_destroy(&r->gate);
    }
    free(r->sockets);
    free(r);
}
