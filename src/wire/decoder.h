/* SPDX-License-Identifier: Apache-2.0 */
/* From the octets of one container, as a transport delivers them, to its payloads.
 *
 * Holds what has to be remembered between containers: incomplete fragments and sequence numbers. */
#ifndef NM_WIRE_DECODER_H
#define NM_WIRE_DECODER_H

#include "wire/container.h"
#include "wire/limits.h"
#include "wire/sender.h"

/** State of one stream of containers. Not for use by two threads at a time. */
typedef struct nm_decoder nm_decoder;

/** Where a container came from and when. */
typedef struct nm_arrival {
    nm_sender sender;
    int64_t now_sec;      /**< A clock that does not run backwards; constant for files. */
    bool accepts_v1;      /**< Files may hold version 1 containers, nothing else may. */
    bool counts_sequence; /**< Sequence numbers mean loss here (sockets; not files). */
} nm_arrival;

/** What a decoder has counted. */
typedef struct nm_decoder_counts {
    uint64_t containers;     /**< Decoded whole; a reassembled one counts once. */
    uint64_t sequence_lost;  /**< Containers missing by sequence number. */
    uint64_t fragments_lost; /**< Containers given up because pieces of them never came. */
} nm_decoder_counts;

/** New decoder. @param limits  Copied. @param seed  Unknown to senders. @param allocator  Borrowed.
 *  @return NULL when there is no memory. Free with nm_decoder_free(). */
nm_decoder *nm_decoder_new(const nm_limits *limits, uint64_t seed, const nm_allocator *allocator);

/** Accepts NULL. */
void nm_decoder_free(nm_decoder *d);

/** Decode one container, header included.
 *  @param in        Exactly one container; borrowed until the next call.
 *  @param out       Written on NM_OK only; may have no payloads. Borrowed until the next call.
 *  @param err       Optional; offset is in `in` (in the inflated body behind NM_E_PARSE of one).
 *  @return NM_OK; NM_AGAIN: a fragment was kept and more are needed; NM_E_MAGIC, NM_E_VERSION,
 *          NM_E_TRUNCATED, NM_E_LENGTH, NM_E_LIMIT, NM_E_PARSE, NM_E_INFLATE, NM_E_FRAGMENT,
 *          NM_E_CRC, NM_E_NOMEM. The decoder goes on with the next container after any of them. */
NM_MUST_CHECK nm_status nm_decoder_decode(nm_decoder *d, nm_span in, const nm_arrival *arrival,
                                          const nm_container **out, nm_error *err);

/** Note a container that was decoded elsewhere (wire/unpacker.h), in its place among the others.
 *  @return NM_OK, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_decoder_note(nm_decoder *d, const nm_container *container,
                                        const nm_arrival *arrival, nm_error *err);

/** Counts so far. */
nm_decoder_counts nm_decoder_counts_get(const nm_decoder *d);

#endif
