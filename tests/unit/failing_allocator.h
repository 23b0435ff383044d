/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that runs out when a test says so, and that knows how much of it was not given back. */
#ifndef NM_TESTS_UNIT_FAILING_ALLOCATOR_H
#define NM_TESTS_UNIT_FAILING_ALLOCATOR_H

#include <stdbool.h>

#include "base/allocator.h"

/** Growing a block always moves it, so that pointers kept from before are caught by a sanitizer;
 *  new memory holds 0xA5. Not for use by two threads at a time. */
typedef struct failing_allocator {
    nm_allocator allocator; /**< To be passed on; borrows this struct. */
    size_t calls;           /**< Allocations asked for, also those that failed. */
    size_t fail_at;         /**< The call that fails, counted from 1; 0 for none. */
    size_t live;            /**< Blocks not given back. */
    bool has_failed;
} failing_allocator;

/** Set up in the caller's storage, which must not move while it is used. */
void failing_allocator_init(failing_allocator *f, size_t fail_at);

/** What failing_allocator_sweep() found. */
typedef struct sweep_result {
    size_t failures;  /**< Runs with a failed allocation. */
    size_t leaks;     /**< Blocks that were not given back, of all runs. */
    bool is_complete; /**< The last run came to its end without a failed allocation. */
} sweep_result;

/** Run `scenario` with its first allocation failing, then its second and so on, and at last with
 *  none (or until `max_runs`). The scenario copes with the failure and gives everything back. */
sweep_result failing_allocator_sweep(void (*scenario)(failing_allocator *memory), size_t max_runs);

#endif
