/* SPDX-License-Identifier: Apache-2.0 */
#include "base/allocator.h"

#include "check.h"
#include "failing_allocator.h"

static void
heap_grows_keeps_and_frees(void)
{
    const nm_allocator *heap = &nm_allocator_heap;
    uint8_t *block = heap->resize(heap->context, NULL, 3);
    CHECK_OR_EXIT(block != NULL);
    memset(block, 'a', 3);
    block = heap->resize(heap->context, block, 5000);
    CHECK_OR_EXIT(block != NULL);
    CHECK_TEXT(block, 3, "aaa");
    CHECK(heap->resize(heap->context, block, 0) == NULL);
}

static void
zeroed_memory_is_zero(void)
{
    failing_allocator memory;
    failing_allocator_init(&memory, 0);
    uint8_t *block = nm_allocator_zeroed(&memory.allocator, 300);
    CHECK_OR_EXIT(block != NULL);
    unsigned sum = 0;
    for (size_t i = 0; i < 300; i++) {
        sum += block[i];
    }
    CHECK_EQ(sum, 0);
    nm_allocator_release(&memory.allocator, block);
    CHECK_EQ(memory.live, 0);
}

static void
zeroed_passes_a_failure_on(void)
{
    failing_allocator memory;
    failing_allocator_init(&memory, 1);
    CHECK(nm_allocator_zeroed(&memory.allocator, 8) == NULL);
    CHECK_EQ(memory.live, 0);
}

static void
releasing_nothing_does_nothing(void)
{
    failing_allocator memory;
    failing_allocator_init(&memory, 0);
    nm_allocator_release(&memory.allocator, NULL);
    CHECK_EQ(memory.calls, 0);
    nm_allocator_release(&nm_allocator_heap, NULL);
}

CHECK_MAIN(CHECK_TEST(heap_grows_keeps_and_frees), CHECK_TEST(zeroed_memory_is_zero),
           CHECK_TEST(zeroed_passes_a_failure_on), CHECK_TEST(releasing_nothing_does_nothing))
