/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/ip_assembly.h"

#include "check.h"
#include "failing_allocator.h"
#include "packets.h"

enum {
    ID = 7,
    PIECES_MAX = 100,
};

/* Packets, each in octets of its own so that a sanitizer sees where they end. */
typedef struct pieces {
    octets octets[PIECES_MAX];
    nm_span spans[PIECES_MAX];
    size_t count;
} pieces;

static void
pieces_add(pieces *p, octets o)
{
    p->octets[p->count] = o;
    p->spans[p->count] = octets_span(&p->octets[p->count]);
    p->count++;
}

static void
pieces_cut(pieces *p, packet_plan plan, nm_span whole, size_t start, size_t end)
{
    octets o = {0};
    packets_put_piece(&o, plan, whole, start, end);
    pieces_add(p, o);
}

/* A fragment with octets of its own. */
static void
pieces_make(pieces *p, unsigned version, size_t offset, size_t len, bool has_more)
{
    octets payload = {0};
    octets o = {0};
    packet_plan plan = {.version = version,
                        .protocol = 17,
                        .id = ID,
                        .fragment = packets_fragment(version, offset, has_more),
                        .has_fragment_header = true};
    octets_noise(&payload, offset, len);
    packets_put(&o, &plan, octets_span(&payload));
    pieces_add(p, o);
    octets_free(&payload);
}

static void
pieces_free(pieces *p)
{
    for (size_t i = 0; i < p->count; i++) {
        octets_free(&p->octets[i]);
    }
    p->count = 0;
}

static nm_status
assemble(const pieces *p, nm_buffer *out, nm_ip_packet *packet)
{
    return nm_ip_assemble(p->spans, p->count, out, packet);
}

static void
random_fragments_come_together(void)
{
    uint64_t random = 11;
    nm_buffer out;
    nm_buffer_init(&out, 65535, &nm_allocator_heap);
    for (int run = 0; run < 2000; run++) {
        octets whole = {0};
        pieces p = {.count = 0};
        packet_plan plan = {.version = run % 2 == 0 ? 4 : 6, .protocol = 17, .id = ID, .from = 5};
        octets_noise(&whole, (uint64_t)run, 9 + check_random(&random) % 1500);
        for (size_t start = 0; start < whole.len;) {
            size_t end = start + 8 * (1 + check_random(&random) % (start == 0 ? 1 : 40));
            end = end < whole.len ? end : whole.len;
            pieces_cut(&p, plan, octets_span(&whole), start, end);
            start = end;
        }
        for (size_t i = p.count; i > 1; i--) { /* Shuffle. */
            size_t k = check_random(&random) % i;
            nm_span other = p.spans[k];
            p.spans[k] = p.spans[i - 1];
            p.spans[i - 1] = other;
        }
        nm_ip_packet packet;
        CHECK_EQ(assemble(&p, &out, &packet), NM_OK);
        CHECK_SPAN(packet.payload, octets_span(&whole));
        CHECK(packet.payload.data == out.data);
        CHECK_EQ(packet.version, plan.version);
        CHECK_EQ(packet.protocol, 17);
        CHECK_EQ(packet.id, ID);
        CHECK_EQ(packet.source.data[packet.source.len - 1], 5);
        CHECK_EQ(packet.header_len, plan.version == 4 ? 20 : 40);
        CHECK_EQ(packet.packet_len, packet.header_len + whole.len);
        CHECK(!packet.is_fragment && !packet.has_more && packet.fragment_offset == 0);
        if (p.count > 2) {
            p.count--;
            CHECK_EQ(assemble(&p, &out, &packet), NM_E_PARSE);
            p.count++;
        }
        pieces_free(&p);
        octets_free(&whole);
    }
    nm_buffer_clear(&out);
}

/* One fragment of a case. */
typedef struct piece_row {
    size_t offset;
    size_t len;
    bool has_more;
} piece_row;

static void
only_whole_datagrams_without_overlap(void)
{
    static const struct {
        const char *name;
        piece_row rows[4];
        size_t count;
        nm_status status;
        size_t len;
    } cases[] = {
        {"two", {{0, 16, true}, {16, 5, false}}, 2, NM_OK, 21},
        {"final one without octets", {{0, 16, true}, {16, 0, false}}, 2, NM_OK, 16},
        {"final one missing", {{0, 16, true}, {16, 8, true}}, 2, NM_E_PARSE, 0},
        {"first one missing", {{8, 8, true}, {16, 5, false}}, 2, NM_E_PARSE, 0},
        {"middle one missing", {{0, 8, true}, {16, 5, false}}, 2, NM_E_PARSE, 0},
        {"a duplicate", {{0, 16, true}, {0, 16, true}, {16, 5, false}}, 3, NM_E_PARSE, 0},
        {"a second final", {{0, 16, true}, {16, 5, false}, {16, 5, false}}, 3, NM_E_PARSE, 0},
        {"a second final farther on",
         {{0, 8, true}, {8, 8, false}, {16, 5, false}},
         3,
         NM_E_PARSE,
         0},
        {"a second final without octets",
         {{0, 8, true}, {8, 8, false}, {16, 0, false}},
         3,
         NM_E_PARSE,
         0},
        {"overlap at the start", {{0, 16, true}, {8, 16, true}, {24, 5, false}}, 3, NM_E_PARSE, 0},
        {"one inside another", {{0, 32, true}, {8, 8, true}, {32, 5, false}}, 3, NM_E_PARSE, 0},
        {"one around another", {{8, 8, true}, {0, 32, true}, {32, 5, false}}, 3, NM_E_PARSE, 0},
        {"overlap with the final",
         {{0, 16, true}, {8, 16, true}, {16, 5, false}},
         3,
         NM_E_PARSE,
         0},
        {"overlap of the last block",
         {{0, 16, true}, {16, 5, false}, {16, 8, true}},
         3,
         NM_E_PARSE,
         0},
        {"overlap and a gap as long",
         {{0, 16, true}, {8, 8, true}, {24, 8, false}},
         3,
         NM_E_PARSE,
         0},
        {"octets behind the final",
         {{0, 16, true}, {16, 5, false}, {24, 8, true}},
         3,
         NM_E_PARSE,
         0},
        {"octets behind a full final",
         {{0, 16, true}, {16, 8, false}, {24, 8, true}},
         3,
         NM_E_PARSE,
         0},
        {"no multiple of 8", {{0, 15, true}, {16, 5, false}}, 2, NM_E_PARSE, 0},
        {"an empty one before the final",
         {{0, 16, true}, {16, 0, true}, {16, 5, false}},
         3,
         NM_OK,
         21},
        {"an empty one inside another",
         {{0, 16, true}, {8, 0, true}, {16, 5, false}},
         3,
         NM_OK,
         21},
        {"empty ones only", {{0, 0, true}, {0, 0, false}}, 2, NM_E_PARSE, 0},
        {"the largest", {{0, 32768, true}, {32768, 32747, false}}, 2, NM_OK, 65515},
        {"one octet more", {{0, 32768, true}, {32768, 32748, false}}, 2, NM_E_PARSE, 0},
        {"beyond what can be", {{0, 32768, true}, {65528, 8, false}}, 2, NM_E_PARSE, 0},
        {"all empty", {{0, 0, false}, {0, 0, false}}, 2, NM_E_PARSE, 0},
    };
    nm_buffer out;
    nm_buffer_init(&out, 65535, &nm_allocator_heap);
    for (size_t i = 0; i < CHECK_COUNT(cases); i++) {
        CHECK_CASE(cases[i].name);
        for (unsigned version = 4; version <= 6; version += 2) {
            for (size_t shift = 0; shift < cases[i].count; shift++) { /* The order is no matter. */
                pieces p = {.count = 0};
                for (size_t k = 0; k < cases[i].count; k++) {
                    const piece_row *row = &cases[i].rows[(k + shift) % cases[i].count];
                    pieces_make(&p, version, row->offset, row->len, row->has_more);
                }
                bool fits = version == 6 && strcmp(cases[i].name, "one octet more") == 0;
                nm_ip_packet packet = {.version = 99};
                CHECK_EQ(assemble(&p, &out, &packet), fits ? NM_OK : cases[i].status);
                CHECK(packet.version == 99 || fits || packet.payload.len == cases[i].len);
                pieces_free(&p);
            }
        }
    }
    nm_buffer_clear(&out);
}

static void
fragments_must_be_of_one_datagram(void)
{
    static const struct {
        const char *name;
        unsigned version;
        size_t at; /* Octet of the second packet to change. */
        bool is_other;
    } rows[] = {
        {"IPv4 id", 4, 5, true},
        {"IPv4 protocol", 4, 9, true},
        {"IPv4 source", 4, 15, true},
        {"IPv4 destination", 4, 19, true},
        {"IPv4 time to live", 4, 8, false},
        {"IPv6 id", 6, 47, true},
        {"IPv6 source", 6, 8, true},
        {"IPv6 destination", 6, 39, true},
        {"IPv6 next header", 6, 40, false},
        {"IPv6 flow label", 6, 3, false},
        {"version", 4, 0, true},
    };
    nm_buffer out;
    nm_buffer_init(&out, 65535, &nm_allocator_heap);
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        pieces p = {.count = 0};
        pieces_make(&p, rows[i].version, 0, 24, true);
        pieces_make(&p, rows[i].version, 24, 24, false);
        p.octets[1].data[rows[i].at] ^= 0x20; /* A version 4 becomes 6. */
        nm_ip_packet packet;
        CHECK_EQ(assemble(&p, &out, &packet), rows[i].is_other ? NM_E_PARSE : NM_OK);
        pieces_free(&p);
    }
    nm_buffer_clear(&out);
}

static void
a_single_packet_stays_where_it_is(void)
{
    nm_buffer out;
    nm_buffer_init(&out, 65535, &nm_allocator_heap);
    for (unsigned version = 4; version <= 6; version += 2) {
        octets o = {0};
        packet_plan plan = {.version = version, .protocol = 17};
        packets_put(&o, &plan, nm_span_of("payload", 7));
        nm_span spans[] = {octets_span(&o), octets_span(&o)};
        nm_ip_packet packet;
        CHECK_EQ(nm_ip_assemble(spans, 1, &out, &packet), NM_OK);
        CHECK_TEXT(packet.payload.data, packet.payload.len, "payload");
        CHECK(packet.payload.data == o.data + o.len - 7);
        CHECK_EQ(out.len, 0);
        CHECK_EQ(nm_ip_assemble(spans, 2, &out, &packet), NM_E_PARSE); /* No fragments. */
        octets_free(&o);
    }
    nm_buffer_clear(&out);
}

static void
a_single_fragment_must_be_the_whole_datagram(void)
{
    static const struct {
        const char *name;
        unsigned version;
        size_t offset;
        size_t len;
        bool has_more;
        nm_status status;
    } rows[] = {
        {"IPv4 first", 4, 0, 8, true, NM_E_PARSE},
        {"IPv4 final", 4, 8, 8, false, NM_E_PARSE},
        {"IPv6 first", 6, 0, 8, true, NM_E_PARSE},
        {"IPv6 final", 6, 8, 8, false, NM_E_PARSE},
        {"IPv6 first and final", 6, 0, 8, false, NM_OK},
        {"IPv6 nothing", 6, 0, 0, false, NM_E_PARSE},
    };
    nm_buffer out;
    nm_buffer_init(&out, 65535, &nm_allocator_heap);
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        pieces p = {.count = 0};
        pieces_make(&p, rows[i].version, rows[i].offset, rows[i].len, rows[i].has_more);
        nm_ip_packet packet = {.version = 99};
        CHECK_EQ(assemble(&p, &out, &packet), rows[i].status);
        if (rows[i].status == NM_OK) {
            CHECK_EQ(packet.header_len, 40);
            CHECK_EQ(packet.packet_len, 48);
            CHECK(!packet.is_fragment);
            CHECK(packet.payload.data == p.spans[0].data + 48);
        }
        pieces_free(&p);
    }
    nm_buffer_clear(&out);
}

static void
extension_headers_behind_the_fragment_header_are_skipped(void)
{
    static const uint8_t whole[] = {0, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 'u', 'd', 'p'};
    uint8_t datagram[sizeof whole];
    static const struct {
        const char *name;
        uint8_t next;
        uint8_t next_but_one;
        nm_status status;
    } rows[] = {
        {"destination options and routing", 60, 43, NM_OK},
        {"a fragment header", 60, 44, NM_E_PARSE},
        {"a header that ends beyond", 60, 51, NM_OK},
    };
    nm_buffer out;
    nm_buffer_init(&out, 65535, &nm_allocator_heap);
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        pieces p = {.count = 0};
        packet_plan plan = {.version = 6, .protocol = rows[i].next, .id = ID};
        memcpy(datagram, whole, sizeof whole);
        datagram[0] = rows[i].next_but_one;
        pieces_cut(&p, plan, nm_span_of(datagram, sizeof datagram), 8, sizeof datagram);
        pieces_cut(&p, plan, nm_span_of(datagram, sizeof datagram), 0, 8);
        nm_ip_packet packet;
        CHECK_EQ(assemble(&p, &out, &packet), rows[i].status);
        if (rows[i].status == NM_OK) {
            CHECK_EQ(packet.protocol, 17);
            CHECK_EQ(packet.header_len, 56);
            CHECK_TEXT(packet.payload.data, packet.payload.len, "udp");
        }
        pieces_free(&p);
    }
    nm_buffer_clear(&out);
}

static void
the_length_field_bounds_what_stands_before_the_fragment_header_too(void)
{
    nm_buffer out;
    nm_buffer_init(&out, 65535, &nm_allocator_heap);
    for (size_t len = 65527; len <= 65528; len++) { /* And 8 octets of options. */
        octets noise = {0};
        pieces p = {.count = 0};
        octets_noise(&noise, 1, len);
        for (size_t start = 0; start < len; start += 40000) {
            octets o = {0};
            size_t end = start + 40000 < len ? start + 40000 : len;
            packet_plan plan = {.version = 6, .protocol = 0};
            uint8_t headers[16] = {44, 0, 0, 0, 0, 0, 0, 0, 17};
            headers[10] = (uint8_t)(start >> 8);
            headers[11] = (uint8_t)(start | (end < len));
            octets payload = {0};
            octets_put(&payload, headers, sizeof headers);
            octets_put(&payload, noise.data + start, end - start);
            packets_put(&o, &plan, octets_span(&payload));
            pieces_add(&p, o);
            octets_free(&payload);
        }
        nm_ip_packet packet;
        CHECK_EQ(assemble(&p, &out, &packet), len == 65527 ? NM_OK : NM_E_PARSE);
        pieces_free(&p);
        octets_free(&noise);
    }
    nm_buffer_clear(&out);
}

static void
cut_and_malformed_packets_are_refused(void)
{
    nm_buffer out;
    nm_ip_packet packet;
    nm_buffer_init(&out, 65535, &nm_allocator_heap);
    CHECK_EQ(nm_ip_assemble(NULL, 0, &out, &packet), NM_E_PARSE);
    for (unsigned version = 4; version <= 6; version += 2) {
        for (size_t which = 0; which < 2; which++) {
            pieces p = {.count = 0};
            pieces_make(&p, version, 0, 24, true);
            pieces_make(&p, version, 24, 24, false);
            while (p.spans[which].len > 0) {
                p.spans[which].len--;
                CHECK_EQ(assemble(&p, &out, &packet), NM_E_PARSE);
            }
            pieces_free(&p);
        }
    }
    nm_buffer_clear(&out);
}

static void
padding_is_ignored(void)
{
    nm_buffer out;
    nm_buffer_init(&out, 65535, &nm_allocator_heap);
    pieces p = {.count = 0};
    pieces_make(&p, 4, 8, 3, false);
    octets_fill(&p.octets[0], 0, 23);
    p.spans[0] = octets_span(&p.octets[0]);
    pieces_make(&p, 4, 0, 8, true);
    nm_ip_packet packet;
    CHECK_EQ(assemble(&p, &out, &packet), NM_OK);
    CHECK_EQ(packet.payload.len, 11);
    pieces_free(&p);
    nm_buffer_clear(&out);
}

static void
memory_is_bounded_and_may_run_out(void)
{
    failing_allocator memory;
    nm_buffer out;
    nm_ip_packet packet = {.version = 99};
    pieces p = {.count = 0};
    pieces_make(&p, 4, 0, 800, true);
    pieces_make(&p, 4, 800, 800, false);
    for (size_t fail_at = 1; fail_at <= 2; fail_at++) {
        failing_allocator_init(&memory, fail_at);
        nm_buffer_init(&out, 65535, &memory.allocator);
        CHECK_EQ(assemble(&p, &out, &packet), NM_E_NOMEM);
        nm_buffer_clear(&out);
        CHECK_EQ(memory.live, 0);
    }
    nm_buffer_init(&out, 1599, &nm_allocator_heap);
    CHECK_EQ(assemble(&p, &out, &packet), NM_E_LIMIT);
    nm_buffer_clear(&out);
    CHECK_EQ(packet.version, 99);
    pieces_free(&p);
}

CHECK_MAIN(CHECK_TEST(random_fragments_come_together),
           CHECK_TEST(only_whole_datagrams_without_overlap),
           CHECK_TEST(fragments_must_be_of_one_datagram),
           CHECK_TEST(a_single_packet_stays_where_it_is),
           CHECK_TEST(a_single_fragment_must_be_the_whole_datagram),
           CHECK_TEST(extension_headers_behind_the_fragment_header_are_skipped),
           CHECK_TEST(the_length_field_bounds_what_stands_before_the_fragment_header_too),
           CHECK_TEST(cut_and_malformed_packets_are_refused), CHECK_TEST(padding_is_ignored),
           CHECK_TEST(memory_is_bounded_and_may_run_out))
