/* SPDX-License-Identifier: Apache-2.0 */
/* Changing the fields of a message, and encoding what was changed. */
#include "message.h"

/* Make room for changed values. From now on the collector has to look at the object. */
int
nmpy_message_allow_changes(nmpy_message *m)
{
    if (m->changes == NULL) {
        m->changes = PyMem_Calloc(m->schema->schema->field_count, sizeof *m->changes);
        if (m->changes == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        if (!PyObject_GC_IsTracked((PyObject *)m)) {
            PyObject_GC_Track(m);
        }
    }
    return 0;
}

/* -- changing fields -- */

/* A list for a repeated field, each element checked. A list given is taken itself, so that what is
 * appended to it later is written too. */
static PyObject *
check_list(nmpy_message *m, size_t row, PyObject *value)
{
    nmpy_state *state = nmpy_message_state((PyObject *)m);
    PyObject *list = NULL;
    if (PyList_Check(value)) {
        list = Py_NewRef(value);
    } else if (PyTuple_Check(value)) {
        list = PySequence_List(value);
    } else {
        list = PyList_New(1);
        if (list != NULL) {
            PyList_SET_ITEM(list, 0, Py_NewRef(value));
        }
    }
    for (Py_ssize_t i = 0; list != NULL && i < PyList_GET_SIZE(list); i++) {
        PyObject *element = Py_NewRef(PyList_GET_ITEM(list, i));
        PyObject *checked = nmpy_value_check(state, m->schema, row, element, m->strings_are_bytes);
        Py_DECREF(element);
        if (checked == NULL) {
            Py_CLEAR(list);
        }
        Py_XDECREF(checked);
    }
    return list;
}

int
nmpy_message_set(nmpy_message *m, PyObject *key, PyObject *value)
{
    Py_ssize_t row = m->schema != NULL ? nmpy_schema_row(m->schema, key) : -1;
    if (row < 0) {
        if (row == -1) {
            PyErr_SetObject(PyExc_KeyError, key);
        }
        return -1;
    }
    PyObject *kept;
    if (value == NULL || value == Py_None) {
        kept = Py_NewRef(Py_None);
    } else if (nmpy_message_is_repeated(m, (size_t)row)) {
        kept = check_list(m, (size_t)row, value);
    } else {
        kept = nmpy_value_check(nmpy_message_state((PyObject *)m), m->schema, (size_t)row, value,
                                m->strings_are_bytes);
    }
    if (kept == NULL || nmpy_message_allow_changes(m) < 0) {
        Py_XDECREF(kept);
        return -1;
    }
    Py_XSETREF(m->changes[row], kept);
    return 0;
}

int
nmpy_message_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    if (value == NULL) {
        int has = nmpy_message_contains(self, key);
        if (has <= 0) {
            if (has == 0) {
                PyErr_SetObject(PyExc_KeyError, key);
            }
            return -1;
        }
    }
    return nmpy_message_set((nmpy_message *)self, key, value);
}

/* -- encoding -- */

static int
encode_from_wire(nmpy_message *m, size_t row, nm_buffer *out)
{
    const nm_field *field = &m->schema->schema->fields[row];
    nm_values values = nm_values_begin(field, nmpy_message_data(m), nmpy_message_slots(m)[row]);
    nm_value value;
    while (nm_values_next(&values, &value)) {
        if (nm_value_encode(field, &value, out) != NM_OK) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

/* The list may have been changed since it was checked. */
static int
encode_list(nmpy_state *state, nmpy_message *m, size_t row, PyObject *list, nm_buffer *out)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *element = Py_NewRef(PyList_GET_ITEM(list, i));
        PyObject *checked = nmpy_value_check(state, m->schema, row, element, m->strings_are_bytes);
        Py_DECREF(element);
        int result = checked != NULL ? nmpy_value_encode(state, m->schema, row, checked, out) : -1;
        Py_XDECREF(checked);
        if (result < 0) {
            return -1;
        }
    }
    return 0;
}

static int
encode_row(nmpy_state *state, nmpy_message *m, size_t row, nm_buffer *out)
{
    PyObject *changed = m->changes[row];
    if (changed == NULL) {
        return encode_from_wire(m, row, out);
    }
    if (changed == Py_None) {
        nm_value zero = {.u64 = 0};
        const nm_field *field = &m->schema->schema->fields[row];
        if ((field->flags & NM_FIELD_REQUIRED) != 0 &&
            nm_value_encode(field, &zero, out) != NM_OK) {
            PyErr_NoMemory();
            return -1;
        }
        return 0;
    }
    return PyList_Check(changed) ? encode_list(state, m, row, changed, out)
                                 : nmpy_value_encode(state, m->schema, row, changed, out);
}

int
nmpy_message_payload(nmpy_state *state, PyObject *message, nm_buffer *scratch, nm_payload *out)
{
    nmpy_message *m = (nmpy_message *)message;
    *out = (nm_payload){
        .time_sec = m->time_sec,
        .time_nsec = m->time_nsec,
        .vendor = m->vendor,
        .type = m->type,
        .source = m->source,
        .operator = m->operator,
        .group = m->group,
        .has = m->has,
        .data = nmpy_message_data(m),
    };
    if (m->changes == NULL) {
        return 0;
    }
    scratch->len = 0;
    for (size_t i = 0; i < m->schema->schema->field_count; i++) {
        if (encode_row(state, m, m->schema->order[i], scratch) < 0) {
            return -1;
        }
    }
    if (nm_unknown_fields_copy(m->schema->schema, out->data, scratch) != NM_OK) {
        PyErr_NoMemory();
        return -1;
    }
    out->data = nm_buffer_span(scratch);
    out->has |= NM_HAS_DATA;
    return 0;
}
