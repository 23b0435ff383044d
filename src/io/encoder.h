/* SPDX-License-Identifier: Apache-2.0 */
/* What turns messages into the frames that a sink takes: containers, or lines of text.
 *
 *   add() until it is full; close(); next_frame() until NM_END, each frame being sent */
#ifndef NM_IO_ENCODER_H
#define NM_IO_ENCODER_H

#include "message/alias.h"
#include "wire/builder.h"

typedef struct nm_encoder nm_encoder;

/** The functions of an encoder. All are called by one thread at a time. */
typedef struct nm_encoder_ops {
    /** As nm_builder_add(); *err is filled on errors. Also NM_E_TYPE: a type without text form. */
    nm_status (*add)(nm_encoder *encoder, const nm_payload *payload, bool *out_is_full,
                     nm_error *err);
    size_t (*count)(const nm_encoder *encoder);                 /**< nm_builder_count() */
    nm_status (*close)(nm_encoder *encoder);                    /**< nm_builder_close() */
    nm_status (*next_frame)(nm_encoder *encoder, nm_span *out); /**< nm_builder_next_frame() */
    nm_status (*set_zlib)(nm_encoder *encoder, bool is_on, int level); /**< Text: no effect. */
    void (*free)(nm_encoder *encoder);
} nm_encoder_ops;

/** What all encoders begin with. */
struct nm_encoder {
    const nm_encoder_ops *ops;
};

/** Containers. @return NULL: no memory. */
nm_encoder *nm_container_encoder_new(const nm_builder_options *options);

/** One JSON object per line.
 *  @param text_len  Octets of text that are collected, about.
 *  @param aliases   Copied; the tables are borrowed.
 *  @return NULL: no memory. */
nm_encoder *nm_json_encoder_new(size_t text_len, const nm_aliases *aliases);

#endif
