/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/udp.h"

#include "check.h"
#include "octets.h"

static void
header_fields_are_read(void)
{
    static const uint8_t datagram[] = {0, 53, 0x9c, 0x40, 0, 11, 0xab, 0xcd, 'd', 'n', 's'};
    nm_udp udp;
    CHECK_EQ(nm_udp_parse(nm_span_of(datagram, sizeof datagram), &udp), NM_OK);
    CHECK_EQ(udp.source_port, 53);
    CHECK_EQ(udp.destination_port, 40000);
    CHECK_EQ(udp.length, 11);
    CHECK_EQ(udp.checksum, 0xabcd);
    CHECK_TEXT(udp.payload.data, udp.payload.len, "dns");
}

static void
length_says_how_much_is_payload(void)
{
    static const struct {
        const char *name;
        unsigned length;
        size_t available; /* Behind the header. */
        size_t payload_len;
    } rows[] = {
        {"all", 28, 20, 20},        {"padding behind", 18, 20, 10},
        {"cut", 65535, 20, 20},     {"nothing", 8, 20, 0},
        {"nothing there", 8, 0, 0}, {"less than a header", 7, 20, 7},
        {"zero", 0, 20, 0},         {"less than a header, cut", 7, 3, 3},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        octets o = {0};
        octets_be(&o, 53, 2);
        octets_be(&o, 54, 2);
        octets_be(&o, rows[i].length, 2);
        octets_be(&o, 0, 2);
        octets_fill(&o, 'x', rows[i].available);
        nm_udp udp;
        CHECK_EQ(nm_udp_parse(octets_span(&o), &udp), NM_OK);
        CHECK_EQ(udp.length, rows[i].length);
        CHECK_EQ(udp.payload.len, rows[i].payload_len);
        CHECK(udp.payload.data == o.data + 8);
        octets_free(&o);
    }
}

static void
a_cut_header_is_refused(void)
{
    static const uint8_t datagram[8] = {0};
    nm_udp udp = {.source_port = 99};
    for (size_t len = 0; len < sizeof datagram; len++) {
        CHECK_EQ(nm_udp_parse(nm_span_of(datagram, len), &udp), NM_E_PARSE);
    }
    CHECK_EQ(nm_udp_parse(nm_span_of(NULL, 0), &udp), NM_E_PARSE);
    CHECK_EQ(udp.source_port, 99);
}

CHECK_MAIN(CHECK_TEST(header_fields_are_read), CHECK_TEST(length_says_how_much_is_payload),
           CHECK_TEST(a_cut_header_is_refused))
