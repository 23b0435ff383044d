/* SPDX-License-Identifier: Apache-2.0 */
/* Container bodies are encoded straight behind room for their header, as parcels want them. */
#include "wire/builder.h"

#include "wire/container.h"
#include "wire/header.h"
#include "wire/protobuf.h"

/* The estimate of a container's size decides where streams are split, so its terms are part of the
 * format, right or not (docs/format.md, section 5). */
enum {
    ESTIMATE_EMPTY = 10,
    ESTIMATE_CRC = 6,
    ESTIMATE_TAG = 2,
    ESTIMATE_SEQUENCE = 18,
    ESTIMATE_SLACK = 32,
    BODY_MAX = INT32_MAX,
    LEAD_MAX = 1 + NM_VARINT_MAX, /* Octets of a tag and a number. */
    READY_LEN_MAX = 1 << 21,      /* Records whose estimate is their length. */
};

struct nm_builder {
    nm_builder_options options;
    const nm_allocator *allocator;
    nm_buffer body; /* Starts with room for a header. */
    nm_buffer crcs; /* Encoded CRC fields, to go behind the payloads. */
    nm_parcel own;  /* For nm_builder_close(). */
    size_t estimate;
    size_t count;
    uint32_t sequence;
    uint64_t fragment_counter;
    bool is_compressing;
    int zlevel;
};

/* Room for a header in an empty buffer. */
static nm_status
start_body(nm_buffer *body)
{
    body->len = 0;
    nm_status status = nm_buffer_reserve(body, NM_HEADER_LEN);
    body->len = status == NM_OK ? NM_HEADER_LEN : 0;
    return status;
}

static void
start_container(nm_builder *b)
{
    b->crcs.len = 0;
    b->count = 0;
    b->estimate = ESTIMATE_EMPTY;
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
    nm_parcel_init(&b->own, allocator);
    start_container(b);
    if (start_body(&b->body) != NM_OK) {
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
        nm_parcel_clear(&b->own);
        nm_allocator_release(b->allocator, b);
    }
}

void
nm_builder_set_zlib(nm_builder *b, bool is_on, int level)
{
    b->is_compressing = is_on;
    b->zlevel = level;
}

size_t
nm_builder_count(const nm_builder *b)
{
    return b->count;
}

/* What a record adds to the estimate. */
static size_t
estimated_len(size_t record)
{
    return record + ESTIMATE_TAG + (record >= 1U << 7) + (record >= 1U << 14) +
           (record >= 1U << 21) + ESTIMATE_CRC;
}

/* Whether a record may be added to a container that holds others. */
static bool
has_room(const nm_builder *b, size_t estimate, size_t record)
{
    return estimate + record + ESTIMATE_SLACK < b->options.container_len;
}

static bool
is_full(const nm_builder *b, size_t estimate)
{
    return estimate + (b->options.has_sequence ? ESTIMATE_SEQUENCE : 0) > b->options.container_len;
}

/* The size of a record as the splitting rule sees it: exact but for the length of messages of 2 MiB
 * and more, of which it does not count the octets behind the third. */
static size_t
estimated_record_len(const nm_payload *payload, size_t encoded_len)
{
    size_t len = payload->data.len;
    return len < 1U << 21 ? encoded_len : encoded_len - (nm_pb_varint_len(len) - 3);
}

/* Write a CRC field. Most are of five octets. */
static uint8_t *
put_crc(uint8_t *p, uint32_t crc)
{
    p = nm_pb_put_tag(p, NM_CONTAINER_CRCS, NM_WIRE_VARINT);
    if (crc < 1U << 28) {
        return nm_pb_put_varint(p, crc);
    }
    p[0] = (uint8_t)(crc | 0x80);
    p[1] = (uint8_t)(crc >> 7 | 0x80);
    p[2] = (uint8_t)(crc >> 14 | 0x80);
    p[3] = (uint8_t)(crc >> 21 | 0x80);
    p[4] = (uint8_t)(crc >> 28);
    return p + 5;
}

nm_status
nm_builder_add(nm_builder *b, const nm_payload *payload, bool *out_is_full)
{
    size_t encoded_len = nm_payload_encoded_len(payload);
    size_t record = estimated_record_len(payload, encoded_len);
    if (b->count > 0 && !has_room(b, b->estimate, record)) {
        return NM_FULL;
    }
    size_t body_before = b->body.len;

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
    bool has_crc = (payload->has & NM_HAS_CRC) != 0;
    uint8_t *p =
        put_crc(b->crcs.data + b->crcs.len, has_crc ? payload->crc : nm_payload_crc(payload->data));
    b->crcs.len = (size_t)(p - b->crcs.data);

    b->count++;
    b->estimate += estimated_len(record);
    *out_is_full = is_full(b, b->estimate);
    return NM_OK;
}

/* Whether a payload can be copied as it lies, with what it has been found to be. */
static bool
is_ready(const nm_payload *payload)
{
    return payload->record.len > 0 && payload->record.len < READY_LEN_MAX &&
           (payload->has & NM_HAS_CRC) != 0;
}

/* Payloads that are ready, fit, and lie one behind the other as they would be written. They do if
 * there is no more between two of them than a tag and the shortest form of a length.
 * @param estimate  Of the container, with those that are counted. */
static size_t
measure_run(const nm_builder *b, const nm_payload *payloads, size_t count, size_t *estimate)
{
    size_t n = 0;
    const uint8_t *end = NULL;
    while (n < count && is_ready(&payloads[n]) && !is_full(b, *estimate)) {
        nm_span record = payloads[n].record;
        bool is_next = n == 0 || record.data == end + 1 + nm_pb_varint_len(record.len);
        if (!is_next || (b->count + n > 0 && !has_room(b, *estimate, record.len))) {
            break;
        }
        *estimate += estimated_len(record.len);
        end = record.data + record.len;
        n++;
    }
    return n;
}

/* Copy what measure_run() has found. */
static nm_status
copy_run(nm_builder *b, const nm_payload *payloads, size_t count)
{
    nm_span first = payloads[0].record;
    nm_span last = payloads[count - 1].record;
    nm_span run = nm_span_of(first.data, (size_t)(last.data + last.len - first.data));
    nm_status status = nm_buffer_reserve(&b->crcs, count * LEAD_MAX);
    if (status == NM_OK) {
        status = nm_buffer_reserve(&b->body, LEAD_MAX + run.len);
    }
    if (status != NM_OK) {
        return status;
    }
    uint8_t *p = nm_pb_put_tag(b->body.data + b->body.len, NM_CONTAINER_PAYLOADS, NM_WIRE_BYTES);
    p = nm_pb_put_varint(p, first.len);
    memcpy(p, run.data, run.len);
    b->body.len = (size_t)(p + run.len - b->body.data);
    p = b->crcs.data + b->crcs.len;
    for (size_t i = 0; i < count; i++) {
        p = put_crc(p, payloads[i].crc);
    }
    b->crcs.len = (size_t)(p - b->crcs.data);
    b->count += count;
    return NM_OK;
}

nm_status
nm_builder_add_run(nm_builder *b, const nm_payload *payloads, size_t count, size_t *out_added,
                   bool *out_is_full)
{
    size_t added = 0;
    nm_status status = NM_OK;
    *out_is_full = false;
    while (status == NM_OK && added < count && !*out_is_full) {
        size_t estimate = b->estimate;
        size_t n = measure_run(b, payloads + added, count - added, &estimate);
        if (n > 0) {
            status = copy_run(b, payloads + added, n);
            b->estimate = status == NM_OK ? estimate : b->estimate;
            *out_is_full = is_full(b, b->estimate);
        } else {
            status = nm_builder_add(b, payloads + added, out_is_full);
            n = 1;
        }
        if (status == NM_OK) {
            added += n;
        } else if (status == NM_FULL) {
            *out_is_full = true;
        }
    }
    *out_added = added;
    return status == NM_FULL ? NM_OK : status;
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

/* The id of the fragments of the next container that may have some. */
static uint32_t
next_fragment_id(nm_builder *b)
{
    /* A multiplicative step of odd size visits every 32-bit id once before one comes again. */
    uint64_t mixed = b->options.fragment_seed + b->fragment_counter++ * 0x9e3779b97f4a7c15U;
    return (uint32_t)(mixed >> 32);
}

nm_status
nm_builder_take(nm_builder *b, nm_parcel *out)
{
    if (b->count == 0) {
        return NM_OK;
    }
    size_t payloads_end = b->body.len;
    nm_status status = start_body(&out->body);
    if (status == NM_OK) {
        status = finish_body(b);
    }
    if (status != NM_OK) {
        out->body.len = 0;
        b->body.len = payloads_end;
        return status;
    }
    size_t estimate = b->estimate + (b->options.has_sequence ? ESTIMATE_SEQUENCE : 0);
    bool may_cut = b->options.may_fragment && estimate > b->options.container_len;
    nm_buffer body = b->body;
    b->body = out->body;
    out->body = body;
    out->is_compressed = b->is_compressing;
    out->zlevel = b->zlevel;
    out->piece_len = may_cut ? b->options.container_len - NM_FRAGMENT_OVERHEAD : 0;
    out->fragment_id = may_cut ? next_fragment_id(b) : 0;
    b->sequence++;
    start_container(b);
    return NM_OK;
}

nm_status
nm_builder_close(nm_builder *b)
{
    nm_status status = NM_OK;
    if (b->own.body.len == 0) {
        status = nm_builder_take(b, &b->own);
    }
    return status == NM_OK ? nm_parcel_seal(&b->own) : status;
}

nm_status
nm_builder_next_frame(nm_builder *b, nm_span *out)
{
    return b->own.is_sealed ? nm_parcel_next_frame(&b->own, out) : NM_END;
}
