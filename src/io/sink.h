/* SPDX-License-Identifier: Apache-2.0 */
/* What a transport that takes containers implements; a new one is one file. */
#ifndef NM_IO_SINK_H
#define NM_IO_SINK_H

#include <stdatomic.h>

#include "base/span.h"
#include "io/wait.h"

struct nm_pace;
struct nm_worker_pool;
struct nm_zmq_endpoint;
typedef struct nm_sink nm_sink;

/** What becomes of records behind the sink, where somebody tells. Written by any thread. */
typedef struct nm_delivery {
    _Atomic uint64_t queued;    /**< Given to the transport. */
    _Atomic uint64_t delivered; /**< Of these, confirmed by the other side. */
    _Atomic uint64_t failed;    /**< Of these, given up or refused. */
} nm_delivery;

/** The functions of a transport. All are called by one thread at a time. */
typedef struct nm_sink_ops {
    /** Send one frame. Waits as `wait` allows (not at all when NULL).
     *  @param done  Octets of the frame that are out already: 0 at first, then what the call
     *               before left, until the frame is out.
     *  @return NM_OK: all of it is out; NM_AGAIN, NM_STOPPED, NM_E_SYSTEM, NM_E_REMOTE: call again
     *          to go on; NM_E_LIMIT: a record is too long for the transport, call again to go on
     *          behind it. */
    nm_status (*write)(nm_sink *sink, nm_span frame, size_t *done, const nm_wait *wait,
                       nm_error *err);

    /** Take a copy of a frame, to be sent together with the next by write(), which will be called
     *  soon. NULL: it cannot.  @return false: it did not, call write(). */
    bool (*gather)(nm_sink *sink, nm_span frame);

    /** Wait until what was written is where it belongs, in the file or confirmed by the other side,
     *  as `wait` allows. NULL: with write() it is there, or nobody tells.
     *  @return NM_OK; NM_AGAIN, NM_STOPPED: call again to go on; NM_E_SYSTEM: some was not written;
     *          NM_E_REMOTE: the other side does not have some of it. */
    nm_status (*flush)(nm_sink *sink, const nm_wait *wait, nm_error *err);

    /** Behind flush(), before the end: wait for whoever has to come first to take what was written,
     *  as `wait` allows. NULL: nobody has to.
     *  @return NM_OK; NM_AGAIN, NM_STOPPED: call again to go on; NM_E_SYSTEM: some is lost. */
    nm_status (*finish)(nm_sink *sink, const nm_wait *wait, nm_error *err);

    /** Close what was opened, and free. @return NM_OK, NM_E_SYSTEM: the file may lack data. */
    nm_status (*free)(nm_sink *sink, nm_error *err);
} nm_sink_ops;

/** What all sinks begin with. */
struct nm_sink {
    const nm_sink_ops *ops;
    bool is_numbered;        /**< Its containers get sequence numbers: some may be lost. */
    bool takes_any_len;      /**< Containers need not be cut, however large they are. */
    int fd;                  /**< Of the socket or file; -1: there is none. */
    uint64_t passing_errors; /**< Refused or unreachable: counted, sent again once, gone on. */
    nm_delivery *delivery;   /**< Set by whoever writes to the sink, before the first write. */
};

/** Containers to a file, pipe or other stream of octets.
 *  @param fd       Written from its current position.
 *  @param owns_fd  Close it in the end, and on failure.
 *  @param pool     Writes large frames to files; borrowed. An error is told by the next call then.
 *                  NULL: write() writes.
 *  @return NM_OK, NM_E_NOMEM, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_file_sink_open(int fd, bool owns_fd, struct nm_worker_pool *pool,
                                          nm_sink **out, nm_error *err);

/** Containers as datagrams to `address`, as nm_socket_address_find(), and `port`.
 *  @param is_broadcast  Allow broadcast addresses.
 *  @param pace          As in nm_output_options.
 *  @return NM_OK, NM_E_ARGUMENT, NM_E_NOMEM, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_udp_sink_open(const char *address, unsigned port, bool is_broadcast,
                                         struct nm_pace *pace, nm_sink **out, nm_error *err);

/** Containers as ZeroMQ messages.
 *  @param endpoint  Its address becomes the one that was bound.
 *  @return NM_OK, NM_E_ARGUMENT, NM_E_NOMEM, NM_E_SYSTEM, NM_E_ABSENT. */
NM_MUST_CHECK nm_status nm_zmq_sink_open(struct nm_zmq_endpoint *endpoint, nm_sink **out,
                                         nm_error *err);

#endif
