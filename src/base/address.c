/* SPDX-License-Identifier: Apache-2.0 */
/* IP address text, both ways. */
#include "base/address.h"

#include "base/word.h"

enum { WORDS = 8 };

/* "0..." to "255.": the text of each octet with a dot behind it, filled with dots to four. */
#define TEN_OCTETS(tens, dots)                                                                     \
    tens "0" dots tens "1" dots tens "2" dots tens "3" dots tens "4" dots tens "5" dots tens       \
         "6" dots tens "7" dots tens "8" dots tens "9" dots
#define HUNDRED_OCTETS(hundreds)                                                                   \
    TEN_OCTETS(hundreds "0", ".")                                                                  \
    TEN_OCTETS(hundreds "1", ".")                                                                  \
    TEN_OCTETS(hundreds "2", ".")                                                                  \
    TEN_OCTETS(hundreds "3", ".")                                                                  \
    TEN_OCTETS(hundreds "4", ".")                                                                  \
    TEN_OCTETS(hundreds "5", ".")                                                                  \
    TEN_OCTETS(hundreds "6", ".")                                                                  \
    TEN_OCTETS(hundreds "7", ".")                                                                  \
    TEN_OCTETS(hundreds "8", ".")                                                                  \
    TEN_OCTETS(hundreds "9", ".")
/* clang-format off */
static const char octet_texts[] =
    TEN_OCTETS("", "...") TEN_OCTETS("1", "..") TEN_OCTETS("2", "..") TEN_OCTETS("3", "..")
    TEN_OCTETS("4", "..") TEN_OCTETS("5", "..") TEN_OCTETS("6", "..") TEN_OCTETS("7", "..")
    TEN_OCTETS("8", "..") TEN_OCTETS("9", "..")
    HUNDRED_OCTETS("1")
    TEN_OCTETS("20", ".") TEN_OCTETS("21", ".") TEN_OCTETS("22", ".") TEN_OCTETS("23", ".")
    TEN_OCTETS("24", ".") "250." "251." "252." "253." "254." "255.";
/* clang-format on */

/* An octet in decimal with a dot behind it; what follows in four octets is undefined. */
static inline char *
format_octet(uint8_t value, char *out)
{
    memcpy(out, octet_texts + 4 * (size_t)value, 4);
    return out + 2 + (value >= 10) + (value >= 100);
}

/* Writes up to three octets more than it tells. */
static inline char *
format_ipv4(const uint8_t *address, char *out)
{
    out = format_octet(address[0], out);
    out = format_octet(address[1], out);
    out = format_octet(address[2], out);
    return format_octet(address[3], out) - 1;
}

/* Four digits made at once, of which zeros in front are dropped. Writes four octets always. */
static inline char *
format_word(unsigned word, char *out)
{
    const uint32_t ones = 0x01010101;
    uint32_t digits = word >> 12 | (word & 0x0f00) | (word & 0x00f0) << 12 | (word & 0x000f) << 24;
    uint32_t letters = (digits + ones * (0x80 - 10)) >> 7 & ones;
    unsigned zeros = ((unsigned)__builtin_clz(word | 1) - 16) / 4;
    uint32_t text = (digits + ones * '0' + letters * ('a' - '0' - 10)) >> 8 * zeros;
    out[0] = (char)text;
    out[1] = (char)(text >> 8);
    out[2] = (char)(text >> 16);
    out[3] = (char)(text >> 24);
    return out + 4 - zeros;
}

/* Find the longest run of zero words, at least two, the first of equals.
 * @param zeros  A bit for each word that is zero, from the lowest on. */
static void
find_zero_run(unsigned zeros, int *ret_start, int *ret_len)
{
    *ret_start = -1;
    *ret_len = 1;
    for (zeros &= zeros >> 1; zeros != 0; zeros &= zeros >> 1) {
        *ret_start = __builtin_ctz(zeros); /* Bits are left where runs of such length start. */
        ++*ret_len;
    }
}

static char *
format_ipv6(const uint8_t *address, char *out)
{
    unsigned words[WORDS];
    unsigned zeros = 0;
    for (int i = 0; i < WORDS; i++) {
        words[i] = (unsigned)address[2 * i] << 8 | address[2 * i + 1];
        zeros |= (unsigned)(words[i] == 0) << i;
    }
    int run_start;
    int run_len;
    find_zero_run(zeros, &run_start, &run_len);
    bool is_dotted = run_start == 0 && (run_len == 6 || (run_len == 5 && words[5] == 0xffff));
    int plain_words = is_dotted ? 6 : WORDS;

    for (int i = 0; i < plain_words;) {
        if (i == run_start) {
            *out++ = ':';
            *out++ = ':';
            i += run_len;
            continue;
        }
        out = format_word(words[i], out);
        i++;
        if (i < plain_words && i != run_start) {
            *out++ = ':';
        }
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

/* Text is read from a copy with zeros behind it, so that the octets behind one that was looked at
 * can be looked at as well. These are as many as any function below needs. */
enum { ZEROS_BEHIND = 4, COPY_MAX = (NM_ADDRESS_TEXT_MAX / NM_WORD_LEN + 1) * NM_WORD_LEN };

/* Four decimal octets without leading zeros.
 * @return behind the text; NULL if it is none. */
static inline const uint8_t *
take_ipv4(const uint8_t *p, uint8_t out[NM_IPV4_LEN])
{
    for (int i = 0; i < NM_IPV4_LEN; i++) {
        unsigned value = p[0] - (unsigned)'0';
        unsigned second = p[1] - (unsigned)'0';
        size_t len = 1;
        if (value > 9) {
            return NULL;
        }
        if (second <= 9) {
            unsigned third = p[2] - (unsigned)'0';
            if (value == 0) {
                return NULL;
            }
            value = value * 10 + second;
            len = 2;
            if (third <= 9) {
                value = value * 10 + third;
                len = 3;
            }
        }
        p += len;
        if (value > 255 || (i < NM_IPV4_LEN - 1 && *p++ != '.')) {
            return NULL;
        }
        out[i] = (uint8_t)value;
    }
    return p;
}

/* Value of a hexadecimal digit; NO_DIGIT and above if it is none. */
enum { NO_DIGIT = 16 };

static inline unsigned
hex_value(uint8_t octet)
{
    static const uint8_t values[256] = {
#define HEX(digit, value) [digit] = (value) ^ NO_DIGIT
        HEX('0', 0),  HEX('1', 1),  HEX('2', 2),  HEX('3', 3),  HEX('4', 4),  HEX('5', 5),
        HEX('6', 6),  HEX('7', 7),  HEX('8', 8),  HEX('9', 9),  HEX('a', 10), HEX('b', 11),
        HEX('c', 12), HEX('d', 13), HEX('e', 14), HEX('f', 15), HEX('A', 10), HEX('B', 11),
        HEX('C', 12), HEX('D', 13), HEX('E', 14), HEX('F', 15),
#undef HEX
    };
    return values[octet] ^ NO_DIGIT;
}

/* Take a group of one to four hexadecimal digits.
 * @return behind it; NULL if there is none. */
static inline const uint8_t *
take_group(const uint8_t *p, unsigned *out)
{
    unsigned word = hex_value(*p);
    if (word >= NO_DIGIT) {
        return NULL;
    }
    for (int i = 1; i < 4; i++) {
        unsigned digit = hex_value(p[i]);
        if (digit >= NO_DIGIT) {
            *out = word;
            return p + i;
        }
        word = word << 4 | digit;
    }
    *out = word;
    return p + 4;
}

/* What of an IPv6 text has been read. */
typedef struct ipv6_text {
    const uint8_t *pos;
    uint8_t octets[NM_IPV6_LEN];
    size_t len;
    size_t gap; /* Where "::" stands, in octets; SIZE_MAX: nowhere. */
} ipv6_text;

/* Take "::" if it stands here. False when it is the second one. */
static inline bool
take_gap(ipv6_text *t)
{
    if (t->pos[0] != ':' || t->pos[1] != ':') {
        return true;
    }
    if (t->gap != SIZE_MAX) {
        return false;
    }
    t->gap = t->len;
    t->pos += 2;
    return true;
}

/* Take the groups up to `end`, and the dotted quad that the text may end with. */
static inline bool
take_groups(ipv6_text *t, const uint8_t *end)
{
    (void)take_gap(t); /* The first cannot be the second. */
    while (t->pos < end) {
        unsigned word;
        const uint8_t *behind = take_group(t->pos, &word);
        if (behind == NULL || t->len > NM_IPV6_LEN - 2) {
            return false;
        }
        if (*behind == '.') {
            bool has_room = t->len <= NM_IPV6_LEN - NM_IPV4_LEN;
            t->len += has_room ? NM_IPV4_LEN : 0;
            return has_room && take_ipv4(t->pos, t->octets + t->len - NM_IPV4_LEN) == end;
        }
        t->octets[t->len] = (uint8_t)(word >> 8);
        t->octets[t->len + 1] = (uint8_t)word;
        t->len += 2;
        t->pos = behind;
        if (!take_gap(t)) {
            return false;
        }
        /* Groups are parted by "::" or by one colon with a group behind it. */
        if (t->pos == behind && behind < end && (*t->pos++ != ':' || t->pos == end)) {
            return false;
        }
    }
    return true;
}

static bool
parse_ipv6(const uint8_t *p, const uint8_t *end, uint8_t out[NM_IPV6_LEN])
{
    ipv6_text t = {.pos = p, .gap = SIZE_MAX};
    if (!take_groups(&t, end) ||
        (t.gap == SIZE_MAX ? t.len != NM_IPV6_LEN : t.len > NM_IPV6_LEN - 2)) {
        return false;
    }
    size_t front = t.gap == SIZE_MAX ? t.len : t.gap;
    for (size_t i = 0; i < front; i++) {
        out[i] = t.octets[i];
    }
    size_t zeros = NM_IPV6_LEN - t.len;
    memset(out + front, 0, zeros);
    memcpy(out + front + zeros, t.octets + front, t.len - front);
    return true;
}

size_t
nm_address_parse(nm_span text, uint8_t *out)
{
    uint8_t copy[COPY_MAX + ZEROS_BEHIND];
    uint8_t octets[NM_IPV4_LEN];
    if (text.len == 0 || text.len > NM_ADDRESS_TEXT_MAX) {
        return 0;
    }
    size_t at = 0;
    for (; text.len - at >= NM_WORD_LEN; at += NM_WORD_LEN) {
        nm_word_store(copy + at, nm_word_load(text.data + at));
    }
    nm_word_store(copy + at, nm_word_load_part(text.data + at, text.len - at));
    memset(copy + at + NM_WORD_LEN, 0, ZEROS_BEHIND);

    const uint8_t *end = copy + text.len;
    if (take_ipv4(copy, octets) == end) {
        memcpy(out, octets, sizeof octets);
        return NM_IPV4_LEN;
    }
    return parse_ipv6(copy, end, out) ? NM_IPV6_LEN : 0;
}
