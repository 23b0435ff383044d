/* SPDX-License-Identifier: Apache-2.0 */
/* Opening inputs. */
#include "input.h"

static nmpy_input *
input_alloc(PyTypeObject *type)
{
    nmpy_input *self = (nmpy_input *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->module = Py_NewRef(PyType_GetModuleByDef(type, &nmpy_module_def));
        self->state = PyModule_GetState(self->module);
        self->is_blocking = true;
        self->strings_are_bytes = self->state->strings_are_bytes;
        if (nmpy_lock_init(&self->lock, self->state->error) < 0) {
            Py_CLEAR(self);
        }
    }
    return self;
}

PyObject *
nmpy_input_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    return (PyObject *)input_alloc(type);
}

static int
on_error_parse(PyObject *object, nmpy_on_error *out)
{
    static const char *const names[] = {"warn", "skip", "raise"};
    if (object == NULL || object == Py_None) {
        return 0;
    }
    for (int i = 0; PyUnicode_Check(object) && i < 3; i++) {
        if (PyUnicode_CompareWithASCIIString(object, names[i]) == 0) {
            *out = (nmpy_on_error)i;
            return 0;
        }
    }
    PyErr_Format(PyExc_ValueError, "errors is 'warn', 'skip' or 'raise', not %R", object);
    return -1;
}

/* What opening a path needs. */
typedef struct path_context {
    const char *path;
    const nm_input_options *options;
    nm_input **out;
} path_context;

static nm_status
open_one(void *context, nm_error *err)
{
    path_context *c = context;
    return nm_input_open_file(c->path, c->options, c->out, err);
}

static nm_status
open_file(const nmpy_file *file, const nm_input_options *options, nm_input **out, nm_error *err)
{
    if (file->path == NULL) {
        return nm_input_open_fd(file->fd, options, out, err);
    }
    path_context context = {PyBytes_AS_STRING(file->path), options, out};
    return nmpy_open_path(open_one, &context, err);
}

/* Arguments that files of containers and of text have in common, and what differs. */
typedef struct file_arguments {
    PyObject *where;
    PyObject *strings;
    PyObject *errors;
    const char *open_failed;
    const char *kind;
} file_arguments;

static PyObject *
open_stream(PyTypeObject *class, const file_arguments *given, const nm_input_options *options)
{
    nmpy_input *self = input_alloc(class);
    nmpy_file file;
    if (self == NULL ||
        nmpy_strings_parse(self->state, given->strings, &self->strings_are_bytes) < 0 ||
        on_error_parse(given->errors, &self->on_error) < 0 ||
        nmpy_file_parse(given->where, &file) < 0) {
        Py_XDECREF(self);
        return NULL;
    }
    nm_error err = {.code = NM_OK};
    nm_status status = open_file(&file, options, &self->in, &err);
    if (status != NM_OK) {
        if (status != NM_STOPPED) {
            nmpy_raise(self->state, &err, given->open_failed, file.name);
        }
        Py_CLEAR(self);
    } else {
        self->kind = given->kind;
        self->name = Py_NewRef(file.name);
        self->file = Py_XNewRef(file.object);
    }
    nmpy_file_clear(&file);
    return (PyObject *)self;
}

const char nmpy_input_open_file_doc[] = PyDoc_STR(
    "open_file($type, obj, *, strings=None, errors='warn', max_container=16777216)\n--\n\n"
    "Read a file of containers: obj is a path, a descriptor, or an object with fileno().\n\n"
    "Of an object only the descriptor is used, from its current position; it is kept\n"
    "alive and not closed.\n"
    "strings: 'str' or 'bytes' for string fields; None is the module's default.\n"
    "errors: 'warn' skips what is damaged and warns once (nmsg.DataWarning), 'skip' only\n"
    "counts it in stats, 'raise' raises nmsg.FormatError and goes on with the next read.\n"
    "When the end of a container cannot be told, FormatError is raised in any case.\n"
    "max_container: octets of the largest container to read, on the wire and decompressed (an\n"
    "int, or str such as '64M').");

PyObject *
nmpy_input_open_file(PyObject *class, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"obj", "strings", "errors", "max_container", NULL};
    file_arguments given = {.open_failed = "nmsg_input_open_file() failed", .kind = "file"};
    PyObject *max_container = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|$OOO:open_file", keywords, &given.where,
                                     &given.strings, &given.errors, &max_container)) {
        return NULL;
    }
    nm_input_options options = nm_input_options_default();
    if (nmpy_limits_parse(max_container, &options.limits) < 0) {
        return NULL;
    }
    return open_stream((PyTypeObject *)class, &given, &options);
}

const char nmpy_input_open_json_doc[] = PyDoc_STR(
    "open_json($type, obj, *, strings=None, errors='warn', max_line=67108864)\n--\n\n"
    "Read a file of JSON objects, one per line, as message.to_json() writes them: obj is a path,\n"
    "a descriptor, or an object with fileno().\n\n"
    "Empty lines are ignored, and a line that is no message costs no other. An object as obj,\n"
    "strings, errors: as for open_file().\n"
    "max_line: octets of the longest line to read (an int, or str such as '64M').");

PyObject *
nmpy_input_open_json(PyObject *class, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"obj", "strings", "errors", "max_line", NULL};
    file_arguments given = {.open_failed = "nmsg_input_open_json() failed", .kind = "json"};
    PyObject *max_line = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|$OOO:open_json", keywords, &given.where,
                                     &given.strings, &given.errors, &max_line)) {
        return NULL;
    }
    nm_input_options options = nm_input_options_default();
    options.format = NM_FORMAT_JSON;
    options.aliases = nmpy_state_of((PyTypeObject *)class)->aliases;
    if (nmpy_len_parse(max_line, "max_line", &options.line_len) < 0) {
        return NULL;
    }
    return open_stream((PyTypeObject *)class, &given, &options);
}

const char nmpy_input_open_sock_doc[] = PyDoc_STR(
    "open_sock($type, addr, port, *, ring=67108864, strings=None, errors='skip',\n"
    "          max_container=16777216)\n--\n\n"
    "Receive datagrams sent to an IPv4 or IPv6 address and a UDP port (0: any free one,\n"
    "see address).\n\n"
    "A thread of its own receives, so that pauses of the program lose nothing as long as\n"
    "`ring` octets (an int, or str such as '256M') hold what comes meanwhile.\n"
    "strings, errors, max_container: as for open_file().");

PyObject *
nmpy_input_open_sock(PyObject *class, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"addr", "port", "ring", "strings", "errors", "max_container", NULL};
    const char *address;
    PyObject *port_object;
    PyObject *ring = NULL;
    PyObject *strings = NULL;
    PyObject *errors = NULL;
    PyObject *max_container = NULL;
    uint32_t port;
    nm_input_options options = nm_input_options_default();
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "sO|$OOOO:open_sock", keywords, &address,
                                     &port_object, &ring, &strings, &errors, &max_container) ||
        nmpy_u32_parse(port_object, "port", &port) < 0 ||
        (ring != NULL && nmpy_size_parse(ring, "ring", &options.ring_len) < 0) ||
        nmpy_limits_parse(max_container, &options.limits) < 0) {
        return NULL;
    }
    nmpy_input *self = input_alloc((PyTypeObject *)class);
    if (self == NULL) {
        return NULL;
    }
    self->on_error = ON_ERROR_SKIP;
    nm_error err = {.code = NM_OK};
    if (nmpy_strings_parse(self->state, strings, &self->strings_are_bytes) < 0 ||
        on_error_parse(errors, &self->on_error) < 0) {
        Py_CLEAR(self);
    } else if (nm_input_open_udp(address, port, &options, &self->in, &err) != NM_OK) {
        PyObject *name = PyUnicode_FromFormat("%s/%u", address, port);
        nmpy_raise(self->state, &err, "nmsg_input_open_sock() failed", name);
        Py_XDECREF(name);
        Py_CLEAR(self);
    } else {
        self->kind = "socket";
        self->name = PyUnicode_FromFormat("%s/%u", address, port);
        if (self->name == NULL) {
            Py_CLEAR(self);
        }
    }
    return (PyObject *)self;
}
