/* SPDX-License-Identifier: Apache-2.0 */
/* Messages from and to topics of Kafka. */
#ifndef NM_IO_KAFKA_H
#define NM_IO_KAFKA_H

#include "io/input.h"
#include "io/kafka_config.h"
#include "io/kafka_endpoint.h"
#include "io/output.h"

enum {
    NM_KAFKA_OPEN_PATIENCE_MS = 10000,  /**< Without an answer, opening fails after this. */
    NM_KAFKA_CLOSE_PATIENCE_MS = 30000, /**< Without a delivery, flushing fails after this. */
    NM_KAFKA_CONTAINER_LEN = 65536,     /**< Target size of containers. */
};

/** Gets lines that the client library would log: what happens to connections, mostly. Called by
 *  threads of its own, also several at a time. */
typedef void nm_kafka_log(void *context, const char *line);

/** Options of both directions. Zeros are defaults, but for the endpoint. */
typedef struct nm_kafka_options {
    nm_kafka_endpoint endpoint;
    nm_kafka_config config; /**< Settings that come after nm_kafka_config_load(); borrowed while
                                 opening. Besides those of the library: "nmsg.open.patience.ms" and
                                 "nmsg.close.patience.ms", numbers of milliseconds. */
    const char *program;    /**< What client.id begins with; borrowed while opening. */
    const char *key;        /**< Output of single messages: the field that is the key; copied. */
    nm_kafka_log *log;      /**< NULL: nobody wants to know. */
    void *log_context;
} nm_kafka_options;

/** Read a topic. Waits for the broker to answer, at most for the patience.
 *
 *  Of a group, the offset of a record is stored when all its messages were taken and more was asked
 *  for (nm_input_fill()), see nm_input_hold(); what is stored gets committed every five seconds,
 *  when the input is freed, and by nm_input_commit().
 *  @param input  Their format does not matter.
 *  @return NM_OK; NM_STOPPED; NM_E_ARGUMENT, NM_E_PARSE, NM_E_SYSTEM, NM_E_LIMIT: settings;
 *          NM_E_REMOTE: no broker answered, or there is no such topic; NM_E_NOMEM, NM_E_ABSENT. */
NM_MUST_CHECK nm_status nm_input_open_kafka(const nm_kafka_options *options,
                                            const nm_input_options *input, const nm_wait *wait,
                                            nm_input **out, nm_error *err);

/** Containers of NM_KAFKA_CONTAINER_LEN, flushed after 0.5 s. */
nm_output_options nm_output_options_kafka(void);

/** Write to a topic.
 *
 *  Records wait in a queue that is bounded by the client library's settings until the broker has
 *  them; when it is full, writing waits. nm_output_flush() and nm_output_close() wait for the
 *  broker to confirm all of them, and give NM_E_REMOTE when it has confirmed none for the patience;
 *  what is still in the queue then is lost with the output.
 *  @return as nm_input_open_kafka(). */
NM_MUST_CHECK nm_status nm_output_open_kafka(const nm_kafka_options *options,
                                             const nm_output_options *output, const nm_wait *wait,
                                             nm_output **out, nm_error *err);

#endif
