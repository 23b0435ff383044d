/* SPDX-License-Identifier: Apache-2.0 */
/* The value of a field as the key of a record: what belongs together has the same key. */
#ifndef NM_TEXT_FIELD_KEY_H
#define NM_TEXT_FIELD_KEY_H

#include "base/writer.h"
#include "message/value.h"

/** Append the value of the field in row `row`; of several the first; of an absent one nothing.
 *
 *  Strings are written without their final NUL, bytes as they are, everything else as JSON shows
 *  it, but without quotation marks and escapes: addresses, names, numbers, symbols.
 *  @param fields   Of a known type, indexed by nm_index_build().
 *  @param scratch  Room for computed values; what it held is lost.
 *  @return the writer's status: NM_OK, NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_field_key_write(nm_writer *w, const nm_fields *fields, size_t row,
                                           nm_buffer *scratch);

#endif
