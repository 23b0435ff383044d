/* SPDX-License-Identifier: Apache-2.0 */
#include "base/real.h"

#include <float.h>
#include <math.h>

#include "check.h"

typedef void write_function(nm_writer *, double);

static void
check_text(write_function *write, double value, const char *text)
{
    nm_buffer out;
    nm_buffer_init(&out, 1000, &nm_allocator_heap);
    nm_writer w = nm_writer_begin(&out);
    write(&w, value);
    CHECK_EQ(nm_writer_end(&w), NM_OK);
    CHECK_TEXT(out.data, out.len, text);
    nm_buffer_clear(&out);
}

static void
long_form(void)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0, "0.0"},
        {-0.0, "-0.0"},
        {1, "1.0"},
        {-1, "-1.0"},
        {10, "10.0"},
        {5e9, "5000000000.0"},
        {0.5, "0.5"},
        {-0.25, "-0.25"},
        {72.5, "72.5"},
        {1.0 / 3, "0.333333333333333315"},
        {0.1, "0.100000000000000006"},
        {1e-18, "0.000000000000000001"},
        {5e-19, "0.000000000000000001"},
        {4.9e-19, "0.0"},
        {DBL_MIN, "0.0"},
        {-4.94065645841246544e-324, "-0.0"},
        {0.99999999999999989, "0.999999999999999889"},
        {4503599627370495.5, "4503599627370495.5"},
        {9007199254740991, "9007199254740991.0"},
        {9007199254740994, "9007199254740994.0"},
        {18446744073709549568.0, "18446744073709549568.0"},
        {18446744073709551616.0, "18446744073709551616.0"},
        {1e22, "10000000000000000000000.0"},
        {1e23, "99999999999999991611392.0"},
        {DBL_MAX, "179769313486231570814527423731704356798070567525844996598917476803157260780028"
                  "538760589558632766878171540458953514382464234321326889464182768467546703537516"
                  "986049910576551282076245490090389328944075868508455133942304583236903222948165"
                  "808559332123348274797826204144723168738177180919299881250404026184124858368.0"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        check_text(nm_real_format, rows[i].value, rows[i].text);
    }
}

static void
short_form(void)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0, "0.000000"},
        {-0.0, "-0.000000"},
        {1.5, "1.500000"},
        {1.0 / 3, "0.333333"},
        {0.0000005, "0.000000"}, /* The double is a little less than a half. */
        {0.0000015, "0.000002"},
        {0.00390625, "0.003906"}, /* A half exactly: to the even digit. */
        {0.01171875, "0.011719"},
        {0.9999995, "1.000000"},
        {0.99999951, "1.000000"},
        {1e22, "10000000000000000000000.000000"},
        {(double)INFINITY, "inf"},
        {-(double)INFINITY, "-inf"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        check_text(nm_real_format_short, rows[i].value, rows[i].text);
    }
    CHECK_CASE("nan");
    check_text(nm_real_format_short, copysign((double)NAN, 1), "nan");
    CHECK_CASE("-nan");
    check_text(nm_real_format_short, copysign((double)NAN, -1), "-nan");
}

static double
double_of(uint64_t raw)
{
    double value;
    memcpy(&value, &raw, sizeof value);
    return value;
}

/* The C library writes exact digits, and in the "C" locale with a point. */
static void
random_numbers_are_printed_as_by_printf(void)
{
    uint64_t random = 3;
    for (int i = 0; i < 40000; i++) {
        uint64_t raw = check_random(&random);
        double value = i % 2 == 0 ? double_of(raw) : (double)(int64_t)raw / (double)(1 << i % 31);
        char text[400];
        if (!isfinite(value)) {
            continue;
        }
        int len = snprintf(text, sizeof text, "%.18f", value);
        while (text[len - 1] == '0' && text[len - 2] != '.') {
            text[--len] = '\0';
        }
        check_text(nm_real_format, value, text);
        (void)snprintf(text, sizeof text, "%f", value); /* Always fits. */
        check_text(nm_real_format_short, value, text);
    }
}

static void
parsed(void)
{
    static const struct {
        const char *text;
        double value;
    } rows[] = {
        {"0", 0},
        {"-0", -0.0},
        {"0.0e5", 0},
        {"1", 1},
        {"-1.5", -1.5},
        {"1e3", 1000},
        {"1E-3", 0.001},
        {"1.5e+2", 150},
        {"0.1", 0.1},
        {"0.333333333333333315", 1.0 / 3},
        {"123456789012345678", 123456789012345680},
        {"9007199254740993", 9007199254740992},
        {"9007199254740993.0000000000000000000000000000001", 9007199254740994},
        {"9007199254740995", 9007199254740996},
        {"1e22", 1e22},
        {"1e23", 1e23},
        {"1.7976931348623157e308", DBL_MAX},
        {"1.7976931348623158e308", DBL_MAX},
        {"1.7976931348623159e308", (double)INFINITY},
        {"1e309", (double)INFINITY},
        {"-1e400", -(double)INFINITY},
        {"1e99999999999999999999", (double)INFINITY},
        {"0e99999999999999999999", 0},
        {"1e-99999999999999999999", 0},
        {"2.2250738585072014e-308", DBL_MIN},
        {"2.2250738585072011e-308", 2.2250738585072011e-308},
        {"4.9e-324", 4.94065645841246544e-324},
        {"2.4703282292062328e-324", 4.94065645841246544e-324},
        {"2.4703282292062327e-324", 0},
        {"1e-400", 0},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        double value;
        CHECK(nm_real_parse(nm_span_of(rows[i].text, strlen(rows[i].text)), &value));
        CHECK_SPAN(nm_span_of(&value, sizeof value), nm_span_of(&rows[i].value, sizeof value));
    }
}

static void
no_numbers(void)
{
    static const char *const rows[] = {"",    "-",   "+1",  ".5",    "1.",  "1.e5", "1e",
                                       "1e+", "01",  "-01", "00",    "0x1", " 1",   "1 ",
                                       "1,5", "inf", "nan", "1e5.5", "--1", "1-1"};
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i]);
        double value = 42;
        CHECK(!nm_real_parse(nm_span_of(rows[i], strlen(rows[i])), &value));
        CHECK(value == 42);
    }
}

static void
check_as_strtod(const char *text)
{
    double value = 0;
    double expected = strtod(text, NULL);
    CHECK(nm_real_parse(nm_span_of(text, strlen(text)), &value));
    CHECK_SPAN(nm_span_of(&value, sizeof value), nm_span_of(&expected, sizeof expected));
}

static void
random_numbers_are_parsed_as_by_strtod(void)
{
    uint64_t random = 4;
    char text[1200];
    for (int i = 0; i < 40000; i++) {
        uint64_t raw = check_random(&random);
        double value = double_of(raw);
        int exponent = (int)(check_random(&random) % 700) - 350;
        if (!isfinite(value)) {
            continue;
        }
        (void)snprintf(text, sizeof text, "%.*e", i % 20, value); /* Always fits. */
        check_as_strtod(text);
        (void)snprintf(text, sizeof text, "%" PRIu64 "e%d", raw, exponent); /* Always fits. */
        check_as_strtod(text);
        (void)snprintf(text, sizeof text, "%.17f", (double)(raw >> 40) / 1e5); /* Always fits. */
        check_as_strtod(text);
    }
}

/* Exactly between two doubles, and a little more: all digits of a half are written out by printf,
 * which can do so for the double with one bit more that a long double is. */
static void
halves_are_rounded_to_even(void)
{
    uint64_t random = 5;
    char text[1200];
    for (int i = 0; LDBL_MANT_DIG > DBL_MANT_DIG && i < 4000; i++) {
        uint64_t raw = check_random(&random) >> 2;
        double value = double_of(raw);
        double next = double_of(raw + 1);
        long double half = ((long double)value + (long double)next) / 2;
        int len = snprintf(text, sizeof text, "%.*Le", 770, half);
        CHECK(len > 0 && (size_t)len < sizeof text);
        check_as_strtod(text);
        text[760] = text[760] == '9' ? '8' : '9'; /* In front of the exponent. */
        check_as_strtod(text);
    }
    CHECK(true);
}

static void
long_texts(void)
{
    static char text[20010];
    double value;
    memset(text, '0', sizeof text);
    memcpy(text, "0.", 2);
    memcpy(text + 10001, "1e10000", 7);
    CHECK(nm_real_parse(nm_span_of(text, 10008), &value) && value == 1);
    memset(text, '0', sizeof text);
    text[0] = '1';
    memcpy(text + 20000, "e-20000", 7);
    CHECK(nm_real_parse(nm_span_of(text, 20007), &value) && value == 0.1);
    text[19999] = '1';
    memcpy(text + 20000, "e-19999", 7);
    CHECK(nm_real_parse(nm_span_of(text, 20007), &value) && value == 1);
}

CHECK_MAIN(CHECK_TEST(long_form), CHECK_TEST(short_form),
           CHECK_TEST(random_numbers_are_printed_as_by_printf), CHECK_TEST(parsed),
           CHECK_TEST(no_numbers), CHECK_TEST(random_numbers_are_parsed_as_by_strtod),
           CHECK_TEST(halves_are_rounded_to_even), CHECK_TEST(long_texts))
