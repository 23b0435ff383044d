/* SPDX-License-Identifier: Apache-2.0 */
/* What reading and writing topics of Kafka have in common: a handle of the client library, set up
 * and with the topic known to be there. For kafka_source.c and kafka_sink.c alone. */
#ifndef NM_IO_KAFKA_CLIENT_H
#define NM_IO_KAFKA_CLIENT_H

#include <librdkafka/rdkafka.h>
#include <pthread.h>

#include "io/fork_guard.h"
#include "io/kafka.h"

enum { NM_KAFKA_REASON_ROOM = 224 };

/** A handle and what belongs to it. */
typedef struct nm_kafka_client {
    rd_kafka_t *rk;
    nm_kafka_endpoint endpoint;
    int64_t open_patience_ns;
    int64_t close_patience_ns;
    nm_fork_mark fork_mark;
    void *owner; /**< For callbacks, whose opaque pointer is that to this struct. */
    nm_kafka_log *log;
    void *log_context;
    pthread_mutex_t lock;              /**< Of the next member. */
    char reason[NM_KAFKA_REASON_ROOM]; /**< What the library complained about last. */
} nm_kafka_client;

/** A setting of ours. */
typedef struct nm_kafka_default {
    const char *key;
    const char *value;
} nm_kafka_default;

/** How a handle is set up. */
typedef struct nm_kafka_setup {
    rd_kafka_type_t type;
    const nm_kafka_default *before; /**< Settings that others may change; ends with a NULL key. */
    const nm_kafka_default *after;  /**< Settings that nobody may change; the same. */
    int events;                     /**< As rd_kafka_conf_set_events(); 0: callbacks. */
    void (*on_event)(rd_kafka_t *rk, rd_kafka_event_t *event, void *client);
} nm_kafka_setup;

/** Make the handle. @param c  Zeroed but for its owner; to be closed also on failure.
 *  @return as nm_input_open_kafka(). */
NM_MUST_CHECK nm_status nm_kafka_client_open(nm_kafka_client *c, const nm_kafka_options *options,
                                             const nm_kafka_setup *setup, nm_error *err);

/** Wait until a broker tells that the topic is there, and the partition, if one is wanted.
 *  @return NM_OK; NM_STOPPED; NM_E_REMOTE; NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_kafka_client_find_topic(nm_kafka_client *c, rd_kafka_topic_t *topic,
                                                   const nm_wait *wait, int32_t *out_partitions,
                                                   nm_error *err);

/** Remember what was complained about. Any thread. */
void nm_kafka_client_complain(nm_kafka_client *c, rd_kafka_resp_err_t code, const char *text);

/** A copy of that; "" where nothing was. */
const char *nm_kafka_client_reason(nm_kafka_client *c, char *out);

/** True in a forked child. */
bool nm_kafka_client_is_foreign(const nm_kafka_client *c);

/** Destroy the handle, in the process that made it. Accepts a zeroed struct.
 *
 *  The library waits for its threads, and there are releases of it in which one of these waits for
 *  ever when a topic was deleted. Hence the patience.
 *  @return false: after some seconds that was not done. The handle and its threads stay, so what
 *          they may use has to stay as well: the struct, its owner and events. */
bool nm_kafka_client_close(nm_kafka_client *c);

/** Milliseconds for a call of the library that cannot be interrupted: longer from round to round,
 *  since an answer takes its time, but not longer than what is left of the patience. At least 1,
 *  also when nothing is left. */
int nm_kafka_slice_ms(unsigned round, int64_t left_ns);

#endif
