/* SPDX-License-Identifier: Apache-2.0 */
/* Input and output by ZeroMQ, over loopback and sockets in the file system. */
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "check.h"
#include "io/zmq_endpoint.h"
#include "io_fixture.h"

enum { SUBSCRIBED_MS = 5000 /* A subscription arrives within that. */ };

static nm_zmq_endpoint
endpoint_of(const char *address, bool is_output, bool is_accepting, bool is_pushpull)
{
    nm_zmq_endpoint endpoint;
    CHECK_OR_EXIT(nm_zmq_endpoint_init(nm_span_of(address, strlen(address)), is_output, &endpoint,
                                       NULL) == NM_OK);
    endpoint.is_accepting = is_accepting;
    endpoint.is_pushpull = is_pushpull;
    return endpoint;
}

static nm_input *
open_input(nm_zmq_endpoint *endpoint, const nm_input_options *options)
{
    nm_input *in = NULL;
    nm_error err;
    CHECK_OR_EXIT(nm_input_open_zmq(endpoint, options, &in, &err) == NM_OK);
    return in;
}

static nm_output *
open_output(nm_zmq_endpoint *endpoint, bool is_buffered, bool is_compressed)
{
    nm_output *out = NULL;
    nm_error err;
    nm_output_options options = nm_output_options_socket();
    options.container_len = NM_OUTPUT_ZMQ_LEN;
    options.is_buffered = is_buffered;
    options.is_compressed = is_compressed;
    CHECK_OR_EXIT(nm_output_open_zmq(endpoint, &options, &out, &err) == NM_OK);
    return out;
}

/* An input and an output that know each other: who accepts is opened first, at a free port. */
static void
open_pair(const char *address, bool input_accepts, bool is_pushpull, bool is_buffered,
          nm_input **in, nm_output **out)
{
    nm_zmq_endpoint first = endpoint_of(address, !input_accepts, true, is_pushpull);
    nm_input_options options = nm_input_options_default();
    if (input_accepts) {
        *in = open_input(&first, &options);
        nm_zmq_endpoint second = endpoint_of(first.address, true, false, is_pushpull);
        *out = open_output(&second, is_buffered, /* is_compressed= */ false);
    } else {
        *out = open_output(&first, is_buffered, /* is_compressed= */ false);
        nm_zmq_endpoint second = endpoint_of(first.address, false, false, is_pushpull);
        *in = open_input(&second, &options);
    }
}

/* Write until the first message comes: then the subscription has arrived, and nothing is lost. */
static void
meet(nm_input *in, nm_output *out)
{
    const nm_message *message = NULL;
    int64_t end = nm_clock_monotonic_ns() + SUBSCRIBED_MS * INT64_C(1000000);
    nm_status status = NM_AGAIN;
    while (status == NM_AGAIN && nm_clock_monotonic_ns() < end) {
        CHECK_EQ(fixture_write(out, 0, nm_span_of("x", 1)), NM_OK);
        CHECK_EQ(fixture_flush(out), NM_OK);
        (void)poll(NULL, 0, 5);
        status = nm_input_fill(in, /* wait= */ NULL, /* err= */ NULL);
    }
    CHECK_OR_EXIT(status == NM_OK);
    CHECK_EQ(nm_input_take(in, &message, /* err= */ NULL), NM_OK);
}

/* The next message that is none of meet(). */
static uint32_t
read_one(nm_input *in)
{
    const nm_message *message = NULL;
    do {
        CHECK_OR_EXIT(fixture_read(in, &message, NULL) == NM_OK);
    } while (message->payload.source == 0);
    return message->payload.source;
}

static void
messages_arrive_in_order(void)
{
    static uint8_t octets[20000];
    static const struct {
        const char *name;
        bool is_ipc;
        bool input_accepts;
        bool is_pushpull;
        bool is_buffered;
        size_t len;
    } rows[] = {
        {"pushpull, input accepts", false, true, true, true, 30},
        {"pushpull, output accepts", false, false, true, true, 30},
        {"pubsub, input accepts", false, true, false, true, 30},
        {"pubsub, output accepts", false, false, false, true, 30},
        {"ipc", true, true, true, true, 30},
        {"one by one", false, true, true, false, 30},
        {"larger than a container", false, true, true, true, sizeof octets},
        {"without octets", false, true, true, true, 0},
    };
    for (size_t i = 0; i < sizeof octets; i++) {
        octets[i] = (uint8_t)(i * i >> 3);
    }
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        enum { COUNT = 300 };
        char address[64] = "tcp://127.0.0.1:*";
        nm_input *in = NULL;
        nm_output *out = NULL;
        CHECK_CASE(rows[i].name);
        if (rows[i].is_ipc) {
            (void)snprintf(address, sizeof address, "ipc:///tmp/nmsg-test-zmq-%ld", (long)getpid());
        }
        open_pair(address, rows[i].input_accepts, rows[i].is_pushpull, rows[i].is_buffered, &in,
                  &out);
        meet(in, out);
        for (uint32_t n = 1; n <= COUNT; n++) {
            CHECK_EQ(fixture_write(out, n, nm_span_of(octets, rows[i].len)), NM_OK);
        }
        CHECK_EQ(fixture_close(out), NM_OK);
        for (uint32_t n = 1; n <= COUNT; n++) {
            CHECK_EQ(read_one(in), n);
        }
        nm_input_stats stats = nm_input_stats_get(in);
        CHECK_EQ(stats.datagrams, stats.containers);
        CHECK_EQ(stats.sequence_lost + stats.fragments_lost + stats.bad_containers, 0);
        nm_output_free(out);
        nm_input_free(in);
    }
}

static bool
is_readable(int fd)
{
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    return poll(&polled, 1, 0) > 0;
}

static void
the_descriptor_is_readable_until_the_last_message(void)
{
    nm_input *in = NULL;
    nm_output *out = NULL;
    const nm_message *message = NULL;
    open_pair("tcp://127.0.0.1:*", true, true, true, &in, &out);
    int fd = nm_input_fileno(in);
    CHECK_OR_EXIT(fd >= 0);
    for (uint32_t round = 0; round < 50; round++) {
        /* Two containers of two messages each. */
        for (uint32_t n = 1; n <= 4; n++) {
            CHECK_EQ(fixture_write(out, n, nm_span_of("x", 1)), NM_OK);
            if (n % 2 == 0) {
                CHECK_EQ(fixture_flush(out), NM_OK);
            }
        }
        for (uint32_t n = 1; n <= 4; n++) {
            struct pollfd polled = {.fd = fd, .events = POLLIN};
            nm_status status = nm_input_take(in, &message, NULL);
            while (status == NM_AGAIN) { /* It may be readable for nothing, but not for ever. */
                CHECK_OR_EXIT(poll(&polled, 1, SUBSCRIBED_MS) == 1);
                nm_status filled = nm_input_fill(in, NULL, NULL);
                CHECK(filled == NM_OK || filled == NM_AGAIN);
                status = nm_input_take(in, &message, NULL);
            }
            CHECK_EQ(status, NM_OK);
            CHECK_EQ(message->payload.source, n);
            CHECK(n % 2 == 0 || is_readable(fd));
            nm_input_settle(in);
        }
        CHECK(!is_readable(fd));
    }
    nm_output_free(out);
    nm_input_free(in);
}

/* Messages that were there before anybody asked for the descriptor. */
static void
the_descriptor_tells_of_what_had_come_before(void)
{
    nm_input *in = NULL;
    nm_output *out = NULL;
    open_pair("tcp://127.0.0.1:*", true, true, false, &in, &out);
    for (uint32_t n = 1; n <= 3; n++) {
        CHECK_EQ(fixture_write(out, n, nm_span_of("x", 1)), NM_OK);
    }
    CHECK_EQ(read_one(in), 1); /* Looked at the socket, so its own descriptor may be silent now. */
    int fd = nm_input_fileno(in);
    for (uint32_t n = 2; n <= 3; n++) {
        struct pollfd polled = {.fd = fd, .events = POLLIN};
        CHECK_EQ(poll(&polled, 1, SUBSCRIBED_MS), 1);
        CHECK_EQ(read_one(in), n);
    }
    nm_input_settle(in);
    CHECK(!is_readable(fd));
    nm_output_free(out);
    nm_input_free(in);
}

/* -- what strangers send -- */

/* Send one part of a message. */
static void
send_part(void *handle, nm_span octets, bool has_more)
{
    CHECK_EQ(zmq_send(handle, octets.data, octets.len, has_more ? ZMQ_SNDMORE : 0), octets.len);
}

static void
bad_messages_are_counted_and_cost_no_other(void)
{
    enum { HUGE_LEN = 30 << 20, LINGER = 5000 };
    static const uint8_t whole[] = {'N', 'M', 'S', 'G', 0, 2, 0, 0, 0, 0};
    nm_zmq_endpoint endpoint = endpoint_of("tcp://127.0.0.1:*", false, true, true);
    nm_input_options options = nm_input_options_default();
    nm_input *in = open_input(&endpoint, &options);
    void *context = zmq_ctx_new();
    void *handle = zmq_socket(context, ZMQ_PUSH);
    uint8_t *huge = calloc(1, HUGE_LEN);
    int linger = LINGER;
    CHECK_OR_EXIT(handle != NULL && huge != NULL);
    CHECK_EQ(zmq_setsockopt(handle, ZMQ_LINGER, &linger, sizeof linger), 0);
    CHECK_EQ(zmq_connect(handle, endpoint.address), 0);
    nm_span good = nm_span_of(whole, sizeof whole);
    static const uint8_t header[] = {'N', 'M', 'S', 'G', 0, 2, 0x01, 0xdf, 0xff, 0xf6};
    memcpy(huge, header, sizeof header);
    const nm_span rows[] = {
        nm_span_of("garbage", 7), nm_span_of("", 0),          nm_span_of(whole, 9),
        nm_span_of("NMSG", 4),    nm_span_of(huge, HUGE_LEN),
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        send_part(handle, good, /* has_more= */ false);
        send_part(handle, rows[i], /* has_more= */ false);
    }
    for (int i = 0; i < 3; i++) { /* Each part would be a container. */
        send_part(handle, good, /* has_more= */ i < 2);
    }
    send_part(handle, good, /* has_more= */ false);
    enum { GOOD = 6, BAD = 6 };
    fixture_patience patience = fixture_patience_new();
    nm_wait wait = {.may_go_on = fixture_may_go_on, .context = &patience};
    nm_error err;
    unsigned good_count = 0;
    unsigned bad_count = 0;
    bool is_told_of_parts = false;
    bool is_told_of_size = false;
    while (good_count < GOOD) {
        const nm_message *message = NULL;
        nm_status status = nm_input_fill(in, &wait, &err);
        CHECK_OR_EXIT(status == NM_OK || status >= NM_E_MAGIC);
        good_count += status == NM_OK;
        bad_count += status != NM_OK;
        is_told_of_parts |= status != NM_OK && strstr(err.message, "3 parts") != NULL;
        is_told_of_size |= status == NM_E_LIMIT;
        CHECK_EQ(nm_input_take(in, &message, NULL), NM_AGAIN);
    }
    CHECK_EQ(bad_count, BAD);
    CHECK(is_told_of_parts);
    CHECK(is_told_of_size);
    CHECK_EQ(nm_input_stats_get(in).bad_containers, BAD);
    CHECK_EQ(nm_input_stats_get(in).containers, GOOD);
    CHECK_EQ(nm_input_stats_get(in).datagrams, GOOD + BAD);
    free(huge);
    CHECK_EQ(zmq_close(handle), 0);
    CHECK_EQ(zmq_ctx_term(context), 0);
    nm_input_free(in);
}

/* -- waiting and closing -- */

static bool
never(void *context)
{
    (void)context;
    return false;
}

/* PUSH without anybody there keeps what fits, and then waits; nothing is dropped. */
static void
push_waits_for_room(void)
{
    enum { QUEUE = 10 };
    const nm_wait impatient = {.may_go_on = never};
    nm_payload payload = fixture_payload(1, nm_span_of("x", 1));
    nm_zmq_endpoint there = endpoint_of("tcp://127.0.0.1:*", false, true, true);
    nm_input_options options = nm_input_options_default();
    nm_input *in = open_input(&there, &options); /* Finds a port that is free afterwards. */
    nm_input_free(in);
    nm_zmq_endpoint here = endpoint_of(there.address, true, false, true);
    here.queue_len = QUEUE;
    nm_output *out = open_output(&here, /* is_buffered= */ false, /* is_compressed= */ false);
    uint32_t accepted = 0;
    nm_status status = NM_OK;
    nm_error err;
    while (status == NM_OK && accepted < 10 * QUEUE) {
        bool is_accepted = false;
        payload.source = accepted + 1;
        status = nm_output_write(out, &payload, accepted % 2 == 0 ? &impatient : NULL, &is_accepted,
                                 &err);
        accepted += is_accepted;
    }
    CHECK(status == NM_STOPPED || status == NM_AGAIN);
    CHECK(accepted > QUEUE / 2 && accepted <= 2 * QUEUE + 1);
    CHECK_EQ(nm_output_close(out, &impatient, &err), NM_STOPPED);
    CHECK_EQ(nm_output_close(out, /* wait= */ NULL, &err), NM_AGAIN);
    in = open_input(&there, &options); /* Somebody comes. */
    CHECK_EQ(fixture_flush(out), NM_OK);
    for (uint32_t n = 1; n <= accepted; n++) {
        CHECK_EQ(read_one(in), n);
    }
    CHECK_EQ(fixture_close(out), NM_OK);
    CHECK_EQ(nm_input_stats_get(in).messages, accepted);
    nm_output_free(out);
    nm_input_free(in);
}

static void
what_nobody_takes_is_told_when_closing(void)
{
    nm_zmq_endpoint there = endpoint_of("tcp://127.0.0.1:*", false, true, true);
    nm_input_options options = nm_input_options_default();
    nm_input_free(open_input(&there, &options));
    nm_zmq_endpoint here = endpoint_of(there.address, true, false, true);
    nm_output *out = open_output(&here, /* is_buffered= */ false, /* is_compressed= */ false);
    fixture_patience patience = fixture_patience_new();
    nm_wait wait = {.may_go_on = fixture_may_go_on, .context = &patience};
    nm_error err = {.code = NM_OK};
    CHECK_EQ(fixture_write(out, 1, nm_span_of("x", 1)), NM_OK);
    CHECK_EQ(nm_output_close(out, &wait, &err), NM_E_SYSTEM);
    CHECK(strstr(err.message, "nobody took") != NULL);
    nm_output_free(out);
}

static void
a_reader_that_waits_can_be_stopped(void)
{
    const nm_wait impatient = {.may_go_on = never};
    nm_zmq_endpoint endpoint = endpoint_of("tcp://127.0.0.1:*", false, true, true);
    nm_input_options options = nm_input_options_default();
    nm_input *in = open_input(&endpoint, &options);
    CHECK_EQ(nm_input_fill(in, &impatient, NULL), NM_STOPPED);
    CHECK_EQ(nm_input_fill(in, NULL, NULL), NM_AGAIN);
    nm_input_free(in);
}

static void
places_that_cannot_be_are_told(void)
{
    static const struct {
        const char *name;
        const char *address;
        bool is_output;
        bool is_accepting;
        nm_status status;
        const char *part;
    } rows[] = {
        {"no such transport", "gopher://127.0.0.1:70", false, true, NM_E_ARGUMENT,
         "no such transport"},
        {"no port", "tcp://127.0.0.1", false, true, NM_E_ARGUMENT, "not an address"},
        {"no port to connect to", "tcp://127.0.0.1:*", true, false, NM_E_ARGUMENT,
         "not an address"},
        {"nobody's address", "tcp://192.0.2.1:5555", false, true, NM_E_SYSTEM, "cannot listen at"},
        {"no such folder", "ipc:///nosuch/folder/x", false, true, NM_E_SYSTEM, "cannot listen at"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_error err = {.code = NM_OK};
        nm_zmq_endpoint endpoint =
            endpoint_of(rows[i].address, rows[i].is_output, rows[i].is_accepting, false);
        nm_input *in = NULL;
        nm_output *out = NULL;
        nm_input_options reading = nm_input_options_default();
        nm_output_options writing = nm_output_options_socket();
        nm_status status = rows[i].is_output ? nm_output_open_zmq(&endpoint, &writing, &out, &err)
                                             : nm_input_open_zmq(&endpoint, &reading, &in, &err);
        CHECK_EQ(status, rows[i].status);
        CHECK(strstr(err.message, rows[i].part) != NULL);
        CHECK(strstr(err.message, rows[i].address) != NULL);
    }
    CHECK_CASE("an address that is taken");
    nm_zmq_endpoint endpoint = endpoint_of("tcp://127.0.0.1:*", false, true, true);
    nm_input_options options = nm_input_options_default();
    nm_input *in = open_input(&endpoint, &options);
    nm_input *other = NULL;
    nm_error err;
    CHECK_EQ(nm_input_open_zmq(&endpoint, &options, &other, &err), NM_E_SYSTEM);
    nm_input_free(in);
}

/* What was opened before a fork() is the parent's, which goes on with it. */
static void
a_child_leaves_the_parents_sockets_alone(void)
{
    nm_input *in = NULL;
    nm_output *out = NULL;
    int status = -1;
    open_pair("tcp://127.0.0.1:*", true, true, false, &in, &out);
    (void)nm_input_fileno(in);
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        const nm_message *message = NULL;
        bool is_good = nm_input_fill(in, NULL, NULL) == NM_E_FORKED &&
                       fixture_read(in, &message, NULL) == NM_E_FORKED &&
                       fixture_write(out, 9, nm_span_of("x", 1)) == NM_E_FORKED;
        nm_output_free(out);
        nm_input_free(in);
        _exit(is_good ? 0 : 1);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(fixture_write(out, 1, nm_span_of("x", 1)), NM_OK);
    CHECK_EQ(read_one(in), 1);
    CHECK_EQ(fixture_close(out), NM_OK);
    nm_output_free(out);
    nm_input_free(in);
}

/* Of a number that is missing the containers are counted, as of datagrams. */
static void
missing_containers_are_counted(void)
{
    nm_input *in = NULL;
    nm_output *out = NULL;
    nm_zmq_endpoint first = endpoint_of("tcp://127.0.0.1:*", true, true, false);
    nm_input_options options = nm_input_options_default();
    first.queue_len = 10;
    out = open_output(&first, /* is_buffered= */ false, /* is_compressed= */ false);
    nm_zmq_endpoint second = endpoint_of(first.address, false, false, false);
    second.queue_len = 10;
    in = open_input(&second, &options);
    meet(in, out);
    /* PUB drops what the subscriber is too slow for: more than all buffers on the way hold. */
    enum { LEN = 100000, COUNT = 500 };
    uint8_t *octets = calloc(1, LEN);
    CHECK_OR_EXIT(octets != NULL);
    for (uint32_t n = 1; n <= COUNT; n++) {
        CHECK_EQ(fixture_write(out, n, nm_span_of(octets, LEN)), NM_OK);
    }
    uint64_t expected = nm_output_stats_get(out).containers;
    const nm_message *message = NULL;
    uint32_t last = 0;
    int64_t end = nm_clock_monotonic_ns() + 10 * INT64_C(1000000000);
    while (last <= COUNT && nm_clock_monotonic_ns() < end) {
        /* One more, so that what is missing before it can be told. */
        CHECK_EQ(fixture_write(out, COUNT + 1, nm_span_of("x", 1)), NM_OK);
        expected++;
        nm_status status = nm_input_fill(in, NULL, NULL);
        CHECK(status == NM_OK || status == NM_AGAIN);
        while (nm_input_take(in, &message, NULL) == NM_OK) {
            last = message->payload.source;
        }
        (void)poll(NULL, 0, status == NM_AGAIN);
    }
    nm_input_stats stats = nm_input_stats_get(in);
    CHECK(stats.sequence_lost > 0);
    CHECK(stats.sequence_lost + stats.containers <= expected);
    CHECK(stats.sequence_lost + stats.containers > COUNT);
    free(octets);
    nm_output_free(out);
    nm_input_free(in);
}

CHECK_MAIN(CHECK_TEST(messages_arrive_in_order),
           CHECK_TEST(the_descriptor_is_readable_until_the_last_message),
           CHECK_TEST(the_descriptor_tells_of_what_had_come_before),
           CHECK_TEST(bad_messages_are_counted_and_cost_no_other), CHECK_TEST(push_waits_for_room),
           CHECK_TEST(what_nobody_takes_is_told_when_closing),
           CHECK_TEST(a_reader_that_waits_can_be_stopped),
           CHECK_TEST(places_that_cannot_be_are_told),
           CHECK_TEST(a_child_leaves_the_parents_sockets_alone),
           CHECK_TEST(missing_containers_are_counted))
