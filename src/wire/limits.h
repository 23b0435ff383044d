/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds for everything whose size a stranger decides. */
#ifndef NM_WIRE_LIMITS_H
#define NM_WIRE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/** Bounds of one decoder; all are options of an input. */
typedef struct nm_limits {
    size_t container_len;       /**< Octets of a container's body on the wire. */
    size_t inflated_len;        /**< Octets of a body after decompression. */
    uint32_t fragments_per_set; /**< Pieces that one container may have been cut into. */
    uint32_t fragment_sets;     /**< Incomplete containers kept at a time. */
    size_t fragment_len;        /**< Octets kept for incomplete containers, all together. */
    uint32_t sequence_sources;  /**< Senders whose sequence numbers are followed at a time. */
} nm_limits;

/** 16 MiB per container and after decompression, 65,536 pieces, 1,024 sets of 64 MiB together,
 *  65,536 senders. */
static const nm_limits nm_limits_default = {
    .container_len = 16U << 20,
    .inflated_len = 16U << 20,
    .fragments_per_set = 65536,
    .fragment_sets = 1024,
    .fragment_len = 64U << 20,
    .sequence_sources = 65536,
};

#endif
