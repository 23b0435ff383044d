/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting that the caller can end. */
#ifndef NM_IO_WAIT_H
#define NM_IO_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

enum { NM_WAIT_SLICE_MS = 50 /**< Longest time between two questions to nm_wait.may_go_on. */ };

/** Permission to wait. Functions that take a pointer to one do not wait at all when it is NULL:
 *  they return NM_AGAIN instead. */
typedef struct nm_wait {
    /** Asked at least every NM_WAIT_SLICE_MS and after every interruption by a signal; false ends
     *  the waiting with NM_STOPPED. NULL: wait as long as it takes. */
    bool (*may_go_on)(void *context);
    void *context;
} nm_wait;

/** Wait for one of the poll() `events` (or an error) on `fd`.
 *  @return NM_OK when there is one; NM_AGAIN when there is none and `wait` is NULL; NM_STOPPED;
 *          NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_wait_fd(int fd, short events, const nm_wait *wait, nm_error *err);

/** Nanoseconds of a clock that never runs backwards. */
int64_t nm_clock_monotonic_ns(void);

/** Octets that nobody can guess. @return NM_OK, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_random_u64(uint64_t *out, nm_error *err);

#endif
