/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, waiting for and closing ZeroMQ sockets. */
#include "io/zmq_socket.h"

#include <errno.h>
#include <string.h>
#include <zmq.h>

nm_status
nm_zmq_fail(nm_error *err, const char *what)
{
    int failure = zmq_errno();
    if (failure >= ZMQ_HAUSNUMERO) { /* The library's own, which the system has no text for. */
        return nm_error_set(err, NM_E_SYSTEM, 0, "%s: %s", what, zmq_strerror(failure));
    }
    return nm_error_set_system(err, failure, "%s", what);
}

nm_status
nm_zmq_socket_open(int type, nm_zmq_socket *out, nm_error *err)
{
    nm_zmq_socket socket = {.context = zmq_ctx_new(), .mark = nm_fork_mark_take()};
    if (socket.context == NULL) {
        return nm_zmq_fail(err, "zmq_ctx_new() failed");
    }
    socket.handle = zmq_socket(socket.context, type);
    if (socket.handle == NULL) {
        nm_status status = nm_zmq_fail(err, "zmq_socket() failed");
        nm_zmq_socket_close(&socket);
        return status;
    }
    *out = socket;
    return NM_OK;
}

nm_status
nm_zmq_socket_set(nm_zmq_socket *socket, int option, int value, nm_error *err)
{
    return zmq_setsockopt(socket->handle, option, &value, sizeof value) == 0
               ? NM_OK
               : nm_zmq_fail(err, "zmq_setsockopt() failed");
}

/* Binding or connecting failed. */
static nm_status
fail_to_join(const nm_zmq_endpoint *endpoint, nm_error *err)
{
    int failure = zmq_errno();
    const char *what = endpoint->is_accepting ? "listen at" : "connect to";
    if (failure == EPROTONOSUPPORT || failure == ENOCOMPATPROTO) {
        return nm_error_set(err, NM_E_ARGUMENT, 0,
                            "cannot %s %.180s: libzmq has no such transport, or not for this", what,
                            endpoint->address);
    }
    if (failure == EINVAL) {
        return nm_error_set(err, NM_E_ARGUMENT, 0,
                            "cannot %s %.180s: not an address of this transport", what,
                            endpoint->address);
    }
    if (failure >= ZMQ_HAUSNUMERO) {
        return nm_error_set(err, NM_E_SYSTEM, 0, "cannot %s %.180s: %s", what, endpoint->address,
                            zmq_strerror(failure));
    }
    return nm_error_set_system(err, failure, "cannot %s %.180s", what, endpoint->address);
}

nm_status
nm_zmq_socket_join(nm_zmq_socket *socket, nm_zmq_endpoint *endpoint, nm_error *err)
{
    if (strchr(endpoint->address, '[') != NULL) {
        nm_status status = nm_zmq_socket_set(socket, ZMQ_IPV6, /* value= */ 1, err);
        if (status != NM_OK) {
            return status;
        }
    }
    int result = endpoint->is_accepting ? zmq_bind(socket->handle, endpoint->address)
                                        : zmq_connect(socket->handle, endpoint->address);
    if (result != 0) {
        return fail_to_join(endpoint, err);
    }
    char bound[NM_ZMQ_ADDRESS_MAX + 1];
    size_t len = sizeof bound;
    if (endpoint->is_accepting &&
        zmq_getsockopt(socket->handle, ZMQ_LAST_ENDPOINT, bound, &len) == 0) {
        memcpy(endpoint->address, bound, len); /* Its NUL is counted. */
    }
    return NM_OK;
}

void
nm_zmq_socket_close(nm_zmq_socket *socket)
{
    if (socket->context == NULL || nm_fork_mark_is_foreign(socket->mark)) {
        return;
    }
    if (socket->handle != NULL) {
        (void)zmq_close(socket->handle); /* Fails for what is no socket only. */
    }
    while (zmq_ctx_term(socket->context) != 0 && zmq_errno() == EINTR) {
    }
    *socket = (nm_zmq_socket){.context = NULL};
}

nm_status
nm_zmq_socket_wait(const nm_zmq_socket *socket, short events, const nm_wait *wait, nm_error *err)
{
    for (;;) {
        zmq_pollitem_t item = {.socket = socket->handle, .events = events};
        int ready = zmq_poll(&item, 1, wait != NULL ? NM_WAIT_SLICE_MS : 0);
        if (ready > 0) {
            return NM_OK;
        }
        if (ready < 0 && zmq_errno() != EINTR) {
            return nm_zmq_fail(err, "zmq_poll() failed");
        }
        if (wait == NULL) {
            return NM_AGAIN;
        }
        if (wait->may_go_on != NULL && !wait->may_go_on(wait->context)) {
            return NM_STOPPED;
        }
    }
}
