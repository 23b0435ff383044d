/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to a DNS packet: it waits, meets what waited for it, or goes out alone. */
#include "capture/dnsqr.h"

#include "capture/dns_packet.h"
#include "capture/dnsqr_message.h"
#include "capture/name_set.h"
#include "capture/query_table.h"
#include "message/schema.h"
#include "message/schema/tables.h"

enum { NSEC_PER_SEC = 1000000000 };

struct nm_dnsqr {
    nm_dnsqr_options options;
    nm_capture_passes *passes;
    void *passes_context;
    const nm_allocator *allocator;
    nm_query_table *queries;
    nm_reassembly *fragments;
    nm_name_set included;
    nm_name_set excluded;
    nm_buffer *messages; /* Of whoever made it. */
    nm_buffer name;      /* Of a query in the table, when it has to be looked at. */
    int64_t now_sec;     /* Time of the last packet. */
    uint32_t now_nsec;
    nm_capture_stats *stats;
};

/* A packet that is being looked at, put together if it came in pieces. */
typedef struct dns_event {
    nm_dns_packet packet;
    const nm_fragment_packet *packets;
    size_t count;
    nm_fragment_packet whole; /* As one packet, with the time of the last piece. */
    nm_udp_checksum checksum; /* Of responses. */
} dns_event;

nm_status
nm_dnsqr_new(const nm_capture_options *options, nm_buffer *messages, nm_capture_stats *stats,
             nm_dnsqr **out)
{
    const nm_allocator *allocator = options->allocator;
    nm_dnsqr *d = nm_allocator_zeroed(allocator, sizeof *d);
    if (d == NULL) {
        return NM_E_NOMEM;
    }
    d->options = options->dnsqr;
    d->passes = options->passes;
    d->passes_context = options->passes_context;
    d->allocator = allocator;
    d->messages = messages;
    d->stats = stats;
    nm_buffer_init(&d->name, NM_IP_PACKET_LEN_MAX, allocator);
    d->queries = nm_query_table_new(options->seed, allocator);
    d->fragments = nm_reassembly_new(&options->fragments, options->seed, allocator);
    nm_status status =
        nm_name_set_init(d->options.names_included, options->seed, allocator, &d->included);
    if (status == NM_OK) {
        status =
            nm_name_set_init(d->options.names_excluded, options->seed, allocator, &d->excluded);
    }
    if (status != NM_OK || d->queries == NULL || d->fragments == NULL) {
        nm_dnsqr_free(d);
        return NM_E_NOMEM;
    }
    *out = d;
    return NM_OK;
}

void
nm_dnsqr_free(nm_dnsqr *d)
{
    if (d == NULL) {
        return;
    }
    nm_query_table_free(d->queries);
    nm_reassembly_free(d->fragments);
    nm_name_set_clear(&d->included, d->allocator);
    nm_name_set_clear(&d->excluded, d->allocator);
    nm_buffer_clear(&d->name);
    nm_allocator_release(d->allocator, d);
}

/* -- what nobody wants -- */

static bool
has_unwanted_flag(const nm_dnsqr *d, uint16_t flags)
{
    bool is_set = (flags & NM_DNS_FLAG_RECURSION) != 0;
    return (d->options.rd == NM_DNSQR_RD_SET && !is_set) ||
           (d->options.rd == NM_DNSQR_RD_CLEAR && is_set);
}

static bool
is_unwanted_name(const nm_dnsqr *d, nm_span name)
{
    return nm_name_set_covers(&d->excluded, name) && !nm_name_set_covers(&d->included, name);
}

/* The same for the name of a query in the table. Without memory it is wanted. */
static bool
has_unwanted_name(nm_dnsqr *d, const nm_query *query)
{
    if (!query->has_question || nm_name_set_is_empty(&d->excluded)) {
        return false;
    }
    d->name.len = 0;
    if (nm_buffer_reserve(&d->name, query->qname_len) != NM_OK) {
        return false;
    }
    nm_cell_reader reader = nm_query_read_name(d->queries, query);
    nm_cell_read(&reader, d->name.data, query->qname_len);
    return is_unwanted_name(d, nm_span_of(d->name.data, query->qname_len));
}

static bool
is_unwanted(nm_dnsqr *d, const nm_dns_packet *packet, const nm_query *query)
{
    if (has_unwanted_flag(d, query != NULL ? query->flags : packet->flags)) {
        return true;
    }
    if (packet != NULL && packet->has_question) {
        return is_unwanted_name(d, packet->qname);
    }
    return query != NULL && has_unwanted_name(d, query);
}

/* -- giving out -- */

static nm_status
give_out(nm_dnsqr *d, const nm_dnsqr_message *m, int64_t time_sec, uint32_t time_nsec,
         nm_payload *out)
{
    nm_status status = nm_dnsqr_message_encode(m, d->messages);
    if (status != NM_OK) {
        return NM_E_NOMEM;
    }
    *out = (nm_payload){.time_sec = time_sec,
                        .time_nsec = time_nsec,
                        .vendor = nm_schema_base_dnsqr.vendor,
                        .type = nm_schema_base_dnsqr.type,
                        .has = NM_HAS_DATA};
    return NM_OK;
}

/* A message about what was captured last, and the query that it answers if there is one. */
static nm_status
give_event(nm_dnsqr *d, const dns_event *e, nm_dnsqr_type type, const nm_query *query,
           nm_payload *out)
{
    const nm_dnsqr_message m = {
        .type = type,
        .packet = &e->packet,
        .packets = e->packets,
        .packet_count = e->count,
        .table = d->queries,
        .query = query,
        .udp_checksum = e->checksum,
        .zeroes_resolver = d->options.zeroes_resolver,
    };
    return query != NULL ? give_out(d, &m, query->time_sec, query->time_nsec, out)
                         : give_out(d, &m, e->packets[0].time_sec, e->packets[0].time_nsec, out);
}

/* -- expiring -- */

static bool
is_too_old(const nm_dnsqr *d, const nm_query *query)
{
    return d->now_sec > query->time_sec &&
           (uint64_t)d->now_sec - (uint64_t)query->time_sec > d->options.query_timeout_sec;
}

static bool
are_too_many(const nm_dnsqr *d)
{
    return nm_query_table_count(d->queries) > d->options.queries_max ||
           nm_query_table_len(d->queries) > d->options.queries_len_max;
}

/* Differences of whatever times came; they wrap around, which is of no matter. */
static double
seconds_since(const nm_dnsqr *d, const nm_query *query)
{
    uint64_t sec = (uint64_t)d->now_sec - (uint64_t)query->time_sec;
    int64_t nsec = (int64_t)d->now_nsec - (int64_t)query->time_nsec;
    if (nsec < 0) {
        sec--;
        nsec += NSEC_PER_SEC;
    }
    return (double)(int64_t)sec + (double)nsec / 1e9;
}

static nm_status
expire_oldest(nm_dnsqr *d, bool has_ended, nm_payload *out)
{
    nm_query *query = nm_query_table_oldest(d->queries);
    if (query == NULL) {
        return NM_AGAIN;
    }
    bool is_old = has_ended || is_too_old(d, query);
    if (!is_old && !are_too_many(d)) {
        return NM_AGAIN;
    }
    d->stats->unanswered++;
    d->stats->pushed_out += !is_old;
    nm_status status = NM_END;
    if (is_unwanted(d, /* packet= */ NULL, query)) {
        d->stats->filtered++;
    } else {
        const nm_dnsqr_message m = {
            .type = NM_DNSQR_UDP_UNANSWERED_QUERY,
            .table = d->queries,
            .query = query,
            .has_timeout = true,
            .timeout = seconds_since(d, query),
            .zeroes_resolver = d->options.zeroes_resolver,
        };
        status = give_out(d, &m, query->time_sec, query->time_nsec, out);
    }
    nm_query_table_remove(d->queries, query);
    return status;
}

/* One at a time; but of those that nobody wants to know of as many as memory asks for. */
nm_status
nm_dnsqr_expire(nm_dnsqr *d, bool has_ended, nm_payload *out)
{
    nm_status status = NM_AGAIN;
    do {
        status = expire_oldest(d, has_ended, out);
    } while (status == NM_END && nm_query_table_len(d->queries) > d->options.queries_len_max);
    return status;
}

void
nm_dnsqr_tick(nm_dnsqr *d, int64_t time_sec, uint32_t time_nsec)
{
    if (time_sec > d->now_sec || (time_sec == d->now_sec && time_nsec > d->now_nsec)) {
        d->now_sec = time_sec;
        d->now_nsec = time_nsec;
        nm_reassembly_expire(d->fragments, time_sec);
    }
}

/* -- packets -- */

static nm_status
take_response(nm_dnsqr *d, const dns_event *e, nm_payload *out)
{
    nm_query *query = nm_query_table_find(d->queries, &e->packet);
    nm_status status = NM_AGAIN;
    if (is_unwanted(d, &e->packet, query)) {
        d->stats->filtered++;
    } else {
        status = give_event(
            d, e, query != NULL ? NM_DNSQR_UDP_QUERY_RESPONSE : NM_DNSQR_UDP_UNSOLICITED_RESPONSE,
            query, out);
    }
    if (query != NULL) {
        nm_query_table_remove(d->queries, query);
    }
    return status;
}

static nm_status
take_udp(nm_dnsqr *d, dns_event *e, nm_payload *out)
{
    switch (d->options.mode) {
    case NM_DNSQR_PAIRS:
        if (e->packet.is_response) {
            return take_response(d, e, out);
        }
        return nm_query_table_add(d->queries, &e->packet, e->packets, e->count) == NM_OK
                   ? NM_AGAIN
                   : NM_E_NOMEM;
    case NM_DNSQR_QUERIES:
        if (e->packet.is_response) {
            break;
        }
        e->packets = &e->whole;
        e->count = 1;
        return give_event(d, e, NM_DNSQR_UDP_QUERY_ONLY, /* query= */ NULL, out);
    case NM_DNSQR_RESPONSES:
        if (!e->packet.is_response) {
            break;
        }
        return give_event(d, e, NM_DNSQR_UDP_RESPONSE_ONLY, /* query= */ NULL, out);
    }
    d->stats->unwanted++;
    return NM_AGAIN;
}

static nm_status
take_event(nm_dnsqr *d, dns_event *e, nm_payload *out)
{
    if (e->packet.protocol == NM_IP_UDP) {
        return take_udp(d, e, out);
    }
    e->packets = &e->whole;
    e->count = 1;
    return give_event(d, e, e->packet.protocol == NM_IP_TCP ? NM_DNSQR_TCP : NM_DNSQR_ICMP,
                      /* query= */ NULL, out);
}

/* Look at the checksum of a response: over the packets as they came.
 * @param ip  The packet if there is but one. */
static void
sum_up(dns_event *e, const nm_ip_packet *ip)
{
    nm_udp_sum sum = {.has_first = false};
    if (e->packets == &e->whole) {
        nm_udp_sum_add(&sum, ip, e->whole.packet);
        e->checksum = nm_udp_sum_result(&sum);
        return;
    }
    for (size_t i = 0; i < e->count; i++) {
        nm_ip_packet piece;
        nm_span octets = e->packets[i].packet;
        if (nm_ip_packet_parse(octets, &piece) == NM_OK) {
            nm_udp_sum_add(&sum, &piece, octets);
        }
    }
    e->checksum = nm_udp_sum_result(&sum);
}

/* Look into a packet that is whole. */
static nm_status
take_whole(nm_dnsqr *d, const nm_ip_packet *ip, dns_event *e, bool is_checked, nm_payload *out)
{
    nm_span octets = e->whole.packet;
    if (is_checked && d->passes != NULL && !d->passes(d->passes_context, octets)) {
        d->stats->unwanted++;
        return NM_AGAIN;
    }
    nm_status status = nm_dns_packet_parse(ip, octets, &e->packet);
    if (status == NM_END) {
        d->stats->other++;
        return NM_AGAIN;
    }
    if (status != NM_OK) {
        d->stats->bad++;
        return NM_AGAIN;
    }
    if (e->packet.is_response) {
        sum_up(e, ip);
    }
    return take_event(d, e, out);
}

static nm_status
take_fragment(nm_dnsqr *d, const nm_dnsqr_packet *packet, nm_payload *out)
{
    nm_reassembled whole;
    dns_event e;
    nm_ip_packet ip;
    d->stats->fragments++;
    if (packet->ip->version == 6 && packet->ip->payload.len == 0) {
        return NM_AGAIN;
    }
    nm_status status = nm_reassembly_add(d->fragments, packet->ip, packet->octets, packet->time_sec,
                                         packet->time_nsec, &whole);
    if (status != NM_OK) {
        return status == NM_E_NOMEM ? status : NM_AGAIN;
    }
    if (nm_ip_packet_parse(whole.datagram, &ip) != NM_OK || ip.is_fragment ||
        !nm_dns_packet_is_readable(&ip, whole.datagram)) {
        return NM_AGAIN;
    }
    e.whole = (nm_fragment_packet){
        .packet = whole.datagram, .time_sec = packet->time_sec, .time_nsec = packet->time_nsec};
    e.packets = whole.fragments;
    e.count = whole.count;
    e.checksum = NM_UDP_CHECKSUM_ERROR;
    return take_whole(d, &ip, &e, /* is_checked= */ true, out);
}

nm_status
nm_dnsqr_take(nm_dnsqr *d, const nm_dnsqr_packet *packet, nm_payload *out)
{
    if (!nm_dns_packet_is_readable(packet->ip, packet->octets)) {
        d->stats->other++;
        return NM_AGAIN;
    }
    d->now_sec = packet->time_sec;
    d->now_nsec = packet->time_nsec;
    nm_reassembly_expire(d->fragments, packet->time_sec);
    if (packet->ip->is_fragment) {
        return take_fragment(d, packet, out);
    }
    dns_event e;
    e.whole = (nm_fragment_packet){
        .packet = packet->octets, .time_sec = packet->time_sec, .time_nsec = packet->time_nsec};
    e.packets = &e.whole;
    e.count = 1;
    e.checksum = NM_UDP_CHECKSUM_ERROR;
    return take_whole(d, packet->ip, &e, packet->ip->version == 6, out);
}

void
nm_dnsqr_count(const nm_dnsqr *d, nm_capture_stats *stats)
{
    nm_reassembly_counts fragments = nm_reassembly_counts_get(d->fragments);
    stats->reassembled = fragments.whole;
    stats->given_up = fragments.given_up;
    stats->queries = nm_query_table_count(d->queries);
}
