/* SPDX-License-Identifier: Apache-2.0 */
/* Records to a topic.
 *
 * The client library keeps what it is given in a queue of its own, sends it with its own threads,
 * again and again if need be, and tells what became of each record to a background thread of its,
 * which counts. So the counts are right whether or not somebody writes. */
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "io/backend.h"
#include "io/kafka_client.h"
#include "io/os.h"
#include "io/record_encoder.h"
#include "io/sink.h"

typedef struct kafka_sink {
    nm_sink sink;
    nm_kafka_client client;
    rd_kafka_topic_t *topic;
    bool is_records; /* Frames are as nm_record_at() reads them. */
    bool has_keys;
    nm_event moved;         /* Set by the background thread while somebody waits. */
    atomic_bool is_waiting; /* Somebody does. */
    uint64_t failed_told;   /* Failures that the program knows of. */
    bool is_closing;        /* Nobody is there to count for. With client.lock. */
} kafka_sink;

static uint64_t
get(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_acquire);
}

/* -- the background thread -- */

static void
count_deliveries(kafka_sink *k, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *m;
    uint64_t delivered = 0;
    uint64_t failed = 0;
    while ((m = rd_kafka_event_message_next(event)) != NULL) {
        if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            delivered++;
        } else {
            failed++;
            nm_kafka_client_complain(&k->client, m->err, rd_kafka_message_errstr(m));
        }
    }
    pthread_mutex_lock(&k->client.lock);
    if (!k->is_closing) {
        atomic_fetch_add_explicit(&k->sink.delivery->delivered, delivered, memory_order_release);
        atomic_fetch_add_explicit(&k->sink.delivery->failed, failed, memory_order_release);
    }
    pthread_mutex_unlock(&k->client.lock);
}

static void
on_event(rd_kafka_t *rk, rd_kafka_event_t *event, void *client)
{
    kafka_sink *k = ((nm_kafka_client *)client)->owner;
    (void)rk;
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR) {
        count_deliveries(k, event);
    } else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR) {
        nm_kafka_client_complain(&k->client, rd_kafka_event_error(event),
                                 rd_kafka_event_error_string(event));
    }
    rd_kafka_event_destroy(event); /* Gives the queue room. */
    if (atomic_load(&k->is_waiting)) {
        nm_event_set(&k->moved);
    }
}

/* Wait until the background thread has counted something, or for a slice.
 * @return NM_OK; NM_AGAIN: `wait` is NULL; NM_STOPPED, NM_E_SYSTEM. */
static nm_status
wait_for_news(kafka_sink *k, const nm_wait *wait, nm_error *err)
{
    struct pollfd polled = {.fd = k->moved.read_fd, .events = POLLIN};
    (void)err;
    if (wait == NULL) {
        return NM_AGAIN;
    }
    (void)poll(&polled, 1, NM_WAIT_SLICE_MS); /* A signal ends it early, which is as good. */
    nm_event_unset(&k->moved);
    bool may_go_on = wait->may_go_on == NULL || wait->may_go_on(wait->context);
    return may_go_on ? NM_OK : NM_STOPPED;
}

/* -- writing -- */

/* Records that were given up or refused since this was last told. */
static nm_status
tell_failures(kafka_sink *k, nm_error *err)
{
    char reason[NM_KAFKA_REASON_ROOM];
    uint64_t failed = get(&k->sink.delivery->failed);
    uint64_t fresh = failed - k->failed_told;
    if (fresh == 0) {
        return NM_OK;
    }
    k->failed_told = failed;
    return nm_error_set(err, NM_E_REMOTE, 0, "%llu records were not delivered to %.60s: %.120s",
                        (unsigned long long)fresh, k->client.endpoint.topic,
                        nm_kafka_client_reason(&k->client, reason));
}

static nm_status
refuse(kafka_sink *k, const nm_record *record, rd_kafka_resp_err_t code, nm_error *err)
{
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
        atomic_fetch_add(&k->sink.delivery->queued, 1);
        atomic_fetch_add(&k->sink.delivery->failed, 1);
        k->failed_told++;
        return nm_error_set(err, NM_E_LIMIT, 0,
                            "a record of %zu octets is longer than message.max.bytes allows",
                            record->value.len);
    }
    return nm_error_set(err, NM_E_REMOTE, 0, "cannot write to topic %.80s at %.60s: %.90s",
                        k->client.endpoint.topic, k->client.endpoint.broker,
                        rd_kafka_err2str(code));
}

/* Give a record to the library. @return NM_OK; NM_FULL: its queue is; NM_E_LIMIT, NM_E_REMOTE. */
static nm_status
produce(kafka_sink *k, const nm_record *record, nm_error *err)
{
    /* The library takes the pointers without const, and copies. */
    int result = rd_kafka_produce(k->topic, k->client.endpoint.partition, RD_KAFKA_MSG_F_COPY,
                                  (void *)(uintptr_t)record->value.data, record->value.len,
                                  k->has_keys ? record->key.data : NULL, record->key.len,
                                  /* opaque= */ NULL);
    if (result == 0) {
        atomic_fetch_add_explicit(&k->sink.delivery->queued, 1, memory_order_relaxed);
        return NM_OK;
    }
    rd_kafka_resp_err_t code = rd_kafka_last_error();
    return code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? NM_FULL : refuse(k, record, code, err);
}

/* Wait for room in the queue if need be. */
static nm_status
produce_waiting(kafka_sink *k, const nm_record *record, const nm_wait *wait, nm_error *err)
{
    nm_status status = produce(k, record, err);
    if (status != NM_FULL) {
        return status;
    }
    atomic_store(&k->is_waiting, true);
    while ((status = produce(k, record, err)) == NM_FULL) {
        status = tell_failures(k, err);
        status = status == NM_OK ? wait_for_news(k, wait, err) : status;
        if (status != NM_OK) {
            break;
        }
    }
    atomic_store(&k->is_waiting, false);
    return status;
}

/* The record at an offset of a frame. @return the offset of what follows. */
static size_t
record_at(const kafka_sink *k, nm_span frame, size_t offset, nm_record *out)
{
    if (k->is_records) {
        return nm_record_at(frame, offset, out);
    }
    const uint8_t *start = frame.data + offset;
    *out = (nm_record){.value = nm_span_of(start, frame.len - offset)};
    if (k->client.endpoint.form == NM_KAFKA_CONTAINERS) {
        return frame.len;
    }
    const uint8_t *end = memchr(start, '\n', frame.len - offset);
    if (end == NULL) {
        return frame.len;
    }
    out->value.len = (size_t)(end - start);
    return offset + out->value.len + 1;
}

static nm_status
kafka_write(nm_sink *sink, nm_span frame, size_t *done, const nm_wait *wait, nm_error *err)
{
    kafka_sink *k = (kafka_sink *)sink;
    nm_status status = tell_failures(k, err);
    while (status == NM_OK && *done < frame.len) {
        nm_record record;
        size_t next = record_at(k, frame, *done, &record);
        status = record.value.len > 0 ? produce_waiting(k, &record, wait, err) : NM_OK;
        if (status == NM_OK || status == NM_E_LIMIT) {
            *done = next;
        }
    }
    return status;
}

/* Records of which nobody knows yet what becomes of them. */
static uint64_t
outstanding(const kafka_sink *k)
{
    const nm_delivery *d = k->sink.delivery;
    uint64_t settled = get(&d->delivered) + get(&d->failed);
    return get(&d->queued) - settled;
}

static nm_status
give_up(kafka_sink *k, uint64_t left, nm_error *err)
{
    char reason[NM_KAFKA_REASON_ROOM];
    const char *why = nm_kafka_client_reason(&k->client, reason);
    return nm_error_set(err, NM_E_REMOTE, 0,
                        "%llu records are not delivered to %.60s: nothing heard for %g s%s%.90s",
                        (unsigned long long)left, k->client.endpoint.topic,
                        (double)k->client.close_patience_ns / 1e9, why[0] != '\0' ? ": " : "", why);
}

static nm_status
kafka_flush(nm_sink *sink, const nm_wait *wait, nm_error *err)
{
    kafka_sink *k = (kafka_sink *)sink;
    uint64_t left = outstanding(k);
    int64_t moved_at = nm_clock_monotonic_ns();
    nm_status status = NM_OK;
    atomic_store(&k->is_waiting, true);
    while (status == NM_OK && left > 0) {
        status = wait_for_news(k, wait, err);
        uint64_t now_left = outstanding(k);
        int64_t now = nm_clock_monotonic_ns();
        moved_at = now_left < left ? now : moved_at;
        left = now_left;
        if (status == NM_OK && left > 0 && now - moved_at > k->client.close_patience_ns) {
            status = give_up(k, left, err);
        }
    }
    atomic_store(&k->is_waiting, false);
    return status == NM_OK ? tell_failures(k, err) : status;
}

/* What is outstanding is given up, and what is told of it from now on goes nowhere. */
static void
stop_counting(kafka_sink *k)
{
    pthread_mutex_lock(&k->client.lock);
    if (k->sink.delivery != NULL) {
        atomic_fetch_add(&k->sink.delivery->failed, outstanding(k));
    }
    k->is_closing = true;
    pthread_mutex_unlock(&k->client.lock);
}

/* @return false: the library goes on using what is there. */
static bool
close_library(kafka_sink *k)
{
    stop_counting(k);
    if (k->client.rk != NULL) {
        (void)rd_kafka_purge(k->client.rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    }
    if (k->topic != NULL) {
        rd_kafka_topic_destroy(k->topic);
    }
    return nm_kafka_client_close(&k->client); /* Ends the background thread, too. */
}

static nm_status
kafka_free(nm_sink *sink, nm_error *err)
{
    kafka_sink *k = (kafka_sink *)sink;
    bool is_foreign = nm_kafka_client_is_foreign(&k->client); /* The library's threads are gone. */
    (void)err;
    if (!is_foreign && !close_library(k)) {
        return NM_OK;
    }
    nm_event_close(&k->moved);
    free(k);
    return NM_OK;
}

static const nm_sink_ops kafka_ops = {
    .write = kafka_write,
    .flush = kafka_flush,
    .free = kafka_free,
};

/* -- opening -- */

/* Have what the library tells served by its background thread. */
static void
serve_in_background(rd_kafka_t *rk)
{
    rd_kafka_queue_t *events = rd_kafka_queue_get_main(rk);
    rd_kafka_queue_t *background = rd_kafka_queue_get_background(rk);
    rd_kafka_queue_forward(events, background);
    rd_kafka_queue_destroy(background);
    rd_kafka_queue_destroy(events);
}

static nm_status
open_sink(kafka_sink *k, const nm_kafka_options *options, const nm_wait *wait, nm_error *err)
{
    static const nm_kafka_default before[] = {
        {"reconnect.backoff.max.ms", "2000"},
        {"enable.idempotence", "true"},
        {"message.timeout.ms", "0"}, /* Nothing is given up because it takes long. */
        {"queue.buffering.max.kbytes", "65536"},
        {NULL, NULL},
    };
    static const nm_kafka_default after[] = {
        {"delivery.report.only.error", "false"},
        {NULL, NULL},
    };
    const nm_kafka_setup setup = {.type = RD_KAFKA_PRODUCER,
                                  .before = before,
                                  .after = after,
                                  .events = RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR,
                                  .on_event = on_event};
    int32_t partitions = 0;
    nm_status status = nm_kafka_client_open(&k->client, options, &setup, err);
    if (status == NM_OK) {
        status = nm_event_open(&k->moved, err);
    }
    if (status != NM_OK) {
        return status;
    }
    serve_in_background(k->client.rk);
    k->topic = rd_kafka_topic_new(k->client.rk, k->client.endpoint.topic, /* conf= */ NULL);
    if (k->topic == NULL) {
        return nm_error_set(err, NM_E_REMOTE, 0, "topic %.100s: %.100s", k->client.endpoint.topic,
                            rd_kafka_err2str(rd_kafka_last_error()));
    }
    return nm_kafka_client_find_topic(&k->client, k->topic, wait, &partitions, err);
}

/* What makes records of messages. @return NULL: no memory. */
static nm_encoder *
make_encoder(const kafka_sink *k, const nm_output_options *output, const char *key)
{
    nm_builder_options building = {.container_len = output->container_len};
    nm_record_options records = {.is_json = k->client.endpoint.form == NM_KAFKA_JSON,
                                 .aliases = output->aliases,
                                 .key = key};
    nm_text_options text = {.format = NM_FORMAT_JSON, .aliases = output->aliases};
    nm_encoder *encoder = k->is_records     ? nm_record_encoder_new(&records)
                          : records.is_json ? nm_text_encoder_new(&text, NM_OUTPUT_TEXT_LEN)
                                            : nm_container_encoder_new(&building, output->pool);
    if (encoder != NULL && output->is_compressed) {
        encoder->ops->set_zlib(encoder, /* is_on= */ true, output->zlevel);
    }
    return encoder;
}

nm_output_options
nm_output_options_kafka(void)
{
    nm_output_options options = nm_output_options_socket();
    options.container_len = NM_KAFKA_CONTAINER_LEN;
    return options;
}

nm_status
nm_output_open_kafka(const nm_kafka_options *options, const nm_output_options *output,
                     const nm_wait *wait, nm_output **out, nm_error *err)
{
    nm_kafka_form form = options->endpoint.form;
    if (options->key != NULL && form == NM_KAFKA_CONTAINERS) {
        return nm_error_set(err, NM_E_ARGUMENT, 0,
                            "a key is for records of one message; containers have many");
    }
    kafka_sink *k = calloc(1, sizeof *k);
    if (k == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a Kafka output");
    }
    k->sink = (nm_sink){.ops = &kafka_ops, .fd = -1};
    k->client.owner = k;
    k->moved = (nm_event){.read_fd = -1, .write_fd = -1};
    k->has_keys = options->key != NULL;
    k->is_records = form == NM_KAFKA_PAYLOADS || k->has_keys;
    nm_status status = open_sink(k, options, wait, err);
    nm_encoder *encoder = NULL;
    if (status == NM_OK) {
        encoder = make_encoder(k, output, options->key);
        if (encoder == NULL) {
            status = nm_error_set(err, NM_E_NOMEM, 0, "no memory for a Kafka output");
        }
    }
    if (status != NM_OK) {
        (void)kafka_free(&k->sink, /* err= */ NULL); /* The first error is the one to tell. */
        return status;
    }
    bool is_text = form == NM_KAFKA_JSON && !k->is_records; /* Lines become records. */
    return nm_output_open_encoder(&k->sink, encoder, is_text ? NM_FORMAT_JSON : NM_FORMAT_NMSG,
                                  output, out, err);
}
