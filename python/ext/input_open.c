/* SPDX-License-Identifier: Apache-2.0 */
/* Opening inputs. */
#include "input.h"

#include "file_object.h"
#include "io/socket_address.h"
#include "message/registry.h"
#include "open.h"
#include "open_kafka.h"
#include "packet_options.h"

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

/* -- files -- */

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
open_file(nmpy_input *self, const nmpy_file *file, const nm_input_options *options, nm_error *err)
{
    nm_input_options helped = *options;
    helped.pool = self->state->pool;
    if (file->path == NULL) {
        return nm_input_open_fd(file->fd, &helped, &self->in, err);
    }
    path_context context = {PyBytes_AS_STRING(file->path), &helped, &self->in};
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
    nm_status status = open_file(self, &file, options, &err);
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
    "alive and not closed. nmsg.open() reads objects through their methods.\n"
    "strings: 'str' or 'bytes' for string fields; None is the module's default.\n"
    "errors: 'warn' skips what is damaged and warns once (nmsg.DataWarning), 'skip' only\n"
    "counts it in stats, 'raise' raises nmsg.FormatError and goes on with the next read.\n"
    "When the end of a container cannot be told, FormatError is raised in any case.\n"
    "max_container: octets of the largest container to read, on the wire and decompressed (an\n"
    "int, or str such as '64M').\n\n"
    ">>> import nmsg\n"
    ">>> with nmsg.output.open_file('one.nmsg') as writer:\n"
    "...     writer.write(nmsg.msgtype.base.ipconn(srcport=53))\n"
    ">>> with nmsg.input.open_file('one.nmsg', errors='raise') as reader:\n"
    "...     print([m['srcport'] for m in reader])\n"
    "[53]");

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
    "max_line: octets of the longest line to read (an int, or str such as '64M').\n\n"
    ">>> import nmsg\n"
    ">>> with nmsg.output.open_json('one.json') as writer:\n"
    "...     writer.write(nmsg.msgtype.base.ipconn(srcport=53))\n"
    ">>> with nmsg.input.open_json('one.json') as reader:\n"
    "...     print([m['srcport'] for m in reader])\n"
    "[53]");

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

/* -- sockets -- */

static nm_status
open_udp(const nm_endpoint *endpoints, size_t count, const nm_input_options *options,
         nm_input **out, nm_error *err)
{
    nm_status status;
    Py_BEGIN_ALLOW_THREADS /* Looking up a name takes its time. */
    status = nm_input_open_udp(endpoints, count, options, out, err);
    Py_END_ALLOW_THREADS
    return status;
}

const char nmpy_input_open_sock_doc[] = PyDoc_STR(
    "open_sock($type, addr, port, *, ring=67108864, strings=None, errors='skip',\n"
    "          max_container=16777216)\n--\n\n"
    "Receive datagrams sent to an address (IPv4, IPv6, '' for any of IPv4, or the name of a host,\n"
    "whose IPv4 address is preferred) and a UDP port, an int or its digits as str (0: any free\n"
    "one, see address).\n\n"
    "A thread of its own receives, so that pauses of the program lose nothing as long as\n"
    "`ring` octets (an int, or str such as '256M') hold what comes meanwhile.\n"
    "strings, errors, max_container: as for open_file().\n\n"
    "After fork() the input is the parent's: a child's read() raises nmsg.Error. Only if nobody\n"
    "had read, iterated or polled it before the fork(), it goes over to the child, which\n"
    "gets all that was received and receives on; the parent's thread then rests until the\n"
    "parent uses the input itself, from when on both take datagrams away from each other.\n\n"
    "Raises ValueError for what is no address or port, socket.gaierror when a host is not\n"
    "found, OSError when the system refuses.\n\n"
    ">>> import nmsg\n"
    ">>> with nmsg.input.open_sock('127.0.0.1', 0) as reader:\n"
    "...     with nmsg.output.open_sock(*reader.address) as writer:\n"
    "...         writer.write(nmsg.msgtype.base.ipconn(srcport=53))\n"
    "...     print(reader.read()['srcport'])\n"
    "53");

PyObject *
nmpy_input_open_sock(PyObject *class, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"addr", "port", "ring", "strings", "errors", "max_container", NULL};
    nm_endpoint endpoint;
    PyObject *port;
    PyObject *ring = NULL;
    PyObject *strings = NULL;
    PyObject *errors = NULL;
    PyObject *max_container = NULL;
    nm_input_options options = nm_input_options_default();
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "sO|$OOOO:open_sock", keywords,
                                     &endpoint.address, &port, &ring, &strings, &errors,
                                     &max_container) ||
        nmpy_port_parse(port, &endpoint.port) < 0 ||
        (ring != NULL && nmpy_size_parse(ring, "ring", &options.ring_len) < 0) ||
        nmpy_limits_parse(max_container, &options.limits) < 0) {
        return NULL;
    }
    nmpy_input *self = input_alloc((PyTypeObject *)class);
    if (self == NULL) {
        return NULL;
    }
    self->on_error = ON_ERROR_SKIP;
    self->kind = "socket";
    self->name = PyUnicode_FromFormat("%s/%u", endpoint.address, endpoint.port);
    nm_error err = {.code = NM_OK};
    if (self->name == NULL ||
        nmpy_strings_parse(self->state, strings, &self->strings_are_bytes) < 0 ||
        on_error_parse(errors, &self->on_error) < 0) {
        Py_CLEAR(self);
    } else if (open_udp(&endpoint, 1, &options, &self->in, &err) != NM_OK) {
        nmpy_raise_open_sock(self->state, &err, "nmsg_input_open_sock() failed", self->name);
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

/* -- what nmsg.open() calls -- */

/* Open sockets at [(address, port), …]. @return 0, or -1 with an exception set. */
static int
open_endpoints(nmpy_input *self, PyObject *where, const nm_input_options *options)
{
    nm_endpoint endpoints[NM_UDP_SOCKETS_MAX];
    Py_ssize_t count = PyList_Check(where) ? PyList_GET_SIZE(where) : -1;
    if (count < 0 || count > NM_UDP_SOCKETS_MAX) {
        PyErr_Format(self->state->error, "%S: %zd sockets are more than the %d that one input has",
                     self->name, count, NM_UDP_SOCKETS_MAX);
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *port;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(where, i), "sO", &endpoints[i].address, &port) ||
            nmpy_port_parse(port, &endpoints[i].port) < 0) {
            return -1;
        }
    }
    nm_error err = {.code = NM_OK};
    if (open_udp(endpoints, (size_t)count, options, &self->in, &err) != NM_OK) {
        nmpy_raise_open_sock(self->state, &err, "cannot listen", self->name);
        return -1;
    }
    self->kind = "socket";
    return 0;
}

static int
open_zmq(nmpy_input *self, PyObject *where, const nm_input_options *options)
{
    nm_zmq_endpoint endpoint;
    nm_error err = {.code = NM_OK};
    nm_status status;
    if (nmpy_zmq_endpoint_parse(self->state, where, /* is_output= */ false, &endpoint) < 0) {
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS /* Looking up a name takes its time. */
    status = nm_input_open_zmq(&endpoint, options, &self->in, &err);
    Py_END_ALLOW_THREADS
    if (status != NM_OK) {
        nmpy_raise(self->state, &err, "nmsg.open() failed", self->name);
        return -1;
    }
    self->kind = "zmq";
    Py_XSETREF(self->name, nmpy_zmq_name(&endpoint));
    return self->name != NULL ? 0 : -1;
}

/* Have the input read what an object receives. */
static int
open_handed(nmpy_input *self, PyObject *where, const nm_input_options *options)
{
    nm_error err = {.code = NM_OK};
    PyObject *object = PyObject_GetAttrString(where, "is_shared");
    int is_shared = object != NULL ? PyObject_IsTrue(object) : -1;
    Py_XDECREF(object);
    nmpy_feed *feed = is_shared >= 0 ? nmpy_feed_new_handed(where) : NULL;
    if (feed != NULL && nm_input_open_handed(is_shared != 0, options, &self->in, &err) != NM_OK) {
        nmpy_raise(self->state, &err, "cannot read", self->name);
        nmpy_feed_free(feed);
        return -1;
    }
    self->kind = "zmq";
    self->feed = feed;
    return feed != NULL ? 0 : -1;
}

/* Have the input read a file object or memory. @return 0, or -1 with an exception set. */
static int
open_feed(nmpy_input *self, nmpy_feed *feed, const nm_input_options *options)
{
    nm_error err = {.code = NM_OK};
    if (feed != NULL && nm_input_open_fed(options, &self->in, &err) != NM_OK) {
        nmpy_raise(self->state, &err, "cannot read", self->name);
        nmpy_feed_free(feed);
        return -1;
    }
    self->feed = feed;
    return feed != NULL ? 0 : -1;
}

static int
open_memory(nmpy_input *self, PyObject *where, const nm_input_options *options)
{
    nm_error err = {.code = NM_OK};
    if (!PyBytes_Check(where)) {
        return open_feed(self, nmpy_feed_new_memory(where), options);
    }
    /* These never change, so they are read where they are; self->file keeps them. */
    nm_span octets = nm_span_of(PyBytes_AS_STRING(where), (size_t)PyBytes_GET_SIZE(where));
    if (nm_input_open_memory(octets, options, &self->in, &err) != NM_OK) {
        nmpy_raise(self->state, &err, "cannot read", self->name);
        return -1;
    }
    return 0;
}

/* A path, or the descriptor of self->file with octets that come before what it gives. */
static int
open_path_or_fd(nmpy_input *self, const nmpy_target *target, const nm_input_options *options)
{
    nmpy_file file;
    nm_error err = {.code = NM_OK};
    if (nmpy_file_parse(target->where, &file) < 0) {
        return -1;
    }
    nm_status status = open_file(self, &file, options, &err);
    nmpy_file_clear(&file);
    if (status == NM_OK && target->before.len > 0) {
        nm_span before = nm_span_of(target->before.buf, (size_t)target->before.len);
        status = nm_input_feed(self->in, before, &err);
    }
    if (status != NM_OK && status != NM_STOPPED) {
        nmpy_raise(self->state, &err, "cannot read", self->name);
    }
    return status == NM_OK ? 0 : -1;
}

static int
open_interface(nmpy_input *self, PyObject *where, const nm_input_options *options)
{
    const char *name = PyUnicode_AsUTF8(where);
    nm_error err = {.code = NM_OK};
    nm_status status;
    if (name == NULL) {
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS /* Drivers take their time. */
    status = nm_input_open_interface(name, options, &self->in, &err);
    Py_END_ALLOW_THREADS
    if (status != NM_OK) {
        nmpy_raise(self->state, &err, "cannot capture", self->name);
    }
    return status == NM_OK ? 0 : -1;
}

static int
open_target(nmpy_input *self, const nmpy_target *target, PyObject *config,
            const nm_input_options *options)
{
    const nmpy_kafka_arguments kafka = {
        .endpoint = target->where, .name = target->name, .config = config};
    bool is_text = options->format == NM_FORMAT_JSON || options->format == NM_FORMAT_PRES;
    self->name = Py_NewRef(target->name);
    self->file = target->owner != Py_None ? Py_NewRef(target->owner) : NULL;
    self->has_packets = options->format == NM_FORMAT_PCAP;
    self->kind = self->has_packets ? "pcap" : is_text ? "json" : "file";
    switch (target->kind) {
    case NMPY_TARGET_SOCKETS:
        return open_endpoints(self, target->where, options);
    case NMPY_TARGET_ZMQ:
        return open_zmq(self, target->where, options);
    case NMPY_TARGET_HANDED:
        return open_handed(self, target->where, options);
    case NMPY_TARGET_OBJECT:
        return open_feed(self, nmpy_feed_new_object(target->where, is_text), options);
    case NMPY_TARGET_MEMORY:
        return open_memory(self, target->where, options);
    case NMPY_TARGET_INTERFACE:
        return open_interface(self, target->where, options);
    case NMPY_TARGET_KAFKA:
        return nmpy_kafka_open_input(self, &kafka, options);
    case NMPY_TARGET_FILE:
        break;
    }
    return open_path_or_fd(self, target, options);
}

/* The type that is wanted is that which is made of packets. */
static int
open_wanted(nmpy_input *self, const nmpy_target *target, PyObject *config,
            nm_input_options *options, const nm_header_filter *filter)
{
    options->schema = nm_registry_find(filter->vendor, filter->type);
    return open_target(self, target, config, options);
}

/* Whether bad data are nothing unusual. */
static bool
is_from_anybody(nmpy_target_kind kind)
{
    return kind == NMPY_TARGET_SOCKETS || kind == NMPY_TARGET_ZMQ || kind == NMPY_TARGET_HANDED ||
           kind == NMPY_TARGET_INTERFACE || kind == NMPY_TARGET_KAFKA;
}

PyObject *
nmpy_open_input(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"kind",          "where",    "name",    "owner",    "before",
                               "part",          "format",   "strings", "errors",   "ring",
                               "blocking",      "msgtype",  "source",  "operator", "group",
                               "max_container", "max_line", "packets", "config",   NULL};
    nmpy_state *state = PyModule_GetState(module);
    nmpy_target target = {.before = {.obj = NULL}};
    nmpy_filter_arguments filters = {.msgtype = NULL};
    PyObject *strings;
    PyObject *errors;
    PyObject *ring;
    PyObject *max_container;
    PyObject *max_line;
    PyObject *packets;
    nm_packet_options packet_options;
    PyObject *config;
    int kind;
    int format;
    int is_blocking;
    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "iOOOy*(KK)iOOOpOOOOOOOO!", keywords, &kind, &target.where, &target.name,
            &target.owner, &target.before, &target.part_offset, &target.part_len, &format, &strings,
            &errors, &ring, &is_blocking, &filters.msgtype, &filters.source, &filters.operator,
            &filters.group, &max_container, &max_line, &packets, &PyList_Type, &config)) {
        return NULL;
    }
    target.kind = (nmpy_target_kind)kind;
    nm_input_options options = nm_input_options_default();
    options.format = (nm_format)format;
    options.part_offset = target.part_offset;
    options.part_len = target.part_len;
    options.aliases = state->aliases;
    options.packets = &packet_options;
    nm_header_filter filter;
    nmpy_input *self = input_alloc(state->input_type);
    if (self != NULL) {
        self->is_blocking = is_blocking != 0;
        self->on_error = is_from_anybody(target.kind) ? ON_ERROR_SKIP : ON_ERROR_WARN;
    }
    if (self == NULL || nmpy_strings_parse(state, strings, &self->strings_are_bytes) < 0 ||
        on_error_parse(errors, &self->on_error) < 0 ||
        (ring != Py_None && nmpy_size_parse(ring, "ring", &options.ring_len) < 0) ||
        nmpy_limits_parse(max_container, &options.limits) < 0 ||
        nmpy_len_parse(max_line, "max_line", &options.line_len) < 0 ||
        nmpy_packet_options_parse(packets, &packet_options) < 0 ||
        nmpy_filters_parse(state, &filters, &filter) < 0 ||
        open_wanted(self, &target, config, &options, &filter) < 0) {
        Py_CLEAR(self);
    } else {
        nm_input_set_filter(self->in, &filter);
    }
    PyBuffer_Release(&target.before);
    return (PyObject *)self;
}
