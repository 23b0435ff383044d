/* SPDX-License-Identifier: Apache-2.0 */
/* From inputs to outputs: turns, counts, intervals, and ends. */
#include "io/relay.h"

#include <pthread.h>
#include <unistd.h>

#include "check.h"
#include "io_fixture.h"

enum { OUTPUTS = 2 };

/* Inputs of JSON in memory, outputs of JSON to pipes, and what the hooks saw. */
typedef struct fixture {
    nm_relay *relay;
    nm_input *in;
    nm_output *outputs[OUTPUTS];
    int ends[OUTPUTS][2];
    unsigned failures;
    unsigned renewals;
    unsigned opened;
} fixture;

static nm_status
count_input_failure(void *context, size_t input, bool is_frame, const nm_error *err)
{
    (void)input;
    (void)is_frame;
    (void)err;
    ((fixture *)context)->failures++;
    return NM_OK;
}

static nm_status
count_output_failure(void *context, size_t output, size_t input, const nm_error *err)
{
    (void)output;
    return count_input_failure(context, input, /* is_frame= */ false, err);
}

static nm_status
open_output(void *context, size_t o)
{
    fixture *f = context;
    nm_output_options options = nm_output_options_file();
    options.format = NM_FORMAT_JSON;
    options.flush_interval_ns = 0;
    f->opened++;
    return nm_output_open_fd(f->ends[o][1], &options, &f->outputs[o], NULL);
}

static nm_status
renew_output(void *context, size_t o, nm_relay_reason reason)
{
    fixture *f = context;
    (void)reason;
    f->renewals++;
    CHECK_EQ(fixture_close(f->outputs[o]), NM_OK);
    nm_output_free(f->outputs[o]);
    f->outputs[o] = NULL;
    return NM_OK;
}

/* `text` is borrowed. */
static void
set_up(fixture *f, const char *text, nm_relay_options options)
{
    nm_input_options reading = nm_input_options_default();
    *f = (fixture){.relay = NULL};
    options.hooks = (nm_relay_hooks){.context = f,
                                     .input_failed = count_input_failure,
                                     .output_failed = count_output_failure,
                                     .renew = renew_output,
                                     .open = open_output};
    reading.format = NM_FORMAT_JSON;
    reading.is_undecoded = true;
    CHECK_EQ(nm_relay_new(&options, &f->relay, NULL), NM_OK);
    CHECK_EQ(nm_input_open_memory(nm_span_of(text, strlen(text)), &reading, &f->in, NULL), NM_OK);
    CHECK_EQ(nm_relay_add_input(f->relay, f->in, NULL), NM_OK);
    for (size_t o = 0; o < OUTPUTS; o++) {
        CHECK_EQ(pipe(f->ends[o]), 0);
        CHECK_EQ(nm_relay_add_output(f->relay, &f->outputs[o], NULL), NM_OK);
    }
}

/* Close, and give the lines of each output. */
static void
tear_down(fixture *f, unsigned *lines)
{
    nm_relay_free(f->relay);
    nm_input_free(f->in);
    for (size_t o = 0; o < OUTPUTS; o++) {
        char text[4096];
        if (f->outputs[o] != NULL) {
            CHECK_EQ(fixture_close(f->outputs[o]), NM_OK);
            nm_output_free(f->outputs[o]);
        }
        close(f->ends[o][1]);
        ssize_t len = read(f->ends[o][0], text, sizeof text);
        close(f->ends[o][0]);
        lines[o] = 0;
        for (ssize_t i = 0; i < len; i++) {
            lines[o] += text[i] == '\n';
        }
    }
}

#define LINE "{\"vname\":\"base\",\"mname\":\"logline\",\"message\":{\"category\":\"x\"}}\n"
static const char five[] = LINE LINE LINE LINE LINE;

static void
messages_are_shared_out(void)
{
    static const struct {
        const char *name;
        nm_relay_options options;
        unsigned lines[OUTPUTS];
        unsigned renewals;
    } rows[] = {
        {"in turn", {.count = 0}, {3, 2}, 0},
        {"mirrored", {.is_mirroring = true}, {5, 5}, 0},
        {"two each", {.count = 2}, {2, 2}, 0},
        {"two each, mirrored", {.count = 2, .is_mirroring = true}, {2, 2}, 0},
        {"renewed", {.count = 2, .is_renewing = true}, {3, 2}, 2},
        {"renewed, mirrored", {.count = 2, .is_renewing = true, .is_mirroring = true}, {5, 5}, 4},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        fixture f;
        unsigned lines[OUTPUTS];
        CHECK_CASE(rows[i].name);
        set_up(&f, five, rows[i].options);
        CHECK_EQ(nm_relay_run(f.relay, NULL), NM_OK);
        CHECK_EQ(f.failures, 0);
        CHECK_EQ(f.renewals, rows[i].renewals);
        CHECK_EQ(nm_relay_written(f.relay), rows[i].lines[0] + rows[i].lines[1]);
        tear_down(&f, lines);
        CHECK_EQ(lines[0], rows[i].lines[0]);
        CHECK_EQ(lines[1], rows[i].lines[1]);
    }
}

static void
what_is_bad_is_told_and_costs_nothing_else(void)
{
    fixture f;
    unsigned lines[OUTPUTS];
    set_up(&f, LINE "nonsense\n" LINE, (nm_relay_options){.count = 0});
    CHECK_EQ(nm_relay_run(f.relay, NULL), NM_OK);
    CHECK_EQ(f.failures, 1);
    tear_down(&f, lines);
    CHECK_EQ(lines[0] + lines[1], 2);
}

static void *
stop_soon(void *context)
{
    (void)usleep(20000);
    nm_relay_stop(context);
    return NULL;
}

static void
it_is_stopped_while_it_waits(void)
{
    nm_relay *relay = NULL;
    nm_input *in = NULL;
    pthread_t stopper;
    int ends[2];
    fixture f = {.relay = NULL};
    nm_input_options reading = nm_input_options_default();
    nm_relay_options options = {.hooks = {.context = &f, .input_failed = count_input_failure}};
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(nm_relay_new(&options, &relay, NULL), NM_OK);
    CHECK_EQ(nm_input_open_fd(ends[0], &reading, &in, NULL), NM_OK);
    CHECK_EQ(nm_relay_add_input(relay, in, NULL), NM_OK);
    CHECK_EQ(pthread_create(&stopper, NULL, stop_soon, relay), 0);
    CHECK_EQ(nm_relay_run(relay, NULL), NM_STOPPED);
    CHECK(nm_relay_wait(relay)->may_go_on(nm_relay_wait(relay)->context));
    nm_relay_stop(relay);
    CHECK(!nm_relay_wait(relay)->may_go_on(nm_relay_wait(relay)->context));
    CHECK_EQ(pthread_join(stopper, NULL), 0);
    nm_relay_free(relay);
    nm_input_free(in);
    close(ends[0]);
    close(ends[1]);
}

static void
intervals_end_it(void)
{
    nm_relay *relay = NULL;
    nm_input *in = NULL;
    int ends[2];
    fixture f = {.relay = NULL};
    nm_input_options reading = nm_input_options_default();
    nm_relay_options options = {.interval_sec = 1,
                                .hooks = {.context = &f, .input_failed = count_input_failure}};
    int64_t begin = nm_clock_monotonic_ns();
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(nm_relay_new(&options, &relay, NULL), NM_OK);
    CHECK_EQ(nm_input_open_fd(ends[0], &reading, &in, NULL), NM_OK);
    CHECK_EQ(nm_relay_add_input(relay, in, NULL), NM_OK);
    CHECK_EQ(nm_relay_run(relay, NULL), NM_OK);
    CHECK(nm_clock_monotonic_ns() - begin < 5000000000);
    nm_relay_free(relay);
    nm_input_free(in);
    close(ends[0]);
    close(ends[1]);
}

static nm_status
end_by_tick(void *context)
{
    ((fixture *)context)->failures++; /* Counts the calls. */
    nm_relay_stop(((fixture *)context)->relay);
    return NM_OK;
}

static void
it_ticks_while_it_waits(void)
{
    nm_input *in = NULL;
    int ends[2];
    fixture f = {.relay = NULL};
    nm_input_options reading = nm_input_options_default();
    nm_relay_options options = {.tick_sec = 1, .hooks = {.context = &f, .tick = end_by_tick}};
    int64_t begin = nm_clock_monotonic_ns();
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(nm_relay_new(&options, &f.relay, NULL), NM_OK);
    CHECK_EQ(nm_input_open_fd(ends[0], &reading, &in, NULL), NM_OK);
    CHECK_EQ(nm_relay_add_input(f.relay, in, NULL), NM_OK);
    CHECK_EQ(nm_relay_run(f.relay, NULL), NM_STOPPED);
    CHECK_EQ(f.failures, 1);
    CHECK(nm_clock_monotonic_ns() - begin >= 1000000000);
    CHECK(nm_clock_monotonic_ns() - begin < 5000000000);
    nm_relay_free(f.relay);
    nm_input_free(in);
    close(ends[0]);
    close(ends[1]);
}

static void
a_tick_that_never_comes_does_no_harm(void)
{
    fixture f;
    unsigned lines[OUTPUTS];
    set_up(&f, five, (nm_relay_options){.tick_sec = INT64_MAX});
    CHECK_EQ(nm_relay_run(f.relay, NULL), NM_OK);
    tear_down(&f, lines);
    CHECK_EQ(lines[0] + lines[1], 5);
}

CHECK_MAIN(CHECK_TEST(messages_are_shared_out), CHECK_TEST(it_ticks_while_it_waits),
           CHECK_TEST(a_tick_that_never_comes_does_no_harm),
           CHECK_TEST(what_is_bad_is_told_and_costs_nothing_else),
           CHECK_TEST(it_is_stopped_while_it_waits), CHECK_TEST(intervals_end_it))
