/* SPDX-License-Identifier: Apache-2.0 */
#include "io/zmq_endpoint.h"

#include "check.h"
#include "io/backend.h"
#include "io_fixture.h"

static void
endpoints_are_read(void)
{
    static const struct {
        const char *name;
        const char *text;
        bool is_output;
        const char *address;
        bool is_accepting;
        bool is_pushpull;
    } rows[] = {
        {"an input", "tcp://127.0.0.1:5555", false, "tcp://127.0.0.1:5555", true, false},
        {"an output", "tcp://127.0.0.1:5555", true, "tcp://127.0.0.1:5555", false, false},
        {"accept", "tcp://*:5555,accept", true, "tcp://*:5555", true, false},
        {"connect", "ipc:///run/x,connect", false, "ipc:///run/x", false, false},
        {"pushpull", "tcp://[::1]:1,pushpull", false, "tcp://[::1]:1", true, true},
        {"pubsub", "tcp://h:1,pubsub", true, "tcp://h:1", false, false},
        {"both", "tcp://h:1,connect,pushpull", false, "tcp://h:1", false, true},
        {"the other way round", "tcp://h:1,pushpull,connect", false, "tcp://h:1", false, true},
        {"any case", "tcp://h:1,CONNECT,PushPull", false, "tcp://h:1", false, true},
        {"words that mean nothing", "tcp://h:1,accepted,push,pull pull", false, "tcp://h:1", true,
         false},
        {"commas", ",,tcp://h:1,,accept,", true, "tcp://h:1", true, false},
        {"the transport's case", "TCP://h:1", false, "TCP://h:1", true, false},
        {"one letter each", "t://h", false, "t://h", true, false},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_zmq_endpoint endpoint;
        nm_error err;
        nm_span text = nm_span_of(rows[i].text, strlen(rows[i].text));
        CHECK_EQ(nm_zmq_endpoint_parse(text, rows[i].is_output, &endpoint, &err), NM_OK);
        CHECK_TEXT(endpoint.address, strlen(endpoint.address), rows[i].address);
        CHECK_EQ(endpoint.is_accepting, rows[i].is_accepting);
        CHECK_EQ(endpoint.is_pushpull, rows[i].is_pushpull);
        CHECK_EQ(endpoint.queue_len, NM_ZMQ_QUEUE_LEN);
    }
}

static void
what_is_no_endpoint_is_told(void)
{
    static const struct {
        const char *name;
        const char *text;
        const char *part; /* Of the message. */
    } rows[] = {
        {"nothing", "", "begin with transport://address"},
        {"commas", ",,,", "begin with transport://address"},
        {"no transport", "127.0.0.1:5555", "begin with transport://address"},
        {"an address for UDP", "127.0.0.1/8430", "begin with transport://address"},
        {"nothing before", "://127.0.0.1:5555", "begin with transport://address"},
        {"nothing behind", "tcp://", "begin with transport://address"},
        {"words only", "accept,pubsub", "begin with transport://address"},
        {"two directions", "tcp://h:1,accept,connect", "says twice whether to accept or connect"},
        {"a direction twice", "tcp://h:1,accept,ACCEPT", "says twice whether to accept"},
        {"two patterns", "tcp://h:1,pushpull,pubsub", "says twice whether to use pubsub"},
        {"a port too large", "tcp://127.0.0.1:65536,connect", "is no port from 0 to 65535"},
        {"a longer port", "tcp://[::1]:055555555555555555555", "is no port from 0 to 65535"},
        {"the own context", "inproc://x", "inproc:// is for sockets of one context"},
        {"the same in capitals", "InProc://x,connect", "inproc:// is for sockets of one context"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_zmq_endpoint endpoint = {.queue_len = 7};
        nm_error err = {.code = NM_OK};
        nm_span text = nm_span_of(rows[i].text, strlen(rows[i].text));
        CHECK_EQ(nm_zmq_endpoint_parse(text, false, &endpoint, &err), NM_E_ARGUMENT);
        CHECK_EQ(err.code, NM_E_ARGUMENT);
        CHECK(strstr(err.message, rows[i].part) != NULL);
        CHECK_EQ(endpoint.queue_len, 7);
    }
}

static void
addresses_have_a_limit(void)
{
    char text[NM_ZMQ_ADDRESS_MAX + 1];
    nm_zmq_endpoint endpoint;
    nm_error err;
    memset(text, 'x', sizeof text);
    memcpy(text, "ipc://", 6);
    CHECK_EQ(nm_zmq_endpoint_parse(nm_span_of(text, NM_ZMQ_ADDRESS_MAX), true, &endpoint, &err),
             NM_OK);
    CHECK_EQ(strlen(endpoint.address), NM_ZMQ_ADDRESS_MAX);
    CHECK_EQ(nm_zmq_endpoint_parse(nm_span_of(text, NM_ZMQ_ADDRESS_MAX + 1), true, &endpoint, &err),
             NM_E_ARGUMENT);
    CHECK(strstr(err.message, "256 octets, the most is 255") != NULL);
}

static void
an_octet_zero_is_not_the_end(void)
{
    static const char text[] = "tcp://h\0:1";
    nm_zmq_endpoint endpoint;
    CHECK_EQ(nm_zmq_endpoint_parse(nm_span_of(text, sizeof text - 1), true, &endpoint, NULL),
             NM_E_ARGUMENT);
}

/* What a build without the library answers; a build with it opens. */
static void
a_build_without_the_library_says_so(void)
{
    static const char text[] = "tcp://127.0.0.1:*,accept";
    nm_zmq_endpoint endpoint;
    nm_input *in = NULL;
    nm_output *out = NULL;
    nm_input_options reading = nm_input_options_default();
    nm_output_options writing = nm_output_options_socket();
    nm_error errs[2];
    nm_status expected = nm_backend_is_present(NM_BACKEND_ZMQ) ? NM_OK : NM_E_ABSENT;
    CHECK_EQ(nm_zmq_endpoint_parse(nm_span_of(text, sizeof text - 1), false, &endpoint, NULL),
             NM_OK);
    CHECK_EQ(nm_input_open_zmq(&endpoint, &reading, &in, &errs[0]), expected);
    CHECK_EQ(nm_zmq_endpoint_parse(nm_span_of(text, sizeof text - 1), true, &endpoint, NULL),
             NM_OK);
    CHECK_EQ(nm_output_open_zmq(&endpoint, &writing, &out, &errs[1]), expected);
    for (size_t i = 0; expected != NM_OK && i < 2; i++) {
        CHECK(strstr(errs[i].message, "libzmq3-dev") != NULL);
    }
    nm_input_free(in);
    nm_output_free(out);
}

CHECK_MAIN(CHECK_TEST(endpoints_are_read), CHECK_TEST(what_is_no_endpoint_is_told),
           CHECK_TEST(addresses_have_a_limit), CHECK_TEST(an_octet_zero_is_not_the_end),
           CHECK_TEST(a_build_without_the_library_says_so))
