/* SPDX-License-Identifier: Apache-2.0 */
/* One queue, one lock: jobs take a millisecond or so, so nobody meets at it often. */
#include "io/worker_pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "io/thread.h"

struct nm_worker_pool {
    pthread_mutex_t lock; /* All that follows, and the pool's members of jobs. */
    pthread_cond_t submitted;
    pthread_cond_t finished;
    nm_job *first; /* Waiting for a worker, oldest first. */
    nm_job *last;
    unsigned waiting; /* Who waits for a job to be done. */
    bool is_ending;
    unsigned worker_count;
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
        pthread_mutex_unlock(&pool->lock);
        job->run(job);
        pthread_mutex_lock(&pool->lock);
        job->is_pending = false;
        if (pool->waiting > 0) {
            pthread_cond_broadcast(&pool->finished);
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

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
    while (pool->worker_count < workers &&
           nm_thread_start(&pool->workers[pool->worker_count], "nmsg-work", work, pool,
                           /* err= */ NULL) == NM_OK) {
        pool->worker_count++;
    }
    *out = pool;
    return NM_OK;
}

void
nm_worker_pool_free(nm_worker_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->is_ending = true;
    pthread_cond_broadcast(&pool->submitted);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->worker_count; i++) {
        (void)pthread_join(pool->workers[i], /* result= */ NULL); /* Ours, and joined once. */
    }
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->submitted);
    pthread_cond_destroy(&pool->finished);
    free(pool);
}

unsigned
nm_worker_pool_size(const nm_worker_pool *pool)
{
    return pool != NULL ? pool->worker_count : 0;
}

void
nm_worker_pool_submit(nm_worker_pool *pool, nm_job *job)
{
    if (nm_worker_pool_size(pool) == 0) {
        job->run(job);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    job->next = NULL;
    job->is_pending = true;
    if (pool->first == NULL) {
        pool->first = job;
    } else {
        pool->last->next = job;
    }
    pool->last = job;
    pthread_cond_signal(&pool->submitted);
    pthread_mutex_unlock(&pool->lock);
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
