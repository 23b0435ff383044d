/* SPDX-License-Identifier: Apache-2.0 */
/* The input object, for the files that implement it and for the engine. */
#ifndef NMPY_INPUT_H
#define NMPY_INPUT_H

#include "module.h"

#include "io/input.h"
#include "io/packet_options.h"

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
    unsigned long closer; /* The thread that closed it; 0 once a reader was told the end. */
    bool is_blocking;
    bool is_watched; /* Somebody has fileno(). */
    bool has_warned;
    bool is_given_away; /* To an nmsg.io, which alone uses it from then on. */
    bool has_ended;     /* There: nothing more comes. */
    bool is_at_end;     /* Nothing more comes, as a call that found nothing has seen. */
    bool strings_are_bytes;
    bool is_gathering; /* asyncio: messages that it took are not the program's yet. */
    nmpy_on_error on_error;
    struct nmpy_feed *feed;   /* What gives `in` its octets; NULL: it has its own. */
    PyObject *waiting;        /* nmsg._async.Waiting, once a task waited. */
    struct nmpy_stage *stage; /* NULL before read_batch() was called. */
    PyObject *kept;           /* list of messages for the next call, from kept_next on, or NULL. */
    Py_ssize_t kept_next;
    PyObject *deferred;        /* Exception to raise behind them, or NULL. */
    unsigned streak;           /* Messages given to asyncio since others had their turn. */
    nm_input_stats last_stats; /* Of an input that was closed. */
    nm_capture_stats last_capture_stats;
    bool has_packets; /* It makes messages of packets. */
    const nmpy_schema *last_schema;
} nmpy_input;

/** Give it to an nmsg.io: its methods are for the new owner only.
 *  @return 0, or -1 with an exception set: not open, given away before, a thread is reading, or an
 *          interrupted read_batch() has left messages. */
int nmpy_input_give_away(nmpy_input *self);

/** Raise nmsg.Error because it is not open, or given away. @return NULL. */
PyObject *nmpy_input_raise_unusable(const nmpy_input *self);

/** Nothing can be read: raise as above, but tell the end, once, to a thread that had no way to know
 *  that another closed the input between two of its calls.
 *  @return NULL, without an exception: the end. */
PyObject *nmpy_input_refuse_reading(nmpy_input *self);

/** Close it and wait for its thread. For who holds its lock or owns it. */
void nmpy_input_shut(nmpy_input *self);

/** Decode the next container, without the GIL where that takes its time.
 *  @param may_wait  Until there is one; else NM_AGAIN if there is none.
 *  @return as nm_input_fill(). */
nm_status nmpy_input_fill(nmpy_input *self, bool may_wait, nm_error *err);

/** Deal with what was wrong as `errors=` says.
 *  @return 0: it was skipped; -1 with an exception set. */
int nmpy_input_report(nmpy_input *self, const nm_error *err);

/** The Python object of a message just taken. @return new reference, or NULL. */
PyObject *nmpy_input_message(nmpy_input *self, const nm_message *message);

/** Lock an open input; release with nmpy_lock_release(). @return 0, or -1 with an exception set. */
int nmpy_input_lock_open(nmpy_input *self);

/** Methods of input_filter.c. */
PyObject *nmpy_input_set_filter_msgtype(PyObject *input, PyObject *const *args, Py_ssize_t nargs);
PyObject *nmpy_input_set_filter_source(PyObject *input, PyObject *value);
PyObject *nmpy_input_set_filter_operator(PyObject *input, PyObject *value);
PyObject *nmpy_input_set_filter_group(PyObject *input, PyObject *value);
extern const char nmpy_input_set_filter_msgtype_doc[];
extern const char nmpy_input_set_filter_source_doc[];
extern const char nmpy_input_set_filter_operator_doc[];
extern const char nmpy_input_set_filter_group_doc[];

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
