/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"

#include "base/utf8.h"
#include "check.h"
#include "failing_allocator.h"

/* A row of octets with what becomes of them. */
typedef struct string_row {
    const char *name;
    const char *in;
    size_t len;
    const char *json;
} string_row;

#define IN(octets) octets, sizeof(octets) - 1

static const string_row string_rows[] = {
    {"nothing", IN(""), "\"\""},
    {"plain ASCII", IN("abc"), "\"abc\""},
    {"more than eight octets", IN("0123456789abcdef0"), "\"0123456789abcdef0\""},
    {"slash and DEL are copied", IN("a/\x7f"), "\"a/\x7f\""},
    {"escapes of one letter", IN("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
    {"quote and backslash", IN("\"\\"), "\"\\\"\\\\\""},
    {"other control characters", IN("\x01\x1f"), "\"\\u0001\\u001f\""},
    {"special octets at every place of eight", IN("1\"345678\n1234567\\12345\x02"),
     "\"1\\\"345678\\n1234567\\\\12345\\u0002\""},
    {"the octet in front of a control character", IN(" \x1f \x1f"), "\" \\u001f \\u001f\""},
    {"octets next to quote and backslash", IN("!\"#[\\]"), "\"!\\\"#[\\\\]\""},
    {"characters of two, three and four octets", IN("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
     "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
    {"the first and last of each length",
     IN("\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
     "\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""},
    {"stray continuation octets are replaced one by one", IN("\x80\xbf"),
     "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    {"a cut sequence is replaced octet by octet", IN("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    {"a cut sequence in front of ASCII", IN("\xf0\x9f\x98x"),
     "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx\""},
    {"octets that begin nothing", IN("\xf8\xff"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    {"overlong, two octets: one replacement", IN("\xc0\x80\xc1\xbf"),
     "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    {"overlong, three octets: one", IN("\xe0\x9f\xbf"), "\"\xef\xbf\xbd\""},
    {"overlong, four octets: one", IN("\xf0\x8f\xbf\xbf"), "\"\xef\xbf\xbd\""},
    {"surrogates: one each", IN("\xed\xa0\x80\xed\xbf\xbf"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    {"above U+10FFFF: one each", IN("\xf4\x90\x80\x80\xf7\xbf\xbf\xbf"),
     "\"\xef\xbf\xbd\xef\xbf\xbd\""},
};

typedef void write_function(nm_writer *, nm_span);

static void
check_rows(const string_row *rows, size_t count, write_function *write)
{
    for (size_t i = 0; i < count; i++) {
        CHECK_CASE(rows[i].name);
        nm_buffer out;
        nm_buffer_init(&out, 1000, &nm_allocator_heap);
        nm_writer w = nm_writer_begin(&out);
        write(&w, nm_span_of(rows[i].in, rows[i].len));
        CHECK_EQ(nm_writer_end(&w), NM_OK);
        CHECK_TEXT(out.data, out.len, rows[i].json);
        nm_buffer_clear(&out);
    }
}

static void
strings(void)
{
    static const string_row rows[] = {
        {"NUL is escaped", IN("a\0b\0"), "\"a\\u0000b\\u0000\""},
    };
    check_rows(string_rows, CHECK_COUNT(string_rows), nm_json_string);
    check_rows(rows, CHECK_COUNT(rows), nm_json_string);
}

static void
field_strings(void)
{
    static const string_row rows[] = {
        {"a final NUL disappears", IN("a\0"), "\"a\""},
        {"what stands behind a NUL is dropped", IN("a\0b\"\n\0c"), "\"a\""},
        {"nothing but NUL", IN("\0"), "\"\""},
        {"a replaced octet ends what is dropped",
         IN("a\0b\xff"
            "c\0d"),
         "\"a\xef\xbf\xbd"
         "c\""},
        {"a replaced sequence does, too", IN("\0x\xc0\x80y"), "\"\xef\xbf\xbdy\""},
        {"a character does not", IN("\0\xc3\xa9x"), "\"\""},
    };
    check_rows(string_rows, CHECK_COUNT(string_rows), nm_json_field_string);
    check_rows(rows, CHECK_COUNT(rows), nm_json_field_string);
}

static void
text_is_quoted_in_place(void)
{
    static const string_row rows[] = {
        {"nothing", IN(""), "{\"\""},
        {"plain", IN("www.example."), "{\"www.example.\""},
        {"an escape of two octets", IN("a\\.b."), "{\"a\\\\.b.\""},
        {"escapes only", IN("\"\"\n"), "{\"\\\"\\\"\\n\""},
        {"control characters", IN("a\x01\x1f z"), "{\"a\\u0001\\u001f z\""},
        {"octets that are no ASCII", IN("x\xc3\xa9y"), "{\"x\xef\xbf\xbd\xef\xbf\xbdy\""},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_buffer out;
        nm_buffer_init(&out, 1000, &nm_allocator_heap);
        nm_writer w = nm_writer_begin(&out);
        nm_writer_literal(&w, "{\"");
        size_t start = nm_writer_len(&w);
        nm_writer_put(&w, rows[i].in, rows[i].len);
        nm_json_close_string(&w, start);
        CHECK_EQ(nm_writer_end(&w), NM_OK);
        CHECK_TEXT(out.data, out.len, rows[i].json);
        nm_buffer_clear(&out);
    }
}

/* ASCII is quoted in place as it is otherwise: up to two octets that need an escape, wherever they
 * stand among others. */
static void
text_is_quoted_in_place_as_elsewhere(void)
{
    static const char special[] = "\"\\\n\x01";
    for (size_t len = 1; len <= 34; len++) {
        for (size_t first = 0; first < len; first++) {
            for (size_t second = first; second < len; second++) {
                char text[34];
                for (size_t i = 0; i < len; i++) {
                    text[i] = (char)('A' + i);
                }
                text[first] = special[(first + len) % 4];
                text[second] = special[(second + first) % 4];
                nm_buffer in_place;
                nm_buffer elsewhere;
                nm_buffer_init(&in_place, 1000, &nm_allocator_heap);
                nm_buffer_init(&elsewhere, 1000, &nm_allocator_heap);
                nm_writer w = nm_writer_begin(&elsewhere);
                nm_json_string(&w, nm_span_of(text, len));
                CHECK_EQ(nm_writer_end(&w), NM_OK);
                w = nm_writer_begin(&in_place);
                nm_writer_octet(&w, '"');
                nm_writer_put(&w, text, len);
                nm_json_close_string(&w, 1);
                CHECK_EQ(nm_writer_end(&w), NM_OK);
                CHECK_SPAN(nm_buffer_span(&in_place), nm_buffer_span(&elsewhere));
                nm_buffer_clear(&in_place);
                nm_buffer_clear(&elsewhere);
            }
        }
    }
}

static void
a_full_buffer_is_a_limit(void)
{
    static const char text[] = "some text with a \" in it, longer than the buffer may grow to be "
                               "when everything is written";
    for (size_t max = 0; max < sizeof text + 2; max++) {
        nm_buffer out;
        nm_buffer_init(&out, max, &nm_allocator_heap);
        nm_writer w = nm_writer_begin(&out);
        nm_json_string(&w, nm_span_of(text, sizeof text - 1));
        CHECK_EQ(nm_writer_end(&w), NM_E_LIMIT);
        w = nm_writer_begin(&out);
        nm_writer_octet(&w, '"');
        nm_writer_put(&w, text, sizeof text - 1);
        nm_json_close_string(&w, 1);
        CHECK_EQ(nm_writer_end(&w), NM_E_LIMIT);
        CHECK_EQ(out.len, 0);
        nm_buffer_clear(&out);
    }
}

static void
no_memory_is_told(void)
{
    failing_allocator failing;
    nm_buffer out;
    failing_allocator_init(&failing, 1);
    nm_buffer_init(&out, 1000, &failing.allocator);
    nm_writer w = nm_writer_begin(&out);
    nm_json_string(&w, nm_span_of("x", 1));
    CHECK_EQ(nm_writer_end(&w), NM_E_NOMEM);
    nm_buffer_clear(&out);
}

static void
characters_are_put_and_taken(void)
{
    static const uint32_t characters[] = {0,      0x7f,   0x80,   0x7ff,   0x800,
                                          0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
    for (size_t i = 0; i < CHECK_COUNT(characters); i++) {
        uint8_t octets[NM_UTF8_MAX];
        bool is_valid;
        size_t len = nm_utf8_put(characters[i], octets);
        CHECK_EQ(nm_utf8_sequence(octets, len, &is_valid), len);
        CHECK(is_valid);
        if (len > 1) {
            CHECK_EQ(nm_utf8_sequence(octets, len - 1, &is_valid), 1);
            CHECK(!is_valid);
        }
    }
}

CHECK_MAIN(CHECK_TEST(strings), CHECK_TEST(field_strings), CHECK_TEST(text_is_quoted_in_place),
           CHECK_TEST(text_is_quoted_in_place_as_elsewhere), CHECK_TEST(a_full_buffer_is_a_limit),
           CHECK_TEST(no_memory_is_told), CHECK_TEST(characters_are_put_and_taken))
