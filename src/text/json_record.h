/* SPDX-License-Identifier: Apache-2.0 */
/* One message as one JSON object, both ways (docs/format.md, JSON). */
#ifndef NM_TEXT_JSON_RECORD_H
#define NM_TEXT_JSON_RECORD_H

#include "base/writer.h"
#include "message/alias.h"
#include "message/value.h"
#include "wire/payload.h"

/** Append a message as one JSON object, without line end. What is written is valid JSON (RFC 8259)
 *  whatever the fields hold.
 *  @param header   Gives time, type, source, operator and group; its data is not looked at.
 *  @param fields   Of a known type, indexed by nm_index_build().
 *  @param aliases  Names of operators and groups; NULL for numbers.
 *  @param scratch  Room for computed values; what it held is lost.
 *  @return the writer's status: NM_OK, NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_json_record_write(nm_writer *w, const nm_payload *header,
                                             const nm_fields *fields, const nm_aliases *aliases,
                                             nm_buffer *scratch);

/** Append one value of the field in row `row` as JSON.
 *  @param value  As nm_values_next(), nm_value_at() or nm_fields_shown() gave it. */
void nm_json_value_write(nm_writer *w, const nm_fields *fields, size_t row, const nm_value *value);

/** Read one JSON object, with white space around it if need be, as a message.
 *
 *  Members may stand in any order; of several with one name the last counts; those that the type
 *  does not know or computes are ignored. Missing required fields are zero.
 *  @param line      Number of the line, for the sentence in *err.
 *  @param aliases   Numbers of named operators and groups; NULL: a name counts as absent.
 *  @param now_sec   Time of messages without one; `now_nsec` below 10^9.
 *  @param data      Receives the serialized message; emptied first.
 *  @param out       Written on NM_OK only; its data borrows from `data`.
 *  @param err       Optional; written on failure only. Its offset is in `text`, its sentence names
 *                   line, column (in octets), field, and what was expected.
 *  @return NM_OK; NM_E_PARSE: not one JSON object (RFC 8259), a member with a wrong value, or an
 *          unknown type; NM_E_LIMIT: `data` is too small; NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_json_record_read(nm_span text, uint64_t line, const nm_aliases *aliases,
                                            int64_t now_sec, uint32_t now_nsec, nm_buffer *data,
                                            nm_payload *out, nm_error *err);

#endif
