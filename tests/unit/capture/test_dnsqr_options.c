/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/dnsqr_options.h"

#include "check.h"

static nm_dnsqr_options
set_one(nm_dnsqr_variable variable, const char *value)
{
    const char *values[NM_DNSQR_VARIABLE_COUNT] = {NULL};
    nm_dnsqr_options o = nm_dnsqr_options_default;
    values[variable] = value;
    nm_dnsqr_options_set(values, &o);
    return o;
}

static void
numbers_are_read_in_c_notation(void)
{
    static const struct {
        const char *value;
        uint32_t timeout; /* 60: not changed. */
    } rows[] = {
        {"5", 5},
        {"0x10", 16},
        {"010", 8},
        {" 7", 7},
        {"+7", 7},
        {"0", 60},
        {"-1", 60},
        {"5x", 60},
        {"", 60},
        {"x", 60},
        {"5 ", 60},
        {"08", 60},
        {"1.5", 60},
        {"4294967296", UINT32_MAX},
        {"999999999999999999999999", UINT32_MAX},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].value);
        CHECK_EQ(set_one(NM_DNSQR_QUERY_TIMEOUT, rows[i].value).query_timeout_sec, rows[i].timeout);
        uint32_t max = set_one(NM_DNSQR_STATE_TABLE_MAX, rows[i].value).queries_max;
        CHECK_EQ(max, rows[i].timeout == 60 ? 131072 : rows[i].timeout);
    }
}

static void
what_makes_no_sense_counts_as_absent(void)
{
    CHECK_EQ(set_one(NM_DNSQR_CAPTURE_QR, NULL).mode, NM_DNSQR_PAIRS);
    CHECK_EQ(set_one(NM_DNSQR_CAPTURE_QR, "0").mode, NM_DNSQR_QUERIES);
    CHECK_EQ(set_one(NM_DNSQR_CAPTURE_QR, "1").mode, NM_DNSQR_RESPONSES);
    CHECK_EQ(set_one(NM_DNSQR_CAPTURE_QR, "2").mode, NM_DNSQR_PAIRS);
    CHECK_EQ(set_one(NM_DNSQR_CAPTURE_QR, "").mode, NM_DNSQR_PAIRS);
    CHECK_EQ(set_one(NM_DNSQR_CAPTURE_RD, NULL).rd, NM_DNSQR_RD_ANY);
    CHECK_EQ(set_one(NM_DNSQR_CAPTURE_RD, "0").rd, NM_DNSQR_RD_CLEAR);
    CHECK_EQ(set_one(NM_DNSQR_CAPTURE_RD, "1").rd, NM_DNSQR_RD_SET);
    CHECK_EQ(set_one(NM_DNSQR_CAPTURE_RD, "-1").rd, NM_DNSQR_RD_ANY);
    CHECK(!set_one(NM_DNSQR_ZERO_RESOLVER_ADDRESS, NULL).zeroes_resolver);
    CHECK(!set_one(NM_DNSQR_ZERO_RESOLVER_ADDRESS, "0").zeroes_resolver);
    CHECK(!set_one(NM_DNSQR_ZERO_RESOLVER_ADDRESS, "yes").zeroes_resolver);
    CHECK(set_one(NM_DNSQR_ZERO_RESOLVER_ADDRESS, "-3").zeroes_resolver);
}

static void
names_are_handed_on(void)
{
    nm_dnsqr_options o = set_one(NM_DNSQR_FILTER_QNAMES_EXCLUDE, "a:b");
    CHECK_TEXT(o.names_excluded.data, o.names_excluded.len, "a:b");
    CHECK_EQ(o.names_included.len, 0);
    o = set_one(NM_DNSQR_FILTER_QNAMES_INCLUDE, "c");
    CHECK_TEXT(o.names_included.data, o.names_included.len, "c");
    CHECK_EQ(o.names_excluded.len, 0);
}

static void
bad_names_are_told(void)
{
    static const char text[] = "a..b:ok:..::x\\999:.";
    nm_span list = nm_span_of(text, sizeof text - 1);
    nm_span name;
    CHECK(nm_dnsqr_names_next_bad(&list, &name));
    CHECK_TEXT(name.data, name.len, "a..b");
    CHECK(nm_dnsqr_names_next_bad(&list, &name));
    CHECK_TEXT(name.data, name.len, "..");
    CHECK(nm_dnsqr_names_next_bad(&list, &name));
    CHECK_TEXT(name.data, name.len, "x\\999");
    CHECK(!nm_dnsqr_names_next_bad(&list, &name));
}

static void
variables_have_names(void)
{
    for (size_t i = 0; i < NM_DNSQR_VARIABLE_COUNT; i++) {
        const char *name = nm_dnsqr_variable_names[i];
        CHECK(name != NULL && strncmp(name, "DNSQR_", 6) == 0);
    }
}

CHECK_MAIN(CHECK_TEST(numbers_are_read_in_c_notation),
           CHECK_TEST(what_makes_no_sense_counts_as_absent), CHECK_TEST(names_are_handed_on),
           CHECK_TEST(bad_names_are_told), CHECK_TEST(variables_have_names))
