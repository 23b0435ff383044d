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

/* Add a datagram from somewhere else, and publish it. */
static bool
push(nm_ring *ring, const nm_datagram *datagram)
{
    bool has_room = nm_ring_append(ring, datagram);
    nm_ring_publish(ring);
    return has_room;
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
    CHECK(push(ring, &in));
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
    while (push(ring, &in)) {
        count++;
    }
    CHECK(count >= NM_RING_LEN_MIN / (NM_DATAGRAM_MAX + 64));
    CHECK(!push(ring, &in));
    /* At the wrap a gap may be needed, so the room of two datagrams is surely enough for one. */
    for (int i = 0; i < 2; i++) {
        CHECK(nm_ring_peek(ring, &out));
        nm_ring_pop(ring);
    }
    CHECK(push(ring, &in));
    nm_ring_free(ring);
}

static void
an_empty_datagram_is_one(void)
{
    nm_ring *ring = nm_ring_new(0);
    nm_datagram in = datagram_of(NULL, 0, 9);
    nm_datagram out = {.sender.port = 0};
    CHECK(push(ring, &in));
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
        CHECK(push(ring, &in) && nm_ring_peek(ring, &out) && out.octets.len == STEP);
        lowest = lowest == NULL || out.octets.data < lowest ? out.octets.data : lowest;
        highest = highest == NULL || out.octets.data > highest ? out.octets.data : highest;
        nm_ring_pop(ring);
    }
    CHECK(nm_ring_is_empty(ring));
    CHECK(highest - lowest < RING_LEN / 16); /* The rest of the memory was never touched. */
    nm_ring_free(ring);
}

/* Pages of the program that are in memory, in octets; 0 where the system does not tell, or the
 * thread sanitizer keeps its own account of each. */
static size_t
resident(void)
{
    char line[128] = "";
#ifndef __SANITIZE_THREAD__
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL) {
        (void)fgets(line, sizeof line, file); /* Nothing read: it does not tell. */
        (void)fclose(file);
    }
#endif
    const char *second = strchr(line, ' ');
    return second != NULL ? strtoul(second, NULL, 10) * 4096 : 0;
}

static void
memory_of_a_backlog_is_given_back(void)
{
    enum { RING_LEN = 64 << 20, LEN = 60000, BACKLOG = RING_LEN - (1 << 20) };
    nm_ring *ring = nm_ring_new(RING_LEN);
    static uint8_t octets[LEN];
    nm_datagram in = datagram_of(octets, sizeof octets, 1);
    nm_datagram out;
    size_t before = resident();
    for (int round = 0; round < 3; round++) {
        for (size_t sent = 0; sent < BACKLOG; sent += LEN + 64) {
            CHECK(push(ring, &in));
        }
        CHECK(before == 0 || resident() > before + BACKLOG / 2);
        while (nm_ring_peek(ring, &out)) {
            nm_ring_pop(ring);
        }
        CHECK(before == 0 || resident() > before + BACKLOG / 2); /* It may come again. */
        for (size_t sent = 0; sent < 2 * (size_t)BACKLOG * 5; sent += LEN) {
            CHECK(push(ring, &in) && nm_ring_peek(ring, &out));
            CHECK_EQ(out.octets.len, LEN);
            nm_ring_pop(ring);
        }
        CHECK(before == 0 || resident() < before + (16 << 20));
    }
    nm_ring_free(ring);
}

/* Octets of a datagram that was received in the slot `i`: all the same, and told by its number. */
static nm_datagram
land(const nm_landing *landing, size_t i, size_t len)
{
    uint8_t *octets = landing->first + i * landing->step;
    memset(octets, (int)(i + 1), len);
    return datagram_of(octets, len, (uint16_t)(i + 1));
}

static void
datagrams_stay_in_order_where_they_were_received(void)
{
    /* Lengths in slots of 1000: full ones, some with a little slack, short ones in between. */
    static const size_t lens[] = {1000, 950, 1000, 3, 0, 1000, 17, 990, 1, 700, 650, 1000};
    nm_ring *ring = nm_ring_new(NM_RING_LEN_MIN);
    nm_landing landing;
    nm_datagram out;
    for (int round = 0; round < 200; round++) { /* Often enough to come to the end of memory. */
        CHECK_OR_EXIT(nm_ring_reserve(ring, 1000, CHECK_COUNT(lens), &landing));
        size_t count = landing.count;
        CHECK(count > 0 && count <= CHECK_COUNT(lens) && landing.cap == 1000);
        nm_datagram landed[CHECK_COUNT(lens)];
        for (size_t i = 0; i < count; i++) {
            landed[i] = land(&landing, i, lens[i]);
        }
        for (size_t i = 0; i < count; i++) {
            CHECK(nm_ring_append(ring, &landed[i]));
        }
        CHECK(!nm_ring_peek(ring, &out)); /* Not published. */
        nm_ring_publish(ring);
        for (size_t i = 0; i < count; i++) {
            CHECK_OR_EXIT(nm_ring_peek(ring, &out));
            CHECK_EQ(out.octets.len, lens[i]);
            CHECK_EQ(out.sender.port, i + 1);
            for (size_t k = 0; k < lens[i]; k++) {
                CHECK_OR_EXIT(out.octets.data[k] == i + 1);
            }
            nm_ring_pop(ring);
        }
        CHECK(nm_ring_is_empty(ring));
    }
    nm_ring_free(ring);
}

static void
short_datagrams_take_little_room(void)
{
    enum { CAP = 8192, LEN = 100 };
    nm_ring *ring = nm_ring_new(NM_RING_LEN_MIN);
    nm_landing landing;
    size_t count = 0;
    while (nm_ring_reserve(ring, CAP, 64, &landing)) {
        for (size_t i = 0; i < landing.count; i++) {
            nm_datagram landed = land(&landing, i, LEN);
            CHECK(nm_ring_append(ring, &landed));
            count++;
        }
        nm_ring_publish(ring);
    }
    CHECK(count > NM_RING_LEN_MIN / (2 * LEN)); /* Much less than a slot each. */
    nm_ring_free(ring);
}

static void
no_room_for_a_slot_is_no_room(void)
{
    nm_ring *ring = nm_ring_new(NM_RING_LEN_MIN);
    nm_landing landing;
    nm_datagram out;
    size_t count = 0;
    while (nm_ring_reserve(ring, 60000, 1, &landing)) {
        nm_datagram landed = land(&landing, 0, 60000);
        CHECK(nm_ring_append(ring, &landed));
        count++;
    }
    CHECK_EQ(count, NM_RING_LEN_MIN / 60100);
    CHECK(nm_ring_reserve(ring, 500, 1, &landing)); /* For a shorter one there is. */
    CHECK(nm_ring_peek(ring, &out));
    nm_ring_pop(ring);
    CHECK(nm_ring_peek(ring, &out));
    nm_ring_pop(ring);
    CHECK(nm_ring_reserve(ring, 60000, 1, &landing));
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
    static uint8_t octets[LEN_MAX];
    uint32_t i = 0;
    while (i < COUNT) {
        nm_landing landing;
        if (!nm_ring_reserve(ring, LEN_MAX, 16, &landing)) {
            sched_yield();
            continue;
        }
        for (size_t k = 0; k < landing.count && i < COUNT; k++, i++) {
            /* Every now and then as if it had not fitted its slot. */
            uint8_t *at = i % 64 == 63 ? octets : landing.first + k * landing.step;
            memset(at, (int)(i & 0xff), len_of(i));
            nm_datagram in = datagram_of(at, len_of(i), (uint16_t)i);
            bool has_room = nm_ring_append(ring, &in);
            while (!has_room) {
                sched_yield();
                has_room = push(ring, &in);
            }
            if (at == octets) { /* It may lie where the next would land. */
                i++;
                break;
            }
        }
        nm_ring_publish(ring);
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
           CHECK_TEST(datagrams_stay_in_order_where_they_were_received),
           CHECK_TEST(memory_of_a_backlog_is_given_back),
           CHECK_TEST(short_datagrams_take_little_room), CHECK_TEST(no_room_for_a_slot_is_no_room),
           CHECK_TEST(two_threads_see_every_datagram_in_order))
