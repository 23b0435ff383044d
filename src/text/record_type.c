/* SPDX-License-Identifier: Apache-2.0 */
/* Finding type and class of record data. */
#include "text/record_type.h"

#include "message/index.h"

nm_record_type
nm_record_type_of(const nm_fields *fields)
{
    const nm_schema *schema = fields->schema;
    nm_record_type found = {0, 0};
    unsigned missing = 2;
    for (size_t row = 0; row < schema->field_count && missing > 0; row++) {
        const nm_field *field = &schema->fields[row];
        if (field->number != schema->rrtype && field->number != schema->rrclass) {
            continue;
        }
        if (fields->slots[row] == 0) {
            break;
        }
        uint16_t value = (uint16_t)nm_bits_at(field, fields->payload, fields->slots[row]);
        if (field->number == schema->rrtype) {
            found.type = value;
        } else {
            found.rrclass = value;
        }
        missing--;
    }
    return missing == 0 ? found : (nm_record_type){0, 0};
}
