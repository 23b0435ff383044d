/* SPDX-License-Identifier: Apache-2.0 */
/* Values are kept as text until the record is complete, because messages have their fields in
 * another order than text, and because record data can be read only when its type is known. */
#include "text/pres_read_fields.h"

#include <inttypes.h>

#include "message/index.h"
#include "text/pres_read_value.h"

/* What is being worked on. */
typedef struct encoder {
    const nm_pres_fields *fields;
    const nm_schema *schema;
    const uint8_t *text;
    const nm_pres_place *end;
    nm_record_type type;
    nm_buffer *scratch;
    nm_buffer *data;
    nm_error *err;
} encoder;

void
nm_pres_fields_init(nm_pres_fields *fields, const nm_allocator *allocator)
{
    nm_buffer_init(&fields->values, SIZE_MAX, allocator);
    fields->is_empty = false;
    nm_pres_fields_reset(fields);
}

void
nm_pres_fields_clear(nm_pres_fields *fields)
{
    nm_buffer_clear(&fields->values);
}

void
nm_pres_fields_reset(nm_pres_fields *fields)
{
    fields->values.len = 0;
    if (!fields->is_empty) {
        for (size_t row = 0; row < NM_SCHEMA_FIELDS_MAX; row++) {
            fields->first[row] = NM_PRES_NO_VALUE;
            fields->last[row] = NM_PRES_NO_VALUE;
        }
        fields->is_empty = true;
    }
}

/* Memory from an allocator suits any type. */
static nm_pres_value *
value_at(const nm_pres_fields *fields, uint32_t i)
{
    return (nm_pres_value *)(void *)fields->values.data + i;
}

nm_status
nm_pres_fields_add(nm_pres_fields *fields, size_t row, const nm_pres_value *value)
{
    size_t count = fields->values.len / sizeof *value;
    nm_status status = count < NM_PRES_NO_VALUE ? NM_OK : NM_E_LIMIT;
    if (status == NM_OK) {
        status = nm_buffer_append(&fields->values, nm_span_of(value, sizeof *value));
    }
    if (status != NM_OK) {
        return status;
    }
    uint32_t number = (uint32_t)count;
    value_at(fields, number)->next = NM_PRES_NO_VALUE;
    if (fields->first[row] == NM_PRES_NO_VALUE) {
        fields->first[row] = number;
    } else {
        value_at(fields, fields->last[row])->next = number;
    }
    fields->last[row] = number;
    fields->is_empty = false;
    return NM_OK;
}

nm_status
nm_pres_reject(nm_error *err, const nm_pres_place *place, const char *field, const char *expected,
               nm_span found)
{
    enum { SHOWN_MAX = 40 };
    char shown[SHOWN_MAX + sizeof "..."];
    size_t len = found.len < SHOWN_MAX ? found.len : SHOWN_MAX;
    for (size_t i = 0; i < len; i++) {
        uint8_t octet = found.data[i];
        shown[i] = octet >= 0x20 && octet < 0x7f ? (char)octet : '?';
    }
    memcpy(shown + len, found.len > len ? "..." : "", found.len > len ? sizeof "..." : 1);
    return nm_error_set(err, NM_E_PARSE, place->offset,
                        "line %" PRIu64 ", column %zu: expected %s%s%s, found %s", place->line,
                        place->column, field != NULL ? field : "", field != NULL ? " to be " : "",
                        expected, found.len > 0 ? shown : "nothing");
}

static nm_span
text_of(const encoder *e, const nm_pres_value *value)
{
    return nm_span_of(e->text + value->start, value->len);
}

/* Read the number of the last value of the field with protobuf number `number`. */
static bool
get_number(const encoder *e, uint32_t number, uint16_t *out)
{
    for (size_t row = 0; row < e->schema->field_count && number != 0; row++) {
        const nm_field *field = &e->schema->fields[row];
        uint32_t last = e->fields->last[row];
        if (field->number == number && last != NM_PRES_NO_VALUE) {
            return nm_pres_named_number_parse(field->kind, text_of(e, value_at(e->fields, last)),
                                              out);
        }
    }
    return false;
}

static nm_record_type
record_type(const encoder *e)
{
    nm_record_type type = {0, 0};
    bool are_there = get_number(e, e->schema->rrtype, &type.type) &&
                     get_number(e, e->schema->rrclass, &type.rrclass);
    return are_there ? type : (nm_record_type){0, 0};
}

/* A value is not what its field needs. */
static nm_status
reject(const encoder *e, const nm_field *field, const nm_pres_value *value, const nm_error *detail)
{
    const char *expected = nm_pres_value_expectation(field->kind);
    nm_pres_place place = value->place;
    nm_error sentence;
    if (detail->code == NM_E_PARSE) {
        nm_error_fill(&sentence, NM_E_PARSE, 0, 0, "%s of its type (%s)", expected,
                      detail->message);
        expected = sentence.message;
        place.column += (size_t)detail->offset;
        place.offset += detail->offset;
    }
    return nm_pres_reject(e->err, &place, field->name, expected, text_of(e, value));
}

static nm_status
give_up(const encoder *e, const nm_field *field, const nm_pres_place *place, nm_status status)
{
    return nm_error_set(e->err, status, place->offset, "line %" PRIu64 ", column %zu: %s: %s",
                        place->line, place->column, field->name, nm_status_text(status));
}

static nm_status
encode_value(const encoder *e, const nm_field *field, const nm_pres_value *value)
{
    nm_error detail = {.code = NM_OK};
    nm_status status =
        nm_pres_value_encode(field, text_of(e, value), e->type, e->scratch, e->data, &detail);
    if (status == NM_E_PARSE) {
        return reject(e, field, value, &detail);
    }
    return status == NM_OK ? NM_OK : give_up(e, field, &value->place, status);
}

/* All values have to be right, also those that others replace. */
static nm_status
encode_row(const encoder *e, size_t row)
{
    static const nm_value zero = {.u64 = 0};
    const nm_field *field = &e->schema->fields[row];
    size_t start = e->data->len;
    uint32_t i = e->fields->first[row];
    nm_status status = NM_OK;
    if (i == NM_PRES_NO_VALUE && (field->flags & NM_FIELD_REQUIRED) != 0) {
        status = nm_value_encode(field, &zero, e->data);
        return status == NM_OK ? NM_OK : give_up(e, field, e->end, status);
    }
    while (i != NM_PRES_NO_VALUE && status == NM_OK) {
        const nm_pres_value *value = value_at(e->fields, i);
        if ((field->flags & NM_FIELD_REPEATED) == 0) {
            e->data->len = start;
        }
        status = encode_value(e, field, value);
        i = value->next;
    }
    return status;
}

nm_status
nm_pres_fields_encode(const nm_pres_fields *fields, const nm_schema *schema, const uint8_t *text,
                      const nm_pres_place *end, nm_buffer *scratch, nm_buffer *data, nm_error *err)
{
    encoder e = {
        .fields = fields,
        .schema = schema,
        .text = text,
        .end = end,
        .scratch = scratch,
        .data = data,
        .err = err,
    };
    uint8_t order[NM_SCHEMA_FIELDS_MAX];
    nm_status status = NM_OK;
    e.type = record_type(&e);
    nm_schema_encoding_order(schema, order);
    for (size_t i = 0; i < schema->field_count && status == NM_OK; i++) {
        if (schema->fields[order[i]].number != 0) {
            status = encode_row(&e, order[i]);
        }
    }
    return status;
}
