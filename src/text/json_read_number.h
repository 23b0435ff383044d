/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values of the kinds that are numbers in a message. */
#ifndef NM_TEXT_JSON_READ_NUMBER_H
#define NM_TEXT_JSON_READ_NUMBER_H

#include "message/schema.h"
#include "text/json_reader.h"

/** Read an integer from `low` to `high`.
 *  @param out  Two's complement where it is negative.   @return false if `value` is anything else;
 *              *out is undefined. */
bool nm_json_integer_get(const nm_json_value *value, int64_t low, uint64_t high, uint64_t *out);

/** Read the value of a field whose kind is stored as a number.
 *  @param text  What `value` says if it is a string, decoded; else an empty span.
 *  @param out   As nm_bits_encode() takes it.
 *  @return false when it is nothing that the field can have; *out is undefined. */
bool nm_json_number_get(const nm_field *field, const nm_json_value *value, nm_span text,
                        uint64_t *out);

#endif
