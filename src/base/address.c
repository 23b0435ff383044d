/* SPDX-License-Identifier: Apache-2.0 */
/* IP address text, both ways. */
#include "base/address.h"

enum { WORDS = 8 };

static char *
format_octet(uint8_t value, char *out)
{
    if (value >= 100) {
        *out++ = (char)('0' + value / 100);
    }
    if (value >= 10) {
        *out++ = (char)('0' + value / 10 % 10);
    }
    *out++ = (char)('0' + value % 10);
    return out;
}

static char *
format_ipv4(const uint8_t *address, char *out)
{
    out = format_octet(address[0], out);
    for (int i = 1; i < NM_IPV4_LEN; i++) {
        *out++ = '.';
        out = format_octet(address[i], out);
    }
    return out;
}

static char *
format_word(unsigned word, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (int shift = 12; shift >= 0; shift -= 4) {
        if (shift == 0 || word >> shift != 0) {
            *out++ = digits[word >> shift & 0xf];
        }
    }
    return out;
}

/* Find the longest run of zero words, at least two, the first of equals. */
static void
find_zero_run(const unsigned words[WORDS], int *ret_start, int *ret_len)
{
    *ret_start = -1;
    *ret_len = 1;
    for (int i = 0; i < WORDS;) {
        int end = i;
        while (end < WORDS && words[end] == 0) {
            end++;
        }
        if (end - i > *ret_len) {
            *ret_start = i;
            *ret_len = end - i;
        }
        i = end + 1;
    }
}

static char *
format_ipv6(const uint8_t *address, char *out)
{
    unsigned words[WORDS];
    for (int i = 0; i < WORDS; i++) {
        words[i] = (unsigned)address[2 * i] << 8 | address[2 * i + 1];
    }
    int run_start;
    int run_len;
    find_zero_run(words, &run_start, &run_len);
    bool is_dotted = run_start == 0 && (run_len == 6 || (run_len == 5 && words[5] == 0xffff));
    int plain_words = is_dotted ? 6 : WORDS;

    for (int i = 0; i < plain_words;) {
        if (i == run_start) {
            *out++ = ':';
            *out++ = ':';
            i += run_len;
            continue;
        }
        if (i > 0 && i != run_start + run_len) {
            *out++ = ':';
        }
        out = format_word(words[i], out);
        i++;
    }
    if (is_dotted) {
        if (run_len == 5) {
            *out++ = ':';
        }
        out = format_ipv4(address + 12, out);
    }
    return out;
}

size_t
nm_address_format(nm_span address, char *out)
{
    if (address.len == NM_IPV4_LEN) {
        return (size_t)(format_ipv4(address.data, out) - out);
    }
    if (address.len == NM_IPV6_LEN) {
        return (size_t)(format_ipv6(address.data, out) - out);
    }
    return 0;
}

/* Exactly four decimal octets without leading zeros, to the end of the text. */
static bool
parse_ipv4(const char *p, const char *end, uint8_t out[NM_IPV4_LEN])
{
    for (int i = 0; i < NM_IPV4_LEN; i++) {
        if (i > 0 && (p == end || *p++ != '.')) {
            return false;
        }
        const char *start = p;
        unsigned value = 0;
        while (p < end && *p >= '0' && *p <= '9' && p - start < 3) {
            value = value * 10 + (unsigned)(*p++ - '0');
        }
        if (p == start || value > 255 || (*start == '0' && p - start > 1)) {
            return false;
        }
        out[i] = (uint8_t)value;
    }
    return p == end;
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* What of an IPv6 text has been read. */
typedef struct ipv6_text {
    const char *pos;
    const char *end;
    uint8_t octets[NM_IPV6_LEN];
    int len;
    int gap; /* Where "::" stands, in octets; -1: nowhere. */
} ipv6_text;

/* Take "::" if it stands here. False when it is the second one. */
static bool
take_gap(ipv6_text *t)
{
    if (t->end - t->pos < 2 || t->pos[0] != ':' || t->pos[1] != ':') {
        return true;
    }
    if (t->gap >= 0) {
        return false;
    }
    t->gap = t->len;
    t->pos += 2;
    return true;
}

/* Take one group of hex digits, or the dotted quad that ends the text. */
static bool
take_group(ipv6_text *t)
{
    const char *start = t->pos;
    unsigned word = 0;
    while (t->pos < t->end && hex_value(*t->pos) >= 0 && t->pos - start < 4) {
        word = word << 4 | (unsigned)hex_value(*t->pos++);
    }
    if (t->pos < t->end && *t->pos == '.') {
        if (t->len > NM_IPV6_LEN - NM_IPV4_LEN || !parse_ipv4(start, t->end, t->octets + t->len)) {
            return false;
        }
        t->len += NM_IPV4_LEN;
        t->pos = t->end;
        return true;
    }
    if (t->pos == start || t->len > NM_IPV6_LEN - 2) {
        return false;
    }
    t->octets[t->len++] = (uint8_t)(word >> 8);
    t->octets[t->len++] = (uint8_t)word;
    return true;
}

static bool
parse_ipv6(const char *p, const char *end, uint8_t out[NM_IPV6_LEN])
{
    ipv6_text t = {.pos = p, .end = end, .gap = -1};
    (void)take_gap(&t); /* The first cannot be the second. */
    while (t.pos < t.end) {
        if (!take_group(&t)) {
            return false;
        }
        const char *behind_group = t.pos;
        if (!take_gap(&t)) {
            return false;
        }
        /* Groups are parted by "::" or by one colon with a group behind it. */
        if (t.pos == behind_group && t.pos < t.end && (*t.pos++ != ':' || t.pos == t.end)) {
            return false;
        }
    }
    if (t.gap < 0 ? t.len != NM_IPV6_LEN : t.len > NM_IPV6_LEN - 2) {
        return false;
    }
    size_t front = (size_t)(t.gap < 0 ? t.len : t.gap);
    size_t back = (size_t)t.len - front;
    memset(out, 0, NM_IPV6_LEN);
    memcpy(out, t.octets, front);
    memcpy(out + NM_IPV6_LEN - back, t.octets + front, back);
    return true;
}

size_t
nm_address_parse(nm_span text, uint8_t *out)
{
    if (text.len == 0 || text.len > NM_ADDRESS_TEXT_MAX) {
        return 0;
    }
    const char *p = (const char *)text.data;
    const char *end = p + text.len;
    uint8_t octets[NM_IPV4_LEN];

    if (memchr(p, ':', text.len) != NULL) {
        return parse_ipv6(p, end, out) ? NM_IPV6_LEN : 0;
    }
    if (!parse_ipv4(p, end, octets)) {
        return 0;
    }
    memcpy(out, octets, sizeof octets);
    return NM_IPV4_LEN;
}
