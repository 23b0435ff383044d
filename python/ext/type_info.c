/* SPDX-License-Identifier: Apache-2.0 */
/* nmsg.type_info: one message type, a window on its constant table as nmsg.field_info is. */
#include "types.h"

#include "html.h"
#include "message/registry.h"

typedef struct type_info {
    PyObject_HEAD
    const nm_schema *schema;
} type_info;

static const nm_schema *
schema_of(PyObject *self)
{
    return ((type_info *)self)->schema;
}

PyObject *
nmpy_type_name(const nm_schema *schema)
{
    return PyUnicode_FromFormat("%s:%s", nm_registry_vendor_name(schema->vendor), schema->name);
}

static PyObject *
type_get_vendor(PyObject *self, void *closure)
{
    (void)closure;
    return PyUnicode_FromString(nm_registry_vendor_name(schema_of(self)->vendor));
}

static PyObject *
type_get_name(PyObject *self, void *closure)
{
    (void)closure;
    return PyUnicode_FromString(schema_of(self)->name);
}

static PyObject *
type_get_vid(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLong(schema_of(self)->vendor);
}

static PyObject *
type_get_msgtype(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLong(schema_of(self)->type);
}

static PyObject *
type_get_fields(PyObject *self, void *closure)
{
    (void)closure;
    const nm_schema *schema = schema_of(self);
    PyObject *fields = PyTuple_New((Py_ssize_t)schema->field_count);
    for (size_t row = 0; fields != NULL && row < schema->field_count; row++) {
        PyObject *info = nmpy_field_info_new(nmpy_state_of(Py_TYPE(self)), schema, row);
        if (info == NULL) {
            Py_CLEAR(fields);
            break;
        }
        PyTuple_SET_ITEM(fields, (Py_ssize_t)row, info);
    }
    return fields;
}

static int
longest_name(const nm_schema *schema)
{
    size_t longest = 0;
    for (size_t row = 0; row < schema->field_count; row++) {
        size_t len = strlen(schema->fields[row].name);
        longest = len > longest ? len : longest;
    }
    return (int)longest;
}

/* A line of the text of a type. */
static PyObject *
field_line(const nm_field *field, int width)
{
    char properties[NMPY_PROPERTIES_LEN];
    char start[160];
    nmpy_field_properties(field, properties);
    PyOS_snprintf(start, sizeof start, "  %-*.80s  %s%s%s%s", width, field->name,
                  nmpy_kind_name(field->kind), properties[0] != '\0' ? ", " : "", properties,
                  field->symbols != NULL ? ": " : "");
    PyObject *symbols = nmpy_field_symbols_text(field);
    PyObject *line = symbols != NULL ? PyUnicode_FromFormat("%s%U", start, symbols) : NULL;
    Py_XDECREF(symbols);
    return line;
}

static PyObject *
type_title(const nm_schema *schema)
{
    return PyUnicode_FromFormat("%s:%s, message type %u:%u",
                                nm_registry_vendor_name(schema->vendor), schema->name,
                                schema->vendor, schema->type);
}

static PyObject *
type_repr(PyObject *self)
{
    const nm_schema *schema = schema_of(self);
    PyObject *lines = PyList_New(0);
    PyObject *line_end = PyUnicode_FromString("\n");
    PyObject *line = type_title(schema);
    int result = lines != NULL && line != NULL ? PyList_Append(lines, line) : -1;
    Py_XDECREF(line);
    for (size_t row = 0; result == 0 && row < schema->field_count; row++) {
        line = field_line(&schema->fields[row], longest_name(schema));
        result = line != NULL ? PyList_Append(lines, line) : -1;
        Py_XDECREF(line);
    }
    PyObject *text = result == 0 && line_end != NULL ? PyUnicode_Join(line_end, lines) : NULL;
    Py_XDECREF(lines);
    Py_XDECREF(line_end);
    return text;
}

static void
add_field_row(nmpy_html *html, const nm_field *field)
{
    char properties[NMPY_PROPERTIES_LEN];
    nmpy_field_properties(field, properties);
    PyObject *symbols = nmpy_field_symbols_text(field);
    nmpy_html_markup(html, "<tr><th style=\"text-align:left\">");
    nmpy_html_markup(html, field->name); /* From our own tables, as all that follows. */
    const char *const cells[] = {nmpy_kind_name(field->kind), properties};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        nmpy_html_markup(html, i == 0 ? "</th><td>" : "</td><td>");
        nmpy_html_markup(html, cells[i]);
    }
    nmpy_html_markup(html, "</td><td style=\"text-align:left\">");
    nmpy_html_text(html, symbols, NMPY_HTML_TEXT_MAX);
    nmpy_html_markup(html, "</td></tr>\n");
    Py_XDECREF(symbols);
}

PyDoc_STRVAR(type_repr_html_doc, "_repr_html_($self, /)\n--\n\n"
                                 "The fields as an HTML table, which notebooks show.\n\n"
                                 ">>> import nmsg\n"
                                 ">>> '<table>' in nmsg.describe('base:http')._repr_html_()\n"
                                 "True");

static PyObject *
type_repr_html(PyObject *self, PyObject *unused)
{
    (void)unused;
    static const char *const heads[] = {"field", "kind", "properties", "symbols", NULL};
    const nm_schema *schema = schema_of(self);
    PyObject *title = type_title(schema);
    nmpy_html html;
    nmpy_html_begin(&html);
    nmpy_html_table(&html, title, heads);
    Py_XDECREF(title);
    for (size_t row = 0; row < schema->field_count; row++) {
        add_field_row(&html, &schema->fields[row]);
    }
    nmpy_html_markup(&html, "</table>");
    return nmpy_html_end(&html);
}

static PyObject *
type_richcompare(PyObject *self, PyObject *other, int operation)
{
    if (!Py_IS_TYPE(other, Py_TYPE(self)) || (operation != Py_EQ && operation != Py_NE)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    return PyBool_FromLong((schema_of(self) == schema_of(other)) == (operation == Py_EQ));
}

static Py_hash_t
type_hash(PyObject *self)
{
    return nmpy_pointer_hash(schema_of(self));
}

PyDoc_STRVAR(type_reduce_doc, "__reduce__($self, /)\n--\n\nFor pickle and copy.");

static PyObject *
type_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *module = PyType_GetModuleByDef(Py_TYPE(self), &nmpy_module_def);
    PyObject *describe = PyObject_GetAttrString(module, "describe");
    PyObject *name = nmpy_type_name(schema_of(self));
    PyObject *reduced =
        describe != NULL && name != NULL ? Py_BuildValue("O(O)", describe, name) : NULL;
    Py_XDECREF(describe);
    Py_XDECREF(name);
    return reduced;
}

#define EXAMPLE(attribute, shown)                                                                  \
    "\n\n>>> import nmsg\n>>> nmsg.describe('sie:dnsdedupe')." attribute "\n" shown

static PyGetSetDef type_getset[] = {
    {"vendor", type_get_vendor, NULL, "Name of the vendor." EXAMPLE("vendor", "'SIE'"), NULL},
    {"name", type_get_name, NULL, "Name of the type." EXAMPLE("name", "'dnsdedupe'"), NULL},
    {"vid", type_get_vid, NULL, "Number of the vendor." EXAMPLE("vid", "2"), NULL},
    {"msgtype", type_get_msgtype, NULL,
     "Number of the type within its vendor." EXAMPLE("msgtype", "1"), NULL},
    {"fields", type_get_fields, NULL,
     "The fields, a tuple of nmsg.field_info in the order in which they are shown." EXAMPLE(
         "fields[0].name", "'type'"),
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef type_methods[] = {
    {"_repr_html_", type_repr_html, METH_NOARGS, type_repr_html_doc},
    {"__reduce__", type_reduce, METH_NOARGS, type_reduce_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(type_doc,
             "One message type, as nmsg.describe() gives it: its repr() lists the fields.\n\n"
             ">>> import nmsg\n"
             ">>> nmsg.describe('base:pkt')\n"
             "base:pkt, message type 1:8\n"
             "  len_frame  uint32\n"
             "  payload    bytes, required");

static PyType_Slot type_slots[] = {
    {Py_tp_doc, (void *)type_doc},      {Py_tp_dealloc, NMPY_SLOT(nmpy_info_dealloc)},
    {Py_tp_repr, NMPY_SLOT(type_repr)}, {Py_tp_richcompare, NMPY_SLOT(type_richcompare)},
    {Py_tp_hash, NMPY_SLOT(type_hash)}, {Py_tp_getset, type_getset},
    {Py_tp_methods, type_methods},      {0, NULL},
};

static PyType_Spec type_spec = {
    .name = "nmsg.type_info",
    .basicsize = sizeof(type_info),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = type_slots,
};

PyObject *
nmpy_type_info_new(nmpy_state *state, const nm_schema *schema)
{
    type_info *info = PyObject_New(type_info, state->type_info_type);
    if (info != NULL) {
        info->schema = schema;
    }
    return (PyObject *)info;
}

int
nmpy_type_info_init(PyObject *module, nmpy_state *state)
{
    state->type_info_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &type_spec, /* bases= */ NULL);
    return state->type_info_type != NULL ? PyModule_AddType(module, state->type_info_type) : -1;
}
