/* SPDX-License-Identifier: Apache-2.0 */
/* NmsgPayload records, both ways. */
#include "wire/payload.h"

#include "wire/protobuf.h"

/* Field numbers of NmsgPayload (docs/format.md, section 2); 6 is not used. */
enum {
    FIELD_VENDOR = 1,
    FIELD_TYPE = 2,
    FIELD_TIME_SEC = 3,
    FIELD_TIME_NSEC = 4,
    FIELD_DATA = 5,
    FIELD_SOURCE = 7,
    FIELD_OPERATOR = 8,
    FIELD_GROUP = 9,
};

enum {
    REQUIRED_FIELDS = 1 << FIELD_VENDOR | 1 << FIELD_TYPE | 1 << FIELD_TIME_SEC |
        1 << FIELD_TIME_NSEC,
    /* Longest encoding of everything but the octets of the message. */
    RECORD_OVERHEAD_MAX = 5 * (1 + 5) + 2 * (1 + NM_VARINT_MAX) + (1 + 4),
};

static nm_wire_type
wire_type_of(uint32_t number)
{
    switch (number) {
    case FIELD_TIME_NSEC:
        return NM_WIRE_FIXED32;
    case FIELD_DATA:
        return NM_WIRE_BYTES;
    default:
        return NM_WIRE_VARINT;
    }
}

static void
store_field(const nm_pb_field *field, nm_payload *out)
{
    switch (field->number) {
    case FIELD_VENDOR:
        out->vendor = (uint32_t)field->value;
        break;
    case FIELD_TYPE:
        out->type = (uint32_t)field->value;
        break;
    case FIELD_TIME_SEC:
        out->time_sec = (int64_t)field->value;
        break;
    case FIELD_TIME_NSEC:
        out->time_nsec = (uint32_t)field->value;
        break;
    case FIELD_DATA:
        out->data = field->bytes;
        out->has |= NM_HAS_DATA;
        break;
    case FIELD_SOURCE:
        out->source = (uint32_t)field->value;
        out->has |= NM_HAS_SOURCE;
        break;
    case FIELD_OPERATOR:
        out->operator = (uint32_t)field->value;
        out->has |= NM_HAS_OPERATOR;
        break;
    case FIELD_GROUP:
        out->group = (uint32_t)field->value;
        out->has |= NM_HAS_GROUP;
        break;
    default:
        break;
    }
}

static bool
is_known(uint32_t number)
{
    return number <= FIELD_GROUP && number != FIELD_DATA + 1;
}

enum {
    USUAL_LEN = 15,          /* Octets of the required fields as take_usual_head() knows them. */
    USUAL_SEC_MIN = 1 << 28, /* The smallest number of seconds that needs five octets. */
};

/* Take the required fields if they stand as all writers put them: in front, in their order, numbers
 * of vendor and type below 128, seconds in five octets (2^28 to 2^35 - 1).
 *
 *   08 vendor  10 type  18 sec | sec sec sec sec  25 nsec nsec nsec nsec
 *
 * @return the fields taken, a bit for each; 0 when it is otherwise: nothing was taken. */
static unsigned
take_usual_head(nm_cursor *c, nm_payload *out)
{
    if (nm_cursor_left(c) < USUAL_LEN) {
        return 0;
    }
    /* The words overlap by one octet. Of tags all bits are compared, of varints those that tell
     * where they end. */
    uint64_t head = nm_word_load(c->pos);
    uint64_t rest = nm_word_load(c->pos + USUAL_LEN - NM_WORD_LEN);
    if ((head & 0x808080ff80ff80ff) != 0x8080801800100008 ||
        (rest & 0x00000000ff808080) != 0x0000000025008080) {
        return 0;
    }
    out->vendor = head >> 8 & 0x7f;
    out->type = head >> 24 & 0x7f;
    out->time_sec = (int64_t)((head >> 40 & 0x7f) | (head >> 41 & 0x3f80) | (rest & 0x7f) << 14 |
                              (rest & 0x7f00) << 13 | (rest & 0x7f0000) << 12);
    out->time_nsec = (uint32_t)(rest >> 32);
    c->pos += USUAL_LEN;
    return REQUIRED_FIELDS;
}

/* Take the octets of the message if they come next, and are whole.
 * @return as take_usual_head(). */
static unsigned
take_usual_data(nm_cursor *c, nm_payload *out)
{
    nm_cursor at = *c;
    if (nm_cursor_u8(&at) != (FIELD_DATA << 3 | NM_WIRE_BYTES)) {
        return 0;
    }
    uint64_t len = nm_pb_varint(&at);
    nm_span data = nm_cursor_take(&at, len);
    if (at.has_failed) {
        return 0;
    }
    out->data = data;
    out->has = NM_HAS_DATA;
    *c = at;
    return 1 << FIELD_DATA;
}

/* Take all other fields.
 * @param seen  Fields taken before, a bit for each. */
static nm_status
take_fields(nm_cursor c, unsigned seen, nm_span in, nm_payload *out, nm_error *err)
{
    uint32_t last = seen != 0 ? FIELD_TIME_NSEC : 0;
    last = (seen & 1 << FIELD_DATA) != 0 ? FIELD_DATA : last;
    bool is_ordered = true;

    while (nm_cursor_left(&c) > 0) {
        nm_pb_field field;
        size_t offset = nm_cursor_offset(&c);
        if (!nm_pb_next(&c, &field)) {
            return nm_error_set(err, NM_E_PARSE, offset, "malformed payload record");
        }
        is_ordered = is_ordered && field.number > last;
        last = field.number;
        if (!is_known(field.number)) {
            continue;
        }
        if (field.wire_type != wire_type_of(field.number)) {
            return nm_error_set(err, NM_E_PARSE, offset,
                                "field %u of a payload record has wire type %u", field.number,
                                (unsigned)field.wire_type);
        }
        store_field(&field, out);
        seen |= 1U << field.number;
    }
    if ((seen & REQUIRED_FIELDS) != REQUIRED_FIELDS) {
        return nm_error_set(err, NM_E_PARSE, 0, "payload record without field %d",
                            __builtin_ctz(REQUIRED_FIELDS & ~seen));
    }
    /* Fields in their order, each once, and no octet more than they need: it is written so. */
    if (is_ordered && in.len == nm_payload_encoded_len(out)) {
        out->record = in;
    }
    return NM_OK;
}

nm_status
nm_payload_decode(nm_span in, nm_payload *out, nm_error *err)
{
    nm_cursor c = nm_cursor_init(in);
    *out = (nm_payload){.has = 0};
    unsigned seen = take_usual_head(&c, out);
    if (seen != 0) {
        seen |= take_usual_data(&c, out);
    }
    size_t lead_len = USUAL_LEN + 1 + nm_pb_varint_len(out->data.len);
    if ((seen & 1 << FIELD_DATA) != 0 && in.len == lead_len + out->data.len &&
        out->time_sec >= USUAL_SEC_MIN) {
        out->record = in; /* Nothing else, and no octet more than that needs. */
        return NM_OK;
    }
    return take_fields(c, seen, in, out, err);
}

static size_t
optional_len(const nm_payload *payload, unsigned flag, uint32_t value)
{
    return (payload->has & flag) != 0 ? 1 + nm_pb_varint_len(value) : 0;
}

size_t
nm_payload_encoded_len(const nm_payload *payload)
{
    if (payload->record.len > 0) {
        return payload->record.len;
    }
    size_t len = 1 + nm_pb_varint_len(payload->vendor) + 1 + nm_pb_varint_len(payload->type) + 1 +
                 nm_pb_varint_len((uint64_t)payload->time_sec) + 1 + 4;
    if ((payload->has & NM_HAS_DATA) != 0) {
        len += 1 + nm_pb_varint_len(payload->data.len) + payload->data.len;
    }
    return len + optional_len(payload, NM_HAS_SOURCE, payload->source) +
           optional_len(payload, NM_HAS_OPERATOR, payload->operator) +
           optional_len(payload, NM_HAS_GROUP, payload->group);
}

static uint8_t *
put_varint_field(uint8_t *p, uint32_t number, uint64_t value)
{
    return nm_pb_put_varint(nm_pb_put_tag(p, number, NM_WIRE_VARINT), value);
}

nm_status
nm_payload_encode(const nm_payload *payload, nm_buffer *out)
{
    if (payload->record.len > 0) {
        return nm_buffer_append(out, payload->record);
    }
    nm_status status = NM_E_LIMIT;
    if (payload->data.len < SIZE_MAX - RECORD_OVERHEAD_MAX) {
        status = nm_buffer_reserve(out, RECORD_OVERHEAD_MAX + payload->data.len);
    }
    if (status != NM_OK) {
        return status;
    }
    uint8_t *p = out->data + out->len;
    p = put_varint_field(p, FIELD_VENDOR, payload->vendor);
    p = put_varint_field(p, FIELD_TYPE, payload->type);
    p = put_varint_field(p, FIELD_TIME_SEC, (uint64_t)payload->time_sec);
    p = nm_pb_put_tag(p, FIELD_TIME_NSEC, NM_WIRE_FIXED32);
    p = nm_pb_put_fixed32(p, payload->time_nsec);
    if ((payload->has & NM_HAS_DATA) != 0) {
        p = nm_pb_put_tag(p, FIELD_DATA, NM_WIRE_BYTES);
        p = nm_pb_put_varint(p, payload->data.len);
        if (payload->data.len > 0) {
            memcpy(p, payload->data.data, payload->data.len);
            p += payload->data.len;
        }
    }
    if ((payload->has & NM_HAS_SOURCE) != 0) {
        p = put_varint_field(p, FIELD_SOURCE, payload->source);
    }
    if ((payload->has & NM_HAS_OPERATOR) != 0) {
        p = put_varint_field(p, FIELD_OPERATOR, payload->operator);
    }
    if ((payload->has & NM_HAS_GROUP) != 0) {
        p = put_varint_field(p, FIELD_GROUP, payload->group);
    }
    out->len = (size_t)(p - out->data);
    return NM_OK;
}
