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

/* -- into room for a number: each gives the place behind what it put -- */

static uint8_t *
put_enum(uint8_t *to, const nm_enum *symbols, uint32_t value)
{
    const char *name = nm_enum_name(symbols, (int32_t)value);
    if (name != NULL) {
        return nm_name_put(to, name);
    }
    to = nm_put_literal(to, "<UNKNOWN ENUM VAL=");
    to = nm_put_u64(to, value);
    *to++ = '>';
    return to;
}

static uint8_t *
put_symbol(uint8_t *to, const nm_enum *symbols, uint32_t value)
{
    const char *name = nm_enum_name(symbols, (int32_t)value);
    return name != NULL ? nm_name_put(to, name) : nm_put_u64(to, value);
}

/* What follows the name of a number: " (1)". */
static uint8_t *
put_in_brackets(uint8_t *to, uint16_t number)
{
    to = nm_put_literal(to, " (");
    to = nm_put_u64(to, number);
    *to++ = ')';
    return to;
}

#define UNKNOWN "<UNKNOWN>"

/* "A (1)"; a number without a name is "<UNKNOWN> (65280)". */
static uint8_t *
put_named_number(uint8_t *to, const char *name, uint16_t number)
{
    to = name != NULL ? nm_put(to, name, strlen(name)) : nm_put_literal(to, UNKNOWN);
    return put_in_brackets(to, number);
}

static uint8_t *
put_type(uint8_t *to, uint16_t type)
{
    bool is_named = nm_dns_type_name(type) != NULL;
    to = is_named ? nm_dns_type_put(to, type) : nm_put_literal(to, UNKNOWN);
    return put_in_brackets(to, type);
}

static uint8_t *
put_sie_class(uint8_t *to, uint16_t rrclass)
{
    bool is_named = nm_dns_class_name(rrclass) != NULL;
    to = is_named ? nm_dns_class_put(to, rrclass) : nm_put_literal(to, UNKNOWN);
    return put_in_brackets(to, rrclass);
}

/* "UDP (17)"; a number without a name stands alone. */
static uint8_t *
put_protocol(uint8_t *to, uint16_t protocol)
{
    const char *name = nm_ip_protocol_name(protocol);
    return name != NULL ? put_named_number(to, name, protocol) : nm_put_u64(to, protocol);
}

uint8_t *
nm_pres_number_put(uint8_t *to, const nm_field *field, uint64_t bits)
{
    switch (field->kind) {
    case NM_KIND_ENUM:
        return put_enum(to, field->symbols, (uint32_t)bits);
    case NM_KIND_SYMBOL:
        return put_symbol(to, field->symbols, (uint32_t)bits);
    case NM_KIND_BOOL:
        return bits != 0 ? nm_put_literal(to, "True") : nm_put_literal(to, "False");
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
    case NM_KIND_DNS_CLASS: /* Also one without a name: "CLASS77 (77)". */
        return put_in_brackets(nm_dns_class_put(to, (uint16_t)bits), (uint16_t)bits);
    case NM_KIND_DNS_CLASS_SIE:
        return put_sie_class(to, (uint16_t)bits);
    case NM_KIND_DNS_RCODE:
        return put_named_number(to, nm_dns_rcode_name((uint16_t)bits), (uint16_t)bits);
    case NM_KIND_IP_PROTOCOL:
        return put_protocol(to, (uint16_t)bits);
    case NM_KIND_HEX32:
        return to + nm_number_format_hex32((uint32_t)bits, (char *)to);
    case NM_KIND_EPOCH:
        return to + nm_timestamp_format_sec((uint32_t)bits, (char *)to);
    default:
        return nm_put_u64(to, bits);
    }
}

static void
write_real(nm_writer *w, uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    nm_real_format_short(w, value);
}

void
nm_pres_number_write(nm_writer *w, const nm_field *field, uint64_t bits)
{
    if (field->kind == NM_KIND_DOUBLE) {
        write_real(w, bits);
        return;
    }
    uint8_t *to = nm_writer_room(w, NM_PRES_NUMBER_ROOM);
    if (to != NULL) {
        nm_writer_advance_to(w, nm_pres_number_put(to, field, bits));
    }
}

void
nm_pres_bytes_write(nm_writer *w, const nm_field *field, nm_span bytes)
{
    switch (field->kind) {
    case NM_KIND_STRING:
    case NM_KIND_MLSTRING:
        write_string(w, bytes);
        break;
    case NM_KIND_IP:
        write_address(w, bytes);
        break;
    case NM_KIND_DNS_NAME:
        if (bytes.len > 0 && bytes.len <= NM_DNS_NAME_MAX) {
            (void)nm_dns_name_format(w, bytes); /* Nothing of it is special here. */
        }
        break;
    case NM_KIND_DNS_MESSAGE:
    case NM_KIND_DNS_MESSAGE_OBJECT:
    case NM_KIND_DNS_MESSAGE_TEXT:
        write_message(w, bytes);
        break;
    default:
        write_bytes(w, bytes);
        break;
    }
}

void
nm_pres_rdata_write(nm_writer *w, nm_record_type type, nm_span rdata)
{
    if (nm_dns_rdata_is_address(type.type, type.rrclass, rdata)) { /* Most are. */
        write_address(w, rdata);
    } else {
        (void)nm_dns_rdata_format(w, type.type, type.rrclass, rdata); /* Nor here. */
    }
}

nm_status
nm_pres_value_write(nm_writer *w, const nm_fields *fields, size_t row, const nm_value *value)
{
    const nm_field *field = &fields->schema->fields[row];
    if (field->kind == NM_KIND_DNS_RDATA) {
        nm_pres_rdata_write(w, nm_record_type_of(fields), value->bytes);
    } else if (field->pb_type == NM_PB_BYTES) {
        nm_pres_bytes_write(w, field, value->bytes);
    } else {
        nm_pres_number_write(w, field, nm_value_bits(field, value));
    }
    return w->status;
}
