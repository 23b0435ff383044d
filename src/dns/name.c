/* SPDX-License-Identifier: Apache-2.0 */
/* Domain names, both ways, and the expansion of compressed ones. */
#include "dns/name.h"

#include "base/ascii.h"
#include "base/word.h"

enum {
    OCTET_TEXT_MAX = 4,    /* \DDD */
    POINTER = 0xc0,        /* Two bits that mark a pointer (RFC 1035 section 4.1.4). */
    POINTER_OFFSET = 0x3f, /* The rest of the octet: high bits of the offset. */
};

static inline bool
is_plain(uint8_t c)
{
    return c > ' ' && c <= '~' && c != '.' && c != '\\';
}

static uint8_t *
escape_octet(uint8_t c, uint8_t *to)
{
    *to++ = '\\';
    if (c == '.' || c == '\\') {
        *to++ = c;
        return to;
    }
    *to++ = (uint8_t)('0' + c / 100);
    nm_number_format_two(c % 100, (char *)to);
    return to + 2;
}

/* False when all octets of a word stand for themselves, here and in a JSON string. Some that would
 * are held for special, as "*", but none of host names. */
static inline bool
has_special(uint64_t word)
{
    /* Below "." are then all octets below "0" but "-" and ",". */
    uint64_t low = (word ^ NM_WORD_OF('-' ^ '.')) - NM_WORD_OF('.');
    uint64_t backslash = (word ^ NM_WORD_OF('\\')) - NM_WORD_OF(1);
    uint64_t high = word | (word + NM_WORD_OF(0x80 - 0x7f));
    return ((low | backslash | high) & NM_WORD_OF(0x80)) != 0;
}

/* Copy octets of a label as long as they are plain, eight at a time, and the "." behind it.
 * @param end  Of the name, of which at least eight octets lie in front of it.
 * @return where it got to: `label_end`, with the "." written, or less far, without. */
static inline const uint8_t *
copy_plain(const uint8_t *p, const uint8_t *label_end, const uint8_t *end, uint8_t **ref_to)
{
    uint8_t *to = *ref_to;
    for (; label_end - p >= NM_WORD_LEN; p += NM_WORD_LEN, to += NM_WORD_LEN) {
        uint64_t word = nm_word_load(p);
        if (has_special(word)) {
            *ref_to = to;
            return p;
        }
        nm_word_store(to, word);
    }
    /* The last octets of the name have to be loaded together with some in front of them. */
    unsigned bits = 8 * (unsigned)(label_end - p);
    uint64_t word = end - p >= NM_WORD_LEN
                        ? nm_word_load(p)
                        : nm_word_load(end - NM_WORD_LEN) >> 8 * (NM_WORD_LEN - (end - p)) % 64;
    uint64_t others = UINT64_MAX << bits;
    if (has_special((word & ~others) | (NM_WORD_OF('a') & others))) {
        *ref_to = to;
        return p;
    }
    nm_word_store(to, (word & ~others) | (uint64_t)'.' << bits);
    *ref_to = to + (label_end - p) + 1;
    return label_end;
}

/* Whatever the label holds, one octet after the other. */
static uint8_t *
format_label(const uint8_t *p, const uint8_t *label_end, uint8_t *to)
{
    for (; p != label_end; p++) {
        if (is_plain(*p)) {
            *to++ = *p;
        } else {
            to = escape_octet(*p, to);
        }
    }
    *to++ = '.';
    return to;
}

bool
nm_dns_name_format(nm_writer *w, nm_span name)
{
    uint8_t *to = nm_writer_room(w, OCTET_TEXT_MAX * name.len + NM_WORD_LEN);
    if (to == NULL) {
        return false;
    }
    uint8_t *start = to;
    const uint8_t *p = name.data;
    const uint8_t *end = name.len > 0 ? p + name.len : p;
    bool is_plain_text = true;
    while (p != end && *p != 0) {
        size_t label_len = *p++;
        size_t left = (size_t)(end - p);
        const uint8_t *label_end = label_len < left ? p + label_len : end;
        const uint8_t *copied = name.len >= NM_WORD_LEN ? copy_plain(p, label_end, end, &to) : p;
        if (copied != label_end || name.len < NM_WORD_LEN) {
            to = format_label(copied, label_end, to);
            is_plain_text = false;
        }
        p = label_end;
    }
    if (to == start) {
        *to++ = '.';
    }
    nm_writer_advance(w, (size_t)(to - start));
    return is_plain_text;
}

/* Read the octet behind a "\", which *ref_pos has passed. False when there is none. */
static bool
unescape_octet(const uint8_t **ref_pos, const uint8_t *end, uint8_t *out)
{
    const uint8_t *p = *ref_pos;
    if (p == end) {
        return false;
    }
    if (!nm_ascii_is_digit(*p)) {
        *out = *p;
        *ref_pos = p + 1;
        return true;
    }
    if (end - p < 3 || !nm_ascii_is_digit(p[1]) || !nm_ascii_is_digit(p[2])) {
        return false;
    }
    int value = (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
    *out = (uint8_t)value;
    *ref_pos = p + 3;
    return value <= UINT8_MAX;
}

nm_status
nm_dns_name_parse(nm_span text, uint8_t out[NM_DNS_NAME_MAX], size_t *out_len)
{
    const uint8_t *p = text.data;
    const uint8_t *end = text.len > 0 ? p + text.len : p;
    size_t label = 0; /* Where the length octet of the current label goes. */
    size_t len = 1;

    if (text.len == 1 && *p == '.') {
        p = end;
    }
    while (p != end) {
        uint8_t c = *p++;
        bool is_dot = c == '.';
        if (c == '\\' && !unescape_octet(&p, end, &c)) {
            return NM_E_PARSE;
        }
        if (len == NM_DNS_NAME_MAX || (is_dot && len == label + 1)) {
            return NM_E_PARSE;
        }
        if (is_dot) {
            out[label] = (uint8_t)(len - label - 1);
            label = len;
        } else {
            out[len] = c;
        }
        len++;
    }
    if (len > label + 1) { /* No final dot. */
        if (len == NM_DNS_NAME_MAX) {
            return NM_E_PARSE;
        }
        out[label] = (uint8_t)(len - label - 1);
        label = len++;
    }
    out[label] = 0;
    *out_len = len;
    return NM_OK;
}

bool
nm_dns_name_has_valid_labels(nm_span name)
{
    for (size_t at = 0; at < name.len; at += 1 + (size_t)name.data[at]) {
        if (name.data[at] > NM_DNS_LABEL_MAX) {
            return false;
        }
    }
    return true;
}

size_t
nm_dns_name_expand(nm_span message, size_t offset, uint8_t out[NM_DNS_NAME_MAX], size_t *out_len,
                   size_t *ref_pointers_left)
{
    size_t at = offset;
    size_t taken = 0; /* Known when the first pointer or the root label has been read. */
    size_t len = 0;

    while (at < message.len) {
        uint8_t octet = message.data[at];
        if (octet >= POINTER) {
            if (message.len - at < 2 || *ref_pointers_left == 0) {
                return 0;
            }
            size_t target = (size_t)(octet & POINTER_OFFSET) << 8 | message.data[at + 1];
            if (target >= at) {
                return 0;
            }
            taken = taken == 0 ? at + 2 - offset : taken;
            (*ref_pointers_left)--;
            at = target;
            continue;
        }
        if (octet > NM_DNS_LABEL_MAX || octet >= message.len - at ||
            len + 1 + octet > NM_DNS_NAME_MAX) {
            return 0;
        }
        memcpy(out + len, message.data + at, 1 + (size_t)octet);
        len += 1 + (size_t)octet;
        at += 1 + (size_t)octet;
        if (octet == 0) {
            *out_len = len;
            return taken == 0 ? at - offset : taken;
        }
    }
    return 0;
}
