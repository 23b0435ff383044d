/* SPDX-License-Identifier: Apache-2.0 */
/* From the containers or lines of a transport to messages: decoding, filtering, counting. */
#include "io/input.h"

#include <pthread.h>
#include <stdlib.h>

#include "io/fork_guard.h"
#include "io/pace.h"
#include "io/packet_decoder.h"
#include "io/read_ahead.h"
#include "io/socket_address.h"
#include "io/source.h"
#include "io/text_decoder.h"
#include "io/text_line.h"
#include "wire/decoder.h"

struct nm_input {
    nm_input_options options;
    nm_source *source;
    nm_read_ahead *ahead;       /* Stands between source and decoder; NULL: nothing does. */
    nm_decoder *decoder;        /* Of containers, */
    nm_text_decoder *text;      /* of text, or */
    nm_packet_decoder *packets; /* of packets; the others are NULL. */
    nm_fork_mark fork_mark;
    nm_header_filter filter;
    const nm_container *container; /* NULL: none is being given out. */
    const nm_batch *batch;         /* Where it is from, and the frame in it; */
    const nm_batch_frame *frame;   /* NULL: the decoder. */
    size_t next;                   /* Payload of it to look at next. */
    size_t taken;                  /* Messages last taken, up to `next`. */
    uint64_t container_offset;     /* Of the line, for text. */
    uint64_t line;
    bool has_frame;           /* Of the source, and it is not done with. */
    bool is_holding;          /* Frames that are done with are released by hand. */
    size_t done_frames;       /* Not released so far. */
    pthread_mutex_t decoding; /* Held while the decoder works: its counts are read elsewhere. */
    nm_input_stats stats;
    nm_message message;
};

/* Making messages of packets is no work for others, but writing them as text is. */
static bool
reads_ahead(const nm_input_options *options)
{
    return nm_worker_pool_size(options->pool) > 0 && options->pace == NULL &&
           options->format != NM_FORMAT_PRES &&
           (options->format != NM_FORMAT_PCAP || options->text_count > 0);
}

static nm_status
make_packet_decoder(nm_input *in, nm_error *err)
{
    const nm_packet_options *given = in->options.packets;
    nm_packet_options options = given != NULL ? *given : nm_packet_options_default();
    nm_status status = nm_packet_decoder_new(in->options.schema, &options, &in->packets, err);
    in->options.packets = NULL;
    if (status == NM_OK && in->source->has_kind) {
        status = nm_packet_decoder_begin(in->packets, &in->source->kind, err);
    }
    if (status == NM_OK && in->source->kind.is_live &&
        nm_packet_decoder_filter(in->packets) != NULL) {
        status = nm_interface_source_filter(in->source, nm_packet_decoder_filter(in->packets), err);
    }
    return status;
}

static nm_status
make_container_decoder(nm_input *in, nm_error *err)
{
    uint64_t seed = 0;
    nm_status status = nm_random_u64(&seed, err);
    if (status == NM_OK) {
        in->decoder = nm_decoder_new(&in->options.limits, seed, &nm_allocator_heap);
        status = in->decoder != NULL ? NM_OK : NM_E_NOMEM;
    }
    return status;
}

/* What stands between the source and the messages. */
static nm_status
make_decoder(nm_input *in, nm_error *err)
{
    nm_status status = NM_OK;
    if (in->options.format == NM_FORMAT_PCAP) {
        status = make_packet_decoder(in, err);
    } else if (in->options.format == NM_FORMAT_NMSG) {
        status = make_container_decoder(in, err);
    } else {
        in->text = nm_text_decoder_new(&in->options);
        status = in->text != NULL ? NM_OK : NM_E_NOMEM;
    }
    if (status == NM_OK && reads_ahead(&in->options)) {
        in->ahead = nm_read_ahead_new(in->source, in->packets, &in->options);
        status = in->ahead != NULL ? NM_OK : NM_E_NOMEM;
    }
    return status == NM_E_NOMEM ? nm_error_set(err, status, 0, "no memory for an input") : status;
}

nm_status
nm_input_open_source(nm_source *source, const nm_input_options *options, nm_input **out,
                     nm_error *err)
{
    nm_input *in = calloc(1, sizeof *in);
    if (in == NULL) {
        source->ops->free(source);
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for an input");
    }
    in->source = source;
    in->options = *options;
    pthread_mutex_init(&in->decoding, /* attributes= */ NULL);
    in->fork_mark = nm_fork_mark_take();
    nm_status status = make_decoder(in, err);
    if (status != NM_OK) {
        nm_input_free(in);
        return status;
    }
    *out = in;
    return NM_OK;
}

nm_status
nm_input_feed(nm_input *in, nm_span octets, nm_error *err)
{
    if (in->source->ops->give != NULL) {
        return in->source->ops->give(in->source, octets);
    }
    if (in->source->ops->stream == NULL) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "a socket cannot be given octets");
    }
    return nm_stream_feed(in->source->ops->stream(in->source), octets, err);
}

void
nm_input_feed_end(nm_input *in)
{
    if (in->source->ops->stream != NULL) {
        nm_stream_end(in->source->ops->stream(in->source));
    }
}

void
nm_input_free(nm_input *in)
{
    if (in == NULL) {
        return;
    }
    nm_read_ahead_free(in->ahead);
    in->source->ops->free(in->source);
    nm_decoder_free(in->decoder);
    nm_text_decoder_free(in->text);
    nm_packet_decoder_free(in->packets);
    pthread_mutex_destroy(&in->decoding);
    free(in);
}

/* In a child forked since the input was opened: make it the child's, if that can be. */
static nm_status
check_process(nm_input *in, nm_error *err)
{
    if (!nm_fork_mark_is_foreign(in->fork_mark) || in->source->ops->adopt == NULL) {
        return NM_OK;
    }
    nm_status status = in->source->ops->adopt(in->source, err);
    if (status == NM_OK) {
        in->fork_mark = nm_fork_mark_take();
    }
    return status;
}

/* True when the payload has no stored CRC or one that fits. */
static bool
crc_fits(const nm_input *in, size_t i)
{
    return in->frame != NULL ? (nm_batch_findings(in->batch, in->frame, i) & NM_BATCH_CRC_FITS) != 0
                             : nm_container_crc_fits(in->container, i);
}

/* Step over payloads that the filter does not want. Those with a wrong CRC are left for give_out()
 * to report. */
static void
skip_unwanted(nm_input *in)
{
    while (in->next < in->container->count &&
           !nm_header_filter_passes(&in->filter, &in->container->payloads[in->next]) &&
           crc_fits(in, in->next)) {
        in->next++;
        in->stats.filtered++;
    }
}

/* True when nothing is left of a frame once its container was given out. More messages than one may
 * come of a packet; the source of packets knows when it has no more. */
static bool
clears_pending(const nm_input *in)
{
    return in->ahead == NULL && in->packets == NULL && in->source->ops->set_pending != NULL;
}

/* The container has been given out. */
static void
finish_container(nm_input *in)
{
    in->container = NULL;
    in->frame = NULL;
    if (clears_pending(in)) {
        in->source->ops->set_pending(in->source, /* is_pending= */ false);
    }
}

static nm_status
give_out(nm_input *in, size_t i, nm_error *err)
{
    const nm_payload *payload = &in->container->payloads[i];
    if (!crc_fits(in, i)) {
        return nm_error_set(err, NM_E_CRC, in->container_offset,
                            "payload %zu of the container: crc mismatch (%08x != %08x)", i,
                            __builtin_bswap32(nm_payload_crc(payload->data)),
                            __builtin_bswap32(in->container->crcs[i]));
    }
    nm_error detail;
    nm_status status = NM_OK;
    if (in->options.is_undecoded) {
        in->message.payload = *payload; /* Its octets are not looked at. */
    } else if (in->frame != NULL &&
               (nm_batch_findings(in->batch, in->frame, i) & NM_BATCH_DECODED) != 0) {
        nm_batch_message(in->batch, in->frame, i, &in->message);
    } else {
        status = nm_message_decode(&in->message, payload, &detail);
    }
    if (status != NM_OK) {
        return nm_error_set(err, status, in->container_offset, "payload %zu of the container: %s",
                            i, detail.message);
    }
    nm_header_change_apply(&in->options.change, &in->message.payload);
    return NM_OK;
}

nm_status
nm_input_take(nm_input *in, const nm_message **out, nm_error *err)
{
    if (in->container == NULL) {
        return NM_AGAIN;
    }
    nm_status status = check_process(in, err);
    if (status != NM_OK) {
        return status;
    }
    skip_unwanted(in);
    if (in->next >= in->container->count) {
        finish_container(in);
        return NM_AGAIN;
    }
    status = give_out(in, in->next++, err);
    if (status != NM_OK) {
        in->stats.bad_payloads++;
        return status;
    }
    in->stats.messages++;
    in->taken = 1;
    *out = &in->message;
    return NM_OK;
}

nm_status
nm_input_take_each(nm_input *in, nm_input_each *each, void *context, nm_error *err)
{
    const nm_message *message = NULL;
    nm_status status = check_process(in, err);
    if (status != NM_OK) {
        return status; /* A thread of the parent may have held the lock. */
    }
    pthread_mutex_lock(&in->decoding);
    do {
        status = nm_input_take(in, &message, err);
    } while (status == NM_OK && each(context, message));
    pthread_mutex_unlock(&in->decoding);
    return status;
}

void
nm_input_settle(nm_input *in)
{
    if (in->container != NULL && clears_pending(in)) {
        skip_unwanted(in);
        if (in->next >= in->container->count) {
            finish_container(in);
        }
    }
}

static bool
is_bad_data(nm_status status)
{
    return status >= NM_E_MAGIC;
}

static nm_arrival
arrival_of(const nm_input *in, const nm_frame *frame)
{
    return (nm_arrival){
        .sender = frame->sender,
        .now_sec = in->source->counts_sequence ? nm_clock_monotonic_ns() / 1000000000 : 0,
        .accepts_v1 = in->source->accepts_v1,
        .counts_sequence = in->source->counts_sequence && !in->source->is_shared,
    };
}

static nm_status
decode_container(nm_input *in, const nm_frame *frame, nm_error *err)
{
    nm_arrival arrival = arrival_of(in, frame);
    nm_status status = nm_decoder_decode(in->decoder, frame->octets, &arrival, &in->container, err);
    in->stats.bad_containers += is_bad_data(status);
    if (is_bad_data(status) && err != NULL) {
        err->offset = frame->offset;
    }
    return status;
}

/* Make a message of the lines that were fed. */
static nm_status
read_text(nm_input *in, nm_error *err)
{
    pthread_mutex_lock(&in->decoding);
    nm_status status = nm_text_decoder_next(in->text, &in->container, err);
    in->stats.bad_payloads += is_bad_data(status);
    pthread_mutex_unlock(&in->decoding);
    in->next = 0;
    return status;
}

/* The source gave an error instead of a frame. */
static void
count_failure(nm_input *in, nm_status status)
{
    uint64_t *counter =
        in->options.format == NM_FORMAT_NMSG ? &in->stats.bad_containers : &in->stats.bad_payloads;
    pthread_mutex_lock(&in->decoding);
    *counter += is_bad_data(status);
    pthread_mutex_unlock(&in->decoding);
}

/* Hand the frame of the source over to the decoder. */
static nm_status
decode_frame(nm_input *in, const nm_frame *frame, nm_error *err)
{
    in->container_offset = frame->offset;
    in->next = 0;
    if (in->options.pace != NULL) {
        nm_pace_spend(in->options.pace, frame->octets.len, nm_clock_monotonic_ns());
    }
    if (in->text != NULL) {
        if (frame->line == 0) {
            return NM_AGAIN;
        }
        in->line = frame->line;
        nm_text_decoder_feed(in->text, frame);
        return read_text(in, err);
    }
    pthread_mutex_lock(&in->decoding);
    nm_status status = decode_container(in, frame, err);
    pthread_mutex_unlock(&in->decoding);
    return status;
}

/* Decode the frame in this thread; NM_OK also when it was kept for those to come. */
static nm_status
decode_here(nm_input *in, const nm_frame *frame, nm_error *err)
{
    nm_status status = decode_frame(in, frame, err);
    if (status == NM_OK) {
        return NM_OK;
    }
    finish_container(in);
    return status == NM_AGAIN ? NM_OK : status; /* A piece was kept: no message yet. */
}

/* Give out what a worker decoded; of packets also what it could not. */
static nm_status
begin_frame(nm_input *in, const nm_batch *batch, const nm_batch_frame *frame, nm_error *err)
{
    nm_status status = NM_OK;
    in->container_offset = frame->frame.offset;
    in->line = frame->frame.line;
    in->next = 0;
    if (in->decoder != NULL) {
        nm_arrival arrival = arrival_of(in, &frame->frame);
        pthread_mutex_lock(&in->decoding);
        status = nm_decoder_note(in->decoder, &frame->container, &arrival, err);
        pthread_mutex_unlock(&in->decoding);
    }
    if (status == NM_OK) {
        in->container = &frame->container;
        in->batch = batch;
        in->frame = frame->is_decoded ? frame : NULL;
    }
    return status;
}

/* -- what is done with -- */

static void
release(nm_input *in)
{
    if (in->done_frames > 0 && in->source->ops->release != NULL) {
        in->source->ops->release(in->source, in->done_frames);
    }
    in->done_frames = 0;
}

/* More is asked for, so that the program has had all of the frame at hand. */
static void
finish_frame(nm_input *in)
{
    in->done_frames += in->has_frame;
    in->has_frame = false;
    if (!in->is_holding) {
        release(in);
    }
}

void
nm_input_hold(nm_input *in, bool is_holding)
{
    in->is_holding = is_holding;
}

bool
nm_input_is_tracked(const nm_input *in)
{
    return in->source->is_tracked;
}

void
nm_input_release(nm_input *in)
{
    if (in->has_frame && in->container != NULL) {
        skip_unwanted(in);
    }
    if (in->has_frame && (in->container == NULL || in->next >= in->container->count)) {
        in->done_frames++;
        in->has_frame = false;
    }
    release(in);
}

nm_status
nm_input_commit(nm_input *in, const nm_wait *wait, nm_error *err)
{
    nm_status status = check_process(in, err);
    if (status != NM_OK) {
        return status;
    }
    if (in->source->ops->commit == NULL) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "only readers in a group of Kafka commit");
    }
    return in->source->ops->commit(in->source, wait, err);
}

/* -- reading on -- */

static nm_status
fill_from_ahead(nm_input *in, const nm_wait *wait, nm_error *err)
{
    const nm_batch *batch = NULL;
    const nm_batch_frame *frame = NULL;
    nm_status status = nm_read_ahead_next(in->ahead, wait, &in->filter, &batch, &frame, err);
    if (status != NM_OK) {
        count_failure(in, status);
        return status;
    }
    if (frame == NULL) {
        return NM_OK;
    }
    in->has_frame = true;
    return frame->is_decoded || in->packets != NULL ? begin_frame(in, batch, frame, err)
                                                    : decode_here(in, &frame->frame, err);
}

/* Have packets made messages of. */
static nm_status
fill_from_packets(nm_input *in, const nm_wait *wait, nm_error *err)
{
    in->container = NULL;
    in->next = 0;
    nm_status status = nm_packet_decoder_read(in->packets, in->source, wait, &in->container, err);
    if (status != NM_OK) {
        count_failure(in, status);
    }
    return status;
}

nm_status
nm_input_fill(nm_input *in, const nm_wait *wait, nm_error *err)
{
    nm_frame frame = {.offset = 0};
    nm_status status = check_process(in, err);
    if (status == NM_OK && in->options.pace != NULL) {
        status = nm_pace_wait(in->options.pace, wait);
    }
    if (status != NM_OK) {
        return status;
    }
    if (in->ahead != NULL) {
        finish_frame(in);
        return fill_from_ahead(in, wait, err);
    }
    if (in->packets != NULL) {
        return fill_from_packets(in, wait, err);
    }
    if (in->text != NULL) {
        status = read_text(in, err); /* A line may hold the ends of two messages. */
        if (status != NM_AGAIN) {
            return status;
        }
    }
    finish_frame(in);
    status = in->source->ops->next(in->source, wait, &frame, err);
    in->has_frame = status == NM_OK;
    if (status == NM_END && in->text != NULL) {
        nm_text_decoder_finish(in->text);
        return read_text(in, err);
    }
    if (status != NM_OK) {
        count_failure(in, status);
        return status;
    }
    return decode_here(in, &frame, err);
}

/* Which text of the options has a format; text_count: none. */
static size_t
find_text(const nm_input *in, nm_format format)
{
    size_t t = 0;
    while (t < in->options.text_count && in->options.texts[t].format != format) {
        t++;
    }
    return t;
}

bool
nm_input_makes_text(const nm_input *in, nm_format format)
{
    return in->ahead != NULL && find_text(in, format) < in->options.text_count;
}

bool
nm_input_has_texts(const nm_input *in)
{
    return in->frame != NULL && in->frame->is_all_text;
}

bool
nm_input_hands_on(const nm_input *in)
{
    const nm_header_change *change = &in->options.change;
    return in->text == NULL && in->options.is_undecoded && change->source == 0 &&
           change->operator == 0 && change->group == 0;
}

size_t
nm_input_peek(const nm_input *in, size_t max, const nm_payload **out)
{
    size_t n = 0;
    if (in->container == NULL) {
        return 0;
    }
    const nm_payload *payloads = &in->container->payloads[in->next];
    size_t left = in->container->count - in->next;
    while (n < left && n < max && crc_fits(in, in->next + n) &&
           nm_header_filter_passes(&in->filter, &payloads[n])) {
        n++;
    }
    *out = payloads;
    return n;
}

void
nm_input_skip(nm_input *in, size_t count)
{
    in->next += count;
    in->stats.messages += count;
}

size_t
nm_input_take_texts(nm_input *in, size_t max)
{
    if (!nm_input_has_texts(in) ||
        memcmp(&in->filter, &in->batch->filter, sizeof in->filter) != 0) {
        return 0;
    }
    size_t left = in->container->count - in->next;
    in->taken = left < max ? left : max;
    in->next += in->taken;
    in->stats.messages += in->taken;
    return in->taken;
}

nm_span
nm_input_text(const nm_input *in, nm_format format)
{
    size_t t = in->frame != NULL ? find_text(in, format) : in->options.text_count;
    return t < in->options.text_count
               ? nm_batch_text(in->batch, in->frame, in->next - in->taken, in->taken, t)
               : nm_span_of(NULL, 0);
}

bool
nm_input_is_quick(const nm_input *in)
{
    return in->ahead != NULL ? nm_read_ahead_is_ready(in->ahead) : in->source->is_quick;
}

nm_place
nm_input_place(const nm_input *in)
{
    return (nm_place){.offset = in->container_offset,
                      .line = in->line,
                      .payload = in->text != NULL || in->next == 0 ? 0 : in->next - 1};
}

int64_t
nm_input_due_ns(const nm_input *in)
{
    return in->options.pace != NULL ? nm_pace_due_ns(in->options.pace, nm_clock_monotonic_ns()) : 0;
}

bool
nm_input_is_socket(const nm_input *in)
{
    return in->source->counts_sequence;
}

bool
nm_input_has_ended(const nm_input *in)
{
    return in->ahead != NULL ? nm_read_ahead_has_ended(in->ahead) : in->source->has_ended;
}

bool
nm_input_stop(nm_input *in)
{
    if (in->packets != NULL) {
        nm_packet_decoder_stop(in->packets);
    }
    return in->packets != NULL;
}

void
nm_input_set_filter(nm_input *in, const nm_header_filter *filter)
{
    in->filter = *filter;
}

nm_header_filter
nm_input_filter(const nm_input *in)
{
    return in->filter;
}

nm_input_stats
nm_input_stats_get(nm_input *in)
{
    pthread_mutex_lock(&in->decoding);
    nm_input_stats stats = in->stats;
    nm_decoder_counts decoded = {.containers = 0};
    if (in->decoder != NULL) {
        decoded = nm_decoder_counts_get(in->decoder);
    }
    pthread_mutex_unlock(&in->decoding);
    nm_source_counts source = in->source->ops->counts(in->source);
    stats.containers = decoded.containers;
    stats.sequence_lost = decoded.sequence_lost;
    stats.fragments_lost = decoded.fragments_lost;
    stats.datagrams = source.datagrams;
    stats.octets = source.octets;
    stats.kernel_lost = source.kernel_lost;
    stats.interface_lost = source.interface_lost;
    stats.ring_full_ns = source.ring_full_ns;
    stats.receive_buffer_len = source.receive_buffer_len;
    return stats;
}

bool
nm_input_capture_stats_get(nm_input *in, nm_capture_stats *out)
{
    if (in->packets != NULL) {
        *out = nm_packet_decoder_stats(in->packets);
    }
    return in->packets != NULL;
}

int
nm_input_fileno(nm_input *in)
{
    (void)check_process(in, /* err= */ NULL); /* Whoever reads is told. */
    int fd = in->source->ops->fileno(in->source);
    if (in->container != NULL) {
        nm_input_settle(in);
    } else if (clears_pending(in)) {
        in->source->ops->set_pending(in->source, /* is_pending= */ false);
    }
    return fd;
}

int
nm_input_own_fileno(nm_input *in)
{
    return in->source->ops->own_fileno(in->source);
}

nm_status
nm_input_address(nm_input *in, char *text, unsigned *out_port, nm_error *err)
{
    return nm_socket_address_of(nm_input_own_fileno(in), text, out_port, err);
}
