/* SPDX-License-Identifier: Apache-2.0 */
/* Opening outputs. */
#include "output.h"

#include "file_object.h"
#include "open.h"
#include "open_kafka.h"

#include "io/kafka.h"

static nmpy_output *
output_alloc(PyTypeObject *type)
{
    nmpy_output *self = (nmpy_output *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->module = Py_NewRef(PyType_GetModuleByDef(type, &nmpy_module_def));
        self->state = PyModule_GetState(self->module);
    }
    return self;
}

PyObject *
nmpy_output_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    return (PyObject *)output_alloc(type);
}

/* Seconds to nanoseconds. None keeps the default. */
static int
interval_parse(PyObject *object, int64_t *out)
{
    if (object == NULL || object == Py_None) {
        return 0;
    }
    double seconds = PyFloat_AsDouble(object);
    if (seconds == -1.0 && PyErr_Occurred()) {
        return -1;
    }
    if (!(seconds >= 0 && seconds <= 1e9)) {
        PyErr_Format(PyExc_ValueError, "flush_interval is a number of seconds (0: never), not %R",
                     object);
        return -1;
    }
    *out = (int64_t)(seconds * 1e9);
    return 0;
}

/* The arguments that files and sockets have in common. */
static int
options_parse(PyObject *size, PyObject *interval, nm_output_options *options)
{
    if (size != NULL && nmpy_size_parse(size, "bufsz", &options->container_len) < 0) {
        return -1;
    }
    return interval_parse(interval, &options->flush_interval_ns);
}

/* What opening a path needs. */
typedef struct path_context {
    const char *path;
    const nm_output_options *options;
    nm_output **out;
} path_context;

static nm_status
open_one(void *context, nm_error *err)
{
    path_context *c = context;
    return nm_output_open_file(c->path, c->options, c->out, err);
}

static nm_status
open_file(nmpy_output *self, const nmpy_file *file, const nm_output_options *options, nm_error *err)
{
    nm_output_options helped = *options;
    helped.pool = self->state->pool;
    if (file->path == NULL) {
        return nm_output_open_fd(file->fd, &helped, &self->out, err);
    }
    path_context context = {PyBytes_AS_STRING(file->path), &helped, &self->out};
    return nmpy_open_path(open_one, &context, err);
}

static PyObject *
open_stream(PyTypeObject *class, PyObject *where, const char *kind, const char *open_failed,
            const nm_output_options *options)
{
    nmpy_file file;
    if (nmpy_file_parse(where, &file) < 0) {
        return NULL;
    }
    nmpy_output *self = output_alloc(class);
    nm_error err = {.code = NM_OK};
    nm_status status = NM_STOPPED;
    if (self != NULL) {
        status = open_file(self, &file, options, &err);
    }
    if (self != NULL && status == NM_OK) {
        self->kind = kind;
        self->name = Py_NewRef(file.name);
        self->file = Py_XNewRef(file.object);
        nmpy_output_list_add(self);
    } else {
        if (status != NM_STOPPED) {
            nmpy_raise(self->state, &err, open_failed, file.name);
        }
        Py_CLEAR(self);
    }
    nmpy_file_clear(&file);
    return (PyObject *)self;
}

const char nmpy_output_open_file_doc[] = PyDoc_STR(
    "open_file($type, obj, bufsz=1048576, *, flush_interval=5.0)\n--\n\n"
    "Write a file of containers: obj is a path (made, or emptied), a descriptor, or an object\n"
    "with fileno(), which is kept alive and not closed.\n\n"
    "bufsz: target size of containers in octets, 512 to 1048576; others are taken as the\n"
    "nearest. flush_interval: seconds that a message waits in the buffer at most; 0: until\n"
    "the container is full, flushed or closed.\n\n"
    ">>> import nmsg\n"
    ">>> with nmsg.output.open_file('one.nmsg') as writer:\n"
    "...     writer.write(nmsg.msgtype.base.ipconn(srcport=53))");

PyObject *
nmpy_output_open_file(PyObject *class, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"obj", "bufsz", "flush_interval", NULL};
    PyObject *where;
    PyObject *size = NULL;
    PyObject *interval = NULL;
    nm_output_options options = nm_output_options_file();
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O$O:open_file", keywords, &where, &size,
                                     &interval) ||
        options_parse(size, interval, &options) < 0) {
        return NULL;
    }
    return open_stream((PyTypeObject *)class, where, "file", "nmsg_output_open_file() failed",
                       &options);
}

const char nmpy_output_open_json_doc[] = PyDoc_STR(
    "open_json($type, obj, *, flush_interval=5.0)\n--\n\n"
    "Write JSON objects, one per line, as message.to_json() gives them: obj as for open_file().\n\n"
    "Messages of types that nobody here knows cannot be written: nmsg.Error.\n"
    "flush_interval: as for open_file().\n\n"
    ">>> import nmsg\n"
    ">>> with nmsg.output.open_json('one.json') as writer:\n"
    "...     writer.write(nmsg.msgtype.base.ipconn(srcport=53))");

PyObject *
nmpy_output_open_json(PyObject *class, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"obj", "flush_interval", NULL};
    PyObject *where;
    PyObject *interval = NULL;
    nm_output_options options = nm_output_options_file();
    options.format = NM_FORMAT_JSON;
    options.aliases = nmpy_state_of((PyTypeObject *)class)->aliases;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|$O:open_json", keywords, &where, &interval) ||
        options_parse(/* size= */ NULL, interval, &options) < 0) {
        return NULL;
    }
    return open_stream((PyTypeObject *)class, where, "json", "nmsg_output_open_json() failed",
                       &options);
}

const char nmpy_output_open_sock_doc[] = PyDoc_STR(
    "open_sock($type, addr, port, bufsz=1280, broadcast=False, *, flush_interval=0.5)\n--\n\n"
    "Send datagrams to an address (IPv4, IPv6, '' for this host, '<broadcast>', or the name of a\n"
    "host, whose IPv4 address is preferred) and a UDP port, an int or its digits as str.\n\n"
    "bufsz: target size of datagrams in octets, 512 to 65507; larger messages are sent in\n"
    "fragments. broadcast: allow broadcast addresses. flush_interval: as for open_file().\n"
    "Sending where nobody listens is no error: see stats.send_errors.\n\n"
    "Raises ValueError for what is no address or port, socket.gaierror when a host is not\n"
    "found, OSError when the system refuses.\n\n"
    ">>> import nmsg\n"
    ">>> with nmsg.output.open_sock('localhost', 9430) as writer:\n"
    "...     writer.write(nmsg.msgtype.base.ipconn(srcport=53))");

/* Send to an endpoint, with self->name set. @return 0, or -1 with an exception set. */
static int
open_udp(nmpy_output *self, const char *address, unsigned port, bool is_broadcast,
         const nm_output_options *options, const char *open_failed)
{
    nm_error err = {.code = NM_OK};
    nm_status status;
    Py_BEGIN_ALLOW_THREADS /* Looking up a name takes its time. */
    status = nm_output_open_udp(address, port, is_broadcast, options, &self->out, &err);
    Py_END_ALLOW_THREADS
    if (status != NM_OK) {
        nmpy_raise_open_sock(self->state, &err, open_failed, self->name);
        return -1;
    }
    self->kind = "socket";
    return 0;
}

PyObject *
nmpy_output_open_sock(PyObject *class, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"addr", "port", "bufsz", "broadcast", "flush_interval", NULL};
    const char *address;
    PyObject *port_object;
    PyObject *size = NULL;
    PyObject *interval = NULL;
    int broadcast = 0;
    unsigned port;
    nm_output_options options = nm_output_options_socket();
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "sO|Op$O:open_sock", keywords, &address,
                                     &port_object, &size, &broadcast, &interval) ||
        nmpy_port_parse(port_object, &port) < 0 || options_parse(size, interval, &options) < 0) {
        return NULL;
    }
    nmpy_output *self = output_alloc((PyTypeObject *)class);
    if (self == NULL) {
        return NULL;
    }
    self->name = PyUnicode_FromFormat("%s/%u", address, port);
    if (self->name == NULL || open_udp(self, address, port, broadcast != 0, &options,
                                       "nmsg_output_open_sock() failed") < 0) {
        Py_CLEAR(self);
    } else {
        nmpy_output_list_add(self);
    }
    return (PyObject *)self;
}

/* -- what nmsg.open() calls -- */

/* [(address, port)] @return 0, or -1 with an exception set. */
static int
open_endpoint(nmpy_output *self, PyObject *where, bool is_broadcast,
              const nm_output_options *options)
{
    const char *address;
    PyObject *port_object;
    unsigned port;
    PyObject *pair = PyList_Check(where) ? PyList_GetItem(where, 0) : NULL; /* Borrowed. */
    if (pair == NULL || !PyArg_ParseTuple(pair, "sO", &address, &port_object) ||
        nmpy_port_parse(port_object, &port) < 0) {
        return -1;
    }
    return open_udp(self, address, port, is_broadcast, options, "cannot send");
}

static int
open_zmq(nmpy_output *self, PyObject *where, const nm_output_options *options)
{
    nm_zmq_endpoint endpoint;
    nm_error err = {.code = NM_OK};
    nm_status status;
    if (nmpy_zmq_endpoint_parse(self->state, where, /* is_output= */ true, &endpoint) < 0) {
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS /* Looking up a name takes its time. */
    status = nm_output_open_zmq(&endpoint, options, &self->out, &err);
    Py_END_ALLOW_THREADS
    if (status != NM_OK) {
        nmpy_raise(self->state, &err, "nmsg.open() failed", self->name);
        return -1;
    }
    self->kind = "zmq";
    Py_XSETREF(self->name, nmpy_zmq_name(&endpoint));
    return self->name != NULL ? 0 : -1;
}

static int
open_object(nmpy_output *self, PyObject *where, nm_output_options *options)
{
    nm_error err = {.code = NM_OK};
    bool is_text = options->format == NM_FORMAT_JSON || options->format == NM_FORMAT_PRES;
    nm_sink *sink = nmpy_object_sink_new(where, is_text);
    if (sink == NULL) {
        return -1;
    }
    options->flush_interval_ns = 0; /* Its methods are for threads of Python only. */
    if (nm_output_open_sink(sink, options, &self->out, &err) != NM_OK) {
        nmpy_raise(self->state, &err, "cannot write", self->name);
        return -1;
    }
    return 0;
}

static int
open_path_or_fd(nmpy_output *self, PyObject *where, const nm_output_options *options)
{
    nmpy_file file;
    nm_error err = {.code = NM_OK};
    if (nmpy_file_parse(where, &file) < 0) {
        return -1;
    }
    nm_status status = open_file(self, &file, options, &err);
    nmpy_file_clear(&file);
    if (status != NM_OK && status != NM_STOPPED) {
        nmpy_raise(self->state, &err, "cannot write", self->name);
    }
    return status == NM_OK ? 0 : -1;
}

static int
open_target(nmpy_output *self, const nmpy_target *target, bool is_broadcast,
            nmpy_kafka_arguments *kafka, nm_output_options *options)
{
    kafka->endpoint = target->where;
    kafka->name = target->name;
    self->name = Py_NewRef(target->name);
    self->file = target->owner != Py_None ? Py_NewRef(target->owner) : NULL;
    self->kind = options->format == NM_FORMAT_PCAP   ? "pcap"
                 : options->format != NM_FORMAT_NMSG ? "json"
                                                     : "file";
    switch (target->kind) {
    case NMPY_TARGET_SOCKETS:
        return open_endpoint(self, target->where, is_broadcast, options);
    case NMPY_TARGET_OBJECT:
        return open_object(self, target->where, options);
    case NMPY_TARGET_ZMQ:
        return open_zmq(self, target->where, options);
    case NMPY_TARGET_KAFKA:
        return nmpy_kafka_open_output(self, kafka, options);
    case NMPY_TARGET_FILE:
    case NMPY_TARGET_HANDED: /* These cannot be written; _open.py says so. */
    case NMPY_TARGET_MEMORY:
    case NMPY_TARGET_INTERFACE:
        break;
    }
    return open_path_or_fd(self, target->where, options);
}

PyObject *
nmpy_open_output(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"kind",      "where",  "name",           "owner",
                               "file_mode", "format", "msgtype",        "compress",
                               "zlevel",    "bufsz",  "flush_interval", "buffered",
                               "broadcast", "key",    "config",         NULL};
    nmpy_state *state = PyModule_GetState(module);
    nmpy_target target = {.before = {.obj = NULL}};
    nmpy_filter_arguments filters = {.source = Py_None, .operator = Py_None, .group = Py_None};
    nmpy_kafka_arguments kafka = {.endpoint = NULL};
    PyObject *size;
    PyObject *interval;
    int kind;
    int format;
    int file_mode;
    int zlevel;
    int is_compressed;
    int is_buffered;
    int is_broadcast;
    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "iOOOiiOpiOOppOO!", keywords, &kind, &target.where, &target.name,
            &target.owner, &file_mode, &format, &filters.msgtype, &is_compressed, &zlevel, &size,
            &interval, &is_buffered, &is_broadcast, &kafka.key, &PyList_Type, &kafka.config)) {
        return NULL;
    }
    target.kind = (nmpy_target_kind)kind;
    nm_output_options options = target.kind == NMPY_TARGET_SOCKETS || target.kind == NMPY_TARGET_ZMQ
                                    ? nm_output_options_socket()
                                : target.kind == NMPY_TARGET_KAFKA ? nm_output_options_kafka()
                                                                   : nm_output_options_file();
    if (target.kind == NMPY_TARGET_ZMQ) {
        options.container_len = NM_OUTPUT_ZMQ_LEN;
    }
    options.format = (nm_format)format;
    options.aliases = state->aliases;
    options.file_mode = (nm_file_mode)file_mode;
    options.is_compressed = is_compressed != 0;
    options.zlevel = zlevel != 0 ? zlevel : options.zlevel;
    options.is_buffered = is_buffered != 0;
    nm_header_filter filter;
    nmpy_output *self = output_alloc(state->output_type);
    if (self == NULL || options_parse(size != Py_None ? size : NULL, interval, &options) < 0 ||
        nmpy_filters_parse(state, &filters, &filter) < 0 ||
        open_target(self, &target, is_broadcast != 0, &kafka, &options) < 0) {
        Py_CLEAR(self);
    } else {
        self->filter_vendor = filter.vendor;
        self->filter_type = filter.type;
        nmpy_output_list_add(self);
    }
    return (PyObject *)self;
}
