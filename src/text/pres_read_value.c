/* SPDX-License-Identifier: Apache-2.0 */
/* What text says, by kind: pres_value.c the other way round. */
#include "text/pres_read_value.h"

#include "base/address.h"
#include "base/ascii.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "dns/constants.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "message/index.h"
#include "text/ip_protocol.h"
#include "text/pres_read_number.h"
#include "wire/protobuf.h"

/* Texts without the octets that they stand for can be read only where these are none. */
#define NOT_HELD "absent or empty (its octets do not stand in the text)"

static const char *const expectations[NM_KIND_COUNT] = {
    [NM_KIND_ENUM] = "one of its symbols",
    [NM_KIND_BYTES] = NOT_HELD,
    [NM_KIND_STRING] = "text",
    [NM_KIND_MLSTRING] = "lines of text, ended by a line of \".\"",
    [NM_KIND_IP] = "an IP address",
    [NM_KIND_UINT16] = "an integer from 0 to 65535",
    [NM_KIND_UINT32] = "an integer from 0 to 4294967295",
    [NM_KIND_UINT64] = "an integer from 0 to 18446744073709551615",
    [NM_KIND_INT16] = "an integer from -32768 to 32767",
    [NM_KIND_INT32] = "an integer from -2147483648 to 2147483647",
    [NM_KIND_INT64] = "an integer from -9223372036854775808 to 9223372036854775807",
    [NM_KIND_DOUBLE] = "a number",
    [NM_KIND_BOOL] = "True or False",
    [NM_KIND_DNS_NAME] = "a domain name",
    [NM_KIND_DNS_TYPE] = "a record type",
    [NM_KIND_DNS_CLASS] = "a class",
    [NM_KIND_DNS_CLASS_SIE] = "a class",
    [NM_KIND_DNS_RCODE] = "a response code",
    [NM_KIND_DNS_RDATA] = "record data",
    [NM_KIND_DNS_MESSAGE] = NOT_HELD,
    [NM_KIND_DNS_MESSAGE_OBJECT] = NOT_HELD,
    [NM_KIND_DNS_MESSAGE_TEXT] = NOT_HELD,
    [NM_KIND_IP_PROTOCOL] = "a protocol's name or number",
    [NM_KIND_HEX32] = "up to eight hexadecimal digits",
    [NM_KIND_EPOCH] = "a time from 1970-01-01 00:00:00 to 2106-02-07 06:28:15",
    [NM_KIND_SYMBOL] = "one of its symbols or an integer from 0 to 4294967295",
    [NM_KIND_ENCODED] = NOT_HELD,
    [NM_KIND_NCAP_PAYLOAD] = NOT_HELD,
};

const char *
nm_pres_value_expectation(nm_kind kind)
{
    return expectations[kind];
}

static nm_span
trim(nm_span text)
{
    while (text.len > 0 && nm_ascii_is_space(text.data[0])) {
        text = nm_span_of(text.data + 1, text.len - 1);
    }
    while (text.len > 0 && nm_ascii_is_space(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

static bool
is_text(nm_span text, const char *wanted)
{
    return nm_span_equal(text, nm_span_of_text(wanted));
}

static nm_value
unsigned_value(uint64_t value)
{
    return (nm_value){.u64 = value, .i64 = (int64_t)value};
}

/* -- numbers with names -- */

/* A name alone, or whatever a kind takes for one. */
static bool
parse_name(nm_kind kind, nm_span text, uint16_t *out)
{
    switch (kind) {
    case NM_KIND_DNS_TYPE:
        return nm_dns_type_parse(text, out);
    case NM_KIND_DNS_CLASS:
    case NM_KIND_DNS_CLASS_SIE:
        return nm_dns_class_parse(text, out);
    case NM_KIND_DNS_RCODE:
        return nm_dns_rcode_parse(text, out);
    default:
        return text.len > 0 && !nm_ascii_is_digit(text.data[0]) && nm_ip_protocol_parse(text, out);
    }
}

/* Where " (number)" starts; SIZE_MAX if the text does not end so. */
static size_t
find_number(nm_span text, uint64_t *out)
{
    if (text.len == 0 || text.data[text.len - 1] != ')') {
        return SIZE_MAX;
    }
    for (size_t i = text.len - 1; i > 1; i--) {
        if (text.data[i - 1] == '(' && text.data[i - 2] == ' ') {
            nm_span digits = nm_span_of(text.data + i, text.len - 1 - i);
            return nm_number_parse_u64(digits, out) && *out <= UINT16_MAX ? i - 2 : SIZE_MAX;
        }
    }
    return SIZE_MAX;
}

bool
nm_pres_named_number_parse(nm_kind kind, nm_span text, uint16_t *out)
{
    uint16_t named;
    uint64_t number;
    nm_value integer;
    text = trim(text);
    size_t name_len = find_number(text, &number);
    if (name_len != SIZE_MAX) {
        nm_span name = nm_span_of(text.data, name_len);
        bool is_same = is_text(name, "<UNKNOWN>") ||
                       (parse_name(kind, name, &named) && named == (uint16_t)number);
        *out = is_same ? (uint16_t)number : *out;
        return is_same;
    }
    if (parse_name(kind, text, out)) {
        return true;
    }
    if (!nm_pres_integer_parse(text, 0, UINT16_MAX, &integer)) {
        return false;
    }
    *out = (uint16_t)integer.u64;
    return true;
}

/* -- other numbers -- */

/* "<UNKNOWN ENUM VAL=7>" */
static bool
parse_unknown_enum(nm_span text, uint64_t *out)
{
    static const char before[] = "<UNKNOWN ENUM VAL=";
    enum { LEN = sizeof before - 1 };
    return text.len > LEN + 1 && memcmp(text.data, before, LEN) == 0 &&
           text.data[text.len - 1] == '>' &&
           nm_number_parse_u64(nm_span_of(text.data + LEN, text.len - LEN - 1), out) &&
           *out <= UINT32_MAX;
}

static bool
parse_symbol(const nm_field *field, nm_span text, nm_value *out)
{
    int32_t number;
    uint64_t unknown;
    if (nm_enum_value_of(field->symbols, text, &number)) {
        *out = (nm_value){.u64 = (uint32_t)number, .i64 = number};
        return true;
    }
    if (parse_unknown_enum(text, &unknown)) {
        *out = (nm_value){.u64 = unknown, .i64 = (int32_t)(uint32_t)unknown};
        return true;
    }
    return field->kind == NM_KIND_SYMBOL && nm_pres_integer_parse(text, 0, UINT32_MAX, out);
}

static bool
parse_bool(nm_span text, nm_value *out)
{
    bool is_true = is_text(text, "True");
    *out = unsigned_value(is_true);
    return is_true || is_text(text, "False");
}

static bool
parse_hex(nm_span text, nm_value *out)
{
    uint32_t number = 0;
    bool is_good = nm_number_parse_hex32(text, &number);
    *out = unsigned_value(number);
    return is_good;
}

static bool
parse_epoch(nm_span text, nm_value *out)
{
    int64_t sec = 0;
    bool is_good = nm_timestamp_parse_sec(text, &sec) && sec >= 0 && sec <= UINT32_MAX;
    *out = unsigned_value((uint64_t)sec);
    return is_good;
}

static bool
parse_number(const nm_field *field, nm_span text, nm_value *out)
{
    uint16_t named = 0;
    switch (field->kind) {
    case NM_KIND_ENUM:
    case NM_KIND_SYMBOL:
        return parse_symbol(field, text, out);
    case NM_KIND_BOOL:
        return parse_bool(text, out);
    case NM_KIND_UINT16:
        return nm_pres_integer_parse(text, 0, UINT16_MAX, out);
    case NM_KIND_UINT32:
        return nm_pres_integer_parse(text, 0, UINT32_MAX, out);
    case NM_KIND_UINT64:
        return nm_pres_integer_parse(text, 0, UINT64_MAX, out);
    case NM_KIND_INT16:
        return nm_pres_integer_parse(text, INT16_MIN, INT16_MAX, out);
    case NM_KIND_INT32:
        return nm_pres_integer_parse(text, INT32_MIN, INT32_MAX, out);
    case NM_KIND_INT64:
        return nm_pres_integer_parse(text, INT64_MIN, INT64_MAX, out);
    case NM_KIND_DOUBLE:
        return nm_pres_real_parse(text, &out->real);
    case NM_KIND_HEX32:
        return parse_hex(text, out);
    case NM_KIND_EPOCH:
        return parse_epoch(text, out);
    default: {
        bool is_good = nm_pres_named_number_parse(field->kind, text, &named);
        *out = unsigned_value(named);
        return is_good;
    }
    }
}

/* -- octets -- */

/* Text up to its first NUL, and a NUL. */
static nm_status
encode_string(const nm_field *field, nm_span text, nm_buffer *out)
{
    const uint8_t *nul = text.len > 0 ? memchr(text.data, 0, text.len) : NULL;
    size_t len = nul != NULL ? (size_t)(nul - text.data) : text.len;
    nm_status status = nm_buffer_reserve(out, 2 * NM_VARINT_MAX + len + 1);
    if (status != NM_OK) {
        return status;
    }
    uint8_t *to = nm_pb_put_tag(out->data + out->len, field->number, NM_WIRE_BYTES);
    to = nm_pb_put_varint(to, len + 1);
    if (len > 0) {
        memcpy(to, text.data, len);
    }
    to[len] = 0;
    out->len = (size_t)(to + len + 1 - out->data);
    return NM_OK;
}

static nm_status
encode_bytes(const nm_field *field, const uint8_t *octets, size_t len, nm_buffer *out)
{
    nm_value value = {.bytes = nm_span_of(octets, len)};
    return nm_value_encode(field, &value, out);
}

/* What is shown of octets that are none. */
static nm_status
encode_nothing(const nm_field *field, nm_span text, const char *shown, nm_buffer *out)
{
    return is_text(text, shown) ? encode_bytes(field, NULL, 0, out) : NM_E_PARSE;
}

static nm_status
encode_address(const nm_field *field, nm_span text, nm_buffer *out)
{
    uint8_t address[NM_IPV6_LEN];
    size_t len = nm_address_parse(text, address);
    return len > 0 ? encode_bytes(field, address, len, out)
                   : encode_nothing(field, text, "<INVALID IP len=0>", out);
}

static nm_status
encode_name(const nm_field *field, nm_span text, nm_buffer *out)
{
    uint8_t name[NM_DNS_NAME_MAX];
    size_t len;
    nm_status status = nm_dns_name_parse(text, name, &len);
    return status == NM_OK ? encode_bytes(field, name, len, out) : status;
}

static nm_status
encode_record_data(const nm_field *field, nm_span text, nm_record_type type, nm_buffer *scratch,
                   nm_buffer *out, nm_error *detail)
{
    scratch->len = 0;
    nm_status status = nm_dns_rdata_parse(text, type.type, type.rrclass, scratch, detail);
    return status == NM_OK ? encode_bytes(field, scratch->data, scratch->len, out) : status;
}

nm_status
nm_pres_value_encode(const nm_field *field, nm_span text, nm_record_type type, nm_buffer *scratch,
                     nm_buffer *out, nm_error *detail)
{
    nm_value value = {.u64 = 0};
    switch (field->kind) {
    case NM_KIND_STRING:
    case NM_KIND_MLSTRING:
        return encode_string(field, text, out);
    case NM_KIND_BYTES:
    case NM_KIND_ENCODED:
        return encode_nothing(field, trim(text), "<BYTE ARRAY LEN=0>", out);
    case NM_KIND_NCAP_PAYLOAD:
        return encode_nothing(field, trim(text), "<DECODING ERROR>", out);
    case NM_KIND_DNS_MESSAGE:
    case NM_KIND_DNS_MESSAGE_OBJECT:
    case NM_KIND_DNS_MESSAGE_TEXT:
        return NM_E_PARSE; /* Even no octets at all are a message that cannot be parsed. */
    case NM_KIND_IP:
        return encode_address(field, trim(text), out);
    case NM_KIND_DNS_NAME:
        return encode_name(field, trim(text), out);
    case NM_KIND_DNS_RDATA:
        return encode_record_data(field, text, type, scratch, out, detail);
    default:
        return parse_number(field, trim(text), &value) ? nm_value_encode(field, &value, out)
                                                       : NM_E_PARSE;
    }
}
