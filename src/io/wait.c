/* SPDX-License-Identifier: Apache-2.0 */
/* poll() in slices, the clock, and random numbers from the system. */
#include "io/wait.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

nm_status
nm_wait_fd(int fd, short events, const nm_wait *wait, nm_error *err)
{
    for (;;) {
        struct pollfd pfd = {.fd = fd, .events = events};
        int ready = poll(&pfd, 1, wait != NULL ? NM_WAIT_SLICE_MS : 0);
        if (ready > 0) {
            return NM_OK;
        }
        if (ready < 0 && errno != EINTR) {
            return nm_error_set_system(err, errno, "poll() failed");
        }
        if (wait == NULL) {
            return NM_AGAIN;
        }
        if (wait->may_go_on != NULL && !wait->may_go_on(wait->context)) {
            return NM_STOPPED;
        }
    }
}

int64_t
nm_clock_monotonic_ns(void)
{
    struct timespec now = {.tv_sec = 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* Cannot fail with this clock. */
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

nm_status
nm_random_u64(uint64_t *out, nm_error *err)
{
    if (getentropy(out, sizeof *out) != 0) {
        return nm_error_set_system(err, errno, "getentropy() failed");
    }
    return NM_OK;
}
