/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of batches: filled from the source, worked on, given out in the same order. What the
 * source says in place of a frame is kept until all frames before it were given out. */
#include "io/read_ahead.h"

#include <stdlib.h>
#include <time.h>

enum { SMALL_LEN = 16 * 1024 /* Octets that are not worth a change of threads. */ };

struct nm_read_ahead {
    nm_source *source;
    nm_packet_decoder *packets; /* NULL: the source gives frames. */
    const nm_input_options *options;
    nm_worker_pool *pool;
    nm_batch *batches; /* A ring of `count`, `used` of them from `oldest` on. */
    size_t count;
    size_t used;
    size_t oldest;
    nm_status answer; /* Of the source, when it gave no frame. */
    nm_error error;
    bool has_ended;      /* That was told. */
    bool wants_work;     /* There is something to be done with every frame. */
    nm_batch_frame lent; /* A frame that is handed on as it came; no octets: there is none. */
};

nm_read_ahead *
nm_read_ahead_new(nm_source *source, nm_packet_decoder *packets, const nm_input_options *options)
{
    nm_read_ahead *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return NULL;
    }
    r->source = source;
    r->packets = packets;
    r->options = options;
    r->pool = options->pool;
    r->wants_work = options->text_count > 0 || options->format != NM_FORMAT_NMSG;
    r->count = nm_worker_pool_size(r->pool) + 2; /* One is given out, and one is being filled. */
    return r;
}

/* The batch behind those in use; made with the first frame that has work in it.
 * @return NULL with r->answer set: no memory. */
static nm_batch *
free_batch(nm_read_ahead *r)
{
    nm_batch_options options = {.input = r->options, .accepts_v1 = r->source->accepts_v1};
    if (r->batches == NULL) {
        r->batches = calloc(r->count, sizeof *r->batches);
        if (r->batches == NULL) {
            r->answer = nm_error_set(&r->error, NM_E_NOMEM, 0, "no memory for reading ahead");
            return NULL;
        }
        for (size_t i = 0; i < r->count; i++) {
            nm_batch_init(&r->batches[i], &options);
        }
    }
    return &r->batches[(r->oldest + r->used) % r->count];
}

void
nm_read_ahead_free(nm_read_ahead *r)
{
    if (r == NULL) {
        return;
    }
    for (size_t i = 0; r->batches != NULL && i < r->count; i++) {
        nm_worker_pool_wait(r->pool, &r->batches[i].job);
        nm_batch_clear(&r->batches[i]);
    }
    free(r->batches);
    free(r);
}

/* Decoding plain containers takes less time than fetching from another processor what was found. */
static bool
is_work(const nm_read_ahead *r, const nm_frame *frame)
{
    nm_header header;
    return r->wants_work || (nm_header_decode(frame->octets, &header, /* err= */ NULL) == NM_OK &&
                             (header.flags & NM_FLAG_ZLIB) != 0);
}

/* A frame of the source, or messages made of its packets. */
typedef struct fetched {
    nm_frame frame;
    const nm_container *messages; /* NULL: it is a frame. */
} fetched;

/* Get something of the source. @return false: there is none now; r->answer may tell why. */
static bool
fetch(nm_read_ahead *r, const nm_wait *wait, fetched *out)
{
    *out = (fetched){.messages = NULL};
    if (r->packets != NULL) {
        r->answer = nm_packet_decoder_read(r->packets, r->source, wait, &out->messages, &r->error);
        return r->answer == NM_OK && out->messages != NULL;
    }
    r->answer = r->source->ops->next(r->source, wait, &out->frame, &r->error);
    return r->answer == NM_OK && out->frame.octets.data != NULL; /* Else it is a piece of a line. */
}

static nm_status
add(nm_batch *b, const fetched *it, nm_error *err)
{
    return it->messages != NULL ? nm_batch_add_messages(b, it->messages, err)
                                : nm_batch_add(b, &it->frame, err);
}

/* Fill a batch with what was fetched and what else the source has: there is better to do than to
 * wait. */
static void
gather(nm_read_ahead *r, nm_batch *b, fetched it)
{
    do {
        r->answer = add(b, &it, &r->error);
    } while (r->answer == NM_OK && !nm_batch_is_full(b) && fetch(r, /* wait= */ NULL, &it));
}

/* Have a batch worked on. */
static void
submit(nm_read_ahead *r, nm_batch *b, const nm_header_filter *filter)
{
    struct timespec now = {.tv_sec = 0};
    (void)clock_gettime(CLOCK_REALTIME, &now); /* Cannot fail with this clock. */
    b->now_sec = now.tv_sec;
    b->now_nsec = (uint32_t)now.tv_nsec;
    b->filter = *filter;
    bool is_small = r->used == 0 && b->octets.len < SMALL_LEN;
    nm_worker_pool_submit(is_small ? NULL : r->pool, &b->job);
    r->used++;
}

/* Give all batches that are free something to work on; or lend a frame as it is, if there is no
 * work in it and nothing is to be given out before. */
static void
read_on(nm_read_ahead *r, const nm_wait *wait, const nm_header_filter *filter)
{
    fetched it;
    while (r->used < r->count && r->answer == NM_OK && fetch(r, r->used == 0 ? wait : NULL, &it)) {
        if (r->used == 0 && !is_work(r, &it.frame)) {
            r->lent.frame = it.frame;
            return;
        }
        nm_batch *b = free_batch(r);
        if (b == NULL) {
            return;
        }
        gather(r, b, it);
        if (b->count > 0) {
            submit(r, b, filter);
        }
    }
}

/* Take what the source said, to be said once; the end is the end for good. */
static nm_status
take_answer(nm_read_ahead *r, nm_error *err)
{
    nm_status answer = r->answer;
    r->has_ended = r->source->has_ended;
    if (err != NULL && answer != NM_END && answer != NM_AGAIN && answer != NM_STOPPED) {
        *err = r->error;
    }
    if (answer != NM_END) {
        r->answer = NM_OK;
    }
    return answer;
}

nm_status
nm_read_ahead_next(nm_read_ahead *r, const nm_wait *wait, const nm_header_filter *filter,
                   const nm_batch **out_batch, const nm_batch_frame **out_frame, nm_error *err)
{
    if (r->used > 0 && r->batches[r->oldest].next == r->batches[r->oldest].count) {
        nm_batch_reset(&r->batches[r->oldest]);
        r->oldest = (r->oldest + 1) % r->count;
        r->used--;
    }
    if (r->answer == NM_AGAIN || r->answer == NM_STOPPED) {
        r->answer = NM_OK; /* That was then. */
    }
    r->lent.frame.octets = nm_span_of(NULL, 0);
    if (r->used == 0 || r->batches[r->oldest].next == 0) {
        read_on(r, wait, filter);
    }
    if (r->used == 0) {
        *out_frame = r->lent.frame.octets.data != NULL ? &r->lent : NULL;
        return r->answer != NM_OK ? take_answer(r, err) : NM_OK;
    }
    nm_batch *b = &r->batches[r->oldest];
    nm_worker_pool_wait(r->pool, &b->job);
    *out_batch = b;
    *out_frame = &b->frames[b->next++];
    return NM_OK;
}

bool
nm_read_ahead_is_ready(const nm_read_ahead *r)
{
    const nm_batch *b = r->used > 0 ? &r->batches[r->oldest] : NULL;
    return b != NULL && b->next > 0 && b->next < b->count;
}

bool
nm_read_ahead_has_ended(const nm_read_ahead *r)
{
    return r->has_ended;
}
