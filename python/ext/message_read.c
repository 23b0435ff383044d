/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the fields of a message: single values, and all that a mapping offers to who reads.
 *
 * What the program assigned comes first, in every view of a message; then what is computed; then
 * what the octets say. Hidden fields are there for who asks by name, but never listed. */
#include "message.h"

/* -- values -- */

PyObject *
nmpy_message_wire_list(nmpy_message *m, size_t row)
{
    PyObject *list = PyList_New(0);
    nm_values values = nm_values_begin(&m->schema->schema->fields[row], nmpy_message_data(m),
                                       nmpy_message_slots(m)[row]);
    nm_value value;
    while (list != NULL && nm_values_next(&values, &value)) {
        PyObject *object = nmpy_value_to_object(m->schema, row, &value, m->strings_are_bytes);
        if (object == NULL && !PyErr_Occurred()) {
            continue; /* An address of a wrong length. */
        }
        if (object == NULL || PyList_Append(list, object) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(object);
    }
    return list;
}

/* Compute the value of a row. @return 1, 0 when there is none, -1 with an exception set. */
static int
compute(nmpy_message *m, size_t row, nmpy_fields *now, nm_buffer *scratch, nm_value *out)
{
    nm_buffer_init(scratch, INT32_MAX, &nm_allocator_heap);
    if (nmpy_fields_init(now, m) < 0) {
        return -1;
    }
    nm_status status = nm_fields_shown(&now->fields, row, scratch, out);
    if (status == NM_E_NOMEM) {
        PyErr_NoMemory();
        return -1;
    }
    return status == NM_OK;
}

static PyObject *
computed_value(nmpy_message *m, size_t row)
{
    nmpy_fields now;
    nm_buffer scratch;
    nm_value value;
    PyObject *object = NULL;
    if (compute(m, row, &now, &scratch, &value) > 0) {
        object = nmpy_value_to_object(m->schema, row, &value, m->strings_are_bytes);
    }
    nm_buffer_clear(&scratch);
    nmpy_fields_clear(&now);
    return object;
}

static PyObject *
repeated_value(nmpy_message *m, size_t row)
{
    PyObject *list = nmpy_message_wire_list(m, row);
    if (list == NULL || PyList_GET_SIZE(list) == 0 || nmpy_message_allow_changes(m) < 0) {
        Py_XDECREF(list);
        return NULL;
    }
    m->changes->values[row] = Py_NewRef(list);
    m->changes->handed_out |= (uint64_t)1 << row;
    return list;
}

/* As nmpy_message_value(); inlined into the loops over all rows. */
static inline PyObject *
row_value(nmpy_message *m, size_t row)
{
    const nm_field *field = &m->schema->schema->fields[row];
    PyObject *changed = nmpy_message_changed(m, row);
    if (changed != NULL) {
        return changed != Py_None ? Py_NewRef(changed) : NULL;
    }
    if (field->compute != NULL) {
        return computed_value(m, row);
    }
    nm_slot slot = nmpy_message_slots(m)[row];
    if (slot == 0) {
        return NULL;
    }
    if ((field->flags & NM_FIELD_REPEATED) != 0) {
        return repeated_value(m, row);
    }
    nm_value value = nm_value_at(field, nmpy_message_data(m), slot);
    return nmpy_value_to_object(m->schema, row, &value, m->strings_are_bytes);
}

/* All that was in the list is gone, if it is one: then there is no value. Takes it. */
static inline PyObject *
unless_emptied(PyObject *value)
{
    if (value != NULL && PyList_Check(value) && PyList_GET_SIZE(value) == 0) {
        Py_CLEAR(value);
    }
    return value;
}

PyObject *
nmpy_message_value(nmpy_message *m, size_t row)
{
    return row_value(m, row);
}

PyObject *
nmpy_message_present_value(nmpy_message *m, size_t row)
{
    return unless_emptied(row_value(m, row));
}

/* -- whether there is a value -- */

static bool
is_address(nm_value value)
{
    return value.bytes.len == 4 || value.bytes.len == 16;
}

/* As has_value(), of a row that the octets have the word on and that is not computed. */
static bool
has_stored_value(nmpy_message *m, size_t row)
{
    const nm_field *field = &m->schema->schema->fields[row];
    nm_slot slot = nmpy_message_slots(m)[row];
    if (slot == 0) {
        return false;
    }
    if (!nmpy_message_is_repeated(m, row)) {
        return field->kind != NM_KIND_IP ||
               is_address(nm_value_at(field, nmpy_message_data(m), slot));
    }
    nm_values values = nm_values_begin(field, nmpy_message_data(m), slot);
    nm_value value;
    while (nm_values_next(&values, &value)) {
        if (field->kind != NM_KIND_IP || is_address(value)) {
            return true;
        }
    }
    return false;
}

static int
has_computed_value(nmpy_message *m, size_t row)
{
    nmpy_fields now;
    nm_buffer scratch;
    nm_value value;
    int result = compute(m, row, &now, &scratch, &value);
    if (result > 0 && m->schema->schema->fields[row].kind == NM_KIND_IP) {
        result = is_address(value);
    }
    nm_buffer_clear(&scratch);
    nmpy_fields_clear(&now);
    return result;
}

/* Whether m[name] would give something, without making it. @return 1, 0, -1 with an exception. */
static int
has_value(nmpy_message *m, size_t row)
{
    PyObject *changed = nmpy_message_changed(m, row);
    if (changed != NULL) {
        return changed != Py_None && !(PyList_Check(changed) && PyList_GET_SIZE(changed) == 0);
    }
    return m->schema->schema->fields[row].compute != NULL ? has_computed_value(m, row)
                                                          : has_stored_value(m, row);
}

/* -- by name -- */

PyObject *
nmpy_message_subscript(PyObject *self, PyObject *key)
{
    nmpy_message *m = (nmpy_message *)self;
    Py_ssize_t row = nmpy_message_row(m, key);
    PyObject *value = row >= 0 ? row_value(m, (size_t)row) : NULL;
    if (value == NULL && !PyErr_Occurred()) {
        nmpy_raise_key_error(key);
    }
    return value;
}

int
nmpy_message_contains(PyObject *self, PyObject *key)
{
    nmpy_message *m = (nmpy_message *)self;
    Py_ssize_t row = nmpy_message_row(m, key);
    return row >= 0 ? has_value(m, (size_t)row) : row == -2 ? -1 : 0;
}

PyObject *
nmpy_message_get(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs < 1 || nargs > 2) {
        PyErr_Format(PyExc_TypeError, "get() takes 1 or 2 arguments (%zd given)", nargs);
        return NULL;
    }
    nmpy_message *m = (nmpy_message *)self;
    Py_ssize_t row = nmpy_message_row(m, args[0]);
    PyObject *value = row >= 0 ? row_value(m, (size_t)row) : NULL;
    if (value == NULL && !PyErr_Occurred()) {
        return Py_NewRef(nargs == 2 ? args[1] : Py_None);
    }
    return value;
}

/* -- all that are listed -- */

/* One bit for each listed row that may have a value; the others have none. */
static uint64_t
candidate_rows(nmpy_message *m)
{
    size_t row_count = nmpy_message_row_count(m);
    if (row_count == 0) {
        return 0; /* There may be no table. */
    }
    if (m->changes != NULL) {
        return m->schema->listed;
    }
    uint64_t rows = m->schema->computed;
    for (size_t row = 0; row < row_count; row++) {
        rows |= (uint64_t)(nmpy_message_slots(m)[row] != 0) << row;
    }
    return rows & m->schema->listed;
}

/* The first of the rows, which is taken away. */
static size_t
next_row(uint64_t *rows)
{
    size_t row = (size_t)__builtin_ctzll(*rows);
    *rows &= *rows - 1;
    return row;
}

/* Rows of the listed fields that have values. @return their number, -1 with an exception set. */
static Py_ssize_t
listed_rows(nmpy_message *m, uint8_t *out)
{
    Py_ssize_t count = 0;
    uint64_t rows = candidate_rows(m);
    uint64_t certain = rows != 0 && m->changes == NULL ? m->schema->certain : 0;
    while (rows != 0) {
        size_t row = next_row(&rows);
        int has = (certain >> row & 1) != 0 ? 1 : has_value(m, row);
        if (has < 0) {
            return -1;
        }
        if (has > 0) {
            out[count++] = (uint8_t)row;
        }
    }
    return count;
}

Py_ssize_t
nmpy_message_length(PyObject *self)
{
    uint8_t rows[NM_SCHEMA_FIELDS_MAX];
    return listed_rows((nmpy_message *)self, rows);
}

/* Names alone need no objects to be made, so their list is made in one go. */
PyObject *
nmpy_message_keys(PyObject *self, PyObject *unused)
{
    (void)unused;
    nmpy_message *m = (nmpy_message *)self;
    uint8_t rows[NM_SCHEMA_FIELDS_MAX];
    Py_ssize_t count = listed_rows(m, rows);
    PyObject *list = count >= 0 ? PyList_New(count) : NULL;
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyList_SET_ITEM(list, i, Py_NewRef(m->schema->names[rows[i]]));
    }
    return list;
}

PyObject *
nmpy_message_iter(PyObject *self)
{
    PyObject *keys = nmpy_message_keys(self, /* unused= */ NULL);
    PyObject *iterator = keys != NULL ? PyObject_GetIter(keys) : NULL;
    Py_XDECREF(keys);
    return iterator;
}

/* What to collect of each field that has a value. */
typedef enum collect { COLLECT_VALUES, COLLECT_ITEMS } collect;

static PyObject *
collect_one(nmpy_message *m, size_t row, collect what)
{
    PyObject *value = unless_emptied(row_value(m, row));
    if (value == NULL || what == COLLECT_VALUES) {
        return value;
    }
    PyObject *pair = PyTuple_New(2);
    if (pair == NULL) {
        Py_DECREF(value);
        return NULL;
    }
    PyTuple_SET_ITEM(pair, 0, Py_NewRef(m->schema->names[row]));
    PyTuple_SET_ITEM(pair, 1, value);
    return pair;
}

/* Objects for all the listed fields that have values, in the order of rows.
 * @return their number; -1 with an exception set, and no objects. */
static Py_ssize_t
collect_rows(nmpy_message *m, collect what, PyObject **out)
{
    Py_ssize_t count = 0;
    uint64_t rows = candidate_rows(m);
    while (rows != 0) {
        PyObject *object = collect_one(m, next_row(&rows), what);
        if (object != NULL) {
            out[count++] = object;
        } else if (PyErr_Occurred()) {
            while (count > 0) {
                Py_DECREF(out[--count]);
            }
            return -1;
        }
    }
    return count;
}

static PyObject *
collect_all(nmpy_message *m, collect what)
{
    PyObject *objects[NM_SCHEMA_FIELDS_MAX];
    Py_ssize_t count = collect_rows(m, what, objects);
    PyObject *list = count >= 0 ? PyList_New(count) : NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (list != NULL) {
            PyList_SET_ITEM(list, i, objects[i]);
        } else {
            Py_DECREF(objects[i]);
        }
    }
    return list;
}

PyObject *
nmpy_message_values(PyObject *self, PyObject *unused)
{
    (void)unused;
    return collect_all((nmpy_message *)self, COLLECT_VALUES);
}

PyObject *
nmpy_message_items(PyObject *self, PyObject *unused)
{
    (void)unused;
    return collect_all((nmpy_message *)self, COLLECT_ITEMS);
}

PyObject *
nmpy_message_as_dict(nmpy_message *m)
{
    PyObject *dict = PyDict_New();
    uint64_t rows = candidate_rows(m);
    while (dict != NULL && rows != 0) {
        size_t row = next_row(&rows);
        PyObject *value = nmpy_message_present_value(m, row);
        if ((value == NULL && PyErr_Occurred()) ||
            (value != NULL && PyDict_SetItem(dict, m->schema->names[row], value) < 0)) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(value);
    }
    return dict;
}
