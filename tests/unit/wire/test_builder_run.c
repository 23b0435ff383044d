/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads added some at a time give the containers that they give one by one. */
#include "builder_sink.h"
#include "check.h"
#include "failing_allocator.h"
#include "octets.h"
#include "wire/builder.h"
#include "wire/decoder.h"

enum { PAYLOADS = 300, TURNS = 400 };

static const nm_arrival arrival = {.now_sec = 1};

static uint8_t noise[1 << 14];

static nm_span
noise_of(size_t start, size_t len)
{
    if (noise[0] == 0) {
        uint64_t random = 42;
        for (size_t i = 0; i < sizeof noise; i++) {
            noise[i] = (uint8_t)(check_random(&random) >> 32 | (i == 0));
        }
    }
    return nm_span_of(noise + start, len);
}

/* Payloads as readers have them: decoded from a container. */
typedef struct received {
    sink sent;
    nm_decoder *decoder;
    nm_payload payloads[PAYLOADS];
} received;

static size_t
random_below(uint64_t *random, size_t limit)
{
    return (size_t)(check_random(random) >> 33) % limit;
}

static nm_payload
random_payload(uint64_t *random)
{
    nm_payload p = {
        .time_sec = random_below(random, 4) > 0 ? 1700000000 : (int64_t)random_below(random, 1000),
        .vendor = random_below(random, 20) > 0 ? 2 : 200,
        .type = 1,
        .has = (unsigned)random_below(random, NM_HAS_FIELDS + 1),
    };
    p.source = (p.has & NM_HAS_SOURCE) != 0 ? (uint32_t)random_below(random, 1000) : 0;
    p.operator = (p.has & NM_HAS_OPERATOR) != 0 ? 3 : 0;
    p.group = (p.has & NM_HAS_GROUP) != 0 ? 5 : 0;
    if ((p.has & NM_HAS_DATA) != 0) {
        size_t most = random_below(random, 8) > 0 ? 150 : 5000;
        p.data = noise_of(random_below(random, 4096), random_below(random, most));
    }
    return p;
}

static void
receive(received *r, uint64_t *random)
{
    const nm_container *c = NULL;
    r->sent = sink_new(&(nm_builder_options){.container_len = NM_BUILDER_LEN_MAX});
    for (size_t i = 0; i < PAYLOADS; i++) {
        nm_payload p = random_payload(random);
        sink_add(&r->sent, &p);
    }
    sink_close(&r->sent);
    CHECK_EQ(r->sent.frame_count, 1);
    r->decoder = nm_decoder_new(&nm_limits_default, 3, &nm_allocator_heap);
    nm_span frame = sink_next(&r->sent, &(size_t){0});
    CHECK_EQ(nm_decoder_decode(r->decoder, frame, &arrival, &c, NULL), NM_OK);
    CHECK_EQ(c->count, PAYLOADS);
    memcpy(r->payloads, c->payloads, sizeof r->payloads);
}

static void
forget(received *r)
{
    nm_decoder_free(r->decoder);
    sink_free(&r->sent);
}

/* What makes runs end: payloads that are not as they lie, or not where the one before ends. */
static void
disturb(received *r, uint64_t *random)
{
    for (size_t turn = random_below(random, 12); turn > 0; turn--) {
        size_t i = random_below(random, PAYLOADS);
        size_t k = random_below(random, PAYLOADS);
        nm_payload *p = &r->payloads[i];
        switch (random_below(random, 3)) {
        case 0:
            p->group = 77; /* As who changes the header does. */
            p->has |= NM_HAS_GROUP;
            p->record = nm_span_of(NULL, 0);
            break;
        case 1:
            p->has &= NM_HAS_FIELDS; /* Its CRC is not known. */
            break;
        default:
            *p = r->payloads[k];
            break;
        }
    }
}

/* Add all payloads, some at a time. */
static void
add_in_runs(sink *s, const nm_payload *payloads, uint64_t *random)
{
    for (size_t i = 0; i < PAYLOADS;) {
        size_t count = 1 + random_below(random, PAYLOADS - i);
        size_t added = PAYLOADS;
        bool is_full = false;
        CHECK_EQ(nm_builder_add_run(s->builder, payloads + i, count, &added, &is_full), NM_OK);
        CHECK(added <= count);
        CHECK(added == count || is_full);
        i += added;
        if (is_full) {
            sink_close(s);
        }
    }
    sink_close(s);
}

static void
runs_give_the_containers_of_single_payloads(void)
{
    static const size_t sizes[] = {512, 1280, 8192, 65536, 1048576};
    uint64_t random = 1;
    for (size_t turn = 0; turn < TURNS; turn++) {
        static received r;
        nm_builder_options options = {.container_len = sizes[turn % CHECK_COUNT(sizes)],
                                      .may_fragment = turn % 2 == 0,
                                      .has_sequence = turn % 3 == 0,
                                      .sequence_id = turn,
                                      .fragment_seed = 7};
        receive(&r, &random);
        disturb(&r, &random);
        sink single = sink_new(&options);
        sink runs = sink_new(&options);
        for (size_t i = 0; i < PAYLOADS; i++) {
            sink_add(&single, &r.payloads[i]);
        }
        sink_close(&single);
        add_in_runs(&runs, r.payloads, &random);
        CHECK_EQ(runs.frame_count, single.frame_count);
        CHECK_SPAN(octets_span(&runs.frames), octets_span(&single.frames));
        sink_free(&runs);
        sink_free(&single);
        forget(&r);
    }
}

static void
a_run_of_nothing_changes_nothing(void)
{
    sink s = sink_new(&(nm_builder_options){.container_len = 512});
    size_t added = 7;
    bool is_full = true;
    CHECK_EQ(nm_builder_add_run(s.builder, NULL, 0, &added, &is_full), NM_OK);
    CHECK_EQ(added, 0);
    CHECK(!is_full);
    CHECK_EQ(nm_builder_count(s.builder), 0);
    sink_free(&s);
}

static void
add_until_memory_fails(failing_allocator *memory)
{
    static received r;
    uint64_t random = 5;
    size_t total = 0;
    bool is_full = false;
    receive(&r, &random);
    nm_builder *b = nm_builder_new(&(nm_builder_options){.container_len = NM_BUILDER_LEN_MAX},
                                   &memory->allocator);
    while (b != NULL && total < PAYLOADS) {
        size_t added = 0;
        nm_status status =
            nm_builder_add_run(b, r.payloads + total, PAYLOADS - total, &added, &is_full);
        CHECK(status == NM_OK || (status == NM_E_NOMEM && memory->has_failed));
        total += added;
        CHECK_EQ(nm_builder_count(b), total);
    }
    nm_builder_free(b);
    forget(&r);
}

static void
without_memory_what_was_added_stays(void)
{
    sweep_result result = failing_allocator_sweep(add_until_memory_fails, 1000);
    CHECK(result.is_complete);
    CHECK(result.failures > 3);
    CHECK_EQ(result.leaks, 0);
}

CHECK_MAIN(CHECK_TEST(runs_give_the_containers_of_single_payloads),
           CHECK_TEST(a_run_of_nothing_changes_nothing),
           CHECK_TEST(without_memory_what_was_added_stays))
