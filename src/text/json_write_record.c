/* SPDX-License-Identifier: Apache-2.0 */
/* One message as one JSON object. */
#include "base/json_write.h"
#include "base/timestamp.h"
#include "message/index.h"
#include "message/registry.h"
#include "text/json_record.h"
#include "text/json_value.h"

enum { KEY_ROOM = 2 + NM_NAME_ROOM + 2 };

/* Put the name of a member, which needs no escapes, into room for KEY_ROOM. */
static uint8_t *
put_key(uint8_t *to, uint8_t separator, const nm_field *field)
{
    to[0] = separator;
    to[1] = '"';
    memcpy(to + 2, field->name, NM_NAME_ROOM); /* Its length is at hand, but no constant. */
    return nm_put_literal(to + 2 + field->name_len, "\":");
}

static void
write_key(nm_writer *w, uint8_t separator, const nm_field *field)
{
    uint8_t *to = nm_writer_room(w, KEY_ROOM);
    if (to != NULL) {
        nm_writer_advance_to(w, put_key(to, separator, field));
    }
}

/* The number of an operator or group, by its name where it has one; nothing for 0. */
static void
write_alias(nm_writer *w, const char *key, const nm_alias_table *table, uint32_t number)
{
    if (number == 0) {
        return;
    }
    nm_writer_text(w, key);
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
write_time_and_type(nm_writer *w, const nm_payload *header, const nm_schema *schema)
{
    enum { AROUND = sizeof "{'time':'','vname':'','mname':''" - 1 };
    static const char unknown[NM_NAME_ROOM] = "(unknown)";
    const char *vendor = nm_registry_vendor_name(schema->vendor);
    uint8_t *to = nm_writer_room(w, AROUND + NM_TIMESTAMP_FIXED_LEN + 2 * NM_NAME_ROOM);
    if (to == NULL) {
        return;
    }
    to = nm_put_literal(to, "{\"time\":\"");
    nm_timestamp_format_fixed(header->time_sec, header->time_nsec, (char *)to);
    to = nm_put_literal(to + NM_TIMESTAMP_FIXED_LEN, "\",\"vname\":\"");
    to = nm_name_put(to, vendor != NULL ? vendor : unknown);
    to = nm_put_literal(to, "\",\"mname\":\"");
    to = nm_name_put(to, schema->name);
    *to++ = '"';
    nm_writer_advance_to(w, to);
}

static void
write_header(nm_writer *w, const nm_payload *header, const nm_schema *schema,
             const nm_aliases *aliases)
{
    static const nm_aliases no_aliases = {.operators = NULL, .groups = NULL};
    if (aliases == NULL) {
        aliases = &no_aliases;
    }
    write_time_and_type(w, header, schema);
    write_source(w, header->source);
    write_alias(w, ",\"operator\":", aliases->operators, header->operator);
    write_alias(w, ",\"group\":", aliases->groups, header->group);
}

static void
write_repeated(nm_writer *w, const nm_fields *fields, size_t row)
{
    const nm_field *field = &fields->schema->fields[row];
    nm_values values = nm_values_begin(field, fields->payload, fields->slots[row]);
    bool is_rdata = field->kind == NM_KIND_DNS_RDATA;
    nm_record_type type = is_rdata ? nm_record_type_of(fields) : (nm_record_type){.type = 0};
    nm_value value;
    uint8_t separator = '[';

    while (nm_values_next(&values, &value)) {
        nm_writer_octet(w, separator);
        if (is_rdata) {
            nm_json_rdata_write(w, type, value.bytes);
        } else {
            nm_json_value_write(w, fields, row, &value);
        }
        separator = ',';
    }
    nm_writer_text(w, separator == '[' ? "[]" : "]");
}

/* Write the field of a row that is computed, if the message has it.
 * @return true if it was written. */
static bool
write_computed(nm_writer *w, const nm_fields *fields, size_t row, uint8_t separator,
               nm_buffer *scratch)
{
    nm_value value;
    nm_status status = nm_fields_shown(fields, row, scratch, &value);
    if (status == NM_OK) {
        write_key(w, separator, &fields->schema->fields[row]);
        nm_json_value_write(w, fields, row, &value);
    } else if (status != NM_END) {
        nm_writer_fail(w, status);
    }
    return status == NM_OK;
}

/* A member of any type but NM_PB_BYTES. */
static void
write_number(nm_writer *w, const nm_field *field, uint8_t separator, uint64_t bits)
{
    if (field->pb_type == NM_PB_DOUBLE) {
        write_key(w, separator, field);
        nm_json_number_write(w, field, bits);
        return;
    }
    uint8_t *to = nm_writer_room(w, KEY_ROOM + NM_JSON_NUMBER_ROOM);
    if (to != NULL) {
        to = put_key(to, separator, field);
        nm_writer_advance_to(w, nm_json_number_put(to, field, bits));
    }
}

/* Write a field that has one value, as it is stored. */
static void
write_stored(nm_writer *w, const nm_fields *fields, const nm_field *field, nm_slot slot,
             uint8_t separator)
{
    if (field->pb_type != NM_PB_BYTES) {
        write_number(w, field, separator, nm_bits_at(field, fields->payload, slot));
        return;
    }
    nm_span bytes = nm_bytes_at(fields->payload, slot);
    write_key(w, separator, field);
    if (field->kind != NM_KIND_DNS_RDATA) {
        nm_json_bytes_write(w, fields, field, bytes);
    } else {
        nm_json_rdata_write(w, nm_record_type_of(fields), bytes);
    }
}

nm_status
nm_json_record_write(nm_writer *w, const nm_payload *header, const nm_fields *fields,
                     const nm_aliases *aliases, nm_buffer *scratch)
{
    const nm_field *rows = fields->schema->fields;
    size_t row_count = fields->schema->field_count;
    uint8_t separator = '{';

    write_header(w, header, fields->schema, aliases);
    nm_writer_literal(w, ",\"message\":");
    for (size_t row = 0; row < row_count; row++) {
        nm_slot slot = fields->slots[row];
        if ((rows[row].flags & NM_FIELD_REPEATED) != 0) {
            write_key(w, separator, &rows[row]);
            write_repeated(w, fields, row);
        } else if (slot != 0) {
            write_stored(w, fields, &rows[row], slot, separator);
        } else if (rows[row].number != 0 || !write_computed(w, fields, row, separator, scratch)) {
            continue;
        }
        separator = ',';
    }
    nm_writer_put(w, "{}}" + (separator != '{'), separator == '{' ? 3 : 2);
    return w->status;
}
