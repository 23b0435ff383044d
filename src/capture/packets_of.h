/* SPDX-License-Identifier: Apache-2.0 */
/* The way back: the packets that a message was made of, with their times. */
#ifndef NM_CAPTURE_PACKETS_OF_H
#define NM_CAPTURE_PACKETS_OF_H

#include "capture/capture.h"
#include "message/message.h"

/** A packet that lies in a message. */
typedef struct nm_packet_of {
    nm_captured packet; /**< Octets borrowed from the message. */
    uint32_t link_type; /**< NM_LINK_ETHERNET (base:pkt), else NM_LINK_RAW. */
} nm_packet_of;

/** Which packet of a message comes next; starts as {0}. */
typedef struct nm_packets_place {
    unsigned field;    /**< Of those that hold packets, which. */
    bool is_in_field;  /**< The three below are set. */
    nm_values packets; /**< What is left of them, and of their times. */
    nm_values secs;
    nm_values nsecs;
} nm_packets_place;

/** True when messages of this type hold packets. */
bool nm_packets_are_in(const struct nm_schema *schema);

/** The next packet of a message of one of these types.
 *  Of base:dnsqr those of the query, then those of the response, each with the time at which it was
 *  captured, or that of the message where none is stored; for the others the time of the message.
 *  @param place  Moves on.
 *  @return false when there are no more; *out is then unchanged. */
bool nm_packets_next(const nm_message *message, nm_packets_place *place, nm_packet_of *out);

#endif
