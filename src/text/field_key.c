/* SPDX-License-Identifier: Apache-2.0 */
/* Values as keys. */
#include "text/field_key.h"

#include "message/index.h"
#include "message/schema.h"
#include "text/json_record.h"
#include "text/json_string.h"

/* The value, or the first one. @return NM_OK, NM_END, NM_E_NOMEM. */
static nm_status
find_value(const nm_fields *fields, size_t row, nm_buffer *scratch, nm_value *out)
{
    const nm_field *field = &fields->schema->fields[row];
    if ((field->flags & NM_FIELD_REPEATED) == 0) {
        return nm_fields_shown(fields, row, scratch, out);
    }
    nm_values values = nm_fields_values(fields, field->number);
    return nm_values_next(&values, out) ? NM_OK : NM_END;
}

/* What a string says, without the quotation marks. */
static void
write_unquoted(nm_writer *w, nm_span string)
{
    nm_span inside = nm_span_of(string.data + 1, string.len - 2);
    uint8_t *to = nm_writer_room(w, NM_JSON_DECODED_MAX(inside.len));
    if (to != NULL) {
        nm_writer_advance(w, nm_json_string_decode(inside, to));
    }
}

/* What JSON says of it. */
static nm_status
write_as_json(nm_writer *w, const nm_fields *fields, size_t row, const nm_value *value)
{
    nm_buffer text;
    nm_buffer_init(&text, INT32_MAX, &nm_allocator_heap);
    nm_writer json = nm_writer_begin(&text);
    nm_json_value_write(&json, fields, row, value);
    nm_status status = nm_writer_end(&json);
    if (status == NM_OK) {
        if (text.len >= 2 && text.data[0] == '"') {
            write_unquoted(w, nm_buffer_span(&text));
        } else {
            nm_writer_span(w, nm_buffer_span(&text));
        }
    } else {
        nm_writer_fail(w, status);
    }
    nm_buffer_clear(&text);
    return w->status;
}

nm_status
nm_field_key_write(nm_writer *w, const nm_fields *fields, size_t row, nm_buffer *scratch)
{
    nm_value value;
    nm_status status = find_value(fields, row, scratch, &value);
    if (status == NM_END) {
        return NM_OK;
    }
    if (status != NM_OK) {
        nm_writer_fail(w, status);
        return status;
    }
    nm_span bytes = value.bytes;
    switch (fields->schema->fields[row].kind) {
    case NM_KIND_STRING:
    case NM_KIND_MLSTRING:
        bytes.len -= bytes.len > 0 && bytes.data[bytes.len - 1] == '\0';
        nm_writer_put(w, bytes.data, bytes.len);
        return w->status;
    case NM_KIND_BYTES:
        nm_writer_put(w, bytes.data, bytes.len);
        return w->status;
    default:
        return write_as_json(w, fields, row, &value);
    }
}
