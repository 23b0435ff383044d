/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as text that goes to a file: the writers of src/text behind one function. */
#ifndef NM_IO_TEXT_LINE_H
#define NM_IO_TEXT_LINE_H

#include "base/buffer.h"
#include "io/format.h"
#include "message/alias.h"
#include "message/message.h"

/** How messages are written as text. */
typedef struct nm_text_options {
    nm_format format;   /**< Not NM_FORMAT_NMSG. */
    nm_aliases aliases; /**< Names of operators and groups; borrowed. */
    nm_span endline;    /**< Presentation: what ends a line; borrowed. */
} nm_text_options;

/** Append a message with the end of its line or record.
 *  @param scratch  Room for computed values.
 *  @param err      Optional.
 *  @return NM_OK; NM_E_TYPE: a type that the format cannot show; NM_E_PARSE, NM_E_LIMIT,
 *          NM_E_NOMEM. After a failure `to` is as it was. */
NM_MUST_CHECK nm_status nm_text_line_write(const nm_text_options *options, const nm_message *m,
                                           nm_buffer *to, nm_buffer *scratch, nm_error *err);

#endif
