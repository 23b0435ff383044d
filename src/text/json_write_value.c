/* SPDX-License-Identifier: Apache-2.0 */
/* One value of a field as JSON: what each kind looks like. */
#include "base/address.h"
#include "base/ascii.h"
#include "base/base64.h"
#include "base/json_write.h"
#include "base/real.h"
#include "base/timestamp.h"
#include "dns/constants.h"
#include "dns/message.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "message/index.h"
#include "text/ip_protocol.h"
#include "text/json_encoded.h"
#include "text/json_record.h"
#include "text/json_value.h"
#include "text/value_bits.h"

static void
write_bytes(nm_writer *w, nm_span bytes)
{
    if (bytes.len == 0) {
        nm_writer_literal(w, "null");
        return;
    }
    nm_writer_octet(w, '"');
    nm_base64_encode(w, bytes);
    nm_writer_octet(w, '"');
}

static void
write_address(nm_writer *w, nm_span address)
{
    uint8_t *to = nm_writer_room(w, NM_JSON_NUMBER_ROOM);
    if (to == NULL) {
        return;
    }
    size_t len = nm_address_format(address, (char *)to + 1);
    if (len == 0) {
        nm_writer_literal(w, "null");
        return;
    }
    to[0] = '"';
    to[len + 1] = '"';
    nm_writer_advance(w, len + 2);
}

static void
write_domain_name(nm_writer *w, nm_span name)
{
    if (name.len == 0 || name.len > NM_DNS_NAME_MAX) {
        nm_writer_literal(w, "\"\"");
        return;
    }
    bool is_plain;
    uint8_t *to = nm_writer_room(w, NM_DNS_NAME_ROOM(name.len) + 2);
    if (to == NULL) {
        return;
    }
    *to = '"';
    uint8_t *end = nm_dns_name_put(to + 1, name, &is_plain);
    if (is_plain) {
        *end++ = '"';
        nm_writer_advance_to(w, end);
        return;
    }
    nm_writer_advance(w, 1);
    size_t start = nm_writer_len(w);
    nm_writer_advance_to(w, end);
    nm_json_close_string(w, start);
}

void
nm_json_rdata_write(nm_writer *w, nm_record_type type, nm_span rdata)
{
    if (nm_dns_rdata_is_address(type.type, type.rrclass, rdata)) { /* Most are. */
        write_address(w, rdata);
        return;
    }
    nm_writer_octet(w, '"');
    size_t start = nm_writer_len(w);
    if (nm_dns_rdata_format(w, type.type, type.rrclass, rdata)) {
        nm_writer_octet(w, '"');
    } else {
        nm_json_close_string(w, start);
    }
}

static void
write_message_object(nm_writer *w, nm_span message)
{
    if (nm_dns_message_json(w, message) == NM_E_PARSE) {
        nm_writer_literal(w, "null");
    }
}

static void
write_message_text(nm_writer *w, nm_span message)
{
    nm_writer_octet(w, '"');
    size_t start = nm_writer_len(w);
    if (nm_dns_message_format(w, message) == NM_E_PARSE) {
        nm_writer_literal(w, "<PARSE ERROR>");
    }
    nm_json_close_string(w, start);
}

static void
write_real(nm_writer *w, uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    if (value - value == 0) { /* Neither infinite nor no number. */
        nm_real_format(w, value);
    } else {
        nm_writer_literal(w, "null");
    }
}

/* -- into room for a number: each gives the place behind what it put -- */

/* A symbol as a string, or the number as one of 32 bits without sign. */
static uint8_t *
put_symbol(uint8_t *to, const nm_enum *symbols, uint32_t value)
{
    const char *name = nm_enum_name(symbols, (int32_t)value);
    if (name == NULL) {
        return nm_put_u64(to, value);
    }
    *to++ = '"';
    to = nm_name_put(to, name);
    *to++ = '"';
    return to;
}

/* A name, or the number as a string. */
static uint8_t *
put_name_or_digits(uint8_t *to, const char *name, uint16_t number)
{
    *to++ = '"';
    to = name != NULL ? nm_put(to, name, strlen(name)) : nm_put_u64(to, number);
    *to++ = '"';
    return to;
}

static uint8_t *
put_type(uint8_t *to, uint16_t type)
{
    *to++ = '"';
    to = nm_dns_type_put(to, type);
    *to++ = '"';
    return to;
}

static uint8_t *
put_class(uint8_t *to, uint16_t rrclass, nm_kind kind)
{
    if (kind == NM_KIND_DNS_CLASS_SIE && nm_dns_class_name(rrclass) == NULL) {
        return nm_put_literal(to, "\"<UNKNOWN>\"");
    }
    *to++ = '"';
    to = nm_dns_class_put(to, rrclass);
    *to++ = '"';
    return to;
}

static uint8_t *
put_hex32(uint8_t *to, uint32_t value)
{
    *to++ = '"';
    to += nm_number_format_hex32(value, (char *)to);
    *to++ = '"';
    return to;
}

static uint8_t *
put_epoch(uint8_t *to, uint32_t sec)
{
    *to++ = '"';
    to += nm_timestamp_format_sec(sec, (char *)to);
    *to++ = '"';
    return to;
}

uint8_t *
nm_json_number_put(uint8_t *to, const nm_field *field, uint64_t bits)
{
    switch (field->kind) {
    case NM_KIND_ENUM:
    case NM_KIND_SYMBOL:
        return put_symbol(to, field->symbols, (uint32_t)bits);
    case NM_KIND_BOOL:
        return bits != 0 ? nm_put_literal(to, "true") : nm_put_literal(to, "false");
    case NM_KIND_UINT16:
        return nm_put_u64(to, (uint16_t)bits);
    case NM_KIND_UINT32:
        return nm_put_u64(to, (uint32_t)bits);
    case NM_KIND_INT16:
        return nm_put_i64(to, (int16_t)bits);
    case NM_KIND_INT32:
        return nm_put_i64(to, (int32_t)bits);
    case NM_KIND_INT64:
        return nm_put_i64(to, (int64_t)bits);
    case NM_KIND_DNS_TYPE:
        return put_type(to, (uint16_t)bits);
    case NM_KIND_DNS_CLASS:
    case NM_KIND_DNS_CLASS_SIE:
        return put_class(to, (uint16_t)bits, field->kind);
    case NM_KIND_DNS_RCODE:
        return put_name_or_digits(to, nm_dns_rcode_name((uint16_t)bits), (uint16_t)bits);
    case NM_KIND_IP_PROTOCOL:
        return put_name_or_digits(to, nm_ip_protocol_name((uint16_t)bits), (uint16_t)bits);
    case NM_KIND_HEX32:
        return put_hex32(to, (uint32_t)bits);
    case NM_KIND_EPOCH:
        return put_epoch(to, (uint32_t)bits);
    default:
        return nm_put_u64(to, bits);
    }
}

void
nm_json_number_write(nm_writer *w, const nm_field *field, uint64_t bits)
{
    if (field->kind == NM_KIND_DOUBLE) {
        write_real(w, bits);
        return;
    }
    uint8_t *to = nm_writer_room(w, NM_JSON_NUMBER_ROOM);
    if (to != NULL) {
        nm_writer_advance_to(w, nm_json_number_put(to, field, bits));
    }
}

void
nm_json_bytes_write(nm_writer *w, const nm_fields *fields, const nm_field *field, nm_span bytes)
{
    switch (field->kind) {
    case NM_KIND_STRING:
    case NM_KIND_MLSTRING:
        nm_json_field_string(w, bytes);
        break;
    case NM_KIND_IP:
        write_address(w, bytes);
        break;
    case NM_KIND_DNS_NAME:
        write_domain_name(w, bytes);
        break;
    case NM_KIND_DNS_MESSAGE_OBJECT:
        write_message_object(w, bytes);
        break;
    case NM_KIND_DNS_MESSAGE_TEXT:
        write_message_text(w, bytes);
        break;
    case NM_KIND_ENCODED:
        nm_json_encoded_write(w, fields, bytes);
        break;
    default:
        write_bytes(w, bytes);
        break;
    }
}

void
nm_json_value_write(nm_writer *w, const nm_fields *fields, size_t row, const nm_value *value)
{
    const nm_field *field = &fields->schema->fields[row];
    if (field->kind == NM_KIND_DNS_RDATA) {
        nm_json_rdata_write(w, nm_record_type_of(fields), value->bytes);
    } else if (field->pb_type == NM_PB_BYTES) {
        nm_json_bytes_write(w, fields, field, value->bytes);
    } else {
        nm_json_number_write(w, field, nm_value_bits(field, value));
    }
}
