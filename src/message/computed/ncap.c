/* SPDX-License-Identifier: Apache-2.0 */
/* Computing the fields of base:ncap. */
#include "message/computed/ncap.h"

#include "message/computed/datagram.h"
#include "message/index.h"
#include "packet/ip.h"

/* Protobuf field numbers. */
enum { TYPE = 1, PAYLOAD = 2, LTYPE = 3, SRCIP = 4, DSTIP = 5, LINT0 = 6, LINT1 = 7 };

/* Values of type and ltype. */
enum { TYPE_IPV4 = 0, TYPE_IPV6 = 1, TYPE_LEGACY = 2 };
enum { LTYPE_UDP = 0, LTYPE_TCP = 1, LTYPE_ICMP = 2 };

/* Where a fixed IP header has what is shown (RFC 791 section 3.1, RFC 8200 section 3). The header
 * is not checked any further: what it says is shown even if what follows is cut. */
static const struct {
    unsigned version;
    size_t header_len;
    size_t protocol;
    size_t source;
    size_t destination;
    size_t address_len;
} ip_headers[] = {
    [TYPE_IPV4] = {4, NM_IPV4_HEADER_LEN, 9, 12, 16, 4},
    [TYPE_IPV6] = {6, NM_IPV6_HEADER_LEN, 6, 8, 24, 16},
};

/* What a capture is, and what it captured. */
typedef struct capture {
    int64_t type;
    int64_t ltype;
    nm_span payload;
} capture;

static capture
capture_of(const nm_fields *fields)
{
    nm_value type;
    nm_value ltype;
    nm_value payload;
    (void)nm_fields_stored(fields, TYPE, &type);       /* Required. */
    (void)nm_fields_stored(fields, LTYPE, &ltype);     /* Absent: UDP. */
    (void)nm_fields_stored(fields, PAYLOAD, &payload); /* Required. */
    return (capture){.type = type.i64, .ltype = ltype.i64, .payload = payload.bytes};
}

static bool
is_ip(const capture *c)
{
    return c->type == TYPE_IPV4 || c->type == TYPE_IPV6;
}

static nm_status
address(const nm_fields *fields, bool is_source, nm_value *out)
{
    capture c = capture_of(fields);
    if (c.payload.len == 0) {
        return NM_END;
    }
    if (c.type == TYPE_LEGACY) {
        (void)nm_fields_stored(fields, is_source ? SRCIP : DSTIP, out); /* Empty where absent. */
        return NM_OK;
    }
    if (!is_ip(&c) || c.payload.len < ip_headers[c.type].header_len) {
        return NM_END;
    }
    size_t offset = is_source ? ip_headers[c.type].source : ip_headers[c.type].destination;
    *out = (nm_value){
        .bytes = nm_span_of(c.payload.data + offset, ip_headers[c.type].address_len),
    };
    return NM_OK;
}

nm_status
nm_ncap_srcip(const nm_fields *fields, nm_buffer *scratch, nm_value *out)
{
    (void)scratch;
    return address(fields, /* is_source= */ true, out);
}

nm_status
nm_ncap_dstip(const nm_fields *fields, nm_buffer *scratch, nm_value *out)
{
    (void)scratch;
    return address(fields, /* is_source= */ false, out);
}

static nm_status
port(const nm_fields *fields, bool is_source, nm_value *out)
{
    capture c = capture_of(fields);
    nm_udp udp;
    if (c.payload.len == 0) {
        return NM_END;
    }
    if (c.type == TYPE_LEGACY) {
        bool has_ports = c.ltype == LTYPE_UDP || c.ltype == LTYPE_TCP;
        return has_ports && nm_fields_stored(fields, is_source ? LINT0 : LINT1, out) ? NM_OK
                                                                                     : NM_END;
    }
    if (!is_ip(&c) || nm_datagram_udp(c.payload, ip_headers[c.type].version, &udp) != NM_OK) {
        return NM_END;
    }
    *out = (nm_value){.u64 = is_source ? udp.source_port : udp.destination_port};
    return NM_OK;
}

nm_status
nm_ncap_srcport(const nm_fields *fields, nm_buffer *scratch, nm_value *out)
{
    (void)scratch;
    return port(fields, /* is_source= */ true, out);
}

nm_status
nm_ncap_dstport(const nm_fields *fields, nm_buffer *scratch, nm_value *out)
{
    (void)scratch;
    return port(fields, /* is_source= */ false, out);
}

nm_status
nm_ncap_proto(const nm_fields *fields, nm_buffer *scratch, nm_value *out)
{
    static const uint8_t legacy_protocols[] = {
        [LTYPE_UDP] = NM_IP_UDP,
        [LTYPE_TCP] = NM_IP_TCP,
        [LTYPE_ICMP] = NM_IP_ICMP,
    };
    (void)scratch;
    capture c = capture_of(fields);
    if (c.payload.len == 0) {
        return NM_END;
    }
    if (is_ip(&c) && c.payload.len >= ip_headers[c.type].header_len) {
        *out = (nm_value){.u64 = c.payload.data[ip_headers[c.type].protocol]};
        return NM_OK;
    }
    if (c.type == TYPE_LEGACY && c.ltype >= LTYPE_UDP && c.ltype <= LTYPE_ICMP) {
        *out = (nm_value){.u64 = legacy_protocols[c.ltype]};
        return NM_OK;
    }
    return NM_END;
}

nm_status
nm_ncap_dns(const nm_fields *fields, nm_buffer *scratch, nm_value *out)
{
    capture c = capture_of(fields);
    nm_value source = {.u64 = 0};
    nm_value destination = {.u64 = 0};
    nm_udp udp;
    (void)nm_ncap_srcport(fields, scratch, &source);      /* Absent: 0, as good as any other. */
    (void)nm_ncap_dstport(fields, scratch, &destination); /* The same. */
    if (!nm_datagram_is_dns(source.u64, destination.u64)) {
        return NM_END;
    }
    *out = (nm_value){.bytes = c.payload};
    if (is_ip(&c) && nm_datagram_udp(c.payload, ip_headers[c.type].version, &udp) == NM_OK) {
        out->bytes = udp.payload;
    }
    return NM_OK;
}
