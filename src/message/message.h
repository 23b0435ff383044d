/* SPDX-License-Identifier: Apache-2.0 */
/* One message as it came: header, octets, table and index. */
#ifndef NM_MESSAGE_MESSAGE_H
#define NM_MESSAGE_MESSAGE_H

#include "message/index.h"
#include "wire/payload.h"

/** A message that borrows from the container it lies in. */
typedef struct nm_message {
    nm_payload payload;
    const nm_schema *schema;             /**< NULL for types that nobody here knows. */
    nm_slot slots[NM_SCHEMA_FIELDS_MAX]; /**< One for every row of the schema. */
    nm_row_map map; /**< Of the schema last decoded with, which may be another. */
} nm_message;

/** The fields of a message whose type is known; borrowed from it. */
static inline nm_fields
nm_message_fields(const nm_message *m)
{
    return (nm_fields){
        .schema = m->schema,
        .map = m->map.schema == m->schema ? &m->map : NULL,
        .payload = m->payload.data,
        .slots = m->slots,
    };
}

/** Take a payload as a message: find its table and index it. Absent data counts as no octets.
 *
 *  *m may be the result of an earlier call; a stream of one type then skips the search.
 *  @param m    Zeroed or decoded before; its content is undefined after a failure.
 *  @param err  Optional; offset is in the payload's data.
 *  @return NM_OK (also for unknown types, which have nothing to check), NM_E_PARSE, NM_E_LIMIT. */
NM_MUST_CHECK nm_status nm_message_decode(nm_message *m, const nm_payload *payload, nm_error *err);

#endif
