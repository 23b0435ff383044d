/* SPDX-License-Identifier: Apache-2.0 */
/* The part of reading protobuf fields that is seldom reached. */
#include "wire/protobuf.h"

const uint8_t *
nm_pb_varint_take(const uint8_t *pos, const uint8_t *end, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 7 * NM_VARINT_MAX && pos < end; shift += 7) {
        uint8_t octet = *pos++;
        value |= (uint64_t)(octet & 0x7f) << shift;
        if (octet < 0x80) {
            *out = value;
            return pos;
        }
    }
    return NULL;
}
