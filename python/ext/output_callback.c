/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs that are functions: one message at a time, or lists of those that an engine collects. */
#include "output.h"

/* Call the callback for `count` messages. */
static int
call(nmpy_output *self, PyObject *argument, Py_ssize_t count)
{
    PyObject *func = Py_NewRef(self->func); /* It may close the output. */
    PyObject *result = PyObject_CallOneArg(func, argument);
    Py_DECREF(func);
    if (result == NULL) {
        return -1;
    }
    Py_DECREF(result);
    self->last_stats.messages += (uint64_t)count;
    return 0;
}

int
nmpy_output_call(nmpy_output *self, PyObject *message)
{
    return call(self, message, 1);
}

int
nmpy_output_set_batched(nmpy_output *self)
{
    self->batch = PyList_New(0);
    return self->batch != NULL ? 0 : -1;
}

int
nmpy_output_call_batch(nmpy_output *self)
{
    PyObject *batch = self->batch;
    if (batch == NULL || PyList_GET_SIZE(batch) == 0) {
        return 0;
    }
    PyObject *next = PyList_New(0); /* The list is the program's from now on. */
    if (next == NULL) {
        return -1;
    }
    self->batch = next;
    int result = call(self, batch, PyList_GET_SIZE(batch));
    Py_DECREF(batch);
    return result;
}

const char nmpy_output_open_callback_doc[] = PyDoc_STR(
    "open_callback($type, func, /)\n--\n\n"
    "An output whose write(m) calls func(m); what that returns is ignored, and what it raises is\n"
    "raised by write().\n\n"
    "Made for nmsg.io, and useful wherever code wants an output. TypeError unless func can be\n"
    "called.\n\n"
    ">>> import nmsg\n"
    ">>> with nmsg.output.open_callback(lambda m: print(m['srcport'])) as writer:\n"
    "...     writer.write(nmsg.msgtype.base.ipconn(srcport=53))\n"
    "53");

PyObject *
nmpy_output_open_callback(PyObject *class, PyObject *func)
{
    if (!PyCallable_Check(func)) {
        PyErr_Format(PyExc_TypeError, "open_callback() takes something to call, not %.100s",
                     Py_TYPE(func)->tp_name);
        return NULL;
    }
    nmpy_output *self = (nmpy_output *)nmpy_output_tp_new((PyTypeObject *)class, NULL, NULL);
    if (self != NULL) {
        self->kind = "callback";
        self->name = PyUnicode_FromString("callback");
        self->func = Py_NewRef(func);
        if (self->name == NULL) {
            Py_CLEAR(self);
        }
    }
    return (PyObject *)self;
}
