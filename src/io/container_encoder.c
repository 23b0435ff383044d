/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to containers: the builder as an encoder, with workers that compress. */
#include <stdlib.h>

#include "io/encoder.h"

/* A container that was closed, and the work on it. */
typedef struct closed_container {
    nm_job job;
    nm_parcel parcel;
    nm_status status; /* Of the work. */
} closed_container;

typedef struct container_encoder {
    nm_encoder encoder;
    nm_builder *builder;
    nm_worker_pool *pool;
    bool is_compressing;
    closed_container *closed; /* A ring of `room`, `pending` of them in use from `oldest` on. */
    size_t room;
    size_t oldest;
    size_t pending;
} container_encoder;

static nm_status
refuse(nm_status status, const nm_payload *payload, nm_error *err)
{
    return nm_error_set(err, status, 0, "message of %zu octets: %s", payload->data.len,
                        nm_status_text(status));
}

static nm_status
container_add(nm_encoder *encoder, const nm_payload *payload, bool *out_is_full, nm_error *err)
{
    container_encoder *c = (container_encoder *)encoder;
    nm_status status = nm_builder_add(c->builder, payload, out_is_full);
    return status == NM_OK || status == NM_FULL ? status : refuse(status, payload, err);
}

static nm_status
container_add_run(nm_encoder *encoder, const nm_payload *payloads, size_t count, size_t *out_added,
                  bool *out_is_full, nm_error *err)
{
    container_encoder *c = (container_encoder *)encoder;
    nm_status status = nm_builder_add_run(c->builder, payloads, count, out_added, out_is_full);
    return status == NM_OK ? NM_OK : refuse(status, &payloads[*out_added], err);
}

static size_t
container_count(const nm_encoder *encoder)
{
    return nm_builder_count(((const container_encoder *)encoder)->builder);
}

static size_t
container_pending(const nm_encoder *encoder)
{
    return ((const container_encoder *)encoder)->pending;
}

static size_t
container_room(const nm_encoder *encoder)
{
    return ((const container_encoder *)encoder)->room;
}

static void
seal(nm_job *job)
{
    closed_container *closed = (closed_container *)job;
    closed->status = nm_parcel_seal(&closed->parcel);
}

static nm_status
container_close(nm_encoder *encoder)
{
    container_encoder *c = (container_encoder *)encoder;
    closed_container *closed = &c->closed[(c->oldest + c->pending) % c->room];
    nm_status status = nm_builder_take(c->builder, &closed->parcel);
    if (status == NM_OK) {
        /* Without compression there is nothing to do that is worth a change of threads. */
        nm_worker_pool_submit(c->is_compressing ? c->pool : NULL, &closed->job);
        c->pending++;
    }
    return status;
}

static nm_status
container_next_frame(nm_encoder *encoder, bool may_wait, nm_span *out)
{
    container_encoder *c = (container_encoder *)encoder;
    closed_container *closed = &c->closed[c->oldest];
    if (may_wait) {
        nm_worker_pool_wait(c->pool, &closed->job);
    } else if (!nm_worker_pool_is_done(c->pool, &closed->job)) {
        return NM_AGAIN;
    }
    if (closed->status != NM_OK) {
        closed->status = nm_parcel_seal(&closed->parcel); /* There may be memory by now. */
    }
    nm_status status = closed->status;
    if (status == NM_OK) {
        status = nm_parcel_next_frame(&closed->parcel, out);
    }
    if (status == NM_END) {
        c->oldest = (c->oldest + 1) % c->room;
        c->pending--;
    }
    return status;
}

static bool
container_has_more(const nm_encoder *encoder)
{
    const container_encoder *c = (const container_encoder *)encoder;
    return nm_parcel_has_more(&c->closed[c->oldest].parcel);
}

static void
container_set_zlib(nm_encoder *encoder, bool is_on, int level)
{
    container_encoder *c = (container_encoder *)encoder;
    c->is_compressing = is_on;
    nm_builder_set_zlib(c->builder, is_on, level);
}

static void
container_free(nm_encoder *encoder)
{
    container_encoder *c = (container_encoder *)encoder;
    for (size_t i = 0; c->closed != NULL && i < c->room; i++) {
        nm_worker_pool_wait(c->pool, &c->closed[i].job);
        nm_parcel_clear(&c->closed[i].parcel);
    }
    free(c->closed);
    nm_builder_free(c->builder);
    free(c);
}

static const nm_encoder_ops container_ops = {
    .add = container_add,
    .add_run = container_add_run,
    .count = container_count,
    .pending = container_pending,
    .room = container_room,
    .close = container_close,
    .next_frame = container_next_frame,
    .has_more = container_has_more,
    .set_zlib = container_set_zlib,
    .free = container_free,
};

nm_encoder *
nm_container_encoder_new(const nm_builder_options *options, nm_worker_pool *pool)
{
    container_encoder *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return NULL;
    }
    unsigned workers = nm_worker_pool_size(pool);
    c->encoder.ops = &container_ops;
    c->pool = pool;
    c->room = workers > 0 ? workers + 2 : 1; /* All work while one is written and one waits. */
    c->builder = nm_builder_new(options, &nm_allocator_heap);
    c->closed = calloc(c->room, sizeof *c->closed);
    if (c->builder == NULL || c->closed == NULL) {
        container_free(&c->encoder);
        return NULL;
    }
    for (size_t i = 0; i < c->room; i++) {
        c->closed[i].job.run = seal;
        nm_parcel_init(&c->closed[i].parcel, &nm_allocator_heap);
    }
    return &c->encoder;
}
