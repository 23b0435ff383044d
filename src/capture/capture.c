/* SPDX-License-Identifier: Apache-2.0 */
/* From frames to what each type of message wants of them. */
#include "capture/capture.h"

#include "capture/dnsqr.h"
#include "capture/plain.h"
#include "message/schema.h"
#include "message/schema/tables.h"
#include "packet/udp.h"

struct capture_kind;

struct nm_capture {
    nm_capture_options options;
    const struct capture_kind *kind;
    nm_capture_stats stats;
    nm_dnsqr *dnsqr;           /* base:dnsqr only. */
    nm_reassembly *fragments;  /* base:ncap only. */
    nm_buffer *messages;       /* Of whoever made it. */
    const nm_captured *packet; /* Fed, and not looked at yet; NULL: there is none. */
    bool reads_link;           /* Frames of this link type are looked into. */
    bool has_ended;
    bool has_tick; /* Time went on without a packet. */
};

/* -- types of messages -- */

/* Which link types a type of message reads. */
typedef enum links_read {
    LINKS_ANY,      /* Frames of unknown ones count as something else. */
    LINKS_ETHERNET, /* It says nothing about the link layer, so that there can be but one. */
    LINKS_KNOWN,    /* Others are refused. */
} links_read;

typedef struct capture_kind {
    const nm_schema *schema;
    links_read links;
    nm_status (*take)(nm_capture *c, const nm_captured *packet, nm_payload *out);
} capture_kind;

static nm_status take_dnsqr(nm_capture *c, const nm_captured *packet, nm_payload *out);
static nm_status take_packet(nm_capture *c, const nm_captured *packet, nm_payload *out);
static nm_status take_pkt(nm_capture *c, const nm_captured *packet, nm_payload *out);
static nm_status take_ncap(nm_capture *c, const nm_captured *packet, nm_payload *out);

static const capture_kind kinds[] = {
    {&nm_schema_base_dnsqr, LINKS_ANY, take_dnsqr},
    {&nm_schema_base_packet, LINKS_KNOWN, take_packet},
    {&nm_schema_base_pkt, LINKS_ETHERNET, take_pkt},
    {&nm_schema_base_ncap, LINKS_ANY, take_ncap},
};

static const capture_kind *
kind_of(const nm_schema *schema)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].schema == schema) {
            return &kinds[i];
        }
    }
    return NULL;
}

bool
nm_capture_reads(const nm_schema *schema)
{
    return kind_of(schema) != NULL;
}

/* -- link types -- */

/* True for those whose frames depend on the system that captured them. */
static bool
is_system_dependent(uint32_t link_type)
{
    return link_type == NM_LINK_NULL || link_type == NM_LINK_LOOP;
}

/* True when the type of message gets frames of the link type at all. */
static bool
is_link_read(const nm_capture_options *o)
{
    if (nm_link_type_name(o->link_type) == NULL) {
        return false;
    }
    return o->links == NM_CAPTURE_LINKS_ALL || o->is_live || !is_system_dependent(o->link_type);
}

nm_status
nm_capture_check(const nm_capture_options *o, nm_error *err)
{
    const capture_kind *kind = kind_of(o->schema);
    if (kind == NULL) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "messages of type %s cannot be made of packets",
                            o->schema != NULL ? o->schema->name : "(unknown)");
    }
    if (kind->links == LINKS_ETHERNET && o->link_type != NM_LINK_ETHERNET) {
        return nm_error_set(
            err, NM_E_ARGUMENT, 0,
            "%s is made of Ethernet frames, not of those of link type %u (%s)", o->schema->name,
            o->link_type,
            nm_link_type_name(o->link_type) != NULL ? nm_link_type_name(o->link_type) : "unknown");
    }
    if (kind->links == LINKS_KNOWN && !is_link_read(o)) {
        const char *name = nm_link_type_name(o->link_type);
        return nm_error_set(err, NM_E_ARGUMENT, 0,
                            "%s cannot be made of frames of link type %u (%s%s)", o->schema->name,
                            o->link_type, name != NULL ? name : "unknown",
                            name != NULL ? ", of another system perhaps" : "");
    }
    return NM_OK;
}

/* The IP packet in a frame, if the options allow its link layer. Counts what is none. */
static bool
find_packet(nm_capture *c, const nm_captured *packet, nm_link *out)
{
    const nm_capture_options *o = &c->options;
    if (packet->octets.len != packet->len) {
        c->stats.cut++;
        return false;
    }
    nm_status status = c->reads_link ? nm_link_parse(o->link_type, packet->octets, out) : NM_END;
    if (status == NM_E_PARSE) {
        c->stats.bad++;
        return false;
    }
    bool is_unusual = status == NM_OK && o->links == NM_CAPTURE_LINKS_USUAL &&
                      (out->tag_count > 1 || out->has_service_tag);
    if (status != NM_OK || is_unusual) {
        c->stats.other++;
        return false;
    }
    return true;
}

/* The same with the headers of the packet, whose lengths fit what is there. */
static bool
find_ip(nm_capture *c, const nm_captured *packet, nm_link *out_link, nm_ip_packet *out)
{
    if (!find_packet(c, packet, out_link)) {
        return false;
    }
    if (nm_ip_packet_parse_version(out_link->packet, out_link->version, out) != NM_OK ||
        out->is_truncated) {
        c->stats.bad++;
        return false;
    }
    return true;
}

/* -- one packet, for each type -- */

static nm_status
give_out(nm_capture *c, const nm_captured *packet, nm_status status, nm_payload *out)
{
    if (status != NM_OK) {
        return NM_E_NOMEM;
    }
    *out = (nm_payload){.time_sec = packet->time_sec,
                        .time_nsec = packet->time_nsec,
                        .vendor = c->options.schema->vendor,
                        .type = c->options.schema->type,
                        .has = NM_HAS_DATA};
    return NM_OK;
}

static bool
passes(nm_capture *c, nm_span packet)
{
    if (c->options.passes == NULL || c->options.passes(c->options.passes_context, packet)) {
        return true;
    }
    c->stats.unwanted++;
    return false;
}

static nm_status
take_dnsqr(nm_capture *c, const nm_captured *packet, nm_payload *out)
{
    nm_link link;
    nm_ip_packet ip;
    if (!find_ip(c, packet, &link, &ip)) {
        return NM_AGAIN;
    }
    const nm_dnsqr_packet p = {.ip = &ip,
                               .octets = link.packet,
                               .time_sec = packet->time_sec,
                               .time_nsec = packet->time_nsec};
    return nm_dnsqr_take(c->dnsqr, &p, out);
}

static nm_status
take_pkt(nm_capture *c, const nm_captured *packet, nm_payload *out)
{
    return give_out(c, packet, nm_plain_encode_pkt(packet->octets, packet->len, c->messages), out);
}

static bool
is_raw(uint32_t link_type)
{
    return link_type == NM_LINK_RAW || link_type == NM_LINK_RAW_BSD ||
           link_type == NM_LINK_RAW_OPENBSD;
}

/* The packet is taken as it is: not even its version is looked at. */
static nm_status
take_packet(nm_capture *c, const nm_captured *packet, nm_payload *out)
{
    nm_link link = {.packet = packet->octets};
    if (is_raw(c->options.link_type)) {
        if (packet->octets.len != packet->len) {
            c->stats.cut++;
            return NM_AGAIN;
        }
    } else if (!find_packet(c, packet, &link)) {
        return NM_AGAIN;
    }
    if (!passes(c, link.packet)) {
        return NM_AGAIN;
    }
    return give_out(c, packet, nm_plain_encode_packet(link.packet, c->messages), out);
}

static nm_status
take_ncap(nm_capture *c, const nm_captured *packet, nm_payload *out)
{
    nm_link link;
    nm_ip_packet ip;
    if (!find_ip(c, packet, &link, &ip)) {
        return NM_AGAIN;
    }
    nm_span datagram = link.packet;
    if (ip.is_fragment) {
        nm_reassembled whole;
        c->stats.fragments++;
        nm_status status = nm_reassembly_add(c->fragments, &ip, datagram, packet->time_sec,
                                             packet->time_nsec, &whole);
        if (status != NM_OK) {
            return status == NM_E_NOMEM ? status : NM_AGAIN;
        }
        datagram = whole.datagram;
        if (nm_ip_packet_parse(datagram, &ip) != NM_OK || ip.is_fragment) {
            return NM_AGAIN;
        }
    }
    if (ip.protocol != NM_IP_UDP || datagram.len - ip.header_len < NM_UDP_HEADER_LEN) {
        c->stats.other += !ip.is_fragment;
        return NM_AGAIN;
    }
    if (!passes(c, datagram)) {
        return NM_AGAIN;
    }
    return give_out(c, packet, nm_plain_encode_ncap(datagram, ip.version, c->messages), out);
}

/* -- all of it -- */

nm_capture_options
nm_capture_options_default(const nm_schema *schema, uint32_t link_type)
{
    return (nm_capture_options){.schema = schema,
                                .link_type = link_type,
                                .links = NM_CAPTURE_LINKS_USUAL,
                                .fragments = nm_ip_limits_default,
                                .dnsqr = nm_dnsqr_options_default,
                                .allocator = &nm_allocator_heap};
}

static nm_status
check_numbers(const nm_capture_options *o, nm_error *err)
{
    if (o->fragments.datagrams == 0 || o->fragments.len == 0 || o->fragments.timeout_sec == 0) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "a limit for fragments is 0");
    }
    if (o->dnsqr.query_timeout_sec == 0 || o->dnsqr.queries_max == 0 ||
        o->dnsqr.queries_len_max == 0) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "a limit for queries is 0");
    }
    return NM_OK;
}

/* What the type of message needs to remember. */
static nm_status
make_memory(nm_capture *c)
{
    const nm_capture_options *o = &c->options;
    if (o->schema == &nm_schema_base_dnsqr) {
        return nm_dnsqr_new(o, c->messages, &c->stats, &c->dnsqr);
    }
    if (o->schema == &nm_schema_base_ncap) {
        c->fragments = nm_reassembly_new(&o->fragments, o->seed, o->allocator);
        return c->fragments != NULL ? NM_OK : NM_E_NOMEM;
    }
    return NM_OK;
}

nm_status
nm_capture_new(const nm_capture_options *options, nm_buffer *messages, nm_capture **out,
               nm_error *err)
{
    nm_status status = nm_capture_check(options, err);
    if (status == NM_OK) {
        status = check_numbers(options, err);
    }
    if (status != NM_OK) {
        return status;
    }
    nm_capture *c = nm_allocator_zeroed(options->allocator, sizeof *c);
    if (c == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a capture");
    }
    c->options = *options;
    c->messages = messages;
    c->kind = kind_of(options->schema);
    c->reads_link = is_link_read(options);
    status = make_memory(c);
    if (status != NM_OK) {
        nm_capture_free(c);
        return nm_error_set(err, status, 0, "no memory for a capture");
    }
    *out = c;
    return NM_OK;
}

void
nm_capture_free(nm_capture *c)
{
    if (c == NULL) {
        return;
    }
    nm_dnsqr_free(c->dnsqr);
    nm_reassembly_free(c->fragments);
    nm_allocator_release(c->options.allocator, c);
}

void
nm_capture_feed(nm_capture *c, const nm_captured *packet)
{
    c->packet = packet;
    c->stats.packets++;
}

void
nm_capture_tick(nm_capture *c, int64_t time_sec, uint32_t time_nsec)
{
    if (c->dnsqr != NULL) {
        nm_dnsqr_tick(c->dnsqr, time_sec, time_nsec);
        c->has_tick = true;
    } else if (c->fragments != NULL) {
        nm_reassembly_expire(c->fragments, time_sec);
    }
}

void
nm_capture_finish(nm_capture *c)
{
    c->has_ended = true;
}

/* What expires without a packet: all that there is of it. */
static nm_status
expire(nm_capture *c, nm_payload *out)
{
    nm_status status = NM_AGAIN;
    if (c->dnsqr != NULL && (c->has_ended || c->has_tick)) {
        do {
            status = nm_dnsqr_expire(c->dnsqr, c->has_ended, out);
        } while (status == NM_END);
    }
    if (status == NM_AGAIN) {
        c->has_tick = false;
    }
    return status == NM_AGAIN && c->has_ended ? NM_END : status;
}

/* A packet is looked at when nothing expired before it that anybody wants to know; of what nobody
 * wants to know at most one expires before each. */
nm_status
nm_capture_next(nm_capture *c, nm_payload *out, nm_error *err)
{
    nm_status status = NM_AGAIN;
    size_t start = c->messages->len;
    if (c->packet == NULL) {
        status = expire(c, out);
    } else {
        if (c->dnsqr != NULL) {
            status = nm_dnsqr_expire(c->dnsqr, /* has_ended= */ false, out);
        }
        if (status == NM_AGAIN || status == NM_END) {
            const nm_captured *packet = c->packet;
            c->packet = NULL;
            status = c->kind->take(c, packet, out);
        }
    }
    if (status == NM_E_NOMEM) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a packet");
    }
    if (status == NM_OK) {
        out->data = nm_span_of(c->messages->data + start, c->messages->len - start);
        c->stats.messages++;
    }
    return status;
}

nm_capture_stats
nm_capture_stats_get(const nm_capture *c)
{
    nm_capture_stats stats = c->stats;
    if (c->dnsqr != NULL) {
        nm_dnsqr_count(c->dnsqr, &stats);
    }
    if (c->fragments != NULL) {
        nm_reassembly_counts counts = nm_reassembly_counts_get(c->fragments);
        stats.reassembled = counts.whole;
        stats.given_up = counts.given_up;
    }
    return stats;
}
