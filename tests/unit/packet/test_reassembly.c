/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/reassembly.h"

#include "check.h"
#include "failing_allocator.h"
#include "packets.h"

typedef struct fixture {
    failing_allocator memory;
    nm_reassembly *r;
} fixture;

static void
setup(fixture *f, const nm_ip_limits *limits)
{
    failing_allocator_init(&f->memory, 0);
    f->r = nm_reassembly_new(limits, 77, &f->memory.allocator);
    CHECK(f->r != NULL);
}

static void
teardown(fixture *f)
{
    nm_reassembly_free(f->r);
    CHECK_EQ(f->memory.live, 0);
}

static nm_status
add_octets(nm_reassembly *r, nm_span in, int64_t sec, nm_reassembled *out)
{
    nm_ip_packet p;
    return nm_ip_packet_parse(in, &p) == NM_OK && p.is_fragment
               ? nm_reassembly_add(r, &p, in, sec, 5, out)
               : NM_E_ARGUMENT;
}

/* Add `len` octets of a datagram, which are a function of their offset. */
static nm_status
add_at(fixture *f, packet_plan plan, size_t offset, size_t len, bool has_more, int64_t sec)
{
    octets payload = {0};
    octets o = {0};
    nm_reassembled whole;
    for (size_t i = 0; i < len; i++) {
        octets_u8(&payload, (unsigned)(offset + i) & 0xff);
    }
    plan.fragment = packets_fragment(plan.version, offset, has_more);
    plan.has_fragment_header = true;
    packets_put(&o, &plan, octets_span(&payload));
    nm_status status = add_octets(f->r, octets_span(&o), sec, &whole);
    octets_free(&payload);
    octets_free(&o);
    return status;
}

static const packet_plan plan4 = {.version = 4, .protocol = 17, .id = 1, .from = 1};
static const packet_plan plan6 = {.version = 6, .protocol = 17, .id = 1, .from = 1};

static void
pieces_in_any_order_become_the_packet_that_was_sent(void)
{
    uint64_t random = 3;
    fixture f;
    setup(&f, &nm_ip_limits_default);
    for (int run = 0; run < 1000; run++) {
        octets whole = {0};
        octets pieces[64] = {{0}};
        octets expected = {0};
        size_t count = 0;
        packet_plan plan = {.version = run % 2 == 0 ? 4 : 6, .protocol = 17, .id = (unsigned)run};
        octets_noise(&whole, (uint64_t)run, 16 + check_random(&random) % 1200);
        for (size_t start = 0; start < whole.len;) {
            size_t end = start + 8 * (count == 0 ? 1 : 1 + check_random(&random) % 40);
            end = end < whole.len ? end : whole.len;
            packets_put_piece(&pieces[count++], plan, octets_span(&whole), start, end);
            start = end;
        }
        for (size_t i = count; i > 1; i--) {
            size_t k = check_random(&random) % i;
            octets other = pieces[k];
            pieces[k] = pieces[i - 1];
            pieces[i - 1] = other;
        }
        nm_reassembled out = {.count = 0};
        for (size_t i = 0; i < count; i++) {
            nm_status status = add_octets(f.r, octets_span(&pieces[i]), 100, &out);
            CHECK_EQ(status, i + 1 < count ? NM_AGAIN : NM_OK);
        }
        plan.fragment = 0;
        packets_put(&expected, &plan, octets_span(&whole));
        if (plan.version == 4) {
            uint16_t sum = packets_slow_checksum(nm_span_of(expected.data, 20));
            expected.data[10] = (uint8_t)(sum >> 8);
            expected.data[11] = (uint8_t)sum;
        }
        CHECK_SPAN(out.datagram, octets_span(&expected));
        CHECK_EQ(out.count, count);
        for (size_t i = 0; i < out.count; i++) {
            nm_ip_packet p;
            nm_ip_packet before = {.fragment_offset = 0};
            CHECK_EQ(nm_ip_packet_parse(out.fragments[i].packet, &p), NM_OK);
            if (i > 0) {
                CHECK_EQ(nm_ip_packet_parse(out.fragments[i - 1].packet, &before), NM_OK);
                CHECK(before.fragment_offset < p.fragment_offset);
            }
            CHECK_EQ(out.fragments[i].time_sec, 100);
            CHECK_EQ(out.fragments[i].time_nsec, 5);
        }
        for (size_t i = 0; i < count; i++) {
            octets_free(&pieces[i]);
        }
        octets_free(&whole);
        octets_free(&expected);
    }
    CHECK_EQ(nm_reassembly_counts_get(f.r).whole, 1000);
    teardown(&f);
}

static void
padding_is_not_kept_and_options_are(void)
{
    fixture f;
    nm_reassembled out = {.count = 0};
    setup(&f, &nm_ip_limits_default);
    static const uint8_t first[] = {0x46, 0,   0,   32,  0,   1,   0x20, 0,   64,  17,  0,  0,
                                    10,   0,   0,   1,   10,  0,   0,    2,   1,   1,   1,  1,
                                    'a',  'b', 'c', 'd', 'e', 'f', 'g',  'h', 'P', 'A', 'D'};
    static const uint8_t last[] = {0x45, 0, 0, 22, 0, 1, 0, 1,   64,  17,  0,   0,  10,
                                   0,    0, 1, 10, 0, 0, 2, 'i', 'j', 'P', 'A', 'D'};
    CHECK_EQ(add_octets(f.r, nm_span_of(last, sizeof last), 0, &out), NM_AGAIN);
    CHECK_EQ(add_octets(f.r, nm_span_of(first, sizeof first), 0, &out), NM_OK);
    CHECK_OR_EXIT(out.datagram.data != NULL && out.datagram.len == 34);
    CHECK_TEXT(out.datagram.data + 24, 10, "abcdefghij");
    CHECK_EQ(out.fragments[0].packet.len, 32);
    CHECK_EQ(out.fragments[1].packet.len, 22);
    teardown(&f);
}

/* RFC 8200 section 4.5: the header before the fragment header names what comes behind it. */
static void
the_header_before_an_ipv6_fragment_header_is_patched(void)
{
    /* clang-format off */
    static const uint8_t packet[] = {
        0x60, 0, 0, 0, 0, 36, 0, 64,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
        51, 0, 1, 4, 0, 0, 0, 0,                         /* Hop-by-hop options. */
        44, 2, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, /* Authentication. */
        17, 0, 0, 0, 0, 0, 0, 7,                         /* Fragment, all there is. */
        'd', 'a', 't', 'a',
    };
    /* clang-format on */
    fixture f;
    nm_reassembled out = {.count = 0};
    nm_ip_packet p = {.version = 0};
    setup(&f, &nm_ip_limits_default);
    CHECK_EQ(add_octets(f.r, nm_span_of(packet, sizeof packet), 0, &out), NM_OK);
    CHECK_OR_EXIT(out.datagram.data != NULL && out.datagram.len == sizeof packet - 8);
    CHECK_EQ(nm_ip_packet_parse(out.datagram, &p), NM_OK);
    CHECK_EQ(p.protocol, 17);
    CHECK(!p.is_fragment);
    CHECK_EQ(out.datagram.data[48], 17);
    CHECK_TEXT(p.payload.data, p.payload.len, "data");
    CHECK_EQ(out.count, 1);
    CHECK_SPAN(out.fragments[0].packet, nm_span_of(packet, sizeof packet));
    teardown(&f);
}

/* One fragment of a case. */
typedef struct piece_row {
    size_t offset;
    size_t len;
    bool has_more;
    nm_status status;
} piece_row;

static void
contradictions_spoil_a_datagram(void)
{
    static const struct {
        const char *name;
        piece_row rows[6];
    } cases[] = {
        {"a duplicate",
         {{0, 16, true, NM_AGAIN}, {0, 16, true, NM_E_PARSE}, {16, 5, false, NM_E_PARSE}}},
        {"overlap with the one before",
         {{0, 16, true, NM_AGAIN}, {8, 16, true, NM_E_PARSE}, {24, 5, false, NM_E_PARSE}}},
        {"overlap with the one behind",
         {{16, 16, true, NM_AGAIN}, {8, 16, true, NM_E_PARSE}, {0, 8, true, NM_E_PARSE}}},
        {"one inside another", {{0, 32, true, NM_AGAIN}, {8, 8, true, NM_E_PARSE}}},
        {"one around another", {{8, 8, true, NM_AGAIN}, {0, 32, true, NM_E_PARSE}}},
        {"no multiple of 8", {{0, 15, true, NM_E_PARSE}, {16, 5, false, NM_E_PARSE}}},
        {"behind the final", {{16, 5, false, NM_AGAIN}, {24, 8, true, NM_E_PARSE}}},
        {"over the end", {{16, 8, false, NM_AGAIN}, {8, 24, true, NM_E_PARSE}}},
        {"a second final", {{16, 5, false, NM_AGAIN}, {24, 5, false, NM_E_PARSE}}},
        {"a final before others", {{16, 8, true, NM_AGAIN}, {8, 5, false, NM_E_PARSE}}},
        {"an empty one between two",
         {{0, 8, true, NM_AGAIN}, {8, 0, true, NM_AGAIN}, {8, 8, false, NM_OK}}},
        {"an empty final", {{0, 8, true, NM_AGAIN}, {8, 0, false, NM_OK}}},
        {"an empty final first", {{8, 0, false, NM_AGAIN}, {0, 8, true, NM_OK}}},
        {"a gap", {{0, 8, true, NM_AGAIN}, {16, 8, false, NM_AGAIN}, {8, 8, true, NM_OK}}},
    };
    for (size_t i = 0; i < CHECK_COUNT(cases); i++) {
        CHECK_CASE(cases[i].name);
        fixture f;
        uint64_t spoilt = 0;
        setup(&f, &nm_ip_limits_default);
        for (size_t k = 0; k < CHECK_COUNT(cases[i].rows); k++) {
            const piece_row *row = &cases[i].rows[k];
            if (row->offset + row->len > 0 || row->has_more) {
                CHECK_EQ(add_at(&f, plan4, row->offset, row->len, row->has_more, 0), row->status);
                spoilt = row->status == NM_E_PARSE ? 1 : spoilt;
            }
        }
        CHECK_EQ(nm_reassembly_counts_get(f.r).given_up, spoilt);
        teardown(&f);
    }
}

static void
only_fragments_of_one_datagram_come_together(void)
{
    static const struct {
        const char *name;
        packet_plan plan;
        bool is_other;
    } rows[] = {
        {"another id", {.version = 4, .protocol = 17, .id = 2, .from = 1}, true},
        {"another protocol", {.version = 4, .protocol = 6, .id = 1, .from = 1}, true},
        {"another source", {.version = 4, .protocol = 17, .id = 1, .from = 2}, true},
        {"another version", {.version = 6, .protocol = 17, .id = 1, .from = 1}, true},
        {"the same", {.version = 4, .protocol = 17, .id = 1, .from = 1}, false},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        fixture f;
        setup(&f, &nm_ip_limits_default);
        CHECK_EQ(add_at(&f, plan4, 0, 8, true, 0), NM_AGAIN);
        CHECK_EQ(add_at(&f, rows[i].plan, 8, 8, false, 0), rows[i].is_other ? NM_AGAIN : NM_OK);
        teardown(&f);
    }
    CHECK_CASE("IPv6 does not look at the protocol");
    fixture f;
    packet_plan other = plan6;
    other.protocol = 6;
    setup(&f, &nm_ip_limits_default);
    CHECK_EQ(add_at(&f, plan6, 0, 8, true, 0), NM_AGAIN);
    CHECK_EQ(add_at(&f, other, 8, 8, false, 0), NM_OK);
    teardown(&f);
}

static void
what_is_too_old_is_given_up(void)
{
    fixture f;
    setup(&f, &nm_ip_limits_default);
    CHECK_EQ(add_at(&f, plan4, 0, 8, true, 1000), NM_AGAIN);
    CHECK_EQ(add_at(&f, plan4, 16, 8, false, 1060), NM_AGAIN);
    nm_reassembly_expire(f.r, 1060);
    CHECK_EQ(nm_reassembly_counts_get(f.r).given_up, 0);
    nm_reassembly_expire(f.r, 900); /* Clocks go back. */
    CHECK_EQ(nm_reassembly_counts_get(f.r).given_up, 0);
    CHECK_EQ(add_at(&f, plan4, 8, 8, true, 1061), NM_AGAIN); /* Of a new datagram. */
    CHECK_EQ(nm_reassembly_counts_get(f.r).given_up, 1);
    CHECK_EQ(add_at(&f, plan4, 16, 8, false, 1061), NM_AGAIN);
    CHECK_EQ(add_at(&f, plan4, 0, 8, true, 1061), NM_OK);
    nm_reassembly_expire(f.r, INT64_MAX);
    nm_reassembly_expire(f.r, INT64_MIN);
    CHECK_EQ(nm_reassembly_counts_get(f.r).given_up, 1);
    teardown(&f);
}

static void
a_spoilt_datagram_can_be_sent_again_later(void)
{
    fixture f;
    setup(&f, &nm_ip_limits_default);
    CHECK_EQ(add_at(&f, plan4, 0, 8, true, 0), NM_AGAIN);
    CHECK_EQ(add_at(&f, plan4, 0, 8, true, 0), NM_E_PARSE);
    CHECK_EQ(add_at(&f, plan4, 8, 8, false, 60), NM_E_PARSE);
    CHECK_EQ(add_at(&f, plan4, 0, 8, true, 61), NM_AGAIN);
    CHECK_EQ(add_at(&f, plan4, 8, 8, false, 61), NM_OK);
    CHECK_EQ(nm_reassembly_counts_get(f.r).given_up, 1);
    teardown(&f);
}

static void
the_oldest_goes_when_there_are_too_many(void)
{
    const nm_ip_limits limits = {.datagrams = 100, .len = 64U << 20, .timeout_sec = 60};
    fixture f;
    packet_plan plan = plan6;
    setup(&f, &limits);
    for (unsigned i = 0; i < 1000; i++) {
        plan.id = i;
        CHECK_EQ(add_at(&f, plan, 0, 8, true, 0), NM_AGAIN);
    }
    CHECK_EQ(nm_reassembly_counts_get(f.r).given_up, 900);
    for (unsigned i = 1000; i-- > 0;) {
        plan.id = i;
        nm_status status = add_at(&f, plan, 8, 8, false, 0);
        CHECK_EQ(status, i >= 900 ? NM_OK : NM_AGAIN);
        if (i == 900) {
            break; /* Those before make room for one another. */
        }
    }
    teardown(&f);
}

static void
octets_kept_are_bounded(void)
{
    const nm_ip_limits limits = {.datagrams = 4096, .len = 100000, .timeout_sec = 60};
    fixture f;
    packet_plan plan = plan4;
    setup(&f, &limits);
    for (unsigned i = 0; i < 500; i++) {
        plan.id = i;
        CHECK_EQ(add_at(&f, plan, 0, 8000, true, 0), NM_AGAIN);
    }
    /* Each takes 8,192 octets and a list, so that about a dozen is kept. */
    CHECK(nm_reassembly_counts_get(f.r).given_up >= 488);
    CHECK(f.memory.live < 40);
    CHECK_EQ(add_at(&f, plan, 8000, 8, false, 0), NM_OK); /* The newest is there. */
    teardown(&f);
}

static void
too_long_a_datagram_is_refused(void)
{
    fixture f;
    setup(&f, &nm_ip_limits_default);
    CHECK_EQ(add_at(&f, plan4, 65528, 100, false, 0), NM_AGAIN);
    for (size_t at = 0; at < 65528; at += 8191 * 4) {
        size_t len = 65528 - at < 8191 * 4 ? 65528 - at : 8191 * 4;
        nm_status status = add_at(&f, plan4, at, len / 8 * 8, true, 0);
        CHECK(status == NM_AGAIN || status == NM_E_PARSE);
    }
    CHECK_EQ(nm_reassembly_counts_get(f.r).whole, 0);
    teardown(&f);
}

static void
many_tiny_fragments_take_little_time(void)
{
    fixture f;
    setup(&f, &nm_ip_limits_default);
    for (unsigned i = 8189; i > 0; i--) { /* Backwards, so that each goes to the front. */
        CHECK_EQ(add_at(&f, plan4, 8 * (size_t)i, 8, i < 8189, 0), NM_AGAIN);
    }
    CHECK_EQ(add_at(&f, plan4, 0, 8, true, 0), NM_E_PARSE); /* 65,520 and the header. */
    teardown(&f);
}

static void
some_fragments(failing_allocator *memory)
{
    nm_reassembly *r = nm_reassembly_new(&nm_ip_limits_default, 1, &memory->allocator);
    if (r == NULL) {
        return;
    }
    fixture f = {.r = r};
    packet_plan plan = plan4;
    for (unsigned id = 0; id < 40; id++) {
        plan.id = id;
        for (size_t at = 0; at < 48; at += 8) {
            nm_status status = add_at(&f, plan, at, 8, at + 8 < 48 || id % 2 == 1, 0);
            CHECK(status == NM_OK || status == NM_AGAIN || status == NM_E_NOMEM ||
                  status == NM_E_PARSE);
        }
    }
    nm_reassembly_free(r);
}

static void
no_memory_is_survived(void)
{
    sweep_result result = failing_allocator_sweep(some_fragments, 2000);
    CHECK(result.failures > 20);
    CHECK_EQ(result.leaks, 0);
    CHECK(result.is_complete);
}

CHECK_MAIN(CHECK_TEST(pieces_in_any_order_become_the_packet_that_was_sent),
           CHECK_TEST(padding_is_not_kept_and_options_are),
           CHECK_TEST(the_header_before_an_ipv6_fragment_header_is_patched),
           CHECK_TEST(contradictions_spoil_a_datagram),
           CHECK_TEST(only_fragments_of_one_datagram_come_together),
           CHECK_TEST(what_is_too_old_is_given_up),
           CHECK_TEST(a_spoilt_datagram_can_be_sent_again_later),
           CHECK_TEST(the_oldest_goes_when_there_are_too_many), CHECK_TEST(octets_kept_are_bounded),
           CHECK_TEST(too_long_a_datagram_is_refused),
           CHECK_TEST(many_tiny_fragments_take_little_time), CHECK_TEST(no_memory_is_survived))
