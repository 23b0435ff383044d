/* SPDX-License-Identifier: Apache-2.0 */
/* What the ZeroMQ source and sink have in common: a socket with a context of its own, errors, and
 * waiting.
 *
 * A context has threads, which do not survive a fork(). In a child its sockets are left alone. */
#ifndef NM_IO_ZMQ_SOCKET_H
#define NM_IO_ZMQ_SOCKET_H

#include "io/fork_guard.h"
#include "io/wait.h"
#include "io/zmq_endpoint.h"

/** A socket. Used by one thread at a time. */
typedef struct nm_zmq_socket {
    void *context;
    void *handle;
    nm_fork_mark mark;
} nm_zmq_socket;

/** Make a socket that goes nowhere yet. @param type  As zmq_socket().
 *  @return NM_OK, NM_E_SYSTEM. Close with nm_zmq_socket_close(). */
NM_MUST_CHECK nm_status nm_zmq_socket_open(int type, nm_zmq_socket *out, nm_error *err);

/** Set an option whose value is an int. @return NM_OK, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_zmq_socket_set(nm_zmq_socket *socket, int option, int value,
                                          nm_error *err);

/** Bind or connect.
 *  @param endpoint  Its address becomes the one that was bound, which has a port where it had none.
 *  @return NM_OK; NM_E_SYSTEM, NM_E_ARGUMENT (not an address of its transport). */
NM_MUST_CHECK nm_status nm_zmq_socket_join(nm_zmq_socket *socket, nm_zmq_endpoint *endpoint,
                                           nm_error *err);

/** Close, and wait as long as its linger says. Accepts a zeroed one. */
void nm_zmq_socket_close(nm_zmq_socket *socket);

/** Wait until a message can be received (ZMQ_POLLIN) or sent (ZMQ_POLLOUT).
 *  @return as nm_wait_fd(). */
NM_MUST_CHECK nm_status nm_zmq_socket_wait(const nm_zmq_socket *socket, short events,
                                           const nm_wait *wait, nm_error *err);

/** What the library's errno says. @param what  What failed. @return NM_E_SYSTEM. */
nm_status nm_zmq_fail(nm_error *err, const char *what);

#endif
