/* SPDX-License-Identifier: Apache-2.0 */
/* The payload of base:ncap as text. Only datagrams are taken apart. */
#include "text/ncap_payload.h"

#include "base/address.h"
#include "dns/message.h"
#include "message/computed/datagram.h"
#include "message/computed/ncap.h"
#include "message/index.h"

/* Protobuf field numbers, and values of type and ltype. */
enum { TYPE = 1, LTYPE = 3, SRCIP = 4, DSTIP = 5, LINT0 = 6, LINT1 = 7 };
enum { TYPE_IPV4 = 0, TYPE_IPV6 = 1, TYPE_LEGACY = 2 };
enum { LTYPE_UDP = 0 };

/* A datagram, whichever way it was stored. */
typedef struct datagram {
    nm_span source;
    nm_span destination;
    uint16_t source_port;
    uint16_t destination_port;
    nm_span payload;
} datagram;

static void
write_error(nm_writer *w, const char *text, nm_span endline)
{
    nm_writer_literal(w, "<ERROR: ");
    nm_writer_text(w, text);
    nm_writer_octet(w, '>');
    nm_writer_span(w, endline);
}

/* "[192.0.2.1].53 "; an address of an odd length has no text. */
static void
write_end_point(nm_writer *w, nm_span address, uint16_t port)
{
    nm_writer_octet(w, '[');
    uint8_t *to = nm_writer_room(w, NM_ADDRESS_TEXT_MAX);
    if (to != NULL) {
        nm_writer_advance(w, nm_address_format(address, (char *)to));
    }
    nm_writer_literal(w, "].");
    nm_writer_u64(w, port);
    nm_writer_octet(w, ' ');
}

static void
write_datagram(nm_writer *w, const datagram *d, const char *unparsable, nm_span endline)
{
    write_end_point(w, d->source, d->source_port);
    write_end_point(w, d->destination, d->destination_port);
    nm_writer_literal(w, "udp [");
    nm_writer_u64(w, d->payload.len);
    nm_writer_octet(w, ']');
    nm_writer_span(w, endline);
    if (nm_datagram_is_dns(d->source_port, d->destination_port) &&
        nm_dns_message_format(w, d->payload) == NM_E_PARSE) {
        write_error(w, unparsable, endline);
        return;
    }
    nm_writer_octet(w, '\n');
}

static void
write_packet(nm_writer *w, const nm_fields *fields, nm_span packet, unsigned version,
             nm_span endline)
{
    nm_udp udp;
    nm_value source = {.u64 = 0};
    nm_value destination = {.u64 = 0};
    if (nm_datagram_udp(packet, version, &udp) != NM_OK ||
        nm_ncap_srcip(fields, /* scratch= */ NULL, &source) != NM_OK ||
        nm_ncap_dstip(fields, /* scratch= */ NULL, &destination) != NM_OK) {
        return;
    }
    datagram d = {
        .source = source.bytes,
        .destination = destination.bytes,
        .source_port = udp.source_port,
        .destination_port = udp.destination_port,
        .payload = udp.payload,
    };
    write_datagram(w, &d, "payload parse failed", endline);
}

/* True when the message has the field; if not, that is what is written. */
static bool
has_field(nm_writer *w, const nm_fields *fields, uint32_t number, const char *missing,
          nm_span endline)
{
    nm_value value;
    bool is_there = nm_fields_stored(fields, number, &value);
    if (!is_there) {
        write_error(w, missing, endline);
    }
    return is_there;
}

static nm_value
stored(const nm_fields *fields, uint32_t number)
{
    nm_value value;
    (void)nm_fields_stored(fields, number, &value); /* Absent: zero. */
    return value;
}

static void
write_legacy(nm_writer *w, const nm_fields *fields, nm_span payload, nm_span endline)
{
    uint32_t ltype = (uint32_t)stored(fields, LTYPE).i64;
    if (!has_field(w, fields, SRCIP, "legacy ncap payload missing srcip field", endline) ||
        !has_field(w, fields, DSTIP, "legacy ncap payload missing dstip field", endline)) {
        return;
    }
    if (ltype != LTYPE_UDP) {
        nm_writer_literal(w, "<ERROR: unhandled legacy ncap type ");
        nm_writer_u64(w, ltype);
        nm_writer_octet(w, '>');
        nm_writer_span(w, endline);
        return;
    }
    if (!has_field(w, fields, LINT0, "legacy ncap payload missing lint0 field", endline) ||
        !has_field(w, fields, LINT1, "legacy ncap payload missing lint1 field", endline)) {
        return;
    }
    datagram d = {
        .source = stored(fields, SRCIP).bytes,
        .destination = stored(fields, DSTIP).bytes,
        .source_port = (uint16_t)stored(fields, LINT0).u64,
        .destination_port = (uint16_t)stored(fields, LINT1).u64,
        .payload = payload,
    };
    write_datagram(w, &d, "legacy payload parse failed", endline);
}

void
nm_ncap_payload_write(nm_writer *w, const nm_fields *fields, nm_span payload, nm_span endline)
{
    if (payload.len == 0) {
        nm_writer_literal(w, " <DECODING ERROR>");
        nm_writer_span(w, endline);
        return;
    }
    nm_writer_span(w, endline);
    switch (stored(fields, TYPE).i64) {
    case TYPE_IPV4:
        write_packet(w, fields, payload, /* version= */ 4, endline);
        break;
    case TYPE_IPV6:
        write_packet(w, fields, payload, /* version= */ 6, endline);
        break;
    case TYPE_LEGACY:
        write_legacy(w, fields, payload, endline);
        break;
    default:
        break;
    }
}
