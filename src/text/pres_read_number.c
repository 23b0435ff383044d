/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people write them, which is more than what presentation text has. */
#include "text/pres_read_number.h"

#include <math.h>

#include "base/ascii.h"
#include "base/real.h"

enum { REAL_TEXT_MAX = 512 /* Octets of a number with point and exponent; doubles have 317. */ };

/* Take a sign away. @return true if it was "-". */
static bool
take_sign(nm_span *text)
{
    bool is_negative = text->len > 0 && text->data[0] == '-';
    if (is_negative || (text->len > 0 && text->data[0] == '+')) {
        *text = nm_span_of(text->data + 1, text->len - 1);
    }
    return is_negative;
}

/* Take away what tells the base. */
static unsigned
take_base(nm_span *text)
{
    if (text->len < 2 || text->data[0] != '0') {
        return 10;
    }
    bool is_hex = nm_ascii_lower(text->data[1]) == 'x';
    size_t len = is_hex ? 2 : 1;
    *text = nm_span_of(text->data + len, text->len - len);
    return is_hex ? 16 : 8;
}

static bool
parse_digits(nm_span text, unsigned base, uint64_t *out)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = nm_ascii_hex_value(text.data[i]);
        if (digit < 0 || (unsigned)digit >= base ||
            number > (UINT64_MAX - (unsigned)digit) / base) {
            return false;
        }
        number = number * base + (unsigned)digit;
    }
    *out = number;
    return text.len > 0;
}

bool
nm_pres_integer_parse(nm_span text, int64_t low, uint64_t high, nm_value *out)
{
    uint64_t number;
    bool is_negative = take_sign(&text);
    unsigned base = take_base(&text);
    if (!parse_digits(text, base, &number)) {
        return false;
    }
    if (is_negative ? number > -(uint64_t)low : number > high) {
        return false;
    }
    number = is_negative ? -number : number;
    *out = (nm_value){.u64 = number, .i64 = (int64_t)number};
    return true;
}

static bool
is_word(nm_span text, const char *word)
{
    return nm_ascii_equal_any_case(text, nm_span_of_text(word));
}

/* How many digits `text` starts with. */
static size_t
digits_len(nm_span text)
{
    size_t len = 0;
    while (len < text.len && nm_ascii_is_digit(text.data[len])) {
        len++;
    }
    return len;
}

/* The same number as JSON would write it: digits in front of the point, but no zeros in front of
 * others, and digits behind it. @return its octets, 0 if there are no digits. */
static size_t
normalize(nm_span text, char out[REAL_TEXT_MAX])
{
    size_t len = 0;
    size_t whole = digits_len(text);
    size_t zeros = 0;
    while (zeros + 1 < whole && text.data[zeros] == '0') {
        zeros++;
    }
    nm_span rest = nm_span_of(text.data + whole, text.len - whole);
    bool has_point = rest.len > 0 && rest.data[0] == '.';
    rest = nm_span_of(rest.data + has_point, rest.len - has_point);
    size_t decimals = has_point ? digits_len(rest) : 0;
    if (whole + decimals == 0 || text.len + sizeof "0.0" > REAL_TEXT_MAX) {
        return 0;
    }
    out[len++] = '0';
    len -= whole > 0;
    memcpy(out + len, text.data + zeros, whole - zeros);
    len += whole - zeros;
    out[len++] = '.';
    out[len++] = '0';
    len -= decimals > 0;
    memcpy(out + len, rest.data, rest.len); /* Decimals and what follows them. */
    return len + rest.len;
}

bool
nm_pres_real_parse(nm_span text, double *out)
{
    char number[REAL_TEXT_MAX];
    double real;
    bool is_negative = take_sign(&text);
    if (is_word(text, "inf") || is_word(text, "infinity")) {
        real = (double)INFINITY;
    } else if (is_word(text, "nan")) {
        real = (double)NAN;
    } else {
        size_t len = text.len > 0 ? normalize(text, number) : 0;
        if (len == 0 || !nm_real_parse(nm_span_of(number, len), &real)) {
            return false;
        }
    }
    *out = is_negative ? -real : real;
    return true;
}
