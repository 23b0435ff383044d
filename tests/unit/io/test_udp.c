/* SPDX-License-Identifier: Apache-2.0 */
/* Input and output over loopback: the receiving thread, its ring and its flag. */
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/address.h"
#include "check.h"
#include "io/socket_address.h"
#include "io_fixture.h"

static nm_input *
open_input(const char *address, size_t ring_len, unsigned *out_port)
{
    char text[NM_ADDRESS_TEXT_MAX + 1];
    nm_input *in = NULL;
    nm_input_options options = nm_input_options_default();
    options.ring_len = ring_len;
    nm_endpoint endpoint = {.address = address};
    CHECK_EQ(nm_input_open_udp(&endpoint, 1, &options, &in, NULL), NM_OK);
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

/* Large messages between small ones, by an output that has to send fragments one by one. */
static void
fragments_arrive_where_the_kernel_cannot_divide(void)
{
    static uint8_t octets[200000];
    unsigned port = 0;
    int yes = 1;
    nm_input *in = open_input("127.0.0.1", 1U << 20, &port);
    nm_output *out = open_output("127.0.0.1", port, true, false);
    for (size_t i = 0; i < sizeof octets; i++) {
        octets[i] = (uint8_t)(i * i >> 5);
    }
#ifdef SO_NO_CHECK /* The checksum of each datagram cannot be left out and computed. */
    CHECK_EQ(setsockopt(nm_output_fileno(out), SOL_SOCKET, SO_NO_CHECK, &yes, sizeof yes), 0);
#endif
    for (uint32_t i = 1; i <= 20; i++) {
        size_t len = i % 2 == 0 ? 30 : i * 10000;
        CHECK_EQ(fixture_write(out, i, nm_span_of(octets, len)), NM_OK);
        CHECK_EQ(fixture_flush(out), NM_OK);
        const nm_message *message = NULL;
        CHECK_OR_EXIT(fixture_read(in, &message, NULL) == NM_OK);
        CHECK_SPAN(message->payload.data, nm_span_of(octets, len));
    }
    CHECK_EQ(nm_output_stats_get(out).send_errors, 0);
    CHECK_EQ(nm_output_stats_get(out).frames, nm_input_stats_get(in).datagrams);
    nm_output_free(out);
    nm_input_free(in);
}

/* To nobody: every other call fails, and no fragment may be sent twice or left out for it. */
static void
a_refused_fragment_is_sent_again(void)
{
    static uint8_t octets[100000];
    unsigned port = 0;
    nm_input *in = open_input("127.0.0.1", 1U << 20, &port);
    nm_output *out = open_output("127.0.0.1", port, true, false);
    nm_input_free(in);
    CHECK_EQ(fixture_write(out, 1, nm_span_of(octets, sizeof octets)), NM_OK);
    CHECK_EQ(fixture_flush(out), NM_OK);
    nm_input_options options = nm_input_options_default();
    nm_endpoint endpoint = {.address = "127.0.0.1", .port = port};
    CHECK_OR_EXIT(nm_input_open_udp(&endpoint, 1, &options, &in, NULL) == NM_OK);
    uint64_t frames = nm_output_stats_get(out).frames;
    CHECK(frames > 1);
    CHECK_EQ(fixture_write(out, 2, nm_span_of(octets, sizeof octets)), NM_OK);
    CHECK_EQ(fixture_flush(out), NM_OK);
    const nm_message *message = NULL;
    CHECK_OR_EXIT(fixture_read(in, &message, NULL) == NM_OK);
    CHECK_EQ(message->payload.source, 2);
    CHECK(nm_output_stats_get(out).send_errors > 0);
    CHECK_EQ(nm_output_stats_get(out).frames, 2 * frames);
    CHECK_EQ(nm_input_stats_get(in).datagrams, frames);
    nm_output_free(out);
    nm_input_free(in);
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

static void
several_addresses_are_one_input(void)
{
    enum { SOCKETS = 3, ROUNDS = 100 };
    nm_endpoint endpoints[SOCKETS];
    nm_output *outs[SOCKETS];
    nm_input *in = NULL;
    nm_input_options options = nm_input_options_default();
    for (size_t i = 0; i < SOCKETS; i++) { /* Ports that are free now. */
        nm_input *probe = open_input("127.0.0.1", 0, &endpoints[i].port);
        endpoints[i].address = "127.0.0.1";
        outs[i] = open_output("127.0.0.1", endpoints[i].port, false, false);
        nm_input_free(probe);
    }
    CHECK_OR_EXIT(nm_input_open_udp(endpoints, SOCKETS, &options, &in, NULL) == NM_OK);
    uint32_t seen[SOCKETS] = {0};
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        for (size_t i = 0; i < SOCKETS; i++) {
            CHECK_EQ(fixture_write(outs[i], (uint32_t)i + 1, nm_span_of("x", 1)), NM_OK);
        }
        for (size_t i = 0; i < SOCKETS; i++) {
            const nm_message *message = NULL;
            CHECK_OR_EXIT(fixture_read(in, &message, NULL) == NM_OK);
            seen[message->payload.source - 1]++;
        }
    }
    for (size_t i = 0; i < SOCKETS; i++) {
        CHECK_EQ(seen[i], ROUNDS);
        nm_output_free(outs[i]);
    }
    nm_input_stats stats = nm_input_stats_get(in);
    CHECK_EQ(stats.datagrams, SOCKETS * ROUNDS);
    CHECK_EQ(stats.kernel_lost + stats.sequence_lost, 0);
    nm_input_free(in);
}

static void
the_number_of_addresses_has_limits(void)
{
    static nm_endpoint endpoints[NM_UDP_SOCKETS_MAX + 1];
    nm_input *in = NULL;
    nm_input_options options = nm_input_options_default();
    nm_error err = {.code = NM_OK};
    for (size_t i = 0; i < CHECK_COUNT(endpoints); i++) {
        endpoints[i].address = "127.0.0.1";
    }
    CHECK_EQ(nm_input_open_udp(endpoints, 0, &options, &in, &err), NM_E_ARGUMENT);
    CHECK_EQ(nm_input_open_udp(endpoints, CHECK_COUNT(endpoints), &options, &in, &err),
             NM_E_ARGUMENT);
    endpoints[2].address = "192.0.2.1"; /* Not ours: those opened before are closed. */
    CHECK_EQ(nm_input_open_udp(endpoints, 4, &options, &in, &err), NM_E_SYSTEM);
}

/* Send one message and wait until the receiver has it. */
static void
send_one(nm_input *in, nm_output *out, uint32_t number)
{
    uint64_t before = nm_input_stats_get(in).datagrams;
    CHECK_EQ(fixture_write(out, number, nm_span_of("x", 1)), NM_OK);
    while (nm_input_stats_get(in).datagrams == before) {
        (void)poll(NULL, 0, 1);
    }
}

static uint32_t
read_one(nm_input *in)
{
    const nm_message *message = NULL;
    return fixture_read(in, &message, NULL) == NM_OK ? message->payload.source : 0;
}

/* Status of a child that runs `function`. */
static int
in_child(int (*function)(nm_input *in, nm_output *out), nm_input *in, nm_output *out)
{
    int status = -1;
    (void)fflush(stdout); /* Or the child would write it again. */
    pid_t child = fork();
    if (child == 0) {
        _exit(function(in, out));
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    return status;
}

static int
expect_forked(nm_input *in, nm_output *out)
{
    (void)out;
    bool is_told = nm_input_fill(in, NULL, NULL) == NM_E_FORKED;
    nm_input_free(in);
    return is_told ? 0 : 1;
}

static void
a_used_input_stays_the_parents(void)
{
    unsigned port = 0;
    nm_input *in = open_input("127.0.0.1", 0, &port);
    nm_output *out = open_output("127.0.0.1", port, false, false);
    CHECK_EQ(nm_input_fill(in, NULL, NULL), NM_AGAIN);
    CHECK_EQ(in_child(expect_forked, in, out), 0);
    send_one(in, out, 1);
    CHECK_EQ(read_one(in), 1);
    nm_output_free(out);
    nm_input_free(in);
}

static int
only_free(nm_input *in, nm_output *out)
{
    (void)out;
    nm_input_free(in);
    return 0;
}

static void
the_parent_goes_on_after_a_fork(void)
{
    unsigned port = 0;
    nm_input *in = open_input("127.0.0.1", 0, &port);
    nm_output *out = open_output("127.0.0.1", port, false, false);
    send_one(in, out, 1);
    for (uint32_t round = 0; round < 20; round++) { /* Its thread rests from the first on. */
        CHECK_EQ(in_child(only_free, in, out), 0);
    }
    CHECK_EQ(fixture_write(out, 2, nm_span_of("x", 1)), NM_OK);
    CHECK_EQ(nm_input_stats_get(in).datagrams, 1);
    CHECK_EQ(read_one(in), 1);
    CHECK_EQ(read_one(in), 2);
    nm_output_free(out);
    nm_input_free(in);
}

/* The thread sanitizer allows no threads in a child. */
#ifndef __SANITIZE_THREAD__
static int
receive_in_child(nm_input *in, nm_output *out)
{
    bool is_good = read_one(in) == 1 && nm_output_is_foreign(out);
    nm_output_free(out);
    /* The second was sent after the fork, by the parent's other end of the same socket. */
    is_good = is_good && read_one(in) == 2 && nm_input_fill(in, NULL, NULL) == NM_AGAIN;
    nm_input_free(in);
    return is_good ? 0 : 1;
}

static void
an_unused_input_goes_over_to_a_child(void)
{
    for (int round = 0; round < 10; round++) {
        unsigned port = 0;
        int status = -1;
        nm_input *in = open_input("127.0.0.1", 0, &port);
        nm_output *out = open_output("127.0.0.1", port, false, false);
        send_one(in, out, 1);
        (void)fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            _exit(receive_in_child(in, out));
        }
        CHECK_EQ(fixture_write(out, 2, nm_span_of("x", 1)), NM_OK);
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK_EQ(status, 0);
        CHECK_EQ(nm_input_stats_get(in).datagrams, 1);
        /* What had come before the fork was the child's. */
        CHECK_EQ(fixture_write(out, 3, nm_span_of("x", 1)), NM_OK);
        CHECK_EQ(read_one(in), 3);
        nm_output_free(out);
        nm_input_free(in);
    }
}
#else
static void
an_unused_input_goes_over_to_a_child(void)
{
    CHECK(true);
}
#endif

/* What two inputs on one port get of what 64 senders send, one message each. */
static void
count_of_two(const char *address, bool spreads_port, uint64_t *out_first, uint64_t *out_second)
{
    enum { SENDERS = 64 };
    char text[NM_ADDRESS_TEXT_MAX + 1];
    nm_input *ins[2] = {NULL, NULL};
    nm_output *outs[SENDERS];
    nm_input_options options = nm_input_options_default();
    nm_endpoint endpoint = {.address = address};
    options.spreads_port = spreads_port;
    for (size_t i = 0; i < 2; i++) {
        CHECK_EQ(nm_input_open_udp(&endpoint, 1, &options, &ins[i], NULL), NM_OK);
        CHECK_EQ(nm_input_address(ins[i], text, &endpoint.port, NULL), NM_OK);
    }
    for (uint32_t i = 0; i < SENDERS; i++) {
        outs[i] = open_output(address, endpoint.port, false, false);
        CHECK_EQ(fixture_write(outs[i], i + 1, nm_span_of("x", 1)), NM_OK);
    }
    uint64_t arrived = 0;
    for (int64_t end = nm_clock_monotonic_ns() + 10 * INT64_C(1000000000);
         arrived < SENDERS && nm_clock_monotonic_ns() < end;) {
        const nm_message *message = NULL;
        for (size_t i = 0; i < 2; i++) {
            if (nm_input_take(ins[i], &message, NULL) == NM_OK) {
                arrived++;
            } else {
                nm_status filled = nm_input_fill(ins[i], NULL, NULL);
                CHECK(filled == NM_OK || filled == NM_AGAIN);
            }
        }
    }
    CHECK_EQ(arrived, SENDERS);
    *out_first = nm_input_stats_get(ins[0]).messages;
    *out_second = nm_input_stats_get(ins[1]).messages;
    for (size_t i = 0; i < SENDERS; i++) {
        nm_output_free(outs[i]);
    }
    nm_input_free(ins[0]);
    nm_input_free(ins[1]);
}

static void
inputs_on_one_port_share_the_senders_where_asked_to(void)
{
    static const char *const addresses[] = {"127.0.0.1", "::1"};
    for (size_t i = 0; i < 2; i++) {
        uint64_t first = 0;
        uint64_t second = 0;
        count_of_two(addresses[i], /* spreads_port= */ false, &first, &second);
        CHECK_EQ(first, 0);
        count_of_two(addresses[i], /* spreads_port= */ true, &first, &second);
        CHECK(first > 0);
        CHECK(second > 0);
    }
}

/* A free port is nobody else's, though all of them may be shared when they are named. */
static void
a_free_port_is_not_shared(void)
{
    enum { COUNT = 32 };
    nm_input *ins[COUNT];
    unsigned ports[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        char text[NM_ADDRESS_TEXT_MAX + 1];
        nm_input_options options = nm_input_options_default();
        nm_endpoint endpoint = {.address = "127.0.0.1"};
        options.spreads_port = true;
        options.ring_len = 1U << 20;
        CHECK_EQ(nm_input_open_udp(&endpoint, 1, &options, &ins[i], NULL), NM_OK);
        CHECK_EQ(nm_input_address(ins[i], text, &ports[i], NULL), NM_OK);
        for (size_t k = 0; k < i; k++) {
            CHECK(ports[k] != ports[i]);
        }
    }
    for (size_t i = 0; i < COUNT; i++) {
        nm_input_free(ins[i]);
    }
}

CHECK_MAIN(CHECK_TEST(messages_arrive), CHECK_TEST(fragments_arrive_where_the_kernel_cannot_divide),
           CHECK_TEST(a_refused_fragment_is_sent_again),
           CHECK_TEST(inputs_on_one_port_share_the_senders_where_asked_to),
           CHECK_TEST(a_free_port_is_not_shared), CHECK_TEST(several_addresses_are_one_input),
           CHECK_TEST(the_number_of_addresses_has_limits),
           CHECK_TEST(a_used_input_stays_the_parents), CHECK_TEST(the_parent_goes_on_after_a_fork),
           CHECK_TEST(an_unused_input_goes_over_to_a_child),
           CHECK_TEST(the_descriptor_is_readable_until_the_last_message),
           CHECK_TEST(a_full_ring_loses_nothing_that_the_kernel_can_hold),
           CHECK_TEST(an_input_with_a_full_ring_can_be_closed))
