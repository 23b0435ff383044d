/* SPDX-License-Identifier: Apache-2.0 */
/* EDNS options: to text and from text. */
#include "dns/edns.h"

#include "dns/encoding.h"

#include "base/address.h"

enum {
    OPTION_CLIENT_SUBNET = 8,   /* RFC 7871 section 6 */
    OPTION_EXTENDED_ERROR = 15, /* RFC 8914 section 2 */
    FAMILY_IPV4 = 1,            /* IANA Address Family Numbers, as RFC 7871 section 6 has them */
    FAMILY_IPV6 = 2,
};

#define CLIENT_SUBNET_NAME "CLIENT-SUBNET:"
#define EXTENDED_ERROR_NAME "EDE:"

/* Purposes of extended errors by code (RFC 8914 section 5.2). */
static const char *const purposes[] = {
    "Other Error",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDomain Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
};

enum { PURPOSE_COUNT = sizeof purposes / sizeof *purposes };

static void
format_code(nm_writer *w, uint16_t code)
{
    switch (code) {
    case OPTION_CLIENT_SUBNET:
        nm_writer_literal(w, CLIENT_SUBNET_NAME);
        break;
    case OPTION_EXTENDED_ERROR:
        nm_writer_literal(w, EXTENDED_ERROR_NAME);
        break;
    default:
        nm_writer_literal(w, "OPT=");
        nm_writer_u64(w, code);
        nm_writer_octet(w, ':');
        break;
    }
}

/* Octets of an address that are not there are zero. */
static nm_dns_field_error
format_client_subnet(nm_writer *w, nm_span data)
{
    uint8_t address[NM_IPV6_LEN] = {0};
    char text[NM_ADDRESS_TEXT_MAX];
    nm_cursor c = nm_cursor_init(data);
    uint16_t family = nm_cursor_be16(&c);
    uint8_t source_len = nm_cursor_u8(&c);
    uint8_t scope_len = nm_cursor_u8(&c);
    size_t address_len = family == FAMILY_IPV4   ? NM_IPV4_LEN
                         : family == FAMILY_IPV6 ? NM_IPV6_LEN
                                                 : 0;
    nm_span given = nm_cursor_take(&c, nm_cursor_left(&c));
    if (c.has_failed || address_len == 0 || given.len > address_len) {
        return NM_DNS_FIELD_VALUE;
    }
    memcpy(address, given.data, given.len);
    nm_writer_put(w, text, nm_address_format(nm_span_of(address, address_len), text));
    nm_writer_octet(w, '/');
    nm_writer_u64(w, source_len);
    nm_writer_octet(w, '/');
    nm_writer_u64(w, scope_len);
    return NM_DNS_FIELD_OK;
}

static nm_dns_field_error
format_extended_error(nm_writer *w, nm_span data)
{
    nm_cursor c = nm_cursor_init(data);
    uint16_t code = nm_cursor_be16(&c);
    if (c.has_failed) {
        return NM_DNS_FIELD_VALUE;
    }
    nm_writer_u64(w, code);
    if (code < PURPOSE_COUNT) {
        nm_writer_literal(w, " (");
        nm_writer_text(w, purposes[code]);
        nm_writer_octet(w, ')');
    }
    nm_writer_literal(w, ": (");
    nm_dns_printable_format(w, nm_cursor_take(&c, nm_cursor_left(&c)));
    nm_writer_octet(w, ')');
    return NM_DNS_FIELD_OK;
}

static nm_dns_field_error
format_octets(nm_writer *w, nm_span data)
{
    for (size_t i = 0; i < data.len; i++) {
        nm_writer_hex(w, data.data[i]);
        nm_writer_octet(w, ' ');
    }
    nm_writer_literal(w, "(\"");
    nm_dns_printable_format(w, data);
    nm_writer_literal(w, "\")");
    return NM_DNS_FIELD_OK;
}

nm_dns_field_error
nm_dns_option_format(nm_writer *w, nm_cursor *c)
{
    uint16_t code = nm_cursor_be16(c);
    if (c->has_failed) {
        return NM_DNS_FIELD_CUT;
    }
    format_code(w, code);
    nm_span data = nm_cursor_take(c, nm_cursor_be16(c));
    if (c->has_failed) {
        return NM_DNS_FIELD_CUT;
    }
    nm_writer_octet(w, ' ');
    nm_dns_field_error error = code == OPTION_CLIENT_SUBNET    ? format_client_subnet(w, data)
                               : code == OPTION_EXTENDED_ERROR ? format_extended_error(w, data)
                                                               : format_octets(w, data);
    if (error != NM_DNS_FIELD_OK) {
        nm_cursor_fail(c);
    }
    return error;
}

/* Read the number that ends at `stop`, which is passed. */
static bool
parse_number(nm_dns_text *t, uint32_t max, const char *stop, uint32_t *out)
{
    const uint8_t *start = t->pos;
    return (nm_dns_digits_parse(nm_dns_text_digits(t), max, out) && nm_dns_text_accept(t, stop)) ||
           nm_dns_text_fail(t, start, "the number of an EDNS option");
}

/* As many octets as the source prefix needs, and as many as are not zero (RFC 7871 section 6). */
static size_t
significant_len(const uint8_t *address, size_t address_len, uint32_t source_len)
{
    size_t len = (source_len + 7) / 8;
    if (len > address_len) {
        return address_len;
    }
    for (size_t i = len; i < address_len; i++) {
        len = address[i] != 0 ? i + 1 : len;
    }
    return len;
}

static bool
parse_client_subnet(nm_dns_text *t)
{
    uint8_t address[NM_IPV6_LEN];
    uint32_t source_len;
    uint32_t scope_len;
    const uint8_t *start = t->pos;
    while (t->pos != t->end && *t->pos != '/') {
        t->pos++;
    }
    size_t len = nm_address_parse(nm_span_of(start, (size_t)(t->pos - start)), address);
    if (len == 0 || !nm_dns_text_accept(t, "/")) {
        return nm_dns_text_fail(t, start, "an address and /");
    }
    if (!parse_number(t, UINT8_MAX, "/", &source_len) ||
        !parse_number(t, UINT8_MAX, "", &scope_len)) {
        return false;
    }
    nm_dns_put_number(t->out, len == NM_IPV4_LEN ? FAMILY_IPV4 : FAMILY_IPV6, 2);
    nm_dns_put_number(t->out, source_len, 1);
    nm_dns_put_number(t->out, scope_len, 1);
    nm_writer_put(t->out, address, significant_len(address, len, source_len));
    return true;
}

/* The rest of the line, which ends with ")", is the text: it may hold more of these. */
static bool
parse_extended_error(nm_dns_text *t)
{
    uint32_t code;
    if (!parse_number(t, UINT16_MAX, "", &code)) {
        return false;
    }
    if (code < PURPOSE_COUNT && nm_dns_text_accept(t, " (") &&
        !(nm_dns_text_accept(t, purposes[code]) && nm_dns_text_accept(t, ")"))) {
        return nm_dns_text_fail(t, t->pos, purposes[code]);
    }
    if (!nm_dns_text_accept(t, ": (")) {
        return nm_dns_text_fail(t, t->pos, ": and the text of an error in parentheses");
    }
    const uint8_t *start = t->pos;
    while (t->pos != t->end && *t->pos >= ' ' && *t->pos <= '~') {
        t->pos++;
    }
    if (t->pos == start || t->pos[-1] != ')') {
        return nm_dns_text_fail(t, t->pos, ") and nothing but printable ASCII before");
    }
    nm_dns_put_number(t->out, code, 2);
    nm_writer_put(t->out, start, (size_t)(t->pos - start) - 1);
    return true;
}

/* Pairs of digits, each with a space, and once more what of it is printable. */
static bool
parse_octets(nm_dns_text *t)
{
    const uint8_t *start = t->pos;
    size_t begin = nm_writer_len(t->out);
    while (t->end - t->pos >= 3 && t->pos[2] == ' ' &&
           nm_dns_base16_parse(t->out, nm_span_of(t->pos, 2))) {
        t->pos += 3;
    }
    size_t len = (size_t)(t->pos - start) / 3;
    if (!nm_dns_text_accept(t, "(\"")) {
        return nm_dns_text_fail(t, t->pos, "pairs of hexadecimal digits and (\"");
    }
    if ((size_t)(t->end - t->pos) < len) {
        return nm_dns_text_fail(t, t->pos, "as many characters as octets");
    }
    const uint8_t *shown = t->pos;
    t->pos += len;
    for (size_t i = 0; i < len && t->out->status == NM_OK; i++) {
        uint8_t octet = (t->out->pos - (nm_writer_len(t->out) - begin))[i];
        if (shown[i] != (octet >= ' ' && octet <= '~' ? octet : '.')) {
            return nm_dns_text_fail(t, shown + i, "the octets once more");
        }
    }
    return nm_dns_text_accept(t, "\")") || nm_dns_text_fail(t, t->pos, "\")");
}

static bool
parse_option(nm_dns_text *t)
{
    uint32_t code;
    const uint8_t *start = t->pos;
    if (nm_dns_text_accept(t, CLIENT_SUBNET_NAME " ")) {
        code = OPTION_CLIENT_SUBNET;
    } else if (nm_dns_text_accept(t, EXTENDED_ERROR_NAME " ")) {
        code = OPTION_EXTENDED_ERROR;
    } else if (!nm_dns_text_accept(t, "OPT=") ||
               !nm_dns_digits_parse(nm_dns_text_digits(t), UINT16_MAX, &code) ||
               !nm_dns_text_accept(t, ": ") || code == OPTION_CLIENT_SUBNET ||
               code == OPTION_EXTENDED_ERROR) {
        return nm_dns_text_fail(t, start, "the name of an EDNS option");
    }
    nm_dns_put_number(t->out, code, 2);
    size_t begin = nm_dns_length_begin(t->out, 2);
    bool is_read = code == OPTION_CLIENT_SUBNET    ? parse_client_subnet(t)
                   : code == OPTION_EXTENDED_ERROR ? parse_extended_error(t)
                                                   : parse_octets(t);
    if (is_read) {
        nm_dns_length_end(t->out, begin, 2);
    }
    return is_read;
}

bool
nm_dns_options_parse(nm_dns_text *t)
{
    while (t->pos != t->end) {
        if (!parse_option(t)) {
            return false;
        }
        if (t->pos != t->end && !nm_dns_text_accept(t, "\n")) {
            return nm_dns_text_fail(t, t->pos, "a newline behind an EDNS option");
        }
    }
    return true;
}
