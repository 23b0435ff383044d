/* SPDX-License-Identifier: Apache-2.0 */
#include "message/registry.h"

#include <strings.h>

#include "check.h"

static nm_span
text(const char *s)
{
    return nm_span_of(s, strlen(s));
}

static void
types_are_found_by_number_and_by_name(void)
{
    static const struct {
        const char *name;
        uint32_t type;
    } rows[] = {{"email", 2}, {"linkpair", 3}, {"http", 4},    {"ipconn", 5}, {"logline", 6},
                {"pkt", 8},   {"xml", 10},     {"encode", 11}, {"packet", 12}};
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        const nm_schema *schema = nm_registry_find(1, rows[i].type);
        CHECK(schema != NULL && strcmp(schema->name, rows[i].name) == 0);
        CHECK(nm_registry_find_name(1, text(rows[i].name)) == schema);
    }
}

static void
names_are_found_in_any_case(void)
{
    CHECK(nm_registry_find_name(1, text("IPconn")) == nm_registry_find(1, 5));
    CHECK(nm_registry_find_name(1, text("IPCONN")) == nm_registry_find(1, 5));
    CHECK_EQ(nm_registry_vendor_number(text("BASE")), 1);
    CHECK_EQ(nm_registry_vendor_number(text("sie")), 2);
    CHECK_EQ(nm_registry_vendor_number(text("isc")), 1);
}

static void
what_is_unknown_is_not_found(void)
{
    CHECK(nm_registry_find(1, 0) == NULL);
    CHECK(nm_registry_find(1, 99) == NULL);
    CHECK(nm_registry_find(2, 7) == NULL);
    CHECK(nm_registry_find(0, 5) == NULL);
    CHECK(nm_registry_find(UINT32_MAX, UINT32_MAX) == NULL);
    CHECK(nm_registry_find_name(1, text("ipcon")) == NULL);
    CHECK(nm_registry_find_name(1, text("ipconn ")) == NULL);
    CHECK(nm_registry_find_name(1, text("")) == NULL);
    CHECK(nm_registry_find_name(2, text("ipconn")) == NULL);
    CHECK(nm_registry_vendor_name(0) == NULL);
    CHECK(nm_registry_vendor_name(99) == NULL);
    CHECK_EQ(nm_registry_vendor_number(text("nobody")), 0);
    CHECK_EQ(nm_registry_vendor_number(text("")), 0);
}

static void
vendors_have_names_and_numbers(void)
{
    static const struct {
        const char *name;
        uint32_t number;
    } rows[] = {{"base", 1},   {"SIE", 2},         {"GTISC", 3}, {"Defintel", 4},
                {"Univie", 5}, {"Unveillance", 6}, {"WISC", 7}};
    CHECK_EQ(nm_registry_vendor_count(), CHECK_COUNT(rows));
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        const char *name = nm_registry_vendor_name(rows[i].number);
        CHECK(name != NULL && strcmp(name, rows[i].name) == 0);
        CHECK_EQ(nm_registry_vendor_number(text(rows[i].name)), rows[i].number);
        CHECK_EQ(nm_registry_vendor(i)->number, rows[i].number);
    }
}

static void
the_list_is_sorted_and_names_are_unique(void)
{
    for (size_t i = 0; i < nm_registry_schema_count(); i++) {
        const nm_schema *schema = nm_registry_schema(i);
        CHECK(nm_registry_find(schema->vendor, schema->type) == schema);
        CHECK(nm_registry_find_name(schema->vendor, text(schema->name)) == schema);
        CHECK(nm_registry_vendor_name(schema->vendor) != NULL);
        if (i > 0) {
            const nm_schema *before = nm_registry_schema(i - 1);
            CHECK(before->vendor < schema->vendor ||
                  (before->vendor == schema->vendor && before->type < schema->type));
        }
    }
}

/* How a kind may be stored. */
static bool
kind_fits(const nm_field *field)
{
    switch (nm_kind_type(field->kind)) {
    case NM_KIND_ENUM:
        return field->pb_type == NM_PB_ENUM;
    case NM_KIND_BYTES:
    case NM_KIND_STRING:
    case NM_KIND_MLSTRING:
    case NM_KIND_IP:
        return field->pb_type == NM_PB_BYTES;
    case NM_KIND_UINT16:
    case NM_KIND_UINT32:
        return field->pb_type == NM_PB_UINT32 || field->pb_type == NM_PB_FIXED32;
    case NM_KIND_UINT64:
        return field->pb_type == NM_PB_UINT64;
    case NM_KIND_INT16:
    case NM_KIND_INT32:
        return field->pb_type == NM_PB_INT32 || field->pb_type == NM_PB_SFIXED32;
    case NM_KIND_INT64:
        return field->pb_type == NM_PB_INT64;
    case NM_KIND_DOUBLE:
        return field->pb_type == NM_PB_DOUBLE;
    case NM_KIND_BOOL:
        return field->pb_type == NM_PB_BOOL;
    default:
        return false; /* No plain type. */
    }
}

static void
every_table_is_consistent(void)
{
    for (size_t i = 0; i < nm_registry_schema_count(); i++) {
        const nm_schema *schema = nm_registry_schema(i);
        CHECK_CASE(schema->name);
        CHECK(strnlen(schema->name, NM_NAME_ROOM) < NM_NAME_ROOM);
        CHECK(schema->field_count > 0 && schema->field_count <= NM_SCHEMA_FIELDS_MAX);
        for (size_t row = 0; row < schema->field_count; row++) {
            const nm_field *field = &schema->fields[row];
            bool is_computed = field->number == 0;
            CHECK(field->number < 1U << 29);
            CHECK(!is_computed || field->compute != NULL);
            CHECK(field->compute == NULL || (field->flags & NM_FIELD_REPEATED) == 0);
            CHECK(kind_fits(field));
            CHECK_EQ(strnlen(field->name, NM_NAME_ROOM), field->name_len);
            CHECK(field->name_len < NM_NAME_ROOM);
            for (size_t k = 0; field->symbols != NULL && k < field->symbols->count; k++) {
                const char *name = field->symbols->values[k].name;
                int32_t value;
                CHECK(strnlen(name, NM_NAME_ROOM) < NM_NAME_ROOM);
                for (size_t other = 0; other < k; other++) { /* In any case, too. */
                    CHECK(strcasecmp(name, field->symbols->values[other].name) != 0);
                }
                CHECK(nm_enum_value_of_any_case(field->symbols, text(name), &value));
                CHECK_EQ(value, field->symbols->values[k].value);
            }
            CHECK((field->symbols != NULL) ==
                  (field->kind == NM_KIND_ENUM || field->kind == NM_KIND_SYMBOL));
            CHECK(field->kind != NM_KIND_DNS_RDATA ||
                  (schema->rrtype != 0 && schema->rrclass != 0));
            CHECK(nm_schema_field_by_name(schema, text(field->name)) == field);
            for (size_t other = 0; other < row; other++) {
                CHECK(is_computed || schema->fields[other].number != field->number);
            }
        }
    }
}

CHECK_MAIN(CHECK_TEST(types_are_found_by_number_and_by_name),
           CHECK_TEST(names_are_found_in_any_case), CHECK_TEST(what_is_unknown_is_not_found),
           CHECK_TEST(vendors_have_names_and_numbers),
           CHECK_TEST(the_list_is_sorted_and_names_are_unique),
           CHECK_TEST(every_table_is_consistent))
