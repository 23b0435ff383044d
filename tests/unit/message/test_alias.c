/* SPDX-License-Identifier: Apache-2.0 */
#include "message/alias.h"

#include "check.h"
#include "failing_allocator.h"
#include "octets.h"

static nm_alias_table *
parse(const char *text)
{
    nm_alias_table *table = NULL;
    nm_status status = nm_alias_table_parse(nm_span_of(text, strlen(text)), &nm_allocator_heap,
                                            &table, /* err= */ NULL);
    CHECK_OR_EXIT(status == NM_OK);
    return table;
}

static nm_span
text_span(const char *text)
{
    return nm_span_of(text, strlen(text));
}

static void
lines_are_read(void)
{
    static const struct {
        const char *name;
        const char *text;
        size_t count;
        size_t malformed_line;
        uint32_t number; /* Of the first alias. */
        const char *first;
    } rows[] = {
        {"nothing", "", 0, 0, 0, ""},
        {"one", "5 name\n", 1, 0, 5, "name"},
        {"without end of line", "5 name", 1, 0, 5, "name"},
        {"a tab", "5\tname\n", 1, 0, 5, "name"},
        {"much white space", " \t 5 \t\tname \t\n", 1, 0, 5, "name"},
        {"end of line of another system", "5 name\r\n6 other\r\n", 2, 0, 5, "name"},
        {"something behind", "5 name and more # x\n6 other", 2, 0, 5, "name"},
        {"any octets are a name", "5 \xc3\xa4-%s\"\n", 1, 0, 5, "\xc3\xa4-%s\""},
        {"octal", "010 name\n", 1, 0, 8, "name"},
        {"hexadecimal", "0xFfe name\n", 1, 0, 0xffe, "name"},
        {"hexadecimal, upper case", "0XaB name\n", 1, 0, 0xab, "name"},
        {"zero", "0 name\n", 1, 0, 0, "name"},
        {"plus", "+7 name\n", 1, 0, 7, "name"},
        {"largest", "4294967295 name\n", 1, 0, UINT32_MAX, "name"},
        {"too large", "4294967296 name\n", 0, 1, 0, ""},
        {"far too large", "99999999999999999999999999 name\n", 0, 1, 0, ""},
        {"negative", "-1 name\n", 0, 1, 0, ""},
        {"no octal number", "08 name\n", 0, 1, 0, ""},
        {"no hexadecimal number", "0x name\n", 0, 1, 0, ""},
        {"no hexadecimal digit", "0xg name\n", 0, 1, 0, ""},
        {"a sign only", "+ name\n", 0, 1, 0, ""},
        {"letters behind", "5x name\n", 0, 1, 0, ""},
        {"no number", "name 5\n", 0, 1, 0, ""},
        {"no name", "5\n", 0, 1, 0, ""},
        {"no name but white space", "5 \t \n", 0, 1, 0, ""},
        {"an empty line ends it", "5 name\n\n6 other\n", 1, 2, 5, "name"},
        {"a comment ends it", "5 name\n6 other\n# comment\n7 third\n", 2, 3, 5, "name"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_alias_table *table = parse(rows[i].text);
        CHECK_EQ(nm_alias_count(table), rows[i].count);
        CHECK_EQ(nm_alias_malformed_line(table), rows[i].malformed_line);
        CHECK_SPAN(nm_alias_name(table, rows[i].number), text_span(rows[i].first));
        if (rows[i].count > 0) {
            nm_alias first = nm_alias_at(table, 0);
            CHECK_EQ(first.number, rows[i].number);
            CHECK_SPAN(first.name, text_span(rows[i].first));
        }
        nm_alias_table_free(table);
    }
    CHECK_CASE("a NUL in a name ends it");
    nm_alias_table *table = NULL;
    CHECK_EQ(nm_alias_table_parse(nm_span_of("5 na\0me\n", 8), &nm_allocator_heap, &table, NULL),
             NM_OK);
    CHECK_EQ(nm_alias_count(table), 0);
    CHECK_EQ(nm_alias_malformed_line(table), 1);
    nm_alias_table_free(table);
}

static void
names_are_found_in_any_case(void)
{
    nm_alias_table *table = parse("3 Three\n1 one\n2 TWO\n30 three-more\n");
    static const struct {
        const char *name;
        bool is_known;
        uint32_t number;
    } rows[] = {
        {"one", true, 1},           {"ONE", true, 1},
        {"two", true, 2},           {"tHREE", true, 3},
        {"thre", false, 99},        {"three-MORE", true, 30},
        {"three-morer", false, 99}, {"a", false, 99},
        {"zzz", false, 99},         {"", false, 99},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        uint32_t number = 99;
        CHECK_EQ(nm_alias_number(table, text_span(rows[i].name), &number), rows[i].is_known);
        CHECK_EQ(number, rows[i].number);
    }
    nm_alias_table_free(table);
}

static void
the_last_line_of_a_number_and_the_smallest_number_of_a_name_count(void)
{
    nm_alias_table *table = parse("9 same\n5 first\n7 SAME\n5 second\n5 third\n8 Same\n");
    uint32_t number = 99;
    CHECK_EQ(nm_alias_count(table), 4);
    CHECK_SPAN(nm_alias_name(table, 5), text_span("third"));
    CHECK(!nm_alias_number(table, text_span("first"), &number));
    CHECK(!nm_alias_number(table, text_span("second"), &number));
    CHECK(nm_alias_number(table, text_span("third"), &number));
    CHECK_EQ(number, 5);
    CHECK(nm_alias_number(table, text_span("same"), &number));
    CHECK_EQ(number, 7);
    CHECK_SPAN(nm_alias_name(table, 9), text_span("same"));
    nm_alias_table_free(table);
}

static void
no_table_knows_nothing(void)
{
    uint32_t number = 99;
    CHECK_EQ(nm_alias_count(NULL), 0);
    CHECK_EQ(nm_alias_malformed_line(NULL), 0);
    CHECK_EQ(nm_alias_name(NULL, 1).len, 0);
    CHECK(!nm_alias_number(NULL, text_span("name"), &number));
    CHECK_EQ(number, 99);
    nm_alias_table_free(NULL);
}

static void
the_text_is_copied(void)
{
    char text[] = "5 name\n";
    nm_alias_table *table = parse(text);
    memset(text, 'x', sizeof text);
    CHECK_SPAN(nm_alias_name(table, 5), text_span("name"));
    nm_alias_table_free(table);
}

/* A number and the name made of it for line `i`. */
static uint32_t
number_of_line(uint32_t i)
{
    return i * 2654435761U; /* An odd factor: each occurs once. */
}

static void
many_aliases(void)
{
    enum { COUNT = 20000 };
    octets text = {0};
    char line[64];
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t number = number_of_line(i);
        int len =
            snprintf(line, sizeof line, i % 2 == 0 ? "%u N%x\n" : "0x%x n%X\n", number, number);
        octets_put(&text, line, (size_t)len);
    }
    nm_alias_table *table = NULL;
    CHECK_EQ(nm_alias_table_parse(octets_span(&text), &nm_allocator_heap, &table, NULL), NM_OK);
    CHECK_EQ(nm_alias_count(table), COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t number = 0;
        nm_span name = nm_alias_name(table, number_of_line(i));
        CHECK(name.len > 1 && (name.data[0] | 0x20) == 'n');
        int len = snprintf(line, sizeof line, "n%x", number_of_line(i));
        CHECK(nm_alias_number(table, nm_span_of(line, (size_t)len), &number));
        CHECK_EQ(number, number_of_line(i));
        CHECK(i == 0 || nm_alias_at(table, i - 1).number < nm_alias_at(table, i).number);
        CHECK_EQ(nm_alias_name(table, number_of_line(i + COUNT)).len, 0);
    }
    nm_alias_table_free(table);
    octets_free(&text);
}

static void
parse_with(failing_allocator *memory)
{
    nm_alias_table *table = NULL;
    nm_error err = {.code = NM_OK};
    const char *text = "1 a\n2 b\n3 c\n4 d\n5 e\n6 f\n1 g\n";
    nm_status status = nm_alias_table_parse(text_span(text), &memory->allocator, &table, &err);
    CHECK_EQ(status, memory->has_failed ? NM_E_NOMEM : NM_OK);
    CHECK_EQ(err.code, status);
    CHECK_EQ(nm_alias_count(table), memory->has_failed ? 0 : 6);
    nm_alias_table_free(table);
}

static void
no_memory_is_reported(void)
{
    sweep_result result = failing_allocator_sweep(parse_with, 100);
    CHECK(result.is_complete);
    CHECK(result.failures >= 4);
    CHECK_EQ(result.leaks, 0);
}

CHECK_MAIN(CHECK_TEST(lines_are_read), CHECK_TEST(names_are_found_in_any_case),
           CHECK_TEST(the_last_line_of_a_number_and_the_smallest_number_of_a_name_count),
           CHECK_TEST(no_table_knows_nothing), CHECK_TEST(the_text_is_copied),
           CHECK_TEST(many_aliases), CHECK_TEST(no_memory_is_reported))
