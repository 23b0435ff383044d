/* SPDX-License-Identifier: Apache-2.0 */
/* Integers as text without printf and strtol. */
#include "base/number.h"

#include "base/ascii.h"

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

size_t
nm_number_format_hex32(uint32_t value, char *out)
{
    static const char hex[] = "0123456789abcdef";
    unsigned shift = 28;
    size_t len = 0;

    while (shift > 0 && value >> shift == 0) {
        shift -= 4;
    }
    for (;; shift -= 4) {
        out[len++] = hex[value >> shift & 15];
        if (shift == 0) {
            return len;
        }
    }
}

size_t
nm_number_take_u64(nm_span text, uint64_t *out)
{
    enum { SAFE_DIGITS = 19 }; /* As many always fit 64 bits. */
    uint64_t value = 0;
    size_t len = 0;

    for (; len < text.len && nm_ascii_is_digit(text.data[len]); len++) {
        unsigned digit = text.data[len] - (unsigned)'0';
        if (len >= SAFE_DIGITS && value > (UINT64_MAX - digit) / 10) {
            return 0;
        }
        value = value * 10 + digit;
    }
    if (len > 0) {
        *out = value;
    }
    return len;
}

bool
nm_number_parse_u64(nm_span text, uint64_t *out)
{
    uint64_t value;
    size_t len = nm_number_take_u64(text, &value);
    if (len == 0 || len < text.len) {
        return false;
    }
    *out = value;
    return true;
}

bool
nm_number_parse_i64(nm_span text, int64_t *out)
{
    bool is_negative = text.len > 0 && text.data[0] == '-';
    nm_span digits = is_negative ? nm_span_of(text.data + 1, text.len - 1) : text;
    uint64_t distance;

    if (!nm_number_parse_u64(digits, &distance) ||
        distance > (uint64_t)INT64_MAX + (is_negative ? 1 : 0)) {
        return false;
    }
    *out = is_negative ? (int64_t)-distance : (int64_t)distance;
    return true;
}

bool
nm_number_parse_hex32(nm_span text, uint32_t *out)
{
    bool has_prefix = text.len > 2 && text.data[0] == '0' && nm_ascii_lower(text.data[1]) == 'x';
    uint64_t value = 0;
    size_t start = has_prefix ? 2 : 0;

    for (size_t i = start; i < text.len; i++) {
        int digit = nm_ascii_hex_value(text.data[i]);
        value = value << 4 | (unsigned)digit;
        if (digit < 0 || value > UINT32_MAX) {
            return false;
        }
    }
    if (text.len == start) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}
