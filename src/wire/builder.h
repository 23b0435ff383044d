/* SPDX-License-Identifier: Apache-2.0 */
/* Filling containers and cutting them into what a transport sends (docs/format.md, 5 and 6).
 *
 *   while there are payloads:
 *       nm_builder_add()        NM_FULL: close, send all frames, add again
 *   nm_builder_close()
 *   while nm_builder_next_frame() gives NM_OK: send the frame
 *
 * or nm_builder_take() and what wire/parcel.h says, where that is somebody else's work.
 *
 * The rules by which a container is full are those of every other writer of the format, so files
 * come out the same to the octet. */
#ifndef NM_WIRE_BUILDER_H
#define NM_WIRE_BUILDER_H

#include "wire/parcel.h"
#include "wire/payload.h"

enum {
    NM_BUILDER_LEN_MIN = 512,     /**< Smallest target size of a container. */
    NM_BUILDER_LEN_MAX = 1048576, /**< Largest target size of a container, and that of files. */
};

/** How containers are built. */
typedef struct nm_builder_options {
    size_t container_len;   /**< Target size; outside the two bounds above: the nearer bound. */
    bool may_fragment;      /**< Cut containers that are larger; else send them whole. */
    bool has_sequence;      /**< Number the containers. */
    uint64_t sequence_id;   /**< Random; with has_sequence. */
    uint64_t fragment_seed; /**< Random; the ids of fragmented containers follow from it. */
} nm_builder_options;

/** A container being filled. Not for use by two threads at a time. */
typedef struct nm_builder nm_builder;

/** New, empty. @param allocator  Borrowed. @return NULL: no memory. Free with nm_builder_free(). */
nm_builder *nm_builder_new(const nm_builder_options *options, const nm_allocator *allocator);

/** Accepts NULL; what was not sent is lost. */
void nm_builder_free(nm_builder *b);

/** Compress the containers closed from now on, or not. @param level  As nm_deflater_new(). */
void nm_builder_set_zlib(nm_builder *b, bool is_on, int level);

/** Add a payload to the container. Its octets are copied.
 *  @param out_is_full  Written on NM_OK: the container must be closed and sent now, because the
 *                      payload alone is larger than the target size.
 *  @return NM_OK; NM_FULL: not added, the container has to be closed and sent first; NM_E_LIMIT
 *          (4 GiB); NM_E_NOMEM. Nothing was added unless NM_OK. */
NM_MUST_CHECK nm_status nm_builder_add(nm_builder *b, const nm_payload *payload, bool *out_is_full);

/** Add payloads, one behind the other, until the container has to be closed.
 *  @param out_added    How many were added, also on failure.
 *  @param out_is_full  The container must be closed and sent before others are added.
 *  @return NM_OK; NM_E_LIMIT, NM_E_NOMEM: as nm_builder_add(), of the one behind those added. */
NM_MUST_CHECK nm_status nm_builder_add_run(nm_builder *b, const nm_payload *payloads, size_t count,
                                           size_t *out_added, bool *out_is_full);

/** Payloads in the container that is being filled. */
size_t nm_builder_count(const nm_builder *b);

/** Close the container, if it holds a payload, and go on with an empty one.
 *  @param out  An empty parcel; it has the same allocator as the builder.
 *  @return NM_OK (the parcel is empty if there was no payload), NM_E_NOMEM, NM_E_LIMIT: container
 *          and parcel are as they were. */
NM_MUST_CHECK nm_status nm_builder_take(nm_builder *b, nm_parcel *out);

/** Close the container into a parcel of the builder's own, and seal that. Must not be called before
 *  the frames of the one before were all taken.
 *  @return NM_OK, NM_E_NOMEM, NM_E_LIMIT: call again. */
NM_MUST_CHECK nm_status nm_builder_close(nm_builder *b);

/** As nm_parcel_next_frame(), of the container that was closed.
 *  @return NM_OK; NM_END: none left, or none was closed; NM_E_NOMEM (call again). */
NM_MUST_CHECK nm_status nm_builder_next_frame(nm_builder *b, nm_span *out);

#endif
