/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to lines of text. */
#include <stdlib.h>

#include "io/encoder.h"

typedef struct text_encoder {
    nm_encoder encoder;
    nm_text_options options;
    size_t text_len;
    nm_buffer text;    /* Being filled. */
    nm_buffer closed;  /* To be sent; what is written meanwhile must not move it. */
    nm_buffer scratch; /* For computed values. */
    size_t count;
    bool is_closed;     /* The text is to be sent, */
    bool is_given_out;  /* and that has been asked for. */
    nm_message message; /* Kept for the next: a stream of one type spares the search for it. */
} text_encoder;

static nm_status
text_add(nm_encoder *encoder, const nm_payload *payload, bool *out_is_full, nm_error *err)
{
    text_encoder *t = (text_encoder *)encoder;
    nm_status status = nm_message_decode(&t->message, payload, err);
    if (status == NM_OK) {
        status = nm_text_line_write(&t->options, &t->message, &t->text, &t->scratch, err);
    }
    if (status == NM_OK) {
        t->count++;
        *out_is_full = t->text.len >= t->text_len;
    }
    return status;
}

static nm_status
text_add_text(nm_encoder *encoder, nm_span text, size_t count, bool *out_is_full)
{
    text_encoder *t = (text_encoder *)encoder;
    nm_status status = nm_buffer_append(&t->text, text);
    if (status == NM_OK) {
        t->count += count;
        *out_is_full = t->text.len >= t->text_len;
    }
    return status;
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
    text_encoder *t = (text_encoder *)encoder;
    nm_buffer text = t->text;
    t->text = t->closed;
    t->closed = text;
    t->count = 0;
    t->is_closed = true;
    return NM_OK;
}

static nm_status
text_next_frame(nm_encoder *encoder, bool may_wait, nm_span *out)
{
    text_encoder *t = (text_encoder *)encoder;
    (void)may_wait;
    if (!t->is_given_out) {
        *out = nm_buffer_span(&t->closed);
        t->is_given_out = true;
        return NM_OK;
    }
    t->closed.len = 0;
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
    nm_buffer_clear(&t->closed);
    nm_buffer_clear(&t->scratch);
    free(t);
}

static const nm_encoder_ops text_ops = {
    .add = text_add,
    .add_text = text_add_text,
    .count = text_count,
    .pending = text_pending,
    .room = text_room,
    .close = text_close,
    .next_frame = text_next_frame,
    .set_zlib = text_set_zlib,
    .free = text_free,
};

nm_encoder *
nm_text_encoder_new(const nm_text_options *options, size_t text_len)
{
    text_encoder *t = calloc(1, sizeof *t);
    if (t != NULL) {
        t->encoder.ops = &text_ops;
        t->options = *options;
        t->text_len = text_len;
        nm_buffer_init(&t->text, INT32_MAX, &nm_allocator_heap);
        nm_buffer_init(&t->closed, INT32_MAX, &nm_allocator_heap);
        nm_buffer_init(&t->scratch, INT32_MAX, &nm_allocator_heap);
    }
    return t != NULL ? &t->encoder : NULL;
}
