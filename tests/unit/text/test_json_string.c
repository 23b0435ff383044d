/* SPDX-License-Identifier: Apache-2.0 */
#include "text/json_string.h"

#include "check.h"
#include "failing_allocator.h"

static void
decoded(void)
{
    static const struct {
        const char *name;
        const char *in;
        const char *out;
        size_t len;
    } rows[] = {
        {"nothing", "", "", 0},
        {"plain", "abc/", "abc/", 4},
        {"escapes of one letter", "\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t", 8},
        {"numbers", "\\u0041\\u00e9\\u20AC", "A\xc3\xa9\xe2\x82\xac", 6},
        {"NUL", "a\\u0000b", "a\0b", 3},
        {"a pair of surrogates", "\\ud83d\\ude00", "\xf0\x9f\x98\x80", 4},
        {"the last pair", "\\udbff\\udfff", "\xf4\x8f\xbf\xbf", 4},
        {"the first half alone", "\\ud800", "\xef\xbf\xbd", 3},
        {"the first half in front of text", "\\ud800x", "\xef\xbf\xbdx", 4},
        {"the first half in front of an escape", "\\ud800\\n", "\xef\xbf\xbd\n", 4},
        {"the first half in front of a character", "\\ud800\\u0041",
         "\xef\xbf\xbd"
         "A",
         4},
        {"the first half in front of a pair", "\\ud800\\ud83d\\ude00",
         "\xef\xbf\xbd\xf0\x9f\x98\x80", 7},
        {"the second half alone", "\\ude00\\ude00", "\xef\xbf\xbd\xef\xbf\xbd", 6},
        {"characters", "\xc3\xa9\xf0\x9f\x98\x80", "\xc3\xa9\xf0\x9f\x98\x80", 6},
        {"octets that are no UTF-8", "\xff\xc0\x80x\xe2\x82",
         "\xef\xbf\xbd\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd", 13},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        uint8_t out[200];
        size_t len = nm_json_string_decode(nm_span_of(rows[i].in, strlen(rows[i].in)), out);
        CHECK_SPAN(nm_span_of(out, len), nm_span_of(rows[i].out, rows[i].len));
    }
}

static nm_json_value
string_of(const char *text, size_t len, bool is_verbatim)
{
    return (nm_json_value){
        .kind = NM_JSON_STRING, .is_verbatim = is_verbatim, .text = nm_span_of(text, len)};
}

/* Enough that a string does not fit the room that is there without memory. */
enum { LONG = 2000 };

static void
memory_is_taken_for_long_strings_only(void)
{
    static char text[LONG];
    failing_allocator memory;
    nm_json_scratch scratch;
    nm_span out;
    failing_allocator_init(&memory, 0);
    nm_json_scratch_init(&scratch, &memory.allocator);
    memset(text, 'x', sizeof text);

    nm_json_value value = string_of(text, LONG, /* is_verbatim= */ true);
    CHECK_EQ(nm_json_string_get(&value, &scratch, &out), NM_OK);
    CHECK(out.data == (const uint8_t *)text && out.len == LONG);
    value = string_of("\\n", 2, /* is_verbatim= */ false);
    CHECK_EQ(nm_json_string_get(&value, &scratch, &out), NM_OK);
    CHECK_TEXT(out.data, out.len, "\n");
    CHECK_EQ(memory.calls, 0);

    memcpy(text, "\\t", 2);
    value = string_of(text, LONG, /* is_verbatim= */ false);
    CHECK_EQ(nm_json_string_get(&value, &scratch, &out), NM_OK);
    CHECK(out.len == LONG - 1 && out.data[0] == '\t' && out.data[1] == 'x');
    CHECK(memory.calls > 0);
    nm_json_scratch_clear(&scratch);
    CHECK_EQ(memory.live, 0);
}

static void
names_take_no_memory(void)
{
    static char text[LONG];
    failing_allocator memory;
    nm_json_scratch scratch;
    failing_allocator_init(&memory, 1);
    nm_json_scratch_init(&scratch, &memory.allocator);
    memset(text, 'x', sizeof text);
    memcpy(text, "\\t", 2);

    nm_json_value value = string_of(text, LONG, /* is_verbatim= */ false);
    nm_span out = nm_json_name_get(&value, &scratch);
    CHECK_SPAN(out, value.text);
    value = string_of("\\u0041", 6, /* is_verbatim= */ false);
    out = nm_json_name_get(&value, &scratch);
    CHECK_TEXT(out.data, out.len, "A");
    value = string_of("name", 4, /* is_verbatim= */ true);
    out = nm_json_name_get(&value, &scratch);
    CHECK(out.data == value.text.data);

    value = string_of(text, LONG, /* is_verbatim= */ false);
    CHECK_EQ(nm_json_string_get(&value, &scratch, &out), NM_E_NOMEM);
    nm_json_scratch_clear(&scratch);
}

CHECK_MAIN(CHECK_TEST(decoded), CHECK_TEST(memory_is_taken_for_long_strings_only),
           CHECK_TEST(names_take_no_memory))
