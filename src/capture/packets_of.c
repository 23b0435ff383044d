/* SPDX-License-Identifier: Apache-2.0 */
/* Reading packets out of messages. A time that was not stored is that of the message. */
#include "capture/packets_of.h"

#include "message/schema/tables.h"

/* Fields of a type that hold packets; protobuf field numbers, 0: there is none. */
typedef struct packet_field {
    const nm_schema *schema;
    uint32_t packet;
    uint32_t sec;
    uint32_t nsec;
    uint32_t len; /* Octets on the wire. */
    uint32_t link_type;
} packet_field;

static const packet_field packet_fields[] = {
    {&nm_schema_base_dnsqr, 12, 13, 14, 0, NM_LINK_RAW}, /* query_packet */
    {&nm_schema_base_dnsqr, 15, 16, 17, 0, NM_LINK_RAW}, /* response_packet */
    {&nm_schema_base_dnsqr, 18, 0, 0, 0, NM_LINK_RAW},   /* tcp */
    {&nm_schema_base_dnsqr, 19, 0, 0, 0, NM_LINK_RAW},   /* icmp */
    {&nm_schema_base_packet, 2, 0, 0, 0, NM_LINK_RAW},   /* payload */
    {&nm_schema_base_pkt, 1, 0, 0, 2, NM_LINK_ETHERNET}, /* payload */
    {&nm_schema_base_ncap, 2, 0, 0, 0, NM_LINK_RAW},     /* payload */
};

enum { FIELD_COUNT = sizeof packet_fields / sizeof *packet_fields };

bool
nm_packets_are_in(const nm_schema *schema)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (packet_fields[i].schema == schema) {
            return true;
        }
    }
    return false;
}

/* base:ncap also holds what once was no packet: payloads of an older program, under a type of their
 * own. */
static bool
holds_packet(const nm_message *message, const nm_fields *fields)
{
    enum { NCAP_TYPE = 1, TYPE_LEGACY = 2 };
    nm_value type;
    return message->schema != &nm_schema_base_ncap ||
           (nm_fields_stored(fields, NCAP_TYPE, &type) && type.i64 != TYPE_LEGACY);
}

/* The next value of a field that is not there is none. */
static bool
next_of(uint32_t number, nm_values *values, nm_value *out)
{
    return number != 0 && nm_values_next(values, out);
}

static void
enter_field(nm_packets_place *place, const nm_fields *fields, const packet_field *f)
{
    place->is_in_field = true;
    place->packets = nm_fields_values(fields, f->packet);
    if (f->sec != 0) {
        place->secs = nm_fields_values(fields, f->sec);
        place->nsecs = nm_fields_values(fields, f->nsec);
    }
}

static void
leave_field(nm_packets_place *place)
{
    place->field++;
    place->is_in_field = false;
}

static nm_packet_of
packet_from(const nm_message *message, const nm_fields *fields, const packet_field *f,
            nm_packets_place *place, nm_span octets)
{
    nm_packet_of packet = {
        .packet = {.octets = octets,
                   .len = (uint32_t)octets.len,
                   .time_sec = message->payload.time_sec,
                   .time_nsec = message->payload.time_nsec},
        .link_type = f->link_type,
    };
    nm_value sec;
    nm_value nsec;
    nm_value len;
    if (next_of(f->sec, &place->secs, &sec) && next_of(f->nsec, &place->nsecs, &nsec)) {
        packet.packet.time_sec = sec.i64;
        packet.packet.time_nsec = (uint32_t)nsec.i64;
    }
    if (f->len != 0 && nm_fields_stored(fields, f->len, &len) && len.u64 > octets.len) {
        packet.packet.len = (uint32_t)len.u64;
    }
    return packet;
}

bool
nm_packets_next(const nm_message *message, nm_packets_place *place, nm_packet_of *out)
{
    if (message->schema == NULL) {
        return false;
    }
    nm_fields fields = nm_message_fields(message);
    while (place->field < FIELD_COUNT) {
        const packet_field *f = &packet_fields[place->field];
        nm_value octets;
        if (f->schema != message->schema || !holds_packet(message, &fields)) {
            leave_field(place);
            continue;
        }
        if (!place->is_in_field) {
            enter_field(place, &fields, f);
        }
        if (nm_values_next(&place->packets, &octets)) {
            *out = packet_from(message, &fields, f, place, octets.bytes);
            return true;
        }
        leave_field(place);
    }
    return false;
}
