/* SPDX-License-Identifier: Apache-2.0 */
/* Where memory comes from; tests pass one that fails at the Nth call. */
#ifndef NM_BASE_ALLOCATOR_H
#define NM_BASE_ALLOCATOR_H

#include <stddef.h>

/** Source of memory. `resize` works as realloc does, except that `size` 0 frees `block` and gives
 *  NULL. It must be safe to call from the threads that use the objects made with it. */
typedef struct nm_allocator {
    void *(*resize)(void *context, void *block, size_t size);
    void *context;
} nm_allocator;

/** The C library's heap. */
extern const nm_allocator nm_allocator_heap;

/** `size` octets, all zero; NULL when there is no memory. `size` must not be 0. */
void *nm_allocator_zeroed(const nm_allocator *allocator, size_t size);

/** Give back `block`; NULL is allowed. */
void nm_allocator_release(const nm_allocator *allocator, void *block);

#endif
