/* SPDX-License-Identifier: Apache-2.0 */
/* Decimal text to doubles. Few digits with a small exponent are one exact division or
 * multiplication; all others go through integers that are as large as it takes. */
#include <float.h>
#include <math.h>

#include "base/ascii.h"
#include "base/cursor.h"
#include "base/real.h"

enum {
    DIGITS_MAX = 800,          /* No double and no half between two has more than 768 digits. */
    SMALL_DIGITS_MAX = 19,     /* Any such number fits 64 bits. */
    EXACT_POWER_MAX = 22,      /* 10^22 is the last power of ten that is a double. */
    LARGEST_MAGNITUDE = 310,   /* Above 10^309 everything is infinite, */
    SMALLEST_MAGNITUDE = -330, /* and below 10^-324 everything is zero. */
    CHUNK_DIGITS = 9,          /* What one step takes in: 10^9 fits 32 bits. */
    LIMBS = 128, /* Enough for a divisor of 10^1130 (3754 bits) and 64 + 63 bits more. */
    FRACTION_BITS = 52,
};

/* What the text says: the digits from `digits` on, with leading zeros left out and a point perhaps
 * among them, times 10^exponent. */
typedef struct decimal {
    const uint8_t *digits;
    uint64_t count; /* Of the digits. */
    uint64_t small; /* Their value while there are at most SMALL_DIGITS_MAX. */
    int64_t exponent;
} decimal;

/* An integer; limbs of 32 bits, the lowest first, the highest not zero. */
typedef struct large {
    uint32_t limbs[LIMBS];
    size_t len;
} large;

static uint32_t
power_of_ten(uint64_t exponent)
{
    uint32_t power = 1;
    while (exponent-- > 0) {
        power *= 10;
    }
    return power;
}

static void
multiply_add(large *n, uint32_t factor, uint32_t summand)
{
    uint64_t carry = summand;
    for (size_t i = 0; i < n->len; i++) {
        carry += (uint64_t)n->limbs[i] * factor;
        n->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0) {
        n->limbs[n->len++] = (uint32_t)carry;
    }
}

/* Divide and drop the rest. @return true if there was one. */
static bool
divide(large *n, uint32_t divisor)
{
    uint64_t rest = 0;
    for (size_t i = n->len; i-- > 0;) {
        rest = rest << 32 | n->limbs[i];
        n->limbs[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    while (n->len > 0 && n->limbs[n->len - 1] == 0) {
        n->len--;
    }
    return rest != 0;
}

static unsigned
leading_zeros(uint32_t limb)
{
    unsigned count = 0;
    for (; (limb & 0x80000000) == 0; limb <<= 1) {
        count++;
    }
    return count;
}

/* Put as many zero limbs below as a division by 10^exponent needs to leave 64 bits or more.
 * @return how many bits that are. */
static int
make_room_below(large *n, uint64_t exponent)
{
    size_t divisor_bits = (size_t)(exponent * 3322 / 1000 + 1); /* log2(10) is below 3.322. */
    size_t wanted = 1 + (divisor_bits + 64 + 31) / 32; /* The highest may hold a single bit. */
    size_t added = n->len < wanted ? wanted - n->len : 0;
    memmove(n->limbs + added, n->limbs, n->len * sizeof *n->limbs);
    memset(n->limbs, 0, added * sizeof *n->limbs);
    n->len += added;
    return (int)(32 * added);
}

/* Take in the digits. @return true if others than zeros were left over. */
static bool
gather_digits(const decimal *d, uint64_t count, large *out)
{
    const uint8_t *p = d->digits;
    uint32_t chunk = 0;
    uint64_t chunk_digits = 0;
    out->len = 0;
    for (uint64_t taken = 0; taken < count; p++) {
        if (*p == '.') {
            continue;
        }
        chunk = chunk * 10 + (*p - (uint32_t)'0');
        taken++;
        if (++chunk_digits == CHUNK_DIGITS || taken == count) {
            multiply_add(out, power_of_ten(chunk_digits), chunk);
            chunk = 0;
            chunk_digits = 0;
        }
    }
    for (uint64_t left = d->count - count; left > 0; p++) {
        if (*p > '0') { /* And so not the point. */
            return true;
        }
        left -= *p == '0';
    }
    return false;
}

/* The double nearest to number * 2^exponent, of which a little more was lost if `is_inexact`. */
static double
round_to_double(const large *n, int exponent, bool is_inexact)
{
    unsigned shift = leading_zeros(n->limbs[n->len - 1]);
    uint64_t top = 0; /* The highest 64 bits, the first of them being 1. */
    for (size_t i = 0; i < 3; i++) {
        uint64_t limb = i < n->len ? n->limbs[n->len - 1 - i] : 0;
        top |= i == 0 ? limb << 32 << shift : i == 1 ? limb << shift : limb >> (32 - shift);
        is_inexact = is_inexact || (i == 2 && (uint32_t)(limb << shift) != 0);
    }
    for (size_t i = 3; i < n->len; i++) {
        is_inexact = is_inexact || n->limbs[n->len - 1 - i] != 0;
    }
    exponent += (int)(32 * n->len) - (int)shift - 1; /* The number is 1.… * 2^exponent. */

    int kept = exponent < -1022 ? FRACTION_BITS + 1 - (-1022 - exponent) : FRACTION_BITS + 1;
    if (exponent > 1023) {
        return HUGE_VAL;
    }
    if (kept < 0) {
        return 0;
    }
    unsigned dropped = 64 - (unsigned)kept;
    uint64_t mantissa = kept > 0 ? top >> dropped : 0;
    uint64_t rest = kept > 0 ? top << kept : top; /* As a fraction of 2^64. */
    uint64_t half = UINT64_C(1) << 63;
    mantissa += rest > half || (rest == half && (is_inexact || (mantissa & 1) != 0));

    /* A mantissa that was rounded up to the next power of two makes the exponent one larger. */
    uint64_t raw = mantissa;
    if (exponent >= -1022) {
        raw += (uint64_t)(exponent + 1022) << FRACTION_BITS;
    }
    double value;
    memcpy(&value, &raw, sizeof value);
    return value;
}

static double
exact_value(const decimal *d)
{
    uint64_t count = d->count < DIGITS_MAX ? d->count : DIGITS_MAX;
    int64_t exponent = d->exponent + (int64_t)(d->count - count);
    int64_t magnitude = exponent + (int64_t)count;
    if (d->count == 0 || magnitude < SMALLEST_MAGNITUDE) {
        return 0;
    }
    if (magnitude > LARGEST_MAGNITUDE) {
        return HUGE_VAL;
    }
    large n;
    bool is_inexact = gather_digits(d, count, &n);
    int binary_exponent = 0;
    if (exponent < 0) {
        binary_exponent = -make_room_below(&n, (uint64_t)-exponent);
    }
    while (exponent != 0) {
        uint64_t left = (uint64_t)(exponent > 0 ? exponent : -exponent);
        uint64_t step = left < CHUNK_DIGITS ? left : CHUNK_DIGITS;
        if (exponent > 0) {
            multiply_add(&n, power_of_ten(step), 0);
            exponent -= (int64_t)step;
        } else {
            is_inexact = divide(&n, power_of_ten(step)) || is_inexact;
            exponent += (int64_t)step;
        }
    }
    return round_to_double(&n, binary_exponent, is_inexact);
}

static double
value_of(const decimal *d)
{
    static const double powers[EXACT_POWER_MAX + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    };
    bool is_exact = FLT_EVAL_METHOD == 0 && d->count <= SMALL_DIGITS_MAX &&
                    d->small <= UINT64_C(1) << (FRACTION_BITS + 1);
    uint64_t power = d->exponent < 0 ? -(uint64_t)d->exponent : (uint64_t)d->exponent;
    if (!is_exact || power > EXACT_POWER_MAX) {
        return exact_value(d);
    }
    double scale = powers[power % (EXACT_POWER_MAX + 1)];
    return d->exponent < 0 ? (double)d->small / scale : (double)d->small * scale;
}

/* Take digits, at least one. @return how many. */
static size_t
take_digits(nm_cursor *c, decimal *d)
{
    const uint8_t *start = c->pos;
    for (; c->pos < c->end && nm_ascii_is_digit(*c->pos); c->pos++) {
        if (d->count == 0) {
            if (*c->pos == '0') {
                continue;
            }
            d->digits = c->pos;
        }
        if (++d->count <= SMALL_DIGITS_MAX) {
            d->small = d->small * 10 + (*c->pos - (uint64_t)'0');
        }
    }
    if (c->pos == start) {
        nm_cursor_fail(c);
    }
    return (size_t)(c->pos - start);
}

static bool
take_octet(nm_cursor *c, uint8_t small_letter)
{
    if (c->pos == c->end || nm_ascii_lower(*c->pos) != small_letter) {
        return false;
    }
    c->pos++;
    return true;
}

/* Take the digits of an exponent; what is too large to matter stays at that. */
static int64_t
take_exponent(nm_cursor *c)
{
    bool is_negative = take_octet(c, '-');
    if (!is_negative) {
        (void)take_octet(c, '+'); /* It may be there or not. */
    }
    decimal exponent = {.digits = NULL};
    (void)take_digits(c, &exponent); /* Only their value matters. */
    const int64_t enough = INT64_C(1) << 60;
    int64_t value = exponent.count < SMALL_DIGITS_MAX && exponent.small < (uint64_t)enough
                        ? (int64_t)exponent.small
                        : enough;
    return is_negative ? -value : value;
}

bool
nm_real_parse(nm_span text, double *out)
{
    nm_cursor c = nm_cursor_init(text);
    decimal d = {.digits = NULL};
    bool is_negative = take_octet(&c, '-');
    bool starts_with_zero = c.pos < c.end && *c.pos == '0';
    if (take_digits(&c, &d) > 1 && starts_with_zero) {
        return false;
    }
    if (take_octet(&c, '.')) {
        d.exponent = -(int64_t)take_digits(&c, &d);
    }
    if (take_octet(&c, 'e')) {
        d.exponent += take_exponent(&c);
    }
    if (c.has_failed || nm_cursor_left(&c) > 0) {
        return false;
    }
    double value = value_of(&d);
    *out = is_negative ? -value : value;
    return true;
}
