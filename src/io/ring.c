/* SPDX-License-Identifier: Apache-2.0 */
/* Positions count octets since the beginning and never wrap; a record lies in one piece, so a gap
 * may be left at the end of the memory. The producer writes `head` only, the consumer `tail` only,
 * each on a cache line of its own together with what it remembers of the other's position. */
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
};

typedef struct record {
    uint32_t len; /* Of the octets behind it; GAP: nothing until the end of the memory. */
    nm_sender sender;
} record;

static const uint32_t GAP = UINT32_MAX;

_Static_assert(sizeof(record) % RECORD_ALIGN == 0, "records stay aligned");

struct nm_ring {
    uint8_t *memory;
    size_t len;
    alignas(CACHE_LINE) _Atomic uint64_t head; /* Behind the newest record. */
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

static bool
has_room(nm_ring *ring, uint64_t head, size_t needed)
{
    if (head + needed - ring->tail_seen <= ring->len) {
        return true;
    }
    ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return head + needed - ring->tail_seen <= ring->len;
}

/* A ring whose reader keeps up is restarted, so that it stays in the cache and does not touch all
 * of its memory. */
static bool
is_drained(nm_ring *ring, uint64_t head)
{
    ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return ring->tail_seen == head;
}

bool
nm_ring_push(nm_ring *ring, const nm_datagram *datagram)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    size_t needed = record_len(datagram->octets.len);
    size_t to_end = ring->len - head % ring->len;
    size_t gap = to_end < needed ? to_end : 0;
    if (head % ring->len >= RESTART_LEN && is_drained(ring, head)) {
        gap = to_end;
    }

    if (!has_room(ring, head, gap + needed)) {
        return false;
    }
    if (gap > 0) {
        record_at(ring, head)->len = GAP; /* At least RECORD_ALIGN octets are there. */
        head += gap;
    }
    record *r = record_at(ring, head);
    r->len = (uint32_t)datagram->octets.len;
    r->sender = datagram->sender;
    if (datagram->octets.len > 0) {
        memcpy(r + 1, datagram->octets.data, datagram->octets.len);
    }
    atomic_store_explicit(&ring->head, head + needed, memory_order_release);
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
    atomic_store_explicit(&ring->tail, tail + record_len(r->len), memory_order_release);
}

bool
nm_ring_is_empty(const nm_ring *ring)
{
    return atomic_load_explicit(&ring->tail, memory_order_seq_cst) ==
           atomic_load_explicit(&ring->head, memory_order_seq_cst);
}
