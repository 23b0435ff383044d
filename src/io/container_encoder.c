/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to containers: the builder as an encoder. */
#include <stdlib.h>

#include "io/encoder.h"

typedef struct container_encoder {
    nm_encoder encoder;
    nm_builder *builder;
} container_encoder;

static nm_builder *
builder_of(const nm_encoder *encoder)
{
    return ((const container_encoder *)encoder)->builder;
}

static nm_status
container_add(nm_encoder *encoder, const nm_payload *payload, bool *out_is_full, nm_error *err)
{
    nm_status status = nm_builder_add(builder_of(encoder), payload, out_is_full);
    return status == NM_OK || status == NM_FULL
               ? status
               : nm_error_set(err, status, 0, "message of %zu octets: %s", payload->data.len,
                              nm_status_text(status));
}

static size_t
container_count(const nm_encoder *encoder)
{
    return nm_builder_count(builder_of(encoder));
}

static nm_status
container_close(nm_encoder *encoder)
{
    return nm_builder_close(builder_of(encoder));
}

static nm_status
container_next_frame(nm_encoder *encoder, nm_span *out)
{
    return nm_builder_next_frame(builder_of(encoder), out);
}

static nm_status
container_set_zlib(nm_encoder *encoder, bool is_on, int level)
{
    return nm_builder_set_zlib(builder_of(encoder), is_on, level);
}

static void
container_free(nm_encoder *encoder)
{
    nm_builder_free(builder_of(encoder));
    free(encoder);
}

static const nm_encoder_ops container_ops = {
    .add = container_add,
    .count = container_count,
    .close = container_close,
    .next_frame = container_next_frame,
    .set_zlib = container_set_zlib,
    .free = container_free,
};

nm_encoder *
nm_container_encoder_new(const nm_builder_options *options)
{
    container_encoder *c = calloc(1, sizeof *c);
    nm_builder *builder = nm_builder_new(options, &nm_allocator_heap);
    if (c == NULL || builder == NULL) {
        nm_builder_free(builder);
        free(c);
        return NULL;
    }
    c->encoder.ops = &container_ops;
    c->builder = builder;
    return &c->encoder;
}
