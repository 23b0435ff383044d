/* SPDX-License-Identifier: Apache-2.0 */
#include "text/pres_read_value.h"

#include <math.h>

#include "all_kinds.h"
#include "check.h"
#include "text/pres_read_number.h"

/* What a value row says is read from its text, or nothing is if the name says so. */
typedef struct bad_row {
    const char *name;
    size_t row;
    const char *text;
} bad_row;

static nm_status
encode(size_t row, const char *text, nm_record_type type, nm_buffer *out)
{
    nm_error detail = {.code = NM_OK};
    nm_buffer scratch;
    nm_buffer_init(&scratch, 1 << 20, &nm_allocator_heap);
    nm_status status = nm_pres_value_encode(&all_kinds_fields[row], nm_span_of(text, strlen(text)),
                                            type, &scratch, out, &detail);
    nm_buffer_clear(&scratch);
    return status;
}

static void
check_values(const value_row *rows, size_t count, nm_record_type type)
{
    for (size_t i = 0; i < count; i++) {
        CHECK_CASE(rows[i].name);
        nm_buffer read;
        nm_buffer wanted;
        nm_buffer_init(&read, 10000, &nm_allocator_heap);
        nm_buffer_init(&wanted, 10000, &nm_allocator_heap);
        CHECK_EQ(encode(rows[i].row, rows[i].text, type, &read), NM_OK);
        CHECK_EQ(nm_value_encode(&all_kinds_fields[rows[i].row], &rows[i].value, &wanted), NM_OK);
        CHECK_SPAN(nm_buffer_span(&read), nm_buffer_span(&wanted));
        nm_buffer_clear(&read);
        nm_buffer_clear(&wanted);
    }
}

static void
check_bad(const bad_row *rows, size_t count, nm_record_type type)
{
    for (size_t i = 0; i < count; i++) {
        CHECK_CASE(rows[i].name);
        nm_buffer read;
        nm_buffer_init(&read, 10000, &nm_allocator_heap);
        CHECK_EQ(encode(rows[i].row, rows[i].text, type, &read), NM_E_PARSE);
        CHECK_EQ(read.len, 0);
        nm_buffer_clear(&read);
    }
}

static const nm_record_type record_a = {1, 1};
static const nm_record_type no_record = {0, 0};

static void
values_as_they_are_printed(void)
{
    static const value_row rows[] = {
        {"symbol of an enum", ROW_TYPE, SIGNED(1), "JSON"},
        {"negative symbol", ROW_TYPE, SIGNED(-5), "minus"},
        {"enum without symbol", ROW_TYPE, SIGNED(7), "<UNKNOWN ENUM VAL=7>"},
        {"negative enum without symbol", ROW_TYPE, SIGNED(-1), "<UNKNOWN ENUM VAL=4294967295>"},
        {"symbol", ROW_SYMBOL, UNSIGNED(2), "YAML"},
        {"symbol without name", ROW_SYMBOL, UNSIGNED(99), "99"},
        {"string", ROW_STRING, OCTETS("a b \xff\0"), "a b \xff"},
        {"blanks of a string", ROW_STRING, OCTETS(" a \0"), " a "},
        {"empty string", ROW_STRING, OCTETS("\0"), ""},
        {"lines", ROW_MLSTRING, OCTETS("a\n\nb\n\0"), "a\n\nb\n"},
        {"address", ROW_IP, OCTETS("\300\0\2\1"), "192.0.2.1"},
        {"address of IPv6", ROW_IP, OCTETS("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"), "::1"},
        {"address of no octets", ROW_IP, OCTETS(""), "<INVALID IP len=0>"},
        {"bytes, none", ROW_BYTES, OCTETS(""), "<BYTE ARRAY LEN=0>"},
        {"encoded, none", ROW_ENCODED, OCTETS(""), "<BYTE ARRAY LEN=0>"},
        {"packet of no octets", ROW_NCAP_PAYLOAD, OCTETS(""), "<DECODING ERROR>"},
        {"true", ROW_BOOL, SIGNED(1), "True"},
        {"false", ROW_BOOL, SIGNED(0), "False"},
        {"uint16", ROW_UINT16, UNSIGNED(65535), "65535"},
        {"uint32", ROW_UINT32, UNSIGNED(UINT32_MAX), "4294967295"},
        {"uint64", ROW_UINT64, UNSIGNED(UINT64_MAX), "18446744073709551615"},
        {"int16", ROW_INT16, SIGNED(-32768), "-32768"},
        {"int32", ROW_INT32, SIGNED(INT32_MIN), "-2147483648"},
        {"int64", ROW_INT64, SIGNED(INT64_MIN), "-9223372036854775808"},
        {"double", ROW_DOUBLE, REAL(0.5), "0.500000"},
        {"infinite double", ROW_DOUBLE, REAL(-(double)INFINITY), "-inf"},
        {"domain name", ROW_DNS_NAME, OCTETS("\3a.b\0"), "a\\.b."},
        {"root", ROW_DNS_NAME, OCTETS("\0"), "."},
        {"record type", ROW_DNS_TYPE, UNSIGNED(1), "A (1)"},
        {"record type without name", ROW_DNS_TYPE, UNSIGNED(65280), "<UNKNOWN> (65280)"},
        {"class", ROW_DNS_CLASS, UNSIGNED(1), "IN (1)"},
        {"class without name", ROW_DNS_CLASS, UNSIGNED(77), "CLASS77 (77)"},
        {"class of SIE", ROW_DNS_CLASS_SIE, UNSIGNED(3), "CH (3)"},
        {"class of SIE without name", ROW_DNS_CLASS_SIE, UNSIGNED(77), "<UNKNOWN> (77)"},
        {"response code", ROW_DNS_RCODE, UNSIGNED(3), "NXDOMAIN (3)"},
        {"response code without name", ROW_DNS_RCODE, UNSIGNED(3841), "<UNKNOWN> (3841)"},
        {"protocol", ROW_IP_PROTOCOL, UNSIGNED(17), "UDP (17)"},
        {"protocol without name", ROW_IP_PROTOCOL, UNSIGNED(132), "132"},
        {"hexadecimal", ROW_HEX32, UNSIGNED(0xdeadbeef), "deadbeef"},
        {"time", ROW_EPOCH, UNSIGNED(1600000000), "2020-09-13 12:26:40"},
    };
    check_values(rows, CHECK_COUNT(rows), no_record);
}

static void
values_as_people_write_them(void)
{
    static const value_row rows[] = {
        {"hexadecimal", ROW_UINT16, UNSIGNED(31), "0x1f"},
        {"hexadecimal, capitals", ROW_UINT16, UNSIGNED(31), "0X1F"},
        {"octal", ROW_UINT16, UNSIGNED(15), "017"},
        {"zero", ROW_UINT16, UNSIGNED(0), "0"},
        {"plus", ROW_UINT16, UNSIGNED(7), "+7"},
        {"minus zero", ROW_UINT16, UNSIGNED(0), "-0"},
        {"negative hexadecimal", ROW_INT16, SIGNED(-16), "-0x10"},
        {"blanks around a number", ROW_UINT32, UNSIGNED(5), "  5\t"},
        {"type by its name", ROW_DNS_TYPE, UNSIGNED(28), "aaaa"},
        {"type by its number", ROW_DNS_TYPE, UNSIGNED(300), "TYPE300"},
        {"type as an integer", ROW_DNS_TYPE, UNSIGNED(28), "28"},
        {"class by its name", ROW_DNS_CLASS, UNSIGNED(1), "IN"},
        {"response code as an integer", ROW_DNS_RCODE, UNSIGNED(4095), "4095"},
        {"protocol by its name", ROW_IP_PROTOCOL, UNSIGNED(6), "tcp"},
        {"symbol in hexadecimal", ROW_SYMBOL, UNSIGNED(16), "0x10"},
        {"hexadecimal with 0x", ROW_HEX32, UNSIGNED(0xffffffff), "0xFFFFFFFF"},
    };
    check_values(rows, CHECK_COUNT(rows), no_record);
}

static void
record_data_by_its_type(void)
{
    static const value_row typed[] = {
        {"as its type says", ROW_DNS_RDATA, OCTETS("\300\0\2\1"), "192.0.2.1"},
        {"empty", ROW_DNS_RDATA, OCTETS(""), ""},
    };
    static const value_row untyped[] = {
        {"octets", ROW_DNS_RDATA, OCTETS("\1\253"), "\\# 2 01 ab "},
    };
    static const bad_row bad[] = {
        {"of another type", ROW_DNS_RDATA, "ns.example."},
        {"with an error mark", ROW_DNS_RDATA, " ### PARSE ERROR ###"},
    };
    check_values(typed, CHECK_COUNT(typed), record_a);
    check_values(untyped, CHECK_COUNT(untyped), no_record);
    check_bad(bad, CHECK_COUNT(bad), record_a);
}

static void
what_is_refused(void)
{
    static const bad_row rows[] = {
        {"enum in another case", ROW_TYPE, "json"},
        {"number of an enum", ROW_TYPE, "1"},
        {"enum above 32 bits", ROW_TYPE, "<UNKNOWN ENUM VAL=4294967296>"},
        {"enum cut", ROW_TYPE, "<UNKNOWN ENUM VAL=7"},
        {"negative symbol", ROW_SYMBOL, "-1"},
        {"bytes", ROW_BYTES, "<BYTE ARRAY LEN=3>"},
        {"encoded", ROW_ENCODED, "abc"},
        {"packet", ROW_NCAP_PAYLOAD, "abc"},
        {"message", ROW_DNS_MESSAGE, "<PARSE ERROR>"},
        {"message as object", ROW_DNS_MESSAGE_OBJECT, ""},
        {"message as text", ROW_DNS_MESSAGE_TEXT, "[3 octets]"},
        {"address", ROW_IP, "<INVALID IP len=3>"},
        {"bool in another case", ROW_BOOL, "true"},
        {"bool as a number", ROW_BOOL, "1"},
        {"uint16 too large", ROW_UINT16, "65536"},
        {"uint16 below 0", ROW_UINT16, "-1"},
        {"uint16, more behind it", ROW_UINT16, "7x"},
        {"uint16, two words", ROW_UINT16, "7 8"},
        {"uint16, nothing", ROW_UINT16, ""},
        {"uint16, sign only", ROW_UINT16, "-"},
        {"uint16, 0x only", ROW_UINT16, "0x"},
        {"uint16, no octal digit", ROW_UINT16, "08"},
        {"int16 too small", ROW_INT16, "-32769"},
        {"int16 too large", ROW_INT16, "32768"},
        {"uint64 too large", ROW_UINT64, "18446744073709551616"},
        {"int64 too large", ROW_INT64, "9223372036854775808"},
        {"name with an empty label", ROW_DNS_NAME, "a..b"},
        {"type, name and number differ", ROW_DNS_TYPE, "A (2)"},
        {"type, number too large", ROW_DNS_TYPE, "A (65537)"},
        {"type, no number", ROW_DNS_TYPE, "A ()"},
        {"type, bracket only", ROW_DNS_TYPE, "A)"},
        {"type, unknown name", ROW_DNS_TYPE, "AAAAA"},
        {"class, type's number", ROW_DNS_CLASS, "TYPE1"},
        {"protocol, digits and more", ROW_IP_PROTOCOL, "17abc"},
        {"protocol too large", ROW_IP_PROTOCOL, "65536"},
        {"hexadecimal, nine digits", ROW_HEX32, "1deadbeef"},
        {"time before 1970", ROW_EPOCH, "1969-12-31 23:59:59"},
        {"time after 2106", ROW_EPOCH, "2106-02-07 06:28:16"},
        {"time as a number", ROW_EPOCH, "5"},
        {"double, text", ROW_DOUBLE, "x"},
        {"double, point only", ROW_DOUBLE, "."},
        {"double, nothing", ROW_DOUBLE, ""},
        {"double, more behind it", ROW_DOUBLE, "1.5x"},
    };
    check_bad(rows, CHECK_COUNT(rows), no_record);
}

static void
doubles_as_people_write_them(void)
{
    static const struct {
        const char *text;
        double value;
    } rows[] = {
        {"1", 1},
        {"+1.5", 1.5},
        {"-1.5", -1.5},
        {"007.25", 7.25},
        {".5", 0.5},
        {"5.", 5},
        {"1e3", 1000},
        {"2.5E-1", 0.25},
        {"00.0", 0},
        {"inf", (double)INFINITY},
        {"-Infinity", -(double)INFINITY},
        {"1e999", (double)INFINITY},
    };
    double value;
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        value = 77;
        CHECK(nm_pres_real_parse(nm_span_of(rows[i].text, strlen(rows[i].text)), &value));
        CHECK(value == rows[i].value);
    }
    CHECK_CASE("nan and its sign");
    CHECK(nm_pres_real_parse(nm_span_of("nan", 3), &value) && isnan(value) && !signbit(value));
    CHECK(nm_pres_real_parse(nm_span_of("-NaN", 4), &value) && isnan(value) && signbit(value));
    CHECK_CASE("too long");
    char digits[600];
    memset(digits, '1', sizeof digits);
    CHECK(!nm_pres_real_parse(nm_span_of(digits, sizeof digits), &value));
}

static void
string_ends_at_its_first_nul(void)
{
    nm_buffer out;
    nm_buffer scratch;
    nm_error detail;
    nm_buffer_init(&out, 100, &nm_allocator_heap);
    nm_buffer_init(&scratch, 100, &nm_allocator_heap);
    CHECK_EQ(nm_pres_value_encode(&all_kinds_fields[ROW_STRING], nm_span_of("a\0b", 3), no_record,
                                  &scratch, &out, &detail),
             NM_OK);
    CHECK_TEXT(out.data, out.len - 1,
               "\x1a\x02"
               "a");
    CHECK_EQ(out.data[out.len - 1], 0);
    nm_buffer_clear(&out);
}

CHECK_MAIN(CHECK_TEST(values_as_they_are_printed), CHECK_TEST(values_as_people_write_them),
           CHECK_TEST(record_data_by_its_type), CHECK_TEST(what_is_refused),
           CHECK_TEST(doubles_as_people_write_them), CHECK_TEST(string_ends_at_its_first_nul))
