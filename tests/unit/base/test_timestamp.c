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

/* Both sides of the years in which dates are reckoned without centuries. */
static void
every_day_from_1969_to_2101_is_printed_as_by_strftime(void)
{
    for (int64_t day = -365; day < 132 * 366; day++) {
        for (int64_t second = 0; second <= 86399; second += 86399) {
            time_t time = (time_t)(day * 86400 + second);
            struct tm tm;
            char expected[32];
            char out[NM_TIMESTAMP_TEXT_MAX];
            char fixed[NM_TIMESTAMP_FIXED_LEN];
            CHECK(gmtime_r(&time, &tm) != NULL);
            CHECK(strftime(expected, sizeof expected, "%Y-%m-%d %H:%M:%S", &tm) > 0);
            CHECK_TEXT(out, nm_timestamp_format_sec(time, out), expected);
            nm_timestamp_format_fixed(time, 0, fixed);
            CHECK_TEXT(fixed, strlen(expected), expected);
        }
    }
}

static void
every_second_of_a_day(void)
{
    for (unsigned second = 0; second < 86400; second++) {
        char expected[32];
        char out[NM_TIMESTAMP_TEXT_MAX];
        (void)snprintf(expected, sizeof expected, "2000-02-29 %02u:%02u:%02u", second / 3600,
                       second / 60 % 60, second % 60);
        CHECK_TEXT(out, nm_timestamp_format_sec(951782400 + second, out), expected);
    }
}

static void
fixed_width(void)
{
    static const struct {
        const char *name;
        int64_t sec;
        uint32_t nsec;
        const char *text;
    } rows[] = {
        {"as the other form", 951782400, 123456789, "2000-02-29 00:00:00.123456789"},
        {"zeros in front", 0, 7, "1970-01-01 00:00:00.000000007"},
        {"the last four digits of the year", 253402300800, 0, "0000-01-01 00:00:00.000000000"},
        {"the sign is left out", -93724128000, 0, "1000-01-01 00:00:00.000000000"},
        {"five digits and a sign", -377705116801, 0, "0000-12-31 23:59:59.000000000"},
        {"the largest number", INT64_MAX, UINT32_MAX, "6596-12-04 15:30:07.294967295"},
        {"nanoseconds modulo 10^9", 0, 1000000001, "1970-01-01 00:00:00.000000001"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        char out[NM_TIMESTAMP_FIXED_LEN];
        nm_timestamp_format_fixed(rows[i].sec, rows[i].nsec, out);
        CHECK_TEXT(out, sizeof out, rows[i].text);
    }
}

static void
times_are_read(void)
{
    static const struct {
        const char *text;
        int64_t sec;
        uint32_t nsec;
    } rows[] = {
        {"1970-01-01 00:00:00", 0, 0},
        {"1969-12-31 23:59:59", -1, 0},
        {"2000-02-29 00:00:00", 951782400, 0},
        {"2024-02-29 23:59:59", 1709251199, 0},
        {"2100-02-28 23:59:59", 4107542399, 0},
        {"2106-02-07 06:28:15", UINT32_MAX, 0},
        {"0000-01-01 00:00:00", -62167219200, 0},
        {"9999-12-31 23:59:59", 253402300799, 0},
        {"2016-12-31 23:59:60", 1483228800, 0},
        {"2020-09-13 12:26:40.000000003", 1600000000, 3},
        {"2020-09-13 12:26:40.5", 1600000000, 5},
        {"2020-09-13 12:26:40.999999999", 1600000000, 999999999},
        {"2020-09-13 12:26:40.0", 1600000000, 0},
        {"2020-09-13 12:26:40.00000000000000007", 1600000000, 7},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        int64_t sec = 0;
        uint32_t nsec = 0;
        nm_span text = nm_span_of(rows[i].text, strlen(rows[i].text));
        CHECK(nm_timestamp_parse(text, &sec, &nsec));
        CHECK_EQ(sec, rows[i].sec);
        CHECK_EQ(nsec, rows[i].nsec);
        CHECK_EQ(nm_timestamp_parse_sec(text, &sec), text.len == 19);
    }
}

static void
no_times(void)
{
    static const char *const rows[] = {
        "",
        "bogus",
        "2020-01-02",
        "2020-01-02 03:04",
        "2020-01-02T03:04:05",
        "2020-01-02 03:04:05Z",
        "2020-01-02 03:04:05.",
        "2020-01-02 03:04:05.x",
        "2020-01-02 03:04:05.1x",
        "2020-01-02 03:04:05.-1",
        "2020-01-02 03:04:05.1000000000",
        "2020-01-02 03:04:05,5",
        " 2020-01-02 03:04:05",
        "2020-1-2 3:4:5",
        "20200-01-02 03:04:05",
        "+020-01-02 03:04:05",
        "2020-00-02 03:04:05",
        "2020-13-02 03:04:05",
        "2020-01-00 03:04:05",
        "2020-01-32 03:04:05",
        "2020-04-31 03:04:05",
        "2019-02-29 03:04:05",
        "2100-02-29 03:04:05",
        "2020-01-02 24:04:05",
        "2020-01-02 03:60:05",
        "2020-01-02 03:04:61",
        "2020-01-02 03:04:0x",
        "2020-01-02 03:04:5 ",
        "2020/01/02 03:04:05",
        "2020-01-02 03-04-05",
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i]);
        int64_t sec = 42;
        uint32_t nsec = 42;
        nm_span text = nm_span_of(rows[i], strlen(rows[i]));
        CHECK(!nm_timestamp_parse(text, &sec, &nsec));
        CHECK(!nm_timestamp_parse_sec(text, &sec));
        CHECK(sec == 42 && nsec == 42);
    }
}

static int
two_digits(const char *text)
{
    return (text[0] - '0') * 10 + text[1] - '0';
}

static void
put_two(char *text, unsigned value)
{
    text[0] = (char)('0' + value / 10);
    text[1] = (char)('0' + value % 10);
}

/* True for a time in the first 28 days of a month that has the right form and no number that is
 * too large. */
static bool
is_time(const char *text)
{
    static const char form[] = "0000-00-00 00:00:00";
    for (size_t i = 0; i < sizeof form - 1; i++) {
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i]) {
            return false;
        }
    }
    int month = two_digits(text + 5);
    int day = two_digits(text + 8);
    return month >= 1 && month <= 12 && day >= 1 && day <= 28 && two_digits(text + 11) <= 23 &&
           two_digits(text + 14) <= 59 && two_digits(text + 17) <= 60;
}

static void
every_octet_in_every_place(void)
{
    static const char plain[] = "2024-02-15 12:34:26";
    for (size_t place = 0; place < sizeof plain - 1; place++) {
        for (unsigned octet = 0; octet < 256; octet++) {
            char text[sizeof plain];
            int64_t sec = 0;
            memcpy(text, plain, sizeof plain);
            text[place] = (char)octet;
            CHECK_EQ(nm_timestamp_parse_sec(nm_span_of(text, sizeof plain - 1), &sec),
                     is_time(text));
        }
    }
}

static void
every_day_is_read(void)
{
    static const unsigned lens[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t expected = -62167219200; /* 0000-01-01 00:00:00 */
    for (unsigned year = 0; year < 2500; year++) {
        bool is_leap_year = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (unsigned month = 1; month <= 12; month++) {
            unsigned len = lens[month - 1] + (month == 2 && is_leap_year);
            for (unsigned day = 0; day <= 32; day++) {
                char text[] = "0000-00-00 00:00:00";
                int64_t sec = 0;
                put_two(text, year / 100);
                put_two(text + 2, year % 100);
                put_two(text + 5, month);
                put_two(text + 8, day);
                bool is_good = nm_timestamp_parse_sec(nm_span_of(text, sizeof text - 1), &sec);
                CHECK_EQ(is_good, day >= 1 && day <= len);
                if (is_good) {
                    CHECK_EQ(sec, expected);
                    expected += 86400;
                }
            }
        }
    }
    CHECK_EQ(expected, 16725225600); /* 2500-01-01 00:00:00 */
}

static void
what_is_written_can_be_read(void)
{
    uint64_t random = 20260102;
    for (int i = 0; i < 50000; i++) {
        int64_t sec =
            (int64_t)(check_random(&random) % (253402300800U + 62167219200U)) - 62167219200;
        uint32_t nsec = (uint32_t)(check_random(&random) % 1000000000);
        int64_t same_sec = 0;
        uint32_t same_nsec = 0;
        char out[NM_TIMESTAMP_FIXED_LEN];
        nm_timestamp_format_fixed(sec, nsec, out);
        CHECK(nm_timestamp_parse(nm_span_of(out, sizeof out), &same_sec, &same_nsec));
        CHECK_EQ(same_sec, sec);
        CHECK_EQ(same_nsec, nsec);
    }
}

CHECK_MAIN(CHECK_TEST(seconds), CHECK_TEST(nanoseconds),
           CHECK_TEST(random_times_are_printed_as_by_strftime),
           CHECK_TEST(every_day_from_1969_to_2101_is_printed_as_by_strftime),
           CHECK_TEST(every_second_of_a_day), CHECK_TEST(fixed_width), CHECK_TEST(times_are_read),
           CHECK_TEST(no_times), CHECK_TEST(every_octet_in_every_place),
           CHECK_TEST(every_day_is_read), CHECK_TEST(what_is_written_can_be_read))
