/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an input from asyncio: what input.c refers to. */
#ifndef NMPY_INPUT_ASYNC_H
#define NMPY_INPUT_ASYNC_H

#include "input.h"

/** Make the class of what is awaited. @return 0, or -1 with an exception set. */
int nmpy_input_async_init(PyObject *module, nmpy_state *state);

/** Slots am_aiter and am_anext. */
PyObject *nmpy_input_aiter(PyObject *input);
PyObject *nmpy_input_anext(PyObject *input);

/** Methods read_async(), read_batch_async(), __aenter__(), __aexit__(). */
PyObject *nmpy_input_read_async(PyObject *input, PyObject *unused);
PyObject *nmpy_input_read_batch_async(PyObject *input, PyObject *args, PyObject *kwargs);
PyObject *nmpy_input_aenter(PyObject *input, PyObject *unused);
PyObject *nmpy_input_aexit(PyObject *input, PyObject *args);
extern const char nmpy_input_read_async_doc[];
extern const char nmpy_input_read_batch_async_doc[];

/** Tell tasks that wait for the input that it is being closed. Keeps an exception that is set. */
void nmpy_input_wake_tasks(nmpy_input *self);

#endif
