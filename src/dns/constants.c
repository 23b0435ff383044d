/* SPDX-License-Identifier: Apache-2.0 */
/* Mnemonics by number and numbers by mnemonic. */
#include "dns/constants.h"

#include "base/ascii.h"
#include "base/word.h"

/* A mnemonic with zeros behind it; of those that do not exist the length is 0. */
typedef struct numbered {
    uint8_t len;
    char text[15];
} numbered;

/* Tables by number, with gaps. */
#define BY_NUMBER(name, number, mnemonic) [number] = {sizeof(mnemonic) - 1, mnemonic},
static const numbered low_type_names[] = {NM_DNS_LOW_TYPE_LIST(BY_NUMBER)};
static const numbered class_names[] = {NM_DNS_CLASS_LIST(BY_NUMBER)};
static const numbered rcode_names[] = {NM_DNS_RCODE_LIST(BY_NUMBER)};
static const numbered opcode_names[] = {NM_DNS_OPCODE_LIST(BY_NUMBER)};
#undef BY_NUMBER

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define HAS(names, number) ((number) < COUNT(names) && (names)[number].len > 0)
#define LOOK_UP(names, number) (HAS(names, number) ? (names)[number].text : NULL)

/* One mnemonic; tables of these are searched by text. */
typedef struct mnemonic {
    uint16_t number;
    uint8_t len;
    char text[13];
} mnemonic;

#define MNEMONIC(name, number, mnemonic) {number, sizeof(mnemonic) - 1, mnemonic},
static const mnemonic types[] = {NM_DNS_LOW_TYPE_LIST(MNEMONIC) NM_DNS_HIGH_TYPE_LIST(MNEMONIC)};
static const mnemonic usual_types[] = {
    {NM_DNS_TYPE_A, 1, "A"},           {NM_DNS_TYPE_NS, 2, "NS"},
    {NM_DNS_TYPE_AAAA, 4, "AAAA"},     {NM_DNS_TYPE_CNAME, 5, "CNAME"},
    {NM_DNS_TYPE_SOA, 3, "SOA"},       {NM_DNS_TYPE_MX, 2, "MX"},
    {NM_DNS_TYPE_TXT, 3, "TXT"},       {NM_DNS_TYPE_PTR, 3, "PTR"},
    {NM_DNS_TYPE_HTTPS, 5, "HTTPS"},   {NM_DNS_TYPE_RRSIG, 5, "RRSIG"},
    {NM_DNS_TYPE_NSEC, 4, "NSEC"},     {NM_DNS_TYPE_DS, 2, "DS"},
    {NM_DNS_TYPE_DNSKEY, 6, "DNSKEY"}, {NM_DNS_TYPE_NSEC3, 5, "NSEC3"},
    {NM_DNS_TYPE_SRV, 3, "SRV"},
};
static const mnemonic classes[] = {NM_DNS_CLASS_LIST(MNEMONIC)};
static const mnemonic rcodes[] = {NM_DNS_RCODE_LIST(MNEMONIC)};
#undef MNEMONIC

const char *
nm_dns_type_name(uint16_t type)
{
    switch (type) {
#define CASE(name, number, mnemonic)                                                               \
    case number:                                                                                   \
        return mnemonic;
        NM_DNS_HIGH_TYPE_LIST(CASE)
#undef CASE
    default:
        return LOOK_UP(low_type_names, type);
    }
}

const char *
nm_dns_class_name(uint16_t rrclass)
{
    return LOOK_UP(class_names, rrclass);
}

const char *
nm_dns_rcode_name(uint16_t rcode)
{
    return LOOK_UP(rcode_names, rcode);
}

const char *
nm_dns_opcode_name(uint16_t opcode)
{
    return LOOK_UP(opcode_names, opcode);
}

/* All the room that the table has, so that nothing depends on the length. */
static uint8_t *
put_numbered(uint8_t *to, const numbered *code)
{
    memcpy(to, code->text, sizeof code->text);
    return to + code->len;
}

uint8_t *
nm_dns_type_put(uint8_t *to, uint16_t type)
{
    if (HAS(low_type_names, type)) {
        return put_numbered(to, &low_type_names[type]);
    }
    const char *name = nm_dns_type_name(type);
    return name != NULL ? nm_put(to, name, strlen(name))
                        : nm_put_u64(nm_put_literal(to, "TYPE"), type);
}

uint8_t *
nm_dns_class_put(uint8_t *to, uint16_t rrclass)
{
    return HAS(class_names, rrclass) ? put_numbered(to, &class_names[rrclass])
                                     : nm_put_u64(nm_put_literal(to, "CLASS"), rrclass);
}

void
nm_dns_type_format(nm_writer *w, uint16_t type)
{
    uint8_t *to = nm_writer_room(w, NM_DNS_CODE_ROOM);
    if (to != NULL) {
        nm_writer_advance_to(w, nm_dns_type_put(to, type));
    }
}

void
nm_dns_class_format(nm_writer *w, uint16_t rrclass)
{
    uint8_t *to = nm_writer_room(w, NM_DNS_CODE_ROOM);
    if (to != NULL) {
        nm_writer_advance_to(w, nm_dns_class_put(to, rrclass));
    }
}

/* True when `text` starts with `prefix`, in any case. */
static bool
starts_with(nm_span text, nm_span prefix)
{
    return text.len >= prefix.len &&
           nm_ascii_equal_any_case(nm_span_of(text.data, prefix.len), prefix);
}

static nm_span
behind(nm_span text, size_t len)
{
    return nm_span_of(text.data + len, text.len - len);
}

/* The first of the table whose mnemonic is exactly `text`, of at most eight octets. */
static bool
find_exact(const mnemonic *table, size_t count, nm_span text, uint16_t *out)
{
    uint64_t word = nm_word_load_part(text.data, text.len);
    for (size_t i = 0; i < count && text.len <= NM_WORD_LEN; i++) {
        if (nm_word_load(table[i].text) == word && table[i].len == text.len) {
            *out = table[i].number;
            return true;
        }
    }
    return false;
}

static bool
find_mnemonic(const mnemonic *table, size_t count, nm_span text, uint16_t *out)
{
    if (find_exact(table, count, text, out)) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (nm_ascii_equal_any_case(text, nm_span_of(table[i].text, table[i].len))) {
            *out = table[i].number;
            return true;
        }
    }
    return false;
}

/* One or more digits, nothing else. */
static bool
parse_number(nm_span text, int base, int max, uint16_t *out)
{
    int value = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = nm_ascii_hex_value(text.data[i]);
        value = value * base + digit;
        if (digit < 0 || digit >= base || value > max) {
            return false;
        }
    }
    if (text.len > 0) {
        *out = (uint16_t)value;
    }
    return text.len > 0;
}

/* The number behind a prefix, as RFC 3597 section 5 writes what has no mnemonic. */
static bool
parse_generic(nm_span text, const char *prefix_text, uint16_t *out)
{
    nm_span prefix = nm_span_of_text(prefix_text);
    return starts_with(text, prefix) && parse_number(behind(text, prefix.len), 10, UINT16_MAX, out);
}

bool
nm_dns_type_parse(nm_span text, uint16_t *out)
{
    return find_exact(usual_types, COUNT(usual_types), text, out) ||
           find_mnemonic(types, COUNT(types), text, out) || parse_generic(text, "TYPE", out);
}

bool
nm_dns_class_parse(nm_span text, uint16_t *out)
{
    return find_mnemonic(classes, COUNT(classes), text, out) || parse_generic(text, "CLASS", out);
}

bool
nm_dns_rcode_parse(nm_span text, uint16_t *out)
{
    if (find_mnemonic(rcodes, COUNT(rcodes), text, out)) {
        return true;
    }
    if (starts_with(text, nm_span_of_text("0x"))) {
        return parse_number(behind(text, 2), 16, NM_DNS_RCODE_HEADER_MAX, out);
    }
    int base = text.len > 1 && text.data[0] == '0' ? 8 : 10;
    return parse_number(text, base, NM_DNS_RCODE_HEADER_MAX, out);
}
