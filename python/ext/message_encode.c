/* SPDX-License-Identifier: Apache-2.0 */
/* The octets of a message as it is now, changes included, and comparing messages by them. */
#include "message.h"

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
    PyObject *changed = nmpy_message_changed(m, row);
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
    Py_INCREF(changed); /* Checking elements may run code that assigns the field anew. */
    int result = PyList_Check(changed) ? encode_list(state, m, row, changed, out)
                                       : nmpy_value_encode(state, m->schema, row, changed, out);
    Py_DECREF(changed);
    return result;
}

/* Find the lists that were handed out and are still what the octets say, so that looking at a
 * field changes nothing: octets that no Python value shows (a final NUL, an address of a wrong
 * length) stay. @return 1 if something is changed all the same, 0 if not, -1 with an exception. */
static int
settle_changes(nmpy_message *m, uint64_t *out_unchanged)
{
    int is_changed = 0;
    *out_unchanged = 0;
    for (size_t row = 0; row < m->schema->schema->field_count; row++) {
        PyObject *list = Py_XNewRef(nmpy_message_changed(m, row));
        int differs = list != NULL;
        if (list != NULL && (m->changes->handed_out >> row & 1) != 0) {
            PyObject *wire = nmpy_message_wire_list(m, row);
            differs = wire != NULL ? PyObject_RichCompareBool(list, wire, Py_NE) : -1;
            Py_XDECREF(wire);
        }
        Py_XDECREF(list);
        if (differs < 0) {
            return -1;
        }
        is_changed |= differs;
        *out_unchanged |= (uint64_t)!differs << row;
    }
    return is_changed;
}

int
nmpy_message_payload(nmpy_state *state, PyObject *message, nm_buffer *scratch, nm_payload *out)
{
    nmpy_message *m = (nmpy_message *)message;
    uint64_t unchanged = 0;
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
    int is_changed = m->changes != NULL ? settle_changes(m, &unchanged) : 0;
    if (is_changed <= 0) {
        return is_changed;
    }
    scratch->len = 0;
    for (size_t i = 0; i < m->schema->schema->field_count; i++) {
        size_t row = m->schema->order[i];
        if (nmpy_message_is_computed(m, row)) {
            continue;
        }
        int result = (unchanged >> row & 1) != 0 ? encode_from_wire(m, row, scratch)
                                                 : encode_row(state, m, row, scratch);
        if (result < 0) {
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

int
nmpy_fields_init(nmpy_fields *out, nmpy_message *m)
{
    nm_buffer_init(&out->scratch, INT32_MAX, &nm_allocator_heap);
    if (nmpy_message_payload(nmpy_message_state((PyObject *)m), (PyObject *)m, &out->scratch,
                             &out->payload) < 0) {
        return -1;
    }
    out->fields = (nm_fields){
        .schema = m->schema->schema,
        .payload = out->payload.data,
        .slots = nmpy_message_slots(m),
    };
    if (out->payload.data.data != m->data) {
        nm_error err = {.code = NM_OK};
        out->fields.slots = out->slots;
        if (nm_index_build(m->schema->schema, out->payload.data, out->slots, &err) != NM_OK) {
            nmpy_raise(nmpy_message_state((PyObject *)m), &err, "message cannot be encoded",
                       /* where= */ NULL);
            return -1;
        }
    }
    return 0;
}

void
nmpy_fields_clear(nmpy_fields *fields)
{
    nm_buffer_clear(&fields->scratch);
}

static bool
is_same_payload(const nm_payload *a, const nm_payload *b)
{
    return a->vendor == b->vendor && a->type == b->type && a->time_sec == b->time_sec &&
           a->time_nsec == b->time_nsec && a->source == b->source && a->operator == b->operator &&
           a->group == b->group && nm_span_equal(a->data, b->data);
}

PyObject *
nmpy_message_richcompare(PyObject *self, PyObject *other, int operation)
{
    nmpy_state *state = nmpy_message_state(self);
    if ((operation != Py_EQ && operation != Py_NE) ||
        !PyObject_TypeCheck(other, state->message_type)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    nm_buffer scratch[2];
    nm_payload payloads[2];
    PyObject *result = NULL;
    nm_buffer_init(&scratch[0], INT32_MAX, &nm_allocator_heap);
    nm_buffer_init(&scratch[1], INT32_MAX, &nm_allocator_heap);
    if (nmpy_message_payload(state, self, &scratch[0], &payloads[0]) == 0 &&
        nmpy_message_payload(state, other, &scratch[1], &payloads[1]) == 0) {
        bool is_same = is_same_payload(&payloads[0], &payloads[1]);
        result = PyBool_FromLong(is_same == (operation == Py_EQ));
    }
    nm_buffer_clear(&scratch[0]);
    nm_buffer_clear(&scratch[1]);
    return result;
}
