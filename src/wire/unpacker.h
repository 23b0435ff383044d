/* SPDX-License-Identifier: Apache-2.0 */
/* Containers that stand for themselves: header, decompression, body. What has to be remembered
 * from one container to the next is the decoder's work. */
#ifndef NM_WIRE_UNPACKER_H
#define NM_WIRE_UNPACKER_H

#include "wire/container.h"
#include "wire/header.h"
#include "wire/limits.h"
#include "wire/zblock.h"

/** Limits, and what decompression needs. Not for use by two threads at a time. */
typedef struct nm_unpacker {
    nm_limits limits;
    const nm_allocator *allocator;
    nm_inflater *inflater; /**< Made when first needed. */
} nm_unpacker;

/** Unpacker in the caller's storage. @param limits  Copied. @param allocator  Borrowed. */
void nm_unpacker_init(nm_unpacker *u, const nm_limits *limits, const nm_allocator *allocator);

/** Give the memory back. Accepts a zeroed struct. */
void nm_unpacker_clear(nm_unpacker *u);

/** Check the header of a container against what came.
 *  @param in          Exactly one container.
 *  @param accepts_v1  As in nm_arrival.
 *  @param out_header, out_body  Written on NM_OK only; the body borrows from `in`.
 *  @param err         Optional; offset is in `in`.
 *  @return NM_OK, NM_E_MAGIC, NM_E_VERSION, NM_E_TRUNCATED, NM_E_LENGTH, NM_E_LIMIT. */
NM_MUST_CHECK nm_status nm_unpacker_open(const nm_unpacker *u, nm_span in, bool accepts_v1,
                                         nm_header *out_header, nm_span *out_body, nm_error *err);

/** Decode a body that is whole.
 *  @param flags     Of the header; NM_FLAG_FRAGMENT is not looked at.
 *  @param inflated  Room for what is decompressed, which `out` borrows from; emptied first.
 *  @param err       Optional; offset is in the body, inflated if it was compressed.
 *  @return NM_OK, NM_E_LIMIT, NM_E_INFLATE, NM_E_PARSE, NM_E_NOMEM; `out` is empty after a
 *          failure. */
NM_MUST_CHECK nm_status nm_unpacker_decode(nm_unpacker *u, unsigned flags, nm_span body,
                                           nm_buffer *inflated, nm_container *out, nm_error *err);

#endif
