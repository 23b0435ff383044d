/* SPDX-License-Identifier: Apache-2.0 */
/* Text to record data, field by field as the table of record types says. */
#include "dns/constants.h"
#include "dns/edns.h"
#include "dns/encoding.h"
#include "dns/layout.h"
#include "dns/name.h"
#include "dns/params.h"
#include "dns/rdata.h"

#include "base/address.h"

enum {
    TYPE_COUNT = 65536, /* All record types there can be. */
    WINDOW_LEN = 32,    /* Octets of the types of a window (RFC 4034 section 4.1.2). */
};

static bool
parse_number(nm_dns_text *t, size_t len, uint32_t max, const char *expected)
{
    nm_span token = nm_dns_text_token(t);
    uint32_t value;
    if (!nm_dns_digits_parse(token, max, &value)) {
        return nm_dns_text_fail(t, token.data, expected);
    }
    nm_dns_put_number(t->out, value, len);
    return true;
}

static bool
parse_address(nm_dns_text *t, size_t len, const char *expected)
{
    uint8_t address[NM_IPV6_LEN];
    nm_span token = nm_dns_text_token(t);
    if (nm_address_parse(token, address) != len) {
        return nm_dns_text_fail(t, token.data, expected);
    }
    nm_writer_put(t->out, address, len);
    return true;
}

static bool
parse_name(nm_dns_text *t)
{
    uint8_t name[NM_DNS_NAME_MAX];
    size_t len = 0;
    nm_span token = nm_dns_text_token(t);
    if (nm_dns_name_parse(token, name, &len) != NM_OK ||
        !nm_dns_name_has_valid_labels(nm_span_of(name, len))) {
        return nm_dns_text_fail(t, token.data, "a domain name");
    }
    nm_writer_put(t->out, name, len);
    return true;
}

static bool
parse_type(nm_dns_text *t)
{
    nm_span token = nm_dns_text_token(t);
    uint16_t type;
    if (!nm_dns_type_parse(token, &type)) {
        return nm_dns_text_fail(t, token.data, "a record type");
    }
    nm_dns_put_number(t->out, type, 2);
    return true;
}

static bool
parse_string(nm_dns_text *t)
{
    const uint8_t *start = t->pos;
    size_t begin = nm_dns_length_begin(t->out, 1);
    if (!nm_dns_text_string(t)) {
        return false;
    }
    return nm_dns_length_end(t->out, begin, 1) <= UINT8_MAX ||
           nm_dns_text_fail(t, start, "a string of at most 255 octets");
}

static bool
parse_strings(nm_dns_text *t)
{
    while (t->pos != t->end) {
        if (!parse_string(t)) {
            return false;
        }
        nm_dns_text_skip_blanks(t);
    }
    return true;
}

static bool
parse_quoted(nm_dns_text *t)
{
    return *t->pos == '"' ? nm_dns_text_string(t)
                          : nm_dns_text_fail(t, t->pos, "a string in quotes");
}

static bool
parse_hex(nm_dns_text *t)
{
    nm_span token = nm_dns_text_token(t);
    return nm_dns_base16_parse(t->out, token) ||
           nm_dns_text_fail(t, token.data, "pairs of hexadecimal digits");
}

static bool
parse_base64(nm_dns_text *t)
{
    nm_dns_put_base64(t->out, nm_span_of(t->pos, (size_t)(t->end - t->pos)));
    t->pos = t->end;
    return true;
}

static bool
parse_salt(nm_dns_text *t)
{
    nm_span token = nm_dns_text_token(t);
    size_t begin = nm_dns_length_begin(t->out, 1);
    bool is_none = token.len == 1 && token.data[0] == '-';
    if ((!is_none && !nm_dns_base16_parse(t->out, token)) ||
        nm_dns_length_end(t->out, begin, 1) > UINT8_MAX) {
        return nm_dns_text_fail(t, token.data, "\"-\" or at most 255 pairs of hexadecimal digits");
    }
    return true;
}

/* One digit fills no octet, so that "0" gives none. */
static bool
parse_hash(nm_dns_text *t)
{
    nm_span token = nm_dns_text_token(t);
    size_t begin = nm_dns_length_begin(t->out, 1);
    if (!nm_dns_base32hex_parse(t->out, token) || nm_dns_length_end(t->out, begin, 1) > UINT8_MAX) {
        return nm_dns_text_fail(t, token.data, "base32hex of at most 255 octets");
    }
    return true;
}

/* Windows without types are left out, and octets without types at the end of one. */
static void
put_windows(nm_writer *w, const uint8_t types[TYPE_COUNT / 8])
{
    for (unsigned window = 0; window < TYPE_COUNT / 8 / WINDOW_LEN; window++) {
        const uint8_t *octets = types + (size_t)window * WINDOW_LEN;
        size_t len = WINDOW_LEN;
        while (len > 0 && octets[len - 1] == 0) {
            len--;
        }
        if (len > 0) {
            nm_writer_octet(w, (uint8_t)window);
            nm_writer_octet(w, (uint8_t)len);
            nm_writer_put(w, octets, len);
        }
    }
}

static bool
parse_bitmap(nm_dns_text *t)
{
    uint8_t types[TYPE_COUNT / 8] = {0};
    while (t->pos != t->end) {
        uint16_t type;
        nm_span token = nm_dns_text_token(t);
        if (!nm_dns_type_parse(token, &type)) {
            return nm_dns_text_fail(t, token.data, "a record type");
        }
        types[type / 8] |= (uint8_t)(0x80 >> type % 8);
        nm_dns_text_skip_blanks(t);
    }
    put_windows(t->out, types);
    return true;
}

static bool
parse_prefix(nm_dns_text *t)
{
    uint8_t address[NM_IPV6_LEN];
    uint32_t prefix_len;
    nm_span token = nm_dns_text_token(t);
    if (!nm_dns_digits_parse(token, NM_DNS_PREFIX_MAX, &prefix_len)) {
        return nm_dns_text_fail(t, token.data, "a prefix length from 0 to 128");
    }
    nm_writer_octet(t->out, (uint8_t)prefix_len);
    size_t len = nm_dns_prefix_octets((uint8_t)prefix_len);
    if (len == 0) {
        return true;
    }
    nm_dns_text_skip_blanks(t);
    token = nm_dns_text_token(t);
    if (nm_address_parse(token, address) != NM_IPV6_LEN) {
        return nm_dns_text_fail(t, token.data, "an IPv6 address");
    }
    nm_writer_put(t->out, address + sizeof address - len, len);
    return true;
}

static bool
parse_eui(nm_dns_text *t, size_t len, const char *expected)
{
    nm_span token = nm_dns_text_token(t);
    bool is_valid = token.len == 3 * len - 1;
    for (size_t i = 0; i < len && is_valid; i++) {
        is_valid = nm_dns_base16_parse(t->out, nm_span_of(token.data + 3 * i, 2)) &&
                   (i + 1 == len || token.data[3 * i + 2] == '-');
    }
    return is_valid || nm_dns_text_fail(t, token.data, expected);
}

/* Only called with something left that is no blank. */
static bool
parse_field(nm_dns_text *t, nm_dns_kind kind)
{
    switch (kind) {
    case NM_DNS_KIND_U8:
        return parse_number(t, 1, UINT8_MAX, "a number from 0 to 255");
    case NM_DNS_KIND_U16:
        return parse_number(t, 2, UINT16_MAX, "a number from 0 to 65535");
    case NM_DNS_KIND_U32:
        return parse_number(t, 4, UINT32_MAX, "a number from 0 to 4294967295");
    case NM_DNS_KIND_IPV4:
        return parse_address(t, NM_IPV4_LEN, "an IPv4 address");
    case NM_DNS_KIND_IPV6:
        return parse_address(t, NM_IPV6_LEN, "an IPv6 address");
    case NM_DNS_KIND_NAME:
        return parse_name(t);
    case NM_DNS_KIND_TYPE:
        return parse_type(t);
    case NM_DNS_KIND_STRING:
        return parse_string(t);
    case NM_DNS_KIND_STRINGS:
        return parse_strings(t);
    case NM_DNS_KIND_QUOTED:
        return parse_quoted(t);
    case NM_DNS_KIND_HEX:
        return parse_hex(t);
    case NM_DNS_KIND_BASE64:
        return parse_base64(t);
    case NM_DNS_KIND_SALT:
        return parse_salt(t);
    case NM_DNS_KIND_HASH:
        return parse_hash(t);
    case NM_DNS_KIND_BITMAP:
        return parse_bitmap(t);
    case NM_DNS_KIND_PREFIX:
        return parse_prefix(t);
    case NM_DNS_KIND_EUI48:
        return parse_eui(t, 6, "an address like 00-00-5e-00-53-2a");
    case NM_DNS_KIND_EUI64:
        return parse_eui(t, 8, "an address like 00-00-5e-ef-10-00-00-2a");
    case NM_DNS_KIND_PARAMS:
        return nm_dns_params_parse(t);
    case NM_DNS_KIND_OPTIONS:
        return nm_dns_options_parse(t);
    case NM_DNS_KIND_END:
        break;
    }
    return true;
}

static bool
parse_fields(nm_dns_text *t, const nm_dns_layout *layout)
{
    nm_dns_text_skip_blanks(t);
    for (const uint8_t *kind = layout->kinds; *kind != NM_DNS_KIND_END; kind++) {
        if (t->pos == t->end) {
            break;
        }
        if (!parse_field(t, (nm_dns_kind)*kind)) {
            return false;
        }
        nm_dns_text_skip_blanks(t);
    }
    return t->pos == t->end || nm_dns_text_fail(t, t->pos, "nothing behind the last field");
}

/* \# with the number of octets, and pairs of digits with any blanks between (RFC 3597 section 5).
 */
static bool
parse_generic(nm_dns_text *t)
{
    uint32_t len;
    if (!nm_dns_text_accept(t, "\\#") || t->pos == t->end || !nm_dns_is_blank(*t->pos)) {
        return nm_dns_text_fail(t, t->start, "\\# and a number of octets");
    }
    nm_dns_text_skip_blanks(t);
    nm_span number = nm_dns_text_token(t);
    if (!nm_dns_digits_parse(number, UINT32_MAX, &len)) {
        return nm_dns_text_fail(t, number.data, "a number of octets");
    }
    nm_dns_text_skip_blanks(t);
    size_t begin = nm_writer_len(t->out);
    while (t->pos != t->end) {
        nm_span digits = nm_dns_text_token(t);
        if (!nm_dns_base16_parse(t->out, digits)) {
            return nm_dns_text_fail(t, digits.data, "pairs of hexadecimal digits");
        }
        nm_dns_text_skip_blanks(t);
    }
    return t->out->status != NM_OK || nm_writer_len(t->out) - begin == len ||
           nm_dns_text_fail(t, number.data, "as many octets as announced");
}

/* True for text that nm_dns_rdata_format() ended with an error. Some of it could pass for data:
 * bare strings, base64. */
static bool
tells_error(nm_span text)
{
    static const char *const ends[] = {
        "### PARSE ERROR ###",     "### PARSE ERROR #3 ###",  "### PARSE ERROR #8 ###",
        "### PARSE ERROR #11 ###", "### PARSE ERROR #12 ###",
    };
    if (text.len == 0 || text.data[text.len - 1] != '#') {
        return false;
    }
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t len = strlen(ends[i]);
        if (text.len >= len && memcmp(text.data + text.len - len, ends[i], len) == 0) {
            return true;
        }
    }
    return false;
}

static bool
parse_text(nm_dns_text *t, uint16_t type, uint16_t rrclass)
{
    const nm_dns_layout *layout = nm_dns_layout_of(type);
    if (tells_error(nm_span_of(t->start, (size_t)(t->end - t->start)))) {
        return nm_dns_text_fail(t, t->start, "text that does not tell a parse error");
    }
    if (layout == NULL) {
        return parse_generic(t);
    }
    if (!nm_dns_layout_is_for(layout, rrclass)) {
        nm_dns_text_skip_blanks(t);
        return t->pos == t->end ||
               nm_dns_text_fail(t, t->pos, "nothing: the type has fields in class IN only");
    }
    return parse_fields(t, layout);
}

/* Read what most records hold: an address or a name and nothing else, without blanks.
 * @return octets of the record data; 0 when it is anything else, or wrong. */
static size_t
parse_single(nm_span text, const nm_dns_layout *layout, uint8_t out[NM_DNS_NAME_MAX])
{
    size_t len;
    switch (layout->kinds[0]) {
    case NM_DNS_KIND_IPV4:
        return nm_address_parse(text, out) == NM_IPV4_LEN ? NM_IPV4_LEN : 0;
    case NM_DNS_KIND_IPV6:
        return nm_address_parse(text, out) == NM_IPV6_LEN ? NM_IPV6_LEN : 0;
    case NM_DNS_KIND_NAME:
        return nm_dns_token_len(text) == text.len && nm_dns_name_parse(text, out, &len) == NM_OK &&
                       nm_dns_name_has_valid_labels(nm_span_of(out, len))
                   ? len
                   : 0;
    default:
        return 0;
    }
}

nm_status
nm_dns_rdata_parse(nm_span text, uint16_t type, uint16_t rrclass, nm_buffer *out, nm_error *err)
{
    static const uint8_t nothing[1];
    uint8_t single[NM_DNS_NAME_MAX];
    const nm_dns_layout *layout = nm_dns_layout_of(type);
    size_t len = 0;
    if (layout != NULL && layout->kinds[1] == NM_DNS_KIND_END && text.len > 0 &&
        nm_dns_layout_is_for(layout, rrclass)) {
        len = parse_single(text, layout, single);
    }
    if (len > 0 && nm_buffer_append(out, nm_span_of(single, len)) == NM_OK) {
        return NM_OK;
    }
    const uint8_t *start = text.data != NULL ? text.data : nothing;
    nm_writer w = nm_writer_begin(out);
    nm_dns_text t = {.start = start, .pos = start, .end = start + text.len, .out = &w, .err = err};
    if (!parse_text(&t, type, rrclass)) {
        return NM_E_PARSE;
    }
    if (w.status != NM_OK) {
        return nm_error_set(err, w.status, 0, "record data: %s", nm_status_text(w.status));
    }
    if (nm_writer_len(&w) > NM_DNS_RDATA_MAX) {
        return nm_error_set(err, NM_E_LIMIT, 0, "record data: more than %d octets",
                            NM_DNS_RDATA_MAX);
    }
    return nm_writer_end(&w);
}
