/* SPDX-License-Identifier: Apache-2.0 */
/* The octets in front of every container. */
#ifndef NM_WIRE_HEADER_H
#define NM_WIRE_HEADER_H

#include "base/span.h"
#include "base/status.h"

enum {
    NM_HEADER_V1_LEN = 8, /**< docs/format.md, section 1: magic, version, 16-bit length. */
    NM_HEADER_LEN = 10,   /**< Version 2: magic, flags, version, 32-bit length. */
};

/** Flags of a version 2 header; other bits are ignored on input and never written. */
enum {
    NM_FLAG_ZLIB = 0x01,
    NM_FLAG_FRAGMENT = 0x02,
};

/** A decoded container header. */
typedef struct nm_header {
    unsigned version;  /**< 1 or 2. */
    unsigned flags;    /**< NM_FLAG_…; 0 for version 1. */
    uint32_t body_len; /**< Octets behind the header, as announced. */
    size_t header_len; /**< NM_HEADER_V1_LEN or NM_HEADER_LEN. */
} nm_header;

/** Decode the header at the start of `in`.
 *  @param out  Written on NM_OK only.   @param err  Optional; written on failure only.
 *  @return NM_OK; NM_E_TRUNCATED when `in` is shorter than the header (magic and version are looked
 *          at as far as they are there); NM_E_MAGIC; NM_E_VERSION. */
NM_MUST_CHECK nm_status nm_header_decode(nm_span in, nm_header *out, nm_error *err);

/** Write a version 2 header to `out` (room for NM_HEADER_LEN). */
void nm_header_encode(unsigned flags, uint32_t body_len, uint8_t *out);

#endif
