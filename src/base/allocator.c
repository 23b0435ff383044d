/* SPDX-License-Identifier: Apache-2.0 */
/* The default source of memory. */
#include "base/allocator.h"

#include <stdlib.h>
#include <string.h>

static void *
heap_resize(void *context, void *block, size_t size)
{
    (void)context;
    if (size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size);
}

const nm_allocator nm_allocator_heap = {.resize = heap_resize, .context = NULL};

void *
nm_allocator_zeroed(const nm_allocator *allocator, size_t size)
{
    void *block = allocator->resize(allocator->context, NULL, size);
    if (block != NULL) {
        memset(block, 0, size);
    }
    return block;
}

void
nm_allocator_release(const nm_allocator *allocator, void *block)
{
    if (block != NULL) {
        (void)allocator->resize(allocator->context, block, 0); /* Freeing gives NULL. */
    }
}
