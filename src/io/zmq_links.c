/* SPDX-License-Identifier: Apache-2.0 */
/* Following the monitor of a ZeroMQ socket. */
#include "io/zmq_links.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "io/os.h"

/* A context has one socket with a monitor. */
static const char MONITOR_ADDRESS[] = "inproc://monitor";

nm_status
nm_zmq_links_open(const nm_zmq_socket *socket, nm_zmq_links *out, nm_error *err)
{
    enum { EVENTS = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED };
    nm_zmq_links links = {.monitor = NULL};
    int no_limit = 0; /* At a limit the library's thread, which tells, would stand still. */
    if (zmq_socket_monitor(socket->handle, MONITOR_ADDRESS, EVENTS) != 0) {
        return nm_zmq_fail(err, "zmq_socket_monitor() failed");
    }
    links.monitor = zmq_socket(socket->context, ZMQ_PAIR);
    if (links.monitor == NULL ||
        zmq_setsockopt(links.monitor, ZMQ_RCVHWM, &no_limit, sizeof no_limit) != 0 ||
        zmq_setsockopt(links.monitor, ZMQ_LINGER, &no_limit, sizeof no_limit) != 0 ||
        zmq_connect(links.monitor, MONITOR_ADDRESS) != 0) {
        nm_status status = nm_zmq_fail(err, "cannot follow the connections");
        nm_zmq_links_close(socket, &links);
        return status;
    }
    *out = links;
    return NM_OK;
}

void
nm_zmq_links_close(const nm_zmq_socket *socket, nm_zmq_links *links)
{
    if (links->monitor != NULL) {
        (void)zmq_socket_monitor(socket->handle, NULL, 0); /* Ends it; there is one. */
        (void)zmq_close(links->monitor);                   /* It is a socket. */
    }
    free(links->fds);
    *links = (nm_zmq_links){.monitor = NULL};
}

static void
drop(nm_zmq_links *links, int fd)
{
    for (size_t i = 0; i < links->count; i++) {
        if (links->fds[i] == fd) {
            links->fds[i] = links->fds[--links->count];
            return;
        }
    }
}

static void
add(nm_zmq_links *links, int fd)
{
    drop(links, fd); /* Whatever was told: there is one connection with this descriptor. */
    if (links->count == links->cap) {
        size_t cap = links->cap > 0 ? links->cap * 2 : 4;
        int *fds = realloc(links->fds, cap * sizeof *fds);
        if (fds == NULL) {
            return; /* This one is closed as the library closes it. */
        }
        links->fds = fds;
        links->cap = cap;
    }
    links->fds[links->count++] = fd;
}

void
nm_zmq_links_update(nm_zmq_links *links)
{
    struct {
        uint16_t event;
        uint32_t value;
    } told = {.event = 0};
    uint8_t octets[sizeof told.event + sizeof told.value]; /* In this machine's order. */
    while (zmq_recv(links->monitor, octets, sizeof octets, ZMQ_DONTWAIT) >= (int)sizeof octets) {
        memcpy(&told.event, octets, sizeof told.event);
        memcpy(&told.value, octets + sizeof told.event, sizeof told.value);
        if (told.event == ZMQ_EVENT_DISCONNECTED) {
            drop(links, (int)told.value);
        } else {
            add(links, (int)told.value);
        }
        (void)zmq_recv(links->monitor, octets, 0, ZMQ_DONTWAIT); /* The address, its second part. */
    }
}

size_t
nm_zmq_links_unsent(nm_zmq_links *links)
{
    size_t unsent = 0;
    nm_zmq_links_update(links);
    for (size_t i = 0; i < links->count; i++) {
        unsent += nm_socket_unsent(links->fds[i]);
    }
    return unsent;
}
