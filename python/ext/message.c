/* SPDX-License-Identifier: Apache-2.0 */
/* nmsg.message: making messages, and reading their fields. Changing and encoding them is in
 * message_change.c, the header in message_header.c. */
#include "message.h"

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

PyObject *
nmpy_message_new(nmpy_state *state, const nmpy_schema *schema, const nm_message *message,
                 bool strings_are_bytes)
{
    PyTypeObject *type = schema != NULL ? schema->type : state->message_type;
    const nm_payload *payload = &message->payload;
    /* Not tracked by the collector before it holds objects that could form a cycle. */
    nmpy_message *m =
        PyObject_GC_NewVar(nmpy_message, type, (Py_ssize_t)tail_len(schema, payload->data.len));
    if (m == NULL) {
        return NULL;
    }
    m->schema = schema;
    m->changes = NULL;
    m->time_sec = payload->time_sec;
    m->time_nsec = payload->time_nsec;
    m->vendor = payload->vendor;
    m->type = payload->type;
    m->source = payload->source;
    m->operator = payload->operator;
    m->group = payload->group;
    m->has = (uint8_t)payload->has;
    m->strings_are_bytes = strings_are_bytes;
    m->is_time_default = false;
    m->owns_data = false;
    if (schema != NULL) {
        memcpy(nmpy_message_slots(m), message->slots,
               schema->schema->field_count * sizeof(nm_slot));
    }
    if (store_data(m, payload->data) < 0) {
        Py_DECREF(m);
        return NULL;
    }
    return (PyObject *)m;
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

/* message(vid, msgtype), or a class that says them itself and takes fields by keyword. */
static int
parse_new_args(PyTypeObject *type, PyObject *args, PyObject *kwargs, uint32_t *vendor,
               uint32_t *number)
{
    nmpy_state *state = nmpy_state_of(type);
    if (type != state->message_type && PyObject_HasAttrString((PyObject *)type, "_msgtype")) {
        if (PyTuple_GET_SIZE(args) > 0) {
            PyErr_Format(PyExc_TypeError, "%s() takes fields as keyword arguments only",
                         type->tp_name);
            return -1;
        }
        return number_attribute(type, "_vid", vendor) < 0 ||
                       number_attribute(type, "_msgtype", number) < 0
                   ? -1
                   : 0;
    }
    static char *keywords[] = {"vid", "msgtype", NULL};
    PyObject *vendor_object;
    PyObject *number_object;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO:message", keywords, &vendor_object,
                                     &number_object)) {
        return -1;
    }
    return nmpy_u32_parse(vendor_object, "vid", vendor) < 0 ||
                   nmpy_u32_parse(number_object, "msgtype", number) < 0
               ? -1
               : 0;
}

static PyObject *
message_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    nmpy_state *state = nmpy_state_of(type);
    struct timespec now = {.tv_sec = 0};
    nm_message message = {.schema = NULL};
    nm_payload payload = {.has = NM_HAS_DATA};
    if (parse_new_args(type, args, kwargs, &payload.vendor, &payload.type) < 0) {
        return NULL;
    }
    const nmpy_schema *schema =
        nmpy_schema_find(state, nm_registry_find(payload.vendor, payload.type));
    if (schema == NULL) {
        PyErr_Format(state->error, "nmsg_msgmod_lookup() failed: no message type %u:%u",
                     payload.vendor, payload.type);
        return NULL;
    }
    /* A new message starts from the octets of an empty one of its type. */
    nm_buffer data;
    nm_buffer_init(&data, NMPY_INLINE_MAX, &nm_allocator_heap);
    nm_status status = nm_required_fields_encode(schema->schema, &data);
    payload.data = nm_buffer_span(&data);
    if (status == NM_OK) {
        status = nm_message_decode(&message, &payload, /* err= */ NULL);
    }
    nmpy_message *m = NULL;
    if (status == NM_OK) {
        m = (nmpy_message *)type->tp_alloc(type, (Py_ssize_t)tail_len(schema, data.len));
    } else {
        PyErr_NoMemory();
    }
    if (m != NULL) {
        (void)clock_gettime(CLOCK_REALTIME, &now); /* Cannot fail with this clock. */
        m->schema = schema;
        m->vendor = payload.vendor;
        m->type = payload.type;
        m->has = NM_HAS_DATA;
        m->time_sec = now.tv_sec;
        m->time_nsec = (uint32_t)now.tv_nsec;
        m->is_time_default = true;
        m->strings_are_bytes = state->strings_are_bytes;
        memcpy(nmpy_message_slots(m), message.slots, schema->schema->field_count * sizeof(nm_slot));
        if (store_data(m, payload.data) < 0) {
            Py_CLEAR(m);
        }
    }
    nm_buffer_clear(&data);
    return (PyObject *)m;
}

static int
message_tp_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    nmpy_message *m = (nmpy_message *)self;
    if (kwargs == NULL || PyTuple_GET_SIZE(args) > 0 ||
        Py_TYPE(self) == nmpy_message_state(self)->message_type) {
        return 0; /* vid and msgtype, which tp_new took. */
    }
    PyObject *key;
    PyObject *value;
    for (Py_ssize_t i = 0; PyDict_Next(kwargs, &i, &key, &value);) {
        if (nmpy_message_set(m, key, value) < 0) {
            return -1;
        }
    }
    return 0;
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

/* -- reading fields -- */

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

/* Value of a row: new reference; NULL without exception when the message has none. A list belongs
 * to the message from then on: what is appended to it is written. */
static PyObject *
message_value(nmpy_message *m, size_t row)
{
    const nm_field *field = &m->schema->schema->fields[row];
    PyObject *changed = nmpy_message_changed(m, row);
    if (changed != NULL) {
        return changed != Py_None ? Py_NewRef(changed) : NULL;
    }
    if (field->compute != NULL) {
        return computed_value(m, row);
    }
    if (nmpy_message_slots(m)[row] == 0 || (field->flags & NM_FIELD_HIDDEN) != 0) {
        return NULL;
    }
    if (nmpy_message_is_repeated(m, row)) {
        return repeated_value(m, row);
    }
    nm_value value = nm_value_at(field, nmpy_message_data(m), nmpy_message_slots(m)[row]);
    return nmpy_value_to_object(m->schema, row, &value, m->strings_are_bytes);
}

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
    if (slot == 0 || (field->flags & NM_FIELD_HIDDEN) != 0) {
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

static size_t
field_count(const nmpy_message *m)
{
    return m->schema != NULL ? m->schema->schema->field_count : 0;
}

static PyObject *
message_subscript(PyObject *self, PyObject *key)
{
    nmpy_message *m = (nmpy_message *)self;
    Py_ssize_t row = m->schema != NULL ? nmpy_schema_row(m->schema, key) : -1;
    PyObject *value = row >= 0 ? message_value(m, (size_t)row) : NULL;
    if (value == NULL && !PyErr_Occurred()) {
        nmpy_raise_key_error(key);
    }
    return value;
}

int
nmpy_message_contains(PyObject *self, PyObject *key)
{
    nmpy_message *m = (nmpy_message *)self;
    Py_ssize_t row = m->schema != NULL ? nmpy_schema_row(m->schema, key) : -1;
    return row >= 0 ? has_value(m, (size_t)row) : row == -2 ? -1 : 0;
}

static Py_ssize_t
message_length(PyObject *self)
{
    nmpy_message *m = (nmpy_message *)self;
    Py_ssize_t count = 0;
    for (size_t row = 0; row < field_count(m); row++) {
        int has = has_value(m, row);
        if (has < 0) {
            return -1;
        }
        count += has;
    }
    return count;
}

static int
message_bool(PyObject *self)
{
    (void)self;
    return 1; /* A message is there, whatever is in it: `if not m` asks for None. */
}

/* What to collect of each field that has a value. */
typedef enum collect { COLLECT_VALUES, COLLECT_ITEMS } collect;

static PyObject *
collect_one(nmpy_message *m, size_t row, collect what)
{
    PyObject *value = message_value(m, row);
    if (value != NULL && PyList_Check(value) && PyList_GET_SIZE(value) == 0) {
        Py_CLEAR(value); /* All that was in it is gone. */
    }
    if (value != NULL && what == COLLECT_ITEMS) {
        PyObject *pair = PyTuple_Pack(2, m->schema->names[row], value);
        Py_SETREF(value, pair);
    }
    return value;
}

static PyObject *
collect_all(PyObject *self, collect what)
{
    nmpy_message *m = (nmpy_message *)self;
    PyObject *list = PyList_New(0);
    for (size_t row = 0; list != NULL && row < field_count(m); row++) {
        PyObject *object = collect_one(m, row, what);
        if (object == NULL && !PyErr_Occurred()) {
            continue;
        }
        if (object == NULL || PyList_Append(list, object) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(object);
    }
    return list;
}

/* Names alone need no objects to be made, so their list is made in one go. */
static PyObject *
collect_keys(PyObject *self)
{
    nmpy_message *m = (nmpy_message *)self;
    uint8_t rows[NM_SCHEMA_FIELDS_MAX];
    Py_ssize_t count = 0;
    for (size_t row = 0; row < field_count(m); row++) {
        int has = has_value(m, row);
        if (has < 0) {
            return NULL;
        }
        if (has > 0) {
            rows[count++] = (uint8_t)row;
        }
    }
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyList_SET_ITEM(list, i, Py_NewRef(m->schema->names[rows[i]]));
    }
    return list;
}

PyDoc_STRVAR(keys_doc,
             "keys($self, /)\n--\n\nNames of the fields that have values, in table order.");

static PyObject *
message_keys(PyObject *self, PyObject *unused)
{
    (void)unused;
    return collect_keys(self);
}

PyDoc_STRVAR(values_doc, "values($self, /)\n--\n\nValues of the fields in the order of keys().");

static PyObject *
message_values(PyObject *self, PyObject *unused)
{
    (void)unused;
    return collect_all(self, COLLECT_VALUES);
}

PyDoc_STRVAR(items_doc, "items($self, /)\n--\n\nPairs of name and value in the order of keys().");

static PyObject *
message_items(PyObject *self, PyObject *unused)
{
    (void)unused;
    return collect_all(self, COLLECT_ITEMS);
}

static PyObject *
message_iter(PyObject *self)
{
    PyObject *keys = collect_keys(self);
    PyObject *iterator = keys != NULL ? PyObject_GetIter(keys) : NULL;
    Py_XDECREF(keys);
    return iterator;
}

PyDoc_STRVAR(get_doc, "get($self, key, default=None, /)\n--\n\n"
                      "m[key] if the message has that field, else default.");

static PyObject *
message_get(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs < 1 || nargs > 2) {
        PyErr_Format(PyExc_TypeError, "get() takes 1 or 2 arguments (%zd given)", nargs);
        return NULL;
    }
    nmpy_message *m = (nmpy_message *)self;
    Py_ssize_t row = m->schema != NULL ? nmpy_schema_row(m->schema, args[0]) : -1;
    PyObject *value = row >= 0 ? message_value(m, (size_t)row) : NULL;
    if (value == NULL && !PyErr_Occurred()) {
        return Py_NewRef(nargs == 2 ? args[1] : Py_None);
    }
    return value;
}

static PyObject *
message_repr(PyObject *self)
{
    PyObject *items = collect_all(self, COLLECT_ITEMS);
    PyObject *dict = items != NULL ? PyObject_CallOneArg((PyObject *)&PyDict_Type, items) : NULL;
    PyObject *repr = dict != NULL ? PyObject_Repr(dict) : NULL;
    Py_XDECREF(items);
    Py_XDECREF(dict);
    return repr;
}

/* -- the class -- */

PyDoc_STRVAR(sizeof_doc,
             "__sizeof__($self, /)\n--\n\nOctets of memory, those of the payload included.");

static PyObject *
message_sizeof(PyObject *self, PyObject *unused)
{
    (void)unused;
    nmpy_message *m = (nmpy_message *)self;
    size_t len = (size_t)Py_TYPE(self)->tp_basicsize + (size_t)Py_SIZE(self);
    len += m->owns_data ? m->data_len : 0;
    len += m->changes != NULL ? sizeof *m->changes + field_count(m) * sizeof(PyObject *) : 0;
    return PyLong_FromSize_t(len);
}

static PyMethodDef message_methods[] = {
    {"keys", message_keys, METH_NOARGS, keys_doc},
    {"values", message_values, METH_NOARGS, values_doc},
    {"items", message_items, METH_NOARGS, items_doc},
    {"get", (PyCFunction)(void (*)(void))message_get, METH_FASTCALL, get_doc},
    {"to_json", nmpy_message_to_json, METH_NOARGS, nmpy_message_to_json_doc},
    {"from_json", nmpy_message_from_json, METH_O | METH_CLASS, nmpy_message_from_json_doc},
    {"to_dict", nmpy_message_to_dict, METH_NOARGS, nmpy_message_to_dict_doc},
    {"text", nmpy_message_text, METH_O, nmpy_message_text_doc},
    {"__sizeof__", message_sizeof, METH_NOARGS, sizeof_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(message_doc,
             "message(vid, msgtype)\n\n"
             "One message: a mapping from field names to values, with the header as attributes.\n\n"
             "Only fields that have values are in it. Repeated fields are lists, which belong to\n"
             "the message: what is appended to one is written. Assigning None deletes a field.\n"
             "Messages are equal when their headers and payloads are, and not hashable.\n"
             "Messages read from an input are of the class of their type, such as\n"
             "nmsg.msgtype.base.http; those of unknown types have no fields, only payload.\n\n"
             "Raises KeyError, TypeError, ValueError and OverflowError at assignment.");

static PyType_Slot message_slots[] = {
    {Py_tp_doc, (void *)message_doc},
    {Py_tp_new, NMPY_SLOT(message_tp_new)},
    {Py_tp_init, NMPY_SLOT(message_tp_init)},
    {Py_tp_dealloc, NMPY_SLOT(nmpy_message_dealloc)},
    {Py_tp_traverse, NMPY_SLOT(message_traverse)},
    {Py_tp_clear, NMPY_SLOT(message_clear)},
    {Py_tp_repr, NMPY_SLOT(message_repr)},
    {Py_tp_iter, NMPY_SLOT(message_iter)},
    {Py_tp_richcompare, NMPY_SLOT(nmpy_message_richcompare)},
    {Py_tp_hash, NMPY_SLOT(PyObject_HashNotImplemented)},
    {Py_tp_methods, message_methods},
    {Py_tp_getset, nmpy_message_getset},
    {Py_mp_subscript, NMPY_SLOT(message_subscript)},
    {Py_mp_ass_subscript, NMPY_SLOT(nmpy_message_ass_subscript)},
    {Py_mp_length, NMPY_SLOT(message_length)},
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
    return state->message_type != NULL ? PyModule_AddType(module, state->message_type) : -1;
}
