/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a topic: of some partitions from an offset on, or as one of a group that shares it.
 *
 * The client library fetches with threads of its own and tells by an event when there is something
 * to be had. For groups, the places of records that were given out are kept in their order until
 * they are done with; only then the library learns that it may commit them. */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "io/backend.h"
#include "io/kafka_client.h"
#include "io/os.h"
#include "io/source.h"
#include "wire/container.h"
#include "wire/header.h"
#include "wire/protobuf.h"

static const int64_t CLOSE_NS = 5000000000; /* Leaving a group may take so long. */

/* A record that was given out and is not done with. */
typedef struct place {
    int32_t partition;
    bool is_frame; /* Else it was passed over: there is nothing in it. */
    int64_t offset;
} place;

typedef struct kafka_source {
    nm_source source;
    nm_kafka_client client;
    rd_kafka_topic_t *topic;
    rd_kafka_queue_t *queue; /* Where records of all partitions come together. */
    int32_t *partitions;     /* That are read; of a group, the library knows. */
    size_t partition_count;
    rd_kafka_message_t *message; /* Lent to the caller. */
    rd_kafka_message_t *ahead;   /* Taken from the library to know that there is one. */
    nm_event readable;
    bool is_watched; /* Somebody asked for fileno(), so `readable` has to be exact. */
    bool is_group;
    nm_buffer wrapped; /* A payload record made a container. */
    place *places;     /* A ring, of a power of two or none. */
    size_t place_cap;
    size_t place_first;
    size_t place_count;
    uint64_t lines; /* Records given out, to call them by in errors. */
    _Atomic uint64_t records;
    _Atomic uint64_t octets;
} kafka_source;

/* -- places -- */

static nm_status
keep_place(kafka_source *k, const rd_kafka_message_t *m, bool is_frame, nm_error *err)
{
    if (!k->is_group) {
        return NM_OK;
    }
    if (k->place_count == k->place_cap) {
        size_t cap = k->place_cap > 0 ? 2 * k->place_cap : 64;
        place *places = calloc(cap, sizeof *places);
        if (places == NULL) {
            return nm_error_set(err, NM_E_NOMEM, 0, "no memory for the places of %zu records", cap);
        }
        for (size_t i = 0; i < k->place_count; i++) {
            places[i] = k->places[(k->place_first + i) & (k->place_cap - 1)];
        }
        free(k->places);
        k->places = places;
        k->place_cap = cap;
        k->place_first = 0;
    }
    k->places[(k->place_first + k->place_count) & (k->place_cap - 1)] =
        (place){.partition = m->partition, .is_frame = is_frame, .offset = m->offset};
    k->place_count++;
    return NM_OK;
}

static const place *
first_place(const kafka_source *k)
{
    return k->place_count > 0 ? &k->places[k->place_first] : NULL;
}

/* Frames are done with. Of neighbours in one partition the last one is enough. */
static void
kafka_release(nm_source *source, size_t frames)
{
    kafka_source *k = (kafka_source *)source;
    const place *p;
    while ((p = first_place(k)) != NULL && (frames > 0 || !p->is_frame)) {
        place done = *p;
        frames -= done.is_frame;
        k->place_first = (k->place_first + 1) & (k->place_cap - 1);
        k->place_count--;
        p = first_place(k);
        bool is_last = p == NULL || p->partition != done.partition || (frames == 0 && p->is_frame);
        if (is_last) {
            /* Fails where the partition is another reader's by now, who gets the record again. */
            (void)rd_kafka_offset_store(k->topic, done.partition, done.offset);
        }
    }
}

/* -- reading -- */

static void
give_back(kafka_source *k)
{
    if (k->message != NULL) {
        rd_kafka_message_destroy(k->message);
        k->message = NULL;
    }
}

/* What the library has, without waiting. */
static rd_kafka_message_t *
poll_library(kafka_source *k)
{
    rd_kafka_message_t *m = k->ahead;
    if (m != NULL) {
        k->ahead = NULL;
        return m;
    }
    if (k->is_group) {
        return rd_kafka_consumer_poll(k->client.rk, /* timeout_ms= */ 0);
    }
    m = rd_kafka_consume_queue(k->queue, /* timeout_ms= */ 0);
    if (m == NULL) {
        (void)rd_kafka_poll(k->client.rk, /* timeout_ms= */ 0); /* Callbacks. */
    }
    return m;
}

/* Clear the flag unless there is something to be had. The length of the library's queue does not
 * tell: news that are nobody's business are in it as well. */
static void
settle(kafka_source *k)
{
    nm_event_unset(&k->readable);
    k->ahead = poll_library(k);
    if (k->ahead != NULL) {
        nm_event_set(&k->readable);
    }
}

static void
kafka_set_pending(nm_source *source, bool is_pending)
{
    kafka_source *k = (kafka_source *)source;
    if (!is_pending) {
        give_back(k);
    }
    if (k->is_watched && is_pending) {
        nm_event_set(&k->readable);
    } else if (k->is_watched) {
        settle(k);
    }
}

/* The library says something in place of a record. NM_AGAIN: it will pass. */
static nm_status
judge(kafka_source *k, const rd_kafka_message_t *m, nm_error *err)
{
    const nm_kafka_endpoint *e = &k->client.endpoint;
    switch (m->err) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR__FATAL:
        return nm_error_set(err, NM_E_REMOTE, 0, "topic %.80s at %.60s: %.90s", e->topic, e->broker,
                            rd_kafka_message_errstr(m));
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        return NM_AGAIN;
    default:
        nm_kafka_client_complain(&k->client, m->err, rd_kafka_message_errstr(m));
        return NM_AGAIN;
    }
}

/* Make a container of a payload record. */
static nm_status
wrap(kafka_source *k, nm_span *octets, nm_error *err)
{
    enum { ROOM = NM_HEADER_LEN + 1 + NM_VARINT_MAX };
    k->wrapped.len = 0;
    nm_status status = octets->len <= UINT32_MAX - ROOM
                           ? nm_buffer_reserve(&k->wrapped, octets->len + ROOM)
                           : NM_E_LIMIT;
    if (status != NM_OK) {
        return nm_error_set(err, status, 0, "a record of %zu octets: %s", octets->len,
                            nm_status_text(status));
    }
    uint8_t *start = k->wrapped.data;
    uint8_t *pos = nm_pb_put_tag(start + NM_HEADER_LEN, NM_CONTAINER_PAYLOADS, NM_WIRE_BYTES);
    pos = nm_pb_put_varint(pos, octets->len);
    memcpy(pos, octets->data, octets->len);
    pos += octets->len;
    nm_header_encode(/* flags= */ 0, (uint32_t)(pos - start - NM_HEADER_LEN), start);
    *octets = nm_span_of(start, (size_t)(pos - start));
    return NM_OK;
}

/* Give out a record. NM_AGAIN: there is nothing in it. */
static nm_status
take_record(kafka_source *k, rd_kafka_message_t *m, nm_frame *out, nm_error *err)
{
    nm_span octets = nm_span_of(m->payload, m->len);
    bool is_frame = octets.len > 0;
    nm_status status = keep_place(k, m, is_frame, err);
    if (status != NM_OK) {
        return status;
    }
    atomic_fetch_add_explicit(&k->records, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&k->octets, octets.len, memory_order_relaxed);
    k->message = m;
    if (!is_frame) {
        give_back(k);
        return NM_AGAIN;
    }
    if (k->client.endpoint.form == NM_KAFKA_PAYLOADS) {
        status = wrap(k, &octets, err);
    }
    bool is_text = k->client.endpoint.form == NM_KAFKA_JSON;
    *out = (nm_frame){
        .octets = octets, .offset = (uint64_t)m->offset, .line = is_text ? ++k->lines : 0};
    return status;
}

static nm_status
kafka_next(nm_source *source, const nm_wait *wait, nm_frame *out, nm_error *err)
{
    kafka_source *k = (kafka_source *)source;
    give_back(k);
    for (;;) {
        rd_kafka_message_t *m = poll_library(k);
        nm_status status = NM_AGAIN;
        if (m != NULL && m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            status = take_record(k, m, out, err);
        } else if (m != NULL) {
            status = judge(k, m, err);
            rd_kafka_message_destroy(m);
        } else if (wait == NULL) {
            kafka_set_pending(source, /* is_pending= */ false);
            return NM_AGAIN;
        } else {
            settle(k);
            status = k->ahead != NULL ? NM_OK : nm_wait_fd(k->readable.read_fd, POLLIN, wait, err);
            status = status == NM_OK ? NM_AGAIN : status;
        }
        if (status != NM_AGAIN) {
            return status;
        }
    }
}

/* -- committing -- */

/* Answers of the broker to a commit are served by the queue that waits for them. */
static void
on_commit(rd_kafka_t *rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *offsets,
          void *opaque)
{
    (void)rk;
    (void)offsets;
    *(rd_kafka_resp_err_t *)opaque = code;
}

static nm_status
kafka_commit(nm_source *source, const nm_wait *wait, nm_error *err)
{
    kafka_source *k = (kafka_source *)source;
    static const rd_kafka_resp_err_t none = RD_KAFKA_RESP_ERR__IN_PROGRESS;
    rd_kafka_resp_err_t answer = none;
    if (!k->is_group) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "only readers in a group commit");
    }
    rd_kafka_queue_t *answers = rd_kafka_queue_new(k->client.rk);
    rd_kafka_resp_err_t code =
        rd_kafka_commit_queue(k->client.rk, /* offsets= */ NULL, answers, on_commit, &answer);
    nm_status status = NM_OK;
    int64_t start = nm_clock_monotonic_ns();
    while (code == RD_KAFKA_RESP_ERR_NO_ERROR && answer == none && status == NM_OK) {
        (void)rd_kafka_queue_poll_callback(answers, NM_WAIT_SLICE_MS);
        if (answer == none && wait != NULL && wait->may_go_on != NULL &&
            !wait->may_go_on(wait->context)) {
            status = NM_STOPPED;
        } else if (nm_clock_monotonic_ns() - start > k->client.close_patience_ns) {
            code = RD_KAFKA_RESP_ERR__TIMED_OUT;
        }
    }
    rd_kafka_queue_destroy(answers);
    if (status != NM_OK) {
        return status;
    }
    code = code == RD_KAFKA_RESP_ERR_NO_ERROR ? answer : code;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__NO_OFFSET) {
        return NM_OK; /* The second: nothing is new. */
    }
    return nm_error_set(err, NM_E_REMOTE, 0, "group %.60s cannot commit to %.60s: %.90s",
                        k->client.endpoint.group, k->client.endpoint.broker,
                        rd_kafka_err2str(code));
}

/* -- the rest of the operations -- */

static nm_source_counts
kafka_counts(nm_source *source)
{
    kafka_source *k = (kafka_source *)source;
    return (nm_source_counts){
        .octets = atomic_load_explicit(&k->octets, memory_order_relaxed),
        .datagrams = atomic_load_explicit(&k->records, memory_order_relaxed),
    };
}

static int
kafka_fileno(nm_source *source)
{
    kafka_source *k = (kafka_source *)source;
    k->is_watched = true;
    return k->readable.read_fd;
}

static int
kafka_own_fileno(nm_source *source)
{
    (void)source;
    return -1; /* The library has one for each broker, which are its own business. */
}

static nm_status
kafka_adopt(nm_source *source, nm_error *err)
{
    (void)source;
    return nm_error_set(err, NM_E_FORKED, 0, "%s", nm_status_text(NM_E_FORKED));
}

/* Commit what is stored and leave the group, so that others need not wait until it is missed. */
static void
leave_group(kafka_source *k)
{
    int64_t end = nm_clock_monotonic_ns() + CLOSE_NS;
    rd_kafka_queue_t *news = rd_kafka_queue_new(k->client.rk);
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(k->client.rk, news);
    bool is_closing = error == NULL;
    rd_kafka_error_destroy(error);
    while (is_closing && !rd_kafka_consumer_closed(k->client.rk) && nm_clock_monotonic_ns() < end) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(news, NM_WAIT_SLICE_MS / 5);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(news);
}

static void
stop_partitions(kafka_source *k)
{
    for (size_t i = 0; i < k->partition_count; i++) {
        (void)rd_kafka_consume_stop(k->topic, k->partitions[i]); /* It is being given up. */
    }
}

/* @return false: the library goes on using what is there. */
static bool
close_library(kafka_source *k)
{
    give_back(k);
    if (k->ahead != NULL) {
        rd_kafka_message_destroy(k->ahead);
    }
    if (k->queue != NULL && k->is_group) {
        leave_group(k);
    } else {
        stop_partitions(k);
    }
    if (k->queue != NULL) {
        rd_kafka_queue_io_event_enable(k->queue, -1, NULL, 0);
        rd_kafka_queue_destroy(k->queue);
    }
    if (k->topic != NULL) {
        rd_kafka_topic_destroy(k->topic);
    }
    return nm_kafka_client_close(&k->client);
}

static void
kafka_free(nm_source *source)
{
    kafka_source *k = (kafka_source *)source;
    bool is_foreign = nm_kafka_client_is_foreign(&k->client); /* The library's threads are gone. */
    if (!is_foreign && !close_library(k)) {
        return;
    }
    nm_event_close(&k->readable);
    nm_buffer_clear(&k->wrapped);
    free(k->partitions);
    free(k->places);
    free(k);
}

static const nm_source_ops kafka_ops = {
    .next = kafka_next,
    .set_pending = kafka_set_pending,
    .release = kafka_release,
    .commit = kafka_commit,
    .counts = kafka_counts,
    .fileno = kafka_fileno,
    .own_fileno = kafka_own_fileno,
    .adopt = kafka_adopt,
    .free = kafka_free,
};

/* -- opening -- */

/* The offset to start at, told by the broker now: what comes from now on is not missed, even if the
 * first record is fetched only later. */
static nm_status
find_offset(kafka_source *k, int32_t partition, const nm_wait *wait, int64_t *out, nm_error *err)
{
    const nm_kafka_endpoint *e = &k->client.endpoint;
    int64_t start = nm_clock_monotonic_ns();
    int64_t low = 0;
    int64_t high = 0;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (unsigned round = 0;; round++) {
        int64_t left = k->client.open_patience_ns - (nm_clock_monotonic_ns() - start);
        code = rd_kafka_query_watermark_offsets(k->client.rk, e->topic, partition, &low, &high,
                                                nm_kafka_slice_ms(round, left));
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            break;
        }
        if (left <= 0) {
            return nm_error_set(err, NM_E_REMOTE, 0, "partition %d of topic %.80s at %.60s: %.60s",
                                partition, e->topic, e->broker, rd_kafka_err2str(code));
        }
        if (wait != NULL && wait->may_go_on != NULL && !wait->may_go_on(wait->context)) {
            return NM_STOPPED;
        }
    }
    int64_t wanted = e->start == NM_KAFKA_OLDEST   ? low
                     : e->start == NM_KAFKA_NEWEST ? high
                     : e->start == NM_KAFKA_TAIL   ? high - e->offset
                                                   : e->offset;
    *out = wanted < low ? low : wanted > high ? high : wanted;
    return NM_OK;
}

static nm_status
start_partitions(kafka_source *k, int32_t count, const nm_wait *wait, nm_error *err)
{
    int32_t only = k->client.endpoint.partition;
    int32_t first = only == NM_KAFKA_PARTITION_ANY ? 0 : only;
    int32_t end = only == NM_KAFKA_PARTITION_ANY ? count : only + 1;
    k->queue = rd_kafka_queue_new(k->client.rk);
    k->partitions = calloc((size_t)(end - first), sizeof *k->partitions);
    if (k->partitions == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for %d partitions", end - first);
    }
    for (int32_t p = first; p < end; p++) {
        int64_t offset = 0;
        nm_status status = find_offset(k, p, wait, &offset, err);
        if (status != NM_OK) {
            return status;
        }
        if (rd_kafka_consume_start_queue(k->topic, p, offset, k->queue) != 0) {
            return nm_error_set(err, NM_E_REMOTE, 0, "partition %d of topic %.80s: %.100s", p,
                                k->client.endpoint.topic, rd_kafka_err2str(rd_kafka_last_error()));
        }
        k->partitions[k->partition_count++] = p;
    }
    return NM_OK;
}

static nm_status
join_group(kafka_source *k, nm_error *err)
{
    (void)rd_kafka_poll_set_consumer(k->client.rk); /* Fails without a group only. */
    k->queue = rd_kafka_queue_get_consumer(k->client.rk);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    (void)rd_kafka_topic_partition_list_add(topics, k->client.endpoint.topic,
                                            RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(k->client.rk, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR
               ? NM_OK
               : nm_error_set(err, NM_E_REMOTE, 0, "cannot join group %.80s: %.100s",
                              k->client.endpoint.group, rd_kafka_err2str(code));
}

static nm_status
open_client(kafka_source *k, const nm_kafka_options *options, nm_error *err)
{
    const nm_kafka_endpoint *e = &options->endpoint;
    const nm_kafka_default before[] = {
        {"reconnect.backoff.max.ms", "2000"},
        /* A group that has no offset yet. What is not there any more is always followed by the
         * oldest that is. */
        {"auto.offset.reset", k->is_group && e->start == NM_KAFKA_NEWEST ? "latest" : "earliest"},
        {"statistics.interval.ms", k->is_group ? "60000" : "0"}, /* See on_statistics(). */
        {NULL, NULL},
    };
    const nm_kafka_default after[] = {
        {"allow.auto.create.topics", "false"},
        {"enable.auto.offset.store", "false"},
        {"enable.partition.eof", "false"},
        {k->is_group ? "group.id" : NULL, e->group},
        {NULL, NULL},
    };
    const nm_kafka_setup setup = {.type = RD_KAFKA_CONSUMER, .before = before, .after = after};
    return nm_kafka_client_open(&k->client, options, &setup, err);
}

static nm_status
open_source(kafka_source *k, const nm_kafka_options *options, const nm_wait *wait, nm_error *err)
{
    int32_t partitions = 0;
    nm_status status = open_client(k, options, err);
    if (status == NM_OK) {
        status = nm_event_open(&k->readable, err);
    }
    if (status != NM_OK) {
        return status;
    }
    k->topic = rd_kafka_topic_new(k->client.rk, k->client.endpoint.topic, /* conf= */ NULL);
    if (k->topic == NULL) {
        return nm_error_set(err, NM_E_REMOTE, 0, "topic %.100s: %.100s", k->client.endpoint.topic,
                            rd_kafka_err2str(rd_kafka_last_error()));
    }
    status = nm_kafka_client_find_topic(&k->client, k->topic, wait, &partitions, err);
    if (status == NM_OK) {
        status = k->is_group ? join_group(k, err) : start_partitions(k, partitions, wait, err);
    }
    if (status == NM_OK) {
        static const uint64_t one = 1; /* What the event takes. */
        rd_kafka_queue_io_event_enable(k->queue, k->readable.write_fd, &one, sizeof one);
    }
    return status;
}

nm_status
nm_input_open_kafka(const nm_kafka_options *options, const nm_input_options *input,
                    const nm_wait *wait, nm_input **out, nm_error *err)
{
    kafka_source *k = calloc(1, sizeof *k);
    if (k == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a Kafka input");
    }
    k->source = (nm_source){.ops = &kafka_ops, .is_quick = true};
    k->is_group = options->endpoint.group[0] != '\0';
    k->source.is_tracked = k->is_group;
    k->readable = (nm_event){.read_fd = -1, .write_fd = -1};
    nm_buffer_init(&k->wrapped, SIZE_MAX / 2, &nm_allocator_heap);
    nm_status status = open_source(k, options, wait, err);
    if (status != NM_OK) {
        kafka_free(&k->source);
        return status;
    }
    nm_input_options fitting = *input;
    fitting.format = options->endpoint.form == NM_KAFKA_JSON ? NM_FORMAT_JSON : NM_FORMAT_NMSG;
    fitting.pace = NULL;
    return nm_input_open_source(&k->source, &fitting, out, err);
}
