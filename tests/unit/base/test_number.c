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

CHECK_MAIN(CHECK_TEST(unsigned_numbers), CHECK_TEST(signed_numbers), CHECK_TEST(padded_numbers),
           CHECK_TEST(random_numbers_are_printed_as_by_printf))
