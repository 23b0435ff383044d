/* SPDX-License-Identifier: Apache-2.0 */
/* Octets for tests, put together by hand: an encoder of the tests' own, so that the encoders and
 * decoders under test are not checked against themselves. */
#ifndef NM_TESTS_UNIT_OCTETS_H
#define NM_TESTS_UNIT_OCTETS_H

#include <stdlib.h>

#include "base/span.h"

/** Growing octets; start with {0}, end with octets_free(). Without memory the test ends. */
typedef struct octets {
    uint8_t *data;
    size_t len;
    size_t cap;
} octets;

static inline void
octets_free(octets *o)
{
    free(o->data);
    *o = (octets){.data = NULL};
}

static inline nm_span
octets_span(const octets *o)
{
    return nm_span_of(o->data, o->len);
}

/** Room for `len` more octets, all zero: compilers cannot see that they are filled. */
static inline uint8_t *
octets_extend(octets *o, size_t len)
{
    if (o->cap - o->len < len) {
        o->cap = (o->cap + len) * 2 + 64;
        uint8_t *grown = realloc(o->data, o->cap);
        if (grown == NULL) {
            abort();
        }
        memset(grown + o->len, 0, o->cap - o->len);
        o->data = grown;
    }
    o->len += len;
    return o->data + o->len - len;
}

static inline void
octets_put(octets *o, const void *data, size_t len)
{
    if (len > 0) {
        memcpy(octets_extend(o, len), data, len);
    }
}

static inline void
octets_put_span(octets *o, nm_span in)
{
    octets_put(o, in.data, in.len);
}

static inline void
octets_u8(octets *o, unsigned value)
{
    *octets_extend(o, 1) = (uint8_t)value;
}

/** `count` times the same octet. */
static inline void
octets_fill(octets *o, unsigned value, size_t count)
{
    if (count > 0) {
        memset(octets_extend(o, count), (int)value, count);
    }
}

/** `count` octets that do not compress. */
static inline void
octets_noise(octets *o, uint64_t seed, size_t count)
{
    uint64_t x = seed * 2 + 0x9e3779b97f4a7c15U;
    for (size_t i = 0; i < count; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        octets_u8(o, (unsigned)(x >> 32) & 0xff);
    }
}

static inline void
octets_be(octets *o, uint64_t value, unsigned len)
{
    while (len-- > 0) {
        octets_u8(o, (unsigned)(value >> 8 * len) & 0xff);
    }
}

static inline void
octets_le(octets *o, uint64_t value, unsigned len)
{
    for (unsigned i = 0; i < len; i++) {
        octets_u8(o, (unsigned)(value >> 8 * i) & 0xff);
    }
}

static inline void
octets_varint(octets *o, uint64_t value)
{
    for (; value > 127; value /= 128) {
        octets_u8(o, (unsigned)(value % 128) + 128);
    }
    octets_u8(o, (unsigned)value);
}

/** Field of wire type 0. */
static inline void
octets_number(octets *o, uint32_t field, uint64_t value)
{
    octets_varint(o, (uint64_t)field * 8);
    octets_varint(o, value);
}

/** Field of wire type 5. */
static inline void
octets_fixed32(octets *o, uint32_t field, uint32_t value)
{
    octets_varint(o, (uint64_t)field * 8 + 5);
    octets_le(o, value, 4);
}

/** Field of wire type 1. */
static inline void
octets_fixed64(octets *o, uint32_t field, uint64_t value)
{
    octets_varint(o, (uint64_t)field * 8 + 1);
    octets_le(o, value, 8);
}

/** Field of wire type 2. */
static inline void
octets_bytes(octets *o, uint32_t field, nm_span value)
{
    octets_varint(o, (uint64_t)field * 8 + 2);
    octets_varint(o, value.len);
    octets_put_span(o, value);
}

static inline void
octets_text(octets *o, uint32_t field, const char *value)
{
    octets_bytes(o, field, nm_span_of(value, strlen(value)));
}

/** Piece `index` of `whole` cut to `piece_len`. */
static inline nm_span
octets_piece(nm_span whole, size_t piece_len, size_t index)
{
    size_t start = index * piece_len;
    if (whole.data == NULL || start >= whole.len) {
        abort(); /* A test asks for what is not there. */
    }
    size_t left = whole.len - start;
    return nm_span_of(whole.data + start, left < piece_len ? left : piece_len);
}

/** A version 2 container around a body. */
static inline void
octets_container(octets *o, unsigned flags, nm_span body)
{
    octets_put(o, "NMSG", 4);
    octets_u8(o, flags);
    octets_u8(o, 2);
    octets_be(o, body.len, 4);
    octets_put_span(o, body);
}

#endif
