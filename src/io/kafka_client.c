/* SPDX-License-Identifier: Apache-2.0 */
/* Handles of the Kafka client library: their settings, and finding the topic. */
#include "io/kafka_client.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/number.h"
#include "io/os.h"
#include "io/thread.h"

enum { TEXT_ROOM = 256 };

static const int64_t MS_NS = 1000000;
static const int64_t DESTROY_NS = 5000000000;
static const int64_t UNKNOWN_PATIENCE_NS = 2000000000; /* A topic may just have been made. */

/* -- what the library tells -- */

void
nm_kafka_client_complain(nm_kafka_client *c, rd_kafka_resp_err_t code, const char *text)
{
    pthread_mutex_lock(&c->lock);
    /* That none is left says less than what happened to the last one. */
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || c->reason[0] == '\0') {
        (void)snprintf(c->reason, sizeof c->reason, "%s", text);
    }
    pthread_mutex_unlock(&c->lock);
}

const char *
nm_kafka_client_reason(nm_kafka_client *c, char *out)
{
    pthread_mutex_lock(&c->lock);
    memcpy(out, c->reason, sizeof c->reason);
    pthread_mutex_unlock(&c->lock);
    return out;
}

static void
on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    (void)rk;
    nm_kafka_client_complain(opaque, (rd_kafka_resp_err_t)code, reason);
}

static void
on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    char line[TEXT_ROOM * 2];
    const nm_kafka_client *c = rk != NULL ? rd_kafka_opaque(rk) : NULL;
    if (c != NULL && c->log != NULL) {
        (void)snprintf(line, sizeof line, "Kafka: %d: %s: %s", level, facility, text);
        c->log(c->log_context, line);
    }
}

/* Wakes whoever waits for messages, so that a group does not take a reader for dead that has
 * nothing to read. */
static int
on_statistics(rd_kafka_t *rk, char *json, size_t len, void *opaque)
{
    (void)rk;
    (void)json;
    (void)len;
    (void)opaque;
    return 0;
}

/* -- settings -- */

static nm_status
set(rd_kafka_conf_t *conf, const char *key, const char *value, nm_error *err)
{
    char why[TEXT_ROOM];
    if (rd_kafka_conf_set(conf, key, value, why, sizeof why) == RD_KAFKA_CONF_OK) {
        return NM_OK;
    }
    return nm_error_set(err, NM_E_ARGUMENT, 0, "Kafka setting %.60s: %.160s", key, why);
}

static nm_status
set_all(rd_kafka_conf_t *conf, const nm_kafka_default *list, nm_error *err)
{
    nm_status status = NM_OK;
    for (size_t i = 0; status == NM_OK && list[i].key != NULL; i++) {
        status = set(conf, list[i].key, list[i].value, err);
    }
    return status;
}

/* One of our own settings. */
static nm_status
set_ours(nm_kafka_client *c, const nm_kafka_setting *setting, nm_error *err)
{
    uint64_t ms;
    bool is_open = strcmp(setting->key, "nmsg.open.patience.ms") == 0;
    if (!is_open && strcmp(setting->key, "nmsg.close.patience.ms") != 0) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "Kafka setting %.60s: there is no such",
                            setting->key);
    }
    if (!nm_number_parse_u64(nm_span_of_text(setting->value), &ms) || ms > INT32_MAX) {
        return nm_error_set(err, NM_E_ARGUMENT, 0,
                            "Kafka setting %.60s: a number of milliseconds, not '%.60s'",
                            setting->key, setting->value);
    }
    *(is_open ? &c->open_patience_ns : &c->close_patience_ns) = (int64_t)ms * MS_NS;
    return NM_OK;
}

static nm_status
set_config(nm_kafka_client *c, rd_kafka_conf_t *conf, const nm_kafka_config *config, nm_error *err)
{
    nm_status status = NM_OK;
    for (size_t i = 0; status == NM_OK && i < config->count; i++) {
        const nm_kafka_setting *setting = &config->settings[i];
        status = strncmp(setting->key, "nmsg.", strlen("nmsg.")) == 0
                     ? set_ours(c, setting, err)
                     : set(conf, setting->key, setting->value, err);
    }
    return status;
}

/* Who this is, for the logs of brokers. */
static nm_status
set_client_id(rd_kafka_conf_t *conf, const char *program, nm_error *err)
{
    char host[TEXT_ROOM] = "";
    char id[2 * TEXT_ROOM];
    if (gethostname(host, sizeof host - 1) != 0) {
        host[0] = '\0'; /* It is for people to read only. */
    }
    (void)snprintf(id, sizeof id, "%s.%010ld@%s", program != NULL ? program : "nmsg",
                   (long)getpid(), host);
    return set(conf, "client.id", id, err);
}

static nm_status
configure(nm_kafka_client *c, rd_kafka_conf_t *conf, const nm_kafka_options *options,
          const nm_kafka_setup *setup, nm_error *err)
{
    nm_kafka_config found = {.count = 0};
    nm_status status = set(conf, "bootstrap.servers", c->endpoint.broker, err);
    if (status == NM_OK) {
        status = set_client_id(conf, options->program, err);
    }
    if (status == NM_OK) {
        status = set_all(conf, setup->before, err);
    }
    if (status == NM_OK) {
        status = nm_kafka_config_load(&found, c->endpoint.broker, err);
    }
    if (status == NM_OK) {
        status = set_config(c, conf, &found, err);
    }
    if (status == NM_OK) {
        status = set_config(c, conf, &options->config, err);
    }
    if (status == NM_OK) {
        status = set_all(conf, setup->after, err);
    }
    nm_kafka_config_clear(&found);
    return status;
}

static void
set_callbacks(nm_kafka_client *c, rd_kafka_conf_t *conf, const nm_kafka_setup *setup)
{
    rd_kafka_conf_set_opaque(conf, c);
    rd_kafka_conf_set_log_cb(conf, on_log);
    if (setup->on_event != NULL) {
        rd_kafka_conf_set_events(conf, setup->events);
        rd_kafka_conf_set_background_event_cb(conf, setup->on_event);
    } else {
        rd_kafka_conf_set_error_cb(conf, on_error);
        rd_kafka_conf_set_stats_cb(conf, on_statistics);
    }
}

nm_status
nm_kafka_client_open(nm_kafka_client *c, const nm_kafka_options *options,
                     const nm_kafka_setup *setup, nm_error *err)
{
    char why[TEXT_ROOM];
    pthread_mutex_init(&c->lock, /* attributes= */ NULL);
    c->endpoint = options->endpoint;
    c->fork_mark = nm_fork_mark_take();
    c->log = options->log;
    c->log_context = options->log_context;
    c->open_patience_ns = NM_KAFKA_OPEN_PATIENCE_MS * MS_NS;
    c->close_patience_ns = NM_KAFKA_CLOSE_PATIENCE_MS * MS_NS;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (conf == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for a Kafka client");
    }
    nm_status status = configure(c, conf, options, setup, err);
    if (status == NM_OK) {
        set_callbacks(c, conf, setup);
        c->rk = rd_kafka_new(setup->type, conf, why, sizeof why); /* Takes conf if that works. */
        if (c->rk == NULL) {
            status = nm_error_set(err, NM_E_ARGUMENT, 0, "Kafka client: %.220s", why);
        }
    }
    if (status != NM_OK) {
        rd_kafka_conf_destroy(conf);
    }
    return status;
}

bool
nm_kafka_client_is_foreign(const nm_kafka_client *c)
{
    return nm_fork_mark_is_foreign(c->fork_mark);
}

/* -- closing -- */

/* What the thread that destroys a handle needs. Whoever comes last frees it. */
typedef struct ending {
    rd_kafka_t *rk;
    nm_event done;
    atomic_int users;
} ending;

static void
let_go(ending *e)
{
    if (atomic_fetch_sub(&e->users, 1) == 1) {
        nm_event_close(&e->done);
        free(e);
    }
}

static void *
destroy(void *context)
{
    ending *e = context;
    rd_kafka_destroy_flags(e->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    nm_event_set(&e->done);
    let_go(e);
    return NULL;
}

/* @return whether it was done in time. */
static bool
destroy_in_time(rd_kafka_t *rk)
{
    pthread_t thread;
    ending *e = calloc(1, sizeof *e);
    bool has_event = e != NULL && nm_event_open(&e->done, /* err= */ NULL) == NM_OK;
    if (has_event) {
        e->rk = rk;
        atomic_init(&e->users, 2);
    }
    if (!has_event || nm_thread_start(&thread, "nmsg-kafka", destroy, e, NULL) != NM_OK) {
        if (has_event) {
            nm_event_close(&e->done);
        }
        free(e);
        rd_kafka_destroy_flags(rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        return true;
    }
    int64_t end = nm_clock_monotonic_ns() + DESTROY_NS;
    bool is_done = false;
    while (!is_done && nm_clock_monotonic_ns() < end) { /* Signals interrupt poll(). */
        struct pollfd polled = {.fd = e->done.read_fd, .events = POLLIN};
        is_done = poll(&polled, 1, NM_WAIT_SLICE_MS) > 0;
    }
    if (is_done) {
        (void)pthread_join(thread, /* result= */ NULL); /* Ours, and joined once. */
    } else {
        (void)pthread_detach(thread);
    }
    let_go(e);
    return is_done;
}

bool
nm_kafka_client_close(nm_kafka_client *c)
{
    if (c->rk != NULL && !destroy_in_time(c->rk)) {
        return false;
    }
    c->rk = NULL;
    pthread_mutex_destroy(&c->lock);
    return true;
}

/* -- finding the topic -- */

int
nm_kafka_slice_ms(unsigned round, int64_t left_ns)
{
    enum { FIRST_MS = 50, MOST_ROUNDS = 4 };
    int64_t slice_ms = FIRST_MS << (round < MOST_ROUNDS ? round : MOST_ROUNDS);
    int64_t left_ms = left_ns / MS_NS;
    slice_ms = left_ms < slice_ms ? left_ms : slice_ms;
    return slice_ms > 0 ? (int)slice_ms : 1; /* The library takes -1 for ever. */
}

/* What a broker says of the topic. NM_AGAIN: nothing definite. */
static nm_status
judge_topic(nm_kafka_client *c, const rd_kafka_metadata_t *metadata, bool is_patient,
            int32_t *out_partitions, nm_error *err)
{
    const nm_kafka_endpoint *e = &c->endpoint;
    if (metadata->topic_cnt != 1) {
        return NM_AGAIN;
    }
    const rd_kafka_metadata_topic_t *topic = &metadata->topics[0];
    rd_kafka_resp_err_t code = topic->err;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && topic->partition_cnt > 0) {
        if (e->partition >= topic->partition_cnt) {
            return nm_error_set(err, NM_E_REMOTE, 0,
                                "topic %.100s at %.60s has no partition %d, but %d, from 0 on",
                                e->topic, e->broker, e->partition, topic->partition_cnt);
        }
        *out_partitions = topic->partition_cnt;
        return NM_OK;
    }
    nm_kafka_client_complain(c, code, rd_kafka_err2str(code));
    bool may_pass = code == RD_KAFKA_RESP_ERR_NO_ERROR ||
                    code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
                    (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && is_patient);
    if (may_pass) {
        return NM_AGAIN;
    }
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
        return nm_error_set(err, NM_E_REMOTE, 0, "there is no topic %.120s at %.100s", e->topic,
                            e->broker);
    }
    return nm_error_set(err, NM_E_REMOTE, 0, "topic %.100s at %.60s: %.70s", e->topic, e->broker,
                        rd_kafka_err2str(code));
}

/* Let a little time pass between two questions: those that are answered at once need it. */
static nm_status
rest(const nm_wait *wait)
{
    (void)poll(/* fds= */ NULL, 0, NM_WAIT_SLICE_MS);
    bool may_go_on = wait == NULL || wait->may_go_on == NULL || wait->may_go_on(wait->context);
    return may_go_on ? NM_OK : NM_STOPPED;
}

nm_status
nm_kafka_client_find_topic(nm_kafka_client *c, rd_kafka_topic_t *topic, const nm_wait *wait,
                           int32_t *out_partitions, nm_error *err)
{
    char reason[NM_KAFKA_REASON_ROOM];
    int64_t start = nm_clock_monotonic_ns();
    for (unsigned round = 0;; round++) {
        const rd_kafka_metadata_t *metadata = NULL;
        int64_t spent = nm_clock_monotonic_ns() - start;
        nm_status status = NM_AGAIN;
        rd_kafka_resp_err_t code =
            rd_kafka_metadata(c->rk, /* all_topics= */ 0, topic, &metadata,
                              nm_kafka_slice_ms(round, c->open_patience_ns - spent));
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            status = judge_topic(c, metadata, spent < UNKNOWN_PATIENCE_NS, out_partitions, err);
            rd_kafka_metadata_destroy(metadata);
        }
        (void)rd_kafka_poll(c->rk, /* timeout_ms= */ 0); /* For what it complains about. */
        if (status != NM_AGAIN) {
            return status;
        }
        if (spent > c->open_patience_ns) {
            const char *why = nm_kafka_client_reason(c, reason);
            return nm_error_set(err, NM_E_REMOTE, 0, "no broker at %.60s answered within %g s%s%s",
                                c->endpoint.broker, (double)c->open_patience_ns / 1e9,
                                why[0] != '\0' ? ": " : "", why);
        }
        if (rest(wait) != NM_OK) {
            return NM_STOPPED;
        }
    }
}
