/* SPDX-License-Identifier: Apache-2.0 */
/* Holding back: at most so many units (frames, octets) a second, let through in bursts.
 *
 * A pace may be shared by any number of threads. */
#ifndef NM_IO_PACE_H
#define NM_IO_PACE_H

#include "io/wait.h"

/** A limit and what was used of it. */
typedef struct nm_pace nm_pace;

/** New one.
 *  @param units_per_sec  Above 0.
 *  @param burst          Units that may go one after the other before there is a pause; above 0.
 *  @return NULL: no memory. Free with nm_pace_free(). */
nm_pace *nm_pace_new(uint64_t units_per_sec, uint64_t burst);

/** Accepts NULL. */
void nm_pace_free(nm_pace *pace);

/** Nanoseconds from `now_ns` until the next unit may go; 0: it may go now. */
int64_t nm_pace_due_ns(nm_pace *pace, int64_t now_ns);

/** So many units went, at the time `now_ns` of nm_clock_monotonic_ns(). A number above what is left
 *  of the burst makes the pause longer. */
void nm_pace_spend(nm_pace *pace, uint64_t units, int64_t now_ns);

/** Wait until the next unit may go. @return NM_OK; NM_AGAIN: not yet, and `wait` is NULL;
 *  NM_STOPPED. */
NM_MUST_CHECK nm_status nm_pace_wait(nm_pace *pace, const nm_wait *wait);

#endif
