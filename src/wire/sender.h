/* SPDX-License-Identifier: Apache-2.0 */
/* Who sent a container: part of the key of fragments and sequence numbers. */
#ifndef NM_WIRE_SENDER_H
#define NM_WIRE_SENDER_H

#include <stdint.h>

/** Address of a sender. All zero for inputs with only one (files). No padding octets, so that two
 *  can be compared and hashed as octets. */
typedef struct nm_sender {
    uint8_t address[16]; /**< IPv4 in the first four. */
    uint16_t port;       /**< Host byte order. */
    uint16_t family;     /**< 0 none, 4 or 6. */
} nm_sender;

#endif
