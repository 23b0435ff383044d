/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/builder.h"

#include "builder_model.h"
#include "builder_sink.h"
#include "check.h"
#include "failing_allocator.h"
#include "octets.h"
#include "wire/decoder.h"
#include "wire/fragment.h"
#include "wire/header.h"
#include "wire/zblock.h"

static uint8_t zeros[3U << 20];
static uint8_t noise[3U << 20];

static const nm_arrival arrival = {.now_sec = 1, .counts_sequence = true};

static nm_span
noise_of(size_t len)
{
    if (noise[0] == 0) {
        uint64_t random = 42;
        for (size_t i = 0; i < sizeof noise; i++) {
            noise[i] = (uint8_t)(check_random(&random) >> 32 | (i == 0));
        }
    }
    return nm_span_of(noise, len);
}

/* A record of 17 octets and its message. */
static nm_payload
payload_of(nm_span data)
{
    return (nm_payload){
        .time_sec = 1700000000, .vendor = 1, .type = 6, .has = NM_HAS_DATA, .data = data};
}

/* Check the fragments of one container octet for octet, but for their id. */
static void
check_fragments(const sink *s, size_t *offset, nm_span whole, unsigned flags, size_t bufsz)
{
    size_t piece_len = bufsz - 32;
    size_t count = (whole.len + piece_len - 1) / piece_len;
    uint32_t id = 0;
    for (size_t i = 0; i < count; i++) {
        nm_span frame = sink_next(s, offset);
        if (i == 0) {
            id = fragment_of(frame).id;
        }
        octets record = {0};
        octets expected = {0};
        octets_number(&record, 1, id);
        octets_number(&record, 2, i);
        octets_number(&record, 3, count - 1);
        octets_bytes(&record, 4, octets_piece(whole, piece_len, i));
        octets_number(&record, 5, nm_payload_crc(whole));
        octets_container(&expected, flags, octets_span(&record));
        CHECK_SPAN(frame, octets_span(&expected));
        octets_free(&record);
        octets_free(&expected);
    }
}

/* Check that the frames are the containers of the model. */
static void
check_model(const sink *s, model *m)
{
    size_t offset = 0;
    model_flush(m, false);
    for (size_t i = 0; i < m->body_count; i++) {
        nm_span body = octets_span(&m->bodies[i]);
        if (m->is_overfull[i] && body.len > m->bufsz - 32) {
            check_fragments(s, &offset, body, NM_FLAG_FRAGMENT, m->bufsz);
        } else {
            octets expected = {0};
            octets_container(&expected, 0, body);
            CHECK_SPAN(sink_next(s, &offset), octets_span(&expected));
            octets_free(&expected);
        }
    }
    CHECK_EQ(offset, s->frames.len);
}

/* Write `count` payloads with a builder and with the model, and compare. */
static void
compare_with_model(const nm_payload *payloads, size_t count, size_t bufsz, bool has_sequence)
{
    model *m = model_new(bufsz, has_sequence, 0xfedcba9876543210);
    sink s = sink_new(&(nm_builder_options){.container_len = bufsz,
                                            .may_fragment = true,
                                            .has_sequence = has_sequence,
                                            .sequence_id = 0xfedcba9876543210,
                                            .fragment_seed = 5});
    for (size_t i = 0; i < count; i++) {
        sink_add(&s, &payloads[i]);
        model_add(m, &payloads[i]);
    }
    sink_close(&s);
    check_model(&s, m);
    sink_free(&s);
    model_free(m);
}

/* Worked out by hand, so that builder and model cannot be wrong together. */
static void
containers_are_split_as_worked_out_by_hand(void)
{
    static const struct {
        const char *name;
        bool has_sequence;
        size_t lens[5];
        size_t frames;
    } rows[] = {
        {"three of 117 octets fit into 512", false, {100, 100, 100}, 1},
        {"the fourth does not", false, {100, 100, 100, 100}, 2},
        {"four of 100 octets fit", false, {83, 83, 83, 83}, 1},
        {"the fifth does not", false, {83, 83, 83, 83, 83}, 2},
        {"a second payload that just fits", false, {100, 326}, 1},
        {"one octet more", false, {100, 327}, 2},
        {"a payload that just fits alone", false, {475}, 1},
        {"one octet more goes in two pieces", false, {476}, 2},
        {"just fits alone with a sequence number", true, {457}, 1},
        {"one octet more with a sequence number", true, {458}, 2},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        sink s = sink_new(&(nm_builder_options){.container_len = 512,
                                                .may_fragment = true,
                                                .has_sequence = rows[i].has_sequence,
                                                .sequence_id = UINT64_MAX});
        for (size_t k = 0; k < 5 && rows[i].lens[k] > 0; k++) {
            nm_payload p = payload_of(noise_of(rows[i].lens[k]));
            sink_add(&s, &p);
        }
        sink_close(&s);
        CHECK_EQ(s.frame_count, rows[i].frames);
        sink_free(&s);
    }
}

static void
containers_are_split_where_the_rule_says(void)
{
    static const struct {
        const char *name;
        size_t bufsz;
        size_t from;
        size_t to;
    } rows[] = {
        {"messages around 127 and 128 octets", 512, 90, 150},
        {"messages around the size of the container", 512, 420, 560},
        {"messages around a multiple of the piece", 512, 930, 1010},
        {"messages around 16383 and 16384 octets", 16384, 16300, 16420},
        {"records around 16383 and 16384 octets", 40000, 16360, 16390},
        {"messages around the size of a datagram", 8192, 8100, 8200},
        {"messages around the size of a file's container", 1048576, 1048500, 1048580},
        {"messages around 2 MiB", 1048576, 2097130, 2097155},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        for (size_t len = rows[i].from; len <= rows[i].to; len += len < 100000 ? 1 : 6) {
            for (size_t before = 0; before < 3; before++) { /* Payloads in front of it. */
                nm_payload payloads[4];
                for (size_t k = 0; k < before; k++) {
                    payloads[k] = payload_of(noise_of(k == 0 ? 100 : rows[i].bufsz / 3));
                }
                payloads[before] = payload_of(noise_of(len));
                payloads[before + 1] = payload_of(noise_of(3));
                compare_with_model(payloads, before + 2, rows[i].bufsz, len % 2 == 0);
            }
        }
    }
}

/* Messages and records at which a length takes one octet more, in containers of all sizes around
 * them: there the estimate decides by one octet. */
static void
containers_of_all_sizes_around_a_message(void)
{
    static const size_t lens[] = {109,   110,   111,   126,   127,   128,
                                  16365, 16366, 16367, 16383, 16384, 16385};
    for (size_t i = 0; i < CHECK_COUNT(lens); i++) {
        for (size_t before = 0; before < 2; before++) {
            size_t first = lens[i] < 512 ? 300 : 100;
            nm_payload payloads[3] = {payload_of(noise_of(first)), payload_of(noise_of(lens[i])),
                                      payload_of(noise_of(3))};
            size_t sum = lens[i] + 17 + before * (first + 17);
            for (size_t bufsz = sum < 512 ? 512 : sum; bufsz < sum + 100; bufsz++) {
                for (int has_sequence = 0; has_sequence <= 1; has_sequence++) {
                    compare_with_model(&payloads[1 - before], 2 + before, bufsz, has_sequence == 1);
                }
            }
        }
    }
}

static void
random_streams_are_split_where_the_rule_says(void)
{
    enum { PAYLOADS = 400 };
    static const size_t sizes[] = {512, 600, 1280, 8192, 65536, 1048576};
    uint64_t random = 7;
    nm_payload payloads[PAYLOADS];
    for (int round = 0; round < 60; round++) {
        size_t bufsz = sizes[check_random(&random) % CHECK_COUNT(sizes)];
        size_t largest = 1 + check_random(&random) % (bufsz / 2);
        for (size_t i = 0; i < PAYLOADS; i++) {
            size_t len = check_random(&random) % largest;
            if (check_random(&random) % 100 == 0) {
                len = check_random(&random) % (bufsz * 2);
            }
            uint64_t bits = check_random(&random);
            payloads[i] = (nm_payload){
                .time_sec = (int64_t)check_random(&random) >> bits % 64,
                .time_nsec = (uint32_t)check_random(&random),
                .vendor = (uint32_t)(check_random(&random) >> 32) >> bits % 32,
                .type = (uint32_t)bits % 200,
                .source = (uint32_t)bits >> 7,
                .operator = (uint32_t)bits % 300,
                .group = (uint32_t)bits % 5,
                .has = (unsigned)(bits >> 40) & 15,
            };
            if ((payloads[i].has & NM_HAS_DATA) != 0) {
                payloads[i].data = nm_span_of(noise_of(sizeof noise).data + i, len);
            }
        }
        compare_with_model(payloads, bufsz > 10000 ? 100 : PAYLOADS, bufsz, round % 2 == 0);
    }
}

static void
sizes_outside_the_bounds_are_clamped(void)
{
    static const struct {
        size_t given;
        size_t used;
    } rows[] = {{0, 512}, {511, 512}, {1048577, 1048576}, {SIZE_MAX, 1048576}};
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        sink given =
            sink_new(&(nm_builder_options){.container_len = rows[i].given, .may_fragment = true});
        sink used =
            sink_new(&(nm_builder_options){.container_len = rows[i].used, .may_fragment = true});
        for (size_t k = 0; k < 20; k++) {
            nm_payload p = payload_of(noise_of(rows[i].used / 7 * (k % 9)));
            sink_add(&given, &p);
            sink_add(&used, &p);
        }
        sink_close(&given);
        sink_close(&used);
        CHECK_SPAN(octets_span(&given.frames), octets_span(&used.frames));
        CHECK(used.frame_count > 5);
        sink_free(&given);
        sink_free(&used);
    }
}

/* Decode all frames; every payload must be one of the stream's, in order. */
static void
check_round_trip(const sink *s, const nm_payload *payloads, size_t count, uint64_t containers)
{
    nm_decoder *d = nm_decoder_new(&nm_limits_default, 3, &nm_allocator_heap);
    size_t offset = 0;
    size_t seen = 0;
    while (offset < s->frames.len) {
        const nm_container *c = NULL;
        nm_status status = nm_decoder_decode(d, sink_next(s, &offset), &arrival, &c, NULL);
        CHECK(status == NM_OK || status == NM_AGAIN);
        for (size_t i = 0; status == NM_OK && i < c->count; i++, seen++) {
            CHECK(seen < count);
            CHECK(nm_container_crc_fits(c, i));
            CHECK_EQ(c->payloads[i].time_sec, payloads[seen % count].time_sec);
            CHECK_SPAN(c->payloads[i].data, payloads[seen % count].data);
        }
    }
    CHECK_EQ(seen, count);
    CHECK_EQ(nm_decoder_counts_get(d).containers, containers);
    CHECK_EQ(nm_decoder_counts_get(d).sequence_lost, 0);
    nm_decoder_free(d);
}

static void
a_payload_above_the_size_is_fragmented(void)
{
    static const struct {
        const char *name;
        size_t bufsz;
        size_t len;
        bool has_zlib;
    } rows[] = {
        {"two pieces", 512, 600, false},
        {"many pieces", 512, 100000, false},
        {"a datagram of the default size", 8192, 70000, false},
        {"a file", 1048576, 3U << 20, false},
        {"compressed", 512, 600, true},
        {"compressed, many pieces", 1280, 100000, true},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        unsigned flags = NM_FLAG_FRAGMENT | (rows[i].has_zlib ? NM_FLAG_ZLIB : 0);
        nm_payload p = payload_of(noise_of(rows[i].len));
        sink s = sink_new(&(nm_builder_options){
            .container_len = rows[i].bufsz, .may_fragment = true, .has_sequence = true});
        nm_builder_set_zlib(s.builder, rows[i].has_zlib, NM_ZLEVEL_DEFAULT);
        sink_add(&s, &p);
        CHECK(s.frame_count >= rows[i].len / rows[i].bufsz + 1);
        size_t offset = 0;
        for (size_t k = 0; k < s.frame_count; k++) {
            nm_span frame = sink_next(&s, &offset);
            nm_fragment fragment = fragment_of(frame);
            CHECK_EQ(header_of(frame).flags, flags);
            CHECK_EQ(fragment.current, k);
            CHECK_EQ(fragment.last, s.frame_count - 1);
            CHECK(fragment.has_crc);
            CHECK_EQ(fragment.data.len == rows[i].bufsz - 32, k + 1 < s.frame_count);
        }
        check_round_trip(&s, &p, 1, 1);
        sink_free(&s);
    }
}

/* The length at which the octets to send are an exact multiple of the piece is found by trying. */
static void
an_exact_multiple_has_no_empty_last_piece(void)
{
    unsigned found = 0;
    for (size_t len = 900; len < 2500; len++) {
        nm_payload p = payload_of(noise_of(len));
        model *m = model_new(512, false, 0);
        model_add(m, &p);
        if (m->bodies[0].len % 480 == 0) {
            sink s = sink_new(&(nm_builder_options){.container_len = 512, .may_fragment = true});
            sink_add(&s, &p);
            size_t offset = 0;
            CHECK_EQ(s.frame_count, m->bodies[0].len / 480);
            CHECK_EQ(fragment_of(sink_next(&s, &offset)).last, s.frame_count - 1);
            check_round_trip(&s, &p, 1, 1);
            sink_free(&s);
            found++;
        }
        model_free(m);
    }
    CHECK(found >= 2);
}

static void
compressed_octets_that_fit_are_an_ordinary_container(void)
{
    sink s = sink_new(&(nm_builder_options){.container_len = 512, .may_fragment = true});
    nm_payload p = payload_of(nm_span_of(zeros, 30000));
    nm_builder_set_zlib(s.builder, true, NM_ZLEVEL_DEFAULT);
    sink_add(&s, &p); /* Overfull by its size before compression. */
    CHECK_EQ(s.frame_count, 1);
    size_t offset = 0;
    nm_span frame = sink_next(&s, &offset);
    CHECK_EQ(header_of(frame).flags, NM_FLAG_ZLIB);
    CHECK(frame.len < 512);
    check_round_trip(&s, &p, 1, 1);
    sink_free(&s);
}

static void
without_fragments_everything_is_sent_whole(void)
{
    for (int has_zlib = 0; has_zlib <= 1; has_zlib++) {
        sink s = sink_new(&(nm_builder_options){.container_len = 512, .has_sequence = true});
        nm_payload p = payload_of(noise_of(30000));
        nm_builder_set_zlib(s.builder, has_zlib == 1, NM_ZLEVEL_DEFAULT);
        sink_add(&s, &p);
        CHECK_EQ(s.frame_count, 1);
        size_t offset = 0;
        CHECK_EQ(header_of(sink_next(&s, &offset)).flags, has_zlib == 1 ? NM_FLAG_ZLIB : 0);
        check_round_trip(&s, &p, 1, 1);
        sink_free(&s);
    }
}

static void
streams_come_back(void)
{
    enum { PAYLOADS = 2000 };
    static nm_payload payloads[PAYLOADS];
    static const struct {
        const char *name;
        int zlib_level; /**< 0: none. */
        bool has_sequence;
        size_t bufsz;
    } rows[] = {
        {"plain", 0, false, 8192},
        {"numbered", 0, true, 1280},
        {"compressed", NM_ZLEVEL_DEFAULT, false, 1048576},
        {"compressed fast and numbered", NM_ZLEVEL_MIN, true, 8192},
        {"compressed small and numbered", NM_ZLEVEL_MAX, true, 512},
    };
    for (size_t i = 0; i < PAYLOADS; i++) {
        size_t len = i * 37 % 400 + (i % 500 == 0 ? 5000 : 0);
        payloads[i] = payload_of(i % 3 == 0 ? noise_of(len) : nm_span_of(zeros, len));
        payloads[i].time_sec = (int64_t)i;
    }
    for (size_t r = 0; r < CHECK_COUNT(rows); r++) {
        CHECK_CASE(rows[r].name);
        sink s = sink_new(&(nm_builder_options){.container_len = rows[r].bufsz,
                                                .may_fragment = true,
                                                .has_sequence = rows[r].has_sequence,
                                                .sequence_id = 9,
                                                .fragment_seed = 1});
        uint64_t containers = 0;
        nm_builder_set_zlib(s.builder, rows[r].zlib_level != 0, rows[r].zlib_level);
        for (size_t i = 0; i < PAYLOADS; i++) {
            bool is_full = false;
            if (nm_builder_add(s.builder, &payloads[i], &is_full) == NM_FULL) {
                sink_close(&s);
                containers++;
                CHECK_EQ(nm_builder_add(s.builder, &payloads[i], &is_full), NM_OK);
            }
            if (is_full) {
                sink_close(&s);
                containers++;
            }
        }
        containers += nm_builder_count(s.builder) > 0;
        sink_close(&s);
        check_round_trip(&s, payloads, PAYLOADS, containers);
        sink_free(&s);
    }
}

/* The sequence number of the container that the frames from *offset on hold. */
static uint32_t
next_sequence(const sink *s, nm_decoder *d, size_t *offset, uint64_t *out_id)
{
    const nm_container *c = NULL;
    nm_status status = NM_AGAIN;
    while (status == NM_AGAIN) {
        status = nm_decoder_decode(d, sink_next(s, offset), &arrival, &c, NULL);
    }
    CHECK_EQ(status, NM_OK);
    CHECK(c != NULL && c->has_sequence);
    *out_id = c->sequence_id;
    return c->sequence;
}

static void
containers_are_numbered_from_zero_and_fragmented_ones_once(void)
{
    static const size_t lens[] = {10, 5000, 20, 600, 600, 30};
    sink s = sink_new(&(nm_builder_options){.container_len = 512,
                                            .may_fragment = true,
                                            .has_sequence = true,
                                            .sequence_id = 0x8000000000000001});
    nm_decoder *d = nm_decoder_new(&nm_limits_default, 3, &nm_allocator_heap);
    for (size_t i = 0; i < CHECK_COUNT(lens); i++) {
        nm_payload p = payload_of(noise_of(lens[i]));
        sink_add(&s, &p);
        sink_close(&s);
    }
    size_t offset = 0;
    for (uint32_t i = 0; i < CHECK_COUNT(lens); i++) {
        uint64_t id = 0;
        CHECK_EQ(next_sequence(&s, d, &offset, &id), i);
        CHECK_EQ(id, 0x8000000000000001);
    }
    CHECK_EQ(offset, s.frames.len);
    nm_decoder_free(d);
    sink_free(&s);
}

static void
every_fragmented_container_has_its_own_id(void)
{
    enum { CONTAINERS = 200 };
    uint32_t ids[CONTAINERS];
    sink s = sink_new(&(nm_builder_options){.container_len = 512, .may_fragment = true});
    size_t offset = 0;
    for (size_t i = 0; i < CONTAINERS; i++) {
        nm_payload p = payload_of(noise_of(900));
        sink_add(&s, &p);
        ids[i] = fragment_of(sink_next(&s, &offset)).id;
        CHECK_EQ(fragment_of(sink_next(&s, &offset)).id, ids[i]);
        for (size_t k = 0; k < i; k++) {
            CHECK(ids[k] != ids[i]);
        }
    }
    CHECK_EQ(offset, s.frames.len);
    sink_free(&s);
}

static void
compression_can_be_switched_between_containers(void)
{
    nm_payload p = payload_of(nm_span_of(zeros, 300));
    sink s = sink_new(&(nm_builder_options){.container_len = 8192, .may_fragment = true});
    for (int i = 0; i < 4; i++) {
        nm_builder_set_zlib(s.builder, i % 2 == 1, (int)i);
        sink_add(&s, &p);
        sink_close(&s);
    }
    size_t offset = 0;
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(header_of(sink_next(&s, &offset)).flags, i % 2 == 1 ? NM_FLAG_ZLIB : 0);
    }
    nm_payload all[4] = {p, p, p, p};
    check_round_trip(&s, all, 4, 4);
    sink_free(&s);
}

static void
an_empty_container_is_not_written(void)
{
    nm_span frame;
    sink s = sink_new(&(nm_builder_options){.container_len = 8192});
    sink_close(&s);
    sink_close(&s);
    CHECK_EQ(s.frame_count, 0);
    CHECK_EQ(nm_builder_next_frame(s.builder, &frame), NM_END);
    sink_free(&s);
}

static void
full_means_not_added(void)
{
    bool is_full = false;
    nm_payload p = payload_of(noise_of(400));
    sink s = sink_new(&(nm_builder_options){.container_len = 512});
    CHECK_EQ(nm_builder_add(s.builder, &p, &is_full), NM_OK);
    CHECK(!is_full);
    CHECK_EQ(nm_builder_count(s.builder), 1);
    CHECK_EQ(nm_builder_add(s.builder, &p, &is_full), NM_FULL);
    CHECK_EQ(nm_builder_add(s.builder, &p, &is_full), NM_FULL);
    CHECK_EQ(nm_builder_count(s.builder), 1);
    sink_close(&s);
    check_round_trip(&s, &p, 1, 1);
    sink_free(&s);
}

static void
closing_twice_is_closing_once(void)
{
    nm_span frame;
    bool is_full = false;
    nm_payload p = payload_of(noise_of(40));
    nm_builder *b = nm_builder_new(&(nm_builder_options){.has_sequence = true}, &nm_allocator_heap);
    CHECK_EQ(nm_builder_add(b, &p, &is_full), NM_OK);
    CHECK_EQ(nm_builder_close(b), NM_OK);
    CHECK_EQ(nm_builder_close(b), NM_OK);
    CHECK_EQ(nm_builder_next_frame(b, &frame), NM_OK);
    CHECK_EQ(nm_builder_next_frame(b, &frame), NM_END);
    nm_builder_free(b);
}

static void
a_message_of_gigabytes_is_refused(void)
{
    static const size_t lens[] = {(size_t)INT32_MAX + 1, (size_t)UINT32_MAX + 1, SIZE_MAX};
    bool is_full = false;
    sink s = sink_new(&(nm_builder_options){.container_len = 512});
    for (size_t i = 0; i < CHECK_COUNT(lens); i++) {
        nm_payload p = payload_of(nm_span_of(noise, lens[i])); /* Never read. */
        CHECK_EQ(nm_builder_add(s.builder, &p, &is_full), NM_E_LIMIT);
        CHECK_EQ(nm_builder_count(s.builder), 0);
    }
    nm_payload p = payload_of(noise_of(10));
    sink_add(&s, &p);
    sink_close(&s);
    check_round_trip(&s, &p, 1, 1);
    sink_free(&s);
}

/* Payloads that make containers of all kinds, through a builder whose calls are repeated until they
 * work. */
static void
build_patiently(nm_builder *b, failing_allocator *memory, octets *frames)
{
    static const size_t lens[] = {10, 100, 200, 300, 3000, 20};
    unsigned failed = 0;
    nm_builder_set_zlib(b, true, NM_ZLEVEL_MIN);
    for (size_t i = 0; i < CHECK_COUNT(lens); i++) {
        bool is_full = false;
        nm_status status;
        nm_payload p = payload_of(noise_of(lens[i]));
        while ((status = nm_builder_add(b, &p, &is_full)) == NM_E_NOMEM) {
            failed++;
        }
        bool must_close = status == NM_FULL || is_full || i + 1 == CHECK_COUNT(lens);
        while (must_close && nm_builder_close(b) == NM_E_NOMEM) {
            failed++;
        }
        nm_span frame;
        nm_status frame_status = must_close ? NM_OK : NM_END;
        while (frame_status != NM_END) {
            frame_status = nm_builder_next_frame(b, &frame);
            CHECK(frame_status == NM_OK || frame_status == NM_END || frame_status == NM_E_NOMEM);
            failed += frame_status == NM_E_NOMEM;
            if (frame_status == NM_OK) {
                octets_be(frames, frame.len, 8);
                octets_put_span(frames, frame);
            }
        }
        i -= status == NM_FULL; /* Not added yet. */
    }
    CHECK_EQ(failed, memory->has_failed ? 1 : 0);
}

/* What comes out must not depend on what failed on the way. */
static void
build_with_little_memory(failing_allocator *memory)
{
    static const nm_builder_options options = {
        .container_len = 512, .may_fragment = true, .has_sequence = true};
    failing_allocator plenty;
    octets frames = {0};
    octets expected = {0};
    nm_builder *b = nm_builder_new(&options, &memory->allocator);
    CHECK((b == NULL) <= memory->has_failed);
    if (b != NULL) {
        build_patiently(b, memory, &frames);
        nm_builder_free(b);

        failing_allocator_init(&plenty, 0);
        b = nm_builder_new(&options, &plenty.allocator);
        build_patiently(b, &plenty, &expected);
        nm_builder_free(b);
        CHECK_SPAN(octets_span(&frames), octets_span(&expected));
    }
    octets_free(&frames);
    octets_free(&expected);
}

static void
every_allocation_may_fail(void)
{
    sweep_result result = failing_allocator_sweep(build_with_little_memory, 1000);
    CHECK(result.is_complete);
    CHECK(result.failures > 6);
    CHECK_EQ(result.leaks, 0);
}

static void
freeing_nothing_does_nothing(void)
{
    nm_builder_free(NULL);
    CHECK(true);
}

CHECK_MAIN(CHECK_TEST(containers_are_split_as_worked_out_by_hand),
           CHECK_TEST(containers_are_split_where_the_rule_says),
           CHECK_TEST(containers_of_all_sizes_around_a_message),
           CHECK_TEST(random_streams_are_split_where_the_rule_says),
           CHECK_TEST(sizes_outside_the_bounds_are_clamped),
           CHECK_TEST(a_payload_above_the_size_is_fragmented),
           CHECK_TEST(an_exact_multiple_has_no_empty_last_piece),
           CHECK_TEST(compressed_octets_that_fit_are_an_ordinary_container),
           CHECK_TEST(without_fragments_everything_is_sent_whole), CHECK_TEST(streams_come_back),
           CHECK_TEST(containers_are_numbered_from_zero_and_fragmented_ones_once),
           CHECK_TEST(every_fragmented_container_has_its_own_id),
           CHECK_TEST(compression_can_be_switched_between_containers),
           CHECK_TEST(an_empty_container_is_not_written), CHECK_TEST(full_means_not_added),
           CHECK_TEST(closing_twice_is_closing_once), CHECK_TEST(a_message_of_gigabytes_is_refused),
           CHECK_TEST(every_allocation_may_fail), CHECK_TEST(freeing_nothing_does_nothing))
