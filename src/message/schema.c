/* SPDX-License-Identifier: Apache-2.0 */
/* Looking things up in the tables of message types. */
#include "message/schema.h"

static bool
is_named(const char *name, nm_span wanted)
{
    return strlen(name) == wanted.len && memcmp(name, wanted.data, wanted.len) == 0;
}

const nm_field *
nm_schema_field_by_name(const nm_schema *schema, nm_span name)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        if (is_named(schema->fields[i].name, name)) {
            return &schema->fields[i];
        }
    }
    return NULL;
}

void
nm_schema_encoding_order(const nm_schema *schema, uint8_t *out)
{
    for (size_t row = 0; row < schema->field_count; row++) {
        size_t place = row;
        while (place > 0 && schema->fields[out[place - 1]].number > schema->fields[row].number) {
            out[place] = out[place - 1];
            place--;
        }
        out[place] = (uint8_t)row;
    }
}

const char *
nm_enum_name(const nm_enum *symbols, int32_t value)
{
    for (size_t i = 0; i < symbols->count; i++) {
        if (symbols->values[i].value == value) {
            return symbols->values[i].name;
        }
    }
    return NULL;
}

bool
nm_enum_value_of(const nm_enum *symbols, nm_span name, int32_t *out)
{
    for (size_t i = 0; i < symbols->count; i++) {
        if (is_named(symbols->values[i].name, name)) {
            *out = symbols->values[i].value;
            return true;
        }
    }
    return false;
}
