/* SPDX-License-Identifier: Apache-2.0 */
/* Protobuf primitives: varints, tags and the fields of one message, both ways.
 * Source: the Protocol Buffers encoding guide; proto2 rules as docs/format.md, section 2. */
#ifndef NM_WIRE_PROTOBUF_H
#define NM_WIRE_PROTOBUF_H

#include "base/cursor.h"
#include "base/word.h"

/** How the octets behind a tag are to be read. */
typedef enum nm_wire_type {
    NM_WIRE_VARINT = 0,
    NM_WIRE_FIXED64 = 1,
    NM_WIRE_BYTES = 2,
    NM_WIRE_FIXED32 = 5,
} nm_wire_type;

enum { NM_VARINT_MAX = 10 /**< Octets of the longest varint. */ };

/** One field as read: number, wire type and value. */
typedef struct nm_pb_field {
    uint32_t number; /**< 1 to 2^29 - 1. */
    nm_wire_type wire_type;
    uint64_t value; /**< Of the three numeric wire types. */
    nm_span bytes;  /**< Of NM_WIRE_BYTES; borrowed from the input. */
} nm_pb_field;

/** Read a varint octet by octet. Takes no cursor, so that those of its callers stay in registers.
 *  @return the octet behind it; NULL when it is malformed. */
const uint8_t *nm_pb_varint_take(const uint8_t *pos, const uint8_t *end, uint64_t *out);

/** The value of a varint of up to eight octets.
 *  @param word  Its octets and any behind them.   @param last  The top bit of the last one. */
static inline uint64_t
nm_pb_varint_join(uint64_t word, uint64_t last)
{
    word &= last ^ (last - 1); /* Nothing behind the last octet. */
    word = (word & 0x007f007f007f007f) | (word & 0x7f007f007f007f00) >> 1;
    word = (word & 0x00003fff00003fff) | (word & 0x3fff00003fff0000) >> 2;
    return (word & 0x0fffffff) | (word & 0x0fffffff00000000) >> 4;
}

/** The next varint; more than ten octets are a failure, bits above 64 are dropped. */
static inline uint64_t
nm_pb_varint(nm_cursor *c)
{
    if (c->pos < c->end && *c->pos < 0x80) {
        return *c->pos++;
    }
    if (nm_cursor_left(c) >= NM_WORD_LEN) {
        uint64_t word = nm_word_load(c->pos);
        uint64_t last = ~word & NM_WORD_OF(0x80);
        if (last != 0) {
            c->pos += nm_word_first(last) + 1;
            return nm_pb_varint_join(word, last);
        }
    }
    uint64_t value;
    const uint8_t *behind = nm_pb_varint_take(c->pos, c->end, &value);
    if (behind == NULL) {
        nm_cursor_fail(c);
        return 0;
    }
    c->pos = behind;
    return value;
}

/** The varint at `offset`, of which it is known that it is whole. */
static inline uint64_t
nm_pb_varint_at(nm_span in, size_t offset)
{
    const uint8_t *p = in.data + offset;
    if (*p < 0x80) {
        return *p;
    }
    if (in.len - offset >= NM_WORD_LEN) {
        uint64_t word = nm_word_load(p);
        uint64_t last = ~word & NM_WORD_OF(0x80);
        if (last != 0) {
            return nm_pb_varint_join(word, last);
        }
    }
    uint64_t value = 0;
    (void)nm_pb_varint_take(p, in.data + in.len, &value);
    return value;
}

/** Pass over a varint. */
static inline void
nm_pb_skip_varint(nm_cursor *c)
{
    if (nm_cursor_left(c) >= NM_WORD_LEN) {
        uint64_t last = ~nm_word_load(c->pos) & NM_WORD_OF(0x80);
        if (last != 0) {
            c->pos += nm_word_first(last) + 1;
            return;
        }
    }
    (void)nm_pb_varint(c);
}

/** Read a tag. @return false when it is malformed: the cursor has failed. */
static inline bool
nm_pb_tag(nm_cursor *c, uint32_t *out_number, nm_wire_type *out_wire_type)
{
    uint64_t tag = nm_pb_varint(c);
    *out_number = (uint32_t)(tag >> 3);
    *out_wire_type = (nm_wire_type)(tag & 7);
    if (tag > UINT32_MAX || *out_number == 0) {
        nm_cursor_fail(c);
    }
    return !c->has_failed;
}

/** Pass over the value behind a tag. */
static inline void
nm_pb_skip(nm_cursor *c, nm_wire_type wire_type)
{
    switch (wire_type) {
    case NM_WIRE_VARINT:
        nm_pb_skip_varint(c);
        break;
    case NM_WIRE_BYTES:
        (void)nm_cursor_take(c, nm_pb_varint(c));
        break;
    case NM_WIRE_FIXED32:
        (void)nm_cursor_take(c, 4);
        break;
    case NM_WIRE_FIXED64:
        (void)nm_cursor_take(c, 8);
        break;
    default:
        nm_cursor_fail(c);
    }
}

/** Read the next field. Callers loop while nm_cursor_left() is not 0.
 *  @return false at anything malformed: the cursor has failed and *out is undefined. */
static inline bool
nm_pb_next(nm_cursor *c, nm_pb_field *out)
{
    if (!nm_pb_tag(c, &out->number, &out->wire_type)) {
        return false;
    }
    out->value = 0;
    out->bytes = (nm_span){.data = NULL, .len = 0};
    switch (out->wire_type) {
    case NM_WIRE_VARINT:
        out->value = nm_pb_varint(c);
        break;
    case NM_WIRE_BYTES:
        out->bytes = nm_cursor_take(c, nm_pb_varint(c));
        break;
    case NM_WIRE_FIXED32:
        out->value = nm_cursor_le32(c);
        break;
    case NM_WIRE_FIXED64:
        out->value = nm_cursor_le64(c);
        break;
    default:
        nm_cursor_fail(c);
    }
    return !c->has_failed;
}

/** Octets that `value` takes as a varint, 1 to 10. */
static inline size_t
nm_pb_varint_len(uint64_t value)
{
    return (size_t)((63 - __builtin_clzll(value | 1)) * 9 + 73) / 64;
}

/** Write `value` as a varint at `out` (room for nm_pb_varint_len()); gives the octet behind it. */
static inline uint8_t *
nm_pb_put_varint(uint8_t *out, uint64_t value)
{
    while (value >= 0x80) {
        *out++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *out++ = (uint8_t)value;
    return out;
}

/** Write a tag; gives the octet behind it. */
static inline uint8_t *
nm_pb_put_tag(uint8_t *out, uint32_t number, nm_wire_type wire_type)
{
    return nm_pb_put_varint(out, (uint64_t)number << 3 | (unsigned)wire_type);
}

/** Write four octets, little-endian; gives the octet behind them. */
static inline uint8_t *
nm_pb_put_fixed32(uint8_t *out, uint32_t value)
{
    for (int shift = 0; shift < 32; shift += 8) {
        *out++ = (uint8_t)(value >> shift);
    }
    return out;
}

/** Write eight octets, little-endian; gives the octet behind them. */
static inline uint8_t *
nm_pb_put_fixed64(uint8_t *out, uint64_t value)
{
    return nm_pb_put_fixed32(nm_pb_put_fixed32(out, (uint32_t)value), (uint32_t)(value >> 32));
}

#endif
