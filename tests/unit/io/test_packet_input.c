/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the packets in capture files: as files, pipes and memory, cut off, filtered; and what
 * options and the environment say. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture/packets_of.h"
#include "capture/savefile.h"
#include "check.h"
#include "io/backend.h"
#include "io/packet_options.h"
#include "io_fixture.h"
#include "message/registry.h"
#include "message/schema/tables.h"

/* A DNS query from 192.0.2.1 to 192.0.2.53 for example.net, with id 7, in an Ethernet frame. */
static const uint8_t QUERY[] = {
    2, 0,   0,   0,   0,   1,   2,    0,    0,   0,   0,   2,   8,   0, 0x45, 0,  0,    57,
    0, 1,   0,   0,   64,  17,  0xf6, 0x7f, 192, 0,   2,   1,   192, 0, 2,    53, 0x9c, 0x40,
    0, 53,  0,   37,  0,   0,   0,    7,    1,   0,   0,   1,   0,   0, 0,    0,  0,    0,
    7, 'e', 'x', 'a', 'm', 'p', 'l',  'e',  3,   'n', 'e', 't', 0,   0, 1,    0,  1,
};

enum { DNS_AT = 42, PORT_AT = 34 };

/* A capture file in memory. */
static nm_buffer
capture_begin(void)
{
    nm_buffer file;
    nm_buffer_init(&file, 1 << 20, &nm_allocator_heap);
    CHECK_OR_EXIT(nm_savefile_write_header(NM_LINK_ETHERNET, &file) == NM_OK);
    return file;
}

/* Add the query, or its response, some seconds later. */
static void
capture_add(nm_buffer *file, uint8_t id, bool is_response, int64_t sec)
{
    uint8_t frame[sizeof QUERY];
    memcpy(frame, QUERY, sizeof QUERY);
    frame[DNS_AT + 1] = id;
    if (is_response) {
        memcpy(frame + 26, QUERY + 30, 4);
        memcpy(frame + 30, QUERY + 26, 4);
        memcpy(frame + PORT_AT, QUERY + PORT_AT + 2, 2);
        memcpy(frame + PORT_AT + 2, QUERY + PORT_AT, 2);
        frame[DNS_AT + 2] = 0x81;
    }
    nm_captured packet = {.octets = nm_span_of(frame, sizeof frame),
                          .len = sizeof frame,
                          .time_sec = 1700000000 + sec,
                          .time_nsec = 123456789};
    CHECK_OR_EXIT(nm_savefile_write_packet(&packet, file) == NM_OK);
}

static nm_input_options
options_for(const char *type, const nm_packet_options *packets)
{
    nm_input_options options = nm_input_options_default();
    options.format = NM_FORMAT_PCAP;
    options.schema = nm_registry_find_name(NM_VENDOR_BASE, nm_span_of(type, strlen(type)));
    options.packets = packets;
    return options;
}

static nm_input *
open_memory(const nm_buffer *file, const char *type, const nm_packet_options *packets)
{
    nm_input_options options = options_for(type, packets);
    nm_input *in = NULL;
    nm_error err;
    CHECK_OR_EXIT(nm_input_open_memory(nm_buffer_span(file), &options, &in, &err) == NM_OK);
    return in;
}

#define CHECK_READ(in, expected)                                                                   \
    do {                                                                                           \
        const nm_message *ignored = NULL;                                                          \
        nm_error detail;                                                                           \
        CHECK_EQ(fixture_read((in), &ignored, &detail), (expected));                               \
    } while (0)

/* Messages up to the end. */
static unsigned
count(nm_input *in)
{
    const nm_message *message = NULL;
    unsigned messages = 0;
    nm_error err;
    while (fixture_read(in, &message, &err) == NM_OK) {
        messages++;
    }
    return messages;
}

static void
packets_become_messages_with_their_times(void)
{
    nm_buffer file = capture_begin();
    capture_add(&file, 1, false, 0);
    capture_add(&file, 1, true, 1);
    capture_add(&file, 2, false, 2);
    nm_input *in = open_memory(&file, "dnsqr", NULL);
    const nm_message *message = NULL;
    CHECK_EQ(fixture_read(in, &message, NULL), NM_OK);
    CHECK_EQ(message->payload.time_sec, 1700000000);
    CHECK_EQ(message->payload.time_nsec, 123456000);
    CHECK_EQ(fixture_read(in, &message, NULL), NM_OK); /* Without response. */
    CHECK_EQ(message->payload.time_sec, 1700000002);
    CHECK_READ(in, NM_END);
    CHECK_READ(in, NM_END);
    nm_capture_stats stats;
    CHECK(nm_input_capture_stats_get(in, &stats));
    CHECK_EQ(stats.packets, 3);
    CHECK_EQ(stats.messages, 2);
    CHECK_EQ(stats.unanswered, 1);
    CHECK_EQ(nm_input_stats_get(in).messages, 2);
    CHECK_EQ(nm_input_stats_get(in).octets, file.len);
    nm_input_free(in);
    nm_buffer_clear(&file);
}

/* One of many frames, of any length. */
static nm_span
frame_of(size_t i)
{
    enum { LEN_MAX = 100000 };
    static uint8_t frame[LEN_MAX];
    size_t len = i % 50 == 7 ? LEN_MAX - i : 1 + i * 97 % 3000;
    memset(frame, (int)i, len);
    return nm_span_of(frame, len);
}

/* However many are made at a time, and wherever their octets moved meanwhile. */
static void
all_messages_hold_what_was_captured(void)
{
    enum { COUNT = 1000 };
    nm_buffer file;
    nm_buffer_init(&file, 1 << 24, &nm_allocator_heap);
    CHECK_OR_EXIT(nm_savefile_write_header(NM_LINK_ETHERNET, &file) == NM_OK);
    for (size_t i = 0; i < COUNT; i++) {
        nm_span frame = frame_of(i);
        nm_captured packet = {
            .octets = frame, .len = (uint32_t)frame.len, .time_sec = (int64_t)i, .time_nsec = 1000};
        CHECK_OR_EXIT(nm_savefile_write_packet(&packet, &file) == NM_OK);
    }
    nm_input *in = open_memory(&file, "pkt", NULL);
    for (size_t i = 0; i < COUNT; i++) {
        const nm_message *message = NULL;
        nm_packets_place place = {.field = 0};
        nm_packet_of packet;
        CHECK_OR_EXIT(fixture_read(in, &message, NULL) == NM_OK);
        CHECK_EQ(message->payload.time_sec, (int64_t)i);
        CHECK_OR_EXIT(nm_packets_next(message, &place, &packet));
        CHECK_SPAN(packet.packet.octets, frame_of(i));
    }
    CHECK_READ(in, NM_END);
    nm_input_free(in);
    nm_buffer_clear(&file);
}

static bool
note_question(void *context)
{
    *(bool *)context = true;
    return false;
}

/* Whoever waits for a message gets those that are there: a hundred queries expire before the packet
 * behind the one that tells how late it is, more than are given out at a time, and nothing comes
 * behind that. */
static void
what_is_there_is_not_waited_for(void)
{
    enum { COUNT = 100, LATE_SEC = 1000 };
    nm_buffer file = capture_begin();
    for (uint8_t id = 0; id < COUNT; id++) {
        capture_add(&file, id, false, 0);
    }
    capture_add(&file, COUNT, false, LATE_SEC);
    capture_add(&file, COUNT + 1, false, LATE_SEC);
    int ends[2];
    CHECK_OR_EXIT(pipe(ends) == 0);
    CHECK_EQ(write(ends[1], file.data, file.len), (ssize_t)file.len);
    nm_input_options options = options_for("dnsqr", NULL);
    nm_input *in = NULL;
    const nm_message *message = NULL;
    bool is_waiting = false;
    nm_wait wait = {.may_go_on = note_question, .context = &is_waiting};
    CHECK_OR_EXIT(nm_input_open_fd(ends[0], &options, &in, NULL) == NM_OK);
    for (unsigned messages = 0; messages < COUNT && !is_waiting;) {
        while (nm_input_take(in, &message, NULL) == NM_OK) {
            messages++;
        }
        if (messages < COUNT) {
            CHECK_EQ(nm_input_fill(in, &wait, NULL), NM_OK);
        }
    }
    CHECK(!is_waiting);
    CHECK_EQ(nm_input_fill(in, &wait, NULL), NM_STOPPED);
    CHECK(is_waiting);
    nm_input_free(in);
    close(ends[0]);
    close(ends[1]);
    nm_buffer_clear(&file);
}

static void
a_pipe_may_give_pieces(void)
{
    nm_buffer file = capture_begin();
    capture_add(&file, 1, false, 0);
    capture_add(&file, 2, false, 1);
    int ends[2];
    CHECK_OR_EXIT(pipe(ends) == 0);
    nm_input_options options = options_for("pkt", NULL);
    nm_input *in = NULL;
    CHECK_OR_EXIT(nm_input_open_fd(ends[0], &options, &in, NULL) == NM_OK);
    unsigned messages = 0;
    for (size_t i = 0; i < file.len; i++) {
        const nm_message *message = NULL;
        CHECK_EQ(write(ends[1], file.data + i, 1), 1);
        while (nm_input_fill(in, /* wait= */ NULL, NULL) == NM_OK) {
            messages += nm_input_take(in, &message, NULL) == NM_OK;
        }
    }
    CHECK_EQ(messages, 2);
    close(ends[1]);
    CHECK_READ(in, NM_END);
    nm_input_free(in);
    close(ends[0]);
    nm_buffer_clear(&file);
}

static void
behind_a_cut_everything_is_given_out_before_the_error(void)
{
    nm_buffer file = capture_begin();
    capture_add(&file, 1, false, 0);
    capture_add(&file, 2, false, 1);
    capture_add(&file, 3, false, 2);
    file.len -= 5;
    nm_input *in = open_memory(&file, "dnsqr", NULL);
    const nm_message *message = NULL;
    nm_error err;
    CHECK_READ(in, NM_OK);
    CHECK_READ(in, NM_OK);
    CHECK_EQ(fixture_read(in, &message, &err), NM_E_TRUNCATED);
    CHECK(strstr(err.message, "truncated dump file") != NULL);
    CHECK_EQ(err.offset, 24 + 2 * (16 + sizeof QUERY));
    CHECK(nm_input_has_ended(in));
    CHECK_READ(in, NM_END);
    nm_input_free(in);
    nm_buffer_clear(&file);
}

static void
what_cannot_be_read_is_refused_when_opened(void)
{
    nm_buffer file = capture_begin();
    nm_input_options options = options_for("dnsqr", NULL);
    nm_input *in = NULL;
    nm_error err;
    CHECK_CASE("no capture file");
    CHECK_EQ(nm_input_open_memory(nm_span_of("no capture", 10), &options, &in, &err), NM_E_PARSE);
    CHECK_CASE("nothing");
    CHECK_EQ(nm_input_open_memory(nm_span_of("", 0), &options, &in, &err), NM_E_TRUNCATED);
    CHECK_CASE("a type that is not made of packets");
    options = options_for("http", NULL);
    CHECK_EQ(nm_input_open_memory(nm_buffer_span(&file), &options, &in, &err), NM_E_ARGUMENT);
    CHECK_CASE("no type");
    options.schema = NULL;
    CHECK_EQ(nm_input_open_memory(nm_buffer_span(&file), &options, &in, &err), NM_E_ARGUMENT);
    CHECK_CASE("a link type that a type is not made of");
    options = options_for("pkt", NULL);
    file.data[20] = NM_LINK_RAW;
    CHECK_EQ(nm_input_open_memory(nm_buffer_span(&file), &options, &in, &err), NM_E_ARGUMENT);
    CHECK_CASE("of a pipe when it is read");
    int ends[2];
    CHECK_OR_EXIT(pipe(ends) == 0);
    CHECK_OR_EXIT(nm_input_open_fd(ends[0], &options, &in, NULL) == NM_OK);
    CHECK_EQ(write(ends[1], file.data, file.len), (ssize_t)file.len);
    CHECK_READ(in, NM_E_ARGUMENT);
    CHECK_READ(in, NM_END);
    nm_input_free(in);
    close(ends[0]);
    close(ends[1]);
    nm_buffer_clear(&file);
}

static nm_status
open_filtered(const nm_buffer *file, const char *filter, nm_input **out)
{
    nm_packet_options packets = nm_packet_options_default();
    packets.filter = filter;
    nm_input_options options = options_for("pkt", &packets);
    nm_error err;
    return nm_input_open_memory(nm_buffer_span(file), &options, out, &err);
}

static void
filters_keep_packets_back(void)
{
    static const struct {
        const char *filter;
        unsigned packets;
    } rows[] = {
        {"udp dst port 53", 2},
        {"src host 192.0.2.53", 1},
        {"tcp", 0},
        {" \t", 3},
        {"ether src 02:00:00:00:00:02", 3},
        {"udp and dst net 192.0.2.53/32", 2},
    };
    nm_buffer file = capture_begin();
    capture_add(&file, 1, false, 0);
    capture_add(&file, 1, true, 1);
    capture_add(&file, 2, false, 2);
    nm_input *in = NULL;
    if (!nm_backend_is_present(NM_BACKEND_PCAP)) {
        CHECK_EQ(open_filtered(&file, "udp", &in), NM_E_ABSENT);
        nm_buffer_clear(&file);
        return;
    }
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].filter);
        CHECK_OR_EXIT(open_filtered(&file, rows[i].filter, &in) == NM_OK);
        CHECK_EQ(count(in), rows[i].packets);
        nm_capture_stats stats;
        CHECK(nm_input_capture_stats_get(in, &stats));
        CHECK_EQ(stats.packets, 3);
        CHECK_EQ(stats.unwanted, 3 - rows[i].packets);
        nm_input_free(in);
    }
    CHECK_CASE("nonsense");
    CHECK_EQ(open_filtered(&file, "port of call", &in), NM_E_ARGUMENT);
    nm_buffer_clear(&file);
}

static void
options_are_copied(void)
{
    char number[] = "1";
    char names[] = "example.net";
    nm_packet_options packets = nm_packet_options_default();
    nm_buffer file = capture_begin();
    capture_add(&file, 1, false, 0);
    capture_add(&file, 2, false, 5);
    packets.dnsqr[NM_DNSQR_QUERY_TIMEOUT] = number;
    nm_input *in = open_memory(&file, "dnsqr", &packets);
    CHECK_EQ(count(in), 2);
    nm_input_free(in);
    packets.dnsqr[NM_DNSQR_FILTER_QNAMES_EXCLUDE] = names;
    in = open_memory(&file, "dnsqr", &packets);
    memset(names, 'x', sizeof names - 1);
    memset(number, 'x', sizeof number - 1);
    CHECK_EQ(count(in), 0);
    nm_capture_stats stats;
    CHECK(nm_input_capture_stats_get(in, &stats));
    CHECK_EQ(stats.filtered, 2);
    nm_input_free(in);
    nm_buffer_clear(&file);
}

static void
the_environment_fills_what_is_not_set(void)
{
    CHECK_OR_EXIT(setenv("NMSG_BPF", "udp", 1) == 0);
    CHECK_OR_EXIT(setenv("DNSQR_QUERY_TIMEOUT", "7", 1) == 0);
    CHECK_OR_EXIT(setenv("DNSQR_CAPTURE_QR", "1", 1) == 0);
    nm_packet_options options = nm_packet_options_default();
    options.dnsqr[NM_DNSQR_QUERY_TIMEOUT] = "5";
    nm_packet_options_from_environment(&options);
    CHECK_TEXT(options.filter, strlen(options.filter), "udp");
    CHECK_TEXT(options.dnsqr[NM_DNSQR_QUERY_TIMEOUT], 1, "5");
    CHECK_TEXT(options.dnsqr[NM_DNSQR_CAPTURE_QR], 1, "1");
    CHECK(options.dnsqr[NM_DNSQR_CAPTURE_RD] == NULL);
    options = nm_packet_options_default();
    options.dnsqr[NM_DNSQR_AUTH_ADDRS] = "192.0.2.1"; /* Which a filter would replace. */
    nm_packet_options_from_environment(&options);
    CHECK(options.filter == NULL);
}

static void
what_is_given_explicitly_has_to_make_sense(void)
{
    static const struct {
        nm_dnsqr_variable variable;
        const char *text;
        bool is_good;
    } rows[] = {
        {NM_DNSQR_QUERY_TIMEOUT, NULL, true},
        {NM_DNSQR_QUERY_TIMEOUT, "60", true},
        {NM_DNSQR_QUERY_TIMEOUT, "0x10", true},
        {NM_DNSQR_QUERY_TIMEOUT, "0", false},
        {NM_DNSQR_QUERY_TIMEOUT, "-1", false},
        {NM_DNSQR_QUERY_TIMEOUT, "60s", false},
        {NM_DNSQR_STATE_TABLE_MAX, "99999999999", false},
        {NM_DNSQR_CAPTURE_RD, "1", true},
        {NM_DNSQR_CAPTURE_RD, "2", false},
        {NM_DNSQR_FILTER_QNAMES_EXCLUDE, "example.com:example.net", true},
        {NM_DNSQR_FILTER_QNAMES_EXCLUDE, "example.com:a..b", false},
        {NM_DNSQR_AUTH_ADDRS, "192.0.2.1,2001:db8::/32", true},
        {NM_DNSQR_RES_ADDRS, "nobody", false},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        nm_error err;
        CHECK_CASE(rows[i].text != NULL ? rows[i].text : "nothing");
        CHECK_EQ(nm_packet_option_check(rows[i].variable, rows[i].text, &err),
                 rows[i].is_good ? NM_OK : NM_E_ARGUMENT);
    }
}

static void
interfaces_need_a_library_and_a_name(void)
{
    nm_input_options options = options_for("dnsqr", NULL);
    nm_input *in = NULL;
    nm_error err;
    nm_status status = nm_input_open_interface("no-such-interface", &options, &in, &err);
    CHECK_EQ(status, nm_backend_is_present(NM_BACKEND_PCAP) ? NM_E_SYSTEM : NM_E_ABSENT);
    static char name[2000];
    memset(name, 'x', sizeof name - 1);
    CHECK(nm_input_open_interface(name, &options, &in, &err) != NM_OK);
}

CHECK_MAIN(CHECK_TEST(packets_become_messages_with_their_times),
           CHECK_TEST(all_messages_hold_what_was_captured),
           CHECK_TEST(what_is_there_is_not_waited_for), CHECK_TEST(a_pipe_may_give_pieces),
           CHECK_TEST(behind_a_cut_everything_is_given_out_before_the_error),
           CHECK_TEST(what_cannot_be_read_is_refused_when_opened),
           CHECK_TEST(filters_keep_packets_back), CHECK_TEST(options_are_copied),
           CHECK_TEST(the_environment_fills_what_is_not_set),
           CHECK_TEST(what_is_given_explicitly_has_to_make_sense),
           CHECK_TEST(interfaces_need_a_library_and_a_name))
