/* SPDX-License-Identifier: Apache-2.0 */
#include "io/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "check.h"

enum { COUNT = 200000, LEN_MAX = 3000 };

static nm_datagram
datagram_of(const uint8_t *octets, size_t len, uint16_t port)
{
    return (nm_datagram){.octets = nm_span_of(octets, len), .sender = {.port = port, .family = 4}};
}

static void
what_goes_in_comes_out(void)
{
    nm_ring *ring = nm_ring_new(NM_RING_LEN_MIN);
    uint8_t octets[] = {1, 2, 3};
    nm_datagram in = datagram_of(octets, sizeof octets, 7);
    nm_datagram out;
    CHECK(nm_ring_is_empty(ring));
    CHECK(!nm_ring_peek(ring, &out));
    CHECK(nm_ring_push(ring, &in));
    CHECK(!nm_ring_is_empty(ring));
    CHECK(nm_ring_peek(ring, &out));
    CHECK_SPAN(out.octets, in.octets);
    CHECK_EQ(out.sender.port, 7);
    nm_ring_pop(ring);
    CHECK(nm_ring_is_empty(ring));
    nm_ring_free(ring);
}

static void
a_full_ring_takes_nothing_until_there_is_room(void)
{
    nm_ring *ring = nm_ring_new(NM_RING_LEN_MIN);
    static uint8_t octets[NM_DATAGRAM_MAX];
    nm_datagram in = datagram_of(octets, sizeof octets, 1);
    nm_datagram out;
    size_t count = 0;
    while (nm_ring_push(ring, &in)) {
        count++;
    }
    CHECK(count >= NM_RING_LEN_MIN / (NM_DATAGRAM_MAX + 64));
    CHECK(!nm_ring_push(ring, &in));
    /* At the wrap a gap may be needed, so the room of two datagrams is surely enough for one. */
    for (int i = 0; i < 2; i++) {
        CHECK(nm_ring_peek(ring, &out));
        nm_ring_pop(ring);
    }
    CHECK(nm_ring_push(ring, &in));
    nm_ring_free(ring);
}

static void
an_empty_datagram_is_one(void)
{
    nm_ring *ring = nm_ring_new(0);
    nm_datagram in = datagram_of(NULL, 0, 9);
    nm_datagram out = {.sender.port = 0};
    CHECK(nm_ring_push(ring, &in));
    CHECK(nm_ring_peek(ring, &out));
    CHECK_EQ(out.octets.len, 0);
    CHECK_EQ(out.sender.port, 9);
    nm_ring_free(ring);
}

static void
a_drained_ring_starts_again(void)
{
    enum { RING_LEN = 64 << 20, STEP = 1000 };
    nm_ring *ring = nm_ring_new(RING_LEN);
    static uint8_t octets[STEP];
    nm_datagram in = datagram_of(octets, sizeof octets, 1);
    nm_datagram out = {.sender.port = 0};
    const uint8_t *lowest = NULL;
    const uint8_t *highest = NULL;
    for (size_t sent = 0; sent < 2 * (size_t)RING_LEN; sent += STEP) {
        CHECK(nm_ring_push(ring, &in) && nm_ring_peek(ring, &out) && out.octets.len == STEP);
        lowest = lowest == NULL || out.octets.data < lowest ? out.octets.data : lowest;
        highest = highest == NULL || out.octets.data > highest ? out.octets.data : highest;
        nm_ring_pop(ring);
    }
    CHECK(nm_ring_is_empty(ring));
    CHECK(highest - lowest < RING_LEN / 16); /* The rest of the memory was never touched. */
    nm_ring_free(ring);
}

static size_t
len_of(uint32_t i)
{
    return i * 2654435761U % LEN_MAX;
}

static void *
produce(void *context)
{
    nm_ring *ring = context;
    uint8_t octets[LEN_MAX];
    for (uint32_t i = 0; i < COUNT; i++) {
        memset(octets, (int)(i & 0xff), sizeof octets);
        nm_datagram in = datagram_of(octets, len_of(i), (uint16_t)i);
        while (!nm_ring_push(ring, &in)) {
            sched_yield();
        }
    }
    return NULL;
}

static void
two_threads_see_every_datagram_in_order(void)
{
    nm_ring *ring = nm_ring_new(NM_RING_LEN_MIN);
    pthread_t producer;
    uint32_t wrong = 0;
    CHECK_EQ(pthread_create(&producer, NULL, produce, ring), 0);
    for (uint32_t i = 0; i < COUNT; i++) {
        nm_datagram out;
        while (!nm_ring_peek(ring, &out)) {
            sched_yield();
        }
        size_t len = out.octets.len;
        wrong += len != len_of(i) || out.sender.port != (uint16_t)i ||
                 (len > 0 &&
                  (out.octets.data[0] != (i & 0xff) || out.octets.data[len - 1] != (i & 0xff)));
        nm_ring_pop(ring);
    }
    CHECK_EQ(wrong, 0);
    CHECK(nm_ring_is_empty(ring));
    pthread_join(producer, NULL);
    nm_ring_free(ring);
}

CHECK_MAIN(CHECK_TEST(what_goes_in_comes_out),
           CHECK_TEST(a_full_ring_takes_nothing_until_there_is_room),
           CHECK_TEST(an_empty_datagram_is_one), CHECK_TEST(a_drained_ring_starts_again),
           CHECK_TEST(two_threads_see_every_datagram_in_order))
