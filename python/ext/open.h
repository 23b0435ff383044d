/* SPDX-License-Identifier: Apache-2.0 */
/* What inputs and outputs have in common when they are opened. nmsg.open() itself is Python
 * (nmsg/_open.py): it finds out what it was given and calls one of the two functions here. */
#ifndef NMPY_OPEN_H
#define NMPY_OPEN_H

#include "module.h"

#include "io/zmq_endpoint.h"

/** What is opened; _open.py has the same numbers. */
typedef enum nmpy_target_kind {
    NMPY_TARGET_FILE,      /**< Path or descriptor. */
    NMPY_TARGET_OBJECT,    /**< File object, by its methods. */
    NMPY_TARGET_MEMORY,    /**< Object with a buffer. */
    NMPY_TARGET_SOCKETS,   /**< List of (address, port). */
    NMPY_TARGET_ZMQ,       /**< (address, whether it accepts, whether it is pushpull, queue). */
    NMPY_TARGET_HANDED,    /**< Object whose receive() gives single containers;
                                is_shared as for nm_input_open_handed(). */
    NMPY_TARGET_INTERFACE, /**< Name of a network interface. */
    NMPY_TARGET_KAFKA,     /**< Endpoint, as io/kafka_endpoint.h reads it. */
} nmpy_target_kind;

/** A target, with borrowed references. */
typedef struct nmpy_target {
    nmpy_target_kind kind;
    PyObject *where;
    PyObject *name;                 /**< For messages. */
    PyObject *owner;                /**< Kept alive; None: nothing. */
    unsigned long long part_offset; /**< Of files: the part of it to read, */
    unsigned long long part_len;    /**< 0: all of it. */
    Py_buffer before;               /**< What comes before what a descriptor gives. */
} nmpy_target;

/** Filters as nmsg.open() takes them; None: any. */
typedef struct nmpy_filter_arguments {
    PyObject *msgtype; /**< Tuple of vendor and type, or None. */
    PyObject *source;
    PyObject *operator;
    PyObject *group;
} nmpy_filter_arguments;

/** @return 0, or -1 with an exception set. */
int nmpy_filters_parse(nmpy_state *state, const nmpy_filter_arguments *given,
                       nm_header_filter *out);

/** A UDP port, as int or its digits as str. Whether it is too large, who opens it says.
 *  @return 0, or -1 with an exception set. */
int nmpy_port_parse(PyObject *object, unsigned *out);

/** What NMPY_TARGET_ZMQ has. @return 0, or -1 with an exception set. */
int nmpy_zmq_endpoint_parse(nmpy_state *state, PyObject *object, bool is_output,
                            nm_zmq_endpoint *out);

/** "zmq+" and the address that was opened. @return NULL with an exception set. */
PyObject *nmpy_zmq_name(const nm_zmq_endpoint *endpoint);

/** nmpy_raise(), but socket.gaierror for a host that was not found. @return NULL always. */
PyObject *nmpy_raise_open_sock(nmpy_state *state, const nm_error *err, const char *what,
                               PyObject *where);

#endif
