/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/packets_of.h"
#include "message/schema/tables.h"

#include "check.h"
#include "dns_packets.h"

/* A message of a type with these octets, at time 100.5. */
static nm_message
message_of(const nm_schema *schema, const octets *data)
{
    nm_message m = {.schema = NULL};
    nm_error err;
    const nm_payload payload = {.time_sec = 100,
                                .time_nsec = 500000000,
                                .vendor = schema->vendor,
                                .type = schema->type,
                                .has = NM_HAS_DATA,
                                .data = octets_span(data)};
    CHECK_EQ(nm_message_decode(&m, &payload, &err), NM_OK);
    return m;
}

static void
expect_packet(const nm_message *m, nm_packets_place *place, const char *expected, int64_t sec,
              uint32_t nsec)
{
    nm_packet_of packet = {.link_type = 0};
    CHECK(nm_packets_next(m, place, &packet));
    CHECK_TEXT(packet.packet.octets.data, packet.packet.octets.len, expected);
    CHECK_EQ(packet.packet.len, strlen(expected));
    CHECK_EQ(packet.packet.time_sec, sec);
    CHECK_EQ(packet.packet.time_nsec, nsec);
    CHECK_EQ(packet.link_type, NM_LINK_RAW);
}

static void
expect_end(const nm_message *m, nm_packets_place *place)
{
    nm_packet_of packet;
    CHECK(!nm_packets_next(m, place, &packet));
    CHECK(!nm_packets_next(m, place, &packet));
}

/* The required fields of base:dnsqr. */
static void
put_required(octets *o)
{
    octets_number(o, 1, 1);
    octets_text(o, 2, "");
    octets_text(o, 3, "");
    for (uint32_t field = 4; field <= 7; field++) {
        octets_number(o, field, 0);
    }
}

static void
transactions_hold_packets_with_their_times(void)
{
    octets o = {0};
    nm_packets_place place = {.field = 0};
    put_required(&o);
    octets_text(&o, 12, "query");
    octets_number(&o, 13, 7);
    octets_fixed32(&o, 14, 8);
    octets_text(&o, 15, "first");
    octets_text(&o, 15, "second");
    octets_text(&o, 15, "third");
    octets_number(&o, 16, 20);
    octets_number(&o, 16, (uint64_t)-21);
    octets_fixed32(&o, 17, 1);
    octets_fixed32(&o, 17, 2);
    octets_text(&o, 18, "tcp");
    octets_text(&o, 19, "icmp");
    nm_message m = message_of(&nm_schema_base_dnsqr, &o);
    expect_packet(&m, &place, "query", 7, 8);
    expect_packet(&m, &place, "first", 20, 1);
    expect_packet(&m, &place, "second", -21, 2);
    expect_packet(&m, &place, "third", 100, 500000000); /* None is stored. */
    expect_packet(&m, &place, "tcp", 100, 500000000);
    expect_packet(&m, &place, "icmp", 100, 500000000);
    expect_end(&m, &place);
    octets_free(&o);
}

static void
plain_types_hold_one(void)
{
    octets o = {0};
    nm_packets_place place = {.field = 0};
    octets_number(&o, 1, 1);
    octets_text(&o, 2, "packet");
    nm_message m = message_of(&nm_schema_base_packet, &o);
    expect_packet(&m, &place, "packet", 100, 500000000);
    expect_end(&m, &place);
    octets_free(&o);
    octets_number(&o, 1, 1);
    octets_text(&o, 2, "datagram");
    place = (nm_packets_place){.field = 0};
    m = message_of(&nm_schema_base_ncap, &o);
    expect_packet(&m, &place, "datagram", 100, 500000000);
    expect_end(&m, &place);
    octets_free(&o);
}

static void
what_ncap_once_held_is_no_packet(void)
{
    octets o = {0};
    nm_packets_place place = {.field = 0};
    octets_number(&o, 1, 2);
    octets_text(&o, 2, "payload alone");
    nm_message m = message_of(&nm_schema_base_ncap, &o);
    expect_end(&m, &place);
    octets_free(&o);
}

static void
frames_tell_how_long_they_were(void)
{
    static const struct {
        uint64_t stored;
        uint32_t len;
    } rows[] = {{1500, 1500}, {5, 5}, {4, 5}, {0, 5}};
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        octets o = {0};
        nm_packets_place place = {.field = 0};
        nm_packet_of packet;
        octets_text(&o, 1, "frame");
        octets_number(&o, 2, rows[i].stored);
        nm_message m = message_of(&nm_schema_base_pkt, &o);
        CHECK(nm_packets_next(&m, &place, &packet));
        CHECK_EQ(packet.packet.len, rows[i].len);
        CHECK_EQ(packet.link_type, NM_LINK_ETHERNET);
        expect_end(&m, &place);
        octets_free(&o);
    }
}

static void
other_types_hold_none(void)
{
    octets o = {0};
    nm_packets_place place = {.field = 0};
    CHECK(nm_packets_are_in(&nm_schema_base_dnsqr) && nm_packets_are_in(&nm_schema_base_pkt));
    CHECK(nm_packets_are_in(&nm_schema_base_packet) && nm_packets_are_in(&nm_schema_base_ncap));
    CHECK(!nm_packets_are_in(&nm_schema_base_email) && !nm_packets_are_in(NULL));
    nm_message m = message_of(&nm_schema_base_email, &o);
    expect_end(&m, &place);
    m.schema = NULL;
    expect_end(&m, &place);
}

/* There and back: packets of a transaction are those that it was made of. */
static void
packets_come_back_as_they_were_captured(void)
{
    nm_capture_options options = nm_capture_options_default(&nm_schema_base_dnsqr, NM_LINK_RAW);
    nm_capture *c;
    nm_buffer messages;
    nm_error err;
    nm_payload payload;
    octets packets[2] = {{0}, {0}};
    nm_buffer_init(&messages, SIZE_MAX, options.allocator);
    CHECK_EQ(nm_capture_new(&options, &messages, &c, &err), NM_OK);
    for (uint32_t i = 0; i < 2; i++) {
        const dns_plan plan = {.version = 6,
                               .client = 3,
                               .port = 99,
                               .is_response = i == 1,
                               .qname = FOO_NET,
                               .extra = 400};
        dns_put_packet(&packets[i], &plan);
        const nm_captured packet = {.octets = octets_span(&packets[i]),
                                    .len = (uint32_t)packets[i].len,
                                    .time_sec = 1000 + i,
                                    .time_nsec = i + 1};
        nm_capture_feed(c, &packet);
        CHECK_EQ(nm_capture_next(c, &payload, &err), i == 0 ? NM_AGAIN : NM_OK);
    }
    nm_message m = {.schema = NULL};
    CHECK_EQ(nm_message_decode(&m, &payload, &err), NM_OK);
    nm_packets_place place = {.field = 0};
    for (uint32_t i = 0; i < 2; i++) {
        nm_packet_of packet;
        CHECK(nm_packets_next(&m, &place, &packet));
        CHECK_SPAN(packet.packet.octets, octets_span(&packets[i]));
        CHECK_EQ(packet.packet.time_sec, 1000 + i);
        CHECK_EQ(packet.packet.time_nsec, i + 1);
        octets_free(&packets[i]);
    }
    expect_end(&m, &place);
    nm_capture_free(c);
    nm_buffer_clear(&messages);
}

CHECK_MAIN(CHECK_TEST(transactions_hold_packets_with_their_times), CHECK_TEST(plain_types_hold_one),
           CHECK_TEST(what_ncap_once_held_is_no_packet), CHECK_TEST(frames_tell_how_long_they_were),
           CHECK_TEST(other_types_hold_none), CHECK_TEST(packets_come_back_as_they_were_captured))
