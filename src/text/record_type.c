/* SPDX-License-Identifier: Apache-2.0 */
/* Finding type and class of record data. */
#include "text/record_type.h"

#include "message/index.h"

nm_record_type
nm_record_type_of(const nm_fields *fields)
{
    nm_value type;
    nm_value rrclass;
    bool are_there = nm_fields_stored(fields, fields->schema->rrtype, &type) &&
                     nm_fields_stored(fields, fields->schema->rrclass, &rrclass);
    return are_there ? (nm_record_type){(uint16_t)type.u64, (uint16_t)rrclass.u64}
                     : (nm_record_type){0, 0};
}
