/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/ip.h"

#include "check.h"
#include "packets.h"

#define OCTETS(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})
#define ADDRESSES_4 10, 0, 0, 1, 10, 0, 0, 2
/* Version and header length, total length, id, fragment word, protocol 17. */
#define IPV4(lead, total, fragment)                                                                \
    (lead), 0, (total) / 256, (total) % 256, 0x12, 0x34, (fragment) / 256, (fragment) % 256, 64,   \
        17, 0, 0, ADDRESSES_4
#define ADDRESS_6(last) 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (last)
#define IPV6(payload_len, next)                                                                    \
    0x60, 0, 0, 0, (payload_len) / 256, (payload_len) % 256, (next), 64, ADDRESS_6(1), ADDRESS_6(2)

static void
fields_of_ipv4(void)
{
    static const uint8_t packet[] = {IPV4(0x46, 27, 0x4000), 1, 1, 1, 1, 'a', 'b', 'c', 'p', 'p'};
    nm_ip_packet p;
    CHECK_EQ(nm_ip_packet_parse(nm_span_of(packet, sizeof packet), &p), NM_OK);
    CHECK_EQ(p.version, 4);
    CHECK_SPAN(p.source, nm_span_of("\x0a\0\0\1", 4));
    CHECK_SPAN(p.destination, nm_span_of("\x0a\0\0\2", 4));
    CHECK_EQ(p.header_protocol, NM_IP_UDP);
    CHECK_EQ(p.protocol, NM_IP_UDP);
    CHECK(!p.is_fragment); /* "Don't fragment" says nothing of the kind. */
    CHECK(!p.has_more);
    CHECK(!p.is_truncated);
    CHECK_EQ(p.fragment_offset, 0);
    CHECK_EQ(p.id, 0x1234);
    CHECK_EQ(p.header_len, 24);
    CHECK_EQ(p.packet_len, 27);
    CHECK_TEXT(p.payload.data, p.payload.len, "abc");
}

static void
fields_of_ipv6(void)
{
    static const uint8_t packet[] = {IPV6(3, 17), 'a', 'b', 'c', 'p', 'p'};
    nm_ip_packet p;
    CHECK_EQ(nm_ip_packet_parse(nm_span_of(packet, sizeof packet), &p), NM_OK);
    CHECK_EQ(p.version, 6);
    CHECK_SPAN(p.source, nm_span_of(packet + 8, 16));
    CHECK_SPAN(p.destination, nm_span_of(packet + 24, 16));
    CHECK_EQ(p.header_protocol, NM_IP_UDP);
    CHECK_EQ(p.protocol, NM_IP_UDP);
    CHECK(!p.is_fragment);
    CHECK_EQ(p.id, 0);
    CHECK_EQ(p.header_len, 40);
    CHECK_EQ(p.packet_len, 43);
    CHECK_TEXT(p.payload.data, p.payload.len, "abc");
}

static void
lengths_of_ipv4_are_checked(void)
{
    const struct {
        const char *name;
        const uint8_t *octets;
        size_t len;
        nm_status status;
        size_t payload_len;
        bool is_truncated;
    } rows[] = {
        {"header only", OCTETS(IPV4(0x45, 20, 0)), NM_OK, 0, false},
        {"octets behind", OCTETS(IPV4(0x45, 21, 0), 1, 2, 3), NM_OK, 1, false},
        {"octets missing", OCTETS(IPV4(0x45, 1500, 0), 1, 2, 3), NM_OK, 3, true},
        {"no total length", OCTETS(IPV4(0x45, 0, 0), 1, 2, 3), NM_OK, 3, false},
        {"total length below a header", OCTETS(IPV4(0x45, 19, 0), 1, 2, 3), NM_E_PARSE, 0, false},
        {"total length below the options", OCTETS(IPV4(0x46, 23, 0), 1, 2, 3, 4), NM_E_PARSE, 0,
         false},
        {"header length below 5", OCTETS(IPV4(0x44, 23, 0), 1, 2, 3), NM_E_PARSE, 0, false},
        {"header length 0", OCTETS(IPV4(0x40, 23, 0), 1, 2, 3), NM_E_PARSE, 0, false},
        {"options cut", OCTETS(IPV4(0x46, 24, 0), 1, 2, 3), NM_E_PARSE, 0, false},
        {"options cut, no total length", OCTETS(IPV4(0x4f, 0, 0), 1, 2, 3), NM_E_PARSE, 0, false},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_ip_packet p = {.version = 99};
        CHECK_EQ(nm_ip_packet_parse(nm_span_of(rows[i].octets, rows[i].len), &p), rows[i].status);
        CHECK_EQ(p.version, rows[i].status == NM_OK ? 4 : 99);
        CHECK_EQ(p.payload.len, rows[i].payload_len);
        CHECK_EQ(p.is_truncated, rows[i].is_truncated);
    }
}

static void
fragments_of_ipv4(void)
{
    static const struct {
        const char *name;
        unsigned word;
        bool is_fragment;
        bool has_more;
        uint32_t offset;
    } rows[] = {
        {"reserved and don't fragment", 0xc000, false, false, 0},
        {"first", 0x2000, true, true, 0},
        {"in the middle", 0x2001, true, true, 8},
        {"final", 0x0002, true, false, 16},
        {"farthest", 0x1fff, true, false, 65528},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        octets o = {0};
        packet_plan plan = {.version = 4, .protocol = 6, .id = 0xfffe, .fragment = rows[i].word};
        packets_put(&o, &plan, nm_span_of("payload.", 8));
        nm_ip_packet p;
        CHECK_EQ(nm_ip_packet_parse(octets_span(&o), &p), NM_OK);
        CHECK_EQ(p.is_fragment, rows[i].is_fragment);
        CHECK_EQ(p.has_more, rows[i].has_more);
        CHECK_EQ(p.fragment_offset, rows[i].offset);
        CHECK_EQ(p.id, 0xfffe);
        CHECK_EQ(p.protocol, NM_IP_TCP);
        octets_free(&o);
    }
}

static void
extension_headers_are_skipped(void)
{
    const struct {
        const char *name;
        const uint8_t *octets;
        size_t len;
        nm_status status;
        unsigned protocol;
        size_t header_len;
    } rows[] = {
        {"hop-by-hop", OCTETS(IPV6(9, 0), 17, 0, 0, 0, 0, 0, 0, 0, 'x'), NM_OK, 17, 48},
        {"routing", OCTETS(IPV6(9, 43), 17, 0, 0, 0, 0, 0, 0, 0, 'x'), NM_OK, 17, 48},
        {"destination options", OCTETS(IPV6(9, 60), 6, 0, 0, 0, 0, 0, 0, 0, 'x'), NM_OK, 6, 48},
        {"of 16 octets", OCTETS(IPV6(17, 60), 17, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'x'),
         NM_OK, 17, 56},
        {"authentication of 12 octets",
         OCTETS(IPV6(13, 51), 17, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'x'), NM_OK, 17, 52},
        {"all of them",
         OCTETS(IPV6(33, 0), 60, 0, 0, 0, 0, 0, 0, 0, 43, 0, 0, 0, 0, 0, 0, 0, 51, 0, 0, 0, 0, 0, 0,
                0, 17, 0, 0, 0, 0, 0, 0, 0, 'x'),
         NM_OK, 17, 72},
        {"mobility, host identity, shim6",
         OCTETS(IPV6(25, 135), 139, 0, 0, 0, 0, 0, 0, 0, 140, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0,
                0, 0, 0, 'x'),
         NM_OK, 17, 64},
        {"ESP is the upper layer", OCTETS(IPV6(9, 50), 17, 0, 0, 0, 0, 0, 0, 0, 'x'), NM_OK, 50,
         40},
        {"no next header", OCTETS(IPV6(9, 0), 59, 0, 0, 0, 0, 0, 0, 0, 'x'), NM_OK, 59, 48},
        {"nothing behind", OCTETS(IPV6(8, 0), 17, 0, 0, 0, 0, 0, 0, 0), NM_E_PARSE, 0, 0},
        {"beyond the packet", OCTETS(IPV6(9, 0), 17, 1, 0, 0, 0, 0, 0, 0, 'x', 0, 0, 0, 0, 0, 0, 0),
         NM_E_PARSE, 0, 0},
        {"an endless chain",
         OCTETS(IPV6(24, 0), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                0),
         NM_E_PARSE, 0, 0},
        {"half a header", OCTETS(IPV6(1, 0), 17), NM_E_PARSE, 0, 0},
        {"half a fragment header", OCTETS(IPV6(7, 44), 17, 0, 0, 0, 0, 0, 0), NM_E_PARSE, 0, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_ip_packet p = {.version = 99};
        CHECK_EQ(nm_ip_packet_parse(nm_span_of(rows[i].octets, rows[i].len), &p), rows[i].status);
        CHECK_EQ(p.version, rows[i].status == NM_OK ? 6 : 99);
        CHECK_EQ(p.protocol, rows[i].protocol);
        CHECK_EQ(p.header_len, rows[i].header_len);
        if (rows[i].status == NM_OK) {
            CHECK_EQ(p.payload.len + p.header_len, p.packet_len);
            CHECK_EQ(p.header_protocol, rows[i].octets[6]);
        }
    }
}

static void
fragments_of_ipv6(void)
{
    const struct {
        const char *name;
        const uint8_t *octets;
        size_t len;
        bool has_more;
        uint32_t offset;
        unsigned protocol;
        size_t payload_len;
    } rows[] = {
        {"first", OCTETS(IPV6(9, 44), 17, 9, 0, 1, 0x89, 0xab, 0xcd, 0xef, 'x'), true, 0, 17, 1},
        {"final", OCTETS(IPV6(9, 44), 17, 9, 0, 16, 0x89, 0xab, 0xcd, 0xef, 'x'), false, 16, 17, 1},
        {"reserved bits", OCTETS(IPV6(9, 44), 17, 255, 0, 14, 0x89, 0xab, 0xcd, 0xef, 'x'), false,
         8, 17, 1},
        {"all of the datagram", OCTETS(IPV6(9, 44), 17, 0, 0, 0, 0x89, 0xab, 0xcd, 0xef, 'x'),
         false, 0, 17, 1},
        {"without octets", OCTETS(IPV6(8, 44), 17, 0, 0, 16, 0x89, 0xab, 0xcd, 0xef), false, 16, 17,
         0},
        {"what is behind belongs to the datagram",
         OCTETS(IPV6(16, 44), 60, 0, 0, 1, 0x89, 0xab, 0xcd, 0xef, 17, 0, 0, 0, 0, 0, 0, 0), true,
         0, 60, 8},
        {"behind another header",
         OCTETS(IPV6(17, 0), 44, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0xff, 0xf9, 0x89, 0xab, 0xcd, 0xef,
                'x'),
         true, 65528, 17, 1},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_ip_packet p;
        CHECK_EQ(nm_ip_packet_parse(nm_span_of(rows[i].octets, rows[i].len), &p), NM_OK);
        CHECK(p.is_fragment);
        CHECK_EQ(p.has_more, rows[i].has_more);
        CHECK_EQ(p.fragment_offset, rows[i].offset);
        CHECK_EQ(p.protocol, rows[i].protocol);
        CHECK_EQ(p.id, 0x89abcdef);
        CHECK_EQ(p.payload.len, rows[i].payload_len);
        CHECK_EQ(p.packet_len, rows[i].len);
    }
}

static void
ipv6_without_payload_or_beyond_the_octets_is_refused(void)
{
    static const uint8_t none[] = {IPV6(0, 17), 'x'};
    static const uint8_t beyond[] = {IPV6(2, 17), 'x'};
    nm_ip_packet p = {.version = 99};
    CHECK_EQ(nm_ip_packet_parse(nm_span_of(none, sizeof none), &p), NM_E_PARSE);
    CHECK_EQ(nm_ip_packet_parse(nm_span_of(beyond, sizeof beyond), &p), NM_E_PARSE);
    CHECK_EQ(p.version, 99);
}

static void
a_cut_packet_is_refused_or_truncated(void)
{
    static const uint8_t v4[] = {IPV4(0x46, 27, 0x4000), 1, 1, 1, 1, 'a', 'b', 'c'};
    static const uint8_t v6[] = {IPV6(11, 0), 17, 0, 0, 0, 0, 0, 0, 0, 'a', 'b', 'c'};
    nm_ip_packet p;
    for (size_t len = 0; len < sizeof v4; len++) {
        CHECK_EQ(nm_ip_packet_parse(nm_span_of(v4, len), &p), len < 24 ? NM_E_PARSE : NM_OK);
        CHECK(len < 24 || (p.is_truncated && p.payload.len == len - 24));
    }
    for (size_t len = 0; len < sizeof v6; len++) {
        CHECK_EQ(nm_ip_packet_parse(nm_span_of(v6, len), &p), NM_E_PARSE);
    }
    CHECK_EQ(nm_ip_packet_parse(nm_span_of(NULL, 0), &p), NM_E_PARSE);
}

static void
the_first_nibble_is_the_version(void)
{
    uint8_t packet[] = {IPV4(0x45, 60, 0),
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        1};
    nm_span whole = nm_span_of(packet, sizeof packet);
    nm_ip_packet p;
    for (unsigned version = 0; version < 16; version++) {
        packet[0] = (uint8_t)(version << 4 | 5);
        packet[4] = 0; /* Payload length and next header of IPv6. */
        packet[5] = 1;
        packet[6] = 17;
        bool is_known = version == 4 || version == 6;
        CHECK_EQ(nm_ip_packet_parse(whole, &p), is_known ? NM_OK : NM_E_PARSE);
        CHECK(!is_known || p.version == version);
        CHECK_EQ(nm_ip_packet_parse_version(whole, 4, &p), version == 4 ? NM_OK : NM_E_PARSE);
        CHECK_EQ(nm_ip_packet_parse_version(whole, 6, &p), version == 6 ? NM_OK : NM_E_PARSE);
    }
}

CHECK_MAIN(CHECK_TEST(fields_of_ipv4), CHECK_TEST(fields_of_ipv6),
           CHECK_TEST(lengths_of_ipv4_are_checked), CHECK_TEST(fragments_of_ipv4),
           CHECK_TEST(extension_headers_are_skipped), CHECK_TEST(fragments_of_ipv6),
           CHECK_TEST(ipv6_without_payload_or_beyond_the_octets_is_refused),
           CHECK_TEST(a_cut_packet_is_refused_or_truncated),
           CHECK_TEST(the_first_nibble_is_the_version))
