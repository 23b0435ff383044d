/* SPDX-License-Identifier: Apache-2.0 */
/* From result codes to exceptions; the only place that knows how they correspond. */
#include "module.h"

#include <errno.h>

PyDoc_STRVAR(error_doc, "Base of all errors that this module defines.\n\n"
                        "code: name of the result code, such as 'NM_E_MAGIC', or None.\n"
                        "offset: octets from the start of the input to the place of the error, or "
                        "None.");
PyDoc_STRVAR(format_error_doc, "Octets that are no NMSG container, or a damaged one.");
PyDoc_STRVAR(truncated_error_doc, "The input ends inside a container; all before it was "
                                  "delivered.");
PyDoc_STRVAR(address_error_doc, "Text that is no IPv4 or IPv6 address.");
PyDoc_STRVAR(remote_error_doc, "A server, such as a broker of Kafka, refuses or does not answer.");
PyDoc_STRVAR(data_warning_doc, "Something damaged was skipped; given once per input, counted in "
                               "its stats.");

static PyObject *
add_class(PyObject *module, const char *name, const char *doc, PyObject *first, PyObject *second,
          PyObject *third)
{
    char full_name[64];
    PyOS_snprintf(full_name, sizeof full_name, "nmsg.%s", name);
    PyObject *bases = third != NULL    ? PyTuple_Pack(3, first, second, third)
                      : second != NULL ? PyTuple_Pack(2, first, second)
                                       : PyTuple_Pack(1, first);
    if (bases == NULL) {
        return NULL;
    }
    PyObject *class = PyErr_NewExceptionWithDoc(full_name, doc, bases, /* dict= */ NULL);
    Py_DECREF(bases);
    if (class != NULL && PyModule_AddObjectRef(module, name, class) < 0) {
        Py_CLEAR(class);
    }
    return class;
}

int
nmpy_errors_init(PyObject *module, nmpy_state *state)
{
    state->error = add_class(module, "Error", error_doc, PyExc_Exception, NULL, NULL);
    if (state->error == NULL || PyObject_SetAttrString(state->error, "code", Py_None) < 0 ||
        PyObject_SetAttrString(state->error, "offset", Py_None) < 0) {
        return -1;
    }
    state->format_error =
        add_class(module, "FormatError", format_error_doc, state->error, PyExc_ValueError, NULL);
    if (state->format_error == NULL) {
        return -1;
    }
    state->truncated_error = add_class(module, "TruncatedError", truncated_error_doc,
                                       state->format_error, PyExc_EOFError, NULL);
    state->address_error = add_class(module, "AddressError", address_error_doc, state->error,
                                     PyExc_OSError, PyExc_ValueError);
    state->remote_error = add_class(module, "RemoteError", remote_error_doc, state->error,
                                    PyExc_ConnectionError, NULL);
    state->data_warning =
        add_class(module, "DataWarning", data_warning_doc, PyExc_UserWarning, NULL, NULL);
    return state->truncated_error != NULL && state->address_error != NULL &&
                   state->remote_error != NULL && state->data_warning != NULL
               ? 0
               : -1;
}

/* The classes that the third column of NM_STATUS_LIST names. */
typedef enum exception_class {
    CLASS_None,
    CLASS_Error,
    CLASS_FormatError,
    CLASS_TruncatedError,
    CLASS_MemoryError,
    CLASS_OSError,
    CLASS_ValueError,
    CLASS_RemoteError,
} exception_class;

/* Name and class of every result code. */
static const struct {
    const char *name;
    exception_class class;
} codes[NM_STATUS_COUNT] = {
#define STATUS_CODE(name, text, python_exception) [name] = {#name, CLASS_##python_exception},
    NM_STATUS_LIST(STATUS_CODE)
#undef STATUS_CODE
};

static PyObject *
class_of(const nmpy_state *state, nm_status code)
{
    PyObject *const classes[] = {
        [CLASS_None] = state->error,
        [CLASS_Error] = state->error,
        [CLASS_FormatError] = state->format_error,
        [CLASS_TruncatedError] = state->truncated_error,
        [CLASS_MemoryError] = PyExc_MemoryError,
        [CLASS_OSError] = PyExc_OSError,
        [CLASS_ValueError] = PyExc_ValueError,
        [CLASS_RemoteError] = state->remote_error,
    };
    return classes[codes[code].class];
}

PyObject *
nmpy_error_text(const nm_error *err, PyObject *where)
{
    const char *text = nm_status_text(err->code);
    if (where == NULL) {
        return PyUnicode_FromFormat("%s (%s)", text, err->message);
    }
    return PyUnicode_FromFormat("%s (%S, offset %llu: %s)", text, where,
                                (unsigned long long)err->offset, err->message);
}

/* What the system says; but where it says nothing, or that it took too long, what we say. */
static const char *
system_text(const nm_error *err)
{
    bool is_ours = err->sys_errno == 0 || err->sys_errno == ETIMEDOUT;
    return is_ours ? err->message : strerror(err->sys_errno);
}

static PyObject *
raise_system(const nm_error *err, PyObject *where)
{
    PyObject *args = where != NULL ? Py_BuildValue("(isO)", err->sys_errno, system_text(err), where)
                                   : Py_BuildValue("(is)", err->sys_errno, err->message);
    if (args != NULL) {
        PyErr_SetObject(PyExc_OSError, args); /* Picks the subclass that belongs to the errno. */
        Py_DECREF(args);
    }
    return NULL;
}

/* Set code and offset on the exception just made. */
static int
set_details(PyObject *exception, const nm_error *err)
{
    PyObject *code = PyUnicode_FromString(codes[err->code].name);
    PyObject *offset = PyLong_FromUnsignedLongLong(err->offset);
    int result = code != NULL && offset != NULL &&
                         PyObject_SetAttrString(exception, "code", code) == 0 &&
                         PyObject_SetAttrString(exception, "offset", offset) == 0
                     ? 0
                     : -1;
    Py_XDECREF(code);
    Py_XDECREF(offset);
    return result;
}

PyObject *
nmpy_raise(nmpy_state *state, const nm_error *err, const char *what, PyObject *where)
{
    if (err->code == NM_E_NOMEM) {
        return PyErr_NoMemory();
    }
    if (err->code == NM_E_SYSTEM) {
        return raise_system(err, where);
    }
    PyObject *class = class_of(state, err->code);
    if (err->code == NM_E_CLOSED || err->code == NM_E_FORKED || err->code == NM_E_ARGUMENT) {
        PyErr_SetString(class, err->message);
        return NULL;
    }
    PyObject *detail = nmpy_error_text(err, where);
    PyObject *text = detail != NULL ? PyUnicode_FromFormat("%s: %U", what, detail) : NULL;
    PyObject *exception = text != NULL ? PyObject_CallOneArg(class, text) : NULL;
    if (exception != NULL && set_details(exception, err) == 0) {
        PyErr_SetObject(class, exception);
    }
    Py_XDECREF(detail);
    Py_XDECREF(text);
    Py_XDECREF(exception);
    return NULL;
}

void
nmpy_raise_key_error(PyObject *key)
{
    /* PyErr_SetObject() takes None for no argument and a tuple for many. */
    PyObject *exception = PyObject_CallOneArg(PyExc_KeyError, key);
    if (exception != NULL) {
        PyErr_SetObject(PyExc_KeyError, exception);
        Py_DECREF(exception);
    }
}
