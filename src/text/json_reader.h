/* SPDX-License-Identifier: Apache-2.0 */
/* Reading JSON (RFC 8259) piece by piece: a strict pull parser. It builds no tree, allocates
 * nothing and does not recurse; what it gives borrows from the text.
 *
 *   nm_json_reader r = nm_json_begin(text, line, err);
 *   nm_json_value key;
 *   nm_json_value v;
 *   if (nm_json_next(&r, &v) == NM_JSON_OBJECT) {
 *       while (nm_json_next_member(&r, &key, &v) == NM_JSON_KEY) {
 *           …
 *       }
 *   }
 *   is_fine = nm_json_next(&r, &v) == NM_JSON_END;
 *
 * The one thing it takes that the RFC does not allow are strings that are no UTF-8: what is not is
 * replaced where they are decoded (text/json_string.h). */
#ifndef NM_TEXT_JSON_READER_H
#define NM_TEXT_JSON_READER_H

#include "base/span.h"
#include "base/status.h"

enum { NM_JSON_DEPTH_MAX = 64 /**< How many arrays and objects may lie inside each other. */ };

/** What was read. */
typedef enum nm_json_kind {
    NM_JSON_ABSENT, /**< Nothing; never read, but what a zeroed nm_json_value says. */
    NM_JSON_NULL,
    NM_JSON_FALSE,
    NM_JSON_TRUE,
    NM_JSON_INTEGER, /**< A number without point and exponent, of any size. */
    NM_JSON_REAL,    /**< Any other number. */
    NM_JSON_STRING,
    NM_JSON_ARRAY,
    NM_JSON_OBJECT,
    NM_JSON_KEY,   /**< Name of a member, whose value comes next. */
    NM_JSON_END,   /**< Of the array or object; of the text when all of it was read. */
    NM_JSON_ERROR, /**< The text is no JSON; so is everything that is asked for from now on. */
} nm_json_kind;

/** A piece of the text. */
typedef struct nm_json_value {
    nm_json_kind kind;
    bool is_verbatim; /**< Of strings and keys: valid UTF-8 without escapes: text is what it says.
                          Of arrays: nm_json_plain_array() has read it. */
    nm_span text;     /**< Of strings and keys what is between the quotes; of an array or object the
                           bracket, or all of it (nm_json_next_whole()). */
} nm_json_value;

/** Position in a text. Its members are private. */
typedef struct nm_json_reader {
    const uint8_t *start;
    const uint8_t *pos;
    const uint8_t *end;
    uint64_t line;
    nm_error *err;
    uint64_t objects; /**< Which of the open levels are objects; the innermost is bit 0. */
    unsigned depth;   /**< Open levels. */
    unsigned expects; /**< What may come next. */
    nm_status status;
} nm_json_reader;

/** Start in front of one JSON value with white space around it if need be.
 *  @param text  Borrowed as long as the reader and what it gives are used.
 *  @param line  Number of its first line, for error sentences.
 *  @param err   Optional; written when something is NM_JSON_ERROR: NM_E_PARSE with the offset in
 *               `text` and a sentence with line, column (in octets, from 1) and what was
 *               expected. */
nm_json_reader nm_json_begin(nm_span text, uint64_t line, nm_error *err);

/** Start again at a value that was read whole from the same text. */
nm_json_reader nm_json_again(const nm_json_reader *r, const nm_json_value *value);

/** Read the next piece. In an object keys and values take turns.
 *  @param out  Written always.   @return out->kind. */
nm_json_kind nm_json_next(nm_json_reader *r, nm_json_value *out);

/** The same; but an array or object is read to its end, and out->text is all of it. */
nm_json_kind nm_json_next_whole(nm_json_reader *r, nm_json_value *out);

/** Read the next member of the innermost open object, its value whole.
 *  @return NM_JSON_KEY; NM_JSON_END, NM_JSON_ERROR: there is none, *out is undefined. */
nm_json_kind nm_json_next_member(nm_json_reader *r, nm_json_value *out_key, nm_json_value *out);

/** Go on at another place, up to which members of the innermost object were read without the reader
 *  (text/json_plain.h).
 *  @param p                 Behind a value or, if `is_value_next`, behind name and colon. */
void nm_json_go_on(nm_json_reader *r, const uint8_t *p, bool is_value_next);

/** Read up to the end of the innermost open array or object, which was not met yet.
 *  @return NM_JSON_END, NM_JSON_ERROR. */
nm_json_kind nm_json_skip(nm_json_reader *r);

/** Say that a value is not what it should be: makes everything from now on NM_JSON_ERROR.
 *  @param field     Name of the member, or NULL.
 *  @param expected  What should stand there, to follow "expected".
 *  @return NM_E_PARSE. */
nm_status nm_json_reject(nm_json_reader *r, const nm_json_value *value, const char *field,
                         const char *expected);

/** Fail for another reason than the text: nm_status_text() of `status` becomes the sentence.
 *  @param value  What was worked on.   @return `status`. */
nm_status nm_json_give_up(nm_json_reader *r, const nm_json_value *value, const char *field,
                          nm_status status);

/** True when `text` is one JSON value with nothing but white space around it.
 *  @param depth_max  Deepest nesting that is allowed, up to NM_JSON_DEPTH_MAX.
 *  @param out        The value, white space left out; written on success only. */
bool nm_json_is_value(nm_span text, unsigned depth_max, nm_json_value *out);

#endif
