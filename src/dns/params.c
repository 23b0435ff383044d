/* SPDX-License-Identifier: Apache-2.0 */
/* Service parameters: to text, from text, and whether they are well-formed. */
#include "dns/params.h"

#include "dns/encoding.h"

#include "base/address.h"
#include "base/base64.h"

/* Keys (RFC 9460 section 14.3.2). */
enum {
    KEY_MANDATORY = 0,
    KEY_ALPN = 1,
    KEY_NO_DEFAULT_ALPN = 2,
    KEY_PORT = 3,
    KEY_IPV4HINT = 4,
    KEY_ECH = 5,
    KEY_IPV6HINT = 6,
    KEY_INVALID = 65535,
};

static const struct {
    uint16_t key;
    const char *name;
} key_names[] = {
    {KEY_MANDATORY, "mandatory"},
    {KEY_ALPN, "alpn"},
    {KEY_NO_DEFAULT_ALPN, "no-default-alpn"},
    {KEY_PORT, "port"},
    {KEY_IPV4HINT, "ipv4hint"},
    {KEY_ECH, "ech"},
    {KEY_IPV6HINT, "ipv6hint"},
    {KEY_INVALID, "invalid key"}, /* Only as a value of "mandatory". */
};

enum { KEY_NAME_COUNT = sizeof key_names / sizeof *key_names };

/* Octets of an address in the value of one of the two hint keys. */
static size_t
hint_len(uint16_t key)
{
    return key == KEY_IPV4HINT ? NM_IPV4_LEN : NM_IPV6_LEN;
}

static void
format_key(nm_writer *w, uint16_t key)
{
    for (size_t i = 0; i < KEY_NAME_COUNT; i++) {
        if (key_names[i].key == key) {
            nm_writer_text(w, key_names[i].name);
            return;
        }
    }
    nm_writer_literal(w, "key");
    nm_writer_u64(w, key);
}

/* Between two values of a list stands ",", behind the last one a space. */
static void
end_item(nm_writer *w, const nm_cursor *c)
{
    nm_writer_octet(w, nm_cursor_left(c) > 0 ? ',' : ' ');
}

static nm_dns_field_error
format_mandatory(nm_writer *w, nm_cursor *c)
{
    while (nm_cursor_left(c) > 0) {
        uint16_t key = nm_cursor_be16(c);
        if (c->has_failed) {
            return NM_DNS_FIELD_VALUE;
        }
        format_key(w, key);
        end_item(w, c);
    }
    return NM_DNS_FIELD_OK;
}

static nm_dns_field_error
format_hints(nm_writer *w, nm_cursor *c, size_t address_len)
{
    char text[NM_ADDRESS_TEXT_MAX];
    while (nm_cursor_left(c) > 0) {
        nm_span address = nm_cursor_take(c, address_len);
        if (c->has_failed) {
            return NM_DNS_FIELD_VALUE;
        }
        nm_writer_put(w, text, nm_address_format(address, text));
        end_item(w, c);
    }
    return NM_DNS_FIELD_OK;
}

/* Escaped twice: for a list of values, and for the string that holds the list (RFC 9460, A.1). */
static void
format_alpn_octet(nm_writer *w, uint8_t c)
{
    if (c == '"') {
        nm_writer_literal(w, "\\\"");
    } else if (c == '\\') {
        nm_writer_literal(w, "\\\\\\\\");
    } else if (c == ',') {
        nm_writer_literal(w, "\\\\,");
    } else if (c >= ' ' && c <= '~') {
        nm_writer_octet(w, c);
    } else {
        nm_dns_decimal_escape(w, c);
    }
}

static nm_dns_field_error
format_alpn(nm_writer *w, nm_cursor *c)
{
    nm_writer_octet(w, '"');
    while (nm_cursor_left(c) > 0) {
        nm_span id = nm_cursor_take(c, nm_cursor_u8(c));
        if (c->has_failed) {
            return NM_DNS_FIELD_VALUE;
        }
        for (size_t i = 0; i < id.len; i++) {
            format_alpn_octet(w, id.data[i]);
        }
        nm_writer_octet(w, nm_cursor_left(c) > 0 ? ',' : '"');
    }
    nm_writer_octet(w, ' ');
    return NM_DNS_FIELD_OK;
}

static nm_dns_field_error
format_port(nm_writer *w, nm_cursor *c)
{
    if (nm_cursor_left(c) != 2) {
        return NM_DNS_FIELD_VALUE;
    }
    nm_writer_u64(w, nm_cursor_be16(c));
    nm_writer_octet(w, ' ');
    return NM_DNS_FIELD_OK;
}

/* The value and a space; none behind an empty list. */
static nm_dns_field_error
format_value(nm_writer *w, uint16_t key, nm_span value)
{
    nm_cursor c = nm_cursor_init(value);
    switch (key) {
    case KEY_MANDATORY:
        return format_mandatory(w, &c);
    case KEY_ALPN:
        return format_alpn(w, &c);
    case KEY_NO_DEFAULT_ALPN:
        nm_writer_put(w, " ", value.len == 0);
        return value.len == 0 ? NM_DNS_FIELD_OK : NM_DNS_FIELD_VALUE;
    case KEY_PORT:
        return format_port(w, &c);
    case KEY_IPV4HINT:
    case KEY_IPV6HINT:
        return format_hints(w, &c, hint_len(key));
    case KEY_ECH:
        nm_base64_encode(w, value);
        break;
    default:
        nm_dns_quoted_format(w, value);
        break;
    }
    nm_writer_octet(w, ' ');
    return NM_DNS_FIELD_OK;
}

nm_dns_field_error
nm_dns_params_format(nm_writer *w, nm_cursor *c)
{
    while (nm_cursor_left(c) > 0) {
        uint16_t key = nm_cursor_be16(c);
        if (c->has_failed || key == KEY_INVALID) {
            return NM_DNS_FIELD_CUT;
        }
        format_key(w, key);
        if (key != KEY_NO_DEFAULT_ALPN) {
            nm_writer_octet(w, '=');
        }
        nm_span value = nm_cursor_take(c, nm_cursor_be16(c));
        if (c->has_failed) {
            return NM_DNS_FIELD_CUT;
        }
        nm_dns_field_error error = format_value(w, key, value);
        if (error != NM_DNS_FIELD_OK) {
            return error;
        }
    }
    return NM_DNS_FIELD_OK;
}

static bool
is_valid_alpn(nm_span value)
{
    nm_cursor c = nm_cursor_init(value);
    while (nm_cursor_left(&c) > 0) {
        nm_cursor_take(&c, nm_cursor_u8(&c));
    }
    return value.len > 0 && !c.has_failed;
}

static bool
is_valid_value(uint16_t key, nm_span value)
{
    switch (key) {
    case KEY_MANDATORY:
        return value.len % 2 == 0;
    case KEY_ALPN:
        return is_valid_alpn(value);
    case KEY_NO_DEFAULT_ALPN:
        return value.len == 0;
    case KEY_PORT:
        return value.len == 2;
    case KEY_IPV4HINT:
    case KEY_IPV6HINT:
        return value.len % hint_len(key) == 0;
    case KEY_INVALID:
        return false;
    default:
        return true;
    }
}

bool
nm_dns_params_are_valid(nm_cursor *c)
{
    while (nm_cursor_left(c) > 0) {
        uint16_t key = nm_cursor_be16(c);
        nm_span value = nm_cursor_take(c, nm_cursor_be16(c));
        if (c->has_failed || !is_valid_value(key, value)) {
            return false;
        }
    }
    return true;
}

static bool
is_at_end(const nm_dns_text *t)
{
    return t->pos == t->end || nm_dns_is_blank(*t->pos);
}

/* Pass a key and see what stands behind it: "=", ",", a quote, a blank or the end. */
static bool
accept_key(nm_dns_text *t, uint16_t *out)
{
    static const char ends[] = {'=', ',', '"'};
    const uint8_t *start = t->pos;
    uint32_t key = KEY_INVALID;
    bool is_found = false;
    for (size_t i = 0; i < KEY_NAME_COUNT && !is_found; i++) {
        if (nm_dns_text_accept(t, key_names[i].name)) {
            key = key_names[i].key;
            is_found = true;
        }
    }
    if (!is_found && nm_dns_text_accept(t, "key")) {
        is_found = nm_dns_digits_parse(nm_dns_text_digits(t), UINT16_MAX - 1, &key);
    }
    if (!is_found || (!is_at_end(t) && memchr(ends, *t->pos, sizeof ends) == NULL)) {
        t->pos = start;
        return false;
    }
    *out = (uint16_t)key;
    return true;
}

/* One value of a list. */
static bool
parse_item(nm_dns_text *t, uint16_t list_key)
{
    const uint8_t *start = t->pos;
    if (list_key == KEY_MANDATORY) {
        uint16_t key;
        if (!accept_key(t, &key)) {
            return nm_dns_text_fail(t, start, "the key of a service parameter");
        }
        nm_dns_put_number(t->out, key, 2);
        return true;
    }
    uint8_t address[NM_IPV6_LEN];
    while (!is_at_end(t) && *t->pos != ',' && *t->pos != '"') {
        t->pos++;
    }
    size_t len = nm_address_parse(nm_span_of(start, (size_t)(t->pos - start)), address);
    if (len != hint_len(list_key)) {
        return nm_dns_text_fail(t, start,
                                list_key == KEY_IPV4HINT ? "an IPv4 address" : "an IPv6 address");
    }
    nm_writer_put(t->out, address, len);
    return true;
}

static bool
parse_list(nm_dns_text *t, uint16_t key)
{
    bool is_quoted = nm_dns_text_accept(t, "\"");
    do {
        if (!parse_item(t, key)) {
            return false;
        }
    } while (nm_dns_text_accept(t, ","));
    return !is_quoted || nm_dns_text_accept(t, "\"") ||
           nm_dns_text_fail(t, t->pos, "a quote at the end of the list");
}

/* An empty list is written without a space behind it, so that the next key may follow at once. */
static bool
is_empty_list(const nm_dns_text *t, uint16_t list_key)
{
    nm_dns_text ahead = *t;
    uint16_t key;
    if (list_key != KEY_MANDATORY && list_key != KEY_IPV4HINT && list_key != KEY_IPV6HINT) {
        return false;
    }
    if (is_at_end(t)) {
        return true;
    }
    return accept_key(&ahead, &key) && (nm_dns_text_accept(&ahead, "=") ||
                                        (key == KEY_NO_DEFAULT_ALPN && list_key != KEY_MANDATORY));
}

static bool
is_at_string_end(const nm_dns_text *t, bool is_quoted)
{
    return t->pos == t->end || (is_quoted ? *t->pos == '"' : nm_dns_is_blank(*t->pos));
}

/* What is escaped for the list: "\" or ",". */
static bool
parse_list_escape(nm_dns_text *t, bool is_quoted, uint8_t *out)
{
    const uint8_t *start = t->pos;
    if (!is_at_string_end(t, is_quoted) && !nm_dns_text_octet(t, out)) {
        return false;
    }
    return (t->pos != start && (*out == '\\' || *out == ',')) ||
           nm_dns_text_fail(t, start, "\\\\\\\\ or \\\\,");
}

static bool
end_protocol(nm_dns_text *t, size_t begin, const uint8_t *start)
{
    return nm_dns_length_end(t->out, begin, 1) <= UINT8_MAX ||
           nm_dns_text_fail(t, start, "protocols of at most 255 octets");
}

static bool
parse_alpn(nm_dns_text *t)
{
    const uint8_t *start = t->pos;
    bool is_quoted = nm_dns_text_accept(t, "\"");
    size_t begin = nm_dns_length_begin(t->out, 1);
    while (!is_at_string_end(t, is_quoted)) {
        uint8_t octet;
        if (!nm_dns_text_octet(t, &octet)) {
            return false;
        }
        if (octet == ',') {
            if (!end_protocol(t, begin, start)) {
                return false;
            }
            begin = nm_dns_length_begin(t->out, 1);
            continue;
        }
        if (octet == '\\' && !parse_list_escape(t, is_quoted, &octet)) {
            return false;
        }
        nm_writer_octet(t->out, octet);
    }
    return end_protocol(t, begin, start) &&
           (!is_quoted || nm_dns_text_accept(t, "\"") ||
            nm_dns_text_fail(t, start, "a quote at the end of the string"));
}

/* A value without escapes, with or without quotes. */
static nm_span
take_plain_value(nm_dns_text *t)
{
    bool is_quoted = nm_dns_text_accept(t, "\"");
    const uint8_t *start = t->pos;
    while (!is_at_string_end(t, is_quoted)) {
        t->pos++;
    }
    nm_span value = nm_span_of(start, (size_t)(t->pos - start));
    if (is_quoted) {
        nm_dns_text_accept(t, "\"");
    }
    return value;
}

static bool
parse_port(nm_dns_text *t)
{
    const uint8_t *start = t->pos;
    uint32_t port;
    if (!nm_dns_digits_parse(take_plain_value(t), UINT16_MAX, &port)) {
        return nm_dns_text_fail(t, start, "a port from 0 to 65535");
    }
    nm_dns_put_number(t->out, port, 2);
    return true;
}

/* An empty list of protocols is written as one quote. If a space follows, that may as well be the
 * first octet of a protocol: this is tried first, and the other reading where anything behind
 * cannot be read. */
typedef struct alpn_choice {
    const uint8_t *param; /* The parameter in question; NULL for none. */
    size_t written;       /* Octets before it. */
    bool is_empty;        /* What to take it for. */
    unsigned retries_left;
} alpn_choice;

enum { ALPN_RETRIES_MAX = 100 /* So that nobody can make us read for hours. */ };

static bool
parse_choice(nm_dns_text *t, const uint8_t *param, size_t written, alpn_choice *choice)
{
    nm_dns_text ahead = *t;
    if (nm_dns_text_accept(&ahead, "\"") && is_at_end(&ahead)) {
        if (ahead.pos == ahead.end || (choice->param == param && choice->is_empty)) {
            t->pos = ahead.pos;
            return true;
        }
        choice->param = param;
        choice->written = written;
        choice->is_empty = false;
    }
    return parse_alpn(t);
}

/* Go back to the last choice, if there is one that was not made the other way. */
static bool
choose_again(nm_dns_text *t, alpn_choice *choice)
{
    if (choice->param == NULL || choice->is_empty || choice->retries_left == 0) {
        return false;
    }
    choice->is_empty = true;
    choice->retries_left--;
    t->pos = choice->param;
    nm_writer_cut(t->out, choice->written);
    return true;
}

static bool
parse_value(nm_dns_text *t, uint16_t key)
{
    switch (key) {
    case KEY_MANDATORY:
    case KEY_IPV4HINT:
    case KEY_IPV6HINT:
        return parse_list(t, key);
    case KEY_PORT:
        return parse_port(t);
    case KEY_ECH:
        nm_dns_put_base64(t->out, take_plain_value(t));
        return true;
    default:
        return nm_dns_text_string(t);
    }
}

/* A key and its value, if it has one. */
static bool
parse_param(nm_dns_text *t, alpn_choice *choice)
{
    const uint8_t *start = t->pos;
    size_t written = nm_writer_len(t->out);
    uint16_t key;
    if (!accept_key(t, &key) || key == KEY_INVALID) {
        return nm_dns_text_fail(t, start, "the key of a service parameter");
    }
    nm_dns_put_number(t->out, key, 2);
    size_t begin = nm_dns_length_begin(t->out, 2);
    bool has_value = key != KEY_NO_DEFAULT_ALPN;
    if (has_value && !nm_dns_text_accept(t, "=")) {
        return nm_dns_text_fail(t, t->pos, "= behind the key of a service parameter");
    }
    if (is_empty_list(t, key)) {
        return true;
    }
    if (has_value && key != KEY_ECH && key != KEY_PORT && is_at_end(t)) {
        return nm_dns_text_fail(t, t->pos, "the value of a service parameter");
    }
    if (has_value &&
        !(key == KEY_ALPN ? parse_choice(t, start, written, choice) : parse_value(t, key))) {
        return false;
    }
    nm_dns_length_end(t->out, begin, 2);
    return is_at_end(t) || nm_dns_text_fail(t, t->pos, "a space behind a service parameter");
}

/* The first thing that cannot be read is told, whatever is tried then. */
bool
nm_dns_params_parse(nm_dns_text *t)
{
    alpn_choice choice = {.retries_left = ALPN_RETRIES_MAX};
    nm_error *err = t->err;
    nm_error first;
    t->err = &first;
    bool is_read = true;
    while (is_read && t->pos != t->end) {
        if (parse_param(t, &choice)) {
            nm_dns_text_skip_blanks(t);
        } else {
            is_read = choose_again(t, &choice);
            t->err = NULL;
        }
    }
    t->err = err;
    if (!is_read && err != NULL) {
        *err = first;
    }
    return is_read;
}
