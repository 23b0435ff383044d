/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/constants.h"

#include "base/ascii.h"
#include "check.h"

static void
numbers_have_names(void)
{
    static const struct {
        const char *name;
        const char *(*look_up)(uint16_t number);
        uint16_t number;
    } rows[] = {
        {"A", nm_dns_type_name, 1},           {"NSAP-PTR", nm_dns_type_name, 23},
        {"AAAA", nm_dns_type_name, 28},       {"OPT", nm_dns_type_name, 41},
        {"NSEC3PARAM", nm_dns_type_name, 51}, {"HTTPS", nm_dns_type_name, 65},
        {"SPF", nm_dns_type_name, 99},        {"EUI64", nm_dns_type_name, 109},
        {"TKEY", nm_dns_type_name, 249},      {"ANY", nm_dns_type_name, 255},
        {"CAA", nm_dns_type_name, 257},       {"TA", nm_dns_type_name, 32768},
        {"DLV", nm_dns_type_name, 32769},     {"IN", nm_dns_class_name, 1},
        {"CH", nm_dns_class_name, 3},         {"HS", nm_dns_class_name, 4},
        {"NONE", nm_dns_class_name, 254},     {"ANY", nm_dns_class_name, 255},
        {"NOERROR", nm_dns_rcode_name, 0},    {"NOTZONE", nm_dns_rcode_name, 10},
        {"BADVERS", nm_dns_rcode_name, 16},   {"QUERY", nm_dns_opcode_name, 0},
        {"UPDATE", nm_dns_opcode_name, 5},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        const char *name = rows[i].look_up(rows[i].number);
        CHECK_OR_EXIT(name != NULL);
        CHECK_TEXT(name, strlen(name), rows[i].name);
    }
}

static void
other_numbers_have_none(void)
{
    static const uint16_t types[] = {0, 53, 63, 110, 248, 258, 32767, 32770, 65535};
    for (size_t i = 0; i < CHECK_COUNT(types); i++) {
        CHECK(nm_dns_type_name(types[i]) == NULL);
    }
    CHECK(nm_dns_class_name(0) == NULL && nm_dns_class_name(2) == NULL);
    CHECK(nm_dns_class_name(256) == NULL);
    CHECK(nm_dns_rcode_name(11) == NULL && nm_dns_rcode_name(17) == NULL);
    CHECK(nm_dns_opcode_name(3) == NULL && nm_dns_opcode_name(6) == NULL);
}

/* How many of all types and classes have a mnemonic; every one is read back, in any case. */
static void
what_is_formatted_is_read_back(void)
{
    unsigned names = 0;
    unsigned wrong = 0;
    nm_buffer b;
    nm_buffer_init(&b, 100, &nm_allocator_heap);
    for (uint32_t number = 0; number <= UINT16_MAX; number++) {
        uint16_t type = 0;
        uint16_t rrclass = 0;
        b.len = 0;
        nm_writer w = nm_writer_begin(&b);
        nm_dns_type_format(&w, (uint16_t)number);
        size_t type_len = nm_writer_len(&w);
        nm_dns_class_format(&w, (uint16_t)number);
        wrong += nm_writer_end(&w) != NM_OK;
        for (size_t i = 0; i < b.len; i += 2) {
            b.data[i] = nm_ascii_lower(b.data[i]);
        }
        names += memcmp(b.data, "tYpE", 4) != 0;
        wrong += !nm_dns_type_parse(nm_span_of(b.data, type_len), &type) || type != number;
        wrong += !nm_dns_class_parse(nm_span_of(b.data + type_len, b.len - type_len), &rrclass) ||
                 rrclass != number;
    }
    CHECK_EQ(wrong, 0);
    CHECK_EQ(names, 84);
    nm_buffer_clear(&b);
}

static void
text_is_refused(void)
{
    static const char *const texts[] = {
        "",      "BOGUS",  "AA",      "A ",        " A",         "*",       "TYPE",
        "TYPE ", "TYPE-1", "TYPE+1",  "TYPE65536", "TYPE1x",     "TYPE0x1", "CLASS",
        "CLASS", "CLASSx", "CLASS-1", "CLASS 1",   "CLASS65536",
    };
    for (size_t i = 0; i < CHECK_COUNT(texts); i++) {
        CHECK_CASE(texts[i]);
        uint16_t out = 77;
        CHECK(!nm_dns_type_parse(nm_span_of_text(texts[i]), &out));
        CHECK(!nm_dns_class_parse(nm_span_of_text(texts[i]), &out));
        CHECK_EQ(out, 77);
    }
}

static void
response_codes_are_read(void)
{
    static const struct {
        const char *text;
        int rcode; /**< -1: refused. */
    } rows[] = {
        {"NOERROR", 0}, {"nxDomain", 3}, {"badvers", 16}, {"0", 0},     {"9", 9},
        {"15", 15},     {"16", -1},      {"017", 15},     {"08", -1},   {"00", 0},
        {"0x", -1},     {"0xf", 15},     {"0XB", 11},     {"0x10", -1}, {"", -1},
        {"-1", -1},     {" 1", -1},      {"1 ", -1},      {"a", -1},    {"4294967296", -1},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        uint16_t out = 77;
        bool is_read = nm_dns_rcode_parse(nm_span_of_text(rows[i].text), &out);
        CHECK_EQ(is_read, rows[i].rcode >= 0);
        CHECK_EQ(out, rows[i].rcode >= 0 ? rows[i].rcode : 77);
    }
}

CHECK_MAIN(CHECK_TEST(numbers_have_names), CHECK_TEST(other_numbers_have_none),
           CHECK_TEST(what_is_formatted_is_read_back), CHECK_TEST(text_is_refused),
           CHECK_TEST(response_codes_are_read))
