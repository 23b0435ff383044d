/* SPDX-License-Identifier: Apache-2.0 */
/* One value of a field as presentation text: what each kind looks like. */
#include "text/pres_value.h"

#include "base/address.h"
#include "base/real.h"
#include "base/timestamp.h"
#include "dns/constants.h"
#include "dns/message.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "message/index.h"
#include "text/ip_protocol.h"
#include "text/record_type.h"
#include "text/value_bits.h"

static void
write_string(nm_writer *w, nm_span text)
{
    const uint8_t *nul = text.len > 0 ? memchr(text.data, 0, text.len) : NULL;
    nm_writer_put(w, text.data, nul != NULL ? (size_t)(nul - text.data) : text.len);
}

static void
write_bytes(nm_writer *w, nm_span bytes)
{
    nm_writer_literal(w, "<BYTE ARRAY LEN=");
    nm_writer_u64(w, bytes.len);
    nm_writer_octet(w, '>');
}

static void
write_address(nm_writer *w, nm_span address)
{
    uint8_t *to = nm_writer_room(w, NM_ADDRESS_TEXT_MAX);
    if (to == NULL) {
        return;
    }
    size_t len = nm_address_format(address, (char *)to);
    if (len > 0) {
        nm_writer_advance(w, len);
        return;
    }
    nm_writer_literal(w, "<INVALID IP len=");
    nm_writer_u64(w, address.len);
    nm_writer_octet(w, '>');
}

static void
write_message(nm_writer *w, nm_span message)
{
    if (nm_dns_message_format(w, message) == NM_E_PARSE) {
        nm_writer_literal(w, "<PARSE ERROR>");
    }
}

static void
write_record_data(nm_writer *w, const nm_fields *fields, nm_span rdata)
{
    nm_record_type type = nm_record_type_of(fields);
    nm_dns_rdata_format(w, type.type, type.rrclass, rdata);
}

static void
write_enum(nm_writer *w, const nm_enum *symbols, uint32_t value)
{
    const char *name = nm_enum_name(symbols, (int32_t)value);
    if (name != NULL) {
        nm_writer_text(w, name);
        return;
    }
    nm_writer_literal(w, "<UNKNOWN ENUM VAL=");
    nm_writer_u64(w, value);
    nm_writer_octet(w, '>');
}

static void
write_symbol(nm_writer *w, const nm_enum *symbols, uint32_t value)
{
    const char *name = nm_enum_name(symbols, (int32_t)value);
    if (name != NULL) {
        nm_writer_text(w, name);
    } else {
        nm_writer_u64(w, value);
    }
}

/* "A (1)"; a number without a name is "<UNKNOWN> (65280)". */
static void
write_named_number(nm_writer *w, const char *name, uint16_t number)
{
    nm_writer_text(w, name != NULL ? name : "<UNKNOWN>");
    nm_writer_literal(w, " (");
    nm_writer_u64(w, number);
    nm_writer_octet(w, ')');
}

/* The same, but "CLASS77 (77)". */
static void
write_class(nm_writer *w, uint16_t rrclass)
{
    nm_dns_class_format(w, rrclass);
    nm_writer_literal(w, " (");
    nm_writer_u64(w, rrclass);
    nm_writer_octet(w, ')');
}

/* "UDP (17)"; a number without a name stands alone. */
static void
write_protocol(nm_writer *w, uint16_t protocol)
{
    const char *name = nm_ip_protocol_name(protocol);
    if (name != NULL) {
        write_named_number(w, name, protocol);
    } else {
        nm_writer_u64(w, protocol);
    }
}

static void
write_hex32(nm_writer *w, uint32_t value)
{
    uint8_t *to = nm_writer_room(w, NM_NUMBER_TEXT_MAX);
    if (to != NULL) {
        nm_writer_advance(w, nm_number_format_hex32(value, (char *)to));
    }
}

static void
write_epoch(nm_writer *w, uint32_t sec)
{
    uint8_t *to = nm_writer_room(w, NM_TIMESTAMP_TEXT_MAX);
    if (to != NULL) {
        nm_writer_advance(w, nm_timestamp_format_sec(sec, (char *)to));
    }
}

/* Values of the kinds that are numbers in the message. */
static void
write_numeric(nm_writer *w, const nm_field *field, uint64_t bits)
{
    switch (field->kind) {
    case NM_KIND_ENUM:
        write_enum(w, field->symbols, (uint32_t)bits);
        break;
    case NM_KIND_SYMBOL:
        write_symbol(w, field->symbols, (uint32_t)bits);
        break;
    case NM_KIND_BOOL:
        nm_writer_text(w, bits != 0 ? "True" : "False");
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
        write_named_number(w, nm_dns_type_name((uint16_t)bits), (uint16_t)bits);
        break;
    case NM_KIND_DNS_CLASS:
        write_class(w, (uint16_t)bits);
        break;
    case NM_KIND_DNS_CLASS_SIE:
        write_named_number(w, nm_dns_class_name((uint16_t)bits), (uint16_t)bits);
        break;
    case NM_KIND_DNS_RCODE:
        write_named_number(w, nm_dns_rcode_name((uint16_t)bits), (uint16_t)bits);
        break;
    case NM_KIND_IP_PROTOCOL:
        write_protocol(w, (uint16_t)bits);
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

nm_status
nm_pres_value_write(nm_writer *w, const nm_fields *fields, size_t row, const nm_value *value)
{
    const nm_field *field = &fields->schema->fields[row];
    switch (field->kind) {
    case NM_KIND_STRING:
    case NM_KIND_MLSTRING:
        write_string(w, value->bytes);
        break;
    case NM_KIND_BYTES:
    case NM_KIND_ENCODED:
    case NM_KIND_NCAP_PAYLOAD:
        write_bytes(w, value->bytes);
        break;
    case NM_KIND_IP:
        write_address(w, value->bytes);
        break;
    case NM_KIND_DOUBLE:
        nm_real_format_short(w, value->real);
        break;
    case NM_KIND_DNS_NAME:
        if (value->bytes.len > 0 && value->bytes.len <= NM_DNS_NAME_MAX) {
            nm_dns_name_format(w, value->bytes);
        }
        break;
    case NM_KIND_DNS_RDATA:
        write_record_data(w, fields, value->bytes);
        break;
    case NM_KIND_DNS_MESSAGE:
    case NM_KIND_DNS_MESSAGE_OBJECT:
    case NM_KIND_DNS_MESSAGE_TEXT:
        write_message(w, value->bytes);
        break;
    default:
        write_numeric(w, field, nm_value_bits(field, value));
        break;
    }
    return w->status;
}
