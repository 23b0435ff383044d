/* SPDX-License-Identifier: Apache-2.0 */
/* The output object, for the two files that implement it. */
#ifndef NMPY_OUTPUT_H
#define NMPY_OUTPUT_H

#include "module.h"

#include "io/output.h"

/** A thread that uses an output without the GIL; lies on its stack. */
typedef struct nmpy_output_use {
    unsigned long thread;
    struct nmpy_output_use *next;
} nmpy_output_use;

/** Messages to a file or socket. */
typedef struct nmpy_output {
    PyObject_HEAD
    PyObject *module;  /* Kept alive: when the interpreter ends, classes may let go of it. */
    nmpy_state *state; /* Of the module. */
    nm_output *out;    /* NULL when not open. */
    const char *kind;  /* "file", "json" or "socket"; NULL when never opened. */
    PyObject *name;
    PyObject *file;               /* The object whose descriptor is written, kept alive. */
    struct nmpy_output_use *uses; /* Threads that use `out` without the GIL. */
    bool is_closing;
    uint32_t filter_vendor; /* Other types are not written; 0, 0: all are. */
    uint32_t filter_type;
    nm_output_stats last_stats;   /* Of an output that was closed. */
    struct nmpy_output *previous; /* Open outputs of the module. */
    struct nmpy_output *next;
} nmpy_output;

/** Note that the output is open, so that it is flushed when the program ends. */
void nmpy_output_list_add(nmpy_output *self);

/** Slot tp_new: an output that is not open. */
PyObject *nmpy_output_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);

/** Class methods. */
PyObject *nmpy_output_open_file(PyObject *class, PyObject *args, PyObject *kwargs);
PyObject *nmpy_output_open_json(PyObject *class, PyObject *args, PyObject *kwargs);
PyObject *nmpy_output_open_sock(PyObject *class, PyObject *args, PyObject *kwargs);
extern const char nmpy_output_open_file_doc[];
extern const char nmpy_output_open_json_doc[];
extern const char nmpy_output_open_sock_doc[];

#endif
