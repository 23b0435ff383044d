/* SPDX-License-Identifier: Apache-2.0 */
/* Computing the fields of base:dnstap. */
#include "message/computed/dnstap.h"

#include "message/index.h"
#include "wire/protobuf.h"

/* Number of the nested message in the outer one; it has no row there, as nobody sees it whole. */
enum { MESSAGE = 14 };

/* Field numbers of the nested message. */
enum {
    TYPE = 1,
    SOCKET_FAMILY,
    SOCKET_PROTOCOL,
    QUERY_ADDRESS,
    RESPONSE_ADDRESS,
    QUERY_PORT,
    RESPONSE_PORT,
    QUERY_TIME_SEC,
    QUERY_TIME_NSEC,
    QUERY_MESSAGE,
    QUERY_ZONE,
    RESPONSE_TIME_SEC,
    RESPONSE_TIME_NSEC,
    RESPONSE_MESSAGE,
};

enum { SOCKET_FAMILY_INET = 1, SOCKET_PROTOCOL_UDP = 1 };

static const nm_field nested_fields[] = {
    {TYPE, NM_NAME("type"), NM_PB_ENUM, NM_KIND_SYMBOL, NM_FIELD_REQUIRED, NULL},
    {SOCKET_FAMILY, NM_NAME("socket_family"), NM_PB_ENUM, NM_KIND_SYMBOL, 0, NULL},
    {SOCKET_PROTOCOL, NM_NAME("socket_protocol"), NM_PB_ENUM, NM_KIND_SYMBOL, 0, NULL},
    {QUERY_ADDRESS, NM_NAME("query_address"), NM_PB_BYTES, NM_KIND_IP, 0, NULL},
    {RESPONSE_ADDRESS, NM_NAME("response_address"), NM_PB_BYTES, NM_KIND_IP, 0, NULL},
    {QUERY_PORT, NM_NAME("query_port"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL},
    {RESPONSE_PORT, NM_NAME("response_port"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL},
    {QUERY_TIME_SEC, NM_NAME("query_time_sec"), NM_PB_UINT64, NM_KIND_UINT64, 0, NULL},
    {QUERY_TIME_NSEC, NM_NAME("query_time_nsec"), NM_PB_FIXED32, NM_KIND_UINT32, 0, NULL},
    {QUERY_MESSAGE, NM_NAME("query_message"), NM_PB_BYTES, NM_KIND_DNS_MESSAGE, 0, NULL},
    {QUERY_ZONE, NM_NAME("query_zone"), NM_PB_BYTES, NM_KIND_DNS_NAME, 0, NULL},
    {RESPONSE_TIME_SEC, NM_NAME("response_time_sec"), NM_PB_UINT64, NM_KIND_UINT64, 0, NULL},
    {RESPONSE_TIME_NSEC, NM_NAME("response_time_nsec"), NM_PB_FIXED32, NM_KIND_UINT32, 0, NULL},
    {RESPONSE_MESSAGE, NM_NAME("response_message"), NM_PB_BYTES, NM_KIND_DNS_MESSAGE, 0, NULL},
};

enum { NESTED_COUNT = sizeof nested_fields / sizeof *nested_fields };

static const nm_schema nested_schema = {.name = "dnstap.message", NM_SCHEMA_FIELDS(nested_fields)};

/* -- the nested message -- */

/* Its octets. @return NM_OK; NM_END: there is none; NM_E_PARSE. */
static nm_status
find_nested(const nm_fields *fields, nm_span *out, nm_error *err)
{
    nm_cursor c = nm_cursor_init(fields->payload);
    nm_status status = NM_END;
    while (nm_cursor_left(&c) > 0) {
        size_t offset = nm_cursor_offset(&c);
        nm_pb_field read;
        if (!nm_pb_next(&c, &read)) {
            break; /* Cannot be: the outer message was indexed. */
        }
        if (read.number == MESSAGE) {
            if (read.wire_type != NM_WIRE_BYTES) {
                return nm_error_set(err, NM_E_PARSE, offset, "dnstap.message has wire type %u",
                                    (unsigned)read.wire_type);
            }
            *out = read.bytes; /* The last one counts. */
            status = NM_OK;
        }
    }
    return status;
}

nm_status
nm_dnstap_check(const nm_fields *fields, nm_error *err)
{
    nm_span octets;
    nm_slot slots[NESTED_COUNT];
    nm_status status = find_nested(fields, &octets, err);
    if (status == NM_OK) {
        status = nm_index_build(&nested_schema, octets, slots, err);
    }
    return status == NM_END ? NM_OK : status;
}

/* A field of the nested message. @return NM_OK; NM_END: it, or the whole message, is absent. */
static nm_status
nested_value(const nm_fields *fields, uint32_t number, nm_value *out)
{
    nm_slot slots[NESTED_COUNT];
    nm_fields nested = {.schema = &nested_schema, .slots = slots};
    if (find_nested(fields, &nested.payload, /* err= */ NULL) != NM_OK ||
        nm_index_build(&nested_schema, nested.payload, slots, /* err= */ NULL) != NM_OK) {
        return NM_END;
    }
    if (nm_fields_stored(&nested, number, out)) {
        return NM_OK;
    }
    switch (number) { /* What an absent enum stands for: its first value. */
    case SOCKET_FAMILY:
        out->i64 = SOCKET_FAMILY_INET;
        return NM_OK;
    case SOCKET_PROTOCOL:
        out->i64 = SOCKET_PROTOCOL_UDP;
        return NM_OK;
    default:
        return NM_END;
    }
}

/* An enum of the nested message, which programs see as a number. */
static nm_status
nested_symbol(const nm_fields *fields, uint32_t number, nm_value *out)
{
    nm_status status = nested_value(fields, number, out);
    out->u64 = (uint32_t)out->i64;
    return status;
}

#define NESTED(name, number, value)                                                                \
    nm_status nm_dnstap_##name(const nm_fields *fields, nm_buffer *scratch, nm_value *out)         \
    {                                                                                              \
        (void)scratch;                                                                             \
        return value(fields, number, out);                                                         \
    }

NESTED(message_type, TYPE, nested_symbol)
NESTED(socket_family, SOCKET_FAMILY, nested_symbol)
NESTED(socket_protocol, SOCKET_PROTOCOL, nested_symbol)
NESTED(query_address, QUERY_ADDRESS, nested_value)
NESTED(response_address, RESPONSE_ADDRESS, nested_value)
NESTED(query_port, QUERY_PORT, nested_value)
NESTED(response_port, RESPONSE_PORT, nested_value)
NESTED(query_time_sec, QUERY_TIME_SEC, nested_value)
NESTED(query_time_nsec, QUERY_TIME_NSEC, nested_value)
NESTED(query_message, QUERY_MESSAGE, nested_value)
NESTED(query_zone, QUERY_ZONE, nested_value)
NESTED(response_time_sec, RESPONSE_TIME_SEC, nested_value)
NESTED(response_time_nsec, RESPONSE_TIME_NSEC, nested_value)
NESTED(response_message, RESPONSE_MESSAGE, nested_value)

/* -- what the DNS header says -- */

/* Parts of a DNS message; what it has not got is absent (RFC 1035 section 4.1). */
typedef struct dns_parts {
    uint16_t id;
    uint16_t flags;
    bool has_question; /**< Of the three below; the last two may be cut off. */
    nm_span qname;
    bool has_qtype;
    uint16_t qtype;
    bool has_qclass;
    uint16_t qclass;
} dns_parts;

/* Step over a name without following pointers (RFC 1035 section 4.1.4), or to the end if it has
 * none. */
static nm_span
take_name(nm_cursor *c)
{
    const uint8_t *start = c->pos;
    while (nm_cursor_left(c) > 0) {
        uint8_t len = nm_cursor_u8(c);
        bool is_pointer = len >= 0xc0;
        size_t step = is_pointer ? 1 : len;
        (void)nm_cursor_take(c, step < nm_cursor_left(c) ? step : nm_cursor_left(c));
        if (len == 0 || is_pointer) {
            break;
        }
    }
    return nm_span_of(start, (size_t)(c->pos - start));
}

static void
take_question(nm_cursor *c, dns_parts *out)
{
    out->has_question = true;
    out->qname = take_name(c);
    out->has_qtype = nm_cursor_left(c) >= 2;
    out->qtype = out->has_qtype ? nm_cursor_be16(c) : 0;
    out->has_qclass = nm_cursor_left(c) >= 2;
    out->qclass = out->has_qclass ? nm_cursor_be16(c) : 0;
}

/* @return false when neither a query nor a response with a whole header is there. */
static bool
parse_dns(const nm_fields *fields, dns_parts *out)
{
    enum { HEADER_LEN = 12 };
    nm_value message;
    if (nested_value(fields, QUERY_MESSAGE, &message) != NM_OK &&
        nested_value(fields, RESPONSE_MESSAGE, &message) != NM_OK) {
        return false;
    }
    if (message.bytes.len < HEADER_LEN) {
        return false;
    }
    nm_cursor c = nm_cursor_init(message.bytes);
    *out = (dns_parts){.id = nm_cursor_be16(&c), .flags = 0};
    out->flags = nm_cursor_be16(&c);
    uint16_t question_count = nm_cursor_be16(&c);
    (void)nm_cursor_take(&c, 6); /* The other counts. */
    if (question_count == 1 && nm_cursor_left(&c) > 0) {
        take_question(&c, out);
    }
    return true;
}

/* A field that is one of the parts: `condition` on `parts` tells whether it is there. */
#define DNS_PART(name, condition, ...)                                                             \
    nm_status nm_dnstap_##name(const nm_fields *fields, nm_buffer *scratch, nm_value *out)         \
    {                                                                                              \
        (void)scratch;                                                                             \
        dns_parts parts;                                                                           \
        if (!parse_dns(fields, &parts) || !(condition)) {                                          \
            return NM_END;                                                                         \
        }                                                                                          \
        *out = (nm_value){__VA_ARGS__};                                                            \
        return NM_OK;                                                                              \
    }

DNS_PART(id, true, .u64 = parts.id)
DNS_PART(rcode, true, .u64 = parts.flags & 0xf)
DNS_PART(qname, parts.has_question, .bytes = parts.qname)
DNS_PART(qtype, parts.has_qtype, .u64 = parts.qtype)
DNS_PART(qclass, parts.has_qclass, .u64 = parts.qclass)
