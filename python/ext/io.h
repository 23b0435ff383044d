/* SPDX-License-Identifier: Apache-2.0 */
/* The engine object, for the files that implement it. */
#ifndef NMPY_IO_H
#define NMPY_IO_H

#include "input.h"
#include "output.h"

#include <poll.h>

/** Takes messages from inputs to outputs. */
typedef struct nmpy_io {
    PyObject_HEAD
    PyObject *module;        /* Kept alive: when the interpreter ends, classes may let go of it. */
    nmpy_state *state;       /* Of the module. */
    PyObject *inputs;        /* list of nmpy_input, given to us; only ever grows. */
    PyObject *outputs;       /* list of nmpy_output, likewise. */
    nm_header_filter filter; /* For inputs and outputs to come. */
    Py_ssize_t turn;         /* Index of the output that is next. */
    PyObject *held;          /* A message that an output has not taken yet, or NULL. */
    nmpy_output *held_for;   /* That output; borrowed from the list. */
    struct pollfd *fds;      /* To wait for inputs, with room for fd_cap. */
    Py_ssize_t fd_cap;
    unsigned long thread; /* That runs loop(). */
    bool is_looping;
    bool is_breaking; /* The loop is to end. */
    bool is_closing;  /* And then everything is to be closed. */
    bool is_closed;
} nmpy_io;

/** Raise nmsg.Error unless the engine is open. @return whether it is. */
bool nmpy_io_check_open(const nmpy_io *self);

/** Take an open input over. @return 0, or -1 with an exception set. */
int nmpy_io_take_input(nmpy_io *self, nmpy_input *input);

/** Close all inputs and outputs. @return 0, or -1 with an exception set; then the engine is still
 *  open if a signal handler raised that. */
int nmpy_io_shut(nmpy_io *self);

/** Write the message that is held, if there is one.
 *  @return NM_OK; NM_STOPPED: called off, or by a signal handler that raised, and it is held again;
 *          else with an exception set. */
nm_status nmpy_io_write_held(nmpy_io *self, const bool *called_off);

/** Method loop(). */
PyObject *nmpy_io_loop(PyObject *self, PyObject *unused);
extern const char nmpy_io_loop_doc[];

/** Method add_input_channel(). */
PyObject *nmpy_io_add_input_channel(PyObject *self, PyObject *args, PyObject *kwargs);
extern const char nmpy_io_add_input_channel_doc[];

/** The constant chalias_fnames. @return 0, or -1 with an exception set. */
int nmpy_channels_init(PyObject *module);

#endif
