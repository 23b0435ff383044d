/* SPDX-License-Identifier: Apache-2.0 */
/* An allocator on top of the heap that fails where it is told to. */
#include "failing_allocator.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* In front of every block, so that growing can copy. */
typedef union block_head {
    size_t size;
    max_align_t align;
} block_head;

static void
give_back(failing_allocator *f, block_head *head)
{
    if (head != NULL) {
        f->live--;
        free(head);
    }
}

static void *
resize(void *context, void *block, size_t size)
{
    failing_allocator *f = context;
    block_head *old = block != NULL ? (block_head *)block - 1 : NULL;
    if (size == 0) {
        give_back(f, old);
        return NULL;
    }
    f->calls++;
    if (f->calls == f->fail_at) {
        f->has_failed = true;
        return NULL;
    }
    block_head *head = size <= SIZE_MAX - sizeof *head ? malloc(sizeof *head + size) : NULL;
    if (head == NULL) {
        f->has_failed = true;
        return NULL;
    }
    head->size = size;
    size_t kept = old == NULL ? 0 : old->size < size ? old->size : size;
    if (kept > 0) {
        memcpy(head + 1, block, kept);
    }
    memset((uint8_t *)(head + 1) + kept, 0xa5, size - kept);
    f->live++;
    give_back(f, old);
    return head + 1;
}

void
failing_allocator_init(failing_allocator *f, size_t fail_at)
{
    *f = (failing_allocator){.fail_at = fail_at};
    f->allocator = (nm_allocator){.resize = resize, .context = f};
}

sweep_result
failing_allocator_sweep(void (*scenario)(failing_allocator *memory), size_t max_runs)
{
    sweep_result result = {.failures = 0};
    for (size_t fail_at = 1; fail_at <= max_runs && !result.is_complete; fail_at++) {
        failing_allocator memory;
        failing_allocator_init(&memory, fail_at);
        scenario(&memory);
        result.leaks += memory.live;
        result.failures += memory.has_failed;
        result.is_complete = !memory.has_failed;
    }
    return result;
}
