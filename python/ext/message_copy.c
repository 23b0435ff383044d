/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of messages, and what pickle makes of one: header, octets, and what was assigned. */
#include "message.h"

static nm_payload
stored_payload(const nmpy_message *m)
{
    return (nm_payload){
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
}

/* Whether objects of the class can have attributes of their own: classes made by programs. */
static bool
may_have_dict(nmpy_message *m)
{
    PyTypeObject *type = Py_TYPE(m);
    return type != nmpy_message_state((PyObject *)m)->message_type &&
           (m->schema == NULL || type != m->schema->type);
}

/* -- copies -- */

/* What was assigned, lists copied. @return 0, or -1 with an exception set. */
static int
copy_changes(nmpy_message *to, const nmpy_message *from)
{
    if (from->changes == NULL) {
        return 0;
    }
    if (nmpy_message_allow_changes(to) < 0) {
        return -1;
    }
    for (size_t row = 0; row < from->changes->count; row++) {
        PyObject *value = from->changes->values[row];
        if (value != NULL && PyList_Check(value)) {
            value = PyList_GetSlice(value, 0, PyList_GET_SIZE(value));
            if (value == NULL) {
                return -1;
            }
        } else {
            Py_XINCREF(value);
        }
        to->changes->values[row] = value;
    }
    to->changes->handed_out = from->changes->handed_out;
    return 0;
}

static int
copy_attributes(PyObject *to, PyObject *from)
{
    PyObject *attributes = PyObject_GetAttrString(from, "__dict__");
    PyObject *copies = attributes != NULL ? PyObject_GetAttrString(to, "__dict__") : NULL;
    int result = copies != NULL ? PyDict_Update(copies, attributes) : -1;
    Py_XDECREF(attributes);
    Py_XDECREF(copies);
    if (result < 0 && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear(); /* A class with empty __slots__. */
        result = 0;
    }
    return result;
}

PyObject *
nmpy_message_copy(PyObject *self, PyObject *unused)
{
    (void)unused;
    nmpy_message *m = (nmpy_message *)self;
    nm_payload payload = stored_payload(m);
    nmpy_parts parts = {
        .schema = m->schema,
        .payload = &payload,
        .slots = nmpy_message_slots(m),
        .strings_are_bytes = m->strings_are_bytes,
        .is_time_default = m->is_time_default,
    };
    PyObject *copy = nmpy_message_build(Py_TYPE(self), &parts);
    if (copy != NULL && (copy_changes((nmpy_message *)copy, m) < 0 ||
                         (may_have_dict(m) && copy_attributes(copy, self) < 0))) {
        Py_CLEAR(copy);
    }
    return copy;
}

/* -- pickles -- */

/* A tuple of (name, value, whether it is a list handed out) for each row with a change. */
static PyObject *
pack_changes(const nmpy_message *m)
{
    PyObject *list = PyList_New(0);
    for (size_t row = 0; list != NULL && m->changes != NULL && row < m->changes->count; row++) {
        PyObject *value = m->changes->values[row];
        if (value == NULL) {
            continue;
        }
        PyObject *is_handed_out = (m->changes->handed_out >> row & 1) != 0 ? Py_True : Py_False;
        PyObject *change = PyTuple_Pack(3, m->schema->names[row], value, is_handed_out);
        if (change == NULL || PyList_Append(list, change) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(change);
    }
    PyObject *changes = list != NULL ? PyList_AsTuple(list) : NULL;
    Py_XDECREF(list);
    return changes;
}

/* The arguments of restore_message(). */
static PyObject *
pack(nmpy_message *m)
{
    PyObject *changes = pack_changes(m);
    if (changes == NULL) {
        return NULL;
    }
    return Py_BuildValue("O(IILIIIIBOO)y#N", Py_TYPE(m), m->vendor, m->type, (long long)m->time_sec,
                         m->time_nsec, m->source, m->operator, m->group, m->has,
                         m->is_time_default ? Py_True : Py_False,
                         m->strings_are_bytes ? Py_True : Py_False, (const char *)m->data,
                         (Py_ssize_t)m->data_len, changes);
}

PyObject *
nmpy_message_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    nmpy_message *m = (nmpy_message *)self;
    PyObject *module = PyType_GetModuleByDef(Py_TYPE(self), &nmpy_module_def);
    PyObject *restore = PyObject_GetAttrString(module, "restore_message");
    PyObject *args = restore != NULL ? pack(m) : NULL;
    /* What a class of a program keeps in its objects, or says of them by __getstate__(). */
    PyObject *state = args != NULL ? PyObject_CallMethod(self, "__getstate__", NULL) : NULL;
    PyObject *reduced = NULL;
    if (state != NULL) {
        reduced = state != Py_None ? PyTuple_Pack(3, restore, args, state)
                                   : PyTuple_Pack(2, restore, args);
    }
    Py_XDECREF(restore);
    Py_XDECREF(args);
    Py_XDECREF(state);
    return reduced;
}

/* -- from a pickle -- */

/* Lists are taken as they are: their elements are checked when they are written. */
static int
restore_change(nmpy_message *m, PyObject *change)
{
    PyObject *name;
    PyObject *value;
    int is_handed_out;
    if (!PyArg_ParseTuple(change, "OOp", &name, &value, &is_handed_out)) {
        return -1;
    }
    Py_ssize_t row = nmpy_message_row(m, name);
    if (row < 0 || nmpy_message_is_computed(m, (size_t)row) ||
        !nmpy_message_is_repeated(m, (size_t)row) || !PyList_Check(value)) {
        return nmpy_message_ass_subscript((PyObject *)m, name, value); /* Refuses what is wrong. */
    }
    if (nmpy_message_allow_changes(m) < 0) {
        return -1;
    }
    m->changes->handed_out |= (uint64_t)(is_handed_out != 0) << row;
    Py_XSETREF(m->changes->values[row], Py_NewRef(value));
    return 0;
}

static int
restore_changes(nmpy_message *m, PyObject *changes)
{
    int result = 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(changes); i++) {
        PyObject *change = PyTuple_GET_ITEM(changes, i);
        if (!PyTuple_Check(change)) {
            PyErr_Format(PyExc_TypeError, "a pickled change is a tuple, not %.100s",
                         Py_TYPE(change)->tp_name);
            return -1;
        }
        result = restore_change(m, change);
    }
    return result;
}

/* A message of the class from its header and octets. */
static PyObject *
restore(nmpy_state *state, PyTypeObject *type, nm_payload *payload, bool is_time_default,
        bool strings_are_bytes)
{
    nm_message message = {.schema = NULL};
    nm_error err = {.code = NM_OK};
    payload->has &= NM_HAS_FIELDS;
    if (nm_message_decode(&message, payload, &err) != NM_OK) {
        return nmpy_raise(state, &err, "pickled message cannot be decoded", /* where= */ NULL);
    }
    nmpy_parts parts = {
        .schema = nmpy_schema_find(state, message.schema),
        .payload = payload,
        .slots = message.slots,
        .strings_are_bytes = strings_are_bytes,
        .is_time_default = is_time_default,
    };
    return nmpy_message_build(type, &parts);
}

PyObject *
nmpy_restore_message(PyObject *module, PyObject *args)
{
    nmpy_state *state = PyModule_GetState(module);
    PyTypeObject *type;
    PyObject *changes;
    nm_payload p = {.vendor = 0};
    long long sec;
    unsigned char has;
    int is_time_default;
    int strings_are_bytes;
    const char *data;
    Py_ssize_t len;
    if (!PyArg_ParseTuple(args, "O!(IILIIIIBpp)y#O!:restore_message", &PyType_Type, &type,
                          &p.vendor, &p.type, &sec, &p.time_nsec, &p.source, &p.operator, &p.group,
                          &has, &is_time_default, &strings_are_bytes, &data, &len, &PyTuple_Type,
                          &changes)) {
        return NULL;
    }
    if (!PyType_IsSubtype(type, state->message_type)) {
        PyErr_Format(PyExc_TypeError, "a pickled message is of a class of messages, not %.100s",
                     type->tp_name);
        return NULL;
    }
    p.time_sec = sec;
    p.has = has;
    p.data = nm_span_of(data, (size_t)len);
    PyObject *m = restore(state, type, &p, is_time_default != 0, strings_are_bytes != 0);
    if (m != NULL && restore_changes((nmpy_message *)m, changes) < 0) {
        Py_CLEAR(m);
    }
    return m;
}
