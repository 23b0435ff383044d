/* SPDX-License-Identifier: Apache-2.0 */
/* Integers as text without printf and strtol. */
#include "base/number.h"

#include "base/ascii.h"
#include "base/word.h"

const char nm_number_pairs[200] = {"00010203040506070809"
                                   "10111213141516171819"
                                   "20212223242526272829"
                                   "30313233343536373839"
                                   "40414243444546474849"
                                   "50515253545556575859"
                                   "60616263646566676869"
                                   "70717273747576777879"
                                   "80818283848586878889"
                                   "90919293949596979899"};

/* How many digits a value has. */
static size_t
count_digits(uint64_t value)
{
    static const uint64_t powers[NM_NUMBER_TEXT_MAX] = {
        1,
        10,
        100,
        1000,
        10000,
        100000,
        1000000,
        10000000,
        100000000,
        1000000000,
        10000000000,
        100000000000,
        1000000000000,
        10000000000000,
        100000000000000,
        1000000000000000,
        10000000000000000,
        100000000000000000,
        1000000000000000000,
        10000000000000000000U,
    };
    /* Bits times log10(2) is the number of digits or one less. */
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
    size_t fewer = bits * 1233 >> 12;
    return fewer + (fewer == 0 || value >= powers[fewer]);
}

size_t
nm_number_format_u64(uint64_t value, char *out)
{
    if (value < 10) {
        *out = (char)('0' + value);
        return 1;
    }
    size_t len = count_digits(value);
    char *p = out + len;
    for (; value >= 100; value /= 100) {
        p -= 2;
        nm_number_format_two((unsigned)(value % 100), p);
    }
    if (value >= 10) {
        nm_number_format_two((unsigned)value, out);
    } else {
        *out = (char)('0' + value);
    }
    return len;
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
    for (; digits >= 2; value /= 100) {
        digits -= 2;
        nm_number_format_two((unsigned)(value % 100), out + digits);
    }
    if (digits > 0) {
        *out = (char)('0' + value % 10);
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

/* The number of eight digits, 0 to 9 each, the first of which is the lowest octet: pairs of octets
 * become numbers of two digits, pairs of these such of four, and those the result. */
static inline uint64_t
join_digits(uint64_t digits)
{
    digits = digits * 10 + (digits >> 8);
    digits = ((digits & 0x000000ff000000ff) * 100) + (digits >> 16 & 0x000000ff000000ff);
    return (digits & 0xffff) * 10000 + (digits >> 32 & 0xffff);
}

size_t
nm_number_take_u64(nm_span text, uint64_t *out)
{
    enum { SAFE_DIGITS = 19 }; /* As many always fit 64 bits. */
    uint64_t value = 0;
    size_t len = 0;
    size_t safe = text.len < SAFE_DIGITS ? text.len : SAFE_DIGITS;

    for (uint64_t word; safe - len >= NM_WORD_LEN; len += NM_WORD_LEN) {
        word = nm_word_load(text.data + len) ^ NM_WORD_OF('0');
        if (((word | (word + NM_WORD_OF(0x80 - 10))) & NM_WORD_OF(0x80)) != 0) {
            break;
        }
        value = value * 100000000 + join_digits(word);
    }
    for (unsigned digit; len < safe && (digit = text.data[len] - (unsigned)'0') <= 9; len++) {
        value = value * 10 + digit;
    }
    for (; len >= SAFE_DIGITS && len < text.len && nm_ascii_is_digit(text.data[len]); len++) {
        unsigned digit = text.data[len] - (unsigned)'0';
        if (value > (UINT64_MAX - digit) / 10) {
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
