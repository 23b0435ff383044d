/* SPDX-License-Identifier: Apache-2.0 */
/* The message types as Python sees them: one generated class each, field names and symbols as
 * interned strings, and the name space nmsg.msgtype. */
#include "types.h"

#include "dict_forms.h"
#include "message/registry.h"

static void
lower_copy(char *out, size_t size, const char *name)
{
    size_t i = 0;
    for (; name[i] != '\0' && i + 1 < size; i++) {
        out[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + ('a' - 'A')) : name[i];
    }
    out[i] = '\0';
}

/* -- names and symbols -- */

static int
intern_names(nmpy_schema *s)
{
    size_t count = s->schema->field_count;
    s->names = PyMem_Calloc(count, sizeof *s->names);
    s->symbols = PyMem_Calloc(count, sizeof *s->symbols);
    s->rows = PyDict_New();
    if (s->names == NULL || s->symbols == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t row = 0; s->rows != NULL && row < count; row++) {
        s->names[row] = PyUnicode_InternFromString(s->schema->fields[row].name);
        PyObject *number = PyLong_FromSize_t(row);
        int result = s->names[row] != NULL && number != NULL
                         ? PyDict_SetItem(s->rows, s->names[row], number)
                         : -1;
        Py_XDECREF(number);
        if (result < 0) {
            return -1;
        }
    }
    return s->rows != NULL ? 0 : -1;
}

static int
intern_symbols(nmpy_schema *s, size_t row)
{
    const nm_enum *symbols = s->schema->fields[row].symbols;
    s->symbols[row] = PyMem_Calloc(symbols->count, sizeof *s->symbols[row]);
    if (s->symbols[row] == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < symbols->count; i++) {
        s->symbols[row][i] = PyUnicode_InternFromString(symbols->values[i].name);
        if (s->symbols[row][i] == NULL) {
            return -1;
        }
    }
    return 0;
}

/* -- classes -- */

static int
set_int(PyObject *class, const char *name, uint32_t value)
{
    PyObject *number = PyLong_FromUnsignedLong(value);
    int result = number != NULL ? PyObject_SetAttrString(class, name, number) : -1;
    Py_XDECREF(number);
    return result;
}

static int
set_text(PyObject *class, const char *name, const char *value)
{
    PyObject *text = PyUnicode_FromString(value);
    int result = text != NULL ? PyObject_SetAttrString(class, name, text) : -1;
    Py_XDECREF(text);
    return result;
}

/* What `class name(object)` makes in module nmsg.
 * @param path  Where it is found in that module. */
static PyObject *
make_class(const char *name, const char *path, const char *doc)
{
    return PyObject_CallFunction((PyObject *)&PyType_Type, "s(){s:s, s:s, s:s}", name, "__module__",
                                 "nmsg", "__qualname__", path, "__doc__", doc);
}

/* What is to be said of a field behind its name and type. */
static const char *
remark_on(const nm_field *field)
{
    return (field->flags & NM_FIELD_REPEATED) != 0   ? " (repeated)"
           : field->number == 0                      ? " (computed)"
           : (field->flags & NM_FIELD_REQUIRED) != 0 ? " (required)"
           : (field->flags & NM_FIELD_HIDDEN) != 0   ? " (hidden)"
                                                     : "";
}

/* @param name  Of the class. */
static PyObject *
class_doc(const nm_schema *schema, const char *vendor, const char *lower_vendor, const char *name)
{
    PyObject *doc = PyUnicode_FromFormat(
        "%s(**fields)\n--\n\n"
        "Message of type %s:%s (%u:%u). Keyword arguments set fields, all or none.\n\n"
        "A new message has the present time and the fields that the type requires. Raises what\n"
        "assigning to a message raises. nmsg.describe('%s:%s') tells more of the fields.\n\n"
        ">>> import nmsg\n"
        ">>> m = nmsg.msgtype.%s.%s()\n"
        ">>> m.vid, m.msgtype, m.mname\n"
        "(%u, %u, '%s')\n\n"
        "Fields:",
        name, vendor, schema->name, schema->vendor, schema->type, vendor, schema->name,
        lower_vendor, schema->name, schema->vendor, schema->type, schema->name);
    for (size_t row = 0; doc != NULL && row < schema->field_count; row++) {
        const nm_field *field = &schema->fields[row];
        PyObject *longer =
            PyUnicode_FromFormat("%U\n  %s: %s%s", doc, field->name,
                                 nmpy_kind_name(nm_kind_type(field->kind)), remark_on(field));
        Py_SETREF(doc, longer);
    }
    return doc;
}

static int
make_message_class(PyObject *module, nmpy_state *state, nmpy_schema *s)
{
    char vendor[32];
    char name[96];
    char path[128];
    const char *vendor_name = nm_registry_vendor_name(s->schema->vendor);
    lower_copy(vendor, sizeof vendor, vendor_name);
    PyOS_snprintf(name, sizeof name, "nmsg.%s_%s", vendor, s->schema->name);
    PyOS_snprintf(path, sizeof path, "msgtype.%s.%s", vendor, s->schema->name);

    PyObject *doc = class_doc(s->schema, vendor_name, vendor, name + strlen("nmsg."));
    const char *doc_text = doc != NULL ? PyUnicode_AsUTF8(doc) : NULL;
    if (doc_text == NULL) {
        Py_XDECREF(doc);
        return -1;
    }
    /* Its own tp_dealloc spares each message the detour over that of Python classes; its own
     * tp_init is what inspect.signature() asks. */
    PyType_Slot slots[] = {
        {Py_tp_doc, (void *)(uintptr_t)doc_text},
        {Py_tp_init, NMPY_SLOT(nmpy_message_tp_init)},
        {Py_tp_dealloc, NMPY_SLOT(nmpy_message_dealloc)},
        {0, NULL},
    };
    PyType_Spec spec = {
        .name = name,
        .itemsize = 1,
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
        .slots = slots,
    };
    PyObject *class = PyType_FromModuleAndSpec(module, &spec, (PyObject *)state->message_type);
    Py_DECREF(doc);
    if (class == NULL || set_int(class, "_vid", s->schema->vendor) < 0 ||
        set_int(class, "_msgtype", s->schema->type) < 0 ||
        set_text(class, "__qualname__", path) < 0) {
        Py_XDECREF(class);
        return -1;
    }
    s->type = (PyTypeObject *)class;
    return 0;
}

/* Sort the rows by what has to be looked at to know whether a message has a value. */
static void
sort_row(nmpy_schema *s, size_t row)
{
    const nm_field *field = &s->schema->fields[row];
    uint64_t bit = (uint64_t)1 << row;
    bool is_repeated = (field->flags & NM_FIELD_REPEATED) != 0;
    s->listed |= (field->flags & NM_FIELD_HIDDEN) == 0 ? bit : 0;
    s->computed |= field->compute != NULL ? bit : 0;
    /* Octets may be no address, and a packed run of numbers may be empty. */
    if (field->compute == NULL && field->kind != NM_KIND_IP &&
        (!is_repeated || field->pb_type == NM_PB_BYTES)) {
        s->certain |= bit;
    }
}

static int
init_schema(PyObject *module, nmpy_state *state, nmpy_schema *s, const nm_schema *schema)
{
    s->schema = schema;
    nm_schema_encoding_order(schema, s->order);
    if (intern_names(s) < 0 || nmpy_dict_forms_init(s) < 0) {
        return -1;
    }
    for (size_t row = 0; row < schema->field_count; row++) {
        s->types[row] = (uint8_t)nm_kind_type(schema->fields[row].kind);
        sort_row(s, row);
        if (schema->fields[row].symbols != NULL && intern_symbols(s, row) < 0) {
            return -1;
        }
    }
    return make_message_class(module, state, s);
}

/* -- nmsg.msgtype -- */

/* The class that holds the message classes of one vendor as attributes; NULL if there are none. */
static PyObject *
make_vendor_class(nmpy_state *state, const nm_vendor *vendor, const char *lower_name)
{
    char path[64];
    PyOS_snprintf(path, sizeof path, "msgtype.%s", lower_name);
    PyObject *class = make_class(lower_name, path, "Message classes of one vendor.");
    int result = class != NULL ? set_text(class, "_vname", lower_name) : -1;
    if (result == 0) {
        result = set_int(class, "_vid", vendor->number);
    }
    for (size_t i = 0; result == 0 && i < nm_registry_schema_count(); i++) {
        const nmpy_schema *s = &state->schemas[i];
        if (s->schema->vendor == vendor->number) {
            result = PyObject_SetAttrString(class, s->schema->name, (PyObject *)s->type);
        }
    }
    if (result < 0) {
        Py_CLEAR(class);
    }
    return class;
}

static bool
has_types(const nm_vendor *vendor)
{
    for (size_t i = 0; i < nm_registry_schema_count(); i++) {
        if (nm_registry_schema(i)->vendor == vendor->number) {
            return true;
        }
    }
    return false;
}

static int
add_vendor(nmpy_state *state, PyObject *msgtype, const nm_vendor *vendor)
{
    char lower_name[32];
    lower_copy(lower_name, sizeof lower_name, vendor->name);
    PyObject *class = make_vendor_class(state, vendor, lower_name);
    int result = class != NULL ? PyObject_SetAttrString(msgtype, lower_name, class) : -1;
    if (result == 0 && strcmp(lower_name, "base") == 0) {
        result = PyObject_SetAttrString(msgtype, "isc", class); /* The old name of base. */
    }
    Py_XDECREF(class);
    return result;
}

static int
add_msgtype(PyObject *module, nmpy_state *state)
{
    PyObject *msgtype =
        make_class("msgtype", "msgtype",
                   "Message classes: nmsg.msgtype.<vendor>.<type>, all lower case.\n\n"
                   ">>> import nmsg\n"
                   ">>> nmsg.msgtype.base.ipconn(dstport=80)\n"
                   "nmsg.msgtype.base.ipconn(dstport=80)");
    int result = msgtype != NULL ? 0 : -1;
    for (size_t i = 0; result == 0 && i < nm_registry_vendor_count(); i++) {
        if (has_types(nm_registry_vendor(i))) {
            result = add_vendor(state, msgtype, nm_registry_vendor(i));
        }
    }
    if (result == 0) {
        result = PyModule_AddObjectRef(module, "msgtype", msgtype);
    }
    Py_XDECREF(msgtype);
    return result;
}

int
nmpy_schemas_init(PyObject *module, nmpy_state *state)
{
    size_t count = nm_registry_schema_count();
    state->schemas = PyMem_Calloc(count, sizeof *state->schemas);
    if (state->schemas == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (init_schema(module, state, &state->schemas[i], nm_registry_schema(i)) < 0) {
            return -1;
        }
    }
    return add_msgtype(module, state);
}

static void
clear_schema(nmpy_schema *s)
{
    nmpy_dict_forms_clear(s);
    for (size_t row = 0; s->schema != NULL && row < s->schema->field_count; row++) {
        if (s->names != NULL) {
            Py_CLEAR(s->names[row]);
        }
        for (size_t i = 0; s->symbols != NULL && s->symbols[row] != NULL &&
                           i < s->schema->fields[row].symbols->count;
             i++) {
            Py_CLEAR(s->symbols[row][i]);
        }
        if (s->symbols != NULL) {
            PyMem_Free(s->symbols[row]);
        }
    }
    PyMem_Free(s->names);
    PyMem_Free(s->symbols);
    s->names = NULL;
    s->symbols = NULL;
    Py_CLEAR(s->rows);
    Py_CLEAR(s->type);
}

void
nmpy_schemas_clear(nmpy_state *state)
{
    for (size_t i = 0; state->schemas != NULL && i < nm_registry_schema_count(); i++) {
        clear_schema(&state->schemas[i]);
    }
    PyMem_Free(state->schemas);
    state->schemas = NULL;
}

int
nmpy_schemas_traverse(nmpy_state *state, visitproc visit, void *arg)
{
    for (size_t i = 0; state->schemas != NULL && i < nm_registry_schema_count(); i++) {
        Py_VISIT(state->schemas[i].type);
    }
    return 0;
}

const nmpy_schema *
nmpy_schema_find(const nmpy_state *state, const nm_schema *schema)
{
    for (size_t i = 0; schema != NULL && i < nm_registry_schema_count(); i++) {
        if (state->schemas[i].schema == schema) {
            return &state->schemas[i];
        }
    }
    return NULL;
}

Py_ssize_t
nmpy_schema_row(const nmpy_schema *schema, PyObject *name)
{
    size_t count = schema->schema->field_count;
    for (size_t row = 0; row < count; row++) {
        if (schema->names[row] == name) { /* Constants in programs are interned too. */
            return (Py_ssize_t)row;
        }
    }
    if (!PyUnicode_Check(name)) {
        return -1;
    }
    PyObject *row = PyDict_GetItemWithError(schema->rows, name);
    if (row == NULL) {
        return PyErr_Occurred() ? -2 : -1;
    }
    return PyLong_AsSsize_t(row);
}
