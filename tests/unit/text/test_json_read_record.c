/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "check.h"
#include "failing_allocator.h"
#include "message/registry.h"
#include "text/json_reader.h"
#include "text/json_record.h"

enum { OUT_MAX = 1 << 20, NOW_SEC = 1234567890, NOW_NSEC = 987654321 };

static nm_span
text_of(const char *text)
{
    return nm_span_of(text, strlen(text));
}

static nm_status
read_record(const char *text, const nm_aliases *aliases, nm_buffer *data, nm_payload *out,
            nm_error *err)
{
    return nm_json_record_read(text_of(text), 7, aliases, NOW_SEC, NOW_NSEC, data, out, err);
}

static void
headers(void)
{
    static const struct {
        const char *name;
        const char *text;
        int64_t sec;
        uint32_t nsec;
        uint32_t vendor;
        uint32_t type;
    } rows[] = {
        {"no time is now", "{\"vname\":\"base\",\"mname\":\"logline\",\"message\":{}}", NOW_SEC,
         NOW_NSEC, 1, 6},
        {"letters of either case", "{\"vname\":\"BaSe\",\"mname\":\"LOGline\",\"message\":{}}",
         NOW_SEC, NOW_NSEC, 1, 6},
        {"the old name of base", "{\"vname\":\"isc\",\"mname\":\"logline\",\"message\":{}}",
         NOW_SEC, NOW_NSEC, 1, 6},
        {"escapes in names",
         "{\"\\u0076name\":\"ba\\u0073e\",\"mname\":\"log\\u006cine\",\"message\":{}}", NOW_SEC,
         NOW_NSEC, 1, 6},
        {"another vendor", "{\"vname\":\"SIE\",\"mname\":\"qr\",\"message\":{}}", NOW_SEC, NOW_NSEC,
         2, 3},
        {"time as text",
         "{\"time\":\"2020-09-13 12:26:40.000000003\",\"vname\":\"base\",\"mname\":\"xml\","
         "\"message\":{}}",
         1600000000, 3, 1, 10},
        {"digits are nanoseconds",
         "{\"time\":\"2020-09-13 12:26:40.5\",\"vname\":\"base\",\"mname\":\"xml\",\"message\":{}}",
         1600000000, 5, 1, 10},
        {"time without fraction",
         "{\"time\":\"2020-09-13 12:26:40\",\"vname\":\"base\",\"mname\":\"xml\",\"message\":{}}",
         1600000000, 0, 1, 10},
        {"time with escapes",
         "{\"time\":\"2020-09-13\\u002012:26:40\",\"vname\":\"base\",\"mname\":\"xml\","
         "\"message\":{}}",
         1600000000, 0, 1, 10},
        {"time as seconds",
         "{\"time\":1600000000,\"vname\":\"base\",\"mname\":\"xml\","
         "\"message\":{}}",
         1600000000, 0, 1, 10},
        {"negative seconds", "{\"time\":-5,\"vname\":\"base\",\"mname\":\"xml\",\"message\":{}}",
         -5, 0, 1, 10},
        {"seconds with a fraction",
         "{\"time\":1577934245.5,\"vname\":\"base\",\"mname\":\"xml\",\"message\":{}}", 1577934245,
         500000000, 1, 10},
        {"seconds with an exponent",
         "{\"time\":1e3,\"vname\":\"base\",\"mname\":\"xml\",\"message\":{}}", 1000, 0, 1, 10},
        {"a fraction before the epoch",
         "{\"time\":-1.25,\"vname\":\"base\",\"mname\":\"xml\",\"message\":{}}", -2, 750000000, 1,
         10},
        {"a tiny fraction before the epoch",
         "{\"time\":-1e-20,\"vname\":\"base\",\"mname\":\"xml\",\"message\":{}}", -1, 999999999, 1,
         10},
        {"the message first",
         "{\"message\":{\"category\":\"x\"},\"mname\":\"logline\","
         "\"vname\":\"base\"}",
         NOW_SEC, NOW_NSEC, 1, 6},
        {"the last of two types counts",
         "{\"vname\":\"base\",\"mname\":\"xml\",\"message\":{},\"mname\":\"logline\"}", NOW_SEC,
         NOW_NSEC, 1, 6},
        {"white space", " { \"vname\" : \"base\" ,\t\"mname\":\"xml\",\"message\":{ } }\r\n",
         NOW_SEC, NOW_NSEC, 1, 10},
        {"other members",
         "{\"a\":{\"b\":[1]},\"vname\":\"base\",\"mname\":\"xml\",\"message\":{},\"c\":null,"
         "\"vname\\u0000x\":1}",
         NOW_SEC, NOW_NSEC, 1, 10},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_buffer data;
        nm_payload out;
        nm_buffer_init(&data, OUT_MAX, &nm_allocator_heap);
        CHECK_EQ(read_record(rows[i].text, NULL, &data, &out, NULL), NM_OK);
        CHECK_EQ(out.time_sec, rows[i].sec);
        CHECK_EQ(out.time_nsec, rows[i].nsec);
        CHECK_EQ(out.vendor, rows[i].vendor);
        CHECK_EQ(out.type, rows[i].type);
        CHECK_EQ(out.has, NM_HAS_DATA);
        CHECK(out.data.data == data.data && out.data.len == data.len);
        nm_buffer_clear(&data);
    }
}

static void
sources_operators_groups(void)
{
    static const struct {
        const char *members;
        uint32_t source;
        uint32_t operator;
        uint32_t group;
    } rows[] = {
        {"\"source\":\"000000a1\"", 0xa1, 0, 0},
        {"\"source\":\"0xA1\"", 0xa1, 0, 0},
        {"\"source\":\"ffffffff\"", UINT32_MAX, 0, 0},
        {"\"source\":161", 0xa1, 0, 0},
        {"\"source\":0", 0, 0, 0},
        {"\"source\":\"0\"", 0, 0, 0},
        {"\"operator\":6", 0, 6, 0},
        {"\"operator\":4294967295,\"group\":1", 0, UINT32_MAX, 1},
        {"\"operator\":\"six\",\"group\":\"SEVEN\"", 0, 6, 7},
        {"\"operator\":\"\\u0073ix\"", 0, 6, 0},
        {"\"operator\":\"nobody\",\"group\":\"six\"", 0, 0, 0},
        {"\"operator\":\"6\"", 0, 0, 0},
        {"\"operator\":0,\"group\":0", 0, 0, 0},
        {"\"group\":1,\"group\":2", 0, 0, 2},
    };
    nm_alias_table *operators;
    nm_alias_table *groups;
    CHECK_OR_EXIT(nm_alias_table_parse(text_of("6 six\n"), &nm_allocator_heap, &operators, NULL) ==
                  NM_OK);
    CHECK_OR_EXIT(nm_alias_table_parse(text_of("7 seven\n"), &nm_allocator_heap, &groups, NULL) ==
                  NM_OK);
    nm_aliases aliases = {.operators = operators, .groups = groups};
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].members);
        nm_buffer data;
        nm_payload out;
        char text[200];
        nm_buffer_init(&data, OUT_MAX, &nm_allocator_heap);
        int len = snprintf(text, sizeof text,
                           "{\"vname\":\"base\",\"mname\":\"logline\",%s,\"message\":{}}",
                           rows[i].members);
        CHECK(len > 0 && (size_t)len < sizeof text);
        CHECK_EQ(read_record(text, &aliases, &data, &out, NULL), NM_OK);
        CHECK_EQ(out.source, rows[i].source);
        CHECK_EQ(out.operator, rows[i].operator);
        CHECK_EQ(out.group, rows[i].group);
        CHECK_EQ(out.has, NM_HAS_DATA | (rows[i].source != 0 ? NM_HAS_SOURCE : 0) |
                              (rows[i].operator != 0 ? NM_HAS_OPERATOR : 0) |
                              (rows[i].group != 0 ? NM_HAS_GROUP : 0));
        if (strstr(rows[i].members, "ix\"") != NULL) {
            CHECK_EQ(read_record(text, NULL, &data, &out, NULL), NM_OK);
            CHECK_EQ(out.operator, 0);
        }
        nm_buffer_clear(&data);
    }
    nm_alias_table_free(operators);
    nm_alias_table_free(groups);
}

static void
bad_records(void)
{
    static const struct {
        const char *text;
        uint64_t offset;
        const char *message;
    } rows[] = {
        {"", 0, "line 7, column 1: expected a value, found the end"},
        {"[1]", 0, "line 7, column 1: expected an object, found an array"},
        {"\"x\"", 0, "line 7, column 1: expected an object, found \"x\""},
        {"{", 1, "line 7, column 2: expected the name of a member, found the end"},
        {"{}", 2, "line 7, column 3: expected vname to be a string, found no such member"},
        {"{} x", 3, "line 7, column 4: expected the end, found 'x'"},
        {"{\"vname\":1,\"mname\":\"xml\",\"message\":{}}", 9,
         "line 7, column 10: expected vname to be a string, found 1"},
        {"{\"vname\":\"base\",\"message\":{}}", 29,
         "line 7, column 30: expected mname to be a message type of its vendor, found no such "
         "member"},
        {"{\"vname\":\"base\",\"mname\":null,\"message\":{}}", 24,
         "line 7, column 25: expected mname to be a message type of its vendor, found null"},
        {"{\"vname\":\"base\",\"mname\":\"qr\",\"message\":{}}", 24,
         "line 7, column 25: expected mname to be a message type of its vendor, found \"qr\""},
        {"{\"vname\":\"none\",\"mname\":\"xml\",\"message\":{}}", 24,
         "line 7, column 25: expected mname to be a message type of its vendor, found \"xml\""},
        {"{\"vname\":\"base\",\"mname\":\"xml\"}", 30,
         "line 7, column 31: expected message to be an object, found no such member"},
        {"{\"vname\":\"base\",\"mname\":\"xml\",\"message\":null}", 40,
         "line 7, column 41: expected message to be an object, found null"},
        {"{\"vname\":\"base\",\"mname\":\"xml\",\"message\":[{}]}", 40,
         "line 7, column 41: expected message to be an object, found an array"},
        {"{\"vname\":\"base\",\"mname\":\"xml\",\"message\":{\"a\":}}", 45,
         "line 7, column 46: expected a value, found '}'"},
        {"{\"vname\":\"base\",\"mname\":\"xml\",\"message\":[}}", 41,
         "line 7, column 42: expected a value, found '}'"},
        {"{\"vname\":\"base\",\"mname\":\"xml\",\"message\":{},\"time\":\"bogus\"}", 50,
         "line 7, column 51: expected time to be YYYY-MM-DD HH:MM:SS.nnnnnnnnn or seconds, found "
         "\"bogus\""},
        {"{\"vname\":\"base\",\"mname\":\"xml\",\"message\":{},\"time\":null}", 50,
         "line 7, column 51: expected time to be YYYY-MM-DD HH:MM:SS.nnnnnnnnn or seconds, found "
         "null"},
        {"{\"vname\":\"base\",\"mname\":\"xml\",\"message\":{},\"time\":1e19}", 50,
         "line 7, column 51: expected time to be YYYY-MM-DD HH:MM:SS.nnnnnnnnn or seconds, found "
         "1e19"},
        {"{\"vname\":\"base\",\"mname\":\"xml\",\"message\":{},\"time\":9223372036854775808}", 50,
         "line 7, column 51: expected time to be YYYY-MM-DD HH:MM:SS.nnnnnnnnn or seconds, found "
         "9223372036854775808"},
        {"{\"vname\":\"base\",\"mname\":\"xml\",\"message\":{},\"source\":\"x\"}", 52,
         "line 7, column 53: expected source to be a string of up to eight hexadecimal digits or a "
         "32-bit integer, found \"x\""},
        {"{\"vname\":\"base\",\"mname\":\"xml\",\"message\":{},\"source\":-1}", 52,
         "line 7, column 53: expected source to be a string of up to eight hexadecimal digits or a "
         "32-bit integer, found -1"},
        {"{\"vname\":\"base\",\"mname\":\"xml\",\"message\":{},\"operator\":1.0}", 54,
         "line 7, column 55: expected operator to be a name or a 32-bit integer, found 1.0"},
        {"{\"vname\":\"base\",\"mname\":\"xml\",\"message\":{},\"group\":null}", 51,
         "line 7, column 52: expected group to be a name or a 32-bit integer, found null"},
        {"{\"vname\":\"base\",\n\"mname\":\"pkt\",\n\"message\":{\"len_frame\":-1}}", 55,
         "line 9, column 24: expected len_frame to be an integer from 0 to 4294967295, found -1"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].message);
        nm_buffer data;
        nm_error err = {.code = NM_OK};
        nm_payload out = {.vendor = 42};
        nm_buffer_init(&data, OUT_MAX, &nm_allocator_heap);
        CHECK_EQ(read_record(rows[i].text, NULL, &data, &out, &err), NM_E_PARSE);
        CHECK_EQ(err.code, NM_E_PARSE);
        CHECK_EQ(err.offset, rows[i].offset);
        CHECK_TEXT(err.message, strlen(err.message), rows[i].message);
        CHECK_EQ(out.vendor, 42);
        CHECK_EQ(read_record(rows[i].text, NULL, &data, &out, NULL), NM_E_PARSE);
        nm_buffer_clear(&data);
    }
}

static void
a_buffer_is_used_again(void)
{
    nm_buffer data;
    nm_payload out;
    nm_buffer_init(&data, OUT_MAX, &nm_allocator_heap);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(read_record("{\"vname\":\"base\",\"mname\":\"logline\",\"message\":"
                             "{\"category\":\"x\"}}",
                             NULL, &data, &out, NULL),
                 NM_OK);
        CHECK_SPAN(out.data, nm_span_of("\x0a\2x\0", 4));
    }
    nm_buffer_clear(&data);
}

/* Every way in which memory is taken: for the message, and for a long string with escapes. */
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X400 X50 X50 X50 X50 X50 X50 X50 X50
static const char large_record[] =
    "{\"vname\":\"SIE\",\"mname\":\"dnsdedupe\",\"message\":{\"count\":1,\"rrname\":\"a.\","
    "\"rrtype\":\"TXT\",\"rrclass\":\"IN\",\"response_ip\":\"::1\",\"rdata\":[\"\\\"" X50
    "\\\" \\\"" X50 "\\\" \\\"" X50 X50 "\\\" \\\"" X50 X50 "\\\" \\\"" X50 X50
    "\\\"\",\"\\\"x\\\"\"]}}";

static void
read_with(failing_allocator *memory)
{
    nm_buffer data;
    nm_error err = {.code = NM_OK};
    nm_payload out;
    nm_buffer_init(&data, OUT_MAX, &memory->allocator);
    nm_status status = read_record(large_record, NULL, &data, &out, &err);
    CHECK_EQ(status, memory->has_failed ? NM_E_NOMEM : NM_OK);
    CHECK_EQ(err.code, status);
    if (status == NM_E_NOMEM) {
        CHECK(strstr(err.message, ": out of memory") != NULL);
    }
    nm_buffer_clear(&data);
}

static void
no_memory_is_told(void)
{
    sweep_result result = failing_allocator_sweep(read_with, 1000);
    CHECK(result.is_complete);
    CHECK(result.failures > 3);
    CHECK_EQ(result.leaks, 0);
}

static void
a_full_buffer_is_a_limit(void)
{
    nm_buffer data;
    nm_payload out;
    nm_buffer_init(&data, OUT_MAX, &nm_allocator_heap);
    CHECK_OR_EXIT(read_record(large_record, NULL, &data, &out, NULL) == NM_OK);
    size_t len = data.len;
    nm_buffer_clear(&data);
    for (size_t max = 0; max < len; max++) {
        nm_error err = {.code = NM_OK};
        nm_buffer_init(&data, max, &nm_allocator_heap);
        CHECK_EQ(read_record(large_record, NULL, &data, &out, &err), NM_E_LIMIT);
        CHECK_EQ(err.code, NM_E_LIMIT);
        CHECK(strncmp(err.message, "line 7, column ", 15) == 0);
        nm_buffer_clear(&data);
    }
}

/* What is missing of a message is written, too, and may not fit. */
static void
a_full_buffer_is_told_without_a_value(void)
{
    nm_buffer data;
    nm_error err = {.code = NM_OK};
    nm_payload out;
    nm_buffer_init(&data, 5, &nm_allocator_heap);
    CHECK_EQ(read_record("{\"vname\":\"base\",\"mname\":\"packet\",\"message\":{}}", NULL, &data,
                         &out, &err),
             NM_E_LIMIT);
    CHECK(err.offset <= 60 && strstr(err.message, ": payload_type: ") != NULL);
    nm_buffer_clear(&data);
}

/* What most writers give, which has a quick way of its own, and a name at its end. */
static const char usual_record[] =
    "{\"time\":\"2020-09-13 12:26:40.000000003\",\"vname\":\"SIE\",\"mname\":\"dnsdedupe\","
    "\"message\":{\"type\":\"INSERTION\",\"count\":10,\"time_first\":\"2020-09-13 12:26:40\","
    "\"response_ip\":\"192.0.2.1\",\"bailiwick\":\"example.\",\"rrname\":\"www.example.\","
    "\"rrclass\":\"IN\",\"rrtype\":\"A\",\"rrttl\":300,\"rdata\":[\"192.0.2.1\",\"192.0.2.22\"]}}";

static void
check_same(const char *text)
{
    nm_buffer expected;
    nm_buffer data;
    nm_payload expected_out;
    nm_payload out;
    nm_buffer_init(&expected, OUT_MAX, &nm_allocator_heap);
    nm_buffer_init(&data, OUT_MAX, &nm_allocator_heap);
    CHECK_OR_EXIT(read_record(usual_record, NULL, &expected, &expected_out, NULL) == NM_OK);
    CHECK_EQ(read_record(text, NULL, &data, &out, NULL), NM_OK);
    CHECK_SPAN(nm_buffer_span(&data), nm_buffer_span(&expected));
    CHECK(out.time_sec == expected_out.time_sec && out.time_nsec == expected_out.time_nsec &&
          out.vendor == expected_out.vendor && out.type == expected_out.type);
    nm_buffer_clear(&expected);
    nm_buffer_clear(&data);
}

/* White space may stand anywhere but in strings and numbers. */
static void
white_space_changes_nothing(void)
{
    static const char *const spaces[] = {" ", "  ", "\t", "\n", "\r", " \t"};
    bool is_in_string = false;
    for (size_t at = 0; at <= sizeof usual_record - 1; at++) {
        is_in_string ^= at > 0 && usual_record[at - 1] == '"';
        bool is_in_number = at > 0 && usual_record[at - 1] >= '0' && usual_record[at - 1] <= '9' &&
                            usual_record[at] >= '0' && usual_record[at] <= '9';
        for (size_t i = 0; i < CHECK_COUNT(spaces) && !is_in_string && !is_in_number; i++) {
            char text[sizeof usual_record + 2];
            int len = snprintf(text, sizeof text, "%.*s%s%s", (int)at, usual_record, spaces[i],
                               usual_record + at);
            CHECK(len > 0 && (size_t)len < sizeof text);
            CHECK_CASE(text);
            check_same(text);
        }
    }
}

static void
the_same_in_other_words(void)
{
    static const struct {
        const char *name;
        const char *part;
        const char *instead;
    } rows[] = {
        {"a name with an escape", "\"time\"", "\"t\\u0069me\""},
        {"a field with an escape", "\"count\"", "\"co\\u0075nt\""},
        {"a value with an escape", "\"www.", "\"\\u0077ww."},
        {"an array with an escape", "[\"192.", "[\"\\u003192."},
        {"an unknown member", "\"mname\"", "\"x\":[{}],\"mname\""},
        {"an unknown field", "\"rrname\"", "\"x\":[\"a\"],\"rrname\""},
        {"a longer name", "\"rrname\"", "\"rrnames\":\"\",\"rrname\""},
        {"a shorter name", "\"rrname\"", "\"rrnam\":\"\",\"rrname\""},
        {"the last of two members", "\"vname\"", "\"vname\":\"base\",\"vname\""},
        {"the last of two times", "\"time\"", "\"time\":1,\"time\""},
        {"the last of two fields", "\"rrttl\"", "\"rrttl\":7,\"rrttl\""},
        {"the last of two arrays", "\"rdata\"", "\"rdata\":[],\"rdata\""},
        {"the last of two far fields", "\"type\"", "\"rrttl\":7,\"type\""},
        {"null is absent", "\"rrname\"", "\"zone_time_first\":null,\"rrname\""},
        {"another order", "\"rrclass\":\"IN\",\"rrtype\":\"A\"",
         "\"rrtype\":\"A\",\"rrclass\":\"IN\""},
        {"symbols in another case", "INSERTION", "Insertion"},
        {"symbols as numbers", "\"INSERTION\"", "0"},
        {"types in another case", "\"A\"", "\"a\""},
        {"types by number", "\"A\"", "\"TYPE1\""},
        {"vendors in another case", "\"SIE\"", "\"sie\""},
        {"no final dot", "\"example.\"", "\"example\""},
        {"names with escapes", "\"example.\"", "\"\\\\101xample.\""},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        char text[2 * sizeof usual_record];
        const char *at = strstr(usual_record, rows[i].part);
        CHECK_OR_EXIT(at != NULL);
        int len = snprintf(text, sizeof text, "%.*s%s%s", (int)(at - usual_record), usual_record,
                           rows[i].instead, at + strlen(rows[i].part));
        CHECK(len > 0 && (size_t)len < sizeof text);
        check_same(text);
    }
}

/* Whatever is no JSON is refused with the reader's own words, however it is read. */
static void
check_refusal(nm_span text)
{
    nm_buffer data;
    nm_payload out;
    nm_error err = {.code = NM_OK};
    nm_error expected = {.code = NM_OK};
    nm_json_value value;
    nm_json_reader r = nm_json_begin(text, 7, &expected);
    nm_json_kind kind;
    unsigned depth;
    do {
        depth = r.depth;
        kind = nm_json_next(&r, &value);
    } while (kind != NM_JSON_ERROR && (kind != NM_JSON_END || depth > 0));
    nm_buffer_init(&data, OUT_MAX, &nm_allocator_heap);
    nm_status status = nm_json_record_read(text, 7, NULL, 0, 0, &data, &out, &err);
    if (kind == NM_JSON_ERROR) {
        CHECK_EQ(status, NM_E_PARSE);
    }
    if (kind == NM_JSON_ERROR && text.len > 0 && text.data[0] == '{') {
        CHECK_EQ(err.offset, expected.offset);
        CHECK_TEXT(err.message, strlen(err.message), expected.message);
    }
    nm_buffer_clear(&data);
}

static void
one_octet_more_less_or_other(void)
{
    static const char octets[] = "\"\\[]{},:. 0-e9tn\x01\x7f\x80\xff";
    const size_t whole_len = sizeof usual_record - 1;
    for (size_t at = 0; at <= whole_len; at++) {
        for (size_t i = 0; i < sizeof octets; i++) { /* NUL, too. */
            for (size_t replaced = 0; replaced < 2 && at + replaced <= whole_len; replaced++) {
                size_t len = whole_len + 1 - replaced;
                char *text = malloc(len); /* Of exactly this length, for the sanitizers. */
                CHECK_OR_EXIT(text != NULL);
                memcpy(text, usual_record, at);
                text[at] = octets[i];
                memcpy(text + at + 1, usual_record + at + replaced, whole_len - at - replaced);
                check_refusal(nm_span_of(text, len));
                free(text);
            }
        }
        char *start = malloc(at + 1);
        CHECK_OR_EXIT(start != NULL);
        memcpy(start, usual_record, at);
        check_refusal(nm_span_of(start, at));
        free(start);
    }
}

CHECK_MAIN(CHECK_TEST(white_space_changes_nothing), CHECK_TEST(the_same_in_other_words),
           CHECK_TEST(one_octet_more_less_or_other), CHECK_TEST(headers),
           CHECK_TEST(sources_operators_groups), CHECK_TEST(bad_records),
           CHECK_TEST(a_buffer_is_used_again), CHECK_TEST(no_memory_is_told),
           CHECK_TEST(a_full_buffer_is_a_limit), CHECK_TEST(a_full_buffer_is_told_without_a_value))
