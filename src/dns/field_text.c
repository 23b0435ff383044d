/* SPDX-License-Identifier: Apache-2.0 */
/* The small parts that reading the text of record data is made of. */
#include "dns/field.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/word.h"
#include "dns/encoding.h"

bool
nm_dns_text_fail(nm_dns_text *t, const uint8_t *at, const char *expected)
{
    nm_error_fill(t->err, NM_E_PARSE, /* sys_errno= */ 0, (uint64_t)(at - t->start),
                  "record data: expected %s", expected);
    return false;
}

void
nm_dns_text_skip_blanks(nm_dns_text *t)
{
    while (t->pos != t->end && nm_dns_is_blank(*t->pos)) {
        t->pos++;
    }
}

size_t
nm_dns_token_len(nm_span text)
{
    size_t i = 0;
    while (text.len - i >= NM_WORD_LEN &&
           nm_word_find_below(nm_word_load(text.data + i), ' ' + 1) == 0) {
        i += NM_WORD_LEN; /* All blanks are among these. */
    }
    while (i < text.len && !nm_dns_is_blank(text.data[i])) {
        i++;
    }
    return i;
}

nm_span
nm_dns_text_token(nm_dns_text *t)
{
    const uint8_t *start = t->pos;
    t->pos += nm_dns_token_len(nm_span_of(start, (size_t)(t->end - start)));
    return nm_span_of(start, (size_t)(t->pos - start));
}

nm_span
nm_dns_text_digits(nm_dns_text *t)
{
    const uint8_t *start = t->pos;
    while (t->pos != t->end && nm_ascii_is_digit(*t->pos)) {
        t->pos++;
    }
    return nm_span_of(start, (size_t)(t->pos - start));
}

bool
nm_dns_text_accept(nm_dns_text *t, const char *literal)
{
    size_t len = strlen(literal);
    if ((size_t)(t->end - t->pos) < len || memcmp(t->pos, literal, len) != 0) {
        return false;
    }
    t->pos += len;
    return true;
}

bool
nm_dns_digits_parse(nm_span digits, uint32_t max, uint32_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (!nm_ascii_is_digit(digits.data[i])) {
            return false;
        }
        value = value * 10 + (uint64_t)(digits.data[i] - '0');
        if (value > max) {
            return false;
        }
    }
    *out = (uint32_t)value;
    return digits.len > 0;
}

/* The octet behind a "\": a quote, a "\" or three digits. */
static bool
read_escape(nm_dns_text *t, uint8_t *out)
{
    const uint8_t *start = t->pos - 1;
    uint32_t value = 0;
    if (nm_dns_text_accept(t, "\"") || nm_dns_text_accept(t, "\\")) {
        *out = t->pos[-1];
        return true;
    }
    size_t left = (size_t)(t->end - t->pos);
    if (left < 3 || !nm_dns_digits_parse(nm_span_of(t->pos, 3), UINT8_MAX, &value)) {
        return nm_dns_text_fail(t, start, "\\\", \\\\ or \\ and three digits up to 255");
    }
    t->pos += 3;
    *out = (uint8_t)value;
    return true;
}

bool
nm_dns_text_octet(nm_dns_text *t, uint8_t *out)
{
    uint8_t c = *t->pos++;
    if (c == '\\') {
        return read_escape(t, out);
    }
    *out = c;
    return (c >= ' ' && c <= '~') ||
           nm_dns_text_fail(t, t->pos - 1, "printable ASCII or \\ and three digits");
}

/* Copy eight octets if all of them stand for themselves between quotes. */
static bool
copy_quoted(nm_dns_text *t)
{
    if (t->end - t->pos < NM_WORD_LEN || nm_dns_has_quoted_special(t->pos)) {
        return false;
    }
    nm_writer_put(t->out, t->pos, NM_WORD_LEN);
    t->pos += NM_WORD_LEN;
    return true;
}

bool
nm_dns_text_string(nm_dns_text *t)
{
    const uint8_t *start = t->pos;
    uint8_t octet;
    bool is_quoted = nm_dns_text_accept(t, "\"");
    while (t->pos != t->end && (is_quoted || !nm_dns_is_blank(*t->pos))) {
        if (is_quoted && nm_dns_text_accept(t, "\"")) {
            return true;
        }
        if (is_quoted && copy_quoted(t)) {
            continue;
        }
        if (!nm_dns_text_octet(t, &octet)) {
            return false;
        }
        nm_writer_octet(t->out, octet);
    }
    return !is_quoted || nm_dns_text_fail(t, start, "a quote at the end of the string");
}

void
nm_dns_put_base64(nm_writer *w, nm_span text)
{
    uint8_t *to = nm_writer_room(w, NM_BASE64_DECODED_MAX(text.len));
    if (to != NULL) {
        nm_writer_advance(w, nm_base64_decode(text, to));
    }
}

void
nm_dns_put_number(nm_writer *w, uint32_t value, size_t len)
{
    while (len-- > 0) {
        nm_writer_octet(w, (uint8_t)(value >> 8 * len));
    }
}

size_t
nm_dns_length_begin(nm_writer *w, size_t len)
{
    nm_dns_put_number(w, 0, len);
    return nm_writer_len(w);
}

size_t
nm_dns_length_end(nm_writer *w, size_t begin, size_t len)
{
    if (w->status != NM_OK) {
        return 0;
    }
    size_t value = nm_writer_len(w) - begin;
    uint8_t *at = w->pos - value;
    for (size_t i = 0; i < len; i++) {
        *--at = (uint8_t)(value >> 8 * i);
    }
    return value;
}
