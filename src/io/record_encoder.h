/* SPDX-License-Identifier: Apache-2.0 */
/* An encoder that makes a record of every message, with a key if one is wanted, for transports that
 * send messages one by one. A frame holds many of them, one behind the other. */
#ifndef NM_IO_RECORD_ENCODER_H
#define NM_IO_RECORD_ENCODER_H

#include "io/encoder.h"

/** How records are made. */
typedef struct nm_record_options {
    bool is_json;       /**< The value is a JSON object, else a payload record (wire/payload.h). */
    nm_aliases aliases; /**< JSON: names of operators and groups; borrowed. */
    const char *key;    /**< Name of the field that gives the key; copied. NULL: there is none. */
} nm_record_options;

/** A record in a frame. */
typedef struct nm_record {
    nm_span key;
    nm_span value;
} nm_record;

/** New one. A message whose type has no such field is refused with NM_E_TYPE.
 *  @return NULL: no memory. */
nm_encoder *nm_record_encoder_new(const nm_record_options *options);

/** The record at `offset` of a frame that the encoder made.
 *  @return the offset of what follows it. */
size_t nm_record_at(nm_span frame, size_t offset, nm_record *out);

#endif
