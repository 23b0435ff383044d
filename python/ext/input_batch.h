/* SPDX-License-Identifier: Apache-2.0 */
/* Reading many messages at a time: what input.c and input_async.c refer to. */
#ifndef NMPY_INPUT_BATCH_H
#define NMPY_INPUT_BATCH_H

#include "input.h"

/** Make the class of what batches() gives. @return 0, or -1 with an exception set. */
int nmpy_input_batch_init(PyObject *module, nmpy_state *state);

/** What an interrupted call has left: a message, or an exception, which is raised.
 *  @return new reference; NULL with an exception set, or without one if there is nothing. */
PyObject *nmpy_input_take_kept(nmpy_input *self);

/** Forget it. */
void nmpy_input_drop_kept(nmpy_input *self);

/** Methods read_batch() and batches(); _hold() and _gather() for nmsg._async. */
PyObject *nmpy_input_read_batch(PyObject *input, PyObject *args, PyObject *kwargs);
PyObject *nmpy_input_batches(PyObject *input, PyObject *args, PyObject *kwargs);
PyObject *nmpy_input_hold(PyObject *input, PyObject *args);
PyObject *nmpy_input_gather(PyObject *input, PyObject *is_gathering);
extern const char nmpy_input_read_batch_doc[];
extern const char nmpy_input_batches_doc[];

#endif
