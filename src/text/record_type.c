/* SPDX-License-Identifier: Apache-2.0 */
/* Finding type and class of record data. */
#include "text/record_type.h"

#include "message/index.h"

static bool
find(const nm_fields *fields, uint32_t number, uint16_t *out)
{
    size_t row = nm_fields_row(fields, number);
    if (row == SIZE_MAX || fields->slots[row] == 0) {
        return false;
    }
    *out = (uint16_t)nm_bits_at(&fields->schema->fields[row], fields->payload, fields->slots[row]);
    return true;
}

nm_record_type
nm_record_type_of(const nm_fields *fields)
{
    nm_record_type found;
    bool are_there = find(fields, fields->schema->rrtype, &found.type) &&
                     find(fields, fields->schema->rrclass, &found.rrclass);
    return are_there ? found : (nm_record_type){0, 0};
}
