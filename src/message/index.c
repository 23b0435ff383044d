/* SPDX-License-Identifier: Apache-2.0 */
/* Indexing, reading and writing the fields of serialized messages by their tables. */
#include "message/index.h"

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
        uint64_t tag = (uint64_t)field->number << 3 | (unsigned)wire_type_of(field->pb_type);
        unsigned repeated = (field->flags & NM_FIELD_REPEATED) != 0 ? NM_ENTRY_REPEATED : 0;
        if (field->number != 0 && tag < NM_ROW_MAP_LEN) {
            map->entries[tag] = (uint8_t)(repeated | (unsigned)(row + 1));
        }
        if ((field->flags & NM_FIELD_REQUIRED) != 0) {
            map->required |= UINT64_C(1) << row;
        }
    }
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

nm_status
nm_index_build(const nm_schema *schema, nm_span payload, nm_slot *out, nm_error *err)
{
    nm_row_map map;
    nm_row_map_fill(&map, schema);
    return nm_index_build_mapped(&map, payload, out, err);
}

/* Octets of a varint, 1 to 5; 0 when there are more. The length is compared and not computed: in a
 * field it is nearly always the same, and so what lies behind is looked at before it is known.
 * @param word  It, and what lies behind. */
static inline size_t
usual_varint_len(uint64_t word)
{
    if ((word & 0x80) == 0) {
        return 1;
    }
    if ((word & 0x8000) == 0) {
        return 2;
    }
    if ((word & 0x800000) == 0) {
        return 3;
    }
    if ((word & 0x80000000) == 0) {
        return 4;
    }
    return (word & 0x8000000000) == 0 ? 5 : 0;
}

/* Octets of a value of the usual form: a varint of five octets at most, or a length below 16384 and
 * what it announces.
 * @param word  The octets behind the tag.   @return 0 when it is of another form. */
static inline size_t
usual_value_len(uint64_t word, unsigned wire_type)
{
    if (wire_type == NM_WIRE_BYTES) {
        if ((word & 0x80) == 0) {
            return 1 + (size_t)(word & 0x7f);
        }
        return (word & 0x8000) == 0 ? 2 + (size_t)((word & 0x7f) | (word >> 1 & 0x3f80)) : 0;
    }
    return wire_type == NM_WIRE_VARINT ? usual_varint_len(word) : 0;
}

/* An index that is being made. */
typedef struct index_walk {
    const nm_row_map *map;
    nm_span payload;
    nm_slot *slots;
    size_t repeated_row; /* Of the repeated field found last, */
    size_t repeated_end; /* and where it ended. */
} index_walk;

/* Note a field of a repeated row, which lies from `offset` to `behind`. */
static void
note_repeated(index_walk *walk, size_t row, size_t offset, size_t behind)
{
    if (walk->slots[row] == 0) {
        walk->slots[row] = (nm_slot)(offset + 1);
    } else if (walk->repeated_row != row || walk->repeated_end != offset) {
        walk->slots[row] |= NM_SLOT_SCATTERED;
    }
    walk->repeated_row = row;
    walk->repeated_end = behind;
}

/* Check and note a field of any form.
 * @param ref_offset  Of its tag; moved behind it.
 * @return NM_OK, NM_E_PARSE: it is malformed or not as the table says. */
static nm_status
note_other(index_walk *walk, size_t *ref_offset, nm_error *err)
{
    const nm_schema *schema = walk->map->schema;
    nm_cursor c = nm_cursor_init(walk->payload);
    size_t offset = *ref_offset;
    uint32_t number;
    nm_wire_type wire_type;
    (void)nm_cursor_take(&c, offset);
    bool is_whole = nm_pb_tag(&c, &number, &wire_type);
    nm_cursor at_value = c;
    nm_pb_skip(&c, wire_type);
    if (!is_whole || c.has_failed) {
        return nm_error_set(err, NM_E_PARSE, offset, "malformed %s message", schema->name);
    }
    *ref_offset = nm_cursor_offset(&c);
    size_t row = find_row(schema, number);
    if (row == SIZE_MAX) {
        return NM_OK;
    }
    const nm_field *field = &schema->fields[row];
    if (wire_type != wire_type_of(field->pb_type) && !is_packed_field(field, wire_type, at_value)) {
        return nm_error_set(err, NM_E_PARSE, offset, "%s.%s has wire type %u", schema->name,
                            field->name, (unsigned)wire_type);
    }
    if ((field->flags & NM_FIELD_REPEATED) != 0) {
        note_repeated(walk, row, offset, *ref_offset);
    } else {
        walk->slots[row] = (nm_slot)nm_cursor_offset(&at_value);
    }
    return NM_OK;
}

/* Note all fields: those that the table has, with a tag below NM_ROW_MAP_LEN and a value of the
 * usual form, at once, others by note_other(). */
static nm_status
note_fields(index_walk *walk, nm_error *err)
{
    const uint8_t *start = walk->payload.data;
    size_t end = walk->payload.len;
    size_t tail = end >= NM_WORD_LEN ? end - NM_WORD_LEN + 1 : 0; /* Less than a word is left. */
    for (size_t offset = 0; offset < end;) {
        uint64_t word = offset < tail ? nm_word_load(start + offset)
                        : tail > 0    ? nm_word_load_before(start + offset, start + end)
                                      : 0;
        size_t tag = word & 0x7f;
        size_t at_value = offset + 1;
        bool is_two_octets = (word & 0x80) != 0;
        word >>= 8;
        if (is_two_octets) {
            tag |= (word & 0xff) << 7;
            word >>= 8;
            at_value++;
        }
        unsigned entry = tag < NM_ROW_MAP_LEN ? walk->map->entries[tag] : 0;
        size_t len = entry != 0 ? usual_value_len(word, tag & 7) : 0;
        size_t behind = at_value + len;
        if (len == 0 || behind > end) { /* Rare. */
            nm_status status = note_other(walk, &offset, err);
            if (status != NM_OK) {
                return status;
            }
            continue;
        }
        if (entry < NM_ENTRY_REPEATED) {
            walk->slots[entry - 1] = (nm_slot)at_value;
        } else {
            note_repeated(walk, entry - NM_ENTRY_REPEATED - 1, offset, behind);
        }
        offset = behind;
    }
    return NM_OK;
}

nm_status
nm_index_build_mapped(const nm_row_map *map, nm_span payload, nm_slot *out, nm_error *err)
{
    const nm_schema *schema = map->schema;
    if (payload.len >= NM_SLOT_SCATTERED - 1) {
        return nm_error_set(err, NM_E_LIMIT, 0, "message of %zu octets", payload.len);
    }
    memset(out, 0, schema->field_count * sizeof *out);
    index_walk walk = {.map = map, .payload = payload, .slots = out};
    nm_status status = note_fields(&walk, err);
    if (status != NM_OK) {
        return status;
    }
    for (uint64_t required = map->required; required != 0; required &= required - 1) {
        size_t row = (size_t)__builtin_ctzll(required);
        if (out[row] == 0) {
            return nm_error_set(err, NM_E_PARSE, 0, "%s message without its required field %s",
                                schema->name, schema->fields[row].name);
        }
    }
    if (schema->check == NULL) {
        return NM_OK;
    }
    nm_fields fields = {.schema = schema, .map = map, .payload = payload, .slots = out};
    return schema->check(&fields, err);
}

nm_values
nm_values_begin(const nm_field *field, nm_span payload, nm_slot slot)
{
    bool is_repeated = (field->flags & NM_FIELD_REPEATED) != 0;
    return (nm_values){
        .field = field,
        .payload = payload,
        .next = is_repeated && slot != 0 ? (slot & ~NM_SLOT_SCATTERED) - 1 : slot,
        .is_scattered = is_repeated && (slot & NM_SLOT_SCATTERED) != 0,
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

nm_value
nm_value_at(const nm_field *field, nm_span payload, nm_slot slot)
{
    if (field->pb_type == NM_PB_BYTES) {
        return (nm_value){.bytes = nm_bytes_at(payload, slot)};
    }
    nm_cursor c = nm_cursor_at(payload, slot);
    return numeric_value(field->pb_type, nm_pb_type_take(&c, field->pb_type));
}

size_t
nm_fields_find_row(const nm_fields *fields, uint32_t number)
{
    return number != 0 ? find_row(fields->schema, number) : SIZE_MAX;
}

bool
nm_fields_stored(const nm_fields *fields, uint32_t number, nm_value *out)
{
    size_t row = nm_fields_row(fields, number);
    bool is_there = row != SIZE_MAX && fields->slots[row] != 0;
    *out = is_there ? nm_value_at(&fields->schema->fields[row], fields->payload, fields->slots[row])
                    : (nm_value){.u64 = 0};
    return is_there;
}

nm_values
nm_fields_values(const nm_fields *fields, uint32_t number)
{
    size_t row = nm_fields_row(fields, number);
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
    nm_pb_type pb_type = values->field->pb_type;
    *out = numeric_value(pb_type, nm_pb_type_take(&c, pb_type));
    values->packed = nm_span_of(c.pos, nm_cursor_left(&c));
    return !c.has_failed;
}

/* The next value of a repeated field if it is less than 128 octets behind a tag of one; or notice
 * that there is none, since another field follows. */
static inline bool
next_short(nm_values *values, nm_value *out)
{
    const nm_field *field = values->field;
    nm_span payload = values->payload;
    uint32_t tag = field->number << 3 | NM_WIRE_BYTES;
    if (field->pb_type != NM_PB_BYTES || tag > 0x7f || payload.len - values->next < 2) {
        return false;
    }
    const uint8_t *p = payload.data + values->next;
    size_t len = p[1];
    if (p[0] != tag || len > 0x7f || len > payload.len - values->next - 2) {
        values->is_done = p[0] < 0x80 && p[0] != tag && !values->is_scattered;
        return false;
    }
    *out = (nm_value){.bytes = nm_span_of(p + 2, len)};
    values->next += 2 + len;
    return true;
}

/* The next value of a repeated field. */
static bool
next_repeated(nm_values *values, nm_value *out)
{
    const nm_field *field = values->field;
    if (next_short(values, out)) {
        return true;
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
            *out = numeric_value(field->pb_type, nm_pb_type_take(&c, field->pb_type));
        } else {
            *out = (nm_value){.bytes = nm_cursor_take(&c, nm_pb_varint(&c))};
        }
        values->next = nm_cursor_offset(&c);
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

bool
nm_values_next(nm_values *values, nm_value *out)
{
    if (values->packed.len > 0) {
        return next_packed(values, out);
    }
    if (values->is_done) {
        return false;
    }
    if ((values->field->flags & NM_FIELD_REPEATED) != 0) {
        return next_repeated(values, out);
    }
    *out = nm_value_at(values->field, values->payload, (nm_slot)values->next);
    values->is_done = true;
    return true;
}

enum { LEAD_MAX = 2 * NM_VARINT_MAX /* Tag and length, or tag and number. */ };

nm_status
nm_bits_encode(const nm_field *field, uint64_t bits, nm_buffer *out)
{
    nm_status status = nm_buffer_reserve(out, LEAD_MAX);
    if (status != NM_OK) {
        return status;
    }
    nm_wire_type wire_type = wire_type_of(field->pb_type);
    uint8_t *p = nm_pb_put_tag(out->data + out->len, field->number, wire_type);
    switch (wire_type) {
    case NM_WIRE_FIXED64:
        p = nm_pb_put_fixed64(p, bits);
        break;
    case NM_WIRE_FIXED32:
        p = nm_pb_put_fixed32(p, (uint32_t)bits);
        break;
    default:
        p = nm_pb_put_varint(p, bits);
        break;
    }
    out->len = (size_t)(p - out->data);
    return NM_OK;
}

/* The bits of a value that is no bytes, whichever member of it holds them. */
static uint64_t
bits_of(const nm_field *field, const nm_value *value)
{
    uint64_t bits;
    switch (field->pb_type) {
    case NM_PB_DOUBLE:
        memcpy(&bits, &value->real, sizeof bits);
        return bits;
    case NM_PB_UINT32:
    case NM_PB_UINT64:
    case NM_PB_FIXED32:
        return value->u64;
    default:
        return (uint64_t)value->i64;
    }
}

nm_status
nm_value_encode(const nm_field *field, const nm_value *value, nm_buffer *out)
{
    if (field->pb_type != NM_PB_BYTES) {
        return nm_bits_encode(field, bits_of(field, value), out);
    }
    size_t len = value->bytes.len;
    nm_status status =
        len < SIZE_MAX - LEAD_MAX ? nm_buffer_reserve(out, LEAD_MAX + len) : NM_E_LIMIT;
    if (status != NM_OK) {
        return status;
    }
    uint8_t *p = nm_pb_put_tag(out->data + out->len, field->number, NM_WIRE_BYTES);
    p = nm_pb_put_varint(p, len);
    if (len > 0) {
        memcpy(p, value->bytes.data, len);
    }
    out->len = (size_t)(p + len - out->data);
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
