/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"

#include "check.h"

static void
unsigned_numbers(void)
{
    static const struct {
        uint64_t value;
        const char *text;
    } rows[] = {
        {0, "0"},
        {9, "9"},
        {10, "10"},
        {99, "99"},
        {100, "100"},
        {4294967295U, "4294967295"},
        {4294967296U, "4294967296"},
        {10000000000000000000U, "10000000000000000000"},
        {UINT64_MAX, "18446744073709551615"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        char out[NM_NUMBER_TEXT_MAX];
        size_t len = nm_number_format_u64(rows[i].value, out);
        CHECK_TEXT(out, len, rows[i].text);
    }
}

static void
numbers_around_powers_are_printed_as_by_printf(void)
{
    for (uint64_t base = 2; base <= 10; base += 8) {
        for (uint64_t power = 1;; power *= base) {
            for (uint64_t value = power - 1; value <= power + 1; value++) {
                char expected[32];
                char out[NM_NUMBER_TEXT_MAX];
                (void)snprintf(expected, sizeof expected, "%" PRIu64, value);
                CHECK_TEXT(out, nm_number_format_u64(value, out), expected);
            }
            if (power > UINT64_MAX / base) {
                break;
            }
        }
    }
}

static void
signed_numbers(void)
{
    static const struct {
        int64_t value;
        const char *text;
    } rows[] = {
        {0, "0"},
        {-1, "-1"},
        {-10, "-10"},
        {42, "42"},
        {INT32_MIN, "-2147483648"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        char out[NM_NUMBER_TEXT_MAX];
        size_t len = nm_number_format_i64(rows[i].value, out);
        CHECK_TEXT(out, len, rows[i].text);
    }
}

static void
padded_numbers(void)
{
    static const struct {
        const char *name;
        uint64_t value;
        unsigned digits;
        const char *text;
    } rows[] = {
        {"zero", 0, 4, "0000"},
        {"zeros in front", 7, 9, "000000007"},
        {"exactly as many digits", 1234, 4, "1234"},
        {"higher digits are dropped", 123456, 4, "3456"},
        {"no digits at all", 5, 0, ""},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        char out[16] = "################";
        nm_number_format_padded(rows[i].value, rows[i].digits, out);
        CHECK_TEXT(out, rows[i].digits, rows[i].text);
        CHECK_EQ(out[rows[i].digits], '#');
    }
}

static void
random_numbers_are_printed_as_by_printf(void)
{
    uint64_t random = 1;
    for (int i = 0; i < 20000; i++) {
        uint64_t value = check_random(&random) >> (i % 64);
        char expected[32];
        char out[NM_NUMBER_TEXT_MAX];
        (void)snprintf(expected, sizeof expected, "%" PRIu64, value); /* Always fits. */
        CHECK_TEXT(out, nm_number_format_u64(value, out), expected);
        (void)snprintf(expected, sizeof expected, "%" PRId64, (int64_t)value); /* Always fits. */
        CHECK_TEXT(out, nm_number_format_i64((int64_t)value, out), expected);
    }
}

static void
hexadecimal_numbers(void)
{
    static const struct {
        uint32_t value;
        const char *text;
    } rows[] = {
        {0, "0"}, {1, "1"}, {0xf, "f"}, {0x10, "10"}, {0xabc, "abc"}, {UINT32_MAX, "ffffffff"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        char out[NM_NUMBER_TEXT_MAX];
        uint32_t value = 0;
        CHECK_TEXT(out, nm_number_format_hex32(rows[i].value, out), rows[i].text);
        CHECK(nm_number_parse_hex32(nm_span_of(rows[i].text, strlen(rows[i].text)), &value));
        CHECK_EQ(value, rows[i].value);
    }
}

static void
hexadecimal_text(void)
{
    static const struct {
        const char *text;
        bool is_good;
        uint32_t value;
    } rows[] = {
        {"0xA1", true, 0xa1},      {"0Xdeadbeef", true, 0xdeadbeef},
        {"000000000001", true, 1}, {"", false, 0},
        {"0x", false, 0},          {"x1", false, 0},
        {"100000000", false, 0},   {"12 ", false, 0},
        {" 12", false, 0},         {"-1", false, 0},
        {"1g", false, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        uint32_t value = 0;
        nm_span text = nm_span_of(rows[i].text, strlen(rows[i].text));
        CHECK_EQ(nm_number_parse_hex32(text, &value), rows[i].is_good);
        CHECK_EQ(value, rows[i].value);
    }
}

static void
unsigned_text(void)
{
    static const struct {
        const char *text;
        size_t taken; /* How many digits stand in front. */
        uint64_t value;
    } rows[] = {
        {"0", 1, 0},
        {"42", 2, 42},
        {"007", 3, 7},
        {"9999999999999999999", 19, 9999999999999999999U},
        {"10000000000000000000", 20, 10000000000000000000U},
        {"18446744073709551615", 20, UINT64_MAX},
        {"000018446744073709551615", 24, UINT64_MAX},
        {"18446744073709551616", 0, 0},
        {"99999999999999999999", 0, 0},
        {"184467440737095516150", 0, 0},
        {"12x", 2, 12},
        {"1234567", 7, 1234567},
        {"12345678", 8, 12345678},
        {"123456789", 9, 123456789},
        {"1234567890123456", 16, 1234567890123456},
        {"00000000000000000001", 20, 1},
        {"1234567x", 7, 1234567},
        {"12345678x", 8, 12345678},
        {"x2345678", 0, 0},
        {"1234/678", 4, 1234},
        {"1234:678", 4, 1234},
        {"1234\xb5"
         "678",
         4, 1234},
        {"123456789012345x", 15, 123456789012345},
        {"1.5", 1, 1},
        {"", 0, 0},
        {"x", 0, 0},
        {"-1", 0, 0},
        {"+1", 0, 0},
        {" 1", 0, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        uint64_t value = 0;
        nm_span text = nm_span_of(rows[i].text, strlen(rows[i].text));
        CHECK_EQ(nm_number_take_u64(text, &value), rows[i].taken);
        CHECK_EQ(value, rows[i].value);
        bool is_whole = rows[i].taken > 0 && rows[i].taken == text.len;
        value = 0;
        CHECK_EQ(nm_number_parse_u64(text, &value), is_whole);
        CHECK_EQ(value, is_whole ? rows[i].value : 0);
    }
}

static void
signed_text(void)
{
    static const struct {
        const char *text;
        bool is_good;
        int64_t value;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"-1", true, -1},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"--1", false, 0},
        {"1-", false, 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        int64_t value = 0;
        nm_span text = nm_span_of(rows[i].text, strlen(rows[i].text));
        CHECK_EQ(nm_number_parse_i64(text, &value), rows[i].is_good);
        CHECK_EQ(value, rows[i].value);
    }
}

CHECK_MAIN(CHECK_TEST(unsigned_numbers), CHECK_TEST(numbers_around_powers_are_printed_as_by_printf),
           CHECK_TEST(signed_numbers), CHECK_TEST(padded_numbers),
           CHECK_TEST(random_numbers_are_printed_as_by_printf), CHECK_TEST(hexadecimal_numbers),
           CHECK_TEST(hexadecimal_text), CHECK_TEST(unsigned_text), CHECK_TEST(signed_text))
