/* SPDX-License-Identifier: Apache-2.0 */
/* Messages from containers that the program has in its memory. */
#ifndef NM_IO_NULL_INPUT_H
#define NM_IO_NULL_INPUT_H

#include "message/message.h"
#include "wire/limits.h"

/** A decoder of containers, one at a time; keeps fragments in between. */
typedef struct nm_null_input nm_null_input;

/** New one. @param limits  Copied. @return NM_OK, NM_E_NOMEM, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_null_input_open(const nm_limits *limits, nm_null_input **out,
                                           nm_error *err);

/** Accepts NULL. */
void nm_null_input_free(nm_null_input *in);

/** Decode one version 2 container, header included.
 *  @param octets   Borrowed until the messages were taken.
 *  @param now_sec  For the age of fragments; should not run backwards.
 *  @return NM_OK: take its messages, if there are any (none for a fragment of an incomplete set);
 *          errors as nm_decoder_decode(). */
NM_MUST_CHECK nm_status nm_null_input_decode(nm_null_input *in, nm_span octets, int64_t now_sec,
                                             nm_error *err);

/** The next good message of the container. Those with wrong CRC or undecodable are skipped.
 *  @param out  Borrowed until the next call. @return NM_OK, NM_END. */
NM_MUST_CHECK nm_status nm_null_input_take(nm_null_input *in, const nm_message **out);

#endif
