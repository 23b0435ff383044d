/* SPDX-License-Identifier: Apache-2.0 */
/* nmsg.packet_capture: messages of packets that the program got by itself. */
#include "capture.h"

#include <math.h>

#include "io/packet_decoder.h"
#include "message/registry.h"
#include "open.h"
#include "packet_options.h"

static const double TIME_MAX = 1e11; /* Seconds: the year 5138. */

typedef struct nmpy_capture {
    PyObject_HEAD
    nm_packet_decoder *decoder;
    bool strings_are_bytes;
    bool is_finished;
    bool is_busy; /* A method is at work; making messages may run any code. */
    nm_message message;
} nmpy_capture;

static void
capture_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    nm_packet_decoder_free(((nmpy_capture *)object)->decoder);
    type->tp_free(object);
    Py_DECREF(type);
}

/* -- times -- */

static int
raise_time(PyObject *time)
{
    if (!PyErr_Occurred() || PyErr_ExceptionMatches(PyExc_OverflowError)) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "time is seconds since 1970, not %R", time);
    }
    return -1;
}

/* Seconds, with their fraction if it is no int. */
static int
seconds_parse(PyObject *time, nm_captured *out)
{
    if (PyLong_Check(time)) {
        long long seconds = PyLong_AsLongLong(time);
        if (PyErr_Occurred() || seconds < 0 || (double)seconds >= TIME_MAX) {
            return raise_time(time);
        }
        out->time_sec = seconds;
        return 0;
    }
    double seconds = PyFloat_AsDouble(time);
    if (!(seconds >= 0 && seconds < TIME_MAX)) {
        return raise_time(time);
    }
    double whole = floor(seconds);
    /* A float has no more than microseconds; what it is off by is not passed on. */
    uint32_t microseconds = (uint32_t)lround((seconds - whole) * 1e6);
    out->time_sec = (int64_t)whole + microseconds / 1000000;
    out->time_nsec = microseconds % 1000000 * 1000;
    return 0;
}

static int
time_parse(PyObject *time, PyObject *time_ns, nm_captured *out)
{
    if ((time == NULL || time == Py_None) == (time_ns == NULL || time_ns == Py_None)) {
        PyErr_SetString(PyExc_TypeError, "either time or time_ns has to be given");
        return -1;
    }
    if (time != NULL && time != Py_None) {
        return seconds_parse(time, out);
    }
    PyObject *index = PyNumber_Index(time_ns);
    long long nanoseconds = index != NULL ? PyLong_AsLongLong(index) : -1;
    Py_XDECREF(index);
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_OverflowError)) {
        return -1;
    }
    if (nanoseconds < 0) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "time_ns is nanoseconds since 1970, not %R", time_ns);
        return -1;
    }
    out->time_sec = nanoseconds / 1000000000;
    out->time_nsec = (uint32_t)(nanoseconds % 1000000000);
    return 0;
}

/* -- messages -- */

/* The next message as an object. @return NULL without an exception: there is none. */
static PyObject *
take(nmpy_capture *self, nmpy_state *state)
{
    const nm_container *container = NULL;
    nm_error err;
    nm_status status = nm_packet_decoder_next(self->decoder, &container, &err);
    if (status == NM_AGAIN || status == NM_END) {
        return NULL;
    }
    if (status == NM_OK) {
        status = nm_message_decode(&self->message, &container->payloads[0], &err);
    }
    if (status != NM_OK) {
        return nmpy_raise(state, &err, "cannot make a message", /* where= */ NULL);
    }
    return nmpy_message_new(state, nmpy_schema_find(state, self->message.schema), &self->message,
                            self->strings_are_bytes);
}

/* Behind a failure: what is left borrows from a packet that will be gone. */
static void
drop_all(nmpy_capture *self)
{
    const nm_container *container;
    nm_status status;
    do {
        status = nm_packet_decoder_next(self->decoder, &container, /* err= */ NULL);
    } while (status != NM_AGAIN && status != NM_END);
}

/* All messages that there are now, as a list. */
static PyObject *
take_all(nmpy_capture *self)
{
    nmpy_state *state = nmpy_state_of(Py_TYPE((PyObject *)self));
    PyObject *list = PyList_New(0);
    PyObject *message = NULL;
    self->is_busy = true;
    while (list != NULL && (message = take(self, state)) != NULL) {
        if (PyList_Append(list, message) < 0) {
            Py_CLEAR(list);
        }
        Py_DECREF(message);
    }
    if (PyErr_Occurred()) {
        Py_CLEAR(list);
        drop_all(self);
    }
    self->is_busy = false;
    return list;
}

/* @return 0, or -1 with an exception set: what a call before left is not in the way of this one. */
static int
begin(nmpy_capture *self)
{
    nmpy_state *state = nmpy_state_of(Py_TYPE((PyObject *)self));
    if (self->is_busy) {
        PyErr_SetString(state->error, "called while another call makes messages");
        return -1;
    }
    if (self->is_finished) {
        PyErr_SetString(state->error, "the capture is finished");
        return -1;
    }
    return 0;
}

PyDoc_STRVAR(
    feed_doc,
    "feed($self, /, octets, time=None, *, time_ns=None, wirelen=None)\n--\n\n"
    "Hand over a packet; gives a list of the messages that come of it, which may be empty\n"
    "or hold some that waited for a packet as late as this one.\n\n"
    "octets: bytes or another buffer, from the link layer's header on.\n"
    "time: when it was captured, in seconds since 1970, an int or float (of which\n"
    "microseconds count); or time_ns in nanoseconds, an int.\n"
    "wirelen: octets that it had on the wire, if fewer were captured.\n\n"
    ">>> import nmsg\n"
    ">>> capture = nmsg.capture('base:packet', linktype=101)\n"
    ">>> [m['payload'][:1] for m in capture.feed(b'\\x45' + bytes(19), 1700000000.5)]\n"
    "[b'E']");

static PyObject *
capture_feed(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"octets", "time", "time_ns", "wirelen", NULL};
    nmpy_capture *self = (nmpy_capture *)object;
    Py_buffer view;
    PyObject *time = NULL;
    PyObject *time_ns = NULL;
    PyObject *wirelen = NULL;
    PyObject *list = NULL;
    nm_captured packet = {.time_nsec = 0};
    size_t len = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*|O$OO:feed", keywords, &view, &time, &time_ns,
                                     &wirelen)) {
        return NULL;
    }
    packet.octets = nm_span_of(view.buf, (size_t)view.len);
    if (wirelen != NULL && wirelen != Py_None) {
        len = PyLong_AsSize_t(wirelen);
    }
    if (!PyErr_Occurred() && begin(self) == 0 && time_parse(time, time_ns, &packet) == 0) {
        len = len > packet.octets.len ? len : packet.octets.len;
        packet.len = len < UINT32_MAX ? (uint32_t)len : UINT32_MAX;
        nm_packet_decoder_feed(self->decoder, &packet);
        list = take_all(self);
    }
    PyBuffer_Release(&view);
    return list;
}

PyDoc_STRVAR(tick_doc,
             "tick($self, /, time=None, *, time_ns=None)\n--\n\n"
             "Tell the time when no packets come; gives a list of the messages that have waited\n"
             "long enough, such as queries without response. time, time_ns: as for feed().\n\n"
             ">>> import nmsg\n"
             ">>> nmsg.capture('base:dnsqr').tick(1700000000)\n"
             "[]");

static PyObject *
capture_tick(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"time", "time_ns", NULL};
    nmpy_capture *self = (nmpy_capture *)object;
    PyObject *time = NULL;
    PyObject *time_ns = NULL;
    nm_captured now = {.time_nsec = 0};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O$O:tick", keywords, &time, &time_ns) ||
        begin(self) < 0 || time_parse(time, time_ns, &now) < 0) {
        return NULL;
    }
    nm_packet_decoder_tick(self->decoder, now.time_sec, now.time_nsec);
    return take_all(self);
}

PyDoc_STRVAR(finish_doc, "finish($self, /)\n--\n\n"
                         "There are no more packets; gives a list of the messages that waited for\n"
                         "something, the oldest first. Nothing can be fed from now on.\n\n"
                         ">>> import nmsg\n"
                         ">>> nmsg.capture('base:dnsqr').finish()\n"
                         "[]");

static PyObject *
capture_finish(PyObject *object, PyObject *unused)
{
    nmpy_capture *self = (nmpy_capture *)object;
    (void)unused;
    if (begin(self) < 0) {
        return NULL;
    }
    self->is_finished = true;
    nm_packet_decoder_finish(self->decoder, NM_END, /* detail= */ NULL);
    return take_all(self);
}

static PyObject *
capture_get_stats(PyObject *object, void *closure)
{
    nmpy_state *state = nmpy_state_of(Py_TYPE(object));
    nm_capture_stats stats = nm_packet_decoder_stats(((nmpy_capture *)object)->decoder);
    (void)closure;
    return nmpy_capture_stats_new(state, &stats, /* of= */ NULL);
}

static PyMethodDef capture_methods[] = {
    {"feed", (PyCFunction)(void (*)(void))capture_feed, METH_VARARGS | METH_KEYWORDS, feed_doc},
    {"tick", (PyCFunction)(void (*)(void))capture_tick, METH_VARARGS | METH_KEYWORDS, tick_doc},
    {"finish", capture_finish, METH_NOARGS, finish_doc},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef capture_getset[] = {
    {"stats", capture_get_stats, NULL,
     "Counts so far: nmsg.capture_stats.\n\n"
     ">>> import nmsg\n"
     ">>> nmsg.capture('base:dnsqr').stats.packets\n"
     "0",
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(capture_doc,
             "What nmsg.capture() gives: makes messages of packets that it is fed with. For one\n"
             "thread at a time.\n\n"
             ">>> import nmsg\n"
             ">>> type(nmsg.capture('base:dnsqr')) is nmsg.packet_capture\n"
             "True");

static PyType_Slot capture_slots[] = {
    {Py_tp_doc, (void *)capture_doc},
    {Py_tp_dealloc, NMPY_SLOT(capture_dealloc)},
    {Py_tp_methods, capture_methods},
    {Py_tp_getset, capture_getset},
    {0, NULL},
};

static PyType_Spec capture_spec = {
    .name = "nmsg.packet_capture",
    .basicsize = sizeof(nmpy_capture),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = capture_slots,
};

int
nmpy_capture_init(PyObject *module, nmpy_state *state)
{
    state->capture_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &capture_spec, /* bases= */ NULL);
    return state->capture_type != NULL ? PyModule_AddType(module, state->capture_type) : -1;
}

/* -- what nmsg.capture() calls -- */

PyObject *
nmpy_open_capture(PyObject *module, PyObject *args)
{
    nmpy_state *state = PyModule_GetState(module);
    nmpy_filter_arguments filters = {.source = Py_None, .operator = Py_None, .group = Py_None};
    PyObject *packets;
    PyObject *strings;
    nm_packet_kind kind = {.snap_len = 262144};
    nm_packet_options options;
    nm_header_filter wanted;
    nm_error err = {.code = NM_OK};
    if (!PyArg_ParseTuple(args, "OIOO", &filters.msgtype, &kind.link_type, &strings, &packets) ||
        nmpy_filters_parse(state, &filters, &wanted) < 0 ||
        nmpy_packet_options_parse(packets, &options) < 0) {
        return NULL;
    }
    options.keeps_nsec = true;
    nmpy_capture *self = (nmpy_capture *)state->capture_type->tp_alloc(state->capture_type, 0);
    if (self == NULL || nmpy_strings_parse(state, strings, &self->strings_are_bytes) < 0) {
        Py_XDECREF(self);
        return NULL;
    }
    nm_status status = nm_packet_decoder_new(nm_registry_find(wanted.vendor, wanted.type), &options,
                                             &self->decoder, &err);
    if (status == NM_OK) {
        status = nm_packet_decoder_begin(self->decoder, &kind, &err);
    }
    if (status != NM_OK) {
        Py_DECREF(self);
        return nmpy_raise(state, &err, "nmsg.capture()", /* where= */ NULL);
    }
    return (PyObject *)self;
}
