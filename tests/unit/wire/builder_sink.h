/* SPDX-License-Identifier: Apache-2.0 */
/* A builder, used as it is meant to be, and all the frames that came out of it. */
#ifndef NM_TESTS_UNIT_WIRE_BUILDER_SINK_H
#define NM_TESTS_UNIT_WIRE_BUILDER_SINK_H

#include "check.h"
#include "octets.h"
#include "wire/builder.h"
#include "wire/fragment.h"
#include "wire/header.h"

/* What came out of a builder: the frames one behind the other, each with its length in front. */
typedef struct sink {
    nm_builder *builder;
    octets frames;
    size_t frame_count;
} sink;

static inline sink
sink_new(const nm_builder_options *options)
{
    return (sink){.builder = nm_builder_new(options, &nm_allocator_heap)};
}

static inline void
sink_free(sink *s)
{
    nm_builder_free(s->builder);
    octets_free(&s->frames);
}

static inline void
sink_close(sink *s)
{
    nm_span frame;
    nm_status status;
    CHECK_EQ(nm_builder_close(s->builder), NM_OK);
    while ((status = nm_builder_next_frame(s->builder, &frame)) == NM_OK) {
        octets_be(&s->frames, frame.len, 8);
        octets_put_span(&s->frames, frame);
        s->frame_count++;
    }
    CHECK_EQ(status, NM_END);
    CHECK_EQ(nm_builder_count(s->builder), 0);
}

static inline void
sink_add(sink *s, const nm_payload *payload)
{
    bool is_full = false;
    nm_status status = nm_builder_add(s->builder, payload, &is_full);
    if (status == NM_FULL) {
        sink_close(s);
        status = nm_builder_add(s->builder, payload, &is_full);
    }
    CHECK_EQ(status, NM_OK);
    if (is_full) {
        sink_close(s);
    }
}

/* The next frame from `offset` on; an empty span behind the last. */
static inline nm_span
sink_next(const sink *s, size_t *offset)
{
    if (*offset == s->frames.len) {
        return nm_span_of(NULL, 0);
    }
    size_t len = 0;
    for (size_t i = 0; i < 8; i++) {
        len = len << 8 | s->frames.data[*offset + i];
    }
    nm_span frame = nm_span_of(s->frames.data + *offset + 8, len);
    *offset += 8 + len;
    return frame;
}

static inline nm_header
header_of(nm_span frame)
{
    nm_header header = {.version = 0};
    CHECK_EQ(nm_header_decode(frame, &header, NULL), NM_OK);
    CHECK_EQ(header.header_len + header.body_len, frame.len);
    CHECK_EQ(header.version, 2);
    return header;
}

static inline nm_fragment
fragment_of(nm_span frame)
{
    nm_fragment fragment = {.id = 0};
    CHECK_EQ(nm_fragment_decode(nm_span_of(frame.data + 10, frame.len - 10), &fragment, NULL),
             NM_OK);
    return fragment;
}

#endif
