/* SPDX-License-Identifier: Apache-2.0 */
/* The payload of base:encode, which brings its own encoding, as JSON. */
#ifndef NM_TEXT_JSON_ENCODED_H
#define NM_TEXT_JSON_ENCODED_H

#include "base/writer.h"
#include "message/value.h"

enum { NM_JSON_ENCODED_DEPTH_MAX = 32 /**< Of JSON that is taken over as it is. */ };

/** Append {"val":…,"b64":"…"}: the payload as a value, if it can be one, and in base64.
 *
 *  The value is a string; of a message of type JSON it is the payload itself, if all of it is one
 *  JSON value of bounded depth, with spaces for line ends and U+FFFD for octets that are no UTF-8.
 *  There is no value for MSGPACK, for other JSON, for null, and for a bare number that nothing
 *  follows.
 *  @param fields   The message, whose field "type" tells the encoding.
 *  @param payload  What is encoded. */
void nm_json_encoded_write(nm_writer *w, const nm_fields *fields, nm_span payload);

#endif
