/* SPDX-License-Identifier: Apache-2.0 */
/* A container that was filled, on its way to the frames that a transport takes.
 *
 *   nm_builder_take()           from the builder, which goes on with the next container
 *   nm_parcel_seal()            compress; pure work, by any thread
 *   nm_parcel_next_frame()      until NM_END */
#ifndef NM_WIRE_PARCEL_H
#define NM_WIRE_PARCEL_H

#include "wire/fragment.h"
#include "wire/zblock.h"

/** A closed container. Zeroed or set by nm_parcel_init(); used again and again. */
typedef struct nm_parcel {
    nm_buffer body;        /**< Behind room for a header. Empty: there is nothing in the parcel. */
    bool is_compressed;    /**< The frames are to be compressed; */
    int zlevel;            /**< as nm_deflater_new(). */
    size_t piece_len;      /**< Octets of the body in a fragment; 0: not to be cut. */
    uint32_t fragment_id;  /**< Of the fragments, if there are any. */
    bool is_sealed;        /**< The rest is set. */
    nm_buffer zblock;      /**< Compressed body, behind room for a header. */
    nm_buffer frame;       /**< One fragment. */
    nm_deflater *deflater; /**< For `deflater_level`; NULL until it is needed. */
    int deflater_level;
    nm_span pending; /**< Not taken yet: a frame, or the octets to cut. */
    unsigned flags;
    nm_fragment next_fragment;
    bool is_fragmented;
} nm_parcel;

/** Empty parcel in the caller's storage. @param allocator  Borrowed until nm_parcel_clear(). */
void nm_parcel_init(nm_parcel *p, const nm_allocator *allocator);

/** Give the memory back. Accepts a zeroed struct. */
void nm_parcel_clear(nm_parcel *p);

/** Compress, and get ready to give frames; once more does nothing.
 *  @return NM_OK, NM_E_NOMEM, NM_E_LIMIT; after a failure the parcel is as it was. */
NM_MUST_CHECK nm_status nm_parcel_seal(nm_parcel *p);

/** The next frame of a sealed parcel: a container with its header, whole or a fragment.
 *  @param out  Borrowed until the next call.
 *  @return NM_OK; NM_END: there are no more, and the parcel is empty; NM_E_NOMEM (call again). */
NM_MUST_CHECK nm_status nm_parcel_next_frame(nm_parcel *p, nm_span *out);

/** Whether the next call of nm_parcel_next_frame() gives another. */
bool nm_parcel_has_more(const nm_parcel *p);

#endif
