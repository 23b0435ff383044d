/* SPDX-License-Identifier: Apache-2.0 */
/* Appending text and octets to a buffer with all checks for room in one place.
 *
 * The error is sticky, as a cursor's is: after the first failure every further call does nothing,
 * so a formatter writes straight down the page and checks once.
 *
 *   nm_writer w = nm_writer_begin(&buffer);
 *   nm_writer_literal(&w, "id: ");
 *   nm_writer_u64(&w, id);
 *   return nm_writer_end(&w);
 */
#ifndef NM_BASE_WRITER_H
#define NM_BASE_WRITER_H

#include "base/buffer.h"
#include "base/number.h"

/** A place behind the octets of a buffer, which must not be used otherwise until the end. */
typedef struct nm_writer {
    uint8_t *pos; /**< Where the next octet goes. */
    uint8_t *end; /**< Of the room at hand; equal to `pos` after a failure. */
    nm_buffer *buffer;
    nm_status status; /**< NM_OK, NM_E_LIMIT or NM_E_NOMEM. */
} nm_writer;

/** Start behind what the buffer holds. */
nm_writer nm_writer_begin(nm_buffer *buffer);

/** Hand what was written over to the buffer, which after a failure holds what it held before.
 *  @return NM_OK, NM_E_LIMIT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_writer_end(nm_writer *w);

/** Remember a failure; nothing is written from now on. */
void nm_writer_fail(nm_writer *w, nm_status status);

/** Octets written since the beginning; 0 after a failure. */
static inline size_t
nm_writer_len(const nm_writer *w)
{
    if (w->status != NM_OK || w->buffer->data == NULL) {
        return 0;
    }
    return (size_t)(w->pos - w->buffer->data) - w->buffer->len;
}

/** Take back the last octets, down to `len` of them since the beginning. */
void nm_writer_cut(nm_writer *w, size_t len);

/** What nm_writer_room() calls when there is too little at hand. */
uint8_t *nm_writer_grow(nm_writer *w, size_t len);

/** Room for `len` octets to be filled directly, followed by nm_writer_advance() or
 *  nm_writer_advance_to().
 *  @return NULL after a failure. */
static inline uint8_t *
nm_writer_room(nm_writer *w, size_t len)
{
    /* Not even none, once there is a failure. */
    return (size_t)(w->end - w->pos) > len ? w->pos : nm_writer_grow(w, len);
}

/** `len` octets of the room were filled. */
static inline void
nm_writer_advance(nm_writer *w, size_t len)
{
    w->pos += len;
}

/** The room was filled up to `to`. */
static inline void
nm_writer_advance_to(nm_writer *w, uint8_t *to)
{
    w->pos = to;
}

/* -- into room at hand: each gives the place behind what it put -- */

/** Put octets. @param len  May be 0. */
static inline uint8_t *
nm_put(uint8_t *to, const void *data, size_t len)
{
    memcpy(to, data, len);
    return to + len;
}

/** Put a string constant. */
#define nm_put_literal(to, text) nm_put((to), "" text "", sizeof(text) - 1)

/** Put an integer in decimal: room for NM_NUMBER_TEXT_MAX. */
static inline uint8_t *
nm_put_u64(uint8_t *to, uint64_t value)
{
    return to + nm_number_format_u64(value, (char *)to);
}

/** Put an octet as two hexadecimal digits, lower case. */
static inline uint8_t *
nm_put_hex(uint8_t *to, uint8_t octet)
{
    static const char digits[] = "0123456789abcdef";
    to[0] = (uint8_t)digits[octet >> 4];
    to[1] = (uint8_t)digits[octet & 15];
    return to + 2;
}

/** Put an integer in decimal, with a sign where it is negative. */
static inline uint8_t *
nm_put_i64(uint8_t *to, int64_t value)
{
    return to + nm_number_format_i64(value, (char *)to);
}

/* -- appending -- */

/** Append octets. */
static inline void
nm_writer_put(nm_writer *w, const void *data, size_t len)
{
    uint8_t *to = len > 0 ? nm_writer_room(w, len) : NULL;
    if (to != NULL) {
        memcpy(to, data, len);
        w->pos += len;
    }
}

/** Append the octets of a span. */
static inline void
nm_writer_span(nm_writer *w, nm_span in)
{
    nm_writer_put(w, in.data, in.len);
}

/** Append a string constant. */
#define nm_writer_literal(w, text) nm_writer_put((w), "" text "", sizeof(text) - 1)

/** Append a NUL-terminated string without its NUL. */
static inline void
nm_writer_text(nm_writer *w, const char *text)
{
    nm_writer_put(w, text, strlen(text));
}

/** Append one octet. */
static inline void
nm_writer_octet(nm_writer *w, uint8_t octet)
{
    uint8_t *to = nm_writer_room(w, 1);
    if (to != NULL) {
        *to = octet;
        w->pos++;
    }
}

/** Append an integer in decimal. */
static inline void
nm_writer_u64(nm_writer *w, uint64_t value)
{
    uint8_t *to = nm_writer_room(w, NM_NUMBER_TEXT_MAX);
    if (to != NULL) {
        w->pos += nm_number_format_u64(value, (char *)to);
    }
}

/** The same with a sign where it is negative. */
static inline void
nm_writer_i64(nm_writer *w, int64_t value)
{
    uint8_t *to = nm_writer_room(w, NM_NUMBER_TEXT_MAX);
    if (to != NULL) {
        w->pos += nm_number_format_i64(value, (char *)to);
    }
}

/** Append an octet as two hexadecimal digits, lower case. */
static inline void
nm_writer_hex(nm_writer *w, uint8_t octet)
{
    uint8_t *to = nm_writer_room(w, 2);
    if (to != NULL) {
        w->pos = nm_put_hex(to, octet);
    }
}

#endif
