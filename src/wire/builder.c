/* SPDX-License-Identifier: Apache-2.0 */
/* Container bodies are encoded straight behind room for their header, so a plain container is sent
 * from where it was built. */
#include "wire/builder.h"

#include "wire/container.h"
#include "wire/fragment.h"
#include "wire/header.h"
#include "wire/protobuf.h"
#include "wire/zblock.h"

/* The estimate of a container's size decides where streams are split, so its terms are part of the
 * format, right or not (docs/format.md, section 5). */
enum {
    ESTIMATE_EMPTY = 10,
    ESTIMATE_CRC = 6,
    ESTIMATE_TAG = 2,
    ESTIMATE_SEQUENCE = 18,
    ESTIMATE_SLACK = 32,
    BODY_MAX = INT32_MAX,
};

struct nm_builder {
    nm_builder_options options;
    const nm_allocator *allocator;
    nm_buffer body;        /* Starts with room for a header. */
    nm_buffer crcs;        /* Encoded CRC fields, to go behind the payloads. */
    nm_buffer zblock;      /* Compressed body, behind room for a header. */
    nm_buffer frame;       /* One fragment. */
    nm_deflater *deflater; /* NULL: no compression. */
    size_t estimate;
    size_t count;
    uint32_t sequence;
    uint64_t fragment_counter;
    nm_span pending; /* Closed and not yet taken: a frame, or the octets to fragment. */
    bool is_closed;
    bool is_fragmented;
    unsigned flags;
    nm_fragment next_fragment;
};

static nm_status
start_body(nm_builder *b)
{
    b->body.len = 0;
    b->crcs.len = 0;
    b->count = 0;
    b->estimate = ESTIMATE_EMPTY;
    nm_status status = nm_buffer_reserve(&b->body, NM_HEADER_LEN);
    if (status == NM_OK) {
        b->body.len = NM_HEADER_LEN;
    }
    return status;
}

nm_builder *
nm_builder_new(const nm_builder_options *options, const nm_allocator *allocator)
{
    nm_builder *b = nm_allocator_zeroed(allocator, sizeof *b);
    if (b == NULL) {
        return NULL;
    }
    b->options = *options;
    if (b->options.container_len < NM_BUILDER_LEN_MIN) {
        b->options.container_len = NM_BUILDER_LEN_MIN;
    } else if (b->options.container_len > NM_BUILDER_LEN_MAX) {
        b->options.container_len = NM_BUILDER_LEN_MAX;
    }
    b->allocator = allocator;
    nm_buffer_init(&b->body, BODY_MAX, allocator);
    nm_buffer_init(&b->crcs, BODY_MAX, allocator);
    nm_buffer_init(&b->zblock, BODY_MAX, allocator);
    nm_buffer_init(&b->frame, BODY_MAX, allocator);
    if (start_body(b) != NM_OK) {
        nm_builder_free(b);
        return NULL;
    }
    return b;
}

void
nm_builder_free(nm_builder *b)
{
    if (b != NULL) {
        nm_buffer_clear(&b->body);
        nm_buffer_clear(&b->crcs);
        nm_buffer_clear(&b->zblock);
        nm_buffer_clear(&b->frame);
        nm_deflater_free(b->deflater);
        nm_allocator_release(b->allocator, b);
    }
}

nm_status
nm_builder_set_zlib(nm_builder *b, bool is_on, int level)
{
    nm_deflater *deflater = NULL;
    if (is_on) {
        deflater = nm_deflater_new(level, b->allocator);
        if (deflater == NULL) {
            return NM_E_NOMEM;
        }
    }
    nm_deflater_free(b->deflater);
    b->deflater = deflater;
    return NM_OK;
}

size_t
nm_builder_count(const nm_builder *b)
{
    return b->count;
}

/* The size of a record as the splitting rule sees it: exact but for the length of messages of 2 MiB
 * and more, whose fourth length octet it does not count. */
static size_t
estimated_record_len(const nm_payload *payload)
{
    nm_payload head = *payload;
    head.data.len = 0;
    size_t len = payload->data.len;
    return nm_payload_encoded_len(&head) + len + (len >= 1U << 7) + (len >= 1U << 14);
}

nm_status
nm_builder_add(nm_builder *b, const nm_payload *payload, bool *out_is_full)
{
    size_t record = estimated_record_len(payload);
    if (b->count > 0 && b->estimate + record + ESTIMATE_SLACK >= b->options.container_len) {
        return NM_FULL;
    }
    size_t body_before = b->body.len;
    size_t encoded_len = nm_payload_encoded_len(payload);
    enum { LEAD_MAX = 1 + NM_VARINT_MAX };

    nm_status status = nm_buffer_reserve(&b->crcs, LEAD_MAX);
    if (status == NM_OK) {
        status = nm_buffer_reserve(&b->body, LEAD_MAX + encoded_len);
    }
    if (status == NM_OK) {
        uint8_t *p = b->body.data + b->body.len;
        p = nm_pb_put_tag(p, NM_CONTAINER_PAYLOADS, NM_WIRE_BYTES);
        p = nm_pb_put_varint(p, encoded_len);
        b->body.len = (size_t)(p - b->body.data);
        status = nm_payload_encode(payload, &b->body);
    }
    if (status != NM_OK) {
        b->body.len = body_before;
        return status;
    }
    uint8_t *p = b->crcs.data + b->crcs.len;
    p = nm_pb_put_tag(p, NM_CONTAINER_CRCS, NM_WIRE_VARINT);
    p = nm_pb_put_varint(p, nm_payload_crc(payload->data));
    b->crcs.len = (size_t)(p - b->crcs.data);

    b->count++;
    b->estimate += record + ESTIMATE_TAG + (record >= 1U << 7) + (record >= 1U << 14) +
                   (record >= 1U << 21) + ESTIMATE_CRC;
    *out_is_full =
        b->estimate + (b->options.has_sequence ? ESTIMATE_SEQUENCE : 0) > b->options.container_len;
    return NM_OK;
}

/* Put CRCs and sequence number behind the payloads. */
static nm_status
finish_body(nm_builder *b)
{
    enum { SEQUENCE_MAX = 2 * (1 + NM_VARINT_MAX) };
    nm_status status = nm_buffer_reserve(&b->body, b->crcs.len + SEQUENCE_MAX);
    if (status == NM_OK) {
        status = nm_buffer_append(&b->body, nm_buffer_span(&b->crcs));
    }
    if (status == NM_OK && b->options.has_sequence) {
        uint8_t *p = b->body.data + b->body.len;
        p = nm_pb_put_varint(nm_pb_put_tag(p, NM_CONTAINER_SEQUENCE, NM_WIRE_VARINT), b->sequence);
        p = nm_pb_put_varint(nm_pb_put_tag(p, NM_CONTAINER_SEQUENCE_ID, NM_WIRE_VARINT),
                             b->options.sequence_id);
        b->body.len = (size_t)(p - b->body.data);
    }
    return status;
}

static nm_status
compress_body(nm_builder *b, nm_span body)
{
    b->zblock.len = 0;
    nm_status status = nm_buffer_reserve(&b->zblock, NM_HEADER_LEN);
    if (status == NM_OK) {
        b->zblock.len = NM_HEADER_LEN;
        status = nm_zblock_deflate(b->deflater, body, &b->zblock);
    }
    return status;
}

static void
start_fragments(nm_builder *b, nm_span octets, size_t piece_len)
{
    /* A multiplicative step of odd size visits every 32-bit id once before one comes again. */
    uint64_t mixed = b->options.fragment_seed + b->fragment_counter++ * 0x9e3779b97f4a7c15U;
    b->next_fragment = (nm_fragment){
        .id = (uint32_t)(mixed >> 32),
        .current = 0,
        .last = (uint32_t)((octets.len + piece_len - 1) / piece_len - 1),
        .crc = nm_payload_crc(octets),
        .has_crc = true,
    };
}

nm_status
nm_builder_close(nm_builder *b)
{
    if (b->count == 0 || b->is_closed) {
        return NM_OK;
    }
    size_t payloads_end = b->body.len;
    nm_status status = finish_body(b);
    nm_buffer *closed = &b->body;
    if (status == NM_OK && b->deflater != NULL) {
        status =
            compress_body(b, nm_span_of(b->body.data + NM_HEADER_LEN, b->body.len - NM_HEADER_LEN));
        closed = &b->zblock;
    }
    if (status != NM_OK) {
        b->body.len = payloads_end;
        return status;
    }
    size_t estimate = b->estimate + (b->options.has_sequence ? ESTIMATE_SEQUENCE : 0);
    size_t piece_len = b->options.container_len - NM_FRAGMENT_OVERHEAD;
    nm_span octets = nm_span_of(closed->data + NM_HEADER_LEN, closed->len - NM_HEADER_LEN);

    b->flags = b->deflater != NULL ? NM_FLAG_ZLIB : 0;
    b->is_fragmented =
        b->options.may_fragment && estimate > b->options.container_len && octets.len > piece_len;
    if (b->is_fragmented) {
        b->flags |= NM_FLAG_FRAGMENT;
        start_fragments(b, octets, piece_len);
        b->pending = octets;
    } else {
        nm_header_encode(b->flags, (uint32_t)octets.len, closed->data);
        b->pending = nm_span_of(closed->data, closed->len);
    }
    b->sequence++;
    b->is_closed = true;
    return NM_OK;
}

static nm_status
next_fragment_frame(nm_builder *b, nm_span *out)
{
    size_t piece_len = b->options.container_len - NM_FRAGMENT_OVERHEAD;
    nm_fragment fragment = b->next_fragment;
    fragment.data =
        nm_span_of(b->pending.data, b->pending.len < piece_len ? b->pending.len : piece_len);
    b->frame.len = 0;
    nm_status status = nm_buffer_reserve(&b->frame, NM_HEADER_LEN);
    if (status == NM_OK) {
        b->frame.len = NM_HEADER_LEN;
        status = nm_fragment_encode(&fragment, &b->frame);
    }
    if (status != NM_OK) {
        return status;
    }
    nm_header_encode(b->flags, (uint32_t)(b->frame.len - NM_HEADER_LEN), b->frame.data);
    b->next_fragment.current++;
    b->pending =
        nm_span_of(b->pending.data + fragment.data.len, b->pending.len - fragment.data.len);
    *out = nm_buffer_span(&b->frame);
    return NM_OK;
}

nm_status
nm_builder_next_frame(nm_builder *b, nm_span *out)
{
    if (b->pending.len > 0 && b->is_fragmented) {
        return next_fragment_frame(b, out);
    }
    if (b->pending.len > 0) {
        *out = b->pending;
        b->pending.len = 0;
        b->pending.data = NULL;
        return NM_OK;
    }
    if (!b->is_closed) {
        return NM_END; /* What is being filled stays. */
    }
    nm_status status = start_body(b);
    b->is_closed = status != NM_OK;
    return status == NM_OK ? NM_END : status;
}
