/* SPDX-License-Identifier: Apache-2.0 */
/* Bursts and pauses, by a clock of the test's own. */
#include "io/pace.h"

#include "check.h"

static const int64_t MS = 1000000;

static void
bursts_have_pauses_between_them(void)
{
    nm_pace *pace = nm_pace_new(/* units_per_sec= */ 1000, /* burst= */ 10);
    int64_t now = 5000 * MS;
    for (int burst = 0; burst < 3; burst++) {
        for (int i = 0; i < 10; i++) {
            CHECK_EQ(nm_pace_due_ns(pace, now), 0);
            nm_pace_spend(pace, 1, now);
        }
        CHECK_EQ(nm_pace_due_ns(pace, now), 10 * MS);
        CHECK_EQ(nm_pace_due_ns(pace, now + 9 * MS), MS);
        now += 10 * MS;
    }
    nm_pace_free(pace);
}

static void
what_is_large_makes_a_long_pause(void)
{
    nm_pace *pace = nm_pace_new(/* units_per_sec= */ 1000, /* burst= */ 1);
    nm_pace_spend(pace, 500, 0);
    CHECK_EQ(nm_pace_due_ns(pace, 0), 500 * MS);
    CHECK_EQ(nm_pace_due_ns(pace, 500 * MS), 0);
    nm_pace_free(pace);
}

static void
time_that_was_not_used_is_not_saved_up(void)
{
    nm_pace *pace = nm_pace_new(/* units_per_sec= */ 1000, /* burst= */ 1);
    nm_pace_spend(pace, 1, 0);
    nm_pace_spend(pace, 1, 60000 * MS);
    CHECK_EQ(nm_pace_due_ns(pace, 60000 * MS), MS);
    nm_pace_free(pace);
}

static bool
never(void *context)
{
    (void)context;
    return false;
}

static void
waiting_can_be_refused_and_ended(void)
{
    nm_pace *pace = nm_pace_new(/* units_per_sec= */ 1, /* burst= */ 1);
    nm_wait wait = {.may_go_on = never};
    CHECK_EQ(nm_pace_wait(pace, NULL), NM_OK);
    nm_pace_spend(pace, 1, nm_clock_monotonic_ns());
    CHECK_EQ(nm_pace_wait(pace, NULL), NM_AGAIN);
    CHECK_EQ(nm_pace_wait(pace, &wait), NM_STOPPED);
    nm_pace_free(pace);
    nm_pace_free(NULL);
}

CHECK_MAIN(CHECK_TEST(bursts_have_pauses_between_them),
           CHECK_TEST(what_is_large_makes_a_long_pause),
           CHECK_TEST(time_that_was_not_used_is_not_saved_up),
           CHECK_TEST(waiting_can_be_refused_and_ended))
