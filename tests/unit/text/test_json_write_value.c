/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "check.h"
#include "text/json_record.h"

#include "all_kinds.h"

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
        nm_json_value_write(&w, &fields, rows[i].row, &rows[i].value);
        CHECK_EQ(nm_writer_end(&w), NM_OK);
        CHECK_TEXT(out.data, out.len, rows[i].text);
        nm_buffer_clear(&out);
    }
}

static void
numbers(void)
{
    static const value_row rows[] = {
        {"an enum's symbol", ROW_TYPE, SIGNED(1), "\"JSON\""},
        {"an unknown value of an enum", ROW_TYPE, SIGNED(7), "7"},
        {"a negative symbol", ROW_TYPE, SIGNED(-5), "\"minus\""},
        {"an unknown negative value is unsigned", ROW_TYPE, SIGNED(-1), "4294967295"},
        {"uint16", ROW_UINT16, UNSIGNED(65535), "65535"},
        {"uint16 has the low 16 bits", ROW_UINT16, UNSIGNED(65536 + 5), "5"},
        {"uint32", ROW_UINT32, UNSIGNED(UINT32_MAX), "4294967295"},
        {"uint64", ROW_UINT64, UNSIGNED(UINT64_MAX), "18446744073709551615"},
        {"int16", ROW_INT16, SIGNED(-3), "-3"},
        {"int16 has the low 16 bits", ROW_INT16, SIGNED(0x18000), "-32768"},
        {"int32", ROW_INT32, SIGNED(INT32_MIN), "-2147483648"},
        {"int64", ROW_INT64, SIGNED(INT64_MIN), "-9223372036854775808"},
        {"int64, positive", ROW_INT64, SIGNED(5), "5"},
        {"true", ROW_BOOL, SIGNED(1), "true"},
        {"false", ROW_BOOL, SIGNED(0), "false"},
        {"double", ROW_DOUBLE, REAL(0.5), "0.5"},
        {"double without fraction", ROW_DOUBLE, REAL(5e9), "5000000000.0"},
        {"double, tiny", ROW_DOUBLE, REAL(1e-30), "0.0"},
        {"double, all digits", ROW_DOUBLE, REAL(1e25), "10000000000000000905969664.0"},
        {"infinity", ROW_DOUBLE, REAL((double)INFINITY), "null"},
        {"minus infinity", ROW_DOUBLE, REAL(-(double)INFINITY), "null"},
        {"no number", ROW_DOUBLE, REAL((double)NAN), "null"},
        {"record type", ROW_DNS_TYPE, UNSIGNED(28), "\"AAAA\""},
        {"record type without name", ROW_DNS_TYPE, UNSIGNED(65280), "\"TYPE65280\""},
        {"record type has the low 16 bits", ROW_DNS_TYPE, UNSIGNED(65536 + 1), "\"A\""},
        {"class", ROW_DNS_CLASS, UNSIGNED(1), "\"IN\""},
        {"class without name", ROW_DNS_CLASS, UNSIGNED(77), "\"CLASS77\""},
        {"class, SIE", ROW_DNS_CLASS_SIE, UNSIGNED(3), "\"CH\""},
        {"class without name, SIE", ROW_DNS_CLASS_SIE, UNSIGNED(77), "\"<UNKNOWN>\""},
        {"response code", ROW_DNS_RCODE, UNSIGNED(3), "\"NXDOMAIN\""},
        {"response code without name", ROW_DNS_RCODE, UNSIGNED(11), "\"11\""},
        {"UDP", ROW_IP_PROTOCOL, UNSIGNED(17), "\"UDP\""},
        {"TCP", ROW_IP_PROTOCOL, UNSIGNED(6), "\"TCP\""},
        {"ICMP", ROW_IP_PROTOCOL, UNSIGNED(1), "\"ICMP\""},
        {"another protocol", ROW_IP_PROTOCOL, UNSIGNED(132), "\"132\""},
        {"hex32", ROW_HEX32, UNSIGNED(0xdeadbeef), "\"deadbeef\""},
        {"hex32, no zeros in front", ROW_HEX32, UNSIGNED(0xa), "\"a\""},
        {"epoch", ROW_EPOCH, UNSIGNED(1600000000), "\"2020-09-13 12:26:40\""},
        {"the last epoch", ROW_EPOCH, UNSIGNED(UINT32_MAX), "\"2106-02-07 06:28:15\""},
        {"symbol", ROW_SYMBOL, UNSIGNED(2), "\"YAML\""},
        {"symbol without name", ROW_SYMBOL, UNSIGNED(99), "99"},
    };
    check_values(rows, CHECK_COUNT(rows), nm_span_of(NULL, 0));
}

static void
octets_as_text(void)
{
    static const value_row rows[] = {
        {"bytes", ROW_BYTES, OCTETS("hello"), "\"aGVsbG8=\""},
        {"no bytes", ROW_BYTES, OCTETS(""), "null"},
        {"string", ROW_STRING, OCTETS("a\"b"), "\"a\\\"b\""},
        {"no string", ROW_STRING, OCTETS(""), "\"\""},
        {"string with NUL", ROW_STRING, OCTETS("a\0b\xff"), "\"a\xef\xbf\xbd\""},
        {"mlstring", ROW_MLSTRING, OCTETS("A: 1\nB: 2\n\0"), "\"A: 1\\nB: 2\\n\""},
        {"IPv4", ROW_IP, OCTETS("\xc0\x00\x02\x01"), "\"192.0.2.1\""},
        {"IPv6", ROW_IP, OCTETS("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"), "\"::1\""},
        {"no address", ROW_IP, OCTETS(""), "null"},
        {"an address of another length", ROW_IP, OCTETS("12345"), "null"},
        {"name", ROW_DNS_NAME, OCTETS("\1a\7example\0"), "\"a.example.\""},
        {"name with a dot in a label", ROW_DNS_NAME, OCTETS("\3a.b\0"), "\"a\\\\.b.\""},
        {"name with a quote", ROW_DNS_NAME, OCTETS("\3a\"b\0"), "\"a\\\"b.\""},
        {"no name", ROW_DNS_NAME, OCTETS(""), "\"\""},
        {"too long a name", ROW_DNS_NAME, OCTETS(DNS_NAME_256), "\"\""},
        {"DNS message as bytes", ROW_DNS_MESSAGE, OCTETS("abc"), "\"YWJj\""},
        {"DNS message as object", ROW_DNS_MESSAGE_OBJECT, OCTETS(DNS_QUERY),
         "{\"header\":{\"opcode\":\"QUERY\",\"rcode\":\"NOERROR\",\"id\":4660,\"flags\":[\"rd\"]},"
         "\"question\":[{\"qname\":\"a.\",\"qclass\":\"IN\",\"qtype\":\"A\"}],\"answer\":[],"
         "\"authority\":[],\"additional\":[]}"},
        {"no DNS message as object", ROW_DNS_MESSAGE_OBJECT, OCTETS("abc"), "null"},
        {"DNS message as text", ROW_DNS_MESSAGE_TEXT, OCTETS(DNS_QUERY),
         "\";; ->>HEADER<<- opcode: QUERY, rcode: NOERROR, id: 4660\\n;; flags: rd; QUERY: 1, "
         "ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0\\n\\n;; QUESTION SECTION:\\n;a. IN A\\n\\n;; "
         "ANSWER SECTION:\\n\\n;; AUTHORITY SECTION:\\n\\n;; ADDITIONAL SECTION:\\n\""},
        {"no DNS message as text", ROW_DNS_MESSAGE_TEXT, OCTETS("abc"), "\"<PARSE ERROR>\""},
        {"captured payload", ROW_NCAP_PAYLOAD, OCTETS("abc"), "\"YWJj\""},
    };
    check_values(rows, CHECK_COUNT(rows), nm_span_of(NULL, 0));
}

static void
record_data_need_type_and_class(void)
{
    static const value_row with[] = {
        {"record data", ROW_DNS_RDATA, OCTETS("\xc0\x00\x02\x01"), "\"192.0.2.1\""},
        {"record data that are cut", ROW_DNS_RDATA, OCTETS("\xc0"), "\" ### PARSE ERROR ###\""},
    };
    static const value_row without[] = {
        {"record data of unknown type", ROW_DNS_RDATA, OCTETS("\xc0\x00\x02\x01"),
         "\"\\\\# 4 c0 00 02 01 \""},
    };
    static const value_row text[] = {
        {"record data with quotes", ROW_DNS_RDATA, OCTETS("\2\"\\"),
         "\"\\\"\\\\\\\"\\\\\\\\\\\"\""},
    };
    nm_span type_a = nm_span_of(all_kinds_payload_a, sizeof all_kinds_payload_a);
    check_values(with, CHECK_COUNT(with), type_a);
    check_values(without, CHECK_COUNT(without), nm_span_of(type_a.data, 2));
    check_values(without, CHECK_COUNT(without), nm_span_of(type_a.data + 2, 3));
    check_values(text, CHECK_COUNT(text), nm_span_of("\x78\x10\x80\x01\x01", 5));
}

CHECK_MAIN(CHECK_TEST(numbers), CHECK_TEST(octets_as_text),
           CHECK_TEST(record_data_need_type_and_class))
