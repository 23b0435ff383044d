/* SPDX-License-Identifier: Apache-2.0 */
/* nmsg.output: messages to files and sockets. Opening them is in output_open.c. */
#include "output.h"

/* What is left when an output is dropped or the program ends may wait this long for a reader. */
enum { LAST_FLUSH_SLICES = 2000 / NM_WAIT_SLICE_MS };

enum { MESSAGE_MAX = INT32_MAX };

/* -- the list of open outputs -- */

void
nmpy_output_list_add(nmpy_output *self)
{
    nmpy_state *state = self->state;
    self->next = state->open_outputs;
    if (self->next != NULL) {
        self->next->previous = self;
    }
    state->open_outputs = self;
}

static void
list_remove(nmpy_output *self)
{
    nmpy_state *state = self->state;
    if (self->previous != NULL) {
        self->previous->next = self->next;
    } else if (state->open_outputs == self) {
        state->open_outputs = self->next;
    }
    if (self->next != NULL) {
        self->next->previous = self->previous;
    }
    self->previous = NULL;
    self->next = NULL;
}

/* -- using an output without the GIL -- */

static PyObject *
raise_closed(nmpy_output *self)
{
    PyErr_SetString(self->state->error, nm_status_text(NM_E_CLOSED));
    return NULL;
}

/* True in a signal handler that interrupts a use of the same output by its own thread. */
static bool
is_reentered(const nmpy_output *self)
{
    const nmpy_output_use *use = self->uses;
    while (use != NULL && use->thread != PyThread_get_thread_ident()) {
        use = use->next;
    }
    return use != NULL;
}

/* Begin and end of the use of self->out: it is not freed in between. */
static int
use_begin(nmpy_output *self, nmpy_output_use *use)
{
    if (self->out == NULL || self->is_closing) {
        raise_closed(self);
        return -1;
    }
    if (is_reentered(self)) {
        nmpy_raise_reentered(self->state->error);
        return -1;
    }
    *use = (nmpy_output_use){.thread = PyThread_get_thread_ident(), .next = self->uses};
    self->uses = use;
    return 0;
}

/* @return None, or NULL with an exception set. */
static PyObject *
use_end(nmpy_output *self, const nmpy_output_use *use, nm_status status, const nm_error *err,
        const char *what)
{
    nmpy_output_use **link = &self->uses;
    while (*link != use) {
        link = &(*link)->next;
    }
    *link = use->next;
    if (PyErr_Occurred()) {
        return NULL; /* A signal handler raised. */
    }
    if (status == NM_STOPPED) {
        return raise_closed(self);
    }
    if (status != NM_OK) {
        return nmpy_raise(self->state, err, what, self->name);
    }
    Py_RETURN_NONE;
}

static const char write_failed[] = "nmsg_output_write() failed";
static const char flush_failed[] = "nmsg_output_flush() failed";

static PyObject *
flush_waiting(nmpy_output *self, const char *what)
{
    nmpy_wait wait;
    nmpy_output_use use;
    nm_error err = {.code = NM_OK};
    if (use_begin(self, &use) < 0) {
        return NULL;
    }
    nmpy_wait_begin(&wait, &self->is_closing);
    nm_status status = nm_output_flush(self->out, &wait.wait, &err);
    nmpy_wait_end(&wait);
    return use_end(self, &use, status, &err, what);
}

static PyObject *
write_waiting(nmpy_output *self, const nm_payload *payload)
{
    nmpy_wait wait;
    nmpy_output_use use;
    bool is_accepted = false;
    nm_error err = {.code = NM_OK};
    if (use_begin(self, &use) < 0) {
        return NULL;
    }
    nmpy_wait_begin(&wait, &self->is_closing);
    nm_status status = nm_output_write(self->out, payload, &wait.wait, &is_accepted, &err);
    nmpy_wait_end(&wait);
    return use_end(self, &use, status, &err, write_failed);
}

static PyObject *
write_payload(nmpy_output *self, const nm_payload *payload)
{
    nm_error err = {.code = NM_OK};
    nm_status status = nm_output_try_write(self->out, payload, &err);
    switch (status) {
    case NM_OK:
        Py_RETURN_NONE;
    case NM_AGAIN:
        return write_waiting(self, payload);
    case NM_FULL:
        return flush_waiting(self, write_failed);
    default:
        return nmpy_raise(self->state, &err, write_failed, self->name);
    }
}

static bool
is_wanted(const nmpy_output *self, const nm_payload *payload)
{
    return (self->filter_vendor == 0 && self->filter_type == 0) ||
           (payload->vendor == self->filter_vendor && payload->type == self->filter_type);
}

PyDoc_STRVAR(write_doc,
             "write($self, message, /)\n--\n\n"
             "Write a message; its fields as they are now. None is ignored.\n\n"
             "Raises OSError when the file or socket fails, and whatever a signal handler raises\n"
             "while waiting; what was accepted stays in the buffer and goes out with the next\n"
             "write(), flush() or close(), so files stay whole.");

static PyObject *
output_write(PyObject *object, PyObject *message)
{
    nmpy_output *self = (nmpy_output *)object;
    nmpy_state *state = self->state;
    if (message == Py_None) {
        Py_RETURN_NONE;
    }
    if (!PyObject_TypeCheck(message, state->message_type)) {
        PyErr_Format(PyExc_TypeError, "write() takes a message, not %.100s",
                     Py_TYPE(message)->tp_name);
        return NULL;
    }
    nm_payload payload;
    nm_buffer scratch;
    nm_buffer_init(&scratch, MESSAGE_MAX, &nm_allocator_heap);
    PyObject *result = NULL;
    if (nmpy_message_payload(state, message, &scratch, &payload) == 0) {
        /* Looked at only now: encoding may run code of the program, which may close. */
        result = self->out == NULL            ? raise_closed(self)
                 : !is_wanted(self, &payload) ? Py_NewRef(Py_None)
                                              : write_payload(self, &payload);
    }
    nm_buffer_clear(&scratch);
    return result;
}

PyDoc_STRVAR(flush_doc, "flush($self, /)\n--\n\nSend what is in the buffer. Raises as write().");

static PyObject *
output_flush(PyObject *object, PyObject *unused)
{
    (void)unused;
    return flush_waiting((nmpy_output *)object, flush_failed);
}

/* -- closing -- */

static void
forget(nmpy_output *self)
{
    nm_output *out = self->out;
    self->last_stats = nm_output_stats_get(out);
    self->out = NULL;
    list_remove(self);
    Py_BEGIN_ALLOW_THREADS
    nm_output_free(out);
    Py_END_ALLOW_THREADS
    Py_CLEAR(self->file);
}

PyDoc_STRVAR(close_doc,
             "close($self, /)\n--\n\n"
             "Send what is in the buffer and close. A write() of another thread that waits ends\n"
             "with nmsg.Error. Closing again does nothing.\n\n"
             "Raises OSError when the rest cannot be written (the output is closed all the same),\n"
             "and whatever a signal handler raises while waiting (it is still open then).");

static PyObject *
output_close(PyObject *object, PyObject *unused)
{
    (void)unused;
    nmpy_output *self = (nmpy_output *)object;
    if (is_reentered(self)) {
        nmpy_raise_reentered(self->state->error);
        return NULL;
    }
    if (self->out == NULL || self->is_closing) {
        Py_RETURN_NONE;
    }
    static const bool never = false;
    nmpy_wait wait;
    nm_error err = {.code = NM_OK};
    self->is_closing = true; /* Others leave within a slice. */
    nmpy_wait_begin(&wait, &never);
    nm_status status = nm_output_close(self->out, &wait.wait, &err);
    nmpy_wait_end(&wait);
    while (self->uses != NULL) {
        /* They wait for the GIL, or notice within a slice. */
        nmpy_step_aside();
    }
    self->is_closing = false;
    if (status == NM_STOPPED) {
        return NULL; /* A signal handler raised. */
    }
    forget(self);
    if (status != NM_OK) {
        return nmpy_raise(self->state, &err, "nmsg_output_close() failed", self->name);
    }
    Py_RETURN_NONE;
}

/* A wait that ends by itself. */
static bool
count_down(void *context)
{
    int *slices = context;
    return --*slices > 0;
}

/* Send what is left when nobody can be told of a failure but the log of unraisable ones. */
static void
flush_last(nmpy_output *self)
{
    int slices = LAST_FLUSH_SLICES;
    nm_wait wait = {.may_go_on = count_down, .context = &slices};
    nm_error err = {.code = NM_OK};
    nm_status status;
    Py_BEGIN_ALLOW_THREADS
    status = nm_output_flush(self->out, &wait, &err);
    Py_END_ALLOW_THREADS
    if (status == NM_STOPPED) {
        (void)nm_error_set(&err, NM_E_CLOSED, 0, "nobody reads %s: what was buffered is lost",
                           PyUnicode_Check(self->name) ? PyUnicode_AsUTF8(self->name)
                                                       : "the output");
    }
    if (status != NM_OK) {
        nmpy_raise(self->state, &err, flush_failed, self->name);
        PyErr_WriteUnraisable((PyObject *)Py_TYPE(self));
    }
}

PyObject *
nmpy_flush_all(PyObject *module, PyObject *unused)
{
    (void)unused;
    nmpy_state *state = PyModule_GetState(module);
    PyObject *outputs = PyList_New(0); /* Others may open and close while one is flushed. */
    for (nmpy_output *o = state->open_outputs; o != NULL && outputs != NULL; o = o->next) {
        if (PyList_Append(outputs, (PyObject *)o) < 0) {
            Py_CLEAR(outputs);
        }
    }
    for (Py_ssize_t i = 0; outputs != NULL && i < PyList_GET_SIZE(outputs); i++) {
        nmpy_output *o = (nmpy_output *)PyList_GET_ITEM(outputs, i);
        if (o->out != NULL && !nm_output_is_foreign(o->out)) {
            flush_last(o);
        }
    }
    if (outputs == NULL) {
        return NULL;
    }
    Py_DECREF(outputs);
    Py_RETURN_NONE;
}

static void
output_dealloc(PyObject *object)
{
    nmpy_output *self = (nmpy_output *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    list_remove(self);
    if (self->out != NULL) {
        if (!nm_output_is_foreign(self->out)) {
            PyObject *type_before;
            PyObject *value_before;
            PyObject *traceback_before;
            PyErr_Fetch(&type_before, &value_before, &traceback_before);
            flush_last(self);
            PyErr_Restore(type_before, value_before, traceback_before);
        }
        forget(self);
    }
    Py_CLEAR(self->file);
    Py_CLEAR(self->name);
    Py_CLEAR(self->module);
    type->tp_free(object);
    Py_DECREF(type);
}

static int
output_traverse(PyObject *object, visitproc visit, void *arg)
{
    nmpy_output *self = (nmpy_output *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->file);
    Py_VISIT(self->name);
    Py_VISIT(self->module);
    return 0;
}

/* -- settings -- */

PyDoc_STRVAR(set_buffered_doc, "set_buffered($self, buffered, /)\n--\n\n"
                               "False: every message is sent at once, in a container of its own.");

static PyObject *
output_set_buffered(PyObject *object, PyObject *value)
{
    nmpy_output *self = (nmpy_output *)object;
    int truth = PyObject_IsTrue(value);
    if (truth < 0) {
        return NULL;
    }
    if (self->out == NULL) {
        return raise_closed(self);
    }
    nm_output_set_buffered(self->out, truth != 0);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(set_zlibout_doc, "set_zlibout($self, compress, /)\n--\n\n"
                              "True: compress the containers written from now on.");

static PyObject *
output_set_zlibout(PyObject *object, PyObject *value)
{
    nmpy_output *self = (nmpy_output *)object;
    int truth = PyObject_IsTrue(value);
    nmpy_wait wait;
    nmpy_output_use use;
    nm_error err = {.code = NM_E_NOMEM};
    if (truth < 0 || use_begin(self, &use) < 0) {
        return NULL;
    }
    nmpy_wait_begin(&wait, &self->is_closing);
    nm_status status = nm_output_set_zlib(self->out, truth != 0, nm_output_options_file().zlevel,
                                          &wait.wait, &err);
    nmpy_wait_end(&wait);
    return use_end(self, &use, status, &err, "nmsg_output_set_zlibout() failed");
}

PyDoc_STRVAR(set_filter_msgtype_doc,
             "set_filter_msgtype($self, vid, msgtype, /)\n--\n\n"
             "Write only messages of this type, given as numbers or names, and ignore others.\n"
             "(0, 0): write all.");

static PyObject *
output_set_filter_msgtype(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    nmpy_output *self = (nmpy_output *)object;
    if (nargs != 2) {
        PyErr_Format(PyExc_TypeError, "set_filter_msgtype() takes 2 arguments (%zd given)", nargs);
        return NULL;
    }
    uint32_t vendor;
    uint32_t type;
    if (nmpy_msgtype_parse(self->state, args[0], args[1], &vendor, &type) < 0) {
        return NULL;
    }
    self->filter_vendor = vendor;
    self->filter_type = type;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(fileno_doc, "fileno($self, /)\n--\n\n"
                         "Descriptor of the socket or file; it belongs to the output.");

static PyObject *
output_fileno(PyObject *object, PyObject *unused)
{
    (void)unused;
    nmpy_output *self = (nmpy_output *)object;
    if (self->out == NULL) {
        return raise_closed(self);
    }
    return PyLong_FromLong(nm_output_fileno(self->out));
}

static PyObject *
output_get_stats(PyObject *object, void *closure)
{
    (void)closure;
    nmpy_output *self = (nmpy_output *)object;
    nm_output_stats stats = self->out != NULL ? nm_output_stats_get(self->out) : self->last_stats;
    return nmpy_output_stats_new(self->state, &stats);
}

static PyObject *
output_repr(PyObject *object)
{
    nmpy_output *self = (nmpy_output *)object;
    char what[32];
    PyOS_snprintf(what, sizeof what, "output object type=%s",
                  self->kind != NULL ? self->kind : "None");
    return nmpy_instance_repr(what, self->out);
}

static PyObject *
output_enter(PyObject *object, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(object);
}

static PyObject *
output_exit(PyObject *object, PyObject *args)
{
    (void)args;
    return output_close(object, NULL);
}

#define KEYWORDS(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef output_methods[] = {
    {"open_file", KEYWORDS(nmpy_output_open_file), METH_CLASS | METH_VARARGS | METH_KEYWORDS,
     nmpy_output_open_file_doc},
    {"open_json", KEYWORDS(nmpy_output_open_json), METH_CLASS | METH_VARARGS | METH_KEYWORDS,
     nmpy_output_open_json_doc},
    {"open_sock", KEYWORDS(nmpy_output_open_sock), METH_CLASS | METH_VARARGS | METH_KEYWORDS,
     nmpy_output_open_sock_doc},
    {"write", output_write, METH_O, write_doc},
    {"flush", output_flush, METH_NOARGS, flush_doc},
    {"close", output_close, METH_NOARGS, close_doc},
    {"fileno", output_fileno, METH_NOARGS, fileno_doc},
    {"set_buffered", output_set_buffered, METH_O, set_buffered_doc},
    {"set_zlibout", output_set_zlibout, METH_O, set_zlibout_doc},
    {"set_filter_msgtype", KEYWORDS(output_set_filter_msgtype), METH_FASTCALL,
     set_filter_msgtype_doc},
    {"__enter__", output_enter, METH_NOARGS, "__enter__($self, /)\n--\n\nThe output itself."},
    {"__exit__", output_exit, METH_VARARGS, "__exit__($self, /, *args)\n--\n\nclose()"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef output_getset[] = {
    {"stats", output_get_stats, NULL, "Counts since the output was opened: nmsg.output_stats.",
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(
    output_doc,
    "Messages to a file of containers (open_file) or JSON (open_json), or to a UDP address\n"
    "(open_sock).\n\n"
    "Works as a context manager. Several threads may write. What was written and is still\n"
    "in the buffer is sent after flush_interval, and when the program ends.");

static PyType_Slot output_slots[] = {
    {Py_tp_doc, (void *)output_doc},
    {Py_tp_new, NMPY_SLOT(nmpy_output_tp_new)},
    {Py_tp_dealloc, NMPY_SLOT(output_dealloc)},
    {Py_tp_traverse, NMPY_SLOT(output_traverse)},
    {Py_tp_repr, NMPY_SLOT(output_repr)},
    {Py_tp_methods, output_methods},
    {Py_tp_getset, output_getset},
    {0, NULL},
};

static PyType_Spec output_spec = {
    .name = "nmsg.output",
    .basicsize = sizeof(nmpy_output),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = output_slots,
};

int
nmpy_output_init(PyObject *module, nmpy_state *state)
{
    state->output_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &output_spec, /* bases= */ NULL);
    return state->output_type != NULL ? PyModule_AddType(module, state->output_type) : -1;
}
