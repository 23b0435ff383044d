/* SPDX-License-Identifier: Apache-2.0 */
/* Framing in streams: what is bad is named with its place, what stands around it arrives. */
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "io_fixture.h"

/* A container with one message of unknown type, source `n`. */
#define RECORD(n) 0x0a, 13, 0x08, 1, 0x10, 99, 0x18, 1, 0x25, 0, 0, 0, 0, 0x38, (n)
#define CONTAINER(n) 'N', 'M', 'S', 'G', 0, 2, 0, 0, 0, 15, RECORD(n)
#define CONTAINER_V1(n) 'N', 'M', 'S', 'G', 0, 1, 0, 15, RECORD(n)
#define OCTETS(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

/* Give octets to a reader through a pipe, `step` at a time. */
typedef struct feeder {
    nm_input *in;
    int ends[2];
} feeder;

static feeder
feed(const uint8_t *octets, size_t len)
{
    feeder f = {.in = NULL};
    nm_input_options options = nm_input_options_default();
    CHECK_EQ(pipe(f.ends), 0);
    CHECK_EQ(write(f.ends[1], octets, len), (ssize_t)len);
    close(f.ends[1]);
    CHECK_EQ(nm_input_open_fd(f.ends[0], &options, &f.in, NULL), NM_OK);
    return f;
}

static void
feeder_clear(feeder *f)
{
    nm_input_free(f->in);
    close(f->ends[0]);
}

static void
bad_containers_cost_no_good_ones(void)
{
    const struct { /* Not static: the octets of the rows are compound literals. */
        const char *name;
        const uint8_t *octets;
        size_t len;
        uint32_t good;   /* Messages, with sources 1, 2, … in order. */
        nm_status bad;   /* The one error, NM_OK for none. */
        uint64_t offset; /* Where it is. */
        bool is_fatal;
    } rows[] = {
        {"nothing at all", OCTETS(0), 0, NM_E_MAGIC, 0, true},
        {"two containers", OCTETS(CONTAINER(1), CONTAINER(2)), 2, NM_OK, 0, false},
        {"versions in turn", OCTETS(CONTAINER_V1(1), CONTAINER(2), CONTAINER_V1(3)), 3, NM_OK, 0,
         false},
        {"no payloads", OCTETS(CONTAINER(1), 'N', 'M', 'S', 'G', 0, 2, 0, 0, 0, 0, CONTAINER(2)), 2,
         NM_OK, 0, false},
        {"a body that is no protobuf",
         OCTETS(CONTAINER(1), 'N', 'M', 'S', 'G', 0, 2, 0, 0, 0, 2, 0x0a, 9, CONTAINER(2)), 2,
         NM_E_PARSE, 25, false},
        {"a corrupt compressed body",
         OCTETS(CONTAINER(1), 'N', 'M', 'S', 'G', 1, 2, 0, 0, 0, 6, 0, 0, 0, 1, 9, 9, CONTAINER(2)),
         2, NM_E_INFLATE, 25, false},
        {"a compressed body of 4 GiB",
         OCTETS(CONTAINER(1), 'N', 'M', 'S', 'G', 1, 2, 0, 0, 0, 6, 255, 255, 255, 255, 9, 9,
                CONTAINER(2)),
         2, NM_E_LIMIT, 25, false},
        {"a compressed body without its length",
         OCTETS(CONTAINER(1), 'N', 'M', 'S', 'G', 1, 2, 0, 0, 0, 3, 0, 0, 0, CONTAINER(2)), 2,
         NM_E_PARSE, 25, false},
        {"a fragment beyond its last",
         OCTETS(CONTAINER(1), 'N', 'M', 'S', 'G', 2, 2, 0, 0, 0, 9, 8, 1, 16, 5, 24, 1, 34, 1, 7,
                CONTAINER(2)),
         2, NM_E_FRAGMENT, 25, false},
        {"a fragment of too many",
         OCTETS(CONTAINER(1), 'N', 'M', 'S', 'G', 2, 2, 0, 0, 0, 13, 8, 1, 16, 0, 24, 255, 255, 255,
                255, 15, 34, 1, 7, CONTAINER(2)),
         2, NM_E_LIMIT, 25, false},
        {"garbage", OCTETS(CONTAINER(1), 'X', CONTAINER(2)), 1, NM_E_MAGIC, 25, true},
        {"a version of the future",
         OCTETS(CONTAINER(1), 'N', 'M', 'S', 'G', 0, 3, 0, 0, 0, 0, CONTAINER(2)), 1, NM_E_VERSION,
         25, true},
        {"a length of 4 GiB",
         OCTETS(CONTAINER(1), 'N', 'M', 'S', 'G', 0, 2, 255, 255, 255, 255, CONTAINER(2)), 1,
         NM_E_LIMIT, 25, true},
        {"the end inside a header", OCTETS(CONTAINER(1), 'N', 'M', 'S'), 1, NM_E_TRUNCATED, 25,
         true},
        {"the end inside a body", OCTETS(CONTAINER(1), 'N', 'M', 'S', 'G', 0, 2, 0, 0, 0, 9, 8), 1,
         NM_E_TRUNCATED, 25, true},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        feeder f = feed(rows[i].octets, rows[i].len);
        uint32_t good = 0;
        nm_status bad = NM_OK;
        nm_error err = {.code = NM_OK};
        nm_status status = NM_OK;
        while (status != NM_END) {
            const nm_message *message = NULL;
            status = fixture_read(f.in, &message, &err);
            if (status == NM_OK) {
                CHECK_EQ(message->payload.source, ++good);
            } else if (status != NM_END) {
                CHECK_EQ(bad, NM_OK);
                bad = status;
                CHECK_EQ(err.offset, rows[i].offset);
                CHECK_EQ(nm_input_has_ended(f.in), rows[i].is_fatal);
            }
        }
        CHECK_EQ(good, rows[i].good);
        CHECK_EQ(bad, rows[i].bad);
        CHECK_EQ(nm_input_stats_get(f.in).bad_containers, bad != NM_OK);
        feeder_clear(&f);
    }
}

static void
octets_may_come_one_by_one(void)
{
    static const uint8_t octets[] = {CONTAINER(1), CONTAINER_V1(2), CONTAINER(3)};
    feeder f = {.in = NULL};
    nm_input_options options = nm_input_options_default();
    const nm_message *message = NULL;
    uint32_t count = 0;
    CHECK_EQ(pipe(f.ends), 0);
    CHECK_EQ(nm_input_open_fd(f.ends[0], &options, &f.in, NULL), NM_OK);
    for (size_t i = 0; i < sizeof octets; i++) {
        CHECK_EQ(nm_input_fill(f.in, NULL, NULL), NM_AGAIN);
        CHECK_EQ(write(f.ends[1], &octets[i], 1), 1);
        if (nm_input_fill(f.in, NULL, NULL) == NM_OK) {
            CHECK_EQ(nm_input_take(f.in, &message, NULL), NM_OK);
            CHECK_EQ(message->payload.source, ++count);
            CHECK_EQ(nm_input_take(f.in, &message, NULL), NM_AGAIN);
        }
    }
    CHECK_EQ(count, 3);
    close(f.ends[1]);
    CHECK_EQ(nm_input_fill(f.in, NULL, NULL), NM_END);
    feeder_clear(&f);
}

static void
filters_choose(void)
{
    static const uint8_t octets[] = {CONTAINER(1), CONTAINER(2), CONTAINER(3)};
    feeder f = feed(octets, sizeof octets);
    nm_header_filter filter = {.source = 2};
    const nm_message *message = NULL;
    nm_input_set_filter(f.in, &filter);
    CHECK_EQ(fixture_read(f.in, &message, NULL), NM_OK);
    CHECK_EQ(message->payload.source, 2);
    CHECK_EQ(fixture_read(f.in, &message, NULL), NM_END);
    CHECK_EQ(nm_input_stats_get(f.in).filtered, 2);
    CHECK_EQ(nm_input_stats_get(f.in).messages, 1);
    feeder_clear(&f);
}

/* What may be read of three containers. */
static void
check_three(nm_input *in)
{
    const nm_message *message = NULL;
    for (uint32_t i = 1; i <= 3; i++) {
        CHECK_EQ(fixture_read(in, &message, NULL), NM_OK);
        CHECK_EQ(message->payload.source, i);
    }
    CHECK_EQ(fixture_read(in, &message, NULL), NM_END);
    CHECK_EQ(fixture_read(in, &message, NULL), NM_END);
    CHECK_EQ(nm_input_stats_get(in).octets, 73);
}

static void
memory_is_read_where_it_is(void)
{
    static const uint8_t octets[] = {CONTAINER(1), CONTAINER_V1(2), CONTAINER(3)};
    nm_input *in = NULL;
    nm_error err = {.code = NM_OK};
    const nm_message *message = NULL;
    nm_input_options options = nm_input_options_default();
    CHECK_EQ(sizeof octets, 73);
    CHECK_EQ(nm_input_open_memory(nm_span_of(octets, sizeof octets), &options, &in, NULL), NM_OK);
    CHECK_EQ(nm_input_fileno(in), (uint64_t)-1);
    check_three(in);
    nm_input_free(in);
    CHECK_EQ(nm_input_open_memory(nm_span_of(octets, 30), &options, &in, NULL), NM_OK);
    CHECK_EQ(fixture_read(in, &message, NULL), NM_OK);
    CHECK_EQ(fixture_read(in, &message, &err), NM_E_TRUNCATED);
    CHECK_EQ(err.offset, 25);
    nm_input_free(in);
    CHECK_EQ(nm_input_open_memory(nm_span_of(NULL, 0), &options, &in, NULL), NM_OK);
    CHECK_EQ(fixture_read(in, &message, NULL), NM_END);
    nm_input_free(in);
}

static void
octets_are_fed_in_pieces_of_any_length(void)
{
    static const uint8_t octets[] = {CONTAINER(1), CONTAINER_V1(2), CONTAINER(3)};
    nm_input_options options = nm_input_options_default();
    for (size_t step = 1; step <= sizeof octets; step++) {
        nm_input *in = NULL;
        const nm_message *message = NULL;
        uint32_t count = 0;
        CHECK_EQ(nm_input_open_fed(&options, &in, NULL), NM_OK);
        for (size_t i = 0; i < sizeof octets; i += step) {
            size_t len = sizeof octets - i < step ? sizeof octets - i : step;
            while (fixture_read(in, &message, NULL) == NM_OK) {
                CHECK_EQ(message->payload.source, ++count);
            }
            CHECK_EQ(fixture_read(in, &message, NULL), NM_AGAIN); /* Though it might wait. */
            CHECK_EQ(nm_input_feed(in, nm_span_of(octets + i, len), NULL), NM_OK);
        }
        nm_input_feed_end(in);
        while (fixture_read(in, &message, NULL) == NM_OK) {
            CHECK_EQ(message->payload.source, ++count);
        }
        CHECK_EQ(count, 3);
        CHECK_EQ(fixture_read(in, &message, NULL), NM_END);
        nm_input_free(in);
    }
}

static void
too_much_at_a_time_is_refused(void)
{
    static uint8_t octets[(2 << 20) + 1];
    nm_input *in = NULL;
    nm_error err = {.code = NM_OK};
    nm_input_options options = nm_input_options_default();
    CHECK_EQ(nm_input_open_fed(&options, &in, NULL), NM_OK);
    CHECK_EQ(nm_input_feed(in, nm_span_of(octets, sizeof octets), &err), NM_E_LIMIT);
    CHECK_EQ(nm_input_feed(in, nm_span_of(octets, sizeof octets - 1), &err), NM_OK);
    nm_input_free(in);
}

static void
what_is_fed_comes_before_the_descriptor(void)
{
    static const uint8_t octets[] = {CONTAINER(1), CONTAINER_V1(2), CONTAINER(3)};
    feeder f = feed(octets + 40, sizeof octets - 40);
    CHECK_EQ(nm_input_feed(f.in, nm_span_of(octets, 40), NULL), NM_OK);
    check_three(f.in);
    feeder_clear(&f);
}

/* Sources of the messages that were taken. */
typedef struct taken {
    uint32_t sources[8];
    size_t count;
    size_t max;
} taken;

static bool
note_source(void *context, const nm_message *message)
{
    taken *t = context;
    t->sources[t->count++] = message->payload.source;
    return t->count < t->max;
}

static void
messages_are_taken_until_there_are_enough(void)
{
    static const uint8_t octets[] = {'N', 'M', 'S', 'G',       0,         2,         0,
                                     0,   0,   60,  RECORD(1), RECORD(2), RECORD(3), RECORD(4)};
    feeder f = feed(octets, sizeof octets);
    nm_header_filter filter = {.source = 0};
    taken t = {.max = 2};
    CHECK_EQ(nm_input_take_each(f.in, note_source, &t, NULL), NM_AGAIN);
    CHECK_EQ(nm_input_fill(f.in, NULL, NULL), NM_OK);
    CHECK_EQ(nm_input_take_each(f.in, note_source, &t, NULL), NM_OK);
    CHECK_EQ(t.count, 2);
    CHECK_EQ(nm_input_place(f.in).payload, 1);
    filter.source = 4;
    nm_input_set_filter(f.in, &filter);
    t.max = 8;
    CHECK_EQ(nm_input_take_each(f.in, note_source, &t, NULL), NM_AGAIN);
    CHECK_EQ(t.count, 3);
    CHECK_EQ(t.sources[0] * 100 + t.sources[1] * 10 + t.sources[2], 124);
    CHECK_EQ(nm_input_stats_get(f.in).messages, 3);
    CHECK_EQ(nm_input_stats_get(f.in).filtered, 1);
    feeder_clear(&f);
}

CHECK_MAIN(CHECK_TEST(memory_is_read_where_it_is),
           CHECK_TEST(octets_are_fed_in_pieces_of_any_length),
           CHECK_TEST(too_much_at_a_time_is_refused),
           CHECK_TEST(what_is_fed_comes_before_the_descriptor),
           CHECK_TEST(bad_containers_cost_no_good_ones), CHECK_TEST(octets_may_come_one_by_one),
           CHECK_TEST(filters_choose), CHECK_TEST(messages_are_taken_until_there_are_enough))
