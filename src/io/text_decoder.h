/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of text to messages.
 *
 *   next() gives NM_AGAIN: feed() the next line, or finish() when there is none, and go on */
#ifndef NM_IO_TEXT_DECODER_H
#define NM_IO_TEXT_DECODER_H

#include "io/input.h"
#include "io/source.h"
#include "wire/container.h"

/** A reader of one of the text formats. */
typedef struct nm_text_decoder nm_text_decoder;

/** New one. @param options  Copied; what it points to is borrowed. @return NULL: no memory. */
nm_text_decoder *nm_text_decoder_new(const nm_input_options *options);

/** Accepts NULL. */
void nm_text_decoder_free(nm_text_decoder *d);

/** Hand over a line. Its octets are borrowed until next() gives NM_AGAIN. */
void nm_text_decoder_feed(nm_text_decoder *d, const nm_frame *line);

/** There are no more lines. */
void nm_text_decoder_finish(nm_text_decoder *d);

/** The next message of the lines fed.
 *  @param out  A container with one payload; written on NM_OK only, borrowed until the next call.
 *  @param err  Optional; its offset is in the input.
 *  @return NM_OK; NM_AGAIN; NM_END: finished; NM_E_PARSE, NM_E_LIMIT: something bad was skipped;
 *          NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_text_decoder_next(nm_text_decoder *d, const nm_container **out,
                                             nm_error *err);

#endif
