/* SPDX-License-Identifier: Apache-2.0 */
#include "message/schema.h"

#include "check.h"

static const nm_enum_value color_values[] = {
    {"red", 0},
    {"green", 7},
    {"blue", -1},
    {"verde", 7}, /* A second name of a value. */
};
static const nm_enum color = NM_ENUM(color_values);

static const nm_field fields[] = {
    {8, NM_NAME("color"), NM_PB_ENUM, NM_KIND_ENUM, 0, &color},
    {2, NM_NAME("name"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
    {30000, NM_NAME("far"), NM_PB_BYTES, NM_KIND_BYTES, 0, NULL},
    {1, NM_NAME("id"), NM_PB_UINT32, NM_KIND_UINT32, NM_FIELD_REQUIRED, NULL},
    {5, NM_NAME("Name"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
};
static const nm_schema schema = {.vendor = 1, .type = 99, .name = "test", NM_SCHEMA_FIELDS(fields)};

static void
names_are_put_with_their_length(void)
{
    static const nm_enum_value rows[] = {
        {"", 0},
        {"a", 1},
        {"1234567", 7},
        {"12345678", 8},
        {"123456789", 9},
        {"1234567890123456789012345678901", 31},
        {"12345678901234567890123456789012", 32},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        uint8_t out[NM_NAME_ROOM];
        const uint8_t *end = nm_name_put(out, rows[i].name);
        CHECK_EQ(end - out, rows[i].value);
        CHECK_SPAN(nm_span_of(out, (size_t)rows[i].value),
                   nm_span_of(rows[i].name, (size_t)rows[i].value));
    }
}

static void
fields_are_found_by_their_exact_name(void)
{
    static const struct {
        const char *name;
        const nm_field *field;
    } rows[] = {
        {"color", &fields[0]}, {"name", &fields[1]}, {"Name", &fields[4]}, {"id", &fields[3]},
        {"nam", NULL},         {"names", NULL},      {"NAME", NULL},       {"", NULL},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_span name = nm_span_of(rows[i].name, strlen(rows[i].name));
        CHECK(nm_schema_field_by_name(&schema, name) == rows[i].field);
    }
    CHECK_CASE("a name need not end in NUL");
    CHECK(nm_schema_field_by_name(&schema, nm_span_of("idle", 2)) == &fields[3]);
    CHECK_CASE("a NUL is part of the name");
    CHECK(nm_schema_field_by_name(&schema, nm_span_of("id\0", 3)) == NULL);
}

static void
the_macro_counts_the_fields(void)
{
    CHECK_EQ(schema.field_count, 5);
    CHECK(schema.fields == fields);
}

static void
encoding_order_is_that_of_the_numbers(void)
{
    static const uint8_t expected[] = {3, 1, 4, 0, 2};
    uint8_t order[NM_SCHEMA_FIELDS_MAX];
    nm_schema_encoding_order(&schema, order);
    CHECK_SPAN(nm_span_of(order, 5), nm_span_of(expected, 5));
}

static void
enum_names_and_values(void)
{
    static const struct {
        const char *name;
        int32_t value;
    } rows[] = {{"red", 0}, {"green", 7}, {"blue", -1}};
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        const char *name = nm_enum_name(&color, rows[i].value);
        int32_t value = 55;
        CHECK(name != NULL && strcmp(name, rows[i].name) == 0);
        CHECK(nm_enum_value_of(&color, nm_span_of(rows[i].name, strlen(rows[i].name)), &value));
        CHECK_EQ(value, rows[i].value);
    }
    CHECK_CASE("a second name of a value");
    int32_t value = 55;
    CHECK(nm_enum_value_of(&color, nm_span_of("verde", 5), &value));
    CHECK_EQ(value, 7);
    CHECK_CASE("unknown");
    value = 55;
    CHECK(nm_enum_name(&color, 1) == NULL);
    CHECK(nm_enum_name(&color, INT32_MIN) == NULL);
    CHECK(!nm_enum_value_of(&color, nm_span_of("Red", 3), &value));
    CHECK(!nm_enum_value_of(&color, nm_span_of("re", 2), &value));
    CHECK(!nm_enum_value_of(&color, nm_span_of(NULL, 0), &value));
    CHECK_EQ(value, 55); /* Written on success only. */
}

CHECK_MAIN(CHECK_TEST(names_are_put_with_their_length),
           CHECK_TEST(fields_are_found_by_their_exact_name),
           CHECK_TEST(the_macro_counts_the_fields),
           CHECK_TEST(encoding_order_is_that_of_the_numbers), CHECK_TEST(enum_names_and_values))
