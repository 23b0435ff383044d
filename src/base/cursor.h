/* SPDX-License-Identifier: Apache-2.0 */
/* Reading octets one after the other with all bounds checks in one place.
 *
 * The error is sticky: after the first read beyond the end `has_failed` is set, every further read
 * gives zeros and moves nothing, so a parser reads straight down the page and checks once. */
#ifndef NM_BASE_CURSOR_H
#define NM_BASE_CURSOR_H

#include "base/span.h"

/** Position in borrowed octets. */
typedef struct nm_cursor {
    const uint8_t *start;
    const uint8_t *pos;
    const uint8_t *end;
    bool has_failed;
} nm_cursor;

/** Cursor at the first octet of `in`, which is borrowed as long as the cursor is used. */
static inline nm_cursor
nm_cursor_init(nm_span in)
{
    static const uint8_t nothing[1] = {0};
    const uint8_t *start = in.data != NULL ? in.data : nothing;
    return (nm_cursor){.start = start,
                       .pos = start,
                       .end = start + (in.data != NULL ? in.len : 0),
                       .has_failed = false};
}

/** Octets not read yet. */
static inline size_t
nm_cursor_left(const nm_cursor *c)
{
    return (size_t)(c->end - c->pos);
}

/** Octets read so far. */
static inline size_t
nm_cursor_offset(const nm_cursor *c)
{
    return (size_t)(c->pos - c->start);
}

/** Remember a failure; everything read from now on is zero. */
static inline void
nm_cursor_fail(nm_cursor *c)
{
    c->has_failed = true;
    c->pos = c->end;
}

/** The next `len` octets, borrowed; an empty span after a failure. */
static inline nm_span
nm_cursor_take(nm_cursor *c, uint64_t len)
{
    if (len > nm_cursor_left(c)) {
        nm_cursor_fail(c);
        return (nm_span){.data = c->end, .len = 0};
    }
    nm_span taken = {.data = c->pos, .len = (size_t)len};
    c->pos += len;
    return taken;
}

/** The next octet. */
static inline uint8_t
nm_cursor_u8(nm_cursor *c)
{
    if (c->pos == c->end) {
        c->has_failed = true;
        return 0;
    }
    return *c->pos++;
}

/** The next two octets, big-endian. */
static inline uint16_t
nm_cursor_be16(nm_cursor *c)
{
    nm_span s = nm_cursor_take(c, 2);
    return s.len == 2 ? (uint16_t)(s.data[0] << 8 | s.data[1]) : 0;
}

/** The next four octets, big-endian. */
static inline uint32_t
nm_cursor_be32(nm_cursor *c)
{
    nm_span s = nm_cursor_take(c, 4);
    return s.len == 4 ? (uint32_t)s.data[0] << 24 | (uint32_t)s.data[1] << 16 |
                            (uint32_t)s.data[2] << 8 | s.data[3]
                      : 0;
}

/** The next four octets, little-endian. */
static inline uint32_t
nm_cursor_le32(nm_cursor *c)
{
    nm_span s = nm_cursor_take(c, 4);
    return s.len == 4 ? (uint32_t)s.data[3] << 24 | (uint32_t)s.data[2] << 16 |
                            (uint32_t)s.data[1] << 8 | s.data[0]
                      : 0;
}

/** The next eight octets, little-endian. */
static inline uint64_t
nm_cursor_le64(nm_cursor *c)
{
    uint64_t low = nm_cursor_le32(c);
    return low | (uint64_t)nm_cursor_le32(c) << 32;
}

#endif
