/* SPDX-License-Identifier: Apache-2.0 */
/* Fragments of IP datagrams as they pass by, kept until the datagram is whole (RFC 791 section 3.2,
 * RFC 8200 section 4.5). What is kept is bounded by number, octets and age. */
#ifndef NM_PACKET_REASSEMBLY_H
#define NM_PACKET_REASSEMBLY_H

#include "base/allocator.h"
#include "packet/ip.h"

/** Bounds for IP datagrams of which fragments are missing. Not 0. */
typedef struct nm_ip_limits {
    uint32_t datagrams;   /**< Kept at a time; with more the oldest is given up. */
    size_t len;           /**< Octets kept, all together; the same. */
    uint32_t timeout_sec; /**< A datagram is given up when its first fragment is older than this. */
} nm_ip_limits;

/** 4,096 datagrams, 64 MiB, 60 s. */
extern const nm_ip_limits nm_ip_limits_default;

/** Datagrams that are not whole yet. */
typedef struct nm_reassembly nm_reassembly;

/** One fragment of a datagram. */
typedef struct nm_fragment_packet {
    nm_span packet; /**< From its IP header to where that says it ends. */
    int64_t time_sec;
    uint32_t time_nsec;
} nm_fragment_packet;

/** A datagram that has become whole. */
typedef struct nm_reassembled {
    nm_span datagram; /**< One IP packet: header of the first fragment, with the length of all, the
                           checksum that belongs to it, and without fragment header. */
    const nm_fragment_packet *fragments; /**< Those with payload, in the order of their offsets. */
    size_t count;
} nm_reassembled;

/** What became of datagrams so far. */
typedef struct nm_reassembly_counts {
    uint64_t whole;    /**< Given out. */
    uint64_t given_up; /**< Contradictory, too old or too many. */
} nm_reassembly_counts;

/** New one.
 *  @param seed       Of the table: nobody outside may know it.
 *  @param allocator  Borrowed until nm_reassembly_free().   @return NULL: no memory. */
nm_reassembly *nm_reassembly_new(const nm_ip_limits *limits, uint64_t seed,
                                 const nm_allocator *allocator);

/** Accepts NULL. */
void nm_reassembly_free(nm_reassembly *r);

/** Give up what is older than the limit. Call it with the time of each packet. */
void nm_reassembly_expire(nm_reassembly *r, int64_t now_sec);

/** Add a fragment.
 *
 *  Fragments that overlap, even if they agree, one before the final that is no multiple of 8
 *  octets, octets behind the final and a second final spoil their datagram: all that comes of it
 *  later is swallowed until it expires. In IPv4 fragments of different protocols belong to
 *  different datagrams; in IPv6 the protocol is not looked at.
 *  @param packet  A fragment, not truncated.
 *  @param octets  What `packet` was parsed from; copied.
 *  @param out     Borrowed until the next call of any function with `r`; written on NM_OK only.
 *  @return NM_OK: the datagram is whole; NM_AGAIN: kept; NM_E_PARSE: swallowed, or the datagram
 *          would be too long for its header; NM_E_NOMEM: the fragment was not kept. */
NM_MUST_CHECK nm_status nm_reassembly_add(nm_reassembly *r, const nm_ip_packet *packet,
                                          nm_span octets, int64_t time_sec, uint32_t time_nsec,
                                          nm_reassembled *out);

/** Counts so far. */
nm_reassembly_counts nm_reassembly_counts_get(const nm_reassembly *r);

#endif
