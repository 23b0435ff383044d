/* SPDX-License-Identifier: Apache-2.0 */
/* nmsg.field_info: one field of a message type, a window on the constant table that holds nothing
 * and computes what is asked. */
#include "types.h"

/* -- names of kinds -- */

/* Plain types come first, their numbers are public. */
static const char *const kind_names[] = {
    [NM_KIND_ENUM] = "enum",
    [NM_KIND_BYTES] = "bytes",
    [NM_KIND_STRING] = "string",
    [NM_KIND_MLSTRING] = "mlstring",
    [NM_KIND_IP] = "ip",
    [NM_KIND_UINT16] = "uint16",
    [NM_KIND_UINT32] = "uint32",
    [NM_KIND_UINT64] = "uint64",
    [NM_KIND_INT16] = "int16",
    [NM_KIND_INT32] = "int32",
    [NM_KIND_INT64] = "int64",
    [NM_KIND_DOUBLE] = "double",
    [NM_KIND_BOOL] = "bool",
    [NM_KIND_DNS_NAME] = "dns_name",
    [NM_KIND_DNS_TYPE] = "dns_type",
    [NM_KIND_DNS_CLASS] = "dns_class",
    [NM_KIND_DNS_CLASS_SIE] = "dns_class_sie",
    [NM_KIND_DNS_RCODE] = "dns_rcode",
    [NM_KIND_DNS_RDATA] = "dns_rdata",
    [NM_KIND_DNS_MESSAGE] = "dns_message",
    [NM_KIND_DNS_MESSAGE_OBJECT] = "dns_message_object",
    [NM_KIND_DNS_MESSAGE_TEXT] = "dns_message_text",
    [NM_KIND_IP_PROTOCOL] = "ip_protocol",
    [NM_KIND_HEX32] = "hex32",
    [NM_KIND_EPOCH] = "epoch",
    [NM_KIND_SYMBOL] = "symbol",
    [NM_KIND_ENCODED] = "encoded",
    [NM_KIND_NCAP_PAYLOAD] = "ncap_payload",
};

_Static_assert(sizeof kind_names / sizeof *kind_names == NM_KIND_COUNT, "a name for every kind");

typedef struct field_info {
    PyObject_HEAD
    const nm_schema *schema;
    const nm_field *field;
} field_info;

Py_hash_t
nmpy_pointer_hash(const void *pointer)
{
    return (Py_hash_t)((uintptr_t)pointer >> 4); /* Never -1, which would be an error. */
}

const char *
nmpy_kind_name(nm_kind kind)
{
    return kind_names[kind];
}

static const nm_field *
field_of(PyObject *self)
{
    return ((field_info *)self)->field;
}

void
nmpy_info_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
field_get_name(PyObject *self, void *closure)
{
    (void)closure;
    return PyUnicode_FromString(field_of(self)->name);
}

static PyObject *
field_get_number(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLong(field_of(self)->number);
}

static PyObject *
field_get_type(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLong(nm_kind_type(field_of(self)->kind));
}

static PyObject *
field_get_type_name(PyObject *self, void *closure)
{
    (void)closure;
    return PyUnicode_FromString(kind_names[nm_kind_type(field_of(self)->kind)]);
}

static PyObject *
field_get_kind(PyObject *self, void *closure)
{
    (void)closure;
    return PyUnicode_FromString(kind_names[field_of(self)->kind]);
}

static const unsigned repeated_flag = NM_FIELD_REPEATED;
static const unsigned required_flag = NM_FIELD_REQUIRED;
static const unsigned hidden_flag = NM_FIELD_HIDDEN;

static PyObject *
field_get_flag(PyObject *self, void *closure)
{
    return PyBool_FromLong((field_of(self)->flags & *(const unsigned *)closure) != 0);
}

static PyObject *
field_get_computed(PyObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(field_of(self)->number == 0);
}

static PyObject *
field_get_symbols(PyObject *self, void *closure)
{
    (void)closure;
    const nm_enum *symbols = field_of(self)->symbols;
    if (symbols == NULL) {
        Py_RETURN_NONE;
    }
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict != NULL && i < symbols->count; i++) {
        PyObject *number = PyLong_FromLong(symbols->values[i].value);
        if (number == NULL || PyDict_SetItemString(dict, symbols->values[i].name, number) < 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(number);
    }
    return dict;
}

void
nmpy_field_properties(const nm_field *field, char *out)
{
    const struct {
        bool holds;
        const char *name;
    } properties[] = {
        {(field->flags & NM_FIELD_REPEATED) != 0, "repeated"},
        {(field->flags & NM_FIELD_REQUIRED) != 0, "required"},
        {(field->flags & NM_FIELD_HIDDEN) != 0, "hidden"},
        {field->number == 0, "computed"},
    };
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
        if (properties[i].holds) {
            len += (size_t)PyOS_snprintf(out + len, NMPY_PROPERTIES_LEN - len, "%s%s",
                                         len > 0 ? ", " : "", properties[i].name);
        }
    }
}

PyObject *
nmpy_field_symbols_text(const nm_field *field)
{
    PyObject *names = PyList_New(0);
    PyObject *comma = PyUnicode_FromString(", ");
    for (size_t i = 0; field->symbols != NULL && names != NULL && i < field->symbols->count; i++) {
        PyObject *name = PyUnicode_FromString(field->symbols->values[i].name);
        if (name == NULL || PyList_Append(names, name) < 0) {
            Py_CLEAR(names);
        }
        Py_XDECREF(name);
    }
    PyObject *text = names != NULL && comma != NULL ? PyUnicode_Join(comma, names) : NULL;
    Py_XDECREF(names);
    Py_XDECREF(comma);
    return text;
}

static PyObject *
field_repr(PyObject *self)
{
    const nm_field *field = field_of(self);
    char properties[NMPY_PROPERTIES_LEN];
    nmpy_field_properties(field, properties);
    return PyUnicode_FromFormat(
        "<nmsg.field_info %s.%s: %s%s%s>", ((field_info *)self)->schema->name, field->name,
        kind_names[field->kind], properties[0] != '\0' ? ", " : "", properties);
}

static PyObject *
field_richcompare(PyObject *self, PyObject *other, int operation)
{
    if (!Py_IS_TYPE(other, Py_TYPE(self)) || (operation != Py_EQ && operation != Py_NE)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    return PyBool_FromLong((field_of(self) == field_of(other)) == (operation == Py_EQ));
}

static Py_hash_t
field_hash(PyObject *self)
{
    return nmpy_pointer_hash(field_of(self));
}

#define EXAMPLE(attribute, shown)                                                                  \
    "\n\n>>> import nmsg\n>>> nmsg.describe('base:http').fields[0]." attribute "\n" shown

static PyGetSetDef field_getset[] = {
    {"name", field_get_name, NULL, "Name of the field." EXAMPLE("name", "'type'"), NULL},
    {"number", field_get_number, NULL,
     "Number of the protobuf field, 0 for one that is computed." EXAMPLE("number", "1"), NULL},
    {"type", field_get_type, NULL,
     "Number of the plain type, 0 to 12, as in field_types of a message." EXAMPLE("type", "0"),
     NULL},
    {"type_name", field_get_type_name, NULL,
     "Name of the plain type: what class values have." EXAMPLE("type_name", "'enum'"), NULL},
    {"kind", field_get_kind, NULL,
     "What the values mean: the plain type, or for example 'dns_name', 'dns_rdata', 'epoch'; it\n"
     "says how text() and JSON show them." EXAMPLE("kind", "'enum'"),
     NULL},
    {"repeated", field_get_flag, NULL, "Whether values are lists." EXAMPLE("repeated", "False"),
     (void *)(uintptr_t)&repeated_flag},
    {"required", field_get_flag, NULL,
     "Whether a new message has the field." EXAMPLE("required", "True"),
     (void *)(uintptr_t)&required_flag},
    {"hidden", field_get_flag, NULL,
     "Whether the field is not listed, but there for who names it." EXAMPLE("hidden", "False"),
     (void *)(uintptr_t)&hidden_flag},
    {"computed", field_get_computed, NULL,
     "Whether the field is computed from others, so that it cannot be set." EXAMPLE("computed",
                                                                                    "False"),
     NULL},
    {"symbols", field_get_symbols, NULL,
     "Symbols of an enum with their numbers, a new dict; None for other fields." EXAMPLE(
         "symbols", "{'unknown': 0, 'sinkhole': 1}"),
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(field_doc, "One field of a message type, as nmsg.describe() gives it.\n\n"
                        ">>> import nmsg\n"
                        ">>> nmsg.describe('base:email').fields[6]\n"
                        "<nmsg.field_info email.rcpt: string, repeated>");

static PyType_Slot field_slots[] = {
    {Py_tp_doc, (void *)field_doc},
    {Py_tp_dealloc, NMPY_SLOT(nmpy_info_dealloc)},
    {Py_tp_repr, NMPY_SLOT(field_repr)},
    {Py_tp_richcompare, NMPY_SLOT(field_richcompare)},
    {Py_tp_hash, NMPY_SLOT(field_hash)},
    {Py_tp_getset, field_getset},
    {0, NULL},
};

static PyType_Spec field_spec = {
    .name = "nmsg.field_info",
    .basicsize = sizeof(field_info),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = field_slots,
};

PyObject *
nmpy_field_info_new(nmpy_state *state, const nm_schema *schema, size_t row)
{
    field_info *info = PyObject_New(field_info, state->field_info_type);
    if (info != NULL) {
        info->schema = schema;
        info->field = &schema->fields[row];
    }
    return (PyObject *)info;
}

int
nmpy_field_info_init(PyObject *module, nmpy_state *state)
{
    state->field_info_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &field_spec, /* bases= */ NULL);
    return state->field_info_type != NULL ? PyModule_AddType(module, state->field_info_type) : -1;
}
