/* SPDX-License-Identifier: Apache-2.0 */
#include "io/wait.h"

#include <poll.h>
#include <unistd.h>

#include "check.h"

static bool
stop_at_third_question(void *context)
{
    return ++*(int *)context < 3;
}

static void
waiting_ends_when_the_caller_says_so(void)
{
    int ends[2];
    int questions = 0;
    nm_wait wait = {.may_go_on = stop_at_third_question, .context = &questions};
    CHECK_EQ(pipe(ends), 0);
    int64_t start = nm_clock_monotonic_ns();
    CHECK_EQ(nm_wait_fd(ends[0], POLLIN, &wait, NULL), NM_STOPPED);
    CHECK_EQ(questions, 3);
    CHECK((nm_clock_monotonic_ns() - start) / 1000000 >= 2 * NM_WAIT_SLICE_MS);
    close(ends[0]);
    close(ends[1]);
}

static void
without_permission_nothing_waits(void)
{
    int ends[2];
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(nm_wait_fd(ends[0], POLLIN, NULL, NULL), NM_AGAIN);
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_EQ(nm_wait_fd(ends[0], POLLIN, NULL, NULL), NM_OK);
    close(ends[0]);
    close(ends[1]);
}

static void
random_numbers_differ(void)
{
    uint64_t a = 0;
    uint64_t b = 0;
    CHECK_EQ(nm_random_u64(&a, NULL), NM_OK);
    CHECK_EQ(nm_random_u64(&b, NULL), NM_OK);
    CHECK(a != b);
}

CHECK_MAIN(CHECK_TEST(waiting_ends_when_the_caller_says_so),
           CHECK_TEST(without_permission_nothing_waits), CHECK_TEST(random_numbers_differ))
