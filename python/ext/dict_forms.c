/* SPDX-License-Identifier: Apache-2.0 */
/* Dicts to be copied, see dict_forms.h. They hold None in the place of values, and the two names
 * that are the same in all messages of a type, so they cannot be part of a cycle. */
#include "dict_forms.h"

#include "message/registry.h"

enum {
    FORM_COUNT = 16, /* Sets of fields that are remembered, of each type. */
    HEADER_OPTIONAL = 3,
    HEADER_FORM_COUNT = 1 << HEADER_OPTIONAL, /* With and without source, operator and group. */
};

/* A dict with certain keys. */
typedef struct form {
    uint64_t rows;
    PyObject *dict; /* NULL: `rows` were seen once. */
} form;

typedef struct nmpy_dict_forms {
    form fields[FORM_COUNT];
    PyObject *headers[HEADER_FORM_COUNT];
    PyObject *keys[NMPY_MEMBER_COUNT]; /* Interned. */
} nmpy_dict_forms;

static const char *const member_names[NMPY_MEMBER_COUNT] = {
    "time", "vname", "mname", "source", "operator", "group", "message",
};

int
nmpy_dict_forms_init(nmpy_schema *schema)
{
    schema->forms = PyMem_Calloc(1, sizeof *schema->forms);
    if (schema->forms == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < NMPY_MEMBER_COUNT; i++) {
        schema->forms->keys[i] = PyUnicode_InternFromString(member_names[i]);
        if (schema->forms->keys[i] == NULL) {
            return -1;
        }
    }
    return 0;
}

void
nmpy_dict_forms_clear(nmpy_schema *schema)
{
    nmpy_dict_forms *forms = schema->forms;
    if (forms == NULL) {
        return;
    }
    for (size_t i = 0; i < FORM_COUNT; i++) {
        Py_CLEAR(forms->fields[i].dict);
    }
    for (size_t i = 0; i < HEADER_FORM_COUNT; i++) {
        Py_CLEAR(forms->headers[i]);
    }
    for (size_t i = 0; i < NMPY_MEMBER_COUNT; i++) {
        Py_CLEAR(forms->keys[i]);
    }
    PyMem_Free(forms);
    schema->forms = NULL;
}

/* -- fields -- */

static PyObject *
make_fields_form(const nmpy_schema *schema, uint64_t rows)
{
    PyObject *dict = PyDict_New();
    for (size_t row = 0; dict != NULL && row < schema->schema->field_count; row++) {
        if ((rows >> row & 1) != 0 && PyDict_SetItem(dict, schema->names[row], Py_None) < 0) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

/* A dict with the keys of these rows, or an empty one: a set of fields has a form from the second
 * time in a row on that it, and no other with its place, was asked for. */
static PyObject *
begin_fields(const nmpy_schema *schema, uint64_t rows)
{
    enum { FORM_BITS = 4 };
    _Static_assert(1 << FORM_BITS == FORM_COUNT, "a place for every hash");
    uint64_t hash = rows * UINT64_C(0x9e3779b97f4a7c15); /* The golden ratio spreads the bits. */
    form *f = &schema->forms->fields[hash >> (64 - FORM_BITS)];
    if (f->rows != rows) {
        Py_CLEAR(f->dict);
        f->rows = rows;
        return PyDict_New();
    }
    if (f->dict == NULL) {
        f->dict = make_fields_form(schema, rows);
    }
    return f->dict != NULL ? PyDict_Copy(f->dict) : NULL;
}

PyObject *
nmpy_dict_of_fields(const nmpy_schema *schema, uint64_t rows, PyObject **values)
{
    PyObject *dict = begin_fields(schema, rows);
    for (size_t row = 0; rows >> row != 0; row++) {
        if ((rows >> row & 1) == 0) {
            continue;
        }
        PyObject *value = *values++;
        if (dict != NULL && PyDict_SetItem(dict, schema->names[row], value) < 0) {
            Py_CLEAR(dict);
        }
        Py_DECREF(value);
        if (row == NM_SCHEMA_FIELDS_MAX - 1) {
            break; /* A shift by 64 is none. */
        }
    }
    return dict;
}

/* -- the whole message -- */

static PyObject *
make_header_form(const nmpy_schema *schema, PyObject *const *values)
{
    const nmpy_dict_forms *forms = schema->forms;
    PyObject *vendor = PyUnicode_FromString(nm_registry_vendor_name(schema->schema->vendor));
    PyObject *type = PyUnicode_FromString(schema->schema->name);
    PyObject *dict = vendor != NULL && type != NULL ? PyDict_New() : NULL;
    for (size_t i = 0; dict != NULL && i < NMPY_MEMBER_COUNT; i++) {
        PyObject *value = i == NMPY_MEMBER_VNAME   ? vendor
                          : i == NMPY_MEMBER_MNAME ? type
                          : values[i] != NULL      ? Py_None
                                                   : NULL;
        if (value != NULL && PyDict_SetItem(dict, forms->keys[i], value) < 0) {
            Py_CLEAR(dict);
        }
    }
    Py_XDECREF(vendor);
    Py_XDECREF(type);
    return dict;
}

/* A dict with the keys of all members that there are. */
static PyObject *
begin_message(const nmpy_schema *schema, PyObject *const *values)
{
    size_t which = 0;
    for (size_t i = 0; i < HEADER_OPTIONAL; i++) {
        which |= (size_t)(values[NMPY_MEMBER_SOURCE + i] != NULL) << i;
    }
    PyObject **header = &schema->forms->headers[which];
    if (*header == NULL) {
        *header = make_header_form(schema, values);
    }
    return *header != NULL ? PyDict_Copy(*header) : NULL;
}

PyObject *
nmpy_dict_of_message(const nmpy_schema *schema, PyObject *values[NMPY_MEMBER_COUNT])
{
    PyObject *dict = begin_message(schema, values);
    for (size_t i = 0; i < NMPY_MEMBER_COUNT; i++) {
        if (dict != NULL && values[i] != NULL &&
            PyDict_SetItem(dict, schema->forms->keys[i], values[i]) < 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(values[i]);
    }
    return dict;
}
