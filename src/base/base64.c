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

/* Six bits; 64 for octets that are not in the alphabet. */
static unsigned
value_of(uint8_t character)
{
    /* From '+' (43) to 'z' (122); what lies between is 64. */
    static const uint8_t values['z' - '+' + 1] = {
        62, 64, 64, 64, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 64, 64,
        64, 64, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17,
        18, 19, 20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 64, 64, 26, 27, 28, 29, 30, 31,
        32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
    };
    return character >= '+' && character <= 'z' ? values[character - '+'] : 64;
}

size_t
nm_base64_decode(nm_span text, uint8_t *out)
{
    uint8_t *to = out;
    uint32_t bits = 0;
    unsigned bit_count = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned value = value_of(text.data[i]);
        if (value == 64) {
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
