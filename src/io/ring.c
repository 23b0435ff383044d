/* SPDX-License-Identifier: Apache-2.0 */
/* Positions count octets since the beginning and never wrap; a record lies in one piece, so a gap
 * may be left at the end of the memory. The producer writes `head` only, the consumer `tail` only,
 * each on a cache line of its own together with what it remembers of the other's position.
 *
 * Datagrams are received in slots of equal size, one behind the other, and mostly stay where they
 * were received: the slack behind one that does not fill its slot is left, if it is small. */
#include "io/ring.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
    CACHE_LINE = 64,
    RECORD_ALIGN = 8,
    PAGE = 4096,
    RESTART_LEN = 1024 * 1024,
    KEPT_LEN = 4 * 1024 * 1024, /* Memory that is kept for ever; a multiple of any page. */
    CALM = 256,                 /* Restarts without backlog after which the rest is not. */
    LANDING_LEN = 512 * 1024,   /* Reserved at a time: not more than stays in a cache. */
    SLACK_SHARE = 8,            /* This part of a datagram may be wasted behind it. */
};

typedef struct record {
    alignas(RECORD_ALIGN) uint32_t len; /* Of the octets behind it; GAP: nothing up to the end. */
    uint32_t stride;                    /* To the next record. */
    nm_sender sender;
} record;

static const uint32_t GAP = UINT32_MAX;

_Static_assert(sizeof(record) % RECORD_ALIGN == 0, "records stay aligned");

struct nm_ring {
    uint8_t *memory;
    size_t len;
    alignas(CACHE_LINE) _Atomic uint64_t head; /* Behind the newest record that is published. */
    uint64_t fill;                             /* Behind the newest record. */
    record *newest;                            /* Not published yet, or NULL. */
    size_t touched;                            /* Octets of memory in use since they were given. */
    unsigned calm;                             /* Restarts since the last backlog. */
    uint64_t tail_seen;
    alignas(CACHE_LINE) _Atomic uint64_t tail; /* At the oldest record. */
    uint64_t head_seen;
};

nm_ring *
nm_ring_new(size_t len)
{
    if (len < NM_RING_LEN_MIN) {
        len = NM_RING_LEN_MIN;
    }
    if (len > SIZE_MAX - PAGE) {
        return NULL;
    }
    len = (len + PAGE - 1) / PAGE * PAGE;
    nm_ring *ring = aligned_alloc(CACHE_LINE, sizeof *ring);
    if (ring == NULL) {
        return NULL;
    }
    memset(ring, 0, sizeof *ring);
    ring->len = len;
    ring->memory = mmap(/* address= */ NULL, len, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, /* fd= */ -1, /* offset= */ 0);
    if (ring->memory == MAP_FAILED) {
        free(ring);
        return NULL;
    }
    nm_memory_prefer_huge(ring->memory, len);
    return ring;
}

void
nm_ring_free(nm_ring *ring)
{
    if (ring != NULL) {
        (void)munmap(ring->memory, ring->len); /* Cannot fail for what mmap gave. */
        free(ring);
    }
}

static size_t
record_len(size_t octets)
{
    return (sizeof(record) + octets + RECORD_ALIGN - 1) / RECORD_ALIGN * RECORD_ALIGN;
}

static record *
record_at(const nm_ring *ring, uint64_t position)
{
    return (record *)(void *)(ring->memory + position % ring->len);
}

/* Octets that are free behind `fill`; looks at the consumer's position if there seem to be less
 * than `wanted`. */
static size_t
free_len(nm_ring *ring, size_t wanted)
{
    size_t len = ring->len - (size_t)(ring->fill - ring->tail_seen);
    if (len < wanted) {
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        len = ring->len - (size_t)(ring->fill - ring->tail_seen);
    }
    return len;
}

/* Nothing is left to be read, or published. */
static bool
is_drained(nm_ring *ring)
{
    ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return ring->tail_seen == ring->fill;
}

static void
touch(nm_ring *ring, size_t end)
{
    ring->touched = end > ring->touched ? end : ring->touched;
}

/* The ring is to be restarted, having come to `at`. When the reader was behind and has not been for
 * a while, give back what the backlog took; not at once, since whoever is behind again and again
 * would wait for new memory each time. */
static void
settle_down(nm_ring *ring, size_t at)
{
    ring->calm = at < KEPT_LEN ? ring->calm + 1 : 0;
    if (ring->calm >= CALM && ring->touched > KEPT_LEN) {
        nm_memory_release(ring->memory + KEPT_LEN, ring->touched - KEPT_LEN);
        ring->touched = KEPT_LEN;
    }
}

/* See to it that `needed` octets are free in one piece at `fill`.
 * A ring whose reader keeps up is restarted, so that it stays in the cache and does not touch all
 * of its memory. */
static bool
make_room(nm_ring *ring, size_t needed)
{
    size_t at = (size_t)(ring->fill % ring->len);
    size_t to_end = ring->len - at;
    bool is_restart = at >= RESTART_LEN && is_drained(ring);
    size_t gap = to_end < needed || is_restart ? to_end : 0;
    if (free_len(ring, gap + needed) < gap + needed) {
        return false;
    }
    if (is_restart) {
        settle_down(ring, at);
    }
    if (gap > 0) {
        record_at(ring, ring->fill)->len = GAP; /* At least RECORD_ALIGN octets are there. */
        touch(ring, at + RECORD_ALIGN);
        ring->fill += gap;
    }
    return true;
}

void
nm_ring_publish(nm_ring *ring)
{
    if (ring->newest != NULL) {
        ring->newest = NULL;
        atomic_store_explicit(&ring->head, ring->fill, memory_order_release);
    }
}

bool
nm_ring_reserve(nm_ring *ring, size_t cap, size_t count, nm_landing *out)
{
    size_t step = record_len(cap);
    nm_ring_publish(ring); /* Slack is only left between datagrams of one reservation. */
    if (!make_room(ring, step)) {
        return false;
    }
    size_t at = (size_t)(ring->fill % ring->len);
    size_t most = count * step < LANDING_LEN ? count * step : LANDING_LEN;
    size_t room = free_len(ring, most);
    room = room < ring->len - at ? room : ring->len - at;
    room = room < most ? room : most;
    *out = (nm_landing){
        .first = ring->memory + at + sizeof(record),
        .step = step,
        .cap = cap,
        .count = room >= step ? room / step : 1,
    };
    touch(ring, at + out->count * step);
    return true;
}

/* Whether octets lie in the memory of the ring, and so in the room that was reserved. */
static bool
is_inside(const nm_ring *ring, nm_span octets)
{
    return (uintptr_t)octets.data >= (uintptr_t)ring->memory &&
           (uintptr_t)octets.data < (uintptr_t)ring->memory + ring->len;
}

/* Make the datagram the next record, moved to the front or with a little slack before it. */
static void
settle(nm_ring *ring, nm_span octets)
{
    uint8_t *at = (uint8_t *)record_at(ring, ring->fill);
    size_t slack = (size_t)(octets.data - sizeof(record) - at);
    if (ring->newest != NULL && slack <= ring->newest->len / SLACK_SHARE) {
        ring->newest->stride += (uint32_t)slack;
        ring->fill += slack;
    } else if (slack > 0) {
        memmove(at + sizeof(record), octets.data, octets.len);
    }
}

bool
nm_ring_append(nm_ring *ring, const nm_datagram *datagram)
{
    size_t needed = record_len(datagram->octets.len);
    if (datagram->octets.len > 0 && is_inside(ring, datagram->octets)) {
        settle(ring, datagram->octets);
    } else if (!make_room(ring, needed)) {
        return false;
    } else if (datagram->octets.len > 0) {
        memcpy(record_at(ring, ring->fill) + 1, datagram->octets.data, datagram->octets.len);
    }
    record *r = record_at(ring, ring->fill);
    r->len = (uint32_t)datagram->octets.len;
    r->stride = (uint32_t)needed;
    r->sender = datagram->sender;
    ring->newest = r;
    touch(ring, (size_t)(ring->fill % ring->len) + needed);
    ring->fill += needed;
    return true;
}

bool
nm_ring_peek(nm_ring *ring, nm_datagram *out)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (tail == ring->head_seen) {
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        if (tail == ring->head_seen) {
            return false;
        }
    }
    const record *r = record_at(ring, tail);
    if (r->len == GAP) {
        tail += ring->len - tail % ring->len;
        atomic_store_explicit(&ring->tail, tail, memory_order_release);
        r = record_at(ring, tail);
    }
    out->octets = nm_span_of(r + 1, r->len);
    out->sender = r->sender;
    return true;
}

void
nm_ring_pop(nm_ring *ring)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    const record *r = record_at(ring, tail);
    atomic_store_explicit(&ring->tail, tail + r->stride, memory_order_release);
}

bool
nm_ring_is_empty(const nm_ring *ring)
{
    return atomic_load_explicit(&ring->tail, memory_order_seq_cst) ==
           atomic_load_explicit(&ring->head, memory_order_seq_cst);
}
