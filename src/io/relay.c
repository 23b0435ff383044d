/* SPDX-License-Identifier: Apache-2.0 */
/* The loop: some messages of each input that has any, then all over again; waiting when there are
 * none. */
#include "io/relay.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "io/os.h"

enum { BATCH = 1024 /* Messages of one input before it is the turn of the next. */ };

static const int64_t SECOND_NS = 1000000000;
static const int64_t GRACE_NS = 1000000000;
static const int64_t MS_NS = 1000000;
static const int64_t RELEASE_NS = 5000000000; /* Between two times of telling what is done with. */

typedef struct relay_input {
    nm_input *in;
    size_t next_output; /* Each input starts with the first. */
    bool hands_on;      /* nm_input_hands_on() */
    bool is_idle;       /* Had nothing when it was asked last. */
    bool has_ended;
} relay_input;

typedef struct relay_output {
    nm_output **out;
    uint64_t held; /* Messages, since it was renewed. */
} relay_output;

struct nm_relay {
    nm_relay_options options;
    relay_input *inputs;
    size_t input_count;
    relay_output *outputs;
    size_t output_count;
    struct pollfd *polled; /* Room for all inputs and the event. */
    uint64_t written;
    int64_t over_at_sec;   /* When outputs are over next; 0: never. */
    int64_t tick_at_ns;    /* When hooks.tick() is due; INT64_MAX: never. */
    int64_t release_at_ns; /* When inputs may be told what is done with; INT64_MAX: never. */
    bool is_done;
    atomic_uint stops; /* How often it was asked for. */
    atomic_bool is_reopening;
    nm_event asked; /* Set by who asks for something. */
    int64_t grace_ends_ns;
    nm_wait wait;
};

/* -- asking from outside -- */

/* For whoever waits: goes on until somebody asks for the end, and a little longer. */
static bool
may_go_on(void *context)
{
    nm_relay *r = context;
    unsigned stops = atomic_load(&r->stops);
    if (stops == 0) {
        return true;
    }
    int64_t now = nm_clock_monotonic_ns();
    if (r->grace_ends_ns == 0) {
        r->grace_ends_ns = now + GRACE_NS;
    }
    return stops == 1 && now < r->grace_ends_ns;
}

void
nm_relay_stop(nm_relay *r)
{
    atomic_fetch_add(&r->stops, 1);
    nm_event_set(&r->asked);
}

void
nm_relay_reopen(nm_relay *r)
{
    atomic_store(&r->is_reopening, true);
    nm_event_set(&r->asked);
}

const nm_wait *
nm_relay_wait(const nm_relay *r)
{
    return &r->wait;
}

uint64_t
nm_relay_written(const nm_relay *r)
{
    return r->written;
}

uint64_t
nm_relay_held(const nm_relay *r, size_t output)
{
    return r->outputs[output].held;
}

/* -- setting up -- */

nm_status
nm_relay_new(const nm_relay_options *options, nm_relay **out, nm_error *err)
{
    nm_relay *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a relay");
    }
    nm_status status = nm_event_open(&r->asked, err);
    if (status != NM_OK) {
        free(r);
        return status;
    }
    r->options = *options;
    r->release_at_ns = INT64_MAX;
    r->wait = (nm_wait){.may_go_on = may_go_on, .context = r};
    *out = r;
    return NM_OK;
}

void
nm_relay_free(nm_relay *r)
{
    if (r != NULL) {
        nm_event_close(&r->asked);
        free(r->inputs);
        free(r->outputs);
        free(r->polled);
        free(r);
    }
}

nm_status
nm_relay_add_input(nm_relay *r, nm_input *in, nm_error *err)
{
    relay_input *inputs = realloc(r->inputs, (r->input_count + 1) * sizeof *inputs);
    r->inputs = inputs != NULL ? inputs : r->inputs;
    struct pollfd *polled = realloc(r->polled, (r->input_count + 2) * sizeof *polled);
    r->polled = polled != NULL ? polled : r->polled;
    if (inputs == NULL || polled == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for one more input");
    }
    inputs[r->input_count++] = (relay_input){.in = in, .hands_on = nm_input_hands_on(in)};
    if (nm_input_is_tracked(in)) {
        nm_input_hold(in, /* is_holding= */ true);
        r->release_at_ns = 0;
    }
    return NM_OK;
}

nm_status
nm_relay_add_output(nm_relay *r, nm_output **out, nm_error *err)
{
    relay_output *outputs = realloc(r->outputs, (r->output_count + 1) * sizeof *outputs);
    if (outputs == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for one more output");
    }
    r->outputs = outputs;
    outputs[r->output_count++] = (relay_output){.out = out};
    return NM_OK;
}

/* -- outputs that are full or over -- */

static int64_t
now_sec(void)
{
    struct timespec now = {.tv_sec = 0};
    (void)clock_gettime(CLOCK_REALTIME, &now); /* Cannot fail with this clock. */
    return now.tv_sec;
}

/* The first moment after `now` at which outputs are over. */
static int64_t
next_moment(const nm_relay *r, int64_t now)
{
    int64_t interval = r->options.interval_sec;
    int64_t into = (now - r->options.interval_offset) % interval;
    return now - (into < 0 ? into + interval : into) + interval;
}

static nm_status
renew(nm_relay *r, size_t o, nm_relay_reason reason)
{
    nm_status status = r->options.hooks.renew(r->options.hooks.context, o, reason);
    if (reason != NM_RELAY_REOPEN || r->options.is_renewing) {
        r->outputs[o].held = 0; /* A file under its old name goes on, a new one starts. */
    }
    return status;
}

static nm_status
renew_all(nm_relay *r, nm_relay_reason reason)
{
    nm_status status = NM_OK;
    for (size_t o = 0; status == NM_OK && o < r->output_count; o++) {
        status = renew(r, o, reason);
    }
    return status;
}

static bool
are_all_full(const nm_relay *r)
{
    for (size_t o = 0; o < r->output_count; o++) {
        if (r->outputs[o].held < r->options.count) {
            return false;
        }
    }
    return true;
}

/* The output holds some messages more. */
static nm_status
count_messages(nm_relay *r, size_t o, uint64_t messages)
{
    r->written += messages;
    r->outputs[o].held += messages;
    if (r->outputs[o].held < r->options.count || r->options.count == 0) {
        return NM_OK;
    }
    if (r->options.is_renewing) {
        return renew(r, o, NM_RELAY_COUNT);
    }
    r->is_done = r->is_done || are_all_full(r);
    return NM_OK;
}

static void
plan_tick(nm_relay *r, int64_t now_ns)
{
    int64_t most = (INT64_MAX - now_ns) / SECOND_NS; /* Longer than that is never. */
    r->tick_at_ns = INT64_MAX;
    if (r->options.tick_sec > 0 && r->options.tick_sec < most) {
        r->tick_at_ns = now_ns + r->options.tick_sec * SECOND_NS;
    }
}

/* Call the hook if it is time. */
static nm_status
tick(nm_relay *r)
{
    int64_t now = nm_clock_monotonic_ns();
    if (now < r->tick_at_ns) {
        return NM_OK;
    }
    /* From when it was due, unless a whole turn was missed. */
    plan_tick(r, r->tick_at_ns);
    if (r->tick_at_ns <= now) {
        plan_tick(r, now);
    }
    return r->options.hooks.tick(r->options.hooks.context);
}

/* Have all that was written reach its goal, and then tell inputs whose readers are kept track of:
 * if this process ends before, somebody else gets the same again. */
static nm_status
release_inputs(nm_relay *r)
{
    const nm_relay_hooks *hooks = &r->options.hooks;
    int64_t now = nm_clock_monotonic_ns();
    if (now < r->release_at_ns) {
        return NM_OK;
    }
    for (size_t o = 0; o < r->output_count; o++) {
        nm_error err;
        nm_output *out = *r->outputs[o].out;
        nm_status status = out != NULL ? nm_output_flush(out, &r->wait, &err) : NM_OK;
        if (status != NM_OK && status != NM_STOPPED) {
            (void)hooks->output_failed(hooks->context, o, /* input= */ 0, &err); /* It ends. */
        }
        if (status != NM_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < r->input_count; i++) {
        nm_input_release(r->inputs[i].in);
    }
    r->release_at_ns = nm_clock_monotonic_ns() + RELEASE_NS;
    return NM_OK;
}

/* What was asked for, and whether the time of outputs is over. */
static nm_status
look_around(nm_relay *r)
{
    if (atomic_load(&r->stops) > 0) {
        return NM_STOPPED;
    }
    nm_status status = NM_OK;
    if (atomic_exchange(&r->is_reopening, false)) {
        status = renew_all(r, NM_RELAY_REOPEN);
    }
    if (status == NM_OK && r->over_at_sec != 0) {
        int64_t now = now_sec();
        if (now >= r->over_at_sec) {
            r->over_at_sec = next_moment(r, now);
            r->is_done = !r->options.is_renewing;
            status = r->is_done ? NM_OK : renew_all(r, NM_RELAY_INTERVAL);
        }
    }
    if (status == NM_OK && r->release_at_ns != INT64_MAX) {
        status = release_inputs(r);
    }
    return status == NM_OK && r->tick_at_ns != INT64_MAX ? tick(r) : status;
}

/* -- passing on -- */

static bool
is_about_message(nm_status status)
{
    return status == NM_E_TYPE || status == NM_E_PARSE || status == NM_E_LIMIT;
}

/* Write a message as itself. */
static nm_status
write_message(nm_relay *r, nm_output *out, const nm_payload *payload, bool *out_is_accepted,
              bool *out_is_slow, nm_error *err)
{
    nm_status status = nm_output_try_write(out, payload, err);
    *out_is_accepted = status == NM_OK || status == NM_FULL;
    *out_is_slow = *out_is_slow || status != NM_OK;
    if (status == NM_FULL) {
        return nm_output_send(out, &r->wait, err);
    }
    return status == NM_AGAIN ? nm_output_write(out, payload, &r->wait, out_is_accepted, err)
                              : status;
}

/* Write what was last taken of an input to one output.
 * @param payload      The message; NULL: what was taken is text.
 * @param messages     How many they are; 1 unless they are text.
 * @param out_is_slow  Set when there was more to it than a copy. */
static nm_status
write_to(nm_relay *r, size_t o, size_t i, const nm_payload *payload, size_t messages,
         bool *out_is_slow)
{
    const nm_relay_hooks *hooks = &r->options.hooks;
    nm_output **out = r->outputs[o].out;
    bool is_accepted = false;
    nm_status status = NM_OK;
    nm_error err;
    if (*out == NULL) {
        status = hooks->open(hooks->context, o);
        if (status != NM_OK) {
            return status;
        }
    }
    nm_span text = nm_input_text(r->inputs[i].in, nm_output_format(*out));
    if (text.len > 0) {
        status = nm_output_write_texts(*out, text, messages, &r->wait, &err);
        is_accepted = status == NM_OK || status == NM_STOPPED;
        *out_is_slow = *out_is_slow || messages > 1;
    } else {
        status = write_message(r, *out, payload, &is_accepted, out_is_slow, &err);
    }
    if (status != NM_OK && status != NM_STOPPED) {
        nm_status told = hooks->output_failed(hooks->context, o, i, &err);
        status = told == NM_OK && !is_about_message(status) ? status : told;
    }
    if (is_accepted) {
        nm_status counted = count_messages(r, o, messages);
        status = status == NM_OK ? counted : status;
    }
    return status;
}

/* Pass on what was last taken of an input; parameters as for write_to(). */
static nm_status
pass_on(nm_relay *r, size_t i, const nm_payload *payload, size_t messages, bool *out_is_slow)
{
    relay_input *input = &r->inputs[i];
    if (!r->options.is_mirroring) {
        size_t o = input->next_output;
        input->next_output = o + 1 < r->output_count ? o + 1 : 0;
        return write_to(r, o, i, payload, messages, out_is_slow);
    }
    nm_status status = NM_OK;
    for (size_t o = 0; status == NM_OK && o < r->output_count; o++) {
        status = write_to(r, o, i, payload, messages, out_is_slow);
    }
    return status;
}

static bool
is_wanted(const nm_relay *r, const nm_payload *payload)
{
    const nm_relay_hooks *hooks = &r->options.hooks;
    return hooks->wants == NULL || hooks->wants(hooks->context, payload);
}

/* How many messages an output may get at a time. */
static size_t
room_of(const nm_relay *r, const relay_output *output)
{
    uint64_t limit = r->options.count;
    return limit > 0 && limit - output->held < BATCH ? (size_t)(limit - output->held) : BATCH;
}

/* Pass on messages that are written as they come, some at a time.
 * @param out_count  How many; 0: take the next one by itself. */
static nm_status
pass_on_run(nm_relay *r, size_t i, size_t *out_count)
{
    const nm_relay_hooks *hooks = &r->options.hooks;
    nm_input *in = r->inputs[i].in;
    const nm_payload *payloads = NULL;
    *out_count = 0;
    if (hooks->wants != NULL || r->output_count != 1 || *r->outputs[0].out == NULL ||
        nm_input_makes_text(in, nm_output_format(*r->outputs[0].out))) {
        return NM_OK;
    }
    nm_output *out = *r->outputs[0].out;
    size_t count = nm_input_peek(in, room_of(r, &r->outputs[0]), &payloads);
    if (count == 0) {
        return NM_OK;
    }
    nm_error err;
    nm_status status = nm_output_write_run(out, payloads, count, &r->wait, out_count, &err);
    nm_input_skip(in, *out_count);
    if (is_about_message(status)) {
        status = NM_OK; /* Who writes it by itself meets that again. */
    } else if (status != NM_OK && status != NM_STOPPED) {
        nm_status told = hooks->output_failed(hooks->context, /* output= */ 0, i, &err);
        status = told == NM_OK ? status : told;
    }
    nm_status counted = *out_count > 0 ? count_messages(r, 0, *out_count) : NM_OK;
    return status == NM_OK ? counted : status;
}

/* How many messages may be taken as text at a time: all outputs get the same text. */
static size_t
texts_max(const nm_relay *r, const nm_input *in)
{
    size_t max = BATCH;
    if (r->options.hooks.wants != NULL || !(r->options.is_mirroring || r->output_count == 1)) {
        return 0;
    }
    for (size_t o = 0; o < r->output_count; o++) {
        const relay_output *output = &r->outputs[o];
        if (*output->out == NULL || !nm_input_makes_text(in, nm_output_format(*output->out))) {
            return 0;
        }
        size_t room = room_of(r, output);
        max = room < max ? room : max;
    }
    return max;
}

/* Whether the next message of an input has somewhere to go; else nothing is taken. */
static bool
has_room(const nm_relay *r, const relay_input *input)
{
    return r->options.count == 0 || r->options.is_renewing || r->options.is_mirroring ||
           r->outputs[input->next_output].held < r->options.count;
}

/* -- reading -- */

/* Have an input decode more. */
static nm_status
refill(nm_relay *r, size_t i, bool *out_is_filled)
{
    relay_input *input = &r->inputs[i];
    const nm_relay_hooks *hooks = &r->options.hooks;
    nm_error err;
    nm_status status = nm_input_fill(input->in, /* wait= */ NULL, &err);
    *out_is_filled = status == NM_OK;
    switch (status) {
    case NM_OK:
        return NM_OK;
    case NM_AGAIN:
        input->is_idle = true;
        return NM_OK;
    case NM_END:
        input->has_ended = true;
        return NM_OK;
    default:
        input->has_ended = status == NM_E_SYSTEM || status == NM_E_REMOTE || status == NM_E_NOMEM;
        return hooks->input_failed(hooks->context, i, /* is_frame= */ true, &err);
    }
}

/* Take some messages of an input. */
static nm_status
serve(nm_relay *r, size_t i)
{
    relay_input *input = &r->inputs[i];
    const nm_relay_hooks *hooks = &r->options.hooks;
    bool is_slow = false;
    input->is_idle = false;
    for (int n = 0; n < BATCH && !r->is_done && !is_slow; n++) {
        const nm_message *message = NULL;
        nm_error err;
        if (!has_room(r, input)) {
            r->is_done = true;
            return NM_OK;
        }
        size_t passed = 0;
        nm_status status = input->hands_on ? pass_on_run(r, i, &passed) : NM_OK;
        if (status != NM_OK || passed > 0) {
            return status;
        }
        size_t texts = nm_input_has_texts(input->in)
                           ? nm_input_take_texts(input->in, texts_max(r, input->in))
                           : 0;
        status = texts > 0 ? NM_OK : nm_input_take(input->in, &message, &err);
        if (texts > 0) {
            status = pass_on(r, i, /* payload= */ NULL, texts, &is_slow);
        } else if (status == NM_OK && is_wanted(r, &message->payload)) {
            status = pass_on(r, i, &message->payload, /* messages= */ 1, &is_slow);
        } else if (status == NM_AGAIN) {
            bool is_filled = false;
            status = refill(r, i, &is_filled);
            if (status != NM_OK || !is_filled) {
                return status;
            }
        } else if (status != NM_OK) {
            status = hooks->input_failed(hooks->context, i, /* is_frame= */ false, &err);
        }
        if (status != NM_OK) {
            return status;
        }
    }
    return NM_OK;
}

/* -- waiting -- */

static int64_t
sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Until when nothing has to be done but what descriptors tell. */
static int64_t
longest_wait_ns(const nm_relay *r)
{
    int64_t longest = INT64_MAX;
    if (r->over_at_sec != 0) {
        struct timespec now = {.tv_sec = 0};
        (void)clock_gettime(CLOCK_REALTIME, &now); /* Cannot fail with this clock. */
        int64_t left_sec = r->over_at_sec - now.tv_sec;
        /* Whoever sets the clock is noticed after a minute. */
        longest = left_sec > 60 ? 60 * SECOND_NS : left_sec * SECOND_NS - now.tv_nsec;
    }
    int64_t due = sooner(r->tick_at_ns, r->release_at_ns);
    if (due != INT64_MAX) {
        longest = sooner(longest, due - nm_clock_monotonic_ns());
    }
    return longest > 0 ? longest : 0;
}

/* Wait until an input has something, or somebody asks for something, or it is time. */
static nm_status
wait_for_inputs(nm_relay *r, nm_error *err)
{
    int64_t longest = longest_wait_ns(r);
    nfds_t count = 0;
    r->polled[count++] = (struct pollfd){.fd = r->asked.read_fd, .events = POLLIN};
    for (size_t i = 0; i < r->input_count; i++) {
        relay_input *input = &r->inputs[i];
        if (input->has_ended) {
            continue;
        }
        int64_t due = nm_input_due_ns(input->in);
        if (due > 0) {
            longest = sooner(longest, due);
        } else {
            r->polled[count++] =
                (struct pollfd){.fd = nm_input_fileno(input->in), .events = POLLIN};
        }
    }
    int64_t timeout_ms = longest == INT64_MAX ? -1 : longest / MS_NS + 1;
    int ready = poll(r->polled, count, timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms);
    if (ready < 0 && errno != EINTR) {
        return nm_error_set_system(err, errno, "poll() failed");
    }
    if (ready > 0 && r->polled[0].revents != 0) {
        nm_event_unset(&r->asked);
    }
    return NM_OK;
}

/* Some messages of each input that has any.
 * @param out_live, out_busy  Inputs that go on, and of these the ones that had something. */
static nm_status
serve_all(nm_relay *r, size_t *out_live, size_t *out_busy)
{
    *out_live = 0;
    *out_busy = 0;
    for (size_t i = 0; i < r->input_count; i++) {
        nm_status status = look_around(r);
        if (status == NM_OK && !r->is_done && !r->inputs[i].has_ended) {
            status = serve(r, i);
        }
        if (status != NM_OK || r->is_done) {
            return status;
        }
        *out_live += !r->inputs[i].has_ended;
        *out_busy += !r->inputs[i].has_ended && !r->inputs[i].is_idle;
    }
    return NM_OK;
}

/* Whether datagrams are there, or just on their way from the kernel. */
static bool
is_receiving(nm_input *in)
{
    enum { ON_ITS_WAY_MS = 2 };
    struct pollfd polled[] = {{.fd = nm_input_fileno(in), .events = POLLIN},
                              {.fd = nm_input_own_fileno(in), .events = POLLIN}};
    return poll(polled, sizeof polled / sizeof *polled, ON_ITS_WAY_MS) > 0;
}

/* Pass on what sockets have received, if that takes no longer than waiting for a reader might. */
static nm_status
empty_sockets(nm_relay *r)
{
    nm_status status = NM_OK;
    for (size_t i = 0; status == NM_OK && i < r->input_count; i++) {
        relay_input *input = &r->inputs[i];
        bool is_busy = nm_input_is_socket(input->in);
        while (status == NM_OK && is_busy && !input->has_ended && !r->is_done && may_go_on(r)) {
            status = serve(r, i);
            is_busy = !input->is_idle || is_receiving(input->in);
        }
    }
    return status;
}

/* Pass on what inputs of packets still wait with. */
static nm_status
end_captures(nm_relay *r)
{
    nm_status status = NM_OK;
    for (size_t i = 0; status == NM_OK && i < r->input_count; i++) {
        relay_input *input = &r->inputs[i];
        bool has_more = !input->has_ended && nm_input_stop(input->in);
        while (status == NM_OK && has_more && !r->is_done && may_go_on(r)) {
            status = serve(r, i);
            has_more = !input->has_ended;
        }
    }
    return status;
}

nm_status
nm_relay_run(nm_relay *r, nm_error *err)
{
    nm_status status = NM_OK;
    if (r->options.interval_sec > 0) {
        r->over_at_sec = next_moment(r, now_sec());
    }
    plan_tick(r, nm_clock_monotonic_ns());
    while (status == NM_OK && !r->is_done) {
        size_t live = 0;
        size_t busy = 0;
        status = serve_all(r, &live, &busy);
        if (status == NM_OK && live == 0) {
            return NM_OK;
        }
        if (status == NM_OK && busy == 0 && !r->is_done) {
            status = wait_for_inputs(r, err);
        }
    }
    if (status == NM_STOPPED && atomic_load(&r->stops) == 1) {
        nm_status emptied = empty_sockets(r);
        emptied = emptied == NM_OK ? end_captures(r) : emptied;
        status = emptied == NM_OK ? status : emptied;
    }
    return status;
}
