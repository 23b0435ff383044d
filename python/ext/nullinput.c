/* SPDX-License-Identifier: Apache-2.0 */
/* nmsg.nullinput: messages from containers in memory. */
#include "module.h"

#include <math.h>
#include <time.h>

#include "io/null_input.h"

typedef struct nmpy_nullinput {
    PyObject_HEAD
    nm_null_input *in;
    bool strings_are_bytes;
} nmpy_nullinput;

static PyObject *
nullinput_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"strings", "max_container", NULL};
    nmpy_state *state = nmpy_state_of(type);
    PyObject *strings = NULL;
    PyObject *max_container = NULL;
    nm_limits limits = nm_limits_default;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$OO:nullinput", keywords, &strings,
                                     &max_container) ||
        nmpy_limits_parse(max_container, &limits) < 0) {
        return NULL;
    }
    nmpy_nullinput *self = (nmpy_nullinput *)type->tp_alloc(type, 0);
    nm_error err;
    if (self == NULL || nmpy_strings_parse(state, strings, &self->strings_are_bytes) < 0) {
        Py_XDECREF(self);
        return NULL;
    }
    if (nm_null_input_open(&limits, &self->in, &err) != NM_OK) {
        Py_DECREF(self);
        return nmpy_raise(state, &err, "nmsg_input_open_null() failed", /* where= */ NULL);
    }
    return (PyObject *)self;
}

static void
nullinput_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    nm_null_input_free(((nmpy_nullinput *)object)->in);
    type->tp_free(object);
    Py_DECREF(type);
}

/* Time of reception in whole seconds. */
static int
time_parse(PyObject *object, int64_t *out)
{
    if (object == NULL || object == Py_None) {
        struct timespec now = {.tv_sec = 0};
        (void)clock_gettime(CLOCK_REALTIME, &now); /* Cannot fail with this clock. */
        *out = now.tv_sec;
        return 0;
    }
    double seconds = PyFloat_Check(object) || PyLong_Check(object) ? PyFloat_AsDouble(object) : NAN;
    if (PyErr_Occurred() || !(fabs(seconds) < 1e18)) {
        PyErr_Clear();
        PyErr_SetString(PyExc_ValueError, "tv must be a real number");
        return -1;
    }
    *out = (int64_t)floor(seconds);
    return 0;
}

static PyObject *
take_all(nmpy_nullinput *self, nmpy_state *state)
{
    PyObject *list = PyList_New(0);
    const nm_message *message;
    while (list != NULL && nm_null_input_take(self->in, &message) == NM_OK) {
        PyObject *object = nmpy_message_new(state, nmpy_schema_find(state, message->schema),
                                            message, self->strings_are_bytes);
        if (object == NULL || PyList_Append(list, object) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(object);
    }
    return list;
}

PyDoc_STRVAR(read_doc,
             "read($self, /, buf, tv=None)\n--\n\n"
             "List of the messages in one version 2 container, a bytes-like object.\n\n"
             "A fragment gives an empty list until its set is complete. tv: time of reception in\n"
             "seconds, for the age of fragments; None is now. Messages whose CRC does not fit are\n"
             "left out. Raises nmsg.FormatError for what is no container.\n\n"
             ">>> import nmsg\n"
             ">>> nmsg.nullinput().read(b'no container')\n"
             "Traceback (most recent call last):\n"
             "    ...\n"
             "nmsg.FormatError: nmsg_input_null() failed: ...");

static PyObject *
nullinput_read(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"buf", "tv", NULL};
    nmpy_nullinput *self = (nmpy_nullinput *)object;
    nmpy_state *state = nmpy_state_of(Py_TYPE(object));
    Py_buffer view;
    PyObject *tv = NULL;
    PyObject *list = NULL;
    int64_t now;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*|O:read", keywords, &view, &tv)) {
        return NULL;
    }
    if (time_parse(tv, &now) == 0) {
        nm_error err;
        nm_status status =
            nm_null_input_decode(self->in, nm_span_of(view.buf, (size_t)view.len), now, &err);
        list = status == NM_OK
                   ? take_all(self, state)
                   : nmpy_raise(state, &err, "nmsg_input_null() failed", /* where= */ NULL);
    }
    PyBuffer_Release(&view);
    return list;
}

static PyObject *
nullinput_repr(PyObject *object)
{
    return nmpy_instance_repr("nullinput object", ((nmpy_nullinput *)object)->in);
}

static PyMethodDef nullinput_methods[] = {
    {"read", (PyCFunction)(void (*)(void))nullinput_read, METH_VARARGS | METH_KEYWORDS, read_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(nullinput_doc,
             "nullinput(*, strings=None, max_container=16777216)\n--\n\n"
             "Messages from containers that the program got by itself. Holds incomplete fragments\n"
             "between calls. strings, max_container: as for input.open_file().\n\n"
             ">>> import nmsg\n"
             ">>> with nmsg.output.open_file('out.nmsg') as writer:\n"
             "...     writer.write(nmsg.msgtype.base.logline(message='hello'))\n"
             ">>> with open('out.nmsg', 'rb') as file:\n"
             "...     container = file.read()\n"
             ">>> for m in nmsg.nullinput().read(container):\n"
             "...     print(m['message'])\n"
             "hello");

static PyType_Slot nullinput_slots[] = {
    {Py_tp_doc, (void *)nullinput_doc},
    {Py_tp_new, NMPY_SLOT(nullinput_tp_new)},
    {Py_tp_dealloc, NMPY_SLOT(nullinput_dealloc)},
    {Py_tp_repr, NMPY_SLOT(nullinput_repr)},
    {Py_tp_methods, nullinput_methods},
    {0, NULL},
};

static PyType_Spec nullinput_spec = {
    .name = "nmsg.nullinput",
    .basicsize = sizeof(nmpy_nullinput),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = nullinput_slots,
};

int
nmpy_nullinput_init(PyObject *module, nmpy_state *state)
{
    state->nullinput_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &nullinput_spec, /* bases= */ NULL);
    return state->nullinput_type != NULL ? PyModule_AddType(module, state->nullinput_type) : -1;
}
