/* SPDX-License-Identifier: Apache-2.0 */
/* Handles of the Kafka client library where no broker is; tests/kafka has one. */
#include "io/kafka_client.h"

#include "base/ascii.h"
#include "check.h"
#include "io_fixture.h"

static const int64_t MS_NS = 1000000;

static void
slices_are_never_for_ever(void)
{
    static const struct {
        const char *name;
        unsigned round;
        int64_t left_ms;
        int slice_ms;
    } rows[] = {
        {"the first is short", 0, 10000, 50},
        {"then they are longer", 2, 10000, 200},
        {"up to a limit", 1000000, 10000, 800},
        {"but not longer than what is left", 3, 70, 70},
        {"nothing is left", 3, 0, 1},
        {"less than nothing", 3, -1, 1},
        {"far less than nothing", 0, -10000, 1},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        CHECK_EQ(nm_kafka_slice_ms(rows[i].round, rows[i].left_ms * MS_NS), rows[i].slice_ms);
    }
}

static nm_kafka_options
options_of(const char *endpoint)
{
    nm_kafka_options options = {.program = "test"};
    nm_status status = nm_kafka_endpoint_parse(nm_span_of_text(endpoint), &options.endpoint, NULL);
    CHECK_OR_EXIT(status == NM_OK);
    status = nm_kafka_config_add(&options.config, nm_span_of_text("nmsg.open.patience.ms"),
                                 nm_span_of_text("100"), NULL);
    CHECK_OR_EXIT(status == NM_OK);
    return options;
}

static bool
never(void *context)
{
    (void)context;
    return false;
}

/* Nobody listens on port 1. */
static void
brokers_that_are_not_there_are_told_in_both_directions(void)
{
    static const char *const endpoints[] = {"nmsg:t@127.0.0.1:1", "json:t%g@127.0.0.1:1",
                                            "nmsgp:t#1@127.0.0.1:1"};
    static const char start[] = "no broker at 127.0.0.1:1 answered within 0.1 s";
    const nm_wait wait = {.may_go_on = NULL};
    const nm_wait no_wait = {.may_go_on = never};
    nm_input_options input = nm_input_options_default();
    nm_output_options output = nm_output_options_kafka();
    for (size_t i = 0; i < CHECK_COUNT(endpoints); i++) {
        nm_input *in = NULL;
        nm_output *out = NULL;
        nm_error err;
        CHECK_CASE(endpoints[i]);
        nm_kafka_options options = options_of(endpoints[i]);
        CHECK_EQ(nm_input_open_kafka(&options, &input, &wait, &in, &err), NM_E_REMOTE);
        CHECK(strncmp(err.message, start, strlen(start)) == 0);
        CHECK_EQ(nm_output_open_kafka(&options, &output, &wait, &out, &err), NM_E_REMOTE);
        CHECK(strncmp(err.message, start, strlen(start)) == 0);
        CHECK_EQ(nm_input_open_kafka(&options, &input, &no_wait, &in, &err), NM_STOPPED);
        CHECK_EQ(nm_output_open_kafka(&options, &output, &no_wait, &out, &err), NM_STOPPED);
        CHECK(in == NULL && out == NULL);
        nm_kafka_config_clear(&options.config);
    }
}

static void
containers_have_no_key(void)
{
    const nm_wait wait = {.may_go_on = NULL};
    nm_output_options output = nm_output_options_kafka();
    nm_output *out = NULL;
    nm_kafka_options options = options_of("nmsg:t@127.0.0.1:1");
    options.key = "srcip";
    CHECK_EQ(nm_output_open_kafka(&options, &output, &wait, &out, NULL), NM_E_ARGUMENT);
    nm_kafka_config_clear(&options.config);
}

CHECK_MAIN(CHECK_TEST(slices_are_never_for_ever),
           CHECK_TEST(brokers_that_are_not_there_are_told_in_both_directions),
           CHECK_TEST(containers_have_no_key))
