/* SPDX-License-Identifier: Apache-2.0 */
/* Opening outputs. */
#include "output.h"

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
open_file(const nmpy_file *file, const nm_output_options *options, nm_output **out, nm_error *err)
{
    if (file->path == NULL) {
        return nm_output_open_fd(file->fd, options, out, err);
    }
    path_context context = {PyBytes_AS_STRING(file->path), options, out};
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
        status = open_file(&file, options, &self->out, &err);
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
    "the container is full, flushed or closed.");

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
    "flush_interval: as for open_file().");

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
    "Send datagrams to an IPv4 or IPv6 address and a UDP port.\n\n"
    "bufsz: target size of datagrams in octets, 512 to 65507; larger messages are sent in\n"
    "fragments. broadcast: allow broadcast addresses. flush_interval: as for open_file().\n"
    "Sending where nobody listens is no error: see stats.send_errors.");

PyObject *
nmpy_output_open_sock(PyObject *class, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"addr", "port", "bufsz", "broadcast", "flush_interval", NULL};
    const char *address;
    PyObject *port_object;
    PyObject *size = NULL;
    PyObject *interval = NULL;
    int broadcast = 0;
    uint32_t port;
    nm_output_options options = nm_output_options_socket();
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "sO|Op$O:open_sock", keywords, &address,
                                     &port_object, &size, &broadcast, &interval) ||
        nmpy_u32_parse(port_object, "port", &port) < 0 ||
        options_parse(size, interval, &options) < 0) {
        return NULL;
    }
    nmpy_output *self = output_alloc((PyTypeObject *)class);
    if (self == NULL) {
        return NULL;
    }
    nm_error err = {.code = NM_OK};
    self->name = PyUnicode_FromFormat("%s/%u", address, port);
    if (self->name == NULL) {
        Py_CLEAR(self);
    } else if (nm_output_open_udp(address, port, broadcast != 0, &options, &self->out, &err) !=
               NM_OK) {
        nmpy_raise(self->state, &err, "nmsg_output_open_sock() failed", self->name);
        Py_CLEAR(self);
    } else {
        self->kind = "socket";
        nmpy_output_list_add(self);
    }
    return (PyObject *)self;
}
