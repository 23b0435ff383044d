/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to lines of text. */
#include <stdlib.h>

#include "io/encoder.h"
#include "message/message.h"
#include "text/json_record.h"
#include "text/pres_record.h"

typedef struct text_encoder {
    nm_encoder encoder;
    nm_text_options options;
    nm_buffer text;
    nm_buffer scratch; /* For computed values. */
    size_t count;
    bool is_closed;     /* The text is to be sent, */
    bool is_given_out;  /* and that has been asked for. */
    nm_message message; /* Kept for the next: a stream of one type spares the search for it. */
} text_encoder;

static nm_status
write_line(text_encoder *t)
{
    const nm_payload *payload = &t->message.payload;
    nm_fields fields = nm_message_fields(&t->message);
    nm_writer w = nm_writer_begin(&t->text);
    nm_status status = NM_OK;
    if (t->options.format == NM_FORMAT_PRES) {
        status = nm_pres_record_write(&w, payload, &fields, &t->options.aliases, t->options.endline,
                                      &t->scratch);
    } else {
        status = nm_json_record_write(&w, payload, &fields, &t->options.aliases, &t->scratch);
        nm_writer_octet(&w, '\n');
    }
    nm_status ended = nm_writer_end(&w);
    return status != NM_OK ? status : ended;
}

static nm_status
text_add(nm_encoder *encoder, const nm_payload *payload, bool *out_is_full, nm_error *err)
{
    text_encoder *t = (text_encoder *)encoder;
    nm_status status = nm_message_decode(&t->message, payload, err);
    if (status != NM_OK) {
        return status;
    }
    if (t->message.schema == NULL && t->options.format == NM_FORMAT_JSON) {
        return nm_error_set(err, NM_E_TYPE, 0, "no message type %u:%u to write as text",
                            payload->vendor, payload->type);
    }
    status = write_line(t);
    if (status != NM_OK) {
        return nm_error_set(err, status, 0, "message of %zu octets as text: %s", payload->data.len,
                            nm_status_text(status));
    }
    t->count++;
    *out_is_full = t->text.len >= t->options.text_len;
    return NM_OK;
}

static size_t
text_count(const nm_encoder *encoder)
{
    return ((const text_encoder *)encoder)->count;
}

static size_t
text_pending(const nm_encoder *encoder)
{
    return ((const text_encoder *)encoder)->is_closed ? 1 : 0;
}

static size_t
text_room(const nm_encoder *encoder)
{
    (void)encoder;
    return 1;
}

static nm_status
text_close(nm_encoder *encoder)
{
    ((text_encoder *)encoder)->is_closed = true;
    return NM_OK;
}

static nm_status
text_next_frame(nm_encoder *encoder, bool may_wait, nm_span *out)
{
    text_encoder *t = (text_encoder *)encoder;
    (void)may_wait;
    if (!t->is_given_out) {
        *out = nm_buffer_span(&t->text);
        t->is_given_out = true;
        return NM_OK;
    }
    t->text.len = 0;
    t->count = 0;
    t->is_closed = false;
    t->is_given_out = false;
    return NM_END;
}

static void
text_set_zlib(nm_encoder *encoder, bool is_on, int level)
{
    (void)encoder;
    (void)is_on;
    (void)level;
}

static void
text_free(nm_encoder *encoder)
{
    text_encoder *t = (text_encoder *)encoder;
    nm_buffer_clear(&t->text);
    nm_buffer_clear(&t->scratch);
    free(t);
}

static const nm_encoder_ops text_ops = {
    .add = text_add,
    .count = text_count,
    .pending = text_pending,
    .room = text_room,
    .close = text_close,
    .next_frame = text_next_frame,
    .set_zlib = text_set_zlib,
    .free = text_free,
};

nm_encoder *
nm_text_encoder_new(const nm_text_options *options)
{
    text_encoder *t = calloc(1, sizeof *t);
    if (t != NULL) {
        t->encoder.ops = &text_ops;
        t->options = *options;
        nm_buffer_init(&t->text, INT32_MAX, &nm_allocator_heap);
        nm_buffer_init(&t->scratch, INT32_MAX, &nm_allocator_heap);
    }
    return t != NULL ? &t->encoder : NULL;
}
