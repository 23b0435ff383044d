/* SPDX-License-Identifier: Apache-2.0 */
/* What stands between a source of packets and src/capture. */
#include "io/packet_decoder.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/ascii.h"
#include "io/packet_filter.h"
#include "message/schema/tables.h"

enum {
    MESSAGES_MAX = 64,            /* At a time: as many as stay at hand for whoever reads, */
    MESSAGES_LEN_MAX = 32 * 1024, /* and no more after so many octets. */
    PACKETS_MAX = 256,            /* Without a message, before whoever reads has a look around. */
    SETTLE_MS = 150,              /* What was captured before a stop can be read by then, */
    STOP_MS = 800,                /* and has been by then, or never will be. */
    LATE_SEC = 2,                 /* A packet that is on its way from the kernel is no older. */
    USEC = 1000,
};

struct nm_packet_decoder {
    const nm_schema *schema;
    nm_packet_options options;
    nm_dnsqr_options dnsqr;
    nm_buffer expression; /* Of the filter, NUL-terminated; empty: there is none. */
    nm_buffer names[2];   /* Excluded and included, that the options borrow. */
    bool is_formatted;    /* The expression is of lists of addresses. */
    bool is_live;
    nm_packet_filter *filter;
    nm_capture *capture; /* NULL: the link type is not known yet. */
    nm_captured packet;  /* Fed last. */
    nm_payload payloads[MESSAGES_MAX];
    size_t count;           /* Of them. */
    nm_buffer messages;     /* Their octets, one behind the other. */
    nm_container container; /* Of these payloads. */
    bool has_lost;          /* A packet behind them, for want of memory; nobody was told. */
    int64_t stopped_at_ns;  /* When it was asked for; 0: nobody did. */
    nm_status ending;       /* NM_OK: there may be more packets. */
    nm_error ending_detail;
    uint64_t unwanted;    /* Packets that the filter kept back. */
    pthread_mutex_t lock; /* Held while packets are worked on: its counts are read elsewhere. */
};

/* -- setting up -- */

static nm_status
copy_text(const char *text, nm_buffer *out)
{
    return text != NULL ? nm_buffer_append(out, nm_span_of(text, strlen(text))) : NM_OK;
}

static bool
is_blank(const char *text)
{
    while (nm_ascii_is_space((uint8_t)*text)) {
        text++;
    }
    return *text == '\0';
}

/* The filter that was given, or that of the lists of addresses. */
static nm_status
make_expression(nm_packet_decoder *d, nm_error *err)
{
    const char *filter = d->options.filter;
    const char *authorities = d->options.dnsqr[NM_DNSQR_AUTH_ADDRS];
    const char *resolvers = d->options.dnsqr[NM_DNSQR_RES_ADDRS];
    nm_status status = NM_OK;
    if (filter != NULL && !is_blank(filter)) {
        status = copy_text(filter, &d->expression);
    } else if (d->schema == &nm_schema_base_dnsqr && (authorities != NULL || resolvers != NULL)) {
        d->is_formatted = true;
        status = nm_dnsqr_filter_format(authorities, resolvers, d->dnsqr.mode, &d->expression, err);
    } else {
        return NM_OK;
    }
    if (status == NM_OK) {
        status = nm_buffer_append(&d->expression, nm_span_of("", 1));
    }
    return status;
}

static nm_status
set_dnsqr(nm_packet_decoder *d)
{
    const char *const *values = d->options.dnsqr;
    d->dnsqr = nm_dnsqr_options_default;
    nm_dnsqr_options_set(values, &d->dnsqr);
    nm_status status = copy_text(values[NM_DNSQR_FILTER_QNAMES_EXCLUDE], &d->names[0]);
    if (status == NM_OK) {
        status = copy_text(values[NM_DNSQR_FILTER_QNAMES_INCLUDE], &d->names[1]);
    }
    d->dnsqr.names_excluded = nm_buffer_span(&d->names[0]);
    d->dnsqr.names_included = nm_buffer_span(&d->names[1]);
    return status;
}

static nm_status
set_up(nm_packet_decoder *d, nm_error *err)
{
    nm_status status = set_dnsqr(d);
    if (status == NM_OK) {
        status = make_expression(d, err);
    }
    if (status == NM_E_NOMEM) {
        return nm_error_set(err, status, 0, "no memory for an input of packets");
    }
    for (size_t v = 0; v < NM_DNSQR_VARIABLE_COUNT; v++) {
        d->options.dnsqr[v] = NULL; /* What is needed of them was copied. */
    }
    d->options.filter = NULL;
    return status;
}

nm_status
nm_packet_decoder_new(const nm_schema *schema, const nm_packet_options *options,
                      nm_packet_decoder **out, nm_error *err)
{
    if (schema == NULL || !nm_capture_reads(schema)) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "messages of %s%s are not made of packets",
                            schema != NULL ? "the type " : "no type",
                            schema != NULL ? schema->name : "");
    }
    nm_packet_decoder *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for an input of packets");
    }
    d->schema = schema;
    d->options = *options;
    nm_buffer_init(&d->expression, INT32_MAX, &nm_allocator_heap);
    nm_buffer_init(&d->names[0], INT32_MAX, &nm_allocator_heap);
    nm_buffer_init(&d->names[1], INT32_MAX, &nm_allocator_heap);
    nm_buffer_init(&d->messages, SIZE_MAX, &nm_allocator_heap);
    pthread_mutex_init(&d->lock, /* attributes= */ NULL);
    nm_status status = set_up(d, err);
    if (status != NM_OK) {
        nm_packet_decoder_free(d);
        return status;
    }
    *out = d;
    return NM_OK;
}

void
nm_packet_decoder_free(nm_packet_decoder *d)
{
    if (d == NULL) {
        return;
    }
    nm_capture_free(d->capture);
    nm_packet_filter_free(d->filter);
    nm_buffer_clear(&d->expression);
    nm_buffer_clear(&d->names[0]);
    nm_buffer_clear(&d->names[1]);
    nm_buffer_clear(&d->messages);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

nm_status
nm_packet_decoder_begin(nm_packet_decoder *d, const nm_packet_kind *kind, nm_error *err)
{
    nm_capture_options options = nm_capture_options_default(d->schema, kind->link_type);
    nm_status status = nm_random_u64(&options.seed, err);
    options.is_live = kind->is_live;
    options.links = d->options.links;
    options.fragments = d->options.fragments;
    options.dnsqr = d->dnsqr;
    d->is_live = kind->is_live;
    if (status == NM_OK) {
        status = nm_capture_check(&options, err);
    }
    if (status == NM_OK && d->expression.len > 0) {
        status = nm_packet_filter_new((const char *)d->expression.data, d->is_formatted,
                                      kind->link_type, kind->snap_len, &d->filter, err);
    }
    if (status == NM_OK && d->filter != NULL && nm_packet_filter_is_about_ip(d->filter)) {
        options.passes = nm_packet_filter_passes;
        options.passes_context = d->filter;
    }
    return status == NM_OK ? nm_capture_new(&options, &d->messages, &d->capture, err) : status;
}

const char *
nm_packet_decoder_filter(const nm_packet_decoder *d)
{
    return d->filter != NULL ? nm_packet_filter_text(d->filter) : NULL;
}

/* -- packets in, messages out -- */

/* Hand over d->packet, whose time is cut to microseconds where that is wanted. */
static inline void
feed(nm_packet_decoder *d)
{
    nm_captured *packet = &d->packet;
    if (d->filter != NULL && !nm_packet_filter_takes(d->filter, packet)) {
        d->unwanted++;
        return;
    }
    if (!d->options.keeps_nsec) {
        packet->time_nsec -= packet->time_nsec % USEC;
    }
    nm_capture_feed(d->capture, packet);
}

void
nm_packet_decoder_feed(nm_packet_decoder *d, const nm_captured *packet)
{
    d->packet = *packet;
    feed(d);
}

void
nm_packet_decoder_tick(nm_packet_decoder *d, int64_t time_sec, uint32_t time_nsec)
{
    nm_capture_tick(d->capture, time_sec, time_nsec);
}

void
nm_packet_decoder_finish(nm_packet_decoder *d, nm_status ending, const nm_error *detail)
{
    if (d->ending != NM_OK) {
        return;
    }
    d->ending = ending;
    if (detail != NULL && ending != NM_END) {
        d->ending_detail = *detail;
    }
    if (d->capture != NULL) {
        nm_capture_finish(d->capture);
    }
}

/* All is given out: say so, or first why. */
static nm_status
end(nm_packet_decoder *d, nm_error *err)
{
    nm_status ending = d->ending;
    d->ending = NM_END;
    if (err != NULL && ending != NM_END) {
        *err = d->ending_detail;
    }
    return ending;
}

/* Forget what was given out. */
static void
clear_messages(nm_packet_decoder *d)
{
    d->count = 0;
    d->messages.len = 0;
}

/* Make one more message. @return as nm_packet_decoder_next(), but NM_END also before an error. */
static inline nm_status
make_message(nm_packet_decoder *d, nm_error *err)
{
    if (d->capture == NULL) {
        return d->ending != NM_OK ? NM_END : NM_AGAIN;
    }
    nm_status status = nm_capture_next(d->capture, &d->payloads[d->count], err);
    d->count += status == NM_OK;
    return status;
}

/* The messages that were made, as a container. Only now it is certain where they lie. */
static const nm_container *
give_out(nm_packet_decoder *d)
{
    const uint8_t *message = d->messages.data;
    for (size_t i = 0; i < d->count; i++) {
        d->payloads[i].data.data = message;
        message += d->payloads[i].data.len;
    }
    d->container = (nm_container){.payloads = d->payloads, .count = d->count};
    return &d->container;
}

nm_status
nm_packet_decoder_next(nm_packet_decoder *d, const nm_container **out, nm_error *err)
{
    clear_messages(d);
    nm_status status = make_message(d, err);
    if (status == NM_OK) {
        *out = give_out(d);
    }
    return status == NM_END ? end(d, err) : status;
}

/* Make messages until there is no room for more. @return as make_message(). */
static nm_status
make_messages(nm_packet_decoder *d, nm_error *err)
{
    nm_status status = NM_OK;
    while (status == NM_OK && d->count < MESSAGES_MAX && d->messages.len < MESSAGES_LEN_MAX) {
        status = make_message(d, err);
    }
    return status;
}

/* Nothing comes from an interface: tell how late it is. */
static void
tell_time(nm_packet_decoder *d)
{
    struct timespec now = {.tv_sec = 0};
    (void)clock_gettime(CLOCK_REALTIME, &now); /* Cannot fail with this clock. */
    nm_packet_decoder_tick(d, now.tv_sec - LATE_SEC, (uint32_t)now.tv_nsec);
}

/* Hand over what the source gave.
 * @return NM_OK: something was done; NM_AGAIN, NM_STOPPED. */
static nm_status
use(nm_packet_decoder *d, nm_source *source, nm_status status, const nm_frame *frame,
    nm_error *detail)
{
    if (status == NM_OK && d->capture == NULL && source->has_kind) {
        status = nm_packet_decoder_begin(d, &source->kind, detail);
        source->has_ended = source->has_ended || status != NM_OK;
    }
    if (status == NM_OK && frame->octets.data != NULL) {
        d->packet = (nm_captured){.octets = frame->octets,
                                  .len = frame->wire_len,
                                  .time_sec = frame->time_sec,
                                  .time_nsec = frame->time_nsec};
        feed(d);
        return NM_OK;
    }
    if (d->is_live && (status == NM_OK || status == NM_AGAIN)) {
        tell_time(d);
    }
    if (status == NM_OK || status == NM_AGAIN || status == NM_STOPPED) {
        return status;
    }
    nm_packet_decoder_finish(d, status, detail);
    return NM_OK;
}

/* Milliseconds since it was asked to stop. */
static int64_t
stopping_ms(const nm_packet_decoder *d)
{
    return (nm_clock_monotonic_ns() - d->stopped_at_ns) / 1000000;
}

static bool
may_settle(void *context)
{
    return stopping_ms(context) < SETTLE_MS;
}

/* Of an interface that is asked to stop: what it still has. NM_END when that was all. */
static nm_status
fetch_rest(nm_packet_decoder *d, nm_source *source, nm_frame *frame, nm_error *detail)
{
    nm_wait settling = {.may_go_on = may_settle, .context = d};
    if (!d->is_live || stopping_ms(d) >= STOP_MS) {
        return NM_END;
    }
    nm_status status = source->ops->next(source, may_settle(d) ? &settling : NULL, frame, detail);
    return status == NM_AGAIN || status == NM_STOPPED ? NM_END : status;
}

/* Have the source read, and perhaps wait: then without the lock. */
static nm_status
fetch(nm_packet_decoder *d, nm_source *source, const nm_wait *wait)
{
    nm_frame frame = {.offset = 0};
    nm_error detail;
    nm_status status = d->stopped_at_ns != 0
                           ? fetch_rest(d, source, &frame, &detail)
                           : source->ops->next(source, /* wait= */ NULL, &frame, &detail);
    if (status == NM_AGAIN && wait != NULL) {
        pthread_mutex_unlock(&d->lock);
        status = source->ops->next(source, wait, &frame, &detail);
        pthread_mutex_lock(&d->lock);
    }
    return use(d, source, status, &frame, &detail);
}

/* Make messages of what is there; wait only if there is nothing.
 * @return as nm_packet_decoder_read(), but NM_END also before an error. */
static nm_status
read_some(nm_packet_decoder *d, nm_source *source, const nm_wait *wait, nm_error *err)
{
    for (int n = 0; n < PACKETS_MAX; n++) {
        nm_status status = make_messages(d, err);
        if (status != NM_AGAIN) {
            return status;
        }
        if (d->capture != NULL && source->ops->packet != NULL && d->stopped_at_ns == 0 &&
            source->ops->packet(source, &d->packet)) {
            feed(d);
            continue;
        }
        status = fetch(d, source, n == 0 && d->count == 0 ? wait : NULL);
        if (status != NM_OK) {
            nm_status given = make_messages(d, err); /* What the time has brought. */
            return given != NM_AGAIN ? given : n > 0 && wait != NULL ? NM_OK : status;
        }
    }
    return NM_OK;
}

nm_status
nm_packet_decoder_read(nm_packet_decoder *d, nm_source *source, const nm_wait *wait,
                       const nm_container **out, nm_error *err)
{
    pthread_mutex_lock(&d->lock);
    clear_messages(d);
    nm_status status = d->has_lost ? nm_error_set(err, NM_E_NOMEM, 0, "no memory for a packet")
                                   : read_some(d, source, wait, err);
    d->has_lost = d->count > 0 && status == NM_E_NOMEM;
    if (d->count > 0) {
        *out = give_out(d);
        status = NM_OK;
    } else if (status == NM_END) {
        status = end(d, err);
    }
    pthread_mutex_unlock(&d->lock);
    return status;
}

void
nm_packet_decoder_stop(nm_packet_decoder *d)
{
    if (d->stopped_at_ns == 0) {
        d->stopped_at_ns = nm_clock_monotonic_ns();
    }
}

nm_capture_stats
nm_packet_decoder_stats(nm_packet_decoder *d)
{
    nm_capture_stats stats = {.packets = 0};
    pthread_mutex_lock(&d->lock);
    if (d->capture != NULL) {
        stats = nm_capture_stats_get(d->capture);
    }
    stats.packets += d->unwanted;
    stats.unwanted += d->unwanted;
    pthread_mutex_unlock(&d->lock);
    return stats;
}
