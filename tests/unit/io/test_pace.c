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

/* Send as fast as the pace allows, by a clock that is late by `late_ns` after each pause, for ten
 * seconds. @return units sent. */
static uint64_t
run(uint64_t rate, uint64_t burst, int64_t late_ns, uint64_t *out_most)
{
    nm_pace *pace = nm_pace_new(rate, burst);
    int64_t start = 77 * MS;
    int64_t now = start;
    uint64_t sent = 0;
    uint64_t in_a_row = 0;
    *out_most = 0;
    while (now < start + 10000 * MS) {
        int64_t due = nm_pace_due_ns(pace, now);
        if (due > 0) {
            now += due + late_ns;
            in_a_row = 0;
        } else {
            nm_pace_spend(pace, 1, now);
            sent++;
            in_a_row++;
            *out_most = in_a_row > *out_most ? in_a_row : *out_most;
        }
    }
    nm_pace_free(pace);
    return sent;
}

static void
the_rate_is_exact_though_timers_are_late(void)
{
    static const struct {
        uint64_t rate;
        uint64_t burst;
        int64_t late_ns;
        uint64_t most; /* Without a pause between them. */
    } rows[] = {
        {1000, 100, 0, 100},    {1000, 100, 60000, 100}, {10000, 1, 0, 1},   {10000, 1, 60000, 2},
        {10000, 1, 950000, 11}, {3, 1, 60000, 1},        {7, 2, 9000000, 2}, {700, 1, 5000000, 5},
        {300000, 1, 60000, 20}, {999999, 3, 60000, 66},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        uint64_t most = 0;
        uint64_t sent = run(rows[i].rate, rows[i].burst, rows[i].late_ns, &most);
        uint64_t wanted = 10 * rows[i].rate;
        /* One burst may be under way, and what the last pause was too long. */
        uint64_t slack = rows[i].burst + 1 + rows[i].rate / 100;
        CHECK(sent + slack >= wanted && sent <= wanted + rows[i].burst);
        CHECK(most <= rows[i].most);
    }
}

static void
who_was_away_does_not_catch_up(void)
{
    nm_pace *pace = nm_pace_new(/* units_per_sec= */ 1000, /* burst= */ 1);
    nm_pace_spend(pace, 1, 0);
    int64_t now = 500 * MS;
    unsigned sent = 0;
    for (; nm_pace_due_ns(pace, now) == 0; sent++) {
        nm_pace_spend(pace, 1, now);
    }
    CHECK_EQ(sent, 1);
    nm_pace_free(pace);
}

static void
very_large_numbers_are_no_trouble(void)
{
    nm_pace *pace = nm_pace_new(/* units_per_sec= */ 1, /* burst= */ 1);
    nm_pace_spend(pace, UINT64_MAX, 0);
    CHECK(nm_pace_due_ns(pace, 1000000 * MS) > 0);
    nm_pace_free(pace);
    pace = nm_pace_new(/* units_per_sec= */ UINT64_MAX, /* burst= */ UINT64_MAX);
    nm_pace_spend(pace, UINT64_MAX, 0);
    CHECK_EQ(nm_pace_due_ns(pace, 0), 1000 * MS);
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
           CHECK_TEST(the_rate_is_exact_though_timers_are_late),
           CHECK_TEST(who_was_away_does_not_catch_up),
           CHECK_TEST(very_large_numbers_are_no_trouble),
           CHECK_TEST(waiting_can_be_refused_and_ended))
