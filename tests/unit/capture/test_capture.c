/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/capture.h"
#include "message/schema/tables.h"

#include "check.h"
#include "dns_packets.h"

typedef struct fixture {
    nm_capture_options options;
    nm_capture *c;
    nm_buffer messages;
    nm_payload payload;
} fixture;

static void
setup(fixture *f, const nm_schema *schema, uint32_t link_type)
{
    *f = (fixture){.options = nm_capture_options_default(schema, link_type)};
}

static void
begin(fixture *f)
{
    nm_error err;
    nm_buffer_init(&f->messages, SIZE_MAX, f->options.allocator);
    CHECK_EQ(nm_capture_new(&f->options, &f->messages, &f->c, &err), NM_OK);
}

static void
finish(fixture *f)
{
    nm_capture_free(f->c);
    nm_buffer_clear(&f->messages);
}

/* What one packet gives. */
static nm_status
give(fixture *f, nm_span in, uint32_t len)
{
    nm_error err;
    const nm_captured packet = {.octets = in, .len = len, .time_sec = -3, .time_nsec = 7000};
    nm_capture_feed(f->c, &packet);
    return nm_capture_next(f->c, &f->payload, &err);
}

static void
types_and_link_types_are_checked(void)
{
    static const struct {
        const char *name;
        const nm_schema *schema;
        uint32_t link_type;
        bool is_live;
        nm_capture_links links;
        bool is_read;
    } rows[] = {
        {"dnsqr, Ethernet", &nm_schema_base_dnsqr, 1, false, NM_CAPTURE_LINKS_USUAL, true},
        {"dnsqr, unknown", &nm_schema_base_dnsqr, 147, false, NM_CAPTURE_LINKS_USUAL, true},
        {"dnsqr, NULL", &nm_schema_base_dnsqr, 0, false, NM_CAPTURE_LINKS_USUAL, true},
        {"ncap, unknown", &nm_schema_base_ncap, 147, false, NM_CAPTURE_LINKS_ALL, true},
        {"packet, raw", &nm_schema_base_packet, 101, false, NM_CAPTURE_LINKS_USUAL, true},
        {"packet, raw of BSD", &nm_schema_base_packet, 12, false, NM_CAPTURE_LINKS_USUAL, true},
        {"packet, SLL", &nm_schema_base_packet, 113, false, NM_CAPTURE_LINKS_USUAL, true},
        {"packet, SLL2", &nm_schema_base_packet, 276, false, NM_CAPTURE_LINKS_USUAL, true},
        {"packet, NULL", &nm_schema_base_packet, 0, false, NM_CAPTURE_LINKS_USUAL, false},
        {"packet, NULL, live", &nm_schema_base_packet, 0, true, NM_CAPTURE_LINKS_USUAL, true},
        {"packet, NULL, all", &nm_schema_base_packet, 0, false, NM_CAPTURE_LINKS_ALL, true},
        {"packet, LOOP", &nm_schema_base_packet, 108, false, NM_CAPTURE_LINKS_USUAL, false},
        {"packet, unknown", &nm_schema_base_packet, 147, true, NM_CAPTURE_LINKS_ALL, false},
        {"pkt, Ethernet", &nm_schema_base_pkt, 1, false, NM_CAPTURE_LINKS_USUAL, true},
        {"pkt, raw", &nm_schema_base_pkt, 101, true, NM_CAPTURE_LINKS_ALL, false},
        {"pkt, unknown", &nm_schema_base_pkt, 147, false, NM_CAPTURE_LINKS_USUAL, false},
        {"email", &nm_schema_base_email, 1, false, NM_CAPTURE_LINKS_USUAL, false},
        {"no type", NULL, 1, false, NM_CAPTURE_LINKS_USUAL, false},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_capture_options o = nm_capture_options_default(rows[i].schema, rows[i].link_type);
        nm_capture *c = NULL;
        nm_buffer messages;
        nm_error err = {.message = ""};
        nm_buffer_init(&messages, SIZE_MAX, o.allocator);
        o.is_live = rows[i].is_live;
        o.links = rows[i].links;
        nm_status status = rows[i].is_read ? NM_OK : NM_E_ARGUMENT;
        CHECK_EQ(nm_capture_check(&o, &err), status);
        CHECK_EQ(nm_capture_new(&o, &messages, &c, &err), status);
        CHECK_EQ(c != NULL, rows[i].is_read);
        CHECK_EQ(err.message[0] != '\0', !rows[i].is_read);
        nm_capture_free(c);
    }
    CHECK_CASE("which types");
    CHECK(nm_capture_reads(&nm_schema_base_dnsqr) && nm_capture_reads(&nm_schema_base_packet));
    CHECK(nm_capture_reads(&nm_schema_base_pkt) && nm_capture_reads(&nm_schema_base_ncap));
    CHECK(!nm_capture_reads(&nm_schema_base_dns) && !nm_capture_reads(NULL));
}

static void
limits_of_zero_are_refused(void)
{
    for (int i = 0; i < 6; i++) {
        nm_capture_options o = nm_capture_options_default(&nm_schema_base_dnsqr, 1);
        nm_capture *c;
        nm_error err;
        *(i == 0   ? &o.fragments.datagrams
          : i == 1 ? &o.fragments.timeout_sec
          : i == 2 ? &o.dnsqr.query_timeout_sec
                   : &o.dnsqr.queries_max) = 0;
        if (i >= 4) {
            o = nm_capture_options_default(&nm_schema_base_dnsqr, 1);
            *(i == 4 ? &o.fragments.len : &o.dnsqr.queries_len_max) = 0;
        }
        CHECK_EQ(nm_capture_new(&o, /* messages= */ NULL, &c, &err), NM_E_ARGUMENT);
    }
    nm_capture_free(NULL);
}

static void
frames_are_kept_whole_by_pkt(void)
{
    fixture f;
    octets expected = {0};
    setup(&f, &nm_schema_base_pkt, NM_LINK_ETHERNET);
    begin(&f);
    CHECK_EQ(give(&f, nm_span_of("any octets", 10), 1500), NM_OK); /* Cut ones, too. */
    octets_text(&expected, 1, "any octets");
    octets_number(&expected, 2, 1500);
    CHECK_SPAN(f.payload.data, octets_span(&expected));
    CHECK_EQ(f.payload.time_sec, -3);
    CHECK_EQ(f.payload.time_nsec, 7000);
    CHECK_EQ(f.payload.vendor, 1);
    CHECK_EQ(f.payload.type, nm_schema_base_pkt.type);
    CHECK_EQ(f.payload.has, NM_HAS_DATA);
    CHECK_EQ(give(&f, nm_span_of(NULL, 0), 0), NM_OK);
    CHECK_SPAN(f.payload.data, nm_span_of("\12\0\20\0", 4));
    CHECK_EQ(nm_capture_stats_get(f.c).messages, 2);
    octets_free(&expected);
    finish(&f);
}

#define MACS "\1\2\3\4\5\6\7\10\11\12\13\14"

static void
packet_takes_what_is_behind_the_link_layer(void)
{
    static const struct {
        const char *name;
        uint32_t link_type;
        nm_capture_links links;
        const char *frame;
        size_t len;
        size_t cut;
        const char *packet; /* NULL: none. */
    } rows[] = {
#define FRAME(octets) octets, sizeof(octets) - 1
        {"Ethernet", 1, NM_CAPTURE_LINKS_USUAL, FRAME(MACS "\x08\x00xyz"), 0, "xyz"},
        {"cut", 1, NM_CAPTURE_LINKS_USUAL, FRAME(MACS "\x08\x00xyz"), 1, NULL},
        {"ARP", 1, NM_CAPTURE_LINKS_USUAL, FRAME(MACS "\x08\x06xyz"), 0, NULL},
        {"VLAN", 1, NM_CAPTURE_LINKS_USUAL, FRAME(MACS "\x81\0\0\1\x86\xddxyz"), 0, "xyz"},
        {"two VLANs", 1, NM_CAPTURE_LINKS_USUAL, FRAME(MACS "\x81\0\0\1\x81\0\0\1\x86\xddx"), 0,
         NULL},
        {"two VLANs, all", 1, NM_CAPTURE_LINKS_ALL, FRAME(MACS "\x81\0\0\1\x81\0\0\1\x86\xddx"), 0,
         "x"},
        {"QinQ", 1, NM_CAPTURE_LINKS_USUAL, FRAME(MACS "\x88\xa8\0\1\x08\0x"), 0, NULL},
        {"QinQ, all", 1, NM_CAPTURE_LINKS_ALL, FRAME(MACS "\x88\xa8\0\1\x08\0x"), 0, "x"},
        {"raw", 101, NM_CAPTURE_LINKS_USUAL, FRAME("\x99whatever"), 0, "\x99whatever"},
        {"raw, cut", 101, NM_CAPTURE_LINKS_USUAL, FRAME("\x45whatever"), 1, NULL},
        {"NULL, all", 0, NM_CAPTURE_LINKS_ALL, FRAME("\2\0\0\0x"), 0, "x"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        fixture f;
        CHECK_CASE(rows[i].name);
        setup(&f, &nm_schema_base_packet, rows[i].link_type);
        f.options.links = rows[i].links;
        begin(&f);
        nm_status status =
            give(&f, nm_span_of(rows[i].frame, rows[i].len), (uint32_t)(rows[i].len + rows[i].cut));
        CHECK_EQ(status, rows[i].packet != NULL ? NM_OK : NM_AGAIN);
        if (rows[i].packet != NULL) {
            octets expected = {0};
            octets_number(&expected, 1, 1);
            octets_text(&expected, 2, rows[i].packet);
            CHECK_SPAN(f.payload.data, octets_span(&expected));
            octets_free(&expected);
        }
        CHECK_EQ(nm_capture_stats_get(f.c).cut, rows[i].cut);
        finish(&f);
    }
}

static void
ncap_takes_udp_and_puts_fragments_together(void)
{
    for (unsigned version = 4; version <= 6; version += 2) {
        fixture f;
        octets o = {0};
        octets expected = {0};
        dns_plan plan = {.version = version, .client = 1, .port = 9, .server_port = 1234};
        setup(&f, &nm_schema_base_ncap, NM_LINK_RAW);
        begin(&f);
        plan.padding = 3;
        dns_put_packet(&o, &plan);
        octets_number(&expected, 1, version == 4 ? 0 : 1);
        octets_bytes(&expected, 2, octets_span(&o));
        CHECK_EQ(give(&f, octets_span(&o), (uint32_t)o.len), NM_OK); /* Any port, and padding. */
        CHECK_SPAN(f.payload.data, octets_span(&expected));
        o.data[version == 4 ? 9 : 6] = 6; /* TCP. */
        CHECK_EQ(give(&f, octets_span(&o), (uint32_t)o.len), NM_AGAIN);
        CHECK_EQ(nm_capture_stats_get(f.c).other, 1);
        octets_free(&o);
        octets_free(&expected);
        finish(&f);
    }
    fixture f;
    octets udp = {0};
    dns_plan plan = {.client = 1, .port = 9, .qname = EXAMPLE_COM};
    setup(&f, &nm_schema_base_ncap, NM_LINK_RAW);
    begin(&f);
    dns_put_udp(&udp, &plan);
    for (int i = 0; i < 2; i++) {
        octets o = {0};
        size_t len = i == 0 ? 24 : udp.len - 24;
        dns_put_ip(&o, &plan, 17, 1, i == 0 ? 0x2000 : 3, len);
        octets_put(&o, udp.data + 24 * i, len);
        CHECK_EQ(give(&f, octets_span(&o), (uint32_t)o.len), i == 0 ? NM_AGAIN : NM_OK);
        octets_free(&o);
    }
    CHECK_SPAN(nm_span_of(f.payload.data.data + f.payload.data.len - udp.len, udp.len),
               octets_span(&udp));
    CHECK_EQ(nm_capture_stats_get(f.c).fragments, 2);
    CHECK_EQ(nm_capture_stats_get(f.c).reassembled, 1);
    octets_free(&udp);
    finish(&f);
}

static bool
has_port_9(void *context, nm_span packet)
{
    (void)context;
    return packet.len > 22 && packet.data[21] == 9;
}

static void
packet_and_ncap_ask_the_filter(void)
{
    const nm_schema *const schemas[] = {&nm_schema_base_packet, &nm_schema_base_ncap};
    for (size_t i = 0; i < CHECK_COUNT(schemas); i++) {
        for (unsigned port = 8; port <= 9; port++) {
            fixture f;
            octets o = {0};
            const dns_plan plan = {.client = 1, .port = port, .qname = FOO_NET};
            setup(&f, schemas[i], NM_LINK_RAW);
            f.options.passes = has_port_9;
            begin(&f);
            dns_put_packet(&o, &plan);
            CHECK_EQ(give(&f, octets_span(&o), (uint32_t)o.len), port == 9 ? NM_OK : NM_AGAIN);
            CHECK_EQ(nm_capture_stats_get(f.c).unwanted, port == 9 ? 0 : 1);
            octets_free(&o);
            finish(&f);
        }
    }
}

static void
what_is_bad_is_counted_and_passed_over(void)
{
    static const struct {
        const char *name;
        const char *frame;
        size_t len;
        uint64_t bad;
        uint64_t other;
    } rows[] = {
        {"Ethernet cut", FRAME(MACS), 1, 0},
        {"no IP", FRAME(MACS "\x08\x06xxx"), 0, 1},
        {"nothing behind Ethernet", FRAME(MACS "\x08\x00"), 1, 0},
        {"of another version", FRAME(MACS "\x08\x00\x60\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
         1, 0},
        {"header longer than the packet",
         FRAME(MACS "\x08\x00\x4f\0\0\x20\0\0\0\0\x40\x11\0\0\1\1\1\1\2\2\2\2\0\1\0\x35\0\x0c\0\0"),
         1, 0},
        {"packet longer than the frame",
         FRAME(MACS "\x08\x00\x45\0\5\xdc\0\0\0\0\x40\x11\0\0\1\1\1\1\2\2\2\2\0\1\0\x35\0\x0c\0\0"),
         1, 0},
        {"DNS cut",
         FRAME(MACS "\x08\x00\x45\0\0\x20\0\0\0\0\x40\x11\0\0\1\1\1\1\2\2\2\2\0\1\0\x35\0\x0c\0\0"
                    "abcd"),
         1, 0},
        {"another port",
         FRAME(MACS "\x08\x00\x45\0\0\x20\0\0\0\0\x40\x11\0\0\1\1\1\1\2\2\2\2\0\1\0\x50\0\x0c\0\0"
                    "abcd"),
         0, 1},
    };
    fixture f;
    uint64_t bad = 0;
    uint64_t other = 0;
    setup(&f, &nm_schema_base_dnsqr, NM_LINK_ETHERNET);
    begin(&f);
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        CHECK_EQ(give(&f, nm_span_of(rows[i].frame, rows[i].len), (uint32_t)rows[i].len), NM_AGAIN);
        bad += rows[i].bad;
        other += rows[i].other;
        CHECK_EQ(nm_capture_stats_get(f.c).bad, bad);
        CHECK_EQ(nm_capture_stats_get(f.c).other, other);
        CHECK_EQ(nm_capture_stats_get(f.c).packets, i + 1);
    }
    finish(&f);
}

static void
usual_links_of_files_are_those_that_files_can_tell(void)
{
    static const struct {
        bool is_live;
        nm_capture_links links;
        nm_status status;
    } rows[] = {
        {false, NM_CAPTURE_LINKS_USUAL, NM_AGAIN},
        {true, NM_CAPTURE_LINKS_USUAL, NM_OK},
        {false, NM_CAPTURE_LINKS_ALL, NM_OK},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        fixture f;
        octets o = {0};
        const dns_plan plan = {.client = 1, .port = 9, .is_response = true, .qname = FOO_NET};
        setup(&f, &nm_schema_base_dnsqr, NM_LINK_NULL);
        f.options.is_live = rows[i].is_live;
        f.options.links = rows[i].links;
        begin(&f);
        octets_le(&o, 2, 4);
        dns_put_packet(&o, &plan);
        CHECK_EQ(give(&f, octets_span(&o), (uint32_t)o.len), rows[i].status);
        octets_free(&o);
        finish(&f);
    }
}

CHECK_MAIN(CHECK_TEST(types_and_link_types_are_checked), CHECK_TEST(limits_of_zero_are_refused),
           CHECK_TEST(frames_are_kept_whole_by_pkt),
           CHECK_TEST(packet_takes_what_is_behind_the_link_layer),
           CHECK_TEST(ncap_takes_udp_and_puts_fragments_together),
           CHECK_TEST(packet_and_ncap_ask_the_filter),
           CHECK_TEST(what_is_bad_is_counted_and_passed_over),
           CHECK_TEST(usual_links_of_files_are_those_that_files_can_tell))
