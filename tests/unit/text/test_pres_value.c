/* SPDX-License-Identifier: Apache-2.0 */
#include "text/pres_value.h"

#include <math.h>

#include "all_kinds.h"
#include "check.h"

static void
check_values(const value_row *rows, size_t count, nm_span payload)
{
    nm_slot slots[ROWS];
    nm_fields fields = all_kinds_index(payload, slots);
    for (size_t i = 0; i < count; i++) {
        CHECK_CASE(rows[i].name);
        nm_buffer out;
        nm_buffer_init(&out, 10000, &nm_allocator_heap);
        nm_writer w = nm_writer_begin(&out);
        CHECK_EQ(nm_pres_value_write(&w, &fields, rows[i].row, &rows[i].value), NM_OK);
        CHECK_EQ(nm_writer_end(&w), NM_OK);
        CHECK_TEXT(out.data, out.len, rows[i].text);
        nm_buffer_clear(&out);
    }
}

static void
numbers(void)
{
    static const value_row rows[] = {
        {"an enum's symbol", ROW_TYPE, SIGNED(1), "JSON"},
        {"an unknown value of an enum", ROW_TYPE, SIGNED(7), "<UNKNOWN ENUM VAL=7>"},
        {"an unknown negative value is unsigned", ROW_TYPE, SIGNED(-1),
         "<UNKNOWN ENUM VAL=4294967295>"},
        {"uint16", ROW_UINT16, UNSIGNED(65535), "65535"},
        {"uint16 has the low 16 bits", ROW_UINT16, UNSIGNED(65536 + 5), "5"},
        {"uint32", ROW_UINT32, UNSIGNED(UINT32_MAX), "4294967295"},
        {"uint64", ROW_UINT64, UNSIGNED(UINT64_MAX), "18446744073709551615"},
        {"int16 has the low 16 bits", ROW_INT16, SIGNED(0x18000), "-32768"},
        {"int32", ROW_INT32, SIGNED(INT32_MIN), "-2147483648"},
        {"int64", ROW_INT64, SIGNED(INT64_MIN), "-9223372036854775808"},
        {"true", ROW_BOOL, SIGNED(1), "True"},
        {"false", ROW_BOOL, SIGNED(0), "False"},
        {"double", ROW_DOUBLE, REAL(0.5), "0.500000"},
        {"infinity", ROW_DOUBLE, REAL(-(double)INFINITY), "-inf"},
        {"record type", ROW_DNS_TYPE, UNSIGNED(1), "A (1)"},
        {"record type without name", ROW_DNS_TYPE, UNSIGNED(65280), "<UNKNOWN> (65280)"},
        {"class", ROW_DNS_CLASS, UNSIGNED(1), "IN (1)"},
        {"class without name", ROW_DNS_CLASS, UNSIGNED(77), "CLASS77 (77)"},
        {"class, SIE", ROW_DNS_CLASS_SIE, UNSIGNED(1), "IN (1)"},
        {"class without name, SIE", ROW_DNS_CLASS_SIE, UNSIGNED(77), "<UNKNOWN> (77)"},
        {"response code", ROW_DNS_RCODE, UNSIGNED(3), "NXDOMAIN (3)"},
        {"response code without name", ROW_DNS_RCODE, UNSIGNED(11), "<UNKNOWN> (11)"},
        {"UDP", ROW_IP_PROTOCOL, UNSIGNED(17), "UDP (17)"},
        {"another protocol", ROW_IP_PROTOCOL, UNSIGNED(132), "132"},
        {"hex32", ROW_HEX32, UNSIGNED(0xdeadbeef), "deadbeef"},
        {"epoch", ROW_EPOCH, UNSIGNED(1600000000), "2020-09-13 12:26:40"},
        {"symbol", ROW_SYMBOL, UNSIGNED(2), "YAML"},
        {"symbol without name", ROW_SYMBOL, UNSIGNED(99), "99"},
    };
    check_values(rows, CHECK_COUNT(rows), nm_span_of(NULL, 0));
}

static void
octets_as_text(void)
{
    static const value_row rows[] = {
        {"bytes", ROW_BYTES, OCTETS("hello"), "<BYTE ARRAY LEN=5>"},
        {"no bytes", ROW_BYTES, OCTETS(""), "<BYTE ARRAY LEN=0>"},
        {"encoded", ROW_ENCODED, OCTETS("hello"), "<BYTE ARRAY LEN=5>"},
        {"captured payload", ROW_NCAP_PAYLOAD, OCTETS("hello"), "<BYTE ARRAY LEN=5>"},
        {"string", ROW_STRING, OCTETS("a\"\\\n\xff z"), "a\"\\\n\xff z"},
        {"no string", ROW_STRING, OCTETS(""), ""},
        {"string up to its first NUL", ROW_STRING, OCTETS("a\0b\xff"), "a"},
        {"mlstring", ROW_MLSTRING, OCTETS("A: 1\nB: 2\n\0"), "A: 1\nB: 2\n"},
        {"IPv4", ROW_IP, OCTETS("\xc0\x00\x02\x01"), "192.0.2.1"},
        {"IPv6", ROW_IP, OCTETS("\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\2"), "::0.1.0.2"},
        {"an address of another length", ROW_IP, OCTETS("12345"), "<INVALID IP len=5>"},
        {"name", ROW_DNS_NAME, OCTETS("\3a.b\7example\0"), "a\\.b.example."},
        {"no name", ROW_DNS_NAME, OCTETS(""), ""},
        {"too long a name", ROW_DNS_NAME, OCTETS(DNS_NAME_256), ""},
        {"DNS message", ROW_DNS_MESSAGE, OCTETS(DNS_QUERY),
         ";; ->>HEADER<<- opcode: QUERY, rcode: NOERROR, id: 4660\n;; flags: rd; QUERY: 1, ANSWER: "
         "0, AUTHORITY: 0, ADDITIONAL: 0\n\n;; QUESTION SECTION:\n;a. IN A\n\n;; ANSWER SECTION:\n"
         "\n;; AUTHORITY SECTION:\n\n;; ADDITIONAL SECTION:\n"},
        {"no DNS message", ROW_DNS_MESSAGE, OCTETS("abc"), "<PARSE ERROR>"},
        {"no DNS message as object", ROW_DNS_MESSAGE_OBJECT, OCTETS("abc"), "<PARSE ERROR>"},
        {"no DNS message as text", ROW_DNS_MESSAGE_TEXT, OCTETS("abc"), "<PARSE ERROR>"},
    };
    check_values(rows, CHECK_COUNT(rows), nm_span_of(NULL, 0));
}

static void
record_data_need_type_and_class(void)
{
    static const value_row with[] = {
        {"record data", ROW_DNS_RDATA, OCTETS("\xc0\x00\x02\x01"), "192.0.2.1"},
    };
    static const value_row without[] = {
        {"record data of unknown type", ROW_DNS_RDATA, OCTETS("\xc0\x00\x02\x01"),
         "\\# 4 c0 00 02 01 "},
    };
    nm_span type_a = nm_span_of(all_kinds_payload_a, sizeof all_kinds_payload_a);
    check_values(with, CHECK_COUNT(with), type_a);
    check_values(without, CHECK_COUNT(without), nm_span_of(type_a.data, 2));
}

static void
a_full_buffer_is_a_limit(void)
{
    static const nm_value address = OCTETS("\xc0\x00\x02\x01");
    nm_slot slots[ROWS];
    nm_fields fields = all_kinds_index(nm_span_of(NULL, 0), slots);
    nm_buffer out;
    nm_buffer_init(&out, 5, &nm_allocator_heap);
    nm_writer w = nm_writer_begin(&out);
    CHECK_EQ(nm_pres_value_write(&w, &fields, ROW_IP, &address), NM_E_LIMIT);
    CHECK_EQ(nm_writer_end(&w), NM_E_LIMIT);
    nm_buffer_clear(&out);
}

CHECK_MAIN(CHECK_TEST(numbers), CHECK_TEST(octets_as_text),
           CHECK_TEST(record_data_need_type_and_class), CHECK_TEST(a_full_buffer_is_a_limit))
