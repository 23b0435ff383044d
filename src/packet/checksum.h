/* SPDX-License-Identifier: Apache-2.0 */
/* The Internet checksum (RFC 1071), and whether that of a UDP datagram is right. */
#ifndef NM_PACKET_CHECKSUM_H
#define NM_PACKET_CHECKSUM_H

#include "packet/ip.h"

/** A sum over octets that come in pieces of any length. Starts as {0}. */
typedef struct nm_checksum_state {
    uint64_t sum; /**< In the processor's octet order, carries added in. */
    bool is_odd;  /**< An odd number of octets so far: the next is the second of its word. */
} nm_checksum_state;

/** Add octets behind those added before. */
void nm_checksum_add(nm_checksum_state *state, nm_span octets);

/** Add a 16-bit word as it would be sent. */
void nm_checksum_add_u16(nm_checksum_state *state, uint16_t word);

/** End a piece: a lacking octet counts as zero, and what is added next starts a new word. For
 *  pieces that are known to begin at even offsets. */
void nm_checksum_align(nm_checksum_state *state);

/** Add the pseudo header of an upper layer: RFC 768 for IPv4, RFC 8200 section 8.1 for IPv6.
 *  @param packet     Its version and addresses are used. In IPv6 the address in the fixed header
 *                    counts as destination, whatever a routing header says.
 *  @param upper_len  Octets of the upper layer with its header. */
void nm_checksum_add_pseudo_header(nm_checksum_state *state, const nm_ip_packet *packet,
                                   uint8_t protocol, uint32_t upper_len);

/** The checksum of what was added: what a sender stores as 16-bit word, highest octet first. 0
 *  where the octets hold their right checksum already. */
uint16_t nm_checksum_result(const nm_checksum_state *state);

/** Outcome of looking at the checksum of a UDP datagram. The numbers are stored in messages and so
 *  never change. */
typedef enum nm_udp_checksum {
    NM_UDP_CHECKSUM_ERROR = 0,     /**< Cannot be told. */
    NM_UDP_CHECKSUM_ABSENT = 1,    /**< The sender made none. */
    NM_UDP_CHECKSUM_INCORRECT = 2, /**< Other than the octets say. */
    NM_UDP_CHECKSUM_CORRECT = 3,   /**< As the octets say. */
} nm_udp_checksum;

/** The checksum of one UDP datagram, of which packet after packet is added. Starts as {0}. */
typedef struct nm_udp_sum {
    nm_checksum_state header; /**< Pseudo header and UDP header. */
    nm_checksum_state payload;
    bool has_first;
    bool is_decided; /**< What comes changes nothing any more. */
    nm_udp_checksum verdict;
} nm_udp_sum;

/** Add an unfragmented packet, or the next of the fragments, in any order.
 *  @param octets  What `packet` was parsed from: where UDP says more octets than IP, those behind
 *                 the packet count as well. */
void nm_udp_sum_add(nm_udp_sum *sum, const nm_ip_packet *packet, nm_span octets);

/** What nm_udp_checksum_of() would say about the packets added. */
nm_udp_checksum nm_udp_sum_result(const nm_udp_sum *sum);

/** Check the checksum of one UDP datagram.
 *
 *  The sum is over the pseudo header with the length that the UDP header says, the UDP payload cut
 *  to that length in the packet with offset 0, also where it goes on behind what IP says to be the
 *  end, and the whole payload of the other fragments.
 *  Whether fragments are missing is not looked at: the sum tells.
 *  @param packets  An unfragmented packet or all fragments, from their IP headers on, in any order.
 *  @return NM_UDP_CHECKSUM_ERROR when none has offset 0, or one that does not parse or is not UDP
 *          stands before a header without checksum. */
nm_udp_checksum nm_udp_checksum_of(const nm_span *packets, size_t count);

#endif
