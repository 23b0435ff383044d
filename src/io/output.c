/* SPDX-License-Identifier: Apache-2.0 */
/* Filling containers, sending them, and not letting them wait for too long.
 *
 * A frame that could not be sent whole (an interruption, a full disk) stays where it is with a
 * count of the octets already out, and every later call goes on with it first: files stay whole. */
#include "io/output.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/allocator.h"
#include "io/encoder.h"
#include "io/fork_guard.h"
#include "io/sink.h"
#include "io/thread.h"
#include "wire/zblock.h"

static const int64_t RETRY_NS = NM_WAIT_SLICE_MS * 1000000LL;

struct nm_output {
    pthread_mutex_t lock;   /* Everything below that is not atomic and changes. */
    pthread_cond_t changed; /* The flusher has something new to look at. */
    nm_sink *sink;          /* NULL when closed. */
    int fd;
    nm_encoder *encoder;
    nm_fork_mark fork_mark;
    atomic_bool is_buffered;
    int64_t flush_interval_ns;
    int64_t flush_at_ns; /* When the container being filled has waited long enough. */
    nm_span frame;       /* Being sent; empty: none. */
    size_t frame_done;
    bool is_draining; /* A closed container has frames left. */
    pthread_t flusher;
    bool has_flusher;
    bool is_flusher_idle; /* It waits for a message, not for a time. */
    atomic_bool is_stopping;
    _Atomic uint64_t messages; /* Written with the lock, read by anybody. */
    _Atomic uint64_t containers;
    _Atomic uint64_t frames;
    _Atomic uint64_t octets;
    _Atomic uint64_t send_errors;
};

nm_output_options
nm_output_options_file(void)
{
    return (nm_output_options){
        .container_len = NM_OUTPUT_FILE_LEN,
        .is_buffered = true,
        .zlevel = NM_ZLEVEL_DEFAULT,
        .flush_interval_ns = 5000000000,
        .endline = {.data = (const uint8_t *)"\n", .len = 1},
        .permissions = 0666,
    };
}

nm_output_options
nm_output_options_socket(void)
{
    return (nm_output_options){
        .container_len = NM_OUTPUT_SOCKET_LEN,
        .is_buffered = true,
        .zlevel = NM_ZLEVEL_DEFAULT,
        .flush_interval_ns = 500000000,
    };
}

/* -- opening -- */

static void
init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* @return NULL with *status set. */
static nm_encoder *
encoder_new(const nm_output_options *options, bool has_sequence, nm_status *status, nm_error *err)
{
    nm_builder_options building = {.container_len = options->container_len,
                                   .may_fragment = true,
                                   .has_sequence = has_sequence};
    nm_encoder *encoder = NULL;
    if (options->format != NM_FORMAT_NMSG) {
        encoder = nm_text_encoder_new(&(nm_text_options){.format = options->format,
                                                         .text_len = NM_OUTPUT_TEXT_LEN,
                                                         .aliases = options->aliases,
                                                         .endline = options->endline});
    } else {
        *status = nm_random_u64(&building.sequence_id, err);
        if (*status == NM_OK) {
            *status = nm_random_u64(&building.fragment_seed, err);
        }
        if (*status == NM_OK) {
            encoder = nm_container_encoder_new(&building);
        }
    }
    if (encoder != NULL && options->is_compressed &&
        encoder->ops->set_zlib(encoder, /* is_on= */ true, options->zlevel) != NM_OK) {
        encoder->ops->free(encoder);
        encoder = NULL;
    }
    if (encoder == NULL && *status == NM_OK) {
        *status = nm_error_set(err, NM_E_NOMEM, 0, "no memory for an output");
    }
    return encoder;
}

/* Takes the sink, also on failure. */
static nm_status
output_new(nm_sink *sink, const nm_output_options *options, bool has_sequence, nm_output **ret,
           nm_error *err)
{
    nm_status status = NM_OK;
    nm_output *out = calloc(1, sizeof *out);
    nm_encoder *encoder = encoder_new(options, has_sequence, &status, err);
    if (out == NULL && status == NM_OK) {
        status = nm_error_set(err, NM_E_NOMEM, 0, "no memory for an output");
    }
    if (status != NM_OK) {
        if (encoder != NULL) {
            encoder->ops->free(encoder);
        }
        free(out);
        (void)sink->ops->free(sink, /* err= */ NULL); /* The first error is the one to tell. */
        return status;
    }
    pthread_mutex_init(&out->lock, /* attributes= */ NULL);
    init_condition(&out->changed);
    out->sink = sink;
    out->fd = sink->fd;
    out->encoder = encoder;
    out->fork_mark = nm_fork_mark_take();
    out->is_buffered = options->is_buffered;
    out->flush_interval_ns = options->flush_interval_ns;
    *ret = out;
    return NM_OK;
}

nm_status
nm_output_open_fd(int fd, const nm_output_options *options, nm_output **out, nm_error *err)
{
    nm_sink *sink = NULL;
    nm_status status = nm_file_sink_open(fd, /* owns_fd= */ false, &sink, err);
    return status == NM_OK ? output_new(sink, options, /* has_sequence= */ false, out, err)
                           : status;
}

nm_status
nm_output_open_sink(nm_sink *sink, const nm_output_options *options, nm_output **out, nm_error *err)
{
    return output_new(sink, options, /* has_sequence= */ false, out, err);
}

nm_status
nm_output_open_file(const char *path, const nm_output_options *options, nm_output **out,
                    nm_error *err)
{
    static const int flags[] = {
        [NM_FILE_REPLACE] = O_TRUNC, [NM_FILE_APPEND] = O_APPEND, [NM_FILE_NEW] = O_EXCL};
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags[options->file_mode],
                  (mode_t)options->permissions);
    if (fd < 0) {
        return nm_error_set_system(err, errno, "cannot open %s for writing", path);
    }
    nm_sink *sink = NULL;
    nm_status status = nm_file_sink_open(fd, /* owns_fd= */ true, &sink, err);
    return status == NM_OK ? output_new(sink, options, /* has_sequence= */ false, out, err)
                           : status;
}

nm_status
nm_output_open_udp(const char *address, unsigned port, bool is_broadcast,
                   const nm_output_options *options, nm_output **out, nm_error *err)
{
    nm_sink *sink = NULL;
    nm_status status = nm_udp_sink_open(address, port, is_broadcast, options->pace, &sink, err);
    if (status != NM_OK) {
        return status;
    }
    nm_output_options fitting = *options;
    if (fitting.container_len > NM_OUTPUT_DATAGRAM_MAX) {
        fitting.container_len = NM_OUTPUT_DATAGRAM_MAX;
    }
    fitting.format = NM_FORMAT_NMSG;
    return output_new(sink, &fitting, /* has_sequence= */ true, out, err);
}

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

/* Send the frames of a closed container that are left. */
static nm_status
drain(nm_output *out, const nm_wait *wait, nm_error *err)
{
    while (out->is_draining) {
        if (out->frame_done == out->frame.len) {
            nm_status status = out->encoder->ops->next_frame(out->encoder, &out->frame);
            out->frame_done = 0;
            if (status == NM_END) {
                out->frame.len = 0;
                out->is_draining = false;
                count(&out->containers, 1);
                return NM_OK;
            }
            if (status != NM_OK) {
                out->frame.len = 0;
                return nm_error_set(err, status, 0, "no memory for sending a container");
            }
        }
        nm_status status =
            out->sink->ops->write(out->sink, out->frame, &out->frame_done, wait, err);
        atomic_store_explicit(&out->send_errors, out->sink->passing_errors, memory_order_relaxed);
        if (status != NM_OK) {
            return status;
        }
        count(&out->frames, 1);
        count(&out->octets, out->frame.len);
    }
    return NM_OK;
}

/* Close the container being filled and send it. */
static nm_status
send_container(nm_output *out, const nm_wait *wait, nm_error *err)
{
    nm_status status = drain(out, wait, err);
    if (status != NM_OK || out->encoder->ops->count(out->encoder) == 0) {
        return status;
    }
    status = out->encoder->ops->close(out->encoder);
    if (status != NM_OK) {
        return nm_error_set(err, status, 0, "cannot close a container: %s", nm_status_text(status));
    }
    out->is_draining = true;
    return drain(out, wait, err);
}

/* -- the flusher -- */

static void
wait_until(nm_output *out, int64_t at_ns)
{
    struct timespec until = {.tv_sec = (time_t)(at_ns / 1000000000),
                             .tv_nsec = (long)(at_ns % 1000000000)};
    pthread_cond_timedwait(&out->changed, &out->lock, &until);
}

static void *
flush_late(void *context)
{
    nm_output *out = context;

    pthread_mutex_lock(&out->lock);
    while (!atomic_load(&out->is_stopping)) {
        int64_t now = nm_clock_monotonic_ns();
        if (out->encoder->ops->count(out->encoder) == 0 && !out->is_draining) {
            out->is_flusher_idle = true;
            pthread_cond_wait(&out->changed, &out->lock);
            out->is_flusher_idle = false;
        } else if (now < out->flush_at_ns) {
            wait_until(out, out->flush_at_ns);
        } else {
            /* The lock must not be held while waiting, so this does not wait. A failure leaves the
             * frame in place; whoever writes, flushes or closes next meets and reports it. */
            nm_status status = send_container(out, /* wait= */ NULL, /* err= */ NULL);
            out->flush_at_ns = now + (status == NM_AGAIN ? RETRY_NS : out->flush_interval_ns);
        }
    }
    pthread_mutex_unlock(&out->lock);
    return NULL;
}

/* The first message of a container came: see to it that it does not wait for too long. */
static void
start_clock(nm_output *out)
{
    if (out->flush_interval_ns <= 0) {
        return;
    }
    out->flush_at_ns = nm_clock_monotonic_ns() + out->flush_interval_ns;
    if (!out->has_flusher) {
        /* Without a thread messages wait until the container is full: late, not lost. */
        out->has_flusher = nm_thread_start(&out->flusher, "nmsg-flush", flush_late, out,
                                           /* err= */ NULL) == NM_OK;
    } else if (out->is_flusher_idle) {
        pthread_cond_signal(&out->changed);
    }
}

/* Call with the lock held; gives it back. */
static void
stop_flusher(nm_output *out)
{
    bool has_flusher = out->has_flusher;
    out->has_flusher = false;
    atomic_store(&out->is_stopping, true);
    pthread_cond_signal(&out->changed);
    pthread_mutex_unlock(&out->lock);
    if (has_flusher) {
        (void)pthread_join(out->flusher, /* result= */ NULL); /* Ours, and joined once. */
    }
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
    if (status == NM_OK && (!out->is_buffered || out->is_draining)) {
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
        status = drain(out, wait, err);
    }
    if (status == NM_OK) {
        status = add(out, payload, &is_full, err);
    }
    if (status == NM_FULL) {
        status = send_container(out, wait, err);
        if (status == NM_OK) {
            status = add(out, payload, &is_full, err);
        }
    }
    *out_is_accepted = status == NM_OK;
    if (status == NM_OK && (is_full || !out->is_buffered)) {
        status = send_container(out, wait, err);
    }
    pthread_mutex_unlock(&out->lock);
    return status;
}

nm_status
nm_output_flush(nm_output *out, const nm_wait *wait, nm_error *err)
{
    nm_status status = lock_output(out, wait, err);
    if (status != NM_OK) {
        return status;
    }
    status = check_open(out, err);
    if (status == NM_OK) {
        status = send_container(out, wait, err);
    }
    pthread_mutex_unlock(&out->lock);
    return status;
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
    status = send_container(out, wait, err);
    if (status == NM_AGAIN || status == NM_STOPPED) {
        pthread_mutex_unlock(&out->lock);
        return status;
    }
    nm_sink *sink = out->sink;
    out->sink = NULL;
    stop_flusher(out);
    nm_status closed = sink->ops->free(sink, status == NM_OK ? err : NULL);
    return status == NM_OK ? closed : status;
}

void
nm_output_free(nm_output *out)
{
    if (out == NULL) {
        return;
    }
    if (nm_output_is_foreign(out)) {
        /* The lock may be held by a thread that is not there, so nothing is locked or joined. */
        if (out->sink != NULL) {
            (void)out->sink->ops->free(out->sink, /* err= */ NULL); /* Nothing of ours is in it. */
        }
    } else {
        pthread_mutex_lock(&out->lock);
        nm_sink *sink = out->sink;
        out->sink = NULL;
        stop_flusher(out);
        if (sink != NULL) {
            (void)sink->ops->free(sink, /* err= */ NULL); /* Abandoned: nobody is left to tell. */
        }
        pthread_mutex_destroy(&out->lock);
        pthread_cond_destroy(&out->changed);
    }
    out->encoder->ops->free(out->encoder);
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
        status = out->encoder->ops->set_zlib(out->encoder, is_on, zlevel);
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
    };
}

int
nm_output_fileno(const nm_output *out)
{
    return out->fd;
}
