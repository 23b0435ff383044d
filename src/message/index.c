/* SPDX-License-Identifier: Apache-2.0 */
/* Indexing, reading and writing the fields of serialized messages by their tables. */
#include "message/index.h"

#include "wire/protobuf.h"

static nm_wire_type
wire_type_of(nm_pb_type pb_type)
{
    switch (pb_type) {
    case NM_PB_BYTES:
        return NM_WIRE_BYTES;
    case NM_PB_DOUBLE:
        return NM_WIRE_FIXED64;
    case NM_PB_FIXED32:
    case NM_PB_SFIXED32:
        return NM_WIRE_FIXED32;
    default:
        return NM_WIRE_VARINT;
    }
}

/* Row of a field number, SIZE_MAX if there is none. */
static size_t
find_row(const nm_schema *schema, uint32_t number)
{
    for (size_t row = 0; row < schema->field_count; row++) {
        if (schema->fields[row].number == number) {
            return row;
        }
    }
    return SIZE_MAX;
}

void
nm_row_map_fill(nm_row_map *map, const nm_schema *schema)
{
    *map = (nm_row_map){.schema = schema};
    for (size_t row = 0; row < schema->field_count; row++) {
        const nm_field *field = &schema->fields[row];
        if (field->number != 0 && field->number < NM_ROW_MAP_LEN) {
            map->rows[field->number] = (uint8_t)(row + 1);
            map->wire_types[field->number] = (uint8_t)wire_type_of(field->pb_type);
        }
        if ((field->flags & NM_FIELD_REQUIRED) != 0) {
            map->required |= UINT64_C(1) << row;
        }
        if ((field->flags & NM_FIELD_REPEATED) != 0) {
            map->repeated |= UINT64_C(1) << row;
        }
    }
}

static size_t
mapped_row(const nm_row_map *map, uint32_t number)
{
    if (number < NM_ROW_MAP_LEN) {
        return (size_t)map->rows[number] - 1; /* 0 becomes SIZE_MAX. */
    }
    return find_row(map->schema, number);
}

/* True when the octets hold whole values of the type. */
static bool
is_packed_run(nm_pb_type pb_type, nm_span packed)
{
    if (wire_type_of(pb_type) != NM_WIRE_VARINT) {
        return packed.len % (pb_type == NM_PB_DOUBLE ? 8 : 4) == 0;
    }
    nm_cursor c = nm_cursor_init(packed);
    while (nm_cursor_left(&c) > 0) {
        (void)nm_pb_varint(&c); /* Only its length matters here. */
    }
    return !c.has_failed;
}

/* True when a value of another wire type than the table's is allowed: numbers may be packed. The
 * cursor is behind the tag. */
static bool
is_packed_field(const nm_field *field, nm_wire_type wire_type, nm_cursor at_value)
{
    return (field->flags & NM_FIELD_REPEATED) != 0 && wire_type == NM_WIRE_BYTES &&
           is_packed_run(field->pb_type, nm_cursor_take(&at_value, nm_pb_varint(&at_value)));
}

static nm_status
missing_field(const nm_schema *schema, uint64_t missing, nm_error *err)
{
    const nm_field *first = &schema->fields[__builtin_ctzll(missing)];
    return nm_error_set(err, NM_E_PARSE, 0, "%s message without its required field %s",
                        schema->name, first->name);
}

nm_status
nm_index_build(const nm_schema *schema, nm_span payload, nm_slot *out, nm_error *err)
{
    nm_row_map map;
    nm_row_map_fill(&map, schema);
    return nm_index_build_mapped(&map, payload, out, err);
}

/* Row of a field by its tag, which is no more than 14 bits; SIZE_MAX if it has to be looked at more
 * closely. 0 is the tag of no field. */
static inline size_t
usual_row(const nm_row_map *map, uint32_t tag)
{
    uint32_t number = tag >> 3;
    bool is_usual = number < NM_ROW_MAP_LEN && map->wire_types[number] == (tag & 7);
    return is_usual ? (size_t)map->rows[number] - 1 : SIZE_MAX;
}

/* Check a field of any form.
 * @param out_row  Its row, SIZE_MAX if it has none.
 * @return offset of what follows it; 0 when it is malformed or not as the table says. */
static size_t
check_other_field(const nm_row_map *map, nm_span payload, size_t offset, size_t *out_row,
                  nm_error *err)
{
    nm_cursor c = nm_cursor_init(payload);
    uint32_t number;
    nm_wire_type wire_type;
    (void)nm_cursor_take(&c, offset);
    bool is_whole = nm_pb_tag(&c, &number, &wire_type);
    nm_cursor at_value = c;
    nm_pb_skip(&c, wire_type);
    if (!is_whole || c.has_failed) {
        (void)nm_error_set(err, NM_E_PARSE, offset, "malformed %s message", map->schema->name);
        return 0;
    }
    *out_row = mapped_row(map, number);
    if (*out_row == SIZE_MAX) {
        return nm_cursor_offset(&c);
    }
    const nm_field *field = &map->schema->fields[*out_row];
    if (wire_type != wire_type_of(field->pb_type) && !is_packed_field(field, wire_type, at_value)) {
        (void)nm_error_set(err, NM_E_PARSE, offset, "%s.%s has wire type %u", map->schema->name,
                           field->name, (unsigned)wire_type);
        return 0;
    }
    return nm_cursor_offset(&c);
}

nm_status
nm_index_build_mapped(const nm_row_map *map, nm_span payload, nm_slot *out, nm_error *err)
{
    const nm_schema *schema = map->schema;
    if (payload.len >= NM_SLOT_SCATTERED - 1) {
        return nm_error_set(err, NM_E_LIMIT, 0, "message of %zu octets", payload.len);
    }
    memset(out, 0, schema->field_count * sizeof *out);
    nm_cursor c = nm_cursor_init(payload);
    uint64_t seen = 0; /* A bit for each row. */
    size_t row_before = SIZE_MAX;

    while (nm_cursor_left(&c) > 0) {
        size_t offset = nm_cursor_offset(&c);
        size_t row = usual_row(map, nm_pb_pass(&c));
        if (row == SIZE_MAX) { /* Rare. */
            size_t behind = check_other_field(map, payload, offset, &row, err);
            if (behind == 0) {
                return NM_E_PARSE;
            }
            c = nm_cursor_init(payload);
            (void)nm_cursor_take(&c, behind);
            if (row == SIZE_MAX) {
                row_before = row;
                continue;
            }
        }
        uint64_t bit = UINT64_C(1) << row;
        if ((seen & map->repeated & bit) == 0) {
            out[row] = (nm_slot)(offset + 1);
        } else if (row != row_before) {
            out[row] |= NM_SLOT_SCATTERED;
        }
        row_before = row;
        seen |= bit;
    }
    if ((map->required & ~seen) != 0) {
        return missing_field(schema, map->required & ~seen, err);
    }
    if (schema->check == NULL) {
        return NM_OK;
    }
    nm_fields fields = {.schema = schema, .payload = payload, .slots = out};
    return schema->check(&fields, err);
}

nm_values
nm_values_begin(const nm_field *field, nm_span payload, nm_slot slot)
{
    return (nm_values){
        .field = field,
        .payload = payload,
        .next = slot == 0 ? payload.len : (slot & ~NM_SLOT_SCATTERED) - 1,
        .is_scattered = (slot & NM_SLOT_SCATTERED) != 0,
        .is_done = slot == 0,
    };
}

static nm_value
numeric_value(nm_pb_type pb_type, uint64_t raw)
{
    nm_value value = {.u64 = raw};
    switch (pb_type) {
    case NM_PB_UINT32:
    case NM_PB_FIXED32:
        value.u64 = (uint32_t)raw;
        break;
    case NM_PB_INT32:
    case NM_PB_SFIXED32:
    case NM_PB_ENUM:
        value.i64 = (int32_t)(uint32_t)raw;
        break;
    case NM_PB_INT64:
        value.i64 = (int64_t)raw;
        break;
    case NM_PB_BOOL:
        value.i64 = raw != 0;
        break;
    case NM_PB_DOUBLE:
        memcpy(&value.real, &raw, sizeof value.real);
        break;
    default:
        break;
    }
    return value;
}

/* The number at the cursor, as the table says it is encoded. */
static inline uint64_t
take_raw(nm_cursor *c, nm_pb_type pb_type)
{
    if (pb_type == NM_PB_DOUBLE) {
        return nm_cursor_le64(c);
    }
    bool is_fixed = pb_type == NM_PB_FIXED32 || pb_type == NM_PB_SFIXED32;
    return is_fixed ? nm_cursor_le32(c) : nm_pb_varint(c);
}

/* Cursor behind the tag of a slot. */
static nm_cursor
cursor_at(nm_span payload, nm_slot slot)
{
    nm_cursor c = nm_cursor_init(payload);
    (void)nm_cursor_take(&c, slot - 1); /* The index gave this place. */
    (void)nm_pb_varint(&c);
    return c;
}

uint64_t
nm_bits_at(const nm_field *field, nm_span payload, nm_slot slot)
{
    nm_cursor c = cursor_at(payload, slot);
    uint64_t raw = take_raw(&c, field->pb_type);
    switch (field->pb_type) {
    case NM_PB_UINT32:
    case NM_PB_FIXED32:
        return (uint32_t)raw;
    case NM_PB_INT32:
    case NM_PB_SFIXED32:
    case NM_PB_ENUM:
        return (uint64_t)(int32_t)(uint32_t)raw;
    case NM_PB_BOOL:
        return raw != 0;
    default:
        return raw;
    }
}

nm_span
nm_bytes_at(nm_span payload, nm_slot slot)
{
    nm_cursor c = cursor_at(payload, slot);
    return nm_cursor_take(&c, nm_pb_varint(&c));
}

nm_value
nm_value_at(const nm_field *field, nm_span payload, nm_slot slot)
{
    if (field->pb_type == NM_PB_BYTES) {
        return (nm_value){.bytes = nm_bytes_at(payload, slot)};
    }
    nm_cursor c = cursor_at(payload, slot);
    return numeric_value(field->pb_type, take_raw(&c, field->pb_type));
}

/* Row of a field number; SIZE_MAX also for 0, which the rows of computed fields have. */
static size_t
stored_row(const nm_fields *fields, uint32_t number)
{
    return number != 0 ? find_row(fields->schema, number) : SIZE_MAX;
}

bool
nm_fields_stored(const nm_fields *fields, uint32_t number, nm_value *out)
{
    size_t row = stored_row(fields, number);
    bool is_there = row != SIZE_MAX && fields->slots[row] != 0;
    *out = is_there ? nm_value_at(&fields->schema->fields[row], fields->payload, fields->slots[row])
                    : (nm_value){.u64 = 0};
    return is_there;
}

nm_values
nm_fields_values(const nm_fields *fields, uint32_t number)
{
    size_t row = stored_row(fields, number);
    return row != SIZE_MAX
               ? nm_values_begin(&fields->schema->fields[row], fields->payload, fields->slots[row])
               : (nm_values){.is_done = true};
}

nm_status
nm_fields_shown(const nm_fields *fields, size_t row, nm_buffer *scratch, nm_value *out)
{
    const nm_field *field = &fields->schema->fields[row];
    if (field->compute != NULL) {
        return field->compute(fields, scratch, out);
    }
    if (fields->slots[row] == 0) {
        return NM_END;
    }
    *out = nm_value_at(field, fields->payload, fields->slots[row]);
    return NM_OK;
}

static bool
next_packed(nm_values *values, nm_value *out)
{
    nm_cursor c = nm_cursor_init(values->packed);
    *out = numeric_value(values->field->pb_type, take_raw(&c, values->field->pb_type));
    values->packed = nm_span_of(c.pos, nm_cursor_left(&c));
    return !c.has_failed;
}

bool
nm_values_next(nm_values *values, nm_value *out)
{
    const nm_field *field = values->field;
    if (values->packed.len > 0) {
        return next_packed(values, out);
    }
    nm_cursor c = nm_cursor_init(values->payload);
    (void)nm_cursor_take(&c, values->next); /* The index gave this place. */
    while (!values->is_done && nm_cursor_left(&c) > 0) {
        uint32_t number;
        nm_wire_type wire_type;
        if (!nm_pb_tag(&c, &number, &wire_type)) {
            break;
        }
        if (number != field->number) {
            values->is_done = !values->is_scattered;
            nm_pb_skip(&c, wire_type);
            continue;
        }
        if (wire_type != NM_WIRE_BYTES) {
            *out = numeric_value(field->pb_type, take_raw(&c, field->pb_type));
        } else {
            *out = (nm_value){.bytes = nm_cursor_take(&c, nm_pb_varint(&c))};
        }
        values->next = nm_cursor_offset(&c);
        values->is_done = (field->flags & NM_FIELD_REPEATED) == 0;
        if (wire_type != NM_WIRE_BYTES || field->pb_type == NM_PB_BYTES) {
            return !c.has_failed;
        }
        values->packed = out->bytes;
        if (values->packed.len > 0) {
            return next_packed(values, out);
        }
    }
    values->is_done = true;
    return false;
}

nm_status
nm_value_encode(const nm_field *field, const nm_value *value, nm_buffer *out)
{
    enum { LEAD_MAX = 2 * NM_VARINT_MAX };
    size_t bytes_len = field->pb_type == NM_PB_BYTES ? value->bytes.len : 0;
    nm_status status = NM_E_LIMIT;
    if (bytes_len < SIZE_MAX - LEAD_MAX) {
        status = nm_buffer_reserve(out, LEAD_MAX + bytes_len);
    }
    if (status != NM_OK) {
        return status;
    }
    uint8_t *p = out->data + out->len;
    p = nm_pb_put_tag(p, field->number, wire_type_of(field->pb_type));
    switch (field->pb_type) {
    case NM_PB_BYTES:
        p = nm_pb_put_varint(p, bytes_len);
        if (bytes_len > 0) {
            memcpy(p, value->bytes.data, bytes_len);
            p += bytes_len;
        }
        break;
    case NM_PB_DOUBLE: {
        uint64_t raw;
        memcpy(&raw, &value->real, sizeof raw);
        p = nm_pb_put_fixed64(p, raw);
        break;
    }
    case NM_PB_FIXED32:
        p = nm_pb_put_fixed32(p, (uint32_t)value->u64);
        break;
    case NM_PB_SFIXED32:
        p = nm_pb_put_fixed32(p, (uint32_t)value->i64);
        break;
    case NM_PB_UINT32:
    case NM_PB_UINT64:
        p = nm_pb_put_varint(p, value->u64);
        break;
    default:
        p = nm_pb_put_varint(p, (uint64_t)value->i64);
        break;
    }
    out->len = (size_t)(p - out->data);
    return NM_OK;
}

nm_status
nm_unknown_fields_copy(const nm_schema *schema, nm_span payload, nm_buffer *out)
{
    nm_cursor c = nm_cursor_init(payload);
    nm_status status = NM_OK;

    while (status == NM_OK && nm_cursor_left(&c) > 0) {
        const uint8_t *start = c.pos;
        nm_pb_field read;
        if (!nm_pb_next(&c, &read)) {
            return NM_OK; /* Not an indexed payload; nothing behind this can be told apart. */
        }
        if (find_row(schema, read.number) == SIZE_MAX) {
            status = nm_buffer_append(out, nm_span_of(start, (size_t)(c.pos - start)));
        }
    }
    return status;
}

nm_status
nm_required_fields_encode(const nm_schema *schema, nm_buffer *out)
{
    uint8_t order[NM_SCHEMA_FIELDS_MAX];
    nm_status status = NM_OK;

    nm_schema_encoding_order(schema, order);
    for (size_t i = 0; i < schema->field_count && status == NM_OK; i++) {
        const nm_field *field = &schema->fields[order[i]];
        if ((field->flags & NM_FIELD_REQUIRED) != 0) {
            nm_value zero = {.u64 = 0};
            status = nm_value_encode(field, &zero, out);
        }
    }
    return status;
}
