/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, and what stands for them as text. */
#include "text/json_read_number.h"

#include "base/ascii.h"
#include "base/number.h"
#include "base/real.h"
#include "base/timestamp.h"
#include "dns/constants.h"
#include "text/ip_protocol.h"

bool
nm_json_integer_get(const nm_json_value *value, int64_t low, uint64_t high, uint64_t *out)
{
    int64_t negative;
    if (value->kind != NM_JSON_INTEGER) {
        return false;
    }
    if (nm_number_parse_u64(value->text, out)) {
        return *out <= high;
    }
    if (nm_number_parse_i64(value->text, &negative)) {
        *out = (uint64_t)negative;
        return negative >= low;
    }
    return false;
}

static bool
is_unsigned(nm_pb_type pb_type)
{
    return pb_type == NM_PB_UINT32 || pb_type == NM_PB_UINT64 || pb_type == NM_PB_FIXED32;
}

static bool
get_symbol(const nm_field *field, const nm_json_value *value, nm_span text, uint64_t *out)
{
    int32_t number;
    if (value->kind == NM_JSON_STRING) {
        if (!nm_enum_value_of_any_case(field->symbols, text, &number)) {
            return false;
        }
    } else if (nm_json_integer_get(value, INT32_MIN, UINT32_MAX, out)) {
        number = (int32_t)(uint32_t)*out; /* Symbols without a name are written unsigned. */
    } else {
        return false;
    }
    *out = is_unsigned(field->pb_type) ? (uint32_t)number : (uint64_t)(int64_t)number;
    return true;
}

static bool
get_bool(const nm_json_value *value, nm_span text, uint64_t *out)
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
        is_true = *out != 0;
    }
    *out = is_true;
    return true;
}

static bool
get_uint64(const nm_json_value *value, nm_span text, uint64_t *out)
{
    return value->kind == NM_JSON_STRING ? nm_number_take_u64(text, out) > 0
                                         : nm_json_integer_get(value, 0, UINT64_MAX, out);
}

static bool
get_epoch(nm_span text, uint64_t *out)
{
    int64_t sec;
    if (!nm_timestamp_parse_sec(text, &sec) || sec < 0 || sec > UINT32_MAX) {
        return false;
    }
    *out = (uint64_t)sec;
    return true;
}

static bool
get_double(const nm_json_value *value, uint64_t *out)
{
    double real;
    if ((value->kind != NM_JSON_INTEGER && value->kind != NM_JSON_REAL) ||
        !nm_real_parse(value->text, &real)) {
        return false;
    }
    memcpy(out, &real, sizeof *out);
    return true;
}

static bool
get_hex32(nm_span text, uint64_t *out)
{
    uint32_t number;
    if (!nm_number_parse_hex32(text, &number)) {
        return false;
    }
    *out = number;
    return true;
}

/* The kinds whose values are strings only. */
static bool
get_from_text(nm_kind kind, nm_span text, uint64_t *out)
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
    *out = number;
    return is_good;
}

bool
nm_json_number_get(const nm_field *field, const nm_json_value *value, nm_span text, uint64_t *out)
{
    switch (field->kind) {
    case NM_KIND_ENUM:
    case NM_KIND_SYMBOL:
        return get_symbol(field, value, text, out);
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
        return get_double(value, out);
    default:
        return value->kind == NM_JSON_STRING && get_from_text(field->kind, text, out);
    }
}
