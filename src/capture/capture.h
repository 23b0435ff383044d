/* SPDX-License-Identifier: Apache-2.0 */
/* From packets to the messages that are made of them: base:dnsqr, base:packet, base:pkt, base:ncap.
 *
 *   messages.len = 0;                                 all before may be forgotten
 *   nm_capture_feed(c, &packet);                      or nm_capture_finish(c) when there is none
 *   while ((status = nm_capture_next(c, &payload, &err)) == NM_OK) {
 *       …                                             NM_AGAIN: feed the next; NM_END: finished
 *   }
 *
 * Where packets come from is not known here: time comes with them. A packet that is bad or of no
 * interest is counted and gives nothing. A capture may be used by one thread at a time. */
#ifndef NM_CAPTURE_CAPTURE_H
#define NM_CAPTURE_CAPTURE_H

#include "base/buffer.h"
#include "capture/dnsqr_options.h"
#include "packet/link.h"
#include "packet/reassembly.h"
#include "wire/payload.h"

/** What makes messages of packets, and all that it keeps between them. */
typedef struct nm_capture nm_capture;

struct nm_schema;

/** Which link types are read. */
typedef enum nm_capture_links {
    NM_CAPTURE_LINKS_USUAL, /**< Ethernet with at most one tag of 802.1Q, raw IP, Linux SLL and
                                 SLL2; for base:packet NULL and LOOP from interfaces only. */
    NM_CAPTURE_LINKS_ALL,   /**< All of nm_link_type, and Ethernet with any number of tags. */
} nm_capture_links;

/** True when an IP packet, from its header on, passes the filter that the user gave. */
typedef bool nm_capture_passes(void *context, nm_span packet);

/** What to make of which packets; start from nm_capture_options_default(). */
typedef struct nm_capture_options {
    const struct nm_schema *schema; /**< The type of the messages. */
    uint32_t link_type;             /**< Of all packets: nm_link_type. */
    bool is_live;                   /**< They come from an interface, not from a file. */
    nm_capture_links links;
    nm_ip_limits fragments;
    nm_dnsqr_options dnsqr;
    nm_capture_passes *passes; /**< For filters that cannot look into everything, because the packet
                                    is a fragment or of IPv6: asked about each reassembled datagram,
                                    about IPv6 packets, and for base:ncap and base:packet about all.
                                    Not for base:pkt. NULL: everything passes. */
    void *passes_context;
    uint64_t seed; /**< Of the tables that hold what strangers send: nobody outside may know it. */
    const nm_allocator *allocator; /**< Borrowed until nm_capture_free(). */
} nm_capture_options;

/** For messages of a type from packets of a link type in a file: usual links,
 *  nm_ip_limits_default, nm_dnsqr_options_default, no filter, seed 0, the heap. */
nm_capture_options nm_capture_options_default(const struct nm_schema *schema, uint32_t link_type);

/** What was counted. Each packet fed is also counted in at most one of the five below it. */
typedef struct nm_capture_stats {
    uint64_t packets;     /**< Fed. */
    uint64_t cut;         /**< Fewer octets captured than there were on the wire: not used. */
    uint64_t bad;         /**< Headers that do not fit the octets, DNS messages that are none. */
    uint64_t other;       /**< Of another protocol or port, or a link layer that is not read. */
    uint64_t unwanted;    /**< Did not pass the filter, or are of the direction not asked for. */
    uint64_t fragments;   /**< Part of an IP datagram cut into fragments. */
    uint64_t reassembled; /**< Datagrams put together from fragments. */
    uint64_t given_up;    /**< Datagrams of which fragments were missing or overlapped. */
    uint64_t queries;     /**< base:dnsqr: queries that wait for their response now. */
    uint64_t unanswered;  /**< base:dnsqr: queries that did so in vain. */
    uint64_t pushed_out;  /**< Of those, how many because there were too many. */
    uint64_t filtered;    /**< base:dnsqr: messages dropped because of their name or flag. */
    uint64_t messages;    /**< Given out. */
} nm_capture_stats;

/** True when messages of this type can be made of packets. */
bool nm_capture_reads(const struct nm_schema *schema);

/** Check whether messages of a type can be made of packets of a link type, as nm_capture_new()
 *  does. Only schema, link_type, is_live and links of the options are looked at.
 *  @return NM_OK; NM_E_ARGUMENT with the reason as text. */
NM_MUST_CHECK nm_status nm_capture_check(const nm_capture_options *options, nm_error *err);

/** New one.
 *  @param options   Copied; names of the DNS are copied too.
 *  @param messages  The octets of each message are appended to it; borrowed until
 *                   nm_capture_free(). Emptied by whoever made it, between two calls.
 *  @param out       Written on NM_OK only.
 *  @return NM_OK, NM_E_NOMEM; NM_E_ARGUMENT: see nm_capture_check(), or a zero where none may
 *          be. */
NM_MUST_CHECK nm_status nm_capture_new(const nm_capture_options *options, nm_buffer *messages,
                                       nm_capture **out, nm_error *err);

/** Accepts NULL. */
void nm_capture_free(nm_capture *c);

/** One captured packet. */
typedef struct nm_captured {
    nm_span octets;     /**< From the link layer's header on, as many as were captured. */
    uint32_t len;       /**< Octets on the wire. */
    int64_t time_sec;   /**< When, in seconds since 1970-01-01 UTC. */
    uint32_t time_nsec; /**< Below 10^9. Kept as it is: cut it to microseconds where that is
                             wanted. */
} nm_captured;

/** Hand over a packet; nm_capture_next() must have given NM_AGAIN, or never have been called.
 *  @param packet  Borrowed, and its octets, until nm_capture_next() gives NM_AGAIN. */
void nm_capture_feed(nm_capture *c, const nm_captured *packet);

/** Tell the time when no packets come, so that queries and fragments can expire. Time never goes
 *  back: an earlier one is ignored. */
void nm_capture_tick(nm_capture *c, int64_t time_sec, uint32_t time_nsec);

/** There are no more packets: what waits for a response will come out, the oldest first. */
void nm_capture_finish(nm_capture *c);

/** The next message.
 *  @param out  Header and octets, which lie in the buffer given to nm_capture_new() and move when
 *              it grows. `record` is empty. Written on NM_OK only.
 *  @return NM_OK; NM_AGAIN: feed the next packet; NM_END: finished, and nothing is left;
 *          NM_E_NOMEM: the packet fed was lost, go on. */
NM_MUST_CHECK nm_status nm_capture_next(nm_capture *c, nm_payload *out, nm_error *err);

/** Counts so far. */
nm_capture_stats nm_capture_stats_get(const nm_capture *c);

#endif
