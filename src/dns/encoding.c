/* SPDX-License-Identifier: Apache-2.0 */
/* Octets as text, both ways. */
#include "dns/encoding.h"

#include "base/ascii.h"

enum { ESCAPE_LEN = 4 /* \DDD */ };

static const char base16_digits[] = "0123456789ABCDEF";
static const char base32_digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

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

void
nm_dns_base32hex_format(nm_writer *w, nm_span octets)
{
    size_t len = (8 * octets.len + 4) / 5;
    uint8_t *to = nm_writer_room(w, len);
    if (to == NULL) {
        return;
    }
    uint32_t bits = 0;
    unsigned bit_count = 0; /* Of `bits`, that are not written yet. */
    for (size_t i = 0; i < octets.len; i++) {
        bits = bits << 8 | octets.data[i];
        for (bit_count += 8; bit_count >= 5; bit_count -= 5) {
            *to++ = (uint8_t)base32_digits[bits >> (bit_count - 5) & 31];
        }
    }
    if (bit_count > 0) {
        *to = (uint8_t)base32_digits[bits << (5 - bit_count) & 31];
    }
    nm_writer_advance(w, len);
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

/* One octet of what stands between quotes. */
static uint8_t *
put_quoted(uint8_t *to, uint8_t octet)
{
    if (!is_printable(octet)) {
        return put_decimal_escape(to, octet);
    }
    if (octet == '"' || octet == '\\') {
        *to++ = '\\';
    }
    *to++ = octet;
    return to;
}

void
nm_dns_quoted_format(nm_writer *w, nm_span octets)
{
    uint8_t *start = nm_writer_room(w, ESCAPE_LEN * octets.len + 2);
    if (start == NULL) {
        return;
    }
    uint8_t *to = start;
    size_t i = 0;
    *to++ = '"';
    while (i < octets.len) {
        if (octets.len - i >= NM_WORD_LEN && !nm_dns_has_quoted_special(octets.data + i)) {
            memcpy(to, octets.data + i, NM_WORD_LEN);
            to += NM_WORD_LEN;
            i += NM_WORD_LEN;
            continue;
        }
        size_t stop = octets.len - i > NM_WORD_LEN ? i + NM_WORD_LEN : octets.len;
        for (; i < stop; i++) {
            to = put_quoted(to, octets.data[i]);
        }
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

/* Value of a base32hex digit, -1 if it is none. */
static int
base32hex_value(uint8_t c)
{
    uint8_t small = nm_ascii_lower(c);
    return nm_ascii_is_digit(c) ? c - '0' : small >= 'a' && small <= 'v' ? small - 'a' + 10 : -1;
}

bool
nm_dns_base32hex_parse(nm_writer *w, nm_span text)
{
    uint32_t bits = 0;
    unsigned bit_count = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = base32hex_value(text.data[i]);
        if (value < 0) {
            return false;
        }
        bits = bits << 5 | (uint32_t)value;
        bit_count += 5;
        if (bit_count >= 8) {
            bit_count -= 8;
            nm_writer_octet(w, (uint8_t)(bits >> bit_count));
        }
    }
    return true;
}
