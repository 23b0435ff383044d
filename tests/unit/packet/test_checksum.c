/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/checksum.h"

#include "check.h"
#include "packets.h"

static uint16_t
checksum_of(nm_span in)
{
    nm_checksum_state state = {.sum = 0};
    nm_checksum_add(&state, in);
    return nm_checksum_result(&state);
}

static void
known_checksums(void)
{
    static const struct {
        const char *name;
        const char *octets;
        size_t len;
        uint16_t checksum;
    } rows[] = {
        {"nothing", "", 0, 0xffff},
        {"example of RFC 1071", "\x00\x01\xf2\x03\xf4\xf5\xf6\xf7", 8, 0x220d},
        {"one octet is the upper half", "\x12", 1, 0xedff},
        {"all ones", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10, 0},
        {"an IPv4 header with its checksum",
         "\x45\x00\x00\x73\x00\x00\x40\x00\x40\x11\xb8\x61\xc0\xa8\x00\x01\xc0\xa8\x00\xc7", 20, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        CHECK_EQ(checksum_of(nm_span_of(rows[i].octets, rows[i].len)), rows[i].checksum);
    }
}

static void
random_octets_in_pieces_sum_up_as_slowly(void)
{
    uint64_t random = 5;
    octets o = {0};
    octets_noise(&o, 1, 70000);
    for (int i = 0; i < 3000; i++) {
        size_t len = check_random(&random) % (i % 100 == 0 ? 70000 : 200);
        nm_span rest = nm_span_of(o.data + check_random(&random) % (o.len - len), len);
        uint16_t expected = packets_slow_checksum(rest);
        CHECK_EQ(checksum_of(rest), expected);
        nm_checksum_state state = {.sum = 0};
        while (rest.len > 0) {
            size_t piece = check_random(&random) % (rest.len + 1);
            nm_checksum_add(&state, nm_span_of(rest.data, piece));
            rest = nm_span_of(rest.data + piece, rest.len - piece);
        }
        CHECK_EQ(nm_checksum_result(&state), expected);
    }
    memset(o.data, 0xff, o.len); /* Carries all the way. */
    for (size_t len = 0; len < 100; len++) {
        CHECK_EQ(checksum_of(nm_span_of(o.data, len)),
                 packets_slow_checksum(nm_span_of(o.data, len)));
    }
    octets_free(&o);
}

static void
an_aligned_piece_begins_a_word(void)
{
    nm_checksum_state state = {.sum = 0};
    nm_checksum_add(&state, nm_span_of("abc", 3));
    nm_checksum_align(&state);
    nm_checksum_add(&state, nm_span_of("de", 2));
    nm_checksum_align(&state);
    nm_checksum_add_u16(&state, 0x1234);
    CHECK_EQ(nm_checksum_result(&state), packets_slow_checksum(nm_span_of("abc\0de\x12\x34", 8)));
}

/* Change each octet that the checksum covers, one at a time. */
static void
check_changes(octets *o, size_t addresses, size_t udp, size_t end)
{
    nm_span packet = octets_span(o);
    for (size_t i = addresses; i < end; i++) {
        if (i == udp + 4 || i == udp + 5) {
            continue; /* The length counts twice and moves the end. */
        }
        o->data[i] ^= 4;
        bool is_absent = o->data[udp + 6] == 0 && o->data[udp + 7] == 0;
        CHECK_EQ(nm_udp_checksum_of(&packet, 1),
                 is_absent ? NM_UDP_CHECKSUM_ABSENT : NM_UDP_CHECKSUM_INCORRECT);
        o->data[i] ^= 4;
    }
}

static void
checksums_of_udp(void)
{
    for (unsigned version = 4; version <= 6; version += 2) {
        for (size_t len = 0; len < 40; len++) {
            octets udp = {0};
            octets o = {0};
            packet_plan plan = {.version = version, .protocol = 17, .from = 77};
            packets_put_udp(&udp, &plan, len, len);
            packets_put(&o, &plan, octets_span(&udp));
            size_t end = o.len;
            octets_fill(&o, 0xee, 7); /* Padding. */
            nm_span packet = octets_span(&o);
            CHECK_EQ(nm_udp_checksum_of(&packet, 1), NM_UDP_CHECKSUM_CORRECT);
            check_changes(&o, version == 4 ? 12 : 8, version == 4 ? 20 : 40, end);
            octets_free(&udp);
            octets_free(&o);
        }
    }
}

/* A datagram of three fragments, each in octets of its own. */
typedef struct pieces {
    octets octets[3];
    nm_span spans[3];
} pieces;

static void
pieces_cut(pieces *p, unsigned version, bool has_checksum)
{
    octets udp = {0};
    packet_plan plan = {.version = version, .protocol = 17, .id = 9, .from = 3};
    *p = (pieces){.spans = {{NULL, 0}}};
    packets_put_udp(&udp, &plan, 42, 61);
    if (!has_checksum) {
        udp.data[6] = 0;
        udp.data[7] = 0;
    }
    for (size_t i = 0; i < 3; i++) {
        packets_put_piece(&p->octets[i], plan, octets_span(&udp), i * 24, i < 2 ? i * 24 + 24 : 69);
        p->spans[i] = octets_span(&p->octets[i]);
    }
    octets_free(&udp);
}

static void
pieces_free(pieces *p)
{
    for (size_t i = 0; i < 3; i++) {
        octets_free(&p->octets[i]);
    }
}

static void
fragments_are_summed_in_any_order(void)
{
    static const unsigned orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (unsigned version = 4; version <= 6; version += 2) {
        pieces p;
        pieces_cut(&p, version, /* has_checksum= */ true);
        for (size_t i = 0; i < CHECK_COUNT(orders); i++) {
            nm_span order[3];
            for (size_t k = 0; k < 3; k++) {
                order[k] = p.spans[orders[i][k]];
            }
            CHECK_EQ(nm_udp_checksum_of(order, 3), NM_UDP_CHECKSUM_CORRECT);
            p.octets[i % 3].data[p.octets[i % 3].len - 1] ^= 1;
            CHECK_EQ(nm_udp_checksum_of(order, 3), NM_UDP_CHECKSUM_INCORRECT);
            p.octets[i % 3].data[p.octets[i % 3].len - 1] ^= 1;
        }
        CHECK_EQ(nm_udp_checksum_of(p.spans, 2), NM_UDP_CHECKSUM_INCORRECT);
        CHECK_EQ(nm_udp_checksum_of(p.spans + 1, 2), NM_UDP_CHECKSUM_ERROR); /* No first. */
        pieces_free(&p);
    }
}

static void
a_header_without_checksum_ends_the_search(void)
{
    pieces p;
    pieces_cut(&p, 4, /* has_checksum= */ false);
    nm_span order[] = {p.spans[1], p.spans[0], nm_span_of("junk", 4)};
    CHECK_EQ(nm_udp_checksum_of(order, 3), NM_UDP_CHECKSUM_ABSENT);
    order[0] = order[2];
    CHECK_EQ(nm_udp_checksum_of(order, 3), NM_UDP_CHECKSUM_ERROR);
    pieces_free(&p);
}

static void
two_whole_datagrams_are_not_one(void)
{
    octets udp = {0};
    octets o = {0};
    packet_plan plan = {.version = 4, .protocol = 17};
    packets_put_udp(&udp, &plan, 1, 30);
    packets_put(&o, &plan, octets_span(&udp));
    nm_span packets[] = {octets_span(&o), octets_span(&o)};
    CHECK_EQ(nm_udp_checksum_of(packets, 2), NM_UDP_CHECKSUM_INCORRECT);
    octets_free(&udp);
    octets_free(&o);
}

static void
what_is_not_udp_has_no_checksum(void)
{
    octets udp = {0};
    octets o = {0};
    packet_plan plan = {.version = 4, .protocol = 6};
    packets_put_udp(&udp, &plan, 1, 30);
    packets_put(&o, &plan, octets_span(&udp));
    nm_span packet = octets_span(&o);
    CHECK_EQ(nm_udp_checksum_of(&packet, 1), NM_UDP_CHECKSUM_ERROR);
    CHECK_EQ(nm_udp_checksum_of(&packet, 0), NM_UDP_CHECKSUM_ERROR);
    o.data[9] = 17;
    CHECK_EQ(nm_udp_checksum_of(&packet, 1), NM_UDP_CHECKSUM_CORRECT);
    packet.len = 27; /* Half a UDP header. */
    CHECK_EQ(nm_udp_checksum_of(&packet, 1), NM_UDP_CHECKSUM_ERROR);
    octets_free(&udp);
    octets_free(&o);
}

CHECK_MAIN(CHECK_TEST(known_checksums), CHECK_TEST(random_octets_in_pieces_sum_up_as_slowly),
           CHECK_TEST(an_aligned_piece_begins_a_word), CHECK_TEST(checksums_of_udp),
           CHECK_TEST(fragments_are_summed_in_any_order),
           CHECK_TEST(a_header_without_checksum_ends_the_search),
           CHECK_TEST(two_whole_datagrams_are_not_one), CHECK_TEST(what_is_not_udp_has_no_checksum))
