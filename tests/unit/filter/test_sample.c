/* SPDX-License-Identifier: Apache-2.0 */
/* Samples: what they are made of, and what they take. */
#include "filter/sample.h"

#include <string.h>

#include "check.h"

static void
parameters_are_read(void)
{
    static const struct {
        const char *name;
        nm_status status;
        uint64_t every;
    } rows[] = {
        {"count=3", NM_OK, 3},
        {"COUNT=0x10", NM_OK, 16},
        {"count=010", NM_OK, 8},
        {"count=0", NM_E_ARGUMENT, 0},
        {"count=", NM_E_ARGUMENT, 0},
        {"count=-1", NM_E_ARGUMENT, 0},
        {"count=3x", NM_E_ARGUMENT, 0},
        {"count=99999999999999999999", NM_E_ARGUMENT, 0},
        {"random=0.5", NM_OK, 0},
        {"Random=1", NM_OK, 0},
        {"random=1.01", NM_E_ARGUMENT, 0},
        {"random=x", NM_E_ARGUMENT, 0},
        {"every=3", NM_E_ARGUMENT, 0},
        {"", NM_E_ARGUMENT, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        nm_sample sample = {.every = 0};
        CHECK_CASE(rows[i].name);
        CHECK_EQ(nm_sample_parse(rows[i].name, 1, &sample, NULL), rows[i].status);
        CHECK_EQ(sample.every, rows[i].every);
    }
}

static void
nothing_is_no_parameters(void)
{
    nm_sample sample;
    nm_error err;
    CHECK_EQ(nm_sample_parse(NULL, 1, &sample, &err), NM_E_ARGUMENT);
    CHECK(strstr(err.message, "missing") != NULL);
}

static void
every_third_is_taken(void)
{
    nm_sample sample;
    CHECK_EQ(nm_sample_parse("count=3", 1, &sample, NULL), NM_OK);
    for (int i = 1; i <= 30; i++) {
        CHECK_EQ(nm_sample_takes(&sample), i % 3 == 0);
    }
}

static unsigned
taken_of_10000(const char *parameters)
{
    nm_sample sample;
    unsigned taken = 0;
    CHECK_EQ(nm_sample_parse(parameters, 12345, &sample, NULL), NM_OK);
    for (int i = 0; i < 10000; i++) {
        taken += nm_sample_takes(&sample);
    }
    return taken;
}

static void
probabilities_are_kept(void)
{
    unsigned quarter = taken_of_10000("random=0.25");
    CHECK_EQ(taken_of_10000("random=0"), 0);
    CHECK_EQ(taken_of_10000("random=1"), 10000);
    CHECK(quarter > 2300 && quarter < 2700);
}

CHECK_MAIN(CHECK_TEST(parameters_are_read), CHECK_TEST(nothing_is_no_parameters),
           CHECK_TEST(every_third_is_taken), CHECK_TEST(probabilities_are_kept))
