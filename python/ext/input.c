/* SPDX-License-Identifier: Apache-2.0 */
/* nmsg.input: messages from files and sockets. Opening them is in input_open.c. */
#include "input.h"

#include "base/address.h"
#include "capture.h"
#include "file_object.h"
#include "input_async.h"
#include "input_batch.h"
#include "open_kafka.h"
#include "stage.h"

/* How often signals are looked for while bad data is skipped without giving up the GIL. */
enum { SIGNAL_CHECK_INTERVAL = 256 };

PyObject *
nmpy_input_raise_unusable(const nmpy_input *self)
{
    PyErr_SetString(self->state->error, self->is_given_away ? "input object not initialized"
                                                            : nm_status_text(NM_E_CLOSED));
    return NULL;
}

PyObject *
nmpy_input_refuse_reading(nmpy_input *self)
{
    unsigned long closer = self->closer;
    self->closer = 0;
    if (self->is_given_away || closer == 0 || closer == PyThread_get_thread_ident()) {
        return nmpy_input_raise_unusable(self);
    }
    return NULL;
}

/* -- closing -- */

void
nmpy_input_shut(nmpy_input *self)
{
    nm_input *in = self->in;
    nmpy_input_wake_tasks(self);
    if (in != NULL) {
        self->last_stats = nm_input_stats_get(in);
        (void)nm_input_capture_stats_get(in, &self->last_capture_stats); /* If it has any. */
        self->in = NULL;
        Py_BEGIN_ALLOW_THREADS
        nm_input_free(in);
        Py_END_ALLOW_THREADS
        nmpy_feed_free(self->feed);
        self->feed = NULL;
        nmpy_stage_free(self->stage);
        self->stage = NULL;
        nmpy_input_drop_kept(self);
        Py_CLEAR(self->file);
    }
    self->is_closing = false;
    self->closes_on_leave = false;
}

PyDoc_STRVAR(
    close_doc,
    "close($self, /)\n--\n\n"
    "End receiving and close what the input opened. A read() of another thread, whether\n"
    "it waits or comes next, returns None; a loop there ends. Closing again does nothing.\n\n"
    ">>> import nmsg\n"
    ">>> reader = nmsg.input.open_sock('127.0.0.1', 0)\n"
    ">>> reader.close()");

static PyObject *
input_close(PyObject *object, PyObject *unused)
{
    (void)unused;
    nmpy_input *self = (nmpy_input *)object;
    if (self->is_given_away) {
        Py_RETURN_NONE; /* Its new owner closes it. */
    }
    self->is_closing = true; /* Whoever waits in read() leaves within a slice. */
    if (nmpy_lock_is_mine(&self->lock)) {
        self->closes_on_leave = true; /* A signal handler interrupts read(), which leaves now. */
        Py_RETURN_NONE;
    }
    if (nmpy_lock_acquire(&self->lock) < 0) {
        self->is_closing = false;
        return NULL;
    }
    if (self->in != NULL) {
        self->closer = PyThread_get_thread_ident();
    }
    nmpy_input_shut(self);
    nmpy_lock_release(&self->lock);
    Py_RETURN_NONE;
}

static void
input_dealloc(PyObject *object)
{
    nmpy_input *self = (nmpy_input *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    nmpy_input_shut(self);
    Py_CLEAR(self->file);
    Py_CLEAR(self->name);
    Py_CLEAR(self->module);
    nmpy_lock_clear(&self->lock);
    type->tp_free(object);
    Py_DECREF(type);
}

static int
input_traverse(PyObject *object, visitproc visit, void *arg)
{
    nmpy_input *self = (nmpy_input *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->file);
    Py_VISIT(self->waiting);
    Py_VISIT(self->name);
    Py_VISIT(self->module);
    Py_VISIT(self->kept);
    Py_VISIT(self->deferred);
    return 0;
}

static int
input_clear(PyObject *object)
{
    nmpy_input_drop_kept((nmpy_input *)object); /* The rest is no part of a cycle by itself. */
    return 0;
}

/* -- reading -- */

int
nmpy_input_report(nmpy_input *self, const nm_error *err)
{
    bool is_fatal = err->code >= NM_E_MAGIC && nm_input_has_ended(self->in);
    bool is_bad_data = err->code >= NM_E_MAGIC;
    if (!is_bad_data || is_fatal || self->on_error == ON_ERROR_RAISE) {
        nmpy_raise(self->state, err, "nmsg_input_read() failed", self->name);
        return -1;
    }
    if (self->on_error == ON_ERROR_SKIP || self->has_warned) {
        return 0;
    }
    self->has_warned = true;
    PyObject *text = nmpy_error_text(err, self->name);
    int result =
        text == NULL ? -1 : PyErr_WarnFormat(self->state->data_warning, 1, "%U; skipped", text);
    Py_XDECREF(text);
    return result;
}

nm_status
nmpy_input_fill(nmpy_input *self, bool may_wait, nm_error *err)
{
    if (self->feed != NULL) {
        return nmpy_feed_fill(self->feed, self->in, may_wait, &self->is_closing, err);
    }
    if (nm_input_is_quick(self->in)) {
        nm_status status = nm_input_fill(self->in, /* wait= */ NULL, err);
        if (status != NM_AGAIN || !may_wait) {
            return status;
        }
    }
    nmpy_wait wait;
    nmpy_wait_begin(&wait, &self->is_closing);
    nm_status status = nm_input_fill(self->in, may_wait ? &wait.wait : NULL, err);
    nmpy_wait_end(&wait);
    return status;
}

PyObject *
nmpy_input_message(nmpy_input *self, const nm_message *message)
{
    if (self->last_schema == NULL || self->last_schema->schema != message->schema) {
        self->last_schema = nmpy_schema_find(self->state, message->schema);
    }
    const nmpy_schema *schema = message->schema != NULL ? self->last_schema : NULL;
    PyObject *object = nmpy_message_new(self->state, schema, message, self->strings_are_bytes);
    if (self->is_watched) {
        nm_input_settle(self->in);
    }
    return object;
}

/* The next message; NULL without exception at the end or, unless blocking, when there is none. */
static PyObject *
next_locked(nmpy_input *self)
{
    if (self->kept != NULL || self->deferred != NULL) {
        return nmpy_input_take_kept(self);
    }
    for (unsigned round = 1;; round++) {
        const nm_message *message = NULL;
        nm_error err = {.code = NM_OK};
        if (self->in == NULL || self->is_given_away) {
            return nmpy_input_refuse_reading(self);
        }
        nm_status status = nm_input_take(self->in, &message, &err);
        if (status == NM_OK) {
            return nmpy_input_message(self, message);
        }
        if (status == NM_AGAIN) {
            status = nmpy_input_fill(self, self->is_blocking, &err);
        }
        if (status == NM_END || status == NM_AGAIN || status == NM_STOPPED) {
            self->is_at_end = status == NM_END;
            return NULL; /* NM_STOPPED: closed, or a signal handler raised. */
        }
        if (status != NM_OK && nmpy_input_report(self, &err) < 0) {
            return NULL;
        }
        if (round % SIGNAL_CHECK_INTERVAL == 0 && PyErr_CheckSignals() < 0) {
            return NULL;
        }
    }
}

static PyObject *
input_next(PyObject *object)
{
    nmpy_input *self = (nmpy_input *)object;
    if (nmpy_lock_acquire(&self->lock) < 0) {
        return NULL;
    }
    PyObject *message = NULL;
    if (!self->is_closing) {
        message = next_locked(self);
    }
    if (self->closes_on_leave) {
        nmpy_input_shut(self);
    }
    nmpy_lock_release(&self->lock);
    return message;
}

PyDoc_STRVAR(read_doc,
             "read($self, /)\n--\n\n"
             "The next message, or None at the end of a file, after close(), and for non-blocking\n"
             "inputs when none is there.\n\n"
             "Raises nmsg.FormatError as open_file() tells, OSError when reading fails, and\n"
             "whatever a signal handler raises while waiting.\n\n"
             ">>> import nmsg\n"
             ">>> with nmsg.output.open_file('one.nmsg') as writer:\n"
             "...     writer.write(nmsg.msgtype.base.ipconn(srcport=53))\n"
             ">>> reader = nmsg.input.open_file('one.nmsg')\n"
             ">>> reader.read()['srcport']\n"
             "53\n"
             ">>> print(reader.read())\n"
             "None");

static PyObject *
input_read(PyObject *object, PyObject *unused)
{
    (void)unused;
    PyObject *message = input_next(object);
    if (message == NULL && !PyErr_Occurred()) {
        Py_RETURN_NONE;
    }
    return message;
}

/* -- use by others -- */

int
nmpy_input_lock_open(nmpy_input *self)
{
    if (nmpy_lock_acquire(&self->lock) < 0) {
        return -1;
    }
    if (self->in == NULL || self->is_given_away) {
        nmpy_lock_release(&self->lock);
        (void)nmpy_input_raise_unusable(self); /* Always NULL. */
        return -1;
    }
    return 0;
}

int
nmpy_input_give_away(nmpy_input *self)
{
    if (self->in == NULL || self->is_given_away) {
        PyErr_SetString(self->state->error, "input object not initialized");
        return -1;
    }
    if (self->lock.is_held) {
        PyErr_SetString(self->state->error, "input object is being read");
        return -1;
    }
    if (self->kept != NULL || self->deferred != NULL) {
        PyErr_SetString(self->state->error, "an interrupted read_batch() has left messages");
        return -1;
    }
    self->is_given_away = true;
    nmpy_input_wake_tasks(self); /* So that they are told, too. */
    return 0;
}

/* -- polling -- */

PyDoc_STRVAR(set_blocking_io_doc,
             "set_blocking_io($self, blocking, /)\n--\n\n"
             "False: read() returns None when no message is there, instead of waiting.\n\n"
             ">>> import nmsg\n"
             ">>> with nmsg.input.open_sock('127.0.0.1', 0) as reader:\n"
             "...     reader.set_blocking_io(False)\n"
             "...     print(reader.read())\n"
             "None");

static PyObject *
input_set_blocking_io(PyObject *object, PyObject *value)
{
    int truth = PyObject_IsTrue(value);
    if (truth < 0 || nmpy_input_lock_open((nmpy_input *)object) < 0) {
        return NULL;
    }
    ((nmpy_input *)object)->is_blocking = truth != 0;
    nmpy_lock_release(&((nmpy_input *)object)->lock);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(fileno_doc,
             "fileno($self, /)\n--\n\n"
             "Descriptor to poll: readable while a message can be read without waiting. For\n"
             "sockets it is not the socket (see socket_fileno()). It belongs to the input.\n\n"
             ">>> import nmsg, select\n"
             ">>> with nmsg.input.open_sock('127.0.0.1', 0) as reader:\n"
             "...     select.select([reader], [], [], 0)\n"
             "([], [], [])");

static PyObject *
input_fileno(PyObject *object, PyObject *unused)
{
    (void)unused;
    nmpy_input *self = (nmpy_input *)object;
    if (nmpy_input_lock_open(self) < 0) {
        return NULL;
    }
    int fd = nm_input_fileno(self->in);
    self->is_watched = true;
    nmpy_lock_release(&self->lock);
    return fd >= 0 ? PyLong_FromLong(fd) : nmpy_raise_no_descriptor();
}

PyDoc_STRVAR(socket_fileno_doc,
             "socket_fileno($self, /)\n--\n\n"
             "Descriptor of the socket or file itself, for socket options. Do not read from it.\n\n"
             ">>> import nmsg, os, stat\n"
             ">>> with nmsg.input.open_sock('127.0.0.1', 0) as reader:\n"
             "...     stat.S_ISSOCK(os.fstat(reader.socket_fileno()).st_mode)\n"
             "True");

static PyObject *
input_socket_fileno(PyObject *object, PyObject *unused)
{
    (void)unused;
    nmpy_input *self = (nmpy_input *)object;
    if (nmpy_input_lock_open(self) < 0) {
        return NULL;
    }
    int fd = nm_input_own_fileno(self->in);
    nmpy_lock_release(&self->lock);
    return fd >= 0 ? PyLong_FromLong(fd) : nmpy_raise_no_descriptor();
}

/* -- attributes and the rest -- */

static PyObject *
input_get_stats(PyObject *object, void *closure)
{
    (void)closure;
    nmpy_input *self = (nmpy_input *)object;
    nm_input_stats stats = self->in != NULL ? nm_input_stats_get(self->in) : self->last_stats;
    return nmpy_input_stats_new(self->state, &stats);
}

static PyObject *
input_get_capture_stats(PyObject *object, void *closure)
{
    (void)closure;
    nmpy_input *self = (nmpy_input *)object;
    nm_capture_stats stats = self->last_capture_stats;
    nm_input_stats all = self->last_stats;
    if (!self->has_packets) {
        Py_RETURN_NONE;
    }
    if (self->in != NULL && nm_input_capture_stats_get(self->in, &stats)) {
        all = nm_input_stats_get(self->in);
    }
    return nmpy_capture_stats_new(self->state, &stats, &all);
}

static PyObject *
input_get_address(PyObject *object, void *closure)
{
    (void)closure;
    nmpy_input *self = (nmpy_input *)object;
    char text[NM_ADDRESS_TEXT_MAX + 1];
    unsigned port = 0;
    nm_error err;
    if (self->in == NULL || strcmp(self->kind, "socket") != 0) {
        Py_RETURN_NONE;
    }
    if (nm_input_address(self->in, text, &port, &err) != NM_OK) {
        return nmpy_raise(self->state, &err, "getsockname() failed", self->name);
    }
    return Py_BuildValue("(sI)", text, port);
}

static PyObject *
input_get_closed(PyObject *object, void *closure)
{
    (void)closure;
    return PyBool_FromLong(((nmpy_input *)object)->in == NULL);
}

static PyObject *
input_get_at_end(PyObject *object, void *closure)
{
    (void)closure;
    const nmpy_input *self = (nmpy_input *)object;
    bool is_empty = self->kept == NULL && self->deferred == NULL;
    return PyBool_FromLong(self->in == NULL || (self->is_at_end && is_empty));
}

static PyObject *
input_get_name(PyObject *object, void *closure)
{
    (void)closure;
    PyObject *name = ((nmpy_input *)object)->name;
    return Py_NewRef(name != NULL ? name : Py_None);
}

static PyObject *
input_repr(PyObject *object)
{
    nmpy_input *self = (nmpy_input *)object;
    char what[32];
    PyOS_snprintf(what, sizeof what, "input object type=%s",
                  self->kind != NULL ? self->kind : "None");
    return nmpy_instance_repr(what, self->in);
}

static PyObject *
input_enter(PyObject *object, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(object);
}

static PyObject *
input_exit(PyObject *object, PyObject *args)
{
    (void)args;
    return input_close(object, NULL);
}

#define KEYWORDS(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef input_methods[] = {
    {"open_file", KEYWORDS(nmpy_input_open_file), METH_CLASS | METH_VARARGS | METH_KEYWORDS,
     nmpy_input_open_file_doc},
    {"open_json", KEYWORDS(nmpy_input_open_json), METH_CLASS | METH_VARARGS | METH_KEYWORDS,
     nmpy_input_open_json_doc},
    {"open_sock", KEYWORDS(nmpy_input_open_sock), METH_CLASS | METH_VARARGS | METH_KEYWORDS,
     nmpy_input_open_sock_doc},
    {"read", input_read, METH_NOARGS, read_doc},
    {"read_async", nmpy_input_read_async, METH_NOARGS, nmpy_input_read_async_doc},
    {"read_batch", KEYWORDS(nmpy_input_read_batch), METH_VARARGS | METH_KEYWORDS,
     nmpy_input_read_batch_doc},
    {"read_batch_async", KEYWORDS(nmpy_input_read_batch_async), METH_VARARGS | METH_KEYWORDS,
     nmpy_input_read_batch_async_doc},
    {"batches", KEYWORDS(nmpy_input_batches), METH_VARARGS | METH_KEYWORDS, nmpy_input_batches_doc},
    {"commit", nmpy_input_commit, METH_NOARGS, nmpy_input_commit_doc},
    {"_hold", nmpy_input_hold, METH_VARARGS, "For nmsg._async."},
    {"_gather", nmpy_input_gather, METH_O, "For nmsg._async."},
    {"close", input_close, METH_NOARGS, close_doc},
    {"fileno", input_fileno, METH_NOARGS, fileno_doc},
    {"socket_fileno", input_socket_fileno, METH_NOARGS, socket_fileno_doc},
    {"set_blocking_io", input_set_blocking_io, METH_O, set_blocking_io_doc},
    {"set_filter_msgtype", KEYWORDS(nmpy_input_set_filter_msgtype), METH_FASTCALL,
     nmpy_input_set_filter_msgtype_doc},
    {"set_filter_source", nmpy_input_set_filter_source, METH_O, nmpy_input_set_filter_source_doc},
    {"set_filter_operator", nmpy_input_set_filter_operator, METH_O,
     nmpy_input_set_filter_operator_doc},
    {"set_filter_group", nmpy_input_set_filter_group, METH_O, nmpy_input_set_filter_group_doc},
    {"__enter__", input_enter, METH_NOARGS, "__enter__($self, /)\n--\n\nThe input itself."},
    {"__exit__", input_exit, METH_VARARGS, "__exit__($self, /, *args)\n--\n\nclose()"},
    {"__aenter__", nmpy_input_aenter, METH_NOARGS, "__aenter__($self, /)\n--\n\nThe input itself."},
    {"__aexit__", nmpy_input_aexit, METH_VARARGS, "__aexit__($self, /, *args)\n--\n\nclose()"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef input_getset[] = {
    {"closed", input_get_closed, NULL,
     "True when the input is not open.\n\n"
     ">>> import nmsg\n"
     ">>> reader = nmsg.open(b'')\n"
     ">>> reader.closed\n"
     "False\n"
     ">>> reader.close()\n"
     ">>> reader.closed\n"
     "True",
     NULL},
    {"at_end", input_get_at_end, NULL,
     "True when nothing more comes: the input is closed, or a call has met its end.\n\n"
     ">>> import nmsg\n"
     ">>> reader = nmsg.open(b'')\n"
     ">>> reader.read_batch(100), reader.at_end\n"
     "([], True)",
     NULL},
    {"name", input_get_name, NULL,
     "What it reads, as messages name it: the path or URL as given, or text; None when it was\n"
     "never opened.\n\n"
     ">>> import nmsg\n"
     ">>> nmsg.open('out.nmsg', 'w').close()\n"
     ">>> nmsg.open('out.nmsg').name\n"
     "'out.nmsg'",
     NULL},
    {"stats", input_get_stats, NULL,
     "Counts since the input was opened: nmsg.input_stats.\n\n"
     ">>> import nmsg\n"
     ">>> with nmsg.open('udp://127.0.0.1:0') as reader:\n"
     "...     reader.stats.messages\n"
     "0",
     NULL},
    {"capture_stats", input_get_capture_stats, NULL,
     "What became of the packets, of inputs that make messages of packets: nmsg.capture_stats;\n"
     "None for others. Packets are read some ahead of the messages.\n\n"
     ">>> import nmsg\n"
     ">>> nmsg.open('pcap:out.pcap', 'w').close()\n"
     ">>> with nmsg.open('pcap:out.pcap', msgtype='base:dnsqr') as reader:\n"
     "...     len(list(reader)), reader.capture_stats.packets\n"
     "(0, 0)",
     NULL},
    {"address", input_get_address, NULL,
     "Address and port that a socket input listens on; None for others.\n\n"
     ">>> import nmsg\n"
     ">>> with nmsg.input.open_sock('127.0.0.1', 0) as reader:\n"
     "...     address, port = reader.address\n"
     ">>> address\n"
     "'127.0.0.1'",
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(
    input_doc,
    "Messages from a file of containers (open_file) or JSON (open_json), or from a UDP socket\n"
    "(open_sock).\n\n"
    "Read with read(), or iterate: `for m in input`. Works as a context manager. May be\n"
    "used by several threads, one at a time; close() may be called by any at any time.\n\n"
    ">>> import nmsg\n"
    ">>> with nmsg.output.open_file('one.nmsg') as writer:\n"
    "...     writer.write(nmsg.msgtype.base.ipconn(srcport=53))\n"
    ">>> with nmsg.input.open_file('one.nmsg') as reader:\n"
    "...     for m in reader:\n"
    "...         print(m['srcport'])\n"
    "53");

static PyType_Slot input_slots[] = {
    {Py_tp_doc, (void *)input_doc},
    {Py_tp_new, NMPY_SLOT(nmpy_input_tp_new)},
    {Py_tp_dealloc, NMPY_SLOT(input_dealloc)},
    {Py_tp_traverse, NMPY_SLOT(input_traverse)},
    {Py_tp_clear, NMPY_SLOT(input_clear)},
    {Py_tp_repr, NMPY_SLOT(input_repr)},
    {Py_tp_iter, NMPY_SLOT(PyObject_SelfIter)},
    {Py_tp_iternext, NMPY_SLOT(input_next)},
    {Py_am_aiter, NMPY_SLOT(nmpy_input_aiter)},
    {Py_am_anext, NMPY_SLOT(nmpy_input_anext)},
    {Py_tp_methods, input_methods},
    {Py_tp_getset, input_getset},
    {0, NULL},
};

static PyType_Spec input_spec = {
    .name = "nmsg.input",
    .basicsize = sizeof(nmpy_input),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = input_slots,
};

int
nmpy_input_init(PyObject *module, nmpy_state *state)
{
    state->input_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &input_spec, /* bases= */ NULL);
    return state->input_type != NULL ? PyModule_AddType(module, state->input_type) : -1;
}
