/* SPDX-License-Identifier: Apache-2.0 */
/* repr(m), an expression that makes such a message, and str(m), the text of its fields. */
#include "message.h"

/* What Python does not take as the name of an argument. */
static bool
is_python_word(const char *name)
{
    static const char *const words[] = {
        "and",    "as",   "assert", "async",  "await",  "break",   "class",    "continue",
        "def",    "del",  "elif",   "else",   "except", "finally", "for",      "from",
        "global", "if",   "import", "in",     "is",     "lambda",  "nonlocal", "not",
        "or",     "pass", "raise",  "return", "try",    "while",   "with",     "yield"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(name, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Append "name=value" to `parts`. @return 0, or -1 with an exception set. */
static int
add_field(PyObject *parts, const char *name, PyObject *value)
{
    PyObject *part = is_python_word(name) ? PyUnicode_FromFormat("**{'%s': %R}", name, value)
                                          : PyUnicode_FromFormat("%s=%R", name, value);
    int result = part != NULL ? PyList_Append(parts, part) : -1;
    Py_XDECREF(part);
    return result;
}

/* The fields that can be set, as arguments of a call, behind those in `parts`. */
static int
add_fields(nmpy_message *m, PyObject *parts)
{
    int result = 0;
    for (size_t row = 0; result == 0 && row < nmpy_message_row_count(m); row++) {
        if (nmpy_message_is_computed(m, row)) {
            continue;
        }
        PyObject *value = nmpy_message_present_value(m, row);
        if (value != NULL) {
            result = add_field(parts, m->schema->schema->fields[row].name, value);
            Py_DECREF(value);
        } else if (PyErr_Occurred()) {
            result = -1;
        }
    }
    return result;
}

/* What is called: nmsg.msgtype.base.http for that class, the plain name for one of a program. */
static PyObject *
name_of_class(PyObject *self)
{
    nmpy_message *m = (nmpy_message *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject *name = PyObject_GetAttrString((PyObject *)type, "__qualname__");
    if (name != NULL && (type == m->schema->type || type == nmpy_state_of(type)->message_type)) {
        Py_SETREF(name, PyUnicode_FromFormat("nmsg.%U", name));
    }
    return name;
}

PyObject *
nmpy_message_repr(PyObject *self)
{
    nmpy_message *m = (nmpy_message *)self;
    if (m->schema == NULL) {
        return PyUnicode_FromFormat("<nmsg.message of unknown type %u:%u, %u octets>", m->vendor,
                                    m->type, m->data_len);
    }
    PyObject *parts = PyList_New(0);
    PyObject *comma = PyUnicode_FromString(", ");
    PyObject *name = name_of_class(self);
    PyObject *repr = NULL;
    int result = parts != NULL && comma != NULL && name != NULL ? 0 : -1;
    if (result == 0 && !PyObject_HasAttrString((PyObject *)Py_TYPE(self), "_msgtype")) {
        PyObject *numbers = PyUnicode_FromFormat("%u, %u", m->vendor, m->type);
        result = numbers != NULL ? PyList_Append(parts, numbers) : -1;
        Py_XDECREF(numbers);
    }
    if (result == 0 && add_fields(m, parts) == 0) {
        PyObject *joined = PyUnicode_Join(comma, parts);
        repr = joined != NULL ? PyUnicode_FromFormat("%U(%U)", name, joined) : NULL;
        Py_XDECREF(joined);
    }
    Py_XDECREF(parts);
    Py_XDECREF(comma);
    Py_XDECREF(name);
    return repr;
}

PyObject *
nmpy_message_str(PyObject *self)
{
    PyObject *dict = nmpy_message_as_dict((nmpy_message *)self);
    PyObject *text = dict != NULL ? PyObject_Repr(dict) : NULL;
    Py_XDECREF(dict);
    return text;
}
