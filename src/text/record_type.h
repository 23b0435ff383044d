/* SPDX-License-Identifier: Apache-2.0 */
/* Type and class of the record data in a message, which stand in other fields of it. */
#ifndef NM_TEXT_RECORD_TYPE_H
#define NM_TEXT_RECORD_TYPE_H

#include "message/value.h"

/** What tells how record data are written. */
typedef struct nm_record_type {
    uint16_t type; /**< 0, which no record has, for data of unknown type: written as octets. */
    uint16_t rrclass;
} nm_record_type;

/** Type and class of the record data of a message; type 0 when one of both is absent. */
nm_record_type nm_record_type_of(const nm_fields *fields);

#endif
