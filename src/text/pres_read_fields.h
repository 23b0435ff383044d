/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a record, collected as text, and the message made of them. */
#ifndef NM_TEXT_PRES_READ_FIELDS_H
#define NM_TEXT_PRES_READ_FIELDS_H

#include <stdint.h>

#include "base/buffer.h"
#include "message/schema.h"

enum { NM_PRES_NO_VALUE = UINT32_MAX };

/** A place in the input, for errors. */
typedef struct nm_pres_place {
    uint64_t line;
    uint64_t offset; /**< Octets from the start of the input. */
    size_t column;   /**< Octets from the start of the line, plus 1. */
} nm_pres_place;

/** The text of a value. */
typedef struct nm_pres_value {
    size_t start; /**< In the record's text. */
    size_t len;
    nm_pres_place place;
    uint32_t next; /**< Number of the row's next value, or NM_PRES_NO_VALUE. */
} nm_pres_value;

/** The values of a record in the order of their lines, with a list for each row. */
typedef struct nm_pres_fields {
    nm_buffer values; /**< Of nm_pres_value. */
    uint32_t first[NM_SCHEMA_FIELDS_MAX];
    uint32_t last[NM_SCHEMA_FIELDS_MAX];
    bool is_empty;
} nm_pres_fields;

/** Begin without values. @param allocator  Borrowed until nm_pres_fields_clear(). */
void nm_pres_fields_init(nm_pres_fields *fields, const nm_allocator *allocator);

/** Give the memory back. */
void nm_pres_fields_clear(nm_pres_fields *fields);

/** Forget all values. */
void nm_pres_fields_reset(nm_pres_fields *fields);

/** Note a value of a row. @return NM_OK, NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_pres_fields_add(nm_pres_fields *fields, size_t row,
                                           const nm_pres_value *value);

/** Append the message that the values make: in the order of field numbers, of a field that is not
 *  repeated the last value, and zero for required ones without value.
 *  @param text     Of the record, which the values refer to.
 *  @param end      Where the record ends, for errors that concern no value.
 *  @param scratch  Of use for record data; what it held is lost.
 *  @param err      Optional; written on failure only.
 *  @return NM_OK, NM_E_PARSE, NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_pres_fields_encode(const nm_pres_fields *fields, const nm_schema *schema,
                                              const uint8_t *text, const nm_pres_place *end,
                                              nm_buffer *scratch, nm_buffer *data, nm_error *err);

/** Tell that something else was expected.
 *  @param field     Its name, or NULL.
 *  @param found     What stands there; its start is shown.
 *  @return NM_E_PARSE. */
nm_status nm_pres_reject(nm_error *err, const nm_pres_place *place, const char *field,
                         const char *expected, nm_span found);

#endif
