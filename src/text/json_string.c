/* SPDX-License-Identifier: Apache-2.0 */
/* Resolving escapes; that they are well-formed was checked when the string was read. */
#include "text/json_string.h"

#include "base/ascii.h"
#include "base/cursor.h"
#include "base/json_octets.h"
#include "base/utf8.h"

enum {
    HIGH_SURROGATE = 0xd800, /* Up to 0xdbff; the first half of a character above U+FFFF. */
    LOW_SURROGATE = 0xdc00,  /* Up to 0xdfff; the second. */
    SURROGATE_COUNT = 0x400,
    REPLACEMENT = 0xfffd,
};

/* The number of a "\uXXXX", the "\u" of which was taken. */
static uint32_t
take_hex(nm_cursor *c)
{
    uint32_t number = 0;
    for (int i = 0; i < 4; i++) {
        number = number << 4 | ((unsigned)nm_ascii_hex_value(nm_cursor_u8(c)) & 15);
    }
    return number;
}

/* The character of a "\uXXXX", together with the next one where both make one character. */
static uint32_t
take_character(nm_cursor *c)
{
    uint32_t character = take_hex(c);
    if (character - HIGH_SURROGATE >= 2 * SURROGATE_COUNT) {
        return character;
    }
    nm_cursor ahead = *c;
    bool has_next = nm_cursor_u8(&ahead) == '\\' && nm_cursor_u8(&ahead) == 'u';
    uint32_t low = has_next ? take_hex(&ahead) - LOW_SURROGATE : SURROGATE_COUNT;
    if (character >= LOW_SURROGATE || low >= SURROGATE_COUNT) {
        return REPLACEMENT;
    }
    *c = ahead;
    return 0x10000 + ((character - HIGH_SURROGATE) << 10) + low;
}

/* The octet that an escape of one letter stands for. */
static uint8_t
escaped_octet(uint8_t letter)
{
    switch (letter) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return letter;
    }
}

size_t
nm_json_string_decode(nm_span text, uint8_t *out)
{
    uint8_t *to = out;
    nm_cursor c = nm_cursor_init(text);

    while (nm_cursor_left(&c) > 0) {
        const uint8_t *run = c.pos;
        c.pos = nm_json_skip_plain(run, c.end);
        memcpy(to, run, (size_t)(c.pos - run));
        to += c.pos - run;
        if (c.pos == c.end) {
            break;
        }
        if (*c.pos == '\\') {
            c.pos++;
            uint8_t letter = nm_cursor_u8(&c);
            if (letter == 'u') {
                to += nm_utf8_put(take_character(&c), to);
            } else {
                *to++ = escaped_octet(letter);
            }
            continue;
        }
        bool is_valid;
        size_t len = nm_utf8_sequence(c.pos, nm_cursor_left(&c), &is_valid);
        nm_span sequence = nm_cursor_take(&c, len);
        if (is_valid) {
            memcpy(to, sequence.data, len);
            to += len;
        } else {
            to += nm_utf8_put(REPLACEMENT, to);
        }
    }
    return (size_t)(to - out);
}

void
nm_json_scratch_init(nm_json_scratch *scratch, const nm_allocator *allocator)
{
    nm_buffer_init(&scratch->large, SIZE_MAX, allocator);
}

void
nm_json_scratch_clear(nm_json_scratch *scratch)
{
    nm_buffer_clear(&scratch->large);
}

/* True when the decoded text fits the fixed room for sure. */
static bool
is_small(const nm_json_scratch *scratch, nm_span text)
{
    return text.len <= sizeof scratch->small / NM_JSON_DECODED_MAX(1);
}

nm_status
nm_json_string_get(const nm_json_value *value, nm_json_scratch *scratch, nm_span *out)
{
    if (value->is_verbatim || is_small(scratch, value->text)) {
        *out = nm_json_name_get(value, scratch);
        return NM_OK;
    }
    nm_status status = nm_buffer_reserve(&scratch->large, NM_JSON_DECODED_MAX(value->text.len));
    if (status == NM_OK) {
        size_t len = nm_json_string_decode(value->text, scratch->large.data);
        *out = nm_span_of(scratch->large.data, len);
    }
    return status;
}

nm_span
nm_json_name_get(const nm_json_value *value, nm_json_scratch *scratch)
{
    if (value->is_verbatim || !is_small(scratch, value->text)) {
        return value->text;
    }
    return nm_span_of(scratch->small, nm_json_string_decode(value->text, scratch->small));
}
