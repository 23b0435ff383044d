/* SPDX-License-Identifier: Apache-2.0 */
/* Containers in pieces: the NmsgFragment record, and putting the pieces together again
 * (docs/format.md, section 6). */
#ifndef NM_WIRE_FRAGMENT_H
#define NM_WIRE_FRAGMENT_H

#include "base/buffer.h"
#include "wire/limits.h"
#include "wire/sender.h"

enum {
    NM_FRAGMENT_MAX_AGE_SEC = 30, /**< An incomplete set is given up when older than this. */
    NM_FRAGMENT_OVERHEAD = 32,    /**< Octets of a buffer that a piece leaves to its framing. */
};

/** One piece. */
typedef struct nm_fragment {
    uint32_t id;      /**< Random, one per container. */
    uint32_t current; /**< Index of this piece, from 0. */
    uint32_t last;    /**< Index of the final piece. */
    uint32_t crc;     /**< CRC of all octets of the set, as it stands on the wire; 0 if absent. */
    bool has_crc;
    nm_span data; /**< Borrowed. */
} nm_fragment;

/** Decode the body of a container with NM_FLAG_FRAGMENT.
 *  @param out  Written on NM_OK only; borrows from `in`.  @return NM_OK, NM_E_PARSE. */
NM_MUST_CHECK nm_status nm_fragment_decode(nm_span in, nm_fragment *out, nm_error *err);

/** Append the record. @return NM_OK, NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_fragment_encode(const nm_fragment *fragment, nm_buffer *out);

/** Table of incomplete sets, bounded in number, octets and age. */
typedef struct nm_reassembler nm_reassembler;

/** New table. @param limits, allocator  Borrowed until nm_reassembler_free().
 *  @param seed  Unknown to senders, so that nobody can choose colliding keys.  NULL: no memory. */
nm_reassembler *nm_reassembler_new(const nm_limits *limits, uint64_t seed,
                                   const nm_allocator *allocator);

/** Accepts NULL. */
void nm_reassembler_free(nm_reassembler *r);

/** Add a piece. When it completes its set, the octets of the set replace what `out` holds; else
 *  its content is undefined.
 *
 *  Pieces come in any order; one that came before is ignored. A set whose announced final piece
 *  would be empty is complete without it (writers exist that count one too many), if the CRC fits.
 *  @param now_sec  Any clock of the caller's that does not run backwards; sets older than
 *                  NM_FRAGMENT_MAX_AGE_SEC are given up.
 *  @return NM_OK complete; NM_AGAIN kept, more to come; NM_E_FRAGMENT (index above the last, other
 *          last than before, no octets); NM_E_LIMIT; NM_E_CRC (set given up); NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_reassembler_add(nm_reassembler *r, const nm_fragment *fragment,
                                           const nm_sender *sender, int64_t now_sec, nm_buffer *out,
                                           nm_error *err);

/** Sets given up so far: too old, displaced by newer ones, or with a wrong CRC. */
uint64_t nm_reassembler_lost(const nm_reassembler *r);

#endif
