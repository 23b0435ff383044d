/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a container: payload records, their CRCs and the sender's sequence number. */
#ifndef NM_WIRE_CONTAINER_H
#define NM_WIRE_CONTAINER_H

#include "wire/payload.h"

/** Field numbers of the body (docs/format.md, section 2). */
enum {
    NM_CONTAINER_PAYLOADS = 1,
    NM_CONTAINER_CRCS = 2,
    NM_CONTAINER_SEQUENCE = 3,
    NM_CONTAINER_SEQUENCE_ID = 4,
};

/** A decoded body. Kept and decoded into again and again, so that a stream allocates nothing. */
typedef struct nm_container {
    nm_payload *payloads; /**< `count` records, borrowing from the decoded octets. */
    size_t count;
    uint32_t *crcs; /**< `crc_count` stored CRCs, as read (octet-swapped). */
    size_t crc_count;
    bool has_sequence;    /**< Both sequence fields are there. */
    uint32_t sequence;    /**< Container counter of the sender. */
    uint64_t sequence_id; /**< Random id of the sending output. */
    nm_buffer payload_store;
    nm_buffer crc_store;
} nm_container;

/** Empty container in the caller's storage.
 *  @param allocator  Borrowed until nm_container_clear(). */
void nm_container_init(nm_container *c, const nm_allocator *allocator);

/** Forget the payloads and keep the memory. */
void nm_container_empty(nm_container *c);

/** Give the memory back. Accepts a zeroed struct. */
void nm_container_clear(nm_container *c);

/** Decode an uncompressed body. Payloads have the CRC of their octets, whatever is stored for them.
 *  @param body  Borrowed until the next decode or clear.
 *  @param err   Optional; offset is in `body`.
 *  @return NM_OK, NM_E_PARSE, NM_E_NOMEM; after a failure the container is empty. */
NM_MUST_CHECK nm_status nm_container_decode(nm_container *c, nm_span body, nm_error *err);

/** True when payload `i` has no stored CRC or one that fits its octets. */
bool nm_container_crc_fits(const nm_container *c, size_t i);

/** The CRC as it stands on the wire: CRC-32C of the octets of the message, octets swapped. */
uint32_t nm_payload_crc(nm_span data);

#endif
