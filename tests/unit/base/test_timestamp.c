/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timestamp.h"

#include <time.h>

#include "check.h"

static void
seconds(void)
{
    static const struct {
        const char *name;
        int64_t sec;
        const char *text;
    } rows[] = {
        {"the epoch", 0, "1970-01-01 00:00:00"},
        {"the second before it", -1, "1969-12-31 23:59:59"},
        {"the last second of a day", 86399, "1970-01-01 23:59:59"},
        {"the first second of a day", 86400, "1970-01-02 00:00:00"},
        {"whole days before the epoch", -86400, "1969-12-31 00:00:00"},
        {"a second more than a whole day before", -86401, "1969-12-30 23:59:59"},
        {"before a leap day", 951782399, "2000-02-28 23:59:59"},
        {"leap day of a year divisible by 400", 951782400, "2000-02-29 00:00:00"},
        {"after a leap day", 951868800, "2000-03-01 00:00:00"},
        {"leap day of a year divisible by 4", 1709251199, "2024-02-29 23:59:59"},
        {"no leap day in 2100", 4107542400, "2100-03-01 00:00:00"},
        {"no leap day in 2100, the second before", 4107542399, "2100-02-28 23:59:59"},
        {"no leap day in 1900", -2203891200, "1900-03-01 00:00:00"},
        {"no leap day in 1900, the second before", -2203891201, "1900-02-28 23:59:59"},
        {"the last second of 31 bits", 2147483647, "2038-01-19 03:14:07"},
        {"the first second beyond 31 bits", 2147483648, "2038-01-19 03:14:08"},
        {"below 31 bits", -2147483649, "1901-12-13 20:45:51"},
        {"the first second of year 1", -62135596800, "0001-01-01 00:00:00"},
        {"year 0", -62135596801, "0000-12-31 23:59:59"},
        {"the last second of year 9999", 253402300799, "9999-12-31 23:59:59"},
        {"year 10000 has five digits", 253402300800, "10000-01-01 00:00:00"},
        {"negative years have a sign", -93724128000, "-1000-01-01 00:00:00"},
        {"five digits and a sign", -377705116801, "-10000-12-31 23:59:59"},
        {"the largest number", INT64_MAX, "292277026596-12-04 15:30:07"},
        {"the smallest number", INT64_MIN, "-292277022657-01-27 08:29:52"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        char out[NM_TIMESTAMP_TEXT_MAX];
        size_t len = nm_timestamp_format_sec(rows[i].sec, out);
        CHECK_TEXT(out, len, rows[i].text);
    }
}

static void
nanoseconds(void)
{
    static const struct {
        const char *name;
        int64_t sec;
        uint32_t nsec;
        const char *text;
    } rows[] = {
        {"none", 0, 0, "1970-01-01 00:00:00.000000000"},
        {"zeros in front", 1, 42, "1970-01-01 00:00:01.000000042"},
        {"nine digits", 951782400, 123456789, "2000-02-29 00:00:00.123456789"},
        {"the most that a second has", -1, 999999999, "1969-12-31 23:59:59.999999999"},
        {"one more has ten digits", 0, 1000000000, "1970-01-01 00:00:00.1000000000"},
        {"the most that 32 bits have", 0, UINT32_MAX, "1970-01-01 00:00:00.4294967295"},
        {"the longest text", INT64_MIN, UINT32_MAX, "-292277022657-01-27 08:29:52.4294967295"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        char out[NM_TIMESTAMP_TEXT_MAX];
        size_t len = nm_timestamp_format(rows[i].sec, rows[i].nsec, out);
        CHECK_TEXT(out, len, rows[i].text);
    }
}

/* The C library knows the same calendar; years of four digits only. */
static void
random_times_are_printed_as_by_strftime(void)
{
    uint64_t random = 20260101;
    for (int i = 0; i < 50000; i++) {
        int64_t sec =
            (int64_t)(check_random(&random) % (253402300800U + 30610224000U)) - 30610224000;
        time_t time = (time_t)sec;
        struct tm tm;
        char expected[32];
        char out[NM_TIMESTAMP_TEXT_MAX];
        CHECK(gmtime_r(&time, &tm) != NULL);
        CHECK(strftime(expected, sizeof expected, "%Y-%m-%d %H:%M:%S", &tm) > 0);
        CHECK_TEXT(out, nm_timestamp_format_sec(sec, out), expected);
    }
}

CHECK_MAIN(CHECK_TEST(seconds), CHECK_TEST(nanoseconds),
           CHECK_TEST(random_times_are_printed_as_by_strftime))
