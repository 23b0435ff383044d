/* SPDX-License-Identifier: Apache-2.0 */
/* Integers to decimal text without printf. */
#include "base/number.h"

#include <string.h>

size_t
nm_number_format_u64(uint64_t value, char *out)
{
    char digits[NM_NUMBER_TEXT_MAX];
    size_t start = sizeof digits;

    do {
        digits[--start] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    memcpy(out, digits + start, sizeof digits - start);
    return sizeof digits - start;
}

size_t
nm_number_format_i64(int64_t value, char *out)
{
    if (value >= 0) {
        return nm_number_format_u64((uint64_t)value, out);
    }
    *out = '-';
    return 1 + nm_number_format_u64(-(uint64_t)value, out + 1);
}

void
nm_number_format_padded(uint64_t value, unsigned digits, char *out)
{
    while (digits > 0) {
        out[--digits] = (char)('0' + value % 10);
        value /= 10;
    }
}
