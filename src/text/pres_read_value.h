/* SPDX-License-Identifier: Apache-2.0 */
/* One value of presentation text becomes a field of a message. */
#ifndef NM_TEXT_PRES_READ_VALUE_H
#define NM_TEXT_PRES_READ_VALUE_H

#include "message/schema.h"
#include "text/record_type.h"

/** What values of a kind have to be, to follow "expected <field> to be". */
const char *nm_pres_value_expectation(nm_kind kind);

/** True for the text of a number, perhaps with a name in front: "A (1)", "CLASS77 (77)",
 *  "<UNKNOWN> (65280)", "A", "1". Of the kinds with such texts.
 *  @param out  Written on success only. */
bool nm_pres_named_number_parse(nm_kind kind, nm_span text, uint16_t *out);

/** Read a value and append it with its tag.
 *  @param text     What follows the field's name and colon; of strings every octet counts.
 *  @param type     Of record data; all zero if the record does not tell it.
 *  @param scratch  Of use for record data; emptied first.
 *  @param detail   Written on NM_E_PARSE where more can be told; its offset is in `text`.
 *  @return NM_OK, NM_E_PARSE, NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_pres_value_encode(const nm_field *field, nm_span text,
                                             nm_record_type type, nm_buffer *scratch,
                                             nm_buffer *out, nm_error *detail);

#endif
