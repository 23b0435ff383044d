/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments that several functions take, each turned into C in one place, and the text that
 * several objects show of themselves. */
#include "open.h"

#include "message/registry.h"

int
nmpy_file_parse(PyObject *object, nmpy_file *out)
{
    *out = (nmpy_file){.fd = -1};
    bool is_path = PyUnicode_Check(object) || PyBytes_Check(object) ||
                   PyObject_HasAttrString(object, "__fspath__");
    if (is_path) {
        if (!PyUnicode_FSConverter(object, &out->path)) {
            return -1;
        }
        out->name = Py_NewRef(object);
        return 0;
    }
    out->fd = PyObject_AsFileDescriptor(object);
    if (out->fd < 0) {
        return -1;
    }
    out->object = Py_NewRef(object);
    out->name = PyObject_GetAttrString(object, "name");
    if (out->name == NULL) {
        PyErr_Clear();
        out->name = PyUnicode_FromFormat("descriptor %d", out->fd);
    }
    if (out->name == NULL) {
        nmpy_file_clear(out);
        return -1;
    }
    return 0;
}

void
nmpy_file_clear(nmpy_file *file)
{
    Py_CLEAR(file->path);
    Py_CLEAR(file->object);
    Py_CLEAR(file->name);
}

int
nmpy_strings_parse(nmpy_state *state, PyObject *object, bool *out)
{
    if (object == NULL || object == Py_None) {
        *out = state->strings_are_bytes;
        return 0;
    }
    if (PyUnicode_Check(object) && PyUnicode_CompareWithASCIIString(object, "bytes") == 0) {
        *out = true;
        return 0;
    }
    if (PyUnicode_Check(object) && PyUnicode_CompareWithASCIIString(object, "str") == 0) {
        *out = false;
        return 0;
    }
    PyErr_Format(PyExc_ValueError, "strings is 'str' or 'bytes', not %R", object);
    return -1;
}

int
nmpy_u32_parse(PyObject *object, const char *what, uint32_t *out)
{
    if (!PyIndex_Check(object)) {
        PyErr_Format(PyExc_TypeError, "%s is an int, not %.100s", what, Py_TYPE(object)->tp_name);
        return -1;
    }
    PyObject *number = PyNumber_Index(object);
    if (number == NULL) {
        return -1;
    }
    int overflow = 0;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (overflow != 0 || value < 0 || value > UINT32_MAX) {
        PyErr_Format(PyExc_OverflowError, "%s: %S is out of range (0 to 4294967295)", what, number);
        Py_DECREF(number);
        return -1;
    }
    Py_DECREF(number);
    *out = (uint32_t)value;
    return 0;
}

/* The octets of a name given as str or bytes. @return false with no exception: neither. */
static bool
name_span(PyObject *object, nm_span *out)
{
    Py_ssize_t len = 0;
    const char *text = NULL;
    if (PyUnicode_Check(object)) {
        text = PyUnicode_AsUTF8AndSize(object, &len);
    } else if (PyBytes_Check(object)) {
        text = PyBytes_AS_STRING(object);
        len = PyBytes_GET_SIZE(object);
    }
    *out = nm_span_of(text, (size_t)len);
    return text != NULL;
}

int
nmpy_msgtype_parse(nmpy_state *state, PyObject *vendor, PyObject *type, uint32_t *out_vendor,
                   uint32_t *out_type)
{
    nm_span name;
    if (name_span(vendor, &name)) {
        *out_vendor = nm_registry_vendor_number(name);
        if (*out_vendor == 0) {
            PyErr_Format(state->error, "unknown vendor name: %S", vendor);
            return -1;
        }
    } else if (PyErr_Occurred() || nmpy_u32_parse(vendor, "vid", out_vendor) < 0) {
        return -1;
    }
    if (name_span(type, &name)) {
        const nm_schema *schema = nm_registry_find_name(*out_vendor, name);
        if (schema == NULL) {
            PyErr_Format(state->error, "unknown vendor ID or message type name: %S", type);
            return -1;
        }
        *out_type = schema->type;
        return 0;
    }
    return PyErr_Occurred() ? -1 : nmpy_u32_parse(type, "msgtype", out_type);
}

int
nmpy_filters_parse(nmpy_state *state, const nmpy_filter_arguments *given, nm_header_filter *out)
{
    nm_header_filter filter = {.vendor = 0};
    PyObject *vendor;
    PyObject *type;
    if (given->msgtype != Py_None &&
        (!PyArg_ParseTuple(given->msgtype, "OO", &vendor, &type) ||
         nmpy_msgtype_parse(state, vendor, type, &filter.vendor, &filter.type) < 0)) {
        return -1;
    }
    if ((given->source != Py_None && nmpy_u32_parse(given->source, "source", &filter.source) < 0) ||
        nmpy_alias_parse(state, given->operator, "operator", state->operators, &filter.operator) <
            0 ||
        nmpy_alias_parse(state, given->group, "group", state->groups, &filter.group) < 0) {
        return -1;
    }
    *out = filter;
    return 0;
}

int
nmpy_port_parse(PyObject *object, unsigned *out)
{
    enum { DIGITS_MAX = 5 };
    nm_span text;
    if (!PyUnicode_Check(object)) {
        return nmpy_u32_parse(object, "port", out);
    }
    if (!name_span(object, &text)) {
        return -1;
    }
    unsigned port = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || i >= DIGITS_MAX) {
            text.len = 0;
            break;
        }
        port = port * 10 + (unsigned)(text.data[i] - '0');
    }
    if (text.len == 0) {
        PyErr_Format(PyExc_ValueError, "port is a number from 0 to 65535, not %R", object);
        return -1;
    }
    *out = port;
    return 0;
}

static int
bad_size(PyObject *object, const char *what)
{
    PyErr_Format(PyExc_ValueError,
                 "%s is a number of octets, optionally followed by K, M or G, not %R", what,
                 object);
    return -1;
}

/* A decimal number with an optional suffix. */
static int
parse_size_text(PyObject *object, const char *what, size_t *out)
{
    nm_span text;
    size_t size = 0;
    size_t i = 0;
    if (!name_span(object, &text)) {
        return -1;
    }
    for (; i < text.len && text.data[i] >= '0' && text.data[i] <= '9'; i++) {
        if (__builtin_mul_overflow(size, (size_t)10, &size) ||
            __builtin_add_overflow(size, (size_t)(text.data[i] - '0'), &size)) {
            return bad_size(object, what);
        }
    }
    if (i == 0 || text.len - i > 1) {
        return bad_size(object, what);
    }
    static const char suffixes[] = "KMG";
    if (text.len - i == 1) {
        const char *suffix = strchr(suffixes, text.data[i] & ~0x20);
        if (suffix == NULL || *suffix == '\0' ||
            __builtin_mul_overflow(size, (size_t)1 << 10 * (suffix - suffixes + 1), &size)) {
            return bad_size(object, what);
        }
    }
    *out = size;
    return 0;
}

int
nmpy_size_parse(PyObject *object, const char *what, size_t *out)
{
    if (PyUnicode_Check(object)) {
        return parse_size_text(object, what, out);
    }
    if (!PyIndex_Check(object)) {
        return bad_size(object, what);
    }
    Py_ssize_t size = PyNumber_AsSsize_t(object, PyExc_OverflowError);
    if (size == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (size < 0) {
        return bad_size(object, what);
    }
    *out = (size_t)size;
    return 0;
}

int
nmpy_len_parse(PyObject *object, const char *what, size_t *out)
{
    enum { SMALLEST = 1, LARGEST = INT32_MAX };
    size_t len = 0;
    if (object == NULL || object == Py_None) {
        return 0;
    }
    if (nmpy_size_parse(object, what, &len) < 0) {
        return -1;
    }
    if (len < SMALLEST || len > LARGEST) {
        PyErr_Format(PyExc_ValueError, "%s is between %d and %d octets, not %zu", what, SMALLEST,
                     LARGEST, len);
        return -1;
    }
    *out = len;
    return 0;
}

int
nmpy_limits_parse(PyObject *object, nm_limits *limits)
{
    if (nmpy_len_parse(object, "max_container", &limits->container_len) < 0) {
        return -1;
    }
    if (object != NULL && object != Py_None) {
        limits->inflated_len = limits->container_len;
    }
    return 0;
}

/* Raise socket.gaierror(code, text). */
static void
raise_not_found(const nm_error *err)
{
    PyObject *socket = PyImport_ImportModule("socket");
    PyObject *class = socket != NULL ? PyObject_GetAttrString(socket, "gaierror") : NULL;
    PyObject *args = class != NULL ? Py_BuildValue("(is)", err->sys_errno, err->message) : NULL;
    if (args != NULL) {
        PyErr_SetObject(class, args);
    }
    Py_XDECREF(socket);
    Py_XDECREF(class);
    Py_XDECREF(args);
}

PyObject *
nmpy_raise_open_sock(nmpy_state *state, const nm_error *err, const char *what, PyObject *where)
{
    if (err->code == NM_E_ARGUMENT && err->sys_errno != 0) {
        raise_not_found(err);
        return NULL;
    }
    return nmpy_raise(state, err, what, where);
}

PyObject *
nmpy_instance_repr(const char *what, const void *instance)
{
    char address[32]; /* PyUnicode_FromFormat() knows no %zx, and its %p differs for NULL. */
    PyOS_snprintf(address, sizeof address, "0x%zx", (size_t)instance);
    return PyUnicode_FromFormat("nmsg %s _instance=%s", what, address);
}
