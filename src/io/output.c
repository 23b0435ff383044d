/* SPDX-License-Identifier: Apache-2.0 */
/* Filling containers, sending them, and not letting them wait for too long.
 *
 * A frame that could not be sent whole (an interruption, a full disk) stays where it is with a
 * count of the octets already out, and every later call goes on with it first: files stay whole. */
#include "io/output.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/allocator.h"
#include "io/encoder.h"
#include "io/flusher.h"
#include "io/fork_guard.h"
#include "io/sink.h"

static const int64_t RETRY_NS = NM_WAIT_SLICE_MS * 1000000LL;

struct nm_output {
    pthread_mutex_t lock; /* Everything below that is not atomic and changes. */
    nm_flusher flusher;   /* Sends late what waits. */
    nm_sink *sink;        /* NULL when closed. */
    int fd;
    nm_format format;
    nm_encoder *encoder;
    nm_fork_mark fork_mark;
    atomic_bool is_buffered;
    int64_t flush_interval_ns;
    int64_t flush_at_ns; /* When the container being filled has waited long enough, */
    int64_t drain_at_ns; /* and the oldest closed one. */
    nm_span frame;       /* Being sent; empty: none. */
    size_t frame_done;
    _Atomic uint64_t messages; /* Written with the lock, read by anybody. */
    _Atomic uint64_t containers;
    _Atomic uint64_t frames;
    _Atomic uint64_t octets;
    _Atomic uint64_t send_errors;
    nm_delivery delivery;
};

/* -- locking -- */

/* Lock for as long as `wait` allows: another thread may hold it while it waits for a reader.
 * In a forked child it may be held by a thread that is not there, so it is left alone. */
static nm_status
lock_output(nm_output *out, const nm_wait *wait, nm_error *err)
{
    if (nm_output_is_foreign(out)) {
        return nm_error_set(err, NM_E_FORKED, 0, "%s", nm_status_text(NM_E_FORKED));
    }
    while (pthread_mutex_trylock(&out->lock) != 0) {
        if (wait == NULL) {
            return NM_AGAIN;
        }
        struct timespec until;
        (void)clock_gettime(CLOCK_REALTIME, &until); /* Cannot fail with this clock. */
        until.tv_nsec += NM_WAIT_SLICE_MS * 1000000L;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_nsec -= 1000000000L;
            until.tv_sec++;
        }
        if (pthread_mutex_timedlock(&out->lock, &until) == 0) {
            break;
        }
        if (wait->may_go_on != NULL && !wait->may_go_on(wait->context)) {
            return NM_STOPPED;
        }
    }
    return NM_OK;
}

static nm_status
check_open(const nm_output *out, nm_error *err)
{
    if (out->sink == NULL) {
        return nm_error_set(err, NM_E_CLOSED, 0, "%s", nm_status_text(NM_E_CLOSED));
    }
    return NM_OK;
}

/* With the lock held there is one writer, so no locked instruction is needed. */
static void
count(_Atomic uint64_t *counter, uint64_t step)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + step,
                          memory_order_relaxed);
}

bool
nm_output_is_foreign(const nm_output *out)
{
    return nm_fork_mark_is_foreign(out->fork_mark);
}

/* -- sending -- */

static size_t
pending(const nm_output *out)
{
    return out->encoder->ops->pending(out->encoder);
}

/* Take the next frame of the closed containers. NM_END: there is none, for now. */
static nm_status
next_frame(nm_output *out, size_t leave, nm_error *err)
{
    while (pending(out) > 0) {
        nm_status status =
            out->encoder->ops->next_frame(out->encoder, pending(out) > leave, &out->frame);
        out->frame_done = 0;
        if (status == NM_OK) {
            return NM_OK;
        }
        out->frame.len = 0;
        if (status == NM_AGAIN) {
            return NM_END;
        }
        if (status != NM_END) {
            return nm_error_set(err, status, 0, "cannot close a container: %s",
                                nm_status_text(status));
        }
        count(&out->containers, 1);
    }
    return NM_END;
}

/* Leave a frame to the sink, to be sent with the next of the same container. */
static bool
gather_frame(nm_output *out)
{
    const nm_encoder_ops *encoder = out->encoder->ops;
    const nm_sink_ops *sink = out->sink->ops;
    if (out->frame_done > 0 || sink->gather == NULL || encoder->has_more == NULL ||
        !encoder->has_more(out->encoder) || !sink->gather(out->sink, out->frame)) {
        return false;
    }
    out->frame_done = out->frame.len;
    return true;
}

/* Send what is left of closed containers, without waiting for the work on the last `leave`. */
static nm_status
drain(nm_output *out, size_t leave, const nm_wait *wait, nm_error *err)
{
    for (;;) {
        if (out->frame_done == out->frame.len) {
            nm_status status = next_frame(out, leave, err);
            if (status != NM_OK) {
                return status == NM_END ? NM_OK : status;
            }
        }
        nm_status status = NM_OK;
        if (!gather_frame(out)) {
            status = out->sink->ops->write(out->sink, out->frame, &out->frame_done, wait, err);
        }
        atomic_store_explicit(&out->send_errors, out->sink->passing_errors, memory_order_relaxed);
        if (status != NM_OK) {
            return status;
        }
        count(&out->frames, 1);
        count(&out->octets, out->frame.len);
    }
}

/* Have room for one more closed container. */
static nm_status
make_room(nm_output *out, const nm_wait *wait, nm_error *err)
{
    return drain(out, out->encoder->ops->room(out->encoder) - 1, wait, err);
}

/* Close the container being filled and send it; `leave` as for drain(). */
static nm_status
send_container(nm_output *out, size_t leave, const nm_wait *wait, nm_error *err)
{
    nm_status status = make_room(out, wait, err);
    if (status != NM_OK) {
        return status;
    }
    if (out->encoder->ops->count(out->encoder) > 0) {
        if (pending(out) == 0) {
            out->drain_at_ns = out->flush_at_ns;
        }
        status = out->encoder->ops->close(out->encoder);
        if (status != NM_OK) {
            return nm_error_set(err, status, 0, "cannot close a container: %s",
                                nm_status_text(status));
        }
    }
    return drain(out, leave, wait, err);
}

/* The same when the container is full: others may still work on it afterwards. */
static nm_status
send_full_container(nm_output *out, const nm_wait *wait, nm_error *err)
{
    size_t leave = out->is_buffered ? out->encoder->ops->room(out->encoder) : 0;
    return send_container(out, leave, wait, err);
}

/* -- the flusher -- */

/* When something has waited long enough; INT64_MAX: there is nothing. */
static int64_t
due_ns(void *object)
{
    const nm_output *out = object;
    int64_t due = out->encoder->ops->count(out->encoder) > 0 ? out->flush_at_ns : INT64_MAX;
    return pending(out) > 0 && out->drain_at_ns < due ? out->drain_at_ns : due;
}

/* Send what has waited long enough. The lock must not be held while waiting, so this waits for
 * workers only. A failure leaves the frame in place; whoever writes, flushes or closes next meets
 * and reports it. */
static void
send_late(void *object, int64_t now)
{
    nm_output *out = object;
    nm_status status = out->flush_at_ns <= now
                           ? send_container(out, /* leave= */ 0, /* wait= */ NULL, /* err= */ NULL)
                           : drain(out, /* leave= */ 0, /* wait= */ NULL, /* err= */ NULL);
    int64_t again = now + (status == NM_AGAIN ? RETRY_NS : out->flush_interval_ns);
    out->flush_at_ns = out->flush_at_ns <= now ? again : out->flush_at_ns;
    out->drain_at_ns = again;
}

static const nm_flusher_ops flusher_ops = {.due_ns = due_ns, .flush = send_late};

/* The first message of a container came: see to it that it does not wait for too long. */
static void
start_clock(nm_output *out)
{
    if (out->flush_interval_ns <= 0) {
        return;
    }
    out->flush_at_ns = nm_clock_monotonic_ns() + out->flush_interval_ns;
    nm_flusher_wake(&out->flusher);
}

/* -- opening -- */

nm_status
nm_output_open_encoder(nm_sink *sink, nm_encoder *encoder, nm_format format,
                       const nm_output_options *options, nm_output **ret, nm_error *err)
{
    nm_output *out = calloc(1, sizeof *out);
    if (out == NULL) {
        encoder->ops->free(encoder);
        (void)sink->ops->free(sink, /* err= */ NULL); /* The first error is the one to tell. */
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for an output");
    }
    pthread_mutex_init(&out->lock, /* attributes= */ NULL);
    nm_flusher_init(&out->flusher, &flusher_ops, out, &out->lock);
    out->sink = sink;
    sink->delivery = &out->delivery;
    out->fd = sink->fd;
    out->format = format;
    out->encoder = encoder;
    out->fork_mark = nm_fork_mark_take();
    out->is_buffered = options->is_buffered;
    out->flush_interval_ns = options->flush_interval_ns;
    *ret = out;
    return NM_OK;
}

/* -- writing -- */

/* Add to the container being filled; NM_FULL when it has to be sent first. */
static nm_status
add(nm_output *out, const nm_payload *payload, bool *out_is_full, nm_error *err)
{
    bool is_first = out->encoder->ops->count(out->encoder) == 0;
    nm_status status = out->encoder->ops->add(out->encoder, payload, out_is_full, err);
    if (status == NM_OK) {
        count(&out->messages, 1);
        if (is_first && out->is_buffered && !*out_is_full) {
            start_clock(out);
        }
    }
    return status;
}

nm_status
nm_output_try_write(nm_output *out, const nm_payload *payload, nm_error *err)
{
    bool is_full = false;
    nm_status status = lock_output(out, /* wait= */ NULL, err);
    if (status != NM_OK) {
        return status;
    }
    status = check_open(out, err);
    if (status == NM_OK &&
        (!out->is_buffered || pending(out) == out->encoder->ops->room(out->encoder))) {
        status = NM_AGAIN;
    }
    if (status == NM_OK) {
        status = add(out, payload, &is_full, err);
        status = status == NM_FULL ? NM_AGAIN : status == NM_OK && is_full ? NM_FULL : status;
    }
    pthread_mutex_unlock(&out->lock);
    return status;
}

nm_status
nm_output_write(nm_output *out, const nm_payload *payload, const nm_wait *wait,
                bool *out_is_accepted, nm_error *err)
{
    bool is_full = false;
    *out_is_accepted = false;
    nm_status status = lock_output(out, wait, err);
    if (status != NM_OK) {
        return status;
    }
    status = check_open(out, err);
    if (status == NM_OK) {
        status = make_room(out, wait, err);
    }
    if (status == NM_OK) {
        status = add(out, payload, &is_full, err);
    }
    if (status == NM_FULL) {
        status = send_full_container(out, wait, err);
        if (status == NM_OK) {
            status = add(out, payload, &is_full, err);
        }
    }
    *out_is_accepted = status == NM_OK;
    if (status == NM_OK && (is_full || !out->is_buffered)) {
        status = send_full_container(out, wait, err);
    }
    pthread_mutex_unlock(&out->lock);
    return status;
}

/* Add messages one by one until the container is full, as add_run() of an encoder does. */
static nm_status
add_each(nm_encoder *encoder, const nm_payload *payloads, size_t total, size_t *out_added,
         bool *out_is_full, nm_error *err)
{
    nm_status status = NM_OK;
    while (status == NM_OK && *out_added < total && !*out_is_full) {
        status = encoder->ops->add(encoder, &payloads[*out_added], out_is_full, err);
        *out_added += status == NM_OK;
    }
    *out_is_full = *out_is_full || status == NM_FULL;
    return status == NM_FULL ? NM_OK : status;
}

/* Add messages, sending containers that are full. */
static nm_status
add_run(nm_output *out, const nm_payload *payloads, size_t total, const nm_wait *wait,
        size_t *out_accepted, nm_error *err)
{
    const nm_encoder_ops *ops = out->encoder->ops;
    nm_status status = make_room(out, wait, err);
    while (status == NM_OK && total > *out_accepted) {
        bool is_full = false;
        bool is_first = ops->count(out->encoder) == 0;
        size_t added = 0;
        status = (ops->add_run != NULL ? ops->add_run : add_each)(
            out->encoder, payloads + *out_accepted, total - *out_accepted, &added, &is_full, err);
        *out_accepted += added;
        count(&out->messages, added);
        if (is_full) {
            status = send_full_container(out, wait, err);
        } else if (is_first && added > 0) {
            start_clock(out);
        }
    }
    return status;
}

nm_status
nm_output_write_run(nm_output *out, const nm_payload *payloads, size_t count, const nm_wait *wait,
                    size_t *out_accepted, nm_error *err)
{
    *out_accepted = 0;
    nm_status status = lock_output(out, wait, err);
    if (status != NM_OK) {
        return status;
    }
    status = check_open(out, err);
    if (status == NM_OK && out->is_buffered) {
        status = add_run(out, payloads, count, wait, out_accepted, err);
    }
    pthread_mutex_unlock(&out->lock);
    return status;
}

/* Keep text for later. */
static nm_status
keep_text(nm_output *out, nm_span text, size_t messages, bool *out_is_full, nm_error *err)
{
    nm_status status = out->encoder->ops->add_text(out->encoder, text, messages, out_is_full);
    return status == NM_OK
               ? NM_OK
               : nm_error_set(err, status, 0, "no memory for %zu octets of text", text.len);
}

/* Add text to what is collected. */
static nm_status
collect_text(nm_output *out, nm_span text, size_t messages, const nm_wait *wait, nm_error *err)
{
    bool is_full = false;
    bool is_first = out->encoder->ops->count(out->encoder) == 0;
    nm_status status = keep_text(out, text, messages, &is_full, err);
    if (status == NM_OK && is_first && out->is_buffered && !is_full) {
        start_clock(out);
    }
    return status == NM_OK && (is_full || !out->is_buffered) ? send_full_container(out, wait, err)
                                                             : status;
}

/* Send text behind what was collected, from where it lies. What does not go out is kept. */
static nm_status
send_text(nm_output *out, nm_span text, size_t messages, const nm_wait *wait, nm_error *err)
{
    size_t done = 0;
    nm_status status = send_container(out, /* leave= */ 0, wait, err);
    if (status == NM_OK) {
        status = out->sink->ops->write(out->sink, text, &done, wait, err);
    }
    if (status == NM_OK) {
        count(&out->containers, 1);
        count(&out->frames, 1);
        count(&out->octets, text.len);
        return NM_OK;
    }
    bool is_full = false;
    nm_span rest = nm_span_of(text.data + done, text.len - done);
    nm_status kept = keep_text(out, rest, messages, &is_full, err);
    return kept == NM_OK ? status : kept;
}

nm_status
nm_output_write_texts(nm_output *out, nm_span text, size_t messages, const nm_wait *wait,
                      nm_error *err)
{
    nm_status status = lock_output(out, wait, err);
    if (status != NM_OK) {
        return status;
    }
    status = check_open(out, err);
    if (status == NM_OK) {
        bool is_long = text.len >= NM_OUTPUT_TEXT_LEN;
        status = is_long ? send_text(out, text, messages, wait, err)
                         : collect_text(out, text, messages, wait, err);
        count(&out->messages, messages);
    }
    pthread_mutex_unlock(&out->lock);
    return status;
}

typedef nm_status send_function(nm_output *out, const nm_wait *wait, nm_error *err);

/* Send what is there, and wait until it is where it belongs. */
static nm_status
send_all(nm_output *out, const nm_wait *wait, nm_error *err)
{
    nm_status status = send_container(out, /* leave= */ 0, wait, err);
    if (status == NM_OK && out->sink->ops->flush != NULL) {
        status = out->sink->ops->flush(out->sink, wait, err);
    }
    return status;
}

/* The same, and see it out. */
static nm_status
deliver_all(nm_output *out, const nm_wait *wait, nm_error *err)
{
    nm_status status = send_all(out, wait, err);
    return status == NM_OK && out->sink->ops->finish != NULL
               ? out->sink->ops->finish(out->sink, wait, err)
               : status;
}

static nm_status
send_locked(nm_output *out, send_function *send, const nm_wait *wait, nm_error *err)
{
    nm_status status = lock_output(out, wait, err);
    if (status != NM_OK) {
        return status;
    }
    status = check_open(out, err);
    if (status == NM_OK) {
        status = send(out, wait, err);
    }
    pthread_mutex_unlock(&out->lock);
    return status;
}

nm_status
nm_output_send(nm_output *out, const nm_wait *wait, nm_error *err)
{
    return send_locked(out, send_full_container, wait, err);
}

nm_status
nm_output_flush(nm_output *out, const nm_wait *wait, nm_error *err)
{
    return send_locked(out, send_all, wait, err);
}

nm_status
nm_output_deliver(nm_output *out, const nm_wait *wait, nm_error *err)
{
    return send_locked(out, deliver_all, wait, err);
}

/* -- closing -- */

nm_status
nm_output_close(nm_output *out, const nm_wait *wait, nm_error *err)
{
    if (nm_output_is_foreign(out)) {
        return NM_OK; /* What is buffered is the parent's to send. */
    }
    nm_status status = lock_output(out, wait, err);
    if (status != NM_OK) {
        return status;
    }
    if (out->sink == NULL) {
        pthread_mutex_unlock(&out->lock);
        return NM_OK;
    }
    status = out->encoder->ops->end != NULL ? out->encoder->ops->end(out->encoder) : NM_OK;
    if (status != NM_OK) {
        (void)nm_error_set(err, status, 0, "cannot end the output: %s", nm_status_text(status));
    } else {
        status = deliver_all(out, wait, err);
    }
    if (status == NM_AGAIN || status == NM_STOPPED) {
        pthread_mutex_unlock(&out->lock);
        return status;
    }
    nm_sink *sink = out->sink;
    out->sink = NULL;
    nm_flusher_stop(&out->flusher);
    nm_status closed = sink->ops->free(sink, status == NM_OK ? err : NULL);
    return status == NM_OK ? closed : status;
}

void
nm_output_free(nm_output *out)
{
    if (out == NULL) {
        return;
    }
    bool is_foreign = nm_output_is_foreign(out);
    if (is_foreign) {
        /* The lock may be held by a thread that is not there, so nothing is locked or joined. */
        if (out->sink != NULL) {
            (void)out->sink->ops->free(out->sink, /* err= */ NULL); /* Nothing of ours is in it. */
        }
    } else {
        pthread_mutex_lock(&out->lock);
        nm_sink *sink = out->sink;
        out->sink = NULL;
        nm_flusher_stop(&out->flusher);
        if (sink != NULL) {
            (void)sink->ops->free(sink, /* err= */ NULL); /* Abandoned: nobody is left to tell. */
        }
        nm_flusher_clear(&out->flusher);
        pthread_mutex_destroy(&out->lock);
    }
    if (!is_foreign || pending(out) == 0) { /* Those who work on it are not there either. */
        out->encoder->ops->free(out->encoder);
    }
    free(out);
}

/* -- settings and counts -- */

void
nm_output_set_buffered(nm_output *out, bool is_buffered)
{
    atomic_store(&out->is_buffered, is_buffered);
}

nm_status
nm_output_set_zlib(nm_output *out, bool is_on, int zlevel, const nm_wait *wait, nm_error *err)
{
    nm_status status = lock_output(out, wait, err);
    if (status == NM_OK) {
        out->encoder->ops->set_zlib(out->encoder, is_on, zlevel);
        pthread_mutex_unlock(&out->lock);
    }
    return status;
}

nm_output_stats
nm_output_stats_get(const nm_output *out)
{
    return (nm_output_stats){
        .messages = atomic_load_explicit(&out->messages, memory_order_relaxed),
        .containers = atomic_load_explicit(&out->containers, memory_order_relaxed),
        .frames = atomic_load_explicit(&out->frames, memory_order_relaxed),
        .octets = atomic_load_explicit(&out->octets, memory_order_relaxed),
        .send_errors = atomic_load_explicit(&out->send_errors, memory_order_relaxed),
        .queued = atomic_load_explicit(&out->delivery.queued, memory_order_relaxed),
        .delivered = atomic_load_explicit(&out->delivery.delivered, memory_order_relaxed),
        .failed = atomic_load_explicit(&out->delivery.failed, memory_order_relaxed),
    };
}

nm_format
nm_output_format(const nm_output *out)
{
    return out->format;
}

int
nm_output_fileno(const nm_output *out)
{
    return out->fd;
}
