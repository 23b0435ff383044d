/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs with workers give what they give without. */
#include "io/read_ahead.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "capture/savefile.h"
#include "check.h"
#include "io/text_line.h"
#include "io_fixture.h"
#include "message/schema/tables.h"
#include "octets.h"
#include "wire/builder.h"

enum { WORKERS = 3, TYPE_LOGLINE = 6 };

static const nm_text_options texts[] = {
    {.format = NM_FORMAT_JSON},
    {.format = NM_FORMAT_PRES, .endline = {.data = (const uint8_t *)"\n", .len = 1}},
};

static unsigned texts_seen; /* Written by workers. */

/* -- streams -- */

static uint32_t
random_next(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* A message of base:logline with a category and a text, or octets that are none. */
static void
append_logline(nm_builder *b, uint32_t *state, octets *data)
{
    bool is_full = false;
    uint32_t kind = random_next(state) % 16;
    size_t len = random_next(state) % 100;
    data->len = 0;
    octets_u8(data, kind == 0 ? 0xff : 0x0a); /* Field 1; or a tag of no type. */
    octets_u8(data, 1);
    octets_u8(data, 'c');
    octets_u8(data, 0x12); /* Field 2. */
    octets_u8(data, (uint8_t)len);
    for (size_t i = 0; i < len; i++) {
        octets_u8(data, (uint8_t)('a' + i % 26));
    }
    nm_payload payload = {.time_sec = (int64_t)random_next(state),
                          .time_nsec = random_next(state),
                          .vendor = 1,
                          .type = kind == 1 ? 999 : TYPE_LOGLINE,
                          .source = kind,
                          .has = NM_HAS_DATA | NM_HAS_SOURCE,
                          .data = octets_span(data)};
    CHECK_EQ(nm_builder_add(b, &payload, &is_full), NM_OK);
}

/* Append the frames of the container being filled; sometimes with an octet that is wrong. */
static void
append_frames(nm_builder *b, uint32_t *state, octets *stream)
{
    nm_span frame;
    CHECK_EQ(nm_builder_close(b), NM_OK);
    while (nm_builder_next_frame(b, &frame) == NM_OK) {
        size_t start = stream->len;
        octets_put_span(stream, frame);
        if (random_next(state) % 8 == 0) {
            size_t body = frame.len - NM_HEADER_LEN;
            stream->data[start + NM_HEADER_LEN + random_next(state) % body] ^= 1;
        }
    }
}

static void
make_containers(octets *stream, uint32_t seed, size_t container_len, unsigned count)
{
    uint32_t state = seed;
    octets data = {0};
    nm_builder_options options = {.container_len = container_len, .may_fragment = true};
    nm_builder *b = nm_builder_new(&options, &nm_allocator_heap);
    for (unsigned i = 0; i < count; i++) {
        nm_builder_set_zlib(b, random_next(&state) % 2 == 0, NM_ZLEVEL_DEFAULT);
        unsigned messages = 1 + random_next(&state) % (unsigned)(container_len / 200);
        for (unsigned n = 0; n < messages; n++) {
            append_logline(b, &state, &data);
        }
        append_frames(b, &state, stream);
    }
    nm_builder_free(b);
    octets_free(&data);
}

static void
make_lines(octets *stream, unsigned count)
{
    static const char *const lines[] = {
        "{\"time\":\"2024-01-01 00:00:00\",\"vname\":\"base\",\"mname\":\"logline\","
        "\"message\":{\"category\":\"a\",\"message\":\"b\"}}\n",
        "\n",
        "{\"vname\":\"base\",\"mname\":\"nothing\",\"message\":{}}\n",
        "{\"time\":\"1970-01-01 00:00:00\",\"vname\":\"base\",\"mname\":\"logline\","
        "\"message\":{\"category\":[]}}\n",
        "no object\n",
        "{\"time\":\"1999-12-31 23:59:59\",\"vname\":\"base\",\"mname\":\"logline\","
        "\"message\":{\"category\":\"more\",\"message\":\"than\\nbefore\"}}\n",
    };
    uint32_t state = count;
    for (unsigned i = 0; i < count; i++) {
        uint32_t n = random_next(&state) % 50;
        if (n == 0) { /* Longer than the limit. */
            for (unsigned c = 0; c < 3000; c++) {
                octets_u8(stream, 'x');
            }
            octets_u8(stream, '\n');
        } else {
            const char *line = lines[n < CHECK_COUNT(lines) ? n : n % 2 == 0 ? 0 : 5];
            octets_put_span(stream, nm_span_of(line, strlen(line)));
        }
    }
}

/* -- comparing -- */

static bool are_decoded; /* Inputs give their messages decoded. */

static nm_input_options
options_with(nm_worker_pool *pool, nm_format format)
{
    nm_input_options options = nm_input_options_default();
    options.format = format;
    options.line_len = 2000;
    options.is_undecoded = !are_decoded;
    options.change = (nm_header_change){.group = 7};
    options.pool = pool;
    options.schema = &nm_schema_base_pkt; /* Of packets. */
    if (pool != NULL) {
        options.texts = texts;
        options.text_count = CHECK_COUNT(texts);
    }
    return options;
}

/* The texts that workers wrote are those that would be written here. */
static void
check_texts(const nm_input *in, const nm_message *m)
{
    nm_message decoded = {.schema = NULL};
    nm_buffer want;
    nm_buffer scratch;
    nm_buffer_init(&want, INT32_MAX, &nm_allocator_heap);
    nm_buffer_init(&scratch, INT32_MAX, &nm_allocator_heap);
    bool is_decoded = nm_message_decode(&decoded, &m->payload, NULL) == NM_OK;
    for (size_t t = 0; t < CHECK_COUNT(texts); t++) {
        nm_span text = nm_input_text(in, texts[t].format);
        want.len = 0;
        if (!is_decoded ||
            nm_text_line_write(&texts[t], &decoded, &want, &scratch, NULL) != NM_OK) {
            CHECK_EQ(text.len, 0);
        } else if (text.len > 0) { /* What came in a fragment has none. */
            CHECK_SPAN(text, nm_buffer_span(&want));
            texts_seen++;
        }
    }
    CHECK_EQ(nm_input_text(in, NM_FORMAT_NMSG).len, 0);
    nm_buffer_clear(&want);
    nm_buffer_clear(&scratch);
}

static void
check_same_place(const nm_input *a, const nm_input *b)
{
    nm_place left = nm_input_place(a);
    nm_place right = nm_input_place(b);
    CHECK_EQ(left.offset, right.offset);
    CHECK_EQ(left.line, right.line);
    CHECK_EQ(left.payload, right.payload);
}

static void
check_same_index(const nm_message *a, const nm_message *b)
{
    CHECK(a->schema == b->schema);
    if (a->schema != NULL && b->schema != NULL) {
        CHECK(memcmp(a->slots, b->slots, a->schema->field_count * sizeof *a->slots) == 0);
    }
}

/* Read the same with and without workers. @return messages. */
static uint64_t
compare(nm_span stream, nm_format format, const nm_header_filter *filter)
{
    nm_input *alone = NULL;
    nm_input *helped = NULL;
    nm_worker_pool *pool = NULL;
    CHECK_EQ(nm_worker_pool_new(WORKERS, &pool, NULL), NM_OK);
    nm_input_options options = options_with(NULL, format);
    nm_input_options helping = options_with(pool, format);
    CHECK_EQ(nm_input_open_memory(stream, &options, &alone, NULL), NM_OK);
    CHECK_EQ(nm_input_open_memory(stream, &helping, &helped, NULL), NM_OK);
    nm_input_set_filter(alone, filter);
    nm_input_set_filter(helped, filter);
    nm_status status = NM_OK;
    while (status != NM_END) {
        const nm_message *left = NULL;
        const nm_message *right = NULL;
        nm_error left_err = {.code = NM_OK};
        nm_error right_err = {.code = NM_OK};
        status = fixture_read(alone, &left, &left_err);
        CHECK_EQ(fixture_read(helped, &right, &right_err), status);
        if (status != NM_OK || format != NM_FORMAT_PCAP) { /* Packets are read before messages. */
            CHECK_EQ(nm_input_has_ended(helped), nm_input_has_ended(alone));
        }
        CHECK_EQ(left_err.offset, right_err.offset);
        CHECK(strcmp(left_err.message, right_err.message) == 0);
        if (status == NM_OK && right != NULL) {
            CHECK_EQ(left->payload.time_sec, right->payload.time_sec);
            CHECK_EQ(left->payload.source, right->payload.source);
            CHECK_EQ(right->payload.group, 7);
            CHECK_SPAN(left->payload.data, right->payload.data);
            check_same_index(left, right);
            check_same_place(alone, helped);
            check_texts(helped, right);
        }
    }
    nm_input_stats want = nm_input_stats_get(alone);
    nm_input_stats got = nm_input_stats_get(helped);
    CHECK(memcmp(&want, &got, sizeof want) == 0);
    nm_input_free(alone);
    nm_input_free(helped);
    nm_worker_pool_free(pool);
    CHECK(texts_seen >= want.messages); /* Of two forms at least half. */
    texts_seen = 0;
    return want.messages;
}

static void
containers_come_out_the_same(void)
{
    static const struct {
        const char *name;
        size_t container_len;
        unsigned count;
        nm_header_filter filter;
    } rows[] = {
        {"small ones", 1000, 400, {.vendor = 0}},
        {"many to a batch", 20000, 60, {.vendor = 0}},
        {"large ones", 1000000, 3, {.vendor = 0}},
        {"filtered by type", 20000, 20, {.vendor = 1, .type = 999}},
        {"filtered by source", 20000, 20, {.source = 5}},
    };
    for (uint32_t i = 0; i < CHECK_COUNT(rows); i++) {
        octets stream = {0};
        CHECK_CASE(rows[i].name);
        make_containers(&stream, i, rows[i].container_len, rows[i].count);
        CHECK(compare(octets_span(&stream), NM_FORMAT_NMSG, &rows[i].filter) > 10);
        octets_free(&stream);
    }
}

static void
lost_framing_is_met_behind_all_that_was_good(void)
{
    nm_header_filter all = {.vendor = 0};
    octets stream = {0};
    make_containers(&stream, 1, 20000, 20);
    CHECK(compare(nm_span_of(stream.data, stream.len - 1), NM_FORMAT_NMSG, &all) > 0);
    octets_put_span(&stream, nm_span_of("no container", 12));
    CHECK(compare(octets_span(&stream), NM_FORMAT_NMSG, &all) > 0);
    CHECK_EQ(compare(nm_span_of(stream.data, 0), NM_FORMAT_NMSG, &all), 0);
    octets_free(&stream);
}

static void
lines_come_out_the_same(void)
{
    nm_header_filter all = {.vendor = 0};
    octets stream = {0};
    make_lines(&stream, 20000);
    CHECK(compare(octets_span(&stream), NM_FORMAT_JSON, &all) > 10000);
    octets_free(&stream);
}

static void
messages_of_packets_come_out_the_same(void)
{
    nm_header_filter all = {.vendor = 0};
    nm_buffer stream;
    uint32_t state = 5;
    uint8_t frame[3000];
    nm_buffer_init(&stream, SIZE_MAX, &nm_allocator_heap);
    CHECK_OR_EXIT(nm_savefile_write_header(NM_LINK_ETHERNET, &stream) == NM_OK);
    for (unsigned i = 0; i < 3000; i++) {
        memset(frame, (int)i, sizeof frame);
        nm_captured packet = {.octets = nm_span_of(frame, random_next(&state) % sizeof frame),
                              .time_sec = i};
        CHECK_OR_EXIT(nm_savefile_write_packet(&packet, &stream) == NM_OK);
    }
    CHECK_EQ(compare(nm_buffer_span(&stream), NM_FORMAT_PCAP, &all), 3000);
    stream.len -= 3100; /* In the middle of a packet. */
    uint64_t messages = compare(nm_buffer_span(&stream), NM_FORMAT_PCAP, &all);
    CHECK(messages > 2900 && messages < 3000);
    nm_buffer_clear(&stream);
}

/* -- streams that come little by little -- */

typedef struct feeder {
    int fd;
    nm_span stream;
} feeder;

static void *
feed(void *context)
{
    feeder *f = context;
    for (size_t i = 0; i < f->stream.len;) {
        size_t len = f->stream.len - i < 777 ? f->stream.len - i : 777;
        ssize_t written = write(f->fd, f->stream.data + i, len);
        if (written < 0) {
            break;
        }
        i += (size_t)written;
    }
    close(f->fd);
    return NULL;
}

static void
what_a_pipe_gives_is_not_held_back(void)
{
    int ends[2];
    pthread_t thread;
    octets stream = {0};
    nm_worker_pool *pool = NULL;
    nm_input *in = NULL;
    const nm_message *m = NULL;
    make_lines(&stream, 5000);
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(nm_worker_pool_new(WORKERS, &pool, NULL), NM_OK);
    nm_input_options options = options_with(pool, NM_FORMAT_JSON);
    CHECK_EQ(nm_input_open_fd(ends[0], &options, &in, NULL), NM_OK);

    /* One line, and the pipe stays open: it is given out. */
    const char *line =
        "{\"vname\":\"base\",\"mname\":\"logline\",\"message\":{\"category\":\"a\"}}\n";
    CHECK_EQ(write(ends[1], line, strlen(line)), strlen(line));
    CHECK_EQ(fixture_read(in, &m, NULL), NM_OK);
    CHECK_EQ(nm_input_fill(in, /* wait= */ NULL, NULL), NM_AGAIN);

    feeder f = {.fd = ends[1], .stream = octets_span(&stream)};
    CHECK_EQ(pthread_create(&thread, NULL, feed, &f), 0);
    nm_status status = NM_OK;
    while (status != NM_END) {
        status = fixture_read(in, &m, NULL);
    }
    pthread_join(thread, NULL);
    nm_header_filter all = {.vendor = 0};
    CHECK_EQ(nm_input_stats_get(in).messages,
             1 + compare(octets_span(&stream), NM_FORMAT_JSON, &all));
    nm_input_free(in);
    close(ends[0]);
    nm_worker_pool_free(pool);
    octets_free(&stream);
}

static void
it_may_end_while_workers_are_at_it(void)
{
    octets stream = {0};
    nm_worker_pool *pool = NULL;
    make_containers(&stream, 3, 1000000, 3);
    CHECK_EQ(nm_worker_pool_new(WORKERS, &pool, NULL), NM_OK);
    for (unsigned i = 0; i < 20; i++) {
        nm_input *in = NULL;
        nm_input_options options = options_with(pool, NM_FORMAT_NMSG);
        CHECK_EQ(nm_input_open_memory(octets_span(&stream), &options, &in, NULL), NM_OK);
        (void)!nm_input_fill(in, NULL, NULL); /* Whatever it gives: work has begun. */
        nm_input_free(in);
    }
    nm_worker_pool_free(pool);
    octets_free(&stream);
}

static void
decoded_messages_are_the_same(void)
{
    are_decoded = true;
    containers_come_out_the_same();
    lines_come_out_the_same();
    are_decoded = false;
}

CHECK_MAIN(CHECK_TEST(containers_come_out_the_same), CHECK_TEST(decoded_messages_are_the_same),
           CHECK_TEST(lost_framing_is_met_behind_all_that_was_good),
           CHECK_TEST(lines_come_out_the_same), CHECK_TEST(messages_of_packets_come_out_the_same),
           CHECK_TEST(what_a_pipe_gives_is_not_held_back),
           CHECK_TEST(it_may_end_while_workers_are_at_it))
