/* SPDX-License-Identifier: Apache-2.0 */
/* Doubles to decimal text. A double is m * 2^e with integers m and e, so every digit of it can be
 * computed with integers; 128 bits are enough for the digits behind the point. */
#include "base/real.h"

enum {
    FRACTION_BITS = 52,
    EXPONENT_BIAS = 1075, /* Of m * 2^e with an integer m: 1023 and the bits of the fraction. */
    EXPONENT_SPECIAL = 0x7ff,
    DECIMALS_MAX = 18,
    CHUNK = 1000000000, /* A digit of large numbers: nine decimal ones. */
    CHUNK_DIGITS = 9,
    CHUNKS = 36, /* 2^1024 has 309 decimal digits. */
};

/* A finite number without its sign. */
typedef struct binary {
    uint64_t mantissa;
    int exponent;
} binary;

/* An integer of 128 bits. */
typedef struct wide {
    uint64_t high;
    uint64_t low;
} wide;

static wide
multiply(uint64_t a, uint64_t b)
{
    uint64_t low = (a & UINT32_MAX) * (b & UINT32_MAX);
    uint64_t middle = (a >> 32) * (b & UINT32_MAX) + (low >> 32);
    uint64_t other = (a & UINT32_MAX) * (b >> 32) + (middle & UINT32_MAX);
    return (wide){.high = (a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32),
                  .low = other << 32 | (low & UINT32_MAX)};
}

/* The number divided by 2^bits, 1 <= bits < 128, rounded half to even; it fits 62 bits. */
static uint64_t
divide_rounding(wide number, unsigned bits)
{
    unsigned shift = (bits - 1) & 127; /* One bit more than asked for tells whether it is a half. */
    uint64_t twice;
    bool is_inexact;
    if (shift >= 64) {
        twice = number.high >> (shift - 64);
        is_inexact = number.low != 0 || twice << (shift - 64) != number.high;
    } else {
        twice = (shift > 0 ? number.high << (64 - shift) : 0) | number.low >> shift;
        is_inexact = (number.low & ((UINT64_C(1) << shift) - 1)) != 0;
    }
    uint64_t quotient = twice >> 1;
    bool is_half_or_more = (twice & 1) != 0;
    return quotient + (is_half_or_more && (is_inexact || (quotient & 1) != 0));
}

static uint64_t
power_of_ten(unsigned exponent)
{
    uint64_t power = 1;
    while (exponent-- > 0) {
        power *= 10;
    }
    return power;
}

static void
write_digits(nm_writer *w, uint64_t value, unsigned digits)
{
    uint8_t *to = nm_writer_room(w, digits);
    if (to != NULL) {
        nm_number_format_padded(value, digits, (char *)to);
        nm_writer_advance(w, digits);
    }
}

/* An integer above 64 bits: mantissa * 2^exponent in chunks of decimal digits. */
static void
write_large(nm_writer *w, binary b)
{
    uint32_t chunks[CHUNKS];
    size_t count = 0;
    for (uint64_t rest = b.mantissa; rest > 0; rest /= CHUNK) {
        chunks[count++] = (uint32_t)(rest % CHUNK);
    }
    while (b.exponent > 0) {
        int shift = b.exponent < 32 ? b.exponent : 32;
        uint64_t carry = 0;
        b.exponent -= shift;
        for (size_t i = 0; i < count; i++) {
            carry += (uint64_t)chunks[i] << shift;
            chunks[i] = (uint32_t)(carry % CHUNK);
            carry /= CHUNK;
        }
        for (; carry > 0; carry /= CHUNK) {
            chunks[count++] = (uint32_t)(carry % CHUNK);
        }
    }
    nm_writer_u64(w, chunks[--count]);
    while (count > 0) {
        write_digits(w, chunks[--count], CHUNK_DIGITS);
    }
}

/* Split into the integer before the point and the digits behind it. */
static uint64_t
split(binary b, unsigned decimals, uint64_t *ret_behind)
{
    unsigned bits = (unsigned)-b.exponent; /* Behind the binary point. */
    uint64_t before = bits < 64 ? b.mantissa >> bits : 0;
    uint64_t fraction = bits < 64 ? b.mantissa - (before << bits) : b.mantissa;
    uint64_t one = power_of_ten(decimals);

    /* The product is below 2^113, so with 128 bits less nothing is left of it. */
    *ret_behind = bits < 128 ? divide_rounding(multiply(fraction, one), bits) : 0;
    if (*ret_behind == one) {
        *ret_behind = 0;
        before++;
    }
    return before;
}

/* What stands before the point; *ret_behind becomes what stands behind it. */
static void
write_before_point(nm_writer *w, binary b, unsigned decimals, uint64_t *ret_behind)
{
    *ret_behind = 0;
    if (b.exponent > 63 - FRACTION_BITS - 1) {
        write_large(w, b);
    } else if (b.exponent >= 0) {
        nm_writer_u64(w, b.mantissa << b.exponent);
    } else {
        nm_writer_u64(w, split(b, decimals, ret_behind));
    }
}

static binary
binary_of(uint64_t raw)
{
    int exponent = (int)(raw >> FRACTION_BITS & EXPONENT_SPECIAL);
    uint64_t fraction = raw & ((UINT64_C(1) << FRACTION_BITS) - 1);
    if (exponent == 0) {
        return (binary){.mantissa = fraction, .exponent = 1 - EXPONENT_BIAS};
    }
    return (binary){.mantissa = fraction | UINT64_C(1) << FRACTION_BITS,
                    .exponent = exponent - EXPONENT_BIAS};
}

/* Write the sign, if there is one. @return the number's bits. */
static uint64_t
write_sign(nm_writer *w, double value)
{
    uint64_t raw;
    memcpy(&raw, &value, sizeof raw);
    if (raw >> 63 != 0) {
        nm_writer_octet(w, '-');
    }
    return raw;
}

void
nm_real_format(nm_writer *w, double value)
{
    uint64_t behind;
    unsigned digits = DECIMALS_MAX;
    write_before_point(w, binary_of(write_sign(w, value)), DECIMALS_MAX, &behind);
    while (digits > 1 && behind % 10 == 0) {
        behind /= 10;
        digits--;
    }
    nm_writer_octet(w, '.');
    write_digits(w, behind, digits);
}

void
nm_real_format_short(nm_writer *w, double value)
{
    enum { DECIMALS = 6 };
    uint64_t raw = write_sign(w, value);
    uint64_t behind;
    if ((raw >> FRACTION_BITS & EXPONENT_SPECIAL) == EXPONENT_SPECIAL) {
        bool is_infinite = raw << (64 - FRACTION_BITS) == 0;
        nm_writer_text(w, is_infinite ? "inf" : "nan");
        return;
    }
    write_before_point(w, binary_of(raw), DECIMALS, &behind);
    nm_writer_octet(w, '.');
    write_digits(w, behind, DECIMALS);
}
