/* SPDX-License-Identifier: Apache-2.0 */
/* A message as a dict: what its JSON holds, without the detour over text where there is a way. */
#include "ascii.h"
#include "dict_forms.h"
#include "message.h"

#include "base/timestamp.h"
#include "text/json_reader.h"
#include "text/json_record.h"
#include "text/json_string.h"
#include "text/pres_value.h"

/* -- JSON to objects -- */

static PyObject *build(nm_json_reader *r, const nm_json_value *value);

static PyObject *
build_string(const nm_json_value *value)
{
    if (value->is_verbatim) {
        return PyUnicode_DecodeUTF8((const char *)value->text.data, (Py_ssize_t)value->text.len,
                                    /* errors= */ NULL);
    }
    uint8_t *decoded = PyMem_Malloc(NM_JSON_DECODED_MAX(value->text.len));
    if (decoded == NULL) {
        return PyErr_NoMemory();
    }
    size_t len = nm_json_string_decode(value->text, decoded);
    PyObject *string =
        PyUnicode_DecodeUTF8((const char *)decoded, (Py_ssize_t)len, /* errors= */ NULL);
    PyMem_Free(decoded);
    return string;
}

/* Any number: int, or float for one with a point or an exponent. */
static PyObject *
build_number(const nm_json_value *value)
{
    PyObject *text = PyUnicode_DecodeASCII((const char *)value->text.data,
                                           (Py_ssize_t)value->text.len, /* errors= */ NULL);
    PyObject *number = NULL;
    if (text != NULL) {
        number = value->kind == NM_JSON_INTEGER ? PyLong_FromUnicodeObject(text, 10)
                                                : PyFloat_FromString(text);
        Py_DECREF(text);
    }
    return number;
}

static PyObject *
build_array(nm_json_reader *r)
{
    PyObject *list = PyList_New(0);
    nm_json_value value;
    while (list != NULL && nm_json_next(r, &value) < NM_JSON_KEY) {
        PyObject *item = build(r, &value);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    return list;
}

static PyObject *
build_object(nm_json_reader *r)
{
    PyObject *dict = PyDict_New();
    nm_json_value piece;
    while (dict != NULL && nm_json_next(r, &piece) == NM_JSON_KEY) {
        PyObject *key = build_string(&piece);
        (void)nm_json_next(r, &piece); /* An error shows as one that cannot be built. */
        PyObject *value = key != NULL ? build(r, &piece) : NULL;
        if (value == NULL || PyDict_SetItem(dict, key, value) < 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    return dict;
}

/* The object for a value that was read from `r`, and what lies in it. Nesting is bounded by the
 * reader. */
static PyObject *
build(nm_json_reader *r, const nm_json_value *value)
{
    switch (value->kind) {
    case NM_JSON_NULL:
        return Py_NewRef(Py_None);
    case NM_JSON_FALSE:
        return Py_NewRef(Py_False);
    case NM_JSON_TRUE:
        return Py_NewRef(Py_True);
    case NM_JSON_INTEGER:
    case NM_JSON_REAL:
        return build_number(value);
    case NM_JSON_STRING:
        return build_string(value);
    case NM_JSON_ARRAY:
        return build_array(r);
    case NM_JSON_OBJECT:
        return build_object(r);
    default:
        PyErr_SetString(PyExc_SystemError, "malformed JSON was written");
        return NULL;
    }
}

/* The object for JSON that was written. */
static PyObject *
object_of_json(nm_span json)
{
    if (json.len >= 2 && json.data[0] == '"') {
        nm_span inside = nm_span_of(json.data + 1, json.len - 2);
        if (nmpy_is_plain(inside)) {
            return nmpy_ascii_new(inside.data, inside.len);
        }
    }
    nm_json_reader r = nm_json_begin(json, /* line= */ 1, /* err= */ NULL);
    nm_json_value read;
    (void)nm_json_next(&r, &read); /* As in build_object(). */
    return build(&r, &read);
}

/* -- values of fields -- */

/* By way of the JSON text. */
static PyObject *
value_by_text(nmpy_state *state, const nm_fields *fields, size_t row, const nm_value *value)
{
    state->text.len = 0;
    nm_writer w = nm_writer_begin(&state->text);
    nm_json_value_write(&w, fields, row, value);
    if (nm_writer_end(&w) != NM_OK) {
        return PyErr_NoMemory();
    }
    return object_of_json(nm_buffer_span(&state->text));
}

/* Names and record data of the DNS, whose presentation text is the inside of the JSON string. */
static PyObject *
dns_text(nmpy_state *state, const nm_fields *fields, size_t row, const nm_value *value)
{
    state->text.len = 0;
    nm_writer w = nm_writer_begin(&state->text);
    nm_status status = nm_pres_value_write(&w, fields, row, value);
    if (nm_writer_end(&w) != NM_OK || status != NM_OK) {
        return PyErr_NoMemory();
    }
    nm_span text = nm_buffer_span(&state->text);
    return nmpy_is_ascii(text) ? nmpy_ascii_new(text.data, text.len)
                               : value_by_text(state, fields, row, value); /* Has it replaced. */
}

static PyObject *
address_or_none(nm_span address)
{
    PyObject *object = nmpy_address_to_object(address);
    return object != NULL || PyErr_Occurred() ? object : Py_NewRef(Py_None);
}

static PyObject *
epoch_text(uint32_t sec)
{
    char text[NM_TIMESTAMP_TEXT_MAX];
    return nmpy_ascii_new(text, nm_timestamp_format_sec(sec, text));
}

/* The name of a number, which the interpreter keeps if it is a small one. */
static PyObject *
number_name(nmpy_state *state, size_t which, const nm_fields *fields, size_t row,
            const nm_value *value)
{
    uint16_t number = (uint16_t)value->u64;
    if (number > NMPY_NAMED_MAX) {
        return value_by_text(state, fields, row, value);
    }
    PyObject **name = &state->number_names.names[which][number];
    if (*name == NULL) {
        *name = value_by_text(state, fields, row, value);
    }
    return Py_XNewRef(*name);
}

static PyObject *
value_object(nmpy_state *state, const nmpy_schema *schema, const nm_fields *fields, size_t row,
             const nm_value *value)
{
    enum { TYPES, CLASSES, CLASSES_SIE, RCODES, PROTOCOLS };
    _Static_assert(PROTOCOLS + 1 == NMPY_NAMED_KINDS, "a place for each");
    switch (fields->schema->fields[row].kind) {
    case NM_KIND_ENUM:
    case NM_KIND_UINT32:
    case NM_KIND_UINT64:
    case NM_KIND_INT32:
    case NM_KIND_INT64:
    case NM_KIND_BOOL:
        return nmpy_value_to_object(schema, row, value, /* strings_are_bytes= */ false);
    case NM_KIND_UINT16:
        return PyLong_FromLong((uint16_t)value->u64);
    case NM_KIND_IP:
        return address_or_none(value->bytes);
    case NM_KIND_DNS_NAME:
    case NM_KIND_DNS_RDATA:
        return dns_text(state, fields, row, value);
    case NM_KIND_EPOCH:
        return epoch_text((uint32_t)value->u64);
    case NM_KIND_DNS_TYPE:
        return number_name(state, TYPES, fields, row, value);
    case NM_KIND_DNS_CLASS:
        return number_name(state, CLASSES, fields, row, value);
    case NM_KIND_DNS_CLASS_SIE:
        return number_name(state, CLASSES_SIE, fields, row, value);
    case NM_KIND_DNS_RCODE:
        return number_name(state, RCODES, fields, row, value);
    case NM_KIND_IP_PROTOCOL:
        return number_name(state, PROTOCOLS, fields, row, value);
    default:
        return value_by_text(state, fields, row, value);
    }
}

static PyObject *
repeated_object(nmpy_state *state, const nmpy_schema *schema, const nm_fields *fields, size_t row)
{
    PyObject *list = PyList_New(0);
    nm_values values =
        nm_values_begin(&fields->schema->fields[row], fields->payload, fields->slots[row]);
    nm_value value;
    while (list != NULL && nm_values_next(&values, &value)) {
        PyObject *object = value_object(state, schema, fields, row, &value);
        if (object == NULL || PyList_Append(list, object) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(object);
    }
    return list;
}

/* Of a row that is not stored; NULL without exception if the message has no such value. */
static PyObject *
computed_object(nmpy_state *state, const nmpy_schema *schema, const nm_fields *fields, size_t row)
{
    nm_value value;
    state->scratch.len = 0;
    nm_status status = nm_fields_shown(fields, row, &state->scratch, &value);
    if (status != NM_OK) {
        return status == NM_E_NOMEM ? PyErr_NoMemory() : NULL;
    }
    return value_object(state, schema, fields, row, &value);
}

/* The field of a row; NULL without exception if the message does not have it. */
static inline PyObject *
row_object(nmpy_state *state, const nmpy_schema *schema, const nm_fields *fields, size_t row)
{
    const nm_field *field = &fields->schema->fields[row];
    if ((field->flags & NM_FIELD_REPEATED) != 0) {
        return repeated_object(state, schema, fields, row);
    }
    if (field->number == 0) {
        return computed_object(state, schema, fields, row);
    }
    if (fields->slots[row] == 0) {
        return NULL;
    }
    nm_value value = nm_value_at(field, fields->payload, fields->slots[row]);
    return value_object(state, schema, fields, row, &value);
}

static PyObject *
fields_dict(nmpy_state *state, const nmpy_schema *schema, const nm_fields *fields)
{
    PyObject *values[NM_SCHEMA_FIELDS_MAX];
    size_t count = 0;
    uint64_t rows = 0;
    for (size_t row = 0; row < fields->schema->field_count; row++) {
        PyObject *value = row_object(state, schema, fields, row);
        if (value != NULL) {
            values[count++] = value;
            rows |= (uint64_t)1 << row;
        } else if (PyErr_Occurred()) {
            while (count > 0) {
                Py_DECREF(values[--count]);
            }
            return NULL;
        }
    }
    return nmpy_dict_of_fields(schema, rows, values);
}

/* -- the whole message -- */

static PyObject *
time_text(const nm_payload *header)
{
    char text[NM_TIMESTAMP_FIXED_LEN];
    nm_timestamp_format_fixed(header->time_sec, header->time_nsec, text);
    return nmpy_ascii_new(text, NM_TIMESTAMP_FIXED_LEN);
}

static PyObject *
source_text(uint32_t source)
{
    char text[16];
    PyOS_snprintf(text, sizeof text, "%08x", source);
    return PyUnicode_FromString(text);
}

static PyObject *
message_dict(nmpy_state *state, const nmpy_schema *schema, const nmpy_fields *now)
{
    const nm_payload *header = &now->payload;
    PyObject *members[NMPY_MEMBER_COUNT] = {
        [NMPY_MEMBER_TIME] = time_text(header),
        [NMPY_MEMBER_MESSAGE] = fields_dict(state, schema, &now->fields),
    };
    if (header->source != 0) {
        members[NMPY_MEMBER_SOURCE] = source_text(header->source);
    }
    if (header->operator != 0) {
        members[NMPY_MEMBER_OPERATOR] = nmpy_alias_to_object(state->operators, header->operator);
    }
    if (header->group != 0) {
        members[NMPY_MEMBER_GROUP] = nmpy_alias_to_object(state->groups, header->group);
    }
    if (PyErr_Occurred()) { /* One of them could not be made. */
        for (size_t i = 0; i < NMPY_MEMBER_COUNT; i++) {
            Py_CLEAR(members[i]);
        }
        return NULL;
    }
    return nmpy_dict_of_message(schema, members);
}

const char nmpy_message_to_dict_doc[] =
    PyDoc_STR("to_dict($self, /)\n--\n\n"
              "What to_json() holds as a dict: json.loads(m.to_json()) without the detour.\n\n"
              "Raises nmsg.Error for types that nobody here knows.\n\n"
              ">>> import nmsg\n"
              ">>> nmsg.msgtype.base.ipconn(dstport=80).to_dict()['message']\n"
              "{'dstport': 80}");

PyObject *
nmpy_message_to_dict(PyObject *self, PyObject *unused)
{
    (void)unused;
    nmpy_message *m = (nmpy_message *)self;
    nmpy_state *state = nmpy_message_state(self);
    if (m->schema == NULL) {
        return nmpy_raise_unknown_type(m, "to_dict()");
    }
    nmpy_fields now;
    PyObject *dict = NULL;
    if (nmpy_fields_init(&now, m) == 0) {
        dict = message_dict(state, m->schema, &now);
    }
    nmpy_fields_clear(&now);
    return dict;
}
