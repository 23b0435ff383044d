/* SPDX-License-Identifier: Apache-2.0 */
/* nmsg.message: making and freeing messages, and the class itself. What its methods do is in the
 * other files message*.c. */
#include "message.h"

#include "message_doc.h"

#include <time.h>

#include "message/registry.h"

static size_t
tail_len(const nmpy_schema *schema, size_t data_len)
{
    size_t slots = schema != NULL ? schema->schema->field_count * sizeof(nm_slot) : 0;
    return slots + (data_len <= NMPY_INLINE_MAX ? data_len : 0);
}

/* Give a fresh object its octets: behind the index, or in a block of their own. */
static int
store_data(nmpy_message *m, nm_span data)
{
    size_t slots = m->schema != NULL ? m->schema->schema->field_count * sizeof(nm_slot) : 0;
    m->data_len = (uint32_t)data.len;
    m->owns_data = data.len > NMPY_INLINE_MAX;
    m->data = (uint8_t *)(m + 1) + slots;
    if (m->owns_data) {
        m->data = PyMem_Malloc(data.len);
        if (m->data == NULL) {
            PyErr_NoMemory();
            return -1;
        }
    }
    if (data.len > 0) {
        memcpy(m->data, data.data, data.len);
    }
    return 0;
}

/* What every fresh object gets, however it was allocated. */
static int
fill(nmpy_message *m, const nmpy_parts *parts)
{
    const nm_payload *payload = parts->payload;
    m->schema = parts->schema;
    m->changes = NULL;
    m->time_sec = payload->time_sec;
    m->time_nsec = payload->time_nsec;
    m->vendor = payload->vendor;
    m->type = payload->type;
    m->source = payload->source;
    m->operator = payload->operator;
    m->group = payload->group;
    m->has = (uint8_t)(payload->has & NM_HAS_FIELDS);
    m->strings_are_bytes = parts->strings_are_bytes;
    m->is_time_default = parts->is_time_default;
    m->owns_data = false;
    if (parts->schema != NULL) {
        memcpy(nmpy_message_slots(m), parts->slots,
               parts->schema->schema->field_count * sizeof(nm_slot));
    }
    return store_data(m, payload->data);
}

PyObject *
nmpy_message_of_parts(nmpy_state *state, const nmpy_parts *parts)
{
    const nmpy_schema *schema = parts->schema;
    PyTypeObject *type = schema != NULL ? schema->type : state->message_type;
    /* Not tracked by the collector before it holds objects that could form a cycle. */
    nmpy_message *m = PyObject_GC_NewVar(nmpy_message, type,
                                         (Py_ssize_t)tail_len(schema, parts->payload->data.len));
    if (m != NULL && fill(m, parts) < 0) {
        Py_CLEAR(m);
    }
    return (PyObject *)m;
}

PyObject *
nmpy_message_new(nmpy_state *state, const nmpy_schema *schema, const nm_message *message,
                 bool strings_are_bytes)
{
    nmpy_parts parts = {
        .schema = schema,
        .payload = &message->payload,
        .slots = message->slots,
        .strings_are_bytes = strings_are_bytes,
    };
    return nmpy_message_of_parts(state, &parts);
}

PyObject *
nmpy_message_build(PyTypeObject *type, const nmpy_parts *parts)
{
    Py_ssize_t len = (Py_ssize_t)tail_len(parts->schema, parts->payload->data.len);
    nmpy_message *m = (nmpy_message *)type->tp_alloc(type, len);
    if (m != NULL && fill(m, parts) < 0) {
        Py_CLEAR(m);
    }
    return (PyObject *)m;
}

const nm_schema *
nmpy_message_schema(PyObject *message)
{
    const nmpy_schema *schema = ((nmpy_message *)message)->schema;
    return schema != NULL ? schema->schema : NULL;
}

/* -- making messages in Python -- */

static int
number_attribute(PyTypeObject *type, const char *name, uint32_t *out)
{
    PyObject *value = PyObject_GetAttrString((PyObject *)type, name);
    if (value == NULL) {
        return -1;
    }
    int result = nmpy_u32_parse(value, name, out);
    Py_DECREF(value);
    return result;
}

/* Whether the class says itself what vendor and type its messages have. */
static bool
is_typed(PyTypeObject *type)
{
    return PyObject_HasAttrString((PyObject *)type, "_msgtype");
}

/* One of the two numbers that message() takes, by place or by name.
 * @return 0, or -1 with an exception set. */
static int
parse_number(PyObject *args, PyObject *kwargs, Py_ssize_t place, const char *name, uint32_t *out)
{
    PyObject *number = NULL;
    PyObject *by_name = kwargs != NULL ? PyDict_GetItemString(kwargs, name) : NULL;
    if (place < PyTuple_GET_SIZE(args)) {
        number = PyTuple_GET_ITEM(args, place);
    }
    if ((number == NULL) == (by_name == NULL)) {
        PyErr_Format(PyExc_TypeError, "message() takes vid and msgtype, two ints: %s is %s", name,
                     number == NULL ? "missing" : "given twice");
        return -1;
    }
    return nmpy_u32_parse(number != NULL ? number : by_name, name, out);
}

/* message(vid, msgtype), or a class that says them itself. */
static int
parse_new_args(PyTypeObject *type, PyObject *args, PyObject *kwargs, uint32_t *vendor,
               uint32_t *number)
{
    if (is_typed(type)) {
        return number_attribute(type, "_vid", vendor) < 0 ||
                       number_attribute(type, "_msgtype", number) < 0
                   ? -1
                   : 0;
    }
    return parse_number(args, kwargs, 0, "vid", vendor) < 0 ||
                   parse_number(args, kwargs, 1, "msgtype", number) < 0
               ? -1
               : 0;
}

/* A new message starts from the octets of an empty one of its type. */
static PyObject *
build_empty(PyTypeObject *type, const nmpy_schema *schema, bool strings_are_bytes)
{
    struct timespec now = {.tv_sec = 0};
    (void)clock_gettime(CLOCK_REALTIME, &now); /* Cannot fail with this clock. */
    nm_payload payload = {
        .vendor = schema->schema->vendor,
        .type = schema->schema->type,
        .has = NM_HAS_DATA,
        .time_sec = now.tv_sec,
        .time_nsec = (uint32_t)now.tv_nsec,
    };
    nm_slot slots[NM_SCHEMA_FIELDS_MAX];
    nm_buffer data;
    nm_buffer_init(&data, NMPY_INLINE_MAX, &nm_allocator_heap);
    nm_status status = nm_required_fields_encode(schema->schema, &data);
    payload.data = nm_buffer_span(&data);
    if (status == NM_OK) {
        status = nm_index_build(schema->schema, payload.data, slots, /* err= */ NULL);
    }
    PyObject *m = NULL;
    if (status == NM_OK) {
        nmpy_parts parts = {
            .schema = schema,
            .payload = &payload,
            .slots = slots,
            .strings_are_bytes = strings_are_bytes,
            .is_time_default = true,
        };
        m = nmpy_message_build(type, &parts);
    } else {
        PyErr_NoMemory();
    }
    nm_buffer_clear(&data);
    return m;
}

static PyObject *
message_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    nmpy_state *state = nmpy_state_of(type);
    uint32_t vendor;
    uint32_t number;
    if (parse_new_args(type, args, kwargs, &vendor, &number) < 0) {
        return NULL;
    }
    const nmpy_schema *schema = nmpy_schema_find(state, nm_registry_find(vendor, number));
    if (schema == NULL) {
        PyErr_Format(state->error,
                     "nmsg_msgmod_lookup() failed: no message type %u:%u (nmsg.types() lists them)",
                     vendor, number);
        return NULL;
    }
    return build_empty(type, schema, state->strings_are_bytes);
}

/* The fields among the keyword arguments of message(vid, msgtype, ...). */
static PyObject *
without_numbers(PyObject *kwargs)
{
    static const char *const names[] = {"vid", "msgtype"};
    PyObject *fields = PyDict_Copy(kwargs);
    for (size_t i = 0; fields != NULL && i < sizeof names / sizeof *names; i++) {
        if (PyDict_GetItemString(fields, names[i]) != NULL &&
            PyDict_DelItemString(fields, names[i]) < 0) {
            Py_CLEAR(fields);
        }
    }
    return fields;
}

int
nmpy_message_tp_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    nmpy_message *m = (nmpy_message *)self;
    bool has_numbers = Py_TYPE(self) != m->schema->type && !is_typed(Py_TYPE(self));
    if (PyTuple_GET_SIZE(args) > (has_numbers ? 2 : 0)) {
        PyErr_Format(PyExc_TypeError, "%s() takes %sfields as keyword arguments only",
                     Py_TYPE(self)->tp_name, has_numbers ? "vid, msgtype, and " : "");
        return -1;
    }
    if (kwargs == NULL) {
        return 0;
    }
    PyObject *fields = has_numbers ? without_numbers(kwargs) : Py_NewRef(kwargs);
    int result = fields != NULL ? nmpy_message_set_all(m, fields) : -1;
    Py_XDECREF(fields);
    return result;
}

static int
message_traverse(PyObject *self, visitproc visit, void *arg)
{
    nmpy_message *m = (nmpy_message *)self;
    Py_VISIT(Py_TYPE(self));
    for (size_t row = 0; m->changes != NULL && row < m->changes->count; row++) {
        Py_VISIT(m->changes->values[row]);
    }
    return 0;
}

static int
message_clear(PyObject *self)
{
    nmpy_message *m = (nmpy_message *)self;
    for (size_t row = 0; m->changes != NULL && row < m->changes->count; row++) {
        Py_CLEAR(m->changes->values[row]);
    }
    return 0;
}

void
nmpy_message_dealloc(PyObject *self)
{
    nmpy_message *m = (nmpy_message *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (m->changes != NULL) {
        (void)message_clear(self); /* Always 0. */
        PyMem_Free(m->changes);
    }
    if (m->owns_data) {
        PyMem_Free(m->data);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

/* -- the class -- */

static int
message_bool(PyObject *self)
{
    (void)self;
    return 1; /* A message is there, whatever is in it: `if not m` asks for None. */
}

static PyObject *
message_sizeof(PyObject *self, PyObject *unused)
{
    (void)unused;
    nmpy_message *m = (nmpy_message *)self;
    size_t len = (size_t)Py_TYPE(self)->tp_basicsize + (size_t)Py_SIZE(self);
    len += m->owns_data ? m->data_len : 0;
    len += m->changes != NULL ? sizeof *m->changes + m->changes->count * sizeof(PyObject *) : 0;
    return PyLong_FromSize_t(len);
}

#define METHOD(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef message_methods[] = {
    {"keys", nmpy_message_keys, METH_NOARGS, keys_doc},
    {"values", nmpy_message_values, METH_NOARGS, values_doc},
    {"items", nmpy_message_items, METH_NOARGS, items_doc},
    {"get", METHOD(nmpy_message_get), METH_FASTCALL, get_doc},
    {"update", METHOD(nmpy_message_update), METH_VARARGS | METH_KEYWORDS, update_doc},
    {"pop", METHOD(nmpy_message_pop), METH_FASTCALL, pop_doc},
    {"setdefault", METHOD(nmpy_message_setdefault), METH_FASTCALL, setdefault_doc},
    {"copy", nmpy_message_copy, METH_NOARGS, copy_doc},
    {"__copy__", nmpy_message_copy, METH_NOARGS, copy_doc},
    {"__reduce__", nmpy_message_reduce, METH_NOARGS, reduce_doc},
    {"to_json", nmpy_message_to_json, METH_NOARGS, nmpy_message_to_json_doc},
    {"from_json", nmpy_message_from_json, METH_O | METH_CLASS, nmpy_message_from_json_doc},
    {"to_dict", nmpy_message_to_dict, METH_NOARGS, nmpy_message_to_dict_doc},
    {"text", nmpy_message_text, METH_O, nmpy_message_text_doc},
    {"_repr_html_", nmpy_message_repr_html, METH_NOARGS, repr_html_doc},
    {"__sizeof__", message_sizeof, METH_NOARGS, sizeof_doc},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot message_slots[] = {
    {Py_tp_doc, (void *)message_doc},
    {Py_tp_new, NMPY_SLOT(message_tp_new)},
    {Py_tp_init, NMPY_SLOT(nmpy_message_tp_init)},
    {Py_tp_dealloc, NMPY_SLOT(nmpy_message_dealloc)},
    {Py_tp_traverse, NMPY_SLOT(message_traverse)},
    {Py_tp_clear, NMPY_SLOT(message_clear)},
    {Py_tp_repr, NMPY_SLOT(nmpy_message_repr)},
    {Py_tp_str, NMPY_SLOT(nmpy_message_str)},
    {Py_tp_iter, NMPY_SLOT(nmpy_message_iter)},
    {Py_tp_richcompare, NMPY_SLOT(nmpy_message_richcompare)},
    {Py_tp_hash, NMPY_SLOT(PyObject_HashNotImplemented)},
    {Py_tp_methods, message_methods},
    {Py_tp_getset, nmpy_message_getset},
    {Py_mp_subscript, NMPY_SLOT(nmpy_message_subscript)},
    {Py_mp_ass_subscript, NMPY_SLOT(nmpy_message_ass_subscript)},
    {Py_mp_length, NMPY_SLOT(nmpy_message_length)},
    {Py_sq_contains, NMPY_SLOT(nmpy_message_contains)},
    {Py_nb_bool, NMPY_SLOT(message_bool)},
    {0, NULL},
};

static PyType_Spec message_spec = {
    .name = "nmsg.message",
    .basicsize = sizeof(nmpy_message),
    .itemsize = 1,
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = message_slots,
};

int
nmpy_message_init(PyObject *module, nmpy_state *state)
{
    state->message_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &message_spec, /* bases= */ NULL);
    if (state->message_type == NULL || PyModule_AddType(module, state->message_type) < 0) {
        return -1;
    }
    return nmpy_message_fields_init(module, state);
}
