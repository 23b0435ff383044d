/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of a source in their order, with the work on them done by workers in the meantime. */
#ifndef NM_IO_READ_AHEAD_H
#define NM_IO_READ_AHEAD_H

#include "io/batch.h"
#include "io/packet_decoder.h"

/** Batches between a source and its reader. */
typedef struct nm_read_ahead nm_read_ahead;

/** New one.
 *  @param source   Borrowed; nobody else calls its next() from now on.
 *  @param packets  Makes messages of what the source gives: each frame is some of them. Borrowed.
 *                  NULL: the source gives frames.
 *  @param options  Its pool has workers; borrowed, with what it points to.
 *  @return NULL: no memory. */
nm_read_ahead *nm_read_ahead_new(nm_source *source, nm_packet_decoder *packets,
                                 const nm_input_options *options);

/** Waits for workers that are at it. Accepts NULL. */
void nm_read_ahead_free(nm_read_ahead *r);

/** The next frame.
 *  @param wait    As for the source.
 *  @param filter  In use now; copied.
 *  @param out_batch, out_frame  Written on NM_OK only; borrowed until the next call. The frame may
 *                               be NULL: call again, there is none yet.
 *  @return As next() of the source. */
NM_MUST_CHECK nm_status nm_read_ahead_next(nm_read_ahead *r, const nm_wait *wait,
                                           const nm_header_filter *filter,
                                           const nm_batch **out_batch,
                                           const nm_batch_frame **out_frame, nm_error *err);

/** True when nm_read_ahead_next() has a frame at hand and need not wait for workers. */
bool nm_read_ahead_is_ready(const nm_read_ahead *r);

/** True when the source has ended, and nm_read_ahead_next() has said so. */
bool nm_read_ahead_has_ended(const nm_read_ahead *r);

#endif
