/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that does for an object what is due, so that nothing waits in it for too long. */
#ifndef NM_IO_FLUSHER_H
#define NM_IO_FLUSHER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/** What the thread needs to know of the object; both are called with the object's lock held. */
typedef struct nm_flusher_ops {
    /** When something is due, as nm_clock_monotonic_ns(); INT64_MAX: nothing is. */
    int64_t (*due_ns)(void *object);

    /** Do it, so that nothing is due any more, or something is later. */
    void (*flush)(void *object, int64_t now_ns);
} nm_flusher_ops;

/** The thread, which is started when something is due for the first time. */
typedef struct nm_flusher {
    const nm_flusher_ops *ops;
    void *object;
    pthread_mutex_t *lock;  /**< Of the object. */
    pthread_cond_t changed; /**< There is something new to look at. */
    pthread_t thread;
    bool has_thread;
    bool is_idle; /**< It waits for something to do, not for a time. */
    bool is_stopping;
} nm_flusher;

/** No thread yet. @param object, lock  Borrowed until nm_flusher_stop(). */
void nm_flusher_init(nm_flusher *f, const nm_flusher_ops *ops, void *object, pthread_mutex_t *lock);

/** Nothing was due, and now something is. Call with the lock held.
 *  Where no thread can be started it waits for who uses the object: late, not lost. */
void nm_flusher_wake(nm_flusher *f);

/** End the thread. Call with the lock held; gives it back. Again is harmless. */
void nm_flusher_stop(nm_flusher *f);

/** Behind nm_flusher_stop(). */
void nm_flusher_clear(nm_flusher *f);

#endif
