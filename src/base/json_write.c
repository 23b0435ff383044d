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

/* Copy plain octets, which are found and copied at the same time.
 * @param is_long  At least eight octets of the text lie in front of `end`.
 * @return the first other one. */
static const uint8_t *
copy_plain(nm_writer *w, const uint8_t *p, const uint8_t *end, bool is_long)
{
    uint8_t *to = nm_writer_room(w, (size_t)(end - p) + NM_WORD_LEN);
    if (to == NULL) {
        return end;
    }
    uint64_t found = 0;
    size_t len = 0;
    for (; end - p >= NM_WORD_LEN && found == 0; p += len, to += len) {
        uint64_t word = nm_word_load(p);
        nm_word_store(to, word);
        found = nm_json_specials_of(word);
        len = found == 0 ? NM_WORD_LEN : nm_word_first(found);
    }
    if (p != end && found == 0 && is_long) {
        size_t left = (size_t)(end - p);
        uint64_t word = nm_word_load_before(p, end) | NM_WORD_OF(' ') << 8 * left;
        nm_word_store(to, word);
        found = nm_json_specials_of(word);
        len = found == 0 ? left : nm_word_first(found);
        p += len;
        to += len;
    }
    while (p != end && found == 0 && nm_json_is_plain(*p)) {
        *to++ = *p++;
    }
    nm_writer_advance_to(w, to);
    return p;
}

/* The letter of a two-character escape; 0 where there is none. */
static uint8_t
escape_letter(uint8_t octet)
{
    static const uint8_t letters['\\' + 1] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n',  ['\f'] = 'f',
        ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\',
    };
    return octet < sizeof letters ? letters[octet] : 0;
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

/* Write what stands from `p` on and can be copied, or pass over it.
 * @return the first octet that is neither. */
static const uint8_t *
write_clean(nm_writer *w, const uint8_t *p, const uint8_t *end, bool is_long, bool is_dropping)
{
    if (is_dropping) {
        return skip_clean(p, end);
    }
    p = copy_plain(w, p, end, is_long);
    if (p == end || *p < 0x80) {
        return p;
    }
    const uint8_t *run = p;
    p = skip_clean(p, end);
    nm_writer_put(w, run, (size_t)(p - run));
    return p;
}

/* Everything between the quotes. */
static void
write_inside(nm_writer *w, nm_span text, bool nul_ends_segment)
{
    const uint8_t *p = text.data;
    const uint8_t *end = text.data + text.len;
    bool is_dropping = false;

    for (;;) {
        p = write_clean(w, p, end, text.len >= NM_WORD_LEN, is_dropping);
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

/* How many octets more the escapes take. */
static size_t
count_added(const uint8_t *p, const uint8_t *end)
{
    size_t added = 0;
    for (p = nm_json_skip_plain(p, end); p != end; p = nm_json_skip_plain(p + 1, end)) {
        added += escaped_len(*p) - 1;
    }
    return added;
}

/* Replace the last octets, all of which lie in front of w->pos, by their escapes. */
static void
escape_tail(nm_writer *w, size_t len)
{
    size_t added = count_added(w->pos - len, w->pos);
    uint8_t *from = nm_writer_room(w, added);
    if (from == NULL) {
        return;
    }
    const uint8_t *start = from - len;
    uint8_t *to = from + added;
    nm_writer_advance(w, added);
    while (to > from) { /* Once they meet, what is left needs no escape. */
        if (from - start >= NM_WORD_LEN && nm_json_find_special(from - NM_WORD_LEN) == 0) {
            from -= NM_WORD_LEN;
            to -= NM_WORD_LEN;
            nm_word_store(to, nm_word_load(from));
            continue;
        }
        for (int i = 0; i < NM_WORD_LEN && from > start; i++) {
            to = put_escaped_before(to, *--from);
        }
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
