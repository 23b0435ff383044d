/* SPDX-License-Identifier: Apache-2.0 */
#include "text/json_reader.h"

#include "check.h"

/* One letter for every piece of a text. */
static const char letters[] = {
    [NM_JSON_NULL] = 'n', [NM_JSON_FALSE] = 'f',  [NM_JSON_TRUE] = 't',  [NM_JSON_INTEGER] = 'i',
    [NM_JSON_REAL] = 'r', [NM_JSON_STRING] = 's', [NM_JSON_ARRAY] = '[', [NM_JSON_OBJECT] = '{',
    [NM_JSON_KEY] = 'k',  [NM_JSON_END] = '.',    [NM_JSON_ERROR] = '!',
};

static nm_span
text_of(const char *text)
{
    return nm_span_of(text, strlen(text));
}

static void
pieces(void)
{
    static const struct {
        const char *name;
        const char *text;
        const char *pieces;
    } rows[] = {
        {"a word", "null", "n."},
        {"white space around", " \t\r\n true \n", "t."},
        {"an array of words", "[true,false,null]", "[tfn.."},
        {"an empty array", "[]", "[.."},
        {"an empty object", "{}", "{.."},
        {"white space everywhere", " [ [ ] , { } ] ", "[[.{..."},
        {"members", "{\"a\":1,\"b\":{\"c\":\"d\"},\"e\":[1.5]}", "{kik{ks.k[r..."},
        {"a name twice", "{ \"a\" : 1 , \"a\" : 2 }", "{kiki.."},
        {"integers", "[0,-0,1,-1,10,123456789012345678901234567890]", "[iiiiii.."},
        {"numbers with point or exponent", "[0.0,-0.5,1e5,1E+5,1e-5,1.5e10]", "[rrrrrr.."},
        {"an empty string", "\"\"", "s."},
        {"escapes", "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u12aF\"", "s."},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_error err = {.code = NM_OK};
        nm_json_reader r = nm_json_begin(text_of(rows[i].text), 1, &err);
        nm_json_value value;
        char seen[40];
        size_t len = strlen(rows[i].pieces);
        for (size_t piece = 0; piece < len; piece++) {
            nm_json_kind kind = nm_json_next(&r, &value);
            CHECK_EQ(kind, value.kind);
            seen[piece] = letters[kind];
        }
        CHECK_TEXT(seen, len, rows[i].pieces);
        CHECK_EQ(err.code, NM_OK);
        CHECK(nm_json_is_value(text_of(rows[i].text), NM_JSON_DEPTH_MAX, &value));
    }
}

static void
values(void)
{
    static const struct {
        const char *text;
        nm_json_kind kind;
        const char *value;
        bool is_verbatim;
    } rows[] = {
        {" -12.5e3 ", NM_JSON_REAL, "-12.5e3", false},
        {"42", NM_JSON_INTEGER, "42", false},
        {"\"abc\"", NM_JSON_STRING, "abc", true},
        {"\"a\\nc\"", NM_JSON_STRING, "a\\nc", false},
        {"\"caf\xc3\xa9\"", NM_JSON_STRING, "caf\xc3\xa9", true},
        {"\"\xff\"", NM_JSON_STRING, "\xff", false},
        {"\"0123456789\\\\\"", NM_JSON_STRING, "0123456789\\\\", false},
        {" [1, [2], {\"a\": 3}] ", NM_JSON_ARRAY, "[1, [2], {\"a\": 3}]", false},
        {"{\"a\": [1]}", NM_JSON_OBJECT, "{\"a\": [1]}", false},
        {"true", NM_JSON_TRUE, "true", false},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        nm_json_reader r = nm_json_begin(text_of(rows[i].text), 1, NULL);
        nm_json_value value;
        nm_json_value end;
        CHECK_EQ(nm_json_next_whole(&r, &value), rows[i].kind);
        CHECK_TEXT(value.text.data, value.text.len, rows[i].value);
        CHECK_EQ(value.is_verbatim, rows[i].is_verbatim);
        CHECK_EQ(nm_json_next(&r, &end), NM_JSON_END);

        nm_json_reader again = nm_json_again(&r, &value);
        nm_json_value same;
        CHECK_EQ(nm_json_next_whole(&again, &same), rows[i].kind);
        CHECK_SPAN(same.text, value.text);
        CHECK_EQ(nm_json_next(&again, &end), NM_JSON_END);
    }
}

static void
members(void)
{
    nm_json_reader r = nm_json_begin(text_of("{\"a\":[1,2],\"b\":{\"c\":3},\"d\":4}"), 1, NULL);
    nm_json_value key;
    nm_json_value value;
    CHECK_EQ(nm_json_next(&r, &value), NM_JSON_OBJECT);
    CHECK_EQ(nm_json_next_member(&r, &key, &value), NM_JSON_KEY);
    CHECK_TEXT(key.text.data, key.text.len, "a");
    CHECK_TEXT(value.text.data, value.text.len, "[1,2]");
    CHECK_EQ(nm_json_next_member(&r, &key, &value), NM_JSON_KEY);
    CHECK_TEXT(key.text.data, key.text.len, "b");
    CHECK_EQ(value.kind, NM_JSON_OBJECT);
    CHECK_EQ(nm_json_next_member(&r, &key, &value), NM_JSON_KEY);
    CHECK_TEXT(value.text.data, value.text.len, "4");
    CHECK_EQ(nm_json_next_member(&r, &key, &value), NM_JSON_END);
    CHECK_EQ(nm_json_next_member(&r, &key, &value), NM_JSON_END);
}

static void
what_is_left_can_be_skipped(void)
{
    nm_json_reader r = nm_json_begin(text_of("[[1,[2],3],4]"), 1, NULL);
    nm_json_value value;
    CHECK_EQ(nm_json_next(&r, &value), NM_JSON_ARRAY);
    CHECK_EQ(nm_json_next(&r, &value), NM_JSON_ARRAY);
    CHECK_EQ(nm_json_next(&r, &value), NM_JSON_INTEGER);
    CHECK_EQ(nm_json_skip(&r), NM_JSON_END);
    CHECK_EQ(nm_json_next(&r, &value), NM_JSON_INTEGER);
    CHECK_TEXT(value.text.data, value.text.len, "4");
    CHECK_EQ(nm_json_skip(&r), NM_JSON_END);
    CHECK_EQ(nm_json_next(&r, &value), NM_JSON_END);
}

static void
errors(void)
{
    static const struct {
        const char *text;
        uint64_t offset;
        const char *message;
    } rows[] = {
        {"", 0, "line 7, column 1: expected a value, found the end"},
        {" ", 1, "line 7, column 2: expected a value, found the end"},
        {"x", 0, "line 7, column 1: expected a value, found 'x'"},
        {"nul", 0, "line 7, column 1: expected a value, found 'n'"},
        {"nulL", 0, "line 7, column 1: expected a value, found 'n'"},
        {"NaN", 0, "line 7, column 1: expected a value, found 'N'"},
        {"Infinity", 0, "line 7, column 1: expected a value, found 'I'"},
        {"-Infinity", 1, "line 7, column 2: expected a digit, found 'I'"},
        {"'x'", 0, "line 7, column 1: expected a value, found '''"},
        {"+1", 0, "line 7, column 1: expected a value, found '+'"},
        {".5", 0, "line 7, column 1: expected a value, found '.'"},
        {"1.", 2, "line 7, column 3: expected a digit, found the end"},
        {"1.e5", 2, "line 7, column 3: expected a digit, found 'e'"},
        {"1e", 2, "line 7, column 3: expected a digit, found the end"},
        {"1e+x", 3, "line 7, column 4: expected a digit, found 'x'"},
        {"-", 1, "line 7, column 2: expected a digit, found the end"},
        {"01", 1, "line 7, column 2: expected the end, found '1'"},
        {"0x1", 1, "line 7, column 2: expected the end, found 'x'"},
        {"1 2", 2, "line 7, column 3: expected the end, found '2'"},
        {"{} x", 3, "line 7, column 4: expected the end, found 'x'"},
        {"[1", 2, "line 7, column 3: expected ',' or ']', found the end"},
        {"[1}", 2, "line 7, column 3: expected ',' or ']', found '}'"},
        {"[1 2]", 3, "line 7, column 4: expected ',' or ']', found '2'"},
        {"[1,]", 3, "line 7, column 4: expected a value, found ']'"},
        {"[,1]", 1, "line 7, column 2: expected a value, found ','"},
        {"[", 1, "line 7, column 2: expected a value, found the end"},
        {"]", 0, "line 7, column 1: expected a value, found ']'"},
        {"{", 1, "line 7, column 2: expected the name of a member, found the end"},
        {"{a:1}", 1, "line 7, column 2: expected the name of a member, found 'a'"},
        {"{1:1}", 1, "line 7, column 2: expected the name of a member, found '1'"},
        {"{\"a\"}", 4, "line 7, column 5: expected ':', found '}'"},
        {"{\"a\":}", 5, "line 7, column 6: expected a value, found '}'"},
        {"{\"a\":1,}", 7, "line 7, column 8: expected the name of a member, found '}'"},
        {"{\"a\":1]", 6, "line 7, column 7: expected ',' or '}', found ']'"},
        {"\"abc", 4, "line 7, column 5: expected the end of the string, found the end"},
        {"\"a\nb\"", 2,
         "line 7, column 3: expected no control character in a string, found octet 0x0a"},
        {"\"\\", 2, "line 7, column 3: expected an escape: one of \"\\/bfnrtu, found the end"},
        {"\"\\x\"", 2, "line 7, column 3: expected an escape: one of \"\\/bfnrtu, found 'x'"},
        {"\"\\u12g4\"", 5, "line 7, column 6: expected four hexadecimal digits, found 'g'"},
        {"\"\\u12", 5, "line 7, column 6: expected four hexadecimal digits, found the end"},
        {"// x\n1", 0, "line 7, column 1: expected a value, found '/'"},
        {"\xef\xbb\xbf{}", 0, "line 7, column 1: expected a value, found octet 0xef"},
        {"[1,\n 2,\n  x]", 10, "line 9, column 3: expected a value, found 'x'"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].message);
        nm_error err = {.code = NM_OK};
        nm_json_reader r = nm_json_begin(text_of(rows[i].text), 7, &err);
        nm_json_value value;
        nm_json_kind kind = nm_json_next(&r, &value);
        while (kind != NM_JSON_ERROR && r.status == NM_OK && err.code == NM_OK) {
            kind = nm_json_next(&r, &value);
        }
        CHECK_EQ(err.code, NM_E_PARSE);
        CHECK_EQ(err.offset, rows[i].offset);
        CHECK_TEXT(err.message, strlen(err.message), rows[i].message);
        CHECK_EQ(nm_json_next(&r, &value), NM_JSON_ERROR);
        CHECK_EQ(value.kind, NM_JSON_ERROR);
        CHECK(!nm_json_is_value(text_of(rows[i].text), NM_JSON_DEPTH_MAX, &value));

        r = nm_json_begin(text_of(rows[i].text), 7, NULL);
        CHECK(nm_json_next_whole(&r, &value) == NM_JSON_ERROR ||
              nm_json_next(&r, &value) == NM_JSON_ERROR);
    }
}

static void
an_error_in_a_member_is_told(void)
{
    nm_error err = {.code = NM_OK};
    nm_json_reader r = nm_json_begin(text_of("{\"a\":[1,x]}"), 1, &err);
    nm_json_value key;
    nm_json_value value;
    CHECK_EQ(nm_json_next(&r, &value), NM_JSON_OBJECT);
    CHECK_EQ(nm_json_next_member(&r, &key, &value), NM_JSON_ERROR);
    CHECK_EQ(nm_json_next_member(&r, &key, &value), NM_JSON_ERROR);
    CHECK_EQ(nm_json_skip(&r), NM_JSON_ERROR);
    CHECK_EQ(err.offset, 8);
}

static void
a_nul_is_no_end(void)
{
    nm_json_value value;
    CHECK(!nm_json_is_value(nm_span_of("1\0", 2), 1, &value));
    CHECK(!nm_json_is_value(nm_span_of("\"a\0\"", 4), 1, &value));
    CHECK(!nm_json_is_value(nm_span_of(NULL, 0), 1, &value));
}

static void
depth_is_limited(void)
{
    char text[2 * NM_JSON_DEPTH_MAX + 2];
    nm_json_value value;
    for (size_t depth = 1; depth <= NM_JSON_DEPTH_MAX; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        nm_span all = nm_span_of(text, 2 * depth);
        CHECK(nm_json_is_value(all, (unsigned)depth, &value));
        CHECK_SPAN(value.text, all);
        CHECK(!nm_json_is_value(all, (unsigned)depth - 1, &value));
    }
    nm_error err = {.code = NM_OK};
    memset(text, '[', NM_JSON_DEPTH_MAX + 1);
    memset(text + NM_JSON_DEPTH_MAX + 1, ']', NM_JSON_DEPTH_MAX + 1);
    nm_json_reader r = nm_json_begin(nm_span_of(text, sizeof text), 1, &err);
    CHECK_EQ(nm_json_next_whole(&r, &value), NM_JSON_ERROR);
    CHECK_EQ(err.offset, NM_JSON_DEPTH_MAX);
    CHECK(strstr(err.message, "expected no deeper nesting, found '['") != NULL);
}

static void
rejected_values(void)
{
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {" 5", "line 1, column 2: expected f to be x, found 5"},
        {" null", "line 1, column 2: expected f to be x, found null"},
        {" \"a\x01\xff\\n\"", "line 1, column 2: expected f to be x, found \"a??\\n\""},
        {" \"\"", "line 1, column 2: expected f to be x, found \"\""},
        {" [1]", "line 1, column 2: expected f to be x, found an array"},
        {" {}", "line 1, column 2: expected f to be x, found an object"},
        {"\"0123456789012345678901234567890123456789\"",
         "line 1, column 1: expected f to be x, found "
         "\"0123456789012345678901234567890123456789\""},
        {"\"01234567890123456789012345678901234567890\"",
         "line 1, column 1: expected f to be x, found "
         "\"0123456789012345678901234567890123456789...\""},
        {"12345678901234567890123456789012345678901",
         "line 1, column 1: expected f to be x, found 1234567890123456789012345678901234567890..."},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].message);
        nm_error err = {.code = NM_OK};
        nm_json_value value;
        nm_json_value next;
        /* The control character is one that no string has; put there behind the reader's back. */
        char text[60];
        memcpy(text, rows[i].text, strlen(rows[i].text) + 1);
        char *control = strchr(text, 1);
        if (control != NULL) {
            *control = ' ';
        }
        nm_json_reader r = nm_json_begin(text_of(text), 1, &err);
        (void)nm_json_next_whole(&r, &value); /* Good, as the table says. */
        if (control != NULL) {
            *control = 1;
        }
        CHECK_EQ(nm_json_reject(&r, &value, "f", "x"), NM_E_PARSE);
        CHECK_TEXT(err.message, strlen(err.message), rows[i].message);
        CHECK_EQ(nm_json_next(&r, &next), NM_JSON_ERROR);
        CHECK_EQ(nm_json_reject(&r, &value, "g", "y"), NM_E_PARSE);
        CHECK_TEXT(err.message, strlen(err.message), rows[i].message);
    }
}

static void
absent_values_are_rejected_where_they_are_missed(void)
{
    nm_error err = {.code = NM_OK};
    nm_json_reader r = nm_json_begin(text_of("{}"), 3, &err);
    nm_json_value value;
    nm_json_value absent = {.kind = NM_JSON_ABSENT};
    CHECK_EQ(nm_json_next_whole(&r, &value), NM_JSON_OBJECT);
    CHECK_EQ(nm_json_reject(&r, &absent, NULL, "a member"), NM_E_PARSE);
    CHECK_EQ(err.offset, 2);
    CHECK_TEXT(err.message, strlen(err.message),
               "line 3, column 3: expected a member, found no such member");
}

static void
other_failures_have_their_own_sentence(void)
{
    nm_error err = {.code = NM_OK};
    nm_json_reader r = nm_json_begin(text_of("[1, 2]"), 3, &err);
    nm_json_value value;
    nm_json_value absent = {.kind = NM_JSON_ABSENT};
    CHECK_EQ(nm_json_next(&r, &value), NM_JSON_ARRAY);
    CHECK_EQ(nm_json_next(&r, &value), NM_JSON_INTEGER);
    CHECK_EQ(nm_json_give_up(&r, &value, "f", NM_E_NOMEM), NM_E_NOMEM);
    CHECK_EQ(err.code, NM_E_NOMEM);
    CHECK_TEXT(err.message, strlen(err.message), "line 3, column 2: f: out of memory");
    CHECK_EQ(nm_json_next(&r, &value), NM_JSON_ERROR);

    r = nm_json_begin(text_of("[1, 2]"), 3, &err);
    CHECK_EQ(nm_json_give_up(&r, &absent, "f", NM_E_LIMIT), NM_E_LIMIT);
    CHECK_EQ(err.offset, 0);
}

CHECK_MAIN(CHECK_TEST(pieces), CHECK_TEST(values), CHECK_TEST(members),
           CHECK_TEST(what_is_left_can_be_skipped), CHECK_TEST(errors),
           CHECK_TEST(an_error_in_a_member_is_told), CHECK_TEST(a_nul_is_no_end),
           CHECK_TEST(depth_is_limited), CHECK_TEST(rejected_values),
           CHECK_TEST(absent_values_are_rejected_where_they_are_missed),
           CHECK_TEST(other_failures_have_their_own_sentence))
