/* SPDX-License-Identifier: Apache-2.0 */
/* Changing the fields of a message: one by one, or many at once, all of them or none. */
#include "message.h"

int
nmpy_message_allow_changes(nmpy_message *m)
{
    if (m->changes == NULL) {
        size_t values_len = m->schema->schema->field_count * sizeof(PyObject *);
        m->changes = PyMem_Calloc(1, sizeof *m->changes + values_len);
        if (m->changes == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        m->changes->count = m->schema->schema->field_count;
        if (!PyObject_GC_IsTracked((PyObject *)m)) {
            PyObject_GC_Track(m);
        }
    }
    return 0;
}

/* -- checking -- */

/* The note below KeyError('srcipp') in a traceback. */
static PyObject *
unknown_field_note(const nmpy_message *m, PyObject *key)
{
    if (m->schema == NULL) {
        return PyUnicode_FromFormat("no fields are known of messages of type %u:%u", m->vendor,
                                    m->type);
    }
    PyObject *names = PyList_New(0);
    for (size_t row = 0; names != NULL && row < nmpy_message_row_count(m); row++) {
        if (!nmpy_message_is_computed(m, row) && PyList_Append(names, m->schema->names[row]) < 0) {
            Py_CLEAR(names);
        }
    }
    PyObject *comma = PyUnicode_FromString(", ");
    PyObject *joined = names != NULL && comma != NULL ? PyUnicode_Join(comma, names) : NULL;
    PyObject *note = NULL;
    if (joined != NULL) {
        note = PyUnicode_FromFormat("%s has no field %R; those that can be set are %U",
                                    m->schema->schema->name, key, joined);
    }
    Py_XDECREF(names);
    Py_XDECREF(comma);
    Py_XDECREF(joined);
    return note;
}

/* KeyError(key), as programs know it, with a note that tells what there is. */
static void
raise_unknown_field(const nmpy_message *m, PyObject *key)
{
    PyObject *exception = PyObject_CallOneArg(PyExc_KeyError, key);
    PyObject *note = exception != NULL ? unknown_field_note(m, key) : NULL;
    PyObject *done = note != NULL ? PyObject_CallMethod(exception, "add_note", "O", note) : NULL;
    if (done != NULL) {
        PyErr_SetObject(PyExc_KeyError, exception);
    }
    Py_XDECREF(exception);
    Py_XDECREF(note);
    Py_XDECREF(done);
}

/* Row of a field that can be assigned, or -1 with an exception set. */
static Py_ssize_t
assignable_row(const nmpy_message *m, PyObject *key)
{
    Py_ssize_t row = nmpy_message_row(m, key);
    if (row < 0) {
        if (row == -1) {
            raise_unknown_field(m, key);
        }
        return -1;
    }
    if (nmpy_message_is_computed(m, (size_t)row)) {
        PyErr_Format(PyExc_TypeError, "%s.%U is computed from other fields and cannot be set",
                     m->schema->schema->name, m->schema->names[row]);
        return -1;
    }
    return row;
}

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

/* What a message keeps of a value that is assigned: None for one that deletes the field.
 * @return new reference, NULL with an exception set. */
static PyObject *
check_value(nmpy_message *m, size_t row, PyObject *value)
{
    if (value == NULL || value == Py_None) {
        return Py_NewRef(Py_None);
    }
    if (nmpy_message_is_repeated(m, row)) {
        return check_list(m, row, value);
    }
    return nmpy_value_check(nmpy_message_state((PyObject *)m), m->schema, row, value,
                            m->strings_are_bytes);
}

/* -- one field -- */

/* m[key] = value; NULL and None delete the field. @return 0, or -1 with an exception set. */
static int
set_one(nmpy_message *m, PyObject *key, PyObject *value)
{
    Py_ssize_t row = assignable_row(m, key);
    PyObject *kept = row >= 0 ? check_value(m, (size_t)row, value) : NULL;
    if (kept == NULL || nmpy_message_allow_changes(m) < 0) {
        Py_XDECREF(kept);
        return -1;
    }
    m->changes->handed_out &= ~((uint64_t)1 << row);
    Py_XSETREF(m->changes->values[row], kept);
    return 0;
}

int
nmpy_message_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    if (value == NULL) {
        int has = nmpy_message_contains(self, key);
        if (has <= 0) {
            if (has == 0) {
                nmpy_raise_key_error(key);
            }
            return -1;
        }
    }
    return set_one((nmpy_message *)self, key, value);
}

PyObject *
nmpy_message_pop(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs < 1 || nargs > 2) {
        PyErr_Format(PyExc_TypeError, "pop() takes 1 or 2 arguments (%zd given)", nargs);
        return NULL;
    }
    nmpy_message *m = (nmpy_message *)self;
    Py_ssize_t row = nmpy_message_row(m, args[0]);
    PyObject *value = row >= 0 ? nmpy_message_present_value(m, (size_t)row) : NULL;
    if (value == NULL) {
        if (!PyErr_Occurred() && nargs == 1) {
            nmpy_raise_key_error(args[0]);
        }
        return PyErr_Occurred() ? NULL : Py_NewRef(args[1]);
    }
    if (set_one(m, args[0], /* value= */ NULL) < 0) {
        Py_CLEAR(value);
    }
    return value;
}

PyObject *
nmpy_message_setdefault(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs < 1 || nargs > 2) {
        PyErr_Format(PyExc_TypeError, "setdefault() takes 1 or 2 arguments (%zd given)", nargs);
        return NULL;
    }
    nmpy_message *m = (nmpy_message *)self;
    Py_ssize_t row = nmpy_message_row(m, args[0]);
    PyObject *value = row >= 0 ? nmpy_message_present_value(m, (size_t)row) : NULL;
    if (value != NULL || PyErr_Occurred()) {
        return value;
    }
    if (set_one(m, args[0], nargs == 2 ? args[1] : Py_None) < 0) {
        return NULL;
    }
    return nmpy_message_get(self, args, 1);
}

/* -- many fields -- */

/* What was checked and will be assigned if all the rest is right, too. */
typedef struct staged {
    PyObject *values[NM_SCHEMA_FIELDS_MAX]; /* NULL: not to be changed. */
} staged;

static void
staged_clear(staged *s)
{
    for (size_t row = 0; row < NM_SCHEMA_FIELDS_MAX; row++) {
        Py_CLEAR(s->values[row]);
    }
}

static int
stage(nmpy_message *m, staged *s, PyObject *key, PyObject *value)
{
    Py_ssize_t row = assignable_row(m, key);
    PyObject *kept = row >= 0 ? check_value(m, (size_t)row, value) : NULL;
    if (kept == NULL) {
        return -1;
    }
    Py_XSETREF(s->values[row], kept);
    return 0;
}

/* Assign it all. Old values go when everything is in place, since their going may run code. */
static int
commit(nmpy_message *m, staged *s)
{
    if (nmpy_message_row_count(m) == 0) {
        return 0; /* Of a type that nobody knows: there is nothing to assign. */
    }
    if (nmpy_message_allow_changes(m) < 0) {
        return -1;
    }
    for (size_t row = 0; row < nmpy_message_row_count(m); row++) {
        if (s->values[row] != NULL) {
            PyObject *old = m->changes->values[row];
            m->changes->values[row] = s->values[row];
            m->changes->handed_out &= ~((uint64_t)1 << row);
            s->values[row] = old;
        }
    }
    return 0;
}

static int
stage_kwargs(nmpy_message *m, staged *s, PyObject *kwargs)
{
    PyObject *key;
    PyObject *value;
    int result = 0;
    for (Py_ssize_t i = 0;
         result == 0 && kwargs != NULL && PyDict_Next(kwargs, &i, &key, &value);) {
        Py_INCREF(key); /* Checking a value may run code of the program. */
        Py_INCREF(value);
        result = stage(m, s, key, value);
        Py_DECREF(key);
        Py_DECREF(value);
    }
    return result;
}

/* The fields of another message that can be set; its lists stay its own. */
static int
stage_message(nmpy_message *m, staged *s, nmpy_message *other)
{
    int result = 0;
    for (size_t row = 0; result == 0 && row < nmpy_message_row_count(other); row++) {
        if (nmpy_message_is_computed(other, row)) {
            continue;
        }
        PyObject *value = nmpy_message_present_value(other, row);
        if (value != NULL && PyList_Check(value)) {
            Py_SETREF(value, PyList_GetSlice(value, 0, PyList_GET_SIZE(value)));
        }
        if (value != NULL) {
            result = stage(m, s, other->schema->names[row], value);
            Py_DECREF(value);
        } else if (PyErr_Occurred()) {
            result = -1;
        }
    }
    return result;
}

static int
stage_mapping(nmpy_message *m, staged *s, PyObject *mapping)
{
    PyObject *keys = PyMapping_Keys(mapping);
    int result = keys != NULL ? 0 : -1;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        PyObject *value = PyObject_GetItem(mapping, key);
        result = value != NULL ? stage(m, s, key, value) : -1;
        Py_XDECREF(value);
    }
    Py_XDECREF(keys);
    return result;
}

static int
stage_pair(nmpy_message *m, staged *s, PyObject *item, Py_ssize_t place)
{
    PyObject *pair = PySequence_Tuple(item);
    if (pair == NULL && !PyErr_ExceptionMatches(PyExc_TypeError)) {
        return -1;
    }
    if (pair == NULL || PyTuple_GET_SIZE(pair) != 2) {
        PyErr_Format(PyExc_TypeError, "update(): item %zd is no pair of field name and value: %R",
                     place, item);
        Py_XDECREF(pair);
        return -1;
    }
    int result = stage(m, s, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
    Py_DECREF(pair);
    return result;
}

static int
stage_pairs(nmpy_message *m, staged *s, PyObject *pairs)
{
    PyObject *iterator = PyObject_GetIter(pairs);
    if (iterator == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError)) {
            PyErr_Format(PyExc_TypeError,
                         "update() takes a mapping, a message or pairs of field name and value, "
                         "not %.100s",
                         Py_TYPE(pairs)->tp_name);
        }
        return -1;
    }
    PyObject *item;
    int result = 0;
    for (Py_ssize_t i = 0; result == 0 && (item = PyIter_Next(iterator)) != NULL; i++) {
        result = stage_pair(m, s, item, i);
        Py_DECREF(item);
    }
    Py_DECREF(iterator);
    return PyErr_Occurred() ? -1 : result;
}

static int
stage_object(nmpy_message *m, staged *s, PyObject *other)
{
    nmpy_state *state = nmpy_message_state((PyObject *)m);
    nmpy_message *message = PyObject_TypeCheck(other, state->message_type)
                                ? (nmpy_message *)other
                                : nmpy_message_of_fields(state, other);
    if (message != NULL) {
        return stage_message(m, s, message);
    }
    return PyObject_HasAttrString(other, "keys") ? stage_mapping(m, s, other)
                                                 : stage_pairs(m, s, other);
}

/* Set what `other` (may be NULL) and `kwargs` (may be NULL) say. */
static int
set_all(nmpy_message *m, PyObject *other, PyObject *kwargs)
{
    staged s = {.values = {NULL}};
    int result = other != NULL ? stage_object(m, &s, other) : 0;
    if (result == 0) {
        result = stage_kwargs(m, &s, kwargs);
    }
    if (result == 0) {
        result = commit(m, &s);
    }
    staged_clear(&s);
    return result;
}

int
nmpy_message_set_all(nmpy_message *m, PyObject *kwargs)
{
    return set_all(m, /* other= */ NULL, kwargs);
}

PyObject *
nmpy_message_update(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_GET_SIZE(args) > 1) {
        PyErr_Format(PyExc_TypeError,
                     "update() takes one mapping or none, and fields by keyword (%zd arguments "
                     "given)",
                     PyTuple_GET_SIZE(args));
        return NULL;
    }
    PyObject *other = PyTuple_GET_SIZE(args) == 1 ? PyTuple_GET_ITEM(args, 0) : NULL;
    if (set_all((nmpy_message *)self, other, kwargs) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}
