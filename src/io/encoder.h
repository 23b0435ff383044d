/* SPDX-License-Identifier: Apache-2.0 */
/* What turns messages into the frames that a sink takes: containers, or lines of text.
 *
 *   add() until it is full; close(); next_frame() until NM_END, each frame being sent
 *
 * Where closing a container is much work, others do it: several containers may be closed before the
 * first frame of the oldest is there. */
#ifndef NM_IO_ENCODER_H
#define NM_IO_ENCODER_H

#include "io/text_line.h"
#include "io/worker_pool.h"
#include "wire/builder.h"

typedef struct nm_encoder nm_encoder;

/** The functions of an encoder. All are called by one thread at a time. "Container" stands for
 *  pieces of text, too. */
typedef struct nm_encoder_ops {
    /** As nm_builder_add(); *err is filled on errors. Also NM_E_TYPE: a type without text form. */
    nm_status (*add)(nm_encoder *encoder, const nm_payload *payload, bool *out_is_full,
                     nm_error *err);

    /** As nm_builder_add_run(), likewise. NULL: add() does as well. */
    nm_status (*add_run)(nm_encoder *encoder, const nm_payload *payloads, size_t count,
                         size_t *out_added, bool *out_is_full, nm_error *err);

    /** Add text that is ready, or a part of it. NULL: the encoder makes no text.
     *  @param count  Messages that it ends. @return NM_OK, NM_E_LIMIT, NM_E_NOMEM. */
    nm_status (*add_text)(nm_encoder *encoder, nm_span text, size_t count, bool *out_is_full);

    /** Messages in the container that is being filled. */
    size_t (*count)(const nm_encoder *encoder);

    /** Containers closed and not given away whole; before close() fewer than room(). */
    size_t (*pending)(const nm_encoder *encoder);
    size_t (*room)(const nm_encoder *encoder);

    /** Close the container, which holds a message. NM_OK; NM_E_NOMEM, NM_E_LIMIT: it is as it
     *  was. */
    nm_status (*close)(nm_encoder *encoder);

    /** The next frame of the oldest closed container; there is one.
     *  @param may_wait  Wait for the work on it, which takes some milliseconds at most.
     *  @param out       Borrowed until the next call.
     *  @return NM_OK; NM_END: it was given away whole; NM_AGAIN: the work on it is not done;
     *          NM_E_NOMEM, NM_E_LIMIT: call again. */
    nm_status (*next_frame)(nm_encoder *encoder, bool may_wait, nm_span *out);

    /** Whether another frame of the same container follows the last one. NULL: never. */
    bool (*has_more)(const nm_encoder *encoder);

    /** The output is about to be closed: add what has to stand in it even without messages. May be
     *  called again. NULL: nothing has. @return NM_OK, NM_E_LIMIT, NM_E_NOMEM. */
    nm_status (*end)(nm_encoder *encoder);

    /** As nm_builder_set_zlib(); no effect on text. */
    void (*set_zlib)(nm_encoder *encoder, bool is_on, int level);

    void (*free)(nm_encoder *encoder);
} nm_encoder_ops;

/** What all encoders begin with. */
struct nm_encoder {
    const nm_encoder_ops *ops;
};

/** Containers. @param pool  Compresses; borrowed. May be NULL. @return NULL: no memory. */
nm_encoder *nm_container_encoder_new(const nm_builder_options *options, nm_worker_pool *pool);

/** The packets in messages (capture/packets_of.h), as a capture file.
 *  @param len  Octets that are collected, about.  @return NULL: no memory. */
nm_encoder *nm_packet_encoder_new(size_t len);

/** Text. @param options  Copied. @param text_len  Octets that are collected, about.
 *  @return NULL: no memory. */
nm_encoder *nm_text_encoder_new(const nm_text_options *options, size_t text_len);

#endif
