/* SPDX-License-Identifier: Apache-2.0 */
/* Octets as text, both ways. */
#include "dns/encoding.h"

#include "base/ascii.h"

enum { ESCAPE_LEN = 4 /* \DDD */ };

static const char base16_digits[] = "0123456789ABCDEF";
static const char base32_digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
nm_dns_base16_format(nm_writer *w, nm_span octets)
{
    uint8_t *to = nm_writer_room(w, 2 * octets.len);
    if (to == NULL) {
        return;
    }
    for (size_t i = 0; i < octets.len; i++) {
        *to++ = (uint8_t)base16_digits[octets.data[i] >> 4];
        *to++ = (uint8_t)base16_digits[octets.data[i] & 15];
    }
    nm_writer_advance(w, 2 * octets.len);
}

/* Digits of `bits` bits each, the last one filled up with zeros. */
static uint8_t *
put_digits(uint8_t *to, nm_span octets, unsigned bits, const char *digits)
{
    uint32_t pending = 0;
    unsigned count = 0; /* Bits of `pending` that are not written yet. */
    uint32_t mask = (1U << bits) - 1;
    for (size_t i = 0; i < octets.len; i++) {
        pending = pending << 8 | octets.data[i];
        for (count += 8; count >= bits; count -= bits) {
            *to++ = (uint8_t)digits[pending >> (count - bits) & mask];
        }
    }
    if (count > 0) {
        *to++ = (uint8_t)digits[pending << (bits - count) & mask];
    }
    return to;
}

void
nm_dns_base64_format(nm_writer *w, nm_span octets)
{
    size_t len = (octets.len + 2) / 3 * 4;
    uint8_t *start = nm_writer_room(w, len);
    if (start != NULL) {
        uint8_t *to = put_digits(start, octets, 6, base64_digits);
        memset(to, '=', len - (size_t)(to - start));
        nm_writer_advance(w, len);
    }
}

void
nm_dns_base32hex_format(nm_writer *w, nm_span octets)
{
    uint8_t *start = nm_writer_room(w, (octets.len * 8 + 4) / 5);
    if (start != NULL) {
        nm_writer_advance(w, (size_t)(put_digits(start, octets, 5, base32_digits) - start));
    }
}

static bool
is_printable(uint8_t c)
{
    return c >= ' ' && c <= '~';
}

static uint8_t *
put_decimal_escape(uint8_t *to, uint8_t octet)
{
    *to++ = '\\';
    nm_number_format_padded(octet, ESCAPE_LEN - 1, (char *)to);
    return to + ESCAPE_LEN - 1;
}

void
nm_dns_quoted_format(nm_writer *w, nm_span octets)
{
    uint8_t *start = nm_writer_room(w, ESCAPE_LEN * octets.len + 2);
    if (start == NULL) {
        return;
    }
    uint8_t *to = start;
    *to++ = '"';
    for (size_t i = 0; i < octets.len; i++) {
        uint8_t c = octets.data[i];
        if (!is_printable(c)) {
            to = put_decimal_escape(to, c);
            continue;
        }
        if (c == '"' || c == '\\') {
            *to++ = '\\';
        }
        *to++ = c;
    }
    *to++ = '"';
    nm_writer_advance(w, (size_t)(to - start));
}

void
nm_dns_printable_format(nm_writer *w, nm_span octets)
{
    uint8_t *to = nm_writer_room(w, octets.len);
    if (to == NULL) {
        return;
    }
    for (size_t i = 0; i < octets.len; i++) {
        to[i] = is_printable(octets.data[i]) ? octets.data[i] : '.';
    }
    nm_writer_advance(w, octets.len);
}

void
nm_dns_decimal_escape(nm_writer *w, uint8_t octet)
{
    uint8_t *to = nm_writer_room(w, ESCAPE_LEN);
    if (to != NULL) {
        put_decimal_escape(to, octet);
        nm_writer_advance(w, ESCAPE_LEN);
    }
}

bool
nm_dns_base16_parse(nm_writer *w, nm_span text)
{
    for (size_t i = 0; i + 1 < text.len; i += 2) {
        int high = nm_ascii_hex_value(text.data[i]);
        int low = nm_ascii_hex_value(text.data[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        nm_writer_octet(w, (uint8_t)(high << 4 | low));
    }
    return text.len % 2 == 0;
}

/* Value of a base64 digit, -1 if it is none. */
static int
base64_value(uint8_t c)
{
    if (nm_ascii_is_digit(c)) {
        return c - '0' + 52;
    }
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Value of a base32hex digit, -1 if it is none. */
static int
base32hex_value(uint8_t c)
{
    uint8_t small = nm_ascii_lower(c);
    return nm_ascii_is_digit(c) ? c - '0' : small >= 'a' && small <= 'v' ? small - 'a' + 10 : -1;
}

/* Bits of digits that make no whole octet yet. */
typedef struct bit_reader {
    uint32_t pending;
    unsigned count;
} bit_reader;

static void
add_digit(nm_writer *w, bit_reader *bits, unsigned digit_bits, int value)
{
    bits->pending = bits->pending << digit_bits | (uint32_t)value;
    bits->count += digit_bits;
    if (bits->count >= 8) {
        bits->count -= 8;
        nm_writer_octet(w, (uint8_t)(bits->pending >> bits->count));
    }
}

void
nm_dns_base64_parse(nm_writer *w, nm_span text)
{
    bit_reader bits = {.count = 0};
    for (size_t i = 0; i < text.len; i++) {
        int value = base64_value(text.data[i]);
        if (value >= 0) {
            add_digit(w, &bits, 6, value);
        }
    }
}

bool
nm_dns_base32hex_parse(nm_writer *w, nm_span text)
{
    bit_reader bits = {.count = 0};
    for (size_t i = 0; i < text.len; i++) {
        int value = base32hex_value(text.data[i]);
        if (value < 0) {
            return false;
        }
        add_digit(w, &bits, 5, value);
    }
    return true;
}
