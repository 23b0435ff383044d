/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/sequence.h"

#include "check.h"
#include "failing_allocator.h"

static const nm_sender sender_a = {.address = {192, 0, 2, 1}, .port = 5353, .family = 4};

static nm_sequence_table *
new_table(uint32_t max_sources)
{
    return nm_sequence_table_new(max_sources, 12345, &nm_allocator_heap);
}

/* What one container adds to the loss, UINT32_MAX at a failure. */
static uint32_t
note(nm_sequence_table *table, uint64_t id, uint32_t sequence, const nm_sender *sender, int64_t now)
{
    uint32_t missing = 0;
    nm_status status = nm_sequence_table_note(table, id, sequence, sender, now, &missing);
    return status == NM_OK ? missing : UINT32_MAX;
}

static void
losses_are_counted(void)
{
    static const struct {
        const char *name;
        size_t count;
        uint32_t sequences[6];
        uint64_t lost;
    } rows[] = {
        {"a first container starts anywhere", 1, {4000}, 0},
        {"one after the other", 4, {10, 11, 12, 13}, 0},
        {"a gap", 3, {10, 11, 15}, 3},
        {"two gaps", 4, {1, 3, 4, 10}, 6},
        {"a late one costs its gap and the next one", 5, {10, 11, 9, 12, 13}, 2},
        {"the same one twice", 3, {10, 10, 11}, 0},
        {"over the end of 32 bits", 4, {UINT32_MAX - 1, UINT32_MAX, 0, 1}, 0},
        {"a gap over the end of 32 bits", 2, {UINT32_MAX - 1, 2}, 3},
        {"the largest gap that counts", 2, {100, 100 + 1 + 1048576}, 1048576},
        {"one more is no gap", 2, {100, 100 + 1 + 1048577}, 0},
        {"a restart of the sender", 4, {5000000, 0, 1, 3}, 1},
        {"counting goes on behind an implausible gap", 3, {0, 2000000, 2000005}, 4},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_sequence_table *table = new_table(10);
        uint64_t lost = 0;
        for (size_t k = 0; k < rows[i].count; k++) {
            lost += note(table, 7, rows[i].sequences[k], &sender_a, 1000);
        }
        CHECK_EQ(lost, rows[i].lost);
        nm_sequence_table_free(table);
    }
}

static void
sources_are_kept_apart(void)
{
    nm_sender other_port = sender_a;
    other_port.port++;
    nm_sender other_address = sender_a;
    other_address.address[3]++;
    nm_sender other_family = sender_a;
    other_family.family = 6;
    const struct {
        const char *name;
        uint64_t id;
        const nm_sender *sender;
    } rows[] = {
        {"another id", 8, &sender_a},
        {"another id in the high half", 7ULL << 32 | 7, &sender_a},
        {"another port", 7, &other_port},
        {"another address", 7, &other_address},
        {"another family", 7, &other_family},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_sequence_table *table = new_table(10);
        CHECK_EQ(note(table, 7, 10, &sender_a, 0), 0);
        CHECK_EQ(note(table, rows[i].id, 500, rows[i].sender, 0), 0);
        CHECK_EQ(note(table, 7, 12, &sender_a, 0), 1);
        CHECK_EQ(note(table, rows[i].id, 503, rows[i].sender, 0), 2);
        nm_sequence_table_free(table);
    }
}

static void
a_source_is_forgotten_after_120_seconds(void)
{
    nm_sequence_table *table = new_table(10);
    CHECK_EQ(note(table, 1, 10, &sender_a, 1000), 0);
    CHECK_EQ(note(table, 1, 12, &sender_a, 1120), 1); /* 120 seconds are not too long. */
    CHECK_EQ(note(table, 1, 14, &sender_a, 1241), 0); /* 121 are: a new source. */
    CHECK_EQ(note(table, 1, 16, &sender_a, 1241), 1);
    nm_sequence_table_free(table);
}

static void
only_the_unheard_are_forgotten(void)
{
    nm_sequence_table *table = new_table(10);
    CHECK_EQ(note(table, 1, 10, &sender_a, 1000), 0);
    CHECK_EQ(note(table, 2, 10, &sender_a, 1001), 0);
    CHECK_EQ(note(table, 1, 11, &sender_a, 1100), 0);
    CHECK_EQ(note(table, 3, 10, &sender_a, 1130), 0); /* Now 2 is gone, 1 is not. */
    CHECK_EQ(note(table, 2, 20, &sender_a, 1130), 0);
    CHECK_EQ(note(table, 1, 20, &sender_a, 1130), 8);
    nm_sequence_table_free(table);
}

static void
the_longest_unheard_makes_room(void)
{
    nm_sequence_table *table = new_table(3);
    CHECK_EQ(note(table, 1, 10, &sender_a, 0), 0);
    CHECK_EQ(note(table, 2, 10, &sender_a, 0), 0);
    CHECK_EQ(note(table, 3, 10, &sender_a, 0), 0);
    CHECK_EQ(note(table, 1, 11, &sender_a, 0), 0); /* 2 is the longest unheard now. */
    CHECK_EQ(note(table, 4, 10, &sender_a, 0), 0);
    CHECK_EQ(note(table, 1, 13, &sender_a, 0), 1);
    CHECK_EQ(note(table, 3, 12, &sender_a, 0), 1);
    CHECK_EQ(note(table, 4, 12, &sender_a, 0), 1);
    CHECK_EQ(note(table, 2, 12, &sender_a, 0), 0);
    nm_sequence_table_free(table);
}

static void
a_table_of_no_sources_keeps_one(void)
{
    nm_sequence_table *table = new_table(0);
    CHECK_EQ(note(table, 1, 10, &sender_a, 0), 0);
    CHECK_EQ(note(table, 1, 12, &sender_a, 0), 1);
    CHECK_EQ(note(table, 2, 10, &sender_a, 0), 0);
    CHECK_EQ(note(table, 1, 14, &sender_a, 0), 0);
    nm_sequence_table_free(table);
}

/* More sources than the table starts with buckets for. */
static void
many_sources_are_all_remembered(void)
{
    enum { SOURCES = 10000 };
    nm_sequence_table *table = new_table(SOURCES);
    uint64_t lost = 0;
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < SOURCES; i++) {
            nm_sender sender = {.address = {10, (uint8_t)(i >> 8), (uint8_t)i}, .family = 4};
            lost += note(table, i % 3, i + 2 * round, &sender, 1000);
        }
        CHECK_EQ(lost, (uint64_t)round * SOURCES);
    }
    nm_sequence_table_free(table);
}

static void
freeing_nothing_does_nothing(void)
{
    nm_sequence_table_free(NULL);
    CHECK(true);
}

static void
note_with_little_memory(failing_allocator *memory)
{
    nm_sequence_table *table = nm_sequence_table_new(5000, 1, &memory->allocator);
    if (table == NULL) {
        CHECK(memory->has_failed);
        return;
    }
    for (uint32_t id = 0; id < 2500; id++) {
        uint32_t missing = 99;
        bool had_failed = memory->has_failed;
        nm_status status = nm_sequence_table_note(table, id, 0, &sender_a, 0, &missing);
        if (status == NM_E_NOMEM) {
            CHECK(memory->has_failed && !had_failed);
            CHECK_EQ(missing, 99); /* Written on success only. */
            CHECK_EQ(nm_sequence_table_note(table, id, 0, &sender_a, 0, &missing), NM_OK);
        }
        CHECK_EQ(missing, 0);
    }
    uint64_t lost = 0;
    for (uint32_t id = 0; id < 2500; id++) {
        lost += note(table, id, 2, &sender_a, 0);
    }
    CHECK_EQ(lost, 2500);
    nm_sequence_table_free(table);
}

/* The first allocations, and those around the growth of the table. */
static void
every_allocation_may_fail(void)
{
    sweep_result first = failing_allocator_sweep(note_with_little_memory, 20);
    CHECK_EQ(first.failures, 20);
    CHECK_EQ(first.leaks, 0);
    for (size_t fail_at = 2040; fail_at < 2060; fail_at++) {
        failing_allocator memory;
        failing_allocator_init(&memory, fail_at);
        note_with_little_memory(&memory);
        CHECK(memory.has_failed);
        CHECK_EQ(memory.live, 0);
    }
}

CHECK_MAIN(CHECK_TEST(losses_are_counted), CHECK_TEST(sources_are_kept_apart),
           CHECK_TEST(a_source_is_forgotten_after_120_seconds),
           CHECK_TEST(only_the_unheard_are_forgotten), CHECK_TEST(the_longest_unheard_makes_room),
           CHECK_TEST(a_table_of_no_sources_keeps_one), CHECK_TEST(many_sources_are_all_remembered),
           CHECK_TEST(freeing_nothing_does_nothing), CHECK_TEST(every_allocation_may_fail))
