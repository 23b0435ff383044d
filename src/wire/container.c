/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding container bodies. Writing them is the builder's work. */
#include "wire/container.h"

#include "base/crc32c.h"
#include "wire/protobuf.h"

void
nm_container_init(nm_container *c, const nm_allocator *allocator)
{
    *c = (nm_container){.count = 0};
    nm_buffer_init(&c->payload_store, SIZE_MAX / 2, allocator);
    nm_buffer_init(&c->crc_store, SIZE_MAX / 2, allocator);
}

void
nm_container_empty(nm_container *c)
{
    c->payload_store.len = 0;
    c->crc_store.len = 0;
    c->count = 0;
    c->crc_count = 0;
    c->has_sequence = false;
}

void
nm_container_clear(nm_container *c)
{
    nm_container_empty(c);
    c->payloads = NULL;
    c->crcs = NULL;
    nm_buffer_clear(&c->payload_store);
    nm_buffer_clear(&c->crc_store);
}

static nm_status
add_payload(nm_container *c, nm_span record, size_t offset, nm_error *err)
{
    nm_status status = nm_buffer_reserve(&c->payload_store, sizeof *c->payloads);
    if (status != NM_OK) {
        return nm_error_set(err, status, offset, "no memory for %zu payloads", c->count + 1);
    }
    c->payloads = (nm_payload *)(void *)c->payload_store.data;
    status = nm_payload_decode(record, &c->payloads[c->count], err);
    if (status != NM_OK) {
        if (err != NULL) {
            err->offset += offset;
        }
        return status;
    }
    nm_payload *payload = &c->payloads[c->count];
    payload->crc = nm_payload_crc(payload->data); /* At hand just now. */
    payload->has |= NM_HAS_CRC;
    c->payload_store.len += sizeof *c->payloads;
    c->count++;
    return NM_OK;
}

static nm_status
add_crc(nm_container *c, uint32_t crc)
{
    nm_status status = nm_buffer_reserve(&c->crc_store, sizeof *c->crcs);
    if (status == NM_OK) {
        c->crcs = (uint32_t *)(void *)c->crc_store.data;
        c->crcs[c->crc_count++] = crc;
        c->crc_store.len += sizeof *c->crcs;
    }
    return status;
}

/* CRCs stand one by one, as writers do, or packed into one field. */
static nm_status
add_crcs(nm_container *c, const nm_pb_field *field, size_t offset, nm_error *err)
{
    nm_status status = NM_OK;
    if (field->wire_type == NM_WIRE_VARINT) {
        status = add_crc(c, (uint32_t)field->value);
    } else if (field->wire_type == NM_WIRE_BYTES) {
        nm_cursor packed = nm_cursor_init(field->bytes);
        while (status == NM_OK && nm_cursor_left(&packed) > 0) {
            status = add_crc(c, (uint32_t)nm_pb_varint(&packed));
        }
        if (packed.has_failed) {
            return nm_error_set(err, NM_E_PARSE, offset, "malformed list of payload CRCs");
        }
    } else {
        return nm_error_set(err, NM_E_PARSE, offset, "payload CRC has wire type %u",
                            (unsigned)field->wire_type);
    }
    if (status != NM_OK) {
        return nm_error_set(err, status, offset, "no memory for %zu CRCs", c->crc_count + 1);
    }
    return NM_OK;
}

static nm_status
decode_field(nm_container *c, const nm_pb_field *field, size_t offset, bool *has_id, nm_error *err)
{
    nm_wire_type wanted = NM_WIRE_VARINT;
    switch (field->number) {
    case NM_CONTAINER_PAYLOADS:
        wanted = NM_WIRE_BYTES;
        break;
    case NM_CONTAINER_CRCS:
        return add_crcs(c, field, offset, err);
    case NM_CONTAINER_SEQUENCE:
        c->sequence = (uint32_t)field->value;
        c->has_sequence = true;
        break;
    case NM_CONTAINER_SEQUENCE_ID:
        c->sequence_id = field->value;
        *has_id = true;
        break;
    default:
        return NM_OK; /* Unknown fields are skipped. */
    }
    if (field->wire_type != wanted) {
        return nm_error_set(err, NM_E_PARSE, offset, "field %u of a container has wire type %u",
                            field->number, (unsigned)field->wire_type);
    }
    return NM_OK;
}

nm_status
nm_container_decode(nm_container *c, nm_span body, nm_error *err)
{
    nm_cursor cursor = nm_cursor_init(body);
    nm_status status = NM_OK;
    bool has_id = false;

    nm_container_empty(c);
    while (status == NM_OK && nm_cursor_left(&cursor) > 0) {
        nm_pb_field field;
        size_t offset = nm_cursor_offset(&cursor);
        if (!nm_pb_next(&cursor, &field)) {
            status = nm_error_set(err, NM_E_PARSE, offset, "malformed container body");
            break;
        }
        if (field.number == NM_CONTAINER_PAYLOADS && field.wire_type == NM_WIRE_BYTES) {
            size_t record_offset = nm_cursor_offset(&cursor) - field.bytes.len;
            status = add_payload(c, field.bytes, record_offset, err);
        } else {
            status = decode_field(c, &field, offset, &has_id, err);
        }
    }
    if (status != NM_OK) {
        nm_container_empty(c);
        return status;
    }
    c->has_sequence = c->has_sequence && has_id;
    return NM_OK;
}

uint32_t
nm_payload_crc(nm_span data)
{
    return __builtin_bswap32(nm_crc32c(data));
}

bool
nm_container_crc_fits(const nm_container *c, size_t i)
{
    return i >= c->crc_count || c->payloads[i].crc == c->crcs[i];
}
