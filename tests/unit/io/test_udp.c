/* SPDX-License-Identifier: Apache-2.0 */
/* Input and output over loopback: the receiving thread, its ring and its flag. */
#include <poll.h>

#include "base/address.h"
#include "check.h"
#include "io_fixture.h"

static nm_input *
open_input(const char *address, size_t ring_len, unsigned *out_port)
{
    char text[NM_ADDRESS_TEXT_MAX + 1];
    nm_input *in = NULL;
    nm_input_options options = nm_input_options_default();
    options.ring_len = ring_len;
    CHECK_EQ(nm_input_open_udp(address, 0, &options, &in, NULL), NM_OK);
    CHECK_EQ(nm_input_address(in, text, out_port, NULL), NM_OK);
    return in;
}

static nm_output *
open_output(const char *address, unsigned port, bool is_buffered, bool is_compressed)
{
    nm_output *out = NULL;
    nm_output_options options = nm_output_options_socket();
    options.is_buffered = is_buffered;
    options.is_compressed = is_compressed;
    CHECK_EQ(nm_output_open_udp(address, port, false, &options, &out, NULL), NM_OK);
    return out;
}

/* Send `count` messages of `len` octets and read them all. */
static void
round_trip(const char *address, bool is_buffered, bool is_compressed, uint32_t count, size_t len)
{
    static uint8_t octets[20000];
    for (size_t i = 0; i < sizeof octets; i++) {
        octets[i] = (uint8_t)(i * i >> 3);
    }
    unsigned port = 0;
    nm_input *in = open_input(address, 1U << 20, &port);
    nm_output *out = open_output(address, port, is_buffered, is_compressed);
    for (uint32_t i = 1; i <= count; i++) {
        CHECK_EQ(fixture_write(out, i, nm_span_of(octets, len)), NM_OK);
    }
    CHECK_EQ(fixture_close(out), NM_OK);
    for (uint32_t i = 1; i <= count; i++) {
        const nm_message *message = NULL;
        CHECK_EQ(fixture_read(in, &message, NULL), NM_OK);
        CHECK_EQ(message->payload.source, i);
        CHECK_SPAN(message->payload.data, nm_span_of(octets, len));
    }
    nm_input_stats stats = nm_input_stats_get(in);
    CHECK_EQ(stats.messages, count);
    CHECK_EQ(stats.datagrams, nm_output_stats_get(out).frames);
    CHECK_EQ(stats.containers, nm_output_stats_get(out).containers);
    CHECK_EQ(stats.kernel_lost + stats.sequence_lost + stats.fragments_lost, 0);
    nm_output_free(out);
    nm_input_free(in);
}

static void
messages_arrive(void)
{
    static const struct {
        const char *name;
        const char *address;
        bool is_buffered;
        bool is_compressed;
        uint32_t count;
        size_t len;
    } rows[] = {
        {"one by one", "127.0.0.1", false, false, 100, 30},
        {"buffered", "127.0.0.1", true, false, 500, 30},
        {"compressed", "127.0.0.1", true, true, 500, 30},
        {"over IPv6", "::1", true, false, 100, 30},
        {"in fragments", "127.0.0.1", true, false, 5, 20000},
        {"in compressed fragments", "127.0.0.1", true, true, 5, 20000},
        {"without octets", "127.0.0.1", true, false, 10, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        round_trip(rows[i].address, rows[i].is_buffered, rows[i].is_compressed, rows[i].count,
                   rows[i].len);
    }
}

static bool
is_readable(nm_input *in, int timeout_ms)
{
    struct pollfd pfd = {.fd = nm_input_fileno(in), .events = POLLIN};
    return poll(&pfd, 1, timeout_ms) == 1;
}

static void
the_descriptor_is_readable_until_the_last_message(void)
{
    unsigned port = 0;
    nm_input *in = open_input("127.0.0.1", 0, &port);
    CHECK(!is_readable(in, 0));
    nm_output *out = open_output("127.0.0.1", port, true, false);
    for (uint32_t round = 0; round < 50; round++) {
        for (uint32_t i = 0; i < 3; i++) { /* Three messages in one container. */
            CHECK_EQ(fixture_write(out, i, nm_span_of("x", 1)), NM_OK);
        }
        CHECK_EQ(fixture_flush(out), NM_OK);
        for (uint32_t i = 0; i < 3; i++) {
            const nm_message *message = NULL;
            CHECK(is_readable(in, 5000));
            CHECK_EQ(fixture_read(in, &message, NULL), NM_OK);
            nm_input_settle(in);
        }
        CHECK(!is_readable(in, 0));
        CHECK_EQ(nm_input_fill(in, NULL, NULL), NM_AGAIN);
        CHECK(!is_readable(in, 0));
    }
    nm_output_free(out);
    nm_input_free(in);
}

static void
a_full_ring_loses_nothing_that_the_kernel_can_hold(void)
{
    enum { COUNT = 2000, LEN = 1000 };
    static uint8_t octets[LEN];
    unsigned port = 0;
    nm_input *in = open_input("127.0.0.1", NM_OUTPUT_FILE_LEN / 4, &port);
    nm_output *out = open_output("127.0.0.1", port, false, false);
    for (uint32_t i = 1; i <= COUNT; i++) {
        CHECK_EQ(fixture_write(out, i, nm_span_of(octets, LEN)), NM_OK);
    }
    uint64_t received = 0;
    while (received + nm_input_stats_get(in).kernel_lost < COUNT) {
        const nm_message *message = NULL;
        if (fixture_read(in, &message, NULL) != NM_OK) {
            break;
        }
        received++;
    }
    nm_input_stats stats = nm_input_stats_get(in);
    CHECK_EQ(received + stats.kernel_lost, COUNT);
    CHECK_EQ(stats.messages, received);
    CHECK(stats.sequence_lost <= stats.kernel_lost);
    nm_output_free(out);
    nm_input_free(in);
}

static void
an_input_with_a_full_ring_can_be_closed(void)
{
    static uint8_t octets[60000];
    unsigned port = 0;
    nm_input *in = open_input("127.0.0.1", 0, &port);
    nm_output *out = NULL;
    nm_output_options options = nm_output_options_socket();
    options.is_buffered = false;
    options.container_len = NM_OUTPUT_DATAGRAM_MAX;
    CHECK_EQ(nm_output_open_udp("127.0.0.1", port, false, &options, &out, NULL), NM_OK);
    for (uint32_t i = 0; i < 20; i++) {
        CHECK_EQ(fixture_write(out, i, nm_span_of(octets, sizeof octets)), NM_OK);
    }
    while (nm_input_stats_get(in).ring_full_ns == 0) {
        (void)poll(NULL, 0, 1);
    }
    nm_input_free(in);
    nm_output_free(out);
}

CHECK_MAIN(CHECK_TEST(messages_arrive),
           CHECK_TEST(the_descriptor_is_readable_until_the_last_message),
           CHECK_TEST(a_full_ring_loses_nothing_that_the_kernel_can_hold),
           CHECK_TEST(an_input_with_a_full_ring_can_be_closed))
