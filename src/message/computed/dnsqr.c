/* SPDX-License-Identifier: Apache-2.0 */
/* Computing the fields of base:dnsqr. */
#include "message/computed/dnsqr.h"

#include "message/computed/datagram.h"
#include "message/index.h"
#include "packet/checksum.h"
#include "packet/ip_assembly.h"

/* Protobuf field numbers. */
enum {
    TYPE = 1,
    QUERY_IP = 2,
    RESPONSE_IP = 3,
    QUERY_PACKET = 12,
    QUERY_TIME_SEC = 13,
    QUERY_TIME_NSEC = 14,
    RESPONSE_PACKET = 15,
    RESPONSE_TIME_SEC = 16,
    RESPONSE_TIME_NSEC = 17,
    UDP_CHECKSUM = 21,
    RESOLVER_ADDRESS_ZEROED = 22,
};

enum { TYPE_UDP_QUERY_RESPONSE = 1 };

enum {
    /* A datagram of 65,535 octets has no more fragments (RFC 791: 8 octets at least, each). */
    FRAGMENTS_MAX = 8192,
    /* As many as nearly all datagrams have are kept without asking for memory. */
    FRAGMENTS_FEW = 64,
};

/* -- delay -- */

static size_t
count_values(const nm_fields *fields, uint32_t number)
{
    nm_values values = nm_fields_values(fields, number);
    nm_value value;
    size_t count = 0;
    while (nm_values_next(&values, &value)) {
        count++;
    }
    return count;
}

/* Differences of whatever was stored; they wrap around, which is of no matter. */
static double
seconds_between(int64_t from_sec, int64_t from_nsec, int64_t to_sec, int64_t to_nsec)
{
    uint64_t sec = (uint64_t)to_sec - (uint64_t)from_sec;
    int64_t nsec = to_nsec - from_nsec;
    if (nsec < 0) {
        sec--;
        nsec += 1000000000;
    }
    return (double)(int64_t)sec + (double)nsec / 1e9;
}

nm_status
nm_dnsqr_delay(const nm_fields *fields, nm_buffer *scratch, nm_value *out)
{
    (void)scratch;
    nm_value type;
    nm_value query_sec;
    nm_value query_nsec;
    nm_value sec;
    nm_value nsec;
    size_t responses = count_values(fields, RESPONSE_TIME_SEC);
    (void)nm_fields_stored(fields, TYPE, &type); /* Required. */
    if (type.i64 != TYPE_UDP_QUERY_RESPONSE || responses == 0 ||
        count_values(fields, RESPONSE_TIME_NSEC) != responses ||
        count_values(fields, QUERY_TIME_SEC) != 1 || count_values(fields, QUERY_TIME_NSEC) != 1) {
        return NM_END;
    }
    nm_values query_secs = nm_fields_values(fields, QUERY_TIME_SEC);
    nm_values query_nsecs = nm_fields_values(fields, QUERY_TIME_NSEC);
    nm_values secs = nm_fields_values(fields, RESPONSE_TIME_SEC);
    nm_values nsecs = nm_fields_values(fields, RESPONSE_TIME_NSEC);
    bool has_query =
        nm_values_next(&query_secs, &query_sec) && nm_values_next(&query_nsecs, &query_nsec);
    double longest = 0.0;
    while (has_query && nm_values_next(&secs, &sec) && nm_values_next(&nsecs, &nsec)) {
        double delay = seconds_between(query_sec.i64, query_nsec.i64, sec.i64, nsec.i64);
        longest = delay > longest || responses == 1 ? delay : longest;
    }
    *out = (nm_value){.real = longest};
    return NM_OK;
}

/* -- packets -- */

/* All packets of one field, borrowed from the message. */
typedef struct packet_list {
    nm_span few[FRAGMENTS_FEW];
    nm_span *all; /**< `few`, or a block of its own. */
    size_t count;
    const nm_allocator *allocator;
} packet_list;

static void
packet_list_clear(packet_list *list)
{
    if (list->all != list->few) {
        nm_allocator_release(list->allocator, list->all);
    }
}

/* @return NM_OK; NM_END: none, or more than one datagram can have; NM_E_NOMEM. */
static nm_status
packet_list_fill(packet_list *list, const nm_fields *fields, uint32_t number,
                 const nm_allocator *allocator)
{
    size_t count = count_values(fields, number);
    if (count == 0 || count > FRAGMENTS_MAX) {
        return NM_END;
    }
    list->all = list->few;
    list->count = 0;
    list->allocator = allocator;
    if (count > FRAGMENTS_FEW) {
        list->all = nm_allocator_zeroed(allocator, count * sizeof *list->all);
        if (list->all == NULL) {
            return NM_E_NOMEM;
        }
    }
    nm_values values = nm_fields_values(fields, number);
    nm_value value;
    while (list->count < count && nm_values_next(&values, &value)) {
        list->all[list->count++] = value.bytes;
    }
    return NM_OK;
}

/* Version of the packets by the length of an address field; 0 if it has none. */
static unsigned
version_by_address(const nm_fields *fields, uint32_t number)
{
    nm_value address;
    (void)nm_fields_stored(fields, number, &address); /* Required. */
    return address.bytes.len == 4 ? 4 : address.bytes.len == 16 ? 6 : 0;
}

/* Payload of the datagram in one unfragmented packet. */
static nm_status
payload_of_packet(const nm_fields *fields, nm_span packet, uint32_t address, nm_value *out)
{
    unsigned version = version_by_address(fields, address);
    nm_udp udp;
    if (version == 0 || nm_datagram_udp(packet, version, &udp) != NM_OK) {
        return NM_END;
    }
    *out = (nm_value){.bytes = udp.payload};
    return NM_OK;
}

static nm_status
payload_of_fragments(const packet_list *list, nm_buffer *scratch, nm_value *out)
{
    nm_ip_packet datagram;
    nm_udp udp;
    nm_status status = nm_ip_assemble(list->all, list->count, scratch, &datagram);
    if (status == NM_E_NOMEM) {
        return status;
    }
    if (status != NM_OK || datagram.protocol != NM_IP_UDP ||
        nm_udp_parse(datagram.payload, &udp) != NM_OK) {
        return NM_END;
    }
    *out = (nm_value){.bytes = udp.payload};
    return NM_OK;
}

nm_status
nm_dnsqr_query(const nm_fields *fields, nm_buffer *scratch, nm_value *out)
{
    (void)scratch;
    nm_values packets = nm_fields_values(fields, QUERY_PACKET);
    nm_value packet;
    nm_value second;
    if (!nm_values_next(&packets, &packet) || nm_values_next(&packets, &second)) {
        return NM_END;
    }
    return payload_of_packet(fields, packet.bytes, QUERY_IP, out);
}

nm_status
nm_dnsqr_response(const nm_fields *fields, nm_buffer *scratch, nm_value *out)
{
    packet_list list;
    nm_value address;
    (void)nm_fields_stored(fields, RESPONSE_IP, &address); /* Required. */
    nm_status status = address.bytes.len == 0
                           ? NM_END
                           : packet_list_fill(&list, fields, RESPONSE_PACKET, scratch->allocator);
    if (status != NM_OK) {
        return status;
    }
    status = list.count == 1 ? payload_of_packet(fields, list.all[0], RESPONSE_IP, out)
                             : payload_of_fragments(&list, scratch, out);
    packet_list_clear(&list);
    return status;
}

/* -- checksum -- */

nm_status
nm_dnsqr_udp_checksum(const nm_fields *fields, nm_buffer *scratch, nm_value *out)
{
    packet_list list;
    nm_value stored;
    nm_value is_zeroed;
    bool has_stored = nm_fields_stored(fields, UDP_CHECKSUM, &stored);
    nm_values packets = nm_fields_values(fields, RESPONSE_PACKET);
    if (!nm_values_next(&packets, out)) {
        return NM_END;
    }
    (void)nm_fields_stored(fields, RESOLVER_ADDRESS_ZEROED, &is_zeroed); /* Absent: not. */
    *out = has_stored ? stored : (nm_value){.i64 = NM_UDP_CHECKSUM_ERROR};
    if (has_stored || is_zeroed.i64 != 0) {
        return NM_OK; /* What was zeroed belongs to the sum, so that nothing can be told. */
    }
    nm_status status = packet_list_fill(&list, fields, RESPONSE_PACKET, scratch->allocator);
    if (status == NM_OK) {
        out->i64 = nm_udp_checksum_of(list.all, list.count);
        packet_list_clear(&list);
    }
    return status == NM_E_NOMEM ? status : NM_OK;
}
