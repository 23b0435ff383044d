/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that run jobs: pure functions on what a job holds. Whoever submits a job waits for it in
 * the order that suits it, so results keep an order that the work does not.
 *
 * Around a fork() nothing is being worked on; in the child, which has no threads, submitting runs a
 * job at once. */
#ifndef NM_IO_WORKER_POOL_H
#define NM_IO_WORKER_POOL_H

#include <stdbool.h>

#include "base/status.h"

/** Threads that wait for jobs. */
typedef struct nm_worker_pool nm_worker_pool;

/** What a job begins with. Zero it, then set `run`. */
typedef struct nm_job {
    /** Does the work; called once for each submission, by any thread, and must not wait. */
    void (*run)(struct nm_job *job);
    struct nm_job *next; /**< The pool's. */
    bool is_pending;     /**< The pool's: submitted and not done. */
} nm_job;

/** New pool.
 *  @param workers  Threads, started with the first job. Where not all can be started there are
 *                  fewer; with none, submitting runs a job at once.
 *  @return NM_OK, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_worker_pool_new(unsigned workers, nm_worker_pool **out, nm_error *err);

/** End the threads. No job may be pending. Accepts NULL. */
void nm_worker_pool_free(nm_worker_pool *pool);

/** Threads that the pool may have; 0 also for NULL. */
unsigned nm_worker_pool_size(const nm_worker_pool *pool);

/** Have a job run; it stays the caller's. Any thread. @param pool  NULL: it is run at once. */
void nm_worker_pool_submit(nm_worker_pool *pool, nm_job *job);

/** True when the job was done, or never submitted; what it wrote may be looked at then. */
bool nm_worker_pool_is_done(nm_worker_pool *pool, nm_job *job);

/** Wait until the job is done, which a submitted one is in the time that its work takes. */
void nm_worker_pool_wait(nm_worker_pool *pool, nm_job *job);

#endif
