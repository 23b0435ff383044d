/* SPDX-License-Identifier: Apache-2.0 */
/* Bursts, and the pauses between them.
 *
 * Pauses end a little late: timers have a grain, and processors are busy. The next burst is counted
 * from when it was due, so that this does not add up and the rate is what was asked for; but only
 * as long as it is a matter of timers, or an output that had nothing to send would send all of it
 * at once afterwards. */
#include "io/pace.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static const int64_t SECOND_NS = 1000000000;
static const int64_t SLICE_NS = NM_WAIT_SLICE_MS * 1000000LL;

static const uint64_t SECONDS_MAX = 100 * 365 * 86400ULL; /* As good as never. */
static const int64_t LATE_NS = 10000000;                  /* How late a pause may end. */

struct nm_pace {
    pthread_mutex_t lock;
    uint64_t units_per_sec;
    uint64_t rest; /* Of a nanosecond, in parts of units_per_sec, that opens_ns is too early. */
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
        pace->units_per_sec = units_per_sec;
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

/* Open so much later as `units` take. */
static void
put_off(nm_pace *pace, uint64_t units)
{
    if (pace->opens_ns > INT64_MAX / 4) {
        return; /* Later than anybody waits for. */
    }
    uint64_t rate = pace->units_per_sec;
    uint64_t seconds = units / rate;
    uint64_t parts = units % rate; /* Of a second. */
    if (rate > UINT64_MAX / (uint64_t)SECOND_NS) {
        pace->opens_ns += (int64_t)((double)parts / (double)rate * (double)SECOND_NS);
    } else {
        parts = parts * (uint64_t)SECOND_NS + pace->rest;
        pace->opens_ns += (int64_t)(parts / rate);
        pace->rest = parts % rate;
    }
    seconds = seconds < SECONDS_MAX ? seconds : SECONDS_MAX;
    pace->opens_ns += (int64_t)seconds * SECOND_NS;
}

void
nm_pace_spend(nm_pace *pace, uint64_t units, int64_t now_ns)
{
    pthread_mutex_lock(&pace->lock);
    if (pace->left == 0) {
        if (pace->opens_ns < now_ns - LATE_NS) {
            pace->opens_ns = now_ns;
            pace->rest = 0;
        }
        pace->left = pace->burst;
        put_off(pace, pace->burst);
    }
    if (units > pace->left) {
        put_off(pace, units - pace->left);
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
