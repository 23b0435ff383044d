/* SPDX-License-Identifier: Apache-2.0 */
/* Protobuf primitives: varints, tags and the fields of one message, both ways.
 * Source: the Protocol Buffers encoding guide; proto2 rules as docs/format.md, section 2. */
#ifndef NM_WIRE_PROTOBUF_H
#define NM_WIRE_PROTOBUF_H

#include "base/cursor.h"

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

/** The next varint; more than ten octets are a failure, bits above 64 are dropped. */
static inline uint64_t
nm_pb_varint(nm_cursor *c)
{
    if (c->pos < c->end && *c->pos < 0x80) {
        return *c->pos++;
    }
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t octet = nm_cursor_u8(c);
        value |= (uint64_t)(octet & 0x7f) << (shift & 63);
        if (octet < 0x80) {
            return c->has_failed ? 0 : value;
        }
    }
    nm_cursor_fail(c);
    return 0;
}

/** Read the next field. Callers loop while nm_cursor_left() is not 0.
 *  @return false at anything malformed: the cursor has failed and *out is undefined. */
static inline bool
nm_pb_next(nm_cursor *c, nm_pb_field *out)
{
    uint64_t tag = nm_pb_varint(c);
    out->number = (uint32_t)(tag >> 3);
    out->wire_type = (nm_wire_type)(tag & 7);
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
    if (tag > UINT32_MAX || out->number == 0) {
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
