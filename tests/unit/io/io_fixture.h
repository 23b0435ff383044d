/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of inputs and outputs share. */
#ifndef NM_TESTS_UNIT_IO_FIXTURE_H
#define NM_TESTS_UNIT_IO_FIXTURE_H

#include "io/input.h"
#include "io/output.h"

/** A message of a type nobody knows: any octets will do. Its source is its number. */
static inline nm_payload
fixture_payload(uint32_t number, nm_span data)
{
    return (nm_payload){.time_sec = 1,
                        .vendor = 1,
                        .type = 99,
                        .source = number,
                        .has = NM_HAS_DATA | NM_HAS_SOURCE,
                        .data = data};
}

/** May wait for ten seconds in all. */
typedef struct fixture_patience {
    int64_t until_ns;
} fixture_patience;

static inline bool
fixture_may_go_on(void *context)
{
    return nm_clock_monotonic_ns() < ((fixture_patience *)context)->until_ns;
}

static inline fixture_patience
fixture_patience_new(void)
{
    return (fixture_patience){.until_ns = nm_clock_monotonic_ns() + 10000000000};
}

/** The next message or the reason why there is none. */
static inline nm_status
fixture_read(nm_input *in, const nm_message **out, nm_error *err)
{
    fixture_patience patience = fixture_patience_new();
    nm_wait wait = {.may_go_on = fixture_may_go_on, .context = &patience};
    for (;;) {
        nm_status status = nm_input_take(in, out, err);
        if (status == NM_AGAIN) {
            status = nm_input_fill(in, &wait, err);
            if (status == NM_OK) {
                continue;
            }
        }
        return status;
    }
}

/** Write a message, waiting like fixture_read(). */
static inline nm_status
fixture_write(nm_output *out, uint32_t number, nm_span data)
{
    fixture_patience patience = fixture_patience_new();
    nm_wait wait = {.may_go_on = fixture_may_go_on, .context = &patience};
    nm_payload payload = fixture_payload(number, data);
    bool is_accepted = false;
    return nm_output_write(out, &payload, &wait, &is_accepted, /* err= */ NULL);
}

/** Send what is buffered, waiting like fixture_read(). */
static inline nm_status
fixture_flush(nm_output *out)
{
    fixture_patience patience = fixture_patience_new();
    nm_wait wait = {.may_go_on = fixture_may_go_on, .context = &patience};
    return nm_output_flush(out, &wait, /* err= */ NULL);
}

/** Close, waiting like fixture_read(). */
static inline nm_status
fixture_close(nm_output *out)
{
    fixture_patience patience = fixture_patience_new();
    nm_wait wait = {.may_go_on = fixture_may_go_on, .context = &patience};
    return nm_output_close(out, &wait, /* err= */ NULL);
}

#endif
