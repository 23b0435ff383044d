/* SPDX-License-Identifier: Apache-2.0 */
/* The input object, for the two files that implement it. */
#ifndef NMPY_INPUT_H
#define NMPY_INPUT_H

#include "module.h"

#include "io/input.h"

/** What to do with damaged data. */
typedef enum nmpy_on_error { ON_ERROR_WARN, ON_ERROR_SKIP, ON_ERROR_RAISE } nmpy_on_error;

typedef struct nmpy_input {
    PyObject_HEAD
    PyObject *module;  /* Kept alive: when the interpreter ends, classes may let go of it. */
    nmpy_state *state; /* Of the module. */
    nm_input *in;      /* NULL when not open. */
    nmpy_lock lock;    /* Held while `in` is used. */
    const char *kind;  /* "file", "json" or "socket"; NULL when never opened. */
    PyObject *name;
    PyObject *file;       /* The object whose descriptor is read, kept alive. */
    bool is_closing;      /* Whoever reads is to leave. */
    bool closes_on_leave; /* And to close. */
    bool is_blocking;
    bool is_watched; /* Somebody has fileno(). */
    bool has_warned;
    bool strings_are_bytes;
    nmpy_on_error on_error;
    nm_input_stats last_stats; /* Of an input that was closed. */
    const nmpy_schema *last_schema;
} nmpy_input;

/** Slot tp_new: an input that is not open. */
PyObject *nmpy_input_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);

/** Class methods. */
PyObject *nmpy_input_open_file(PyObject *class, PyObject *args, PyObject *kwargs);
PyObject *nmpy_input_open_json(PyObject *class, PyObject *args, PyObject *kwargs);
PyObject *nmpy_input_open_sock(PyObject *class, PyObject *args, PyObject *kwargs);
extern const char nmpy_input_open_file_doc[];
extern const char nmpy_input_open_json_doc[];
extern const char nmpy_input_open_sock_doc[];

#endif
