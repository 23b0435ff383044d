/* SPDX-License-Identifier: Apache-2.0 */
/* JSON strings: runs of octets that need nothing are found eight at a time and copied whole. */
#include "base/json_write.h"

#include "base/json_octets.h"
#include "base/utf8.h"

/* First place from `p` on that cannot be copied as it is; `end` if there is none. */
static const uint8_t *
skip_clean(const uint8_t *p, const uint8_t *end)
{
    for (;;) {
        p = nm_json_skip_plain(p, end);
        bool is_valid = false;
        if (p == end || *p < 0x80) {
            return p;
        }
        size_t len = nm_utf8_sequence(p, (size_t)(end - p), &is_valid);
        if (!is_valid) {
            return p;
        }
        p += len;
    }
}

/* The letter of a two-character escape; 0 where there is none. */
static uint8_t
escape_letter(uint8_t octet)
{
    switch (octet) {
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '"':
    case '\\':
        return octet;
    default:
        return 0;
    }
}

static void
write_escape(nm_writer *w, uint8_t octet)
{
    uint8_t letter = escape_letter(octet);
    if (letter != 0) {
        const uint8_t escape[2] = {'\\', letter};
        nm_writer_put(w, escape, sizeof escape);
    } else {
        nm_writer_literal(w, "\\u00");
        nm_writer_hex(w, octet);
    }
}

/* Everything between the quotes. */
static void
write_inside(nm_writer *w, nm_span text, bool nul_ends_segment)
{
    const uint8_t *p = text.data;
    const uint8_t *end = text.data + text.len;
    bool is_dropping = false;

    while (p < end) {
        const uint8_t *run = p;
        p = skip_clean(p, end);
        if (!is_dropping) {
            nm_writer_put(w, run, (size_t)(p - run));
        }
        if (p == end) {
            return;
        }
        if (*p >= 0x80) {
            bool is_valid;
            p += nm_utf8_sequence(p, (size_t)(end - p), &is_valid);
            nm_writer_literal(w, NM_UTF8_REPLACEMENT);
            is_dropping = false;
            continue;
        }
        is_dropping = is_dropping || (nul_ends_segment && *p == 0);
        if (!is_dropping) {
            write_escape(w, *p);
        }
        p++;
    }
}

static void
write_string(nm_writer *w, nm_span text, bool nul_ends_segment)
{
    nm_writer_octet(w, '"');
    if (text.len > 0) {
        write_inside(w, text, nul_ends_segment);
    }
    nm_writer_octet(w, '"');
}

void
nm_json_string(nm_writer *w, nm_span text)
{
    write_string(w, text, /* nul_ends_segment= */ false);
}

void
nm_json_field_string(nm_writer *w, nm_span text)
{
    write_string(w, text, /* nul_ends_segment= */ true);
}

/* Octets that a plain ASCII octet or its escape takes. */
static size_t
escaped_len(uint8_t octet)
{
    if (octet >= 0x80) {
        return sizeof NM_UTF8_REPLACEMENT - 1;
    }
    return nm_json_is_plain(octet) ? 1 : escape_letter(octet) != 0 ? 2 : 6;
}

/* Write the octet or what stands for it so that it ends before `end`. @return where it starts. */
static uint8_t *
put_escaped_before(uint8_t *end, uint8_t octet)
{
    static const char digits[] = "0123456789abcdef";
    static const char replacement[] = {'\xef', '\xbf', '\xbd'}; /* NM_UTF8_REPLACEMENT */
    static const char unicode[] = {'\\', 'u', '0', '0'};
    uint8_t *to = end - escaped_len(octet);
    switch (end - to) {
    case 1:
        to[0] = octet;
        break;
    case 2:
        to[0] = '\\';
        to[1] = escape_letter(octet);
        break;
    case 3:
        memcpy(to, replacement, sizeof replacement);
        break;
    default:
        memcpy(to, unicode, sizeof unicode);
        to[4] = (uint8_t)digits[octet >> 4];
        to[5] = (uint8_t)digits[octet & 15];
        break;
    }
    return to;
}

/* Replace the last octets, all of which lie in front of w->pos, by their escapes. */
static void
escape_tail(nm_writer *w, size_t len)
{
    size_t new_len = 0;
    for (size_t i = 1; i <= len; i++) {
        new_len += escaped_len(w->pos[-(ptrdiff_t)i]);
    }
    uint8_t *to = nm_writer_room(w, new_len - len);
    if (to == NULL) {
        return;
    }
    const uint8_t *from = to;
    to += new_len - len;
    nm_writer_advance(w, new_len - len);
    while (to > from) { /* Once they meet, what is left needs no escape. */
        to = put_escaped_before(to, *--from);
    }
}

void
nm_json_close_string(nm_writer *w, size_t start)
{
    size_t len = nm_writer_len(w);
    len -= start < len ? start : len;
    if (len > 0 && nm_json_skip_plain(w->pos - len, w->pos) != w->pos) {
        escape_tail(w, len);
    }
    nm_writer_octet(w, '"');
}
