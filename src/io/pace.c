/* SPDX-License-Identifier: Apache-2.0 */
/* Bursts, and the pauses between them. */
#include "io/pace.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static const int64_t SECOND_NS = 1000000000;
static const int64_t SLICE_NS = NM_WAIT_SLICE_MS * 1000000LL;

struct nm_pace {
    pthread_mutex_t lock;
    double unit_ns;
    uint64_t burst;
    uint64_t left;    /* Units of the burst that may still go. */
    int64_t opens_ns; /* When the next burst may begin. */
};

nm_pace *
nm_pace_new(uint64_t units_per_sec, uint64_t burst)
{
    nm_pace *pace = calloc(1, sizeof *pace);
    if (pace != NULL) {
        pthread_mutex_init(&pace->lock, /* attributes= */ NULL);
        pace->unit_ns = (double)SECOND_NS / (double)units_per_sec;
        pace->burst = burst;
        pace->opens_ns = INT64_MIN;
    }
    return pace;
}

void
nm_pace_free(nm_pace *pace)
{
    if (pace != NULL) {
        pthread_mutex_destroy(&pace->lock);
        free(pace);
    }
}

int64_t
nm_pace_due_ns(nm_pace *pace, int64_t now_ns)
{
    pthread_mutex_lock(&pace->lock);
    int64_t due = pace->left > 0 || pace->opens_ns <= now_ns ? 0 : pace->opens_ns - now_ns;
    pthread_mutex_unlock(&pace->lock);
    return due;
}

void
nm_pace_spend(nm_pace *pace, uint64_t units, int64_t now_ns)
{
    pthread_mutex_lock(&pace->lock);
    if (pace->left == 0) {
        int64_t from = pace->opens_ns > now_ns ? pace->opens_ns : now_ns;
        pace->left = pace->burst;
        pace->opens_ns = from + (int64_t)((double)pace->burst * pace->unit_ns);
    }
    if (units > pace->left) {
        pace->opens_ns += (int64_t)((double)(units - pace->left) * pace->unit_ns);
        units = pace->left;
    }
    pace->left -= units;
    pthread_mutex_unlock(&pace->lock);
}

nm_status
nm_pace_wait(nm_pace *pace, const nm_wait *wait)
{
    for (;;) {
        int64_t due = nm_pace_due_ns(pace, nm_clock_monotonic_ns());
        if (due == 0) {
            return NM_OK;
        }
        if (wait == NULL) {
            return NM_AGAIN;
        }
        struct timespec pause = {.tv_nsec = (long)(due < SLICE_NS ? due : SLICE_NS)};
        (void)nanosleep(&pause, /* remaining= */ NULL); /* A signal only makes it shorter. */
        if (wait->may_go_on != NULL && !wait->may_go_on(wait->context)) {
            return NM_STOPPED;
        }
    }
}
