/* SPDX-License-Identifier: Apache-2.0 */
/* What a message type is: a constant table. Adding a type adds one table and one line of the
 * registry; everything else reads the tables (docs/architecture.md, "A new message type"). */
#ifndef NM_MESSAGE_SCHEMA_H
#define NM_MESSAGE_SCHEMA_H

#include "base/span.h"

/** How a field's value is encoded: the scalar types of proto2 that occur. */
typedef enum nm_pb_type {
    NM_PB_UINT32,
    NM_PB_UINT64,
    NM_PB_INT32, /**< Negative values take ten octets (sign-extended to 64 bits). */
    NM_PB_INT64,
    NM_PB_ENUM, /**< As NM_PB_INT32. */
    NM_PB_BOOL,
    NM_PB_DOUBLE,
    NM_PB_BYTES,
} nm_pb_type;

/** What a field's value means. The numbers of the first thirteen are public: Python programs see
 *  them as `field_types`. */
typedef enum nm_kind {
    NM_KIND_ENUM = 0,
    NM_KIND_BYTES = 1,
    NM_KIND_STRING = 2,   /**< One line of text, by custom UTF-8. */
    NM_KIND_MLSTRING = 3, /**< Text of several lines. */
    NM_KIND_IP = 4,       /**< 4 or 16 octets, network order. */
    NM_KIND_UINT16 = 5,   /**< Stored in 32 bits: larger values do occur and are kept. */
    NM_KIND_UINT32 = 6,
    NM_KIND_UINT64 = 7,
    NM_KIND_INT16 = 8, /**< As NM_KIND_UINT16. */
    NM_KIND_INT32 = 9,
    NM_KIND_INT64 = 10,
    NM_KIND_DOUBLE = 11,
    NM_KIND_BOOL = 12,
} nm_kind;

/** Properties of a field. */
enum {
    NM_FIELD_REPEATED = 0x01, /**< Any number of values. */
    NM_FIELD_REQUIRED = 0x02, /**< A payload without it cannot be decoded; a new message has it. */
};

/** One symbol of an enum. */
typedef struct nm_enum_value {
    const char *name;
    int32_t value;
} nm_enum_value;

/** The symbols of an enum. */
typedef struct nm_enum {
    const nm_enum_value *values;
    size_t count;
} nm_enum;

/** One field. */
typedef struct nm_field {
    uint32_t number; /**< Protobuf field number. */
    const char *name;
    nm_pb_type pb_type;
    nm_kind kind;
    unsigned flags;         /**< NM_FIELD_… */
    const nm_enum *symbols; /**< For NM_KIND_ENUM, else NULL. */
} nm_field;

enum { NM_SCHEMA_FIELDS_MAX = 64 /**< Fields of one type, at most. */ };

/** One message type. Fields are in the order in which they are shown. */
typedef struct nm_schema {
    uint32_t vendor;
    uint32_t type;
    const char *name;
    const nm_field *fields;
    size_t field_count;
} nm_schema;

/** Members `.fields` and `.field_count` of a schema from an array of rows. */
#define NM_SCHEMA_FIELDS(rows) .fields = (rows), .field_count = sizeof(rows) / sizeof *(rows)

/** An nm_enum from an array of symbols. */
#define NM_ENUM(symbols) {.values = (symbols), .count = sizeof(symbols) / sizeof *(symbols)}

/** Row of the field `name`; NULL if the type has none. Case counts. */
const nm_field *nm_schema_field_by_name(const nm_schema *schema, nm_span name);

/** Row numbers in ascending order of field numbers, the order of encoding.
 *  @param out  Room for NM_SCHEMA_FIELDS_MAX. */
void nm_schema_encoding_order(const nm_schema *schema, uint8_t *out);

/** Name of `value`; NULL if it has none. */
const char *nm_enum_name(const nm_enum *symbols, int32_t value);

/** Value of the symbol `name`, exactly as written. @return false when there is none. */
bool nm_enum_value_of(const nm_enum *symbols, nm_span name, int32_t *out);

#endif
