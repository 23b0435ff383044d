/* SPDX-License-Identifier: Apache-2.0 */
/* The work on some frames. While it is done nobody else looks at the batch. */
#include "io/batch.h"

#include <stdlib.h>

#include "io/text_line.h"
#include "text/json_record.h"

enum {
    CONTAINERS_MAX = 256,
    LINES_MAX = 4096,
    CAP_FIRST = 16,
    FRAME_KEEPS = 64 * 1024,        /* Octets that a frame but the first keeps from use to use. */
    BATCH_KEEPS = 16 * 1024 * 1024, /* The same for what belongs to the batch. */
    TEXT_MAX = 16 * 1024 * 1024,    /* From here on whoever takes a message writes it. */
};

/* Where the index of a message lies. */
typedef struct batch_index {
    const nm_schema *schema;
    size_t start; /* Octet of the slots. */
} batch_index;

static void run(nm_job *job);

static bool
has_lines(const nm_batch *b)
{
    return b->options.input->format == NM_FORMAT_JSON;
}

static bool
has_packets(const nm_batch *b)
{
    return b->options.input->format == NM_FORMAT_PCAP;
}

void
nm_batch_init(nm_batch *b, const nm_batch_options *options)
{
    const nm_allocator *heap = &nm_allocator_heap;
    *b = (nm_batch){.job = {.run = run}, .options = *options};
    b->max = has_lines(b) ? LINES_MAX : CONTAINERS_MAX;
    nm_buffer_init(&b->octets, SIZE_MAX / 2, heap);
    nm_buffer_init(&b->findings, SIZE_MAX / 2, heap);
    nm_buffer_init(&b->indexes, SIZE_MAX / 2, heap);
    nm_buffer_init(&b->slots, SIZE_MAX / 2, heap);
    nm_buffer_init(&b->text_ends, SIZE_MAX / 2, heap);
    nm_buffer_init(&b->payload_store, SIZE_MAX / 2, heap);
    nm_buffer_init(&b->data_store, SIZE_MAX / 2, heap);
    nm_buffer_init(&b->scratch, INT32_MAX, heap);
    for (size_t t = 0; t < NM_INPUT_TEXTS_MAX; t++) {
        nm_buffer_init(&b->texts[t], INT32_MAX, heap);
    }
    nm_unpacker_init(&b->unpacker, &options->input->limits, heap);
}

/* What is larger than `keeps` is given back. */
static void
empty_buffer(nm_buffer *buffer, size_t keeps)
{
    buffer->len = 0;
    if (buffer->cap > keeps) {
        nm_buffer_clear(buffer);
    }
}

static void
empty_frame(nm_batch_frame *frame, size_t keeps)
{
    frame->is_decoded = false;
    empty_buffer(&frame->inflated, keeps);
    nm_container_empty(&frame->container);
    if (frame->container.payload_store.cap + frame->container.crc_store.cap > keeps) {
        nm_container_clear(&frame->container);
    }
}

static void
empty_batch(nm_batch *b, size_t first_keeps, size_t frame_keeps, size_t keeps)
{
    for (size_t i = 0; i < b->count; i++) {
        empty_frame(&b->frames[i], i == 0 ? first_keeps : frame_keeps);
    }
    empty_buffer(&b->octets, keeps);
    empty_buffer(&b->findings, keeps);
    empty_buffer(&b->indexes, keeps);
    empty_buffer(&b->slots, keeps);
    empty_buffer(&b->text_ends, keeps);
    empty_buffer(&b->payload_store, keeps);
    empty_buffer(&b->data_store, keeps);
    empty_buffer(&b->scratch, keeps);
    for (size_t t = 0; t < NM_INPUT_TEXTS_MAX; t++) {
        empty_buffer(&b->texts[t], keeps);
    }
    b->count = 0;
    b->next = 0;
}

void
nm_batch_reset(nm_batch *b)
{
    empty_batch(b, BATCH_KEEPS, FRAME_KEEPS, BATCH_KEEPS);
}

void
nm_batch_clear(nm_batch *b)
{
    b->count = b->cap; /* Frames that are not in use keep memory, too. */
    empty_batch(b, 0, 0, 0);
    nm_unpacker_clear(&b->unpacker);
    free(b->frames);
    b->frames = NULL;
    b->cap = 0;
}

static nm_status
make_frames(nm_batch *b)
{
    size_t cap = b->cap > 0 ? 2 * b->cap : CAP_FIRST;
    nm_batch_frame *frames = realloc(b->frames, cap * sizeof *frames);
    if (frames == NULL) {
        return NM_E_NOMEM;
    }
    b->frames = frames;
    for (; b->cap < cap; b->cap++) {
        frames[b->cap] = (nm_batch_frame){.start = 0};
        nm_buffer_init(&frames[b->cap].inflated, b->options.input->limits.inflated_len + 1,
                       &nm_allocator_heap);
        nm_container_init(&frames[b->cap].container, &nm_allocator_heap);
    }
    return NM_OK;
}

nm_status
nm_batch_add(nm_batch *b, const nm_frame *frame, nm_error *err)
{
    nm_status status = b->count < b->cap ? NM_OK : make_frames(b);
    size_t start = b->octets.len;
    if (status == NM_OK) {
        status = nm_buffer_append(&b->octets, frame->octets);
    }
    if (status != NM_OK) {
        return nm_error_set(err, NM_E_NOMEM, frame->offset, "no memory for %zu octets",
                            frame->octets.len);
    }
    b->frames[b->count].frame = *frame;
    b->frames[b->count].start = start;
    b->count++;
    return NM_OK;
}

nm_status
nm_batch_add_messages(nm_batch *b, const nm_container *messages, nm_error *err)
{
    nm_status status = b->count < b->cap ? NM_OK : make_frames(b);
    size_t start = b->octets.len;
    size_t payloads_end = b->payload_store.len;
    nm_span payloads = nm_span_of(messages->payloads, messages->count * sizeof *messages->payloads);
    if (status == NM_OK) {
        status = nm_buffer_append(&b->payload_store, payloads);
    }
    for (size_t i = 0; status == NM_OK && i < messages->count; i++) {
        status = nm_buffer_append(&b->octets, messages->payloads[i].data);
    }
    if (status != NM_OK) {
        b->octets.len = start;
        b->payload_store.len = payloads_end;
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for %zu messages", messages->count);
    }
    b->frames[b->count].frame = (nm_frame){.offset = 0};
    b->frames[b->count].start = start;
    b->frames[b->count].container.count = messages->count;
    b->count++;
    return NM_OK;
}

bool
nm_batch_is_full(const nm_batch *b)
{
    return b->count == b->max || b->octets.len >= NM_BATCH_LEN;
}

/* -- the work -- */

/* Append the text of the message in b->message; where that fails there is none, and whoever takes
 * the message meets the failure. */
static nm_status
write_text(nm_batch *b, size_t t, bool is_wanted, bool *out_is_all_text)
{
    nm_buffer *text = &b->texts[t];
    nm_status status = text->len < TEXT_MAX ? NM_OK : NM_E_LIMIT;
    if (is_wanted && status == NM_OK) {
        status = nm_text_line_write(&b->options.input->texts[t], &b->message, text, &b->scratch,
                                    /* err= */ NULL);
    }
    uint32_t end = (uint32_t)text->len;
    *out_is_all_text = *out_is_all_text && is_wanted && status == NM_OK;
    return status == NM_E_NOMEM ? status
                                : nm_buffer_append(&b->text_ends, nm_span_of(&end, sizeof end));
}

/* Keep the index of the message in b->message. */
static nm_status
keep_index(nm_batch *b)
{
    const nm_schema *schema = b->message.schema;
    batch_index index = {.schema = schema, .start = b->slots.len};
    size_t len = schema != NULL ? schema->field_count * sizeof(nm_slot) : 0;
    nm_status status = nm_buffer_append(&b->indexes, nm_span_of(&index, sizeof index));
    return status == NM_OK ? nm_buffer_append(&b->slots, nm_span_of(b->message.slots, len))
                           : status;
}

/* Note what is known of a message, and write its texts. */
static nm_status
finish_message(nm_batch *b, nm_batch_frame *f, const nm_payload *payload, bool crc_fits)
{
    const nm_input_options *input = b->options.input;
    uint8_t findings = crc_fits ? NM_BATCH_CRC_FITS : 0;
    bool is_wanted = crc_fits && nm_header_filter_passes(&b->filter, payload) &&
                     (input->text_count > 0 || !input->is_undecoded);
    nm_status status = NM_OK;
    if (is_wanted) {
        nm_payload changed = *payload;
        nm_header_change_apply(&input->change, &changed);
        is_wanted = nm_message_decode(&b->message, &changed, /* err= */ NULL) == NM_OK;
        findings |= is_wanted && !input->is_undecoded ? NM_BATCH_DECODED : 0;
    }
    if (!input->is_undecoded) {
        b->message.schema = is_wanted ? b->message.schema : NULL; /* No index, but its place. */
        status = keep_index(b);
    }
    for (size_t t = 0; status == NM_OK && t < input->text_count; t++) {
        status = write_text(b, t, is_wanted, &f->is_all_text);
    }
    return status == NM_OK ? nm_buffer_append(&b->findings, nm_span_of(&findings, 1)) : status;
}

/* What was found out about a frame is of no use without all of it. */
static void
forget_messages(nm_batch *b, size_t first)
{
    b->findings.len = first;
    b->indexes.len = b->options.input->is_undecoded ? 0 : first * sizeof(batch_index);
    b->text_ends.len = first * b->options.input->text_count * sizeof(uint32_t);
}

/* The same for all messages of a frame. */
static void
finish_messages(nm_batch *b, nm_batch_frame *f)
{
    nm_status status = NM_OK;
    for (size_t i = 0; status == NM_OK && i < f->container.count; i++) {
        status = finish_message(b, f, &f->container.payloads[i],
                                nm_container_crc_fits(&f->container, i));
    }
    f->is_decoded = status == NM_OK;
    if (status != NM_OK) {
        forget_messages(b, f->first);
    }
}

static void
decode_container(nm_batch *b, nm_batch_frame *f)
{
    nm_header header;
    nm_span body;
    nm_status status = nm_unpacker_open(&b->unpacker, f->frame.octets, b->options.accepts_v1,
                                        &header, &body, /* err= */ NULL);
    if (status != NM_OK || (header.flags & NM_FLAG_FRAGMENT) != 0) {
        return;
    }
    status = nm_unpacker_decode(&b->unpacker, header.flags, body, &f->inflated, &f->container,
                                /* err= */ NULL);
    if (status == NM_OK) {
        finish_messages(b, f);
    }
}

static void
read_line(nm_batch *b, nm_batch_frame *f)
{
    nm_payload payload;
    const nm_input_options *input = b->options.input;
    size_t data_start = b->data_store.len;
    nm_status status = nm_json_record_read(f->frame.octets, f->frame.line, &input->aliases,
                                           b->now_sec, b->now_nsec, &b->scratch, &payload,
                                           /* err= */ NULL);
    if (status == NM_OK) {
        status = nm_buffer_append(&b->data_store, payload.data);
    }
    if (status == NM_OK) {
        payload.data.data = b->data_store.data + data_start; /* For now. */
        status = nm_buffer_append(&b->payload_store, nm_span_of(&payload, sizeof payload));
    }
    if (status == NM_OK) {
        status = finish_message(b, f, &payload, /* crc_fits= */ true);
    }
    f->is_decoded = status == NM_OK;
    if (status != NM_OK) {
        b->data_store.len = data_start;
        b->payload_store.len = f->first * sizeof payload;
        forget_messages(b, f->first);
    }
}

/* The stores do not move any more: let the containers point into them. */
static void
give_lines_their_payloads(nm_batch *b)
{
    nm_payload *payloads = (nm_payload *)(void *)b->payload_store.data;
    const uint8_t *data = b->data_store.data;
    for (size_t i = 0; i < b->count; i++) {
        nm_batch_frame *f = &b->frames[i];
        if (f->is_decoded) {
            nm_payload *payload = &payloads[f->first];
            payload->data.data = data;
            data += payload->data.len;
            f->container.payloads = payload;
            f->container.count = 1;
        }
    }
}

/* The same for messages of packets, before they are looked at. */
static void
give_packets_their_payloads(nm_batch *b)
{
    nm_payload *payload = (nm_payload *)(void *)b->payload_store.data;
    const uint8_t *data = b->octets.data;
    for (size_t i = 0; i < b->count; i++) {
        b->frames[i].container.payloads = payload;
        for (size_t n = 0; n < b->frames[i].container.count; n++, payload++) {
            payload->data.data = data;
            data += payload->data.len;
        }
    }
}

static void
run(nm_job *job)
{
    nm_batch *b = (nm_batch *)job;
    if (has_packets(b)) {
        give_packets_their_payloads(b);
    }
    for (size_t i = 0; i < b->count; i++) {
        nm_batch_frame *f = &b->frames[i];
        f->first = b->findings.len;
        f->is_all_text = b->options.input->text_count > 0;
        if (has_packets(b)) {
            finish_messages(b, f);
            continue;
        }
        f->frame.octets.data = b->octets.data + f->start;
        if (has_lines(b)) {
            read_line(b, f);
        } else {
            decode_container(b, f);
        }
    }
    if (has_lines(b)) {
        give_lines_their_payloads(b);
    }
}

nm_span
nm_batch_text(const nm_batch *b, const nm_batch_frame *frame, size_t payload, size_t count,
              size_t text)
{
    size_t text_count = b->options.input->text_count;
    size_t number = (frame->first + payload) * text_count + text;
    const uint32_t *ends = (const uint32_t *)(const void *)b->text_ends.data;
    uint32_t start = number >= text_count ? ends[number - text_count] : 0;
    uint32_t end = ends[number + (count - 1) * text_count];
    return nm_span_of(b->texts[text].data + start, end - start);
}

void
nm_batch_message(const nm_batch *b, const nm_batch_frame *frame, size_t payload, nm_message *out)
{
    const batch_index *indexes = (const batch_index *)(const void *)b->indexes.data;
    batch_index index = indexes[frame->first + payload];
    out->payload = frame->container.payloads[payload];
    out->schema = index.schema;
    if (index.schema != NULL) {
        memcpy(out->slots, b->slots.data + index.start,
               index.schema->field_count * sizeof *out->slots);
    }
}
