/* SPDX-License-Identifier: Apache-2.0 */
/* A field's value, and a message as a table, octets and an index of them. */
#ifndef NM_MESSAGE_VALUE_H
#define NM_MESSAGE_VALUE_H

#include "base/buffer.h"

typedef struct nm_schema nm_schema;
typedef struct nm_row_map nm_row_map;

/** Place of a field in its payload, or 0 when the field is absent.
 *  Of a singular field the offset of its last value, which is never 0, as a tag stands in front of
 *  it. Of a repeated one the offset of its first tag, plus 1: each of its values may be encoded in
 *  another way; with NM_SLOT_SCATTERED where other fields stand between its values. */
typedef uint32_t nm_slot;

/** In a slot; nobody writes messages so, but it is allowed. */
#define NM_SLOT_SCATTERED UINT32_C(0x80000000)

/** A field's value; which member holds it follows from the field's pb_type. */
typedef struct nm_value {
    uint64_t u64;  /**< NM_PB_UINT32, NM_PB_UINT64, NM_PB_FIXED32. */
    int64_t i64;   /**< NM_PB_INT32, NM_PB_INT64, NM_PB_SFIXED32, NM_PB_ENUM; NM_PB_BOOL: 0, 1. */
    double real;   /**< NM_PB_DOUBLE. */
    nm_span bytes; /**< NM_PB_BYTES; borrowed. */
} nm_value;

/** The fields of a message; all borrowed. */
typedef struct nm_fields {
    const nm_schema *schema;
    const nm_row_map *map; /**< Of the schema; NULL: rows are searched for. */
    nm_span payload;       /**< The serialized message. */
    const nm_slot *slots;  /**< One for every row of the schema, made by nm_index_build(). */
} nm_fields;

#endif
