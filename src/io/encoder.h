/* SPDX-License-Identifier: Apache-2.0 */
/* What turns messages into the frames that a sink takes: containers, or lines of text.
 *
 *   add() until it is full; close(); next_frame() until NM_END, each frame being sent */
#ifndef NM_IO_ENCODER_H
#define NM_IO_ENCODER_H

#include "io/format.h"
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

/** How messages are written as text. */
typedef struct nm_text_options {
    nm_format format;   /**< Not NM_FORMAT_NMSG. */
    size_t text_len;    /**< Octets that are collected, about. */
    nm_aliases aliases; /**< Names of operators and groups; borrowed. */
    nm_span endline;    /**< Presentation: what ends a line; borrowed. */
} nm_text_options;

/** Text. @param options  Copied. @return NULL: no memory. */
nm_encoder *nm_text_encoder_new(const nm_text_options *options);

#endif
