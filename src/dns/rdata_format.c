/* SPDX-License-Identifier: Apache-2.0 */
/* Record data to text, field by field as the table of record types says. */
#include "dns/constants.h"
#include "dns/edns.h"
#include "dns/encoding.h"
#include "dns/layout.h"
#include "dns/name.h"
#include "dns/params.h"
#include "dns/rdata.h"

#include "base/address.h"
#include "base/base64.h"

/* What is left to be written. */
typedef struct rdata_reader {
    nm_cursor c;
    nm_span message;  /* Names may be compressed if there is one. */
    bool is_past_end; /* A name went on where the data ended: whatever follows is missing. */
    bool is_plain;    /* What was written stands for itself in a JSON string. */
} rdata_reader;

void
nm_dns_field_error_format(nm_writer *w, nm_dns_field_error error)
{
    nm_writer_literal(w, " ### PARSE ERROR ");
    if (error != NM_DNS_FIELD_CUT) {
        nm_writer_octet(w, '#');
        nm_writer_u64(w, error);
        nm_writer_octet(w, ' ');
    }
    nm_writer_literal(w, "###");
}

static nm_dns_field_error
format_number(nm_writer *w, nm_cursor *c, size_t len)
{
    uint32_t value = 0;
    nm_span octets = nm_cursor_take(c, len);
    for (size_t i = 0; i < octets.len; i++) {
        value = value << 8 | octets.data[i];
    }
    uint8_t *to = nm_writer_room(w, NM_NUMBER_TEXT_MAX + 1);
    if (to != NULL && octets.len == len) {
        size_t text_len = nm_number_format_u64(value, (char *)to);
        to[text_len] = ' ';
        nm_writer_advance(w, text_len + 1);
    }
    return octets.len == len ? NM_DNS_FIELD_OK : NM_DNS_FIELD_CUT;
}

static nm_dns_field_error
format_address(nm_writer *w, nm_cursor *c, size_t len)
{
    nm_span address = nm_cursor_take(c, len);
    uint8_t *to = nm_writer_room(w, NM_ADDRESS_TEXT_MAX + 1);
    if (address.len != len) {
        return NM_DNS_FIELD_CUT;
    }
    if (to != NULL) {
        size_t text_len = nm_address_format(address, (char *)to);
        to[text_len] = ' ';
        nm_writer_advance(w, text_len + 1);
    }
    return NM_DNS_FIELD_OK;
}

/* Find the end of an uncompressed name: behind the root label or, if there is none, behind the last
 * label. */
static nm_dns_field_error
measure_name(rdata_reader *r, size_t *out_len)
{
    const uint8_t *p = r->c.pos;
    bool has_root = false;
    while (p != r->c.end && !has_root) {
        uint8_t len = *p++;
        if (len > NM_DNS_LABEL_MAX || len > r->c.end - p) {
            return NM_DNS_FIELD_LABEL;
        }
        has_root = len == 0;
        p += len;
    }
    size_t len = (size_t)(p - r->c.pos);
    if (len + (has_root ? 0 : 1) > NM_DNS_NAME_MAX) {
        return NM_DNS_FIELD_LONG_NAME;
    }
    r->is_past_end = !has_root;
    *out_len = len;
    return NM_DNS_FIELD_OK;
}

static nm_dns_field_error
format_compressed_name(nm_writer *w, rdata_reader *r)
{
    uint8_t name[NM_DNS_NAME_MAX];
    size_t name_len;
    size_t no_limit = SIZE_MAX;
    size_t offset = (size_t)(r->c.pos - r->message.data);
    size_t taken = nm_dns_name_expand(r->message, offset, name, &name_len, &no_limit);
    nm_span in = nm_cursor_take(&r->c, taken);
    if (in.len == 0) {
        return NM_DNS_FIELD_LABEL;
    }
    r->is_plain = nm_dns_name_format(w, nm_span_of(name, name_len)) && r->is_plain;
    nm_writer_octet(w, ' ');
    return NM_DNS_FIELD_OK;
}

static nm_dns_field_error
format_name(nm_writer *w, rdata_reader *r)
{
    size_t len;
    if (r->is_past_end) {
        return NM_DNS_FIELD_NO_DATA;
    }
    if (r->message.data != NULL) {
        return format_compressed_name(w, r);
    }
    nm_dns_field_error error = measure_name(r, &len);
    if (error == NM_DNS_FIELD_OK) {
        r->is_plain = nm_dns_name_format(w, nm_cursor_take(&r->c, len)) && r->is_plain;
        nm_writer_octet(w, ' ');
    }
    return error;
}

static nm_dns_field_error
format_type(nm_writer *w, nm_cursor *c)
{
    uint16_t type = nm_cursor_be16(c);
    if (c->has_failed) {
        return NM_DNS_FIELD_CUT;
    }
    nm_dns_type_format(w, type);
    nm_writer_octet(w, ' ');
    return NM_DNS_FIELD_OK;
}

static nm_dns_field_error
format_string(nm_writer *w, nm_cursor *c)
{
    nm_span string = nm_cursor_take(c, nm_cursor_u8(c));
    if (c->has_failed) {
        return NM_DNS_FIELD_CUT;
    }
    nm_dns_quoted_format(w, string);
    nm_writer_octet(w, ' ');
    return NM_DNS_FIELD_OK;
}

static nm_dns_field_error
format_strings(nm_writer *w, nm_cursor *c)
{
    nm_dns_field_error error = NM_DNS_FIELD_OK;
    while (nm_cursor_left(c) > 0 && error == NM_DNS_FIELD_OK) {
        error = format_string(w, c);
    }
    return error;
}

/* Octets in lower-case hexadecimal, with `separator` between two unless it is 0. */
static void
put_hex(nm_writer *w, nm_span octets, char separator)
{
    for (size_t i = 0; i < octets.len; i++) {
        if (i > 0 && separator != 0) {
            nm_writer_octet(w, (uint8_t)separator);
        }
        nm_writer_hex(w, octets.data[i]);
    }
}

static nm_dns_field_error
format_salt(nm_writer *w, nm_cursor *c)
{
    nm_span salt = nm_cursor_take(c, nm_cursor_u8(c));
    if (c->has_failed) {
        return NM_DNS_FIELD_CUT;
    }
    if (salt.len == 0) {
        nm_writer_octet(w, '-');
    }
    put_hex(w, salt, 0);
    nm_writer_octet(w, ' ');
    return NM_DNS_FIELD_OK;
}

static nm_dns_field_error
format_hash(nm_writer *w, nm_cursor *c)
{
    nm_span hash = nm_cursor_take(c, nm_cursor_u8(c));
    if (c->has_failed) {
        return NM_DNS_FIELD_CUT;
    }
    if (hash.len == 0) {
        nm_writer_octet(w, '0');
    }
    nm_dns_base32hex_format(w, hash);
    nm_writer_octet(w, ' ');
    return NM_DNS_FIELD_OK;
}

static nm_dns_field_error
format_eui(nm_writer *w, nm_cursor *c, size_t len)
{
    nm_span address = nm_cursor_take(c, len);
    put_hex(w, address, '-');
    return address.len == len ? NM_DNS_FIELD_OK : NM_DNS_FIELD_CUT;
}

static void
format_window(nm_writer *w, unsigned window, nm_span bitmap)
{
    for (unsigned i = 0; i < 8 * bitmap.len; i++) {
        unsigned octet = bitmap.data[i / 8];
        if ((octet >> (7 - i % 8) & 1) != 0) {
            nm_dns_type_format(w, (uint16_t)(window << 8 | i));
            nm_writer_octet(w, ' ');
        }
    }
}

/* A last octet that is alone is passed over. */
static nm_dns_field_error
format_bitmap(nm_writer *w, nm_cursor *c)
{
    if (nm_cursor_left(c) < 2) {
        return NM_DNS_FIELD_CUT;
    }
    while (nm_cursor_left(c) >= 2) {
        uint8_t window = nm_cursor_u8(c);
        nm_span bitmap = nm_cursor_take(c, nm_cursor_u8(c));
        if (c->has_failed) {
            return NM_DNS_FIELD_CUT;
        }
        format_window(w, window, bitmap);
    }
    return NM_DNS_FIELD_OK;
}

static nm_dns_field_error
format_prefix(nm_writer *w, nm_cursor *c)
{
    uint8_t address[NM_IPV6_LEN] = {0};
    uint8_t prefix_len = nm_cursor_u8(c);
    if (c->has_failed || prefix_len > NM_DNS_PREFIX_MAX) {
        return NM_DNS_FIELD_CUT;
    }
    nm_span suffix = nm_cursor_take(c, nm_dns_prefix_octets(prefix_len));
    if (c->has_failed) {
        return NM_DNS_FIELD_CUT;
    }
    nm_writer_u64(w, prefix_len);
    nm_writer_octet(w, ' ');
    if (suffix.len > 0) {
        memcpy(address + sizeof address - suffix.len, suffix.data, suffix.len);
        nm_cursor whole = nm_cursor_init(nm_span_of(address, sizeof address));
        return format_address(w, &whole, sizeof address);
    }
    return NM_DNS_FIELD_OK;
}

static nm_dns_field_error
format_options(nm_writer *w, nm_cursor *c)
{
    nm_dns_field_error error = nm_dns_option_format(w, c);
    while (nm_cursor_left(c) > 0 && error == NM_DNS_FIELD_OK) {
        nm_writer_octet(w, '\n');
        error = nm_dns_option_format(w, c);
    }
    return error;
}

static nm_span
take_rest(nm_cursor *c)
{
    return nm_cursor_take(c, nm_cursor_left(c));
}

/* Only called with something left, or past the end. */
static nm_dns_field_error
format_field(nm_writer *w, rdata_reader *r, nm_dns_kind kind)
{
    nm_cursor *c = &r->c;
    switch (kind) {
    case NM_DNS_KIND_U8:
        return format_number(w, c, 1);
    case NM_DNS_KIND_U16:
        return format_number(w, c, 2);
    case NM_DNS_KIND_U32:
        return format_number(w, c, 4);
    case NM_DNS_KIND_IPV4:
        return format_address(w, c, NM_IPV4_LEN);
    case NM_DNS_KIND_IPV6:
        return format_address(w, c, NM_IPV6_LEN);
    case NM_DNS_KIND_NAME:
        return format_name(w, r);
    case NM_DNS_KIND_TYPE:
        return format_type(w, c);
    case NM_DNS_KIND_STRING:
        r->is_plain = false;
        return format_string(w, c);
    case NM_DNS_KIND_STRINGS:
        r->is_plain = false;
        return format_strings(w, c);
    case NM_DNS_KIND_QUOTED:
        r->is_plain = false;
        nm_dns_quoted_format(w, take_rest(c));
        return NM_DNS_FIELD_OK;
    case NM_DNS_KIND_HEX:
        nm_dns_base16_format(w, take_rest(c));
        return r->is_past_end ? NM_DNS_FIELD_CUT : NM_DNS_FIELD_OK;
    case NM_DNS_KIND_BASE64:
        nm_base64_encode(w, take_rest(c));
        return r->is_past_end ? NM_DNS_FIELD_CUT : NM_DNS_FIELD_OK;
    case NM_DNS_KIND_SALT:
        return format_salt(w, c);
    case NM_DNS_KIND_HASH:
        return format_hash(w, c);
    case NM_DNS_KIND_BITMAP:
        return format_bitmap(w, c);
    case NM_DNS_KIND_PREFIX:
        return format_prefix(w, c);
    case NM_DNS_KIND_EUI48:
        return format_eui(w, c, 6);
    case NM_DNS_KIND_EUI64:
        return format_eui(w, c, 8);
    case NM_DNS_KIND_PARAMS:
        r->is_plain = false;
        return nm_dns_params_format(w, c);
    case NM_DNS_KIND_OPTIONS:
        r->is_plain = false;
        return format_options(w, c);
    case NM_DNS_KIND_END:
        break;
    }
    return NM_DNS_FIELD_OK;
}

static void
format_generic(nm_writer *w, nm_span rdata)
{
    nm_writer_literal(w, "\\# ");
    nm_writer_u64(w, rdata.len);
    nm_writer_octet(w, ' ');
    uint8_t *to = nm_writer_room(w, 3 * rdata.len);
    if (to == NULL) {
        return;
    }
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < rdata.len; i++) {
        *to++ = (uint8_t)digits[rdata.data[i] >> 4];
        *to++ = (uint8_t)digits[rdata.data[i] & 15];
        *to++ = ' ';
    }
    nm_writer_advance(w, 3 * rdata.len);
}

bool
nm_dns_rdata_format_compressed(nm_writer *w, uint16_t type, uint16_t rrclass, nm_span message,
                               nm_span rdata)
{
    const nm_dns_layout *layout = nm_dns_layout_of(type);
    if (layout == NULL) {
        format_generic(w, rdata);
        return false;
    }
    if (!nm_dns_layout_is_for(layout, rrclass) || rdata.len == 0) {
        return true;
    }
    rdata_reader r = {.c = nm_cursor_init(rdata), .message = message, .is_plain = true};
    nm_dns_field_error error = NM_DNS_FIELD_OK;
    for (const uint8_t *kind = layout->kinds; *kind != NM_DNS_KIND_END; kind++) {
        if (nm_cursor_left(&r.c) == 0 && !r.is_past_end) {
            break;
        }
        error = format_field(w, &r, (nm_dns_kind)*kind);
        if (error != NM_DNS_FIELD_OK) {
            nm_dns_field_error_format(w, error);
            return r.is_plain;
        }
    }
    if (nm_writer_len(w) > 0 && w->pos[-1] == ' ') {
        nm_writer_cut(w, nm_writer_len(w) - 1);
    }
    return r.is_plain;
}

bool
nm_dns_rdata_is_address(uint16_t type, uint16_t rrclass, nm_span rdata)
{
    const nm_dns_layout *layout = nm_dns_layout_of(type);
    if (layout == NULL || layout->kinds[1] != NM_DNS_KIND_END ||
        !nm_dns_layout_is_for(layout, rrclass)) {
        return false;
    }
    return (layout->kinds[0] == NM_DNS_KIND_IPV4 && rdata.len == NM_IPV4_LEN) ||
           (layout->kinds[0] == NM_DNS_KIND_IPV6 && rdata.len == NM_IPV6_LEN);
}

bool
nm_dns_rdata_format(nm_writer *w, uint16_t type, uint16_t rrclass, nm_span rdata)
{
    return nm_dns_rdata_format_compressed(w, type, rrclass, nm_span_of(NULL, 0), rdata);
}
