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
#include "text/record_type.h"
#include "text/value_bits.h"

/* A string that needs no escapes. */
static void
write_name(nm_writer *w, const char *name)
{
    size_t len = strlen(name);
    uint8_t *to = nm_writer_room(w, len + 2);
    if (to == NULL) {
        return;
    }
    *to++ = '"';
    memcpy(to, name, len);
    to[len] = '"';
    nm_writer_advance(w, len + 2);
}

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
    uint8_t *to = nm_writer_room(w, NM_ADDRESS_TEXT_MAX + 2);
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
    nm_writer_octet(w, '"');
    size_t start = nm_writer_len(w);
    if (name.len > 0 && name.len <= NM_DNS_NAME_MAX) {
        nm_dns_name_format(w, name);
    }
    nm_json_close_string(w, start);
}

static void
write_record_data(nm_writer *w, const nm_fields *fields, nm_span rdata)
{
    nm_record_type type = nm_record_type_of(fields);
    nm_writer_octet(w, '"');
    size_t start = nm_writer_len(w);
    nm_dns_rdata_format(w, type.type, type.rrclass, rdata);
    nm_json_close_string(w, start);
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

/* A symbol as a string, or the number as one of 32 bits without sign. */
static void
write_symbol(nm_writer *w, const nm_enum *symbols, uint32_t value)
{
    const char *name = nm_enum_name(symbols, (int32_t)value);
    if (name != NULL) {
        write_name(w, name);
    } else {
        nm_writer_u64(w, value);
    }
}

/* A name, or the number as a string. */
static void
write_name_or_digits(nm_writer *w, const char *name, uint16_t number)
{
    if (name != NULL) {
        write_name(w, name);
        return;
    }
    nm_writer_octet(w, '"');
    nm_writer_u64(w, number);
    nm_writer_octet(w, '"');
}

static void
write_type(nm_writer *w, uint16_t type)
{
    nm_writer_octet(w, '"');
    nm_dns_type_format(w, type);
    nm_writer_octet(w, '"');
}

static void
write_class(nm_writer *w, uint16_t rrclass, nm_kind kind)
{
    if (kind == NM_KIND_DNS_CLASS_SIE && nm_dns_class_name(rrclass) == NULL) {
        nm_writer_literal(w, "\"<UNKNOWN>\"");
        return;
    }
    nm_writer_octet(w, '"');
    nm_dns_class_format(w, rrclass);
    nm_writer_octet(w, '"');
}

static void
write_hex32(nm_writer *w, uint32_t value)
{
    uint8_t *to = nm_writer_room(w, NM_NUMBER_TEXT_MAX + 2);
    if (to == NULL) {
        return;
    }
    size_t len = nm_number_format_hex32(value, (char *)to + 1);
    to[0] = '"';
    to[len + 1] = '"';
    nm_writer_advance(w, len + 2);
}

static void
write_epoch(nm_writer *w, uint32_t sec)
{
    uint8_t *to = nm_writer_room(w, NM_TIMESTAMP_TEXT_MAX + 2);
    if (to == NULL) {
        return;
    }
    size_t len = nm_timestamp_format_sec(sec, (char *)to + 1);
    to[0] = '"';
    to[len + 1] = '"';
    nm_writer_advance(w, len + 2);
}

static void
write_real(nm_writer *w, double value)
{
    if (value - value == 0) { /* Neither infinite nor no number. */
        nm_real_format(w, value);
    } else {
        nm_writer_literal(w, "null");
    }
}

/* Values of the kinds that are numbers in the message. */
static void
write_numeric(nm_writer *w, const nm_field *field, uint64_t bits)
{
    switch (field->kind) {
    case NM_KIND_ENUM:
    case NM_KIND_SYMBOL:
        write_symbol(w, field->symbols, (uint32_t)bits);
        break;
    case NM_KIND_BOOL:
        nm_writer_text(w, bits != 0 ? "true" : "false");
        break;
    case NM_KIND_UINT16:
        nm_writer_u64(w, (uint16_t)bits);
        break;
    case NM_KIND_UINT32:
        nm_writer_u64(w, (uint32_t)bits);
        break;
    case NM_KIND_INT16:
        nm_writer_i64(w, (int16_t)bits);
        break;
    case NM_KIND_INT32:
        nm_writer_i64(w, (int32_t)bits);
        break;
    case NM_KIND_INT64:
        nm_writer_i64(w, (int64_t)bits);
        break;
    case NM_KIND_DNS_TYPE:
        write_type(w, (uint16_t)bits);
        break;
    case NM_KIND_DNS_CLASS:
    case NM_KIND_DNS_CLASS_SIE:
        write_class(w, (uint16_t)bits, field->kind);
        break;
    case NM_KIND_DNS_RCODE:
        write_name_or_digits(w, nm_dns_rcode_name((uint16_t)bits), (uint16_t)bits);
        break;
    case NM_KIND_IP_PROTOCOL:
        write_name_or_digits(w, nm_ip_protocol_name((uint16_t)bits), (uint16_t)bits);
        break;
    case NM_KIND_HEX32:
        write_hex32(w, (uint32_t)bits);
        break;
    case NM_KIND_EPOCH:
        write_epoch(w, (uint32_t)bits);
        break;
    default:
        nm_writer_u64(w, bits);
        break;
    }
}

void
nm_json_value_write(nm_writer *w, const nm_fields *fields, size_t row, const nm_value *value)
{
    const nm_field *field = &fields->schema->fields[row];
    switch (field->kind) {
    case NM_KIND_STRING:
    case NM_KIND_MLSTRING:
        nm_json_field_string(w, value->bytes);
        break;
    case NM_KIND_BYTES:
    case NM_KIND_DNS_MESSAGE:
    case NM_KIND_NCAP_PAYLOAD:
        write_bytes(w, value->bytes);
        break;
    case NM_KIND_IP:
        write_address(w, value->bytes);
        break;
    case NM_KIND_DOUBLE:
        write_real(w, value->real);
        break;
    case NM_KIND_DNS_NAME:
        write_domain_name(w, value->bytes);
        break;
    case NM_KIND_DNS_RDATA:
        write_record_data(w, fields, value->bytes);
        break;
    case NM_KIND_DNS_MESSAGE_OBJECT:
        write_message_object(w, value->bytes);
        break;
    case NM_KIND_DNS_MESSAGE_TEXT:
        write_message_text(w, value->bytes);
        break;
    case NM_KIND_ENCODED:
        nm_json_encoded_write(w, fields, value->bytes);
        break;
    default:
        write_numeric(w, field, nm_value_bits(field, value));
        break;
    }
}
