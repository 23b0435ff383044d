/* SPDX-License-Identifier: Apache-2.0 */
/* One queue, one lock: jobs take a millisecond or so, so nobody meets at it often. */
#include "io/worker_pool.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "io/fork_guard.h"
#include "io/thread.h"

struct nm_worker_pool {
    pthread_mutex_t lock; /* All that follows, and the pool's members of jobs. */
    pthread_cond_t submitted;
    pthread_cond_t finished;
    nm_job *first; /* Waiting for a worker, oldest first. */
    nm_job *last;
    unsigned running; /* Jobs being worked on. */
    unsigned waiting; /* Who waits for a job to be done. */
    bool has_started; /* The threads, as far as they could be. */
    bool is_ending;
    nm_fork_hook hook;
    nm_fork_mark mark; /* Of the process that has the threads. */
    unsigned size;
    unsigned started;
    pthread_t workers[];
};

static nm_job *
take_job(nm_worker_pool *pool)
{
    while (pool->first == NULL && !pool->is_ending) {
        pthread_cond_wait(&pool->submitted, &pool->lock);
    }
    nm_job *job = pool->first;
    if (job != NULL) {
        pool->first = job->next;
    }
    return job;
}

static void *
work(void *context)
{
    nm_worker_pool *pool = context;
    nm_job *job = NULL;

    pthread_mutex_lock(&pool->lock);
    while ((job = take_job(pool)) != NULL) {
        pool->running++;
        pthread_mutex_unlock(&pool->lock);
        job->run(job);
        pthread_mutex_lock(&pool->lock);
        pool->running--;
        job->is_pending = false;
        if (pool->waiting > 0) {
            pthread_cond_broadcast(&pool->finished);
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* -- around a fork() -- */

static nm_worker_pool *
pool_of(nm_fork_hook *hook)
{
    return (nm_worker_pool *)(void *)((uint8_t *)hook - offsetof(nm_worker_pool, hook));
}

/* Whoever works has memory in its hands that the child would never get in order. */
static void
before_fork(nm_fork_hook *hook)
{
    nm_worker_pool *pool = pool_of(hook);
    pthread_mutex_lock(&pool->lock);
    pool->waiting++;
    while (pool->first != NULL || pool->running > 0) {
        pthread_cond_wait(&pool->finished, &pool->lock);
    }
    pool->waiting--;
}

static void
after_fork(nm_fork_hook *hook)
{
    pthread_mutex_unlock(&pool_of(hook)->lock);
}

static bool
is_foreign(const nm_worker_pool *pool)
{
    return nm_fork_mark_is_foreign(pool->mark);
}

/* -- beginning and end -- */

nm_status
nm_worker_pool_new(unsigned workers, nm_worker_pool **out, nm_error *err)
{
    nm_worker_pool *pool = calloc(1, sizeof *pool + workers * sizeof *pool->workers);
    if (pool == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for %u workers", workers);
    }
    pthread_mutex_init(&pool->lock, /* attributes= */ NULL);
    pthread_cond_init(&pool->submitted, /* attributes= */ NULL);
    pthread_cond_init(&pool->finished, /* attributes= */ NULL);
    pool->size = workers;
    pool->mark = nm_fork_mark_take();
    pool->hook.before = before_fork;
    pool->hook.after = after_fork;
    nm_fork_hook_add(&pool->hook);
    *out = pool;
    return NM_OK;
}

/* Call with the lock held. */
static void
start_workers(nm_worker_pool *pool)
{
    pool->has_started = true;
    while (pool->started < pool->size &&
           nm_thread_start(&pool->workers[pool->started], "nmsg-work", work, pool,
                           /* err= */ NULL) == NM_OK) {
        pool->started++;
    }
}

void
nm_worker_pool_free(nm_worker_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    nm_fork_hook_remove(&pool->hook);
    if (!is_foreign(pool)) {
        pthread_mutex_lock(&pool->lock);
        pool->is_ending = true;
        pthread_cond_broadcast(&pool->submitted);
        pthread_mutex_unlock(&pool->lock);
        for (unsigned i = 0; i < pool->started; i++) {
            (void)pthread_join(pool->workers[i], /* result= */ NULL); /* Ours, and joined once. */
        }
        pthread_mutex_destroy(&pool->lock);
        pthread_cond_destroy(&pool->submitted);
        pthread_cond_destroy(&pool->finished);
    }
    free(pool);
}

unsigned
nm_worker_pool_size(const nm_worker_pool *pool)
{
    return pool != NULL && !is_foreign(pool) ? pool->size : 0;
}

/* Put a job at the end of the queue. @return false: there is nobody to do it. */
static bool
enqueue(nm_worker_pool *pool, nm_job *job)
{
    pthread_mutex_lock(&pool->lock);
    if (!pool->has_started) {
        start_workers(pool);
    }
    bool has_workers = pool->started > 0;
    if (has_workers) {
        job->next = NULL;
        job->is_pending = true;
        if (pool->first == NULL) {
            pool->first = job;
        } else {
            pool->last->next = job;
        }
        pool->last = job;
        pthread_cond_signal(&pool->submitted);
    }
    pthread_mutex_unlock(&pool->lock);
    return has_workers;
}

void
nm_worker_pool_submit(nm_worker_pool *pool, nm_job *job)
{
    if (nm_worker_pool_size(pool) == 0 || !enqueue(pool, job)) {
        job->run(job);
    }
}

bool
nm_worker_pool_is_done(nm_worker_pool *pool, nm_job *job)
{
    if (nm_worker_pool_size(pool) == 0) {
        return true;
    }
    pthread_mutex_lock(&pool->lock);
    bool is_done = !job->is_pending;
    pthread_mutex_unlock(&pool->lock);
    return is_done;
}

void
nm_worker_pool_wait(nm_worker_pool *pool, nm_job *job)
{
    if (nm_worker_pool_size(pool) == 0) {
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->waiting++;
    while (job->is_pending) {
        pthread_cond_wait(&pool->finished, &pool->lock);
    }
    pool->waiting--;
    pthread_mutex_unlock(&pool->lock);
}
