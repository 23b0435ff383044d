/* SPDX-License-Identifier: Apache-2.0 */
/* Field values: from the wire to Python objects and back, one case for each kind. */
#include "types.h"

#include "ascii.h"
#include "base/address.h"

PyObject *
nmpy_address_to_object(nm_span address)
{
    char text[NM_ADDRESS_TEXT_MAX];
    size_t len = nm_address_format(address, text);
    return len > 0 ? nmpy_ascii_new(text, len) : NULL;
}

static PyObject *
text_to_object(nm_span text, bool strings_are_bytes)
{
    if (text.len > 0 && text.data[text.len - 1] == '\0') {
        text.len--; /* Many writers end strings with one NUL. */
    }
    const char *data = (const char *)text.data;
    return strings_are_bytes ? PyBytes_FromStringAndSize(data, (Py_ssize_t)text.len)
                             : PyUnicode_DecodeUTF8(data, (Py_ssize_t)text.len, "surrogateescape");
}

static PyObject *
enum_to_object(const nmpy_schema *schema, size_t row, int32_t value)
{
    const nm_enum *symbols = schema->schema->fields[row].symbols;
    if (value >= 0 && (size_t)value < symbols->count && symbols->values[value].value == value) {
        return Py_NewRef(schema->symbols[row][value]); /* Most are numbered from 0. */
    }
    for (size_t i = 0; i < symbols->count; i++) {
        if (symbols->values[i].value == value) {
            return Py_NewRef(schema->symbols[row][i]);
        }
    }
    return PyLong_FromUnsignedLong((uint32_t)value);
}

PyObject *
nmpy_value_to_object(const nmpy_schema *schema, size_t row, const nm_value *value,
                     bool strings_are_bytes)
{
    switch ((nm_kind)schema->types[row]) {
    case NM_KIND_ENUM:
        return enum_to_object(schema, row, (int32_t)value->i64);
    case NM_KIND_BYTES:
        return PyBytes_FromStringAndSize((const char *)value->bytes.data,
                                         (Py_ssize_t)value->bytes.len);
    case NM_KIND_STRING:
    case NM_KIND_MLSTRING:
        return text_to_object(value->bytes, strings_are_bytes);
    case NM_KIND_IP:
        return nmpy_address_to_object(value->bytes);
    case NM_KIND_UINT16:
    case NM_KIND_UINT32:
    case NM_KIND_UINT64:
        return PyLong_FromUnsignedLongLong(value->u64);
    case NM_KIND_INT16:
    case NM_KIND_INT32:
    case NM_KIND_INT64:
        return PyLong_FromLongLong(value->i64);
    case NM_KIND_DOUBLE:
        return PyFloat_FromDouble(value->real);
    case NM_KIND_BOOL:
        return PyBool_FromLong(value->i64 != 0);
    default:
        break; /* No plain type. */
    }
    PyErr_SetString(PyExc_SystemError, "field of unknown kind");
    return NULL;
}

/* -- checking what is assigned -- */

/* Smallest and largest value of the integer kinds; a signed 64-bit field has the rest. */
static const struct {
    const char *name;
    int64_t min;
    uint64_t max;
} integer_ranges[] = {
    [NM_KIND_UINT16] = {"uint16", 0, UINT16_MAX},
    [NM_KIND_UINT32] = {"uint32", 0, UINT32_MAX},
    [NM_KIND_UINT64] = {"uint64", 0, UINT64_MAX},
    [NM_KIND_INT16] = {"int16", INT16_MIN, INT16_MAX},
    [NM_KIND_INT32] = {"int32", INT32_MIN, INT32_MAX},
    [NM_KIND_INT64] = {"int64", INT64_MIN, INT64_MAX},
    /* Unknown symbols are read as unsigned numbers and may be written as either. */
    [NM_KIND_ENUM] = {"enum", INT32_MIN, UINT32_MAX},
};

static const char *
name_of(const nmpy_schema *schema, size_t row)
{
    return schema->schema->fields[row].name;
}

static PyObject *
wrong_type(const nmpy_schema *schema, size_t row, const char *wanted, PyObject *object)
{
    PyErr_Format(PyExc_TypeError, "%s.%s takes %s, not %.100s", schema->schema->name,
                 name_of(schema, row), wanted, Py_TYPE(object)->tp_name);
    return NULL;
}

/* The number as text for an error; Python refuses to show thousands of digits. */
static PyObject *
number_text(PyObject *number)
{
    PyObject *text = PyObject_Str(number);
    if (text == NULL && PyErr_ExceptionMatches(PyExc_ValueError)) {
        PyErr_Clear();
        text = PyUnicode_FromString("an int of thousands of digits");
    }
    return text;
}

/* Takes the number. @return NULL. */
static PyObject *
integer_out_of_range(const nmpy_schema *schema, size_t row, PyObject *number)
{
    nm_kind kind = (nm_kind)schema->types[row];
    PyObject *text = number_text(number);
    if (text != NULL) {
        PyErr_Format(PyExc_OverflowError, "%s.%s: %U is out of range for %s (%lld to %llu)",
                     schema->schema->name, name_of(schema, row), text, integer_ranges[kind].name,
                     (long long)integer_ranges[kind].min,
                     (unsigned long long)integer_ranges[kind].max);
        Py_DECREF(text);
    }
    Py_DECREF(number);
    return NULL;
}

static PyObject *
check_integer(const nmpy_schema *schema, size_t row, PyObject *object)
{
    nm_kind kind = (nm_kind)schema->types[row];
    if (!PyIndex_Check(object)) {
        return wrong_type(
            schema, row, kind == NM_KIND_ENUM ? "the str of a symbol or an int" : "an int", object);
    }
    PyObject *number = PyNumber_Index(object);
    if (number == NULL) {
        return NULL;
    }
    int overflow = 0;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    bool fits = overflow == 0 && value >= integer_ranges[kind].min &&
                (value < 0 || (uint64_t)value <= integer_ranges[kind].max);
    if (overflow > 0 && kind == NM_KIND_UINT64) {
        (void)PyLong_AsUnsignedLongLong(number); /* Only whether it fits. */
        fits = !PyErr_Occurred();
        PyErr_Clear();
        return fits ? number : integer_out_of_range(schema, row, number);
    }
    if (fits && !PyLong_CheckExact(number)) {
        Py_SETREF(number, PyLong_FromLongLong(value)); /* True is 1 here, as for who reads it. */
    }
    return fits ? number : integer_out_of_range(schema, row, number);
}

static PyObject *
unknown_symbol(const nmpy_schema *schema, size_t row, PyObject *object)
{
    PyObject *symbols = nmpy_field_symbols_text(&schema->schema->fields[row]);
    if (symbols != NULL) {
        PyErr_Format(PyExc_ValueError,
                     "unknown enum value for field_name=%s: %R (%s.%s takes one of %U, or an int)",
                     name_of(schema, row), object, schema->schema->name, name_of(schema, row),
                     symbols);
        Py_DECREF(symbols);
    }
    return NULL;
}

static PyObject *
check_enum(const nmpy_schema *schema, size_t row, PyObject *object)
{
    if (!PyUnicode_Check(object)) {
        return check_integer(schema, row, object);
    }
    Py_ssize_t len;
    const char *text = PyUnicode_AsUTF8AndSize(object, &len);
    if (text == NULL) {
        return NULL;
    }
    int32_t value;
    if (!nm_enum_value_of(schema->schema->fields[row].symbols, nm_span_of(text, (size_t)len),
                          &value)) {
        return unknown_symbol(schema, row, object);
    }
    return Py_NewRef(object);
}

static PyObject *
check_bytes(const nmpy_schema *schema, size_t row, PyObject *object)
{
    if (PyBytes_CheckExact(object)) {
        return Py_NewRef(object);
    }
    if (!PyObject_CheckBuffer(object)) {
        return wrong_type(schema, row, "bytes", object);
    }
    return PyBytes_FromObject(object);
}

static PyObject *
check_text(const nmpy_schema *schema, size_t row, PyObject *object, bool strings_are_bytes)
{
    if (PyUnicode_Check(object)) {
        PyObject *encoded = PyUnicode_AsEncodedString(object, "utf-8", "surrogateescape");
        if (encoded == NULL || strings_are_bytes) {
            return encoded;
        }
        Py_DECREF(encoded);
        return Py_NewRef(object);
    }
    if (!PyObject_CheckBuffer(object)) {
        return wrong_type(schema, row, "str or bytes", object);
    }
    PyObject *octets = PyBytes_FromObject(object);
    if (octets == NULL || strings_are_bytes) {
        return octets;
    }
    PyObject *text = PyUnicode_DecodeUTF8(PyBytes_AS_STRING(octets), PyBytes_GET_SIZE(octets),
                                          "surrogateescape");
    Py_DECREF(octets);
    return text;
}

/* The octets of an address given as str. @return their number, 0 with an exception set. */
static size_t
parse_address(nmpy_state *state, const nmpy_schema *schema, size_t row, PyObject *object,
              uint8_t *out)
{
    if (!PyUnicode_Check(object)) {
        wrong_type(schema, row, "the str of an IP address", object);
        return 0;
    }
    Py_ssize_t text_len;
    const char *text = PyUnicode_AsUTF8AndSize(object, &text_len);
    if (text == NULL) {
        return 0;
    }
    size_t len = nm_address_parse(nm_span_of(text, (size_t)text_len), out);
    if (len == 0) {
        PyErr_Format(
            state->address_error,
            "%s.%s: illegal IP address string %R; it takes IPv4 or IPv6 addresses, such as "
            "'192.0.2.1' or '2001:db8::1'",
            schema->schema->name, name_of(schema, row), object);
    }
    return len;
}

static PyObject *
check_address(nmpy_state *state, const nmpy_schema *schema, size_t row, PyObject *object)
{
    uint8_t octets[NM_IPV6_LEN];
    size_t len = parse_address(state, schema, row, object, octets);
    return len > 0 ? nmpy_address_to_object(nm_span_of(octets, len)) : NULL;
}

static PyObject *
check_double(const nmpy_schema *schema, size_t row, PyObject *object)
{
    if (!PyFloat_Check(object) && !PyIndex_Check(object)) {
        return wrong_type(schema, row, "a float or an int", object);
    }
    double value = PyFloat_AsDouble(object);
    if (value == -1.0 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError)) {
            PyErr_Format(PyExc_OverflowError, "%s.%s: the int is too large for a double",
                         schema->schema->name, name_of(schema, row));
        }
        return NULL;
    }
    return PyFloat_FromDouble(value);
}

static PyObject *
check_bool(const nmpy_schema *schema, size_t row, PyObject *object)
{
    if (!PyIndex_Check(object)) {
        return wrong_type(schema, row, "a bool or an int", object);
    }
    int truth = PyObject_IsTrue(object);
    return truth < 0 ? NULL : PyBool_FromLong(truth);
}

PyObject *
nmpy_value_check(nmpy_state *state, const nmpy_schema *schema, size_t row, PyObject *object,
                 bool strings_are_bytes)
{
    switch ((nm_kind)schema->types[row]) {
    case NM_KIND_ENUM:
        return check_enum(schema, row, object);
    case NM_KIND_BYTES:
        return check_bytes(schema, row, object);
    case NM_KIND_STRING:
    case NM_KIND_MLSTRING:
        return check_text(schema, row, object, strings_are_bytes);
    case NM_KIND_IP:
        return check_address(state, schema, row, object);
    case NM_KIND_DOUBLE:
        return check_double(schema, row, object);
    case NM_KIND_BOOL:
        return check_bool(schema, row, object);
    default:
        return check_integer(schema, row, object);
    }
}

/* -- encoding what was checked -- */

static int
encode(const nmpy_schema *schema, size_t row, const nm_value *value, nm_buffer *out)
{
    nm_status status = nm_value_encode(&schema->schema->fields[row], value, out);
    if (status == NM_OK) {
        return 0;
    }
    if (status == NM_E_NOMEM) {
        PyErr_NoMemory();
    } else {
        PyErr_Format(PyExc_OverflowError, "message grows above %zu octets", out->max);
    }
    return -1;
}

static int
encode_enum(const nmpy_schema *schema, size_t row, PyObject *object, nm_buffer *out)
{
    nm_value value = {.u64 = 0};
    if (PyUnicode_Check(object)) {
        Py_ssize_t len;
        const char *text = PyUnicode_AsUTF8AndSize(object, &len);
        int32_t number = 0;
        if (text == NULL) {
            return -1;
        }
        (void)nm_enum_value_of(schema->schema->fields[row].symbols, nm_span_of(text, (size_t)len),
                               &number); /* Checked when it was assigned. */
        value.i64 = number;
    } else {
        value.i64 = (int32_t)(uint32_t)PyLong_AsUnsignedLongLongMask(object);
    }
    return encode(schema, row, &value, out);
}

static int
encode_text(const nmpy_schema *schema, size_t row, PyObject *object, nm_buffer *out)
{
    PyObject *octets = PyUnicode_Check(object)
                           ? PyUnicode_AsEncodedString(object, "utf-8", "surrogateescape")
                           : Py_NewRef(object);
    if (octets == NULL) {
        return -1;
    }
    nm_value value = {.bytes =
                          nm_span_of(PyBytes_AS_STRING(octets), (size_t)PyBytes_GET_SIZE(octets))};
    int result = encode(schema, row, &value, out);
    Py_DECREF(octets);
    return result;
}

static int
encode_address(nmpy_state *state, const nmpy_schema *schema, size_t row, PyObject *object,
               nm_buffer *out)
{
    uint8_t octets[NM_IPV6_LEN];
    size_t len = parse_address(state, schema, row, object, octets);
    nm_value value = {.bytes = nm_span_of(octets, len)};
    return len > 0 ? encode(schema, row, &value, out) : -1;
}

int
nmpy_value_encode(nmpy_state *state, const nmpy_schema *schema, size_t row, PyObject *object,
                  nm_buffer *out)
{
    nm_value value = {.u64 = 0};
    switch ((nm_kind)schema->types[row]) {
    case NM_KIND_ENUM:
        return encode_enum(schema, row, object, out);
    case NM_KIND_BYTES:
    case NM_KIND_STRING:
    case NM_KIND_MLSTRING:
        return encode_text(schema, row, object, out);
    case NM_KIND_IP:
        return encode_address(state, schema, row, object, out);
    case NM_KIND_DOUBLE:
        value.real = PyFloat_AS_DOUBLE(object);
        return encode(schema, row, &value, out);
    case NM_KIND_BOOL:
        value.i64 = object == Py_True;
        return encode(schema, row, &value, out);
    default:
        value.u64 = PyLong_AsUnsignedLongLongMask(object);
        value.i64 = (int64_t)value.u64;
        return encode(schema, row, &value, out);
    }
}
