/* SPDX-License-Identifier: Apache-2.0 */
/* Where the fields of a serialized message lie, and reading and writing their values.
 *
 * One pass over a payload checks it and notes for every row of its table where the value stands;
 * a value is converted only when somebody asks for it. */
#ifndef NM_MESSAGE_INDEX_H
#define NM_MESSAGE_INDEX_H

#include "base/buffer.h"
#include "message/schema.h"
#include "wire/protobuf.h"

enum {
    NM_ROW_MAP_LEN = 1024,    /**< Fields with higher tags (number times 8) are searched for. */
    NM_ENTRY_REPEATED = 0x80, /**< In an entry of the map: any number of values. */
};

/** Check a payload against its table and fill `out`, one slot for every row.
 *
 *  Fields that the table does not know are skipped, slots of computed fields are 0. Numeric
 *  repeated fields may be packed.
 *  @param payload  Less than 2 GiB.   @param out  Room for schema->field_count slots.
 *  @param err      Optional; offset is in `payload`.
 *  @return NM_OK; NM_E_PARSE: malformed, a known field of another wire type, or a required field
 *          missing; NM_E_LIMIT: too long. */
NM_MUST_CHECK nm_status nm_index_build(const nm_schema *schema, nm_span payload, nm_slot *out,
                                       nm_error *err);

/** The rows of a table by the tags of their fields, for indexing many messages of one type. */
struct nm_row_map {
    const nm_schema *schema;
    uint64_t required; /**< A bit for each row that a message must have, from the lowest on. */
    /** Of each tag, field number and wire type as encoded: its row plus 1, and NM_ENTRY_REPEATED;
     *  0: no such row, or another wire type than the table's. */
    uint8_t entries[NM_ROW_MAP_LEN];
};

/** Make the map of a table. */
void nm_row_map_fill(nm_row_map *map, const nm_schema *schema);

/** As nm_index_build(), with the map of the table. */
NM_MUST_CHECK nm_status nm_index_build_mapped(const nm_row_map *map, nm_span payload, nm_slot *out,
                                              nm_error *err);

/** Walk over the values of one field. */
typedef struct nm_values {
    const nm_field *field;
    nm_span payload;
    size_t next;       /**< Offset of the next tag to look at; of a singular field of its value. */
    nm_span packed;    /**< Rest of a packed run. */
    bool is_scattered; /**< Other fields stand between the values. */
    bool is_done;
} nm_values;

/** Start at the field's slot. @param payload  As indexed; borrowed while the walk lasts. */
nm_values nm_values_begin(const nm_field *field, nm_span payload, nm_slot slot);

/** The next value. A singular field has one at most. @return false when there is none left. */
bool nm_values_next(nm_values *values, nm_value *out);

/** The value of a singular field, found by its slot, which must not be 0. */
nm_value nm_value_at(const nm_field *field, nm_span payload, nm_slot slot);

/** Cursor at the value of a singular field, which the index has seen. */
static inline nm_cursor
nm_cursor_at(nm_span payload, nm_slot slot)
{
    nm_cursor c = nm_cursor_init(payload);
    (void)nm_cursor_take(&c, slot);
    return c;
}

/** The number at the cursor, as the table says it is encoded. */
static inline uint64_t
nm_pb_type_take(nm_cursor *c, nm_pb_type pb_type)
{
    if (nm_pb_type_is_varint(pb_type)) {
        return nm_pb_varint(c);
    }
    return pb_type == NM_PB_DOUBLE ? nm_cursor_le64(c) : nm_cursor_le32(c);
}

/** The number of nm_value_at() as it is stored, whichever member of it holds it: negative ones as
 *  two's complement, NM_PB_DOUBLE as its bits. Not cut to what its type holds: a cast to what its
 *  kind means does that. For fields of all types but NM_PB_BYTES. */
static inline uint64_t
nm_bits_at(const nm_field *field, nm_span payload, nm_slot slot)
{
    if (nm_pb_type_is_varint(field->pb_type)) {
        return nm_pb_varint_at(payload, slot);
    }
    nm_cursor c = nm_cursor_at(payload, slot);
    return nm_pb_type_take(&c, field->pb_type);
}

/** Only the octets of nm_value_at(), for fields of NM_PB_BYTES. */
static inline nm_span
nm_bytes_at(nm_span payload, nm_slot slot)
{
    nm_cursor c = nm_cursor_at(payload, slot);
    uint64_t len = nm_pb_varint(&c);
    return nm_cursor_take(&c, len);
}

/** What nm_fields_row() calls when the map does not tell. */
size_t nm_fields_find_row(const nm_fields *fields, uint32_t number);

/** Row of the field with protobuf number `number`; SIZE_MAX if the type has none, and for 0. */
static inline size_t
nm_fields_row(const nm_fields *fields, uint32_t number)
{
    if (fields->map != NULL && number < NM_ROW_MAP_LEN / 8) {
        const uint8_t *entries = &fields->map->entries[number * 8];
        uint8_t entry = entries[NM_WIRE_VARINT] | entries[NM_WIRE_BYTES];
        if (entry != 0) {
            return (size_t)(entry & ~NM_ENTRY_REPEATED) - 1;
        }
    }
    return nm_fields_find_row(fields, number);
}

/** The value of the singular field with protobuf number `number`, as it is stored.
 *  @return false when the type or the message has no such field; *out is all zero then. */
bool nm_fields_stored(const nm_fields *fields, uint32_t number, nm_value *out);

/** Start at the values of the field with protobuf number `number`. */
nm_values nm_fields_values(const nm_fields *fields, uint32_t number);

/** The value of a singular row as programs see it: computed, or as it is stored.
 *  @param scratch  As nm_compute.  @return NM_OK; NM_END: absent; NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_fields_shown(const nm_fields *fields, size_t row, nm_buffer *scratch,
                                        nm_value *out);

/** Append one value of a field with its tag.
 *  @return NM_OK, NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_value_encode(const nm_field *field, const nm_value *value,
                                        nm_buffer *out);

/** The same for a field that is no NM_PB_BYTES.
 *  @param bits  As nm_bits_at() gives them; of NM_PB_INT32 and NM_PB_ENUM all 64 are written. */
NM_MUST_CHECK nm_status nm_bits_encode(const nm_field *field, uint64_t bits, nm_buffer *out);

/** Append all fields that the table does not know, octet for octet and in their order, so that
 *  what a newer writer sent survives a change of another field.
 *  @param payload  As checked by nm_index_build(). @return NM_OK, NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_unknown_fields_copy(const nm_schema *schema, nm_span payload,
                                               nm_buffer *out);

/** Append the payload of a new message: required fields with their zero values.
 *  @return NM_OK, NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_required_fields_encode(const nm_schema *schema, nm_buffer *out);

#endif
