/* SPDX-License-Identifier: Apache-2.0 */
/* Where a ZeroMQ socket listens or connects, and of what kind it is; the text of such a place.
 *
 *   tcp://192.0.2.1:5555,accept,pushpull
 *
 * is a transport and an address, then "accept" or "connect", and "pubsub" or "pushpull", in any
 * order and any case. Other words behind a comma mean nothing. */
#ifndef NM_IO_ZMQ_ENDPOINT_H
#define NM_IO_ZMQ_ENDPOINT_H

#include <stdbool.h>

#include "base/span.h"
#include "base/status.h"

enum {
    NM_ZMQ_ADDRESS_MAX = 255, /**< Octets of an address, with its transport. */
    NM_ZMQ_QUEUE_LEN = 1000,  /**< Messages that wait for each peer, unless told otherwise. */
};

/** One place. */
typedef struct nm_zmq_endpoint {
    char address[NM_ZMQ_ADDRESS_MAX + 1]; /**< "tcp://…" or such, NUL-terminated. */
    bool is_accepting;                    /**< Bind to the address; else connect to it. */
    bool is_pushpull;                     /**< PUSH to PULL; else PUB to SUB. */
    unsigned queue_len;                   /**< Messages that wait for each peer: the high-water
                                               mark. At least 1. */
} nm_zmq_endpoint;

/** An endpoint with the kind that goes without saying: PUB and SUB, outputs connect, inputs accept.
 *  @param address  Transport and address; copied.
 *  @param out      Written on NM_OK only.
 *  @return NM_OK; NM_E_ARGUMENT: not of the form transport://address, too long, or of a transport
 *          that reaches nobody. Whether the library knows the transport is seen when it opens. */
NM_MUST_CHECK nm_status nm_zmq_endpoint_init(nm_span address, bool is_output, nm_zmq_endpoint *out,
                                             nm_error *err);

/** Read the text of an endpoint.
 *  @param out  Written on NM_OK only.
 *  @param err  Optional; shows the text.
 *  @return NM_OK; NM_E_ARGUMENT: as nm_zmq_endpoint_init(), or two words for the same thing. */
NM_MUST_CHECK nm_status nm_zmq_endpoint_parse(nm_span text, bool is_output, nm_zmq_endpoint *out,
                                              nm_error *err);

#endif
