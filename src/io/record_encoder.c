/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to records: the lengths of key and value, 32 bits each as this machine has them, and
 * both of them. */
#include "io/record_encoder.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "text/field_key.h"

enum { FRAME_LEN = 65536 /* Octets that are collected, about. */ };

typedef struct lengths {
    uint32_t key;
    uint32_t value;
} lengths;

typedef struct record_encoder {
    nm_encoder encoder;
    nm_text_options text;
    bool is_json;
    char *key;
    const nm_schema *schema; /* Of the message before, and */
    size_t row;              /* in it, that of the key. */
    nm_buffer records;       /* Being filled. */
    nm_buffer closed;        /* To be sent; what is written meanwhile must not move it. */
    nm_buffer scratch;
    size_t count;
    bool is_closed;    /* The records are to be sent, */
    bool is_given_out; /* and that has been asked for. */
    nm_message message;
} record_encoder;

/* Where the key stands in messages like this. */
static nm_status
find_row(record_encoder *r, nm_error *err)
{
    const nm_schema *schema = r->message.schema;
    if (schema == NULL) {
        return nm_error_set(err, NM_E_TYPE, 0, "vendor %u, type %u: %s", r->message.payload.vendor,
                            r->message.payload.type, nm_status_text(NM_E_TYPE));
    }
    if (schema != r->schema) {
        const nm_field *field = nm_schema_field_by_name(schema, nm_span_of_text(r->key));
        if (field == NULL) {
            return nm_error_set(err, NM_E_TYPE, 0, "messages of type %s have no field %.80s",
                                schema->name, r->key);
        }
        r->schema = schema;
        r->row = (size_t)(field - schema->fields);
    }
    return NM_OK;
}

static nm_status
add_key(record_encoder *r, nm_error *err)
{
    nm_status status = r->key != NULL ? find_row(r, err) : NM_OK;
    if (r->key == NULL || status != NM_OK) {
        return status;
    }
    nm_fields fields = nm_message_fields(&r->message);
    nm_writer w = nm_writer_begin(&r->records);
    status = nm_field_key_write(&w, &fields, r->row, &r->scratch);
    nm_status ended = nm_writer_end(&w);
    status = status == NM_OK ? ended : status;
    return status == NM_OK ? NM_OK
                           : nm_error_set(err, status, 0, "key: %s", nm_status_text(status));
}

static nm_status
add_value(record_encoder *r, const nm_payload *payload, nm_error *err)
{
    nm_status status;
    if (r->is_json) {
        status = nm_text_line_write(&r->text, &r->message, &r->records, &r->scratch, err);
        r->records.len -= status == NM_OK; /* Records need no end of line. */
        return status;
    }
    status = nm_payload_encode(payload, &r->records);
    return status == NM_OK ? NM_OK
                           : nm_error_set(err, status, 0, "message of %zu octets: %s",
                                          payload->data.len, nm_status_text(status));
}

static nm_status
record_add(nm_encoder *encoder, const nm_payload *payload, bool *out_is_full, nm_error *err)
{
    record_encoder *r = (record_encoder *)encoder;
    size_t start = r->records.len;
    lengths head = {.key = 0};
    bool is_decoded = r->is_json || r->key != NULL;
    nm_status status = is_decoded ? nm_message_decode(&r->message, payload, err) : NM_OK;
    if (status == NM_OK) {
        status = nm_buffer_append(&r->records, nm_span_of(&head, sizeof head));
        if (status != NM_OK) {
            return nm_error_set(err, status, 0, "%s", nm_status_text(status));
        }
        status = add_key(r, err);
    }
    size_t value = r->records.len;
    if (status == NM_OK) {
        status = add_value(r, payload, err);
    }
    if (status != NM_OK) {
        r->records.len = start;
        return status;
    }
    head.key = (uint32_t)(value - start - sizeof head);
    head.value = (uint32_t)(r->records.len - value);
    memcpy(r->records.data + start, &head, sizeof head);
    r->count++;
    *out_is_full = r->records.len >= FRAME_LEN;
    return NM_OK;
}

static size_t
record_count(const nm_encoder *encoder)
{
    return ((const record_encoder *)encoder)->count;
}

static size_t
record_pending(const nm_encoder *encoder)
{
    return ((const record_encoder *)encoder)->is_closed ? 1 : 0;
}

static size_t
record_room(const nm_encoder *encoder)
{
    (void)encoder;
    return 1;
}

static nm_status
record_close(nm_encoder *encoder)
{
    record_encoder *r = (record_encoder *)encoder;
    nm_buffer records = r->records;
    r->records = r->closed;
    r->closed = records;
    r->count = 0;
    r->is_closed = true;
    return NM_OK;
}

static nm_status
record_next_frame(nm_encoder *encoder, bool may_wait, nm_span *out)
{
    record_encoder *r = (record_encoder *)encoder;
    (void)may_wait;
    if (!r->is_given_out) {
        *out = nm_buffer_span(&r->closed);
        r->is_given_out = true;
        return NM_OK;
    }
    r->closed.len = 0;
    r->is_closed = false;
    r->is_given_out = false;
    return NM_END;
}

static void
record_set_zlib(nm_encoder *encoder, bool is_on, int level)
{
    (void)encoder;
    (void)is_on;
    (void)level;
}

static void
record_free(nm_encoder *encoder)
{
    record_encoder *r = (record_encoder *)encoder;
    nm_buffer_clear(&r->records);
    nm_buffer_clear(&r->closed);
    nm_buffer_clear(&r->scratch);
    free(r->key);
    free(r);
}

static const nm_encoder_ops record_ops = {
    .add = record_add,
    .count = record_count,
    .pending = record_pending,
    .room = record_room,
    .close = record_close,
    .next_frame = record_next_frame,
    .set_zlib = record_set_zlib,
    .free = record_free,
};

nm_encoder *
nm_record_encoder_new(const nm_record_options *options)
{
    record_encoder *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return NULL;
    }
    r->encoder.ops = &record_ops;
    r->is_json = options->is_json;
    r->text = (nm_text_options){.format = NM_FORMAT_JSON, .aliases = options->aliases};
    nm_buffer_init(&r->records, INT32_MAX, &nm_allocator_heap);
    nm_buffer_init(&r->closed, INT32_MAX, &nm_allocator_heap);
    nm_buffer_init(&r->scratch, INT32_MAX, &nm_allocator_heap);
    if (options->key != NULL) {
        r->key = strdup(options->key);
        if (r->key == NULL) {
            record_free(&r->encoder);
            return NULL;
        }
    }
    return &r->encoder;
}

size_t
nm_record_at(nm_span frame, size_t offset, nm_record *out)
{
    lengths head;
    memcpy(&head, frame.data + offset, sizeof head);
    const uint8_t *key = frame.data + offset + sizeof head;
    *out = (nm_record){.key = nm_span_of(key, head.key),
                       .value = nm_span_of(key + head.key, head.value)};
    return offset + sizeof head + head.key + head.value;
}
