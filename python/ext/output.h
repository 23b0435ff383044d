/* SPDX-License-Identifier: Apache-2.0 */
/* The output object, for the files that implement it and for the engine. */
#ifndef NMPY_OUTPUT_H
#define NMPY_OUTPUT_H

#include "module.h"

#include "io/output.h"

/** A thread that uses an output without the GIL; lies on its stack. */
typedef struct nmpy_output_use {
    unsigned long thread;
    struct nmpy_output_use *next;
} nmpy_output_use;

/** Messages to a file, a socket or a function. */
typedef struct nmpy_output {
    PyObject_HEAD
    PyObject *module;  /* Kept alive: when the interpreter ends, classes may let go of it. */
    nmpy_state *state; /* Of the module. */
    nm_output *out;    /* NULL when not open, and for a callback. */
    PyObject *func;    /* Callback; NULL when not open, and for others. */
    PyObject *batch;   /* list: the callback gets it, not single messages; or NULL. */
    const char *kind;  /* "file", "json", "socket" or "callback"; NULL when never opened. */
    PyObject *name;
    PyObject *file;               /* The object whose descriptor is written, kept alive. */
    struct nmpy_output_use *uses; /* Threads that use `out` without the GIL. */
    bool is_closing;
    bool is_given_away;     /* To an nmsg.io, which alone uses it from then on. */
    uint32_t filter_vendor; /* Other types are not written; 0, 0: all are. */
    uint32_t filter_type;
    nm_output_stats last_stats;   /* Of an output that was closed. */
    struct nmpy_output *previous; /* Open outputs of the module. */
    struct nmpy_output *next;
} nmpy_output;

/** Note that the output is open, so that it is flushed when the program ends. */
void nmpy_output_list_add(nmpy_output *self);

/** Give it to an nmsg.io: its methods are for the new owner only.
 *  @return 0, or -1 with an exception set: not open, given away before, or a thread uses it. */
int nmpy_output_give_away(nmpy_output *self);

/** Whether its filter lets the message pass, of which only the type is looked at. */
static inline bool
nmpy_output_wants(const nmpy_output *self, const nm_payload *payload)
{
    return (self->filter_vendor == 0 && self->filter_type == 0) ||
           (payload->vendor == self->filter_vendor && payload->type == self->filter_type);
}

static inline bool
nmpy_output_is_open(const nmpy_output *self)
{
    return self->out != NULL || self->func != NULL;
}

/** Whether the program may use it; else raises. */
bool nmpy_output_check_usable(const nmpy_output *self);

/** Begin and end of a use of `out` without the GIL: it is not freed in between.
 *  @return 0, or -1 with an exception set; None, or NULL with an exception set. */
int nmpy_output_use_begin(nmpy_output *self, nmpy_output_use *use);
PyObject *nmpy_output_use_end(nmpy_output *self, const nmpy_output_use *use, nm_status status,
                              const nm_error *err, const char *what);

/** Call the callback, which must be open. @return 0, or -1 with an exception set. */
int nmpy_output_call(nmpy_output *self, PyObject *message);

/** From now on the callback gets lists of messages. @return 0, or -1 with an exception set. */
int nmpy_output_set_batched(nmpy_output *self);

/** Call the callback with the messages in `batch`, if there are any, which is empty afterwards,
 *  also when it raises. @return 0, or -1 with an exception set. */
int nmpy_output_call_batch(nmpy_output *self);

/** Send what is left, waiting for it, and close. @return 0, or -1 with an exception set; then it is
 *  still open if a signal handler raised that. */
int nmpy_output_shut(nmpy_output *self);

/** Send what is left if that takes no long time, and close. Keeps an exception that is set. */
void nmpy_output_drop(nmpy_output *self);

/** Slot tp_new: an output that is not open. */
PyObject *nmpy_output_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);

/** Class methods. */
PyObject *nmpy_output_open_file(PyObject *class, PyObject *args, PyObject *kwargs);
PyObject *nmpy_output_open_json(PyObject *class, PyObject *args, PyObject *kwargs);
PyObject *nmpy_output_open_sock(PyObject *class, PyObject *args, PyObject *kwargs);
PyObject *nmpy_output_open_callback(PyObject *class, PyObject *func);
extern const char nmpy_output_open_file_doc[];
extern const char nmpy_output_open_json_doc[];
extern const char nmpy_output_open_sock_doc[];
extern const char nmpy_output_open_callback_doc[];

/** Methods and attributes that set and tell things. */
PyObject *nmpy_output_set_buffered(PyObject *output, PyObject *value);
PyObject *nmpy_output_set_zlibout(PyObject *output, PyObject *value);
PyObject *nmpy_output_set_filter_msgtype(PyObject *output, PyObject *const *args, Py_ssize_t nargs);
PyObject *nmpy_output_fileno(PyObject *output, PyObject *unused);
extern const char nmpy_output_set_buffered_doc[];
extern const char nmpy_output_set_zlibout_doc[];
extern const char nmpy_output_set_filter_msgtype_doc[];
extern const char nmpy_output_fileno_doc[];
extern PyGetSetDef nmpy_output_getset[];

#endif
