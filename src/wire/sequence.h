/* SPDX-License-Identifier: Apache-2.0 */
/* Counting the containers that a sender numbered and that never came: docs/format.md, section 7. */
#ifndef NM_WIRE_SEQUENCE_H
#define NM_WIRE_SEQUENCE_H

#include "base/allocator.h"
#include "base/status.h"
#include "wire/sender.h"

enum {
    NM_SEQUENCE_MAX_AGE_SEC = 120, /**< A sender not heard of for longer is forgotten. */
    NM_SEQUENCE_GAP_MAX = 1048576, /**< A larger gap is implausible: start afresh. */
};

/** Table of senders with the number expected next from each, bounded in number and age. */
typedef struct nm_sequence_table nm_sequence_table;

/** New table. @param max_sources  The longest unheard of makes room for a new one beyond this.
 *  @param seed  Unknown to senders. @param allocator  Borrowed. @return NULL: no memory. */
nm_sequence_table *nm_sequence_table_new(uint32_t max_sources, uint64_t seed,
                                         const nm_allocator *allocator);

/** Accepts NULL. */
void nm_sequence_table_free(nm_sequence_table *table);

/** Take note of one container.
 *  @param id, sequence  As in the container.   @param now_sec  As nm_reassembler_add().
 *  @param out_missing   Containers missing in front of this one; 0 for a new sender, a late
 *                       container and implausible gaps.
 *  @return NM_OK, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_sequence_table_note(nm_sequence_table *table, uint64_t id,
                                               uint32_t sequence, const nm_sender *sender,
                                               int64_t now_sec, uint32_t *out_missing);

#endif
