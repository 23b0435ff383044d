/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, and what stands for them as text. */
#include "text/json_read_number.h"

#include "base/ascii.h"
#include "base/number.h"
#include "base/real.h"
#include "base/timestamp.h"
#include "dns/constants.h"
#include "text/ip_protocol.h"

/* An unsigned value, for whatever encoding the field has. */
static nm_value
unsigned_value(uint64_t value)
{
    return (nm_value){.u64 = value, .i64 = (int64_t)value};
}

bool
nm_json_integer_get(const nm_json_value *value, int64_t low, uint64_t high, nm_value *out)
{
    uint64_t number;
    int64_t negative;
    if (value->kind != NM_JSON_INTEGER) {
        return false;
    }
    if (nm_number_parse_u64(value->text, &number)) {
        *out = unsigned_value(number);
        return number <= high;
    }
    if (nm_number_parse_i64(value->text, &negative)) {
        *out = unsigned_value((uint64_t)negative);
        return negative >= low;
    }
    return false;
}

static bool
get_symbol(const nm_enum *symbols, const nm_json_value *value, nm_span text, nm_value *out)
{
    int32_t number;
    if (value->kind == NM_JSON_STRING) {
        if (!nm_enum_value_of_any_case(symbols, text, &number)) {
            return false;
        }
    } else if (nm_json_integer_get(value, INT32_MIN, UINT32_MAX, out)) {
        number = (int32_t)(uint32_t)out->u64; /* Symbols without a name are written unsigned. */
    } else {
        return false;
    }
    *out = (nm_value){.u64 = (uint32_t)number, .i64 = number};
    return true;
}

static bool
get_bool(const nm_json_value *value, nm_span text, nm_value *out)
{
    bool is_true = value->kind == NM_JSON_TRUE;
    if (value->kind == NM_JSON_STRING) {
        is_true = nm_ascii_equal_any_case(text, nm_span_of_text("true"));
        if (!is_true && !nm_ascii_equal_any_case(text, nm_span_of_text("false"))) {
            return false;
        }
    } else if (value->kind != NM_JSON_TRUE && value->kind != NM_JSON_FALSE) {
        if (!nm_json_integer_get(value, INT64_MIN, UINT64_MAX, out)) {
            return false;
        }
        is_true = out->u64 != 0;
    }
    *out = unsigned_value(is_true);
    return true;
}

static bool
get_uint64(const nm_json_value *value, nm_span text, nm_value *out)
{
    uint64_t number;
    if (value->kind != NM_JSON_STRING) {
        return nm_json_integer_get(value, 0, UINT64_MAX, out);
    }
    if (nm_number_take_u64(text, &number) == 0) {
        return false;
    }
    *out = unsigned_value(number);
    return true;
}

static bool
get_epoch(nm_span text, nm_value *out)
{
    int64_t sec;
    if (!nm_timestamp_parse_sec(text, &sec) || sec < 0 || sec > UINT32_MAX) {
        return false;
    }
    *out = unsigned_value((uint64_t)sec);
    return true;
}

static bool
get_hex32(nm_span text, nm_value *out)
{
    uint32_t number;
    if (!nm_number_parse_hex32(text, &number)) {
        return false;
    }
    *out = unsigned_value(number);
    return true;
}

/* The kinds whose values are strings only. */
static bool
get_from_text(nm_kind kind, nm_span text, nm_value *out)
{
    uint16_t number = 0;
    bool is_good = false;
    switch (kind) {
    case NM_KIND_DNS_TYPE:
        is_good = nm_dns_type_parse(text, &number);
        break;
    case NM_KIND_DNS_CLASS:
    case NM_KIND_DNS_CLASS_SIE:
        is_good = nm_dns_class_parse(text, &number);
        break;
    case NM_KIND_DNS_RCODE:
        is_good = nm_dns_rcode_parse(text, &number);
        break;
    case NM_KIND_IP_PROTOCOL:
        is_good = nm_ip_protocol_parse(text, &number);
        break;
    case NM_KIND_HEX32:
        return get_hex32(text, out);
    case NM_KIND_EPOCH:
        return get_epoch(text, out);
    default:
        break;
    }
    *out = unsigned_value(number);
    return is_good;
}

bool
nm_json_number_get(const nm_field *field, const nm_json_value *value, nm_span text, nm_value *out)
{
    switch (field->kind) {
    case NM_KIND_ENUM:
    case NM_KIND_SYMBOL:
        return get_symbol(field->symbols, value, text, out);
    case NM_KIND_BOOL:
        return get_bool(value, text, out);
    case NM_KIND_UINT16:
        return nm_json_integer_get(value, 0, UINT16_MAX, out);
    case NM_KIND_UINT32:
        return nm_json_integer_get(value, 0, UINT32_MAX, out);
    case NM_KIND_UINT64:
        return get_uint64(value, text, out);
    case NM_KIND_INT16:
        return nm_json_integer_get(value, INT16_MIN, INT16_MAX, out);
    case NM_KIND_INT32:
        return nm_json_integer_get(value, INT32_MIN, INT32_MAX, out);
    case NM_KIND_INT64:
        return nm_json_integer_get(value, INT64_MIN, INT64_MAX, out);
    case NM_KIND_DOUBLE:
        return (value->kind == NM_JSON_INTEGER || value->kind == NM_JSON_REAL) &&
               nm_real_parse(value->text, &out->real);
    default:
        return value->kind == NM_JSON_STRING && get_from_text(field->kind, text, out);
    }
}
