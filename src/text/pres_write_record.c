/* SPDX-License-Identifier: Apache-2.0 */
/* One message as presentation text: header line, a line for each value, an empty line. */
#include "base/timestamp.h"
#include "dns/message.h"
#include "dns/name.h"
#include "message/index.h"
#include "message/registry.h"
#include "text/ncap_payload.h"
#include "text/pres_record.h"
#include "text/pres_value.h"
#include "text/record_type.h"
#include "text/value_bits.h"

static const char unknown_name[NM_NAME_ROOM] = "(unknown)";

/* What every line needs. */
typedef struct lines {
    nm_writer *w;
    const nm_fields *fields;
    nm_record_type record_type; /* Of the record data, if the type of message has any. */
    nm_span endline;
} lines;

/* Nearly always one octet. */
static inline uint8_t *
put_endline(uint8_t *to, nm_span endline)
{
    if (endline.len == 1) {
        *to = endline.data[0];
        return to + 1;
    }
    return endline.len > 0 ? nm_put(to, endline.data, endline.len) : to;
}

static void
end_line(const lines *l)
{
    uint8_t *to = nm_writer_room(l->w, l->endline.len);
    if (to != NULL) {
        nm_writer_advance_to(l->w, put_endline(to, l->endline));
    }
}

/* -- the header line -- */

/* Years of less than four digits stand without zeros in front. */
static size_t
drop_zeros(char *text, size_t len)
{
    size_t from = text[0] == '-';
    size_t to = from;
    while (text[from] == '0' && text[from + 1] != '-') {
        from++;
    }
    if (from > to) {
        memmove(text + to, text + from, len - from);
    }
    return len - (from - to);
}

/* What follows is put into room for HEADER_ROOM and the names. */
enum { HEADER_ROOM = 160 };

static uint8_t *
put_time(uint8_t *to, const nm_payload *header)
{
    size_t len = nm_timestamp_format(header->time_sec, header->time_nsec, (char *)to);
    return to + drop_zeros((char *)to, len);
}

/* Vendors without any known type count as unknown, though some have names. */
static const char *
vendor_name(uint32_t vendor, const nm_schema *schema)
{
    bool is_known = schema != NULL && schema->vendor == vendor;
    for (size_t i = 0; !is_known && i < nm_registry_schema_count(); i++) {
        is_known = nm_registry_schema(i)->vendor == vendor;
    }
    const char *name = is_known ? nm_registry_vendor_name(vendor) : NULL;
    return name != NULL ? name : unknown_name;
}

/* Numbers of types are shown with a sign, as the C library does. */
static uint8_t *
put_type(uint8_t *to, const nm_payload *header, const char *vendor, const nm_schema *schema)
{
    to = nm_put_i64(to, (int32_t)header->vendor);
    *to++ = ':';
    to = nm_put_i64(to, (int32_t)header->type);
    *to++ = ' ';
    to = nm_name_put(to, vendor);
    *to++ = ' ';
    return nm_name_put(to, schema != NULL ? schema->name : unknown_name);
}

static uint8_t *
put_source(uint8_t *to, uint32_t source)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        to = nm_put_hex(to, (uint8_t)(source >> shift));
    }
    return to;
}

static void
write_time_and_type(nm_writer *w, const nm_payload *header, const nm_schema *schema)
{
    const char *vendor = vendor_name(header->vendor, schema);
    uint8_t *to = nm_writer_room(w, HEADER_ROOM + 2 * NM_NAME_ROOM);
    if (to == NULL) {
        return;
    }
    *to++ = '[';
    to = nm_put_u64(to, header->data.len);
    to = nm_put_literal(to, "] [");
    to = put_time(to, header);
    to = nm_put_literal(to, "] [");
    to = put_type(to, header, vendor, schema);
    to = nm_put_literal(to, "] [");
    to = put_source(to, header->source);
    to = nm_put_literal(to, "] [");
    nm_writer_advance_to(w, to);
}

/* The number of an operator or group, by its name where it has one; nothing for 0. */
static void
write_alias(nm_writer *w, const nm_alias_table *table, uint32_t number)
{
    if (number == 0) {
        return;
    }
    nm_span name = nm_alias_name(table, number);
    if (name.len > 0) {
        nm_writer_span(w, name);
    } else {
        nm_writer_u64(w, number);
    }
}

static void
write_header(const lines *l, const nm_payload *header, const nm_schema *schema,
             const nm_aliases *aliases)
{
    static const nm_aliases no_aliases = {.operators = NULL, .groups = NULL};
    nm_writer *w = l->w;
    if (aliases == NULL) {
        aliases = &no_aliases;
    }
    write_time_and_type(w, header, schema);
    write_alias(w, aliases->operators, header->operator);
    nm_writer_literal(w, "] [");
    write_alias(w, aliases->groups, header->group);
    nm_writer_literal(w, "] ");
    end_line(l);
}

static void
write_unknown(const lines *l, const nm_payload *header)
{
    nm_writer_literal(l->w, "<UNKNOWN NMSG ");
    nm_writer_u64(l->w, header->vendor);
    nm_writer_octet(l->w, ':');
    nm_writer_u64(l->w, header->type);
    nm_writer_octet(l->w, '>');
    end_line(l);
}

/* -- fields -- */

enum { NAME_ROOM = NM_NAME_ROOM + 2 };

/* Put "name: " into room for NAME_ROOM. */
static uint8_t *
put_name(uint8_t *to, const nm_field *field)
{
    memcpy(to, field->name, NM_NAME_ROOM); /* Its length is at hand, but no constant. */
    return nm_put_literal(to + field->name_len, ": ");
}

/* "name: ", or "name:" in front of what starts on a line of its own. */
static void
write_name(nm_writer *w, const nm_field *field, bool has_space)
{
    uint8_t *to = nm_writer_room(w, NAME_ROOM);
    if (to != NULL) {
        nm_writer_advance_to(w, put_name(to, field) - !has_space);
    }
}

static void
write_number(const lines *l, const nm_field *field, uint64_t bits)
{
    if (field->pb_type == NM_PB_DOUBLE) {
        write_name(l->w, field, /* has_space= */ true);
        nm_pres_number_write(l->w, field, bits);
        end_line(l);
        return;
    }
    uint8_t *to = nm_writer_room(l->w, NAME_ROOM + NM_PRES_NUMBER_ROOM + 1 + l->endline.len);
    if (to == NULL) {
        return;
    }
    to = nm_pres_number_put(put_name(to, field), field, bits);
    if (field->kind == NM_KIND_IP_PROTOCOL) {
        *to++ = '\n'; /* Whatever ends lines elsewhere: the C library does so. */
    } else {
        to = put_endline(to, l->endline);
    }
    nm_writer_advance_to(l->w, to);
}

/* Text of several lines, ended by a "." that stands on a line of its own if the text ends with a
 * line end. */
static void
write_lines(const lines *l, const nm_field *field, nm_span text)
{
    write_name(l->w, field, /* has_space= */ false);
    end_line(l);
    nm_pres_bytes_write(l->w, field, text);
    nm_writer_octet(l->w, '.');
    end_line(l);
}

static void
write_message(const lines *l, const nm_field *field, nm_span message)
{
    nm_writer *w = l->w;
    write_name(w, field, /* has_space= */ true);
    size_t before = nm_writer_len(w);
    nm_writer_octet(w, '[');
    nm_writer_u64(w, message.len);
    nm_writer_literal(w, " octets]");
    end_line(l);
    if (nm_dns_message_format(w, message) == NM_E_PARSE) {
        nm_writer_cut(w, before);
        nm_writer_literal(w, "<PARSE ERROR>");
    } else {
        nm_writer_literal(w, "---");
    }
    end_line(l);
}

static void
write_domain_name(const lines *l, const nm_field *field, nm_span name)
{
    bool is_plain; /* Nothing of it is special here. */
    if (name.len == 0 || name.len > NM_DNS_NAME_MAX) {
        return;
    }
    uint8_t *to = nm_writer_room(l->w, NAME_ROOM + NM_DNS_NAME_ROOM(name.len) + l->endline.len);
    if (to != NULL) {
        to = nm_dns_name_put(put_name(to, field), name, &is_plain);
        nm_writer_advance_to(l->w, put_endline(to, l->endline));
    }
}

static void
write_bytes(const lines *l, const nm_field *field, nm_span bytes)
{
    switch (field->kind) {
    case NM_KIND_MLSTRING:
        write_lines(l, field, bytes);
        return;
    case NM_KIND_DNS_MESSAGE:
    case NM_KIND_DNS_MESSAGE_OBJECT:
    case NM_KIND_DNS_MESSAGE_TEXT:
        write_message(l, field, bytes);
        return;
    case NM_KIND_NCAP_PAYLOAD:
        write_name(l->w, field, /* has_space= */ false);
        nm_ncap_payload_write(l->w, l->fields, bytes, l->endline);
        return;
    case NM_KIND_DNS_NAME:
        write_domain_name(l, field, bytes);
        return;
    default:
        break;
    }
    write_name(l->w, field, /* has_space= */ true);
    if (field->kind == NM_KIND_DNS_RDATA) {
        nm_pres_rdata_write(l->w, l->record_type, bytes);
    } else {
        nm_pres_bytes_write(l->w, field, bytes);
    }
    end_line(l);
}

static void
write_value(const lines *l, const nm_field *field, const nm_value *value)
{
    if (field->pb_type == NM_PB_BYTES) {
        write_bytes(l, field, value->bytes);
    } else {
        write_number(l, field, nm_value_bits(field, value));
    }
}

static void
write_repeated(const lines *l, size_t row)
{
    const nm_fields *fields = l->fields;
    const nm_field *field = &fields->schema->fields[row];
    nm_values values = nm_values_begin(field, fields->payload, fields->slots[row]);
    nm_value value;
    while (nm_values_next(&values, &value)) {
        write_value(l, field, &value);
    }
}

static void
write_computed(const lines *l, size_t row, nm_buffer *scratch)
{
    nm_value value;
    nm_status status = nm_fields_shown(l->fields, row, scratch, &value);
    if (status == NM_OK) {
        write_value(l, &l->fields->schema->fields[row], &value);
    } else if (status != NM_END) {
        nm_writer_fail(l->w, status);
    }
}

/* All values of a row, stored or computed, of which it has some. */
static inline void
write_row(const lines *l, size_t row, nm_slot slot, nm_buffer *scratch)
{
    const nm_field *field = &l->fields->schema->fields[row];
    nm_span payload = l->fields->payload;
    if ((field->flags & (NM_FIELD_HIDDEN | NM_FIELD_NOPRINT)) != 0) {
        return;
    }
    if ((field->flags & NM_FIELD_REPEATED) != 0) {
        write_repeated(l, row);
    } else if (field->compute != NULL) {
        write_computed(l, row, scratch);
    } else if (field->pb_type == NM_PB_BYTES) {
        write_bytes(l, field, nm_bytes_at(payload, slot));
    } else {
        write_number(l, field, nm_bits_at(field, payload, slot));
    }
}

static void
write_fields(const lines *l, nm_buffer *scratch)
{
    const nm_field *rows = l->fields->schema->fields;
    const nm_slot *slots = l->fields->slots;
    size_t row_count = l->fields->schema->field_count;
    for (size_t row = 0; row < row_count; row++) {
        if (slots[row] != 0 || rows[row].compute != NULL) {
            write_row(l, row, slots[row], scratch);
        }
    }
}

nm_status
nm_pres_record_write(nm_writer *w, const nm_payload *header, const nm_fields *fields,
                     const nm_aliases *aliases, nm_span endline, nm_buffer *scratch)
{
    const nm_schema *schema = fields != NULL ? fields->schema : NULL;
    lines l = {.w = w, .fields = fields, .endline = endline};
    if (schema != NULL && schema->rrtype != 0) {
        l.record_type = nm_record_type_of(fields);
    }

    write_header(&l, header, schema, aliases);
    if (schema == NULL) {
        write_unknown(&l, header);
    } else {
        write_fields(&l, scratch);
    }
    nm_writer_octet(w, '\n');
    return w->status;
}
