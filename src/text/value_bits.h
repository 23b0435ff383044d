/* SPDX-License-Identifier: Apache-2.0 */
/* Numeric values without regard to how they are encoded. */
#ifndef NM_TEXT_VALUE_BITS_H
#define NM_TEXT_VALUE_BITS_H

#include "message/schema.h"

/** The bits of a value that is no bytes, whichever member of it holds them; negative ones as two's
 *  complement, doubles as they are stored. Casting gives what the field's kind means: (uint16_t),
 *  (int32_t) … */
static inline uint64_t
nm_value_bits(const nm_field *field, const nm_value *value)
{
    uint64_t bits;
    if (field->pb_type == NM_PB_DOUBLE) {
        memcpy(&bits, &value->real, sizeof bits);
        return bits;
    }
    bool is_unsigned = field->pb_type == NM_PB_UINT32 || field->pb_type == NM_PB_UINT64 ||
                       field->pb_type == NM_PB_FIXED32;
    return is_unsigned ? value->u64 : (uint64_t)value->i64;
}

#endif
