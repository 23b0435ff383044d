/* SPDX-License-Identifier: Apache-2.0 */
/* Domain names, both ways, and the expansion of compressed ones. */
#include "dns/name.h"

#include "base/ascii.h"
#include "base/word.h"

enum {
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

/* True for octets that stand for themselves both here and in a JSON string. Some that do are left
 * out, as "*", but none of host names. */
static inline bool
is_usual(uint8_t c)
{
    return c >= '-' && c < 0x7f && c != '.' && c != '\\';
}

/* is_usual() for eight octets below 0x80: 1 in each that is, 0 in each that is not. */
static inline uint64_t
find_usual(uint64_t word)
{
    /* No sum reaches into the next octet; the top bit tells. */
    uint64_t high_enough = word + NM_WORD_OF(0x80 - '-');
    uint64_t no_dot = (word ^ NM_WORD_OF('.')) + NM_WORD_OF(0x7f);
    uint64_t no_backslash = (word ^ NM_WORD_OF('\\')) + NM_WORD_OF(0x7f);
    uint64_t too_high = word + NM_WORD_OF(0x80 - 0x7f);
    return (high_enough & no_dot & no_backslash & ~too_high) >> 7 & NM_WORD_OF(1);
}

/* Copy up to 255 octets and count those that are not usual.
 * @param from  There are eight octets at least in front of from + len.
 * @param to    Room for a word more.
 * @return how many; SIZE_MAX, and not all is copied, where one is above 0x7f. */
static inline size_t
copy_counting(const uint8_t *from, size_t len, uint8_t *to)
{
    uint64_t usual = 0; /* A count in each octet; their sum is 255 at most. */
    size_t i = 0;
    for (; i + NM_WORD_LEN <= len; i += NM_WORD_LEN) {
        uint64_t word = nm_word_load(from + i);
        nm_word_store(to + i, word);
        if ((word & NM_WORD_OF(0x80)) != 0) {
            return SIZE_MAX;
        }
        usual += find_usual(word);
    }
    if (i < len) {
        uint64_t word = nm_word_load_before(from + i, from + len);
        nm_word_store(to + i, word);
        if ((word & NM_WORD_OF(0x80)) != 0) {
            return SIZE_MAX;
        }
        usual += find_usual(word); /* Zeros behind the last are not. */
    }
    return len - (size_t)(usual * NM_WORD_OF(1) >> 56);
}

/* Put a name that ends with its root label and has nothing but usual octets in the others. Its text
 * is all of it but the first octet, with dots for those that tell lengths; so it is copied, and
 * looked through, without regard to labels.
 * @return octets put; 0 when it is no such name. */
static inline size_t
put_usual_name(nm_span name, uint8_t *to)
{
    const uint8_t *data = name.data;
    if (name.len < NM_WORD_LEN || name.len > NM_DNS_NAME_MAX || data[0] == 0) {
        return 0;
    }
    size_t len = name.len - 1;
    size_t unusual = copy_counting(data + 1, len, to);
    size_t lengths = 0; /* That are not usual octets; those of labels up to 44 octets are not. */
    size_t at = 0;      /* Where a length stands. */
    do {
        at += 1 + (size_t)data[at];
        if (at > len) {
            return 0;
        }
        to[at - 1] = '.';
        lengths += data[at] < '-' || !is_usual(data[at]);
    } while (data[at] != 0);
    return at == len && unusual == lengths ? len : 0;
}

/* Put any name, one octet after the other. @return the place behind it. */
static uint8_t *
put_any_name(nm_span name, uint8_t *to, bool *out_is_plain)
{
    const uint8_t *start = to;
    const uint8_t *p = name.data;
    const uint8_t *end = name.len > 0 ? p + name.len : p;
    *out_is_plain = true;
    while (p != end && *p != 0) {
        size_t label_len = *p++;
        size_t left = (size_t)(end - p);
        const uint8_t *label_end = label_len < left ? p + label_len : end;
        for (; p != label_end; p++) {
            if (is_plain(*p)) {
                *to++ = *p;
                *out_is_plain = *out_is_plain && *p != '"';
            } else {
                to = escape_octet(*p, to);
                *out_is_plain = false;
            }
        }
        *to++ = '.';
    }
    if (to == start) {
        *to++ = '.';
    }
    return to;
}

uint8_t *
nm_dns_name_put(uint8_t *to, nm_span name, bool *out_is_plain)
{
    size_t len = put_usual_name(name, to);
    if (len == 0) {
        return put_any_name(name, to, out_is_plain);
    }
    *out_is_plain = true;
    return to + len;
}

bool
nm_dns_name_format(nm_writer *w, nm_span name)
{
    bool is_plain_text = false;
    uint8_t *to = nm_writer_room(w, NM_DNS_NAME_ROOM(name.len));
    if (to != NULL) {
        nm_writer_advance_to(w, nm_dns_name_put(to, name, &is_plain_text));
    }
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

/* Copy some text of a name, `at` octets behind its start, to where it belongs, and put the lengths
 * of the labels that end there in front of them.
 * @param ref_label  Where the length octet of the current label goes.
 * @return false at a "\" or an empty label. */
static inline bool
put_plain(uint64_t word, size_t at, uint8_t *out, size_t *ref_label)
{
    if (nm_word_find(word, '\\') != 0) {
        return false;
    }
    nm_word_store(out + 1 + at, word);
    for (uint64_t dots = nm_word_find_all(word, '.'); dots != 0; dots &= dots - 1) {
        size_t dot = at + nm_word_first(dots);
        if (dot == *ref_label) {
            return false;
        }
        out[*ref_label] = (uint8_t)(dot - *ref_label);
        *ref_label = dot + 1;
    }
    return true;
}

/* Read a text without "\" eight octets at a time: it is the name, but for the dots, which become
 * the lengths of what follows them. @return octets of the name; 0 when there is a "\", an empty
 * label or too much text, for all of which octet by octet has to do. */
static size_t
parse_plain(nm_span text, uint8_t out[NM_DNS_NAME_MAX])
{
    enum { PLAIN_MAX = NM_DNS_NAME_MAX / NM_WORD_LEN * NM_WORD_LEN - NM_WORD_LEN };
    size_t label = 0;
    size_t at = 0;
    if (text.len > PLAIN_MAX) {
        return 0;
    }
    for (; text.len - at >= NM_WORD_LEN; at += NM_WORD_LEN) {
        if (!put_plain(nm_word_load(text.data + at), at, out, &label)) {
            return 0;
        }
    }
    size_t left = text.len - at;
    if (left > 0) {
        uint64_t word =
            at > 0 ? nm_word_load(text.data + text.len - NM_WORD_LEN) >> 8 * (NM_WORD_LEN - left)
                   : nm_word_load_part(text.data, left);
        if (!put_plain(word, at, out, &label)) {
            return 0;
        }
    }
    if (label < text.len) { /* No final dot. */
        out[label] = (uint8_t)(text.len - label);
        label = text.len + 1;
    }
    out[label] = 0;
    return label + 1;
}

nm_status
nm_dns_name_parse(nm_span text, uint8_t out[NM_DNS_NAME_MAX], size_t *out_len)
{
    const uint8_t *p = text.data;
    const uint8_t *end = text.len > 0 ? p + text.len : p;
    size_t label = 0; /* Where the length octet of the current label goes. */
    size_t len = parse_plain(text, out);

    if (len > 0) {
        *out_len = len;
        return NM_OK;
    }
    len = 1;
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
