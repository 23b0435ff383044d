/* SPDX-License-Identifier: Apache-2.0 */
/* From the members of a JSON object to a serialized message. */
#ifndef NM_TEXT_JSON_READ_FIELDS_H
#define NM_TEXT_JSON_READ_FIELDS_H

#include "message/schema.h"
#include "text/json_reader.h"
#include "text/json_string.h"

/** Append the fields of a message in ascending order of their numbers.
 *
 *  Absent and null values of optional fields are left out, of required ones zero. Rows of computed
 *  fields are not looked at.
 *  @param reader   Of the text in which the values lie; told what is wrong.
 *  @param rows     The value of each row of the schema, read whole.
 *  @param scratch  For decoding strings.
 *  @param data     Receives the message.
 *  @return NM_OK; NM_E_PARSE: a value that its field cannot have; NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_json_fields_encode(nm_json_reader *reader, const nm_schema *schema,
                                              const nm_json_value *rows, nm_json_scratch *scratch,
                                              nm_buffer *data);

#endif
