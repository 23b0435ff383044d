/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an input from asyncio. A message that is there is handed out at once; only waiting is
 * left to Python (nmsg/_async.py), which knows the event loop. No message is ever held while a
 * task is suspended, so cancellation loses none. */
#include "input_async.h"

/* So many messages are handed out before the loop gets its turn. */
enum { STREAK_MAX = 128 };

/* What `async for` awaits: one message. */
typedef struct reading {
    PyObject_HEAD
    nmpy_input *input;
    PyObject *waiting; /* Iterator of the future that is being waited for, or NULL. */
    bool has_waited;
} reading;

/* -- looking for a message -- */

typedef enum outcome { FOUND, NONE_YET, AT_END, FAILED } outcome;

/* A message without waiting. The other outcomes but FAILED set no exception. */
static outcome
look(reading *r, PyObject **out)
{
    nmpy_input *input = r->input;
    if (r->has_waited && input->in == NULL) {
        return AT_END; /* Closed meanwhile, as for read(). */
    }
    if (input->lock.is_held && !nmpy_lock_is_mine(&input->lock)) {
        if (input->is_closing) {
            return AT_END;
        }
        PyErr_SetString(input->state->error, "another thread is reading from this input");
        return FAILED;
    }
    bool was_blocking = input->is_blocking;
    input->is_blocking = false;
    *out = input->state->input_type->tp_iternext((PyObject *)input);
    input->is_blocking = was_blocking;
    if (*out != NULL) {
        return FOUND;
    }
    if (PyErr_Occurred()) {
        return FAILED;
    }
    return input->in == NULL || nm_input_has_ended(input->in) ? AT_END : NONE_YET;
}

/* A future that is done when there may be a message. @return its iterator; NULL: an exception. */
static PyObject *
wait_for_more(nmpy_input *input)
{
    if (input->waiting == NULL) {
        int fd = nm_input_fileno(input->in);
        PyObject *module = PyImport_ImportModule("nmsg._async");
        input->is_watched = true;
        if (module != NULL) {
            input->waiting = PyObject_CallMethod(module, "Waiting", "i", fd);
            Py_DECREF(module);
        }
    }
    PyObject *future =
        input->waiting != NULL ? PyObject_CallMethod(input->waiting, "wait", NULL) : NULL;
    PyObject *iterator = future != NULL ? PyObject_CallMethod(future, "__await__", NULL) : NULL;
    Py_XDECREF(future);
    return iterator;
}

/* -- the object that is awaited -- */

/* Ask the future. @return PYGEN_NEXT: suspended with *out; PYGEN_RETURN: look again. */
static PySendResult
go_on_waiting(reading *r, PyObject **out)
{
    PySendResult result = PyIter_Send(r->waiting, Py_None, out);
    if (result == PYGEN_NEXT) {
        return result;
    }
    Py_CLEAR(r->waiting);
    if (result == PYGEN_RETURN) {
        Py_CLEAR(*out);
        r->has_waited = true;
    }
    return result;
}

static PySendResult
reading_send(PyObject *object, PyObject *unused, PyObject **out)
{
    (void)unused;
    reading *r = (reading *)object;
    *out = NULL;
    for (;;) {
        if (r->waiting != NULL) {
            PySendResult result = go_on_waiting(r, out);
            if (result != PYGEN_RETURN) {
                return result;
            }
        }
        if (r->input->streak >= STREAK_MAX) {
            r->input->streak = 0;
            *out = Py_NewRef(Py_None); /* Others first. */
            return PYGEN_NEXT;
        }
        switch (look(r, out)) {
        case FOUND:
            r->input->streak++;
            return PYGEN_RETURN;
        case AT_END:
            PyErr_SetNone(PyExc_StopAsyncIteration);
            return PYGEN_ERROR;
        case FAILED:
            return PYGEN_ERROR;
        case NONE_YET:
            break;
        }
        r->input->streak = 0;
        r->waiting = wait_for_more(r->input);
        if (r->waiting == NULL) {
            return PYGEN_ERROR;
        }
    }
}

static PyObject *
reading_next(PyObject *object)
{
    PyObject *out = NULL;
    PySendResult result = reading_send(object, Py_None, &out);
    if (result == PYGEN_RETURN) {
        PyErr_SetObject(PyExc_StopIteration, out);
        Py_CLEAR(out);
    }
    return out;
}

static void
reading_dealloc(PyObject *object)
{
    reading *r = (reading *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    Py_CLEAR(r->waiting);
    Py_CLEAR(r->input);
    type->tp_free(object);
    Py_DECREF(type);
}

static int
reading_traverse(PyObject *object, visitproc visit, void *arg)
{
    reading *r = (reading *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(r->waiting);
    Py_VISIT(r->input);
    return 0;
}

static PyType_Slot reading_slots[] = {
    {Py_tp_doc, (void *)"Awaited by `async for` over an input."},
    {Py_tp_dealloc, NMPY_SLOT(reading_dealloc)},
    {Py_tp_traverse, NMPY_SLOT(reading_traverse)},
    {Py_tp_iter, NMPY_SLOT(PyObject_SelfIter)},
    {Py_tp_iternext, NMPY_SLOT(reading_next)},
    {Py_am_await, NMPY_SLOT(PyObject_SelfIter)},
    {Py_am_send, NMPY_SLOT(reading_send)},
    {0, NULL},
};

static PyType_Spec reading_spec = {
    .name = "nmsg._nmsg._reading",
    .basicsize = sizeof(reading),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = reading_slots,
};

int
nmpy_input_async_init(PyObject *module, nmpy_state *state)
{
    state->reading_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &reading_spec, /* bases= */ NULL);
    return state->reading_type != NULL ? 0 : -1;
}

/* -- what the input has -- */

PyObject *
nmpy_input_aiter(PyObject *input)
{
    return Py_NewRef(input);
}

PyObject *
nmpy_input_anext(PyObject *input)
{
    PyTypeObject *type = ((nmpy_input *)input)->state->reading_type;
    reading *r = (reading *)type->tp_alloc(type, 0);
    if (r != NULL) {
        r->input = (nmpy_input *)Py_NewRef(input);
    }
    return (PyObject *)r;
}

/* nmsg._async.NAME(input) */
static PyObject *
call_async(PyObject *input, const char *name)
{
    PyObject *module = PyImport_ImportModule("nmsg._async");
    PyObject *result = module != NULL ? PyObject_CallMethod(module, name, "O", input) : NULL;
    Py_XDECREF(module);
    return result;
}

const char nmpy_input_read_async_doc[] = PyDoc_STR(
    "read_async($self, /)\n--\n\n"
    "Coroutine that gives the next message, or None at the end of a file and after close().\n\n"
    "It waits by loop.add_reader(fileno()), without a thread. Cancelling it loses no message, and\n"
    "the input stays usable; set_blocking_io() makes no difference. Several tasks may wait\n"
    "for one input. `async for m in reader` is the same until None, and\n"
    "`async with` closes the input. After some messages in a row other tasks have their turn.\n"
    "File objects that have no descriptor are read by their methods, which may block the loop.\n\n"
    "Raises as read(), and nmsg.Error while another thread is reading.\n\n"
    ">>> import asyncio, nmsg\n"
    ">>> async def first():\n"
    "...     async with nmsg.open('udp://127.0.0.1:0') as reader:\n"
    "...         with nmsg.output.open_sock(*reader.address) as writer:\n"
    "...             writer.write(nmsg.msgtype.base.ipconn(srcport=53))\n"
    "...         return await reader.read_async()\n"
    ">>> asyncio.run(first())['srcport']\n"
    "53");

PyObject *
nmpy_input_read_async(PyObject *input, PyObject *unused)
{
    (void)unused;
    return call_async(input, "read");
}

const char nmpy_input_read_batch_async_doc[] = PyDoc_STR(
    "read_batch_async($self, n, timeout=None)\n--\n\n"
    "Coroutine that gives the next n messages as read_batch() does, with the same rules.\n\n"
    "It waits as read_async(). Cancelling it loses no message: the next call has them.\n\n"
    ">>> import asyncio, nmsg\n"
    ">>> async def first():\n"
    "...     async with nmsg.open('udp://127.0.0.1:0') as reader:\n"
    "...         with nmsg.output.open_sock(*reader.address) as writer:\n"
    "...             writer.write(nmsg.msgtype.base.ipconn(srcport=53))\n"
    "...         return await reader.read_batch_async(1, timeout=10)\n"
    ">>> [m['srcport'] for m in asyncio.run(first())]\n"
    "[53]");

PyObject *
nmpy_input_read_batch_async(PyObject *input, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"n", "timeout", NULL};
    Py_ssize_t n;
    PyObject *timeout = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "n|O:read_batch_async", keywords, &n,
                                     &timeout)) {
        return NULL;
    }
    PyObject *module = PyImport_ImportModule("nmsg._async");
    PyObject *result =
        module != NULL ? PyObject_CallMethod(module, "read_batch", "OnO", input, n, timeout) : NULL;
    Py_XDECREF(module);
    return result;
}

PyObject *
nmpy_input_aenter(PyObject *input, PyObject *unused)
{
    (void)unused;
    return call_async(input, "enter");
}

PyObject *
nmpy_input_aexit(PyObject *input, PyObject *args)
{
    (void)args;
    return call_async(input, "leave");
}

void
nmpy_input_wake_tasks(nmpy_input *self)
{
    PyObject *type;
    PyObject *value;
    PyObject *traceback;
    PyObject *waiting = self->waiting;
    if (waiting == NULL) {
        return;
    }
    PyErr_Fetch(&type, &value, &traceback);
    self->waiting = NULL;
    PyObject *result = PyObject_CallMethod(waiting, "close", NULL);
    if (result == NULL) {
        PyErr_WriteUnraisable(waiting);
    }
    Py_XDECREF(result);
    Py_DECREF(waiting);
    PyErr_Restore(type, value, traceback);
}
