/* SPDX-License-Identifier: Apache-2.0 */
/* One value of a field as presentation text (docs/format.md, Presentation). */
#ifndef NM_TEXT_PRES_VALUE_H
#define NM_TEXT_PRES_VALUE_H

#include "base/writer.h"
#include "message/schema.h"
#include "text/record_type.h"

/** Append one value of the field in row `row`: the text that follows its name, without line end.
 *
 *  Strings are copied up to their first NUL, octet for octet. DNS messages give their DNS text,
 *  which has several lines, or "<PARSE ERROR>"; domain names of no octets or more than 255 nothing.
 *  @param value  As nm_values_next(), nm_value_at() or nm_fields_shown() gave it.
 *  @return the writer's status: NM_OK, NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_pres_value_write(nm_writer *w, const nm_fields *fields, size_t row,
                                            const nm_value *value);

enum { NM_PRES_NUMBER_ROOM = 64 /**< For nm_pres_number_put(). */ };

/** Put the value of a field that is neither NM_PB_BYTES nor NM_PB_DOUBLE at `to`.
 *  @param to    Room for NM_PRES_NUMBER_ROOM octets, of which more may be written than are used.
 *  @param bits  As nm_bits_at() gives them.   @return the place behind the value. */
uint8_t *nm_pres_number_put(uint8_t *to, const nm_field *field, uint64_t bits);

/** As nm_pres_value_write() for a field that is no NM_PB_BYTES. */
void nm_pres_number_write(nm_writer *w, const nm_field *field, uint64_t bits);

/** The same for a field of NM_PB_BYTES, of all kinds but NM_KIND_DNS_RDATA. */
void nm_pres_bytes_write(nm_writer *w, const nm_field *field, nm_span bytes);

/** The same for record data. */
void nm_pres_rdata_write(nm_writer *w, nm_record_type type, nm_span rdata);

#endif
