/* SPDX-License-Identifier: Apache-2.0 */
/* A message as JSON and back, and single values as text. */
#include "message.h"

#include <time.h>

#include "ascii.h"
#include "text/json_record.h"
#include "text/pres_value.h"

enum { KEPT_LEN = 1 << 20 /* A buffer that has grown beyond is not kept. */ };

/* Empty a buffer of the state before it is used. */
static void
reset(nm_buffer *buffer)
{
    buffer->len = 0;
    if (buffer->cap > KEPT_LEN) {
        nm_buffer_clear(buffer);
    }
}

/* -- whole messages -- */

PyObject *
nmpy_raise_unknown_type(nmpy_message *m, const char *what)
{
    PyErr_Format(nmpy_message_state((PyObject *)m)->error, "%s failed: no message type %u:%u", what,
                 m->vendor, m->type);
    return NULL;
}

/* Write the message as JSON into the text buffer of the state.
 * @return 0, or -1 with an exception set. */
static int
write_json(nmpy_state *state, nmpy_message *m)
{
    nmpy_fields now;
    int result = nmpy_fields_init(&now, m);
    if (result == 0) {
        reset(&state->text);
        reset(&state->scratch);
        nm_writer w = nm_writer_begin(&state->text);
        nm_status status =
            nm_json_record_write(&w, &now.payload, &now.fields, &state->aliases, &state->scratch);
        nm_status ended = nm_writer_end(&w);
        if (status != NM_OK || ended != NM_OK) {
            PyErr_NoMemory();
            result = -1;
        }
    }
    nmpy_fields_clear(&now);
    return result;
}

const char nmpy_message_to_json_doc[] =
    PyDoc_STR("to_json($self, /)\n--\n\n"
              "The message as one JSON object (str without line end), always valid JSON.\n\n"
              "Bytes are base64, DNS data and numbers with names are text; from_json() reads it\n"
              "back. Raises nmsg.Error for types that nobody here knows.\n\n"
              ">>> import nmsg\n"
              ">>> m = nmsg.msgtype.base.ipconn(dstport=80)\n"
              ">>> m.time_ns = 0\n"
              ">>> print(m.to_json()[:48])\n"
              "{\"time\":\"1970-01-01 00:00:00.000000000\",\"vname\":");

PyObject *
nmpy_message_to_json(PyObject *self, PyObject *unused)
{
    (void)unused;
    nmpy_message *m = (nmpy_message *)self;
    nmpy_state *state = nmpy_message_state(self);
    if (m->schema == NULL) {
        return nmpy_raise_unknown_type(m, "to_json()");
    }
    if (write_json(state, m) < 0) {
        return NULL;
    }
    return nmpy_utf8_new(nm_buffer_span(&state->text), /* errors= */ NULL);
}

/* The octets of a str or bytes-like object. @return 0, or -1 with an exception set. */
static int
get_octets(PyObject *object, Py_buffer *view, nm_span *out)
{
    if (PyUnicode_Check(object)) {
        Py_ssize_t len;
        const char *text = PyUnicode_AsUTF8AndSize(object, &len);
        *out = nm_span_of(text, (size_t)len);
        return text != NULL ? 0 : -1;
    }
    if (!PyObject_CheckBuffer(object)) {
        PyErr_Format(PyExc_TypeError, "from_json() takes str or bytes, not %.100s",
                     Py_TYPE(object)->tp_name);
        return -1;
    }
    if (PyObject_GetBuffer(object, view, PyBUF_SIMPLE) < 0) {
        return -1;
    }
    *out = nm_span_of(view->buf, (size_t)view->len);
    return 0;
}

const char nmpy_message_from_json_doc[] = PyDoc_STR(
    "from_json($type, json, /)\n--\n\n"
    "The message that a JSON object (str or bytes) as of to_json() stands for.\n\n"
    "Its class is that of the type named in it. Without a time it has the present one;\n"
    "members that the type does not know, or computes, are ignored.\n"
    "Raises nmsg.FormatError with the offset, line and column of what is wrong.\n\n"
    ">>> import nmsg\n"
    ">>> text = '{\"vname\":\"base\",\"mname\":\"ipconn\",\"message\":{\"dstport\":80}}'\n"
    ">>> nmsg.message.from_json(text)['dstport']\n"
    "80");

static PyObject *
message_from_payload(nmpy_state *state, const nm_payload *payload)
{
    nm_message message = {.schema = NULL};
    nm_error err = {.code = NM_OK};
    if (nm_message_decode(&message, payload, &err) != NM_OK) {
        return nmpy_raise(state, &err, "nmsg_message_from_json() failed", /* where= */ NULL);
    }
    return nmpy_message_new(state, nmpy_schema_find(state, message.schema), &message,
                            state->strings_are_bytes);
}

PyObject *
nmpy_message_from_json(PyObject *class, PyObject *json)
{
    nmpy_state *state = nmpy_state_of((PyTypeObject *)class);
    Py_buffer view = {.obj = NULL};
    nm_span text;
    nm_payload payload;
    nm_buffer data;
    nm_error err = {.code = NM_OK};
    struct timespec now = {.tv_sec = 0};
    if (get_octets(json, &view, &text) < 0) {
        return NULL;
    }
    nm_buffer_init(&data, INT32_MAX, &nm_allocator_heap);
    (void)clock_gettime(CLOCK_REALTIME, &now); /* Cannot fail with this clock. */
    nm_status status = nm_json_record_read(text, /* line= */ 1, &state->aliases, now.tv_sec,
                                           (uint32_t)now.tv_nsec, &data, &payload, &err);
    PyObject *message = NULL;
    if (status == NM_OK) {
        message = message_from_payload(state, &payload);
    } else {
        nmpy_raise(state, &err, "nmsg_message_from_json() failed", /* where= */ NULL);
    }
    nm_buffer_clear(&data);
    if (view.obj != NULL) {
        PyBuffer_Release(&view);
    }
    return message;
}

/* -- single values -- */

/* Text of one value as str; octets that are no UTF-8 become surrogates. */
static PyObject *
value_text(nmpy_state *state, const nm_fields *fields, size_t row, const nm_value *value)
{
    reset(&state->text);
    nm_writer w = nm_writer_begin(&state->text);
    nm_status status = nm_pres_value_write(&w, fields, row, value);
    nm_status ended = nm_writer_end(&w);
    if (status != NM_OK || ended != NM_OK) {
        return PyErr_NoMemory();
    }
    return nmpy_utf8_new(nm_buffer_span(&state->text), "surrogateescape");
}

static PyObject *
texts_of_repeated(nmpy_state *state, const nm_fields *fields, size_t row)
{
    PyObject *list = PyList_New(0);
    nm_values values =
        nm_values_begin(&fields->schema->fields[row], fields->payload, fields->slots[row]);
    nm_value value;
    while (list != NULL && nm_values_next(&values, &value)) {
        PyObject *text = value_text(state, fields, row, &value);
        if (text == NULL || PyList_Append(list, text) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(text);
    }
    return list;
}

/* Value of a singular row, as m[key] has it: what was assigned, else computed, else stored. */
static nm_status
shown_value(nmpy_state *state, nmpy_message *m, const nm_fields *fields, size_t row, nm_value *out)
{
    if (nmpy_message_changed(m, row) == NULL) {
        reset(&state->scratch);
        return nm_fields_shown(fields, row, &state->scratch, out);
    }
    /* What is deleted may have octets all the same, because the type requires them. */
    if (nmpy_message_changed(m, row) == Py_None || fields->slots[row] == 0) {
        return NM_END;
    }
    *out = nm_value_at(&fields->schema->fields[row], fields->payload, fields->slots[row]);
    return NM_OK;
}

PyObject *
nmpy_message_row_text(nmpy_message *m, const nmpy_fields *now, size_t row)
{
    nmpy_state *state = nmpy_message_state((PyObject *)m);
    const nm_fields *fields = &now->fields;
    nm_value value;
    if (nmpy_message_is_repeated(m, row)) {
        return fields->slots[row] != 0 ? texts_of_repeated(state, fields, row) : Py_NewRef(Py_None);
    }
    nm_status status = shown_value(state, m, fields, row, &value);
    if (status == NM_E_NOMEM) {
        return PyErr_NoMemory();
    }
    return status == NM_OK ? value_text(state, fields, row, &value) : Py_NewRef(Py_None);
}

const char nmpy_message_text_doc[] =
    PyDoc_STR("text($self, key, /)\n--\n\n"
              "A field as presentation text: str, a list of str for a repeated field, None when\n"
              "the message does not have it. So 'www.example.com.' for a domain name, 'A (1)' for\n"
              "a record type, '192.0.2.1' for the data of such a record.\n\n"
              "Raises KeyError when the type has no such field.\n\n"
              ">>> import nmsg\n"
              ">>> m = nmsg.msgtype.base.dns(qname=b'\\3www\\7example\\3com\\0', qtype=28)\n"
              ">>> m.text('qname'), m.text('qtype'), m.text('rdata')\n"
              "('www.example.com.', 'AAAA (28)', None)");

PyObject *
nmpy_message_text(PyObject *self, PyObject *key)
{
    nmpy_message *m = (nmpy_message *)self;
    Py_ssize_t row = nmpy_message_row(m, key);
    if (row < 0) {
        if (row == -1) {
            nmpy_raise_key_error(key);
        }
        return NULL;
    }
    nmpy_fields now;
    PyObject *text = NULL;
    if (nmpy_fields_init(&now, m) == 0) {
        text = nmpy_message_row_text(m, &now, (size_t)row);
    }
    nmpy_fields_clear(&now);
    return text;
}
