/* SPDX-License-Identifier: Apache-2.0 */
/* Names of operators and groups: read once when the module is imported. */
#include "module.h"

#include "io/alias_files.h"

static int
warn_of_malformed_line(nmpy_state *state, const nm_alias_table *table, const char *path)
{
    size_t line = nm_alias_malformed_line(table);
    return line == 0 ? 0
                     : PyErr_WarnFormat(state->data_warning, 1,
                                        "%s: line %zu is no alias; it and what follows is not read",
                                        path, line);
}

static int
load(nmpy_state *state, nm_alias_kind kind, nm_alias_table **out)
{
    char *path = NULL;
    nm_error err;
    if (nm_alias_file_load(kind, out, &path, &err) != NM_OK) {
        /* A program that needs no names must not fail because of them. */
        return PyErr_WarnFormat(PyExc_RuntimeWarning, 1, "aliases are not read: %s", err.message);
    }
    int result = warn_of_malformed_line(state, *out, path);
    free(path);
    return result;
}

int
nmpy_aliases_init(nmpy_state *state)
{
    if (load(state, NM_ALIAS_OPERATOR, &state->operators) < 0 ||
        load(state, NM_ALIAS_GROUP, &state->groups) < 0) {
        return -1;
    }
    state->aliases = (nm_aliases){.operators = state->operators, .groups = state->groups};
    return 0;
}

void
nmpy_aliases_clear(nmpy_state *state)
{
    nm_alias_table_free(state->operators);
    nm_alias_table_free(state->groups);
    state->operators = NULL;
    state->groups = NULL;
    state->aliases = (nm_aliases){.operators = NULL};
}

PyObject *
nmpy_alias_to_object(const nm_alias_table *table, uint32_t number)
{
    nm_span name = nm_alias_name(table, number);
    return name.len > 0 ? PyUnicode_DecodeUTF8((const char *)name.data, (Py_ssize_t)name.len,
                                               "surrogateescape")
                        : PyLong_FromUnsignedLong(number);
}

int
nmpy_alias_parse(nmpy_state *state, PyObject *object, const char *what, const nm_alias_table *table,
                 uint32_t *out)
{
    *out = 0;
    if (object == Py_None) {
        return 0;
    }
    if (!PyUnicode_Check(object) && !PyBytes_Check(object)) {
        return nmpy_u32_parse(object, what, out);
    }
    PyObject *octets = PyUnicode_Check(object)
                           ? PyUnicode_AsEncodedString(object, "utf-8", "surrogateescape")
                           : Py_NewRef(object);
    if (octets == NULL) {
        return -1;
    }
    nm_span name = nm_span_of(PyBytes_AS_STRING(octets), (size_t)PyBytes_GET_SIZE(octets));
    bool is_known = nm_alias_number(table, name, out);
    Py_DECREF(octets);
    if (!is_known) {
        PyErr_Format(state->error, "unknown %s name: %S", what, object);
        return -1;
    }
    return 0;
}
