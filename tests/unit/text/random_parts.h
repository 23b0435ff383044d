/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of random messages, for tests that write text and read it back. */
#ifndef NM_TESTS_UNIT_TEXT_RANDOM_PARTS_H
#define NM_TESTS_UNIT_TEXT_RANDOM_PARTS_H

#include "base/writer.h"
#include "check.h"
#include "message/schema.h"
#include "wire/payload.h"

static uint64_t chance_state = 0x2545f4914f6cdd1d;

static inline uint64_t
bits(unsigned count)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return (chance_state * 0x9e3779b97f4a7c15) >> (64 - count);
}

/* 0 to limit - 1. */
static inline uint64_t
below(uint64_t limit)
{
    return bits(63) % limit;
}

/* Of any width, so that small and large ones come. */
static inline uint64_t
number(unsigned width)
{
    unsigned count = 1 + (unsigned)below(width);
    return bits(count);
}

static inline void
put_octets(nm_writer *w, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        nm_writer_octet(w, (uint8_t)bits(8));
    }
}

static inline void
put_name(nm_writer *w)
{
    size_t left = 254;
    for (uint64_t labels = below(6); labels > 0; labels--) {
        size_t len = 1 + (size_t)below(bits(3) == 0 ? 63 : 12);
        if (len + 1 > left) {
            break;
        }
        left -= len + 1;
        nm_writer_octet(w, (uint8_t)len);
        put_octets(w, len);
    }
    nm_writer_octet(w, 0);
}

static inline void
put_character_string(nm_writer *w)
{
    size_t len = (size_t)below(30);
    nm_writer_octet(w, (uint8_t)len);
    put_octets(w, len);
}

/* Types of records whose data is made here; the last one has no name and no form of its own. */
static const uint16_t record_types[] = {1, 2, 5, 6, 15, 16, 28, 33, 43, 48, 65280};

static inline void
put_record_data(nm_writer *w, uint16_t type)
{
    switch (type) {
    case 1:
        put_octets(w, 4);
        break;
    case 28:
        put_octets(w, 16);
        break;
    case 2:
    case 5:
        put_name(w);
        break;
    case 6:
        put_name(w);
        put_name(w);
        put_octets(w, 20);
        break;
    case 15:
        put_octets(w, 2);
        put_name(w);
        break;
    case 16:
        put_character_string(w);
        put_character_string(w);
        break;
    case 33:
        put_octets(w, 6);
        put_name(w);
        break;
    default:
        put_octets(w, 4 + (size_t)below(40));
        break;
    }
}

static inline int32_t
random_symbol(const nm_enum *symbols)
{
    return bits(2) != 0 ? symbols->values[below(symbols->count)].value : (int32_t)number(32);
}

static inline nm_payload
random_header(const nm_schema *schema, nm_span data)
{
    nm_payload payload = {
        .time_sec = (int64_t)below(253402300800), /* The years with four digits. */
        .time_nsec = (uint32_t)below(1000000000),
        .vendor = schema->vendor,
        .type = schema->type,
        .source = bits(1) == 0 ? 0 : 1 + (uint32_t)below(UINT32_MAX),
        .operator = bits(1) == 0 ? 0 : 1 + (uint32_t)below(UINT32_MAX),
        .group = bits(1) == 0 ? 0 : 1 + (uint32_t)below(UINT32_MAX),
        .has = NM_HAS_DATA,
        .data = data,
    };
    payload.has |= payload.source != 0 ? NM_HAS_SOURCE : 0;
    payload.has |= payload.operator != 0 ? NM_HAS_OPERATOR : 0;
    payload.has |= payload.group != 0 ? NM_HAS_GROUP : 0;
    return payload;
}

static inline bool
is_same_payload(const nm_payload *a, const nm_payload *b)
{
    return a->time_sec == b->time_sec && a->time_nsec == b->time_nsec && a->vendor == b->vendor &&
           a->type == b->type && a->source == b->source && a->operator == b->operator &&
           a->group == b->group && a->has == b->has && nm_span_equal(a->data, b->data);
}

#endif
