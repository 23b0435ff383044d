/* SPDX-License-Identifier: Apache-2.0 */
/* Where in Kafka messages are, and in what form, as one word of text:
 *
 *   nmsg:topic@broker            nmsg:topic#2@broker:9092,oldest
 *   json:topic%group@broker      nmsgp:topic@[2001:db8::1]:9092,-100
 *
 * Pure: neither the environment nor a broker is asked. */
#ifndef NM_IO_KAFKA_ENDPOINT_H
#define NM_IO_KAFKA_ENDPOINT_H

#include "base/span.h"
#include "base/status.h"

/** What a record holds. */
typedef enum nm_kafka_form {
    NM_KAFKA_CONTAINERS, /**< "nmsg": a container. */
    NM_KAFKA_JSON,       /**< "json": a message as a JSON object. */
    NM_KAFKA_PAYLOADS,   /**< "nmsgp": a message as the payload record of a container, alone. */
} nm_kafka_form;

enum {
    NM_KAFKA_TOPIC_MAX = 249,  /**< Octets of a name; Kafka's own limit. */
    NM_KAFKA_GROUP_MAX = 255,  /**< Octets of the name of a group. */
    NM_KAFKA_BROKER_MAX = 511, /**< Octets of host and port. */
    NM_KAFKA_PARTITION_ANY = -1,
};

/** Where to start reading. */
typedef enum nm_kafka_start {
    NM_KAFKA_NEWEST, /**< With what comes after opening; a group: where it was, or the same. */
    NM_KAFKA_OLDEST, /**< With the first record; a group: where it was, or the same. */
    NM_KAFKA_OFFSET, /**< At an offset; the nearest that there is. */
    NM_KAFKA_TAIL,   /**< So many records before the end. */
} nm_kafka_start;

/** An endpoint, taken apart. */
typedef struct nm_kafka_endpoint {
    nm_kafka_form form;
    char topic[NM_KAFKA_TOPIC_MAX + 1];
    char group[NM_KAFKA_GROUP_MAX + 1]; /**< Empty: none. */
    char broker[NM_KAFKA_BROKER_MAX + 1];
    int32_t partition; /**< NM_KAFKA_PARTITION_ANY: all, or any to write to. */
    nm_kafka_start start;
    int64_t offset; /**< For the last two ways to start; not negative. */
} nm_kafka_endpoint;

/** Whether octets can be the name of a topic: 1 to 249 of letters, digits, ".", "_" and "-", but
 *  neither "." nor "..". */
bool nm_kafka_is_topic(nm_span name);

/** Read an endpoint.
 *  @param err  Optional; written on failure only. Its offset is in `text`.
 *  @return NM_OK, NM_E_PARSE. */
NM_MUST_CHECK nm_status nm_kafka_endpoint_parse(nm_span text, nm_kafka_endpoint *out,
                                                nm_error *err);

/** Read where to start: "oldest", "newest", or a number, counted from the end where it is negative.
 *  @return false when it is none of these. */
bool nm_kafka_start_parse(nm_span text, nm_kafka_start *out_start, int64_t *out_offset);

#endif
