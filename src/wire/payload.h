/* SPDX-License-Identifier: Apache-2.0 */
/* One payload record of a container: the header of a message and its octets. */
#ifndef NM_WIRE_PAYLOAD_H
#define NM_WIRE_PAYLOAD_H

#include "base/buffer.h"

/** Which optional fields a payload record has. */
enum {
    NM_HAS_DATA = 0x01,
    NM_HAS_SOURCE = 0x02,
    NM_HAS_OPERATOR = 0x04,
    NM_HAS_GROUP = 0x08,
    NM_HAS_FIELDS = 0x0f, /**< All of these. */
    NM_HAS_CRC = 0x10,    /**< No field: `crc` is known. */
};

/** Header of a message and the octets of the message itself (docs/format.md, section 2). */
typedef struct nm_payload {
    int64_t time_sec;   /**< Seconds since 1970-01-01 UTC. */
    uint32_t time_nsec; /**< Nanoseconds; not checked to be below 10^9. */
    uint32_t vendor;    /**< Vendor number ("vid"). */
    uint32_t type;      /**< Message type number within the vendor ("msgtype"). */
    uint32_t source;    /**< 0 when absent, like the next two. */
    uint32_t operator;  /**< Alias number. */
    uint32_t group;     /**< Alias number. */
    unsigned has;       /**< NM_HAS_…: a zero that was stored stays stored. */
    uint32_t crc;       /**< nm_payload_crc() of `data`, with NM_HAS_CRC. */
    nm_span data;       /**< Serialized message; borrowed. */
    nm_span record; /**< What encoding gives, where that is at hand; else empty. Borrowed. Whoever
                             changes a field empties it. */
} nm_payload;

/** Decode one record; unknown fields are skipped, the last of a repeated one counts. A record as
 *  nm_payload_encode() would write it is kept in `out->record`.
 *  @param out  Undefined unless NM_OK; borrows from `in`.  @param err  Optional; offset is in `in`.
 *  @return NM_OK, NM_E_PARSE (malformed, or a required field is missing). */
NM_MUST_CHECK nm_status nm_payload_decode(nm_span in, nm_payload *out, nm_error *err);

/** Octets of the encoded record. */
size_t nm_payload_encoded_len(const nm_payload *payload);

/** Append the record, fields in ascending order.
 *  @return NM_OK, NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_payload_encode(const nm_payload *payload, nm_buffer *out);

#endif
