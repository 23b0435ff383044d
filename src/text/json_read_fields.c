/* SPDX-License-Identifier: Apache-2.0 */
/* Members become fields: each value is converted and encoded straight behind the one before. */
#include "text/json_read_fields.h"

#include "base/address.h"
#include "base/ascii.h"
#include "base/base64.h"
#include "dns/constants.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "message/index.h"
#include "text/json_plain.h"
#include "text/json_read_number.h"
#include "wire/protobuf.h"

/* Octets of a length field of one octet, which is what most need. */
enum { SHORT_LENGTH = 1, LEAD_MAX = 2 * NM_VARINT_MAX };

/* Fields with higher numbers are encoded last, and searched for. */
enum { WORD_BITS = 64, NUMBER_WORDS = 2, LOW_NUMBERS = NUMBER_WORDS * WORD_BITS };

/* What is being worked on. */
typedef struct encoder {
    nm_json_reader *reader;
    const nm_schema *schema;
    const nm_json_value *rows;
    nm_json_scratch *scratch;
    nm_buffer *data;
    size_t content;                 /* Where the content of a field of bytes starts in `data`. */
    uint64_t numbers[NUMBER_WORDS]; /* A bit for each field number that the message will have, */
    uint8_t row_of[LOW_NUMBERS];    /* and the rows of these. */
    bool has_looked_for_type;
    bool has_type; /* Type and class of the records are known; what follows is valid then. */
    uint16_t rrtype;
    uint16_t rrclass;
} encoder;

/* What values of each kind have to be, to follow "expected <field> to be". */
static const char *const expectations[NM_KIND_COUNT] = {
    [NM_KIND_ENUM] = "one of its symbols or a 32-bit integer",
    [NM_KIND_BYTES] = "a base64 string or an object with one as b64",
    [NM_KIND_STRING] = "a string",
    [NM_KIND_MLSTRING] = "a string",
    [NM_KIND_IP] = "an IP address",
    [NM_KIND_UINT16] = "an integer from 0 to 65535",
    [NM_KIND_UINT32] = "an integer from 0 to 4294967295",
    [NM_KIND_UINT64] = "an integer from 0 to 18446744073709551615",
    [NM_KIND_INT16] = "an integer from -32768 to 32767",
    [NM_KIND_INT32] = "an integer from -2147483648 to 2147483647",
    [NM_KIND_INT64] = "an integer from -9223372036854775808 to 9223372036854775807",
    [NM_KIND_DOUBLE] = "a number",
    [NM_KIND_BOOL] = "true or false",
    [NM_KIND_DNS_NAME] = "a domain name",
    [NM_KIND_DNS_TYPE] = "a record type",
    [NM_KIND_DNS_CLASS] = "a class",
    [NM_KIND_DNS_CLASS_SIE] = "a class",
    [NM_KIND_DNS_RCODE] = "a response code",
    [NM_KIND_DNS_RDATA] = "record data",
    [NM_KIND_DNS_MESSAGE] = "a base64 string or an object with one as b64",
    [NM_KIND_DNS_MESSAGE_OBJECT] = "a base64 string or an object with one as b64",
    [NM_KIND_DNS_MESSAGE_TEXT] = "text",
    [NM_KIND_IP_PROTOCOL] = "a protocol name or number as a string",
    [NM_KIND_HEX32] = "a string of up to eight hexadecimal digits",
    [NM_KIND_EPOCH] = "a time from 1970-01-01 00:00:00 to 2106-02-07 06:28:15",
    [NM_KIND_SYMBOL] = "one of its symbols or a 32-bit integer",
    [NM_KIND_ENCODED] = "a base64 string or an object with one as b64",
    [NM_KIND_NCAP_PAYLOAD] = "a base64 string or an object with one as b64",
};

static nm_status
reject(encoder *e, const nm_field *field, const nm_json_value *value)
{
    return nm_json_reject(e->reader, value, field->name, expectations[field->kind]);
}

/* Hand a status other than NM_OK on, with a sentence. */
static nm_status
give_up(encoder *e, const nm_field *field, const nm_json_value *value, nm_status status)
{
    return nm_json_give_up(e->reader, value, field->name, status);
}

/* get_text() of whatever is not verbatim. */
static nm_status
decode_text(encoder *e, const nm_field *field, const nm_json_value *value, nm_span *out)
{
    if (value->kind != NM_JSON_STRING) {
        return reject(e, field, value);
    }
    nm_status status = nm_json_string_get(value, e->scratch, out);
    return status == NM_OK ? NM_OK : give_up(e, field, value, status);
}

/* What a string says; NM_E_PARSE if the value is none. */
static inline nm_status
get_text(encoder *e, const nm_field *field, const nm_json_value *value, nm_span *out)
{
    if (value->kind == NM_JSON_STRING && value->is_verbatim) {
        *out = value->text;
        return NM_OK;
    }
    return decode_text(e, field, value, out);
}

/* Begin a field of bytes whose content will be appended to `data`; there is room for `room`. */
static nm_status
begin_bytes(encoder *e, const nm_field *field, size_t room)
{
    nm_status status = nm_buffer_reserve(e->data, LEAD_MAX + room);
    if (status == NM_OK) {
        uint8_t *start = e->data->data + e->data->len;
        uint8_t *end = nm_pb_put_tag(start, field->number, NM_WIRE_BYTES);
        e->data->len += (size_t)(end - start) + SHORT_LENGTH;
        e->content = e->data->len;
    }
    return status;
}

/* The content is there: write its length in front, moving it where the length needs more room. */
static nm_status
end_bytes(encoder *e)
{
    size_t len = e->data->len - e->content;
    size_t more = nm_pb_varint_len(len) - SHORT_LENGTH;
    if (more > 0) {
        nm_status status = nm_buffer_reserve(e->data, more);
        if (status != NM_OK) {
            return status;
        }
        uint8_t *content = e->data->data + e->content;
        memmove(content + more, content, len);
        e->data->len += more;
    }
    (void)nm_pb_put_varint(e->data->data + e->content - SHORT_LENGTH, len); /* Its end is known. */
    return NM_OK;
}

static nm_status
encode_octets(encoder *e, const nm_field *field, const void *octets, size_t len)
{
    nm_status status = begin_bytes(e, field, len);
    if (status != NM_OK) {
        return status;
    }
    memcpy(e->data->data + e->data->len, octets, len);
    e->data->len += len;
    return end_bytes(e);
}

/* Text up to its first NUL, and a NUL. */
static nm_status
encode_string(encoder *e, const nm_field *field, const nm_json_value *value)
{
    size_t room = value->is_verbatim ? value->text.len : NM_JSON_DECODED_MAX(value->text.len);
    nm_status status = begin_bytes(e, field, room + 1);
    if (status != NM_OK) {
        return status;
    }
    uint8_t *to = e->data->data + e->content;
    size_t len = value->text.len;
    if (value->is_verbatim) {
        memcpy(to, value->text.data, len);
    } else {
        len = nm_json_string_decode(value->text, to);
        const uint8_t *nul = memchr(to, 0, len);
        len = nul != NULL ? (size_t)(nul - to) : len;
    }
    to[len] = 0;
    e->data->len += len + 1;
    return end_bytes(e);
}

/* The value of the last member b64 of an object; absent if it has none. */
static nm_json_value
find_base64(encoder *e, const nm_json_value *object)
{
    nm_json_reader r = nm_json_again(e->reader, object);
    nm_json_value found = {.kind = NM_JSON_ABSENT};
    nm_json_value key;
    nm_json_value member;

    (void)nm_json_next(&r, &member); /* The bracket. */
    while (nm_json_next_member(&r, &key, &member) == NM_JSON_KEY) {
        if (nm_span_equal(nm_json_name_get(&key, e->scratch), nm_span_of_text("b64"))) {
            found = member;
        }
    }
    return found;
}

static nm_status
encode_base64(encoder *e, const nm_field *field, const nm_json_value *value)
{
    nm_json_value string = value->kind == NM_JSON_OBJECT ? find_base64(e, value) : *value;
    nm_span text = {.data = NULL};
    if (string.kind != NM_JSON_STRING) {
        return reject(e, field, value);
    }
    nm_status status = get_text(e, field, &string, &text);
    if (status == NM_OK) {
        status = begin_bytes(e, field, NM_BASE64_DECODED_MAX(text.len));
    }
    if (status != NM_OK) {
        return status;
    }
    e->data->len += nm_base64_decode(text, e->data->data + e->data->len);
    return end_bytes(e);
}

static nm_status
encode_address(encoder *e, const nm_field *field, const nm_json_value *value)
{
    uint8_t address[NM_IPV6_LEN];
    nm_span text = {.data = NULL};
    nm_status status = get_text(e, field, value, &text);
    if (status != NM_OK) {
        return status;
    }
    size_t len = nm_address_parse(text, address);
    return len > 0 ? encode_octets(e, field, address, len) : reject(e, field, value);
}

static nm_status
encode_name(encoder *e, const nm_field *field, const nm_json_value *value)
{
    uint8_t name[NM_DNS_NAME_MAX];
    size_t len;
    nm_span text = {.data = NULL};
    nm_status status = get_text(e, field, value, &text);
    if (status != NM_OK) {
        return status;
    }
    if (e->data->cap - e->data->len < LEAD_MAX + NM_DNS_NAME_MAX) {
        return nm_dns_name_parse(text, name, &len) == NM_OK ? encode_octets(e, field, name, len)
                                                            : reject(e, field, value);
    }
    status = begin_bytes(e, field, NM_DNS_NAME_MAX);
    if (status != NM_OK) {
        return status;
    }
    if (nm_dns_name_parse(text, e->data->data + e->content, &len) != NM_OK) {
        return reject(e, field, value);
    }
    e->data->len += len;
    return end_bytes(e);
}

/* The value of the field with protobuf number `number`; NULL if the message has none. */
static const nm_json_value *
find_value(const encoder *e, uint32_t number)
{
    if (number < LOW_NUMBERS) {
        bool is_there = (e->numbers[number / WORD_BITS] >> number % WORD_BITS & 1) != 0;
        return is_there ? &e->rows[e->row_of[number]] : NULL;
    }
    for (size_t row = 0; row < e->schema->field_count; row++) {
        if (e->schema->fields[row].number == number) {
            return &e->rows[row];
        }
    }
    return NULL;
}

/* Read the field with protobuf number `number` as a string that `parse` understands. */
static bool
get_mnemonic(encoder *e, uint32_t number, bool (*parse)(nm_span, uint16_t *), uint16_t *out)
{
    const nm_json_value *value = find_value(e, number);
    return value != NULL && value->kind == NM_JSON_STRING &&
           parse(nm_json_name_get(value, e->scratch), out);
}

static nm_status
encode_record_data(encoder *e, const nm_field *field, const nm_json_value *value)
{
    if (!e->has_looked_for_type) {
        e->has_looked_for_type = true;
        e->has_type = get_mnemonic(e, e->schema->rrtype, nm_dns_type_parse, &e->rrtype) &&
                      get_mnemonic(e, e->schema->rrclass, nm_dns_class_parse, &e->rrclass);
    }
    if (!e->has_type) {
        return nm_json_reject(e->reader, value, field->name,
                              "in a message with type and class of the record");
    }
    nm_span text = {.data = NULL};
    nm_status status = get_text(e, field, value, &text);
    if (status == NM_OK) {
        status = begin_bytes(e, field, 0);
    }
    if (status != NM_OK) {
        return status;
    }
    nm_error detail;
    status = nm_dns_rdata_parse(text, e->rrtype, e->rrclass, e->data, &detail);
    if (status == NM_E_PARSE) {
        nm_error sentence;
        nm_error_fill(&sentence, NM_E_PARSE, 0, 0, "record data of its type (%s)", detail.message);
        return nm_json_reject(e->reader, value, field->name, sentence.message);
    }
    return status == NM_OK ? end_bytes(e) : status;
}

static nm_status
encode_number(encoder *e, const nm_field *field, const nm_json_value *value)
{
    nm_span text = {.data = NULL, .len = 0};
    uint64_t number;
    if (value->kind == NM_JSON_STRING) {
        nm_status status = get_text(e, field, value, &text);
        if (status != NM_OK) {
            return status;
        }
    }
    return nm_json_number_get(field, value, text, &number) ? nm_bits_encode(field, number, e->data)
                                                           : reject(e, field, value);
}

/* A value of a field of bytes. */
static nm_status
encode_bytes(encoder *e, const nm_field *field, const nm_json_value *value)
{
    switch (field->kind) {
    case NM_KIND_STRING:
    case NM_KIND_MLSTRING:
        return value->kind == NM_JSON_STRING ? encode_string(e, field, value)
                                             : reject(e, field, value);
    case NM_KIND_BYTES:
    case NM_KIND_DNS_MESSAGE:
    case NM_KIND_DNS_MESSAGE_OBJECT:
    case NM_KIND_ENCODED:
    case NM_KIND_NCAP_PAYLOAD:
        return encode_base64(e, field, value);
    case NM_KIND_IP:
        return encode_address(e, field, value);
    case NM_KIND_DNS_NAME:
        return encode_name(e, field, value);
    case NM_KIND_DNS_RDATA:
        return encode_record_data(e, field, value);
    case NM_KIND_DNS_MESSAGE_TEXT:
        return NM_OK; /* Text of a message cannot be made a message again: left out. */
    default:
        return reject(e, field, value); /* No table has such a field. */
    }
}

static inline nm_status
encode_value(encoder *e, const nm_field *field, const nm_json_value *value)
{
    return field->pb_type == NM_PB_BYTES ? encode_bytes(e, field, value)
                                         : encode_number(e, field, value);
}

/* The values of what nm_json_plain_array() has read. */
static nm_status
encode_plain(encoder *e, const nm_field *field, const nm_json_value *array)
{
    const uint8_t *p = array->text.data;
    const uint8_t *bracket = p + array->text.len - 1;
    nm_json_value value;
    while (p != bracket) {
        p = nm_json_plain_item(p, bracket, &value);
        nm_status status = encode_value(e, field, &value);
        if (status != NM_OK) {
            return status;
        }
    }
    return NM_OK;
}

static nm_status
encode_repeated(encoder *e, const nm_field *field, const nm_json_value *array)
{
    nm_json_value value;
    if (array->kind != NM_JSON_ARRAY) {
        return nm_json_reject(e->reader, array, field->name, "an array");
    }
    if (array->is_verbatim) {
        return encode_plain(e, field, array);
    }
    nm_json_reader r = nm_json_again(e->reader, array);
    (void)nm_json_next(&r, &value); /* The bracket. */
    while (nm_json_next_whole(&r, &value) != NM_JSON_END) {
        nm_status status = encode_value(e, field, &value);
        if (status != NM_OK) {
            return status;
        }
    }
    return NM_OK;
}

static bool
is_present(const nm_json_value *value)
{
    return value->kind > NM_JSON_NULL; /* Below it is NM_JSON_ABSENT. */
}

static inline nm_status
encode_row(encoder *e, size_t row)
{
    const nm_field *field = &e->schema->fields[row];
    const nm_json_value *value = &e->rows[row];
    static const nm_value zero = {.u64 = 0};
    nm_status status;

    if (!is_present(value)) {
        status = nm_value_encode(field, &zero, e->data);
    } else if ((field->flags & NM_FIELD_REPEATED) != 0) {
        status = encode_repeated(e, field, value);
    } else {
        status = encode_value(e, field, value);
    }
    return status == NM_OK ? NM_OK : give_up(e, field, value, status);
}

/* True for what the message will have: fields that are there or required. */
static inline bool
is_encoded(const nm_field *field, const nm_json_value *value)
{
    return is_present(value) || (field->flags & NM_FIELD_REQUIRED) != 0;
}

/* Note what the message will have. @return true if some of it has a number too large for that. */
static bool
note_numbers(encoder *e)
{
    uint64_t low = 0;
    uint64_t high = 0;
    bool has_large = false;
    for (size_t row = 0; row < e->schema->field_count; row++) {
        const nm_field *field = &e->schema->fields[row];
        uint32_t number = field->number;
        if (!is_encoded(field, &e->rows[row])) {
            continue;
        }
        if (number < WORD_BITS) {
            low |= UINT64_C(1) << number;
        } else if (number < LOW_NUMBERS) {
            high |= UINT64_C(1) << (number - WORD_BITS);
        } else {
            has_large = true;
            continue;
        }
        e->row_of[number] = (uint8_t)row;
    }
    e->numbers[0] = low & ~UINT64_C(1); /* 0 is no number but tells that a field is computed. */
    e->numbers[1] = high;
    return has_large;
}

/* Encode the fields with large numbers, in ascending order. */
static nm_status
encode_large_numbers(encoder *e)
{
    const nm_field *fields = e->schema->fields;
    nm_status status = NM_OK;
    uint32_t last = LOW_NUMBERS - 1;
    while (status == NM_OK) {
        size_t next = e->schema->field_count;
        for (size_t row = 0; row < e->schema->field_count; row++) {
            if (fields[row].number > last && is_encoded(&fields[row], &e->rows[row]) &&
                (next == e->schema->field_count || fields[row].number < fields[next].number)) {
                next = row;
            }
        }
        if (next == e->schema->field_count) {
            break;
        }
        last = fields[next].number;
        status = encode_row(e, next);
    }
    return status;
}

nm_status
nm_json_fields_encode(nm_json_reader *reader, const nm_schema *schema, const nm_json_value *rows,
                      nm_json_scratch *scratch, nm_buffer *data)
{
    encoder e; /* Of `row_of` only some is read, so that it is not worth while to clear it. */
    e.reader = reader;
    e.schema = schema;
    e.rows = rows;
    e.scratch = scratch;
    e.data = data;
    e.has_looked_for_type = false;
    bool has_large = note_numbers(&e);

    for (size_t word = 0; word < NUMBER_WORDS; word++) {
        for (uint64_t left = e.numbers[word]; left != 0; left &= left - 1) {
            size_t number = word * WORD_BITS + (size_t)__builtin_ctzll(left);
            nm_status status = encode_row(&e, e.row_of[number]);
            if (status != NM_OK) {
                return status;
            }
        }
    }
    return has_large ? encode_large_numbers(&e) : NM_OK;
}
