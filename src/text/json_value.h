/* SPDX-License-Identifier: Apache-2.0 */
/* One value of a field as JSON, as it comes out of the message. */
#ifndef NM_TEXT_JSON_VALUE_H
#define NM_TEXT_JSON_VALUE_H

#include "base/address.h"
#include "base/writer.h"
#include "message/schema.h"
#include "text/record_type.h"

enum { NM_JSON_NUMBER_ROOM = NM_ADDRESS_TEXT_MAX + 2 /**< For nm_json_number_put(). */ };

/** Put the value of a field that is neither NM_PB_BYTES nor NM_PB_DOUBLE at `to`.
 *  @param to    Room for NM_JSON_NUMBER_ROOM octets, of which more may be written than are used.
 *  @param bits  As nm_bits_at() gives them.   @return the place behind the value. */
uint8_t *nm_json_number_put(uint8_t *to, const nm_field *field, uint64_t bits);

/** Append the value of a field that is no NM_PB_BYTES. */
void nm_json_number_write(nm_writer *w, const nm_field *field, uint64_t bits);

/** Append the value of a field of NM_PB_BYTES, of all kinds but NM_KIND_DNS_RDATA. */
void nm_json_bytes_write(nm_writer *w, const nm_fields *fields, const nm_field *field,
                         nm_span bytes);

/** Append record data. */
void nm_json_rdata_write(nm_writer *w, nm_record_type type, nm_span rdata);

#endif
