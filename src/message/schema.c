/* SPDX-License-Identifier: Apache-2.0 */
/* Looking things up in the tables of message types. */
#include "message/schema.h"

#include "base/ascii.h"

nm_kind
nm_kind_type(nm_kind kind)
{
    switch (kind) {
    case NM_KIND_DNS_NAME:
    case NM_KIND_DNS_RDATA:
    case NM_KIND_DNS_MESSAGE:
    case NM_KIND_DNS_MESSAGE_OBJECT:
    case NM_KIND_DNS_MESSAGE_TEXT:
    case NM_KIND_ENCODED:
    case NM_KIND_NCAP_PAYLOAD:
        return NM_KIND_BYTES;
    case NM_KIND_DNS_TYPE:
    case NM_KIND_DNS_CLASS:
    case NM_KIND_DNS_CLASS_SIE:
    case NM_KIND_DNS_RCODE:
    case NM_KIND_IP_PROTOCOL:
        return NM_KIND_UINT16;
    case NM_KIND_HEX32:
    case NM_KIND_EPOCH:
    case NM_KIND_SYMBOL:
        return NM_KIND_UINT32;
    default:
        return kind;
    }
}

const nm_field *
nm_schema_field_by_name(const nm_schema *schema, nm_span name)
{
    uint64_t start = nm_word_load_part(name.data, name.len);
    for (size_t i = 0; i < schema->field_count; i++) {
        if (nm_name_is(schema->fields[i].name, name, start)) {
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
    size_t likely = (size_t)(uint32_t)value; /* Most are counted from 0. */
    if (likely < symbols->count && symbols->values[likely].value == value) {
        return symbols->values[likely].name;
    }
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
    uint64_t start = nm_word_load_part(name.data, name.len);
    for (size_t i = 0; i < symbols->count; i++) {
        if (nm_name_is(symbols->values[i].name, name, start)) {
            *out = symbols->values[i].value;
            return true;
        }
    }
    return false;
}

bool
nm_enum_value_of_any_case(const nm_enum *symbols, nm_span name, int32_t *out)
{
    if (nm_enum_value_of(symbols, name, out)) {
        return true;
    }
    for (size_t i = 0; i < symbols->count; i++) {
        if (nm_ascii_equal_any_case(nm_span_of_text(symbols->values[i].name), name)) {
            *out = symbols->values[i].value;
            return true;
        }
    }
    return false;
}
