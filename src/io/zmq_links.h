/* SPDX-License-Identifier: Apache-2.0 */
/* The connections of a ZeroMQ socket, and whether what was written to them has arrived.
 *
 * The library closes a connection while the other side has not read all of it, and the library
 * there throws away what it had not read when its queue was full. So a sender closes when nothing
 * is left on its way. */
#ifndef NM_IO_ZMQ_LINKS_H
#define NM_IO_ZMQ_LINKS_H

#include "io/zmq_socket.h"

/** The connections, as the library tells of them. Used by the thread that uses the socket. */
typedef struct nm_zmq_links {
    void *monitor; /**< Where it tells; NULL: it does not. */
    int *fds;      /**< The library's own: only to be asked. */
    size_t count;
    size_t cap;
} nm_zmq_links;

/** Begin to listen, before the socket goes anywhere. @return NM_OK, NM_E_SYSTEM. */
NM_MUST_CHECK nm_status nm_zmq_links_open(const nm_zmq_socket *socket, nm_zmq_links *out,
                                          nm_error *err);

/** Before the socket is closed. Accepts a zeroed one. */
void nm_zmq_links_close(const nm_zmq_socket *socket, nm_zmq_links *links);

/** Take notice of what was told. Call it now and then, so that it does not pile up. */
void nm_zmq_links_update(nm_zmq_links *links);

/** Octets that the other sides' systems have not got yet, or, on this machine, not read. */
size_t nm_zmq_links_unsent(nm_zmq_links *links);

#endif
