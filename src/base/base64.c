/* SPDX-License-Identifier: Apache-2.0 */
/* Base64, both ways. */
#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Write the characters of three octets. */
static void
encode_group(uint32_t group, uint8_t out[4])
{
    out[0] = (uint8_t)alphabet[group >> 18];
    out[1] = (uint8_t)alphabet[group >> 12 & 63];
    out[2] = (uint8_t)alphabet[group >> 6 & 63];
    out[3] = (uint8_t)alphabet[group & 63];
}

void
nm_base64_encode(nm_writer *w, nm_span in)
{
    if (in.len > SIZE_MAX / 4 * 3 - 3) {
        nm_writer_fail(w, NM_E_LIMIT);
        return;
    }
    size_t len = (in.len + 2) / 3 * 4;
    uint8_t *to = nm_writer_room(w, len);
    if (to == NULL || len == 0) {
        return;
    }
    const uint8_t *from = in.data;
    size_t left = in.len;
    for (; left >= 3; left -= 3, from += 3, to += 4) {
        encode_group((uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2], to);
    }
    if (left > 0) {
        encode_group((uint32_t)from[0] << 16 | (left > 1 ? (uint32_t)from[1] << 8 : 0), to);
        to[3] = '=';
        if (left == 1) {
            to[2] = '=';
        }
    }
    nm_writer_advance(w, len);
}

enum { NO_VALUE = 64 /* In the table: not in the alphabet. The rest is six bits. */ };

/* clang-format off */
#define FOUR_TIMES(value) value, value, value, value
#define SIXTEEN_TIMES(value)                                                                       \
    FOUR_TIMES(value), FOUR_TIMES(value), FOUR_TIMES(value), FOUR_TIMES(value)
static const uint8_t values[256] = {
    SIXTEEN_TIMES(64), SIXTEEN_TIMES(64),
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 62, 64, 64, 64, 63, /* "+", "/" */
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 64, 64, 64, /* "0" */
    64,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, /* "A" */
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 64,
    64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, /* "a" */
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 64, 64, 64, 64, 64,
    SIXTEEN_TIMES(64), SIXTEEN_TIMES(64), SIXTEEN_TIMES(64), SIXTEEN_TIMES(64),
    SIXTEEN_TIMES(64), SIXTEEN_TIMES(64), SIXTEEN_TIMES(64), SIXTEEN_TIMES(64),
};
/* clang-format on */

/* Decode groups of four as long as all of each are in the alphabet, and count them.
 * @return the place behind what was written. */
static uint8_t *
decode_groups(nm_span text, uint8_t *to, size_t *out_taken)
{
    const uint8_t *p = text.data;
    size_t count = text.len / 4;
    for (; count > 0; count--, p += 4, to += 3) {
        unsigned a = values[p[0]];
        unsigned b = values[p[1]];
        unsigned c = values[p[2]];
        unsigned d = values[p[3]];
        if (((a | b | c | d) & NO_VALUE) != 0) {
            break;
        }
        to[0] = (uint8_t)(a << 2 | b >> 4);
        to[1] = (uint8_t)(b << 4 | c >> 2);
        to[2] = (uint8_t)(c << 6 | d);
    }
    *out_taken = text.len / 4 * 4 - count * 4;
    return to;
}

size_t
nm_base64_decode(nm_span text, uint8_t *out)
{
    uint8_t *to = out;
    uint32_t bits = 0;
    unsigned bit_count = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (bit_count == 0) {
            size_t taken;
            to = decode_groups(nm_span_of(text.data + i, text.len - i), to, &taken);
            i += taken;
            if (i == text.len) {
                break;
            }
        }
        unsigned value = values[text.data[i]];
        if (value == NO_VALUE) {
            continue;
        }
        bits = bits << 6 | value;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            *to++ = (uint8_t)(bits >> bit_count);
        }
    }
    return (size_t)(to - out);
}
