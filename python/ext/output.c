/* SPDX-License-Identifier: Apache-2.0 */
/* nmsg.output: messages to files, sockets and functions. Opening the first two is in
 * output_open.c. */
#include "output.h"
#include "message.h"

/* What is left when an output is dropped or the program ends may wait this long for a reader. */
static const int64_t LAST_FLUSH_NS = 2000000000;

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

bool
nmpy_output_check_usable(const nmpy_output *self)
{
    if (self->is_given_away) {
        PyErr_SetString(self->state->error, "output object not initialized");
        return false;
    }
    if (!nmpy_output_is_open(self) || self->is_closing) {
        PyErr_SetString(self->state->error, nm_status_text(NM_E_CLOSED));
        return false;
    }
    return true;
}

int
nmpy_output_give_away(nmpy_output *self)
{
    if (!nmpy_output_is_open(self) || self->is_given_away) {
        PyErr_SetString(self->state->error, "output object not initialized");
        return -1;
    }
    if (self->uses != NULL || self->is_closing) {
        PyErr_SetString(self->state->error, "output object is in use");
        return -1;
    }
    self->is_given_away = true;
    return 0;
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

int
nmpy_output_use_begin(nmpy_output *self, nmpy_output_use *use)
{
    if (!nmpy_output_check_usable(self)) {
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

PyObject *
nmpy_output_use_end(nmpy_output *self, const nmpy_output_use *use, nm_status status,
                    const nm_error *err, const char *what)
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
        PyErr_SetString(self->state->error, nm_status_text(NM_E_CLOSED));
        return NULL;
    }
    if (status != NM_OK) {
        return nmpy_raise(self->state, err, what, self->name);
    }
    Py_RETURN_NONE;
}

static const char write_failed[] = "nmsg_output_write() failed";
static const char flush_failed[] = "nmsg_output_flush() failed";

typedef nm_status sender(nm_output *out, const nm_wait *wait, nm_error *err);

/* Flush, or send a container that is full. */
static PyObject *
send_waiting(nmpy_output *self, sender *send, const char *what)
{
    nmpy_wait wait;
    nmpy_output_use use;
    nm_error err = {.code = NM_OK};
    if (nmpy_output_use_begin(self, &use) < 0) {
        return NULL;
    }
    nmpy_wait_begin(&wait, &self->is_closing);
    nm_status status = send(self->out, &wait.wait, &err);
    nmpy_wait_end(&wait);
    return nmpy_output_use_end(self, &use, status, &err, what);
}

static PyObject *
write_waiting(nmpy_output *self, const nm_payload *payload)
{
    nmpy_wait wait;
    nmpy_output_use use;
    bool is_accepted = false;
    nm_error err = {.code = NM_OK};
    if (nmpy_output_use_begin(self, &use) < 0) {
        return NULL;
    }
    nmpy_wait_begin(&wait, &self->is_closing);
    nm_status status = nm_output_write(self->out, payload, &wait.wait, &is_accepted, &err);
    nmpy_wait_end(&wait);
    return nmpy_output_use_end(self, &use, status, &err, write_failed);
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
        return send_waiting(self, nm_output_send, write_failed);
    default:
        return nmpy_raise(self->state, &err, write_failed, self->name);
    }
}

static PyObject *
call_if_wanted(nmpy_output *self, PyObject *message)
{
    const nmpy_message *m = (const nmpy_message *)message;
    if (!nmpy_output_check_usable(self)) {
        return NULL;
    }
    nm_payload header = {.vendor = m->vendor, .type = m->type};
    if (nmpy_output_wants(self, &header) && nmpy_output_call(self, message) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(write_doc,
             "write($self, message, /)\n--\n\n"
             "Write a message; its fields as they are now. None is ignored. A callback gets the\n"
             "message itself, and its exceptions are raised.\n\n"
             "Raises OSError when the file or socket fails, and whatever a signal handler raises\n"
             "while waiting; what was accepted stays in the buffer and goes out with the next\n"
             "write(), flush() or close(), so files stay whole.\n\n"
             ">>> import nmsg\n"
             ">>> writer = nmsg.output.open_file('out.nmsg')\n"
             ">>> writer.write(nmsg.msgtype.base.ipconn(srcport=53))\n"
             ">>> writer.stats.messages\n"
             "1");

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
    if (self->func != NULL) {
        return call_if_wanted(self, message);
    }
    nm_payload payload;
    nm_buffer scratch;
    nm_buffer_init(&scratch, MESSAGE_MAX, &nm_allocator_heap);
    PyObject *result = NULL;
    if (nmpy_message_payload(state, message, &scratch, &payload) == 0) {
        /* Looked at only now: encoding may run code of the program, which may close. */
        result = !nmpy_output_check_usable(self)      ? NULL
                 : !nmpy_output_wants(self, &payload) ? Py_NewRef(Py_None)
                                                      : write_payload(self, &payload);
    }
    nm_buffer_clear(&scratch);
    return result;
}

PyDoc_STRVAR(flush_doc, "flush($self, /)\n--\n\nSend what is in the buffer; a file holds it then.\n"
                        "Raises as write(). A callback has none.\n\n"
                        ">>> import nmsg\n"
                        ">>> writer = nmsg.output.open_file('out.nmsg')\n"
                        ">>> writer.write(nmsg.msgtype.base.ipconn(srcport=53))\n"
                        ">>> writer.flush()\n"
                        ">>> writer.stats.containers\n"
                        "1");

static PyObject *
output_flush(PyObject *object, PyObject *unused)
{
    (void)unused;
    nmpy_output *self = (nmpy_output *)object;
    if (self->func != NULL) {
        return nmpy_output_check_usable(self) ? Py_NewRef(Py_None) : NULL;
    }
    return send_waiting(self, nm_output_flush, flush_failed);
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
             "and whatever a signal handler raises while waiting (it is still open then).\n\n"
             ">>> import nmsg\n"
             ">>> writer = nmsg.output.open_file('out.nmsg')\n"
             ">>> writer.close()");

static PyObject *
output_close(PyObject *object, PyObject *unused)
{
    (void)unused;
    nmpy_output *self = (nmpy_output *)object;
    if (self->is_given_away) {
        Py_RETURN_NONE; /* Its new owner closes it. */
    }
    return nmpy_output_shut(self) < 0 ? NULL : Py_NewRef(Py_None);
}

int
nmpy_output_shut(nmpy_output *self)
{
    Py_CLEAR(self->func);
    if (is_reentered(self)) {
        nmpy_raise_reentered(self->state->error);
        return -1;
    }
    if (self->out == NULL || self->is_closing) {
        return 0;
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
        return -1; /* A signal handler raised. */
    }
    forget(self);
    if (status != NM_OK) {
        if (!PyErr_Occurred()) { /* A file object's method says what is wrong by itself. */
            nmpy_raise(self->state, &err, "nmsg_output_close() failed", self->name);
        }
        return -1;
    }
    return 0;
}

/* A wait that ends by itself. */
static bool
is_before(void *context)
{
    const int64_t *deadline_ns = context;
    return nm_clock_monotonic_ns() < *deadline_ns;
}

/* The same for an output to a file object, whose methods need the GIL. */
static void
flush_object(nmpy_output *self)
{
    static const bool never = false;
    nmpy_wait wait;
    nm_error err = {.code = NM_OK};
    nmpy_wait_begin(&wait, &never);
    nm_status status = nm_output_flush(self->out, &wait.wait, &err);
    nmpy_wait_end(&wait);
    if (status != NM_OK && !PyErr_Occurred()) {
        nmpy_raise(self->state, &err, flush_failed, self->name);
    }
    if (PyErr_Occurred()) {
        PyErr_WriteUnraisable((PyObject *)Py_TYPE(self));
    }
}

/* Send what is left when nobody can be told of a failure but the log of unraisable ones. */
static void
flush_last(nmpy_output *self)
{
    if (nm_output_fileno(self->out) < 0 && self->file != NULL) {
        flush_object(self);
        return;
    }
    int64_t deadline_ns = nm_clock_monotonic_ns() + LAST_FLUSH_NS;
    nm_wait wait = {.may_go_on = is_before, .context = &deadline_ns};
    nm_error err = {.code = NM_OK};
    nm_status status;
    Py_BEGIN_ALLOW_THREADS
    status = nm_output_deliver(self->out, &wait, &err);
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

void
nmpy_output_drop(nmpy_output *self)
{
    Py_CLEAR(self->func);
    if (self->out == NULL) {
        return;
    }
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

static void
output_dealloc(PyObject *object)
{
    nmpy_output *self = (nmpy_output *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    list_remove(self);
    nmpy_output_drop(self);
    Py_CLEAR(self->batch);
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
    Py_VISIT(self->func);
    Py_VISIT(self->batch);
    Py_VISIT(self->name);
    Py_VISIT(self->module);
    return 0;
}

/* A function may refer to its output. What writes needs its file up to the end. */
static int
output_clear(PyObject *object)
{
    Py_CLEAR(((nmpy_output *)object)->func);
    return 0;
}

/* -- the rest -- */

static PyObject *
output_repr(PyObject *object)
{
    nmpy_output *self = (nmpy_output *)object;
    char what[32];
    PyOS_snprintf(what, sizeof what, "output object type=%s",
                  self->kind != NULL ? self->kind : "None");
    return nmpy_instance_repr(what, self->out != NULL ? (void *)self->out : (void *)self->func);
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
    {"open_callback", nmpy_output_open_callback, METH_CLASS | METH_O,
     nmpy_output_open_callback_doc},
    {"write", output_write, METH_O, write_doc},
    {"flush", output_flush, METH_NOARGS, flush_doc},
    {"close", output_close, METH_NOARGS, close_doc},
    {"fileno", nmpy_output_fileno, METH_NOARGS, nmpy_output_fileno_doc},
    {"set_buffered", nmpy_output_set_buffered, METH_O, nmpy_output_set_buffered_doc},
    {"set_zlibout", nmpy_output_set_zlibout, METH_O, nmpy_output_set_zlibout_doc},
    {"set_filter_msgtype", KEYWORDS(nmpy_output_set_filter_msgtype), METH_FASTCALL,
     nmpy_output_set_filter_msgtype_doc},
    {"__enter__", output_enter, METH_NOARGS, "__enter__($self, /)\n--\n\nThe output itself."},
    {"__exit__", output_exit, METH_VARARGS, "__exit__($self, /, *args)\n--\n\nclose()"},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(
    output_doc,
    "Messages to a file of containers (open_file) or JSON (open_json), to a UDP address\n"
    "(open_sock), or to a function (open_callback).\n\n"
    "Works as a context manager. Several threads may write. What was written and is still\n"
    "in the buffer is sent after flush_interval, and when the program ends.\n\n"
    ">>> import nmsg\n"
    ">>> with nmsg.output.open_file('out.nmsg') as writer:\n"
    "...     writer.write(nmsg.msgtype.base.ipconn(srcip='192.0.2.1', dstport=53))");

static PyType_Slot output_slots[] = {
    {Py_tp_doc, (void *)output_doc},
    {Py_tp_new, NMPY_SLOT(nmpy_output_tp_new)},
    {Py_tp_dealloc, NMPY_SLOT(output_dealloc)},
    {Py_tp_traverse, NMPY_SLOT(output_traverse)},
    {Py_tp_clear, NMPY_SLOT(output_clear)},
    {Py_tp_repr, NMPY_SLOT(output_repr)},
    {Py_tp_methods, output_methods},
    {Py_tp_getset, nmpy_output_getset},
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
