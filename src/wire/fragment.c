/* SPDX-License-Identifier: Apache-2.0 */
/* NmsgFragment records, both ways. */
#include "wire/fragment.h"

#include "wire/protobuf.h"

/* Field numbers of NmsgFragment (docs/format.md, section 2). */
enum {
    FIELD_ID = 1,
    FIELD_CURRENT = 2,
    FIELD_LAST = 3,
    FIELD_DATA = 4,
    FIELD_CRC = 5,
    REQUIRED_FIELDS = 1 << FIELD_ID | 1 << FIELD_CURRENT | 1 << FIELD_LAST | 1 << FIELD_DATA,
    RECORD_OVERHEAD_MAX = 4 * (1 + 5) + 1 + NM_VARINT_MAX,
};

static void
store_field(const nm_pb_field *field, nm_fragment *out)
{
    switch (field->number) {
    case FIELD_ID:
        out->id = (uint32_t)field->value;
        break;
    case FIELD_CURRENT:
        out->current = (uint32_t)field->value;
        break;
    case FIELD_LAST:
        out->last = (uint32_t)field->value;
        break;
    case FIELD_DATA:
        out->data = field->bytes;
        break;
    default:
        out->crc = (uint32_t)field->value;
        out->has_crc = true;
        break;
    }
}

nm_status
nm_fragment_decode(nm_span in, nm_fragment *out, nm_error *err)
{
    nm_fragment fragment = {.has_crc = false};
    nm_cursor c = nm_cursor_init(in);
    unsigned seen = 0;

    while (nm_cursor_left(&c) > 0) {
        nm_pb_field field;
        size_t offset = nm_cursor_offset(&c);
        if (!nm_pb_next(&c, &field)) {
            return nm_error_set(err, NM_E_PARSE, offset, "malformed fragment");
        }
        if (field.number > FIELD_CRC) {
            continue;
        }
        if (field.wire_type != (field.number == FIELD_DATA ? NM_WIRE_BYTES : NM_WIRE_VARINT)) {
            return nm_error_set(err, NM_E_PARSE, offset, "field %u of a fragment has wire type %u",
                                field.number, (unsigned)field.wire_type);
        }
        store_field(&field, &fragment);
        seen |= 1U << field.number;
    }
    if ((seen & REQUIRED_FIELDS) != REQUIRED_FIELDS) {
        return nm_error_set(err, NM_E_PARSE, 0, "fragment without field %d",
                            __builtin_ctz(REQUIRED_FIELDS & ~seen));
    }
    *out = fragment;
    return NM_OK;
}

nm_status
nm_fragment_encode(const nm_fragment *fragment, nm_buffer *out)
{
    nm_status status = NM_E_LIMIT;
    if (fragment->data.len < SIZE_MAX - RECORD_OVERHEAD_MAX) {
        status = nm_buffer_reserve(out, RECORD_OVERHEAD_MAX + fragment->data.len);
    }
    if (status != NM_OK) {
        return status;
    }
    uint8_t *p = out->data + out->len;
    p = nm_pb_put_varint(nm_pb_put_tag(p, FIELD_ID, NM_WIRE_VARINT), fragment->id);
    p = nm_pb_put_varint(nm_pb_put_tag(p, FIELD_CURRENT, NM_WIRE_VARINT), fragment->current);
    p = nm_pb_put_varint(nm_pb_put_tag(p, FIELD_LAST, NM_WIRE_VARINT), fragment->last);
    p = nm_pb_put_varint(nm_pb_put_tag(p, FIELD_DATA, NM_WIRE_BYTES), fragment->data.len);
    if (fragment->data.len > 0) {
        memcpy(p, fragment->data.data, fragment->data.len);
        p += fragment->data.len;
    }
    if (fragment->has_crc) {
        p = nm_pb_put_varint(nm_pb_put_tag(p, FIELD_CRC, NM_WIRE_VARINT), fragment->crc);
    }
    out->len = (size_t)(p - out->data);
    return NM_OK;
}
