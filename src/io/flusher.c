/* SPDX-License-Identifier: Apache-2.0 */
#include "io/flusher.h"

#include <time.h>

#include "io/thread.h"
#include "io/wait.h"

void
nm_flusher_init(nm_flusher *f, const nm_flusher_ops *ops, void *object, pthread_mutex_t *lock)
{
    pthread_condattr_t attributes;
    *f = (nm_flusher){.ops = ops, .object = object, .lock = lock};
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&f->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void
wait_until(nm_flusher *f, int64_t at_ns)
{
    struct timespec until = {.tv_sec = (time_t)(at_ns / 1000000000),
                             .tv_nsec = (long)(at_ns % 1000000000)};
    pthread_cond_timedwait(&f->changed, f->lock, &until);
}

static void *
run(void *context)
{
    nm_flusher *f = context;

    pthread_mutex_lock(f->lock);
    while (!f->is_stopping) {
        int64_t now = nm_clock_monotonic_ns();
        int64_t due = f->ops->due_ns(f->object);
        if (due == INT64_MAX) {
            f->is_idle = true;
            pthread_cond_wait(&f->changed, f->lock);
            f->is_idle = false;
        } else if (now < due) {
            wait_until(f, due);
        } else {
            f->ops->flush(f->object, now);
        }
    }
    pthread_mutex_unlock(f->lock);
    return NULL;
}

void
nm_flusher_wake(nm_flusher *f)
{
    if (!f->has_thread) {
        f->has_thread = nm_thread_start(&f->thread, "nmsg-flush", run, f, /* err= */ NULL) == NM_OK;
    } else if (f->is_idle) {
        pthread_cond_signal(&f->changed);
    }
}

void
nm_flusher_stop(nm_flusher *f)
{
    bool has_thread = f->has_thread;
    f->has_thread = false;
    f->is_stopping = true;
    pthread_cond_signal(&f->changed);
    pthread_mutex_unlock(f->lock);
    if (has_thread) {
        (void)pthread_join(f->thread, /* result= */ NULL); /* Ours, and joined once. */
    }
}

void
nm_flusher_clear(nm_flusher *f)
{
    pthread_cond_destroy(&f->changed);
}
