/* SPDX-License-Identifier: Apache-2.0 */
/* One message as one JSON object. */
#include "base/json_write.h"
#include "base/timestamp.h"
#include "message/index.h"
#include "message/registry.h"
#include "text/json_record.h"

/* The name of a member; names in tables need no escapes. */
static void
write_key(nm_writer *w, bool is_first, const char *name)
{
    size_t len = strlen(name);
    uint8_t *to = nm_writer_room(w, len + sizeof ",\"\":" - 1);
    if (to == NULL) {
        return;
    }
    *to = ',';
    to += !is_first;
    *to++ = '"';
    memcpy(to, name, len);
    to += len;
    *to++ = '"';
    *to++ = ':';
    nm_writer_advance(w, (size_t)(to - w->pos));
}

static void
write_time(nm_writer *w, const nm_payload *header)
{
    static const char before[] = "{\"time\":\"";
    enum { BEFORE_LEN = sizeof before - 1 };
    uint8_t *to = nm_writer_room(w, BEFORE_LEN + NM_TIMESTAMP_FIXED_LEN + 1);
    if (to == NULL) {
        return;
    }
    memcpy(to, before, BEFORE_LEN);
    nm_timestamp_format_fixed(header->time_sec, header->time_nsec, (char *)to + BEFORE_LEN);
    to[BEFORE_LEN + NM_TIMESTAMP_FIXED_LEN] = '"';
    nm_writer_advance(w, BEFORE_LEN + NM_TIMESTAMP_FIXED_LEN + 1);
}

/* The number of an operator or group, by its name where it has one; nothing for 0. */
static void
write_alias(nm_writer *w, const char *key, const nm_alias_table *table, uint32_t number)
{
    if (number == 0) {
        return;
    }
    write_key(w, /* is_first= */ false, key);
    nm_span name = nm_alias_name(table, number);
    if (name.len > 0) {
        nm_json_string(w, name);
    } else {
        nm_writer_u64(w, number);
    }
}

static void
write_source(nm_writer *w, uint32_t source)
{
    if (source == 0) {
        return;
    }
    nm_writer_literal(w, ",\"source\":\"");
    for (int shift = 24; shift >= 0; shift -= 8) {
        nm_writer_hex(w, (uint8_t)(source >> shift));
    }
    nm_writer_octet(w, '"');
}

static void
write_header(nm_writer *w, const nm_payload *header, const nm_schema *schema,
             const nm_aliases *aliases)
{
    static const nm_aliases no_aliases = {.operators = NULL, .groups = NULL};
    const char *vendor = nm_registry_vendor_name(schema->vendor);
    if (aliases == NULL) {
        aliases = &no_aliases;
    }
    write_time(w, header);
    nm_writer_literal(w, ",\"vname\":\"");
    nm_writer_text(w, vendor != NULL ? vendor : "(unknown)");
    nm_writer_literal(w, "\",\"mname\":\"");
    nm_writer_text(w, schema->name);
    nm_writer_octet(w, '"');
    write_source(w, header->source);
    write_alias(w, "operator", aliases->operators, header->operator);
    write_alias(w, "group", aliases->groups, header->group);
}

static void
write_repeated(nm_writer *w, const nm_fields *fields, size_t row)
{
    nm_values values =
        nm_values_begin(&fields->schema->fields[row], fields->payload, fields->slots[row]);
    nm_value value;
    uint8_t separator = '[';

    while (nm_values_next(&values, &value)) {
        nm_writer_octet(w, separator);
        nm_json_value_write(w, fields, row, &value);
        separator = ',';
    }
    nm_writer_text(w, separator == '[' ? "[]" : "]");
}

/* Write the field of a row, if the message has it. @return true if it was written. */
static bool
write_row(nm_writer *w, const nm_fields *fields, size_t row, bool is_first, nm_buffer *scratch)
{
    const nm_field *field = &fields->schema->fields[row];
    nm_value value;

    if ((field->flags & NM_FIELD_REPEATED) != 0) {
        write_key(w, is_first, field->name);
        write_repeated(w, fields, row);
        return true;
    }
    if (field->number == 0) {
        nm_status status = nm_fields_shown(fields, row, scratch, &value);
        if (status != NM_OK) {
            if (status != NM_END) {
                nm_writer_fail(w, status);
            }
            return false;
        }
    } else if (fields->slots[row] != 0) {
        value = nm_value_at(field, fields->payload, fields->slots[row]);
    } else {
        return false;
    }
    write_key(w, is_first, field->name);
    nm_json_value_write(w, fields, row, &value);
    return true;
}

nm_status
nm_json_record_write(nm_writer *w, const nm_payload *header, const nm_fields *fields,
                     const nm_aliases *aliases, nm_buffer *scratch)
{
    bool is_first = true;

    write_header(w, header, fields->schema, aliases);
    nm_writer_literal(w, ",\"message\":{");
    for (size_t row = 0; row < fields->schema->field_count; row++) {
        if (write_row(w, fields, row, is_first, scratch)) {
            is_first = false;
        }
    }
    nm_writer_literal(w, "}}");
    return w->status;
}
