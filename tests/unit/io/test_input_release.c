/* SPDX-License-Identifier: Apache-2.0 */
/* What a source that keeps track of its reader is told to be done with, and when. */
#include "io/source.h"

#include "check.h"
#include "io/worker_pool.h"
#include "io_fixture.h"
#include "wire/builder.h"
#include "wire/zblock.h"

enum { FRAMES = 20, MESSAGES = 2 /* In a frame. */ };

/* Gives out one container again and again. */
typedef struct tracked_source {
    nm_source source;
    nm_span container;
    size_t given;
    size_t *released; /* Frames, altogether; outlives the source. */
} tracked_source;

static nm_status
tracked_next(nm_source *source, const nm_wait *wait, nm_frame *out, nm_error *err)
{
    tracked_source *t = (tracked_source *)source;
    (void)wait;
    (void)err;
    if (t->given == FRAMES) {
        return NM_AGAIN;
    }
    t->given++;
    *out = (nm_frame){.octets = t->container};
    return NM_OK;
}

static void
tracked_release(nm_source *source, size_t frames)
{
    tracked_source *t = (tracked_source *)source;
    *t->released += frames;
    CHECK(*t->released <= t->given);
}

static nm_source_counts
tracked_counts(nm_source *source)
{
    (void)source;
    return (nm_source_counts){.octets = 0};
}

static int
tracked_fileno(nm_source *source)
{
    (void)source;
    return -1;
}

static void
tracked_free(nm_source *source)
{
    free(source);
}

static const nm_source_ops tracked_ops = {
    .next = tracked_next,
    .release = tracked_release,
    .counts = tracked_counts,
    .fileno = tracked_fileno,
    .own_fileno = tracked_fileno,
    .free = tracked_free,
};

static nm_builder *builder;

/* A container of two messages; borrowed until the next. */
static nm_span
make_container(void)
{
    nm_span frame = nm_span_of(NULL, 0);
    nm_builder_options options = {.container_len = NM_BUILDER_LEN_MIN};
    bool is_full = false;
    builder = nm_builder_new(&options, &nm_allocator_heap);
    CHECK_OR_EXIT(builder != NULL);
    nm_builder_set_zlib(builder, /* is_on= */ true, NM_ZLEVEL_DEFAULT); /* Work for workers. */
    for (uint32_t i = 0; i < MESSAGES; i++) {
        nm_payload payload = fixture_payload(i, nm_span_of("x", 1));
        CHECK_EQ(nm_builder_add(builder, &payload, &is_full), NM_OK);
    }
    CHECK_EQ(nm_builder_close(builder), NM_OK);
    CHECK_EQ(nm_builder_next_frame(builder, &frame), NM_OK);
    return frame;
}

static nm_input *
open_tracked(nm_worker_pool *pool, size_t *released)
{
    nm_input *in = NULL;
    nm_input_options options = nm_input_options_default();
    tracked_source *t = calloc(1, sizeof *t);
    CHECK_OR_EXIT(t != NULL);
    *t = (tracked_source){.source = {.ops = &tracked_ops, .is_quick = true, .is_tracked = true},
                          .container = make_container(),
                          .released = released};
    options.pool = pool;
    CHECK_OR_EXIT(nm_input_open_source(&t->source, &options, &in, NULL) == NM_OK);
    CHECK(nm_input_is_tracked(in));
    return in;
}

/* Take so many messages. */
static void
take(nm_input *in, int count)
{
    const nm_message *message;
    while (count > 0) {
        nm_status status = nm_input_take(in, &message, NULL);
        if (status == NM_AGAIN) {
            CHECK_OR_EXIT(nm_input_fill(in, NULL, NULL) == NM_OK);
        } else {
            CHECK_EQ(status, NM_OK);
            count--;
        }
    }
}

static void
check_release(nm_worker_pool *pool)
{
    size_t released = 0;
    nm_input *in = open_tracked(pool, &released);
    take(in, 2);
    CHECK_EQ(released, 0); /* All were taken, but nobody asked for more. */
    take(in, 1);
    CHECK_EQ(released, 1);
    take(in, 4);
    CHECK_EQ(released, 3);
    nm_input_release(in);
    CHECK_EQ(released, 3); /* Half of the fourth is left. */
    take(in, 1);
    nm_input_release(in);
    CHECK_EQ(released, 4);
    nm_input_release(in);
    CHECK_EQ(released, 4);

    nm_input_hold(in, /* is_holding= */ true);
    take(in, 5);
    CHECK_EQ(released, 4);
    nm_input_release(in);
    CHECK_EQ(released, 6);
    take(in, 3);
    nm_input_hold(in, /* is_holding= */ false);
    CHECK_EQ(released, 6);
    take(in, 1);
    CHECK_EQ(released, 8);

    take(in, FRAMES * MESSAGES - 17);
    CHECK_EQ(released, FRAMES - 1);
    CHECK_EQ(nm_input_fill(in, NULL, NULL), NM_AGAIN);
    CHECK_EQ(released, FRAMES);
    CHECK_EQ(nm_input_commit(in, NULL, NULL), NM_E_ARGUMENT); /* It has no such function. */
    nm_input_free(in);
    nm_builder_free(builder);
}

static void
frames_are_released_when_more_is_asked_for(void)
{
    check_release(/* pool= */ NULL);
}

static void
reading_ahead_releases_nothing(void)
{
    nm_worker_pool *pool = NULL;
    CHECK_OR_EXIT(nm_worker_pool_new(2, &pool, NULL) == NM_OK);
    check_release(pool);
    nm_worker_pool_free(pool);
}

static void
what_the_filter_leaves_out_is_done_with(void)
{
    size_t released = 0;
    nm_input *in = open_tracked(/* pool= */ NULL, &released);
    nm_header_filter filter = {.source = 77};
    const nm_message *message;
    nm_input_set_filter(in, &filter);
    CHECK_EQ(nm_input_fill(in, NULL, NULL), NM_OK);
    nm_input_release(in);
    CHECK_EQ(released, 1);
    CHECK_EQ(nm_input_take(in, &message, NULL), NM_AGAIN);
    nm_input_free(in);
    nm_builder_free(builder);
}

CHECK_MAIN(CHECK_TEST(frames_are_released_when_more_is_asked_for),
           CHECK_TEST(reading_ahead_releases_nothing),
           CHECK_TEST(what_the_filter_leaves_out_is_done_with))
